//! What must hold after each step: I1, I3, I4, I6, I9, I10, I11, I13 and the nine cells, by a model that keeps the dates itself.
//!
//! `tests/simulation/` checks the same against the truth, for those who play by the rules; here anything may be said at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bearerkit::{Action, Age, Call, Error, Machine, Serial, Timestamp, Token, TokenRequest};

use super::super::client::shows_nothing;
use super::plan::Plan;

/// A lease is this much longer than the time limit.
const LEASE_MARGIN: Duration = Duration::from_secs(1);
/// Adjusting a clock by so much is not noticed.
const TOLERANCE: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(1);
/// Of cooldowns, in ms.
const TRANSIENT: (u64, u64) = (100, 3_600_000);
const REFUSED: (u64, u64) = (30_000, 3_600_000);
const PROGRESS_FLOOR: u64 = 60_000;

pub struct Watch {
    timeout: Duration,
    patience: Duration,
    is_renewable: bool,
    /// The latest instant that the machine knows.
    clock: Timestamp,
    lease: Option<(Serial, Timestamp)>,
    cooldown: Option<Timestamp>,
    /// When each request went on last, in ms: what is answered was sent no later, by whatever rules. Before the epoch, where the
    /// clock was set back so far.
    sent: BTreeMap<Serial, i128>,
    /// The lives that answers stated, in s.
    lives: BTreeMap<Serial, u64>,
    last: Serial,
    newest: Serial,
    held: Option<Held>,
    given_up: BTreeSet<Serial>,
}

/// The token as it was seen last.
struct Held {
    serial: Serial,
    value: String,
    /// By the machine's clock as it stood then: until it is expired, and until it was said to be.
    left: Duration,
    stated: Option<Duration>,
}

impl Watch {
    pub fn new(plan: &Plan) -> Self {
        Watch {
            timeout: Duration::from_millis(plan.timeout),
            patience: Duration::from_millis(plan.patience),
            is_renewable: plan.is_renewable,
            clock: Timestamp::default(),
            lease: None,
            cooldown: None,
            sent: BTreeMap::new(),
            lives: BTreeMap::new(),
            last: Serial(0),
            newest: Serial(0),
            held: None,
            given_up: BTreeSet::new(),
        }
    }

    pub fn last(&self) -> Serial {
        self.last
    }

    /// Whether a token was ever in hand.
    pub fn has_held(&self) -> bool {
        self.newest > Serial(0)
    }

    /// The machine is told the time. A clock that was set back takes all dates with it.
    pub fn tell(&mut self, now: Timestamp) {
        if now.plus(TOLERANCE) >= self.clock {
            self.clock = self.clock.max(now);
            return;
        }
        let before = self.clock;
        let shifted =
            |at: Timestamp| if at >= before { now.plus(at.since(before)) } else { now.minus(before.since(at)) };
        self.lease = self.lease.map(|(serial, until)| (serial, shifted(until)));
        self.cooldown = self.cooldown.map(shifted);
        for sent in self.sent.values_mut() {
            *sent += i128::from(now.as_millis()) - i128::from(before.as_millis());
        }
        self.clock = now;
    }

    pub fn saw(&mut self, latest: Timestamp) {
        self.clock = self.clock.max(latest);
    }

    /// What a poll ends before it looks.
    pub fn lapse(&mut self, now: Timestamp) {
        self.lease.take_if(|(_, until)| now >= *until);
        self.cooldown.take_if(|until| now >= *until);
    }

    /// I1, I6: nothing forbids a new token request.
    pub fn launched(&mut self, request: &TokenRequest, now: Timestamp) {
        assert_eq!(self.lease, None, "I1: {:?} is sent as well", request.serial);
        assert_eq!(self.cooldown, None, "I6: {:?} is sent in a cooldown, at {now:?}", request.serial);
        assert!(request.serial > self.last, "I9: {:?} follows {:?}", request.serial, self.last);
        self.last = request.serial;
        self.leased(request, now);
    }

