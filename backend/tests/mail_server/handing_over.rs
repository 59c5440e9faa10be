//! Handing over by SMTP, with everything that can go wrong: what was sent, what was not, and what nobody can know.

use std::sync::Arc;
use std::time::Duration;

use waxwing_backend::mailbox::smtp::{Handed, Limits, Session, hand_over};
use waxwing_backend::mailbox::{MailboxError, Outgoing};
use waxwing_protocol::api::Trouble;

use crate::certs::{Authority, HOST};
use crate::faulty::{At, Do, Encryption, Faulty};
use crate::support::{LONG, SHORT, Watched, outgoing};

struct Stage {
    authority: Authority,
    server: Faulty,
}

impl Stage {
    async fn with(encryption: Encryption) -> Self {
        let authority = Authority::new();
        let server = Faulty::start(authority.server(HOST), encryption).await;
        Self { authority, server }
    }

    async fn new() -> Self {
        Self::with(Encryption::Implicit).await
    }

    async fn open(&self, limit: Duration) -> Result<Session, MailboxError> {
        let mut session = Session::open(&self.server.server(), &self.authority.client(), Limits::all(limit)).await?;
        session.sign_in("alice@local.test", "correct horse").await?;
        Ok(session)
    }

    async fn send(&self, mail: &Outgoing, commit: &Watched, limit: Duration) -> Handed {
        match self.open(limit).await {
            Ok(session) => hand_over(session, mail, commit).await,
            Err(error) => Handed::Not(error),
        }
    }
}

fn mail(n: u32) -> Outgoing {
    outgoing(n, "alice@local.test", &["bob@local.test", "carol@local.test"], None)
}

#[tokio::test]
async fn a_mail_is_taken_as_it_is_but_for_bcc() {
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        let stage = Stage::with(encryption).await;
        let commit = Watched::new(true);
        assert_eq!(stage.send(&mail(1), &commit, LONG).await, Handed::Taken);
        assert_eq!(commit.asked(), 1);
        let taken = stage.server.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].sender, "alice@local.test");
        assert_eq!(taken[0].recipients, ["bob@local.test", "carol@local.test"]);
        let expected =
            String::from_utf8(mail(1).raw.to_vec()).unwrap().replace("Bcc: secret@local.test,\r\n other@local.test\r\n", "");
        assert_eq!(String::from_utf8(taken[0].content.clone()).unwrap(), expected);
    }
}

#[tokio::test]
async fn the_dot_goes_out_only_after_the_commit() {
    let stage = Stage::new().await;
    let refused = Watched::new(false);
    assert_eq!(stage.send(&mail(1), &refused, LONG).await, Handed::LeaseLost);
    assert_eq!(refused.asked(), 1);
    assert!(stage.server.taken().is_empty());
    // At the moment of the commit nothing was taken yet, though all of the mail is there.
    let shared = Arc::new(stage);
    let looking = Arc::clone(&shared);
    let commit = Watched::then(move || assert!(looking.server.taken().is_empty()));
    assert_eq!(shared.send(&mail(2), &commit, LONG).await, Handed::Taken);
    assert_eq!(shared.server.taken().len(), 1);
}

