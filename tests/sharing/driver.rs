//! What the JavaScript driver does: poll, act, wait, poll again; each exchange is a loop over what it needs next.

use std::sync::Arc;
use std::time::Duration;

use bearerkit::{
    Action, Call, Challenge, Credentials, HttpResponse, Loaded, Machine, Next, Serial, Sharing, Stored, Timestamp,
    Token, TokenRequest, TransportFailure, Verdict,
};

use crate::engine::{Down, Outcome};
use crate::isolate::{Caller, Exchange, Place, Why};
use crate::judge::Judge;
use crate::plan::{Clocks, MARK, secret};
use crate::server::Truth;
use crate::world::{Event, World};

/// What a call of the store came to.
#[derive(Debug, Clone)]
pub enum Reply {
    /// `at`: when it was so.
    Got {
        at: u64,
        value: Option<String>,
    },
    Set {
        at: u64,
        outcome: Outcome,
    },
    Failed,
}

/// How a token request came to an end, for whoever carries it out.
#[derive(Debug, Clone)]
pub enum Answer {
    Came(HttpResponse, Truth),
    Failed(TransportFailure),
}

/// How whoever carries out an exchange goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nobody is told.
    Silent,
    /// Those who wait are told.
    Told,
}

impl World {
    /// A call begins.
    pub fn call(&mut self, at: usize, must_succeed: bool) {
        let is_long = self.plan.stretches && !must_succeed && self.dice.u32(0..8) == 0;
        let min_validity = if is_long { self.dice.u64(0..self.plan.life / 2) } else { 0 };
        let caller = Caller {
            since: Timestamp::default(),
            began: 0,
            min_validity,
            tries: 0,
            wait: 0,
            waits_for: None,
            is_at_api: false,
            must_succeed,
        };
        self.callers += 1;
        let number = self.callers;
        self.note(at, format_args!("call {number}"));
        self.isolates[at].callers.insert(number, caller);
        self.acquire(at, number);
    }

    fn acquire(&mut self, at: usize, number: u32) {
        let (now, isolate) = (self.now, &mut self.isolates[at]);
        let life = isolate.life;
        let caller = isolate.callers.get_mut(&number).expect("it calls");
        caller.since = isolate.clock.at(now);
        (caller.began, caller.is_at_api, caller.tries) = (now, false, caller.tries + 1);
        let tries = caller.tries;
        let disturbances = self.judge.disturbances;
        self.later(Judge::bound(self, 0), Event::Overdue { at, life, caller: number, tries, disturbances });
        self.advance(at, number);
    }

    pub fn overdue(&mut self, at: usize, number: u32, tries: u32, disturbances: u64) {
        let isolate = &self.isolates[at];
        let Some(caller) = isolate.callers.get(&number).filter(|caller| !caller.is_at_api && caller.tries == tries)
        else {
            return;
        };
        let bound = Judge::bound(self, self.judge.disturbances - disturbances) + isolate.clock.regained;
        let waited = self.now - caller.began;
        assert!(waited < bound, "S7: call {number} waits since {waited} ms");
        let life = isolate.life;
        self.later(bound - waited, Event::Overdue { at, life, caller: number, tries, disturbances });
    }

    /// Polls and acts, until there is something to wait for.
    pub fn advance(&mut self, at: usize, number: u32) {
        let now = self.now;
        let Some(caller) = self.isolates[at].callers.get_mut(&number) else { return };
        caller.wait += 1;
        caller.waits_for = None;
        let call = Call { since: caller.since, min_validity: Duration::from_millis(caller.min_validity) };
        let action = self.tell(at, |machine, local| machine.poll_for(call, local));
        match action {
            Action::Use { token, renew } => {
                if let Some(request) = renew {
                    self.launch(at, request, Why::Needed);
                }
                self.use_token(at, number, token);
            }
            Action::Send(request) => {
                let until = request.deadline;
                let why = if call.min_validity.is_zero() { Why::Needed } else { Why::Stretches };
                let begun = self.launch(at, request, why);
                self.wait(at, number, until.since(self.isolates[at].clock.at(now)), Some(begun));
            }
            Action::Wait { until } => {
                let flight = self.isolates[at].flight;
                self.wait(at, number, until.since(self.isolates[at].clock.at(now)), flight);
            }
            Action::Fail(error) => self.settle(at, number, Err(error)),
        }
    }

