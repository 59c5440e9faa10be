//! A mailbox at a Dovecot is watched: what came in, what is passed over, and how soon it is known.

use std::time::Duration;

use waxwing_backend::mailbox::imap::ImapSmtp;
use waxwing_backend::mailbox::watching::{Arrived, Looked, Mark, SentHint, Woken};
use waxwing_backend::mailbox::{Mailbox as _, MailboxError, SendOutcome};
use waxwing_protocol::api::{AccessAction, MailTls};

use crate::dovecot::connected;
use crate::rig::Rig;
use crate::support::{Following, LONG, Watched, Written, moment, outgoing};

fn mail(id: &str, from: &str, more: &str, text: &str) -> String {
    format!("Message-ID: <{id}>\r\nFrom: {from}\r\nTo: me@local.test\r\nSubject: Re: plans\r\n{more}\r\n{text}\r\n")
}

fn answer(id: &str, from: &str, to: &str) -> String {
    mail(id, from, &format!("In-Reply-To: <{to}>\r\nReferences: <root@x> <{to}>\r\n"), "yes")
}

/// All there is to see, and the last mark.
async fn look_all(mailbox: &ImapSmtp, since: Option<&Mark>, followed: &Following, ledger: &Written) -> (Vec<Arrived>, Mark) {
    let mut mark = since.cloned();
    let mut arrived = Vec::new();
    for _ in 0..200 {
        let Looked { mark: next, arrived: some, more } = look(mailbox, mark.as_ref(), followed, ledger).await.unwrap();
        arrived.extend(some);
        if !more {
            return (arrived, next);
        }
        assert_ne!(mark.as_ref(), Some(&next), "there is more, and it does not get on");
        mark = Some(next);
    }
    panic!("looks without end");
}

async fn look(
    mailbox: &ImapSmtp,
    since: Option<&Mark>,
    followed: &Following,
    ledger: &Written,
) -> Result<Looked, MailboxError> {
    mailbox.look_for_news(since, 0, followed, ledger).await
}

fn ids(arrived: &[Arrived]) -> Vec<String> {
    let id = |mail: &Arrived| {
        let text = String::from_utf8_lossy(&mail.raw).into_owned();
        text.split_once("Message-ID: <")
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(id, _)| id.to_owned())
            .unwrap_or_default()
    };
    let mut ids: Vec<String> = arrived.iter().map(id).collect();
    ids.sort();
    ids
}

fn count(ledger: &Written, action: AccessAction) -> usize {
    ledger.all().into_iter().filter(|entry| *entry == (action, true)).count()
}

