//! A mail as its reader in Gmail gets it: images through the proxy, links with Google's redirect beside them.

use crate::html::{Piece, pieces};

/// Makes the reader's view. `proxied` gives the address at the proxy for an image's own address.
pub(crate) fn for_reader(html: &str, mut proxied: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(html.len() + 512);
    for piece in pieces(html) {
        match piece {
            Piece::Text(raw) | Piece::Close(raw) | Piece::Other(raw) => out.push_str(raw),
            Piece::Open(mut tag) => {
                if let Some(original) = image(&tag.name, tag.get("src")) {
                    let address = proxied(&original);
                    tag.set("src", &address);
                    let class = tag.get("class").map_or_else(|| "CToWUd".to_owned(), |it| format!("{it} CToWUd"));
                    tag.set("class", &class);
                    tag.set("data-bit", "iit");
                    out.push_str(&tag.write());
                } else if let Some(target) = link(&tag.name, tag.get("href")) {
                    tag.set("target", "_blank");
                    let safe = format!("https://www.google.com/url?q={}&source=gmail&ust=0&usg=AOvVaw0", percent(&target));
                    tag.set("data-saferedirecturl", &safe);
                    out.push_str(&tag.write());
                } else {
                    out.push_str(tag.raw);
                }
            }
        }
    }
    out
}

/// The addresses of all images in a mail that the proxy would fetch, in order. An image that a quote carries in its
/// proxied form counts by its original.
pub(crate) fn images(html: &str) -> Vec<String> {
    let open = |piece| if let Piece::Open(tag) = piece { Some(tag) } else { None };
    pieces(html).into_iter().filter_map(open).filter_map(|tag| image(&tag.name, tag.get("src"))).collect()
}

/// The targets of all web links in a mail, in order.
pub(crate) fn links(html: &str) -> Vec<String> {
    let open = |piece| if let Piece::Open(tag) = piece { Some(tag) } else { None };
    pieces(html).into_iter().filter_map(open).filter_map(|tag| link(&tag.name, tag.get("href"))).collect()
}

fn image(name: &str, src: Option<&str>) -> Option<String> {
    let src = src.filter(|_| name == "img")?;
    if !is_web(src) {
        return None;
    }
    // Already proxied, as in a quote: Gmail goes back to the original.
    let original = src.split_once("googleusercontent.com/").and_then(|(_, rest)| rest.split_once('#'));
    Some(original.map_or(src, |(_, original)| original).to_owned())
}

fn link(name: &str, href: Option<&str>) -> Option<String> {
    href.filter(|href| name == "a" && is_web(href)).map(str::to_owned)
}

fn is_web(address: &str) -> bool {
    let start: String = address.chars().take(8).collect::<String>().to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Percent-encodes everything but unreserved characters.
pub(crate) fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Text without its percent-encoding; what is not encoded rightly stays as it is.
pub(crate) fn unpercent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let coded = (byte == b'%').then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        out.push(coded.unwrap_or(byte));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_links_are_rewritten_and_nothing_else() {
        let html = "<p class=x>Hi <a href=\"https://a.example/?x=1&amp;y\">a</a> <a href='mailto:b@c'>b</a>\
                    <img src=\"http://i.example/p.gif\" width=1><img src='cid:1'></p>";
        let out = for_reader(html, |it| format!("https://ci3.googleusercontent.com/meips/T=s0-d-e1-ft#{it}"));
        assert_eq!(
            out,
            "<p class=x>Hi <a href=\"https://a.example/?x=1&amp;y\" target=\"_blank\" \
             data-saferedirecturl=\"https://www.google.com/url?q=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y&amp;source=gmail&amp;ust=0&amp;usg=AOvVaw0\">a</a> \
             <a href='mailto:b@c'>b</a>\
             <img src=\"https://ci3.googleusercontent.com/meips/T=s0-d-e1-ft#http://i.example/p.gif\" width=\"1\" class=\"CToWUd\" data-bit=\"iit\">\
             <img src='cid:1'></p>"
        );
        assert_eq!(images(&out), ["http://i.example/p.gif"]);
        assert_eq!(links(html), ["https://a.example/?x=1&y"]);
    }
}