    /// Until the exchange under way ends, and no longer than that.
    fn wait(&mut self, at: usize, number: u32, span: Duration, exchange: Option<u32>) {
        let isolate = &mut self.isolates[at];
        let life = isolate.life;
        let Some(caller) = isolate.callers.get_mut(&number) else { return };
        caller.waits_for = exchange;
        let wait = caller.wait;
        self.later((span.as_millis() as u64).max(1), Event::Poll { at, life, caller: number, wait });
    }

    fn use_token(&mut self, at: usize, number: u32, token: Arc<Token>) {
        self.judged(|judge, world| judge.uses(world, at, &token));
        let isolate = &mut self.isolates[at];
        let life = isolate.life;
        let caller = isolate.callers.remove(&number).expect("it calls");
        self.judged(|judge, world| judge.settles(world, at, &caller, true));
        self.isolates[at].callers.insert(number, Caller { is_at_api: true, ..caller });
        let after = self.latency();
        self.later(after, Event::AtApi { at, life, caller: number, token });
    }

    /// The API's answer.
    pub fn answered(&mut self, at: usize, number: u32, token: &Token, status: u16) {
        let Some(caller) = self.isolates[at].callers.get(&number) else { return };
        if status != 401 {
            return self.settle(at, number, Ok(status));
        }
        let is_first = caller.tries == 1;
        let named = self.isolates[at].machine.token().filter(|held| held.serial == token.serial);
        assert!(named.is_none_or(|held| held.value == token.value), "S4: two tokens are {:?}", token.serial);
        let held = named.is_some();
        let challenge = Challenge::new(status, None, None);
        let verdict = self.tell(at, |machine, local| machine.on_unauthorized(token.serial, &challenge, local));
        self.note(at, format_args!("401 on {:?}: {verdict:?}", token.serial));
        if verdict == Verdict::Retry && held {
            let value = token.value.expose().to_owned();
            self.judged(|judge, world| judge.refuses(&mut world.isolates[at], &value));
        }
        if is_first && verdict == Verdict::Retry {
            self.acquire(at, number)
        } else {
            self.settle(at, number, Ok(status))
        }
    }

    fn settle(&mut self, at: usize, number: u32, outcome: Result<u16, bearerkit::Error>) {
        let caller = self.isolates[at].callers.remove(&number).expect("it calls");
        match &outcome {
            Ok(status) => self.note(at, format_args!("call {number} ends: {status}")),
            Err(error) => {
                let text = format!("{error} {error:?}");
                assert!(!text.contains(MARK), "S11: {text}");
                self.note(at, format_args!("call {number} ends: {error}"));
                if caller.tries == 1 {
                    self.judged(|judge, world| judge.settles(world, at, &caller, false));
                }
            }
        }
        // Its own token and the store's may both be revoked, and a call has one retry.
        let is_unlucky = self.plan.refusals && caller.tries == 2 && outcome == Ok(401);
        if caller.must_succeed && self.can_succeed(at) && !is_unlucky {
            assert!(outcome == Ok(200), "S7: all is well since long, and call {number} ends with {outcome:?}");
            self.successes += 1;
        }
    }

    /// Begins an exchange that nobody owns.
    pub fn launch(&mut self, at: usize, request: TokenRequest, why: Why) -> u32 {
        let shown = format!("{request:?}");
        assert!(!shown.contains(MARK), "S11: {shown}");
        self.exchanges += 1;
        let number = self.exchanges;
        self.note(at, format_args!("exchange {number} is {:?}", request.serial));
        let isolate = &mut self.isolates[at];
        let exchange = Exchange { serial: request.serial, began: self.now, why, ..Exchange::default() };
        isolate.exchanges.insert(number, exchange);
        if isolate.machine.flight() == "in_flight" {
            isolate.flight = Some(number);
        }
        let place = Place { at, life: isolate.life, exchange: number, stage: 0 };
        if self.chance(self.plan.vanishing) {
            let after = self.spread(1, self.plan.timeout);
            let how = crate::plan::pick(&mut self.dice, &[Loss::Silent, Loss::Told]);
            self.later(after, Event::Vanish { place, how });
        }
        self.carry_out(place, request.next);
        number
    }

