//! `GET /account`: what is theirs, and what can be done about it. To whom nobody signed in: the way in.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use waxwing_domain::alike::family;
use waxwing_domain::shown::short_text;
use waxwing_protocol::api::{self, AccessAction, MailboxKind, MailboxState};

use super::super::AppState;
use super::super::problem::ApiError;
use super::ROOT;
use super::admin::is_admin;
use super::guard::{SignedIn, failed, signed_in};
use super::happened::happened;
use super::rights;
use super::shell::{esc, page};
use super::sign_in;
use super::words::Language;
use crate::app::App;
use crate::store::people::Role;
use crate::store::security::Entry;

/// Entries of a ledger and of what happened that are shown.
pub(super) const ENTRIES: u32 = 20;
/// Characters of what a browser calls itself.
const NAME: usize = 60;

/// The page.
pub async fn show(State(app): AppState, headers: HeaderMap) -> Response {
    let by = match signed_in(&app, &headers).await {
        Ok(Some(by)) => by,
        Ok(None) => return sign_in::page_for(&app, StatusCode::OK, Language::of(&headers, None), None),
        Err(error) => return failed(&app, Language::of(&headers, None), &error),
    };
    match body(&app, &by, None).await {
        Ok(body) => page(&app, StatusCode::OK, by.language, by.language.say("Your account", "Dein Konto"), &body),
        Err(error) => failed(&app, by.language, &error),
    }
}

/// The page with a pairing code on it.
pub async fn with_code(app: &App, by: &SignedIn, code: &str) -> Result<Response, ApiError> {
    let body = body(app, by, Some(code)).await?;
    Ok(page(app, StatusCode::OK, by.language, by.language.say("Your account", "Dein Konto"), &body))
}

async fn body(app: &App, by: &SignedIn, code: Option<&str>) -> Result<String, ApiError> {
    let language = by.language;
    let say = |english, german| language.say(english, german);
    let mut html = top(app, by);
    html.push_str("<main class=\"acct\">\n");
    let _ = writeln!(html, "<h1>{}</h1>", esc(by.person.shown()));
    if by.person.suspended_at.is_some() || app.gate.closed.all() {
        let text = say(
            "An admin has suspended this account: nothing is tracked or sent from it. Links in mails go on working.",
            "Ein Admin hat dieses Konto gesperrt: Nichts wird verfolgt oder gesendet. Links in Mails gehen weiter.",
        );
        let _ = writeln!(html, "<p class=\"bad\">{text}</p>");
    }
    devices(app, by, code, &mut html).await?;
    mailboxes(app, by, &mut html).await?;
    sessions(app, by, &mut html).await?;
    settings(app, by, &mut html);
    rights::section(app, by, &mut html).await?;
    security(language, &app.store.security_events(by.person.account, ENTRIES).await?, &mut html);
    html.push_str("</main>\n");
    Ok(html)
}

/// Where they are, and the way out.
pub fn top(app: &App, by: &SignedIn) -> String {
    let say = |english, german| by.language.say(english, german);
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let people = if is_admin(by) { format!("<a href=\"{root}/people\">{}</a>", say("People", "Leute")) } else { String::new() };
    format!(
        "<header class=\"top\"><div><a class=\"home\" href=\"{root}\">Waxwing</a>{people}{}</div></header>\n",
        button(app, by, "/sign-out", say("Sign out", "Abmelden"), "quiet")
    )
}

/// A form that is one button. `label` and `kind` are ours.
pub fn button(app: &App, by: &SignedIn, path: &str, label: &str, kind: &str) -> String {
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    format!("<form method=\"post\" action=\"{root}{path}\">{}<button class=\"{kind}\">{label}</button></form>", token(by))
}

/// What every form holds.
pub fn token(by: &SignedIn) -> String {
    format!("<input type=\"hidden\" name=\"token\" value=\"{}\">", esc(&by.token))
}

async fn devices(app: &App, by: &SignedIn, code: Option<&str>, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let hint = say(
        "Each browser that can see and send in your name. Revoking works at once; links in mails already sent keep working.",
        "Jeder Browser, der in deinem Namen sehen und senden kann. Entziehen wirkt sofort; Links in gesendeten Mails gehen weiter.",
    );
    let _ = write!(html, "<section><h2>{}</h2><p class=\"quiet\">{hint}</p><ul class=\"cards\">", say("Browsers", "Browser"));
    for device in app.store.devices(by.person.account).await? {
        let seen =
            app.seen.of(device.id).or(device.seen_at).map_or_else(|| say("never", "nie").to_owned(), |at| language.time(at));
        let _ = write!(
            html,
            "<li><div><b><bdi>{}</bdi></b><p>{} {seen} · {} {}</p></div>{}</li>",
            esc(&device.name),
            say("Last seen", "Zuletzt gesehen"),
            say("paired", "gekoppelt"),
            language.time(device.paired_at),
            button(app, by, &format!("/devices/{}/revoke", device.id), say("Revoke", "Entziehen"), "plain"),
        );
    }
    html.push_str("</ul>");
    if let Some(code) = code {
        let text = say(
            "Type it into the extension's popup in that browser, with this server's address. Good once, for 15 minutes.",
            "Tippe ihn dort in das Popup der Erweiterung, mit der Adresse dieses Servers. Er gilt einmal, 15 Minuten lang.",
        );
        let _ = write!(html, "<p class=\"code\" role=\"status\"><bdi>{}</bdi></p><p class=\"quiet\">{text}</p>", esc(code));
    }
    if by.person.suspended_at.is_none() && by.may_pair() {
        html.push_str(&button(app, by, "/pairing", say("Pair another browser", "Weiteren Browser koppeln"), "plain"));
    } else if by.person.suspended_at.is_none() {
        let how = stronger_way_in(app, by);
        let _ = write!(html, "<p class=\"quiet\">{how}</p>");
    }
    html.push_str("</section>\n");
    Ok(())
}

