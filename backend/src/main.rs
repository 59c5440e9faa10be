//! `waxwing`: the backend's command line. The outermost shell: here the clock and the randomness come in.

use std::process::ExitCode;
use std::sync::Arc;

use waxwing_backend::cli;
use waxwing_backend::clock::SystemClock;
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::guard;

fn main() -> ExitCode {
    guard::end_at_panics();
    cli::run(std::env::args_os(), Arc::new(SystemClock), Arc::new(SystemEntropy))
}
