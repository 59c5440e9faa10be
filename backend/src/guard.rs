//! Code that takes foreign bytes apart, and must not take the backend with it when it panics.
//!
//! Mails come from anybody, and the parsers that read them are large. A panic in one of them would end the process, which would be
//! started again, and would meet the same mail again.
//!
//! What must hold: [`guarded`] is for pure work on foreign bytes alone, which leaves nothing half done behind. Any other panic is a
//! mistake in the program that nobody knows the extent of: [`end_at_panics`] ends the process then, as it is on disk. What a panic says
//! may quote the mail: of one that is caught only its place in the program is told.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    /// How many guards this thread is in.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic of this thread came from.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Counts a guard as long as it stands, however it is left.
struct Guard;

impl Guard {
    fn new() -> Self {
        GUARDS.set(GUARDS.get() + 1);
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        GUARDS.set(GUARDS.get() - 1);
    }
}

/// Does pure work on foreign bytes. `None`: it panicked, which is told in the log.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let guard = Guard::new();
    // Nothing is seen again of what the work had begun to change: it was given nothing that others keep.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    drop(guard);
    if done.is_err() {
        let at = PLACE.take();
        tracing::error!(at, "a mail was met that a parser cannot take apart; it is passed over");
    }
    done.ok()
}

/// Work on this many bytes and more keeps nobody else waiting.
const LARGE: usize = 64 * 1024;

/// The same for a mail of so many bytes: a large one is taken apart on a thread of its own.
pub async fn guarded_by_size<T: Send + 'static>(size: usize, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if size < LARGE {
        return guarded(work);
    }
    tokio::task::spawn_blocking(move || guarded(work)).await.ok().flatten()
}

/// From now on a panic ends the process, unless it is guarded. Called once, by the program.
pub fn end_at_panics() {
    let say = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if GUARDS.get() > 0 {
            let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
            PLACE.replace(place);
            return;
        }
        say(info);
        std::process::abort();
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_comes_to_nothing_and_the_rest_goes_on() {
        let text = String::from("ä");
        assert_eq!(guarded(|| text.len()), Some(2));
        let cut = || text[..1].len();
        assert_eq!(guarded(cut), None);
        let inner = || guarded(cut).map_or(0, |len| len + 1);
        assert_eq!((guarded(inner), GUARDS.get()), (Some(0), 0), "guards stand in each other");
    }

    #[tokio::test]
    async fn large_mails_are_guarded_where_they_are_taken_apart() {
        for size in [0, LARGE] {
            let here = std::thread::current().id();
            let there = guarded_by_size(size, || std::thread::current().id()).await.unwrap();
            assert_eq!(here == there, size < LARGE);
            assert_eq!(guarded_by_size(size, || "ä"[..1].len()).await, None);
            assert_eq!(guarded_by_size(size, || 1).await, Some(1));
        }
    }
}
