//! `cargo run -p xtask -- bundle | package`: what `build.sh` calls to make the extension.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::bundle::{self, Options};
use xtask::package;
use xtask::repo::Repo;

const USAGE: &str = "usage: cargo run -p xtask -- COMMAND

  bundle [--dev] [--no-opt]   make dist/extension
                              --dev     a quick build with function names in it, not optimised
                              --no-opt  leave out wasm-opt
  package [--binary FILE]     make dist/waxwing-extension-VERSION.zip for the store from dist/extension, and put
                              the release binary FILE beside it";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["bundle", flags @ ..] => {
            let mut options = Options::default();
            for flag in flags {
                match *flag {
                    "--dev" => options.dev = true,
                    "--no-opt" => options.no_opt = true,
                    other => bail!("bundle does not know {other:?}\n\n{USAGE}"),
                }
            }
            bundle::bundle(&Repo::here()?, options)
        }
        ["package"] => package::package(&Repo::here()?, None),
        ["package", "--binary", binary] => package::package(&Repo::here()?, Some(binary.as_ref())),
        _ => bail!("{USAGE}"),
    }
}
