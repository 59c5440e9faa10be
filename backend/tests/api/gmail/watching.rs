//! Watching: what came in, by the history and by looking around; what is read of it, and what never is.

use std::sync::Mutex;

use serde_json::{Value, json};
use waxwing_backend::clock::{Clock as _, SystemClock};
use waxwing_backend::incoming::Incoming;
use waxwing_backend::mailbox::gmail::GmailMailbox;
use waxwing_backend::mailbox::watching::{Followed, Looked, Mark, NOTE_HEADER, Woken};
use waxwing_backend::mailbox::{Mailbox as _, MailboxError};
use waxwing_domain::mailkind::Kind;
use waxwing_protocol::api::{AccessAction, Trouble};

use super::sim::{ANA, BEN, Kept, MARA, Sim};

/// What is followed; a test adds to it.
#[derive(Default)]
struct Follows {
    threads: Mutex<Vec<String>>,
    people: Vec<String>,
}

impl Follows {
    fn people(people: &[&str]) -> Self {
        Self { people: people.iter().map(|&it| it.to_owned()).collect(), ..Self::default() }
    }

    fn thread(self, thread: &str) -> Self {
        self.threads.lock().unwrap().push(thread.to_owned());
        self
    }
}

impl Followed for Follows {
    fn has_thread(&self, thread: &str) -> bool {
        self.threads.lock().unwrap().iter().any(|it| it == thread)
    }

    fn has_id(&self, _: &str) -> bool {
        false
    }

    fn people(&self) -> &[String] {
        &self.people
    }
}

impl Sim {
    /// A mail comes from outside; gives its id and its conversation's.
    async fn arrives(&self, raw: &str, more: &str) -> (String, String) {
        let mail = self.order_raw(&format!("/deliver-raw?address={MARA}{more}"), raw.as_bytes().to_vec()).await;
        (text(&mail["legacy"]), text(&mail["legacyThread"]))
    }

    /// Mara sends Ana a mail; gives its Message-ID and its conversation.
    async fn sends(&self, subject: &str) -> (String, String) {
        let mail = json!({ "from": MARA, "to": [{ "address": ANA }], "subject": subject, "html": "?" });
        let sent = self.order("/sent", &mail).await;
        (text(&sent["message"]["rfcId"]), text(&sent["message"]["legacyThread"]))
    }

    /// The ids of mails that were read, in whatever form.
    async fn read_ids(&self) -> Vec<String> {
        let calls = self.api_calls().await;
        let reads = calls.iter().filter(|call| ["messages.get", "threads.get"].contains(&call["method"].as_str().unwrap()));
        reads.flat_map(|call| call["ids"].as_array().unwrap().iter().map(text)).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text: {value}")).to_owned()
}

fn mail(from: &str, subject: &str, more: &str) -> String {
    format!("From: {from}\r\nTo: {MARA}\r\nSubject: {subject}\r\n{more}\r\nneedle-in-the-body\r\n")
}

/// Looks until nothing more is there; gives all that arrived and the last mark.
async fn look(mailbox: &GmailMailbox, since: Option<Mark>, follows: &Follows) -> (Vec<(String, bool)>, Mark) {
    let (mut mark, mut all) = (since, Vec::new());
    for _ in 0..50 {
        let looked = ask(mailbox, mark.as_ref(), follows).await.unwrap();
        all.extend(looked.arrived.into_iter().map(|it| (it.id, it.whole)));
        mark = Some(looked.mark);
        if !looked.more {
            return (all, mark.unwrap());
        }
    }
    panic!("it never ends");
}

async fn ask(mailbox: &GmailMailbox, since: Option<&Mark>, follows: &Follows) -> Result<Looked, MailboxError> {
    mailbox.look_for_news(since, SystemClock.now() - 3_600_000, follows, &Kept::default()).await
}

fn ids(arrived: &[(String, bool)]) -> Vec<&str> {
    arrived.iter().map(|(id, _)| id.as_str()).collect()
}

#[tokio::test]
async fn what_is_followed_is_told_and_all_else_is_passed_over_unread() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (nothing, mark) = look(&mailbox, None, &follows).await;
    assert!(nothing.is_empty(), "the sender's own mail is no news: {nothing:?}");
    // In the conversation; in a new one from an alias; from strangers, one of whom has the recipient's name in the subject.
    let refers = format!("In-Reply-To: {rfc_id}\r\n");
    let (answer, of) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await;
    assert_eq!(of, thread);
    let (alias, _) = sim.arrives(&mail("Ana <ana+work@quinta.example>", "Hello", ""), "").await;
    let (stranger, _) = sim.arrives(&mail(BEN, "ana quinta.example", ""), "").await;
    let (lookalike, _) = sim.arrives(&mail("ana@quinta.example.evil.example", "x", ""), "").await;
    let ledger = Kept::default();
    let looked = mailbox.look_for_news(Some(&mark), 0, &follows, &ledger).await.unwrap();
    let told: Vec<&str> = looked.arrived.iter().map(|it| it.id.as_str()).collect();
    assert!(
        told.contains(&answer.as_str()) && told.contains(&alias.as_str()) && !told.contains(&stranger.as_str()),
        "{told:?}"
    );
    assert!(!looked.more && looked.arrived.is_sorted_by_key(|it| it.at));
    for arrived in &looked.arrived {
        let raw = String::from_utf8(arrived.raw.to_vec()).unwrap();
        assert!(!arrived.whole && raw.ends_with("\r\n\r\n") && !raw.contains("needle-in-the-body"), "{raw}");
        let header = Incoming::read(&arrived.raw);
        assert!(header.header("From").unwrap().contains("quinta.example"));
        assert_eq!(header.finding().kind, Kind::Human);
    }
    let first = looked.arrived.iter().find(|it| it.id == answer).unwrap();
    assert_eq!(first.thread.as_deref(), Some(thread.as_str()));
    assert!((SystemClock.now() - first.at).abs() < 60_000);
    // Not a single call named what is not followed.
    let read = sim.read_ids().await;
    assert!(!read.contains(&stranger), "{read:?}");
    assert!(read.contains(&lookalike), "Gmail's search cannot tell it; its header did");
    let ledger = ledger.0.into_inner().unwrap();
    let count = |action| ledger.iter().filter(|entry| **entry == (action, true)).count();
    assert_eq!((count(AccessAction::AskForNews), count(AccessAction::ReadHeaders)), (1, 3));
    assert_eq!(count(AccessAction::ReadMail), 0);
    // Nothing new: one call, of two units, and as long as strangers' mails may still turn up in searches one more.
    let before = sim.api_calls().await.len();
    let (again, _) = look(&mailbox, Some(looked.mark), &follows).await;
    assert!(again.is_empty());
    assert_eq!(sim.api_calls().await.len() - before, 2);
    assert_eq!(mailbox.wait_for_news(&mark, &Kept::default()).await.unwrap(), Woken::Never);
}