    fn carry_out(&mut self, mut place: Place, next: Next) {
        let now = self.now;
        let isolate = &mut self.isolates[place.at];
        let local = isolate.clock.at(now);
        let exchange = isolate.exchanges.get_mut(&place.exchange).expect("it runs");
        exchange.stage += 1;
        place.stage = exchange.stage;
        let leased = exchange.leased.take();
        match next {
            Next::Load { at } => {
                self.judged(|judge, world| judge.calls(world, place, at));
                let after = at.since(local).as_millis() as u64;
                assert!(after <= 700_000, "S7: the store is looked at in {after} ms");
                self.later(after, Event::Reads { place });
            }
            Next::Store { record, ttl } => {
                self.judged(|judge, world| judge.calls(world, place, local));
                assert!(ttl.as_secs() >= 60, "S10: a ttl of {ttl:?}");
                let value = self.engine.seal(record.expose());
                let exchange = self.isolates[place.at].exchanges.get_mut(&place.exchange).expect("it runs");
                exchange.writes = Some(value);
                self.call_store(place);
            }
            Next::Credentials => {
                let after = self.spread(1, 400);
                self.later(after, Event::Asked { place });
            }
            Next::Obtain { .. } => panic!("no caller obtains a token here"),
            Next::Sign(_) => panic!("nothing is signed here"),
            Next::Send(request) => {
                exchange.leased = leased;
                exchange.request = Some(request.clone());
                self.note(place.at, format_args!("exchange {} asks", place.exchange));
                self.judged(|judge, world| judge.sends(world, place));
                self.later(self.plan.timeout, Event::Fails { place, failure: TransportFailure::Timeout });
                let after = self.latency();
                if !self.chance(self.plan.losses) {
                    self.later(after, Event::AtServer { place, request });
                } else if self.dice.bool() {
                    let failure = TransportFailure::Network { reason: None, is_permanent: false };
                    self.later(after, Event::Fails { place, failure });
                }
            }
        }
    }

    /// A call of the store: it writes if there is something to write. Our own time limit ends it.
    pub fn call_store(&mut self, place: Place) {
        let Some(exchange) = self.running(place) else { return };
        let (value, over) = (exchange.writes.clone(), exchange.over.clone());
        let is_write = value.is_some();
        self.later(self.plan.limit, Event::Replied { place, reply: Reply::Failed });
        let (there, back) = (self.store_latency(), self.store_latency());
        let faults = self.plan.faults;
        let limit = self.plan.limit;
        if let Some(down) = self.engine.down {
            if down == Down::Refuses {
                self.later(there, Event::Replied { place, reply: Reply::Failed });
            } else if is_write && self.chance(200) {
                // It waits in the queue of a client, and is sent when the store is back.
                let after = self.spread(limit, 120_000);
                self.later(after, Event::AtStore { place, value, over, back: None });
            }
            return;
        }
        if self.chance(faults.hangs) {
            return;
        }
        if self.chance(faults.fails) {
            return self.later(there, Event::Replied { place, reply: Reply::Failed });
        }
        if is_write && self.chance(faults.late) {
            let after = self.spread(limit, 60_000);
            return self.later(after, Event::AtStore { place, value, over, back: None });
        }
        if is_write && self.chance(faults.lost) {
            self.later(there, Event::AtStore { place, value, over, back: None });
            if self.dice.bool() {
                self.later(there + back, Event::Replied { place, reply: Reply::Failed });
            }
            return;
        }
        self.later(there, Event::AtStore { place, value, over, back: Some(back) });
    }

    /// A call arrives at the store, whether its caller lives or not. `back`: how long the answer takes, if one comes.
    pub fn at_store(&mut self, place: Place, value: Option<String>, over: Option<&str>, back: Option<u64>) {
        let (now, colo) = (self.now, self.isolates[place.at].colo);
        let Some(value) = value else {
            let value = self.engine.get(colo, now);
            let reply = Reply::Got { at: now, value };
            return self.later(back.unwrap_or(0), Event::Replied { place, reply });
        };
        if back.is_none() {
            self.judge.disturbed(now);
        }
        let outcome = self.engine.set(&value, over, colo, now);
        let seen = self.engine.seen(Some(&value)).cloned().unwrap_or_default();
        self.note(place.at, format_args!("exchange {} writes {seen:?}: {outcome:?}", place.exchange));
        if outcome == Outcome::Written {
            self.judged(|judge, world| judge.wrote(world, place, over, &value));
        }
        if let Some(back) = back {
            let reply = Reply::Set { at: now, outcome };
            self.later(back, Event::Replied { place, reply });
        }
    }

