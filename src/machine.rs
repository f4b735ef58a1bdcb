//! The life-cycle of a token: what is in hand (fresh, stale, none) x what is under way (idle, in flight, cooldown).
//!
//! Methods named `on_*` are inputs; [`poll`](Machine::poll) is the output. The clock and the dice are the caller's.

use core::time::Duration;
use std::sync::Arc;

use fastrand::Rng;

use crate::challenge::Challenge;
use crate::config::ClientConfig;
use crate::cooldown::{Cooldown, Failures, doubled};
use crate::credentials::{Credentials, Secret};
use crate::discovery::POSTPONED;
use crate::error::{Error, Fault, Reply};
use crate::exchange::{Exchange, Kept, Kind, Next, attach};
use crate::expiry::schedule;
use crate::jwt::read_jwt_dates;
use crate::response::{Captured, Granted, HttpResponse};
use crate::text::{concat, decimal, spaced};
use crate::time::{Timestamp, millis};
use crate::token::{Age, Serial, Token, shown};

/// One client's token and the one request that may be under way for the next.
///
/// | token ＼ flight | Idle | InFlight | Cooldown |
/// | --- | --- | --- | --- |
/// | **Fresh** | Use | Use | Use |
/// | **Stale** | Use, and renew in the background | Use | Use |
/// | **None, Expired** | Send | Wait | Wait if it ends within the caller's patience, else Fail |
///
/// ```
/// use bearerkit::{Action, ClientConfig, Credentials, HttpResponse, Machine, Next, Provider, Timestamp};
/// let provider = Provider::from_token_endpoint("https://as.example/token")?;
/// let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
/// let mut machine = Machine::new(ClientConfig::new(provider, credentials), 1);
/// let now = Timestamp::from_secs(1_700_000_000);
///
/// let Action::Send(request) = machine.poll(now) else { panic!("nothing in hand, nothing under way: send") };
/// assert!(matches!(request.next, Next::Send(_)));
/// assert!(matches!(machine.poll(now), Action::Wait { .. }), "one request for any number of callers");
///
/// let body = br#"{"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}"#.to_vec();
/// machine.on_response(request.serial, &HttpResponse { status: 200, headers: vec![], body }, now);
/// let Action::Use { token, renew: None } = machine.poll(now) else { panic!("fresh: use") };
/// assert_eq!(token.value.expose(), "abc");
/// # Ok::<(), bearerkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Machine {
    client: ClientConfig,
    dice: Rng,
    token: Option<Arc<Token>>,
    refresh_token: Option<Secret>,
    /// What a refresh builds on, whatever became of the token that came with it.
    captured: Captured,
    granted_scope: Option<String>,
    flight: Flight,
    /// The flight that was given up last: its answer still counts if it is newer than the token in hand.
    lapsed: Option<Box<Lease>>,
    last_serial: Serial,
    kept: Option<Box<Kept>>,
    /// The token that was asked for since the one before did not last long enough.
    stretched: Option<Serial>,
    /// The newest token that was ever in hand.
    newest: Serial,
    failures: Failures,
    last_error: Option<Fault>,
    /// Which of the credentials worked last.
    index: usize,
    /// An authorization code is good for one answer.
    grant_spent: bool,
    refusal: Refusal,
    /// How far ahead the clock of whoever checks signatures is, in ms, once a request that was signed by it was accepted.
    skew: i64,
    /// The latest instant seen.
    clock: Timestamp,
}

#[derive(Debug)]
#[allow(clippy::enum_variant_names)] // the word of the table above
enum Flight {
    Idle,
    InFlight(Box<Lease>),
    Cooldown(Cooldown),
}

/// The right to have the one token request in flight. It ends by itself.
#[derive(Debug)]
struct Lease {
    serial: Serial,
    until: Timestamp,
    exchange: Exchange,
    /// It is for a token that lasts longer than the one in hand.
    stretches: bool,
    /// It was signed anew, by the server's clock; the skew that counted before.
    skew_before: Option<i64>,
}

/// What is known of tokens that the API refused.
#[derive(Debug, Default)]
struct Refusal {
    /// A token was refused: the next one is its replacement.
    pending: bool,
    /// The token that replaced a refused one, until it is refused itself.
    replacement: Option<Serial>,
    /// Until then a 401 buys nothing.
    gate_until: Timestamp,
    /// So many replacements in a row were refused at once.
    gates: u32,
}

