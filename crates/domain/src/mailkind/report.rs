//! Reports in a form that programs read: feedback (RFC 5965), read receipts (RFC 8098) and delivery (RFC 3464).

use super::header::{self, Headers};
use super::reason::{self, Reason};
use super::{Finding, Kind, MOST_FAILED, MOST_TEXT, Media, Part, Rule, notice, phrases};

/// So many recipients of a report are read.
const MOST_RECIPIENTS: usize = 100;

/// Microsoft's Junk Mail Reporting Program sends the mail as it was, with the recipient in this field.
const JMRP: &str = "X-HmXmrOriginalRecipient";

/// What a report says; `None`: it is none.
pub(super) fn find(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    feedback(headers, parts)
        .or_else(|| disposition(headers, parts))
        .or_else(|| delivery(headers, parts))
        .or_else(|| amazon(headers, parts))
}

/// Whether the header leaves open that it is a report, or a calendar's: lists and gateways turn reports into other multiparts.
pub(super) fn may_be(headers: Headers<'_>) -> bool {
    let media = headers.media_type();
    headers.has("X-Amz-Sns-Message-Id")
        || ["multipart/", "message/", "text/calendar", "text/rfc822"].iter().any(|start| media.starts_with(start))
}

/// The texts of all parts of a kind.
pub(super) fn texts<'a>(parts: &[Part<'a>], media: Media) -> impl Iterator<Item = &'a str> {
    parts.iter().filter(move |part| part.media == media).map(|part| header::start(part.text, MOST_TEXT))
}

/// `report-type`, where the mail is a report.
pub(super) fn report_type(headers: Headers<'_>) -> Option<String> {
    let is_report = headers.media_type() == "multipart/report";
    is_report.then(|| headers.media_parameter("report-type").unwrap_or_default())
}

fn feedback(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    let report = texts(parts, Media::Feedback).next();
    let mut finding = Finding::new(Kind::FeedbackReport, Rule::Feedback);
    finding.original = original(headers, parts);
    if let Some(report) = report {
        finding.failed =
            field(report, "Original-Rcpt-To").iter().flat_map(|it| header::addresses(it)).map(str::to_owned).collect();
        finding.failed.truncate(MOST_FAILED);
        return Some(finding);
    }
    let is_jmrp = headers.has(JMRP)
        || headers.subject().starts_with("complaint about message from")
            && texts(parts, Media::Returned).any(|returned| field(returned, JMRP).is_some());
    (is_jmrp || report_type(headers).is_some_and(|it| it == "feedback-report")).then_some(finding)
}

fn disposition(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    let receipt = texts(parts, Media::Disposition).next();
    if receipt.is_none() && report_type(headers).is_none_or(|it| it != "disposition-notification") {
        return None;
    }
    let receipt = receipt.unwrap_or_default();
    // "manual-action/MDN-sent-manually; displayed"
    let disposition = field(receipt, "Disposition").unwrap_or_default();
    let kind = disposition.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_shown = kind.is_empty() || kind.starts_with("displayed") || kind.starts_with("read");
    let mut finding = Finding::new(Kind::DeliveryNotice, if is_shown { Rule::Read } else { Rule::Unread });
    finding.failed =
        field(receipt, "Final-Recipient").iter().flat_map(|it| header::addresses(it)).map(str::to_owned).take(1).collect();
    finding.original = ids(field(receipt, "Original-Message-ID").as_deref()).or_else(|| original(headers, parts));
    Some(finding)
}

/// One recipient of a delivery report.
#[derive(Debug, Default)]
struct Recipient {
    original: Option<String>,
    last: Option<String>,
    action: String,
    status: Option<String>,
    diagnostic: String,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Failed,
    Delayed,
    Arrived,
}

impl Recipient {
    /// The address that the mail was sent to, rather than the one it ended at.
    fn address(&self) -> Option<&str> {
        let mut fields = [&self.original, &self.last].into_iter().flatten();
        fields.find_map(|value| header::addresses(value).next())
    }

