//! The words of the recipient's page, in English and German: by `?lang=`, or by the browser's `Accept-Language`.
//!
//! What is shown to whoever chooses is kept as the proof of what was chosen: [`Words::shown_refusal`], [`Words::shown_for_address`].

use axum::http::HeaderMap;
use url::form_urlencoded;
use waxwing_domain::civil::Civil;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use super::super::oauth::Language as Preferred;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

impl Language {
    /// The one that is asked for, or the one that the browser prefers; English when neither names one.
    pub(super) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let asked = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).take(20).find(|(name, _)| name == "lang");
        match asked.as_ref().map(|(_, value)| value.as_ref()) {
            Some("de") => Self::German,
            Some("en") => Self::English,
            _ => match Preferred::of(headers) {
                Preferred::German => Self::German,
                Preferred::English => Self::English,
            },
        }
    }

    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// A day, in UTC.
    pub(super) fn day(self, at: Millis) -> String {
        const ENGLISH: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        const GERMAN: [&str; 12] = [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ];
        let Some(civil) = Civil::from_seconds(at.div_euclid(1_000)) else { return String::new() };
        let (day, month, year) = (civil.date.day(), usize::from(civil.date.month() - 1) % 12, civil.date.year());
        match self {
            Self::English => format!("{day} {} {year}", ENGLISH[month]),
            Self::German => format!("{day}. {} {year}", GERMAN[month]),
        }
    }
}

