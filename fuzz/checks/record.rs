//! The record of a shared store: any text is taken or left, and what is written comes back as it went.

use std::collections::BTreeMap;
use std::time::Duration;

use bearerkit::{Action, HttpResponse, Loaded, Machine, Next, Record, Sharing, Stored, Timestamp, Token, TokenRequest};
use serde_json::{Value, json};

use super::client::{self, NOW, is_header_value};
use super::draw::Draw;

/// First byte: which client; the rest is the text that its store holds.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let (sharing, grant) = (draw.pick(&[Sharing::Atomic, Sharing::Hint]), draw.below(3));
    is_taken_or_left(sharing, grant, &draw.text());
}

fn machine(sharing: Sharing, grant: u8, seed: u64) -> Machine {
    let mut options = client::options(json!({ "response": { "capture": { "tenant": "/tenant" } } }));
    match grant {
        0 => {}
        1 => options["grant"] = json!({ "type": "password", "username": "u", "password": client::SECRET }),
        _ => options["grant"] = json!({ "type": "refresh_token", "refreshToken": client::SECRET }),
    }
    Machine::new(client::of(&options).with_sharing(sharing), seed)
}

/// A machine finds the text, whatever it is, and comes to an end.
pub fn is_taken_or_left(sharing: Sharing, grant: u8, text: &str) {
    let mut found = Walk { machine: machine(sharing, grant, 1), now: NOW };
    match found.walks(text) {
        Need::Store(record, serial) => {
            is_read_again(sharing, grant, &record, &mut found.now);
            let next = found.machine.on_stored(serial, Stored::Written, found.now).expect("a request under that lease");
            found.grants(sharing, grant, next);
        }
        Need::Send(request) => found.grants(sharing, grant, request),
        Need::Nothing => found.serves_or_says_why(),
    }
}

/// What a machine needs next, other than reading the record.
enum Need {
    Store(Record, bearerkit::Serial),
    Send(TokenRequest),
    Nothing,
}

struct Walk {
    machine: Machine,
    now: Timestamp,
}

impl Walk {
    /// Reads the text as often as is wanted. Whoever waits for a lease that is not given back takes it, or goes without.
    fn walks(&mut self, text: &str) -> Need {
        let Action::Send(first) = self.machine.poll(self.now) else { panic!("nothing in hand: look") };
        let mut next = Some(first);
        for _ in 0..1000 {
            let Some(request) = next else { return Need::Nothing };
            let serial = request.serial;
            match request.next {
                Next::Load { at } => {
                    assert!(at.since(self.now) <= Duration::from_secs(1), "{at:?}");
                    // Waiting for a lease of ten minutes takes no thousand looks.
                    self.now = self.now.max(at).plus(Duration::from_secs(1));
                    next = self.machine.on_loaded(serial, Loaded::Record(text), self.now);
                }
                Next::Store { record, ttl } => {
                    assert!(ttl >= Duration::from_secs(60), "{ttl:?}");
                    assert_eq!(format!("{record:?}"), "[redacted]");
                    return Need::Store(record, serial);
                }
                Next::Send(_) => return Need::Send(request),
                other => panic!("{other:?}"),
            }
        }
        panic!("it looks for ever: {text}");
    }

    /// What was taken from the text is a token that may be used, or an error that may be shown.
    fn serves_or_says_why(&mut self) {
        match self.machine.poll(self.now) {
            Action::Use { token, .. } => {
                assert!(is_header_value(token.value.expose()), "{token:?}");
                assert!(token.headers.iter().all(|(_, value)| is_header_value(value.expose())), "{token:?}");
                assert!(token.hard_expiry > self.now && token.renew_at <= token.hard_expiry, "{token:?}");
                assert!(token.hard_expiry.since(self.now) <= Duration::from_secs(400 * 86_400), "{token:?}");
            }
            Action::Fail(error) => {
                assert!(!error.to_string().chars().any(char::is_control), "{error}");
                let wait = error.retry_at().map(|at| at.since(self.now)).unwrap_or_default();
                assert!(wait <= Duration::from_secs(3600), "{error}");
            }
            Action::Wait { until } => assert!(until.since(self.now) <= Duration::from_secs(10), "{until:?}"),
            // In a cooldown the record is read now and then: another instance may have found a way.
            Action::Send(request) => {
                assert!(matches!(request.next, Next::Load { .. }), "its flight has ended: {request:?}")
            }
        }
    }

