//! The life cycle with a shared store: what `native.rs` does, and two cases more.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bearerkit::seal::Seal;
use bearerkit::{Action, Loaded, Machine, Next, Stored, Token, TokenRequest};

#[path = "../blocking/mod.rs"]
mod blocking;
#[path = "../loopback/mod.rs"]
mod loopback;
use blocking::{now, send};

/// A store that compares. Neither call may take longer than `ClientConfig::with_store_timeout`.
pub(crate) trait Store {
    /// The value under that name.
    fn read(&mut self, name: &str) -> Result<Option<String>, Box<dyn Error>>;
    /// Writes over the value that was read or written last (`None`: there was none). Returns whether that was still there.
    fn write(&mut self, name: &str, value: &str, ttl: Duration, over: Option<&str>) -> Result<bool, Box<dyn Error>>;
}

/// One of the programs that share a token.
pub(crate) struct Program<S> {
    pub(crate) machine: Machine,
    pub(crate) seal: Seal,
    pub(crate) store: S,
    pub(crate) agent: ureq::Agent,
    /// How many requests the token endpoint had from this program.
    pub(crate) sent: usize,
}

impl<S: Store> Program<S> {
    pub(crate) fn new(machine: Machine, seal: Seal, store: S, timeout: Duration) -> Self {
        Program { machine, seal, store, agent: blocking::agent(timeout), sent: 0 }
    }

    /// A token for one call: poll, act, poll again.
    pub(crate) fn token(&mut self) -> Result<Arc<Token>, bearerkit::Error> {
        loop {
            match self.machine.poll(now()) {
                Action::Use { token, renew } => {
                    // A server would do this on another thread; here it costs the call a moment.
                    if let Some(request) = renew {
                        self.carry_out(request);
                    }
                    return Ok(token);
                }
                Action::Send(request) => self.carry_out(request),
                Action::Wait { until } => std::thread::sleep(until.since(now())),
                Action::Fail(error) => return Err(error),
            }
        }
    }

    /// How long a token is good for.
    pub(crate) fn remaining(&self, token: &Token) -> Duration {
        token.remaining(now())
    }

    fn carry_out(&mut self, request: TokenRequest) {
        // What this request has read or written last.
        let mut over = None;
        let mut following = Some(request);
        while let Some(TokenRequest { serial, next, .. }) = following {
            following = match next {
                Next::Load { at } => {
                    std::thread::sleep(at.since(now()));
                    let read = self.store.read(self.seal.name());
                    let opened = read.as_ref().ok().and_then(|sealed| self.seal.open(sealed.as_deref()?));
                    let found = match (&read, &opened) {
                        (Err(_), _) => Loaded::Failed,
                        (Ok(None), _) => Loaded::Nothing,
                        (Ok(Some(_)), None) => Loaded::Unreadable,
                        (Ok(Some(_)), Some(record)) => Loaded::Record(record.expose()),
                    };
                    let following = self.machine.on_loaded(serial, found, now());
                    over = read.unwrap_or_default();
                    following
                }
                Next::Store { record, ttl } => {
                    let outcome = self.write(record.expose(), ttl, &mut over).unwrap_or(Stored::Failed);
                    self.machine.on_stored(serial, outcome, now())
                }
                Next::Send(http) => {
                    self.sent += 1;
                    match send(&self.agent, &http) {
                        Ok(response) => self.machine.on_response(serial, &response, now()),
                        Err(failure) => self.machine.on_failure(serial, failure, now()),
                    }
                }
                Next::Sign(_) | Next::Credentials | Next::Obtain { .. } => {
                    panic!("this client neither signs nor asks for credentials or tokens")
                }
            };
        }
    }

    fn write(&mut self, record: &str, ttl: Duration, over: &mut Option<String>) -> Result<Stored, Box<dyn Error>> {
        let sealed = self.seal.seal(record)?;
        if !self.store.write(self.seal.name(), &sealed, ttl, over.as_deref())? {
            return Ok(Stored::Outdone);
        }
        *over = Some(sealed);
        Ok(Stored::Written)
    }
}

/// Programs that share a record need different seeds.
pub(crate) fn seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    u64::from_ne_bytes(bytes)
}

/// Starts a server that grants tokens of an hour; returns the options of a client of it, as `createClient` takes them too.
pub(crate) fn loopback_options() -> std::io::Result<String> {
    let endpoint = loopback::start(|number| {
        ("200 OK", format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3600}}"#))
    })?;
    Ok(format!(
        r#"{{ "provider": "{endpoint}", "allowInsecure": true,
            "credentials": {{ "client_id": "app", "client_secret": "s3cr3t" }} }}"#
    ))
}
