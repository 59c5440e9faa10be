//! A mailbox at a Dovecot with a Postfix: connected, sent from, looked into.

use std::sync::Arc;

use waxwing_backend::mailbox::imap::{ImapConfig, ImapSecret, ImapSmtp, Limits, connect};
use waxwing_backend::mailbox::{DraftRef, Found, Mailbox as _, SendOutcome, smtp};
use waxwing_protocol::api::{
    AccessAction, ConnectImap, ConnectStepKind, DraftHint, GmailIds, MailTls, Recipient, RecipientKind, Trouble,
};

use crate::certs::Authority;
use crate::rig::{PASSWORD, Rig};
use crate::support::{AT, LONG, Watched, Written, outgoing};

const DRAFTS: &str = ".Entw&APw-rfe";

pub(crate) fn ask(rig: &Rig, user: &str, tls: MailTls) -> ConnectImap {
    ConnectImap {
        address: format!(" {user}@Local.test "),
        password: PASSWORD.to_owned(),
        user: Some(format!("{user}@local.test")),
        imap: Some(rig.imap(tls)),
        smtp: Some(rig.smtp(tls)),
    }
}

pub(crate) async fn connected(rig: &Rig, user: &str, tls: MailTls) -> (ImapSmtp, ImapConfig) {
    let ask = ask(rig, user, tls);
    let (steps, config) = connect(&ask, &rig.authority.client()).await;
    let config = config.unwrap_or_else(|| panic!("{steps:?}\n{}", rig.logs()));
    let secret = ImapSecret::of(&ask, &config);
    let (limits, submission) = (Limits::all(LONG), smtp::Limits::all(LONG));
    (ImapSmtp::open_with(config.clone(), secret, rig.authority.client(), limits, submission), config)
}

fn draft(id: &str, subject: &str, text: &str) -> String {
    format!(
        "Message-ID: <{id}@local.test>\r\nSubject: {subject}\r\nFrom: x@local.test\r\nTo: Bob <bob@local.test>\r\n\
         In-Reply-To: <first@local.test>\r\nReferences: <first@local.test>\r\n\r\n{text}\r\n"
    )
}

fn by_id(id: &str) -> DraftHint {
    DraftHint { gmail: GmailIds { rfc_id: Some(format!("<{id}@local.test>")), ..GmailIds::default() }, ..DraftHint::default() }
}

