//! An IMAP server that is like Gmail's where it matters here: numbers of messages and conversations, special folders, a bin
//! that things are moved to. It knows the commands that a mailbox uses, and no others.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use waxwing_protocol::api::{MailServer, MailTls};

pub(crate) const DRAFTS: &str = "[Gmail]/Entw&APw-rfe";
pub(crate) const SENT: &str = "[Gmail]/Gesendet";
pub(crate) const ALL: &str = "[Gmail]/Alle Nachrichten";
pub(crate) const TRASH: &str = "[Gmail]/Papierkorb";

/// A mail in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) uid: u32,
    pub(crate) message: u64,
    pub(crate) thread: u64,
    pub(crate) deleted: bool,
    /// As `INTERNALDATE` is written.
    pub(crate) at: &'static str,
    pub(crate) raw: String,
}

#[derive(Default)]
pub(crate) struct State {
    folders: BTreeMap<&'static str, Vec<Mail>>,
    next: u32,
    pub(crate) commands: Vec<String>,
    /// Commands that begin so are answered with this instead, once each; `None` closes the connection.
    pub(crate) faults: Vec<(&'static str, Option<&'static str>)>,
    pub(crate) sign_ins: usize,
}

impl State {
    /// Puts a mail into a folder and gives its UID.
    pub(crate) fn put(&mut self, folder: &'static str, message: u64, thread: u64, raw: &str) -> u32 {
        self.next += 1;
        let raw = raw.replace('\n', "\r\n");
        let at = "22-Nov-2026 09:00:00 +0000";
        self.folders.entry(folder).or_default().push(Mail { uid: self.next, message, thread, deleted: false, at, raw });
        self.next
    }

    pub(crate) fn take(&mut self, folder: &'static str, uid: u32) {
        self.folders.entry(folder).or_default().retain(|mail| mail.uid != uid);
    }

    pub(crate) fn of(&mut self, folder: &'static str) -> &mut Vec<Mail> {
        self.folders.entry(folder).or_default()
    }
}

/// The server. It ends with this.
pub(crate) struct GmailImap {
    port: u16,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for GmailImap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GmailImap {
    pub(crate) async fn start(tls: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { next: 100, ..State::default() }));
        let sharing = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&sharing), TlsAcceptor::from(Arc::clone(&tls)));
                tokio::spawn(async move {
                    let _ = connection(tcp, &tls, &state).await;
                });
            }
        });
        Self { port, state, task }
    }

    pub(crate) fn server(&self) -> MailServer {
        MailServer { host: "localhost".to_owned(), port: self.port, tls: MailTls::Implicit }
    }

    /// What it holds, for whoever files mails there.
    pub(crate) fn shared(&self) -> Arc<Mutex<State>> {
        Arc::clone(&self.state)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn connection(tcp: TcpStream, tls: &TlsAcceptor, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(tls.accept(tcp).await?);
    stream.write_all(b"* OK Gimap ready\r\n").await?;
    let mut open: Option<&'static str> = None;
    loop {
        let Some((command, literal)) = read(&mut stream).await? else { return Ok(()) };
        let (tag, command) = command.split_once(' ').unwrap_or((&command, ""));
        let answer = {
            let mut state = state.lock().unwrap();
            state.commands.push(command.to_owned());
            let fault =
                state.faults.iter().position(|(begin, _)| command.starts_with(begin)).map(|at| state.faults.remove(at).1);
            match fault {
                Some(None) => None,
                Some(Some(text)) => Some((String::new(), text.to_owned())),
                None => Some(answer(&mut state, &mut open, command, literal.as_deref())),
            }
        };
        let Some((data, status)) = answer else { return Ok(()) };
        stream.write_all(format!("{data}{tag} {status}\r\n").as_bytes()).await?;
        if command == "LOGOUT" {
            return Ok(());
        }
    }
}

/// A command, with its literals as quoted text, and the last literal as it came.
async fn read(stream: &mut BufReader<TlsStream<TcpStream>>) -> std::io::Result<Option<(String, Option<Vec<u8>>)>> {
    let (mut command, mut literal) = (String::new(), None);
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        let Some((before, length)) = line.strip_suffix('}').and_then(|line| line.rsplit_once('{')) else {
            command.push_str(&line);
            return Ok(Some((command, literal)));
        };
        if !length.ends_with('+') {
            stream.write_all(b"+ go ahead\r\n").await?;
        }
        let mut bytes = vec![0; length.trim_end_matches('+').parse().unwrap()];
        stream.read_exact(&mut bytes).await?;
        write!(command, "{before}\"{}\"", String::from_utf8_lossy(&bytes)).unwrap();
        literal = Some(bytes);
    }
}

const OFFERS: &str = "IMAP4rev1 UNSELECT SASL-IR AUTH=PLAIN SPECIAL-USE XLIST UIDPLUS MOVE X-GM-EXT-1 LITERAL- LIST-EXTENDED";

fn folder(name: &str) -> Option<&'static str> {
    [DRAFTS, SENT, ALL, TRASH, "INBOX"].into_iter().find(|known| *known == name)
}

