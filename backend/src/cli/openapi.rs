//! `waxwing openapi`: prints the API's description. Needs no data folder.

use std::io::{self, Write as _};

use super::{CliError, piped};
use crate::http::openapi;

/// Runs it.
pub fn run() -> Result<(), CliError> {
    let text = openapi::json().map_err(|e| CliError::Failed(e.to_string()))?;
    piped(io::stdout().write_all(text.as_bytes()))
}
