//! An IMAP server that is like Gmail's where it matters here: numbers of messages and conversations, special folders, labels, a
//! bin that things are moved to. It knows the commands that a mailbox uses, and no others, and writes all of them down. What it
//! offers can be changed: then it is like an old server, with neither `IDLE` nor `UIDPLUS`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use waxwing_protocol::api::{MailServer, MailTls};

use crate::criteria::fits;

pub(crate) const DRAFTS: &str = "[Gmail]/Entw&APw-rfe";
pub(crate) const SENT: &str = "[Gmail]/Gesendet";
pub(crate) const ALL: &str = "[Gmail]/Alle Nachrichten";
pub(crate) const TRASH: &str = "[Gmail]/Papierkorb";
pub(crate) const SPAM: &str = "[Gmail]/Spam";
pub(crate) const INBOX: &str = "INBOX";

/// A mail in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) uid: u32,
    pub(crate) message: u64,
    pub(crate) thread: u64,
    pub(crate) deleted: bool,
    /// As `INTERNALDATE` is written.
    pub(crate) at: &'static str,
    pub(crate) labels: Vec<String>,
    pub(crate) raw: String,
}

impl Mail {
    pub(crate) fn is_draft(&self) -> bool {
        self.labels.iter().any(|label| label == "\\Draft")
    }
}

pub(crate) struct State {
    /// Its capabilities.
    pub(crate) offers: &'static str,
    pub(crate) validity: u32,
    /// It does not say which UID is next.
    pub(crate) is_silent: bool,
    /// What is appended next is put twice, as when one that was given up came through after all.
    pub(crate) is_double: bool,
    /// Labels that there are.
    pub(crate) labels: Vec<String>,
    /// Tells who idles that something came.
    news: watch::Sender<u32>,
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
        let mail = Mail { uid: self.next, message, thread, deleted: false, at, labels: Vec::new(), raw };
        self.folders.entry(folder).or_default().push(mail);
        self.news.send_replace(self.next);
        self.next
    }

    /// Leaves numbers out.
    pub(crate) fn jump(&mut self, by: u32) {
        self.next += by;
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
        let state = Arc::new(Mutex::new(State {
            offers: OFFERS,
            validity: 7,
            is_silent: false,
            is_double: false,
            labels: Vec::new(),
            news: watch::Sender::new(0),
            folders: BTreeMap::new(),
            next: 100,
            commands: Vec::new(),
            faults: Vec::new(),
            sign_ins: 0,
        }));
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
        if command == "IDLE" && status.starts_with("OK") {
            idle(&mut stream, state, open.unwrap()).await?;
        }
        stream.write_all(format!("{data}{tag} {status}\r\n").as_bytes()).await?;
        if command == "LOGOUT" {
            return Ok(());
        }
    }
}

/// Tells how many mails there are, each time that changed, until the other side has enough.
async fn idle(stream: &mut BufReader<TlsStream<TcpStream>>, state: &Mutex<State>, open: &'static str) -> std::io::Result<()> {
    let mut news = state.lock().unwrap().news.subscribe();
    stream.write_all(b"+ idling\r\n").await?;
    let mut line = Vec::new();
    loop {
        tokio::select! {
            read = stream.read_until(b'\n', &mut line) => {
                read?;
                assert_eq!(line, b"DONE\r\n");
                return Ok(());
            }
            changed = news.changed() => {
                changed.map_err(std::io::Error::other)?;
                let count = state.lock().unwrap().of(open).len();
                stream.write_all(format!("* OK Still here\r\n* {count} EXISTS\r\n").as_bytes()).await?;
            }
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
        // What is quoted inside of it ends nothing.
        write!(command, "{before}\"{}\"", String::from_utf8_lossy(&bytes).replace('"', "'")).unwrap();
        literal = Some(bytes);
    }
}

const OFFERS: &str =
    "IMAP4rev1 UNSELECT IDLE SASL-IR AUTH=PLAIN SPECIAL-USE XLIST UIDPLUS MOVE X-GM-EXT-1 LITERAL- LIST-EXTENDED";

fn folder(name: &str) -> Option<&'static str> {
    [DRAFTS, SENT, ALL, TRASH, SPAM, INBOX].into_iter().find(|known| *known == name)
}

