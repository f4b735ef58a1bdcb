//! What fuzzing found.
#![cfg(not(target_arch = "wasm32"))]

#[path = "fuzzed/found.rs"]
mod found;
