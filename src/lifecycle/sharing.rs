//! What a machine makes of the record that its fleet shares: adopts a token, keeps to a cooldown, waits for a lease, or asks.
//!
//! Reading, leasing and writing are needs of a flight, as credentials and signatures are. What is written after a flight, or read
//! in a cooldown, is an errand (`errand.rs`).

use core::time::Duration;
use std::sync::Arc;

use crate::config::sharing::Sharing;
use crate::config::words::GrantType;
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Reply};
use crate::ground::json::str_at;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::adoption::Adoption;
use crate::lifecycle::cooldown::{Cooldown, doubled, spread, up_to};
use crate::lifecycle::exchange::Next;
#[cfg(all(target_arch = "wasm32", feature = "js", feature = "sharing"))]
use crate::lifecycle::fleet::Membership;
use crate::lifecycle::fleet::{Fence, LONGEST_LOOK, Loaded, Stage, StoreState};
use crate::lifecycle::lease::{Flight, LEASE_MARGIN, Lease};
use crate::lifecycle::machine::Machine;
use crate::lifecycle::record::{Entry, captured, fault, fingerprint_of, generation, number, scope, spends};
use crate::lifecycle::token::{Age, Serial};

/// After a failure the store is left alone for so long, doubling.
const DOWN: (u64, u64) = (5_000, 60_000);
/// With a refresh token that is in no store yet: another instance may show the spent one 13 s after the store is back.
const DOWN_UNSAVED_CAP: u64 = 10_000;
/// Where another's lease runs, the record is read again after so long, doubling; less a random part.
const LOOK: (u64, u64) = (100, 800);
/// A machine with a live token comes back at the end of another's lease, and up to so much later.
const SPREAD_MS: u64 = 2_000;
/// Waiting for leases, one after the other, ends after so many times the length of one.
const MAX_LEASES: u32 = 3;

const GUARDED: &str =
    "the refresh token is presented only under a lease in the store, since a second use could revoke it for good";
const MAYBE_SPENT: &str =
    "its record cannot be read (was the store's key changed?), and the configured refresh token may be spent already";

impl Machine {
    /// Shares the token through a store, from the next request on.
    #[cfg(all(target_arch = "wasm32", feature = "js", feature = "sharing"))]
    pub(crate) fn share(&mut self, sharing: Sharing, limit: Duration) {
        self.client.share(sharing, limit);
        self.fleet = Membership::of(sharing);
    }

    /// How this machine and the shared store are getting on; `None` without one.
    pub fn store_state(&self) -> Option<StoreState> {
        let fleet = self.fleet.as_ref()?;
        let rotates = fleet.rotates == Some(true);
        Some(StoreState {
            generation: fleet.generation,
            is_saved: fleet.unsaved.is_none(),
            is_unsafe: rotates && self.client.sharing() == Sharing::Hint && !self.has_other_grant(),
            is_misread: fleet.misread,
            retry_at: Some(fleet.down_until).filter(|until| *until > self.clock),
        })
    }

    /// Takes what `Next::Load` found. Returns the request's next step, or `None` if it has ended.
    pub fn on_loaded(&mut self, serial: Serial, found: Loaded<'_>, now: Timestamp) -> Option<TokenRequest> {
        self.observe(now);
        let fleet = self.fleet.as_mut()?;
        let entry = match found {
            Loaded::Record(text) => Entry::read(text),
            _ => None,
        };
        fleet.misread = matches!(found, Loaded::Record(_)) && entry.is_none();
        let is_opaque = fleet.misread || found == Loaded::Unreadable;
        if found == Loaded::Failed {
            self.store_failed(now);
        } else if let Some(fleet) = self.fleet.as_mut() {
            (fleet.failures, fleet.down_until, fleet.looked) = (0, Timestamp::default(), now);
        }
        if let Some(errand) = self.take_errand(serial) {
            return self.errand_read(errand, (found != Loaded::Failed).then_some(entry), now);
        }
        let mut lease = self.take_lease(serial)?;
        if lease.fence.stage != Stage::Looking {
            self.flight = Flight::InFlight(lease);
            return None;
        }
        if found != Loaded::Failed {
            self.learn(entry.unwrap_or_default());
        }
        let believed = lease.fence.doubt.take();
        if let Some(error) = believed {
            lease.fence.is_sure = true;
            if self.refresh_token.is_none() || self.refresh_token == lease.exchange.refresh_token {
                if !self.has_primary_grant() {
                    return self.land(lease, Err(error), now);
                }
                self.drop_refresh_token(&lease);
            }
        }
        match found {
            Loaded::Failed => self.go_alone(lease, None, now),
            _ if is_opaque && self.lives_by_refreshing() && !self.knows_a_chain() => {
                self.store_failed(now);
                self.go_alone(lease, Some(MAYBE_SPENT), now)
            }
            _ => self.judge(lease, now),
        }
    }

    /// Begins a flight by reading the record.
    pub(super) fn look_first(&mut self, mut lease: Box<Lease>, now: Timestamp) -> Option<TokenRequest> {
        let fleet = self.fleet.as_ref()?;
        lease.fence = Fence::default();
        if now < fleet.down_until { self.go_alone(lease, None, now) } else { self.look(lease, now, now) }
    }

