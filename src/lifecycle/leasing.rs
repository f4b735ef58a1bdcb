//! The lease of the fleet: taken before each request, kept to where another machine has it, and what a record says with it.

use core::time::Duration;
use std::sync::Arc;

use crate::config::sharing::Sharing;
use crate::ground::credentials::Secret;
use crate::ground::json::{Object, Wiped};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::exchange::{Kind, Next};
use crate::lifecycle::fleet::{LONGEST_LOOK, Stage, Stored};
use crate::lifecycle::lease::{Flight, LEASE_MARGIN, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::record;
use crate::lifecycle::record::{Entry, generation, is_by, number, spends};
use crate::lifecycle::token::Serial;

/// A lease by a date that lies so far back is free, whoever sees it first.
const STALE_LEASE: Duration = Duration::from_secs(60);
/// A store that always says that somebody else was first can do no more than one that is down.
const MOST_OUTDONE: u32 = 8;

impl Machine {
    /// Before a request is sent: the lease that covers it.
    pub(super) fn fence(&mut self, mut lease: Box<Lease>, next: Next, now: Timestamp) -> Option<TokenRequest> {
        if let Some(fleet) = self.fleet.as_mut().filter(|fleet| fleet.id == 0) {
            fleet.id = self.dice.u64(..) >> 15 | 1;
        }
        let fleet = self.fleet.as_ref()?;
        let spends =
            lease.exchange.kind == Kind::Refresh && self.shares_refresh_token() && fleet.rotates != Some(false);
        let shared = record::lease(fleet.id, self.lease_span(), spends);
        lease.fence.stage = Stage::Leasing;
        lease.fence.pending = Some(next);
        if !lease.exchange.repeats {
            // Nobody has it yet, and without the lease nobody will: the next one must not count as the same.
            self.kept = None;
        }
        let runs = |cooldown: &&Value| number(cooldown, "until") > now.as_millis();
        let cooldown = fleet.last.cooldown().filter(runs).cloned().unwrap_or_default();
        lease.fence.written = self.entry(cooldown, shared, now);
        let (record, ttl) = (lease.fence.written.write(), lease.fence.written.ttl(now));
        self.need(lease, Next::Store { record, ttl }, now)
    }

    /// Takes what became of `Next::Store`. Returns the request's next step, or `None` if it has ended.
    pub fn on_stored(&mut self, serial: Serial, outcome: Stored, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        match outcome {
            Stored::Failed if self.client.sharing() == Sharing::Atomic => self.store_failed(now),
            // A store that takes one write a second says so often, and is not down.
            Stored::Failed => {}
            _ => {
                let fleet = self.fleet.as_mut()?;
                (fleet.failures, fleet.down_until) = (0, Timestamp::default());
            }
        }
        if let Some(errand) = self.take_errand(serial) {
            return self.errand_written(errand, outcome, now);
        }
        let mut lease = self.take_lease(serial)?;
        let Some(next) = lease.fence.pending.take() else {
            self.flight = Flight::InFlight(lease);
            return None;
        };
        match outcome {
            Stored::Written => {
                self.wrote(core::mem::take(&mut lease.fence.written));
                (lease.fence.is_held, lease.fence.stage) = (true, Stage::Asking);
                lease.exchange.sent = now;
                Some(self.hand_out(lease, next, now))
            }
            Stored::Outdone if lease.fence.outdone < MOST_OUTDONE => {
                lease.fence.outdone = lease.fence.outdone.saturating_add(1);
                self.look(lease, now, now)
            }
            Stored::Outdone => {
                self.store_failed(now);
                self.go_alone(lease, None, now)
            }
            Stored::Failed => self.go_alone(lease, None, now),
        }
    }

    /// That is the record now. It says all that there is to say of the refresh token.
    pub(super) fn wrote(&mut self, entry: Entry) {
        self.is_saved();
        if let Some(fleet) = self.fleet.as_mut() {
            fleet.generation = fleet.generation.max(entry.generation());
            fleet.last = entry;
        }
    }

    /// The refresh token in hand is in the store, or is none any more: the token has its own renewal point again.
    pub(super) fn is_saved(&mut self) {
        let renew_at = self.fleet.as_mut().and_then(|fleet| fleet.unsaved.take());
        if let (Some(renew_at), Some(token)) = (renew_at, &mut self.token) {
            Arc::make_mut(token).renew_at = renew_at;
        }
    }

    /// What is written: all that is known, but for a token that another instance has renewed since.
    pub(super) fn entry(&self, cooldown: Value, lease: Value, now: Timestamp) -> Entry {
        let Some(fleet) = self.fleet.as_ref() else { return Entry::default() };
        let last = fleet.last.token().unwrap_or(&Value::Null);
        let own = generation(&fleet.own.0);
        // A record without one, and later than ours, says that it was revoked.
        let is_gone = last.is_null() && own <= fleet.last.generation();
        let token = if own >= generation(last) && !is_gone { &fleet.own.0 } else { last };
        let refresh = self.refresh_token.as_ref().filter(|_| self.shares_refresh_token());
        let mut out = Object::new();
        out.value("generation", fleet.generation.saturating_add(1).into())
            .value("at", now.as_millis().into())
            .value("token", token.clone())
            .text("refresh", refresh.map(Secret::expose))
            .value("rotates", fleet.rotates.into())
            .value("cooldown", cooldown)
            .value("lease", lease);
        Entry(Wiped(out.take()))
    }

    pub(super) fn lease_span(&self) -> Duration {
        let calls = self.client.store_timeout().saturating_mul(2);
        self.client.timeout().saturating_add(LEASE_MARGIN).saturating_add(calls)
    }

    /// How long another's lease still runs. It is judged by how long this machine has seen it unchanged, not by its date.
    pub(super) fn lease_of_another(&mut self, now: Timestamp) -> Option<Duration> {
        let is_atomic = self.client.sharing() == Sharing::Atomic;
        let fleet = self.fleet.as_mut()?;
        let lease = fleet.last.lease().filter(|lease| is_atomic && !is_by(lease, fleet.id))?;
        let span = Duration::from_millis(number(lease, "ms"));
        let (of, looked, watched) = fleet.seen;
        // Generations may come again after someone put an old record there.
        let this = fleet.last.at().rotate_left(20) ^ number(lease, "by") ^ fleet.last.generation();
        let watched = if of == this {
            // Each look counts for no more than was agreed: a clock that is set ahead, as after a suspension, is no time that passed.
            watched.saturating_add(now.since(looked).min(LONGEST_LOOK.max(fleet.agreed)))
        } else {
            Duration::ZERO
        };
        (fleet.seen, fleet.agreed) = ((this, now, watched), Duration::ZERO);
        let is_at_stake = spends(lease) || fleet.last.refresh().is_some();
        let written = Timestamp::from_millis(fleet.last.at());
        if !is_at_stake && written.plus(span).plus(STALE_LEASE) < now {
            return None;
        }
        span.checked_sub(watched).filter(|left| !left.is_zero())
    }
}