#[tokio::test]
async fn only_what_concerns_what_is_followed_is_read() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "judy", MailTls::Implicit).await;
    let followed = Following::ids(&["mine@x"], &["ann@acme.example", "bobsmith@gmail.com", "@firm.example"]);
    let ledger = Written::default();
    rig.deliver("judy", "", "1.old", &mail("old@x", "eve@x.example", "", "before"), None);
    let (none, mark) = look_all(&mailbox, None, &followed, &ledger).await;
    assert!(none.is_empty(), "{none:?}");
    assert_eq!((count(&ledger, AccessAction::ReadHeaders), count(&ledger, AccessAction::AskForNews)), (0, 1));

    let report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n";
    let vacation = "Auto-Submitted: auto-replied\r\nIn-Reply-To: <mine@x>\r\n";
    for (name, raw) in [
        ("2.answer", answer("answer@x", "Ann <ann@acme.example>", "mine@x")),
        // A stranger who names the thread is told, too: who may answer is not for the mailbox to say.
        ("3.forged", answer("forged@x", "eve@x.example", "mine@x")),
        ("4.other", answer("other@x", "ann2@acme.example", "theirs@x")),
        ("5.new", mail("new@x", "Ann <Ann+phone@ACME.example>", "", "a new one")),
        ("6.dots", mail("dots@x", "Bob.Smith@googlemail.com", "", "x")),
        ("7.gmail", mail("gmail@x", "somebody.else@gmail.com", "", "x")),
        ("8.like", mail("like@x", "\"ann @acme.example\" <joann@acme.example>", "", "x")),
        ("9.company", mail("company@x", "carl@mail.firm.example", "", "x")),
        ("10.bounce", mail("bounce@x", "MAILER-DAEMON@mx.example", report, "--b\r\n\r\nno such user\r\n--b--")),
        ("11.odd", mail("odd@x", "mx-notices@mx.example", report, "--b\r\n\r\nno such user\r\n--b--")),
        ("12.away", mail("away@x", "ann@acme.example", vacation, "until Friday")),
        ("13.broken", "no header at all".to_owned()),
        ("14.many", mail("many@x", "eve@x.example", &format!("References:{}\r\n", " <r@x>\r\n".repeat(9_000)), "x")),
        ("15.secret", mail("secret@x", "bank@x.example", "", "nobody's business")),
    ] {
        rig.deliver("judy", "", name, &raw, None);
    }
    let ledger = Written::default();
    let (arrived, mark) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(
        ids(&arrived),
        ["answer@x", "away@x", "bounce@x", "company@x", "dots@x", "forged@x", "new@x", "odd@x"],
        "{}",
        rig.logs()
    );
    // Whole where a rule needs it, and the header where not.
    for mail in &arrived {
        let text = String::from_utf8_lossy(&mail.raw);
        let needed = ["away@x", "bounce@x", "odd@x"].iter().any(|id| text.contains(&format!("Message-ID: <{id}>")));
        assert_eq!(mail.whole, needed, "{text}");
        assert_eq!(text.contains("until Friday") || text.contains("no such user"), needed);
        assert!(mail.thread.is_none() && mail.id.split(':').count() == 2 && mail.at > 1_700_000_000_000, "{mail:?}");
    }
    assert_eq!((count(&ledger, AccessAction::ReadHeaders), count(&ledger, AccessAction::ReadMail)), (8, 3));
    // Nothing was marked as read, and nothing is told twice.
    assert!(
        rig.mails("judy", "").iter().all(|(name, _)| name.rsplit_once(":2,").is_none_or(|(_, flags)| !flags.contains('S')))
    );
    let ledger = Written::default();
    let again = look(&mailbox, Some(&mark), &followed, &ledger).await.unwrap();
    assert_eq!((again.arrived.len(), again.more, &again.mark), (0, false, &mark));
    assert_eq!(ledger.all(), [(AccessAction::AskForNews, true)]);
}

#[tokio::test]
async fn an_answer_that_was_filed_elsewhere_is_found() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "kim", MailTls::Implicit).await;
    let followed = Following::ids(&["mine@x"], &[]);
    let ledger = Written::default();
    rig.deliver("kim", ".Kunden", "1.old", &mail("old@x", "eve@x.example", "", "before"), None);
    let (_, mark) = look_all(&mailbox, None, &followed, &ledger).await;
    rig.deliver("kim", ".Kunden", "2.answer", &answer("filed@x", "ann@acme.example", "mine@x"), None);
    // Neither what is deleted nor what was sent is news.
    rig.deliver("kim", ".Trash", "3.answer", &answer("trash@x", "ann@acme.example", "mine@x"), None);
    rig.deliver("kim", ".Sent", "4.sent", &answer("sent@x", "kim@local.test", "mine@x"), None);
    let (arrived, mark) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(ids(&arrived), ["filed@x"]);
    // A folder that is new.
    rig.make_folder("kim", "Neu");
    rig.deliver("kim", ".Neu", "5.answer", &answer("made@x", "ann@acme.example", "mine@x"), None);
    let (arrived, _) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(ids(&arrived), ["made@x"]);
}