    /// What the driver hears of a call of the store.
    pub fn replied(&mut self, place: Place, reply: Reply) {
        let Some(exchange) = self.running(place) else { return };
        let writes = exchange.writes.take();
        let is_read = writes.is_none();
        match reply {
            Reply::Got { at, value } => {
                exchange.over.clone_from(&value);
                exchange.read = Some((at, value.clone()));
                let seen = self.engine.seen(value.as_deref()).cloned();
                let watch = &mut self.isolates[place.at].watch;
                watch.failures = 0;
                watch.misread |= value.is_some() && seen.as_ref().is_none_or(|seen| seen.generation == 0);
                self.note(place.at, format_args!("exchange {} reads {seen:?}", place.exchange));
                let text = match self.engine.open(value.as_deref()) {
                    Loaded::Record(text) => Some(text.to_owned()),
                    _ => None,
                };
                let found = match &text {
                    Some(text) => Loaded::Record(text),
                    None if value.is_some() => Loaded::Unreadable,
                    None => Loaded::Nothing,
                };
                self.step(place, None, |machine, serial, local| machine.on_loaded(serial, found, local));
            }
            Reply::Set { at, outcome: Outcome::Written } => {
                let seen = self.engine.seen(writes.as_deref());
                let leased = seen.is_some_and(|seen| seen.lease.is_some()).then_some(at);
                let exchange = self.running(place).expect("it runs");
                (exchange.over, exchange.leased) = (writes, leased);
                self.isolates[place.at].watch.failures = 0;
                self.step(place, None, |machine, serial, local| machine.on_stored(serial, Stored::Written, local));
            }
            Reply::Set { outcome: Outcome::Outdone, .. } => {
                self.isolates[place.at].watch.failures = 0;
                self.step(place, None, |machine, serial, local| machine.on_stored(serial, Stored::Outdone, local));
            }
            Reply::Set { outcome: Outcome::Limited, .. } => {
                // Every KV says so now and then: no fault, and no breaker opens.
                self.step(place, None, |machine, serial, local| machine.on_stored(serial, Stored::Failed, local));
            }
            Reply::Failed => {
                self.note(place.at, format_args!("exchange {}: the store failed", place.exchange));
                self.judged(|judge, world| judge.failed(world, place, is_read));
                self.step(place, None, |machine, serial, local| {
                    if is_read {
                        machine.on_loaded(serial, Loaded::Failed, local)
                    } else {
                        machine.on_stored(serial, Stored::Failed, local)
                    }
                });
                self.judged(|judge, world| judge.opened(world, place, is_read));
            }
        }
    }

    pub fn asked(&mut self, place: Place) {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", secret());
        self.step(place, None, |machine, serial, local| machine.on_credentials(serial, credentials, local));
    }

    /// An exchange got what it waited for.
    pub fn step(
        &mut self,
        place: Place,
        truth: Option<(Truth, bool)>,
        input: impl FnOnce(&mut Machine, Serial, Timestamp) -> Option<TokenRequest>,
    ) {
        let Some(exchange) = self.running(place) else { return };
        let serial = exchange.serial;
        if let Some((truth, is_cut_off)) = truth {
            exchange.truth = Some(truth);
            self.judged(|judge, world| judge.answered(world, place, truth, is_cut_off));
        }
        let holds = self.isolates[place.at].machine.flight() == "in_flight";
        let next = self.tell(place.at, |machine, local| input(machine, serial, local));
        // A machine whose clock is right has the lease as long as a request may take.
        let is_shared = self.plan.sharing != Sharing::None;
        if holds && is_shared && truth == Some((Truth::RefreshRefused, false)) && self.plan.clocks == Clocks::Right {
            let looks = next.as_ref().is_some_and(|request| matches!(request.next, Next::Load { .. }));
            let exchange = self.isolates[place.at].exchanges.get_mut(&place.exchange).expect("it runs");
            let has_looked = core::mem::replace(&mut exchange.has_doubted, true);
            assert!(looks || has_looked, "S8: {serial:?} believes a refusal, and another refresh token may lie there");
        }
        let isolate = &mut self.isolates[place.at];
        // What goes on after the flight is an errand, and nobody waits for it.
        if isolate.machine.flight() != "in_flight" && isolate.flight == Some(place.exchange) {
            isolate.flight = None;
            match next {
                Some(request) => self.go_on(place, request),
                None => self.end(place),
            }
            return self.wake(place);
        }
        match next {
            Some(request) => self.go_on(place, request),
            None => {
                self.end(place);
                self.wake(place);
            }
        }
    }

