//! The world: true time, what happens next, and the weather.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;

use bearerkit::{HttpRequest, Serial, Token, TransportFailure};
use fastrand::Rng;

use crate::clock::{Clock, START};
use crate::driver::{Loss, Outcome};
use crate::isolate::{Isolate, credentials};
use crate::plan::{Plan, pick};
use crate::server::Server;
use crate::trace::Trace;
use crate::watch::shows_no_secret;
use crate::weather::ApiMood;

/// A request of an exchange, in an isolate that may have been replaced since.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub at: usize,
    pub life: u32,
    pub exchange: u32,
    pub stage: u32,
}

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
    Cancel {
        at: usize,
        life: u32,
        caller: u32,
    },
    Overdue {
        at: usize,
        life: u32,
        caller: u32,
        tries: u32,
    },
    Replaced {
        at: usize,
        life: u32,
        caller: u32,
        wait: u32,
    },
    Asked {
        place: Place,
    },
    Signed {
        place: Place,
    },
    AtServer {
        place: Place,
        request: HttpRequest,
    },
    Answer {
        place: Place,
        outcome: Outcome,
    },
    /// The answer to a request, once more, or after whoever sent it was lost.
    Again {
        at: usize,
        life: u32,
        serial: Serial,
        stage: u32,
        outcome: Outcome,
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
        error: Option<&'static str>,
    },
    Weather,
    Calm,
}

struct Due {
    at: u64,
    order: u64,
    event: Event,
}

pub struct World {
    pub plan: Plan,
    pub now: u64,
    pub dice: Rng,
    pub server: Server,
    pub isolates: Vec<Isolate>,
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

/// All waits of the storm are over by then: the longest is an hour of `Retry-After`.
pub const RECOVERY: u64 = 3_700_000;

impl World {
    pub fn new(seed: u64, shown: bool) -> Self {
        let mut dice = Rng::with_seed(seed);
        let plan = Plan::of(&mut dice);
        let mut world = World {
            plan,
            now: START,
            dice,
            server: Server::new(),
            isolates: Vec::new(),
            callers: 0,
            exchanges: 0,
            successes: 0,
            hours: 0,
            trace: Trace::new(shown),
            api: ApiMood::Well,
            is_calm: false,
            queue: BinaryHeap::new(),
            order: 0,
        };
        for at in 0..world.plan.isolates {
            let isolate = world.isolate(0);
            world.isolates.push(isolate);
            let left = world.plan.bursts;
            world.later(1, Event::Burst { at, left });
        }
        world.later(1, Event::Weather);
        world.later(world.plan.storm, Event::Calm);
        world
    }

    pub fn isolate(&mut self, life: u32) -> Isolate {
        let offsets = [0, 0, 0, 500, -500, 60_000, -3_600_000, 86_400_000, -86_400_000];
        let clock = Clock::new(pick(&mut self.dice, &offsets), self.dice.i64(-50..=50));
        Isolate::new(&self.plan, life, self.dice.u64(..), clock)
    }

    /// Runs to the end; returns how many steps it took.
    pub fn run(&mut self) -> u64 {
        let plan = format!("{:?}", self.plan);
        self.note(0, format_args!("{plan}"));
        while let Some(Reverse(due)) = self.queue.pop() {
            self.hours += u64::from(due.at / 3_600_000 != self.now / 3_600_000);
            self.now = due.at;
            self.trace.steps += 1;
            assert!(self.trace.steps < 100_000, "I11: this never ends");
            self.happen(due.event);
            if self.trace.steps.is_multiple_of(64) {
                self.shows_nothing();
            }
        }
        self.shows_nothing();
        self.is_at_baseline();
        self.trace.steps
    }

    /// I16: nobody waits, nothing runs, and all that is kept is a token.
    fn is_at_baseline(&mut self) {
        for isolate in &mut self.isolates {
            assert!(isolate.callers.is_empty(), "I2, I16: {:?} wait for ever", isolate.callers);
            assert!(isolate.exchanges.is_empty(), "I16: {:?} run for ever", isolate.exchanges);
            let later = isolate.clock.tell(self.now + RECOVERY);
            isolate.machine.settle(later);
            assert_eq!(isolate.machine.flight(), "idle", "I16");
        }
    }

