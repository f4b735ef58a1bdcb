//! Figures of fleets that live by one refresh token. Those of the token requests a day are in `tests/fleet.rs`.
//!
//! ```sh
//! cargo test --release --test sharing figures -- --ignored --nocapture
//! ```

use std::collections::BTreeMap;

use bearerkit::Sharing;
use fastrand::Rng;

use crate::judge::Cause;
use crate::plan::{Clocks, Faults, Grant, Plan, Rotation};
use crate::world::World;

/// 20 isolates, tokens of 10 minutes, three hours; nothing goes wrong but what a row says.
fn plan(sharing: Sharing, grace: u64) -> Plan {
    let plan = Plan {
        sharing,
        isolates: 20,
        colos: 3,
        grant: Grant::Refresh,
        rotation: Rotation::Rotating { grace },
        life: 600_000,
        timeout: 10_000,
        limit: 1_000,
        patience: 10_000,
        sends_date: true,
        asks: false,
        clocks: Clocks::Right,
        faults: Faults::default(),
        losses: 0,
        vanishing: 0,
        deaths: false,
        moods: false,
        refusals: false,
        stretches: false,
        bursts: 100,
        storm: 3 * 3_600_000,
        ..Plan::of(&mut Rng::with_seed(0))
    };
    Plan { client: plan.client(), ..plan }
}

#[derive(Default)]
struct Row {
    runs: u64,
    dead: u64,
    requests: u64,
    longest: u64,
    causes: BTreeMap<Cause, u32>,
}

fn runs(plan: &Plan, runs: u64) -> Row {
    let mut row = Row { runs, ..Row::default() };
    for seed in 0..runs {
        let mut world = World::of(plan.clone(), Rng::with_seed(seed), false);
        world.run();
        row.dead += u64::from(world.server.is_family_dead());
        row.requests += world.server.requests;
        row.longest = row.longest.max(world.judge.longest_wait);
        for (cause, times) in &world.judge.causes {
            *row.causes.entry(*cause).or_default() += times;
        }
    }
    row
}

/// `RUNS`: how many of each.
#[test]
#[ignore = "takes minutes, and prints a table"]
fn families_of_refresh_tokens() {
    let count = std::env::var("RUNS").map_or(1_000, |runs| runs.parse().expect("RUNS is a number"));
    let atomic = plan(Sharing::Atomic, 0);
    let faults = Faults { hangs: 50, lost: 50, ..Faults::default() };
    let rows = [
        ("no store", plan(Sharing::None, 0)),
        ("KV", plan(Sharing::Hint, 0)),
        ("KV, 60 s of grace", plan(Sharing::Hint, 60_000)),
        ("atomic", atomic.clone()),
        ("atomic, 5 % of calls hang, 5 % of acknowledgements are lost", Plan { faults, ..atomic.clone() }),
        ("atomic, outages of up to 15 minutes", Plan { faults: Faults { outages: true, ..faults }, ..atomic.clone() }),
        ("atomic, clocks wrong by 5 minutes", Plan { clocks: Clocks::Skewed, ..atomic.clone() }),
        ("atomic, 5 % of holders die", Plan { vanishing: 50, ..atomic.clone() }),
        ("atomic, 5 % of holders die, 60 s of grace", Plan { vanishing: 50, ..plan(Sharing::Atomic, 60_000) }),
        ("atomic, 3 % of requests or answers are lost", Plan { losses: 30, ..atomic }),
    ];
    println!("| store | dead families | token requests a run | longest wait of a call | shown twice, by cause |");
    println!("| --- | ---: | ---: | ---: | --- |");
    for (name, plan) in rows {
        let row = runs(&plan, count);
        let (each, wait) = (row.requests / row.runs, row.longest as f64 / 1000.0);
        println!("| {name} | {} of {} | {each} | {wait:.1} s | {:?} |", row.dead, row.runs, row.causes);
    }
}
