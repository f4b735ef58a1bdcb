//! What must hold of a fleet with a store: S1 to S10, by a judge that knows the truth.
//!
//! Each bound is the tightest that is true of all worlds that it is for. Where it has slack, or where a fault excuses, a comment
//! says why. What is excused is counted by its cause.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bearerkit::{Timestamp, Token};

use crate::engine::Seen;
use crate::isolate::{Caller, Exchange, Isolate, Place, Why};
use crate::plan::{Clocks, Grant, LAG, MARK};
use crate::server::{Server, Truth, shown};
use crate::world::World;

/// A store that failed is left alone for so long at first, and so long at last.
const BREAKER: (u64, u64) = (5_000, 60_000);
/// A cooldown looks at the store so often.
const LOOK: u64 = 5_000;
/// The time between two looks at a lease counts for no more.
const LONGEST_LOOK: u64 = 4_000;
/// The machine keeps so many refused values.
const RING: usize = 4;
/// Why a refused token request is not repeated for so long.
const REFUSED: u64 = 30_000;
/// A lease that is dated so far back is free, where no refresh token is at stake. Clocks that differ by nearly as much excuse.
const STALE_LEASE: i64 = 45_000;

/// Why a refresh token was shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Whoever showed it was gone before anything was saved.
    Dead,
    /// The request or its answer was lost, or came after the time limit.
    CutOff,
    /// What it brought could not be saved before the lease ran out.
    Unsaved,
    /// A clock was set ahead while its machine watched a lease.
    Clock,
    /// Somebody put something else into the store.
    Garbage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pending,
    /// The server did not look at it.
    Unheard,
    Refused,
    CutOff,
    Dead,
    /// Its successor is in that isolate's hand.
    Granted,
    Saved(u64),
}

#[derive(Debug)]
struct Showing {
    refresh: String,
    successor: Option<String>,
    at: usize,
    life: u32,
    since: u64,
    /// When the answer came.
    answered: u64,
    /// A call of the store failed since then, for whoever has the successor.
    troubled: bool,
    fate: Fate,
}

#[derive(Debug)]
struct InFlight {
    place: Place,
    until: u64,
    leased: Option<u64>,
    /// By how much its clock is ahead.
    ahead: i64,
    spends: bool,
}

/// What is known of one isolate.
#[derive(Debug, Default)]
pub struct Watch {
    refused: VecDeque<String>,
    generation: u64,
    /// The token that was handed out last.
    held: Option<String>,
    /// When a call of the store failed last.
    failed_at: Option<u64>,
    /// How often in a row, where that opens the breaker.
    pub failures: u32,
    /// Something was there that could not be read.
    pub misread: bool,
    /// When its clock was set last.
    pub jumps: Vec<u64>,
}

impl Watch {
    /// Whether a lease that is seen since then may have run out. A clock that is set ahead counts as one long look; for whoever had
    /// a token, which comes back after the whole lease, as all of it.
    fn may_lapse(&self, since: u64, now: u64, lease: u64) -> bool {
        let jumps = self.jumps.iter().filter(|at| **at >= since).count() as u64;
        let longest = if self.held.is_some() { lease } else { LONGEST_LOOK };
        now + jumps * longest >= since + lease
    }
}

#[derive(Debug, Default)]
pub struct Judge {
    showings: Vec<Showing>,
    flights: Vec<InFlight>,
    /// When an answer said that nobody should ask, and until when.
    cooldown: Option<(u64, u64)>,
    /// When anything went wrong last, in the store or with whoever used it.
    disturbed_at: u64,
    /// How often.
    pub disturbances: u64,
    /// The token that lies in the store, and since when.
    saved: Option<(u64, String)>,
    granted: Option<usize>,
    /// The generation that brought a token.
    generations: BTreeMap<String, u64>,
    /// What anybody saw refused.
    refused: BTreeSet<String>,
    pub causes: BTreeMap<Cause, u32>,
    pub longest_wait: u64,
}

impl Judge {
    pub fn disturbed(&mut self, now: u64) {
        (self.disturbed_at, self.disturbances) = (now, self.disturbances + 1);
    }

    /// A token request is sent.
    pub fn sends(&mut self, world: &mut World, place: Place) {
        let isolate = &world.isolates[place.at];
        let exchange = &isolate.exchanges[&place.exchange];
        let shown = exchange.request.as_ref().and_then(shown);
        if world.plan.is_atomic() {
            self.is_alone(world, isolate, exchange, place, shown.is_some());
        }
        self.waits_for_the_cooldown(world, exchange);
        self.needs_it(world, isolate, exchange);
        let (leased, spends) = (exchange.leased, shown.is_some());
        let (until, ahead) = (world.now + world.plan.timeout, isolate.ahead(world.now));
        self.flights.push(InFlight { place, until, leased, ahead, spends });
        let showing = shown.map(|refresh| self.shows(world, place, refresh));
        let exchange = world.isolates[place.at].exchanges.get_mut(&place.exchange).expect("it runs");
        exchange.showing = showing;
    }

