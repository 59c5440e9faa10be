//! What a server says, made fit to be kept and shown: one line, short, without control characters and without our secrets.

/// Characters that are kept.
const MAX_SAID: usize = 300;

/// A server's words as one line of at most 300 characters; `None` when nothing is left of them.
pub fn said(words: &[u8]) -> Option<String> {
    // Four bytes a character at most, and white space may be folded away: what lies far behind is not even looked at.
    let words = String::from_utf8_lossy(&words[..words.len().min(MAX_SAID * 16)]);
    let mut line = String::new();
    let mut kept = 0;
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if kept > 0 && kept < MAX_SAID {
            line.push(' ');
            kept += 1;
        }
        for c in word.chars().filter(|c| !steers(*c)).take(MAX_SAID - kept) {
            line.push(c);
            kept += 1;
        }
    }
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The same for an answer to signing in: nothing at all when the server repeats a secret.
pub fn said_without(words: &[u8], secrets: &[&str]) -> Option<String> {
    let all = String::from_utf8_lossy(words);
    let repeats = secrets.iter().any(|secret| !secret.is_empty() && all.contains(secret));
    if repeats { None } else { said(words) }
}

/// Characters that turn the direction of text, or join and hide: they could make words look like others.
fn steers(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_short_line() {
        assert_eq!(said(b"5.1.1 no such\r\n user\x00\x1b[31m here").as_deref(), Some("5.1.1 no such user [31m here"));
        assert_eq!(said("a\u{202e}b \u{200b} c".as_bytes()).as_deref(), Some("ab  c"));
        assert_eq!(said(b" \r\n\t"), None);
        assert_eq!(said(b"\xff\xfe x").as_deref(), Some("\u{fffd}\u{fffd} x"));
        let long = said("ü ".repeat(5_000).as_bytes()).unwrap();
        assert!(long.chars().count() <= MAX_SAID, "{}", long.chars().count());
    }

    #[test]
    fn a_secret_that_is_repeated_takes_all_words_with_it() {
        assert_eq!(said_without(b"unknown command AUTH PLAIN AGEAc2VjcmV0", &["secret", "AGEAc2VjcmV0"]), None);
        assert_eq!(said_without(b"5.7.8 no", &["secret", ""]).as_deref(), Some("5.7.8 no"));
    }
}
