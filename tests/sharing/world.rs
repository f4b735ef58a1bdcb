//! The world: true time, what happens next, and the weather.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;

use bearerkit::{HttpRequest, Machine, Token, TransportFailure};
use fastrand::Rng;

use crate::clock::{Clock, START};
use crate::driver::{Answer, Loss, Reply};
use crate::engine::{Down, Engine};
use crate::isolate::{Isolate, Place, Why};
use crate::judge::{Judge, Watch};
use crate::plan::{Clocks, Grant, MARK, Plan, pick};
use crate::server::{Mood, Server};
use crate::trace::Trace;

pub enum Event {
    Burst {
        at: usize,
        left: u32,
    },
    /// A call when all has been well for long.
    Last {
        at: usize,
        left: u32,
    },
    Poll {
        at: usize,
        life: u32,
        caller: u32,
        wait: u32,
    },
    Overdue {
        at: usize,
        life: u32,
        caller: u32,
        tries: u32,
        disturbances: u64,
    },
    Asked {
        place: Place,
    },
    /// It is time to look at the store.
    Reads {
        place: Place,
    },
    AtStore {
        place: Place,
        value: Option<String>,
        over: Option<String>,
        back: Option<u64>,
    },
    Replied {
        place: Place,
        reply: Reply,
    },
    AtServer {
        place: Place,
        request: HttpRequest,
    },
    Comes {
        place: Place,
        answer: Answer,
    },
    Fails {
        place: Place,
        failure: TransportFailure,
    },
    Vanish {
        place: Place,
        how: Loss,
    },
    AtApi {
        at: usize,
        life: u32,
        caller: u32,
        token: Arc<Token>,
    },
    Answered {
        at: usize,
        life: u32,
        caller: u32,
        token: Arc<Token>,
        status: u16,
    },
    Back,
    Weather,
    Calm,
}

struct Due {
    at: u64,
    order: u64,
    event: Event,
}

/// How the API feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiMood {
    Well,
    /// 401, whatever it is shown.
    Closed,
}

pub struct World {
    pub plan: Plan,
    pub now: u64,
    pub dice: Rng,
    pub server: Server,
    pub engine: Engine,
    pub isolates: Vec<Isolate>,
    pub judge: Judge,
    /// How many there were, ever.
    pub callers: u32,
    pub exchanges: u32,
    pub successes: u32,
    /// In how many hours something happened.
    pub hours: u64,
    pub trace: Trace,
    pub api: ApiMood,
    pub is_calm: bool,
    queue: BinaryHeap<Reverse<Due>>,
    order: u64,
}

/// All cooldowns, breakers and leases of the storm are over by then.
const RECOVERY: u64 = 700_000;

impl World {
    pub fn new(seed: u64, shown: bool) -> Self {
        let mut dice = Rng::with_seed(seed);
        let plan = Plan::of(&mut dice);
        World::of(plan, dice, shown)
    }

    pub fn of(plan: Plan, dice: Rng, shown: bool) -> Self {
        let mut world = World {
            engine: Engine::new(plan.sharing, plan.colos),
            now: START,
            dice,
            server: Server::new(),
            isolates: Vec::new(),
            judge: Judge::default(),
            callers: 0,
            exchanges: 0,
            successes: 0,
            hours: 0,
            trace: Trace::new(shown),
            api: ApiMood::Well,
            is_calm: false,
            queue: BinaryHeap::new(),
            order: 0,
            plan,
        };
        for at in 0..world.plan.isolates {
            let isolate = world.isolate(0);
            world.isolates.push(isolate);
            let left = world.plan.bursts;
            let after = world.dice.u64(0..2_000);
            world.later(after, Event::Burst { at, left });
        }
        world.later(1, Event::Weather);
        world.later(world.plan.storm, Event::Calm);
        world
    }

