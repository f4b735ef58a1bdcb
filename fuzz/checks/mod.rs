//! What must hold whatever comes in.
//!
//! One `fuzz` function for each target, from bytes: `fuzz/fuzz_targets/` calls it with what libFuzzer makes up, `tests/fuzzed.rs`
//! with the committed corpora. Where `tests/properties.rs` checks the same, it calls what stands beside it.

pub mod answer;
pub mod base64;
pub mod basic_form;
pub mod challenges;
pub mod client;
pub mod draw;
pub mod jwt;
pub mod machine;
pub mod metadata;
#[cfg(feature = "seal")]
pub mod open;
pub mod options;
pub mod profile;
pub mod record;
pub mod repeated;
pub mod retry_after;
pub mod rfc3339;
pub mod rfc6749;
pub mod template;
pub mod url;

/// Panics where something does not hold.
type Check = fn(&[u8]);

/// Every target by its name, which is that of its corpus too.
pub const TARGETS: &[(&str, Check)] = &[
    ("answer", answer::fuzz),
    ("base64", base64::fuzz),
    ("basic_form", basic_form::fuzz),
    ("challenges", challenges::fuzz),
    ("jwt", jwt::fuzz),
    ("machine", machine::fuzz),
    ("metadata", metadata::fuzz),
    #[cfg(feature = "seal")]
    ("open", open::fuzz),
    ("options", options::fuzz),
    ("profile", profile::fuzz),
    ("record", record::fuzz),
    ("repeated", repeated::fuzz),
    ("retry_after", retry_after::fuzz),
    ("rfc3339", rfc3339::fuzz),
    ("rfc6749", rfc6749::fuzz),
    ("template", template::fuzz),
    ("url", url::fuzz),
];