    /// Reads the record, not before `at`.
    pub(super) fn look(&mut self, mut lease: Box<Lease>, at: Timestamp, now: Timestamp) -> Option<TokenRequest> {
        lease.fence.stage = Stage::Looking;
        lease.fence.pending = None;
        self.need(lease, Next::Load { at }, at.max(now))
    }

    /// A need of the flight that the store answers.
    pub(super) fn need(&mut self, mut lease: Box<Lease>, next: Next, from: Timestamp) -> Option<TokenRequest> {
        lease.until = from.plus(self.client.store_timeout()).plus(LEASE_MARGIN);
        let request = TokenRequest { serial: lease.serial, deadline: lease.until, host: None, next };
        self.flight = Flight::InFlight(lease);
        Some(request)
    }

    /// What a record of a generation that was not seen before says of the refresh token. It is the record now.
    pub(super) fn learn(&mut self, entry: Entry) {
        let shares = self.shares_refresh_token();
        let is_code = self.client.grant_type() == Some(GrantType::AuthorizationCode);
        let Some(fleet) = self.fleet.as_mut() else { return };
        fleet.last = entry;
        let entry = &fleet.last;
        if entry.generation() <= fleet.generation {
            return;
        }
        fleet.generation = entry.generation();
        let rotates = entry.rotates();
        fleet.rotates = if rotates == Some(true) { rotates } else { fleet.rotates.or(rotates) };
        let is_ours_newer = fleet.unsaved.is_some() && generation(&fleet.own.0) > entry.token().map_or(0, generation);
        if !shares || is_ours_newer {
            return;
        }
        let refresh = entry.refresh();
        if is_code && (entry.token().is_some() || refresh.is_some()) {
            self.grant_spent = true;
        }
        if refresh.as_ref().is_some_and(|refresh| fleet.was_refused(refresh.expose())) {
            return;
        }
        self.refresh_token = refresh;
        if let Some(token) = entry.token() {
            (self.captured, self.granted_scope) = (captured(token), scope(token));
        }
        self.is_saved();
    }

    /// The rows of the table: the first one that applies.
    pub(super) fn judge(&mut self, mut lease: Box<Lease>, now: Timestamp) -> Option<TokenRequest> {
        match self.adopt(lease.serial, now) {
            Adoption::Done => return self.idle(),
            Adoption::Needs if lease.exchange.credentials.is_none() => {
                (lease.fence.adopts, lease.fence.stage) = (true, Stage::Looking);
                return self.need(lease, Next::Credentials, now.plus(self.client.timeout()));
            }
            Adoption::Needs | Adoption::None => {}
        }
        let is_unsaved = self.fleet.as_ref().is_some_and(|fleet| fleet.unsaved.is_some());
        let is_fresh = self.token.as_ref().is_some_and(|token| token.age(now) == Age::Fresh);
        if is_fresh && !is_unsaved && !lease.stretches {
            // It showed as stale because its refresh token was unsaved, and the record has another one.
            return self.idle();
        }
        if self.keeps_to_cooldown(now) {
            return None;
        }
        let is_live = !lease.stretches && self.is_live(now);
        if let Some(left) = self.lease_of_another(now) {
            if is_live {
                let wait = left.saturating_add(Duration::from_millis(up_to(SPREAD_MS, &mut self.dice)));
                if let Some(fleet) = self.fleet.as_mut() {
                    fleet.agreed = wait;
                }
                return self.put_off(now.plus(wait));
            }
            let last = lease.fence.looked.replace(now).unwrap_or(now);
            lease.fence.waited = lease.fence.waited.saturating_add(now.since(last).min(LONGEST_LOOK));
            if lease.fence.waited > self.lease_span().saturating_mul(MAX_LEASES) {
                return self.go_alone(lease, None, now);
            }
            let wait = doubled(LOOK.0, lease.fence.looks, LOOK.1);
            lease.fence.looks = lease.fence.looks.saturating_add(1);
            let wait = (wait / 2).saturating_add(up_to(wait / 2, &mut self.dice));
            return self.look(lease, now.plus(Duration::from_millis(wait)), now);
        }
        if is_live && is_unsaved {
            self.idle();
            return self.save(lease.serial, Value::Null, false, now);
        }
        self.embark(lease, self.client.sharing() == Sharing::Atomic, now)
    }

    /// Asks without the store: what it knows is not known, and no lease can be taken.
    pub(super) fn go_alone(&mut self, lease: Box<Lease>, reason: Option<&str>, now: Timestamp) -> Option<TokenRequest> {
        let is_live = !lease.stretches && self.is_live(now);
        let fleet = self.fleet.as_ref()?;
        let until = fleet.down_until.max(now.plus(Duration::from_secs(1)));
        let is_guarded = self.lives_by_refreshing()
            && fleet.rotates != Some(false)
            && (self.client.sharing() == Sharing::Atomic || !self.knows_a_chain());
        if is_live && (is_guarded || fleet.unsaved.is_some()) {
            return self.put_off(until);
        }
        if is_guarded {
            let reply = Reply {
                reason: Some(reason.unwrap_or(GUARDED).into()),
                is_store: true,
                retry_at: Some(until),
                ..Reply::default()
            };
            let error = Box::new(Error::Unreachable(reply));
            self.last_error = Some(error.clone());
            self.flight = Flight::Cooldown(Cooldown { since: now, until, error });
            return None;
        }
        self.embark(lease, false, now)
    }