    /// The code of most detail: `Status`, or what the server said where that tells more (Exim writes 5.0.0).
    fn code(&self) -> Option<&str> {
        let status = self.status.as_deref().and_then(reason::status_in);
        let said = reason::status_in(&self.diagnostic);
        match (status, said) {
            (Some(status), Some(said)) if status.ends_with(".0.0") => Some(said),
            (Some(status), _) => Some(status),
            (None, said) => said,
        }
    }

    fn fate(&self) -> Option<Fate> {
        let action = self.action.as_str();
        if action.starts_with("fail") {
            return Some(Fate::Failed);
        }
        if action.starts_with("delay") {
            return Some(Fate::Delayed);
        }
        if ["delivered", "relayed", "expanded"].iter().any(|it| action.starts_with(it)) {
            return Some(Fate::Arrived);
        }
        match self.code().or(self.status.as_deref())?.chars().next()? {
            '2' => Some(Fate::Arrived),
            '4' | '5' => Some(Fate::Failed),
            _ => None,
        }
    }
}

fn delivery(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    let is_report = report_type(headers).is_some_and(|it| it == "delivery-status");
    let recipients: Vec<Recipient> = texts(parts, Media::DeliveryStatus).flat_map(recipients).take(MOST_RECIPIENTS).collect();
    let fated: Vec<(Fate, &Recipient)> = recipients.iter().filter_map(|it| it.fate().map(|fate| (fate, it))).collect();
    if fated.is_empty() {
        // A report without its fields: what its words say, and at least that something went wrong.
        return is_report.then(|| notice::find(headers, parts).unwrap_or_else(|| Finding::new(Kind::Bounce, Rule::Report)));
    }
    if !is_report && is_passed_on(headers) {
        return None;
    }
    let fate = [Fate::Failed, Fate::Delayed, Fate::Arrived].into_iter().find(|fate| fated.iter().any(|(it, _)| it == fate))?;
    let told: Vec<&Recipient> = fated.iter().filter(|(it, _)| *it == fate).map(|(_, recipient)| *recipient).collect();
    let text = notice::words(parts);
    let why = |it: &Recipient| {
        let said = reason::why(&header::fold(&it.diagnostic, 4_000), it.code());
        said.or_else(|| if told.len() == 1 { reason::why(&text, None) } else { None })
    };
    let first = told.iter().copied().find(|it| why(it).is_some_and(Reason::is_hard)).or(told.first().copied())?;
    let mut finding = match fate {
        Fate::Failed => {
            let reason = why(first);
            let mut finding = Finding::new(hardness(reason, first.code()), Rule::Report);
            finding.reason = reason;
            finding
        }
        Fate::Delayed => {
            let mut finding = Finding::new(Kind::DelayNotice, Rule::Report);
            finding.reason = why(first);
            finding
        }
        Fate::Arrived => Finding::new(Kind::DeliveryNotice, Rule::Report),
    };
    finding.status = first.code().map(str::to_owned);
    for address in told.iter().filter_map(|it| it.address()).take(MOST_FAILED) {
        if !finding.failed.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            finding.failed.push(address.to_owned());
        }
    }
    finding.original = original(headers, parts);
    Some(finding)
}

