//! Taking our own marks out again: out of quotes, so that an answer does not load the earlier mail's pixel, and out of a
//! body that was marked and is not sent after all.
//!
//! What must hold: only marks of the given account go (pixels, wrapped links, the line with the link to the recipient's page), and after
//! that the tree or the text is what it was before marking; marks of colleagues and of others stay untouched. Addresses are recognised by
//! [`Own::find`], plain and proxied, on any host (a backend may have moved) and without their proof, which another browser of the account
//! made with another key. So whoever has a mail of ours can write a mail whose answer quotes less of it, in what passes for a mark: an
//! image, and a line as short as lines are. Where a link leads to is said by its own address, and quoted as that.

use waxwing_protocol::api::ConsentSettings;

use crate::address::Own;
use crate::html::{self, Piece};
use crate::tree::Tree;

/// How many marks [`strip`] took out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stripped {
    /// Pixels removed.
    pub pixels: usize,
    /// Links that have their own target again.
    pub links: usize,
    /// Lines removed.
    pub lines: usize,
}

/// Where Gmail keeps a redirect of its own for a link of a mail that came in (`https://www.google.com/url?q=…`). It is
/// copied into quotes.
const SAFE_REDIRECT: &str = "data-saferedirecturl";

/// How many layers of ours are taken off a link. We never wrap what is wrapped: more is somebody's trick to keep us busy while
/// a mail is sent.
const MAX_LAYERS: usize = 8;

/// A line is its user's words and perhaps, where these name no place for it, the address of the page. What says more is no line of ours:
/// a mail that came in may hold an address of ours, which was in a mail to its writer, around any words.
const MOST_OF_LINE: usize = ConsentSettings::MAX_LINE + 512;

/// Takes out all marks of `account` below `root`, also in quotes.
pub fn strip<T: Tree>(tree: &mut T, root: &T::Node, account: &str) -> Stripped {
    let mut stripped = Stripped::default();
    for node in tree.elements(root, &["img", "a", "area"]) {
        if tree.name(&node).as_deref() == Some("img") {
            if tree.attribute(&node, "src").is_some_and(|src| is_pixel(&src, account)) {
                tree.remove(&node);
                stripped.pixels += 1;
            }
            continue;
        }
        let href = tree.attribute(&node, "href").unwrap_or_default();
        if is_line(&href, account) {
            if let Some(line) = line_around(tree, &node) {
                tree.remove(&line);
                stripped.lines += 1;
            }
            continue;
        }
        if let Some(target) = target_of(&href, account) {
            tree.set_attribute(&node, "href", &target);
            stripped.links += 1;
        }
        if tree.attribute(&node, SAFE_REDIRECT).is_some_and(|url| target_of(&url, account).is_some()) {
            tree.remove_attribute(&node, SAFE_REDIRECT);
        }
    }
    stripped
}

