//! A mailbox at Gmail by IMAP: drafts found by Gmail's numbers, edits followed, mails that were sent found again.

use std::time::Duration;

use waxwing_backend::mailbox::imap::{Folders, ImapConfig, ImapSecret, ImapSmtp, Limits};
use waxwing_backend::mailbox::{DraftRef, Found, Mailbox as _, SendOutcome, smtp};
use waxwing_protocol::api::{AccessAction, DraftHint, GmailIds, Recipient, RecipientKind, Trouble};

use crate::certs::{Authority, HOST};
use crate::faulty::{At, Do, Encryption, Faulty};
use crate::gmail_imap::{ALL, DRAFTS, GmailImap, SENT, TRASH};
use crate::support::{AT, LONG, SHORT, Watched, Written, outgoing};

const THREAD: u64 = 1_700_000_000_000_000_000;
const FIRST: u64 = THREAD + 5;

struct Stage {
    imap: GmailImap,
    smtp: Faulty,
    mailbox: ImapSmtp,
    ledger: Written,
}

impl Stage {
    async fn new() -> Self {
        let authority = Authority::new();
        let imap = GmailImap::start(authority.server(HOST)).await;
        let smtp = Faulty::start(authority.server(HOST), Encryption::Implicit).await;
        let folders = Folders {
            drafts: DRAFTS.to_owned(),
            sent: Some(SENT.to_owned()),
            all: Some(ALL.to_owned()),
            trash: Some(TRASH.to_owned()),
            ..Folders::default()
        };
        let config = ImapConfig {
            address: "alice@gmail.test".to_owned(),
            user: "alice@gmail.test".to_owned(),
            imap: imap.server(),
            smtp: smtp.server(),
            folders,
            gmail: true,
        };
        let secret = ImapSecret { password: "abcdefghijklmnop".to_owned() };
        let limits = Limits { idle: SHORT, ..Limits::all(LONG) };
        let mailbox = ImapSmtp::open_with(config, secret, authority.client(), limits, smtp::Limits::all(LONG));
        Self { imap, smtp, mailbox, ledger: Written::default() }
    }

    async fn find(&self, hint: &DraftHint) -> Option<DraftRef> {
        self.mailbox.find_draft(hint, &self.ledger).await.unwrap()
    }

    async fn version(&self, draft: &DraftRef) -> Option<DraftRef> {
        self.mailbox.version(draft, &self.ledger).await.unwrap()
    }
}

fn draft(id: &str, subject: &str, text: &str) -> String {
    format!("Message-ID: <{id}>\nSubject: {subject}\nTo: Bob <bob@local.test>\nContent-Type: text/plain\n\n{text}\n")
}

fn hint(thread: Option<u64>, message: Option<u64>) -> DraftHint {
    let hex = |number: u64| format!("{number:016x}");
    DraftHint {
        gmail: GmailIds { legacy_thread: thread.map(hex), legacy_message: message.map(hex), ..GmailIds::default() },
        ..DraftHint::default()
    }
}

#[tokio::test]
async fn drafts_are_found_by_gmails_numbers() {
    let stage = Stage::new().await;
    let uid = stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    stage.imap.state().put(DRAFTS, FIRST + 1, THREAD + 1, &draft("d2@x", "other", "two"));
    let found = stage.find(&hint(None, Some(FIRST))).await.unwrap();
    assert_eq!(found.version, format!("7:{uid}"));
    assert_eq!(found.thread.as_deref(), Some(format!("{THREAD:016x}").as_str()));
    assert_eq!(found.rfc_id.as_deref(), Some("<d1@x>"));
    // The number of the message is from before the last save: the conversation leads there.
    assert_eq!(stage.find(&hint(Some(THREAD), Some(FIRST - 3))).await, Some(found.clone()));
    assert_eq!(stage.find(&hint(Some(THREAD + 9), None)).await, None);
    // Several in one conversation: subject and recipients decide, or nobody does.
    stage.imap.state().put(DRAFTS, FIRST + 2, THREAD, &draft("d3@x", "hello again", "three"));
    assert_eq!(stage.find(&hint(Some(THREAD), None)).await, None);
    let meant = DraftHint {
        subject: " hello ".to_owned(),
        recipients: vec![Recipient { kind: RecipientKind::To, address: "BOB@local.test".to_owned(), name: None }],
        ..hint(Some(THREAD), None)
    };
    assert_eq!(stage.find(&meant).await, Some(found.clone()));
    // One alone, and other words in the compose: that one is not saved yet.
    let single = stage.imap.state().put(DRAFTS, FIRST + 3, THREAD + 3, &draft("d4@x", "Re: plans", "four"));
    let other = DraftHint { subject: "Re: plans (two)".to_owned(), ..hint(Some(THREAD + 3), None) };
    assert_eq!(stage.find(&other).await, None);
    let same = DraftHint { subject: "Re: plans".to_owned(), recipients: meant.recipients.clone(), ..other };
    assert_eq!(stage.find(&same).await.map(|it| it.version), Some(format!("7:{single}")));
    // Numbers that are none, and no number at all.
    let nonsense = DraftHint {
        gmail: GmailIds {
            legacy_message: Some("1 OR ALL\r\nW9 LOGOUT".to_owned()),
            legacy_thread: Some("zz".to_owned()),
            rfc_id: Some("<a\"b\r\nW9 LOGOUT>".to_owned()),
            ..GmailIds::default()
        },
        ..meant.clone()
    };
    assert_eq!(stage.find(&nonsense).await, Some(found));
    assert!(stage.ledger.all().iter().all(|entry| *entry == (AccessAction::FindDraft, true)));
    // Only looked at, on one connection, and never with the password in view.
    let seen = stage.imap.state();
    assert_eq!(seen.sign_ins, 1);
    assert!(!seen.commands.iter().any(|it| it.starts_with("SELECT") || it.contains("abcdefgh")));
}

