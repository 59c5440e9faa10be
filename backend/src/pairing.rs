//! Pairing codes: ten characters that are hard to mistype, 50 bits, good once and for fifteen minutes.

use waxwing_protocol::Millis;

use crate::entropy::{self, Entropy};

/// How long a code is good.
pub const LIFETIME: Millis = 15 * 60 * 1000;
const LEN: usize = 10;
/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code, in the form that is stored (as a hash).
pub fn new_code(entropy: &dyn Entropy) -> std::io::Result<String> {
    entropy::text(entropy, ALPHABET, LEN)
}

/// A code as people read and type it: `7KQ2M-9XWTA`.
pub fn display(code: &str) -> String {
    let (front, back) = code.split_at(code.len() / 2);
    format!("{front}-{back}")
}

/// What somebody typed, in the form that is stored: case, spaces and hyphens do not count, and letters that are no part of a
/// code are read as the digits they look like. `None` when it cannot be a code.
pub fn normalise(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(LEN);
    for c in typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '_')) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if code.len() == LEN || !c.is_ascii() || !ALPHABET.contains(&u8::try_from(c).ok()?) {
            return None;
        }
        code.push(c);
    }
    (code.len() == LEN).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_is_printed_is_read_back() {
        let code = new_code(&SystemEntropy).unwrap();
        assert_eq!(normalise(&display(&code)).unwrap(), code);
        assert_eq!(normalise(&format!(" {} ", display(&code).to_lowercase())).unwrap(), code);
    }

    #[test]
    fn slips_of_hand_are_forgiven_and_other_things_refused() {
        assert_eq!(normalise("Oil2-3 456–78\n").unwrap(), "0112345678");
        for typed in ["", "123", "0123456789A", "ABCDEFGHI!", "ÄBCDEFGHJK", "UUUUUUUUUU"] {
            assert_eq!(normalise(typed), None, "{typed}");
        }
    }
}
