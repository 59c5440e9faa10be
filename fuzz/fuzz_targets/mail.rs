//! See `targets/backend.rs`.

#![no_main]

#[expect(dead_code, reason = "each program uses one of them")]
#[path = "../targets/backend.rs"]
mod backend;

libfuzzer_sys::fuzz_target!(|data: &[u8]| backend::mail(data));
