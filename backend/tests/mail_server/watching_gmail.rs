//! A mailbox at Gmail by IMAP is watched; and one at an old server, and at servers that mean harm.

use std::time::Duration;

use waxwing_backend::mailbox::imap::{Folders, ImapConfig, ImapSecret, ImapSmtp, Limits};
use waxwing_backend::mailbox::watching::{Conversation, LABEL, Looked, Mark, NoteRef, Place, SentHint, Woken};
use waxwing_backend::mailbox::{Mailbox as _, smtp};
use waxwing_protocol::api::{AccessAction, Trouble};

use crate::certs::{Authority, HOST};
use crate::gmail_imap::{ALL, DRAFTS, GmailImap, INBOX, SPAM, TRASH};
use crate::support::{Following, LONG, SHORT, Written, note};

const THREAD: u64 = 1_700_000_000_000_000_000;
const OWN: &str = "alice@gmail.test";
/// What a server offers that knows no more than it must.
const OLD: &str = "IMAP4rev1 AUTH=PLAIN";

struct Stage {
    imap: GmailImap,
    mailbox: ImapSmtp,
    ledger: Written,
    authority: Authority,
}

impl Stage {
    async fn new() -> Self {
        let authority = Authority::new();
        let imap = GmailImap::start(authority.server(HOST)).await;
        let mailbox = open(&imap, &authority, LONG);
        Self { imap, mailbox, ledger: Written::default(), authority }
    }

    /// Another server's manners, on new connections.
    fn offering(mut self, offers: &'static str) -> Self {
        self.imap.state().offers = offers;
        self.mailbox = open(&self.imap, &self.authority, LONG);
        self
    }

    async fn look(&self, mark: Option<&Mark>, followed: &Following) -> Looked {
        self.mailbox.look_for_news(mark, 0, followed, &self.ledger).await.unwrap()
    }

    /// Commands since the last time.
    fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.imap.state().commands)
    }
}

fn open(imap: &GmailImap, authority: &Authority, limit: Duration) -> ImapSmtp {
    // As a mailbox of an earlier version was kept: where spam lies is not known.
    let folders = Folders { drafts: DRAFTS.to_owned(), ..Folders::default() };
    let config = ImapConfig {
        address: OWN.to_owned(),
        user: OWN.to_owned(),
        imap: imap.server(),
        smtp: imap.server(),
        folders,
        gmail: true,
    };
    let secret = ImapSecret { password: "abcdefghijklmnop".to_owned() };
    ImapSmtp::open_with(config, secret, authority.client(), Limits::all(limit), smtp::Limits::all(limit))
}

fn hex(number: u64) -> String {
    format!("{number:016x}")
}

fn following(threads: &[u64], people: &[&str]) -> Following {
    Following { threads: threads.iter().map(|it| hex(*it)).collect(), ..Following::ids(&[], people) }
}

fn mail(id: &str, from: &str, more: &str) -> String {
    format!("Message-ID: <{id}>\nFrom: {from}\nTo: {OWN}\n{more}Subject: Re: plans\n\nyes\n")
}

