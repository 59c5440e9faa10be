//! What the worker answers, read field by field: no more than a tab shows, and without the code to read everything else.
//!
//! What must hold: an answer of another form is no answer; a field of another form counts as absent.

use serde_json::{Map, Value};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Claim, Confidence, Correction, HitKind, Label, MailState, Verdict};

use crate::gmail::rows::ThreadId;
use crate::told::{self, Known};

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

/// The mails of an answer to `Ticks`, oldest first; `None` when it is none.
pub(super) fn mails(reply: &Map<String, Value>) -> Option<Vec<OwnMail>> {
    let list = reply.get("ok")?.get("messages")?.as_array()?;
    let mut mails: Vec<OwnMail> = Vec::with_capacity(list.len());
    for mail in list.iter().filter_map(mail) {
        // Mostly newest first. A few hundred at most: not worth the code of a sort.
        let at = mails.iter().position(|other| other.sent_at > mail.sent_at).unwrap_or(mails.len());
        mails.insert(at, mail);
    }
    Some(mails)
}

/// The answer to `Detail`.
pub(super) fn detail(reply: &Map<String, Value>) -> Option<Detail> {
    let detail = reply.get("ok")?.get("detail")?;
    Some(Detail {
        mail: mail(detail)?,
        hits: detail.get("hits")?.as_array()?.iter().filter_map(hit).collect(),
        more: number(detail, "more_hits"),
    })
}

/// True for an answer that says no more than that it was done, or says more.
pub(super) fn is_done(reply: &Map<String, Value>) -> bool {
    reply.contains_key("ok")
}

/// Reads an id as the protocol writes it, hyphenated: the parser of all forms takes ten times the room.
pub(super) fn uuid(text: &str) -> Option<Uuid> {
    let digits: String = text.split('-').collect();
    let is_id = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let half = |digits| u64::from_str_radix(digits, 16).ok();
    is_id.then(|| Some(Uuid::from_u64_pair(half(&digits[..16])?, half(&digits[16..])?)))?
}

fn mail(value: &Value) -> Option<OwnMail> {
    let sender = text(value, "sender")?.to_ascii_lowercase();
    let recipients = value.get("content").and_then(|content| content.get("recipients")).and_then(Value::as_array);
    let to: Vec<&str> = recipients.into_iter().flatten().filter_map(|one| one.get("address")?.as_str()).collect();
    let gmail = value.get("gmail").unwrap_or(&Value::Null);
    Some(OwnMail {
        id: uuid(value.get("id")?.as_str()?)?,
        sent_at: instant(value, "sent_at")?,
        thread: gmail.get("legacy_thread").and_then(Value::as_str).and_then(ThreadId::parse),
        permanent: text(gmail, "draft"),
        legacy: text(gmail, "legacy_message"),
        scheduled: flag(value, "scheduled"),
        to_self: !to.is_empty() && to.iter().all(|address| address.eq_ignore_ascii_case(&sender)),
        people: u32::try_from(to.len()).unwrap_or(u32::MAX),
        muted: flag(value, "muted"),
        known: Known::Yes,
        activity: value.get("activity").map(activity).unwrap_or_default(),
        sender,
    })
}

fn activity(value: &Value) -> Activity {
    Activity {
        state: match value.get("state").and_then(Value::as_str) {
            Some("machines") => MailState::Machines,
            Some("apple") => MailState::Apple,
            Some("unclear") => MailState::Unclear,
            Some("opened") => MailState::Opened,
            Some("clicked") => MailState::Clicked,
            Some("answered") => MailState::Answered,
            _ => MailState::Unopened,
        },
        opens: number(value, "opens"),
        open_hits: number(value, "open_hits"),
        clicks: number(value, "clicks"),
        click_hits: number(value, "click_hits"),
        machine_hits: number(value, "machine_hits"),
        apple_hits: number(value, "apple_hits"),
        own_hits: number(value, "own_hits"),
        unknown_hits: number(value, "unknown_hits"),
        checking: number(value, "checking"),
        last_open_at: instant(value, "last_open_at"),
        last_click_at: instant(value, "last_click_at"),
        last_click_target: text(value, "last_click_target"),
        ..Activity::default()
    }
}

fn hit(value: &Value) -> Option<OwnHit> {
    Some(OwnHit {
        id: value.get("id")?.as_i64()?,
        at: instant(value, "at")?,
        kind: if value.get("kind")?.as_str()? == "click" { HitKind::Click } else { HitKind::Open },
        link: text(value, "link"),
        repeat: flag(value, "repeat"),
        verdict: value.get("verdict").and_then(verdict),
        correction: value.get("correction").and_then(correction),
    })
}

fn verdict(value: &Value) -> Option<Verdict> {
    Some(Verdict {
        label: match value.get("label")?.as_str()? {
            "self" => Label::Own,
            "human" => Label::Human,
            "image_proxy" => Label::ImageProxy,
            "prefetch" => Label::Prefetch,
            "scanner" => Label::Scanner,
            _ => Label::Unknown,
        },
        confidence: match value.get("confidence")?.as_str()? {
            "high" => Confidence::High,
            "medium" => Confidence::Medium,
            _ => Confidence::Low,
        },
        reason: text(value, "reason")?,
        name: text(value, "name"),
        checking_until: instant(value, "checking_until"),
    })
}

fn correction(value: &Value) -> Option<Correction> {
    let claim = match value.get("claim")?.as_str()? {
        "me" => Claim::Me,
        "person" => Claim::Person,
        "machine" => Claim::Machine,
        _ => return None,
    };
    Some(Correction { claim, at: instant(value, "at")?, rule: value.get("rule").and_then(Value::as_i64) })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn number(value: &Value, name: &str) -> u32 {
    let number = value.get(name).and_then(Value::as_u64).unwrap_or_default();
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn instant(value: &Value, name: &str) -> Option<Millis> {
    value.get(name)?.as_i64()
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
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
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
