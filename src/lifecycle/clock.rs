//! Wrong clocks: a local clock that was set back, and a server's clock that checks signatures.

use std::sync::Arc;

use crate::ground::error::Error;
use crate::ground::message::HttpResponse;
use crate::ground::time::Timestamp;
use crate::lifecycle::lease::{Flight, Lease};
use crate::lifecycle::machine::{CLOCK_TOLERANCE, Machine};

/// A server's clock that is off by less is not why it refused what was signed.
const CLOCK_BLAME_MS: u64 = 5_000;

impl Machine {
    /// Records the time. If the clock was set back, every date moves with it, so that no lifetime grows and no call waits longer;
    /// the cached token becomes stale.
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
        if let Some((_, came)) = &mut self.refusal.replacement {
            *came = rebased(*came);
        }
        if let Some(fleet) = self.fleet.as_mut() {
            fleet.rebase(rebased);
        }
        // It was that of another local clock.
        self.skew = 0;
        self.clock = now;
    }

    /// It was that late already when someone else looked: an earlier `now` to come is a clock that was set back.
    pub fn saw(&mut self, latest: Timestamp) {
        self.clock = self.clock.max(latest);
    }

    /// How far ahead of the local clock the one of whoever checks signatures is, in ms, once a request that was signed by it was accepted.
    pub fn clock_skew(&self) -> i64 {
        self.skew
    }

    /// Whether the local clock may be to blame: what was signed is signed once more, by the server's clock as its `Date` shows it.
    /// That clock is believed once it has helped; a `Date` that lies costs one request.
    pub(super) fn signs_anew(
        &mut self,
        lease: &mut Lease,
        error: &Error,
        response: &HttpResponse,
        now: Timestamp,
    ) -> bool {
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
}
