//! What a server says, made fit to be kept and shown: one line, short, without control characters and without our secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::MailboxError;

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
    if repeats(&all, secrets) { None } else { said(words) }
}

/// An error without its words when they repeat a password, as it is or as it travels. A server that was told one may repeat it
/// in whatever it says later.
#[must_use]
pub fn without_password(error: MailboxError, user: &str, password: &str) -> MailboxError {
    let (plain, alone) = (STANDARD.encode(format!("\0{user}\0{password}")), STANDARD.encode(password));
    let said = error.said.filter(|said| !repeats(said, &[password, &plain, &alone]));
    MailboxError { said, ..error }
}

/// Whether a secret stands in the words, or its beginning where they were cut. White space and marks do not hide it.
fn repeats(words: &str, secrets: &[&str]) -> bool {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !steers(*c) && *c != '\\').collect()
    };
    let all = bare(words);
    let is_cut = words.chars().count() >= MAX_SAID;
    secrets.iter().map(|secret| bare(secret)).filter(|secret| !secret.is_empty()).any(|secret| {
        let beginnings = secret.char_indices().map(|(at, _)| &secret[..at]).filter(|beginning| beginning.chars().count() >= 3);
        all.contains(&secret) || (is_cut && beginnings.into_iter().any(|beginning| all.ends_with(beginning)))
    })
}

/// Characters that turn the direction of text, or join and hide: they could make words look like others.
fn steers(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::Trouble;

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

    #[test]
    fn a_password_is_known_again_in_what_is_said_later() {
        let error = |words: &str| MailboxError { said: said(words.as_bytes()), ..MailboxError::new(Trouble::Busy) };
        let left = |words: &str| without_password(error(words), "al", "ab \"cd\" efgh").said;
        assert_eq!(left("454 later, please").as_deref(), Some("454 later, please"));
        for words in ["you are ab \"cd\" efgh", "LOGIN \"ab \\\"cd\\\" efgh\"?", "ab\u{200b}\"cd\"\tefgh", "<YWIgImNkIiBlZmdo>"]
        {
            assert_eq!(left(words), None, "{words}");
        }
        // The end was cut off with the rest of the secret.
        assert_eq!(left(&format!("{}ab \"cd\" efgh", "x".repeat(MAX_SAID - 6))), None);
        assert!(left(&format!("{}ab is all", "x".repeat(100))).is_some());
        assert!(without_password(error("x"), "al", "").said.is_some());
        assert_eq!(without_password(error("secret"), "al", "secret").trouble, Trouble::Busy);
    }
}