fn answer(state: &mut State, open: &mut Option<&'static str>, command: &str, literal: Option<&[u8]>) -> (String, String) {
    let good = |data: String| (data, "OK done".to_owned());
    let quoted = || command.rsplit('"').nth(1).unwrap_or_default();
    let words: Vec<&str> = command.split(' ').collect();
    let uid = |at: usize| words.get(at).and_then(|word| word.parse::<u32>().ok()).unwrap_or_default();
    match (words[0], words.get(1).copied().unwrap_or_default()) {
        ("CAPABILITY", _) => good(format!("* CAPABILITY {OFFERS}\r\n")),
        ("AUTHENTICATE", _) => {
            state.sign_ins += 1;
            (format!("* CAPABILITY {OFFERS}\r\n"), "OK in".to_owned())
        }
        ("NOOP" | "LOGOUT", _) => good(String::new()),
        ("LIST", _) => {
            let list =
                [(DRAFTS, "\\Drafts"), (SENT, "\\Sent"), (ALL, "\\All"), (TRASH, "\\Trash"), ("INBOX", "\\HasNoChildren")];
            good(list.iter().fold(String::new(), |all, (name, mark)| format!("{all}* LIST ({mark}) \"/\" \"{name}\"\r\n")))
        }
        ("EXAMINE" | "SELECT", _) => {
            *open = folder(quoted());
            if open.is_some() {
                good("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] UIDs valid.\r\n".to_owned())
            } else {
                (String::new(), "NO [NONEXISTENT] Unknown Mailbox (Failure)".to_owned())
            }
        }
        ("APPEND", _) => {
            let to = folder(command.split('"').nth(1).unwrap_or_default()).unwrap();
            let raw = String::from_utf8_lossy(literal.unwrap_or_default()).replace("\r\n", "\n");
            state.put(to, 1, 1, &raw);
            good(String::new())
        }
        ("UID", "SEARCH") => {
            let found: Vec<String> = state
                .of(open.unwrap())
                .iter()
                .filter(|mail| fits(mail, &command["UID SEARCH ".len()..]))
                .map(|mail| mail.uid.to_string())
                .collect();
            good(format!("* SEARCH {}\r\n", found.join(" ")))
        }
        ("UID", "FETCH") => {
            let wanted = uids(words[2]);
            let mails: Vec<Mail> = state.of(open.unwrap()).iter().filter(|mail| wanted.contains(&mail.uid)).cloned().collect();
            good(mails.iter().fold(String::new(), |all, mail| all + &fetched(mail, command)))
        }
        ("UID", "MOVE") => {
            let (uid, to) = (uid(2), folder(quoted()).unwrap());
            let from = state.of(open.unwrap());
            let moved: Vec<Mail> = from.extract_if(.., |mail| mail.uid == uid).collect();
            state.of(to).extend(moved);
            good(String::new())
        }
        ("UID", "STORE") => {
            let uid = uid(2);
            state.of(open.unwrap()).iter_mut().filter(|mail| mail.uid == uid).for_each(|mail| mail.deleted = true);
            good(String::new())
        }
        ("UID", "EXPUNGE") => {
            let uid = uid(2);
            state.of(open.unwrap()).retain(|mail| !(mail.deleted && mail.uid == uid));
            good(String::new())
        }
        _ => (String::new(), "BAD unknown".to_owned()),
    }
}

fn uids(set: &str) -> Vec<u32> {
    let ranges = set.split(',').map(|range| range.split_once(':').unwrap_or((range, range)));
    ranges.flat_map(|(first, last)| first.parse().unwrap()..=last.parse::<u32>().unwrap()).collect()
}

fn fits(mail: &Mail, criteria: &str) -> bool {
    let words: Vec<&str> = criteria.split(' ').collect();
    let mut at = 0;
    while at < words.len() {
        let argument = |n: usize| words.get(at + n).map(|word| word.trim_matches('"')).unwrap_or_default();
        let (good, taken) = match words[at] {
            "UNDELETED" => (!mail.deleted, 1),
            "X-GM-THRID" => (argument(1) == mail.thread.to_string(), 2),
            "X-GM-MSGID" => (argument(1) == mail.message.to_string(), 2),
            "SINCE" => (true, 2),
            "HEADER" => (mail.raw.to_lowercase().contains(&argument(2).to_lowercase()), 3),
            other => panic!("no such criterion here: {other}"),
        };
        if !good {
            return false;
        }
        at += taken;
    }
    true
}

fn fetched(mail: &Mail, command: &str) -> String {
    let header = mail.raw.split("\r\n\r\n").next().unwrap_or_default();
    let body = if command.contains("BODY.PEEK[]") {
        format!(" BODY[] {{{}}}\r\n{}", mail.raw.len(), mail.raw)
    } else if let Some((_, names)) = command.split_once("HEADER.FIELDS (") {
        let names: Vec<&str> = names.split(')').next().unwrap_or_default().split(' ').collect();
        let wanted = |line: &&str| names.iter().any(|name| line.to_uppercase().starts_with(&format!("{name}:")));
        let block = header.split("\r\n").filter(wanted).fold(String::new(), |all, line| format!("{all}{line}\r\n")) + "\r\n";
        format!(" BODY[HEADER.FIELDS ({})] {{{}}}\r\n{block}", names.join(" "), block.len())
    } else {
        String::new()
    };
    let flags = if mail.deleted { "\\Deleted" } else { "\\Draft" };
    format!(
        "* 1 FETCH (X-GM-THRID {} X-GM-MSGID {} UID {} RFC822.SIZE {} INTERNALDATE \"{}\" FLAGS ({flags}){body})\r\n",
        mail.thread,
        mail.message,
        mail.uid,
        mail.raw.len(),
        mail.at
    )
}
