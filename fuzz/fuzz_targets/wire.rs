//! See `targets/extension.rs`.

#![no_main]

#[path = "../targets/extension.rs"]
mod extension;

libfuzzer_sys::fuzz_target!(|data: &[u8]| extension::wire(data));
