//! The corpora of `fuzz/`, each input through the check that it was found for; what fuzzing broke is among them.
//!
//! What a crash says is seen by its file:
//!
//! ```sh
//! FUZZED=fuzz/artifacts/machine/crash-1234 cargo test --test fuzzed replay -- --nocapture
//! ```
#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/checks/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod checks;

#[path = "fuzzed/found.rs"]
mod found;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use checks::TARGETS;

/// `corpus`: what reaches each edge; `seeds`: what told a broken core from a good one.
fn inputs(target: &str) -> Vec<PathBuf> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let folders = ["corpus", "seeds"].map(|kind| fuzz.join(kind).join(target));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    entries.map(|entry| entry.expect("a file").path()).collect()
}

#[test]
fn every_input_of_the_corpora_passes() {
    for (target, check) in TARGETS {
        let inputs = inputs(target);
        assert!(inputs.len() > 10, "{target}: where is its corpus?");
        for path in inputs {
            let input = fs::read(&path).expect("a file");
            let file = path.display();
            catch_unwind(|| check(&input))
                .unwrap_or_else(|_| panic!("FUZZED={file} cargo test --test fuzzed replay -- --nocapture"));
        }
    }
}

#[test]
fn replay() {
    let Some(path) = env::var_os("FUZZED").map(PathBuf::from) else { return };
    let input = fs::read(&path).expect("FUZZED is a file");
    let name = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let target = TARGETS.iter().find(|(target, _)| name == Some(target));
    let (_, check) = target.expect("the file stands in a folder that is named like its target");
    check(&input);
}