    fn isolate(&mut self, life: u32) -> Isolate {
        let offsets = [0, 0, 0, 0, 0, 0, 0, 0, 300_000, -300_000, 20_000, -20_000];
        let (offset, ppm) = match self.plan.clocks {
            Clocks::Right => (0, 0),
            Clocks::Skewed => (pick(&mut self.dice, &offsets), 0),
            Clocks::Wild => (pick(&mut self.dice, &offsets), self.dice.i64(-50..=50)),
        };
        Isolate {
            life,
            colo: self.dice.usize(..self.plan.colos),
            machine: Machine::new(self.plan.client.clone(), self.dice.u64(..)),
            clock: Clock::new(offset, ppm),
            watch: Watch::default(),
            callers: Default::default(),
            exchanges: Default::default(),
            flight: None,
        }
    }

    /// Runs to the end; returns how many steps it took.
    pub fn run(&mut self) -> u64 {
        let plan = format!("{:?}", self.plan);
        self.note(0, format_args!("{plan}"));
        while let Some(Reverse(due)) = self.queue.pop() {
            self.hours += u64::from(due.at / 3_600_000 != self.now / 3_600_000);
            self.now = due.at;
            self.trace.steps += 1;
            assert!(self.trace.steps < 1_000_000, "S9: this never ends");
            self.happen(due.event);
            if self.trace.steps.is_multiple_of(256) {
                self.shows_nothing();
            }
        }
        self.shows_nothing();
        for isolate in &self.isolates {
            assert!(isolate.callers.is_empty(), "S7: {:?} wait for ever", isolate.callers);
        }
        self.trace.steps
    }

    /// S11, as far as it is the core's: what is shown of a machine shows no secret.
    fn shows_nothing(&self) {
        for isolate in &self.isolates {
            let shown = format!("{:?}", isolate.machine);
            assert!(!shown.contains(MARK), "S11: {shown}");
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Burst { at, left } => self.burst(at, left),
            Event::Last { at, left } => {
                self.call(at, true);
                if left > 0 {
                    let after = self.spread(1, self.plan.life);
                    self.later(after, Event::Last { at, left: left - 1 });
                }
            }
            Event::Poll { at, life, caller, wait } => {
                let isolate = &self.isolates[at];
                if isolate.life == life && isolate.callers.get(&caller).is_some_and(|caller| caller.wait == wait) {
                    self.advance(at, caller);
                }
            }
            Event::Overdue { at, life, caller, tries, disturbances } if self.isolates[at].life == life => {
                self.overdue(at, caller, tries, disturbances);
            }
            Event::Asked { place } => self.asked(place),
            Event::Reads { place } => self.call_store(place),
            Event::AtStore { place, value, over, back } => self.at_store(place, value, over.as_deref(), back),
            Event::Replied { place, reply } => self.replied(place, reply),
            Event::AtServer { place, request } => self.at_server(place, &request),
            Event::Comes { place, answer } => self.receive(place, answer),
            Event::Fails { place, failure } => self.receive(place, Answer::Failed(failure)),
            Event::Vanish { place, how } => self.vanish(place, how),
            Event::AtApi { at, life, caller, token } => {
                let issued = self.server.issued(token.value.expose()).expect("S10: a token of this server");
                let is_good = !issued.is_revoked && self.now < issued.expires && self.api == ApiMood::Well;
                let status = if is_good { 200 } else { 401 };
                let after = self.latency();
                self.later(after, Event::Answered { at, life, caller, token, status });
            }
            Event::Answered { at, life, caller, token, status } if self.isolates[at].life == life => {
                self.answered(at, caller, &token, status);
            }
            Event::Back => {
                self.engine.down = None;
                let now = self.now;
                self.judge.disturbed(now);
                self.note(0, format_args!("the store is back"));
            }
            Event::Weather => self.weather(),
            Event::Calm => self.calm(),
            Event::Overdue { .. } | Event::Answered { .. } => {}
        }
    }