/// How to come to what is not done in a session that a browser's own code began.
fn stronger_way_in(app: &App, by: &SignedIn) -> String {
    let what = match (by.language, by.person.role) {
        (Language::English, Role::Admin) => "To pair another browser or to look after people",
        (Language::English, Role::Member) => "To pair another browser",
        (Language::German, Role::Admin) => "Um einen weiteren Browser zu koppeln oder Leute zu verwalten",
        (Language::German, Role::Member) => "Um einen weiteren Browser zu koppeln",
    };
    let say = |english, german| by.language.say(english, german);
    if let Some(provider) = &app.settings.sign_in {
        let how = say("sign out here and sign in with", "melde dich hier ab und an mit");
        return format!("{what}, {how} {}.", esc(&provider.options.name));
    }
    let how = say(
        "sign in here with a code that “waxwing pair” prints on the server.",
        "melde dich hier mit einem Code an, den „waxwing pair“ auf dem Server ausgibt.",
    );
    format!("{what}, {how}")
}

async fn mailboxes(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let _ = write!(html, "<section><h2>{}</h2>", say("Mailboxes", "Postfächer"));
    let rows = app.store.mailboxes(by.person.account).await?;
    if rows.is_empty() {
        let _ = write!(html, "<p class=\"quiet\">{}</p>", say("None is connected.", "Keines ist verbunden."));
    }
    for row in rows {
        let view = app.mailboxes.view(&row).await?;
        let _ = write!(
            html,
            "<div class=\"box\"><div class=\"line\"><div><b><bdi>{}</bdi></b><p>{}</p></div>{}</div><p>{}</p>",
            esc(&view.address),
            state(language, &view),
            button(app, by, &format!("/mailboxes/{}/disconnect", view.id), say("Disconnect", "Trennen"), "danger"),
            allowed(language, view.kind),
        );
        let _ = write!(
            html,
            "<details><summary>{}</summary><ul class=\"log\">",
            say("Every access, newest first", "Jeder Zugriff, neueste zuerst")
        );
        for access in app.store.access(view.id, i64::MAX, ENTRIES).await? {
            let at = language.time(access.last_at.unwrap_or(access.at));
            let times = if access.times > 1 { format!(" ×{}", access.times) } else { String::new() };
            let _ = write!(html, "<li><time>{at}</time> {}{times}</li>", action(language, access.action));
        }
        html.push_str("</ul></details></div>");
    }
    html.push_str("</section>\n");
    Ok(())
}

fn state(language: Language, mailbox: &api::Mailbox) -> &'static str {
    match &mailbox.state {
        MailboxState::Ok => language.say("Works", "Geht"),
        _ => language.say(
            "Cannot be used just now: the extension's options say why",
            "Geht gerade nicht: Die Einstellungen der Erweiterung sagen, warum",
        ),
    }
}

fn allowed(language: Language, kind: MailboxKind) -> &'static str {
    match kind {
        MailboxKind::Gmail => language.say(
            "May send drafts that you scheduled, and read in conversations that you follow. Everything else is passed over unread.",
            "Darf Entwürfe senden, die du geplant hast, und in Unterhaltungen lesen, denen du folgst. Alles andere bleibt ungelesen.",
        ),
        MailboxKind::Imap => language.say(
            "A password may do everything. It is used to send what you scheduled, and to read in conversations that you follow.",
            "Ein Passwort darf alles. Es dient zum Senden des Geplanten und zum Lesen in Unterhaltungen, denen du folgst.",
        ),
    }
}