/// Amazon SES tells what became of a mail through SNS, as JSON in a mail ("Amazon SNS notification contents for Amazon SES").
fn amazon(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<Finding> {
    if !headers.has("X-Amz-Sns-Message-Id") {
        return None;
    }
    let text = texts(parts, Media::Plain).next().unwrap_or_default();
    let lower: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let says = |kind: &str| ["notificationtype", "eventtype"].iter().any(|key| lower.contains(&format!(r#""{key}":"{kind}""#)));
    let status = reason::status_in(text);
    let mut finding = if says("bounce") {
        let reason = reason::why(&header::fold(text, 4_000), status);
        let mut finding = Finding::new(hardness(reason, status), Rule::Report);
        (finding.reason, finding.status) = (reason, status.map(str::to_owned));
        finding
    } else if says("complaint") {
        Finding::new(Kind::FeedbackReport, Rule::Feedback)
    } else if says("delivery") {
        Finding::new(Kind::DeliveryNotice, Rule::Report)
    } else {
        return None;
    };
    let named = text.split(r#""emailAddress":"#).skip(1).filter_map(|rest| header::addresses(header::start(rest, 400)).next());
    finding.failed = named.take(MOST_FAILED).map(str::to_owned).collect();
    Some(finding)
}

/// Hard where the address is at fault, soft where something else is, or where a server would have it tried again.
pub(super) fn hardness(reason: Option<Reason>, code: Option<&str>) -> Kind {
    match (reason, code.and_then(|code| code.chars().next())) {
        (_, Some('4')) => Kind::BounceSoft,
        (Some(reason), _) if reason.is_hard() => Kind::BounceHard,
        (Some(_), _) => Kind::BounceSoft,
        (None, _) => Kind::Bounce,
    }
}

/// A person shows somebody else's report: the subject says so, and no mail server wrote it.
fn is_passed_on(headers: Headers<'_>) -> bool {
    phrases::is_answer_or_forward(&headers.subject()) && !notice::is_machine(headers)
}

/// The recipients that a report tells of: groups of fields with blank lines between them (RFC 3464, 2.1).
fn recipients(report: &str) -> Vec<Recipient> {
    let mut found = Vec::new();
    let mut current = Recipient::default();
    for (name, value) in fields(report) {
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            // It may come first or second in its group.
            "original-recipient" if current.original.is_some() => {
                found.push(std::mem::take(&mut current));
                current.original = Some(value);
            }
            "original-recipient" if current.last.is_some() && !current.action.is_empty() && current.status.is_some() => {
                // At the end of its group, as Postfix writes it, or at the start of the next one, without a blank line.
                current.original = Some(value);
            }
            "original-recipient" => current.original = Some(value),
            "final-recipient" => {
                if current.last.is_some() {
                    found.push(std::mem::take(&mut current));
                }
                current.last = Some(value);
            }
            "action" => current.action = value.to_ascii_lowercase(),
            "status" => current.status = Some(value),
            "diagnostic-code" => current.diagnostic = value,
            // A blank line.
            "" if current.last.is_some() || current.original.is_some() => found.push(std::mem::take(&mut current)),
            _ => {}
        }
        if found.len() >= MOST_RECIPIENTS {
            return found;
        }
    }
    found.push(current);
    found
}

/// Names and unfolded values of fields; an empty name for each blank line.
fn fields(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
            if line.trim().is_empty() {
                return Some(("", String::new()));
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty()) {
                value.push(' ');
                value.push_str(more.trim());
            }
            return Some((name.trim(), value));
        }
    })
}

/// The value of the first field of a name, down to the first blank line after a field.
pub(super) fn field(text: &str, name: &str) -> Option<String> {
    let mut fields = fields(text).skip_while(|(name, _)| name.is_empty()).take_while(|(name, _)| !name.is_empty());
    fields.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The first id in a field.
pub(super) fn ids(value: Option<&str>) -> Option<String> {
    header::ids_of(value?).next().map(str::to_owned)
}

/// The Message-ID of the mail that a report is about: as it came back, or as the report answers it.
pub(super) fn original(headers: Headers<'_>, parts: &[Part<'_>]) -> Option<String> {
    let returned = texts(parts, Media::Returned).find_map(|text| ids(field(text, "Message-ID").as_deref()));
    let told = || texts(parts, Media::DeliveryStatus).find_map(|text| ids(field(text, "X-Original-Message-ID").as_deref()));
    let answered = || ids(headers.get("In-Reply-To")).or_else(|| ids(headers.get("X-Original-Message-ID")));
    returned.or_else(told).or_else(answered)
}
