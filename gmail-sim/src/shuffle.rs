//! Other names for obfuscated classes, to play a redesign.
//!
//! What must hold: the page (`web/dom.js`) and the style sheet rename alike, so the function below stands in both; the
//! tests of both hold the same examples. Names that say what they are (`editable`, `gmail_quote`, all with `gs-`, which
//! are this simulator's own) stay.

/// The name of a class under a seed; seed 0 keeps it.
pub(crate) fn class(name: &str, seed: u32) -> String {
    if seed == 0 || name == "editable" || name.starts_with("gmail_") || name.starts_with("gs-") {
        return name.to_owned();
    }
    let mut hash = 0x811c_9dc5_u32 ^ seed;
    for byte in name.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // A letter that tells them from the old names, then the hash in letters.
    let mut out = String::from("z");
    for _ in 0..6 {
        out.push(char::from(b'a' + u8::try_from(hash % 26).unwrap_or_default()));
        hash /= 26;
    }
    out
}

/// A style sheet with every class renamed.
pub(crate) fn style(css: &str, seed: u32) -> String {
    if seed == 0 {
        return css.to_owned();
    }
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    // Classes occur outside of braces only; the sheet has no strings or comments with a dot before a letter inside
    // selectors.
    let mut depth = 0_u32;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let starts_name = after.starts_with(|c: char| c.is_ascii_alphabetic());
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '.' if starts_name && depth == 0 => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(after.len());
                out.push('.');
                out.push_str(&class(&after[..end], seed));
                rest = &after[end..];
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same examples stand in `tests/smoke.mjs` for `web/dom.js`.
    #[test]
    fn obfuscated_names_change_and_plain_ones_stay() {
        assert_eq!(class("aoO", 0), "aoO");
        assert_eq!(class("aoO", 7), class("aoO", 7));
        assert_ne!(class("aoO", 7), class("aoO", 8));
        for plain in ["editable", "gmail_quote", "gs-app"] {
            assert_eq!(class(plain, 7), plain);
        }
        let css = ".aoO.gs-x:hover > .T-I { margin: .5em } .y6{}";
        assert_eq!(
            style(css, 7),
            format!(".{}.gs-x:hover > .{} {{ margin: .5em }} .{}{{}}", class("aoO", 7), class("T-I", 7), class("y6", 7))
        );
    }
}
