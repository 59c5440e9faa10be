//! Each file of the corpus of `fuzz/` for Gmail's wire format again, without the fuzzer: what it once found stays found.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should fail there")]

#[path = "../fuzz/targets/extension.rs"]
mod extension;
#[path = "../fuzz/targets/replay.rs"]
mod replay;

#[test]
fn what_gmail_and_its_server_tell_each_other() {
    replay::replay("wire", extension::wire);
}