#[tokio::test]
async fn a_look_without_a_mark_that_holds_goes_back_as_far_as_is_sensible() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "leo", MailTls::StartTls).await;
    let followed = Following::ids(&["mine@x"], &[]);
    let ledger = Written::default();
    let day = 24 * 60 * 60;
    let now = 1_790_000_000;
    for (name, id, at) in [("1.a", "ages@x", now - 90 * day), ("2.b", "lately@x", now - 2 * day), ("3.c", "now@x", now)] {
        rig.deliver("leo", "", name, &answer(id, "ann@acme.example", "mine@x"), Some(at));
    }
    let since = i64::try_from(now - 5 * day).unwrap() * 1000;
    let first = mailbox.look_for_news(None, since, &followed, &ledger).await.unwrap();
    assert_eq!(ids(&first.arrived), ["lately@x", "now@x"]);
    assert_eq!(first.arrived[0].at / 1000, i64::try_from(now - 2 * day).unwrap(), "oldest first, by the time of receipt");
    // The numbers mean something else now, the mark is another's, or is nonsense: the same again.
    let mut changed = first.mark.clone();
    changed.0["folders"]["INBOX"]["validity"] = 1.into();
    for mark in [changed, Mark(serde_json::json!({"history": "17"})), Mark(serde_json::json!([1, null]))] {
        let again = mailbox.look_for_news(Some(&mark), since, &followed, &ledger).await.unwrap();
        assert_eq!((ids(&again.arrived), &again.mark), (ids(&first.arrived), &first.mark));
    }
    // A time that nobody can have meant.
    for since in [i64::MAX, i64::MIN] {
        assert!(mailbox.look_for_news(None, since, &followed, &ledger).await.is_ok());
    }
}

#[tokio::test]
async fn thousands_of_mails_and_huge_ones_are_looked_at_in_turns() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "mia", MailTls::Implicit).await;
    let followed = Following::ids(&["mine@x"], &["ann@acme.example"]);
    let ledger = Written::default();
    rig.deliver("mia", "", "0.first", &mail("first@x", "eve@x.example", "", "x"), None);
    let (_, mark) = look_all(&mailbox, None, &followed, &ledger).await;
    let multipart = "In-Reply-To: <mine@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let huge = format!("--b\r\n\r\nhello\r\n--b\r\n\r\n{}--b--", "0123456789abcdef\r\n".repeat(50 * 1024 * 1024 / 18));
    rig.deliver("mia", "", "1.huge", &mail("huge@x", "ann@acme.example", multipart, &huge), None);
    for n in 0..1_500 {
        rig.deliver("mia", "", &format!("2.{n}"), &mail(&format!("n{n}@x"), "eve@x.example", "", "x"), None);
    }
    rig.deliver("mia", "", "3.answer", &answer("answer@x", "ann@acme.example", "mine@x"), None);
    let first = look(&mailbox, Some(&mark), &followed, &ledger).await.unwrap();
    assert!(first.more, "a look is bounded");
    let (arrived, _) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(ids(&arrived), ["answer@x", "huge@x"]);
    let most = waxwing_backend::incoming::MOST_BYTES;
    assert_eq!(arrived.iter().map(|mail| mail.raw.len()).max(), Some(most), "the beginning of it");
    assert_eq!(count(&ledger, AccessAction::ReadHeaders), 3, "the huge one twice, as it was looked at twice");
}