#[tokio::test]
async fn own_mails_drafts_spam_and_notes_are_no_news() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (_, mark) = look(&mailbox, None, &follows).await;
    sim.draft(json!({ "thread": thread, "subject": "Re: Dates" })).await;
    let refers = format!("In-Reply-To: {rfc_id}\r\n");
    let (spam, of) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "&spam=true").await;
    assert_eq!(of, thread);
    let note = format!("{refers}{NOTE_HEADER}: {}\r\n", super::sim::other_trace());
    let (note, _) = sim.arrives(&mail(MARA, "Re: Dates", &note), "").await;
    let (arrived, mark) = look(&mailbox, Some(mark), &follows).await;
    assert!(arrived.is_empty(), "{arrived:?}");
    let read = sim.read_ids().await;
    assert!(!read.contains(&spam) && read.contains(&note));
    // Taken out of spam it is an answer.
    sim.rest("POST", &format!("messages/{spam}/modify"), json!({ "removeLabelIds": ["SPAM"], "addLabelIds": ["INBOX"] })).await;
    let (arrived, _) = look(&mailbox, Some(mark), &follows).await;
    assert_eq!(ids(&arrived), [spam.as_str()]);
}

#[tokio::test]
async fn a_whole_mail_is_read_only_where_a_rule_needs_it() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (_, mark) = look(&mailbox, None, &follows).await;
    let refers = format!("References: {rfc_id}\r\n");
    let multipart = |kind: &str, part: &str| {
        format!(
            "{refers}MIME-Version: 1.0\r\nContent-Type: {kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n{part}\r\n--b--\r\n"
        )
    };
    let html = multipart("multipart/alternative", "Content-Type: text/html\r\n\r\n<p>needle");
    let person = sim.arrives(&format!("From: {ANA}\r\nSubject: Re: Dates\r\n{html}"), "").await.0;
    let away = format!("{refers}Auto-Submitted: auto-replied\r\n");
    let away = sim.arrives(&mail(ANA, "Re: Dates", &away), "").await.0;
    // A bounce in a conversation of its own, with the mail that came back, 3 MB of it.
    let status = "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ana@quinta.example\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let returned =
        format!("{status}--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {rfc_id}\r\n\r\n{}", "x".repeat(3_000_000));
    let bounce = multipart("multipart/report; report-type=delivery-status", &returned).replace(&refers, "");
    let bounce =
        format!("From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {MARA}\r\nSubject: Undelivered\r\n{bounce}");
    let bounce = sim.arrives(&bounce, "").await.0;
    let invitation = multipart(
        "multipart/alternative",
        "Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n",
    );
    let invitation = sim.arrives(&format!("From: {ANA}\r\nSubject: Re: Dates\r\n{invitation}"), "").await.0;
    let ledger = Kept::default();
    let looked = mailbox.look_for_news(Some(&mark), 0, &follows, &ledger).await.unwrap();
    let kind = |id: &str| {
        let it = looked.arrived.iter().find(|it| it.id == id).unwrap();
        (Incoming::read(&it.raw).finding().kind, it.whole)
    };
    assert_eq!(kind(&person), (Kind::Human, false));
    assert_eq!(kind(&away), (Kind::AutoReply, true));
    assert_eq!(kind(&bounce), (Kind::BounceHard, true));
    assert_eq!(kind(&invitation), (Kind::Automated, true));
    let bounce = looked.arrived.iter().find(|it| it.id == bounce).unwrap();
    assert!(bounce.raw.len() <= waxwing_backend::incoming::MOST_BYTES);
    let finding = Incoming::read(&bounce.raw).finding();
    assert_eq!(finding.original.as_deref(), Some(rfc_id.trim_matches(['<', '>'])));
    let reads = ledger.0.into_inner().unwrap().into_iter().filter(|(action, _)| *action == AccessAction::ReadMail).count();
    assert_eq!(reads, 3);
}