#[tokio::test]
async fn of_what_is_not_followed_only_numbers_are_asked_for() {
    let stage = Stage::new().await;
    let followed = following(&[THREAD], &["ann@acme.example"]);
    stage.imap.state().put(ALL, THREAD + 1, THREAD + 1, &mail("old@x", "eve@x.example", ""));
    let first = stage.look(None, &followed).await;
    assert!(first.arrived.is_empty() && !first.more);
    stage.said();
    // Nothing new: one question.
    let same = stage.look(Some(&first.mark), &followed).await;
    assert_eq!(same.mark, first.mark);
    assert_eq!(stage.said(), ["NOOP".to_owned(), format!("EXAMINE \"{ALL}\"")]);

    let mut uids = Vec::new();
    for (n, thread, raw) in [
        (2, THREAD, mail("answer@x", "ann@acme.example", "")),
        (3, THREAD + 3, mail("secret@x", "bank@x.example", "References: <root@x>\n")),
        (4, THREAD + 4, mail("alias@x", "Ann <ann+phone@acme.example>", "")),
        (5, THREAD + 5, mail("near@x", "joann@acme.example", "")),
        (6, THREAD + 6, mail("bounce@x", "MAILER-DAEMON@mx.example", "Content-Type: multipart/report; boundary=b\n")),
        (7, THREAD, mail("draft@x", OWN, "")),
    ] {
        uids.push(stage.imap.state().put(ALL, THREAD + n, thread, &raw));
    }
    stage.imap.state().of(ALL).last_mut().unwrap().labels = vec!["\\Draft".to_owned()];
    let looked = stage.look(Some(&first.mark), &followed).await;
    let told: Vec<(Option<String>, String, bool)> =
        looked.arrived.iter().map(|mail| (mail.thread.clone(), mail.id.clone(), mail.whole)).collect();
    assert_eq!(
        told,
        [(THREAD, 2, false), (THREAD + 4, 4, false), (THREAD + 6, 6, true)].map(|(thread, n, whole)| (
            Some(hex(thread)),
            hex(THREAD + n),
            whole
        ))
    );
    assert_eq!(looked.arrived[0].at, 1_795_338_000_999, "to the end of the second that servers tell");
    // To the word: numbers of all, the sender of those that a search found, and headers of what concerns what is followed.
    let (first_uid, last) = (uids[0], uids[5]);
    assert_eq!(
        stage.said()[2..],
        [
            format!("UID FETCH {first_uid}:{last} (UID X-GM-MSGID X-GM-THRID)"),
            format!("UID SEARCH UID {first_uid}:{last} UNDRAFT"),
            format!(
                "UID SEARCH UID {first_uid}:{last} OR OR FROM \"mailer-daemon\" FROM \"postmaster\" \
                 OR FROM \"mail delivery\" FROM \"microsoftexchange\""
            ),
            format!("UID SEARCH UID {first_uid}:{last} (FROM \"ann\" FROM \"@acme.example\")"),
            format!("UID FETCH {}:{} (UID BODY.PEEK[HEADER.FIELDS (FROM)]<0.8192>)", uids[2], uids[3]),
            format!(
                "UID FETCH {},{},{}:{} (UID FLAGS INTERNALDATE X-GM-MSGID X-GM-THRID BODY.PEEK[HEADER]<0.262144>)",
                uids[0], uids[2], uids[4], uids[5]
            ),
            format!("UID FETCH {} (UID BODY.PEEK[]<0.1048576>)", uids[4]),
        ]
    );
    let ledger = stage.ledger.all();
    assert_eq!(ledger.iter().filter(|it| **it == (AccessAction::ReadHeaders, true)).count(), 4);
    assert_eq!(ledger.iter().filter(|it| **it == (AccessAction::ReadMail, true)).count(), 1);
    // A draft that is saved again and again costs nobody anything.
    stage.imap.state().put(ALL, THREAD + 8, THREAD + 8, &mail("draft@x", OWN, ""));
    stage.imap.state().of(ALL).last_mut().unwrap().labels = vec!["\\Draft".to_owned()];
    stage.said();
    let saved = stage.look(Some(&looked.mark), &followed).await;
    assert!(saved.arrived.is_empty());
    assert_eq!(stage.said().len(), 4);
    // The numbers begin anew.
    stage.imap.state().validity = 8;
    let again = stage.look(Some(&looked.mark), &followed).await;
    assert_eq!(again.arrived.len(), 3);
    assert_ne!(again.mark, looked.mark);
}

