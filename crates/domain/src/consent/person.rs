//! The normal forms of an address, as far as consent asks.
//!
//! - [`exact`]: the whole in lower case; the domain without a dot at its end and in ASCII (IDNA's `xn--`), since the same domain
//!   can be written both ways; quotes around a name that needs none are left out. Case counts nowhere: in names it may by the
//!   letter of RFC 5321, but no provider of any size keeps `Ann@` and `ann@` apart, and a refusal must not hang on it.
//! - [`root`]: the same without what stands after a `+` in the name; at Gmail (`gmail.com`, `googlemail.com`, which are one) also
//!   without its dots. What is known of such forms is that they arrive at the same person.
//!
//! A refusal is looked up by `root`, so that a refusal of any form covers all of them: to take two people for one costs the sender
//! a figure, to take one for two breaks a promise. An agreement is looked up by `exact`: to take a colleague's `team+ann@` for
//! `team@` would make somebody agree who did not.

/// The longest address: RFC 5321's 64 and 255 characters and the `@`.
const MAX: usize = 320;
/// A label's, in ASCII.
const MAX_LABEL: usize = 63;

/// How letters beyond ASCII are read. Rust's tables of them are large; whoever has others at hand, as a browser does, brings them.
pub trait Letters {
    /// In lower case.
    fn lower(&self, text: &str) -> String;
    /// A domain in IDNA's form (`xn--`). `None`: it is none.
    fn ascii(&self, domain: &str) -> Option<String>;
}

/// By Rust's tables.
#[derive(Debug, Clone, Copy)]
pub struct Tables;

impl Letters for Tables {
    fn lower(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn ascii(&self, domain: &str) -> Option<String> {
        let mut ascii = String::with_capacity(domain.len());
        for label in domain.strip_suffix(is_dot).unwrap_or(domain).split(is_dot) {
            let label = label.to_lowercase();
            if !label.chars().all(|c| c.is_ascii() || c.is_alphanumeric() || is_mark(c)) {
                return None;
            }
            if !ascii.is_empty() {
                ascii.push('.');
            }
            if label.is_ascii() {
                ascii.push_str(&label);
            } else {
                ascii.push_str("xn--");
                punycode(&label, &mut ascii)?;
            }
        }
        Some(ascii)
    }
}

/// The address in its normal form. `None`: it is none.
pub fn exact(address: &str) -> Option<String> {
    exact_by(&Tables, address)
}

/// What all forms of the address have in common. `None`: it is none.
pub fn root(address: &str) -> Option<String> {
    root_by(&Tables, address)
}

/// [`exact`] by other letters.
pub fn exact_by(letters: &impl Letters, address: &str) -> Option<String> {
    let (name, domain) = split(letters, address)?;
    Some(together(name, &domain))
}

/// [`root`] by other letters.
pub fn root_by(letters: &impl Letters, address: &str) -> Option<String> {
    let (mut name, mut domain) = split(letters, address)?;
    if !name.starts_with('"') {
        // A name that begins with a plus is a name.
        if let Some(plus) = name.find('+').filter(|at| *at > 0) {
            name.truncate(plus);
        }
        if matches!(domain.as_str(), "gmail.com" | "googlemail.com") {
            "gmail.com".clone_into(&mut domain);
            let bare: String = name.chars().filter(|c| *c != '.').collect();
            if !bare.is_empty() {
                name = bare;
            }
        }
    }
    Some(together(name, &domain))
}

fn together(mut name: String, domain: &str) -> String {
    name.push('@');
    name.push_str(domain);
    name
}

fn split(letters: &impl Letters, address: &str) -> Option<(String, String)> {
    let address = address.trim();
    let address = address.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(address);
    if address.len() > MAX * 4 || address.chars().any(|c| c.is_control() || is_unseen(c)) {
        return None;
    }
    let (name, domain) = address.rsplit_once('@')?;
    let name = unquoted(name);
    let name = if name.is_ascii() { name.to_ascii_lowercase() } else { letters.lower(name) };
    let domain = ascii_domain(letters, domain)?;
    let fits = name.starts_with('"') || !name.contains(is_special);
    (!name.is_empty() && fits && name.len() + domain.len() < MAX).then_some((name, domain))
}

/// Characters that show nothing: with one of them in it, an address looks like another.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What stands in a name between quotes alone.
fn is_special(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"')
}

/// Quotes that say nothing are left out: `"ann"@x` is `ann@x`.
fn unquoted(name: &str) -> &str {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.is_empty() && !inner.contains(is_special)).unwrap_or(name)
}

