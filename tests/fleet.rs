//! A day of a fleet: what its isolates, each with a machine of its own, ask of one token endpoint. The guide (www/guide/how-it-works.md) has the table.
//!
//! ```sh
//! npm run fleet
//! ```
//!
//! All isolates start within one second, as they do after a deployment, and each has a call every second. In the storm, at
//! noon, the API refuses every token, and for ten minutes the token endpoint answers 429 with `Retry-After: 30`.
#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code, unreachable_pub)] // it is the simulation's, with every fault there is
#[path = "sharing/engine.rs"]
mod engine;
#[allow(dead_code, unreachable_pub)]
#[path = "sharing/plan.rs"]
mod plan;
#[allow(unreachable_pub)]
#[path = "fleet/shared.rs"]
mod shared;
mod support;

use bearerkit::{Action, Challenge, ClientConfig, HttpResponse, Machine, Sharing, Timestamp, TokenRequest};
use serde_json::json;
use support::plain_options;

const DAY: u64 = 86_400_000;
const CALLS_EVERY: u64 = 1_000;
const ANSWERS_AFTER: u64 = 200;
const STORM: std::ops::Range<u64> = DAY / 2..DAY / 2 + 600_000;
/// The start of the fleet has nothing to do with how it goes on.
const START: usize = 60;

/// What is switched off, to see what it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    Nothing,
    Jitter,
    Cooldown,
}

struct Isolate {
    machine: Machine,
    client: ClientConfig,
    seed: u64,
    lacks: Lacks,
    lifetime: u64,
    storms: bool,
}

impl Isolate {
    /// The instants, in ms of the day, at which it asks for a token.
    fn day(mut self, begin: u64) -> Vec<u64> {
        let mut asked = Vec::new();
        let mut now = begin;
        let mut is_refused = false;
        while now < DAY {
            let next = match self.machine.poll(at(now)) {
                Action::Use { token, renew: None } if self.storms && !is_refused && STORM.contains(&now) => {
                    is_refused = true;
                    self.machine.on_unauthorized(token.serial, &Challenge::new(401, None, None), at(now));
                    now
                }
                Action::Use { token, renew } => match renew {
                    Some(request) => self.ask(&request, now, &mut asked),
                    None if self.storms && now < STORM.start => until(token.renew_at).min(STORM.start),
                    None => until(token.renew_at),
                },
                Action::Send(request) => self.ask(&request, now, &mut asked),
                Action::Wait { until: end } => until(end),
                Action::Fail(error) => until(error.retry_at().expect("a cooldown")),
            };
            // What is due between two calls is done by the next one, but whoever waits for a cooldown is there at its end.
            let is_awaited = self.machine.flight() == "cooldown";
            now = if is_awaited { next } else { now + (next - now).next_multiple_of(CALLS_EVERY) };
        }
        asked
    }

    /// Sends a request and takes the answer; returns when the next call has something to do.
    fn ask(&mut self, request: &TokenRequest, now: u64, asked: &mut Vec<u64>) -> u64 {
        asked.push(now);
        let answered = now + ANSWERS_AFTER;
        let response = answer(self.storms && STORM.contains(&now), now, self.lifetime);
        self.machine.on_response(request.serial, &response, at(answered));
        if self.machine.flight() != "cooldown" {
            return answered;
        }
        if self.lacks == Lacks::Cooldown {
            self.machine = Machine::new(self.client.clone(), self.seed);
            return answered;
        }
        until(self.machine.next_request_at(at(answered)))
    }
}