#[tokio::test]
async fn edits_are_followed_while_only_one_draft_fits() {
    let stage = Stage::new().await;
    let uid = stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    assert_eq!(stage.version(&found).await, Some(found.clone()));

    // Gmail's page replaces it: another UID, another number, and another Message-ID.
    stage.imap.state().take(DRAFTS, uid);
    let edited = stage.imap.state().put(DRAFTS, FIRST + 10, THREAD, &draft("d1b@x", "hello!", "one, better"));
    let now = stage.version(&found).await.unwrap();
    assert_eq!((now.id.as_str(), now.version.as_str()), (found.id.as_str(), format!("7:{edited}").as_str()));
    let read = stage.mailbox.read_draft(&found, &stage.ledger).await.unwrap().unwrap();
    assert!(read.at == now && read.raw.ends_with(b"one, better\r\n"));

    // Found anew it has another id, and is seen to be of the same conversation.
    let anew = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    assert!(anew.id != found.id && anew.version == now.version && anew.conversation() == found.conversation());
    assert_eq!(found.conversation(), Some(format!("gmail:{THREAD:016x}:").as_str()));
    // Another draft in the conversation leaves it where it is, as long as it is there.
    let other = stage.imap.state().put(DRAFTS, FIRST + 11, THREAD, &draft("d9@x", "another", "x"));
    assert_eq!(stage.version(&now).await, Some(now.clone()));
    // Gone, and two that could be it.
    stage.imap.state().take(DRAFTS, edited);
    let twin = stage.imap.state().put(DRAFTS, FIRST + 12, THREAD, &draft("d10@x", "another", "y"));
    assert_eq!(stage.version(&now).await, None);
    // One with its Message-ID is it, also in another conversation.
    stage.imap.state().take(DRAFTS, other);
    stage.imap.state().take(DRAFTS, twin);
    assert_eq!(stage.version(&now).await, None);
    let moved = stage.imap.state().put(DRAFTS, FIRST + 13, THREAD + 7, &draft("d1b@x", "new subject", "z"));
    assert_eq!(stage.version(&now).await.map(|it| it.version), Some(format!("7:{moved}")));
}

#[tokio::test]
async fn another_draft_begun_after_one_was_thrown_away_is_no_edit() {
    let stage = Stage::new().await;
    let uid = stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    stage.imap.state().take(DRAFTS, uid);
    let other = draft("d2@x", "something else", "two").replace("bob@", "carol@");
    let begun = stage.imap.state().put(DRAFTS, FIRST + 1, THREAD, &other);
    assert_eq!(stage.version(&found).await, None);
    assert_eq!(stage.mailbox.read_draft(&found, &stage.ledger).await.unwrap(), None);
    // Nobody knows what it looked like: nobody can say that this is it.
    let unknown = DraftRef { looks: None, ..found.clone() };
    assert_eq!(stage.version(&unknown).await, None);
    stage.imap.state().take(DRAFTS, begun);
    // Other recipients alone, or another subject alone, are an edit; so is all of it with its Message-ID.
    for (number, edit) in [
        (2, draft("d3@x", "hello", "three").replace("bob@", "carol@")),
        (3, draft("d4@x", "something else", "four")),
        (4, draft("d1@x", "something else", "five").replace("bob@", "carol@")),
    ] {
        let uid = stage.imap.state().put(DRAFTS, FIRST + number, THREAD, &edit);
        assert_eq!(stage.version(&found).await.map(|it| it.version), Some(format!("7:{uid}")), "{edit}");
        stage.imap.state().take(DRAFTS, uid);
    }
}