#[tokio::test]
async fn many_numbers_are_looked_at_in_turns() {
    let stage = Stage::new().await;
    let followed = following(&[THREAD], &[]);
    let first = stage.look(None, &followed).await;
    for n in 1..=2_500 {
        stage.imap.state().put(ALL, THREAD + n, if n == 2_400 { THREAD } else { THREAD + n }, &mail("a@x", "a@x.example", ""));
    }
    let (mut mark, mut turns, mut arrived) = (first.mark, 0, 0);
    loop {
        let looked = stage.look(Some(&mark), &followed).await;
        (mark, turns, arrived) = (looked.mark, turns + 1, arrived + looked.arrived.len());
        if !looked.more {
            break;
        }
    }
    assert_eq!((turns, arrived), (3, 1));
    // A server that jumps far ahead is followed; one that does not say what is next, too.
    stage.imap.state().jump(1_000_000);
    stage.imap.state().put(ALL, THREAD + 9_000, THREAD, &mail("b@x", "a@x.example", ""));
    let looked = stage.look(Some(&mark), &followed).await;
    assert_eq!((looked.arrived.len(), looked.more), (1, false));
    stage.imap.state().is_silent = true;
    stage.imap.state().put(ALL, THREAD + 9_001, THREAD, &mail("c@x", "a@x.example", ""));
    let looked = stage.look(Some(&looked.mark), &followed).await;
    assert_eq!((looked.arrived.len(), looked.more), (1, false));
    let same = stage.look(Some(&looked.mark), &followed).await;
    assert!(same.arrived.is_empty() && !same.more && same.mark == looked.mark, "{same:?}");
    // From the beginning, where nobody says how far that is from the end.
    let mut anew = stage.look(None, &followed).await;
    while anew.more {
        anew = stage.look(Some(&anew.mark), &followed).await;
    }
    assert_eq!(anew.mark, looked.mark);
}

