//! The totals by recipient domain, and what opens from each mean.

use waxwing_domain::chart::meter;
use waxwing_protocol::api::{DomainStats, Stats};

use super::table;
use crate::pages::dom::{Attr, El, Tag, el, own_svg};
use crate::pages::say::trust_share;
use crate::pages::text::{count, t};
use crate::pages::widgets::{fold, trust_words};

/// How many domains stand open; the others are one step further.
const OPEN: usize = 8;

/// The table, and how many domains are not in it.
pub(super) fn table(stats: &Stats) -> Vec<El> {
    let rows = stats.domains.iter().map(|domain| {
        let name = el(Tag::Th).set(Attr::Scope, "row").class("ww-any").foreign(&domain.domain);
        table::row(&name, domain.into(), stats.answered.is_some())
    });
    let mut inside = vec![table::table(&t("stats_head_domain"), stats.answered.is_some(), rows)];
    if stats.more_domains > 0 {
        inside.push(el(Tag::P).class("ww-hint").text(&count("stats_more_domains", stats.more_domains, &[])));
    }
    inside.push(el(Tag::P).class("ww-hint").text(&t("stats_by_domain_says")));
    inside
}

/// What an open means; nothing where the backend says nothing of domains.
pub(super) fn section(stats: &Stats) -> Option<El> {
    if stats.domains.is_empty() {
        return None;
    }
    let (open, more) = stats.domains.split_at(stats.domains.len().min(OPEN));
    let list = |domains: &[DomainStats]| el(Tag::Ul).class("trust").children(domains.iter().map(item));
    let section = el(Tag::Section)
        .class("ww-pad ww-rule")
        .set(Attr::AriaLabelledby, "trust-title")
        .child(&el(Tag::H2).class("ww-b").set(Attr::Id, "trust-title").text(&t("trust_title")))
        .child(&el(Tag::P).class("ww-hint").text(&t("trust_says")))
        .child(&list(open));
    let many = u32::try_from(more.len()).unwrap_or(u32::MAX);
    Some(if more.is_empty() { section } else { section.child(&fold(&count("trust_more", many, &[]), [list(more)])) })
}

fn item(domain: &DomainStats) -> El {
    let mails = count("trust_mails", domain.trust.mails, &[]);
    let share = trust_share(&domain.trust).and_then(|share| own_svg(&meter(share)));
    el(Tag::Li)
        .child(
            &el(Tag::Div)
                .child(&el(Tag::Span).class("ww-any").foreign(&domain.domain))
                .child(&el(Tag::Span).class("ww-num ww-3").text(&mails)),
        )
        .children(share)
        .child(&el(Tag::P).text(&trust_words(&domain.trust)))
}
