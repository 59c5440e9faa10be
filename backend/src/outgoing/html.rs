//! Marks in HTML source: links wrapped, the pixel put in, everything else as it was, byte for byte.
//!
//! `lol_html` reads the source and says where things stand; the changes are spliced in there. Which links are wrapped, what a
//! quote is and what a mark looks like is decided where Gmail's page asks too: [`waxwing_domain::mark`].
//!
//! What must hold: after [`mark`] the source has exactly the marks that were put in (it is read again, by the domain's own
//! reader, to see so), and outside of them it is what it was. Where the two readers do not agree the source is refused.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk};
use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings};
use mail_parser::decoders::html::html_to_text;
use waxwing_domain::address::{LINE, Own};
use waxwing_domain::html::{escape_attribute, escape_text, unescape};
use waxwing_domain::mark::{LINE_STYLES, Line, Minting, PIXEL_ATTRIBUTES, QUOTE_CLASSES, wrappable};
use waxwing_domain::strip::{find_marks_in_html, strip_html};
use waxwing_protocol::api::Link;

use super::NotTrackedWhy;
use super::splice::{Splice, splice};

/// Takes the account's old marks out; `None` when there are none.
pub(super) fn strip(source: &str, account: &str) -> Option<String> {
    strip_html(source, account)
}

/// What [`mark`] puts in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'a> {
    /// A pixel, behind the writer's own words.
    pub(super) pixel: bool,
    /// So many links at most are wrapped.
    pub(super) links: usize,
    /// The line, behind the writer's own words too.
    pub(super) line: Option<Line<'a>>,
}

/// Wraps the links of the writer's own words, and puts the pixel behind them if this part is to carry it. The account's old
/// marks must be out already.
pub(super) fn mark(source: &str, minting: &Minting<'_>, marks: Marks<'_>) -> Result<(String, Vec<Link>), NotTrackedWhy> {
    minting.check().map_err(|_| NotTrackedWhy::Address)?;
    let found = read(source)?;
    let mut splices = Vec::new();
    let mut links = Vec::new();
    for anchor in found.anchors.into_iter().filter(|anchor| !anchor.quoted) {
        if links.len() >= marks.links {
            break;
        }
        let Some((at, href)) = anchor.href else { continue };
        let text = html_to_text(&anchor.text.replace('<', "&lt;"));
        let Some(link) = wrappable(&unescape(&href), &text, anchor.pictures) else { continue };
        let Some(url) = minting.wrap(&link.target) else { continue };
        splices.push(Splice { at: at.clone(), by: attribute_value(source, &at, &url).into_bytes() });
        links.push(Link { target: link.target, text: link.text });
    }
    let at = found.first_quote.or(found.body_end).unwrap_or(source.len());
    let mut behind = marks.line.map(|words| line(minting, words)).unwrap_or_default();
    if marks.pixel {
        behind.push_str(&pixel(minting));
    }
    if !behind.is_empty() {
        splices.push(Splice { at: at..at, by: behind.into_bytes() });
    }
    splices.sort_by_key(|splice| splice.at.start);
    let marked = String::from_utf8(splice(source.as_bytes(), &splices)).map_err(|_| NotTrackedWhy::Markup)?;

    let found = find_marks_in_html(&marked, minting.account);
    let count = |is: fn(&Own) -> bool| found.iter().filter(|mark| is(mark)).count();
    let pixels = count(|mark| matches!(mark, Own::Pixel { .. }));
    let told = count(|mark| matches!(mark, Own::Line { .. }));
    let ours = found.iter().all(|mark| mark.token().message == minting.message);
    let as_wanted = (pixels, told) == (usize::from(marks.pixel), usize::from(marks.line.is_some()));
    if ours && as_wanted && found.len() - pixels - told == links.len() {
        Ok((marked, links))
    } else {
        Err(NotTrackedWhy::Markup)
    }
}

fn pixel(minting: &Minting<'_>) -> String {
    let src = minting.pixel();
    let mut tag = String::from("<img");
    for (name, value) in std::iter::once(("src", src.as_str())).chain(PIXEL_ATTRIBUTES) {
        tag.push(' ');
        tag.push_str(name);
        tag.push_str("=\"");
        escape_attribute(value, &mut tag);
        tag.push('"');
    }
    tag.push('>');
    tag
}

fn line(minting: &Minting<'_>, words: Line<'_>) -> String {
    let url = minting.line();
    let shown = if words.link.is_empty() { url.trim_end_matches(LINE) } else { words.link };
    let mut html = format!("<div style=\"{}\">", LINE_STYLES[0]);
    escape_text(words.before, &mut html);
    html.push_str("<a href=\"");
    escape_attribute(&url, &mut html);
    for part in ["\" style=\"", LINE_STYLES[1], "\">"] {
        html.push_str(part);
    }
    escape_text(shown, &mut html);
    html.push_str("</a>");
    escape_text(words.after, &mut html);
    html.push_str("</div>");
    html
}