#[tokio::test]
async fn what_fails_before_the_dot_was_not_sent() {
    let stage = Stage::new().await;
    for (at, does, trouble) in [
        (At::Greeting, Do::Say("421 4.3.2 later"), Trouble::Busy),
        (At::Greeting, Do::Say("554 5.7.1 blocked"), Trouble::Unreachable),
        (At::Greeting, Do::Close, Trouble::Unreachable),
        (At::Greeting, Do::Hang, Trouble::Unreachable),
        (At::Greeting, Do::Say("SSH-2.0-OpenSSH_9.2"), Trouble::Protocol),
        (At::Hello, Do::Say("502 5.5.1 what"), Trouble::NotOffered),
        (At::Hello, Do::Say("250-x\r\n251 y"), Trouble::Protocol),
        (At::SignIn, Do::Say("535 5.7.8 no"), Trouble::WrongPassword),
        (At::SignIn, Do::Say("454 4.7.0 later"), Trouble::Busy),
        (At::Sender, Do::Say("553 5.7.1 not yours"), Trouble::SenderRefused),
        (At::Sender, Do::Say("552 5.3.4 too big"), Trouble::TooLarge),
        (At::Sender, Do::Say("550 5.4.5 Daily user sending limit exceeded"), Trouble::RateLimited),
        (At::Sender, Do::Close, Trouble::Unreachable),
        (At::Recipient("bob@local.test"), Do::Say("550 5.1.1 who"), Trouble::RecipientRefused),
        (At::Recipient("carol@local.test"), Do::Say("552 5.2.2 full"), Trouble::RecipientFull),
        (At::Recipient("carol@local.test"), Do::Say("450 4.7.1 Greylisted, come back in 5 minutes"), Trouble::Busy),
        (At::Recipient("carol@local.test"), Do::Say("554 5.7.1 Relay access denied"), Trouble::RecipientRefused),
        (At::Recipient("carol@local.test"), Do::SayAndClose("421 4.4.2 bye"), Trouble::Busy),
        (At::Data, Do::Say("451 4.3.0 later"), Trouble::Busy),
        (At::Data, Do::Say("250 2.0.0 sure"), Trouble::Protocol),
        (At::Data, Do::Hang, Trouble::Unreachable),
        (At::Body(100), Do::SayAndClose("552 5.3.4 that is enough"), Trouble::TooLarge),
        (At::Body(100), Do::Close, Trouble::Unreachable),
        (At::Dot, Do::Say("554 5.7.1 spam"), Trouble::ContentRefused),
        (At::Dot, Do::Say("451 4.7.1 Greylisted"), Trouble::Busy),
        (At::Dot, Do::SayAndClose("421 4.3.2 shutting down"), Trouble::Busy),
    ] {
        stage.server.order([(at.clone(), does.clone())]);
        let commit = Watched::new(true);
        match stage.send(&mail(1), &commit, SHORT).await {
            Handed::Not(error) => assert_eq!(error.trouble, trouble, "{at:?} {does:?}: {error:?}"),
            other => panic!("{at:?} {does:?}: {other:?}"),
        }
        let committed = usize::from(at == At::Dot);
        // A server that stops in the middle may be seen only after the last byte was written.
        if !matches!(at, At::Body(_)) {
            assert_eq!(commit.asked(), committed, "{at:?} {does:?}");
        }
    }
    assert!(stage.server.taken().is_empty());
}

#[tokio::test]
async fn an_answer_lost_after_the_dot_is_unclear() {
    let stage = Stage::new().await;
    for (does, taken) in [
        (Do::TakeAndClose, 1),
        (Do::TakeAndHang, 1),
        (Do::Close, 0),
        (Do::Hang, 0),
        (Do::Say("354 go on"), 0),
        (Do::Say("what"), 0),
        (Do::Say("\u{0}\u{1}"), 0),
    ] {
        let before = stage.server.taken().len();
        stage.server.order([(At::Dot, does.clone())]);
        let commit = Watched::new(true);
        let handed = stage.send(&mail(1), &commit, SHORT).await;
        assert!(matches!(handed, Handed::Unclear(_)), "{does:?}: {handed:?}");
        assert_eq!(stage.server.taken().len() - before, taken, "{does:?}");
    }
    // A server that only takes its time is waited for.
    stage.server.order([(At::Dot, Do::Wait(SHORT))]);
    assert_eq!(stage.send(&mail(1), &Watched::new(true), LONG).await, Handed::Taken);
}

#[tokio::test]
async fn it_goes_to_all_or_to_none() {
    let stage = Stage::new().await;
    stage.server.order([(At::Recipient("bob@local.test"), Do::Say("550 5.1.1 no\u{7} such\u{202e} user"))]);
    let Handed::Not(error) = stage.send(&mail(1), &Watched::new(true), LONG).await else { panic!("not refused") };
    assert_eq!(error.said.as_deref(), Some("<bob@local.test> 550 5.1.1 no such user"));
    let heard = stage.server.heard();
    // The others were asked too, so that a lasting refusal is known; then all is taken back.
    assert!(heard.iter().any(|line| line == "RCPT TO:<carol@local.test>"));
    assert!(!heard.iter().any(|line| line == "DATA"), "{heard:?}");
    assert!(stage.server.taken().is_empty());
    let nobody = outgoing(2, "alice@local.test", &[], None);
    assert!(matches!(stage.send(&nobody, &Watched::new(true), LONG).await, Handed::Not(_)));
}