/// A domain in lower case and ASCII.
pub(super) fn ascii_domain(letters: &impl Letters, domain: &str) -> Option<String> {
    let domain = domain.trim();
    let mut ascii = if domain.is_ascii() { domain.to_ascii_lowercase() } else { letters.ascii(domain)? };
    if ascii.ends_with('.') {
        ascii.pop();
    }
    let fits = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    (ascii.len() <= 253 && ascii.split('.').all(fits)).then_some(ascii)
}

/// The dots of other scripts are dots (UTS 46).
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

/// Marks that stand on letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{e7f}' | '\u{3099}' | '\u{309a}')
}

/// RFC 3492, encoding. `None`: it is too long.
fn punycode(label: &str, out: &mut String) -> Option<()> {
    const BASE: u32 = 36;
    let (mut n, mut delta, mut bias) = (128_u32, 0_u32, 72_u32);
    let basic: String = label.chars().filter(char::is_ascii).collect();
    let all = u32::try_from(label.chars().count()).ok().filter(|count| *count < 256)?;
    let first = u32::try_from(basic.len()).ok()?;
    let mut done = first;
    out.push_str(&basic);
    if first > 0 {
        out.push('-');
    }
    while done < all {
        let next = label.chars().map(u32::from).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(done + 1)?)?;
        n = next;
        for c in label.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                let (mut q, mut k) = (delta, BASE);
                loop {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    if q < t {
                        break;
                    }
                    out.push(digit(t + (q - t) % (BASE - t))?);
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                out.push(digit(q)?);
                bias = adapt(delta, done + 1, done == first);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(())
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value, 36)
        .map(|_| if value < 26 { u32::from(b'a') + value } else { u32::from(b'0') + value - 26 })
        .and_then(char::from_u32)
}

fn adapt(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (35 * 26) / 2 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_an_address() {
        for (address, one, all) in [
            ("ann@acme.example", "ann@acme.example", "ann@acme.example"),
            (" <Ann@ACME.example.> ", "ann@acme.example", "ann@acme.example"),
            ("Ann+News@acme.example", "ann+news@acme.example", "ann@acme.example"),
            ("ann+a+b@acme.example", "ann+a+b@acme.example", "ann@acme.example"),
            ("+ann@acme.example", "+ann@acme.example", "+ann@acme.example"),
            ("a.n.n@acme.example", "a.n.n@acme.example", "a.n.n@acme.example"),
            ("A.n.n+x@GoogleMail.com", "a.n.n+x@googlemail.com", "ann@gmail.com"),
            ("...@gmail.com", "...@gmail.com", "...@gmail.com"),
            ("\"ann\"@acme.example", "ann@acme.example", "ann@acme.example"),
            ("\"ann+x\"@acme.example", "ann+x@acme.example", "ann@acme.example"),
            ("\"a b+c\"@acme.example", "\"a b+c\"@acme.example", "\"a b+c\"@acme.example"),
            ("jörg@MÜNCHEN.example", "jörg@xn--mnchen-3ya.example", "jörg@xn--mnchen-3ya.example"),
            ("a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"),
            ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah", "a@xn--r8jz45g.xn--zckzah"),
            ("a@straße.example", "a@xn--strae-oqa.example", "a@xn--strae-oqa.example"),
        ] {
            assert_eq!(exact(address).as_deref(), Some(one), "{address}");
            assert_eq!(root(address).as_deref(), Some(all), "{address}");
            assert_eq!(root(&exact(address).unwrap()).as_deref(), Some(all), "{address}: by its normal form");
        }
    }

    #[test]
    fn what_is_no_address() {
        let long = format!("{}@a.example", "x".repeat(320));
        let deep = format!("a@{}example", "x.".repeat(200));
        let label = format!("a@{}.example", "ü".repeat(300));
        for address in [
            "",
            "@",
            "ann",
            "ann@",
            "@acme.example",
            "a b@acme.example",
            "ann@acme..example",
            "ann@a b",
            "a\0b@x.example",
            "ann@acme.example\r\nBcc: x@y",
            "ann\u{200b}@acme.example",
            "<script>@x.example",
            "ann@x.example>",
            "a,b@x.example",
            &long,
            &deep,
            &label,
        ] {
            assert_eq!(exact(address), None, "{address:?}");
            assert_eq!(root(address), None, "{address:?}");
        }
    }
}
