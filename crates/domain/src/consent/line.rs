//! The user's words for the line of a tracked mail, cut at the place of the link.
//!
//! `{link}` in them is the link with its own address as words, `{link:words}` the link with these words. What must hold: whatever the
//! user wrote, there is one link; without a place of its own it stands at the end.

use waxwing_protocol::page::HeldLine;

const OPEN: &str = "{link";

/// The words on both sides of the link, and its own: none when it shows its address.
pub fn line(words: &str) -> HeldLine {
    let held = |before: &str, link: &str, after: &str| HeldLine {
        before: before.to_owned(),
        link: link.trim().to_owned(),
        after: after.to_owned(),
    };
    let places = words.match_indices(OPEN).filter_map(|(at, _)| {
        let rest = &words[at + OPEN.len()..];
        let (inside, after) = rest.split_once('}')?;
        let link = if inside.is_empty() { "" } else { inside.strip_prefix(':')? };
        Some(held(&words[..at], link, after))
    });
    let place = places.into_iter().next();
    place.unwrap_or_else(|| held(&[words.trim_end(), " "].concat(), "", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_link_whatever_is_written() {
        for (words, before, link, after) in [
            ("Opens are seen. {link:Refuse here}.", "Opens are seen. ", "Refuse here", "."),
            ("See {link}", "See ", "", ""),
            ("{link: a } {link:b}", "", "a", " {link:b}"),
            ("{links} {link:x}", "{links} ", "x", ""),
            ("{link:} open", "", "", " open"),
            ("{link:never closed", "{link:never closed ", "", ""),
            ("No place.", "No place. ", "", ""),
            ("{}{link:<b>&amp;</b>}", "{}", "<b>&amp;</b>", ""),
            ("", " ", "", ""),
        ] {
            let found = line(words);
            assert_eq!((&*found.before, &*found.link, &*found.after), (before, link, after), "{words}");
        }
    }
}