#[tokio::test]
async fn a_password_is_never_repeated_or_said_in_the_clear() {
    let stage = Stage::new().await;
    for (offer, echo) in [
        ("AUTH PLAIN", "500 5.5.1 unknown: AUTH PLAIN AGFsaWNlQGxvY2FsLnRlc3QAY29ycmVjdCBob3JzZQ=="),
        ("AUTH LOGIN", "535 5.7.8 wrong password: Y29ycmVjdCBob3JzZQ=="),
        ("AUTH PLAIN", "535 5.7.8 wrong password: correct horse"),
    ] {
        stage.server.offer(&[offer]);
        stage.server.order([(At::SignIn, Do::Say(echo))]);
        let error = stage.open(LONG).await.unwrap_err();
        assert_eq!(error.said, None, "{echo}");
        assert!(!format!("{error:?} {error}").contains("horse"));
    }
    stage.server.offer(&["AUTH CRAM-MD5"]);
    assert_eq!(stage.open(LONG).await.unwrap_err().trouble, Trouble::NotOffered);

    for encryption in [Encryption::None, Encryption::Injecting] {
        let stage = Stage::with(encryption).await;
        let error = stage.open(LONG).await.unwrap_err();
        let expected = if encryption == Encryption::None { Trouble::NotOffered } else { Trouble::Protocol };
        assert_eq!(error.trouble, expected);
        assert!(!stage.server.heard().iter().any(|line| line.starts_with("AUTH")), "{encryption:?}");
    }
}

#[tokio::test]
async fn what_the_server_cannot_carry_is_not_begun() {
    let stage = Stage::new().await;
    let umlaut = outgoing(1, "alice@local.test", &["b\u{f6}b@local.test"], None);
    let sneaky = outgoing(1, "alice@local.test", &["bob@local.test>\r\nRCPT TO:<eve@local.test"], None);
    for (offers, mail, trouble) in [
        (&["AUTH PLAIN", "SIZE 100", "8BITMIME"][..], mail(1), Trouble::TooLarge),
        (&["AUTH PLAIN"], mail(1), Trouble::ContentRefused),
        (&["AUTH PLAIN", "8BITMIME"], umlaut.clone(), Trouble::ContentRefused),
        (&["AUTH PLAIN", "8BITMIME", "SMTPUTF8"], sneaky, Trouble::RecipientRefused),
    ] {
        stage.server.offer(offers);
        match stage.send(&mail, &Watched::new(true), LONG).await {
            Handed::Not(error) => assert_eq!(error.trouble, trouble),
            other => panic!("{other:?}"),
        }
    }
    assert!(!stage.server.heard().iter().any(|line| line.contains("eve@")));
    assert_eq!(stage.send(&umlaut, &Watched::new(true), LONG).await, Handed::Taken);
    assert!(
        stage.server.heard().iter().any(|line| line.starts_with("MAIL FROM:") && line.ends_with(" BODY=8BITMIME SMTPUTF8"))
    );
}

#[tokio::test]
async fn certificates_are_checked() {
    let authority = Authority::new();
    for (config, client, trouble) in [
        (authority.server("other.test"), authority.client(), Trouble::Certificate),
        (authority.expired(), authority.client(), Trouble::Certificate),
        (authority.server(HOST), Authority::new().client(), Trouble::Certificate),
    ] {
        for encryption in [Encryption::Implicit, Encryption::StartTls] {
            let server = Faulty::start(Arc::clone(&config), encryption).await;
            let error = Session::open(&server.server(), &client, Limits::all(LONG)).await.unwrap_err();
            assert_eq!(error.trouble, trouble, "{encryption:?}");
        }
    }
    // A server that speaks first, and in the clear, where TLS should be.
    let plain = Faulty::start(authority.server(HOST), Encryption::StartTls).await;
    let mut server = plain.server();
    server.tls = waxwing_protocol::api::MailTls::Implicit;
    let error = Session::open(&server, &authority.client(), Limits::all(LONG)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::NotOffered);
    // Nobody there, and a name that is none.
    drop(plain);
    for host in ["localhost", "not a host", "", "a\r\nb"] {
        let server = waxwing_protocol::api::MailServer { host: host.to_owned(), port: 1, tls: server.tls };
        let error = Session::open(&server, &authority.client(), Limits::all(LONG)).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Unreachable, "{host:?}");
    }
}

#[tokio::test]
async fn a_large_mail_goes_through() {
    let stage = Stage::new().await;
    let mut large = mail(1);
    let mut raw = large.raw.to_vec();
    let line = [b"A".repeat(76), b"\r\n".to_vec()].concat();
    raw.extend(line.repeat(25 * 1024 * 1024 * 4 / 3 / line.len()));
    large.raw = Arc::from(raw);
    assert_eq!(stage.send(&large, &Watched::new(true), LONG).await, Handed::Taken);
    assert_eq!(
        stage.server.taken()[0].content.len(),
        large.raw.len() - "Bcc: secret@local.test,\r\n other@local.test\r\n".len()
    );
    // A reader that stops in the middle is not waited for longer than a piece may take.
    stage.server.order([(At::Body(1_000_000), Do::Hang)]);
    assert!(matches!(stage.send(&large, &Watched::new(true), SHORT).await, Handed::Not(_)));
}