/// What to do for one call.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Action {
    /// There is a token. `renew`: it is time for the next one, and nobody waits for it.
    Use {
        /// To be used now.
        token: Arc<Token>,
        /// To be carried out in the background.
        renew: Option<TokenRequest>,
    },
    /// Carry this request out, tell the machine, and poll again.
    Send(TokenRequest),
    /// Someone else's request is under way, or the token endpoint is left alone. Poll again when something changed, and at the latest then.
    Wait {
        /// When the lease or the cooldown ends.
        until: Timestamp,
    },
    /// There is no token, and waiting for one is not worth it.
    Fail(Error),
}

/// A token request under way, and what it needs next.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRequest {
    /// Goes with everything that is said of this request.
    pub serial: Serial,
    /// When the lease ends and someone else may ask.
    pub deadline: Timestamp,
    /// The host that the request goes to, where there is one to be sent. A credential in it is redacted.
    pub host: Option<Box<str>>,
    /// What is to be done next.
    pub next: Next,
}

/// One caller, for [`Machine::poll_for`].
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When it began: patience counts from here.
    pub since: Timestamp,
    /// A token with less time left is renewed first.
    pub min_validity: Duration,
}

/// Why a request got no answer.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportFailure {
    /// The time limit passed.
    Timeout,
    /// No connection, or one that broke off.
    Network {
        /// Why, in a few words; `ENOTFOUND`. The secrets of the request are redacted.
        reason: Option<String>,
        /// Seconds will not cure it (no such host, a certificate, a connection that is refused): it is told to the callers at once,
        /// who else wait within their patience.
        is_permanent: bool,
    },
    /// What sends the requests cannot: it was called in the wrong way, or gave what is no response.
    Fetch {
        /// Why, in a few words. The secrets of the request are redacted.
        reason: Option<String>,
    },
    /// The body passed the byte limit.
    TooLarge {
        /// The status of the answer.
        status: u16,
    },
}

/// What a caller does with a refused answer of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Poll, and try once more with the token that comes.
    Retry,
    /// Return the answer as it is.
    Return,
}

/// A lease outlives the time limit of its request by so much.
const LEASE_MARGIN: Duration = Duration::from_secs(1);
/// So many requests in a row may be taken over at once from whoever sent them and is gone.
const FREE_LOSSES: u32 = 2;
/// A renewal that brought nothing new is put off for so long, or for half of what is left if that is less.
const PROGRESS_FLOOR: Duration = Duration::from_secs(60);
/// A stated life that is no longer than this is none, if that of the token before it was no longer either.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);
/// A replacement refused within this time is no better than what it replaced.
const REPLACEMENT_AGE: Duration = Duration::from_secs(10);
/// An API that always says 401 buys no token with each call: after a replacement was refused as well, none is bought for so
/// long, doubling while that goes on.
const GATE_BASE_MS: u64 = 30_000;
const GATE_CAP_MS: u64 = 600_000;
/// No reason of a transport has more characters.
const MAX_REASON: usize = 256;
/// A clock that is set back by less than this is only being adjusted.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);
/// A server's clock that is off by less is not why it refused what was signed.
const CLOCK_BLAME_MS: u64 = 5_000;

impl Machine {
    /// A machine without a token. `seed` is for jitter and for the ids of assertions.
    pub fn new(client: ClientConfig, seed: u64) -> Self {
        let refresh_token = client.grant_member("refreshToken").map(Secret::new);
        Machine {
            client,
            dice: Rng::with_seed(seed),
            token: None,
            refresh_token,
            captured: Captured::new(),
            granted_scope: None,
            flight: Flight::Idle,
            lapsed: None,
            last_serial: Serial(0),
            kept: None,
            stretched: None,
            newest: Serial(0),
            failures: Failures::default(),
            last_error: None,
            index: 0,
            grant_spent: false,
            refusal: Refusal::default(),
            skew: 0,
            clock: Timestamp::default(),
        }
    }

    /// What this machine was made of.
    pub fn client(&self) -> &ClientConfig {
        &self.client
    }

    /// Replaces the dice: where randomness cannot be had before the first request (a Worker's top level).
    pub fn reseed(&mut self, seed: u64) {
        self.dice = Rng::with_seed(seed);
    }

    /// What a call does that begins now.
    pub fn poll(&mut self, now: Timestamp) -> Action {
        self.poll_for(Call { since: now, min_validity: Duration::ZERO }, now)
    }