#[tokio::test]
async fn a_draft_begun_after_a_mail_was_sent_by_hand_is_no_edit() {
    let stage = Stage::new().await;
    let uid = stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    // Older mails of the conversation, and what we sent in it, prove nothing.
    stage.imap.state().put(SENT, FIRST - 4, THREAD, &draft("older@x", "hello", "before"));
    stage.imap.state().put(
        SENT,
        FIRST + 1,
        THREAD,
        &format!("X-Waxwing-Id: 67e55044-10b1-426f-9247-bb680e5fe0c8\n{}", draft("ours@x", "hello", "by us")),
    );
    stage.imap.state().take(DRAFTS, uid);
    let edited = stage.imap.state().put(DRAFTS, FIRST + 2, THREAD, &draft("d2@x", "hello", "edited"));
    assert_eq!(stage.version(&found).await.map(|it| it.version), Some(format!("7:{edited}")));
    assert!(!stage.mailbox.sent_by_hand(&found, &stage.ledger).await.unwrap());
    // Its sender sends it, and begins another answer.
    stage.imap.state().put(SENT, FIRST + 3, THREAD, &draft("d1-sent@x", "hello", "one"));
    assert_eq!(stage.version(&found).await, None);
    assert!(stage.mailbox.sent_by_hand(&found, &stage.ledger).await.unwrap());
}

#[tokio::test]
async fn a_mail_that_is_sent_leaves_drafts_and_is_known_by_gmails_numbers() {
    let stage = Stage::new().await;
    stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    let mail = outgoing(1, "alice@gmail.test", &["bob@local.test"], Some(found.clone()));
    // Gmail files what it takes.
    let filed = String::from_utf8(mail.raw.to_vec()).unwrap().replace("\r\n", "\n");
    stage.imap.state().put(SENT, FIRST + 20, THREAD, &filed);
    let sent = stage.mailbox.send(&mail, &Watched::new(true), &stage.ledger).await;
    let SendOutcome::Sent(sent) = sent else { panic!("{sent:?}") };
    assert_eq!(sent.message, Some(format!("{:016x}", FIRST + 20)));
    assert_eq!(sent.thread, Some(format!("{THREAD:016x}")));
    assert_eq!(sent.rfc_id.as_deref(), Some("<sent-1@local.test>"));
    let mut left = stage.imap.state();
    assert!(left.of(DRAFTS).is_empty());
    assert_eq!(left.of(TRASH).len(), 1);
    assert_eq!(left.of(SENT).len(), 1, "no second copy");
    drop(left);
    assert_eq!(
        stage.ledger.all(),
        [
            (AccessAction::FindDraft, true),
            (AccessAction::Send, true),
            (AccessAction::RemoveDraft, true),
            (AccessAction::LookForSent, true)
        ]
    );
    assert_eq!(stage.smtp.taken().len(), 1);
}

#[tokio::test]
async fn what_fails_after_it_was_sent_does_not_unsend_it() {
    let stage = Stage::new().await;
    stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    let mail = outgoing(1, "alice@gmail.test", &["bob@local.test"], Some(found.clone()));
    let no = Some("NO [LIMIT] not now");
    stage.imap.state().faults = vec![("UID MOVE", no), ("UID MOVE", no), ("UID SEARCH HEADER", None)];
    let sent = stage.mailbox.send(&mail, &Watched::new(true), &stage.ledger).await;
    assert!(matches!(sent, SendOutcome::Sent(_)), "{sent:?}");
    let ledger = stage.ledger.all();
    assert!(ledger.contains(&(AccessAction::RemoveDraft, false)) && ledger.contains(&(AccessAction::LookForSent, false)));
    // Once is made good by the second try.
    stage.imap.state().faults = vec![("UID MOVE", None)];
    assert!(matches!(stage.mailbox.send(&mail, &Watched::new(true), &stage.ledger).await, SendOutcome::Sent(_)));
    assert!(stage.imap.state().of(DRAFTS).is_empty());
}

