//! Reminders from end to end at a Dovecot: a whole backend whose clock the test moves, and a mailbox into which answers come.
//!
//! The backend's clock is the machine's until days are added: that is the one by which Dovecot writes down when a mail came.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};
use mail_parser::MessageParser;
use tempfile::TempDir;
use uuid::Uuid;
use waxwing_backend::account_id::AccountId;
use waxwing_backend::app::{App, Running, Settings};
use waxwing_backend::clock::Clock;
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::mailbox::gmail::Google;
use waxwing_backend::mailbox::imap::{ImapSecret, connect};
use waxwing_backend::mailbox::options::{Options as MailboxOptions, certificates};
use waxwing_backend::seal::Seal;
use waxwing_backend::store::{Options, Store};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{
    AnsweredHow, Condition, Content, Event, GmailIds, MailTls, MailboxKind, PutReminder, Recipient, RecipientKind,
    RemindedMail, ReminderState, WaitingAction, WaitingMail, WaitingNews, When, WhyReminder, Wish,
};

use crate::dovecot::ask;
use crate::kill_nine::now;
use crate::rig::Rig;
use crate::support::moment;

const USER: &str = "uma";
const ME: &str = "uma@local.test";
const DAY: Millis = 86_400_000;
/// How long something may take to come true on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// What an answer may take to be known where the server wakes us.
const SOON: Duration = Duration::from_secs(5);

/// The machine's clock, ahead of it by so much.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Millis {
        now() + self.0.load(Ordering::SeqCst)
    }
}