    /// It goes on with another credential, a signature, another grant.
    pub fn proceeded(&mut self, serial: Serial, request: &TokenRequest, now: Timestamp) {
        assert_eq!(
            self.lease.map(|(holder, _)| holder),
            Some(serial),
            "I1: only the flight that holds the lease goes on"
        );
        assert_eq!(request.serial, serial);
        self.leased(request, now);
    }

    fn leased(&mut self, request: &TokenRequest, now: Timestamp) {
        assert_eq!(request.deadline, now.plus(self.timeout).plus(LEASE_MARGIN));
        self.lease = Some((request.serial, request.deadline));
        let sent = self.sent.entry(request.serial).or_default();
        *sent = now.as_millis().max((*sent).try_into().unwrap_or(0)).into();
    }

    /// What was said of that request ended it, if it was under way.
    pub fn ended(&mut self, serial: Serial) {
        self.lease.take_if(|(holder, _)| *holder == serial);
    }

    pub fn answered(&mut self, serial: Serial, life: Option<u64>) {
        self.lives.remove(&serial);
        self.lives.extend(life.map(|life| (serial, life)));
    }

    /// I4: that token is never in hand again.
    pub fn given_up(&mut self, serial: Option<Serial>) {
        self.given_up.extend(serial);
    }

    /// Other credentials end a cooldown that the old ones were refused with, and no other.
    pub fn replaced(&mut self, machine: &Machine, is_transient: bool) {
        if self.cooldown.is_some() && machine.flight() == "idle" {
            assert!(!is_transient, "I6: the cooldown was not for the credentials");
            self.cooldown = None;
        }
    }

    /// The nine cells.
    pub fn told(&mut self, machine: &Machine, call: Call, now: Timestamp, action: &Action) {
        let is_live = machine.token().is_some_and(|token| token.age(now) != Age::Expired);
        let is_hidden = is_live && call.min_validity.is_zero() && !matches!(action, Action::Use { .. });
        assert!(!is_hidden, "a live token is hidden by {action:?}");
        match action {
            Action::Use { token, renew } => {
                self.used(token, now);
                if let Some(request) = renew {
                    assert_eq!(token.age(now), Age::Stale, "I11: renewed too early");
                    self.launched(request, now);
                }
            }
            Action::Send(request) => self.launched(request, now),
            Action::Wait { until } => self.waits(machine, call, now, *until),
            Action::Fail(error) => self.fails(machine, call, now, error),
        }
    }

    /// I3
    fn used(&self, token: &Token, now: Timestamp) {
        let came_expired = token.hard_expiry <= token.received_at;
        let is_graced = came_expired && now < token.received_at.plus(GRACE);
        assert!(token.age(now) != Age::Expired || is_graced, "I3: {token:?} at {now:?}");
    }

    /// I2: something comes to its end soon enough.
    fn waits(&self, machine: &Machine, call: Call, now: Timestamp, until: Timestamp) {
        assert!(until > now, "{until:?} is not after {now:?}");
        match machine.flight() {
            "in_flight" => {
                let most = now.plus(self.timeout).plus(LEASE_MARGIN).plus(TOLERANCE);
                assert!(until <= most, "I2: {until:?} is beyond {most:?}");
            }
            "cooldown" => {
                assert!(!is_permanent(machine.last_error()), "I2: nothing is to be waited for");
                assert!(self.is_within_patience(call, now, until), "I2: {until:?} for {call:?}");
            }
            other => panic!("{other}: nothing to wait for"),
        }
    }

    fn fails(&self, machine: &Machine, call: Call, now: Timestamp, error: &Error) {
        match machine.flight() {
            "cooldown" => {
                let until = machine.next_request_at(now);
                let is_over = is_permanent(Some(error)) || !self.is_within_patience(call, now, until);
                assert!(is_over, "I2: {until:?} for {call:?}");
                assert!(error.reply().is_none() || error.retry_at() == Some(until), "{error:?}, not {until:?}");
            }
            "idle" => assert!(!self.is_renewable, "I8: {error}"),
            other => panic!("{other}: too early to fail: {error}"),
        }
    }

