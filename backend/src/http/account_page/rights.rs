//! What people may ask of their data, on their account's page: to take it along, to have it kept and not used, and to have it erased.
//! All of it works while the account is suspended, restricted or about to be erased.
//!
//! What must hold: nothing is erased by one press: the form asks whether it is meant, and there are seven days to take it back.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::problem::ApiError;
use super::super::rights::recipient::MAX;
use super::super::rights::{erasure_of, export as archive};
use super::super::{AppState, rights};
use super::ROOT;
use super::act::done;
use super::guard::{Posted, SignedIn, failed, nothing, signed_in, told};
use super::home::{button, token};
use super::shell::{back, esc};
use super::words::Language;
use crate::app::App;
use crate::rights::prepared;
use crate::store::rights::{Erasure, Stage};

/// How their data stands, and what can be asked for.
pub async fn section(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let say = |english, german| by.language.say(english, german);
    let _ = write!(html, "<section id=\"rights\"><h2>{}</h2>", say("Your data", "Deine Daten"));
    taking_along(app, by, html)?;
    keeping(app, by, html).await?;
    let root = format!("{}{ROOT}", esc(&app.settings.public_url));
    let _ = write!(
        html,
        "<div class=\"box\"><b>{}</b><p>{}</p><form method=\"post\" action=\"{root}/recipients/erase\" class=\"fields\">{}\
         <label>{}<input name=\"address\" type=\"email\" required maxlength=\"{MAX}\" autocomplete=\"off\"></label>\
         <button class=\"danger\">{}</button></form></div>",
        say("Erase one recipient", "Einen Empfänger löschen"),
        say(
            "Takes somebody out of all your mails here, in seven days. Mails in your mailbox stay as they are.",
            "Nimmt jemanden in sieben Tagen aus allen deinen Mails hier heraus. Mails in deinem Postfach bleiben, wie sie sind.",
        ),
        token(by),
        say("Their address", "Die Adresse"),
        say("Erase this recipient", "Empfänger löschen"),
    );
    erasing(app, by, &root, html).await?;
    html.push_str("</section>\n");
    Ok(())
}

fn taking_along(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let found = prepared::newest(&app.settings.data_dir, by.person.account, app.clock.now())?;
    let (state, way) = match found.map(|found| (found.asked_at, found.bytes)) {
        None => (
            say(
                "Everything about this account in one archive: JSON for programs, CSV for a spreadsheet. It holds whom you wrote to.",
                "Alles zu diesem Konto in einem Archiv: JSON für Programme, CSV für eine Tabelle. Darin steht, wem du geschrieben hast.",
            )
            .to_owned(),
            button(app, by, "/export/prepare", say("Prepare the archive", "Archiv vorbereiten"), "plain"),
        ),
        Some((asked_at, None)) => (
            format!(
                "{} {}. {}",
                say("Asked for", "Angefordert"),
                language.time(asked_at),
                say("It is being made. Load this page again in a moment.", "Es entsteht gerade. Lade diese Seite gleich noch einmal."),
            ),
            format!("<p><a href=\"{}{ROOT}#rights\">{}</a></p>", esc(&app.settings.public_url), say("Load again", "Neu laden")),
        ),
        Some((asked_at, Some(bytes))) => (
            format!(
                "{} {}, {}. {}",
                say("Prepared", "Vorbereitet"),
                language.time(asked_at),
                size(bytes),
                say("It is taken away a day after that.", "Einen Tag danach wird es weggeräumt."),
            ),
            format!(
                "<p><a class=\"button\" href=\"{}{ROOT}/export/archive\">{}</a></p>",
                esc(&app.settings.public_url),
                say("Download the archive", "Archiv herunterladen"),
            ),
        ),
    };
    let _ = write!(html, "<div class=\"box\"><b>{}</b><p>{state}</p>{way}</div>", say("Take it along", "Mitnehmen"));
    Ok(())
}

async fn keeping(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let since = app.store.restricted_since(by.person.account).await?;
    let text = match since {
        None => say(
            "Keeps everything and uses nothing: no hit is stored, and mails that were to go out are held. Links in mails go on working.",
            "Behält alles und nutzt nichts: Kein Treffer wird gespeichert, und was hinausgehen sollte, wird gehalten. Links gehen weiter.",
        )
        .to_owned(),
        Some(since) => format!(
            "{} {}. {}",
            say("Not used since", "Nicht genutzt seit"),
            language.time(since),
            say(
                "Mails whose time came meanwhile are held, and go only when you say so.",
                "Mails, deren Zeit inzwischen kam, werden gehalten und gehen erst, wenn du es sagst.",
            ),
        ),
    };
    let way = if since.is_some() {
        button(app, by, "/restriction/end", say("Use it again", "Wieder nutzen"), "plain")
    } else {
        button(app, by, "/restriction/begin", say("Keep it, do not use it", "Behalten, nicht nutzen"), "plain")
    };
    let _ = write!(html, "<div class=\"box\"><b>{}</b><p>{text}</p>{way}</div>", say("Restrict", "Einschränken"));
    Ok(())
}