#[tokio::test]
async fn a_search_that_is_late_finds_an_answer_all_the_same() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let follows = Follows::people(&[ANA]);
    let (_, mark) = look(&mailbox, None, &follows).await;
    sim.order("/settings", &json!({ "arrivalLagMs": 600_000 })).await;
    let (id, _) = sim.arrives(&mail(ANA, "New", ""), "").await;
    let (arrived, mark) = look(&mailbox, Some(mark), &follows).await;
    assert!(arrived.is_empty());
    let (arrived, mark) = look(&mailbox, Some(mark), &follows).await;
    assert!(arrived.is_empty());
    sim.order("/settings", &json!({ "arrivalLagMs": 0 })).await;
    let (arrived, mark) = look(&mailbox, Some(mark), &follows).await;
    assert_eq!(ids(&arrived), [id.as_str()]);
    let (arrived, _) = look(&mailbox, Some(mark), &follows).await;
    assert!(arrived.is_empty(), "told once");
}

#[tokio::test]
async fn a_first_look_goes_back_and_so_does_one_after_the_history_expired() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let hour = SystemClock.now() - 3_600_000;
    let refers = format!("References: {rfc_id}\r\n");
    // Too long ago, long ago, and in the bin by now.
    sim.arrives(&mail(ANA, "Re: Dates", &refers), &format!("&at={}", hour - 1_000)).await;
    let (early, _) = sim.arrives(&mail(ANA, "Re: Dates", &refers), &format!("&at={}", hour + 2_000)).await;
    let (new, _) = sim.arrives(&mail(ANA, "Something", ""), &format!("&at={}", hour + 3_000)).await;
    sim.rest("POST", &format!("messages/{early}/trash"), json!({})).await;
    let (stranger, _) = sim.arrives(&mail(BEN, "Hi", ""), "").await;
    let looked = mailbox.look_for_news(None, hour, &follows, &Kept::default()).await.unwrap();
    let told: Vec<&str> = looked.arrived.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(told, [early.as_str(), new.as_str()]);
    let (rest, mark) = look(&mailbox, Some(looked.mark), &follows).await;
    assert!(rest.is_empty());
    // What came while the history was lost, from an hour before the last look on.
    let (missed, _) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await;
    sim.order("/expire-history", &json!({ "address": MARA })).await;
    let (arrived, mark) = look(&mailbox, Some(mark), &follows).await;
    assert!(ids(&arrived).contains(&missed.as_str()));
    let (arrived, _) = look(&mailbox, Some(mark), &follows).await;
    assert!(arrived.is_empty());
    assert!(!sim.read_ids().await.contains(&stranger));
    // A mark of another kind of mailbox, or none of anybody's, is a first look.
    for broken in
        [json!(null), json!({ "uidvalidity": 7 }), json!({ "history": "-1", "at": 0 }), json!({ "history": "1", "at": "x" })]
    {
        let (arrived, _) = look(&mailbox, Some(Mark(broken)), &follows).await;
        assert!(ids(&arrived).contains(&missed.as_str()));
    }
    let old = Mark(json!({ "history": "1", "at": SystemClock.now() }));
    let (arrived, _) = look(&mailbox, Some(old), &follows).await;
    assert!(ids(&arrived).contains(&missed.as_str()));
}