fn action(language: Language, action: AccessAction) -> &'static str {
    let (english, german) = match action {
        AccessAction::SignIn => ("signed in", "angemeldet"),
        AccessAction::FindDraft => ("looked for a draft", "einen Entwurf gesucht"),
        AccessAction::ReadDraft => ("read a draft", "einen Entwurf gelesen"),
        AccessAction::Send => ("sent a mail", "eine Mail gesendet"),
        AccessAction::FileCopy => ("filed the copy of a sent mail", "die Kopie einer gesendeten Mail abgelegt"),
        AccessAction::RemoveDraft => ("removed the draft of a sent mail", "den Entwurf einer gesendeten Mail entfernt"),
        AccessAction::LookForSent => ("looked whether a mail was sent", "nachgesehen, ob eine Mail gesendet wurde"),
        AccessAction::LookForAnswer => ("looked for an answer, by headers", "in Kopfzeilen nach einer Antwort gesehen"),
        AccessAction::AskForNews => ("asked what is new", "nach Neuem gefragt"),
        AccessAction::AskToBeTold => ("asked to be told of changes", "um Nachricht bei Änderungen gebeten"),
        AccessAction::ReadHeaders => ("read the headers of a mail", "die Kopfzeilen einer Mail gelesen"),
        AccessAction::ReadMail => ("read a mail", "eine Mail gelesen"),
        AccessAction::FindSent => ("looked for a sent mail", "eine gesendete Mail gesucht"),
        AccessAction::PutNote => ("put a reminder's note in", "die Notiz einer Erinnerung abgelegt"),
        AccessAction::RemoveNote => ("took a reminder's note out", "die Notiz einer Erinnerung entfernt"),
        AccessAction::Revoke => ("gave the grant back", "die Berechtigung zurückgegeben"),
        AccessAction::Unknown => ("something else", "etwas anderes"),
    };
    language.say(english, german)
}

/// The browser of a session, for people to read; what has no known name by what it calls itself.
fn named(agent: &str) -> Option<String> {
    family(agent).or_else(|| Some(short_text(agent, NAME)).filter(|name| !name.is_empty()))
}

async fn sessions(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let _ = write!(html, "<section><h2>{}</h2><ul class=\"cards\">", say("Signed in here", "Hier angemeldet"));
    let all = app.store.sessions(by.person.account, app.clock.now()).await?;
    for session in &all {
        let own = session.id == by.session.id;
        let end = if own {
            format!("<span class=\"quiet\">{}</span>", say("This one", "Diese hier"))
        } else {
            button(app, by, &format!("/sessions/{}/end", session.id), say("End", "Beenden"), "plain")
        };
        let _ = write!(
            html,
            "<li><div><b title=\"{}\"><bdi>{}</bdi></b><p>{} {} · {} {}</p></div>{end}</li>",
            esc(&session.agent),
            esc(&named(&session.agent).unwrap_or_else(|| say("An unknown program", "Ein unbekanntes Programm").to_owned())),
            say("Since", "Seit"),
            language.time(session.made_at),
            say("last used", "zuletzt benutzt"),
            language.time(session.seen_at),
        );
    }
    html.push_str("</ul>");
    if all.len() > 1 {
        html.push_str(&button(app, by, "/sessions/others/end", say("End all others", "Alle anderen beenden"), "plain"));
    }
    html.push_str("</section>\n");
    Ok(())
}

fn settings(app: &App, by: &SignedIn, html: &mut String) {
    let say = |english, german| by.language.say(english, german);
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let chosen = by.person.language.as_deref().unwrap_or_default();
    let option = |value: &str, label: &str| {
        let selected = if value == chosen { " selected" } else { "" };
        format!("<option value=\"{value}\"{selected}>{label}</option>")
    };
    let address = by.person.address.as_deref().map(|address| format!("<p class=\"quiet\"><bdi>{}</bdi></p>", esc(address)));
    let _ = writeln!(
        html,
        "<section><h2>{}</h2>{}<form method=\"post\" action=\"{root}/settings\" class=\"fields\">{}\
         <label>{}<input name=\"name\" required maxlength=\"100\" autocomplete=\"name\" value=\"{}\"></label>\
         <label>{}<select name=\"language\">{}{}{}</select></label><button class=\"plain\">{}</button></form></section>",
        say("Settings", "Einstellungen"),
        address.unwrap_or_default(),
        token(by),
        say("Name", "Name"),
        esc(by.person.shown()),
        say("Language of this page", "Sprache dieser Seite"),
        option("", say("As the browser prefers", "Wie der Browser es mag")),
        option("en", "English"),
        option("de", "Deutsch"),
        say("Save", "Sichern"),
    );
}

/// What happened, newest first.
pub(super) fn security(language: Language, entries: &[Entry], html: &mut String) {
    let title = language.say("What happened", "Was geschah");
    let _ = write!(html, "<section><h2>{title}</h2><ul class=\"log\">");
    for entry in entries {
        let detail = entry.detail.as_deref().map(|text| format!(": <bdi>{}</bdi>", esc(text))).unwrap_or_default();
        let _ = write!(html, "<li><time>{}</time> {}{detail}</li>", language.time(entry.at), happened(language, &entry.kind));
    }
    html.push_str("</ul></section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_name_that_people_know() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
        let long = "x".repeat(500);
        for (agent, want) in [(firefox, Some("Firefox, Linux")), ("two\u{202e}  words", Some("two words")), ("", None)] {
            assert_eq!(named(agent).as_deref(), want, "{agent}");
        }
        assert!(named(&long).unwrap().chars().count() <= NAME + 1);
    }
}