    /// What a call does that began earlier, or wants a token with some life left.
    pub fn poll_for(&mut self, call: Call, now: Timestamp) -> Action {
        self.settle(now);
        let token = self.token.as_ref().filter(|token| self.serves(token, call, now));
        match (token, &self.flight) {
            (Some(token), Flight::Idle) if token.age(now) == Age::Stale && self.may_renew_early() => {
                let token = Arc::clone(token);
                // A renewal that cannot even begin hides no live token.
                Action::Use { token, renew: self.take_off(now, false).ok() }
            }
            (Some(token), _) => Action::Use { token: Arc::clone(token), renew: None },
            (None, Flight::Idle) => {
                let stretches = self.token.as_ref().is_some_and(|token| token.age(now) != Age::Expired);
                self.take_off(now, stretches).map_or_else(|fault| Action::Fail(*fault), Action::Send)
            }
            (None, Flight::InFlight(lease)) => Action::Wait { until: lease.until },
            (None, Flight::Cooldown(cooldown)) => {
                // A clock that was set back says nothing of how long the call has waited: it waits no more.
                let is_known = call.since <= now.plus(CLOCK_TOLERANCE);
                let is_worth_it = is_known && !cooldown.error.is_permanent();
                if is_worth_it && cooldown.until <= call.since.min(now).plus(self.client.patience()) {
                    return Action::Wait { until: cooldown.until };
                }
                let mut error = (*cooldown.error).clone();
                if call.since > cooldown.since {
                    error.postpone();
                }
                Action::Fail(error)
            }
        }
    }

    fn serves(&self, token: &Token, call: Call, now: Timestamp) -> bool {
        let is_usable = token.age(now) != Age::Expired;
        // A token that was fetched during the call is as good as it gets; so is any, once the clock was set back behind the call.
        if !is_usable || token.received_at >= call.since || call.since > now {
            return is_usable;
        }
        if self.stretched != Some(token.serial) {
            return token.remaining(now) >= call.min_validity;
        }
        // It was asked for more than the one before, and this is all there is: it is not asked for with every call.
        let life = token.hard_expiry.since(token.received_at);
        let at_best = life.saturating_sub(PROGRESS_FLOOR.min(half(life)));
        token.remaining(now) >= call.min_validity.min(at_best)
    }

    /// Where a refresh kills the old token (Fusio), it is not done while that one serves.
    fn may_renew_early(&self) -> bool {
        !(self.client.provider.flag("refresh_invalidates_access_token") && self.refresh_token.is_some())
    }

    /// Opens a lease for the next token request.
    fn take_off(&mut self, now: Timestamp, stretches: bool) -> Result<TokenRequest, Fault> {
        let exchange = match self.refresh_token.clone() {
            Some(token) => {
                let (captured, granted) = (self.captured.clone(), self.granted_scope.clone());
                Exchange::refresh(&self.client, self.index, now, token, captured, granted)
            }
            None if self.has_primary_grant() => Exchange::primary(&self.client, self.index, now),
            None => {
                if let Some(error) = &self.last_error
                    && !error.is_transient()
                {
                    return Err(error.clone());
                }
                let spent = "what the grant showed was used up, and there is no refresh token";
                return Err(Box::new(Error::Refused(Reply { description: Some(spent.into()), ..Reply::default() })));
            }
        };
        self.last_serial = Serial(self.last_serial.0.wrapping_add(1));
        let lease = Box::new(Lease { serial: self.last_serial, until: now, exchange, stretches, skew_before: None });
        if let Some(request) = self.proceed(lease, now) {
            return Ok(request);
        }
        Err(match &self.flight {
            Flight::Cooldown(cooldown) => cooldown.error.clone(),
            _ => Error::options("", &["no request can be made of them"]),
        })
    }

    fn has_primary_grant(&self) -> bool {
        match self.client.grant_member("type") {
            Some("refresh_token") => false,
            Some("authorization_code") => !self.grant_spent,
            _ => true,
        }
    }

    /// A late answer brought what a code is good for while this request was under way, and the code is shown once.
    fn is_overtaken(&self, lease: &Lease) -> bool {
        lease.exchange.kind == Kind::Primary && !self.has_primary_grant()
    }

