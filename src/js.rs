//! The wasm-bindgen shim: the machine, the pure functions and the transport, for JavaScript. No policy in it.

#![allow(unreachable_pub, missing_docs)] // exported to JavaScript, whose reference is pkg-template/index.d.ts

/// A place in which the build for the tests of traps panics on demand. Nothing in any other build.
macro_rules! trap {
    ($place:literal) => {
        #[cfg(bearerkit_traps)]
        super::trap::at($place);
    };
}

mod convert;
mod fetch;
#[cfg(feature = "pure")]
mod functions;
mod machine;
#[cfg(bearerkit_traps)]
mod trap;

/// 2.6 KB (gzip) smaller than the standard library's dlmalloc.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
