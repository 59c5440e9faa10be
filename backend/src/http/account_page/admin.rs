//! `/account/people`: who may use this backend. For admins; to everybody else there is nothing here.
//!
//! What must hold: an admin sees names, addresses, roles, when somebody was there last and how many browsers they have, and never anything
//! of a mail; the last admin can be neither suspended nor made a member.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::super::problem::ApiError;
use super::super::{AppState, auth};
use super::ROOT;
use super::guard::{Posted, SignedIn, failed, nothing, signed_in, told};
use super::home::{self, button, token, top};
use super::retention;
use super::shell::{back, esc, page};
use super::words::Language;
use crate::account_id::AccountId;
use crate::accounts::id_token::address;
use crate::app::App;
use crate::entropy;
use crate::pairing;
use crate::store::invitations::Invitation;
use crate::store::people::{Bounds, Changed, Person, Role};
use crate::store::security::Happened;

/// How long an invitation is good.
pub const INVITED_FOR: waxwing_protocol::Millis = 7 * 24 * 60 * 60 * 1000;

/// True for an admin, who was not let in by a browser's own code: what an admin makes outlives the browser's revocation.
pub(super) fn is_admin(by: &SignedIn) -> bool {
    by.person.role == Role::Admin && by.person.suspended_at.is_none() && by.may_pair()
}

/// The page.
pub async fn show(State(app): AppState, headers: HeaderMap) -> Response {
    let language = Language::of(&headers, None);
    match signed_in(&app, &headers).await {
        Ok(Some(by)) if is_admin(&by) => list(&app, &by, None).await.unwrap_or_else(|error| failed(&app, by.language, &error)),
        Ok(Some(by)) => nothing(&app, by.language),
        Ok(None) => back(&app, ROOT),
        Err(error) => failed(&app, language, &error),
    }
}

async fn list(app: &App, by: &SignedIn, code: Option<&str>) -> Result<Response, ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let mut html = top(app, by);
    let _ = write!(html, "<main class=\"acct\"><h1>{}</h1><section><ul class=\"cards\">", say("People", "Leute"));
    for person in app.store.everyone().await? {
        one(app, by, &person, &mut html);
    }
    html.push_str("</ul></section>");
    stopping(app, by, &mut html).await?;
    retention::section(app, by, &mut html).await?;
    let _ = write!(html, "<section><h2>{}</h2>", say("Invitations", "Einladungen"));
    if let Some(code) = code {
        let text = say(
            "Good once, for 7 days. Hand it over with this page's address: it is typed in there.",
            "Gilt einmal, 7 Tage lang. Gib ihn mit der Adresse dieser Seite weiter: Dort wird er eingetippt.",
        );
        let _ = write!(html, "<p class=\"code\" role=\"status\"><bdi>{}</bdi></p><p class=\"quiet\">{text}</p>", esc(code));
    }
    html.push_str("<ul class=\"cards\">");
    for invitation in app.store.invitations(app.clock.now()).await? {
        let whom =
            invitation.address.as_deref().map_or_else(|| say("Whoever has the code", "Wer den Code hat").to_owned(), esc);
        let _ = write!(
            html,
            "<li><div><b><bdi>{whom}</bdi></b><p>{} {}</p></div>{}</li>",
            say("Until", "Bis"),
            language.time(invitation.expires_at),
            button(app, by, &format!("/invitations/{}/withdraw", invitation.id), say("Withdraw", "Zurückziehen"), "plain"),
        );
    }
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let _ = writeln!(
        html,
        "</ul><form method=\"post\" action=\"{root}/people/invite\" class=\"fields\">{}<label>{}\
         <input name=\"address\" type=\"email\" maxlength=\"320\" autocomplete=\"off\"></label><button class=\"plain\">{}</button></form></section>",
        token(by),
        say("Address, if only that one may use it", "Adresse, falls nur sie gelten soll"),
        say("Invite", "Einladen"),
    );
    home::security(language, &app.store.backend_events(home::ENTRIES).await?, &mut html);
    html.push_str("</main>\n");
    Ok(page(app, StatusCode::OK, language, say("People", "Leute"), &html))
}

