#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::rfc3339::fuzz(input));