    /// The flight's next need, and the lease that covers it.
    fn proceed(&mut self, mut lease: Box<Lease>, now: Timestamp) -> Option<TokenRequest> {
        if self.is_overtaken(&lease) {
            self.flight = Flight::Idle;
            return None;
        }
        let signed_at = now.skewed(self.skew);
        match lease.exchange.next(&self.client, &mut self.dice, now, signed_at, &mut self.kept) {
            Ok(next) => {
                lease.until = now.plus(self.client.timeout()).plus(LEASE_MARGIN);
                let host = lease.exchange.host.clone();
                let request = TokenRequest { serial: lease.serial, deadline: lease.until, host, next };
                self.flight = Flight::InFlight(lease);
                Some(request)
            }
            Err(error) => {
                let error = self.blamed(error);
                self.land(lease, Err(error), now)
            }
        }
    }

    /// What is wrong with credentials that a function gave is no fault of the options.
    fn blamed(&self, fault: Fault) -> Fault {
        match &*fault {
            Error::Options { path, reason } if self.client.asks_for_credentials && path.starts_with("credentials") => {
                let reason = if path == "credentials" { reason.clone() } else { fault.message() };
                let (reason, is_permanent) = (Some(reason.into()), true);
                Box::new(Error::Credentials(Reply { reason, is_permanent, ..Reply::default() }))
            }
            _ => fault,
        }
    }

    /// The credentials that were asked for. Returns what the request needs next, `None` once it has ended.
    pub fn on_credentials(&mut self, serial: Serial, credentials: Credentials, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let mut lease = self.take_lease(serial)?;
        if lease.exchange.refused.as_ref() == Some(&credentials) {
            // Asked again, and the answer is the same that was just refused.
            let error = self.last_error.clone().unwrap_or_else(|| Box::new(Error::Refused(Reply::default())));
            return self.cool_down(error, now);
        }
        lease.exchange.credentials = Some(credentials.clone());
        if self.client.credentials.first() != Some(&credentials) {
            self.kept = None;
        }
        self.client.credentials = vec![credentials];
        self.index = 0;
        self.proceed(lease, now)
    }

    /// The credentials as they are now, where they come from a function; ends a cooldown that the old ones were refused with.
    pub fn replace_credentials(&mut self, credentials: Credentials) {
        if self.client.credentials.first() == Some(&credentials) {
            return;
        }
        self.kept = None;
        self.client.credentials = vec![credentials];
        self.index = 0;
        self.failures.forget_refusals();
        if matches!(&self.flight, Flight::Cooldown(cooldown) if !cooldown.error.is_transient()) {
            self.flight = Flight::Idle;
        }
    }

    /// Whether the request under way is, byte for byte, one that was handed out before.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "js")))]
    pub(crate) fn repeats(&self) -> bool {
        matches!(&self.flight, Flight::InFlight(lease) if lease.exchange.repeats)
    }

    /// The signature that was asked for. Returns what the request needs next.
    pub fn on_signature(&mut self, serial: Serial, signature: &[u8], now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let mut lease = self.take_lease(serial)?;
        lease.exchange.sign(signature);
        self.proceed(lease, now)
    }

    /// An answer of the token endpoint. Returns what the request needs next, `None` once it has ended.
    pub fn on_response(&mut self, serial: Serial, response: &HttpResponse, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let Some(mut lease) = self.take_lease(serial) else {
            self.on_late_response(serial, response, now);
            return None;
        };
        let outcome = if lease.exchange.discovers {
            self.client.learn(&mut lease.exchange, response, now).map(|()| None)
        } else {
            lease.exchange.answer(&self.client, response, now)
        };
        match outcome {
            Ok(None) => self.proceed(lease, now),
            Ok(Some(granted)) => self.land(lease, Ok(granted), now),
            Err(error) if self.signs_anew(&mut lease, &error, response, now) => self.proceed(lease, now),
            Err(error) => self.land(lease, Err(error), now),
        }
    }

    /// Whether the local clock may be to blame: what was signed is signed once more, by the server's clock as its `Date` shows it.
    /// That clock is believed once it has helped; a `Date` that lies costs one request.
    fn signs_anew(&mut self, lease: &mut Lease, error: &Error, response: &HttpResponse, now: Timestamp) -> bool {
        let is_kept = response.header("age").is_some_and(|age| age != "0");
        if lease.skew_before.is_some() || is_kept || !matches!(error.status(), Some(400 | 401)) {
            return false;
        }
        let Some(date) = response.date() else { return false };
        let skew = date.ahead_of(now);
        if skew.abs_diff(self.skew) < CLOCK_BLAME_MS || self.is_overtaken(lease) || !lease.exchange.unsign() {
            return false;
        }
        lease.skew_before = Some(core::mem::replace(&mut self.skew, skew));
        true
    }

