//! The words of the pages that Google leads back to, in English and German, by the browser's `Accept-Language`.

use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::page::{escape, form, page as shell};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Language {
    English,
    German,
}

impl Language {
    /// The one that the browser prefers; English when it names neither.
    pub(in crate::http) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::English, 0.0_f32);
        for part in accepted.split(',').take(20) {
            let mut fields = part.split(';').map(str::trim);
            let tag = fields.next().unwrap_or_default().to_ascii_lowercase();
            let weight = fields.find_map(|field| field.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
            let language = match tag.split('-').next() {
                Some("de") => Self::German,
                Some("en") => Self::English,
                _ => continue,
            };
            // The first of equals is preferred.
            if let Some(weight) = weight
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        best.0
    }

    fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// What the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Connected,
    Unknown,
    Expired,
    Denied,
    RightMissing,
    Refused,
    ClientRefused,
    GoogleAway,
    Here,
}

impl Said {
    /// Title, what it means, and the way on.
    fn words(self, language: Language) -> (&'static str, &'static str, &'static str) {
        use Language::{English, German};
        match (self, language) {
            (Self::Connected, English) => (
                "Your mailbox is connected",
                "Mails that you schedule leave through it, also while your browser is closed.",
                "You can close this tab.",
            ),
            (Self::Connected, German) => (
                "Ihr Postfach ist verbunden",
                "Geplante Mails gehen darüber hinaus, auch wenn Ihr Browser geschlossen ist.",
                "Sie können diesen Tab schließen.",
            ),
            (Self::Unknown, English) => (
                "This sign-in is not known here",
                "It was finished already, or began somewhere else. Nothing was connected.",
                "Close this tab and begin again in Waxwing’s options.",
            ),
            (Self::Unknown, German) => (
                "Diese Anmeldung ist hier nicht bekannt",
                "Sie ist bereits abgeschlossen oder hat woanders begonnen. Es wurde nichts verbunden.",
                "Schließen Sie diesen Tab und beginnen Sie in den Optionen von Waxwing neu.",
            ),
            (Self::Expired, English) => (
                "This sign-in took too long",
                "It is good for ten minutes. Nothing was connected.",
                "Close this tab and begin again in Waxwing’s options.",
            ),
            (Self::Expired, German) => (
                "Diese Anmeldung hat zu lange gedauert",
                "Sie gilt zehn Minuten. Es wurde nichts verbunden.",
                "Schließen Sie diesen Tab und beginnen Sie in den Optionen von Waxwing neu.",
            ),
            (Self::Denied, English) => (
                "Nothing was connected",
                "You did not give Waxwing access to your mailbox.",
                "You can close this tab. Everything but sending later works without it.",
            ),
            (Self::Denied, German) => (
                "Es wurde nichts verbunden",
                "Sie haben Waxwing keinen Zugriff auf Ihr Postfach gegeben.",
                "Sie können diesen Tab schließen. Bis auf das spätere Senden geht alles auch ohne.",
            ),
            (Self::RightMissing, English) => (
                "One right is missing",
                "Waxwing needs the right to read, write and send mails: to send drafts, to look whether a mail went out and \
                 whether somebody answered, and to bring conversations back. Nothing was connected.",
                "Close this tab, begin again in Waxwing’s options, and tick the box on Google’s page.",
            ),
            (Self::RightMissing, German) => (
                "Ein Recht fehlt",
                "Waxwing braucht das Recht, Mails zu lesen, zu schreiben und zu senden: um Entwürfe zu senden, um nachzusehen, \
                 ob eine Mail hinausging und ob jemand geantwortet hat, und um Unterhaltungen zurückzuholen. Es wurde nichts \
                 verbunden.",
                "Schließen Sie diesen Tab, beginnen Sie in den Optionen von Waxwing neu und setzen Sie auf der Seite von \
                 Google das Häkchen.",
            ),
            (Self::Refused, English) => (
                "Google did not connect the mailbox",
                "Google’s answer holds no lasting access. Nothing was connected.",
                "Close this tab and begin again in Waxwing’s options. If it happens again, an administrator may not allow it.",
            ),
            (Self::Refused, German) => (
                "Google hat das Postfach nicht verbunden",
                "Die Antwort von Google enthält keinen dauerhaften Zugriff. Es wurde nichts verbunden.",
                "Schließen Sie diesen Tab und beginnen Sie in den Optionen von Waxwing neu. Geschieht es wieder, erlaubt es \
                 vielleicht ein Administrator nicht.",
            ),
            (Self::ClientRefused, English) => (
                "Google does not accept this Waxwing server",
                "Its client at Google is not set up, was deleted, or the Gmail API is not switched on for it. Nothing was \
                 connected.",
                "Tell whoever runs the server. docs/GMAIL.md says what to check.",
            ),
            (Self::ClientRefused, German) => (
                "Google nimmt diesen Waxwing-Server nicht an",
                "Sein Client bei Google ist nicht eingerichtet, wurde gelöscht, oder die Gmail-API ist dafür nicht \
                 eingeschaltet. Es wurde nichts verbunden.",
                "Sagen Sie es der Person, die den Server betreibt. In docs/GMAIL.md steht, was zu prüfen ist.",
            ),
            (Self::GoogleAway, English) => (
                "Google could not be reached",
                "The server got no answer from Google that it understands. Nothing was connected.",
                "Close this tab and begin again in a few minutes.",
            ),
            (Self::GoogleAway, German) => (
                "Google war nicht zu erreichen",
                "Der Server bekam von Google keine Antwort, die er versteht. Es wurde nichts verbunden.",
                "Schließen Sie diesen Tab und beginnen Sie in ein paar Minuten neu.",
            ),
            (Self::Here, English) => (
                "This server cannot keep the mailbox now",
                "Its disk, its database or its master key fails. Nothing was connected.",
                "Tell whoever runs the server: `waxwing doctor` says what is wrong.",
            ),
            (Self::Here, German) => (
                "Dieser Server kann das Postfach gerade nicht behalten",
                "Festplatte, Datenbank oder Hauptschlüssel versagen. Es wurde nichts verbunden.",
                "Sagen Sie es der Person, die den Server betreibt: `waxwing doctor` nennt die Ursache.",
            ),
        }
    }
}