async fn found(mailbox: &ImapSmtp, id: &str) -> DraftRef {
    mailbox.find_draft(&by_id(id), &Written::default()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_mailbox_is_connected_step_by_step() {
    use ConnectStepKind as Kind;
    let rig = Rig::shared();
    for tls in [MailTls::Implicit, MailTls::StartTls] {
        let (steps, config) = connect(&ask(&rig, "alice", tls), &rig.authority.client()).await;
        let kinds: Vec<Kind> = steps.iter().map(|step| step.step).collect();
        assert_eq!(kinds, [Kind::Imap, Kind::ImapSignIn, Kind::Folders, Kind::Smtp, Kind::SmtpSignIn], "{steps:?}");
        assert!(steps.iter().all(|step| step.trouble.is_none() && step.said.is_none()));
        let config = config.unwrap();
        assert_eq!((config.address.as_str(), config.gmail), ("alice@local.test", false));
        assert_eq!(config.folders.drafts, "Entw&APw-rfe");
        assert_eq!(config.folders.sent.as_deref(), Some("Sent"));
        assert!(!serde_json::to_string(&config).unwrap().contains("word"));
    }
    let last = async |ask: &ConnectImap, client: &Authority| {
        let (steps, config) = connect(ask, &client.client()).await;
        assert!(config.is_none());
        let last = steps.last().unwrap().clone();
        assert!(!last.said.clone().unwrap_or_default().contains("not the"), "{last:?}");
        (last.step, last.trouble.unwrap())
    };
    let good = ask(&rig, "alice", MailTls::Implicit);
    let wrong = ConnectImap { password: "not the \u{fc} password\r\n".to_owned(), ..good.clone() };
    assert_eq!(last(&wrong, &rig.authority).await, (Kind::ImapSignIn, Trouble::WrongPassword));
    assert_eq!(last(&good, &Authority::new()).await, (Kind::Imap, Trouble::Certificate));
    let mut elsewhere = good.clone();
    elsewhere.smtp.as_mut().unwrap().port = 1;
    assert_eq!(last(&elsewhere, &rig.authority).await, (Kind::Smtp, Trouble::Unreachable));
    // The certificate is not for the address of the host, and on the other port nobody speaks TLS first.
    let mut by_number = good.clone();
    by_number.imap.as_mut().unwrap().host = "127.0.0.1".to_owned();
    assert_eq!(last(&by_number, &rig.authority).await, (Kind::Imap, Trouble::Certificate));
    let mut mixed = good.clone();
    mixed.imap.as_mut().unwrap().port = rig.imap(MailTls::StartTls).port;
    assert_eq!(last(&mixed, &rig.authority).await, (Kind::Imap, Trouble::NotOffered));
    let microsoft = ConnectImap { address: "a@outlook.com".to_owned(), imap: None, smtp: None, ..good };
    assert_eq!(last(&microsoft, &rig.authority).await, (Kind::Imap, Trouble::NotOffered));
}

#[tokio::test]
async fn a_draft_is_found_read_edited_sent_and_filed() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "carol", MailTls::Implicit).await;
    let ledger = Written::default();
    rig.put("carol", DRAFTS, "1.one", &draft("d1", "hello", "one"));
    rig.put("carol", DRAFTS, "1.two", &draft("d11", "hello", "other"));
    let at = found(&mailbox, "d1").await;
    assert_eq!(at.rfc_id.as_deref(), Some("<d1@local.test>"));
    let read = mailbox.read_draft(&at, &ledger).await.unwrap().unwrap();
    assert_eq!(*read.raw, *draft("d1", "hello", "one").as_bytes());
    assert!(
        rig.mails("carol", DRAFTS).iter().all(|(name, _)| !name.rsplit(',').next().unwrap().contains('S')),
        "marked as read"
    );

    // A program saves it again: a new message, and the old one marked as deleted.
    rig.put("carol", DRAFTS, "1.one-b", &draft("d1", "hello!", "one, better"));
    let now = mailbox.version(&at, &ledger).await.unwrap().unwrap();
    assert!(now.id == at.id && now.version != at.version);
    let read = mailbox.read_draft(&at, &ledger).await.unwrap().unwrap();
    assert!(read.raw.ends_with(b"one, better\r\n"));

    let ledger = Written::default();
    let mail = outgoing(31, "carol@local.test", &["dave@local.test"], Some(read.at.clone()));
    let sent = mailbox.send(&mail, &Watched::new(true), &ledger).await;
    assert!(matches!(&sent, SendOutcome::Sent(sent) if sent.rfc_id.as_deref() == Some("<sent-31@local.test>")), "{sent:?}");
    let all_well = [(AccessAction::Send, true), (AccessAction::FileCopy, true), (AccessAction::RemoveDraft, true)];
    assert_eq!(ledger.all(), all_well);
    let delivered = rig.delivered("dave", "").await;
    assert!(delivered.contains("number 31") && delivered.contains("\n.\n.. and a dot"), "{delivered}");
    assert!(!delivered.to_lowercase().contains("bcc") && !delivered.contains("secret@"));
    let copies = rig.mails("carol", ".Sent");
    assert!(copies.len() == 1 && copies[0].0.ends_with('S') && copies[0].1.contains("Bcc: secret@local.test"), "{copies:?}");
    // The draft that was sent is gone; the other one, and the edit before it, are its sender's.
    let left = rig.mails("carol", DRAFTS);
    assert!(!left.iter().any(|(_, text)| text.contains("one, better")), "{left:?}");
    assert!(left.iter().any(|(_, text)| text.contains("other")));

    // It is found again by its id, and nothing else is taken for it.
    assert!(matches!(mailbox.look(&mail.trace, 0, &ledger).await.unwrap(), Found::Sent(_)));
    let other = outgoing(32, "carol@local.test", &["dave@local.test"], None);
    assert_eq!(mailbox.look(&other.trace, 0, &ledger).await.unwrap(), Found::Unknown);
    // A copy that is there already is not filed twice: some servers file by themselves.
    let again = mailbox.send(&mail, &Watched::new(true), &ledger).await;
    assert!(matches!(again, SendOutcome::Sent(_)));
    assert_eq!(rig.mails("carol", ".Sent").len(), 1);
}