    fn is_within_patience(&self, call: Call, now: Timestamp, until: Timestamp) -> bool {
        call.since <= now.plus(TOLERANCE) && until <= call.since.min(now).plus(self.patience)
    }

    /// After each step.
    pub fn look(&mut self, machine: &Machine, now: Timestamp) {
        shows_nothing(&format!("{machine:?}"));
        let until = machine.next_request_at(now);
        match machine.flight() {
            "idle" => assert_eq!((self.lease, self.cooldown, until), (None, None, now)),
            "in_flight" => assert_eq!((self.lease.map(|(_, until)| until), self.cooldown), (Some(until), None)),
            _ => {
                assert_eq!(self.lease, None);
                self.cools_down(machine, now, until);
            }
        }
        match machine.token() {
            Some(token) => self.holds(token, now),
            None => self.held = None,
        }
    }

    fn cools_down(&mut self, machine: &Machine, now: Timestamp, until: Timestamp) {
        if self.cooldown.is_none() {
            let error = machine.last_error().expect("why it failed");
            let (least, most) = if error.is_transient() { TRANSIENT } else { REFUSED };
            let wait = until.since(now).as_millis() as u64;
            assert!((least..=most).contains(&wait) || until == Timestamp::MAX, "I6, I7: {wait} ms after {error:?}");
            self.cooldown = Some(until);
        }
        assert_eq!(self.cooldown, Some(until));
        let told = machine.last_error().and_then(Error::retry_at);
        assert!(told.is_none_or(|told| told == until), "it will be asked again at {until:?}, not {told:?}");
    }

    /// I4, I9, I10
    fn holds(&mut self, token: &Token, now: Timestamp) {
        let serial = token.serial;
        assert!(!self.given_up.contains(&serial), "I4: {serial:?} was given up");
        assert!(serial >= self.newest && serial <= self.last, "I9: {serial:?} took the place of {:?}", self.newest);
        let left = token.hard_expiry.since(self.clock);
        let stated = token.expires_at.map(|stated| stated.since(self.clock));
        match &self.held {
            Some(held) if held.serial == serial => {
                assert_eq!(held.value, token.value.expose(), "I9: the token of {serial:?} changed");
                assert!(left <= held.left, "I10: {:?} -> {left:?}", held.left);
                assert!(stated <= held.stated, "I10: {:?} -> {stated:?}, as stated", held.stated);
            }
            held => {
                let is_same = held.as_ref().is_some_and(|held| held.value == token.value.expose());
                self.arrived(token, now, is_same);
            }
        }
        self.newest = serial;
        self.held = Some(Held { serial, value: token.value.expose().to_owned(), left, stated });
    }

    /// The points in the life of a new token.
    fn arrived(&self, token: &Token, now: Timestamp, is_same: bool) {
        assert_eq!(token.received_at, now);
        // A token without a life of its own is used for a minute.
        let minute = token.received_at.plus(Duration::from_secs(60));
        let is_lifeless = (token.renew_at, token.hard_expiry) == (minute, minute);
        assert!(is_lifeless || token.expires_at.is_none_or(|stated| token.hard_expiry <= stated), "{token:?}");
        assert!(token.renew_at <= token.hard_expiry.max(now), "{token:?}");
        let floor = PROGRESS_FLOOR.min(token.remaining(now).as_millis() as u64 / 2);
        assert!(!is_same || token.renew_at >= now.plus(Duration::from_millis(floor)), "I11: {token:?} at {now:?}");
        let (Some(sent), Some(life)) = (self.sent.get(&token.serial), self.lives.get(&token.serial)) else { return };
        let ends = (sent + i128::from(*life) * 1000).max(0);
        // Where a clock was set back beyond the epoch, what passed before is not known any more.
        if *sent >= 0 && !is_lifeless {
            assert!(i128::from(token.hard_expiry.as_millis()) <= ends, "I3: {token:?} ends at {ends}");
        }
    }
}

fn is_permanent(error: Option<&Error>) -> bool {
    error.and_then(Error::reply).is_some_and(|reply| reply.is_permanent)
}
