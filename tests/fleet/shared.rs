//! The same day where the isolates share a store. They meet in it, and so they live through the day together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bearerkit::{Action, Challenge, ClientConfig, Machine, Next, Serial, Sharing, Stored, TokenRequest};

use crate::engine::{Engine, Outcome};
use crate::{ANSWERS_AFTER, CALLS_EVERY, DAY, START, STORM, answer, at, until};

/// How long a read and a write of the store take.
const STORE_TAKES: u64 = 10;
/// Over so many colos the isolates are spread; a value may be a minute old in those where it was not written.
const COLOS: usize = 20;
/// So often a call that fails in a cooldown may find something new.
const LOOKS_EVERY: u64 = 5_000;

/// An exchange that is carried out: what its next write is over.
struct Running {
    serial: Serial,
    over: Option<String>,
}

struct Isolate {
    machine: Machine,
    running: BTreeMap<u32, Running>,
    /// Only the poll that was arranged last counts.
    turn: u32,
    is_refused: bool,
}

enum Event {
    Poll(u32),
    Read(u32),
    Write(u32, String),
    Answer(u32),
}

pub struct Fleet {
    engine: Engine,
    isolates: Vec<Isolate>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, (usize, Event)>,
    order: u64,
    exchanges: u32,
    lifetime: u64,
    storms: bool,
    seconds: Vec<u64>,
}

impl Fleet {
    /// The token requests of each second of a day.
    pub fn day(isolates: u64, lifetime: u64, storms: bool, sharing: Sharing, client: &ClientConfig) -> Vec<u64> {
        let client = client.clone().with_sharing(sharing);
        let one = |seed| Isolate {
            machine: Machine::new(client.clone(), seed),
            running: BTreeMap::new(),
            turn: 0,
            is_refused: false,
        };
        let mut fleet = Fleet {
            engine: Engine::new(sharing, COLOS),
            isolates: (0..isolates).map(one).collect(),
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            order: 0,
            exchanges: 0,
            lifetime,
            storms,
            seconds: vec![0; (DAY / 1000) as usize + START],
        };
        for number in 0..isolates {
            fleet.later(number * 1000 / isolates, number as usize, Event::Poll(0));
        }
        while let Some(Reverse((now, order))) = fleet.queue.pop() {
            let (number, event) = fleet.events.remove(&order).expect("queued once");
            if now < DAY {
                fleet.happen(number, event, now);
            }
        }
        fleet.seconds
    }

    fn later(&mut self, at: u64, number: usize, event: Event) {
        self.order += 1;
        self.queue.push(Reverse((at, self.order)));
        self.events.insert(self.order, (number, event));
    }

    fn happen(&mut self, number: usize, event: Event, now: u64) {
        match event {
            Event::Poll(turn) if self.isolates[number].turn == turn => self.poll(number, now),
            Event::Poll(_) => {}
            Event::Read(exchange) => {
                let value = self.engine.get(number % COLOS, now);
                let isolate = &mut self.isolates[number];
                let Some(running) = isolate.running.get_mut(&exchange) else { return };
                let found = self.engine.open(value.as_deref());
                let next = isolate.machine.on_loaded(running.serial, found, at(now));
                running.over = value;
                self.go_on(number, exchange, next, now);
            }
            Event::Write(exchange, value) => {
                let isolate = &mut self.isolates[number];
                let Some(running) = isolate.running.get_mut(&exchange) else { return };
                let outcome = match self.engine.set(&value, running.over.as_deref(), number % COLOS, now) {
                    Outcome::Written => Stored::Written,
                    Outcome::Outdone => Stored::Outdone,
                    Outcome::Limited => Stored::Failed,
                };
                if outcome == Stored::Written {
                    running.over = Some(value);
                }
                let next = isolate.machine.on_stored(running.serial, outcome, at(now));
                self.go_on(number, exchange, next, now);
            }
            Event::Answer(exchange) => {
                let is_busy = self.storms && STORM.contains(&(now - ANSWERS_AFTER));
                let response = answer(is_busy, now, self.lifetime);
                let isolate = &mut self.isolates[number];
                let serial = isolate.running[&exchange].serial;
                let next = isolate.machine.on_response(serial, &response, at(now));
                self.go_on(number, exchange, next, now);
            }
        }
    }

    /// Carries out what comes next. Whoever waits polls as soon as the flight is over.
    fn go_on(&mut self, number: usize, exchange: u32, next: Option<TokenRequest>, now: u64) {
        match next {
            Some(request) => self.carry_out(number, exchange, request.next, now),
            None => {
                self.isolates[number].running.remove(&exchange);
            }
        }
        if self.isolates[number].machine.flight() != "in_flight" {
            self.poll(number, now);
        }
    }

    fn carry_out(&mut self, number: usize, exchange: u32, next: Next, now: u64) {
        match next {
            Next::Load { at } => self.later(until(at).max(now) + STORE_TAKES, number, Event::Read(exchange)),
            Next::Store { record, .. } => {
                let value = self.engine.seal(record.expose());
                self.later(now + STORE_TAKES, number, Event::Write(exchange, value));
            }
            Next::Send(_) => {
                self.seconds[(now / 1000) as usize] += 1;
                self.later(now + ANSWERS_AFTER, number, Event::Answer(exchange));
            }
            other => panic!("nothing else is needed here: {other:?}"),
        }
    }

    fn poll(&mut self, number: usize, now: u64) {
        let isolate = &mut self.isolates[number];
        let next = match isolate.machine.poll(at(now)) {
            Action::Use { token, renew: None } if self.storms && !isolate.is_refused && STORM.contains(&now) => {
                isolate.is_refused = true;
                isolate.machine.on_unauthorized(token.serial, &Challenge::new(401, None, None), at(now));
                return self.poll(number, now);
            }
            Action::Use { token, renew } => {
                let next = until(token.renew_at).max(now + CALLS_EVERY);
                let next = if self.storms && now < STORM.start { next.min(STORM.start) } else { next };
                if let Some(request) = renew {
                    self.begin(number, request, now);
                }
                now + (next - now).next_multiple_of(CALLS_EVERY)
            }
            Action::Send(request) => return self.begin(number, request, now),
            // Until its flight ends, or the cooldown.
            Action::Wait { until: end } => until(end).max(now + 1),
            Action::Fail(error) => {
                let next = error.retry_at().map_or(now + LOOKS_EVERY, until).clamp(now + 1, now + LOOKS_EVERY);
                now + (next - now).next_multiple_of(CALLS_EVERY)
            }
        };
        let isolate = &mut self.isolates[number];
        isolate.turn += 1;
        let turn = isolate.turn;
        self.later(next, number, Event::Poll(turn));
    }

    fn begin(&mut self, number: usize, request: TokenRequest, now: u64) {
        self.exchanges += 1;
        let running = Running { serial: request.serial, over: None };
        self.isolates[number].running.insert(self.exchanges, running);
        self.carry_out(number, self.exchanges, request.next, now);
    }
}
