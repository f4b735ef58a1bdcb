//! What `acquire.js`, `exchange.js` and `fetch.js` of pkg-template do: poll, act, wait, poll again; one repeat after a 401 that a new token can cure.

use std::sync::Arc;
use std::time::Duration;

use bearerkit::{
    Action, Call, Challenge, HttpResponse, Next, Secret, Serial, Token, TokenRequest, TransportFailure, Verdict,
};
use serde_json::Value;

use crate::isolate::{Caller, Exchange, credentials};
use crate::plan::{Grant, Secrets};
use crate::server::Truth;
use crate::watch::{LEASE_MARGIN, Scene, shows_no_secret};
use crate::world::{Event, Place, World};

/// How a token request came to an end, for whoever carries it out.
#[derive(Debug, Clone)]
pub enum Outcome {
    Answered(HttpResponse, Truth),
    Failed(TransportFailure),
}

/// One exchange may hold two credentials and two grants, and each of these requests has what the lease covers: credentials, signature, answer.
const REQUESTS: u64 = 4 * 3;

impl World {
    /// A call begins.
    pub fn call(&mut self, at: usize, must_succeed: bool) {
        let min_validity = if self.dice.u32(0..12) == 0 { self.dice.u64(0..4000) * 1000 } else { 0 };
        let caller = Caller {
            since: Default::default(),
            began: 0,
            min_validity: if must_succeed { 0 } else { min_validity },
            is_token_only: self.dice.u32(0..5) == 0,
            tries: 0,
            first: None,
            wait: 0,
            waits_for: None,
            asked: false,
            must_succeed,
            vanished: 0,
            is_at_api: false,
        };
        self.callers += 1;
        let number = self.callers;
        self.note(at, format_args!("call {number}"));
        let life = self.isolates[at].life;
        self.isolates[at].callers.insert(number, caller);
        if !must_succeed && self.dice.u32(0..10) == 0 {
            let after = self.spread(1, 60_000);
            self.later(after, Event::Cancel { at, life, caller: number });
        }
        self.acquire(at, number);
    }

    fn acquire(&mut self, at: usize, number: u32) {
        let (now, isolate) = (self.now, &mut self.isolates[at]);
        let life = isolate.life;
        let caller = isolate.callers.get_mut(&number).expect("it calls");
        caller.since = isolate.clock.at(now);
        caller.began = now;
        caller.asked = false;
        caller.is_at_api = false;
        caller.tries += 1;
        caller.vanished = isolate.watch.vanished;
        assert!(caller.tries <= 2, "I5: a third try");
        let tries = caller.tries;
        self.later(self.bound(0), Event::Overdue { at, life, caller: number, tries });
        self.advance(at, number);
    }

    /// I2: by then a call has its token or its error, where so many leaders were lost meanwhile.
    fn bound(&self, vanished: u64) -> u64 {
        self.plan.patience + (2 + vanished) * REQUESTS * (self.plan.timeout + LEASE_MARGIN)
    }

    pub fn overdue(&mut self, at: usize, number: u32, tries: u32) {
        let isolate = &self.isolates[at];
        let Some(caller) = isolate.callers.get(&number) else { return };
        if caller.is_at_api || caller.tries != tries {
            return;
        }
        // A clock that is set back takes the lease with it, less what passed since the machine looked.
        let bound = self.bound(isolate.watch.vanished - caller.vanished) + isolate.clock.regained;
        let waited = self.now - caller.began;
        assert!(waited < bound, "I2: call {number} waits since {waited} ms");
        let life = isolate.life;
        self.later(bound - waited, Event::Overdue { at, life, caller: number, tries });
    }

