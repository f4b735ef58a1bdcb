//! The whole life-cycle with a blocking HTTP client: `cargo run --example native --features http`.
//!
//! The machine decides; this program sends and waits. A small server on loopback plays the authorization server: it grants
//! tokens that live three seconds, and answers one request with 429.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // the clock and the I/O that the core leaves to its caller

use std::sync::Arc;
use std::time::Duration;

use bearerkit::{Action, ClientConfig, Credentials, Machine, Next, Provider, Token, TokenRequest};

mod blocking;
mod loopback;
use blocking::{now, send};

/// A token for one call: poll, act, poll again.
fn token(machine: &mut Machine, agent: &ureq::Agent) -> Result<Arc<Token>, bearerkit::Error> {
    loop {
        match machine.poll(now()) {
            Action::Use { token, renew } => {
                // A server would do this on another thread; here it costs the call a moment.
                if let Some(request) = renew {
                    carry_out(machine, agent, request);
                }
                return Ok(token);
            }
            Action::Send(request) => carry_out(machine, agent, request),
            Action::Wait { until } => std::thread::sleep(until.since(now())),
            Action::Fail(error) => return Err(error),
        }
    }
}

fn carry_out(machine: &mut Machine, agent: &ureq::Agent, request: TokenRequest) {
    let mut following = Some(request);
    while let Some(TokenRequest { serial, next, .. }) = following {
        let Next::Send(http) = next else { panic!("this client neither signs nor asks for credentials") };
        println!("-> token request {}", serial.0);
        following = match send(agent, &http) {
            Ok(response) => {
                println!("<- {}", response.status);
                machine.on_response(serial, &response, now())
            }
            Err(failure) => machine.on_failure(serial, failure, now()),
        };
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = Provider::from_token_endpoint(&loopback::start(answer)?)?;
    let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
    let client = ClientConfig::new(provider, credentials).with_insecure_loopback();
    client.check()?;
    let timeout = client.timeout();
    let mut machine = Machine::new(client, now().as_millis());
    let agent = blocking::agent(timeout);

    for call in 1..=8 {
        let token = token(&mut machine, &agent)?;
        println!("call {call}: token of request {}, {} ms left", token.serial.0, token.remaining(now()).as_millis());
        std::thread::sleep(Duration::from_millis(700));
    }
    Ok(())
}

/// Grants tokens that live three seconds, and answers the second request with 429.
fn answer(number: usize) -> (&'static str, String) {
    match number {
        1 => ("429 Too Many Requests\r\nretry-after: 1", String::new()),
        _ => ("200 OK", format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3}}"#)),
    }
}
