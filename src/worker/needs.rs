//! What needs the user: scheduled mails that were held or failed, or went late, mailboxes to sign in to again, and mails whose
//! reminder came or that did not arrive.
//!
//! What must hold:
//! - It waits in the storage, written in one step with the number of the event that told it, and is taken out before it is
//!   shown: told once. Looking at the list of mails does not take it away.
//! - Quiet hours hold it back like other news; nothing is dropped but what does not hold any more: a mail that stands
//!   elsewhere by now, a mailbox that works again.
//! - One piece a mail and a mailbox: another of the same takes its place.
//! - That somebody answered a mail that is not tracked is told here too: no other news tell it.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_domain::shown::short_text;
use waxwing_protocol::api::{
    Event, LateThen, Mailbox, MailboxState, Scheduled, ScheduledAction, ScheduledState, SeenScheduled, WaitingNews, Why,
};
use waxwing_protocol::page::{CachedScheduled, Connection, Fault, HeldNeed, NeedOf, NotifySettings, key};

use super::client::Client;
use super::notice::{Say, people, subject_of};
use super::platform::Platform;
use super::{Worker, notify, remind};
use crate::chrome::ApiError;
use crate::chrome::alarms::Alarms;
use crate::chrome::notifications::{Notice, Notices};
use crate::chrome::storage::Storage;
use crate::chrome::system::Clock;
use crate::told::{says_key, trouble_key, why_key};

/// So many are shown one by one, and named in one for all.
const SINGLY: usize = 3;
/// Characters of a server's own words.
const SAID: usize = 160;
/// What the ids of notifications begin with.
const MAIL: &str = "later:";
const MAILBOX: &str = "mailbox:";
/// The id of the one that tells of several.
const SEVERAL: &str = "needs";

/// What an event says of needs: one more, or one that does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// This needs the user.
    Need(NeedOf),
    /// This does not.
    Over(NeedOf),
}

/// What an event says of needs, and the instant of it where it has one.
pub(super) fn told(event: &Event) -> Option<(Told, Option<waxwing_protocol::Millis>)> {
    match event {
        Event::Scheduled { scheduled, state, why, at, tell } => {
            let of = NeedOf::Scheduled { scheduled: *scheduled, state: *state, why: *why };
            Some((if *tell { Told::Need(of) } else { Told::Over(of) }, Some(*at)))
        }
        Event::Mailbox { mailbox, sign_in } => {
            let of = NeedOf::Mailbox { mailbox: *mailbox };
            Some((if *sign_in { Told::Need(of) } else { Told::Over(of) }, None))
        }
        Event::Waiting { mail, what, at, tell, .. } => {
            let of = NeedOf::Waiting { mail: *mail, what: *what };
            match what {
                _ if *tell && remind::is_told(*what) => Some((Told::Need(of), Some(*at))),
                // What only moved does not take back what it came with.
                WaitingNews::Changed | WaitingNews::Away => None,
                _ => Some((Told::Over(of), Some(*at))),
            }
        }
        _ => None,
    }
}

/// The mail or mailbox that it is of.
fn id_of(of: NeedOf) -> Uuid {
    match of {
        NeedOf::Scheduled { scheduled, .. } => scheduled,
        NeedOf::Mailbox { mailbox } => mailbox,
        NeedOf::Waiting { mail, .. } => mail,
    }
}

/// The id of its notification.
fn notice_id(of: NeedOf) -> String {
    match of {
        NeedOf::Scheduled { scheduled, .. } => format!("{MAIL}{scheduled}"),
        NeedOf::Mailbox { mailbox } => format!("{MAILBOX}{mailbox}"),
        NeedOf::Waiting { mail, .. } => remind::notice_id(mail),
    }
}

/// Whether the user wants to be told of this.
pub(super) const fn wants(settings: &NotifySettings, of: NeedOf) -> bool {
    match of {
        NeedOf::Scheduled { .. } | NeedOf::Mailbox { .. } => settings.needs,
        NeedOf::Waiting { what: WaitingNews::Answered, .. } => settings.answer,
        NeedOf::Waiting { .. } => settings.reminders,
    }
}