    /// The answer to a lease that ended: it counts only if its token is newer than the one held.
    fn on_late_response(&mut self, serial: Serial, response: &HttpResponse, now: Timestamp) {
        let is_it = |lease: &mut Box<Lease>| lease.serial == serial && !lease.exchange.discovers;
        let Some(mut lease) = self.lapsed.take_if(is_it) else { return };
        if let (true, Ok(Some(granted))) = (serial > self.newest, lease.exchange.answer(&self.client, response, now)) {
            let _ = self.accept(&lease, granted, now);
        }
    }

    /// A request that got no answer.
    pub fn on_failure(&mut self, serial: Serial, failure: TransportFailure, now: Timestamp) {
        self.observe(now);
        let Some(lease) = self.take_lease(serial) else { return };
        let (mut error, said, lasts) = match failure {
            TransportFailure::Timeout => (Error::Timeout(Reply::default()), Some(spelt(self.client.timeout())), false),
            TransportFailure::Network { reason, is_permanent } => {
                (Error::Unreachable(Reply::default()), reason, is_permanent)
            }
            TransportFailure::Fetch { reason } => (Error::Fetch(Reply::default()), reason, true),
            TransportFailure::TooLarge { status } => {
                let reply = Reply { status: Some(status), ..Reply::default() };
                (Error::BadResponse(reply), Some("the body is larger than 1 MiB".to_owned()), false)
            }
        };
        if let Some(reply) = error.reply_mut() {
            let said = said.as_deref().unwrap_or("the connection broke off");
            reply.reason = Some(lease.exchange.secrets(&self.client).redact(said, &[], MAX_REASON).into());
            reply.is_permanent = lasts;
        }
        let error = Box::new(error);
        self.land(lease, Err(error), now);
        // Whoever says this does not go on: what comes after a refused refresh is for the next call.
        self.take_lease(serial);
    }

    /// Something the request needed could not be had on this side: the credentials, the signature.
    pub fn on_unable(&mut self, serial: Serial, path: &str, reason: &str, now: Timestamp) {
        self.observe(now);
        if let Some(lease) = self.take_lease(serial) {
            let error = self.blamed(Error::options(path, &[reason]));
            self.land(lease, Err(error), now);
        }
    }

    /// The credentials function failed, and may do better in a while: it is backed off from as a server is.
    pub fn on_credentials_failure(&mut self, serial: Serial, reason: &str, now: Timestamp) {
        self.observe(now);
        if let Some(lease) = self.take_lease(serial) {
            let reason = Some(spaced(reason, MAX_REASON).into());
            self.land(lease, Err(Box::new(Error::Credentials(Reply { reason, ..Reply::default() }))), now);
        }
    }

    /// Whoever carried the request out is gone; the next one may.
    pub fn on_lost(&mut self, serial: Serial, now: Timestamp) {
        self.observe(now);
        if let Some(lease) = self.take_lease(serial) {
            self.lose(lease, now);
        }
    }

    /// The request was not sent, which is nobody's failure; the next one may be sent at once.
    pub fn on_unsent(&mut self, serial: Serial) {
        self.take_lease(serial);
    }

    /// An answer of the API that is a 401 or 403, to a call that carried the token of `serial`.
    pub fn on_unauthorized(&mut self, serial: Serial, challenge: &Challenge, now: Timestamp) -> Verdict {
        self.observe(now);
        if !challenge.is_curable() {
            return Verdict::Return;
        }
        // Gone, or a newer one is there: nothing is to be decided on this one.
        let Some(held) = self.token.as_ref().filter(|held| held.serial == serial) else { return Verdict::Retry };
        if now < self.refusal.gate_until {
            return Verdict::Return;
        }
        let is_replacement = self.refusal.replacement.take_if(|replacement| *replacement == serial).is_some();
        if is_replacement && now.since(held.received_at) < REPLACEMENT_AGE {
            let gate = doubled(GATE_BASE_MS, self.refusal.gates, GATE_CAP_MS);
            self.refusal.gate_until = now.plus(Duration::from_millis(gate));
            self.refusal.gates = self.refusal.gates.saturating_add(1);
            return Verdict::Return;
        }
        // A replacement that served for a while, or a time in which nothing was refused: the API does not always say 401.
        if is_replacement || now.since(self.refusal.gate_until) >= Duration::from_millis(GATE_CAP_MS) {
            self.refusal.gates = 0;
        }
        self.token = None;
        self.refusal.pending = true;
        Verdict::Retry
    }