    /// Polls and acts, until there is something to wait for.
    pub fn advance(&mut self, at: usize, number: u32) {
        let now = self.now;
        let Some(caller) = self.isolates[at].callers.get_mut(&number) else { return };
        caller.wait += 1;
        caller.waits_for = None;
        let call = Call { since: caller.since, min_validity: Duration::from_millis(caller.min_validity) };
        let began = caller.began;
        let action = self.tell(at, |machine, local| machine.poll_for(call, local));
        self.check(at, |watch, scene| {
            let mut hand = core::mem::take(&mut watch.hand);
            let is_new = matches!(action, Action::Send(_) | Action::Use { renew: Some(_), .. });
            watch.settled(scene, is_new);
            hand.told(scene, call, began, &action, |serial| watch.sent(serial));
            watch.hand = hand;
        });
        match action {
            Action::Use { token, renew } => {
                if let Some(request) = renew {
                    self.launch(at, request);
                }
                self.use_token(at, number, token);
            }
            Action::Send(request) => {
                let until = request.deadline;
                self.launch(at, request);
                self.wait(at, number, until.since(self.isolates[at].clock.at(now)));
            }
            Action::Wait { until } => self.wait(at, number, until.since(self.isolates[at].clock.at(now))),
            Action::Fail(error) => {
                let isolate = &mut self.isolates[at];
                let caller = isolate.callers.get_mut(&number).expect("it calls");
                if self.plan.secrets == Secrets::Asked && !caller.asked && error.code() == "ERR_REFUSED" {
                    // The secret may have been replaced since it was refused.
                    caller.asked = true;
                    let (life, wait) = (isolate.life, caller.wait);
                    let after = self.spread(1, 500);
                    return self.later(after, Event::Replaced { at, life, caller: number, wait });
                }
                self.settle(at, number, Err(error));
            }
        }
    }

    pub fn replace(&mut self, at: usize, number: u32) {
        let secret = self.server.secrets.1;
        self.isolates[at].machine.replace_credentials(credentials(secret));
        if self.isolates[at].known_secret.replace(secret) != Some(secret) {
            self.check(at, |watch, scene| {
                watch.replaced();
                let is_idle = scene.machine.flight() != "cooldown";
                let is_transient = scene.machine.last_error().is_some_and(|error| error.is_transient());
                assert!(is_idle || is_transient, "I7: other credentials, and the cooldown of the old ones goes on");
            });
        }
        self.advance(at, number);
    }

    /// Until the exchange under way ends, and no longer than that. The timers of a host do not hang on its clock.
    fn wait(&mut self, at: usize, number: u32, span: Duration) {
        let isolate = &mut self.isolates[at];
        let (life, flight) = (isolate.life, isolate.flight);
        let caller = isolate.callers.get_mut(&number).expect("it calls");
        caller.waits_for = flight;
        let wait = caller.wait;
        self.later((span.as_millis() as u64).max(1), Event::Poll { at, life, caller: number, wait });
    }

    /// The call has a token: to the API with it.
    fn use_token(&mut self, at: usize, number: u32, token: Arc<Token>) {
        let caller = self.isolates[at].callers.get_mut(&number).expect("it calls");
        assert_eq!(
            token.headers[0].1.expose(),
            ["Bearer ", token.value.expose()].concat(),
            "I12: not the token of {:?}",
            token.serial
        );
        if let Some(first) = caller.first.filter(|_| caller.tries > 1) {
            assert!(token.serial > first, "I4, I5: tried again with {:?} after {first:?}", token.serial);
        }
        caller.first = Some(token.serial);
        if caller.is_token_only {
            return self.settle(at, number, Ok(200));
        }
        caller.is_at_api = true;
        let life = self.isolates[at].life;
        let after = self.latency();
        self.later(after, Event::AtApi { at, life, caller: number, token });
    }