/// The token endpoint's answer; `is_busy`: it has no token for anybody.
fn answer(is_busy: bool, now: u64, lifetime: u64) -> HttpResponse {
    if is_busy {
        return HttpResponse { status: 429, headers: vec![("retry-after".into(), "30".into())], body: Vec::new() };
    }
    let body = json!({ "access_token": format!("t{now}"), "expires_in": lifetime }).to_string();
    HttpResponse { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn until(at: Timestamp) -> u64 {
    at.as_millis() - 1_700_000_000_000
}

/// The token requests of each second of a day.
fn seconds(isolates: u64, lifetime: u64, storms: bool, lacks: Lacks) -> Vec<u64> {
    let client = ClientConfig::from_json(&plain_options().to_string()).expect("good options");
    let mut seconds = vec![0; (DAY / 1000) as usize + START];
    for number in 0..isolates {
        let seed = if lacks == Lacks::Jitter { 0 } else { number };
        let machine = Machine::new(client.clone(), seed);
        let isolate = Isolate { machine, client: client.clone(), seed, lacks, lifetime, storms };
        for asked in isolate.day(number * 1000 / isolates) {
            seconds[(asked / 1000) as usize] += 1;
        }
    }
    seconds
}

fn in_storm(seconds: &[u64]) -> u64 {
    seconds[STORM.start as usize / 1000..STORM.end as usize / 1000].iter().sum()
}

/// The same fleet without a store, with one that cannot compare, and with one that can.
fn shared_row(isolates: u64, hours: u64) -> String {
    let client = ClientConfig::from_json(&plain_options().to_string()).expect("good options");
    let day = |sharing, storms| shared::Fleet::day(isolates, hours * 3600, storms, sharing, &client);
    let kinds = [Sharing::None, Sharing::Hint, Sharing::Atomic];
    let calm = kinds.map(|sharing| day(sharing, false).iter().sum());
    let storm = kinds.map(|sharing| in_storm(&day(sharing, true)));
    let cells: Vec<String> = [&[isolates][..], &calm, &storm].concat().into_iter().map(grouped).collect();
    format!("| {hours} h | {} |", cells.join(" | "))
}

fn row(isolates: u64, hours: u64) -> String {
    let of = |storms, lacks| seconds(isolates, hours * 3600, storms, lacks);
    let busiest = |seconds: &[u64]| seconds[START..].iter().max().copied().unwrap_or(0);
    let calm = of(false, Lacks::Nothing);
    let cells = [
        isolates,
        calm.iter().sum(),
        busiest(&calm),
        busiest(&of(false, Lacks::Jitter)),
        in_storm(&of(true, Lacks::Nothing)),
        in_storm(&of(true, Lacks::Cooldown)),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| grouped(*cell)).collect();
    format!("| {hours} h | {} |", cells.join(" | "))
}

/// `1234567` -> `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

const FLEETS: [(u64, u64); 6] = [(1, 24), (1, 1), (100, 24), (100, 1), (10_000, 24), (10_000, 1)];
const HEAD: &str =
    "| token | isolates | requests a day | busiest second | … without jitter | in the storm | … without cooldown |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |";
const SHARED_HEAD: &str = "| token | isolates | a day: no store | KV | atomic | in the storm: no store | KV | atomic |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/guide/how-it-works.md");

fn page() -> String {
    std::fs::read_to_string(PAGE).expect("the page of the guide")
}

#[test]
fn the_guide_has_the_rows_of_the_small_fleets() {
    let page = page();
    assert!(page.contains(HEAD) && page.contains(SHARED_HEAD), "npm run fleet");
    for (isolates, hours) in FLEETS.iter().filter(|(isolates, _)| *isolates <= 100) {
        for row in [row(*isolates, *hours), shared_row(*isolates, *hours)] {
            assert!(page.contains(&row), "the guide lacks {row}: npm run fleet");
        }
    }
}

/// A line of a table: of tokens that live so many seconds, and so many isolates.
type Row = fn(u64, u64) -> String;

/// All of it; with `WRITE=1` the page is brought up to date.
#[test]
#[ignore = "takes minutes"]
fn the_guide_has_the_whole_tables() {
    let kinds: [(&str, Row); 2] = [(HEAD, row), (SHARED_HEAD, shared_row)];
    for (head, row) in kinds {
        let rows: Vec<String> = FLEETS.iter().map(|(isolates, hours)| row(*isolates, *hours)).collect();
        let table = format!("{head}\n{}\n", rows.join("\n"));
        println!("{table}");
        let page = page();
        if std::env::var_os("WRITE").is_some() {
            let from = page.find(head).expect("the table's place in the page");
            let length = page[from..].find("\n\n").expect("its end") + 1;
            std::fs::write(PAGE, [&page[..from], &table, &page[from + length..]].concat()).expect("written");
        } else {
            assert!(page.contains(&table), "npm run fleet");
        }
    }
}
