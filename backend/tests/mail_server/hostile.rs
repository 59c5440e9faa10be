//! IMAP servers that break the rules or mean harm: each ends in an error, soon, and with little memory.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use waxwing_backend::mailbox::Mailbox as _;
use waxwing_backend::mailbox::imap::{Folders, ImapConfig, ImapSecret, ImapSmtp, Limits, connect_within};
use waxwing_backend::mailbox::smtp;
use waxwing_backend::mailbox::watching::{Mark, Woken};
use waxwing_protocol::api::{ConnectImap, ConnectStepKind, DraftHint, GmailIds, MailServer, MailTls, Trouble};

use crate::certs::{Authority, HOST};
use crate::support::{LONG, SHORT, Written};

/// What the server does instead of the answer to a command that begins so.
#[derive(Clone, Copy)]
enum Does {
    /// Says this; `%t` is the command's tag.
    Say(&'static str),
    /// Says this again and again.
    Repeat(&'static str),
    /// Says nothing more.
    Hang,
    Close,
}

const GREETING: &str = "* OK here";

/// A server that answers well but for one command; an empty name is the greeting.
async fn server(tls: Arc<ServerConfig>, mode: MailTls, command: &'static str, does: Does) -> MailServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = TlsAcceptor::from(Arc::clone(&tls));
            tokio::spawn(async move {
                if mode == MailTls::Implicit {
                    let _ = talk(tls.accept(tcp).await?, command, does).await;
                } else {
                    let _ = talk(tcp, command, does).await;
                }
                std::io::Result::Ok(())
            });
        }
    });
    MailServer { host: HOST.to_owned(), port, tls: mode }
}

async fn talk<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    stream: S,
    command: &str,
    does: Does,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if command.is_empty() {
        act(&mut stream, does, "").await?;
    } else {
        stream.write_all(format!("{GREETING}\r\n").as_bytes()).await?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if !command.is_empty() && rest.starts_with(command) {
            act(&mut stream, does, tag).await?;
            continue;
        }
        let data = match rest.split([' ', '\r']).next().unwrap_or_default() {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN X-GM-EXT-1 IDLE\r\n",
            "LIST" => "* LIST (\\Drafts) \"/\" D\r\n",
            "EXAMINE" => "* OK [UIDVALIDITY 7] x\r\n",
            "UID" if rest.starts_with("UID SEARCH") => "* SEARCH 1\r\n",
            _ => "",
        };
        stream.write_all(format!("{data}{tag} OK done\r\n").as_bytes()).await?;
    }
}

