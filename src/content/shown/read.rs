//! What the worker answers, read field by field: no more than a tab shows, and without the code to read everything else.
//!
//! The fields come as lines ([`Lines`]): a line for each value, the fields in the order in which they were asked for.
//!
//! What must hold: an answer of another form is no answer; a field of another form counts as absent.

use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Claim, Confidence, Correction, HitKind, Kinds, Label, MailState, Tracking, Verdict};

use crate::gmail::rows::ThreadId;
use crate::told::{self, Known};

/// Stands between the fields of a line.
const FIELD: char = '\t';
/// Stands between the values of a field of a list.
const ITEM: char = '\x1f';

/// A tracked mail of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnMail {
    /// Its id.
    pub(super) id: Uuid,
    /// When it was sent.
    pub(super) sent_at: Millis,
    /// The address that sent it, in lower case.
    pub(super) sender: String,
    /// The conversation it is in, in the old interface.
    pub(super) thread: Option<ThreadId>,
    /// Gmail's permanent id of it.
    pub(super) permanent: Option<String>,
    /// Gmail's id of it in the old interface.
    pub(super) legacy: Option<String>,
    /// Gmail sends it later.
    pub(super) scheduled: bool,
    /// Its sender is its only recipient.
    pub(super) to_self: bool,
    /// How many recipients it has.
    pub(super) people: u32,
    /// The user wants no news of it.
    pub(super) muted: bool,
    /// Whether the backend has it.
    pub(super) known: Known,
    /// What came of it.
    pub(super) activity: Activity,
    /// What is tracked in it, and what its recipients refused.
    pub(super) tracking: Tracking,
}

/// A hit of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnHit {
    /// Its number.
    pub(super) id: i64,
    /// When it came.
    pub(super) at: Millis,
    /// Pixel or link.
    pub(super) kind: HitKind,
    /// The target of the link.
    pub(super) link: Option<String>,
    /// A repeat of an earlier one.
    pub(super) repeat: bool,
    /// What the rules say.
    pub(super) verdict: Option<Verdict>,
    /// What the user says.
    pub(super) correction: Option<Correction>,
}

impl OwnHit {
    /// The label that counts.
    pub(super) fn label(&self) -> Option<Label> {
        let said = self.correction.map(|correction| correction.claim.label());
        said.or(self.verdict.as_ref().map(|verdict| verdict.label))
    }
}

/// A mail with its hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// The mail.
    pub(super) mail: OwnMail,
    /// Its hits, newest first.
    pub(super) hits: Vec<OwnHit>,
    /// How many older ones there are.
    pub(super) more: u32,
}

/// An answer, of which fields can be had.
pub(super) trait Lines {
    /// A line for each value at `place`, which is one or a list of them, with those fields of it; names stand between spaces, the
    /// steps of a path between dots. `None` when nothing with fields is there.
    fn lines(&self, place: &str, fields: &str) -> Option<String>;
}

/// What is read of a mail.
const MAIL: &str = "id sent_at sender content.recipients.address gmail.legacy_thread gmail.draft gmail.legacy_message scheduled muted \
    activity.state activity.opens activity.open_hits activity.clicks activity.click_hits activity.machine_hits activity.apple_hits \
    activity.own_hits activity.unknown_hits activity.checking activity.last_open_at activity.last_click_at activity.last_click_target \
    activity.answered_at tracking.tracks.opens tracking.tracks.clicks tracking.refused.opens tracking.refused.clicks \
    tracking.refused_at tracking.until";
/// What is read of a hit.
const HIT: &str = "id at kind link repeat verdict.label verdict.confidence verdict.reason verdict.name \
    verdict.checking_until correction.claim correction.at correction.rule";

/// The mails of an answer to `Ticks`, oldest first; `None` when it is none.
pub(super) fn mails(reply: &impl Lines) -> Option<Vec<OwnMail>> {
    let lines = reply.lines("ok.messages", MAIL)?;
    let mut mails: Vec<OwnMail> = Vec::new();
    for mail in lines.lines().filter_map(mail) {
        // Mostly newest first. A few hundred at most: not worth the code of a sort.
        let at = mails.iter().position(|other| other.sent_at > mail.sent_at).unwrap_or(mails.len());
        mails.insert(at, mail);
    }
    Some(mails)
}

/// The answer to `Detail`.
pub(super) fn detail(reply: &impl Lines) -> Option<Detail> {
    Some(Detail {
        mail: mail(&reply.lines("ok.detail", MAIL)?)?,
        hits: reply.lines("ok.detail.hits", HIT)?.lines().filter_map(hit).collect(),
        more: Fields::of(&reply.lines("ok.detail", "more_hits")?).count(),
    })
}

/// True for an answer that says no more than that it was done, or says more.
pub(super) fn is_done(reply: &impl Lines) -> bool {
    reply.lines("ok", "answer").is_some()
}

/// The fields of a line, in their order.
struct Fields<'a>(core::str::Split<'a, char>);