/// The page; for a mailbox that was connected with its address and the account that has it.
pub(super) fn page(status: StatusCode, language: Language, said: Said, mailbox: Option<(&str, &str)>) -> Response {
    let (title, meaning, way_on) = said.words(language);
    let mut body = String::new();
    if let Some((address, account)) = mailbox {
        body.push_str("<p class=\"target\"><bdi dir=\"ltr\">");
        escape(address, &mut body);
        body.push_str("</bdi></p>\n");
        // Whoever was lured here by somebody else's link sees whose it is now.
        let (before, after) = match language {
            Language::English => (
                "<p>It belongs to the Waxwing account “",
                "” now. If that is not yours, take the access back at once: myaccount.google.com/permissions</p>\n",
            ),
            Language::German => (
                "<p>Es gehört jetzt zum Waxwing-Konto „",
                "“. Ist das nicht Ihres, nehmen Sie den Zugriff sofort zurück: myaccount.google.com/permissions</p>\n",
            ),
        };
        body.push_str(before);
        body.push_str("<bdi>");
        escape(account, &mut body);
        body.push_str("</bdi>");
        body.push_str(after);
    }
    for text in [meaning, way_on] {
        body.push_str("<p>");
        escape(text, &mut body);
        body.push_str("</p>\n");
    }
    shell(status, language.tag(), title, &body)
}

/// Asks whether the mailbox is to be connected to this account; the button sends state and code on.
pub(super) fn question(language: Language, account: &str, state: &str, code: &str) -> Response {
    let (title, before, after, yes) = match language {
        Language::English => (
            "Connect this mailbox?",
            "<p>The mailbox that you just chose at Google will be connected to the Waxwing account <b>“<bdi>",
            "</bdi>”</b>. Whoever owns that account can then send drafts from this mailbox.</p>\n\
             <p>If this is not your own account, or you did not begin this in Waxwing yourself, close this page: nothing is \
             connected then.</p>\n",
            "Connect the mailbox",
        ),
        Language::German => (
            "Dieses Postfach verbinden?",
            "<p>Das Postfach, das Sie gerade bei Google gewählt haben, wird mit dem Waxwing-Konto <b>„<bdi>",
            "</bdi>“</b> verbunden. Wem dieses Konto gehört, kann dann Entwürfe aus diesem Postfach senden.</p>\n\
             <p>Ist das nicht Ihr eigenes Konto, oder haben Sie das nicht selbst in Waxwing begonnen, schließen Sie diese \
             Seite: Dann wird nichts verbunden.</p>\n",
            "Postfach verbinden",
        ),
    };
    let mut body = String::from(before);
    escape(account, &mut body);
    body.push_str(after);
    // Without the query that this page was opened with, and under whatever path a proxy shows it.
    body.push_str("<form method=\"post\" action=\"callback\">\n");
    for (name, value) in [("state", state), ("code", code)] {
        body.push_str("<input type=\"hidden\" name=\"");
        body.push_str(name);
        body.push_str("\" value=\"");
        escape(value, &mut body);
        body.push_str("\">\n");
    }
    body.push_str("<button>");
    body.push_str(yes);
    body.push_str("</button>\n</form>\n");
    form(language.tag(), title, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_the_browser_prefers() {
        for (accepted, want) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-US,en;q=0.9,de;q=0.8", Language::English),
            ("fr,de;q=0.5", Language::German),
            ("en;q=0.1, de;q=0.2", Language::German),
            ("de;q=0", Language::English),
            ("de;q=x,;;,=", Language::English),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
            assert_eq!(Language::of(&headers), want, "{accepted}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }
}