/// The switch that stops the backend for everybody.
async fn stopping(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let since = app.store.all_stopped_since().await?;
    let text = match since {
        Some(since) => {
            let stopped = say("Stopped for everybody since", "Für alle angehalten seit");
            format!("<span class=\"bad\">{stopped} {}</span>", language.time(since))
        }
        None => say(
            "Nothing is tracked, sent or read in mailboxes until it is let go on. Links in mails go on working.",
            "Nichts wird verfolgt, gesendet oder in Postfächern gelesen, bis es weitergeht. Links in Mails gehen weiter.",
        )
        .to_owned(),
    };
    let way = if since.is_some() {
        button(app, by, "/people/go-on", say("Let it go on", "Weitergehen lassen"), "main")
    } else {
        button(app, by, "/people/stop", say("Stop it for everybody", "Für alle anhalten"), "danger")
    };
    let title = say("This backend", "Dieses Backend");
    let _ = write!(html, "<section><h2>{title}</h2><div class=\"box\"><p>{text}</p>{way}</div></section>");
    Ok(())
}

/// Stops the backend for everybody.
pub async fn stop(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    stop_all(&app, &by, true).await
}

/// Lets it go on.
pub async fn go_on(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    stop_all(&app, &by, false).await
}

async fn stop_all(app: &App, by: &SignedIn, stopped: bool) -> Response {
    if !is_admin(by) {
        return nothing(app, by.language);
    }
    let done = async {
        app.store.stop_all(stopped, app.clock.now()).await?;
        app.gate.closed.reload(&app.store).await
    };
    match done.await {
        Ok(()) => back(app, "/account/people"),
        Err(error) => failed(app, by.language, &error.into()),
    }
}

fn one(app: &App, by: &SignedIn, person: &Person, html: &mut String) {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let seen = person.seen_at.map_or_else(|| say("never", "nie").to_owned(), |at| language.time(at));
    let address = person.address.as_deref().map(|address| format!("<bdi>{}</bdi> · ", esc(address))).unwrap_or_default();
    let role = if person.role == Role::Admin { "Admin" } else { say("Member", "Mitglied") };
    let state = if person.suspended_at.is_some() { say(" · suspended", " · gesperrt") } else { "" };
    let _ = write!(
        html,
        "<li><div><b><bdi>{}</bdi></b><p>{address}{role}{state} · {} {seen} · {} {}</p>",
        esc(person.shown()),
        say("last seen", "zuletzt da"),
        person.devices,
        if person.devices == 1 { "Browser" } else { say("browsers", "Browser") },
    );
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let messages = person.limits.messages.map(|n| n.to_string()).unwrap_or_default();
    let choice = |name: &str, label: &str| format!("<button class=\"plain\" name=\"do\" value=\"{name}\">{label}</button>");
    let suspend = if person.suspended_at.is_some() {
        choice("resume", say("Let go on", "Freigeben"))
    } else {
        choice("suspend", say("Suspend", "Sperren"))
    };
    let role = if person.role == Role::Admin {
        choice("member", say("Make a member", "Zum Mitglied machen"))
    } else {
        choice("admin", say("Make an admin", "Zum Admin machen"))
    };
    let _ = write!(
        html,
        "<details><summary>{}</summary><form method=\"post\" action=\"{root}/people/{}/change\" class=\"fields\">{}{suspend}{role}\
         <label>{}<input name=\"messages\" inputmode=\"numeric\" maxlength=\"9\" value=\"{messages}\"></label>{}</form></details></div></li>",
        say("Change", "Ändern"),
        person.account,
        token(by),
        say("Tracked mails a day, at most (empty: no limit)", "Verfolgte Mails am Tag, höchstens (leer: ohne Grenze)"),
        choice("limits", say("Set the limit", "Grenze setzen")),
    );
}