/// What stands in the place of an attribute's value: without quotes of its own where it has some already.
fn attribute_value(source: &str, at: &Range<usize>, url: &str) -> String {
    let mut value = String::new();
    escape_attribute(url, &mut value);
    match source.as_bytes().get(at.start.wrapping_sub(1)) {
        Some(b'"') => value,
        // Addresses of ours hold no apostrophe unencoded, but that is not for this place to know.
        Some(b'\'') => value.replace('\'', "&#39;"),
        _ => format!("\"{value}\""),
    }
}

/// What was found in the source.
#[derive(Debug, Default)]
struct Found {
    anchors: Vec<Anchor>,
    /// Where the first quote begins.
    first_quote: Option<usize>,
    /// Where the body's end tag begins.
    body_end: Option<usize>,
    /// Where the element begins that was last seen inside of a quote.
    quoted: Option<usize>,
}

#[derive(Debug)]
struct Anchor {
    /// Where the value of `href` stands, and it, as written.
    href: Option<(Range<usize>, String)>,
    quoted: bool,
    /// The text as written, and that of its pictures.
    text: String,
    pictures: bool,
}

/// The roots of quotes as selectors, by class, or `blockquote[type=cite]`; and the anchors that belong to them.
fn quotes() -> impl Iterator<Item = (String, String)> {
    let classes = QUOTE_CLASSES.iter().map(|class| (format!(".{class}"), format!(".{class} a, a.{class}")));
    let cite = "blockquote[type=\"cite\" i]";
    classes.chain([(cite.to_owned(), format!("{cite} a"))])
}

fn read(source: &str) -> Result<Found, NotTrackedWhy> {
    let found = Rc::new(RefCell::new(Found::default()));
    let selector = |css: &str| css.parse::<Selector>().map_err(|_| NotTrackedWhy::Markup);
    // Strict by default: where only a browser's whole tree would tell what is markup, nothing is touched.
    let mut settings = Settings::new();
    for (quote, anchors) in quotes() {
        let first = Rc::clone(&found);
        let begins = move |element: &mut Element<'_, '_>| {
            first.borrow_mut().first_quote.get_or_insert(element.source_location().bytes().start);
            Ok(())
        };
        let inside = Rc::clone(&found);
        let quoted = move |element: &mut Element<'_, '_>| {
            inside.borrow_mut().quoted = Some(element.source_location().bytes().start);
            Ok(())
        };
        settings = settings
            .append_element_content_handler((Cow::Owned(selector(&quote)?), ElementContentHandlers::default().element(begins)))
            .append_element_content_handler((
                Cow::Owned(selector(&anchors)?),
                ElementContentHandlers::default().element(quoted),
            ));
    }
    // Handlers of one element run in the order in which they were added: `quoted` is known by now.
    let opened = Rc::clone(&found);
    let anchor = move |element: &mut Element<'_, '_>| {
        let mut found = opened.borrow_mut();
        let href = element.attributes().iter().find(|attribute| attribute.name() == "href");
        let href = href.and_then(|href| Some((href.value_source_location()?.bytes(), href.value())));
        let quoted = found.quoted == Some(element.source_location().bytes().start);
        found.anchors.push(Anchor { href, quoted, text: String::new(), pictures: false });
        Ok(())
    };
    let reading = Rc::clone(&found);
    let text = move |chunk: &mut TextChunk<'_>| {
        if let Some(anchor) = reading.borrow_mut().anchors.last_mut() {
            anchor.text.push_str(chunk.as_str());
        }
        Ok(())
    };
    let seeing = Rc::clone(&found);
    let picture = move |element: &mut Element<'_, '_>| {
        if let Some(anchor) = seeing.borrow_mut().anchors.last_mut() {
            anchor.pictures = true;
            anchor.text.push(' ');
            anchor.text.push_str(&element.get_attribute("alt").unwrap_or_default());
        }
        Ok(())
    };
    let closing = Rc::clone(&found);
    let body = move |element: &mut Element<'_, '_>| {
        let closing = Rc::clone(&closing);
        element.on_end_tag(Box::new(move |end| {
            closing.borrow_mut().body_end = Some(end.source_location().bytes().start);
            Ok(())
        }))
    };
    let settings = settings
        .append_element_content_handler((
            Cow::Owned(selector("a")?),
            ElementContentHandlers::default().element(anchor).text(text),
        ))
        .append_element_content_handler((Cow::Owned(selector("a img")?), ElementContentHandlers::default().element(picture)))
        .append_element_content_handler((Cow::Owned(selector("body")?), ElementContentHandlers::default().element(body)));

    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(source.as_bytes()).map_err(|_| NotTrackedWhy::Markup)?;
    rewriter.end().map_err(|_| NotTrackedWhy::Markup)?;
    Ok(found.take())
}

#[cfg(test)]
mod tests;
