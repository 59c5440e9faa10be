//! The words of notes, in English and German. A note lies in a mailbox, where no locale of the extension reaches.
//!
//! What must hold: they say no more than is known. What machines did, and what Apple hides, is never an open.

use waxwing_domain::civil::{Civil, Date};
use waxwing_domain::rollup::{Activity, State};
use waxwing_domain::when::zone::Zone;
use waxwing_protocol::Millis;
use waxwing_protocol::api::WhyReminder;

use crate::store::reminders::about::About;

/// As mails write them, from Monday on.
pub(super) const WEEKDAYS_OF_MAIL: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// As mails write them.
pub(super) const MONTHS_OF_MAIL: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [[&str; 7]; 2] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
];
const MONTHS: [[&str; 12]; 2] = [
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
];

/// A language of notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

use Language::{English, German};

impl Language {
    /// By its tag; English where that is another, or none.
    pub fn of(tag: Option<&str>) -> Self {
        if tag.is_some_and(|tag| tag.eq_ignore_ascii_case("de")) { German } else { English }
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            English => "en",
            German => "de",
        }
    }

    fn index(self) -> usize {
        match self {
            English => 0,
            German => 1,
        }
    }
}

/// The paragraphs of a note: why it comes, what is known, and what it is.
pub fn text(about: &About, why: WhyReminder, now: Millis, zone: &dyn Zone, language: Language) -> Vec<String> {
    let day = |at: Millis| day(at, now, zone, language);
    let sent = day(about.sent_at);
    let mut text = vec![match (why, language) {
        (WhyReminder::NotOpened, English) => format!("Not opened since {sent}, as far as can be known, and not answered."),
        (WhyReminder::NotOpened, German) => {
            format!("Seit {sent} nicht geöffnet, soweit sich das sagen lässt, und nicht beantwortet.")
        }
        (WhyReminder::Asked, English) if about.answered => {
            format!("You asked to be reminded of this mail of {sent}. It was answered.")
        }
        (WhyReminder::Asked, German) if about.answered => {
            format!("Sie wollten an diese Mail von {sent} erinnert werden. Sie wurde beantwortet.")
        }
        (WhyReminder::Asked, English) => format!("You asked to be reminded of this mail of {sent}."),
        (WhyReminder::Asked, German) => format!("Sie wollten an diese Mail von {sent} erinnert werden."),
        (_, English) => format!("Nobody answered since {sent}."),
        (_, German) => format!("Niemand hat seit {sent} geantwortet."),
    }];
    if about.tracked {
        text.push(known(&about.activity, day, language));
    }
    if about.bounced {
        text.push(
            match language {
                English => "A mail server said that it did not arrive.",
                German => "Ein Mailserver meldete, dass sie nicht angekommen ist.",
            }
            .to_owned(),
        );
    }
    if let Some(until) = about.away_until.filter(|until| until.saturating_add(12 * 60 * 60 * 1_000) > about.sent_at) {
        // Noon UTC of a day: its date is read in UTC.
        let date = Civil::from_seconds(until.div_euclid(1_000)).map(|civil| date_words(civil.date, now, zone, language));
        text.extend(date.map(|date| match language {
            English => format!("An automatic reply said: away until {date}."),
            German => format!("Eine automatische Antwort nannte eine Abwesenheit bis {date}."),
        }));
    }
    text.push(
        match language {
            English => {
                "Waxwing put this note here, and only you can see it. It goes away when you are done with the reminder, or when \
                 somebody answers. You may delete it, too. To write again, answer your own mail above: an answer to this note goes \
                 to yourself."
            }
            German => {
                "Waxwing hat diese Notiz hier abgelegt, und nur Sie sehen sie. Sie verschwindet, wenn Sie die Erinnerung erledigt \
                 haben oder jemand antwortet. Sie dürfen sie auch löschen. Um nachzufassen, antworten Sie auf Ihre eigene Mail \
                 darüber: Eine Antwort auf diese Notiz geht an Sie selbst."
            }
        }
        .to_owned(),
    );
    text
}