    /// I13
    fn shows_nothing(&self) {
        for isolate in &self.isolates {
            let shown = format!("{:?}", isolate.machine);
            shows_no_secret(&shown);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Burst { at, left } => self.burst(at, left),
            Event::Last { at, left } => {
                self.call(at, true);
                if left > 0 {
                    let after = self.spread(1, 4_000_000);
                    self.later(after, Event::Last { at, left: left - 1 });
                }
            }
            Event::Poll { at, life, caller, wait } if self.waits(at, life, caller, wait) => self.advance(at, caller),
            Event::Replaced { at, life, caller, wait } if self.waits(at, life, caller, wait) => {
                self.replace(at, caller)
            }
            Event::Cancel { at, life, caller } if self.isolates[at].life == life => {
                self.isolates[at].callers.remove(&caller);
                self.note(at, format_args!("call {caller} is cancelled"));
            }
            Event::Overdue { at, life, caller, tries } if self.isolates[at].life == life => {
                self.overdue(at, caller, tries);
            }
            Event::Asked { place } => self.asked(place),
            Event::Signed { place } => {
                self.step(place, None, |machine, serial, local| machine.on_signature(serial, b"signature", local));
            }
            Event::AtServer { place, request } => self.at_server(place, &request),
            Event::Answer { place, outcome } => self.receive(place, outcome),
            Event::Again { at, life, serial, stage, outcome } if self.isolates[at].life == life => {
                self.again(at, serial, stage, outcome);
            }
            Event::Fails { place, failure } => self.receive(place, Outcome::Failed(failure)),
            Event::Vanish { place, how } => self.vanish(place, how),
            Event::AtApi { at, life, caller, token } => self.at_api(at, life, caller, token),
            Event::Answered { at, life, caller, token, status, error } if self.isolates[at].life == life => {
                self.answered(at, caller, token.serial, status, error);
            }
            Event::Weather => self.weather(),
            Event::Calm => self.calm(),
            Event::Poll { .. }
            | Event::Replaced { .. }
            | Event::Cancel { .. }
            | Event::Overdue { .. }
            | Event::Again { .. }
            | Event::Answered { .. } => {}
        }
    }

    fn waits(&self, at: usize, life: u32, caller: u32, wait: u32) -> bool {
        let isolate = &self.isolates[at];
        isolate.life == life && isolate.callers.get(&caller).is_some_and(|caller| caller.wait == wait)
    }

    fn burst(&mut self, at: usize, left: u32) {
        if self.is_calm {
            return;
        }
        let most = if self.dice.u32(0..4) == 0 { 12 } else { 3 };
        for _ in 0..self.dice.u32(1..most) {
            self.call(at, false);
        }
        if left > 0 {
            let gap = self.plan.storm / u64::from(self.plan.bursts) * 2;
            let after = self.spread(1, gap);
            self.later(after, Event::Burst { at, left: left - 1 });
        }
    }

    fn asked(&mut self, place: Place) {
        if self.running(place).is_none() {
            return;
        }
        if self.chance(self.plan.losses / 4) {
            let is_wrong = self.dice.bool();
            return self.step(place, Some(crate::server::Truth::Transient(None)), |machine, serial, local| {
                if is_wrong {
                    machine.on_unable(serial, "credentials.client_id", "expected a string", local);
                } else {
                    machine.on_credentials_failure(serial, "the store is down", local);
                }
                None
            });
        }
        let secret = self.server.secrets.1;
        self.step(place, None, |machine, serial, local| machine.on_credentials(serial, credentials(secret), local));
        // Unless they came too late, and it is not told of them.
        let isolate = &mut self.isolates[place.at];
        if isolate.machine.credentials() == Some(&credentials(secret)) {
            isolate.known_secret = Some(secret);
        }
    }

    fn at_server(&mut self, place: Place, request: &HttpRequest) {
        let Some(answer) = self.server.serve(&self.plan, request, self.now, &mut self.dice) else { return };
        let outcome = Outcome::Answered(answer.response, answer.truth);
        if self.chance(self.plan.losses) {
            return;
        }
        let after = self.latency();
        if self.chance(self.plan.losses / 8) {
            return self.later(after, Event::Fails { place, failure: TransportFailure::TooLarge { status: 200 } });
        }
        if self.chance(self.plan.duplicates) {
            let again = self.spread(after, self.plan.timeout * 3);
            let serial = self.isolates[place.at].exchanges.get(&place.exchange).map(|exchange| exchange.serial);
            if let Some(serial) = serial.filter(|_| self.isolates[place.at].life == place.life) {
                self.later(
                    again,
                    Event::Again {
                        at: place.at,
                        life: place.life,
                        serial,
                        stage: place.stage,
                        outcome: outcome.clone(),
                    },
                );
            }
        }
        self.later(after, Event::Answer { place, outcome });
    }

    pub fn later(&mut self, after: u64, event: Event) {
        self.order += 1;
        self.queue.push(Reverse(Due { at: self.now + after, order: self.order, event }));
    }

    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.dice.u32(0..1000) < per_mille
    }

    /// Between the two, each order of magnitude as likely as any other.
    pub fn spread(&mut self, least: u64, most: u64) -> u64 {
        let (least, most) = (least.max(1) as f64, most.max(2) as f64);
        (least * (most / least).powf(self.dice.f64())) as u64
    }

    pub fn latency(&mut self) -> u64 {
        if self.is_calm {
            return self.dice.u64(1..100);
        }
        let most = if self.dice.u32(0..8) == 0 { self.plan.timeout * 3 } else { 500 };
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