    /// S1
    fn is_alone(&mut self, world: &World, isolate: &Isolate, exchange: &Exchange, place: Place, spends: bool) {
        let (plan, now) = (&world.plan, world.now);
        self.flights.retain(|flight| now < flight.until);
        if exchange.leased.is_none() {
            // Nobody can say that it asks: the store is down for it. Its breaker is open for a minute at the most.
            let is_down =
                isolate.watch.failed_at.is_some_and(|at| now <= at + BREAKER.1 + isolate.clock.regained + 1_000);
            // Nor does anybody wait for more than three who are gone, one after the other.
            let is_tired = now - exchange.began > 3 * plan.lease();
            assert!(
                is_down || is_tired || exchange.failed,
                "S1: {:?} asks without a lease, and the store is there",
                exchange.serial
            );
            let is_alone = plan.grant == Grant::Refresh && plan.rotates() && spends;
            assert!(
                !is_alone,
                "S2: {:?} shows a refresh token without a lease, and has no other grant",
                exchange.serial
            );
            return;
        }
        for other in &mut self.flights {
            // S1 is between machines. One that was told that its request is lost takes its own lease again, and gives it back.
            if (other.place.at, other.place.life) == (place.at, place.life) {
                other.leased = None;
            }
            // Whoever asks without one is seen by nobody.
            let Some(leased) = other.leased else { continue };
            let has_lapsed = isolate.watch.may_lapse(leased, isolate.clock.slack(plan.lease()) + now, plan.lease());
            let is_gone = world.engine.clobbered_at >= leased;
            // By its date, which is that of another clock: its writer's, or that of whoever wrote the record since.
            let clocks = world.isolates.iter().map(|isolate| isolate.ahead(now)).chain([other.ahead]);
            let (least, most) = (clocks.clone().min().unwrap_or(0), clocks.max().unwrap_or(0));
            let is_free = !other.spends && most - least >= STALE_LEASE;
            assert!(
                has_lapsed || is_gone || is_free,
                "S1: {:?} of {} asks, and {} has the lease since {} ms",
                exchange.serial,
                place.at,
                other.place.at,
                now - leased
            );
            // It has its lease no more, and those who come later cannot know of it.
            other.leased = None;
        }
    }

    /// S2: returns the number of this showing.
    fn shows(&mut self, world: &World, place: Place, refresh: String) -> usize {
        let (now, lease, watch) = (world.now, world.plan.lease(), &world.isolates[place.at].watch);
        let is_judged = world.plan.rotates() && (world.plan.is_atomic() || world.plan.grant == Grant::Both);
        for earlier in self.showings.iter().filter(|earlier| is_judged && earlier.refresh == refresh) {
            let is_replaced = world.isolates[earlier.at].life != earlier.life;
            let clobbered_at = world.engine.clobbered_at;
            let cause = match earlier.fate {
                Fate::Unheard | Fate::Refused => continue,
                Fate::Dead => Cause::Dead,
                Fate::CutOff => Cause::CutOff,
                Fate::Pending | Fate::Granted if is_replaced => Cause::Dead,
                Fate::Granted if earlier.troubled => Cause::Unsaved,
                // Whoever writes there can bring an old record back, and deny the service: SECURITY.md says so.
                _ if clobbered_at > 0 => Cause::Garbage,
                // Whoever showed it first says that its own request is long over, and gives the lease back.
                Fate::Pending if world.isolates[earlier.at].watch.jumps.iter().any(|at| *at >= earlier.since) => {
                    Cause::Clock
                }
                Fate::Pending if watch.may_lapse(earlier.since, now, lease) => Cause::Clock,
                fate => panic!("S2: {} shows {refresh} again, {} did at first: {fate:?}", place.at, earlier.at),
            };
            *self.causes.entry(cause).or_default() += 1;
        }
        self.showings.push(Showing {
            refresh,
            successor: None,
            at: place.at,
            life: place.life,
            since: world.now,
            answered: 0,
            troubled: false,
            fate: Fate::Pending,
        });
        self.showings.len() - 1
    }

