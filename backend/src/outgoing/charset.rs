//! Character sets of a part: read without a doubt, and written back as they were.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text of these bytes, and what to write it back in. `None`: the set is not known, cannot be written, or the bytes are not
/// of it.
pub(super) fn read(bytes: &[u8], label: Option<&str>) -> Option<(String, &'static Encoding)> {
    let label = label.map(str::trim).filter(|label| !label.is_empty());
    let encoding = match label {
        // Bytes that are said to be ASCII and are not: every byte is a character of this one, so that all of them come back.
        None | Some("us-ascii" | "US-ASCII") => {
            if std::str::from_utf8(bytes).is_ok() {
                UTF_8
            } else {
                WINDOWS_1252
            }
        }
        Some(label) => Encoding::for_label_no_replacement(label.as_bytes())?,
    };
    // UTF-16 is read but not written by this library, nor by mail.
    if encoding.output_encoding() != encoding {
        return None;
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some((text.into_owned(), encoding))
}

/// The bytes of this text. `None` when they would be read as another text.
pub(super) fn write(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let (bytes, _, replaced) = encoding.encode(text);
    let back = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
    (!replaced && back == text).then(|| bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (bytes, label, text) in [
            (&b"a"[..], None, Some("a")),
            (b"\xc3\xa4", None, Some("ä")),
            (b"\xe4", None, Some("ä")),
            (b"\xe4\x81", Some("us-ascii"), Some("ä\u{81}")),
            (b"\xc3\xa4", Some("utf-8"), Some("ä")),
            (b"\xef\xbb\xbfa", Some("UTF-8"), Some("\u{feff}a")),
            (b"\xe4\x80", Some(" ISO-8859-1 "), Some("ä€")),
            (b"\x93\xfa\x96\x7b", Some("shift_jis"), Some("日本")),
            (b"\x1b$BF|K\\\x1b(B", Some("iso-2022-jp"), Some("日本")),
            (b"\xc8\xd5", Some("gb2312"), Some("日")),
            // Not UTF-8, no such set, one that is not for mail, and one that is a way of attack.
            (b"\xe4", Some("utf-8"), None),
            (b"a", Some("x-unknown"), None),
            (b"a\0", Some("utf-16le"), None),
            (b"a", Some("utf-7"), None),
            (b"a", Some("hz-gb-2312"), None),
        ] {
            let found = read(bytes, label);
            assert_eq!(found.as_ref().map(|(text, _)| text.as_str()), text, "{label:?}");
            if let Some((text, encoding)) = found {
                assert_eq!(write(&text, encoding).as_deref(), Some(bytes), "{label:?}");
            }
        }
        assert_eq!(write("日", WINDOWS_1252), None);
    }
}