/// The page that a notification of a need leads to; `None` for other notifications.
pub(super) fn page_of(notice: &str) -> Option<&'static str> {
    if notice.starts_with(MAILBOX) {
        return Some("options.html#mailboxes");
    }
    (notice == SEVERAL || notice.starts_with(MAIL)).then_some("popup.html#scheduled")
}

/// Puts one behind the others, in the place of one of the same.
pub(super) fn hold(held: &mut Vec<HeldNeed>, mut need: HeldNeed) {
    let id = id_of(need.of);
    need.waited |= held.iter().any(|other| id_of(other.of) == id && other.waited);
    held.retain(|other| id_of(other.of) != id);
    held.push(need);
}

/// Takes out what does not hold any more.
pub(super) fn let_go(held: &mut Vec<HeldNeed>, of: NeedOf) {
    held.retain(|other| id_of(other.of) != id_of(of));
}

/// A need with as much as is known of what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// A mail; `None` when nobody can be asked now.
    Mail(NeedOf, Option<Box<Scheduled>>),
    /// A mailbox, likewise.
    Mailbox(NeedOf, Option<Box<Mailbox>>),
    /// A mail whose answer is waited for, likewise.
    Waiting(NeedOf, Option<Box<remind::Noticed>>),
}

impl Piece {
    const fn of(&self) -> NeedOf {
        match self {
            Self::Mail(of, _) | Self::Mailbox(of, _) | Self::Waiting(of, _) => *of,
        }
    }
}

impl<P: Platform> Worker<P> {
    /// A mail stands elsewhere by now: a notification that asks for it is of no use any more.
    pub(super) async fn clear_over(&self, over: &[NeedOf]) {
        for of in over {
            // One that is not there does not matter.
            let _ = self.platform.notices().clear(&notice_id(*of)).await;
        }
    }

    /// What waits to be told.
    pub(super) async fn held_needs(&self) -> Result<Vec<HeldNeed>, ApiError> {
        Ok(self.platform.local().get(key::HELD_NEEDS).await?.unwrap_or_default())
    }

    /// The notifications to show now. What they tell does not wait any more.
    pub(super) async fn take_needs(self: &Rc<Self>) -> Result<Vec<Notice>, ApiError> {
        let waiting = self.held_needs().await?;
        let Some(connection) = self.connection().await?.filter(|_| !waiting.is_empty()) else { return Ok(Vec::new()) };
        let settings = self.notify_settings().await?;
        if let Some(end) = self.quiet_until(&settings) {
            // Without it the tick finds that they are over.
            let _ = self.platform.alarms().at(notify::ALARM, end).await;
            return Ok(Vec::new());
        }
        // The backend may take its time: it is asked before anything is taken out.
        let pieces = self.need_pieces(&connection, &waiting, &settings).await?;
        let taken: Vec<HeldNeed> = {
            let _pass = self.list_gate.enter().await;
            let (taken, left): (Vec<_>, Vec<_>) = self.held_needs().await?.into_iter().partition(|need| waiting.contains(need));
            self.platform.local().set(key::HELD_NEEDS, &left).await?;
            taken
        };
        let pieces: Vec<Piece> = pieces.into_iter().filter(|piece| taken.iter().any(|need| need.of == piece.of())).collect();
        let system = self.platform.system();
        let say = Say { words: &|key, values| self.platform.words(key, values), written: &|at| system.written(at) };
        let singly = if taken.iter().any(|need| need.waited) { 1 } else { SINGLY };
        if pieces.len() > singly {
            return Ok(vec![several(&pieces, &say)]);
        }
        let at = |piece: &Piece| taken.iter().find(|need| need.of == piece.of()).map(|need| need.at);
        Ok(pieces.iter().map(|piece| Notice { at: at(piece), ..single(piece, &say) }).collect())
    }