async fn act<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    does: Does,
    tag: &str,
) -> std::io::Result<()> {
    match does {
        Does::Say(text) => stream.write_all(text.replace("%t", tag).as_bytes()).await,
        Does::Repeat(text) => loop {
            stream.write_all(text.as_bytes()).await?;
        },
        Does::Hang => std::future::pending().await,
        Does::Close => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

fn mailbox(authority: &Authority, imap: MailServer) -> ImapSmtp {
    let config = ImapConfig {
        address: "a@b".to_owned(),
        user: "a@b".to_owned(),
        smtp: imap.clone(),
        imap,
        folders: Folders { drafts: "D".to_owned(), ..Folders::default() },
        gmail: true,
    };
    let secret = ImapSecret { password: "open sesame".to_owned() };
    ImapSmtp::open_with(config, secret, authority.client(), Limits::all(SHORT), smtp::Limits::all(SHORT))
}

fn hint() -> DraftHint {
    DraftHint {
        gmail: GmailIds { legacy_message: Some("00000000000000ff".to_owned()), ..GmailIds::default() },
        ..DraftHint::default()
    }
}

#[tokio::test]
async fn each_broken_answer_ends_in_an_error() {
    let authority = Authority::new();
    let tls = authority.server(HOST);
    for (command, does, trouble) in [
        ("", Does::Say("* BYE too many\r\n"), Trouble::Busy),
        ("", Does::Say("* PREAUTH welcome\r\n"), Trouble::Protocol),
        ("", Does::Say("HTTP/1.1 400 Bad Request\r\n\r\n"), Trouble::Protocol),
        ("", Does::Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), Trouble::Protocol),
        ("", Does::Hang, Trouble::Unreachable),
        ("", Does::Close, Trouble::Unreachable),
        ("AUTHENTICATE", Does::Say("%t NO [ALERT] Invalid credentials\r\n"), Trouble::WrongPassword),
        ("AUTHENTICATE", Does::Say("%t NO [UNAVAILABLE] later\r\n"), Trouble::Busy),
        ("EXAMINE", Does::Say("W99 OK done\r\n"), Trouble::Protocol),
        ("EXAMINE", Does::Say("%t OK no validity\r\n"), Trouble::Protocol),
        ("EXAMINE", Does::Say("* OK \0\r\n%t OK done\r\n"), Trouble::Protocol),
        ("EXAMINE", Does::Say("%t NO System Error (Failure)\r\n"), Trouble::Busy),
        ("UID SEARCH", Does::Say("%t NO System Error (Failure)\r\n"), Trouble::Busy),
        ("UID SEARCH", Does::Say("%t BAD what\r\n"), Trouble::Protocol),
        ("UID SEARCH", Does::Say("+ go on\r\n"), Trouble::Protocol),
        ("UID SEARCH", Does::Say("* SEARCH 1 2 (3\r\n%t OK done\r\n"), Trouble::Protocol),
        ("UID SEARCH", Does::Say("* BYE\r\n"), Trouble::Busy),
        ("UID SEARCH", Does::Repeat("* SEARCH 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\r\n"), Trouble::Protocol),
        ("UID SEARCH", Does::Hang, Trouble::Unreachable),
        ("UID SEARCH", Does::Close, Trouble::Unreachable),
        ("UID FETCH", Does::Say("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {99999999999}\r\nx"), Trouble::Protocol),
        (
            "UID FETCH",
            Does::Say("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {99999999999999999999999999}\r\nx"),
            Trouble::Protocol,
        ),
        ("UID FETCH", Does::Say("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {10}\r\nx"), Trouble::Unreachable),
        ("UID FETCH", Does::Say("* 1 FETCH ((((((((((((((((((((((((((((((((((((\r\n"), Trouble::Protocol),
        (
            "UID FETCH",
            Does::Repeat(
                "* 1 FETCH (UID 1 X {100}\r\n0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789)\r\n",
            ),
            Trouble::Protocol,
        ),
    ] {
        let imap = server(Arc::clone(&tls), MailTls::Implicit, command, does).await;
        let ledger = Written::default();
        let mailbox = mailbox(&authority, imap);
        // Patience for what is quick and wrong; the short limits are for what hangs.
        let found = tokio::time::timeout(LONG, mailbox.find_draft(&hint(), &ledger)).await.unwrap();
        let error = found.unwrap_err();
        let expected = [trouble, if matches!(does, Does::Repeat(_)) { Trouble::Unreachable } else { trouble }];
        assert!(expected.contains(&error.trouble), "{command}: {error:?}, not {trouble:?}");
        assert_eq!(ledger.all().len(), 1);
        assert!(!format!("{error:?}").contains("sesame"));
    }
}

#[tokio::test]
async fn each_broken_wait_ends_in_an_error() {
    let authority = Authority::new();
    let tls = authority.server(HOST);
    let mark = Mark(serde_json::json!({"folders": {"INBOX": {"validity": 7, "next": 1}}}));
    for (does, expected) in [
        (Does::Say("+ idling\r\n* 3 RECENT\r\n* 1 EXISTS\r\n"), Ok(Woken::News)),
        (Does::Say("* 1 EXISTS\r\n+ idling\r\n"), Ok(Woken::News)),
        (Does::Say("%t BAD what\r\n"), Ok(Woken::Never)),
        (Does::Say("%t OK never mind\r\n"), Err(Trouble::Protocol)),
        (Does::Say("+ idling\r\n%t OK enough\r\n"), Err(Trouble::Protocol)),
        (Does::Say("+ idling\r\n+ idling\r\n"), Err(Trouble::Protocol)),
        (Does::Say("+ idling\r\n* 1 FETCH (X {5}\r\nabcde)\r\n"), Err(Trouble::Protocol)),
        (Does::Say("+ idling\r\n* 1 EXISTS \0\r\n"), Err(Trouble::Protocol)),
        (Does::Say("+ idling\r\n* BYE too long\r\n"), Err(Trouble::Busy)),
        (Does::Say("* BYE not here\r\n"), Err(Trouble::Busy)),
        (Does::Repeat("* OK still here\r\n"), Err(Trouble::Protocol)),
        (Does::Repeat("+ idling for ever and ever without an end of line "), Err(Trouble::Protocol)),
        (Does::Hang, Err(Trouble::Unreachable)),
        (Does::Close, Err(Trouble::Unreachable)),
    ] {
        let imap = server(Arc::clone(&tls), MailTls::Implicit, "IDLE", does).await;
        let mailbox = mailbox(&authority, imap);
        let woken = tokio::time::timeout(LONG, mailbox.wait_for_news(&mark, &Written::default())).await.unwrap();
        let woken = woken.map_err(|error| error.trouble);
        let slow = matches!(does, Does::Repeat(_)) && woken == Err(Trouble::Unreachable);
        assert!(woken == expected || slow, "{woken:?}, not {expected:?}");
    }
}

#[tokio::test]
async fn what_a_literal_holds_is_no_answer() {
    let authority = Authority::new();
    let header = "Message-ID: <a@b>\r\nSubject: x\r\nW5 OK done\r\n* 2 FETCH (UID 2 X-GM-MSGID 9)\r\n";
    let answer: &'static str = format!(
        "* 1 FETCH (UID 1 X-GM-MSGID 255 X-GM-THRID 255 FLAGS () BODY[HEADER.FIELDS (X)] {{{}}}\r\n{header})\r\n\
         * 2 FETCH (UID 77 X-GM-MSGID 1)\r\n%t OK done\r\n",
        header.len()
    )
    .leak();
    let imap = server(authority.server(HOST), MailTls::Implicit, "UID FETCH", Does::Say(answer)).await;
    let mailbox = mailbox(&authority, imap);
    let found = mailbox.find_draft(&hint(), &Written::default()).await.unwrap().unwrap();
    assert_eq!(found.version, "7:1");
    assert_eq!(found.rfc_id.as_deref(), Some("<a@b>"));
}

