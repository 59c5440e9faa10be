//! See `targets/domain.rs`.

#![no_main]

#[expect(dead_code, reason = "each program uses one of them")]
#[path = "../targets/domain.rs"]
mod domain;

libfuzzer_sys::fuzz_target!(|data: &[u8]| domain::when(data));