#[tokio::test]
async fn who_waits_is_woken_and_keeps_one_connection() {
    let stage = Stage::new().await;
    let followed = following(&[THREAD], &[]);
    let mut mark = stage.look(None, &followed).await.mark;
    for n in 1..=3 {
        // Given up and begun anew, as whoever polls does it.
        for _ in 0..3 {
            let waited =
                tokio::time::timeout(Duration::from_millis(50), stage.mailbox.wait_for_news(&mark, &stage.ledger)).await;
            assert!(waited.is_err());
            assert!(stage.look(Some(&mark), &followed).await.arrived.is_empty());
        }
        // Or looked beside, by somebody else.
        tokio::select! {
            woken = stage.mailbox.wait_for_news(&mark, &stage.ledger) => panic!("{woken:?}"),
            () = async {
                for _ in 0..3 {
                    while stage.imap.state().commands.last().is_none_or(|it| it != "IDLE") {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    assert!(stage.look(Some(&mark), &followed).await.arrived.is_empty());
                }
            } => {}
        }
        let shared = stage.imap.shared();
        let comes = async move { shared.lock().unwrap().put(ALL, THREAD + n, THREAD, &mail("a@x", "a@x.example", "")) };
        let (woken, _) = tokio::join!(stage.mailbox.wait_for_news(&mark, &stage.ledger), comes);
        assert_eq!(woken.unwrap(), Woken::News);
        let looked = stage.look(Some(&mark), &followed).await;
        assert_eq!(looked.arrived.len(), 1);
        mark = looked.mark;
    }
    assert_eq!(stage.imap.state().sign_ins, 1, "one connection for all of it");
    // What came before the wait wakes at once.
    stage.imap.state().put(ALL, THREAD + 9, THREAD, &mail("a@x", "a@x.example", ""));
    assert_eq!(stage.mailbox.wait_for_news(&mark, &stage.ledger).await.unwrap(), Woken::News);
    // A server that offers to wake and then does not.
    for (fault, woken) in [(Some("BAD what"), Ok(Woken::Never)), (None, Err(Trouble::Unreachable))] {
        let mailbox = open(&stage.imap, &stage.authority, LONG);
        let mark = mailbox.look_for_news(None, 0, &followed, &stage.ledger).await.unwrap().mark;
        stage.imap.state().faults = vec![("IDLE", fault)];
        let waited = mailbox.wait_for_news(&mark, &stage.ledger).await;
        assert_eq!(waited.map_err(|error| error.trouble), woken);
        if fault.is_some() {
            // It is not asked again.
            assert_eq!(mailbox.wait_for_news(&mark, &stage.ledger).await.unwrap(), Woken::Never);
        }
    }
}

#[tokio::test]
async fn a_note_is_labelled_and_goes_to_the_bin() {
    let stage = Stage::new().await;
    stage.imap.state().put(ALL, THREAD + 1, THREAD, &mail("mine@x", OWN, ""));
    let note = note(1, OWN, &["mine@x"], Some(hex(THREAD)));
    let placed = stage.mailbox.put_note(&note, &stage.ledger).await.unwrap();
    assert_eq!(placed.thread, Some(hex(THREAD)));
    {
        let mut held = stage.imap.state();
        assert_eq!(held.labels, [LABEL]);
        assert_eq!(held.of(INBOX).len(), 1);
        assert_eq!(held.of(ALL)[1].labels, [LABEL]);
        assert_eq!(placed.message, Some(hex(held.of(INBOX)[0].message)));
        assert!(held.commands.iter().any(|it| it.starts_with("APPEND \"INBOX\" \"22-Nov-2026 08:00:00 +0000\"")));
    }
    assert_eq!(stage.mailbox.put_note(&note, &stage.ledger).await.unwrap(), placed, "not a second time");
    assert_eq!(stage.imap.state().of(INBOX).len(), 1);
    let looked = stage.look(None, &following(&[THREAD], &[OWN])).await;
    assert_eq!(looked.arrived.len(), 1, "the note itself is no news");
    stage.mailbox.take_note(&placed, &stage.ledger).await.unwrap();
    stage.mailbox.take_note(&placed, &stage.ledger).await.unwrap();
    let mut held = stage.imap.state();
    assert_eq!((held.of(INBOX).len(), held.of(ALL).len(), held.of(TRASH).len()), (0, 1, 1));
    assert!(held.of(TRASH)[0].labels.is_empty());
}

#[tokio::test]
async fn a_sent_mail_and_its_conversation_are_found_by_gmails_numbers() {
    let stage = Stage::new().await;
    let own =
        |id: &str| format!("Message-ID: <{id}>\nFrom: {OWN}\nTo: ann@acme.example\nReferences: <q@x>\nSubject: plans\n\nx\n");
    for (n, raw) in [
        (1, mail("q@x", "dora@other.example", "Cc: emil@other.example\n")),
        (2, own("mine@x")),
        (3, mail("later@x", "late@x.example", "")),
    ] {
        stage.imap.state().put(ALL, THREAD + n, THREAD, &raw);
    }
    stage.imap.state().put(ALL, THREAD + 4, THREAD, &own("other@x"));
    let found = async |hint: SentHint| stage.mailbox.find_sent(&hint, &stage.ledger).await.unwrap();
    let by_number = SentHint { message: Some(hex(THREAD + 2)), ..SentHint::default() };
    let mine = found(by_number.clone()).await.unwrap();
    assert_eq!((mine.message.clone(), mine.thread.clone()), (by_number.message.clone(), Some(hex(THREAD))));
    assert_eq!((mine.rfc_id.as_deref(), mine.references.as_slice()), (Some("mine@x"), &["q@x".to_owned()][..]));
    assert_eq!(mine.on_thread, [OWN, "ann@acme.example", "dora@other.example", "emil@other.example"]);
    // The number of an earlier save leads nowhere, the id does; the conversation alone means two.
    let hint = SentHint { message: Some(hex(THREAD - 1)), rfc_id: Some("mine@x".to_owned()), ..SentHint::default() };
    assert_eq!(found(hint).await, Some(mine.clone()));
    let hint = SentHint {
        thread: Some(hex(THREAD)),
        subject: "plans".to_owned(),
        recipients: vec!["ann@acme.example".to_owned()],
        sent_at: mine.at,
        ..SentHint::default()
    };
    assert_eq!(found(hint.clone()).await, None);
    stage.imap.state().of(ALL).pop();
    assert_eq!(found(hint).await, Some(mine));
    let nonsense =
        SentHint { message: Some("zz".to_owned()), thread: Some("1 OR ALL\r\nW9 LOGOUT".to_owned()), ..SentHint::default() };
    assert_eq!(found(nonsense).await, None);

    let place = async |thread: u64| {
        let conversation = Conversation { thread: Some(hex(thread)), rfc_ids: Vec::new() };
        stage.mailbox.place(&conversation, &stage.ledger).await.unwrap()
    };
    stage.imap.state().put(TRASH, THREAD + 21, THREAD + 20, &mail("t@x", "a@x.example", ""));
    stage.imap.state().put(SPAM, THREAD + 31, THREAD + 30, &mail("s@x", "a@x.example", ""));
    assert_eq!((place(THREAD).await, place(THREAD + 20).await), (Place::There, Place::Deleted));
    assert_eq!((place(THREAD + 30).await, place(THREAD + 40).await), (Place::Deleted, Place::Gone));
}

#[tokio::test]
async fn an_old_server_does_too() {
    let stage = Stage::new().await.offering(OLD);
    stage.imap.state().is_silent = true;
    let followed = Following::ids(&["mine@x"], &["ann@acme.example"]);
    let mark = stage.look(None, &followed).await.mark;
    assert_eq!(stage.mailbox.wait_for_news(&mark, &stage.ledger).await.unwrap(), Woken::Never);
    let note = note(1, OWN, &["mine@x"], None);
    stage.imap.state().faults = vec![("APPEND", Some("NO no such words here"))];
    stage.said();
    let placed = stage.mailbox.put_note(&note, &stage.ledger).await.unwrap();
    let uid = stage.imap.state().of(INBOX)[0].uid;
    assert_eq!(placed.message, Some(format!("7:{uid}")), "found by searching");
    assert_eq!(stage.mailbox.put_note(&note, &stage.ledger).await.unwrap(), placed);
    // A mail that its owner marked as deleted is not taken with it.
    let other = stage.imap.state().put(INBOX, 1, 1, &mail("answer@x", "ann@acme.example", "In-Reply-To: <mine@x>\n"));
    let looked = stage.look(Some(&mark), &followed).await;
    assert_eq!(looked.arrived.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), [format!("7:{other}")]);
    stage.imap.state().of(INBOX)[1].deleted = true;
    stage.mailbox.take_note(&placed, &stage.ledger).await.unwrap();
    {
        let mut held = stage.imap.state();
        assert!(held.of(INBOX).len() == 2 && held.of(INBOX)[0].deleted, "marked, and left to its owner's program");
        held.of(INBOX)[1].deleted = false;
    }
    stage.mailbox.take_note(&NoteRef { message: None, ..placed }, &stage.ledger).await.unwrap();
    // A put that failed for another reason is not tried in another way, and one that was cut off is looked for.
    stage.imap.state().of(INBOX).clear();
    stage.imap.state().faults = vec![("APPEND", Some("NO [OVERQUOTA] full"))];
    assert_eq!(stage.mailbox.put_note(&note, &stage.ledger).await.unwrap_err().trouble, Trouble::Full);
    stage.imap.state().faults = vec![("APPEND", None)];
    assert_eq!(stage.mailbox.put_note(&note, &stage.ledger).await.unwrap_err().trouble, Trouble::Unreachable);
    assert!(stage.imap.state().of(INBOX).is_empty());
    let raw = String::from_utf8_lossy(&note.raw).replace("\r\n", "\n");
    let late = stage.imap.state().put(INBOX, 2, 2, &raw);
    assert_eq!(stage.mailbox.put_note(&note, &stage.ledger).await.unwrap().message, Some(format!("7:{late}")));
    assert_eq!(stage.imap.state().of(INBOX).len(), 1);
    assert!(!stage.said().iter().any(|it| it.contains("abcdefgh")));
    // However many mails there were before, no question is about all of them.
    stage.imap.state().jump(3_000_000);
    let last = stage.imap.state().put(INBOX, 3, 3, &mail("late@x", "ann@acme.example", "In-Reply-To: <mine@x>\n"));
    let looked = stage.look(None, &followed).await;
    assert_eq!(looked.arrived.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), [format!("7:{last}")]);
    let said = stage.said();
    let asked: Vec<&String> = said.iter().filter(|it| it.starts_with("UID SEARCH UID ") && it.contains(":*")).collect();
    assert!(asked.len() == 1 && asked[0].starts_with(&format!("UID SEARCH UID {}:* SINCE ", last + 1 - 80_000)), "{said:?}");
}