#[tokio::test]
async fn an_answer_is_known_within_seconds() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "nina", MailTls::Implicit).await;
    let (other, _) = connected(&rig, "olga", MailTls::Implicit).await;
    let ledger = Written::default();
    let followed = Following::ids(&["never@x"], &["olga@local.test"]);
    let (_, mut mark) = look_all(&mailbox, None, &followed, &ledger).await;
    let mut took = Vec::new();
    for n in 700..705 {
        let waits = mailbox.wait_for_news(&mark, &ledger);
        let sends = async {
            // It waits already: dropping a wait and beginning another loses nothing either.
            assert!(tokio::time::timeout(Duration::from_millis(300), mailbox.wait_for_news(&mark, &ledger)).await.is_err());
            let sent = outgoing(n, "olga@local.test", &["nina@local.test"], None);
            assert!(matches!(other.send(&sent, &Watched::new(true), &Written::default()).await, SendOutcome::Sent(_)));
            moment()
        };
        // The second wait inside of `sends` finds the connection in use and stands behind the first.
        let (woken, sent) = tokio::time::timeout(LONG, async { tokio::join!(waits, sends) }).await.unwrap();
        assert_eq!(woken.unwrap(), Woken::News);
        let (arrived, next) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
        took.push(sent.elapsed());
        assert_eq!(ids(&arrived), [format!("sent-{n}@local.test")]);
        mark = next;
    }
    println!("an answer was known after {took:?}, from the moment when its sender's server had it");
    assert!(took.iter().all(|took| *took < Duration::from_secs(5)), "{took:?}");
    // Whoever waits keeps nobody from looking and sending, and waits on.
    {
        let idle = mailbox.wait_for_news(&mark, &ledger);
        tokio::pin!(idle);
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut idle).await.is_err());
        let busy = async {
            let hint = SentHint { rfc_id: Some("nothing@x".to_owned()), ..SentHint::default() };
            assert_eq!(mailbox.find_sent(&hint, &ledger).await.unwrap(), None);
            assert!(look(&mailbox, Some(&mark), &followed, &ledger).await.is_ok());
            let mail = outgoing(720, "nina@local.test", &["olga@local.test"], None);
            let sent = mailbox.send(&mail, &Watched::new(true), &ledger).await;
            assert!(matches!(sent, SendOutcome::Sent(_)), "{sent:?}");
        };
        tokio::select! {
            woken = &mut idle => panic!("{woken:?}"),
            done = tokio::time::timeout(LONG, busy) => done.unwrap(),
        }
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut idle).await.is_err());
        // Also while nobody listens to whoever waits.
        assert!(tokio::time::timeout(LONG, look(&mailbox, Some(&mark), &followed, &ledger)).await.unwrap().is_ok());
    }
    // A folder that wakes nobody by itself is asked for when a wait begins.
    rig.make_folder("nina", "Kunden");
    let (_, mark) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    rig.deliver("nina", ".Kunden", "1.answer", &answer("filed@x", "olga@local.test", "never@x"), None);
    let woken = tokio::time::timeout(LONG, mailbox.wait_for_news(&mark, &ledger)).await.unwrap();
    assert_eq!(woken.unwrap(), Woken::News);
    let (arrived, _) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(ids(&arrived), ["filed@x"]);
}

#[tokio::test]
async fn a_server_that_was_restarted_is_watched_on() {
    let rig = Rig::alone();
    let (mailbox, _) = connected(&rig, "pat", MailTls::Implicit).await;
    let followed = Following::ids(&["mine@x"], &[]);
    let ledger = Written::default();
    let (_, mark) = look_all(&mailbox, None, &followed, &ledger).await;
    {
        let wait = mailbox.wait_for_news(&mark, &ledger);
        tokio::pin!(wait);
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut wait).await.is_err());
        rig.stop_dovecot();
        let lost = tokio::time::timeout(LONG, wait).await.unwrap().unwrap_err();
        assert!(lost.may_pass(), "{lost:?}");
    }
    let away = look(&mailbox, Some(&mark), &followed, &ledger).await.unwrap_err();
    assert!(away.may_pass() && !away.needs_sign_in(), "{away:?}");
    rig.deliver("pat", "", "1.answer", &answer("meanwhile@x", "ann@acme.example", "mine@x"), None);
    rig.start_dovecot();
    // What came meanwhile wakes at once.
    let woken = tokio::time::timeout(LONG, mailbox.wait_for_news(&mark, &ledger)).await.unwrap();
    assert_eq!(woken.unwrap(), Woken::News);
    let (arrived, _) = look_all(&mailbox, Some(&mark), &followed, &ledger).await;
    assert_eq!(ids(&arrived), ["meanwhile@x"]);
}
