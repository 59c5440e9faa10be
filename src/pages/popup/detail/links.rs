//! The links of a mail, and how often each was followed by people and by machines.

use waxwing_protocol::Millis;
use waxwing_protocol::api::MessageDetail;

use crate::pages::dom::{Attr, El, Tag, el};
use crate::pages::say::{LinkCount, count_links, is_judged, shown};
use crate::pages::text::{number, t};

/// A column: the key of its head, and what it says of a link.
type Column = (&'static str, fn(&LinkCount) -> String);

/// The section; nothing for a mail without links.
pub(super) fn links(detail: &MessageDetail, now: Millis) -> Option<El> {
    let counts = count_links(&detail.message.content.links, &detail.hits, now);
    if counts.is_empty() {
        return None;
    }
    let judged = detail.hits.is_empty() || is_judged(detail);
    let unknown = judged && counts.iter().any(|link| link.unknown > 0);
    let columns: Vec<Column> = match (judged, unknown) {
        (false, _) => vec![("clicks", people)],
        (true, false) => vec![("clicks_people", people), ("clicks_machines", machines)],
        (true, true) => vec![("clicks_people", people), ("clicks_machines", machines), ("clicks_unknown", cannot_tell)],
    };
    let head =
        columns.iter().fold(el(Tag::Tr).child(&el(Tag::Th).set(Attr::Scope, "col").text(&t("link"))), |row, (key, _)| {
            row.child(&el(Tag::Th).set(Attr::Scope, "col").class("n").text(&t(key)))
        });
    let rows = counts.iter().map(|link| {
        let name = el(Tag::Th).set(Attr::Scope, "row").class("ww-clip").set(Attr::Title, &link.target);
        columns.iter().fold(el(Tag::Tr).child(&name.foreign(&shown(&link.target))), |row, (_, count)| {
            row.child(&el(Tag::Td).class("n").text(&count(link)))
        })
    });
    let table = el(Tag::Table).class("ww-table").child(&el(Tag::Thead).child(&head)).child(&el(Tag::Tbody).children(rows));
    let section =
        el(Tag::Section).class("ww-pad ww-stack ww-rule").child(&el(Tag::H2).class("ww-b").text(&t("links"))).child(&table);
    let cut = (detail.more_hits > 0).then(|| el(Tag::P).class("ww-hint").text(&t("links_of_latest")));
    Some(section.children(cut))
}

fn people(link: &LinkCount) -> String {
    if link.people == 0 && link.checking > 0 { t("clicks_checking") } else { number(link.people) }
}

fn machines(link: &LinkCount) -> String {
    number(link.machines)
}

fn cannot_tell(link: &LinkCount) -> String {
    number(link.unknown)
}
