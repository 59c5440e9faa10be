//! How long things are kept, for admins: each rule of retention with the days that hold, and a form to shorten them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::super::AppState;
use super::super::problem::ApiError;
use super::ROOT;
use super::admin::is_admin;
use super::guard::{Posted, SignedIn, failed, nothing, told};
use super::home::token;
use super::shell::{back, esc};
use super::words::Language;
use crate::app::App;
use crate::retention::rules::{RULES, Rule};

/// The section of the admins' page.
pub(super) async fn section(app: &App, by: &SignedIn, html: &mut String) -> Result<(), ApiError> {
    let say = |english, german| by.language.say(english, german);
    let in_force = app.settings.retention.and(&app.store.retention().await?);
    let _ = write!(
        html,
        "<section><h2>{}</h2><details class=\"box\"><summary>{}</summary><form method=\"post\" action=\"{}{ROOT}/people/retention\" \
         class=\"fields\">{}<p class=\"quiet\">{}</p>",
        say("How long things are kept", "Wie lange etwas aufbewahrt wird"),
        say("Days of each kind", "Tage je Art"),
        esc(&app.settings.public_url),
        token(by),
        say(
            "Fewer days take away what is older within minutes, for good. More than the server's own number is not possible.",
            "Weniger Tage nehmen Älteres binnen Minuten weg, endgültig. Mehr als die Zahl des Servers geht nicht.",
        ),
    );
    for rule in RULES {
        let most = app.settings.retention.days(rule);
        let _ = write!(
            html,
            "<label>{}<input name=\"{name}\" type=\"number\" inputmode=\"numeric\" required min=\"1\" max=\"{most}\" value=\"{}\"></label>",
            label(by.language, rule),
            in_force.days(rule),
            name = rule.name,
        );
    }
    let _ = write!(
        html,
        "<button class=\"plain\">{}</button></form></details></section>",
        say("Keep them so long", "So lange aufbewahren")
    );
    Ok(())
}

/// Changes the days. What is not in the form is kept as the file of the server says.
pub async fn change(State(app): AppState, Posted { by, form }: Posted) -> Response {
    if !is_admin(&by) {
        return nothing(&app, by.language);
    }
    let mut chosen = BTreeMap::new();
    for rule in RULES {
        let (typed, most) = (form.get(rule.name).trim(), app.settings.retention.days(rule));
        if typed.is_empty() {
            continue;
        }
        match typed.parse() {
            Ok(days) if (1..=most).contains(&days) => chosen.insert(rule.name.to_owned(), days),
            _ => {
                let text = format!(
                    "{} {} 1 – {most}. {}",
                    label(by.language, rule),
                    by.language.say("takes", "nimmt"),
                    by.language.say("Nothing was changed.", "Nichts wurde geändert."),
                );
                let title = by.language.say("Not changed", "Nicht geändert");
                return told(&app, StatusCode::BAD_REQUEST, by.language, title, &text);
            }
        };
    }
    match app.store.set_retention(&chosen, app.clock.now()).await {
        Ok(()) => back(&app, "/account/people"),
        Err(error) => failed(&app, by.language, &error.into()),
    }
}

/// What a rule is about, in a few words.
fn label(language: Language, rule: &Rule) -> &'static str {
    let (english, german) = match rule.name {
        "hit_addresses" => ("Whole addresses of hits", "Ganze Adressen von Treffern"),
        "unregistered_hits" => ("Hits of mails nobody registered", "Treffer von Mails, die niemand angemeldet hat"),
        "events" => ("News for browsers", "Neuigkeiten für Browser"),
        "own_views_and_places" => ("Senders' own views and places", "Eigene Ansichten und Orte der Absender"),
        "pairing_codes" => ("Pairing codes, once expired", "Abgelaufene Kopplungscodes"),
        "unfinished_sign_ins" => ("Sign-ins that never came back", "Anmeldungen, die nie zurückkamen"),
        "sessions" => ("Browsers signed in here, once unused", "Hier angemeldete Browser, wenn unbenutzt"),
        "invitations" => ("Invitations, once expired", "Abgelaufene Einladungen"),
        "consent_mails" => ("Mails that asked a recipient to confirm", "Mails, die Empfänger um Bestätigung baten"),
        "security_events" => ("What happened for safety", "Was für die Sicherheit geschah"),
        "mailbox_ledger" => ("Accesses to mailboxes", "Zugriffe auf Postfächer"),
        "daily_limit" => ("What left through a mailbox, counted", "Gezählte Sendungen aus Postfächern"),
        "flight_recorder" => ("Steps of scheduled mails", "Schritte geplanter Mails"),
        "sent_later" => ("Scheduled mails that are done", "Erledigte geplante Mails"),
        "answers" => ("Mails no answer is awaited to any more", "Mails, auf die keine Antwort mehr erwartet wird"),
        "disconnected_mailboxes" => ("Disconnected mailboxes", "Getrennte Postfächer"),
        "set_aside" => ("Files of hits that could not be stored", "Dateien mit Treffern, die nicht gespeichert werden konnten"),
        "log_positions" => ("Numbers of hits moved once", "Nummern einmal verschobener Treffer"),
        name => (name, name),
    };
    language.say(english, german)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_words_of_its_own() {
        for language in [Language::English, Language::German] {
            let labels: std::collections::BTreeSet<_> = RULES.iter().map(|rule| label(language, rule)).collect();
            assert_eq!(labels.len(), RULES.len());
            assert!(RULES.iter().all(|rule| label(language, rule) != rule.name));
        }
    }
}