#[tokio::test]
async fn nothing_is_said_without_encryption() {
    let authority = Authority::new();
    let connect = async |imap: MailServer| {
        let ask = ConnectImap {
            address: "a@b.test".to_owned(),
            password: "open sesame".to_owned(),
            user: None,
            smtp: Some(imap.clone()),
            imap: Some(imap),
        };
        let (steps, config) = connect_within(&ask, &authority.client(), SHORT).await;
        assert!(config.is_none() && steps.len() == 1 && steps[0].step == ConnectStepKind::Imap, "{steps:?}");
        steps[0].trouble
    };
    let tls = authority.server(HOST);
    for (command, does, trouble) in [
        ("CAPABILITY", Does::Say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%t OK done\r\n"), Trouble::NotOffered),
        ("STARTTLS", Does::Say("%t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"), Trouble::Protocol),
        ("STARTTLS", Does::Say("%t NO not today\r\n"), Trouble::NotOffered),
        ("", Does::Say("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"), Trouble::Protocol),
    ] {
        let imap = server(Arc::clone(&tls), MailTls::StartTls, command, does).await;
        assert_eq!(connect(imap).await, Some(trouble), "{command}");
    }
    let expired = server(authority.expired(), MailTls::Implicit, "NEVER", Does::Hang).await;
    assert_eq!(connect(expired).await, Some(Trouble::Certificate));
}
