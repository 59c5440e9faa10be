//! A backend on a folder, as tests and benchmarks of its engines start it: nobody calls it over HTTP.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use waxwing_backend::app::Running;
use waxwing_backend::clock::Clock;
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::options::Options as MailboxOptions;
use waxwing_backend::store::{DATABASE_FILE, Options, Store};

use crate::settings::settings;

/// Starts it, with its own things in `dir` and its database in `home`. The mailboxes' fakes are there before their rows: the rounds look at a mailbox as soon as there is one.
pub(crate) async fn start(
    dir: &Path,
    home: &Path,
    clock: Arc<dyn Clock>,
    mailboxes: MailboxOptions,
) -> Result<Running, Box<dyn Error + Send + Sync>> {
    let settings = settings(dir, mailboxes);
    let url = crate::database::url(home).unwrap_or_else(|| format!("sqlite://{}", home.join(DATABASE_FILE).display()));
    let store = Store::open(&Options::new(dir, Some(&url))?).await?;
    Ok(Running::start(store, Keys::from_bytes([7; 32]), settings, clock, Arc::new(SystemEntropy)).await?)
}
