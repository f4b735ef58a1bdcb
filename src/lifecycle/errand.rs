//! What is written after a flight, and read in a cooldown: nobody waits for it, and no lease is taken for it.

use core::time::Duration;
use std::sync::Arc;

use crate::config::client::Sharing;
use crate::ground::error::Error;
use crate::ground::time::Timestamp;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::cooldown::doubled;
use crate::lifecycle::exchange::Next;
use crate::lifecycle::fleet::{Errand, Purpose, Stage, Stored};
use crate::lifecycle::lease::{Flight, LEASE_MARGIN, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::record::{Entry, SharedCooldown, fingerprint_of};
use crate::lifecycle::token::Serial;

/// In a cooldown, calls that need a token read the record so often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// So often a write is repeated.
const MOST_TRIES: u32 = 3;
const RETRY: (u64, u64) = (1_000, 4_000);
/// A store that cannot compare is not told of a cooldown that is over before it is read.
const SHORTEST_HINT: Duration = Duration::from_secs(10);

impl Machine {
    /// Saves what a flight brought: a token, or the cooldown in which it ended. Gives the lease back.
    pub(super) fn save(
        &mut self,
        serial: Serial,
        cooldown: Option<SharedCooldown>,
        now: Timestamp,
    ) -> Option<TokenRequest> {
        let shares = self.shares_refresh_token();
        let fleet = self.fleet.as_mut()?;
        let is_chain = shares && self.refresh_token.is_some() && self.refresh_token != fleet.last.refresh;
        let mut errand = Errand {
            serial,
            until: now,
            purpose: Purpose::Save(cooldown),
            is_chain,
            tries: 0,
            entry: Entry::default(),
        };
        if is_chain && fleet.unsaved.is_none() {
            fleet.unsaved = Some(self.token.as_ref().map(|token| token.renew_at).unwrap_or_default());
        }
        if now < fleet.down_until {
            errand.tries = MOST_TRIES;
            return self.retry(errand, now);
        }
        self.write(errand, now)
    }

    /// The fleet is told of a cooldown that is no matter of this instance alone; whatever it is, the lease is given back.
    pub(super) fn share_cooldown(&mut self, lease: &Lease, now: Timestamp) -> Option<TokenRequest> {
        let behind = self.fleet.as_ref()?.behind;
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
        let blamed = lease.exchange.credentials.as_ref().filter(|_| error.blames_credentials());
        let shared = SharedCooldown {
            since: cooldown.since.skewed(behind),
            until: cooldown.until.skewed(behind),
            code: error.code().to_owned(),
            status: error.status(),
            error: error.reply().and_then(|reply| reply.error.clone()),
            of: blamed.map_or(0, fingerprint_of),
            row: self.failures.row(error),
        };
        self.save(lease.serial, Some(shared).filter(|_| is_worth_it), now)
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
        let errand = Errand { serial, until: now, purpose, is_chain: false, tries: 0, entry: Entry::default() };
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

    fn write(&mut self, mut errand: Errand, now: Timestamp) -> Option<TokenRequest> {
        let cooldown = if let Purpose::Save(cooldown) = &errand.purpose { cooldown.clone() } else { None };
        // A tombstone takes nobody's lease away, and ends no cooldown.
        let last = self.fleet.as_ref().filter(|_| errand.purpose == Purpose::Bury).map(|fleet| &fleet.last);
        let (lease, kept) = last.map_or((None, None), |last| (last.lease, last.cooldown.clone()));
        errand.entry = self.entry(cooldown.or(kept), lease, now)?;
        if errand.purpose == Purpose::Bury {
            (errand.entry.token, errand.entry.refresh, errand.entry.captured) = (None, None, Vec::new());
        }
        let (record, ttl) = (errand.entry.write(), errand.entry.ttl(now));
        Some(self.run(errand, Next::Store { record, ttl }, now))
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
            let is_gone = |secret: Option<&str>| secret.is_none_or(|secret| fleet.was_refused(secret));
            let token = entry.token.as_ref().map(|token| token.value.expose());
            let is_theirs = !is_gone(token) || !is_gone(entry.refresh.as_ref().map(|refresh| refresh.expose()));
            fleet.generation = fleet.generation.max(entry.generation);
            fleet.last = entry;
            return if is_theirs { None } else { self.write(errand, now) };
        }
        self.learn(&entry);
        let (is_leased, brought) = (entry.lease.is_some(), entry.token.as_ref().map_or(0, |token| token.generation));
        self.fleet.as_mut()?.last = entry;
        self.adopt(errand.serial, now);
        let fleet = self.fleet.as_ref()?;
        let is_newest = fleet.own.as_ref().is_some_and(|own| own.generation > brought);
        match &errand.purpose {
            Purpose::Save(None) if is_newest || errand.is_chain && fleet.unsaved.is_some() => self.write(errand, now),
            Purpose::Save(Some(_)) if !is_leased && brought <= fleet.refused_generation => self.write(errand, now),
            _ => None,
        }
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
        if !errand.is_chain {
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
        if let (Some(fleet), Some(token)) = (&self.fleet, &mut self.token)
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
