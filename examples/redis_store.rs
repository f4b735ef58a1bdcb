//! One token for all programs that use one Redis: `cargo run --example redis_store --features http,seal -- redis://127.0.0.1`.
//!
//! A Worker, or any program with the npm package, that has the same options and the same key shares the record:
//!
//! ```sh
//! STORE_KEY=… cargo run --example redis_store --features http,seal -- redis://127.0.0.1 options.json https://api.example/orders
//! ```
//!
//! Without options a small server on loopback plays the authorization server.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // the clock and the I/O that the core leaves to its caller

use std::error::Error;
use std::time::Duration;

use bearerkit::seal::{Seal, StoreKey};
use bearerkit::{ClientConfig, Machine, Sharing};

mod sharing;
use sharing::{Program, Store};

/// `with_store_timeout` says the same to the machine. The client of Redis has no time limit of its own.
const LIMIT: Duration = Duration::from_secs(1);

/// The comparison and the write are one step. ARGV: the value, seconds, and the value that it is written over; without a third one
/// nothing may be there.
const SET: &str = r#"
local found = redis.call("get", KEYS[1])
if found ~= (ARGV[3] or false) then return 0 end
redis.call("set", KEYS[1], ARGV[1], "EX", ARGV[2])
return 1"#;

/// Connects at the first call, and anew after a failure: the answer to a call that took too long would be read as that of the next.
struct RedisStore {
    client: redis::Client,
    connection: Option<redis::Connection>,
}

impl RedisStore {
    fn ask<T: redis::FromRedisValue>(&mut self, command: &redis::Cmd) -> Result<T, Box<dyn Error>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let answer = command.query(&mut connection)?;
        self.connection = Some(connection);
        Ok(answer)
    }

    fn connect(&self) -> redis::RedisResult<redis::Connection> {
        let connection = self.client.get_connection_with_timeout(LIMIT)?;
        connection.set_read_timeout(Some(LIMIT))?;
        connection.set_write_timeout(Some(LIMIT))?;
        Ok(connection)
    }
}

impl Store for RedisStore {
    fn read(&mut self, name: &str) -> Result<Option<String>, Box<dyn Error>> {
        self.ask(redis::cmd("GET").arg(name))
    }

    fn write(&mut self, name: &str, value: &str, ttl: Duration, over: Option<&str>) -> Result<bool, Box<dyn Error>> {
        let seconds = ttl.as_secs().max(60);
        self.ask(redis::cmd("EVAL").arg(SET).arg(1).arg(name).arg(value).arg(seconds).arg(over))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("usage: redis_store REDIS_URL [OPTIONS_FILE [API_URL]]")?;
    let options = args.next().map_or_else(sharing::loopback_options, std::fs::read_to_string)?;
    let api = args.next();
    let key = std::env::var("STORE_KEY").unwrap_or_else(|_| format!("for one run: {:016x}", sharing::seed()));

    let client = ClientConfig::from_json(&options)?.with_sharing(Sharing::Atomic).with_store_timeout(LIMIT);
    let (seal, timeout) = (Seal::new(&options, Some(StoreKey::new(key)))?, client.timeout());
    println!("record: {}", seal.name());
    let store = RedisStore { client: redis::Client::open(url)?, connection: None };
    let mut program = Program::new(Machine::new(client, sharing::seed()), seal, store, timeout);

    let token = program.token()?;
    println!("token: {} s left", program.remaining(&token).as_secs());
    if let Some(api) = api {
        let call =
            token.headers.iter().fold(program.agent.get(api), |call, (name, value)| call.header(name, value.expose()));
        println!("API: {}", call.call()?.status().as_u16());
    }
    let generation = program.machine.store_state().map_or(0, |state| state.generation);
    println!("record's generation: {generation}; token requests: {}", program.sent);
    Ok(())
}