/// Makes an invitation.
pub async fn invite(State(app): AppState, Posted { by, form }: Posted) -> Response {
    if !is_admin(&by) {
        return nothing(&app, by.language);
    }
    let typed = form.get("address").trim();
    let address = if typed.is_empty() { Ok(None) } else { address(typed).map(Some).ok_or(()) };
    let Ok(address) = address else {
        let text =
            by.language.say("This is not an address. Nobody was invited.", "Das ist keine Adresse. Niemand wurde eingeladen.");
        return told(&app, StatusCode::BAD_REQUEST, by.language, by.language.say("Not invited", "Nicht eingeladen"), text);
    };
    let invited = async {
        let (code, now) = (pairing::new_code(app.entropy.as_ref())?, app.clock.now());
        let invitation =
            Invitation { id: entropy::uuid(app.entropy.as_ref())?, account: None, address, expires_at: now + INVITED_FOR };
        app.store.invite(auth::hash(&code), &invitation, Some(by.person.account), now).await?;
        list(&app, &by, Some(&pairing::display(&code))).await
    };
    invited.await.unwrap_or_else(|error| failed(&app, by.language, &error))
}

/// Takes an invitation back.
pub async fn withdraw(State(app): AppState, Path(path): Path<String>, Posted { by, .. }: Posted) -> Response {
    let Some(id) = Uuid::try_parse(&path).ok().filter(|_| is_admin(&by)) else { return nothing(&app, by.language) };
    match app.store.withdraw(id).await {
        Ok(true) => back(&app, "/account/people"),
        Ok(false) => nothing(&app, by.language),
        Err(error) => failed(&app, by.language, &error.into()),
    }
}

/// Changes somebody's role, state or limits.
pub async fn change(State(app): AppState, Path(path): Path<String>, Posted { by, form }: Posted) -> Response {
    let Some(account) = AccountId::parse(&path).filter(|_| is_admin(&by)) else { return nothing(&app, by.language) };
    let now = app.clock.now();
    let changed = match form.get("do") {
        "suspend" => app.store.set_suspended(account, true, now).await,
        "resume" => app.store.set_suspended(account, false, now).await,
        "member" => app.store.set_role(account, Role::Member, now).await,
        "admin" => app.store.set_role(account, Role::Admin, now).await,
        "limits" => {
            let typed = form.get("messages").trim();
            let messages = if typed.is_empty() { Ok(None) } else { typed.parse().map(Some) };
            let Ok(messages) = messages else {
                let text = by.language.say(
                    "A limit is a whole number. Nothing was changed.",
                    "Eine Grenze ist eine ganze Zahl. Nichts wurde geändert.",
                );
                let title = by.language.say("Not changed", "Nicht geändert");
                return told(&app, StatusCode::BAD_REQUEST, by.language, title, text);
            };
            app.store.set_bounds(account, Bounds { messages }, now).await
        }
        _ => return nothing(&app, by.language),
    };
    if let Err(error) = app.gate.closed.reload(&app.store).await {
        tracing::warn!(%error, "which accounts are suspended could not be read anew");
    }
    match changed {
        Ok(Changed::Done) => {
            if account != by.person.account
                && let Err(error) = app.store.add_security_event(by.person.account, now, &Happened::CHANGED_SOMEBODY).await
            {
                tracing::warn!(%error, "what an admin did could not be written down");
            }
            back(&app, "/account/people")
        }
        Ok(Changed::Unknown) => nothing(&app, by.language),
        Ok(Changed::LastAdmin) => told(
            &app,
            StatusCode::CONFLICT,
            by.language,
            by.language.say("No admin would be left", "Kein Admin bliebe übrig"),
            by.language.say("Make somebody else an admin first.", "Mach zuerst jemand anderen zum Admin."),
        ),
        Err(error) => failed(&app, by.language, &error.into()),
    }
}