fn answer(state: &mut State, open: &mut Option<&'static str>, command: &str, literal: Option<&[u8]>) -> (String, String) {
    let good = |data: String| (data, "OK done".to_owned());
    let quoted = || command.rsplit('"').nth(1).unwrap_or_default();
    let words: Vec<&str> = command.split(' ').collect();
    let uid = |at: usize| words.get(at).and_then(|word| word.parse::<u32>().ok()).unwrap_or_default();
    match (words[0], words.get(1).copied().unwrap_or_default()) {
        ("CAPABILITY", _) => good(format!("* CAPABILITY {}\r\n", state.offers)),
        ("AUTHENTICATE", _) => {
            state.sign_ins += 1;
            (format!("* CAPABILITY {}\r\n", state.offers), "OK in".to_owned())
        }
        ("NOOP" | "LOGOUT", _) => good(String::new()),
        ("IDLE", _) if state.offers.contains("IDLE") => good(String::new()),
        ("CREATE", _) => {
            state.labels.push(quoted().to_owned());
            good(String::new())
        }
        ("LIST", _) => {
            let list = [
                (DRAFTS, "\\Drafts"),
                (SENT, "\\Sent"),
                (ALL, "\\All"),
                (TRASH, "\\Trash"),
                (SPAM, "\\Junk"),
                (INBOX, "\\Noinferiors"),
            ];
            // Only Gmail has a folder for all.
            let gmail = state.offers.contains("X-GM-EXT-1");
            let list = list.iter().filter(|(name, _)| gmail || *name != ALL);
            good(list.fold(String::new(), |all, (name, mark)| format!("{all}* LIST ({mark}) \"/\" \"{name}\"\r\n")))
        }
        ("EXAMINE" | "SELECT", _) => {
            *open = folder(quoted());
            if let Some(open) = open {
                let next = if state.is_silent { String::new() } else { format!("* OK [UIDNEXT {}] x\r\n", state.next + 1) };
                let (validity, count) = (state.validity, state.of(open).len());
                good(format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] UIDs valid.\r\n{next}"))
            } else {
                (String::new(), "NO [NONEXISTENT] Unknown Mailbox (Failure)".to_owned())
            }
        }
        ("APPEND", _) => {
            let to = folder(command.split('"').nth(1).unwrap_or_default()).unwrap();
            let raw = String::from_utf8_lossy(literal.unwrap_or_default()).replace("\r\n", "\n");
            let told = appended(state, to, &raw);
            (String::new(), format!("OK {told}done"))
        }
        ("UID", "SEARCH") if command == "UID SEARCH UID *" => {
            let last = state.of(open.unwrap()).iter().map(|mail| mail.uid).max();
            good(format!("* SEARCH{}\r\n", last.map(|last| format!(" {last}")).unwrap_or_default()))
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
            // What is in the bin is nowhere else.
            if *open == Some(ALL) || to == TRASH {
                let gone = |mail: &Mail| moved.iter().any(|it| it.message == mail.message);
                state.folders.values_mut().for_each(|mails| mails.retain(|mail| !gone(mail)));
            }
            state.of(to).extend(moved);
            good(String::new())
        }
        ("UID", "STORE") => {
            let uid = uid(2);
            if !command.contains("X-GM-LABELS") {
                state.of(open.unwrap()).iter_mut().filter(|mail| mail.uid == uid).for_each(|mail| mail.deleted = true);
                return good(String::new());
            }
            let label = quoted().to_owned();
            let status = if labelled(state, open.unwrap(), uid, &label, command.contains("+X-GM-LABELS")) {
                "OK done"
            } else {
                "NO [CANNOT] Invalid label"
            };
            (String::new(), status.to_owned())
        }
        ("EXPUNGE", _) => {
            state.of(open.unwrap()).retain(|mail| !mail.deleted);
            good(String::new())
        }
        ("UID", "EXPUNGE") if state.offers.contains("UIDPLUS") => {
            let uid = uid(2);
            state.of(open.unwrap()).retain(|mail| !(mail.deleted && mail.uid == uid));
            good(String::new())
        }
        _ => (String::new(), "BAD unknown".to_owned()),
    }
}

