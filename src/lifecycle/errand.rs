//! What is written after a flight, and read in a cooldown: nobody waits for it, and no lease is taken for it.

use core::time::Duration;
use std::sync::Arc;

use crate::config::sharing::Sharing;
use crate::ground::credentials::Secret;
use crate::ground::error::Error;
use crate::ground::json::{Object, str_at};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::cooldown::doubled;
use crate::lifecycle::exchange::Next;
use crate::lifecycle::fleet::{Errand, Purpose, Stage, Stored};
use crate::lifecycle::lease::{Flight, LEASE_MARGIN, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::record::{Entry, fingerprint_of, generation, is_by};
use crate::lifecycle::token::Serial;

/// In a cooldown, calls that need a token read the record so often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// So often a write is repeated.
const MOST_TRIES: u32 = 3;
const RETRY: (u64, u64) = (1_000, 4_000);
/// A store that cannot compare is not told of a cooldown that is over before it is read.
const SHORTEST_HINT: Duration = Duration::from_secs(10);

impl Machine {
    /// Saves what a flight brought: a token, or the cooldown in which it ended. Gives the lease back. `brings`: the token in hand is
    /// the flight's.
    pub(super) fn save(
        &mut self,
        serial: Serial,
        cooldown: Value,
        brings: bool,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let shares = self.shares_refresh_token();
        let fleet = self.fleet.as_mut()?;
        let is_chain = shares && self.refresh_token.is_some() && self.refresh_token != fleet.last.refresh();
        if is_chain && fleet.unsaved.is_none() {
            fleet.unsaved = Some(self.token.as_ref().map(|token| token.renew_at).unwrap_or_default());
        }
        if now < fleet.down_until && !is_chain {
            // A refresh token is tried all the same: whoever sees the lease lapse presents the spent one.
            return None;
        }
        let entry = Entry::default();
        let purpose = Purpose::Save;
        let errand = Errand { serial, until: now, purpose, brings, is_chain, tries: 0, cooldown, entry };
        Some(self.write(errand, now))
    }

    /// The fleet is told of a cooldown that is no matter of this instance alone; whatever it is, the lease is given back.
    pub(super) fn share_cooldown(&mut self, lease: &Lease, now: Timestamp) -> Option<TokenRequest> {
        let fleet = self.fleet.as_mut()?;
        fleet.looked = now;
        let behind = fleet.behind;
        let Flight::Cooldown(cooldown) = &self.flight else { return None };
        let error = &cooldown.error;
        let is_common = match &**error {
            Error::Unreachable(reply) => reply.status.is_some(),
            Error::Refused(_) | Error::RateLimited(_) | Error::Timeout(_) | Error::BadResponse(_) => true,
            _ => false,
        };
        let is_atomic = self.client.sharing() == Sharing::Atomic;
        let is_worth_it = is_common && (is_atomic || cooldown.until.since(now) >= SHORTEST_HINT);
        if !is_worth_it && !lease.fence.is_held {
            return None;
        }
        let mut shared = Value::Null;
        if is_worth_it {
            let blamed = lease.exchange.credentials.as_ref().filter(|_| error.blames_credentials());
            let said = error.reply().and_then(|reply| reply.error.as_deref());
            let mut out = Object::new();
            out.value("since", cooldown.since.skewed(behind).as_millis().into())
                .value("until", cooldown.until.skewed(behind).as_millis().into())
                .text("code", error.code())
                .value("status", error.status().into())
                .text("error", said)
                .text("of", &*blamed.map(fingerprint_of).unwrap_or_default())
                .value("row", self.failures.row(error).into());
            shared = out.take();
        }
        self.save(lease.serial, shared, false, now)
    }

    /// In a cooldown: whether another instance has a token in the meantime. And until when to wait otherwise.
    pub(super) fn look_in_cooldown(&mut self, now: Timestamp) -> Result<Timestamp, TokenRequest> {
        let Some(fleet) = self.fleet.as_mut() else { return Ok(Timestamp::MAX) };
        let next = fleet.looked.plus(LOOK_AGAIN).max(fleet.down_until);
        match &fleet.errand {
            Some(errand) if errand.purpose == Purpose::Look => return Ok(errand.until),
            None if now >= next => {}
            _ => return Ok(next.max(now.plus(RETRY_SOON))),
        }
        fleet.looked = now;
        Err(self.begin(Purpose::Look, now))
    }

    /// Forgets the access token and the refresh token after they were revoked, and returns the write that tells the fleet.
    pub fn forget_everywhere(&mut self, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        self.forget();
        // What a request under way brings is written by that one.
        let is_asking = matches!(&self.flight, Flight::InFlight(lease) if lease.fence.stage == Stage::Asking);
        (self.fleet.is_some() && !is_asking).then(|| self.begin(Purpose::Bury, now))
    }

    /// An errand that begins by reading the record.
    fn begin(&mut self, purpose: Purpose, now: Timestamp) -> TokenRequest {
        let serial = self.next_serial();
        let (cooldown, entry) = (Value::Null, Entry::default());
        let brings = false;
        let errand = Errand { serial, until: now, purpose, brings, is_chain: false, tries: 0, cooldown, entry };
        self.run(errand, Next::Load { at: now }, now)
    }

    fn run(&mut self, mut errand: Errand, next: Next, from: Timestamp) -> TokenRequest {
        errand.until = from.plus(self.client.store_timeout()).plus(LEASE_MARGIN);
        let request = TokenRequest { serial: errand.serial, deadline: errand.until, host: None, next };
        if let Some(fleet) = self.fleet.as_mut() {
            fleet.errand = Some(Box::new(errand));
        }
        request
    }

    fn write(&mut self, mut errand: Errand, now: Timestamp) -> TokenRequest {
        let is_tombstone = errand.purpose == Purpose::Bury;
        let (mut cooldown, mut lease) = (errand.cooldown.clone(), Value::Null);
        if let Some(fleet) = self.fleet.as_mut() {
            // A token is of the write that brings it, also where another one came first: a tombstone was not for it.
            let next = fleet.generation.saturating_add(1);
            if errand.brings
                && let Some(own) = fleet.own.0.get_mut("generation")
            {
                (*own, fleet.newest) = (next.into(), next);
            }
            // It takes no other machine's lease away, and a tombstone ends no cooldown.
            lease = fleet.last.lease().filter(|lease| !is_by(lease, fleet.id)).cloned().unwrap_or_default();
            if is_tombstone {
                cooldown = fleet.last.cooldown().cloned().unwrap_or_default();
            }
        }
        errand.entry = self.entry(cooldown, lease, now);
        if is_tombstone {
            errand.entry.bury();
        }
        let (record, ttl) = (errand.entry.write(), errand.entry.ttl(now));
        self.run(errand, Next::Store { record, ttl }, now)
    }

    pub(super) fn take_errand(&mut self, serial: Serial) -> Option<Errand> {
        Some(*self.fleet.as_mut()?.errand.take_if(|errand| errand.serial == serial)?)
    }

    /// `found`: the record, if the store answered, and if it could be read.
    pub(super) fn errand_read(
        &mut self,
        errand: Errand,
        found: Option<Option<Entry>>,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let Some(entry) = found else { return self.retry(errand, now) };
        let entry = entry.unwrap_or_default();
        if errand.purpose == Purpose::Bury {
            let fleet = self.fleet.as_mut()?;
            let token = entry.token().and_then(|token| str_at(token, "value"));
            let refresh = entry.refresh();
            let is_theirs = [token, refresh.as_ref().map(Secret::expose)]
                .into_iter()
                .flatten()
                .any(|secret| !fleet.was_refused(secret));
            fleet.generation = fleet.generation.max(entry.generation());
            fleet.last = entry;
            return (!is_theirs).then(|| self.write(errand, now));
        }
        self.learn(entry);
        // That of the flight may be the serial of the token that it brought.
        let serial = if errand.purpose == Purpose::Look { errand.serial } else { self.next_serial() };
        self.adopt(serial, now);
        let fleet = self.fleet.as_ref()?;
        let brought = fleet.last.token().map_or(0, generation);
        let is_due = if errand.purpose == Purpose::Look {
            false
        } else if errand.cooldown.is_null() {
            generation(&fleet.own.0) > brought || errand.is_chain && fleet.unsaved.is_some()
        } else {
            fleet.last.lease().is_none() && brought <= fleet.newest
        };
        is_due.then(|| self.write(errand, now))
    }

    pub(super) fn errand_written(
        &mut self,
        mut errand: Errand,
        outcome: Stored,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        match outcome {
            Stored::Written => {
                self.wrote(errand.entry);
                None
            }
            Stored::Outdone if errand.tries < MOST_TRIES => {
                errand.tries = errand.tries.saturating_add(1);
                Some(self.run(errand, Next::Load { at: now }, now))
            }
            _ => self.retry(errand, now),
        }
    }

    /// A refresh token that is in no store is written again, soon, and at the next calls. Nothing else is worth it.
    fn retry(&mut self, mut errand: Errand, now: Timestamp) -> Option<TokenRequest> {
        if !errand.is_chain || self.fleet.as_ref().is_some_and(|fleet| fleet.unsaved.is_none()) {
            return None;
        }
        if errand.tries < MOST_TRIES {
            let at = now.plus(Duration::from_millis(doubled(RETRY.0, errand.tries, RETRY.1)));
            errand.tries = errand.tries.saturating_add(1);
            return Some(self.run(errand, Next::Load { at }, at));
        }
        self.is_unsaved(now);
        None
    }

    /// The next call that comes later saves the refresh token: until then the token shows as stale.
    fn is_unsaved(&mut self, now: Timestamp) {
        if let (Some(fleet), Some(token)) = (self.fleet.as_ref(), &mut self.token)
            && fleet.unsaved.is_some()
        {
            Arc::make_mut(token).renew_at = fleet.down_until.max(now.plus(RETRY_SOON));
        }
    }

    /// Whoever carried it out is gone.
    pub(super) fn lose_errand(&mut self, serial: Serial, now: Timestamp) {
        if self.take_errand(serial).is_some() {
            self.is_unsaved(now);
        }
    }

    /// An errand of which nobody says any more what became of it.
    pub(super) fn lapse_errand(&mut self, now: Timestamp) {
        let lapsed = self.fleet.as_ref().and_then(|fleet| fleet.errand.as_ref()).filter(|errand| now >= errand.until);
        if let Some(serial) = lapsed.map(|errand| errand.serial) {
            self.lose_errand(serial, now);
        }
    }
}

const RETRY_SOON: Duration = Duration::from_secs(1);
