//! Deterministic simulation: isolates, callers, a token server and an API in virtual time, with every fault there is.
//!
//! One seed, one world, one trace. What is checked after every step: `watch.rs` (the token requests), `hand.rs` (the token in
//! hand) and `driver.rs` (the calls). To see what a seed does:
//!
//! ```sh
//! SEED=42 cargo test --test simulation replay -- --nocapture
//! ```
#![cfg(not(target_arch = "wasm32"))]
#![allow(unreachable_pub)]

#[path = "simulation/clock.rs"]
mod clock;
#[path = "simulation/driver.rs"]
mod driver;
#[path = "simulation/fleet.rs"]
mod fleet;
#[path = "simulation/found.rs"]
mod found;
#[path = "simulation/hand.rs"]
mod hand;
#[path = "simulation/isolate.rs"]
mod isolate;
#[path = "simulation/plan.rs"]
mod plan;
#[path = "simulation/server.rs"]
mod server;
#[path = "simulation/survey.rs"]
mod survey;
#[path = "simulation/trace.rs"]
mod trace;
#[path = "simulation/watch.rs"]
mod watch;
#[path = "simulation/weather.rs"]
mod weather;
#[path = "simulation/world.rs"]
mod world;

use crate::survey::{Simulation, Tally, run_all, seed};
use crate::world::World;

const SIMULATION: Simulation = Simulation { name: "simulation", run };

fn run(seed: u64, shown: bool) -> Tally {
    let mut world = World::new(seed, shown);
    let steps = world.run();
    let hours = world.hours;
    let (calls, token_requests) = (u64::from(world.callers), world.server.requests);
    Tally { hash: world.trace.hash(), steps, hours, calls, token_requests }
}

#[test]
fn ten_thousand_seeds_break_no_invariant() {
    let total = run_all(SIMULATION, 0, |seed, _| seed < 10_000);
    assert!(total.calls > 100_000, "too little happens: {total:?}");
}

/// `cargo test --release --test simulation -- --ignored --nocapture`; `SEED=…` begins elsewhere.
#[test]
#[ignore = "takes minutes"]
fn a_million_simulated_hours() {
    let total = run_all(SIMULATION, seed().unwrap_or(1_000_000), |_, hours| hours < 1_000_000);
    assert!(total.hours >= 1_000_000);
}

/// Which invariants break, not only the first one: what `npm run mutants` asks of each mutant. `SEEDS`: of how many seeds.
#[test]
#[ignore = "tells mutants apart, and says no more of sound sources than the test of ten thousand seeds"]
fn what_breaks() {
    survey::what_breaks(SIMULATION);
}

/// I14
#[test]
fn one_seed_has_one_trace() {
    let traces: Vec<u64> = (0..50).map(|seed| run(seed, false).hash).collect();
    for (seed, hash) in traces.iter().enumerate() {
        assert_eq!(run(seed as u64, false).hash, *hash, "seed {seed}");
    }
    assert_ne!(traces[0], traces[1]);
}

/// S13: where nothing is shared, all is as it was before there were shared stores. The table was written at that time; with
/// `WRITE=1` it is written anew, which is right where the simulation itself or a rule of the life-cycle has changed.
#[test]
fn without_a_store_the_traces_are_those_of_before() {
    const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulation/traces.txt");
    let hashes: Vec<String> = (0..50).map(|seed| format!("{seed} {:016x}\n", run(seed, false).hash)).collect();
    if std::env::var_os("WRITE").is_some() {
        std::fs::write(TABLE, hashes.concat()).expect("written");
    }
    let before = std::fs::read_to_string(TABLE).expect("the table");
    for (number, line) in hashes.iter().enumerate() {
        assert_eq!(before.lines().nth(number), line.strip_suffix('\n'), "S13: seed, trace");
    }
}

#[test]
fn replay() {
    let tally = run(seed().unwrap_or(0), seed().is_some());
    println!("{tally:?}");
}
