//! Time as a parameter: everything that asks what time it is asks a [`Clock`], so that tests decide.

use waxwing_protocol::Millis;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now. It may move back: operators set clocks.
    fn now(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "the one place where the backend reads the clock")]
        let now = std::time::SystemTime::now();
        match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX),
            Err(before) => Millis::try_from(before.duration().as_millis()).map_or(Millis::MIN, |ms| -ms),
        }
    }
}