    /// S6. Only where all clocks are right: a cooldown is shorter than what a clock may be off.
    fn waits_for_the_cooldown(&self, world: &World, exchange: &Exchange) {
        let (plan, now) = (&world.plan, world.now);
        if plan.clocks != Clocks::Right {
            return;
        }
        let read = exchange.read.as_ref().and_then(|(_, value)| world.engine.seen(value.as_deref()));
        let until = read.and_then(|seen| seen.cooldown).unwrap_or(0);
        assert!(
            now >= until,
            "S6: {:?} has read of a cooldown, and asks {} ms before its end",
            exchange.serial,
            until - now
        );
        // It is saved within a read and some writes.
        let save = 4 * plan.limit;
        // Whoever asks without the store cannot know.
        let Some((since, until)) =
            self.cooldown.filter(|(since, _)| exchange.leased.is_some() && self.disturbed_at < *since)
        else {
            return;
        };
        assert!(
            now < since + save || now >= until,
            "S6: asked {} ms before the end of the shared cooldown",
            until - now
        );
    }

    /// S8: what it read would have done.
    fn needs_it(&self, world: &World, isolate: &Isolate, exchange: &Exchange) {
        let Some((at, value)) = exchange.read.as_ref().filter(|_| world.plan.clocks == Clocks::Right) else { return };
        let Some(value) = world.engine.seen(value.as_deref()).and_then(|seen| seen.token.as_deref()) else { return };
        // No older one is taken than that of what was refused. Two writers that cannot compare write one generation each, and so does
        // one who could not write: then nobody knows.
        let generation = |value: &str| self.generations.get(value).copied();
        let is_newer = |refused: &String| {
            world.plan.is_atomic() && generation(refused).is_some_and(|g| generation(value) > Some(g))
        };
        let held = isolate.watch.held.iter().filter(|held| *held != value);
        let is_newest = isolate.watch.refused.iter().chain(held).all(is_newer);
        if exchange.why == Why::Stretches || !is_newest || !self.is_clean(world) || !self.is_fresh(world, value, *at) {
            return;
        }
        panic!("S8: {:?} has read a fresh token, and asks", exchange.serial);
    }

    /// Whether the generations are one sequence: whoever cannot read what somebody else put there counts on from what it knows,
    /// and a token of the same generation as a refused one costs one request more.
    fn is_clean(&self, world: &World) -> bool {
        world.engine.clobbered_at == 0
    }

    /// Whether nobody renews that token yet.
    fn is_fresh(&self, world: &World, value: &str, at: u64) -> bool {
        let Some(issued) = world.server.issued(value) else { return false };
        // A token's life is counted from when it was asked for, and the server may have been slow to issue it.
        at + world.plan.timeout < issued.expires - world.plan.life + world.plan.earliest_renewal()
    }

    /// The answer to a token request, or what became of it.
    pub fn answered(&mut self, world: &World, place: Place, truth: Truth, is_cut_off: bool) {
        let exchange = &world.isolates[place.at].exchanges[&place.exchange];
        self.flights.retain(|flight| flight.place.exchange != place.exchange);
        let (plan, now) = (&world.plan, world.now);
        if let Some(number) = exchange.showing {
            let showing = &mut self.showings[number];
            showing.answered = now;
            showing.fate = match truth {
                _ if is_cut_off => Fate::CutOff,
                Truth::Granted(_, successor) => {
                    showing.successor = successor.map(|number| format!("{MARK}R3FR-{number}"));
                    Fate::Granted
                }
                Truth::Transient(_) => Fate::Unheard,
                Truth::Refused | Truth::RefreshRefused => Fate::Refused,
            };
        }
        // A lease is given back with the cooldown, unless the store is down for its holder.
        let tells = exchange.leased.is_some() && isolate_is_up(&world.isolates[place.at]);
        match truth {
            Truth::Transient(_) | Truth::Refused if !tells => self.cooldown = None,
            // By the server's `Date`, which has no fractions, if the answer was slow.
            Truth::Transient(Some(wait)) => self.cooldown = Some((now, exchange.served + wait - 1_000)),
            Truth::Refused if exchange.showing.is_none() => {
                self.cooldown = Some((now, exchange.served + REFUSED - 1_000))
            }
            Truth::Granted(number, _) if plan.is_atomic() => {
                self.is_due(world, exchange, number);
                self.granted = Some(number);
            }
            _ => {}
        }
    }