/// What is known of opens and clicks.
fn known(activity: &Activity, day: impl Fn(Millis) -> String, language: Language) -> String {
    match (activity.state(), language) {
        (State::Unopened, English) => "It was not opened, as far as can be known.".to_owned(),
        (State::Unopened, German) => "Sie wurde nicht geöffnet, soweit sich das sagen lässt.".to_owned(),
        (State::Machines, English) => "Only machines have looked at it.".to_owned(),
        (State::Machines, German) => "Nur Maschinen haben sie angesehen.".to_owned(),
        (State::Apple, English) => {
            "Apple’s mail program loads pictures by itself: whether it was opened cannot be known.".to_owned()
        }
        (State::Apple, German) => {
            "Apples Mailprogramm lädt Bilder von selbst: Ob sie geöffnet wurde, lässt sich nicht sagen.".to_owned()
        }
        (State::Unclear, English) => "Something loaded its pictures; whether a person did cannot be told.".to_owned(),
        (State::Unclear, German) => "Etwas hat ihre Bilder geladen; ob es ein Mensch war, lässt sich nicht sagen.".to_owned(),
        (State::Opened | State::Clicked, _) => {
            let text = opened(activity, &day, language);
            let clicked = activity.last_click_at.filter(|_| activity.clicks > 0).map(|at| match language {
                English => format!("A link was followed on {}.", day(at)),
                German => format!("Ein Link wurde am {} angeklickt.", day(at)),
            });
            match clicked {
                Some(clicked) if text.is_empty() => clicked,
                Some(clicked) => format!("{text} {clicked}"),
                None => text,
            }
        }
    }
}

fn opened(activity: &Activity, day: &impl Fn(Millis) -> String, language: Language) -> String {
    let Some(last) = activity.last_open_at.map(day).filter(|_| activity.opens > 0) else { return String::new() };
    match (activity.opens, language) {
        (1, English) => format!("It was opened once, on {last}."),
        (1, German) => format!("Sie wurde einmal geöffnet, am {last}."),
        (2, English) => format!("It was opened twice, last on {last}."),
        (2, German) => format!("Sie wurde zweimal geöffnet, zuletzt am {last}."),
        (times, English) => format!("It was opened {times} times, last on {last}."),
        (times, German) => format!("Sie wurde {times}-mal geöffnet, zuletzt am {last}."),
    }
}

/// `Tuesday, 24 November`, with its year where that is not this one.
fn day(at: Millis, now: Millis, zone: &dyn Zone, language: Language) -> String {
    zone.civil_at(at.div_euclid(1_000)).map(|civil| date_words(civil.date, now, zone, language)).unwrap_or_default()
}

fn date_words(date: Date, now: Millis, zone: &dyn Zone, language: Language) -> String {
    let weekday = WEEKDAYS[language.index()][usize::from(date.weekday().index()) % 7];
    let month = MONTHS[language.index()][usize::from(date.month().saturating_sub(1)) % 12];
    let today = zone.civil_at(now.div_euclid(1_000)).map(|civil| civil.date.year());
    let year = if today == Some(date.year()) { String::new() } else { format!(" {}", date.year()) };
    match language {
        English => format!("{weekday}, {} {month}{year}", date.day()),
        German => format!("{weekday}, {}. {month}{year}", date.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::when::zone::Fixed;

    /// 2026-11-24T23:30:00Z, a Tuesday; a Wednesday in Berlin.
    const AT: Millis = 1_795_563_000_000;

    #[test]
    fn days_are_those_of_the_zone() {
        let there = |offset, language| day(AT, AT, &Fixed(offset), language);
        assert_eq!(there(0, English), "Tuesday, 24 November");
        assert_eq!(there(3_600, English), "Wednesday, 25 November");
        assert_eq!(there(3_600, German), "Mittwoch, 25. November");
        assert_eq!(day(AT, AT + 90 * 86_400_000, &Fixed(0), German), "Dienstag, 24. November 2026");
        assert_eq!(day(i64::MAX, AT, &Fixed(0), German), "");
    }

    #[test]
    fn no_more_is_said_than_is_known() {
        let say = |activity: &Activity, language| known(activity, |at| day(at, AT, &Fixed(0), language), language);
        let mut activity = Activity::default();
        assert_eq!(say(&activity, English), "It was not opened, as far as can be known.");
        activity.apple_hits = 3;
        assert!(say(&activity, English).contains("cannot be known"), "{}", say(&activity, English));
        activity.opens = 2;
        activity.last_open_at = Some(AT);
        assert_eq!(say(&activity, English), "It was opened twice, last on Tuesday, 24 November.");
        activity.clicks = 1;
        activity.last_click_at = Some(AT);
        assert_eq!(
            say(&activity, German),
            "Sie wurde zweimal geöffnet, zuletzt am Dienstag, 24. November. Ein Link wurde am Dienstag, 24. November angeklickt."
        );
        activity.opens = 0;
        assert_eq!(say(&activity, English), "A link was followed on Tuesday, 24 November.");
    }
}
