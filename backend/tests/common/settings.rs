//! Settings of a backend that nobody calls over HTTP, for tests and benchmarks of its engines.

use std::path::Path;
use std::time::Duration;

use waxwing_backend::app::Settings;
use waxwing_backend::mailbox::options::Options;

/// On a folder, with these mailboxes.
pub(crate) fn settings(dir: &Path, mailboxes: Options) -> Settings {
    Settings {
        data_dir: dir.to_owned(),
        public_url: "http://127.0.0.1:1".to_owned(),
        tracking_url: "https://track.example".to_owned(),
        trusted_proxies: Vec::new(),
        origins: Vec::new(),
        heartbeat: Duration::from_secs(20),
        retention: waxwing_backend::retention::periods::Periods::default(),
        sign_in: None,
        mailboxes,
    }
}