    fn burst(&mut self, at: usize, left: u32) {
        if self.is_calm {
            return;
        }
        let most = if self.dice.u32(0..4) == 0 { 6 } else { 2 };
        for _ in 0..self.dice.u32(1..=most) {
            self.call(at, false);
        }
        if left > 0 {
            let gap = self.plan.storm / u64::from(self.plan.bursts) * 2;
            let after = if self.dice.bool() { self.dice.u64(0..gap) } else { self.spread(1, gap) };
            self.later(after, Event::Burst { at, left: left - 1 });
        }
    }

    fn at_server(&mut self, place: Place, request: &HttpRequest) {
        let Some((response, truth)) = self.server.serve(&self.plan, request, self.now, &mut self.dice) else { return };
        self.note(place.at, format_args!("exchange {} is answered: {truth:?}", place.exchange));
        let now = self.now;
        if let Some(exchange) = self.running(place) {
            exchange.served = now;
        }
        if self.chance(self.plan.losses) {
            return;
        }
        let after = self.latency();
        self.later(after, Event::Comes { place, answer: Answer::Came(response, truth) });
    }

    /// Something changes: the server, the API, the store, a clock, an isolate.
    fn weather(&mut self) {
        if self.is_calm {
            return;
        }
        let at = self.dice.usize(..self.isolates.len());
        match self.dice.u32(0..16) {
            0..4 if self.plan.moods => {
                let moods = [Mood::Well, Mood::Well, Mood::Down, Mood::Busy, Mood::Busy, Mood::Silent, Mood::Refusing];
                self.server.mood = pick(&mut self.dice, &moods);
                let mood = self.server.mood;
                self.note(at, format_args!("the server is {mood:?}"));
            }
            4 if self.plan.refusals => {
                self.api = pick(&mut self.dice, &[ApiMood::Well, ApiMood::Closed]);
                let mood = self.api;
                self.note(at, format_args!("the API is {mood:?}"));
            }
            5 if self.plan.refusals => {
                self.server.revoke_all();
                self.api = ApiMood::Well;
                self.note(at, format_args!("every token is revoked"));
            }
            6 if self.plan.refusals => self.take_back(at),
            7..9 if self.plan.deaths => self.die(at),
            9..11 if self.plan.faults.outages && self.engine.down.is_none() => {
                self.engine.down = Some(pick(&mut self.dice, &[Down::Refuses, Down::Hangs]));
                let most = pick(&mut self.dice, &[10_000, 60_000, 900_000]);
                let after = self.spread(1_000, most);
                self.later(after, Event::Back);
                let now = self.now;
                self.judge.disturbed(now);
                self.note(at, format_args!("the store is down for {after} ms"));
            }
            11..13 if self.plan.faults.garbage => {
                // A store that evicts loses chains: the README says so, and nothing else can be done.
                let may_evict = self.plan.grant != Grant::Refresh;
                let now = self.now;
                let put = self.engine.clobber(&mut self.dice, may_evict, now);
                self.judge.clobbered(now);
                self.note(at, format_args!("the store has {put}"));
            }
            13..16 if self.plan.clocks == Clocks::Wild => {
                let span: i64 = pick(&mut self.dice, &[300, 1_500, 20_000, 120_000, 300_000]);
                let by = if self.dice.bool() { span } else { -span };
                let now = self.now;
                let isolate = &mut self.isolates[at];
                isolate.clock.jump(by);
                isolate.watch.jumps.push(now);
                self.note(at, format_args!("the clock is set by {by}"));
            }
            _ => {}
        }
        let after = self.spread(1, self.plan.storm / 8);
        self.later(after, Event::Weather);
    }