#[tokio::test]
async fn of_two_notes_the_first_one_stays() {
    for offers in [OLD, "IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS SPECIAL-USE LIST-EXTENDED"] {
        let stage = Stage::new().await.offering(offers);
        let note = note(1, OWN, &["mine@x"], None);
        stage.imap.state().is_double = true;
        let placed = stage.mailbox.put_note(&note, &stage.ledger).await.unwrap();
        let mut held = stage.imap.state();
        let uids: Vec<u32> = held.of(INBOX).iter().filter(|mail| !mail.deleted).map(|mail| mail.uid).collect();
        assert_eq!((uids.len(), placed.message), (1, Some(format!("7:{}", uids[0]))));
        assert_eq!(held.of(INBOX)[0].uid, uids[0], "the first one");
    }
    let stage = Stage::new().await;
    stage.imap.state().is_double = true;
    let note = note(1, OWN, &["mine@x"], None);
    let placed = stage.mailbox.put_note(&note, &stage.ledger).await.unwrap();
    let mut held = stage.imap.state();
    assert_eq!((held.of(INBOX).len(), held.of(ALL).len(), held.of(TRASH).len()), (1, 1, 1));
    assert_eq!(placed.message, Some(hex(held.of(INBOX)[0].message)));
}

#[tokio::test]
async fn an_access_that_was_given_up_is_written_down() {
    let stage = Stage::new().await;
    let note = note(1, OWN, &["mine@x"], None);
    {
        let put = stage.mailbox.put_note(&note, &stage.ledger);
        tokio::pin!(put);
        // It began, and nobody waits for its end.
        assert!(futures_util::FutureExt::now_or_never(&mut put).is_none());
    }
    assert_eq!(stage.ledger.all(), [(AccessAction::PutNote, false)]);
}