    /// Forgets the access token; the refresh token is kept.
    pub fn invalidate(&mut self) {
        self.token = None;
    }

    /// Forgets the access token and the refresh token, which were revoked.
    pub fn forget(&mut self) {
        self.token = None;
        self.refresh_token = None;
    }

    /// The token in hand, whatever its age.
    pub fn token(&self) -> Option<&Arc<Token>> {
        self.token.as_ref()
    }

    /// The refresh token in hand.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// The credentials that worked last, once any are known.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.client.credentials.get(self.index)
    }

    /// When the next token request may be sent: at once, when the lease ends, when the cooldown ends.
    pub fn next_request_at(&self, now: Timestamp) -> Timestamp {
        match &self.flight {
            Flight::Idle => now,
            Flight::InFlight(lease) => lease.until,
            Flight::Cooldown(cooldown) => cooldown.until,
        }
    }

    /// Ends the lease or the cooldown that has run out, as a poll would.
    pub fn settle(&mut self, now: Timestamp) {
        self.observe(now);
        self.lapse(now);
    }

    /// `idle`, `in_flight` or `cooldown`.
    pub fn flight(&self) -> &'static str {
        match &self.flight {
            Flight::Idle => "idle",
            Flight::InFlight(_) => "in_flight",
            Flight::Cooldown(_) => "cooldown",
        }
    }

    /// A text of someone else's without the secrets and tokens that this machine knows of, plain or encoded, and cut.
    pub fn redact(&self, text: &str, limit: usize) -> String {
        let mut known = match &self.flight {
            Flight::InFlight(lease) => lease.exchange.secrets(&self.client),
            _ => self.credentials().cloned().unwrap_or_default(),
        };
        let tokens = [self.refresh_token.as_ref(), self.token.as_ref().map(|token| &token.value)];
        for (name, token) in ["request.held_refresh_token", "request.held_token"].into_iter().zip(tokens) {
            if let Some(token) = token {
                known = known.with(name, token.expose());
            }
        }
        known.redact(text, &[], limit)
    }

    /// Why the last token request failed, until one succeeds.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_deref()
    }

    fn take_lease(&mut self, serial: Serial) -> Option<Box<Lease>> {
        match core::mem::replace(&mut self.flight, Flight::Idle) {
            Flight::InFlight(lease) if lease.serial == serial => Some(lease),
            other => {
                self.flight = other;
                None
            }
        }
    }

    /// The end of a flight, or its second wind: another grant, another credential.
    fn land(
        &mut self,
        mut lease: Box<Lease>,
        outcome: Result<Box<Granted>, Fault>,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let outcome = outcome.and_then(|granted| self.accept(&lease, granted, now));
        let Err(mut error) = outcome else {
            self.flight = Flight::Idle;
            return None;
        };
        if let Some(reply) = error.reply_mut() {
            reply.host = lease.exchange.host.clone();
        }
        self.last_error = Some(error.clone());
        if let Some(before) = lease.skew_before.take() {
            self.skew = before;
        }
        if lease.exchange.discovers {
            // The server's word about itself is no word about what would have been shown to it.
            self.client.provider.postpone(now.plus(POSTPONED));
            return self.cool_down(error, now);
        }
        // Only a refusal of the primary grant speaks about the credentials: servers refuse the refresh tokens that they hand out
        // with any 4xx and any code (Fusio's invalid_request, an unauthorized_client), or with what is no answer at all.
        let is_refresh = lease.exchange.kind == Kind::Refresh;
        let is_refused = match &*error {
            Error::Refused(_) => true,
            Error::BadResponse(_) => is_refresh && self.has_primary_grant(),
            _ => is_refresh && matches!(error.status(), Some(400..=407 | 409..=424)),
        };
        if is_refused && is_refresh && self.has_primary_grant() {
            self.drop_refresh_token(&lease);
            lease.exchange = Exchange::primary(&self.client, lease.exchange.index, now);
            return self.proceed(lease, now);
        }
        if error.blames_credentials() && lease.exchange.refused.is_none() && !self.is_overtaken(&lease) {
            if self.client.asks_for_credentials {
                lease.exchange.restart(None, 0);
                return self.proceed(lease, now);
            }
            let other = 1usize.saturating_sub(lease.exchange.index);
            if let Some(credentials) = self.client.credentials.get(other).filter(|_| self.client.credentials.len() > 1)
            {
                lease.exchange.restart(Some(credentials.clone()), other);
                return self.proceed(lease, now);
            }
        }
        if is_refused && !error.blames_credentials() {
            match lease.exchange.kind {
                Kind::Refresh => self.drop_refresh_token(&lease),
                Kind::Primary => self.grant_spent = true,
            }
        }
        self.cool_down(error, now)
    }

    /// It was refused. A late answer may have brought another one meanwhile.
    fn drop_refresh_token(&mut self, lease: &Lease) {
        if self.refresh_token.as_ref() == lease.exchange.refresh_token.as_ref() {
            self.refresh_token = None;
        }
    }

    fn cool_down(&mut self, error: Fault, now: Timestamp) -> Option<TokenRequest> {
        let cooldown = self.failures.cooldown(error, now, &mut self.dice);
        self.last_error = Some(cooldown.error.clone());
        self.flight = Flight::Cooldown(cooldown);
        None
    }

    /// Puts what was granted on the local clock and into the hand.
    #[allow(clippy::boxed_local)] // unboxed, it would be copied on its way here
    fn accept(&mut self, lease: &Lease, granted: Box<Granted>, now: Timestamp) -> Result<(), Fault> {
        let none = Credentials::new();
        let credentials = lease.exchange.credentials.as_ref().unwrap_or(&none);
        let attached = attach(&self.client, credentials, &granted.captured, &granted.access_token, None)
            .map_err(|error| Error::bad_response(200, &["what it holds cannot be sent on: ", &error.message()]))?;
        let sent = lease.exchange.sent.min(now);
        let margin = self.client.refresh_margin();
        let lifetime = granted.lifetime.unwrap_or(self.client.default_lifetime());
        let mut points = schedule(sent, lifetime, margin, self.dice.u64(..));
        let mut expires_at = granted.lifetime.map(|lifetime| sent.plus(lifetime));
        let is_short = |expires_at: Option<Timestamp>, came: Timestamp| {
            expires_at.is_some_and(|at| at <= came.plus(SHORTEST_LIFE))
        };
        let mut is_lifeless = points.hard_expiry <= now;
        let mut brings_nothing_new = points.renew_at <= now;
        if let Some(held) = &self.token {
            let is_same = held.value == granted.access_token;
            // Its dates stand in it, and coming again adds nothing to them. One that had expired by this clock was not.
            if is_same
                && held.age(now) != Age::Expired
                && read_jwt_dates(held.value.expose()).is_some_and(|dates| dates.exp.is_some())
            {
                points.hard_expiry = points.hard_expiry.min(held.hard_expiry);
                points.renew_at = points.renew_at.min(held.renew_at);
                expires_at = expires_at.min(held.expires_at);
            }
            is_lifeless |= is_short(expires_at, now) && is_short(held.expires_at, held.received_at);
            brings_nothing_new |= is_same || points.hard_expiry <= held.hard_expiry;
        }
        // The rule of progress: whatever the answers say, no server makes a token request per call. Servers that hand out the
        // same token until its last minute exist (Toast, Feishu, WSO2), and ones whose `expires_in: 0` means "never".
        if is_lifeless {
            points.hard_expiry = now.plus(PROGRESS_FLOOR);
            points.renew_at = points.hard_expiry;
        } else if brings_nothing_new {
            let floor = PROGRESS_FLOOR.min(half(points.hard_expiry.since(now)));
            points.renew_at = points.renew_at.max(now.plus(floor));
        }
        self.token = Some(Arc::new(Token {
            value: granted.access_token,
            token_type: granted.token_type.unwrap_or_else(|| "Bearer".into()),
            scope: granted.scope.clone(),
            headers: attached.headers,
            defaults: attached.defaults,
            query: attached.query,
            captured: shown(&granted.captured),
            warning: granted.warning,
            serial: lease.serial,
            expires_at,
            renew_at: points.renew_at,
            hard_expiry: points.hard_expiry,
            received_at: now,
        }));
        self.captured = granted.captured;
        // Where a refresh says nothing of it, it is as it was (RFC 6749 §6).
        if granted.scope.is_some() || lease.exchange.kind == Kind::Primary {
            self.granted_scope = granted.scope;
        }
        if let Some(refresh_token) = granted.refresh_token {
            self.refresh_token = Some(refresh_token);
        }
        if core::mem::take(&mut self.refusal.pending) {
            self.refusal.replacement = Some(lease.serial);
        }
        self.grant_spent = true;
        self.newest = lease.serial;
        self.stretched = lease.stretches.then_some(lease.serial);
        self.index = lease.exchange.index;
        self.failures.forget();
        self.last_error = None;
        Ok(())
    }

    /// Takes an answer for that of a request just sent.
    pub(crate) fn take(&mut self, response: &HttpResponse, sent: Timestamp, now: Timestamp) -> Result<(), Fault> {
        let mut exchange = Exchange::primary(&self.client, 0, sent);
        exchange.skip_steps(&self.client);
        exchange.credentials = self.client.credentials.first().cloned();
        let granted = exchange.answer(&self.client, response, now)?;
        let lease = Box::new(Lease { serial: Serial(1), until: now, exchange, stretches: false, skew_before: None });
        granted.map_or(Ok(()), |granted| self.accept(&lease, granted, now))
    }

    /// Ends what has run out.
    fn lapse(&mut self, now: Timestamp) {
        match core::mem::replace(&mut self.flight, Flight::Idle) {
            Flight::InFlight(lease) if now >= lease.until => self.lose(lease, now),
            Flight::Cooldown(cooldown) if now >= cooldown.until => {}
            running => self.flight = running,
        }
    }

    /// It was that late already when someone else looked: an earlier `now` to come is a clock that was set back.
    pub fn saw(&mut self, latest: Timestamp) {
        self.clock = self.clock.max(latest);
    }

    /// Takes the place of a machine that is gone, and whose last request was `last`: with its token, its refresh token and what it
    /// had under way. `losses` requests in a row ended so. What a grant shows once was shown.
    pub fn take_over(&mut self, last: Serial, losses: u32, now: Timestamp) {
        self.last_serial = last;
        self.grant_spent = true;
        for _ in 0..losses {
            self.count_loss(None, now);
        }
    }

    /// Nobody will say what became of this request.
    fn lose(&mut self, lease: Box<Lease>, now: Timestamp) {
        let host = lease.exchange.host.clone();
        self.lapsed = Some(lease);
        self.count_loss(host, now);
    }

    /// The next request may be sent at once, unless too many were lost in a row.
    fn count_loss(&mut self, host: Option<Box<str>>, now: Timestamp) {
        if self.failures.lost() > FREE_LOSSES {
            let reason = Some("those who asked were gone before the answer came".into());
            self.cool_down(Box::new(Error::Unreachable(Reply { host, reason, ..Reply::default() })), now);
        }
    }

    /// Takes note of the time. A clock that was set back takes every date with it, so that no life is extended and nobody waits longer;
    /// a token that was in hand then is stale.
    pub fn observe(&mut self, now: Timestamp) {
        if now.plus(CLOCK_TOLERANCE) >= self.clock {
            self.clock = self.clock.max(now);
            return;
        }
        let before = self.clock;
        let rebased = |at: Timestamp| now.plus(at.since(before)).minus(before.since(at));
        if let Some(token) = &mut self.token {
            let token = Arc::make_mut(token);
            token.renew_at = Timestamp::default();
            token.hard_expiry = rebased(token.hard_expiry);
            token.received_at = rebased(token.received_at);
            token.expires_at = token.expires_at.map(rebased);
        }
        match &mut self.flight {
            Flight::Idle => {}
            Flight::InFlight(lease) => {
                lease.until = rebased(lease.until);
                lease.exchange.sent = rebased(lease.exchange.sent);
            }
            Flight::Cooldown(cooldown) => {
                cooldown.since = rebased(cooldown.since);
                cooldown.until = rebased(cooldown.until);
                for error in self.last_error.iter_mut().chain([&mut cooldown.error]) {
                    error.set_retry_at(cooldown.until);
                }
            }
        }
        if let Some(lease) = &mut self.lapsed {
            lease.exchange.sent = rebased(lease.exchange.sent);
        }
        self.refusal.gate_until = rebased(self.refusal.gate_until);
        // It was that of another local clock.
        self.skew = 0;
        self.clock = now;
    }
}

/// `10 s`, `300 ms`
fn spelt(span: Duration) -> String {
    let millis = millis(span);
    if millis.is_multiple_of(1000) {
        concat(&[&decimal(millis / 1000), " s"])
    } else {
        concat(&[&decimal(millis), " ms"])
    }
}

fn half(span: Duration) -> Duration {
    Duration::from_millis(millis(span) / 2)
}