/// A backend with Uma's mailbox.
struct World {
    rig: Arc<Rig>,
    clock: Arc<Ahead>,
    app: Arc<App>,
    account: AccountId,
    running: Running,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        let (rig, dir) = (Rig::shared(), tempfile::tempdir().unwrap());
        let clock = Arc::new(Ahead::default());
        let ca = dir.path().join("ca.pem");
        std::fs::write(&ca, &rig.authority.pem).unwrap();
        let settings = Settings {
            data_dir: dir.path().to_owned(),
            public_url: "http://127.0.0.1:1".to_owned(),
            tracking_url: "https://track.example".to_owned(),
            trusted_proxies: Vec::new(),
            origins: Vec::new(),
            heartbeat: Duration::from_secs(20),
            retention: waxwing_backend::retention::periods::Periods::default(),
            sign_in: None,
            mailboxes: MailboxOptions::new(Seal::from_bytes([8; 32]), Google::default(), certificates(&ca).unwrap()),
        };
        let store = Store::open(&Options::new(dir.path(), None).unwrap()).await.unwrap();
        let running =
            Running::start(store, Keys::from_bytes([7; 32]), settings, clock.clone(), Arc::new(SystemEntropy)).await.unwrap();
        let (app, account) = (Arc::clone(&running.app), AccountId::parse("aaaaaa").unwrap());
        app.store.account_named("uma", account, clock.now()).await.unwrap();
        let ask = ask(&rig, USER, MailTls::Implicit);
        let (steps, config) = connect(&ask, &rig.authority.client()).await;
        let config = config.unwrap_or_else(|| panic!("{steps:?}\n{}", rig.logs()));
        let secret = serde_json::to_vec(&ImapSecret::of(&ask, &config)).unwrap();
        let config = serde_json::to_string(&config).unwrap();
        app.mailboxes.connect(account, ME, MailboxKind::Imap, &config, &secret).await.unwrap();
        Self { rig, clock, app, account, running, _dir: dir }
    }

    /// A mail that lies in Sent, to one person, with a reminder in two days.
    async fn remind(&self, n: u128, to: &str) -> Uuid {
        let (id, subject) = (Uuid::from_u128(n), format!("Offer {n}"));
        let raw =
            format!("Message-ID: <offer-{n}@local.test>\r\nFrom: {ME}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nWell?\r\n");
        self.rig.deliver(USER, ".Sent", &format!("{n}.offer"), &raw, None);
        let mail = RemindedMail {
            message: None,
            sender: ME.to_owned(),
            account: None,
            sent_at: self.clock.now() - 1_000,
            gmail: GmailIds { rfc_id: Some(format!("<offer-{n}@local.test>")), ..GmailIds::default() },
            content: Content {
                subject,
                recipients: vec![Recipient { address: to.to_owned(), name: None, kind: RecipientKind::To }],
                links: Vec::new(),
            },
        };
        let when = When::Instant { at: self.clock.now() + 2 * DAY, zone: "Europe/Oslo".to_owned() };
        let wish = Wish { when, phrase: None, condition: Condition::NoAnswer, every_days: None };
        self.app.reminders.put(self.account, id, &PutReminder { mail, wish }).await.unwrap();
        id
    }

    /// A mail comes in.
    fn comes(&self, name: &str, from: &str, subject: &str, more: &str, text: &str) {
        let raw =
            format!("Message-ID: <{name}@x.example>\r\nFrom: {from}\r\nTo: {ME}\r\nSubject: {subject}\r\n{more}\r\n{text}\r\n");
        self.rig.deliver(USER, "", name, &raw, None);
    }

    fn advance(&self, by: Millis) {
        self.clock.0.fetch_add(by, Ordering::SeqCst);
        self.app.reminders.wake();
    }

    async fn mail(&self, id: Uuid) -> WaitingMail {
        self.app.reminders.mail(self.account, id).await.unwrap().unwrap()
    }

    async fn until(&self, id: Uuid, wanted: impl Fn(&WaitingMail) -> bool) -> WaitingMail {
        let begun = moment();
        loop {
            let mail = self.mail(id).await;
            if wanted(&mail) {
                return mail;
            }
            assert!(begun.elapsed() < PATIENCE, "it never came: {mail:#?}\n{}", self.rig.logs());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn until_stands(&self, id: Uuid, state: ReminderState) -> WaitingMail {
        // Mail and reminder are read one after the other: the answer may have come in between.
        let whole = |mail: &WaitingMail| state != ReminderState::Answered || mail.answered.is_some();
        self.until(id, |mail| whole(mail) && mail.reminder.as_ref().is_some_and(|reminder| reminder.state == state)).await
    }

    /// The notes in the inbox, with the names of their files.
    fn notes(&self) -> Vec<(String, String)> {
        self.rig.mails(USER, "").into_iter().filter(|(_, text)| text.contains("\nX-Waxwing-Note: ")).collect()
    }

    async fn until_notes(&self, count: usize) -> Vec<(String, String)> {
        let begun = moment();
        while self.notes().len() != count {
            assert!(begun.elapsed() < PATIENCE, "there are {} notes and not {count}", self.notes().len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.notes()
    }

    /// What was told of a mail.
    async fn told(&self, id: Uuid) -> Vec<WaitingNews> {
        let events = self.app.store.events_after(self.account, 0, 10_000).await.unwrap();
        let told = |event| match event {
            Event::Waiting { mail, what, tell: true, .. } if mail == id => Some(what),
            _ => None,
        };
        events.into_iter().filter_map(|numbered| told(numbered.event)).collect()
    }
}

/// The day that is so many days away, as Englishmen write it, and the first working day after it.
fn day_and_the_working_day_after(now: Millis, days: i64) -> (String, String) {
    let day = Timestamp::from_millisecond(now).unwrap().to_zoned(TimeZone::UTC).date() + days.days();
    let mut next = day.tomorrow().unwrap();
    while matches!(next.weekday(), Weekday::Saturday | Weekday::Sunday) {
        next = next.tomorrow().unwrap();
    }
    (day.strftime("%-d %B %Y").to_string(), next.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_days_later() {
    let world = World::start().await;
    let nobody = world.remind(1, "ann@acme.example").await;
    let alias = world.remind(2, "bob@acme.example").await;
    let away = world.remind(3, "carl@acme.example").await;
    let bounced = world.remind(4, "dora@acme.example").await;
    // Each was found in Sent, so that what comes next can be told to belong to it; from then on the server wakes us.
    let mailbox = world.mail(nobody).await.mailbox.unwrap();
    world.app.watch.catch_up(mailbox).await.unwrap();

    let answers = |n: u8| format!("In-Reply-To: <offer-{n}@local.test>\r\nReferences: <offer-{n}@local.test>\r\n");
    let begun = moment();
    world.comes("alias", "Bob <bob+phone@acme.example>", "Hello", "", "Yes, gladly.");
    let mail = world.until_stands(alias, ReminderState::Answered).await;
    let known = begun.elapsed();
    let answered = mail.answered.unwrap();
    assert_eq!((answered.how, answered.from.as_str()), (AnsweredHow::Alias, "bob+phone@acme.example"));
    println!("reminding: an answer was known {} ms after it came, woken by Dovecot", known.as_millis());
    assert!(known < SOON, "{known:?}");

    let (until, working_day) = day_and_the_working_day_after(world.clock.now(), 20);
    let machine = format!("Auto-Submitted: auto-replied\r\n{}", answers(3));
    let says = format!("I am out of the office until {until}.");
    world.comes("away", "Carl <carl@acme.example>", "Automatic reply: Offer 3", &machine, &says);
    let moved = world.until(away, |mail| mail.away_until.is_some()).await.reminder.unwrap();
    assert!(matches!(moved.why, Some(WhyReminder::Away { .. })), "{moved:?}");
    let due = Timestamp::from_millisecond(moved.due_at.unwrap()).unwrap().in_tz("Europe/Oslo").unwrap();
    assert_eq!(due.date().to_string(), working_day);

    let begun = moment();
    let report = format!("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n{}", answers(4));
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
                 Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; dora@acme.example\r\nAction: failed\r\n\
                 Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822-headers\r\n\r\nMessage-ID: <offer-4@local.test>\r\n\r\n--b--";
    world.comes("bounce", "MAILER-DAEMON@mx.acme.example", "Undelivered Mail", &report, parts);
    let mail = world.until(bounced, |mail| mail.bounced.is_some()).await;
    assert!(begun.elapsed() < SOON);
    assert_eq!(mail.bounced.unwrap().failed, ["dora@acme.example"]);
    assert_eq!(
        mail.reminder.map(|reminder| (reminder.state, reminder.why)),
        Some((ReminderState::Off, Some(WhyReminder::Bounced)))
    );
    assert_eq!(world.told(bounced).await, [WaitingNews::Bounced]);
    assert!(world.notes().is_empty(), "nothing is due yet");

    world.advance(2 * DAY + 1_000);
    world.until_stands(nobody, ReminderState::Back).await;
    let notes = world.until_notes(1).await;
    let (name, text) = &notes[0];
    assert!(text.contains("References: <offer-1@local.test>"), "{text}");
    let note = MessageParser::default().parse(text.as_bytes()).unwrap();
    let says = note.body_text(0).unwrap();
    assert!(says.starts_with("Nobody answered since "), "{says}");
    let flags = name.rsplit_once(":2,").map_or("", |(_, flags)| flags);
    assert!(!flags.contains('S'), "it is unread: {name}");
    assert_eq!(world.told(nobody).await, [WaitingNews::Back]);
    for (id, state) in [(alias, ReminderState::Answered), (away, ReminderState::Waiting), (bounced, ReminderState::Off)] {
        assert_eq!(world.mail(id).await.reminder.unwrap().state, state);
    }
    world.app.reminders.act(world.account, nobody, &WaitingAction::Done).await.unwrap();
    world.until_notes(0).await;

    // Back from the absence, and still nobody answered.
    world.advance(moved.due_at.unwrap() - world.clock.now());
    world.until_stands(away, ReminderState::Back).await;
    world.until_notes(1).await;
    // Now he does: the note goes.
    world.comes("answer", "Carl <carl@acme.example>", "Re: Offer 3", &answers(3), "Sorry, I was away.");
    world.until_stands(away, ReminderState::Answered).await;
    world.until_notes(0).await;
    assert_eq!(world.told(alias).await, [WaitingNews::Answered]);
    let World { running, app, rig, .. } = world;
    drop(app);
    running.stop().await;
    // What its owner got lies there as it came.
    assert_eq!(rig.mails(USER, "").len(), 4);
}
