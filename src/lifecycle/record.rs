//! The record that the instances of one client share: what it says, as text and back.

use core::time::Duration;

use crate::answer::response::Captured;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault, Reply};
use crate::ground::json;
use crate::ground::json::{Object, Wiped, get, str_at};
use crate::ground::message::is_header_safe;
use crate::ground::time::{Timestamp, millis};
use crate::ground::value::Value;
use crate::lifecycle::schedule::PROGRESS_FLOOR;

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

/// What a record says. Everything in it is read as untrusted: whatever breaks a rule makes the whole record a miss.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Entry {
    /// One more with every write.
    pub(super) generation: u64,
    /// When it was written, by the writer's clock.
    pub(super) at: Timestamp,
    pub(super) token: Option<SharedToken>,
    pub(super) refresh: Option<Secret>,
    /// Whether a refresh has brought another refresh token; `None`: none was made yet.
    pub(super) rotates: Option<bool>,
    /// What a refresh builds on.
    pub(super) captured: Captured,
    pub(super) scope: Option<String>,
    pub(super) cooldown: Option<SharedCooldown>,
    pub(super) lease: Option<SharedLease>,
}

/// A token. Its dates are on the earlier of two clocks, the writer's and the token server's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SharedToken {
    /// Of the record that brought it. Leases raise the record's generation, and not this one.
    pub(super) generation: u64,
    pub(super) value: Secret,
    pub(super) kind: String,
    pub(super) sent: Timestamp,
    pub(super) lifetime: Duration,
    /// The stated expiry.
    pub(super) expires: Option<Timestamp>,
    pub(super) hard: Timestamp,
    /// Until then the rule of progress puts its renewal off.
    pub(super) floor: Option<Timestamp>,
}

/// A time in which nobody sends a token request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SharedCooldown {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    pub(super) code: String,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    /// The fingerprint of the credentials that it blames; 0: it blames none.
    pub(super) of: u64,
    /// So many failures came in a row.
    pub(super) row: u32,
}

/// The right to send the one token request of the fleet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SharedLease {
    /// A machine's id.
    pub(super) by: u64,
    pub(super) span: Duration,
    /// The request shows the refresh token.
    pub(super) spends: bool,
}

/// Numbers up to here are the same in JavaScript and in every JSON library.
const MAX_NUMBER: u64 = 1 << 53;
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);
const MAX_COOLDOWN: Duration = Duration::from_secs(3600);
const MAX_LEASE: Duration = Duration::from_secs(600);
const LONGEST: usize = 64 * 1024;
/// A record with a refresh token outlives its access token: servers let one lapse after so long without use.
const CHAIN_TTL: Duration = Duration::from_secs(180 * 86_400);
const SHORTEST_TTL: Duration = Duration::from_secs(60);

impl Entry {
    pub(super) fn read(text: &str) -> Option<Entry> {
        let value = Wiped(json::parse(text).ok()?);
        let value = &value.0;
        Some(Entry {
            generation: number(value, "generation")?,
            at: instant(value, "at")?,
            token: part(value, "token", SharedToken::read)?,
            refresh: part(value, "refresh", secret)?,
            rotates: part(value, "rotates", |value| value.as_bool())?,
            captured: part(value, "captured", captures)?.unwrap_or_default(),
            scope: part(value, "scope", string)?,
            cooldown: part(value, "cooldown", SharedCooldown::read)?,
            lease: part(value, "lease", SharedLease::read)?,
        })
    }

    pub(super) fn write(&self) -> Record {
        let mut out = Object::new();
        put(&mut out, "generation", self.generation);
        put(&mut out, "at", self.at.as_millis());
        if let Some(token) = &self.token {
            out.object("token", &mut token.write());
        }
        if let Some(refresh) = &self.refresh {
            out.text("refresh", refresh.expose());
        }
        out.value("rotates", self.rotates.into());
        let mut captured = Object::new();
        for (name, value) in &self.captured {
            captured.text(name, value.expose());
        }
        out.object("captured", &mut captured).text("scope", self.scope.as_deref());
        if let Some(cooldown) = &self.cooldown {
            out.object("cooldown", &mut cooldown.write());
        }
        if let Some(lease) = &self.lease {
            let mut fields = Object::new();
            put(&mut fields, "by", lease.by);
            put(&mut fields, "ms", millis(lease.span));
            out.object("lease", fields.value("spends", lease.spends.into()));
        }
        Record(Secret::new(json::text(&Wiped(out.take()).0)))
    }

    /// How long the store has to keep it.
    pub(super) fn ttl(&self, now: Timestamp) -> Duration {
        if self.refresh.is_some() {
            return CHAIN_TTL;
        }
        let token = self.token.as_ref().map(|token| token.hard);
        let cooldown = self.cooldown.as_ref().map(|cooldown| cooldown.until);
        let last = token.max(cooldown).unwrap_or_default().since(now);
        last.max(self.lease.map_or(SHORTEST_TTL, |lease| lease.span)).max(SHORTEST_TTL)
    }
}

impl SharedToken {
    fn read(value: &Value) -> Option<Self> {
        let token = SharedToken {
            generation: number(value, "generation")?,
            value: Secret::new(text(value, "value").filter(|text| !text.is_empty())?),
            kind: text(value, "type")?.to_owned(),
            sent: instant(value, "sent")?,
            lifetime: span(value, "lifetime", MAX_LIFETIME)?,
            expires: part(value, "expires", at)?,
            hard: instant(value, "hard")?,
            floor: part(value, "floor", at)?,
        };
        let most = token.lifetime.max(PROGRESS_FLOOR);
        let is_within = |at: Option<Timestamp>| at.is_none_or(|at| at <= token.sent.plus(most));
        (is_within(Some(token.hard)) && is_within(token.expires) && is_within(token.floor)).then_some(token)
    }