    /// What waits and still holds.
    async fn need_pieces(
        self: &Rc<Self>,
        connection: &Connection,
        waiting: &[HeldNeed],
        settings: &NotifySettings,
    ) -> Result<Vec<Piece>, ApiError> {
        let cached: Option<CachedScheduled> = self.cached_scheduled().await?;
        let mut asked = 0;
        let mut mailboxes: Option<Result<Vec<Mailbox>, Fault>> = None;
        let mut pieces = Vec::new();
        for need in waiting.iter().filter(|need| wants(settings, need.of)) {
            match need.of {
                NeedOf::Scheduled { scheduled, state, .. } => {
                    asked += 1;
                    let now = if asked <= SINGLY {
                        let call = async |client: Client<'_, P::Http>| client.scheduled_one(scheduled).await;
                        self.call(connection, call).await.map(|detail| detail.scheduled).map_err(|error| error.fault())
                    } else {
                        let known = cached.iter().flat_map(|cached| &cached.page.scheduled);
                        known.clone().find(|mail| mail.id == scheduled).cloned().ok_or(Fault::Unreachable)
                    };
                    match now {
                        Ok(mail) if mail.state == state => pieces.push(Piece::Mail(need.of, Some(Box::new(mail)))),
                        Ok(_) | Err(Fault::NotFound) => {}
                        Err(_) => pieces.push(Piece::Mail(need.of, None)),
                    }
                }
                NeedOf::Mailbox { mailbox } => {
                    if mailboxes.is_none() {
                        let call = async |client: Client<'_, P::Http>| client.mailboxes().await;
                        let answer = self.call(connection, call).await;
                        mailboxes = Some(answer.map(|answer| answer.mailboxes).map_err(|error| error.fault()));
                    }
                    match &mailboxes {
                        Some(Ok(all)) => {
                            let signed_out =
                                |one: &&Mailbox| one.id == mailbox && matches!(one.state, MailboxState::SignIn { .. });
                            let one = all.iter().find(signed_out).cloned();
                            pieces.extend(one.map(|one| Piece::Mailbox(need.of, Some(Box::new(one)))));
                        }
                        _ => pieces.push(Piece::Mailbox(need.of, None)),
                    }
                }
                NeedOf::Waiting { mail, what } => {
                    asked += 1;
                    let now = if asked <= SINGLY { self.waiting_now(connection, mail).await } else { Err(Fault::Unreachable) };
                    match now {
                        Ok(now) => {
                            let noticed =
                                self.noticed(what, now).map(|noticed| Piece::Waiting(need.of, Some(Box::new(noticed))));
                            pieces.extend(noticed);
                        }
                        Err(Fault::NotFound) => {}
                        Err(_) => pieces.push(Piece::Waiting(need.of, None)),
                    }
                }
            }
        }
        Ok(pieces)
    }

    /// A button of a notification was pressed. Of a scheduled mail the first is "Send now", any other leaves it where it is.
    pub async fn on_notice_button(self: &Rc<Self>, notice: &str, index: u32) {
        if let Some(mail) = remind::waiting_of(notice) {
            return self.on_reminder_button(notice, mail, index).await;
        }
        let Some(id) = notice.strip_prefix(MAIL).and_then(|id| id.parse::<Uuid>().ok()) else { return };
        // It has done its work, whatever comes of the rest.
        let _ = self.platform.notices().clear(notice).await;
        // The button stands on mails that are held alone.
        let now = ScheduledAction::SendNow { seen: Some(SeenScheduled { due_at: None, times: None }) };
        if index == 0 && self.act(id, now).await.is_err() {
            // There it says how the mail stands, and what the backend says no to.
            self.on_notice_clicked(notice).await;
        }
    }
}

fn single(piece: &Piece, say: &Say<'_>) -> Notice {
    match piece {
        Piece::Mail(of, mail) => of_mail(*of, mail.as_deref(), say),
        Piece::Mailbox(of, mailbox) => of_mailbox(*of, mailbox.as_deref(), say),
        Piece::Waiting(of, mail) => {
            let what = match of {
                NeedOf::Waiting { what, .. } => *what,
                NeedOf::Scheduled { .. } | NeedOf::Mailbox { .. } => WaitingNews::Changed,
            };
            remind::notice(id_of(*of), what, mail.as_deref(), say)
        }
    }
}

