//! What opens from a recipient's domain mean, and why: the judgement is the backend's, the sentences are chosen here.

use waxwing_domain::trust::MIN_MAILS;
use waxwing_protocol::api::{DomainTrust, TrustKind};

/// A sentence: the key of its words and the numbers in it, `$1` first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// The key.
    pub(crate) key: &'static str,
    /// Counts, or whole percents where the words say so.
    pub(crate) values: Vec<u32>,
}

fn sentence(key: &'static str, values: &[u32]) -> Sentence {
    Sentence { key, values: values.to_vec() }
}

/// The sentences about a domain, in the order they are said. Never empty.
pub(crate) fn trust_sentences(trust: &DomainTrust) -> Vec<Sentence> {
    let DomainTrust { touched, .. } = *trust;
    let mut said = match trust.kind {
        // Mails enough, and nothing was loaded: there is nothing to take a part of.
        _ if touched == 0 && trust.mails >= MIN_MAILS => vec![sentence("trust_untouched", &[])],
        TrustKind::TooFew => vec![sentence("trust_too_few", &[])],
        TrustKind::MeansSomething => {
            vec![sentence("trust_means_something", &[trust.opened.min(touched), touched])]
        }
        TrustKind::SaysNothing => vec![sentence("trust_says_nothing", &[percent(trust.fast, touched)])],
        TrustKind::Hidden => vec![sentence("trust_hidden", &[percent(trust.apple, touched)])],
    };
    match trust.kind {
        TrustKind::TooFew if u64::from(trust.apple) * 2 > u64::from(touched) => said.push(sentence("trust_mostly_apple", &[])),
        TrustKind::MeansSomething => {
            let ahead = percent(trust.prefetched, touched);
            if ahead > 0 {
                said.push(sentence("trust_ahead", &[ahead]));
            }
        }
        _ => {}
    }
    if trust.clicks_say_nothing {
        // "Either" only where the opens say nothing too.
        let either = trust.kind == TrustKind::SaysNothing && touched > 0;
        said.push(sentence(if either { "trust_clicks_either" } else { "trust_clicks" }, &[]));
    }
    said
}

/// How much of a bar is filled: of a thousand mails that were touched, those whose opens tell something. `None` where there
/// is nothing to judge by.
pub(crate) fn trust_share(trust: &DomainTrust) -> Option<u32> {
    let touched = trust.touched;
    let telling = match trust.kind {
        TrustKind::TooFew => return None,
        TrustKind::MeansSomething | TrustKind::Hidden => trust.opened.min(touched),
        TrustKind::SaysNothing => touched.saturating_sub(trust.fast),
    };
    (touched > 0).then(|| part(telling, touched, 1_000))
}

fn percent(of: u32, all: u32) -> u32 {
    part(of, all, 100)
}

/// `of` out of `all` as parts of `whole`, rounded to the nearest, at most `whole`; 0 of nothing.
fn part(of: u32, all: u32, whole: u32) -> u32 {
    let (of, all, whole) = (u64::from(of.min(all)), u64::from(all), u64::from(whole));
    let rounded = (of * whole + all / 2).checked_div(all).unwrap_or(0);
    u32::try_from(rounded).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{DomainTrust, TrustKind};

    use super::{trust_sentences, trust_share};

    fn trust(kind: TrustKind, [mails, touched, opened, fast, prefetched, apple]: [u32; 6]) -> DomainTrust {
        DomainTrust { kind, mails, touched, opened, fast, prefetched, apple, ..DomainTrust::default() }
    }

    fn said(trust: &DomainTrust) -> String {
        trust_sentences(trust).iter().map(|it| format!("{} {:?}", it.key, it.values)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn each_judgement_has_its_sentence() {
        use TrustKind::{Hidden, MeansSomething, SaysNothing, TooFew};
        for (kind, numbers, expected, share) in [
            (MeansSomething, [34, 34, 31, 1, 0, 0], "trust_means_something [31, 34]", Some(912)),
            (MeansSomething, [61, 60, 58, 3, 18, 0], "trust_means_something [58, 60]; trust_ahead [30]", Some(967)),
            (SaysNothing, [18, 18, 17, 17, 0, 0], "trust_says_nothing [94]", Some(56)),
            (Hidden, [20, 20, 4, 0, 0, 16], "trust_hidden [80]", Some(200)),
            (TooFew, [9, 8, 1, 0, 0, 7], "trust_too_few []; trust_mostly_apple []", None),
            (TooFew, [9, 8, 4, 0, 0, 4], "trust_too_few []", None),
            (TooFew, [0; 6], "trust_too_few []", None),
            (TooFew, [500, 4, 4, 0, 0, 0], "trust_too_few []", None),
            (TooFew, [12, 0, 0, 0, 0, 0], "trust_untouched []", None),
            (MeansSomething, [12, 0, 0, 0, 0, 0], "trust_untouched []", None),
            (SaysNothing, [12, 0, 0, 0, 0, 0], "trust_untouched []", None),
            // Numbers that cannot be are no more than all of it.
            (MeansSomething, [2, 2, u32::MAX, 0, 9, 0], "trust_means_something [2, 2]; trust_ahead [100]", Some(1_000)),
            (SaysNothing, [u32::MAX, u32::MAX, 0, u32::MAX, 0, 0], "trust_says_nothing [100]", Some(0)),
        ] {
            let trust = trust(kind, numbers);
            assert_eq!((said(&trust).as_str(), trust_share(&trust)), (expected, share), "{trust:?}");
        }
    }

    #[test]
    fn clicks_have_a_sentence_of_their_own() {
        for (kind, touched, expected) in [
            (TrustKind::SaysNothing, 12, "trust_says_nothing [75]; trust_clicks_either []"),
            (TrustKind::SaysNothing, 0, "trust_untouched []; trust_clicks []"),
            (TrustKind::MeansSomething, 12, "trust_means_something [3, 12]; trust_clicks []"),
        ] {
            let trust = DomainTrust { clicks_say_nothing: true, ..trust(kind, [12, touched, 3, 9, 0, 0]) };
            assert_eq!(said(&trust), expected);
        }
    }
}