impl<'a> Fields<'a> {
    fn of(line: &'a str) -> Self {
        Self(line.split(FIELD))
    }

    fn next(&mut self) -> Option<&'a str> {
        self.0.next().filter(|field| !field.is_empty())
    }

    fn text(&mut self) -> Option<String> {
        self.next().map(str::to_owned)
    }

    /// A whole number.
    fn whole(&mut self) -> Option<i64> {
        self.next()?.parse().ok()
    }

    /// How many; none is 0.
    fn count(&mut self) -> u32 {
        let count = self.whole().unwrap_or_default();
        u32::try_from(count.max(0)).unwrap_or(u32::MAX)
    }

    fn flag(&mut self) -> bool {
        self.next() == Some("true")
    }
}

/// Reads an id as the protocol writes it, hyphenated: the parser of all forms takes ten times the room.
pub(in crate::content) fn uuid(text: &str) -> Option<Uuid> {
    let digits: String = text.split('-').collect();
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let half = |digits| u64::from_str_radix(digits, 16).ok();
    is_id.then(|| Some(Uuid::from_u64_pair(half(&digits[..16])?, half(&digits[16..])?)))?
}

fn mail(line: &str) -> Option<OwnMail> {
    let mut fields = Fields::of(line);
    let id = uuid(fields.next()?)?;
    let sent_at = fields.whole()?;
    let sender = fields.next()?.to_ascii_lowercase();
    let to = fields.next();
    let to = || to.into_iter().flat_map(|to| to.split(ITEM)).filter(|address| !address.is_empty());
    Some(OwnMail {
        id,
        sent_at,
        to_self: to().next().is_some() && to().all(|address| address.eq_ignore_ascii_case(&sender)),
        people: u32::try_from(to().count()).unwrap_or(u32::MAX),
        sender,
        thread: fields.next().and_then(ThreadId::parse),
        permanent: fields.text(),
        legacy: fields.text(),
        scheduled: fields.flag(),
        muted: fields.flag(),
        known: Known::Yes,
        activity: activity(&mut fields),
        tracking: Tracking {
            // A backend that does not say so tracks both.
            tracks: Kinds { opens: fields.next() != Some("false"), clicks: fields.next() != Some("false") },
            refused: Kinds { opens: fields.flag(), clicks: fields.flag() },
            refused_at: fields.whole(),
            until: fields.whole(),
        },
    })
}

fn activity(fields: &mut Fields<'_>) -> Activity {
    Activity {
        state: match fields.next() {
            Some("machines") => MailState::Machines,
            Some("apple") => MailState::Apple,
            Some("unclear") => MailState::Unclear,
            Some("opened") => MailState::Opened,
            Some("clicked") => MailState::Clicked,
            Some("answered") => MailState::Answered,
            _ => MailState::Unopened,
        },
        opens: fields.count(),
        open_hits: fields.count(),
        clicks: fields.count(),
        click_hits: fields.count(),
        machine_hits: fields.count(),
        apple_hits: fields.count(),
        own_hits: fields.count(),
        unknown_hits: fields.count(),
        checking: fields.count(),
        last_open_at: fields.whole(),
        last_click_at: fields.whole(),
        last_click_target: fields.text(),
        answered_at: fields.whole(),
        ..Activity::default()
    }
}

fn hit(line: &str) -> Option<OwnHit> {
    let mut fields = Fields::of(line);
    Some(OwnHit {
        id: fields.whole()?,
        at: fields.whole()?,
        kind: if fields.next()? == "click" { HitKind::Click } else { HitKind::Open },
        link: fields.text(),
        repeat: fields.flag(),
        verdict: verdict(&mut fields),
        correction: correction(&mut fields),
    })
}

fn verdict(fields: &mut Fields<'_>) -> Option<Verdict> {
    let (label, confidence, reason) = (fields.next(), fields.next(), fields.text());
    let (name, checking_until) = (fields.text(), fields.whole());
    Some(Verdict {
        label: match label? {
            "self" => Label::Own,
            "human" => Label::Human,
            "image_proxy" => Label::ImageProxy,
            "prefetch" => Label::Prefetch,
            "scanner" => Label::Scanner,
            _ => Label::Unknown,
        },
        confidence: match confidence? {
            "high" => Confidence::High,
            "medium" => Confidence::Medium,
            _ => Confidence::Low,
        },
        reason: reason?,
        name,
        checking_until,
    })
}

fn correction(fields: &mut Fields<'_>) -> Option<Correction> {
    let claim = match fields.next()? {
        "me" => Claim::Me,
        "person" => Claim::Person,
        "machine" => Claim::Machine,
        _ => return None,
    };
    Some(Correction { claim, at: fields.whole()?, rule: fields.whole() })
}

impl OwnMail {
    /// What its sentence needs to know.
    pub(super) fn told(&self) -> told::Mail<'_> {
        told::Mail {
            activity: &self.activity,
            known: self.known,
            scheduled: self.scheduled,
            to_self: self.to_self,
            people: self.people,
            sent_at: self.sent_at,
            tracking: self.tracking,
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
