//! The record that the instances of one client share. It stays JSON, behind views of what is needed: what another instance wrote
//! is passed on as it is.
//!
//! ```jsonc
//! { "generation": 12, "at": 1764000000000,                        // one more with each write; when it was written
//!   "token": { "generation": 11, "value": "…", "type": "Bearer",  // of the write that brought it
//!              "issued": "…", "scope": "…", "captured": { "instance_url": "…" }, "sent": 1763999999000, "lifetime": 3600000, "expires": true },
//!   "refresh": "…", "rotates": true,                              // a refresh has brought another one
//!   "cooldown": { "since": …, "until": …, "code": "ERR_RATE_LIMITED", "status": 429, "of": "…", "row": 1 },
//!   "lease": { "by": 174465440737095, "ms": 13000, "spends": true } }         // a machine; whether its request presents the refresh token
//! ```

use core::time::Duration;

use crate::answer::response::Captured;
use crate::config::schema::{Shape, check};
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault, Reply};
use crate::ground::json;
use crate::ground::json::{Object, Wiped, get, object_at, str_at};
use crate::ground::message::is_header_safe;
use crate::ground::text::decimal;
use crate::ground::time::{Timestamp, millis};
use crate::ground::value::Value;

/// A record for the shared store, as JSON text. It holds the token: seal it before it leaves the process. `Debug` shows nothing
/// of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Secret);

impl Record {
    /// Returns the text. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl core::fmt::Debug for Record {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a record says. It is read as untrusted: whatever breaks a rule makes all of it a miss.
#[derive(Clone, Default)]
pub(super) struct Entry(pub(super) Wiped);

impl core::fmt::Debug for Entry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Entry").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// Numbers up to here are the same in JavaScript and in every JSON library. Dates are below it for 30,000 years.
const NUMBER: Shape = Shape::Seconds(999_999_999_999_999);
const TEXT: Shape = Shape::Nullable(&Shape::Text);
const RECORD: Shape = Shape::Object(&[&[
    ("generation", NUMBER),
    ("at", NUMBER),
    (
        "token",
        Shape::Nullable(&Shape::Object(&[&[
            ("generation", NUMBER),
            ("value", Shape::Text),
            ("type", Shape::Text),
            ("issued", TEXT),
            ("scope", TEXT),
            ("captured", Shape::Map(&Shape::Text)),
            ("sent", NUMBER),
            ("lifetime", Shape::Seconds(MAX_LIFETIME)),
            ("expires", Shape::Flag),
        ]])),
    ),
    ("refresh", TEXT),
    ("rotates", Shape::Nullable(&Shape::Flag)),
    (
        "cooldown",
        Shape::Nullable(&Shape::Object(&[&[
            ("since", NUMBER),
            ("until", NUMBER),
            ("code", Shape::Text),
            ("status", Shape::Nullable(&Shape::Seconds(999))),
            ("error", TEXT),
            ("of", Shape::Text),
            ("row", Shape::Seconds(u32::MAX as u64)),
        ]])),
    ),
    (
        "lease",
        Shape::Nullable(&Shape::Object(&[&[
            ("by", NUMBER),
            ("ms", Shape::Seconds(MAX_LEASE)),
            ("spends", Shape::Flag),
        ]])),
    ),
]]);

/// In milliseconds, as everything here: 400 days, an hour, ten minutes.
pub(super) const MAX_LIFETIME: u64 = 400 * 86_400_000;
const MAX_COOLDOWN: u64 = 3_600_000;
const MAX_LEASE: u64 = 600_000;
const LONGEST: usize = 64 * 1024;
/// A record with a refresh token outlives its access token: servers let one lapse after so long without use.
const CHAIN_TTL: u64 = 180 * 86_400_000;
const SHORTEST_TTL: u64 = 60_000;

impl Entry {
    pub(super) fn read(text: &str) -> Option<Entry> {
        let entry = Entry(Wiped(json::parse(text).ok()?));
        check(&entry.0.0, &RECORD, &mut String::new()).ok()?;
        let is_text = |value: &Value, name| {
            str_at(value, name).is_some_and(|text| !text.is_empty() && is_header_safe(text) && text.len() <= LONGEST)
        };
        let is_good = entry.generation() > 0
            && entry.token().is_none_or(|token| {
                // Of a later write than the record's it would outlive all that come after it.
                let is_earlier = (1..=entry.generation()).contains(&generation(token));
                is_text(token, "value") && is_text(token, "type") && is_earlier && number(token, "sent") > 0
            })
            && entry.cooldown().is_none_or(|cooldown| {
                let until = number(cooldown, "until");
                until <= number(cooldown, "since").saturating_add(MAX_COOLDOWN) && fault(cooldown).is_some()
            })
            && str_at(&entry.0.0, "refresh").is_none_or(|_| is_text(&entry.0.0, "refresh"));
        is_good.then_some(entry)
    }

