//! Percent encoding (RFC 3986, section 2.1), the little of it that addresses of ours need.

/// Appends `text` with everything but RFC 3986's unreserved characters percent-encoded, as UTF-8.
pub(crate) fn encode_component(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            push_encoded(byte, out);
        }
    }
}

/// Appends `%XX`.
pub(crate) fn push_encoded(byte: u8, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Decodes a value of a query. `+` is a space, as in forms: we never write a bare `+`, but what passes a link on may.
/// `None` when a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
pub(crate) fn decode_query_value(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex_digit(rest.next()?)? << 4 | hex_digit(rest.next()?)?,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit, 0 to 15.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, encoded) in [
            ("", ""),
            ("aZ09-._~", "aZ09-._~"),
            ("https://a.b/c?d=e&f#g", "https%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%23g"),
            ("%41 +", "%2541%20%2B"),
            ("ü€𝄞\0", "%C3%BC%E2%82%AC%F0%9D%84%9E%00"),
        ] {
            let mut out = String::new();
            encode_component(text, &mut out);
            assert_eq!(out, encoded);
            assert_eq!(decode_query_value(encoded).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_cannot_be_decoded() {
        for text in ["%", "%4", "a%", "%zz", "%4g", "%é", "%c3", "%ff", "%-1", "%+1"] {
            assert_eq!(decode_query_value(text), None, "{text:?}");
        }
        assert_eq!(decode_query_value("a+b%2b").as_deref(), Some("a b+"));
    }
}
