//! The state of one mail, the strongest thing that is known of it, and the sentence that says so.

use waxwing_protocol::Millis;
use waxwing_protocol::api::{Activity, Kinds, MailState, Tracking};

/// Less than this is not said as an age: one minute.
const MINUTE: Millis = 60_000;

/// What is said of a mail. A better hit lifts it, nothing lowers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A person answered.
    Answered,
    /// A person followed a link.
    Clicked,
    /// Somebody at the recipient's side loaded the pictures.
    Opened,
    /// A link was followed just now; whether by a person shows within half a minute.
    Checking,
    /// Something came, and it cannot be told what.
    Unclear,
    /// Apple's mail program loads the pictures by itself.
    Hidden,
    /// Filters and mail systems alone.
    Machines,
    /// The backend refused to take it, so nothing is counted.
    Refused,
    /// The backend does not know it yet, so nothing can be counted.
    Waiting,
    /// Gmail itself sends it later.
    Scheduled,
    /// It went to its sender alone, whose own views never count.
    ToSelf,
    /// A recipient refused that it is tracked, and nothing had come of it before.
    Declined,
    /// Nothing yet.
    Sealed,
}

/// Whether the backend knows a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Known {
    /// It does.
    #[default]
    Yes,
    /// Not yet: it waits in the outbox.
    Waiting,
    /// It refused to take it.
    Refused,
}

/// What a sentence needs to know of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// What came of it.
    pub activity: &'a Activity,
    /// Whether the backend knows it.
    pub known: Known,
    /// Gmail sends it later.
    pub scheduled: bool,
    /// Its sender is its only recipient.
    pub to_self: bool,
    /// How many recipients it has.
    pub people: u32,
    /// When it was sent.
    pub sent_at: Millis,
    /// What is tracked in it, and what its recipients refused.
    pub tracking: Tracking,
}

impl Mail<'_> {
    /// True when counts came without a judgement: the backend is older than verdicts, and its counts hold machines too.
    pub fn is_unjudged(&self) -> bool {
        self.activity.state == MailState::Unopened && (self.activity.opens > 0 || self.activity.clicks > 0)
    }
}

/// A value of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole<'a> {
    /// An instant, as day and time.
    At(Millis),
    /// How long ago an instant is.
    Age(Millis),
    /// The target of a link: foreign text, to be shown short.
    Link(&'a str),
}

/// A part of a sentence. The parts follow each other as they are: their words bring their own commas and spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The key of the words; with a count, `<key>_one` or `<key>_other` after the language's rule.
    pub key: &'static str,
    /// The number that the words are for: their `$1`, the values follow it.
    pub count: Option<u32>,
    /// The values.
    pub values: Vec<Hole<'a>>,
}

impl<'a> Part<'a> {
    fn plain(key: &'static str) -> Self {
        Self { key, count: None, values: Vec::new() }
    }

    fn with(key: &'static str, values: Vec<Hole<'a>>) -> Self {
        Self { key, count: None, values }
    }

    fn count(key: &'static str, count: u32, values: Vec<Hole<'a>>) -> Self {
        Self { key, count: Some(count), values }
    }
}

/// The state of a mail.
pub fn state(mail: Mail<'_>) -> State {
    let activity = mail.activity;
    // Backends without verdicts tell counts alone.
    let counted = match (activity.clicks, activity.opens) {
        (0, 0) => MailState::Unopened,
        (0, _) => MailState::Opened,
        _ => MailState::Clicked,
    };
    match activity.state.max(counted) {
        MailState::Answered => State::Answered,
        MailState::Clicked => State::Clicked,
        MailState::Opened => State::Opened,
        _ if activity.checking > 0 => State::Checking,
        MailState::Unclear => State::Unclear,
        MailState::Apple => State::Hidden,
        MailState::Machines | MailState::Unopened if mail.known == Known::Refused => State::Refused,
        MailState::Machines | MailState::Unopened if mail.tracking.declined().any() => State::Declined,
        MailState::Machines | MailState::Unopened if mail.to_self && mail.known == Known::Yes && !mail.scheduled => {
            State::ToSelf
        }
        MailState::Machines => State::Machines,
        MailState::Unopened if mail.known == Known::Waiting => State::Waiting,
        MailState::Unopened if mail.scheduled => State::Scheduled,
        MailState::Unopened => State::Sealed,
    }
}

