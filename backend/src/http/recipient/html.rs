//! The recipient's page as HTML. Everything foreign goes through [`escape`].

use axum::http::StatusCode;
use axum::response::Response;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use super::super::page::{choose, escape, page as shell};
use super::words::{Choice, Language, Message, Words, words};
use crate::store::consent::refusals::Seen;

/// What just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    None,
    /// `new` was not refused before.
    Refused {
        new: Kinds,
        erased: bool,
    },
    Unchanged,
    TakenBack,
    TooOld,
    LetterSent,
    NoAddress,
    NoMailbox,
}

/// What the page is made of.
pub(super) struct Shown<'a> {
    pub(super) seen: &'a Seen,
    pub(super) notice: Notice,
    /// For the forms.
    pub(super) proof: &'a str,
    /// What may be taken back, and the proof for that.
    pub(super) back: Option<(Kinds, String)>,
    pub(super) now: Millis,
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, language: Language, Message(title, meaning, way_on): &Message) -> Response {
    let mut body = String::new();
    for text in [meaning, way_on] {
        paragraph(&mut body, text);
    }
    languages(&mut body, language);
    shell(status, language.tag(), title, &body)
}

/// The page of a mail.
pub(super) fn page(language: Language, shown: &Shown<'_>) -> Response {
    let (words, seen) = (words(language), shown.seen);
    let refused = seen.by_link.or(seen.by_person);
    let left = seen.tracks.without(refused);
    let ended = seen.until.is_some_and(|until| until <= shown.now);
    let mut body = String::new();
    notice(&mut body, words, shown);
    if seen.deleted {
        languages(&mut body, language);
        return choose(StatusCode::OK, language.tag(), words.title_deleted, &body);
    }
    if left.any() && !ended {
        let holds = &words.holds[if left == Kinds::ALL {
            0
        } else if left.opens {
            1
        } else {
            2
        }];
        paragraph(&mut body, holds);
    }
    stored(&mut body, language, shown);
    choices(&mut body, words, shown);
    refuse_too(&mut body, words, shown);
    for_all(&mut body, words, shown.proof);
    heading(&mut body, words.why);
    paragraph(&mut body, words.why_text);
    languages(&mut body, language);
    let title = match &seen.sender {
        _ if !left.any() || ended => words.title_refused.to_owned(),
        Some(sender) if !sender.is_empty() => words.title.replacen("{}", sender, 1),
        _ => words.title_unknown.to_owned(),
    };
    choose(StatusCode::OK, language.tag(), &title, &body)
}

/// The page on which an address refuses. `done`: what it just refused.
pub(super) fn confirm(language: Language, address: &str, sender: Option<&str>, done: Option<Kinds>) -> Response {
    let words = words(language);
    let mut body = String::new();
    if let Some(refused) = done {
        let text = words.confirmed[match refused {
            Kinds { opens: true, clicks: false } => 1,
            Kinds { opens: false, clicks: true } => 2,
            _ => 0,
        }];
        told(&mut body, &[text]);
    }
    let sender = sender.filter(|sender| !sender.is_empty()).unwrap_or(words.confirm_sender);
    paragraph(&mut body, &words.confirm_text.replacen("{}", address, 1).replacen("{}", sender, 1));
    body.push_str("<form method=\"post\">\n");
    button(&mut body, "refuse both", words.refuse_both, true);
    button(&mut body, "refuse opens", words.refuse_opens, false);
    button(&mut body, "refuse clicks", words.refuse_clicks, false);
    body.push_str("</form>\n");
    languages(&mut body, language);
    choose(StatusCode::OK, language.tag(), words.confirm_title, &body)
}

fn notice(body: &mut String, words: &Words, shown: &Shown<'_>) {
    match shown.notice {
        Notice::None => {}
        Notice::Refused { new, erased } => {
            let text = match new {
                Kinds { opens: true, clicks: true } => words.refused[0],
                Kinds { opens: true, clicks: false } => words.refused[1],
                Kinds { opens: false, clicks: true } => words.refused[2],
                _ if erased => "",
                _ => words.already,
            };
            told(body, &[text, if erased { words.erased } else { "" }]);
        }
        Notice::Unchanged => told(body, &[words.unchanged]),
        Notice::TakenBack => told(body, &[words.taken_back]),
        Notice::TooOld => told(body, &[words.too_old]),
        Notice::LetterSent => told(body, &[words.letter_sent]),
        Notice::NoAddress => told(body, &[words.no_address]),
        Notice::NoMailbox => told(body, &[words.no_mailbox]),
    }
    let Some((kinds, proof)) = &shown.back else { return };
    body.push_str("<form method=\"post\">\n");
    hidden(body, proof);
    let does = match kinds {
        Kinds { opens: true, clicks: false } => "back opens",
        Kinds { opens: false, clicks: true } => "back clicks",
        _ => "back both",
    };
    button(body, does, words.back, false);
    note(body, words.back_note);
    body.push_str("</form>\n");
}

/// What is stored, without what only those may know whom it is about: the link may have been passed on.
fn stored(body: &mut String, language: Language, shown: &Shown<'_>) {
    let (words, seen) = (words(language), shown.seen);
    heading(body, words.stored);
    body.push_str("<ul>\n");
    if seen.hits == (0, 0) {
        item(body, words.nothing);
    } else {
        for (text, count) in [(words.opens, seen.hits.0), (words.clicks, seen.hits.1)] {
            if count > 0 {
                item(body, &text.replacen("{}", &count.to_string(), 1));
            }
        }
        if let Some(last) = seen.last {
            item(body, &words.last.replacen("{}", &language.day(last), 1));
        }
        item(body, words.details);
    }
    item(body, words.only);
    if let Some(until) = seen.until {
        let text = if until <= shown.now { words.ended } else { words.ends };
        item(body, &text.replacen("{}", &language.day(until), 1));
    }
    body.push_str("</ul>\n");
}