#[tokio::test]
async fn refusals_are_told_and_nothing_is_sent() {
    let rig = Rig::shared();
    let (mailbox, config) = connected(&rig, "erin", MailTls::StartTls).await;
    let ledger = Written::default();
    rig.put("erin", DRAFTS, "1.one", &draft("e1", "hello", "one"));
    let at = found(&mailbox, "e1").await;
    let sent = async |sender: &str, recipients: &[&str]| {
        let mail = outgoing(41, sender, recipients, Some(at.clone()));
        match mailbox.send(&mail, &Watched::new(true), &ledger).await {
            SendOutcome::NotSent(error) => error,
            other => panic!("{other:?}"),
        }
    };
    let refused = sent("erin@local.test", &["frank@local.test", "nobody@local.test"]).await;
    assert_eq!(refused.trouble, Trouble::RecipientRefused);
    assert!(refused.said.unwrap().starts_with("<nobody@local.test> 550 5.1.1 "));
    assert_eq!(sent("alice@local.test", &["frank@local.test"]).await.trouble, Trouble::SenderRefused);
    assert!(rig.mails("frank", "").is_empty());
    assert_eq!(rig.mails("erin", DRAFTS).len(), 1);
    assert_eq!(ledger.all(), [(AccessAction::Send, false); 2]);

    // Its owner changed the password.
    let secret = ImapSecret { password: "old".to_owned() };
    let locked_out = ImapSmtp::open(config, secret, rig.authority.client());
    assert_eq!(locked_out.version(&at, &ledger).await.unwrap_err().trouble, Trouble::WrongPassword);
    let mail = outgoing(42, "erin@local.test", &["frank@local.test"], None);
    match locked_out.send(&mail, &Watched::new(true), &ledger).await {
        SendOutcome::NotSent(error) => assert!(error.needs_sign_in(), "{error:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_full_mailbox_keeps_the_draft_of_what_was_sent() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "full", MailTls::Implicit).await;
    rig.put("full", DRAFTS, "1.one", &draft("f1", "hello", "one"));
    let at = found(&mailbox, "f1").await;
    let ledger = Written::default();
    let mail = outgoing(51, "full@local.test", &["ivan@local.test"], Some(at));
    assert!(matches!(mailbox.send(&mail, &Watched::new(true), &ledger).await, SendOutcome::Sent(_)));
    assert_eq!(ledger.all(), [(AccessAction::Send, true), (AccessAction::FileCopy, false)]);
    assert_eq!(rig.mails("full", DRAFTS).len(), 1);
    assert!(rig.delivered("ivan", "").await.contains("number 51"));
}

#[tokio::test]
async fn twenty_five_megabytes_of_attachments_are_read_and_sent() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "grace", MailTls::Implicit).await;
    let line = format!("{}\r\n", "A".repeat(76));
    let large = draft("g1", "large", &line.repeat(25 * 1024 * 1024 * 4 / 3 / line.len()));
    rig.put("grace", DRAFTS, "1.one", &large);
    let at = found(&mailbox, "g1").await;
    let ledger = Written::default();
    let read = mailbox.read_draft(&at, &ledger).await.unwrap().unwrap();
    assert!(read.raw.len() > 34_000_000 && *read.raw == *large.as_bytes());
    let mut mail = outgoing(61, "grace@local.test", &["heidi@local.test"], Some(at));
    mail.raw = Arc::clone(&read.raw);
    assert!(matches!(mailbox.send(&mail, &Watched::new(true), &ledger).await, SendOutcome::Sent(_)));
    assert!(rig.delivered("heidi", "").await.len() > 34_000_000 - 1_000_000);
}

#[tokio::test]
async fn answers_and_mails_sent_by_hand_are_seen() {
    let rig = Rig::shared();
    let (mailbox, _) = connected(&rig, "bob", MailTls::StartTls).await;
    let ledger = Written::default();
    rig.put("bob", DRAFTS, "1.one", &draft("b1", "hello", "one"));
    let at = found(&mailbox, "b1").await;
    let people = ["Dave@local.test".to_owned(), "erin@local.test".to_owned()];
    let since = AT - 365 * 24 * 3_600_000;
    let answered = async |since| mailbox.answered(&at, &people, since, &ledger).await.unwrap();
    let answer = |id: &str, from: &str, more: &str| {
        format!("Message-ID: <{id}@local.test>\r\nFrom: {from}\r\nTo: bob@local.test\r\n{more}Subject: Re: hello\r\n\r\nx\r\n")
    };
    let thread = "References: <zero@local.test> <first@local.test>\r\n";
    rig.put("bob", "", "1.machine", &answer("a1", "erin@local.test", &format!("{thread}Auto-Submitted: auto-replied\r\n")));
    rig.put("bob", "", "1.else", &answer("a2", "erin@local.test", "References: <elsewhere@local.test>\r\n"));
    rig.put("bob", "", "1.who", &answer("a3", "frank@local.test", thread));
    assert!(!answered(since).await);
    rig.put("bob", "", "1.dave", &answer("a4", "\"D\" <dave@LOCAL.test>", thread));
    assert!(answered(since).await);
    assert!(!answered(AT + 100 * 365 * 24 * 3_600_000).await, "before it counts");

    assert!(!mailbox.sent_by_hand(&at, &ledger).await.unwrap());
    rig.put("bob", ".Sent", "1.sent", &draft("b1", "hello", "sent by hand"));
    assert!(mailbox.sent_by_hand(&at, &ledger).await.unwrap());

    // By subject and recipients alone, when there is but one.
    let meant = DraftHint {
        gmail: GmailIds { draft: Some("msg-a:r123".to_owned()), ..GmailIds::default() },
        subject: "hello".to_owned(),
        recipients: vec![Recipient { kind: RecipientKind::To, address: "bob@local.test".to_owned(), name: None }],
    };
    assert_eq!(mailbox.find_draft(&meant, &ledger).await.unwrap(), Some(at.clone()));
    rig.put("bob", DRAFTS, "1.two", &draft("b2", "hello", "another"));
    assert_eq!(mailbox.find_draft(&meant, &ledger).await.unwrap(), None);
    assert_eq!(mailbox.find_draft(&DraftHint::default(), &ledger).await.unwrap(), None);
    assert_eq!(mailbox.find_draft(&by_id("b"), &ledger).await.unwrap(), None, "a part of an id is none");
}
