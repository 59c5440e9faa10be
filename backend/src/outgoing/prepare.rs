//! From a draft to the mail that leaves: new header lines, marks in the HTML, and the proof that nothing else changed.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::{Offset, TimeZone};
use mail_parser::{Message, MessagePart, PartType};
use waxwing_domain::mark::{Line, Minting};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Content, Kinds, Link};
use waxwing_protocol::page::HeldLine;

use super::header::Block;
use super::html::Marks;
use super::parts::{HtmlPart, html_parts, is_sealed};
use super::read::Reading;
use super::splice::{Splice, moved, splice};
use super::transfer::{self, Transfer};
use super::{Mint, NotTrackedWhy, Order, Prepared, Unreadable, charset, html, lines};
use crate::mailbox::TRACE_HEADER;

/// Links of a mail that are wrapped. All of them are kept with the message, to the letter; the rest of a longer list stays as it is.
const MAX_LINKS: usize = 5_000;

pub(super) fn prepare(order: &Order<'_>) -> Result<Prepared, Unreadable> {
    let draft = in_lines(order.draft)?;
    let raw = draft.as_ref();
    let header = Block::read(raw, 0).ok_or(Unreadable::NotAMail)?;
    let reading = Reading::of(raw)?;
    let (sender, recipients) = (reading.from()?, reading.recipients()?);

    let mut fields = header.set_on_top(TRACE_HEADER, &order.trace.hyphenated().to_string());
    fields.extend(header.set("Message-ID", order.rfc_id));
    fields.extend(header.set("Date", &date(order.date, &reading.message)));
    let (body, links, tracked) = marked_body(order, &reading, raw, header.body);

    let mut prepared = Prepared {
        raw: Vec::new(),
        sender,
        recipients: recipients.iter().map(|recipient| recipient.address.clone()).collect(),
        content: Content { subject: reading.subject(), recipients, links },
        tracked,
    };
    let both: Vec<_> = in_order(fields.iter().cloned().chain(body.iter().cloned()));
    prepared.raw = splice(raw, &both);
    if !body.is_empty() && !is_the_same_mail((&reading, raw), &both, &prepared.raw, &body) {
        prepared.raw = splice(raw, &in_order(fields));
        prepared.content.links.clear();
        prepared.tracked = prepared.tracked.and(Err(NotTrackedWhy::Structure));
    }
    Ok(prepared)
}

fn in_order(splices: impl IntoIterator<Item = Splice>) -> Vec<Splice> {
    let mut splices: Vec<_> = splices.into_iter().collect();
    // What is put in at one place stays in the order in which it was said.
    splices.sort_by_key(|splice| (splice.at.start, splice.at.end));
    splices
}

/// What changes in the body: with marks if they are wanted and possible, else without the account's old ones.
fn marked_body(
    order: &Order<'_>,
    reading: &Reading<'_>,
    raw: &[u8],
    body: usize,
) -> (Vec<Splice>, Vec<Link>, Result<(), NotTrackedWhy>) {
    let parts = match html_parts(reading, raw) {
        Ok(parts) => parts,
        Err(why) => return (Vec::new(), Vec::new(), Err(order.mint.map_or(NotTrackedWhy::NotAsked, |_| why))),
    };
    let why = match order.mint {
        None => NotTrackedWhy::NotAsked,
        Some(mint) => match rewrite(&parts, raw, order.account, Some(mint), body) {
            Ok((splices, links)) => return (splices, links, Ok(())),
            Err(why) => why,
        },
    };
    let (splices, links) = rewrite(&parts, raw, order.account, None, body).unwrap_or_default();
    (splices, links, Err(why))
}