    fn write(&self) -> Object {
        let mut out = Object::new();
        put(&mut out, "generation", self.generation);
        out.text("value", self.value.expose()).text("type", self.kind.as_str());
        put(&mut out, "sent", self.sent.as_millis());
        put(&mut out, "lifetime", millis(self.lifetime));
        put(&mut out, "hard", self.hard.as_millis());
        for (name, at) in [("expires", self.expires), ("floor", self.floor)] {
            if let Some(at) = at {
                put(&mut out, name, at.as_millis());
            }
        }
        out
    }

    /// The dates that a reader would refuse are shortened, and whatever clock is ahead is set back by `behind` ms.
    pub(super) fn bounded(mut self, behind: i64) -> Self {
        self.lifetime = self.lifetime.min(MAX_LIFETIME);
        let most = self.lifetime.max(PROGRESS_FLOOR);
        self.hard = self.hard.min(self.sent.plus(MAX_LIFETIME));
        self.sent = self.sent.max(self.hard.minus(most));
        let last = self.sent.plus(most);
        self.expires = self.expires.map(|at| at.min(last).skewed(behind));
        self.floor = self.floor.map(|at| at.min(last).skewed(behind));
        self.hard = self.hard.skewed(behind);
        self.sent = self.sent.skewed(behind);
        self
    }
}

impl SharedCooldown {
    fn read(value: &Value) -> Option<Self> {
        let cooldown = SharedCooldown {
            since: instant(value, "since")?,
            until: instant(value, "until")?,
            code: text(value, "code")?.to_owned(),
            status: part(value, "status", |value| value.as_u64().and_then(|status| u16::try_from(status).ok()))?,
            error: part(value, "error", string)?,
            of: number(value, "of")?,
            row: u32::try_from(number(value, "row")?).ok()?,
        };
        (cooldown.until <= cooldown.since.plus(MAX_COOLDOWN) && cooldown.fault().is_some()).then_some(cooldown)
    }

    fn write(&self) -> Object {
        let mut out = Object::new();
        put(&mut out, "since", self.since.as_millis());
        put(&mut out, "until", self.until.as_millis());
        out.text("code", self.code.as_str()).value("status", self.status.into()).text("error", self.error.as_deref());
        put(&mut out, "of", self.of);
        put(&mut out, "row", self.row.into());
        out
    }

    /// The error that started it, as this machine's calls see it.
    pub(super) fn fault(&self) -> Option<Fault> {
        let reply = Reply { status: self.status, error: self.error.clone(), ..Reply::default() };
        let known: [fn(Reply) -> Error; 5] =
            [Error::Refused, Error::RateLimited, Error::Unreachable, Error::Timeout, Error::BadResponse];
        let found = known.into_iter().map(|error| error(reply.clone())).find(|error| error.code() == self.code)?;
        Some(Box::new(found))
    }
}

impl SharedLease {
    fn read(value: &Value) -> Option<Self> {
        Some(SharedLease {
            by: number(value, "by")?,
            span: span(value, "ms", MAX_LEASE)?,
            spends: get(value, "spends")?.as_bool()?,
        })
    }
}

/// Says which credentials a record means, and which token was refused, without showing either. FNV-1a, 53 bits of it.
pub(super) fn fingerprint(secret: &str, mut hash: u64) -> u64 {
    for byte in secret.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

pub(super) const FINGERPRINT: u64 = 0xcbf2_9ce4_8422_2325;

pub(super) fn fingerprint_of(credentials: &Credentials) -> u64 {
    let mut hash = FINGERPRINT;
    for (name, secret) in &credentials.0 {
        hash = fingerprint(secret.expose(), fingerprint(name, hash));
    }
    hash & (MAX_NUMBER - 1)
}

fn put(out: &mut Object, name: &str, number: u64) {
    out.value(name, number.into());
}

/// A member that may be missing. `None`: it is there, and it is wrong.
fn part<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match get(value, name) {
        None | Some(Value::Null) => Some(None),
        Some(found) => read(found).map(Some),
    }
}

fn number(value: &Value, name: &str) -> Option<u64> {
    get(value, name)?.as_u64().filter(|number| *number < MAX_NUMBER)
}

fn instant(value: &Value, name: &str) -> Option<Timestamp> {
    at(get(value, name)?)
}

fn at(value: &Value) -> Option<Timestamp> {
    value.as_u64().filter(|at| *at < MAX_NUMBER).map(Timestamp::from_millis)
}

fn span(value: &Value, name: &str, most: Duration) -> Option<Duration> {
    number(value, name).map(Duration::from_millis).filter(|span| *span <= most)
}

/// A text that may stand in a header.
fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    str_at(value, name).filter(|text| is_header_safe(text) && text.len() <= LONGEST)
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn secret(value: &Value) -> Option<Secret> {
    value.as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST).map(Secret::new)
}

fn captures(value: &Value) -> Option<Captured> {
    let mut captured = Vec::new();
    for (name, value) in value.as_object()? {
        captured.push((name.clone(), Secret::new(value.as_str().filter(|text| text.len() <= LONGEST)?)));
    }
    Some(captured)
}
