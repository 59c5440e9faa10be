//! Marking a mail: links are wrapped, the pixel is put in, and the line that says so to its recipients.
//!
//! What must hold: after [`mark`] there is exactly one pixel of ours in the body if opens are tracked, and none if not, before the
//! first quote, so behind the writer's own words; the line, if one is wanted, stands directly before it; the words of the mail are
//! the same as before; [`crate::strip::strip`] gives back what was there before; and marking again changes nothing but the message.
//! When anything goes wrong the body is left without marks. A line never stands in a mail in which nothing is tracked.

mod links;
mod quotes;

use uuid::Uuid;
use waxwing_protocol::api::Kinds;

use crate::address::{self, Own};
use crate::strip;
use crate::token::{MintKey, Token};
use crate::tree::Tree;

pub use links::wrappable;
pub use quotes::QUOTE_CLASSES;

/// How a message's addresses are minted.
#[derive(Debug, Clone, Copy)]
pub struct Minting<'a> {
    /// Where pixels and links point to: an `http` or `https` origin, perhaps with a path.
    pub tracking_url: &'a str,
    /// The account's public id.
    pub account: &'a str,
    /// The mint key of `epoch`.
    pub key: &'a MintKey,
    /// The epoch that `key` belongs to.
    pub epoch: u8,
    /// The message's id.
    pub message: Uuid,
}

impl Minting<'_> {
    /// Fails for an account's id or a tracking URL that cannot be used.
    pub fn check(&self) -> Result<(), MarkError> {
        if !address::is_account_id(self.account) {
            return Err(MarkError::Account);
        }
        if address::location(self.tracking_url).is_none() || self.tracking_url.contains(['?', '#']) {
            return Err(MarkError::TrackingUrl);
        }
        Ok(())
    }

    fn token(&self) -> Token {
        Token::mint(self.key, self.epoch, self.message)
    }

    /// The address of the message's pixel.
    pub fn pixel(&self) -> String {
        address::pixel_url(self.tracking_url, self.account, &self.token())
    }

    /// The address of the recipient's page, as it stands in the line.
    pub fn line(&self) -> String {
        address::recipient_url(self.tracking_url, self.account, &self.token(), self.key) + address::LINE
    }

    /// What stands in the mail instead of `target`; `None` when it would get too long.
    pub fn wrap(&self, target: &str) -> Option<String> {
        let url = address::click_url(self.tracking_url, self.account, &self.token(), self.key, target);
        (url.len() <= address::MAX_CLICK_URL).then_some(url)
    }
}

/// The attributes of the pixel's `img` beside its `src`. Shown as nothing by clients that load it, and by those that do not; no
/// `display:none`, which some never load.
pub const PIXEL_ATTRIBUTES: [(&str, &str); 4] =
    [("alt", ""), ("width", "1"), ("height", "1"), ("style", "width:1px;height:1px;border:0")];

/// The style of the line's element, and of its link.
pub const LINE_STYLES: [&str; 2] = ["margin:12px 0 0;font-size:12px;color:#70757a", "color:#70757a"];

/// What is put into a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Opens: the pixel. Clicks: wrapped links.
    pub kinds: Kinds,
    /// The line, if it is to have one.
    pub line: Option<Line<'a>>,
}

impl Wanted<'_> {
    /// Both kinds, without a line.
    pub const BOTH: Self = Self { kinds: Kinds::ALL, line: None };
}

/// The words of the line: plain text, on both sides of the link's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Before the link.
    pub before: &'a str,
    /// The link's own; none: its address.
    pub link: &'a str,
    /// Behind it.
    pub after: &'a str,
}

/// What [`mark`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The links that were wrapped, in the order of the mail.
    pub links: Vec<MarkedLink>,
}

/// A wrapped link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedLink {
    /// Where it goes: the `href` as it was.
    pub target: String,
    /// Its visible text, or that of its pictures, at most 200 characters.
    pub text: String,
}

/// Why a mail could not be marked. Its body is then without marks of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// The account's id has not the form of one.
    #[error("the account's id is not of its form")]
    Account,
    /// The tracking URL is not an `http` or `https` address with a host, or has a query or a fragment.
    #[error("the tracking URL cannot be used")]
    TrackingUrl,
    /// There is nothing in it that could be tracked: opens are not, and it has no link that can be wrapped.
    #[error("there is nothing to track in it")]
    Nothing,
    /// The tree did not take the pixel or a link as asked: something else changes the body.
    #[error("the body did not take the marks")]
    NotTaken,
}

/// Marks a mail. `body` is the root of what the writer edits; marks of ours that are in it already, also in quotes, go first.
pub fn mark<T: Tree>(tree: &mut T, body: &T::Node, minting: &Minting<'_>, wanted: &Wanted<'_>) -> Result<Marked, MarkError> {
    let Minting { account, message, .. } = *minting;
    let fit = minting.check();
    if fit == Err(MarkError::Account) {
        return Err(MarkError::Account);
    }
    strip::strip(tree, body, account);
    fit?;

    let own_words = quotes::own_words(tree, body);
    let mut links = Vec::new();
    let mut wrapped = Vec::new();
    for node in own_words.anchors.into_iter().filter(|_| wanted.kinds.clicks) {
        let Some(link) = links::to_wrap(tree, &node) else { continue };
        if let Some(url) = minting.wrap(&link.target) {
            tree.set_attribute(&node, "href", &url);
            wrapped.push((node, url));
            links.push(link);
        }
    }

    if !wanted.kinds.opens && links.is_empty() {
        return Err(MarkError::Nothing);
    }

    let mut put = |name: &str, attributes: &[(&str, &str)]| match &own_words.first_quote {
        Some(quote) => tree.insert_before(quote, name, attributes),
        None => tree.append(body, name, attributes),
    };
    let line = wanted.line.map(|line| (line, put("div", &[("style", LINE_STYLES[0])])));
    if wanted.kinds.opens {
        let pixel = minting.pixel();
        let [alt, width, height, style] = PIXEL_ATTRIBUTES;
        put("img", &[("src", pixel.as_str()), alt, width, height, style]);
    }
    let said = line.is_none_or(|(line, place)| place.is_some_and(|place| fill(tree, &place, &minting.line(), line)));

    let all_wrapped = wrapped.iter().all(|(node, url)| tree.attribute(node, "href").as_deref() == Some(url));
    if said && all_wrapped && pixels(tree, body, account) == [message][..usize::from(wanted.kinds.opens)] {
        return Ok(Marked { links });
    }
    strip::strip(tree, body, account);
    Err(MarkError::NotTaken)
}

/// Writes the line into its element; whether it stands there.
fn fill<T: Tree>(tree: &mut T, place: &T::Node, url: &str, line: Line<'_>) -> bool {
    let Line { before, link, after } = line;
    tree.append_text(place, before);
    let Some(anchor) = tree.append(place, "a", &[("href", url), ("style", LINE_STYLES[1])]) else {
        // Without its link nothing would know it again.
        tree.remove(place);
        return false;
    };
    tree.append_text(&anchor, if link.is_empty() { url.trim_end_matches(address::LINE) } else { link });
    tree.append_text(place, after);
    tree.attribute(&anchor, "href").as_deref() == Some(url)
}

/// The messages of all pixels of the account below `root`, in document order: exactly one after [`mark`] with opens.
pub fn pixels<T: Tree>(tree: &T, root: &T::Node, account: &str) -> Vec<Uuid> {
    let images = tree.elements(root, &["img"]);
    let found = images.iter().filter_map(|image| match Own::find(&tree.attribute(image, "src")?)? {
        Own::Pixel { account: of, token } if of == account => Some(token.message),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests;