/// Puts a mail where it was appended; what there is to tell of that.
fn appended(state: &mut State, to: &'static str, raw: &str) -> String {
    if std::mem::take(&mut state.is_double) {
        appended(state, to, raw);
    }
    // A conversation of the mails that it refers to.
    let referred = |mail: &&Mail| id(&mail.raw).is_some_and(|id| raw.contains(&format!("References: {id}")));
    let thread = state.of(ALL).iter().find(referred).map_or(1, |mail| mail.thread);
    let message = u64::from(state.next) + 5_000_000_000;
    let uid = state.put(to, message, thread, raw);
    if to == INBOX && state.offers.contains("X-GM-EXT-1") {
        state.put(ALL, message, thread, raw);
    }
    if state.offers.contains("UIDPLUS") { format!("[APPENDUID {} {uid}] ", state.validity) } else { String::new() }
}

/// Puts a label on a mail or takes it off, in as many folders as it has labels. `false`: there is no such label.
fn labelled(state: &mut State, open: &'static str, uid: u32, label: &str, on: bool) -> bool {
    if !state.labels.iter().any(|it| it == label) {
        return false;
    }
    let message = state.of(open).iter().find(|mail| mail.uid == uid).map(|mail| mail.message);
    for mail in state.folders.values_mut().flatten().filter(|mail| Some(mail.message) == message) {
        mail.labels.retain(|it| *it != label);
        mail.labels.extend(Some(label.to_owned()).filter(|_| on));
    }
    true
}

fn uids(set: &str) -> Vec<u32> {
    let ranges = set.split(',').map(|range| range.split_once(':').unwrap_or((range, range)));
    ranges.flat_map(|(first, last)| first.parse().unwrap()..=last.parse::<u32>().unwrap()).collect()
}

/// The Message-ID, with its angle brackets.
fn id(raw: &str) -> Option<String> {
    let start = raw.find("Message-ID: ")? + "Message-ID: ".len();
    raw.get(start..)?.split("\r\n").next().map(str::to_owned)
}

fn fetched(mail: &Mail, command: &str) -> String {
    let header = mail.raw.split("\r\n\r\n").next().unwrap_or_default();
    let most: usize =
        command.rsplit_once("<0.").map_or(usize::MAX, |(_, rest)| rest.trim_end_matches([')', '>']).parse().unwrap());
    let start = if most < usize::MAX { "<0>" } else { "" };
    let block = |name: &str, text: &str| {
        let text = &text[..text.len().min(most)];
        format!(" {name}{start} {{{}}}\r\n{text}", text.len())
    };
    let body = if command.contains("BODY.PEEK[]") {
        block("BODY[]", &mail.raw)
    } else if command.contains("BODY.PEEK[HEADER]") {
        block("BODY[HEADER]", &format!("{header}\r\n\r\n"))
    } else if let Some((_, names)) = command.split_once("HEADER.FIELDS (") {
        let names: Vec<&str> = names.split(')').next().unwrap_or_default().split(' ').collect();
        let wanted = |line: &&str| names.iter().any(|name| line.to_uppercase().starts_with(&format!("{name}:")));
        let fields = header.split("\r\n").filter(wanted).fold(String::new(), |all, line| format!("{all}{line}\r\n")) + "\r\n";
        block(&format!("BODY[HEADER.FIELDS ({})]", names.join(" ")), &fields)
    } else {
        String::new()
    };
    let flags = [(mail.deleted, "\\Deleted"), (mail.is_draft(), "\\Draft")]
        .iter()
        .filter(|it| it.0)
        .map(|it| it.1)
        .collect::<Vec<_>>()
        .join(" ");
    let numbers = if command.contains("X-GM-") {
        format!("X-GM-THRID {} X-GM-MSGID {} ", mail.thread, mail.message)
    } else {
        String::new()
    };
    format!(
        "* 1 FETCH ({numbers}UID {} RFC822.SIZE {} INTERNALDATE \"{}\" FLAGS ({flags}){body})\r\n",
        mail.uid,
        mail.raw.len(),
        mail.at
    )
}