    fn go_on(&mut self, place: Place, request: TokenRequest) {
        let shown = format!("{request:?}");
        assert!(!shown.contains(MARK), "S11: {shown}");
        let serial = self.isolates[place.at].exchanges[&place.exchange].serial;
        assert_eq!(request.serial, serial, "S10: what comes next is of another request");
        self.carry_out(place, request.next);
    }

    fn end(&mut self, place: Place) {
        let isolate = &mut self.isolates[place.at];
        if isolate.flight == Some(place.exchange) {
            isolate.flight = None;
        }
        isolate.exchanges.remove(&place.exchange);
        self.note(place.at, format_args!("exchange {} ends", place.exchange));
    }

    pub fn running(&mut self, place: Place) -> Option<&mut Exchange> {
        let isolate = self.isolates.get_mut(place.at).filter(|isolate| isolate.life == place.life)?;
        let exchange = isolate.exchanges.get_mut(&place.exchange)?;
        (exchange.stage == place.stage && !exchange.is_dead).then_some(exchange)
    }

    pub fn receive(&mut self, place: Place, answer: Answer) {
        match answer {
            Answer::Came(response, truth) => {
                self.step(place, Some((truth, false)), |machine, serial, local| {
                    machine.on_response(serial, &response, local)
                });
            }
            Answer::Failed(failure) => {
                if self.running(place).is_some() {
                    let now = self.now;
                    self.judge.disturbed(now);
                }
                self.step(place, Some((Truth::Transient(None), true)), |machine, serial, local| {
                    machine.on_failure(serial, failure, local)
                });
            }
        }
    }

    /// Those who wait for it poll.
    fn wake(&mut self, place: Place) {
        let waiting = |(number, caller): (&u32, &Caller)| (caller.waits_for == Some(place.exchange)).then_some(*number);
        let callers = &self.isolates[place.at].callers;
        for number in callers.iter().filter_map(waiting).collect::<Vec<_>>() {
            self.advance(place.at, number);
        }
    }

    pub fn vanish(&mut self, place: Place, how: Loss) {
        let isolate = &mut self.isolates[place.at];
        if isolate.life != place.life {
            return;
        }
        let Some(exchange) = isolate.exchanges.remove(&place.exchange) else { return };
        let (serial, now) = (exchange.serial, self.now);
        let is_flight = isolate.flight == Some(place.exchange);
        self.judge.vanished(now, exchange.showing);
        self.note(place.at, format_args!("exchange {} is lost: {how:?}", place.exchange));
        if how == Loss::Silent {
            // The promise of a request that has ended never settles.
            return;
        }
        self.tell(place.at, |machine, local| machine.on_lost(serial, local));
        if is_flight {
            self.isolates[place.at].flight = None;
        }
        self.wake(place);
    }

    pub fn tell<T>(&mut self, at: usize, input: impl FnOnce(&mut Machine, Timestamp) -> T) -> T {
        let now = self.now;
        let isolate = &mut self.isolates[at];
        let local = isolate.clock.tell(now);
        let output = input(&mut isolate.machine, local);
        self.judge.looks(&mut self.isolates[at]);
        output
    }

    pub fn judged<T>(&mut self, check: impl FnOnce(&mut Judge, &mut World) -> T) -> T {
        let mut judge = core::mem::take(&mut self.judge);
        let output = check(&mut judge, self);
        self.judge = judge;
        output
    }
}