    /// S9: as many requests as there are lives, renewals and faults, however many isolates.
    fn is_due(&self, world: &World, exchange: &Exchange, number: usize) {
        let Some(before) = self.granted.map(|before| &world.server.issued[before]) else { return };
        let issued = &world.server.issued[number];
        let after = issued.expires.saturating_sub(before.expires);
        // A breaker is open for a minute after a fault.
        let is_calm = self.disturbed_at + BREAKER.1 + 1_000 < before.expires - world.plan.life && self.is_clean(world);
        let is_wanted = exchange.why == Why::Stretches || self.refused.contains(&before.value) || before.is_revoked;
        if is_calm && !is_wanted && world.plan.clocks == Clocks::Right {
            assert!(
                after + 1_000 >= world.plan.earliest_renewal(),
                "S9: {:?} asks {after} ms after the last",
                exchange.serial
            );
        }
    }

    /// Something is written: into the store, whatever its writer is told.
    pub fn wrote(&mut self, world: &World, place: Place, over: Option<&str>, value: &str) {
        let seen = world.engine.seen(Some(value)).expect("ours").clone();
        let before = world.engine.seen(over);
        // Where it could be read: what cannot be has no generation.
        if let Some(before) = before.filter(|before| before.generation > 0) {
            let (old, new) = (before.generation, seen.generation);
            assert!(new > old, "S3: generation {new} is written over {old}");
        }
        if let (false, Grant::Both) = (world.plan.is_atomic(), world.plan.grant) {
            assert!(seen.refresh.is_none(), "S11: a refresh token is in a store that cannot compare");
        }
        self.saves(world, place, &seen);
    }

    fn saves(&mut self, world: &World, _place: Place, seen: &Seen) {
        for showing in self.showings.iter_mut().filter(|showing| showing.fate == Fate::Granted) {
            if showing.successor.is_some() && showing.successor == seen.refresh {
                showing.fate = Fate::Saved(world.now);
            }
        }
        match &seen.token {
            Some(value) => {
                self.generations.insert(value.clone(), seen.token_generation);
                if self.saved.as_ref().is_none_or(|(_, saved)| saved != value) {
                    self.saved = Some((world.now, value.clone()));
                }
            }
            None => self.saved = None,
        }
    }

    pub fn clobbered(&mut self, now: u64) {
        self.saved = None;
        self.disturbed(now);
    }

    /// A call of the store is to begin, not before `from`. One that was agreed before the store failed is made all the same.
    pub fn calls(&mut self, world: &World, place: Place, from: Timestamp) {
        let isolate = &world.isolates[place.at];
        let Some(state) = isolate.machine.store_state() else { return };
        // What is in no store yet is tried again and again: nothing else keeps the chain.
        // Nor is a refusal believed before the store was read again.
        let exchange = &isolate.exchanges[&place.exchange];
        let is_refused = matches!(exchange.truth, Some(Truth::Refused | Truth::RefreshRefused));
        let doubts = exchange.showing.is_some() && is_refused;
        // What was under way when an errand failed goes on; a revocation is tried whenever it is made.
        let is_under_way = isolate.watch.failed_at.is_some_and(|at| exchange.began <= at && exchange.read.is_some());
        let is_excused = is_under_way || exchange.why == Why::Revoked;
        let Some(until) = state.retry_at.filter(|_| state.is_saved && !doubts && !is_excused) else {
            return;
        };
        let local = isolate.clock.at(world.now).max(from);
        assert!(
            local >= until,
            "S7: the store is down for {}, and called again at {local:?}, before {until:?}",
            place.at
        );
    }

    /// A call of the store failed.
    pub fn failed(&mut self, world: &mut World, place: Place, is_read: bool) {
        self.disturbed(world.now);
        for showing in &mut self.showings {
            showing.troubled |= (showing.at, showing.life) == (place.at, place.life) && showing.fate == Fate::Granted;
        }
        let now = world.now;
        let isolate = &mut world.isolates[place.at];
        if let Some(exchange) = isolate.exchanges.get_mut(&place.exchange) {
            exchange.failed = true;
        }
        isolate.watch.failed_at = Some(now);
        isolate.watch.failures += u32::from(is_read || world.plan.is_atomic());
    }

    /// What the machine made of a failed call.
    pub fn opened(&self, world: &World, place: Place, is_read: bool) {
        if !is_read && !world.plan.is_atomic() {
            return;
        }
        let isolate = &world.isolates[place.at];
        let Some(state) = isolate.machine.store_state() else { return };
        let wait = state.retry_at.map(|at| at.since(isolate.clock.at(world.now)).as_millis() as u64);
        // What cannot be read counts as a failure where it may be a spent refresh token, and what is unsaved is tried more often.
        let most = (BREAKER.0 << (isolate.watch.failures - 1).min(20)).min(BREAKER.1);
        let is_open = wait.is_some_and(|wait| (1..=most).contains(&wait)) || isolate.watch.misread;
        assert!(is_open, "S7: the store failed, and is left alone for {wait:?} ms");
    }

