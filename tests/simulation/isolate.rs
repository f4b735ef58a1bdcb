//! One isolate: a machine, a clock of its own, its callers and the exchanges that they began.

use std::collections::BTreeMap;

use bearerkit::{ClientConfig, Credentials, HttpRequest, Machine, Serial, Timestamp};

use crate::clock::Clock;
use crate::plan::{Plan, secret};
use crate::server::{Server, Truth};
use crate::watch::{Scene, Watch};

pub struct Isolate {
    /// Which one of those that had this place.
    pub life: u32,
    pub machine: Machine,
    pub clock: Clock,
    pub watch: Watch,
    pub callers: BTreeMap<u32, Caller>,
    pub exchanges: BTreeMap<u32, Exchange>,
    /// The exchange that was begun last, while it runs.
    pub flight: Option<u32>,
    /// What the machine was asked for and handed out last, where a function knows the credentials.
    pub known_secret: Option<u32>,
    /// The requests whose leader was lost in silence, and at which stage: their lease still runs.
    pub silent: BTreeMap<Serial, u32>,
}

/// One call, as it goes through the driver.
#[derive(Debug)]
pub struct Caller {
    pub since: Timestamp,
    /// `since`, by true time.
    pub began: u64,
    pub min_validity: u64,
    /// It only wants the token.
    pub is_token_only: bool,
    pub tries: u32,
    pub first: Option<Serial>,
    /// Each wait has a number: what wakes an earlier one is too late.
    pub wait: u32,
    /// The exchange that it waits for.
    pub waits_for: Option<u32>,
    pub asked: bool,
    /// It must succeed: all is well.
    pub must_succeed: bool,
    /// How many leaders were lost when it began to wait.
    pub vanished: u64,
    pub is_at_api: bool,
}

/// A token request as the driver carries it out. Nobody owns it.
#[derive(Debug)]
pub struct Exchange {
    pub serial: Serial,
    /// Each of its requests has a number.
    pub stage: u32,
    /// How often the token endpoint was asked: by two credentials and two grants at the most.
    pub requests: u32,
    /// The last one.
    pub request: Option<HttpRequest>,
    /// Nothing of what happens to it is told any more.
    pub is_dead: bool,
    /// What its last answer meant.
    pub truth: Truth,
}

impl Isolate {
    pub fn new(plan: &Plan, life: u32, seed: u64, clock: Clock) -> Self {
        let client: ClientConfig = plan.client.clone();
        Isolate {
            life,
            machine: Machine::new(client, seed),
            clock,
            watch: Watch::default(),
            callers: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            flight: None,
            known_secret: None,
            silent: BTreeMap::new(),
        }
    }

    pub fn scene<'s>(&'s self, plan: &'s Plan, server: &'s Server, now: u64) -> Scene<'s> {
        Scene { plan, server, machine: &self.machine, clock: &self.clock, now }
    }

    /// Tells the machine something and checks what must hold afterwards.
    pub fn tell<T>(
        &mut self,
        plan: &Plan,
        server: &Server,
        now: u64,
        input: impl FnOnce(&mut Machine, Timestamp) -> T,
    ) -> T {
        let local = self.clock.tell(now);
        let output = input(&mut self.machine, local);
        self.look(plan, server, now);
        output
    }

    /// Checks what must hold at any time.
    pub fn look(&mut self, plan: &Plan, server: &Server, now: u64) {
        let Isolate { machine, clock, watch, .. } = self;
        let scene = Scene { plan, server, machine, clock, now };
        let mut hand = core::mem::take(&mut watch.hand);
        hand.look(scene, |serial| watch.sent(serial));
        watch.hand = hand;
    }
}

pub fn credentials(generation: u32) -> Credentials {
    Credentials::new().with("client_id", "app").with("client_secret", secret(generation))
}
