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
#[path = "simulation/trace.rs"]
mod trace;
#[path = "simulation/watch.rs"]
mod watch;
#[path = "simulation/weather.rs"]
mod weather;
#[path = "simulation/world.rs"]
mod world;

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::world::World;

/// What a run amounted to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    hash: u64,
    steps: u64,
    /// Simulated hours in which something happened.
    hours: u64,
    calls: u64,
    token_requests: u64,
}

fn run(seed: u64, shown: bool) -> Tally {
    let mut world = World::new(seed, shown);
    let steps = world.run();
    let hours = world.hours;
    let (calls, token_requests) = (u64::from(world.callers), world.server.requests);
    Tally { hash: world.trace.hash(), steps, hours, calls, token_requests }
}

/// Runs seeds from `first` on while `goes_on` says so; fails with the command that replays the seed that failed.
fn run_all(first: u64, goes_on: impl Fn(u64, u64) -> bool + Sync) -> Tally {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
    let (next, hours, has_failed) = (AtomicU64::new(first), AtomicU64::new(0), AtomicBool::new(false));
    let total = thread::scope(|scope| {
        let work = || {
            let mut total = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if has_failed.load(Ordering::Relaxed) || !goes_on(seed, hours.load(Ordering::Relaxed)) {
                    return total;
                }
                let Ok(tally) = catch_unwind(|| run(seed, false)) else {
                    has_failed.store(true, Ordering::Relaxed);
                    panic!("replay: SEED={seed} cargo test --test simulation replay -- --nocapture");
                };
                hours.fetch_add(tally.hours, Ordering::Relaxed);
                total.steps += tally.steps;
                total.hours += tally.hours;
                total.calls += tally.calls;
                total.token_requests += tally.token_requests;
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Tally>| {
            worker.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause))
        };
        workers.into_iter().map(join).fold(Tally::default(), |sum, one| Tally {
            hash: 0,
            steps: sum.steps + one.steps,
            hours: sum.hours + one.hours,
            calls: sum.calls + one.calls,
            token_requests: sum.token_requests + one.token_requests,
        })
    });
    println!("{total:?}");
    total
}

fn seed() -> Option<u64> {
    std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"))
}

#[test]
fn ten_thousand_seeds_break_no_invariant() {
    let total = run_all(0, |seed, _| seed < 10_000);
    assert!(total.calls > 100_000, "too little happens: {total:?}");
}

/// `cargo test --release --test simulation -- --ignored --nocapture`; `SEED=…` begins elsewhere.
#[test]
#[ignore = "takes minutes"]
fn a_million_simulated_hours() {
    let total = run_all(seed().unwrap_or(1_000_000), |_, hours| hours < 1_000_000);
    assert!(total.hours >= 1_000_000);
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

#[test]
fn replay() {
    let tally = run(seed().unwrap_or(0), seed().is_some());
    println!("{tally:?}");
}