#[tokio::test]
async fn many_pages_are_gone_through_in_bounded_looks() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (_, mark) = look(&mailbox, None, &follows).await;
    let refers = format!("References: {rfc_id}\r\n");
    let mut answers = Vec::new();
    for n in 0..230 {
        answers.push(sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await.0);
        if n % 2 == 0 {
            sim.arrives(&mail(BEN, "Hi", ""), "").await;
        }
    }
    let looked = ask(&mailbox, Some(&mark), &follows).await.unwrap();
    assert!(looked.more && (100..200).contains(&looked.arrived.len()), "{}", looked.arrived.len());
    let (mut told, _) = look(&mailbox, Some(mark), &follows).await;
    told.sort();
    told.dedup();
    answers.sort();
    assert_eq!(ids(&told), answers);
    // The same by looking around.
    let (mut told, _) = look(&mailbox, None, &follows).await;
    told.sort();
    told.dedup();
    assert_eq!(ids(&told), answers);
}

#[tokio::test]
async fn trouble_is_told_and_nothing_is_lost_by_it() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (_, mark) = look(&mailbox, None, &follows).await;
    let refers = format!("References: {rfc_id}\r\n");
    let (id, _) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await;
    for (rule, want) in [
        (json!({ "method": "history.list", "error": 503, "times": 1 }), Trouble::Busy),
        (json!({ "method": "history.list", "dropBeforeEffect": true }), Trouble::Unreachable),
        (json!({ "method": "messages.get", "error": 500 }), Trouble::Busy),
        (json!({ "method": "messages.get", "error": 403, "reason": "insufficientPermissions" }), Trouble::RightMissing),
    ] {
        sim.faults(json!([rule])).await;
        let error = ask(&mailbox, Some(&mark), &follows).await.unwrap_err();
        assert_eq!(error.trouble, want, "{rule}");
        assert!(!format!("{error} {error:?}").contains("needle"));
    }
    sim.faults(json!([{ "method": "history.list", "error": 429, "retryAfter": 1, "times": 1 }])).await;
    let error = ask(&mailbox, Some(&mark), &follows).await.unwrap_err();
    assert_eq!((error.trouble, error.retry_after), (Trouble::RateLimited, Some(1)));
    let calls = sim.calls("history.list").await;
    let error = ask(&mailbox, Some(&mark), &follows).await.unwrap_err();
    assert_eq!(
        (error.trouble, sim.calls("history.list").await),
        (Trouble::RateLimited, calls),
        "Google is left alone meanwhile"
    );
    // Another client of the same mailbox, as after a restart, goes on where the last look ended.
    let (arrived, mark) = look(&sim.mailbox().await, Some(mark), &follows).await;
    assert_eq!(ids(&arrived), [id.as_str()]);
    // One that is deleted between the history and its reading is nothing.
    let (gone, _) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await;
    let (stays, _) = sim.arrives(&mail(ANA, "Re: Dates", &refers), "").await;
    sim.rest("DELETE", &format!("messages/{gone}"), Value::Null).await;
    let (arrived, _) = look(&sim.mailbox().await, Some(mark), &follows).await;
    assert_eq!(ids(&arrived), [stays.as_str()]);
}

#[tokio::test]
async fn hostile_mails_do_no_harm() {
    let sim = Sim::start().await;
    let mailbox = sim.mailbox().await;
    let (rfc_id, thread) = sim.sends("Dates").await;
    let follows = Follows::people(&[ANA]).thread(&thread);
    let (_, mark) = look(&mailbox, None, &follows).await;
    let refers = format!("References: {rfc_id}\r\n");
    let future = format!("{refers}Date: Fri, 1 Jan 2099 10:00:00 +0000\r\n");
    for (raw, at) in [
        (mail(ANA, "Re: Dates", &future), ""),
        (format!("Subject: Re: Dates\r\n{refers}\r\n"), ""),
        (
            format!(
                "From: \u{0} \"a\r\n\tb\" <ana@quinta.example\r\nSubject: Re: Dates\r\n{refers}X-Long: {}\r\n\r\n",
                "y".repeat(300_000)
            ),
            "",
        ),
        (
            format!(
                "From: {ANA}\r\nSubject: Re: Dates\r\n{refers}Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--\r\n"
            ),
            "",
        ),
        // Somebody put it there with a time that has not come.
        (mail(ANA, "Re: Dates", &refers), "&at=4070908800000"),
    ] {
        sim.arrives(&raw, at).await;
    }
    let looked = ask(&mailbox, Some(&mark), &follows).await.unwrap();
    assert_eq!(looked.arrived.len(), 5);
    assert!(looked.arrived.iter().all(|it| it.at <= SystemClock.now() + 1_000), "the time of receipt counts");
    for arrived in &looked.arrived {
        Incoming::read(&arrived.raw).finding();
    }
}