    /// Chooses the grant, and goes on with the request itself.
    fn embark(&mut self, mut lease: Box<Lease>, is_fenced: bool, now: Timestamp) -> Option<TokenRequest> {
        let has_primary = self.has_primary_grant();
        let fleet = self.fleet.as_ref()?;
        let is_atomic = self.client.sharing() == Sharing::Atomic;
        // Whoever took that lease may have presented it, and nobody knows what came of it.
        let is_doubtful = fleet.last.lease().is_some_and(spends) && fleet.rotates != Some(false);
        if is_fenced && is_doubtful && has_primary {
            self.refresh_token = None;
        }
        let is_risky = is_atomic && !is_fenced && has_primary && fleet.rotates != Some(false);
        let credentials = lease.exchange.credentials.take().filter(|_| lease.fence.adopts);
        lease.exchange = match self.exchange(is_risky, now) {
            Ok(exchange) => exchange,
            Err(error) => return self.cool_down(error, now),
        };
        if let Some(credentials) = credentials {
            lease.exchange.credentials = Some(credentials);
        }
        lease.fence.is_on = is_fenced;
        lease.fence.stage = Stage::Asking;
        self.proceed(lease, now)
    }

    /// A token brought it, or a store that cannot compare may lose it: it is in the record where the client lives by it.
    pub(super) fn shares_refresh_token(&self) -> bool {
        match self.client.sharing() {
            Sharing::None => false,
            Sharing::Atomic => true,
            Sharing::Hint => !self.has_other_grant(),
        }
    }

    /// Whether there is a grant that can be presented any number of times.
    fn has_other_grant(&self) -> bool {
        !matches!(self.client.grant_type(), Some(GrantType::RefreshToken | GrantType::AuthorizationCode))
    }

    fn lives_by_refreshing(&self) -> bool {
        !self.has_primary_grant() && self.refresh_token.is_some()
    }

    /// Whether the refresh token in hand is another than the one that the options name, or known to be that of the fleet.
    fn knows_a_chain(&self) -> bool {
        let given = self.client.grant_member("refreshToken");
        let is_known = self.fleet.as_ref().is_some_and(|fleet| fleet.generation > 0);
        is_known || self.refresh_token.as_ref().map(|token| token.expose()) != given
    }

    /// The store is left alone for a while.
    pub(super) fn store_failed(&mut self, now: Timestamp) {
        if let Some(fleet) = self.fleet.as_mut() {
            let cap = if fleet.unsaved.is_some() { DOWN_UNSAVED_CAP } else { DOWN.1 };
            fleet.down_until = now.plus(Duration::from_millis(doubled(DOWN.0, fleet.failures, cap)));
            fleet.failures = fleet.failures.saturating_add(1);
            // Whoever has it could not renew it either: it counts from when the store is back.
            fleet.seen.0 = 0;
        }
    }

    /// Keeps to a cooldown of the fleet, if one runs that is about this client's credentials.
    fn keeps_to_cooldown(&mut self, now: Timestamp) -> bool {
        let Some(fleet) = self.fleet.as_mut() else { return false };
        let Some(cooldown) = fleet.last.cooldown() else { return false };
        let of = str_at(cooldown, "of").unwrap_or_default();
        let is_ours = |credentials: &Credentials| fingerprint_of(credentials) == of;
        if !of.is_empty() && !matches!(self.client.credentials.as_slice(), [one] if is_ours(one)) {
            return false;
        }
        let until = number(cooldown, "until");
        if fleet.told.0 != until {
            let since = Timestamp::from_millis(number(cooldown, "since"));
            let left = Timestamp::from_millis(until).since(now.max(since));
            let wait = if left.is_zero() { left } else { spread(left, &mut self.dice) };
            fleet.told = (until, now.plus(wait));
        }
        let until = fleet.told.1;
        let Some(mut error) = fault(cooldown).filter(|_| now < until) else { return false };
        error.set_retry_at(until);
        self.failures.heard(&error, u32::try_from(number(cooldown, "row")).unwrap_or(u32::MAX));
        self.last_error = Some(error.clone());
        self.flight = Flight::Cooldown(Cooldown { since: now, until, error });
        true
    }

    /// Renews the token in hand later.
    fn put_off(&mut self, until: Timestamp) -> Option<TokenRequest> {
        if let Some(token) = &mut self.token {
            Arc::make_mut(token).renew_at = until;
        }
        self.idle()
    }

    fn idle(&mut self) -> Option<TokenRequest> {
        self.flight = Flight::Idle;
        None
    }
}