#[tokio::test]
async fn an_unclear_send_is_cleared_up_only_by_what_lies_in_sent() {
    let stage = Stage::new().await;
    stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    let mail = outgoing(1, "alice@gmail.test", &["bob@local.test"], Some(found.clone()));
    stage.smtp.order([(At::Dot, Do::TakeAndClose)]);
    let sent = stage.mailbox.send(&mail, &Watched::new(true), &stage.ledger).await;
    assert!(matches!(sent, SendOutcome::Unclear(_)), "{sent:?}");
    assert!(!stage.imap.state().of(DRAFTS).is_empty(), "the draft stays while it is unclear");
    assert_eq!(stage.mailbox.look(&mail.trace, 600, &stage.ledger).await.unwrap(), Found::Unknown);
    // Gmail gave it an id of its own: our header is enough.
    let filed =
        String::from_utf8(mail.raw.to_vec()).unwrap().replace("\r\n", "\n").replace("sent-1@local.test", "its-own@gmail.test");
    stage.imap.state().put(SENT, FIRST + 20, THREAD, &filed);
    match stage.mailbox.look(&mail.trace, 600, &stage.ledger).await.unwrap() {
        Found::Sent(sent) => {
            assert_eq!(sent.rfc_id.as_deref(), Some("<its-own@gmail.test>"));
            assert_eq!(sent.message, Some(format!("{:016x}", FIRST + 20)));
        }
        other => panic!("{other:?}"),
    }
    // What the send had still to do is done.
    assert!(stage.imap.state().of(DRAFTS).is_empty());
    // Another mail with the same subject to the same people is not it.
    let other = outgoing(2, "alice@gmail.test", &["bob@local.test"], None);
    assert_eq!(stage.mailbox.look(&other.trace, 600, &stage.ledger).await.unwrap(), Found::Unknown);
}

#[tokio::test]
async fn an_answer_counts_when_a_person_wrote_it_since() {
    let stage = Stage::new().await;
    stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let found = stage.find(&hint(Some(THREAD), None)).await.unwrap();
    let bob = ["Bob@local.test".to_owned()];
    let answered = async || stage.mailbox.answered(&found, &bob, AT, &stage.ledger).await.unwrap();
    let mail = |from: &str, more: &str| format!("Message-ID: <a@x>\nFrom: {from}\n{more}Subject: Re: hello\n\nx\n");
    for (thread, from, more, at, expected) in [
        (THREAD, "carol@local.test", "", "22-Nov-2026 09:00:00 +0000", false),
        (THREAD, "Bob <bob@local.test>", "Auto-Submitted: auto-replied\n", "22-Nov-2026 09:00:00 +0000", false),
        (THREAD, "Bob <bob@local.test>", "", "22-Nov-2026 07:59:59 +0000", false),
        (THREAD + 1, "Bob <bob@local.test>", "", "22-Nov-2026 09:00:00 +0000", false),
        (THREAD, "Bob <bob@local.test>", "", "22-Nov-2026 09:00:00 +0100", true),
        (THREAD, "\"B, (o) <b\" <BOB@LOCAL.test>", "", "22-Nov-2026 09:00:00 +0000", true),
    ] {
        let uid = stage.imap.state().put(ALL, FIRST + 30, thread, &mail(from, more));
        stage.imap.state().of(ALL).last_mut().unwrap().at = at;
        assert_eq!(answered().await, expected, "{from} {more} {at}");
        stage.imap.state().take(ALL, uid);
    }
}

#[tokio::test]
async fn connections_are_kept_made_anew_and_closed_when_idle() {
    let stage = Stage::new().await;
    stage.imap.state().put(DRAFTS, FIRST, THREAD, &draft("d1@x", "hello", "one"));
    let look = hint(Some(THREAD), None);
    assert!(stage.find(&look).await.is_some() && stage.find(&look).await.is_some());
    assert_eq!(stage.imap.state().sign_ins, 1);
    // The server hung up meanwhile.
    stage.imap.state().faults = vec![("NOOP", None)];
    assert!(stage.find(&look).await.is_some());
    assert_eq!(stage.imap.state().sign_ins, 2);
    // In the middle of a command: told, and the next call starts afresh.
    stage.imap.state().faults = vec![("UID FETCH", None)];
    let error = stage.mailbox.find_draft(&look, &stage.ledger).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unreachable);
    assert!(stage.find(&look).await.is_some());
    assert_eq!(stage.imap.state().sign_ins, 3);
    // Left alone, it says good-bye.
    let goodbye = async {
        while !stage.imap.state().commands.iter().any(|it| it == "LOGOUT") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, goodbye).await.unwrap();
    assert!(stage.find(&look).await.is_some());
    assert_eq!(stage.imap.state().sign_ins, 4);
    // A folder that was renamed is found by what it is for.
    stage.imap.state().faults = vec![("EXAMINE", Some("NO [NONEXISTENT] renamed"))];
    assert!(stage.find(&look).await.is_some());
}