    /// The API's answer.
    pub fn answered(&mut self, at: usize, number: u32, serial: Serial, status: u16, error: Option<&str>) {
        let challenge = Challenge::new(status, error, None);
        let held = self.isolates[at].machine.token().map(|token| token.serial);
        let Some(caller) = self.isolates[at].callers.get(&number) else { return };
        if status != 401 && status != 403 {
            return self.settle(at, number, Ok(status));
        }
        let is_first = caller.tries == 1;
        let verdict = self.tell(at, |machine, local| machine.on_unauthorized(serial, &challenge, local));
        let is_curable = status == 401 && !error.is_some_and(|error| error.contains("insufficient_scope"));
        self.check(at, |watch, scene| watch.hand.judged(scene, serial, is_curable, held, verdict));
        self.note(at, format_args!("{status} on {serial:?}: {verdict:?}"));
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
                shows_no_secret(error);
                self.note(at, format_args!("call {number} ends: {error}"));
            }
        }
        if caller.must_succeed && self.can_succeed() {
            assert!(outcome == Ok(200), "I8: all is well since long, and call {number} ends with {outcome:?}");
            self.successes += 1;
        }
    }

    /// Begins an exchange that nobody owns.
    fn launch(&mut self, at: usize, request: TokenRequest) {
        self.check(at, |watch, scene| watch.launched(scene, &request));
        let is_asked = matches!(request.next, Next::Credentials);
        assert!(is_asked == (self.plan.secrets == Secrets::Asked), "A7: a secret may have been replaced: {request:?}");
        if let (Next::Send(http), Some(token)) = (&request.next, self.isolates[at].machine.refresh_token()) {
            let body = http.body.as_ref().map(|body| body.expose()).unwrap_or_default();
            assert!(body.contains(&format!("refresh_token={}", token.expose())), "F6: the refresh token is not used");
        }
        self.exchanges += 1;
        let number = self.exchanges;
        self.note(at, format_args!("exchange {number} is {:?}", request.serial));
        let isolate = &mut self.isolates[at];
        let exchange = Exchange {
            serial: request.serial,
            stage: 0,
            requests: 0,
            request: None,
            is_dead: false,
            truth: Truth::Refused,
        };
        isolate.exchanges.insert(number, exchange);
        isolate.flight = Some(number);
        let place = Place { at, life: isolate.life, exchange: number, stage: 0 };
        if self.chance(self.plan.vanishing) {
            let after = self.spread(1, self.plan.timeout);
            let how = crate::plan::pick(&mut self.dice, &[Loss::Silent, Loss::Told, Loss::Mistaken]);
            self.later(after, Event::Vanish { place, how });
        }
        self.carry_out(place, request.next);
    }

    fn carry_out(&mut self, mut place: Place, next: Next) {
        let isolate = &mut self.isolates[place.at];
        let exchange = isolate.exchanges.get_mut(&place.exchange).expect("it runs");
        exchange.stage += 1;
        place.stage = exchange.stage;
        match next {
            Next::Load { .. } | Next::Store { .. } => panic!("S13: nothing is shared here"),
            Next::Credentials => {
                let after = self.spread(1, 400);
                self.later(after, Event::Asked { place });
            }
            Next::Obtain { .. } => panic!("no caller obtains a token here"),
            Next::Sign(_) => {
                let after = self.spread(1, 20);
                self.later(after, Event::Signed { place });
            }
            Next::Send(request) => {
                exchange.requests += 1;
                exchange.request = Some(request.clone());
                isolate.watch.shows(exchange.serial, &request);
                assert!(exchange.requests <= 4, "I11: {:?} asks again and again", exchange.serial);
                let mut limit = self.plan.timeout;
                if self.plan.is_lax && self.dice.u32(0..4) == 0 {
                    limit *= 3;
                    self.isolates[place.at].watch.vanished += 1;
                }
                self.later(limit, Event::Fails { place, failure: TransportFailure::Timeout });
                if !self.chance(self.plan.losses) {
                    let after = self.latency();
                    self.later(after, Event::AtServer { place, request });
                } else if self.dice.bool() {
                    let after = self.latency();
                    let failure = TransportFailure::Network { reason: None, is_permanent: self.dice.bool() };
                    self.later(after, Event::Fails { place, failure });
                }
            }
        }
    }

    /// An exchange got what it waited for.
    pub fn step(
        &mut self,
        place: Place,
        truth: Option<Truth>,
        input: impl FnOnce(&mut bearerkit::Machine, Serial, bearerkit::Timestamp) -> Option<TokenRequest>,
    ) {
        let Some(exchange) = self.running(place) else { return };
        let is_answer = truth.is_some();
        exchange.truth = truth.unwrap_or(exchange.truth);
        let (serial, truth) = (exchange.serial, exchange.truth);
        let refresh_token = self.isolates[place.at].machine.refresh_token().cloned();
        let next = self.tell(place.at, |machine, local| input(machine, serial, local));
        if let Truth::Transient(_) = truth {
            let kept = self.isolates[place.at].machine.refresh_token();
            assert!(kept == refresh_token.as_ref(), "F5: a transient failure costs the refresh token");
        }
        // What was signed by a clock that is off may be signed once more, and the refresh token be shown again.
        if is_answer && !next.as_ref().is_some_and(|request| matches!(request.next, Next::Sign(_))) {
            self.check(place.at, |watch, scene| watch.drops_what_was_refused(scene, serial, truth));
        }
        match next {
            Some(request) => {
                self.check(place.at, |watch, scene| watch.proceeded(scene, &request));
                self.carry_out(place, request.next);
            }
            // A late answer brought the token of the code meanwhile, and a code is shown once: nothing was sent.
            None if !is_answer
                && self.plan.grant == Grant::Code
                && self.isolates[place.at].machine.flight() == "idle" =>
            {
                self.note(place.at, format_args!("{serial:?} is not sent"));
                self.isolates[place.at].watch.unsent(serial);
                self.end(place);
            }
            None => {
                self.note(place.at, format_args!("{serial:?} ends: {truth:?}"));
                self.check(place.at, |watch, scene| watch.landed(scene, serial, truth));
                self.end(place);
            }
        }
    }

    pub fn running(&mut self, place: Place) -> Option<&mut Exchange> {
        let isolate = self.isolates.get_mut(place.at).filter(|isolate| isolate.life == place.life)?;
        let exchange = isolate.exchanges.get_mut(&place.exchange)?;
        (exchange.stage == place.stage && !exchange.is_dead).then_some(exchange)
    }

    pub fn receive(&mut self, place: Place, outcome: Outcome) {
        match outcome {
            Outcome::Answered(response, truth) => {
                let Some(exchange) = self.running(place) else { return };
                let (serial, request) = (exchange.serial, exchange.request.clone());
                let before = self.isolates[place.at].machine.refresh_token().cloned();
                let is_leased = {
                    let isolate = &self.isolates[place.at];
                    isolate.watch.leases(isolate.scene(&self.plan, &self.server, self.now), serial)
                };
                self.step(place, Some(truth), |machine, serial, local| machine.on_response(serial, &response, local));
                if let (Truth::RefreshRefused(_), Grant::ClientCredentials, true) = (truth, self.plan.grant, is_leased)
                {
                    let goes_on = self.isolates[place.at].exchanges.contains_key(&place.exchange);
                    assert!(goes_on, "F7: {serial:?} ends with a refused refresh token, and another grant serves");
                }
                let isolate = &mut self.isolates[place.at];
                let holds = isolate.machine.token().map(|token| token.serial);
                if matches!(truth, Truth::Granted(_)) && holds == Some(serial) {
                    let expected = refresh_token(&response).or(before);
                    let is_kept = isolate.machine.refresh_token() == expected.as_ref();
                    assert!(is_kept, "F6: another refresh token than the one granted");
                    isolate.watch.spends_a_code(&request.expect("it was sent"));
                }
            }
            Outcome::Failed(failure) => {
                let truth = match failure {
                    TransportFailure::TooLarge { .. } => self.too_large(place),
                    _ => Truth::Transient(None),
                };
                self.step(place, Some(truth), |machine, serial, local| {
                    machine.on_failure(serial, failure.clone(), local);
                    None
                });
            }
        }
    }

    /// As an answer, it refuses the refresh token that was shown.
    fn too_large(&mut self, place: Place) -> Truth {
        let shown = self.running(place).and_then(|exchange| {
            let body = exchange.request.as_ref()?.body.as_ref()?.expose();
            body.split('&').find_map(|pair| Some(pair.strip_prefix("refresh_token=")?.to_owned()))
        });
        let number = shown.and_then(|shown| self.server.look_up(&shown));
        match number.filter(|_| self.plan.grant == Grant::ClientCredentials) {
            Some(number) => Truth::RefreshRefused(number),
            None => Truth::Refused,
        }
    }

    /// An answer that comes twice, or late: it may bring the token of a request that was given up, and nothing else.
    pub fn again(&mut self, at: usize, serial: Serial, stage: u32, outcome: Outcome) {
        let is_running = self.isolates[at].exchanges.values().any(|exchange| exchange.serial == serial);
        let Outcome::Answered(response, truth) = outcome else { return };
        // An answer belongs to one request of its exchange, and to no other.
        if is_running || self.isolates[at].silent.get(&serial).is_some_and(|lost| *lost != stage) {
            return;
        }
        let held = self.isolates[at].machine.token().map(|token| token.serial);
        let next = self.tell(at, |machine, local| machine.on_response(serial, &response, local));
        self.note(at, format_args!("{serial:?} is answered again: {truth:?}"));
        match next {
            // Whoever sent it was lost in silence, and its lease still runs.
            Some(request) => self.check(at, |watch, scene| watch.proceeded(scene, &request)),
            // The token that is held already brings nothing.
            None if held == Some(serial) => {}
            None => self.check(at, |watch, scene| watch.landed(scene, serial, truth)),
        }
        let holds = self.isolates[at].machine.token().map(|token| token.serial);
        assert!(holds == held || holds == Some(serial), "I9: {holds:?} took the place of {held:?}");
    }

    /// The exchange is over: those who wait for it poll.
    fn end(&mut self, place: Place) {
        let isolate = &mut self.isolates[place.at];
        isolate.exchanges.remove(&place.exchange);
        self.wake(place);
    }

    fn wake(&mut self, place: Place) {
        let isolate = &mut self.isolates[place.at];
        if isolate.flight == Some(place.exchange) {
            isolate.flight = None;
        }
        let waiting = |(number, caller): (&u32, &Caller)| (caller.waits_for == Some(place.exchange)).then_some(*number);
        for number in isolate.callers.iter().filter_map(waiting).collect::<Vec<_>>() {
            self.advance(place.at, number);
        }
    }

    pub fn vanish(&mut self, place: Place, how: Loss) {
        let isolate = &mut self.isolates[place.at];
        if isolate.life != place.life {
            return;
        }
        let Some(exchange) = isolate.exchanges.get_mut(&place.exchange).filter(|exchange| !exchange.is_dead) else {
            return;
        };
        exchange.is_dead = how != Loss::Mistaken;
        let (serial, stage) = (exchange.serial, exchange.stage);
        isolate.watch.vanished += 1;
        self.note(place.at, format_args!("{serial:?} is lost: {how:?}"));
        if how == Loss::Silent {
            self.isolates[place.at].silent.insert(serial, stage);
            // The promise of a request that has ended never settles.
            self.isolates[place.at].exchanges.remove(&place.exchange);
            return;
        }
        self.tell(place.at, |machine, local| machine.on_lost(serial, local));
        self.check(place.at, |watch, scene| watch.lost(scene, serial));
        if how == Loss::Told {
            self.isolates[place.at].exchanges.remove(&place.exchange);
        }
        self.wake(place);
    }

    pub fn tell<T>(&mut self, at: usize, input: impl FnOnce(&mut bearerkit::Machine, bearerkit::Timestamp) -> T) -> T {
        let (plan, server, now) = (&self.plan, &self.server, self.now);
        self.isolates[at].tell(plan, server, now, input)
    }

    pub fn check(&mut self, at: usize, check: impl FnOnce(&mut crate::watch::Watch, Scene<'_>)) {
        let mut watch = core::mem::take(&mut self.isolates[at].watch);
        check(&mut watch, self.isolates[at].scene(&self.plan, &self.server, self.now));
        self.isolates[at].watch = watch;
    }
}

/// What an answer brings.
fn refresh_token(response: &HttpResponse) -> Option<Secret> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    body["refresh_token"].as_str().map(Secret::new)
}

/// How whoever carries out an exchange goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nobody is told.
    Silent,
    /// Those who wait are told.
    Told,
    /// Those who wait are told, and it is not so: the answer comes late.
    Mistaken,
}
