#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::rfc6749::fuzz(input));
