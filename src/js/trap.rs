//! Panics where a test wants it. Compiled with `--cfg bearerkit_traps` alone, and no part of what is shipped.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The test says so itself: what it counts has to outlive this instance.
    #[wasm_bindgen(js_namespace = globalThis, js_name = isTrap)]
    fn is_trap(place: &str) -> bool;
}

#[allow(clippy::panic)]
pub(super) fn at(place: &str) {
    if is_trap(place) {
        panic!("as the test wants it");
    }
}