fn of_mail(of: NeedOf, mail: Option<&Scheduled>, say: &Say<'_>) -> Notice {
    let words = |key: &str| (say.words)(key, &[]);
    let (state, why) = match of {
        NeedOf::Scheduled { state, why, .. } => (state, mail.map_or(why, |mail| mail.why)),
        NeedOf::Mailbox { .. } | NeedOf::Waiting { .. } => (ScheduledState::Held, None),
    };
    let asks = why == Some(Why::Late) && mail.is_some_and(|mail| mail.schedule.late.then == LateThen::Ask);
    let title = match (state, why) {
        (ScheduledState::Sent, _) => words("need_sent_late"),
        _ if asks => words("need_ask"),
        (_, Some(Why::Trouble { trouble })) => (say.words)("later_why_trouble", &[&words(trouble_key(trouble))]),
        (_, Some(why)) => words(why_key(why)),
        (ScheduledState::Failed, None) => words("sched_failed"),
        (_, None) => words("sched_held"),
    };
    let mut lines = match mail {
        Some(mail) => {
            vec![(say.words)("need_to", &[&people(&mail.content.recipients, say), &subject_of(&mail.content.subject, say)])]
        }
        None => vec![words("need_some_mail")],
    };
    let said = mail.and_then(|mail| mail.said.as_deref()).map(|said| short_text(said, SAID)).filter(|said| !said.is_empty());
    lines.extend(said.map(|said| (say.words)("sched_said", &[&said])));
    if state != ScheduledState::Sent {
        lines.extend(why.and_then(says_key).map(words));
    }
    let buttons = if asks { vec![words("sched_send_now"), words("need_leave")] } else { Vec::new() };
    Notice { id: notice_id(of), title, text: lines.join("\n"), at: None, buttons }
}

fn of_mailbox(of: NeedOf, mailbox: Option<&Mailbox>, say: &Say<'_>) -> Notice {
    let words = |key: &str| (say.words)(key, &[]);
    let title = match mailbox {
        Some(mailbox) => (say.words)("need_sign_in", &[&short_text(&mailbox.address, 60)]),
        None => words("need_sign_in_some"),
    };
    let why = mailbox.and_then(|mailbox| match mailbox.state {
        MailboxState::SignIn { trouble, .. } => Some((say.words)("need_sign_in_why", &[&words(trouble_key(trouble))])),
        MailboxState::Ok | MailboxState::Away { .. } => None,
    });
    let lines: Vec<String> = why.into_iter().chain([words("need_sign_in_says")]).collect();
    Notice { id: notice_id(of), title, text: lines.join("\n"), at: None, buttons: Vec::new() }
}

/// One for all.
fn several(pieces: &[Piece], say: &Say<'_>) -> Notice {
    let names: Vec<String> = pieces
        .iter()
        .rev()
        .filter_map(|piece| match piece {
            Piece::Mail(_, mail) => mail.as_ref().map(|mail| subject_of(&mail.content.subject, say)),
            Piece::Mailbox(_, mailbox) => mailbox.as_ref().map(|mailbox| short_text(&mailbox.address, 60)),
            Piece::Waiting(_, mail) => mail.as_ref().map(|mail| remind::name_of(mail, say)),
        })
        .take(SINGLY)
        .collect();
    let more = pieces.len() - names.len();
    let mut lines = names;
    if more > 0 && !lines.is_empty() {
        lines.push((say.words)("notice_more", &[&more.to_string()]));
    }
    if lines.is_empty() {
        lines.push((say.words)("notice_look", &[]));
    }
    let title = (say.words)("need_several", &[&pieces.len().to_string()]);
    Notice { id: SEVERAL.to_owned(), title, text: lines.join("\n"), at: None, buttons: Vec::new() }
}
