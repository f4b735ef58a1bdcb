//! Many seeds on all cores: what they amounted to, and what broke.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What a run amounted to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub hash: u64,
    pub steps: u64,
    /// Simulated hours in which something happened.
    pub hours: u64,
    pub calls: u64,
    pub token_requests: u64,
}

/// A simulation: what its test is called, and what one seed of it amounts to.
#[derive(Clone, Copy)]
pub struct Simulation {
    pub name: &'static str,
    pub run: fn(u64, bool) -> Tally,
}

/// Runs seeds from `first` on while `goes_on` says so; fails with the command that replays the first seed that failed.
pub fn run_all(simulation: Simulation, first: u64, goes_on: impl Fn(u64, u64) -> bool + Sync) -> Tally {
    let (total, broken) = survey(simulation, first, 1, goes_on);
    println!("{total:?}");
    if let Some((seed, _)) = broken.first_key_value() {
        panic!("replay: SEED={seed} cargo test --test {} replay -- --nocapture", simulation.name);
    }
    total
}

/// Runs seeds until so many have failed; what they amounted to, and what broke in those that failed.
fn survey(
    simulation: Simulation,
    first: u64,
    most: usize,
    goes_on: impl Fn(u64, u64) -> bool + Sync,
) -> (Tally, BTreeMap<u64, String>) {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
    let (next, hours, broken) = (AtomicU64::new(first), AtomicU64::new(0), Mutex::new(BTreeMap::new()));
    let failed = || broken.lock().expect("nobody panics with it");
    let total = thread::scope(|scope| {
        let work = || {
            let mut total = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if failed().len() >= most || !goes_on(seed, hours.load(Ordering::Relaxed)) {
                    return total;
                }
                let tally = match catch_unwind(|| (simulation.run)(seed, false)) {
                    Ok(tally) => tally,
                    Err(cause) => {
                        failed().insert(seed, invariants(&*cause));
                        continue;
                    }
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
    (total, broken.into_inner().expect("nobody panics with it"))
}

/// `I6, I7: …` -> `I6, I7`: what its message begins with.
fn invariants(cause: &(dyn Any + Send)) -> String {
    let message = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    let message = message.unwrap_or_default().trim_start_matches("assertion `left == right` failed: ");
    let numbers = message.split_once(": ").map_or("", |(numbers, _)| numbers);
    let is_number = |name: &str| {
        name == "cells" || name.len() > 1 && name.starts_with(char::is_uppercase) && name[1..].parse::<u8>().is_ok()
    };
    if numbers.split(", ").all(is_number) { numbers.to_owned() } else { "other".to_owned() }
}

/// The one to replay, or to begin with.
pub fn seed() -> Option<u64> {
    std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"))
}

/// Which invariants break in so many seeds (`SEEDS`), not only the first one.
pub fn what_breaks(simulation: Simulation) {
    let seeds = std::env::var("SEEDS").map_or(10_000, |seeds| seeds.parse().expect("SEEDS is a number"));
    let most = 100;
    let (_, broken) = survey(simulation, 0, most, |seed, _| seed < seeds);
    let mut counts = BTreeMap::<&str, u32>::new();
    // As many as were wanted: how many more there are depends on the threads.
    for invariants in broken.values().take(most) {
        *counts.entry(invariants).or_default() += 1;
    }
    for (invariants, count) in &counts {
        println!("broken in {count} seeds: {invariants}");
        let seeds: Vec<_> =
            broken.iter().filter(|(_, broken)| broken == invariants).map(|(seed, _)| seed).take(9).collect();
        println!("{invariants}: SEED={seeds:?}");
    }
    assert!(counts.is_empty());
}