    /// The server grants a token. Another machine finds it in what is written then.
    fn grants(&mut self, sharing: Sharing, grant: u8, request: TokenRequest) {
        let serial = request.serial;
        assert!(matches!(request.next, Next::Send(_)), "{request:?}");
        let body = json!({ "access_token": "t0k3n", "token_type": "Bearer", "expires_in": 3600, "tenant": "one",
            "refresh_token": "r3fr3sh", "scope": "a b" });
        let response = HttpResponse { status: 200, body: body.to_string().into_bytes(), ..HttpResponse::default() };
        let Some(saving) = self.machine.on_response(serial, &response, self.now) else { panic!("the token is saved") };
        let Next::Store { record, .. } = saving.next else { panic!("{saving:?}") };
        assert!(self.machine.on_stored(saving.serial, Stored::Written, self.now).is_none());
        if is_last(&record) {
            return;
        }

        let mut other = Walk { machine: machine(sharing, grant, 2), now: self.now };
        let need = other.walks(record.expose());
        assert!(matches!(need, Need::Nothing), "it is fresh: nothing is asked: {}", record.expose());
        let (ours, theirs) = (self.machine.token().expect("a token"), other.machine.token().expect("the same"));
        assert_eq!((&ours.value, &ours.scope), (&theirs.value, &theirs.scope));
        assert_eq!(by_name(ours), by_name(theirs));
        assert_eq!((ours.hard_expiry, ours.expires_at), (theirs.hard_expiry, theirs.expires_at));
        if sharing == Sharing::Atomic || grant == 2 {
            assert_eq!(self.machine.refresh_token(), other.machine.refresh_token());
        } else {
            assert!(!record.expose().contains("r3fr3sh"), "a store that cannot compare has no refresh token");
        }
    }
}

/// The captures, which a record sorts.
fn by_name(token: &Token) -> BTreeMap<&str, &str> {
    token.captured.iter().map(|(name, value)| (name.as_str(), value.expose())).collect()
}

/// What was read and written is read and written again as the same: all but what each writer says of itself.
fn is_read_again(sharing: Sharing, grant: u8, record: &Record, now: &mut Timestamp) {
    let mut written = less_the_writer(record);
    if is_last(record) {
        return;
    }
    let mut other = Walk { machine: machine(sharing, grant, 2), now: *now };
    let Need::Store(again, _) = other.walks(record.expose()) else { panic!("the lease lapses: {written}") };
    *now = other.now;
    assert_eq!(generation(&again), generation(record) + 1);
    // Whoever held that lease may have spent the refresh token: with another grant it is not tried.
    if parsed(record)["lease"]["spends"] == true && grant < 2 {
        written.as_object_mut().expect("an object").remove("refresh");
    }
    assert_eq!(less_the_writer(&again), written);
}

/// Numbers above that are not the same in JavaScript: no reader takes them. Counting gets nobody there.
fn is_last(record: &Record) -> bool {
    generation(record) >= 1 << 53
}

fn parsed(record: &Record) -> Value {
    serde_json::from_str(record.expose()).expect("JSON")
}

fn generation(record: &Record) -> u64 {
    parsed(record)["generation"].as_u64().expect("a number")
}

fn less_the_writer(record: &Record) -> Value {
    let mut record = parsed(record);
    for name in ["generation", "at", "lease", "cooldown"] {
        record.as_object_mut().expect("an object").remove(name);
    }
    record
}