    /// Whoever carried it out is gone.
    pub fn vanished(&mut self, now: u64, showing: Option<usize>) {
        self.disturbed(now);
        let Some(showing) = showing.and_then(|number| self.showings.get_mut(number)) else { return };
        if matches!(showing.fate, Fate::Pending | Fate::Granted) {
            showing.fate = Fate::Dead;
        }
    }

    /// What must hold of a machine at any time.
    pub fn looks(&self, isolate: &mut Isolate) {
        let Some(state) = isolate.machine.store_state() else { return };
        let before = core::mem::replace(&mut isolate.watch.generation, state.generation);
        assert!(state.generation >= before, "S3: generation {} after {before}", state.generation);
    }

    /// A token is handed out.
    pub fn uses(&mut self, world: &mut World, at: usize, token: &Token) {
        let value = token.value.expose();
        let (now, plan) = (world.now, &world.plan);
        let isolate = &world.isolates[at];
        let Some(issued) = world.server.issued(value) else { panic!("S10: a token that nobody issued: {value:?}") };
        assert!(token.headers[0].1.expose() == format!("Bearer {value}"), "S10: it is sent as another");
        let is_refused = isolate.watch.refused.iter().any(|refused| refused == value);
        assert!(!is_refused, "S4: {value} was refused here, and is handed out");
        // Its own clock may be behind, and time is lost with the times that it was set back.
        let clock = &isolate.clock;
        let drift = clock.slack(now - crate::clock::START);
        let mut slack = u64::try_from(clock.behind).unwrap_or(0) + clock.regained;
        slack += if slack > 0 || drift > 2 { drift } else { 0 };
        // Without a `Date`, nobody can tell that a writer is ahead.
        slack += if plan.sends_date { 0 } else { world.furthest_ahead() };
        let late = now.saturating_sub(issued.expires);
        assert!(late <= slack, "S5: {value} is handed out {late} ms after its end (slack {slack})");
        // Two writers that cannot compare write one generation each; so do two that found garbage there.
        let is_ordered = plan.is_atomic() && self.is_clean(world);
        let held = isolate.watch.held.as_deref().filter(|held| *held != value && is_ordered);
        let generation = |value: &str| self.generations.get(value).copied();
        if let (Some(old), Some(new)) = (held.and_then(generation), generation(value)) {
            let is_own = token.serial.0 > 0 && old == new;
            assert!(new > old || is_own, "S3: a token of generation {new} after one of {old}");
        }
        world.isolates[at].watch.held = Some(value.to_owned());
    }

    /// The API refused it, or somebody took it back: it is not to come back.
    pub fn refuses(&mut self, isolate: &mut Isolate, value: &str) {
        self.refused.insert(value.to_owned());
        let ring = &mut isolate.watch.refused;
        if !ring.iter().any(|known| known == value) {
            ring.push_back(value.to_owned());
        }
        if ring.len() > RING {
            ring.pop_front();
        }
    }

    /// S7, S8: a call has its token or its error.
    pub fn settles(&mut self, world: &World, at: usize, caller: &Caller, is_served: bool) {
        let (plan, now) = (&world.plan, world.now);
        let waited = now - caller.began;
        if is_served {
            self.longest_wait = self.longest_wait.max(waited);
        }
        let Some((since, value)) = &self.saved else { return };
        let lag = if plan.is_atomic() { 0 } else { LAG };
        let from = (*since + lag).max(caller.began);
        let is_calm =
            self.disturbed_at + BREAKER.1 + 1_000 < from && plan.clocks == Clocks::Right && self.is_clean(world);
        let isolate = &world.isolates[at];
        let is_newest = isolate.watch.refused.iter().all(|refused| Server::look_up(value) > Server::look_up(refused));
        if !is_calm || caller.min_validity > 0 || !is_newest || !self.is_fresh(world, value, now) {
            return;
        }
        // It looks every five seconds, and a read takes its time.
        let had = now.saturating_sub(from);
        assert!(had <= LOOK + 2 * plan.limit, "S8: a token lies there for {had} ms, and a call waited for another");
    }

    /// S7: by then a call has its token or its error, where so much went wrong meanwhile.
    pub fn bound(world: &World, disturbances: u64) -> u64 {
        // A lease of somebody who is gone, then a request of its own, each with its calls of the store; twice for two grants.
        let round = world.plan.lease() + 2 * (world.plan.timeout + 4 * world.plan.limit + 2_000);
        world.plan.patience + (2 + disturbances) * round
    }
}

fn isolate_is_up(isolate: &Isolate) -> bool {
    isolate.machine.store_state().is_none_or(|state| state.retry_at.is_none())
}
