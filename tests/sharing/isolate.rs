//! One isolate: a machine, a clock of its own, its callers and the exchanges that they began.

use std::collections::BTreeMap;

use bearerkit::{HttpRequest, Machine, Serial, Timestamp};

use crate::clock::Clock;
use crate::judge::Watch;
use crate::server::Truth;

pub struct Isolate {
    /// Which one of those that had this place.
    pub life: u32,
    /// Where it runs.
    pub colo: usize,
    pub machine: Machine,
    pub clock: Clock,
    pub watch: Watch,
    pub callers: BTreeMap<u32, Caller>,
    pub exchanges: BTreeMap<u32, Exchange>,
    /// The exchange that the machine's flight is, while it is one.
    pub flight: Option<u32>,
}

impl Isolate {
    /// By how many ms its clock is ahead.
    pub fn ahead(&self, now: u64) -> i64 {
        self.clock.at(now).as_millis() as i64 - now as i64
    }
}

/// One call, as it goes through the driver.
#[derive(Debug)]
pub struct Caller {
    pub since: Timestamp,
    /// `since`, by true time.
    pub began: u64,
    pub min_validity: u64,
    pub tries: u32,
    /// Each wait has a number: what wakes an earlier one is too late.
    pub wait: u32,
    pub waits_for: Option<u32>,
    pub is_at_api: bool,
    pub must_succeed: bool,
}

/// A token request, or an errand, as the driver carries it out. Nobody owns it.
#[derive(Debug, Default)]
pub struct Exchange {
    pub serial: Serial,
    pub began: u64,
    /// Each of its steps has a number.
    pub stage: u32,
    pub request: Option<HttpRequest>,
    /// Nothing of what happens to it is told any more.
    pub is_dead: bool,
    /// What it read or wrote last: what the next write is over.
    pub over: Option<String>,
    /// What it writes.
    pub writes: Option<String>,
    /// What it read last, and when that was so.
    pub read: Option<(u64, Option<String>)>,
    /// A call of the store failed in it.
    pub failed: bool,
    /// The last thing that it did was to take a lease, which was there from then on.
    pub leased: Option<u64>,
    /// Which of the judge's showings its request is.
    pub showing: Option<usize>,
    pub why: Why,
    pub truth: Option<Truth>,
    /// A refresh token of it was refused.
    pub has_doubted: bool,
    /// When the server answered.
    pub served: u64,
}

/// Why an exchange was begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Why {
    #[default]
    Needed,
    /// A call wants more than is there.
    Stretches,
    /// It tells the fleet of a revocation.
    Revoked,
}

/// A step of an exchange, in an isolate that may have been replaced since.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub at: usize,
    pub life: u32,
    pub exchange: u32,
    pub stage: u32,
}
