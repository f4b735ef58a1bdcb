//! The life cycle of a token: the cached token (fresh, stale, none) x the request (idle, in flight, cooldown).
//!
//! Methods named `on_*` are inputs; [`poll`](Machine::poll) is the output. The caller provides the time and the seed.

use core::time::Duration;
use std::sync::Arc;

use fastrand::Rng;

use crate::answer::response::Captured;
use crate::config::client::ClientConfig;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::time::Timestamp;
use crate::lifecycle::action::{Action, Call};
use crate::lifecycle::cooldown::Failures;
use crate::lifecycle::exchange::Kept;
use crate::lifecycle::fleet::Membership;
use crate::lifecycle::lease::{Flight, Lease};
use crate::lifecycle::refusal::Refusal;
use crate::lifecycle::schedule::{PROGRESS_FLOOR, half};
use crate::lifecycle::token::{Age, Serial, Token};

/// One client's token, and the one request that may be in flight for the next.
///
/// | token ＼ flight | Idle | InFlight | Cooldown |
/// | --- | --- | --- | --- |
/// | **Fresh** | Use | Use | Use |
/// | **Stale** | Use, and renew in the background | Use | Use |
/// | **None, Expired** | Send | Wait | Wait if it ends within the caller's patience, else Fail |
#[derive(Debug)]
pub struct Machine {
    pub(super) client: ClientConfig,
    pub(super) dice: Rng,
    pub(super) token: Option<Arc<Token>>,
    pub(super) refresh_token: Option<Secret>,
    /// What a refresh builds on, whatever became of the token that came with it.
    pub(super) captured: Captured,
    pub(super) granted_scope: Option<String>,
    pub(super) flight: Flight,
    /// The flight that was given up last: its answer still counts if it is newer than the token in hand.
    pub(super) lapsed: Option<Box<Lease>>,
    pub(super) last_serial: Serial,
    pub(super) kept: Option<Box<Kept>>,
    /// The token that was asked for since the one before did not last long enough.
    pub(super) stretched: Option<Serial>,
    /// The newest token that was ever in hand.
    pub(super) newest: Serial,
    pub(super) failures: Failures,
    pub(super) last_error: Option<Fault>,
    /// Which of the credentials worked last.
    pub(super) index: usize,
    /// An authorization code is valid for one response.
    pub(super) grant_spent: bool,
    pub(super) refusal: Refusal,
    pub(super) fleet: Membership,
    /// How far ahead the clock of whoever checks signatures is, in ms, once a request that was signed by it was accepted.
    pub(super) skew: i64,
    /// The latest instant seen.
    pub(super) clock: Timestamp,
}

impl Machine {
    /// Returns what a call that begins now has to do.
    pub fn poll(&mut self, now: Timestamp) -> Action {
        self.poll_for(Call { since: now, min_validity: Duration::ZERO }, now)
    }

    /// Returns what a call has to do that began earlier, or that needs a token with some lifetime left.
    pub fn poll_for(&mut self, call: Call, now: Timestamp) -> Action {
        self.settle(now);
        let token = self.token.as_ref().filter(|token| self.serves(token, call, now));
        match (token, &self.flight) {
            (Some(token), Flight::Idle) if token.age(now) == Age::Stale && self.may_renew_early() => {
                let token = Arc::clone(token);
                // A renewal that cannot even begin hides no live token.
                let renew = self.take_off(now, false).ok();
                // It may have been put off.
                Action::Use { token: self.token.as_ref().map_or(token, Arc::clone), renew }
            }
            (Some(token), _) => Action::Use { token: Arc::clone(token), renew: None },
            (None, Flight::Idle) => {
                let stretches = self.is_live(now);
                match self.take_off(now, stretches) {
                    Ok(request) => Action::Send(request),
                    // The store is down, and the refresh token is not presented without it.
                    Err(_) if matches!(self.flight, Flight::Cooldown(_)) && self.fleet.is_some() => {
                        self.cooling(call, now)
                    }
                    Err(fault) => Action::Fail(*fault),
                }
            }
            (None, Flight::InFlight(lease)) => Action::Wait { until: lease.until },
            (None, Flight::Cooldown(_)) => self.cooling(call, now),
        }
    }

    /// What a call without a token does in a cooldown.
    fn cooling(&mut self, call: Call, now: Timestamp) -> Action {
        let looks = match self.look_in_cooldown(now) {
            Ok(next) => next,
            Err(request) => return Action::Send(request),
        };
        let Flight::Cooldown(cooldown) = &self.flight else { return Action::Wait { until: looks } };
        // A clock that was set back says nothing of how long the call has waited: it waits no more.
        let is_known = call.since <= now.plus(CLOCK_TOLERANCE);
        let is_worth_it = is_known && !cooldown.error.is_permanent();
        if is_worth_it && cooldown.until <= call.since.min(now).plus(self.client.patience()) {
            return Action::Wait { until: cooldown.until.min(looks) };
        }
        let mut error = (*cooldown.error).clone();
        if call.since > cooldown.since {
            error.postpone();
        }
        Action::Fail(error)
    }

    /// Whether there is a token in hand that has not expired.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.token.as_ref().is_some_and(|token| token.age(now) != Age::Expired)
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
        self.fleet.as_ref().is_some_and(|fleet| fleet.unsaved.is_some())
            || !(self.client.provider.flag("refresh_invalidates_access_token") && self.refresh_token.is_some())
    }
}

/// A clock that is set back by less than this is only being adjusted.
pub(super) const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

impl Machine {
    /// Creates a machine without a token. `seed` is for jitter and for the ids of assertions.
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
    pub fn new(client: ClientConfig, seed: u64) -> Self {
        let refresh_token = client.grant_member("refreshToken").map(Secret::new);
        Machine {
            fleet: Membership::of(client.sharing()),
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

    /// The configuration of this machine's client.
    pub fn client(&self) -> &ClientConfig {
        &self.client
    }

    /// Replaces the seed, for platforms without randomness before the first request (a Worker's top level).
    pub fn reseed(&mut self, seed: u64) {
        self.dice = Rng::with_seed(seed);
    }

    /// Forgets the access token; the refresh token is kept.
    pub fn invalidate(&mut self) {
        self.refuse_token();
        self.token = None;
    }

    /// Forgets the access token and the refresh token after they were revoked.
    pub fn forget(&mut self) {
        self.refuse_token();
        if let (Some(fleet), Some(token)) = (self.fleet.as_mut(), &self.refresh_token) {
            fleet.refuse(token.expose());
        }
        self.token = None;
        self.refresh_token = None;
    }

    /// The cached token, whatever its age.
    pub fn token(&self) -> Option<&Arc<Token>> {
        self.token.as_ref()
    }

    /// The current refresh token.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// The credentials that worked last, once any are known.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.client.credentials.get(self.index)
    }

    /// When the next token request may be sent: now, at the end of the lease, or at the end of the cooldown.
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

    /// Removes the secrets and tokens that this machine knows, plain or encoded, from a text, and shortens it.
    pub fn redact(&self, text: &str, limit: usize) -> String {
        let mut known = match &self.flight {
            Flight::InFlight(lease) => lease.exchange.secrets(&self.client),
            _ => self.credentials().map(Credentials::secrets).unwrap_or_default(),
        };
        for token in [self.refresh_token.as_ref(), self.token.as_ref().map(|token| &token.value)].into_iter().flatten()
        {
            known.add(token.expose());
        }
        known.redact(text, &[], limit)
    }

    /// Why the last token request failed, until one succeeds.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_deref()
    }
}