    /// A caller invalidates the token, or revokes all that there is where a grant is left.
    fn take_back(&mut self, at: usize) {
        let Some(value) = self.isolates[at].machine.token().map(|token| token.value.expose().to_owned()) else {
            return;
        };
        let is_for_all = self.plan.grant != Grant::Refresh && self.dice.bool();
        self.note(at, format_args!("{value} is taken back{}", if is_for_all { " everywhere" } else { "" }));
        self.judged(|judge, world| judge.refuses(&mut world.isolates[at], &value));
        if !is_for_all {
            return self.tell(at, |machine, _| machine.invalidate());
        }
        if let Some(request) = self.tell(at, |machine, local| machine.forget_everywhere(local)) {
            self.launch(at, request, Why::Revoked);
        }
    }

    fn die(&mut self, at: usize) {
        let now = self.now;
        let gone = core::mem::take(&mut self.isolates[at].exchanges);
        for exchange in gone.values() {
            self.judge.vanished(now, exchange.showing);
        }
        self.judge.disturbed(now);
        self.isolates[at] = self.isolate(self.isolates[at].life + 1);
        self.note(at, format_args!("dies"));
    }

    /// From here on all is well.
    fn calm(&mut self) {
        self.note(0, format_args!("calm"));
        self.is_calm = true;
        self.server.mood = Mood::Well;
        self.api = ApiMood::Well;
        self.engine.down = None;
        self.plan.faults = Default::default();
        (self.plan.losses, self.plan.vanishing) = (0, 0);
        for at in 0..self.isolates.len() {
            let after = self.spread(RECOVERY, RECOVERY * 2);
            self.later(after, Event::Last { at, left: 4 });
        }
    }

    /// Not where the chain of refresh tokens is broken: the judge has counted why. Nor where a clock is behind: two tokens in a row
    /// may have ended without that it knows, and a call has one retry.
    pub fn can_succeed(&self, at: usize) -> bool {
        let clock = &self.isolates[at].clock;
        let is_behind =
            clock.at(self.now).as_millis() + 2_000 < self.now || self.furthest_ahead() > 0 && !self.plan.sends_date;
        if is_behind {
            return false;
        }
        if self.plan.grant != Grant::Refresh {
            return true;
        }
        if self.engine.clobbered_at > 0 && !self.plan.is_atomic() {
            // A data centre may have it in its cache, and the configured refresh token may be spent: nothing is presented.
            return false;
        }
        let known = self.engine.now().and_then(|seen| seen.refresh.as_deref());
        known.is_some_and(|refresh| self.server.honours(refresh, &self.plan, self.now))
    }

    /// How far ahead any clock may ever have been.
    pub fn furthest_ahead(&self) -> u64 {
        match self.plan.clocks {
            Clocks::Right => 0,
            Clocks::Skewed => 300_000,
            Clocks::Wild => 3_600_000,
        }
    }

    pub fn later(&mut self, after: u64, event: Event) {
        self.order += 1;
        self.queue.push(Reverse(Due { at: self.now + after, order: self.order, event }));
    }

    pub fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.dice.u32(0..1000) < per_mille
    }

    /// Between the two, each order of magnitude as likely as any other.
    pub fn spread(&mut self, least: u64, most: u64) -> u64 {
        let (least, most) = (least.max(1) as f64, most.max(2) as f64);
        (least * (most / least).powf(self.dice.f64())) as u64
    }

    pub fn latency(&mut self) -> u64 {
        if self.is_calm || self.plan.losses == 0 {
            return self.dice.u64(1..200);
        }
        let most = if self.dice.u32(0..12) == 0 { self.plan.timeout * 2 } else { 500 };
        self.spread(1, most)
    }

    pub fn store_latency(&mut self) -> u64 {
        if self.is_calm || self.plan.faults.hangs == 0 {
            return self.dice.u64(1..20);
        }
        let most = if self.dice.u32(0..20) == 0 { self.plan.limit * 2 } else { 100 };
        self.spread(1, most)
    }

    pub fn note(&mut self, at: usize, what: fmt::Arguments<'_>) {
        self.trace.note(self.now - START, format_args!("{at}: {what}"));
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Due {}
