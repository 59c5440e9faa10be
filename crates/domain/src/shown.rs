//! Making foreign text fit to be shown: nothing invisible, nothing that turns the direction of writing, nothing endless.

/// `text` without what cannot be shown, white space folded to single blanks, at most `max` characters.
pub fn short_text(text: &str, max: usize) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(|&c| !is_unshowable(c)));
    let mut kept = Vec::new();
    for word in words {
        let before = kept.len();
        if before > 0 {
            kept.push(' ');
        }
        kept.extend(word.take(max + 1));
        if kept.len() == before + 1 && before > 0 {
            kept.pop();
        }
        if kept.len() > max {
            break;
        }
    }
    cut(kept.into_iter(), max)
}

/// At most `max` characters, the last one `…` when something was cut off.
pub(crate) fn cut(chars: impl Iterator<Item = char>, max: usize) -> String {
    let mut kept: Vec<char> = chars.take(max.saturating_add(1)).collect();
    if kept.len() > max {
        kept.truncate(max.saturating_sub(1));
        kept.push('…');
    }
    kept.into_iter().collect()
}

/// Controls, white space other than a blank, and all that [`is_invisible`] names.
pub(crate) fn is_unshowable(c: char) -> bool {
    c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' ')
}

/// Bidirectional controls, joiners, fillers, tags and other default-ignorable code points (Unicode 16,
/// `DerivedCoreProperties`, written out as ranges).
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shortened() {
        for (text, max, expected) in [
            ("", 5, ""),
            ("  a \n\t b  ", 5, "a b"),
            ("abcde", 5, "abcde"),
            ("abcdef", 5, "abcd…"),
            ("ab cd ef", 5, "ab c…"),
            ("a\u{202e}b \u{200b} c\0", 9, "ab c"),
            ("\u{200b}", 9, ""),
            ("日本語テキスト", 3, "日本…"),
        ] {
            assert_eq!(short_text(text, max), expected, "{text:?}");
        }
    }
}