async fn erasing(app: &App, by: &SignedIn, root: &str, html: &mut String) -> Result<(), ApiError> {
    let (language, say) = (by.language, |english, german| by.language.say(english, german));
    let title = say("Erase this account", "Dieses Konto löschen");
    let _ = write!(html, "<div class=\"box\"><b>{title}</b>");
    match erasure_of(app, by.person.account).await? {
        Some(Erasure { stage: Stage::Waits, due_at, .. }) => {
            let _ = write!(
                html,
                "<p class=\"bad\">{} {}</p><p>{}</p>{}",
                say("Everything is erased on", "Alles wird gelöscht am"),
                language.time(due_at),
                say(
                    "Until then nothing is tracked or sent. Mails that waited to be sent were cancelled; their drafts are still there.",
                    "Bis dahin wird nichts verfolgt oder gesendet. Geplante Mails wurden abgesagt; ihre Entwürfe sind noch da.",
                ),
                button(app, by, "/erasure/undo", say("Take it back", "Zurücknehmen"), "main"),
            );
        }
        Some(_) => {
            let _ = write!(html, "<p class=\"bad\">{}</p>", say("It is being erased now.", "Es wird gerade gelöscht."));
        }
        None => {
            let _ = write!(
                html,
                "<p>{}</p><details><summary>{}</summary><form method=\"post\" action=\"{root}/erasure/ask\" class=\"fields\">{}\
                 <label class=\"tick\"><input type=\"checkbox\" name=\"sure\" value=\"yes\" required> <span>{}</span></label>\
                 <button class=\"danger\">{title}</button></form></details>",
                say(
                    "Everything that is stored goes, also out of the next backups. For seven days you can take it back here.",
                    "Alles Gespeicherte geht, auch aus den nächsten Sicherungen. Sieben Tage lang kannst du es hier zurücknehmen.",
                ),
                say("Erase everything…", "Alles löschen …"),
                token(by),
                say(
                    "I mean it: mails that wait to be sent are cancelled now, and after seven days nothing brings this back.",
                    "Ich meine es so: Geplante Mails werden jetzt abgesagt, und nach sieben Tagen bringt nichts dies zurück.",
                ),
            );
        }
    }
    html.push_str("</div>");
    Ok(())
}

/// A size for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

/// Has an archive made.
pub async fn prepare(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    done(&app, &by, archive::begin(&app, by.person.account).await.map(|_| ()))
}

/// The archive. A download that was cut off goes on by `Range`.
pub async fn download(State(app): AppState, headers: HeaderMap) -> Response {
    let by = match signed_in(&app, &headers).await {
        Ok(Some(by)) => by,
        Ok(None) => return back(&app, ROOT),
        Err(error) => return failed(&app, Language::of(&headers, None), &error),
    };
    match archive::hand_out(&app, by.person.account, &headers).await {
        Ok(response) => response,
        Err(error) => failed(&app, by.language, &error),
    }
}

/// Keeps the account and does not use it.
pub async fn restrict(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    done(&app, &by, rights::restriction::set(&app, by.person.account, true).await)
}

/// Uses it again.
pub async fn unrestrict(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    done(&app, &by, rights::restriction::set(&app, by.person.account, false).await)
}

/// Has the account erased in seven days.
pub async fn ask(State(app): AppState, Posted { by, form }: Posted) -> Response {
    if form.get("sure") != "yes" {
        let text = by.language.say(
            "Nothing is erased before you tick that you mean it.",
            "Nichts wird gelöscht, bevor du ankreuzt, dass du es so meinst.",
        );
        let title = by.language.say("Nothing was erased", "Nichts wurde gelöscht");
        return told(&app, StatusCode::BAD_REQUEST, by.language, title, text);
    }
    let asked = async {
        let account = app.store.account(by.person.account).await?.ok_or(ApiError::NotFound)?;
        rights::erasure::ask_of(&app, &account).await
    };
    done(&app, &by, asked.await.map(|_| ()))
}

/// Takes that back.
pub async fn undo(State(app): AppState, Posted { by, .. }: Posted) -> Response {
    match rights::erasure::undo_of(&app, by.person.account).await {
        Err(ApiError::NotFound) => nothing(&app, by.language),
        result => done(&app, &by, result),
    }
}

/// Has a recipient erased in seven days.
pub async fn recipient(State(app): AppState, Posted { by, form }: Posted) -> Response {
    let say = |english, german| by.language.say(english, german);
    match rights::recipient::ask(&app, by.person.account, form.get("address").trim()).await {
        Ok(Some(Erasure { due_at, .. })) => {
            let title = say("The recipient will be erased", "Der Empfänger wird gelöscht");
            let text = format!(
                "{} {}. {}",
                say("It is done on", "Das geschieht am"),
                by.language.time(due_at),
                say(
                    "Whoever runs this server can take it back until then.",
                    "Bis dahin kann es zurücknehmen, wer diesen Server betreibt.",
                )
            );
            told(&app, StatusCode::OK, by.language, title, &text)
        }
        Ok(None) => told(
            &app,
            StatusCode::BAD_REQUEST,
            by.language,
            say("Nobody will be erased", "Niemand wird gelöscht"),
            say("This is not an address.", "Das ist keine Adresse."),
        ),
        Err(error) => failed(&app, by.language, &error),
    }
}