fn choices(body: &mut String, words: &Words, shown: &Shown<'_>) {
    let seen = shown.seen;
    let has_hits = seen.hits != (0, 0);
    let open = Kinds::ALL.without(seen.by_link.or(seen.by_person));
    if !open.any() && !has_hits {
        return;
    }
    heading(body, words.choice);
    body.push_str("<form method=\"post\">\n");
    hidden(body, shown.proof);
    if open.any() {
        body.push_str("<fieldset>\n");
        // It opens with what is in force now.
        let now = if open == Kinds::ALL {
            "both"
        } else if open.clicks {
            "clicks"
        } else {
            "opens"
        };
        for (value, choice, offered) in [
            ("both", &words.both, open == Kinds::ALL),
            ("clicks", &words.only_clicks, open.clicks),
            ("opens", &words.only_opens, open.opens),
            ("none", &words.neither, true),
        ] {
            if offered {
                radio(body, "keep", value, choice, value == now);
            }
        }
        body.push_str("</fieldset>\n");
        if has_hits {
            body.push_str("<label class=\"check\"><input type=\"checkbox\" name=\"erase\" value=\"1\"><span>");
            escape(words.erase, body);
            body.push_str(" <small>");
            escape(words.erase_note, body);
            body.push_str("</small></span></label>\n");
        }
        button(body, "refuse", words.save, true);
        note(body, words.counts);
    } else {
        body.push_str(
            "<input type=\"hidden\" name=\"keep\" value=\"none\">\n<input type=\"hidden\" name=\"erase\" value=\"1\">\n",
        );
        button(body, "refuse", words.erase_only, false);
        note(body, words.erase_note);
    }
    body.push_str("</form>\n");
}

/// Where all of it is refused by the link: whoever did it may hold the right to take it back, the sender perhaps. A second refusal ends that.
fn refuse_too(body: &mut String, words: &Words, shown: &Shown<'_>) {
    let just_refused = matches!(shown.notice, Notice::Refused { .. });
    if just_refused || shown.seen.by_link != Kinds::ALL {
        return;
    }
    body.push_str("<form method=\"post\">\n");
    hidden(body, shown.proof);
    body.push_str("<input type=\"hidden\" name=\"keep\" value=\"none\">\n");
    button(body, "refuse", words.also, false);
    note(body, words.also_note);
    body.push_str("</form>\n");
}

fn for_all(body: &mut String, words: &Words, proof: &str) {
    heading(body, words.all);
    paragraph(body, words.all_why);
    body.push_str("<form method=\"post\">\n");
    hidden(body, proof);
    body.push_str("<label class=\"field\"><span>");
    escape(words.address, body);
    body.push_str("</span><input type=\"email\" name=\"address\" autocomplete=\"email\" maxlength=\"320\" required></label>\n");
    button(body, "letter", words.send, false);
    body.push_str("</form>\n");
}

fn heading(body: &mut String, text: &str) {
    element(body, "<h2>", text, "</h2>\n");
}

fn paragraph(body: &mut String, text: &str) {
    element(body, "<p>", text, "</p>\n");
}

fn note(body: &mut String, text: &str) {
    element(body, "<p class=\"note\">", text, "</p>\n");
}

fn item(body: &mut String, text: &str) {
    element(body, "<li>", text, "</li>\n");
}

fn told(body: &mut String, texts: &[&str]) {
    body.push_str("<div class=\"told\" role=\"status\">\n");
    for text in texts.iter().filter(|text| !text.is_empty()) {
        paragraph(body, text);
    }
    body.push_str("</div>\n");
}

fn element(body: &mut String, before: &str, text: &str, after: &str) {
    body.push_str(before);
    escape(text, body);
    body.push_str(after);
}

fn hidden(body: &mut String, proof: &str) {
    body.push_str("<input type=\"hidden\" name=\"page\" value=\"");
    escape(proof, body);
    body.push_str("\">\n");
}

fn radio(body: &mut String, name: &str, value: &str, Choice(title, meaning): &Choice, checked: bool) {
    body.push_str("<label class=\"choice\"><input type=\"radio\" name=\"");
    body.push_str(name);
    body.push_str("\" value=\"");
    body.push_str(value);
    body.push_str(if checked { "\" checked>" } else { "\">" });
    element(body, "<span><b>", title, "</b><small>");
    escape(meaning, body);
    body.push_str("</small></span></label>\n");
}

fn button(body: &mut String, does: &str, text: &str, main: bool) {
    body.push_str(if main { "<button name=\"do\" value=\"" } else { "<button class=\"quiet\" name=\"do\" value=\"" });
    body.push_str(does);
    element(body, "\">", text, "</button>\n");
}

fn languages(body: &mut String, current: Language) {
    body.push_str("<nav class=\"languages\">");
    for (language, name) in [(Language::English, "English"), (Language::German, "Deutsch")] {
        if language == current {
            element(body, "<b>", name, "</b>");
        } else {
            let tag = language.tag();
            element(body, &format!("<a href=\"?lang={tag}\" lang=\"{tag}\" hreflang=\"{tag}\">"), name, "</a>");
        }
    }
    body.push_str("</nav>\n");
}
