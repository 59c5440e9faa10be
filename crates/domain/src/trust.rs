//! How much opens and clicks from a recipients' domain tell, judged by the account's own history with it.
//!
//! A mail is *touched* when anything came of it but the sender's own views. The rules, first match wins:
//!
//! 1. Fewer than [`MIN_MAILS`] mails, or fewer than [`MIN_TOUCHED`] touched ones: no judgement.
//! 2. Of the touched ones at least [`MOST`] per cent are hidden by Apple: nobody can tell opens there.
//! 3. Of the touched ones at least [`MOST`] per cent were first touched less than [`FAST_MS`] after sending: no person is that
//!    quick that often, a filter is at work, and opens say nothing.
//! 4. Otherwise opens mean something.
//!
//! Clicks are judged apart: they say nothing when a machine followed links in at least [`MOST`] per cent of the mails that have
//! any, of which there must be [`MIN_MAILS`].
//!
//! What must hold: nothing overflows, whatever the counts; what is named here as a limit is still judged as said of it.

/// Fewer mails than this are not judged.
pub const MIN_MAILS: u32 = 10;
/// Fewer touched mails than this say nothing of the others.
pub const MIN_TOUCHED: u32 = 5;
/// Per cent: what counts as most.
pub const MOST: u32 = 80;
/// Milliseconds after sending: a first touch before that is not a person's.
pub const FAST_MS: i64 = 5_000;
/// A first touch that is longer than this before sending, in milliseconds, says only that the sender's clock is wrong.
pub const SKEW_MS: i64 = 300_000;

/// What the account's newest mails to one domain came to. Each but `mails` counts some of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub mails: u32,
    /// With any hit but the sender's own.
    pub touched: u32,
    /// First touched less than [`FAST_MS`] after sending, or before it by at most [`SKEW_MS`]: a clock that is ahead.
    pub fast: u32,
    /// Loaded by Apple's mail program and by nobody else.
    pub apple: u32,
    /// With wrapped links.
    pub linked: u32,
    /// Of those with links: with a link that a machine followed.
    pub followed: u32,
}

/// What opens from a domain mean. The names are those of the API's `TrustKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Too few mails to judge by.
    TooFew,
    /// People, or their provider's proxy.
    MeansSomething,
    /// A filter at work.
    SaysNothing,
    /// Apple hides them.
    Hidden,
}

/// What opens and clicks from a domain mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// Opens.
    pub kind: Kind,
    /// Clicks say nothing either.
    pub clicks_say_nothing: bool,
}

/// What follows from the counts.
pub const fn judge(counts: &Counts) -> Trust {
    let kind = if counts.mails < MIN_MAILS || counts.touched < MIN_TOUCHED {
        Kind::TooFew
    } else if most(counts.apple, counts.touched) {
        Kind::Hidden
    } else if most(counts.fast, counts.touched) {
        Kind::SaysNothing
    } else {
        Kind::MeansSomething
    };
    Trust { kind, clicks_say_nothing: counts.linked >= MIN_MAILS && most(counts.followed, counts.linked) }
}

/// True when `part` is at least [`MOST`] per cent of `whole`.
const fn most(part: u32, whole: u32) -> bool {
    part as u64 * 100 >= whole as u64 * MOST as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Counts = Counts { mails: 0, touched: 0, fast: 0, apple: 0, linked: 0, followed: 0 };

    #[test]
    fn the_borders() {
        for (counts, want) in [
            (NONE, Kind::TooFew),
            (Counts { mails: 9, touched: 9, ..NONE }, Kind::TooFew),
            (Counts { mails: 10, touched: 10, ..NONE }, Kind::MeansSomething),
            // However many mails: what came of four says nothing of the rest.
            (Counts { mails: 500, touched: 4, fast: 4, ..NONE }, Kind::TooFew),
            (Counts { mails: 500, touched: 5, fast: 4, ..NONE }, Kind::SaysNothing),
            (Counts { mails: 500, touched: 5, fast: 3, ..NONE }, Kind::MeansSomething),
            (Counts { mails: 100, touched: 100, fast: 79, ..NONE }, Kind::MeansSomething),
            (Counts { mails: 100, touched: 100, fast: 80, ..NONE }, Kind::SaysNothing),
            (Counts { mails: 100, touched: 100, apple: 79, ..NONE }, Kind::MeansSomething),
            (Counts { mails: 100, touched: 100, apple: 80, ..NONE }, Kind::Hidden),
            // Apple's program may be quick as well: what it hides goes first.
            (Counts { mails: 100, touched: 100, apple: 80, fast: 100, ..NONE }, Kind::Hidden),
            // 80 per cent of 9 is 7.2.
            (Counts { mails: 10, touched: 9, fast: 7, ..NONE }, Kind::MeansSomething),
            (Counts { mails: 10, touched: 9, fast: 8, ..NONE }, Kind::SaysNothing),
        ] {
            assert_eq!(judge(&counts), Trust { kind: want, clicks_say_nothing: false }, "{counts:?}");
        }
    }

    #[test]
    fn clicks_are_judged_by_the_mails_with_links() {
        for (mails, linked, followed, want) in [
            (100, 0, 0, false),
            (100, 9, 9, false),
            (100, 10, 7, false),
            (100, 10, 8, true),
            (100, 100, 79, false),
            (100, 100, 80, true),
            // Too few to judge opens by, and clicks neither.
            (9, 9, 9, false),
        ] {
            let counts = Counts { mails, linked, followed, ..NONE };
            assert_eq!(judge(&counts).clicks_say_nothing, want, "{counts:?}");
        }
    }

    #[test]
    fn counts_without_end_overflow_nothing() {
        let all = u32::MAX;
        let counts = Counts { mails: all, touched: all, fast: all, apple: 0, linked: all, followed: all };
        assert_eq!(judge(&counts), Trust { kind: Kind::SaysNothing, clicks_say_nothing: true });
    }
}