/// A page that says one thing: title, what it means, the way on.
pub(super) struct Message(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

/// A choice: what is kept, and what that means.
pub(super) struct Choice(pub(super) &'static str, pub(super) &'static str);

/// All of them. Where a sentence takes something, it stands for `{}`.
pub(super) struct Words {
    pub(super) unknown: Message,
    pub(super) bad_form: Message,
    pub(super) too_often: Message,
    pub(super) away: Message,
    pub(super) title: &'static str,
    pub(super) title_unknown: &'static str,
    pub(super) title_refused: &'static str,
    pub(super) title_deleted: &'static str,
    pub(super) holds: [&'static str; 3],
    pub(super) stored: &'static str,
    pub(super) opens: &'static str,
    pub(super) clicks: &'static str,
    pub(super) last: &'static str,
    pub(super) details: &'static str,
    pub(super) only: &'static str,
    pub(super) ends: &'static str,
    pub(super) ended: &'static str,
    pub(super) nothing: &'static str,
    pub(super) choice: &'static str,
    pub(super) both: Choice,
    pub(super) only_clicks: Choice,
    pub(super) only_opens: Choice,
    pub(super) neither: Choice,
    pub(super) erase: &'static str,
    pub(super) erase_note: &'static str,
    pub(super) erase_only: &'static str,
    pub(super) also: &'static str,
    pub(super) also_note: &'static str,
    pub(super) save: &'static str,
    pub(super) counts: &'static str,
    pub(super) all: &'static str,
    pub(super) all_why: &'static str,
    pub(super) address: &'static str,
    pub(super) send: &'static str,
    pub(super) why: &'static str,
    pub(super) why_text: &'static str,
    pub(super) refused: [&'static str; 3],
    pub(super) erased: &'static str,
    pub(super) unchanged: &'static str,
    pub(super) already: &'static str,
    pub(super) back: &'static str,
    pub(super) back_note: &'static str,
    pub(super) taken_back: &'static str,
    pub(super) too_old: &'static str,
    pub(super) letter_sent: &'static str,
    pub(super) no_address: &'static str,
    pub(super) no_mailbox: &'static str,
    pub(super) confirm_title: &'static str,
    pub(super) confirm_text: &'static str,
    pub(super) confirm_sender: &'static str,
    pub(super) refuse_both: &'static str,
    pub(super) refuse_opens: &'static str,
    pub(super) refuse_clicks: &'static str,
    pub(super) confirmed: [&'static str; 3],
}

/// The words of a language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

impl Words {
    /// What was shown to whoever refused by the link of a mail.
    pub(super) fn shown_refusal(&self, kinds: Kinds) -> String {
        let choice = match kinds {
            Kinds { opens: true, clicks: true } => &self.neither,
            Kinds { opens: true, clicks: false } => &self.only_clicks,
            Kinds { opens: false, clicks: true } => &self.only_opens,
            Kinds { opens: false, clicks: false } => &self.both,
        };
        format!("{}: {} – {} {}", self.choice, choice.0, choice.1, self.counts)
    }

    /// What was shown to whoever refused for an address.
    pub(super) fn shown_for_address(&self, address: &str, sender: Option<&str>, refused: Kinds) -> String {
        let sender = sender.unwrap_or(self.confirm_sender);
        let text = self.confirm_text.replacen("{}", address, 1).replacen("{}", sender, 1);
        let said = match refused {
            Kinds { opens: true, clicks: false } => self.refuse_opens,
            Kinds { opens: false, clicks: true } => self.refuse_clicks,
            _ => self.refuse_both,
        };
        format!("{text} {said}")
    }
}

static ENGLISH: Words = Words {
    unknown: Message(
        "This link does not work",
        "It was cut or changed on its way, is too old, or is not from a mail sent through this server. Nothing was changed.",
        "Open the link again from the mail. If that does not help, answer the mail and say what you want.",
    ),
    bad_form: Message(
        "That could not be read",
        "What your browser sent is not what this page’s buttons send. Nothing was changed.",
        "Open the link again from the mail.",
    ),
    too_often: Message(
        "Too often in a short time",
        "The choice for this mail was changed many times. Nothing was changed now.",
        "Try again in some minutes.",
    ),
    away: Message(
        "This does not work just now",
        "The server cannot store your choice at the moment.",
        "Try again in a minute, and look whether it is so then.",
    ),
    title: "{} can see whether this mail is opened",
    title_unknown: "The sender can see whether this mail is opened",
    title_refused: "This mail is not tracked any more",
    title_deleted: "Nothing is stored about this mail",
    holds: [
        "The mail holds a tiny picture that tells when it is loaded, and links that tell when they are followed.",
        "The mail holds a tiny picture that tells when it is loaded.",
        "The mail holds links that tell when they are followed.",
    ],
    stored: "What is stored about this mail",
    opens: "Picture loaded: {}",
    clicks: "Links followed: {}",
    last: "Last on {}.",
    details: "Each time also the network address and the program that asked. Programs load pictures by themselves too. Addresses \
              are shortened after 30 days at the latest.",
    only: "Only the sender sees it, on a server of the sender’s own. It is not sold and not used for ads.",
    ends: "Tracking ends by itself on {}.",
    ended: "Tracking ended on {}. Nothing more is stored.",
    nothing: "Nothing so far.",
    choice: "What may be recorded of this mail?",
    both: Choice("Opens and links", "As it is now."),
    only_clicks: Choice("Links only", "Opens of this mail are no longer recorded."),
    only_opens: Choice("Opens only", "It is no longer recorded which links are followed. They still work."),
    neither: Choice("Nothing", "Neither opens nor links. The links still work."),
    erase: "Also erase what is stored so far, and record nothing more.",
    erase_note: "Cannot be undone.",
    erase_only: "Erase what is stored so far",
    also: "I refuse too",
    also_note: "Somebody who has this mail refused already, and may take that back for a day. If you refuse too, it stays refused.",
    save: "Save the choice",
    counts: "It counts at once, for everyone who has this same copy. Nobody is asked again for six months.",
    all: "For all mails from this sender",
    all_why: "This link may have been passed on. So a mail goes to your address first, and you choose there. It goes only to addresses \
              that got this mail, once a day.",
    address: "Your address",
    send: "Send me the mail",
    why: "What this page is",
    why_text: "Whoever has this mail can open this page. So it does not show the subject, who else got the mail, or from where it was \
               opened. Opening the page changes nothing and sets no cookie.",
    refused: [
        "Done. Neither opens nor links of this mail are recorded any more. The links still work.",
        "Done. Opens of this mail are no longer recorded.",
        "Done. It is no longer recorded which links of this mail are followed. They still work.",
    ],
    erased: "What was stored is erased. That you refused is kept, without your name or address, so that it holds.",
    unchanged: "Nothing was changed.",
    already: "Done. It was refused already, and stays so.",
    back: "I agree after all",
    back_note: "Takes back what you just refused, for this mail only. Offered for a day, on this page alone.",
    taken_back: "Taken back, for this mail only.",
    too_old: "This page was open for too long. Nothing was changed. Here it is anew: choose again.",
    letter_sent: "If this mail went to that address, a mail is on its way to it. Open the link in it, and choose there. At most one goes \
                  out a day.",
    no_address: "That is not a mail address. Nothing was sent.",
    no_mailbox: "This server cannot send mails for the sender, so nothing can be confirmed here. What you choose above holds for this mail. \
                 For all others, answer the mail and say so: the sender can note it.",
    confirm_title: "Your choice for all mails from this sender",
    confirm_text: "You opened the link in a mail to {}. What may be recorded of mails from {} to you, also of those you already have?",
    confirm_sender: "this sender",
    refuse_both: "Record nothing",
    refuse_opens: "Do not record opens",
    refuse_clicks: "Do not record links",
    confirmed: [
        "Done. Neither opens nor links are recorded.",
        "Done. Opens are not recorded.",
        "Done. It is not recorded which links are followed.",
    ],
};

static GERMAN: Words = Words {
    unknown: Message(
        "Dieser Link funktioniert nicht",
        "Er wurde unterwegs abgeschnitten oder verändert, ist zu alt oder stammt nicht aus einer Mail von diesem Server. Es wurde nichts \
         geändert.",
        "Öffnen Sie den Link noch einmal aus der Mail. Hilft das nicht, antworten Sie auf die Mail und sagen Sie, was Sie möchten.",
    ),
    bad_form: Message(
        "Das war nicht lesbar",
        "Ihr Browser hat etwas anderes geschickt als die Knöpfe dieser Seite. Es wurde nichts geändert.",
        "Öffnen Sie den Link noch einmal aus der Mail.",
    ),
    too_often: Message(
        "Zu oft in kurzer Zeit",
        "Die Wahl für diese Mail wurde viele Male geändert. Jetzt wurde nichts geändert.",
        "Versuchen Sie es in einigen Minuten noch einmal.",
    ),
    away: Message(
        "Das geht gerade nicht",
        "Der Server kann Ihre Wahl im Moment nicht speichern.",
        "Versuchen Sie es in einer Minute noch einmal und sehen Sie nach, ob sie dann gilt.",
    ),
    title: "{} kann sehen, ob diese Mail geöffnet wird",
    title_unknown: "Wer diese Mail geschickt hat, kann sehen, ob sie geöffnet wird",
    title_refused: "Diese Mail wird nicht mehr nachverfolgt",
    title_deleted: "Über diese Mail ist nichts gespeichert",
    holds: [
        "Die Mail enthält ein winziges Bild, das meldet, wann es geladen wird, und Links, die melden, wann ihnen gefolgt wird.",
        "Die Mail enthält ein winziges Bild, das meldet, wann es geladen wird.",
        "Die Mail enthält Links, die melden, wann ihnen gefolgt wird.",
    ],
    stored: "Was über diese Mail gespeichert ist",
    opens: "Bild geladen: {}",
    clicks: "Links gefolgt: {}",
    last: "Zuletzt am {}.",
    details: "Jedes Mal auch die Netzwerkadresse und das Programm, das gefragt hat. Auch Programme laden Bilder von selbst. Adressen \
              werden spätestens nach 30 Tagen gekürzt.",
    only: "Das sieht nur, wer die Mail geschickt hat, auf einem eigenen Server. Es wird nicht verkauft und nicht für Werbung benutzt.",
    ends: "Die Nachverfolgung endet von selbst am {}.",
    ended: "Die Nachverfolgung endete am {}. Es wird nichts mehr gespeichert.",
    nothing: "Bisher nichts.",
    choice: "Was darf von dieser Mail festgehalten werden?",
    both: Choice("Öffnen und Links", "So wie jetzt."),
    only_clicks: Choice("Nur Links", "Das Öffnen dieser Mail wird nicht mehr festgehalten."),
    only_opens: Choice("Nur Öffnen", "Welchen Links gefolgt wird, wird nicht mehr festgehalten. Sie funktionieren weiter."),
    neither: Choice("Nichts", "Weder Öffnen noch Links. Die Links funktionieren weiter."),
    erase: "Auch löschen, was bisher gespeichert ist, und nichts mehr festhalten.",
    erase_note: "Lässt sich nicht rückgängig machen.",
    erase_only: "Löschen, was bisher gespeichert ist",
    also: "Ich lehne auch ab",
    also_note: "Jemand mit dieser Mail hat schon abgelehnt und kann das einen Tag lang zurücknehmen. Lehnen Sie auch ab, bleibt es dabei.",
    save: "Wahl speichern",
    counts: "Sie gilt sofort, für alle, die dieselbe Kopie haben. Sechs Monate lang wird nicht noch einmal gefragt.",
    all: "Für alle Mails von dort",
    all_why: "Dieser Link kann weitergegeben worden sein. Deshalb geht zuerst eine Mail an Ihre Adresse, und Sie wählen dort. Sie geht nur an \
              Adressen, die diese Mail bekommen haben, einmal am Tag.",
    address: "Ihre Adresse",
    send: "Mail an mich senden",
    why: "Was diese Seite ist",
    why_text: "Wer diese Mail hat, kann diese Seite öffnen. Deshalb zeigt sie weder den Betreff noch, wer die Mail noch bekommen hat, noch, \
               von wo sie geöffnet wurde. Das Öffnen der Seite ändert nichts und setzt kein Cookie.",
    refused: [
        "Erledigt. Weder Öffnen noch Links dieser Mail werden weiter festgehalten. Die Links funktionieren weiter.",
        "Erledigt. Das Öffnen dieser Mail wird nicht mehr festgehalten.",
        "Erledigt. Welchen Links dieser Mail gefolgt wird, wird nicht mehr festgehalten. Sie funktionieren weiter.",
    ],
    erased: "Was gespeichert war, ist gelöscht. Dass abgelehnt wurde, bleibt ohne Ihren Namen und Ihre Adresse vermerkt, damit es gilt.",
    unchanged: "Es wurde nichts geändert.",
    already: "Erledigt. Das war schon abgelehnt, und dabei bleibt es.",
    back: "Ich stimme doch zu",
    back_note: "Nimmt zurück, was Sie gerade abgelehnt haben, nur für diese Mail. Einen Tag lang und nur auf dieser Seite.",
    taken_back: "Zurückgenommen, nur für diese Mail.",
    too_old: "Diese Seite war zu lange offen. Es wurde nichts geändert. Hier ist sie neu: Wählen Sie noch einmal.",
    letter_sent: "Ging diese Mail an die Adresse, ist eine Mail dorthin unterwegs. Öffnen Sie den Link darin und wählen Sie dort. Höchstens \
                  eine geht am Tag hinaus.",
    no_address: "Das ist keine Mailadresse. Es wurde nichts gesendet.",
    no_mailbox: "Dieser Server kann hier keine Mails senden, also lässt sich nichts bestätigen. Was Sie oben wählen, gilt für diese Mail. Für \
                 alle anderen antworten Sie auf die Mail und sagen Sie es: Es kann dort vermerkt werden.",
    confirm_title: "Ihre Wahl für alle Mails von dort",
    confirm_text: "Sie haben den Link in einer Mail an {} geöffnet. Was darf von Mails von {} an Sie festgehalten werden, auch von denen, die \
                   Sie schon haben?",
    confirm_sender: "dort",
    refuse_both: "Nichts festhalten",
    refuse_opens: "Öffnen nicht festhalten",
    refuse_clicks: "Links nicht festhalten",
    confirmed: [
        "Erledigt. Weder Öffnen noch Links werden festgehalten.",
        "Erledigt. Das Öffnen wird nicht festgehalten.",
        "Erledigt. Welchen Links gefolgt wird, wird nicht festgehalten.",
    ],
};

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT_LANGUAGE;

    use super::*;

    #[test]
    fn the_language_that_is_asked_for_goes_before_the_browsers() {
        let german = HeaderMap::from_iter([(ACCEPT_LANGUAGE, "de".parse().unwrap())]);
        for (headers, query, want) in [
            (&german, None, Language::German),
            (&german, Some("lang=en"), Language::English),
            (&german, Some("lang=fr"), Language::German),
            (&HeaderMap::new(), Some("x=y&lang=de"), Language::German),
            (&HeaderMap::new(), Some("lang=%ff&&="), Language::English),
        ] {
            assert_eq!(Language::of(headers, query), want, "{query:?}");
        }
    }

    #[test]
    fn days() {
        assert_eq!(Language::English.day(1_795_000_000_000), "18 November 2026");
        assert_eq!(Language::German.day(1_795_000_000_000), "18. November 2026");
        assert_eq!(Language::English.day(Millis::MAX), "");
    }

    #[test]
    fn the_proof_says_what_was_chosen() {
        let shown = ENGLISH.shown_for_address("a@x.example", None, Kinds::ALL);
        assert!(shown.contains("a@x.example") && shown.contains("this sender") && shown.ends_with("Record nothing"), "{shown}");
        assert!(!shown.contains("{}"));
        assert!(GERMAN.shown_refusal(Kinds { opens: true, clicks: false }).contains("Nur Links"));
    }
}