#[tokio::test]
async fn broken_answers_end_in_errors_and_never_in_a_mark() {
    let stage = Stage::new().await;
    let followed = following(&[THREAD], &["ann@acme.example"]);
    let mark = stage.look(None, &followed).await.mark;
    stage.imap.state().put(ALL, THREAD + 1, THREAD, &mail("a@x", "ann@acme.example", "Auto-Submitted: auto-replied\n"));
    for (fault, trouble) in [
        (("EXAMINE", Some("OK no validity")), Trouble::Protocol),
        (("EXAMINE", Some("NO not now")), Trouble::Busy),
        (("EXAMINE", None), Trouble::Unreachable),
        (("UID FETCH", Some("NO [LIMIT] slowly")), Trouble::RateLimited),
        (("UID FETCH", None), Trouble::Unreachable),
        (("UID FETCH 101 (UID FLAGS", None), Trouble::Unreachable),
        (("UID FETCH 101 (UID BODY", Some("BAD no")), Trouble::Protocol),
    ] {
        let mailbox = open(&stage.imap, &stage.authority, SHORT);
        stage.imap.state().faults = vec![fault];
        let error = mailbox.look_for_news(Some(&mark), 0, &followed, &stage.ledger).await.unwrap_err();
        assert_eq!(error.trouble, trouble, "{fault:?}");
        assert!(error.may_pass());
        assert_eq!(stage.ledger.all().last(), Some(&(AccessAction::AskForNews, false)));
        // And then all is well.
        let looked = mailbox.look_for_news(Some(&mark), 0, &followed, &stage.ledger).await.unwrap();
        assert!(looked.arrived.len() == 1 && looked.arrived[0].whole);
    }
    // A server that does not search for senders is still good for conversations; a mail without a time is none.
    stage.imap.state().faults = vec![("UID SEARCH", Some("BAD no")); 3];
    assert_eq!(stage.look(Some(&mark), &followed).await.arrived.len(), 1);
    stage.imap.state().of(ALL)[0].at = "99-Xyz-2026 09:00:00 +0000";
    assert!(stage.look(Some(&mark), &followed).await.arrived.is_empty());
}