fn rewrite(
    parts: &[HtmlPart<'_>],
    raw: &[u8],
    account: &str,
    mint: Option<Mint<'_>>,
    body: usize,
) -> Result<(Vec<Splice>, Vec<Link>), NotTrackedWhy> {
    let minting = mint.map(|mint| {
        let Mint { key, epoch, tracking_url, message, tracks: _, line: _ } = mint;
        Minting { tracking_url, account, key, epoch, message }
    });
    let tracks = mint.map_or(Kinds::NONE, |mint| mint.tracks);
    let line = mint.and_then(|mint| mint.line);
    let most = if tracks.clicks { MAX_LINKS } else { 0 };
    let (mut splices, mut links) = (Vec::new(), Vec::new());
    for (number, part) in parts.iter().enumerate() {
        let named = part.header.only("content-transfer-encoding").map(String::from_utf8_lossy);
        let how = Transfer::read(named.as_deref()).ok_or(NotTrackedWhy::Encoding)?;
        let bytes = transfer::decode(&raw[part.body.clone()], how).ok_or(NotTrackedWhy::Encoding)?;
        let (source, encoding) = charset::read(&bytes, part.charset.as_deref()).ok_or(NotTrackedWhy::Charset)?;
        let stripped = html::strip(&source, account);
        let clean = stripped.as_deref().unwrap_or(&source);
        let text = match &minting {
            Some(minting) => {
                let line = line.filter(|_| number == 0);
                let line = line.map(|HeldLine { before, link, after }| Line { before, link, after });
                let marks = Marks { pixel: number == 0 && tracks.opens, links: most - links.len(), line };
                let (text, wrapped) = html::mark(clean, minting, marks)?;
                links.extend(wrapped);
                text
            }
            None => clean.to_owned(),
        };
        if text == source {
            continue;
        }
        let bytes = charset::write(&text, encoding).ok_or(NotTrackedWhy::Charset)?;
        let (written, now) = transfer::encode(&bytes, how);
        if transfer::decode(&written, now).as_ref() != Some(&bytes) {
            return Err(NotTrackedWhy::Encoding);
        }
        if now != how {
            let line = part.header.set("Content-Transfer-Encoding", now.name());
            // Before all others: in the mail's own header the place where the trace stands too.
            splices.extend(line);
        }
        splices.push(Splice { at: part.body.clone(), by: written });
    }
    if minting.is_some() && !tracks.opens && links.is_empty() {
        return Err(NotTrackedWhy::NoLinks);
    }
    debug_assert!(splices.iter().all(|splice| splice.at.start >= body || splice.at.end <= body), "no splice across the border");
    Ok((splices, links))
}

/// Reads what leaves and compares: the same parts at the places where they should be now, byte for byte, but for those whose
/// body was replaced.
fn is_the_same_mail((reading, raw): (&Reading<'_>, &[u8]), splices: &[Splice], sent: &[u8], body: &[Splice]) -> bool {
    let Ok(after) = Reading::of(sent) else { return false };
    let (before, after) = (&reading.message.parts, &after.message.parts);
    let places = |part: &MessagePart<'_>| {
        [part.offset_header, part.offset_body, part.offset_end].map(|at| usize::try_from(at).unwrap_or(usize::MAX))
    };
    before.len() == after.len()
        && before.iter().zip(after).enumerate().all(|(id, (old, new))| {
            let ([header, start, end], now) = (places(old), places(new));
            // The mail's own header got lines before it.
            let header = if id == 0 { 0 } else { moved(header, splices) };
            let is_replaced = body.iter().any(|splice| splice.at == (start..end));
            let is_same = match (&old.body, &new.body) {
                (PartType::Multipart(old), PartType::Multipart(new)) => old == new,
                _ => is_replaced || raw.get(start..end) == sent.get(now[1]..now[2]),
            };
            is_same && now == [header, moved(start, splices), moved(end, splices)]
        })
}

/// `Tue, 24 Nov 2026 09:00:00 +0100`: in the offset of the draft's own `Date`, or UTC.
fn date(at: Millis, draft: &Message<'_>) -> String {
    let offset = draft.date().map_or(0, |date| {
        let minutes = i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute);
        if date.tz_before_gmt { -minutes } else { minutes }
    });
    let zone = Offset::from_seconds(offset * 60).map_or(TimeZone::UTC, TimeZone::fixed);
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    DateTimePrinter::new().zoned_to_string(&at.to_zoned(zone)).unwrap_or_default()
}

/// The draft with lines that SMTP takes. Bytes of a part that is written without any encoding cannot travel so: they are written
/// as base64 first, and stay what they are. What is signed or encrypted leaves as it lies there, whatever its lines end in.
fn in_lines(draft: &[u8]) -> Result<Cow<'_, [u8]>, Unreadable> {
    if !lines::has_bare_ends(draft) {
        return Ok(Cow::Borrowed(draft));
    }
    let reading = Reading::of(draft)?;
    if is_sealed(&reading) {
        let body = Block::read(draft, 0).map_or(0, |header| header.body);
        let mut out = lines::with_crlf(&draft[..body]);
        out.extend_from_slice(&draft[body..]);
        return Ok(Cow::Owned(out));
    }
    let mut splices = Vec::new();
    for part in reading.message.parts.iter().filter(|_| reading.has_parts) {
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let at = place(part.offset_body)..place(part.offset_end);
        let Some(header) = Block::read(draft, place(part.offset_header)) else { continue };
        let binary = header.only("content-transfer-encoding").is_some_and(|name| name.eq_ignore_ascii_case(b"binary"));
        let leaf = !matches!(part.body, PartType::Multipart(_) | PartType::Message(_));
        if let (true, true, Some(bytes)) = (binary, leaf, draft.get(at.clone())) {
            splices.extend(header.set("Content-Transfer-Encoding", Transfer::Base64.name()));
            splices.push(Splice { at, by: transfer::encode_base64(bytes) });
        }
    }
    Ok(Cow::Owned(lines::with_crlf(&splice(draft, &in_order(splices)))))
}