/// The sentence of a list row, a tooltip and a mail's page: what happened, how often, when last, and the doubt.
pub fn sentence(mail: Mail<'_>, now: Millis) -> Vec<Part<'_>> {
    let state = state(mail);
    let mut parts = known(mail, state, now);
    if state == State::Declined {
        // It says so itself.
    } else if mail.tracking.declined().any() {
        parts.push(match mail.tracking.refused_at {
            Some(at) => Part::with("mail_also_declined", vec![Hole::At(at)]),
            None => Part::plain("mail_also_declined_once"),
        });
    } else if let Some(until) = mail.tracking.until.filter(|until| *until <= now) {
        parts.push(Part::with("mail_also_ended", vec![Hole::At(until)]));
    }
    parts
}

/// What came of it.
fn known(mail: Mail<'_>, state: State, now: Millis) -> Vec<Part<'_>> {
    let activity = mail.activity;
    match state {
        State::Answered => answered(mail),
        State::Clicked => clicked(mail),
        State::Opened => opened(mail),
        State::Checking => vec![Part::plain("mail_checking")],
        State::Unclear => vec![Part::count("mail_unclear", activity.unknown_hits.max(1), Vec::new())],
        State::Hidden => vec![Part::plain("mail_apple")],
        State::Machines => vec![Part::count("mail_machines", activity.machine_hits.max(1), Vec::new())],
        State::Refused => vec![Part::plain("mail_refused")],
        State::Waiting => vec![Part::plain("mail_waiting")],
        State::Scheduled => vec![Part::plain("mail_scheduled")],
        State::ToSelf => vec![Part::plain("mail_to_self")],
        State::Declined => declined(mail.tracking),
        // Nobody looks whether it is opened.
        State::Sealed if !mail.tracking.tracks.opens => vec![Part::plain("mail_sealed_links")],
        State::Sealed if now.saturating_sub(mail.sent_at) < MINUTE => vec![Part::plain("mail_sealed_new")],
        State::Sealed => vec![Part::with("mail_sealed", vec![Hole::Age(mail.sent_at)])],
    }
}

fn declined(tracking: Tracking) -> Vec<Part<'static>> {
    let key = match (tracking.declined(), tracking.stored().any()) {
        (Kinds { opens: true, .. }, true) => "mail_declined_opens",
        (_, true) => "mail_declined_clicks",
        (_, false) => "mail_declined",
    };
    let at = tracking.refused_at.map(|at| Part::with("mail_declined_at", vec![Hole::At(at)]));
    [Some(Part::plain(key)), at].into_iter().flatten().collect()
}

fn answered(mail: Mail<'_>) -> Vec<Part<'_>> {
    let Some(at) = mail.activity.answered_at else { return vec![Part::plain("mail_answered")] };
    let mut parts = vec![Part::with("mail_answered_at", vec![Hole::At(at)])];
    if mail.activity.opens > 0 {
        parts.push(Part::count("mail_also_seen", mail.activity.opens, Vec::new()));
    }
    parts
}

fn clicked(mail: Mail<'_>) -> Vec<Part<'_>> {
    let activity = mail.activity;
    let clicks = activity.clicks.max(1);
    let mut parts = vec![match (activity.last_click_at, &activity.last_click_target) {
        (Some(at), Some(target)) => Part::count("mail_clicked", clicks, vec![Hole::Link(target), Hole::At(at)]),
        (Some(at), None) => Part::count("mail_clicked_bare", clicks, vec![Hole::At(at)]),
        (None, _) => Part::plain("mail_clicked_only"),
    }];
    parts.extend(someone(mail));
    if activity.opens > 0 {
        let key = if mail.is_unjudged() { "mail_also_loaded" } else { "mail_also_seen" };
        parts.push(Part::count(key, activity.opens, Vec::new()));
    }
    parts
}

fn opened(mail: Mail<'_>) -> Vec<Part<'_>> {
    let activity = mail.activity;
    let Some(at) = activity.last_open_at else { return vec![Part::plain("mail_opened_only")] };
    let key = if mail.is_unjudged() { "mail_loaded" } else { "mail_opened" };
    let mut parts = vec![Part::count(key, activity.opens.max(1), vec![Hole::At(at)])];
    parts.extend(someone(mail));
    if activity.checking > 0 {
        parts.push(Part::plain("mail_also_checking"));
    }
    parts
}

/// Of several recipients of one mail nobody can tell which it was.
fn someone(mail: Mail<'_>) -> Option<Part<'static>> {
    (mail.people > 1 && !mail.is_unjudged()).then(|| Part::count("mail_someone", mail.people, Vec::new()))
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Activity, Kinds, MailState, Tracking};

    use super::{Hole, Known, Mail, State, sentence, state};

    fn mail(activity: &Activity) -> Mail<'_> {
        Mail {
            activity,
            known: Known::Yes,
            scheduled: false,
            to_self: false,
            people: 1,
            sent_at: 0,
            tracking: Tracking::default(),
        }
    }

    fn keys(mail: Mail<'_>) -> Vec<(&'static str, Option<u32>)> {
        sentence(mail, 600_000).into_iter().map(|part| (part.key, part.count)).collect()
    }

    #[test]
    fn the_strongest_state_wins() {
        use MailState::{Answered, Apple, Clicked, Machines, Opened, Unclear, Unopened};
        for (told, opens, clicks, checking, scheduled, to_self, known, expected) in [
            (Unopened, 0, 0, 0, false, false, Known::Yes, State::Sealed),
            (Unopened, 0, 0, 0, false, false, Known::Waiting, State::Waiting),
            (Unopened, 0, 0, 0, true, false, Known::Waiting, State::Waiting),
            (Unopened, 0, 0, 0, false, true, Known::Waiting, State::Waiting),
            (Unopened, 0, 0, 0, false, false, Known::Refused, State::Refused),
            (Unopened, 0, 0, 0, true, false, Known::Yes, State::Scheduled),
            (Unopened, 0, 0, 0, false, true, Known::Yes, State::ToSelf),
            (Machines, 0, 0, 0, false, true, Known::Yes, State::ToSelf),
            (Machines, 0, 0, 0, false, false, Known::Yes, State::Machines),
            (Machines, 0, 0, 0, true, false, Known::Yes, State::Machines),
            (Apple, 0, 0, 0, false, false, Known::Yes, State::Hidden),
            (Unclear, 0, 0, 0, false, false, Known::Yes, State::Unclear),
            (Machines, 0, 0, 1, false, false, Known::Yes, State::Checking),
            (Unclear, 0, 0, 2, false, false, Known::Yes, State::Checking),
            (Opened, 1, 0, 1, false, false, Known::Yes, State::Opened),
            (Opened, 1, 0, 0, false, true, Known::Yes, State::Opened),
            (Clicked, 4, 1, 0, false, false, Known::Yes, State::Clicked),
            (Answered, 4, 1, 0, false, false, Known::Yes, State::Answered),
            // A backend without verdicts.
            (Unopened, 1, 0, 0, true, false, Known::Waiting, State::Opened),
            (Unopened, 4, 1, 0, false, false, Known::Yes, State::Clicked),
            (Unopened, 0, 1, 0, false, false, Known::Yes, State::Clicked),
        ] {
            let activity = Activity { state: told, opens, clicks, checking, ..Activity::default() };
            let mail = Mail { known, scheduled, to_self, ..mail(&activity) };
            assert_eq!(state(mail), expected, "{told:?} {opens} {clicks} {checking} {scheduled} {to_self} {known:?}");
        }
    }

    #[test]
    fn opens_are_at_least_once_and_of_several_by_someone() {
        let opened =
            Activity { state: MailState::Opened, opens: 4, open_hits: 9, last_open_at: Some(7), ..Activity::default() };
        assert_eq!(keys(mail(&opened)), [("mail_opened", Some(4))]);
        assert_eq!(sentence(mail(&opened), 0)[0].values, [Hole::At(7)]);
        assert_eq!(keys(Mail { people: 3, ..mail(&opened) }), [("mail_opened", Some(4)), ("mail_someone", Some(3))]);
        let unjudged = Activity { state: MailState::Unopened, ..opened.clone() };
        assert_eq!(keys(Mail { people: 3, ..mail(&unjudged) }), [("mail_loaded", Some(4))]);
        let timeless = Activity { last_open_at: None, ..opened };
        assert_eq!(keys(mail(&timeless)), [("mail_opened_only", None)]);
    }

    #[test]
    fn clicks_name_their_link() {
        let clicked = Activity {
            state: MailState::Clicked,
            opens: 2,
            clicks: 1,
            last_click_at: Some(9),
            last_click_target: Some("https://x.example".to_owned()),
            ..Activity::default()
        };
        let said = sentence(Mail { people: 3, ..mail(&clicked) }, 0);
        assert_eq!(said[0].values, [Hole::Link("https://x.example"), Hole::At(9)]);
        assert_eq!(said.iter().map(|part| part.key).collect::<Vec<_>>(), ["mail_clicked", "mail_someone", "mail_also_seen"]);
        let bare = Activity { last_click_target: None, opens: 0, ..clicked };
        assert_eq!(keys(mail(&bare)), [("mail_clicked_bare", Some(1))]);
    }

    #[test]
    fn answers_say_when() {
        let answered = Activity { state: MailState::Answered, answered_at: Some(7), opens: 2, ..Activity::default() };
        assert_eq!(keys(mail(&answered)), [("mail_answered_at", None), ("mail_also_seen", Some(2))]);
        assert_eq!(sentence(mail(&answered), 0)[0].values, [Hole::At(7)]);
        let timeless = Activity { answered_at: None, ..answered };
        assert_eq!(keys(mail(&timeless)), [("mail_answered", None)]);
    }

    #[test]
    fn a_refusal_is_said_and_what_came_before_it_stays() {
        let (none, only) = (Activity::default(), |opens, clicks| Kinds { opens, clicks });
        let opened = Activity { state: MailState::Opened, opens: 1, last_open_at: Some(7), ..Activity::default() };
        let machines = Activity { state: MailState::Machines, machine_hits: 2, ..Activity::default() };
        for (activity, tracks, refused, expected, first) in [
            (&none, Kinds::ALL, Kinds::ALL, State::Declined, "mail_declined"),
            (&machines, Kinds::ALL, Kinds::ALL, State::Declined, "mail_declined"),
            (&none, Kinds::ALL, only(true, false), State::Declined, "mail_declined_opens"),
            (&none, Kinds::ALL, only(false, true), State::Declined, "mail_declined_clicks"),
            // What was not in it cannot be refused.
            (&none, only(false, true), only(true, false), State::Sealed, "mail_sealed_links"),
            (&none, only(false, true), Kinds::ALL, State::Declined, "mail_declined"),
            (&none, Kinds::ALL, Kinds::NONE, State::Sealed, "mail_sealed"),
            (&opened, Kinds::ALL, Kinds::ALL, State::Opened, "mail_opened"),
        ] {
            let tracking = Tracking { tracks, refused, refused_at: Some(9), until: None };
            let mail = Mail { tracking, ..mail(activity) };
            let said = sentence(mail, 600_000);
            assert_eq!((state(mail), said[0].key), (expected, first), "{tracks:?} {refused:?}");
            let when = said.iter().any(|part| part.values == [Hole::At(9)]);
            assert_eq!(when, tracking.declined().any(), "{said:?}");
        }
        let timeless = Tracking { refused: Kinds::ALL, ..Tracking::default() };
        assert_eq!(keys(Mail { tracking: timeless, ..mail(&none) }), [("mail_declined", None)]);
        let said = keys(Mail { tracking: timeless, ..mail(&opened) });
        assert_eq!(said, [("mail_opened", Some(1)), ("mail_also_declined_once", None)]);
        // Tracking that came to its end says so.
        let ended = Tracking { until: Some(600_000), ..Tracking::default() };
        assert_eq!(keys(Mail { tracking: ended, ..mail(&none) }), [("mail_sealed", None), ("mail_also_ended", None)]);
        assert_eq!(keys(Mail { tracking: Tracking { until: Some(600_001), ..ended }, ..mail(&none) }), [("mail_sealed", None)]);
    }

    #[test]
    fn ages_are_said_from_a_minute_on() {
        let none = Activity::default();
        for (now, expected) in
            [(0, "mail_sealed_new"), (59_999, "mail_sealed_new"), (60_000, "mail_sealed"), (-5, "mail_sealed_new")]
        {
            assert_eq!(sentence(mail(&none), now)[0].key, expected, "{now}");
        }
    }
}