/// Does the same on HTML as text, for the quote that Gmail keeps folded in a hidden input. Everything that is not a mark
/// stays as it is, byte for byte; `None` when there is no mark at all.
pub fn strip_html(source: &str, account: &str) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut replace = |span: core::ops::Range<usize>, by: &str| {
        out.push_str(&source[kept..span.start]);
        out.push_str(by);
        kept = span.end;
    };
    let mut pieces = html::pieces(source);
    // Where a `div` begins in which there was nothing so far but text and perhaps the link of a line.
    let (mut div, mut line, mut said) = (None, false, 0);
    while let Some(piece) = pieces.next() {
        let tag = match piece {
            Piece::Start(tag) => tag,
            Piece::Other(text) => {
                if div.is_some() {
                    said += html::unescape(text).chars().count();
                }
                continue;
            }
            Piece::End(name) => {
                let ends_div = name.eq_ignore_ascii_case("div");
                if let Some(start) = div.filter(|_| line && ends_div && said <= MOST_OF_LINE) {
                    replace(start..pieces.end(), "");
                }
                if ends_div || !line || !name.eq_ignore_ascii_case("a") {
                    (div, line) = (None, false);
                }
                continue;
            }
        };
        let is_line = tag.is("a") && tag.attribute("href").is_some_and(|href| is_line(&html::unescape(href.value), account));
        if is_line && !line && div.is_some() {
            line = true;
            continue;
        }
        (div, line, said) = (tag.is("div").then_some(tag.span.start), false, 0);
        if is_line {
            continue;
        }
        if tag.is("img") {
            if tag.attribute("src").is_some_and(|src| is_pixel(&html::unescape(src.value), account)) {
                replace(tag.span, "");
            }
            continue;
        }
        if !tag.is("a") && !tag.is("area") {
            continue;
        }
        let target = |name: &str| {
            let attribute = tag.attribute(name)?;
            Some((attribute, target_of(&html::unescape(attribute.value), account)?))
        };
        let href = target("href").map(|(attribute, target)| {
            let mut value = String::from("\"");
            html::escape_attribute(&target, &mut value);
            value.push('"');
            (attribute.value_span.clone(), value)
        });
        // With the white space before it, so that nothing of it is left.
        let redirect = target(SAFE_REDIRECT).map(|(attribute, _)| {
            let before = source[..attribute.span.start].trim_end_matches([' ', '\t', '\n', '\r', '\x0c']).len();
            (before..attribute.span.end, String::new())
        });
        let mut changes: Vec<_> = href.into_iter().chain(redirect).collect();
        // There are two at most; a sort would be more code than the rest of this function.
        if changes.windows(2).any(|two| two[0].0.start > two[1].0.start) {
            changes.reverse();
        }
        for (span, by) in changes {
            replace(span, &by);
        }
    }
    if kept == 0 {
        return None;
    }
    out.push_str(&source[kept..]);
    Some(out)
}

/// All marks of `account` in HTML source, in order: the `src` of images that are pixels of ours, the `href` of anchors that
/// are wrapped links or links of lines of ours. A mail is as it should be when exactly one of them is a pixel, with the message's id.
pub fn find_marks_in_html(source: &str, account: &str) -> Vec<Own> {
    let tags = html::pieces(source).filter_map(|piece| match piece {
        Piece::Start(tag) => Some(tag),
        _ => None,
    });
    tags.filter_map(|tag| {
        let is_image = tag.is("img");
        let address = if is_image {
            tag.attribute("src")
        } else if tag.is("a") || tag.is("area") {
            tag.attribute("href")
        } else {
            None
        };
        let own = Own::find(&html::unescape(address?.value))?;
        (own.account() == account && is_image == matches!(own, Own::Pixel { .. })).then_some(own)
    })
    .collect()
}

fn is_line(url: &str, account: &str) -> bool {
    // Asked of every link: most are none of ours.
    url.contains("/r/") && matches!(Own::find(url), Some(Own::Line { account: of, .. }) if of == account)
}

/// The line that this link is of: a `div` with nothing in it but text and the link. A line that a mail program made something else
/// of is left: it is quoted words by now.
fn line_around<T: Tree>(tree: &T, link: &T::Node) -> Option<T::Node> {
    let parent = tree.parent(link).filter(|parent| tree.name(parent).as_deref() == Some("div"))?;
    let mut inside = tree.children(&parent);
    inside.extend(tree.children(link));
    let is_line = inside.iter().all(|child| child == link || tree.name(child).is_none())
        && tree.text(&parent).chars().nth(MOST_OF_LINE).is_none();
    is_line.then_some(parent)
}

fn is_pixel(url: &str, account: &str) -> bool {
    matches!(Own::find(url), Some(Own::Pixel { account: of, .. }) if of == account)
}

/// Where a wrapped link of the account goes in the end. We never wrap what is wrapped, but what comes in may be anything:
/// `None` for what is wrapped more than [`MAX_LAYERS`] times, which did not come from us.
fn target_of(url: &str, account: &str) -> Option<String> {
    let unwrap_once = |url: &str| match Own::find(url) {
        Some(Own::Click { account: of, target, .. }) if of == account => Some(target),
        _ => None,
    };
    let mut target = unwrap_once(url)?;
    for _ in 0..MAX_LAYERS {
        let Some(inner) = unwrap_once(&target) else { return Some(target) };
        target = inner;
    }
    None
}

#[cfg(test)]
mod tests;