    pub(super) fn write(&self) -> Record {
        Record(Secret::new(json::text(&self.0.0)))
    }

    pub(super) fn generation(&self) -> u64 {
        generation(&self.0.0)
    }

    pub(super) fn at(&self) -> u64 {
        number(&self.0.0, "at")
    }

    pub(super) fn token(&self) -> Option<&Value> {
        self.part("token")
    }

    pub(super) fn cooldown(&self) -> Option<&Value> {
        self.part("cooldown")
    }

    pub(super) fn lease(&self) -> Option<&Value> {
        self.part("lease")
    }

    pub(super) fn refresh(&self) -> Option<Secret> {
        str_at(&self.0.0, "refresh").map(Secret::new)
    }

    pub(super) fn rotates(&self) -> Option<bool> {
        get(&self.0.0, "rotates")?.as_bool()
    }

    /// Without its tokens.
    pub(super) fn bury(&mut self) {
        for name in ["token", "refresh"] {
            if let Some(part) = self.0.0.get_mut(name) {
                drop(Wiped(part.take()));
            }
        }
    }

    fn part(&self, name: &str) -> Option<&Value> {
        get(&self.0.0, name).filter(|part| part.is_object())
    }

    /// How long the store has to keep it.
    pub(super) fn ttl(&self, now: Timestamp) -> Duration {
        let token = self.token().map_or(0, |token| number(token, "sent").saturating_add(number(token, "lifetime")));
        let cooldown = self.cooldown().map_or(0, |cooldown| number(cooldown, "until"));
        let lease = self.lease().map_or(0, |lease| number(lease, "ms"));
        let chain = if self.refresh().is_some() { CHAIN_TTL } else { SHORTEST_TTL };
        Duration::from_millis(token.max(cooldown).saturating_sub(now.as_millis()).max(lease).max(chain))
    }
}

pub(super) fn number(value: &Value, name: &str) -> u64 {
    get(value, name).and_then(Value::as_u64).unwrap_or_default()
}

pub(super) fn generation(value: &Value) -> u64 {
    number(value, "generation")
}

pub(super) fn captured(token: &Value) -> Captured {
    let mut captured = Vec::new();
    for (name, value) in object_at(token, "captured").into_iter().flatten() {
        captured.push((name.clone(), Secret::new(value.as_str().unwrap_or_default())));
    }
    captured
}

pub(super) fn scope(token: &Value) -> Option<String> {
    str_at(token, "scope").map(str::to_owned)
}

/// The error that started a cooldown, as this machine's calls see it.
pub(super) fn fault(cooldown: &Value) -> Option<Fault> {
    let status = get(cooldown, "status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let reply = Reply { status, error: str_at(cooldown, "error").map(str::to_owned), ..Reply::default() };
    let error = match str_at(cooldown, "code")? {
        "ERR_REFUSED" => Error::Refused(reply),
        "ERR_RATE_LIMITED" => Error::RateLimited(reply),
        "ERR_UNREACHABLE" => Error::Unreachable(reply),
        "ERR_TIMEOUT" => Error::Timeout(reply),
        "ERR_BAD_RESPONSE" => Error::BadResponse(reply),
        _ => return None,
    };
    Some(Box::new(error))
}

pub(super) fn lease(by: u64, span: Duration, spends: bool) -> Value {
    let mut out = Object::new();
    out.value("by", by.into()).value("ms", millis(span).into()).value("spends", spends.into());
    out.take()
}

pub(super) fn spends(lease: &Value) -> bool {
    get(lease, "spends").and_then(Value::as_bool) == Some(true)
}

pub(super) fn is_by(lease: &Value, id: u64) -> bool {
    number(lease, "by") == id
}

/// Says which credentials a record means, and which token was refused, without showing either: FNV-1a.
pub(super) fn fingerprint(secret: &str, mut hash: u64) -> u64 {
    for byte in secret.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

pub(super) const FINGERPRINT: u64 = 0xcbf2_9ce4_8422_2325;

pub(super) fn fingerprint_of(credentials: &Credentials) -> String {
    let mut hash = FINGERPRINT;
    for (name, secret) in &credentials.0 {
        hash = fingerprint(secret.expose(), fingerprint(name, hash));
    }
    decimal(hash)
}
