//! A submission server that fails to order, and writes down what it took.
//!
//! It runs in the test's own process, so that what it took outlives whoever sent it. One [`Fault`] is used up by each
//! connection, in the order in which they were given; without one it does as it should.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use waxwing_protocol::api::{MailServer, MailTls};

/// Where in a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    Greeting,
    Hello,
    SignIn,
    Sender,
    /// The recipient with this address.
    Recipient(&'static str),
    Data,
    /// After so many bytes of the mail.
    Body(usize),
    /// The final dot came.
    Dot,
}

/// What happens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Do {
    /// Says this instead of what it should; a 2xx to the dot takes the mail.
    Say(&'static str),
    /// Says this and closes.
    SayAndClose(&'static str),
    /// Closes.
    Close,
    /// Says nothing more.
    Hang,
    /// Waits, and goes on as it should.
    Wait(Duration),
    /// Takes the mail, and closes without an answer.
    TakeAndClose,
    /// Takes the mail, and says nothing more.
    TakeAndHang,
}

/// A fault of one connection.
pub(crate) type Fault = (At, Do);

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    /// As it was before dots were doubled.
    pub(crate) content: Vec<u8>,
}

/// How it is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    Implicit,
    StartTls,
    /// Offers none.
    None,
    /// Sends more behind its consent to STARTTLS, in the clear.
    Injecting,
}

#[derive(Default)]
struct Shared {
    faults: Mutex<VecDeque<Fault>>,
    taken: Mutex<Vec<Taken>>,
    /// Every line that came, of all connections.
    heard: Mutex<Vec<String>>,
    offers: Mutex<Vec<&'static str>>,
    /// What happens to a mail that is taken, before it is answered.
    files: Mutex<Option<Files>>,
}

type Files = Box<dyn Fn(&Taken) + Send>;

/// The server. It ends with this.
pub(crate) struct Faulty {
    pub(crate) port: u16,
    encryption: Encryption,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const OFFERS: &[&str] = &["SIZE 40000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN"];

impl Faulty {
    /// Starts on a free port.
    pub(crate) async fn start(tls: Arc<ServerConfig>, encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        shared.offers.lock().unwrap().extend(OFFERS);
        let sharing = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (shared, tls) = (Arc::clone(&sharing), TlsAcceptor::from(Arc::clone(&tls)));
                tokio::spawn(async move {
                    // A client that goes away in the middle ends the connection, and nothing else.
                    let _ = connection(tcp, &tls, encryption, &shared).await;
                });
            }
        });
        Self { port, encryption, shared, task }
    }

    /// Where it is.
    pub(crate) fn server(&self) -> MailServer {
        let tls = if self.encryption == Encryption::Implicit { MailTls::Implicit } else { MailTls::StartTls };
        MailServer { host: "localhost".to_owned(), port: self.port, tls }
    }

    /// The next connections fail so.
    pub(crate) fn order(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// No more faults.
    pub(crate) fn forget(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Offers these instead of everything.
    pub(crate) fn offer(&self, offers: &[&'static str]) {
        *self.shared.offers.lock().unwrap() = offers.to_vec();
    }

    /// Does this with each mail that it takes, before it answers: as a server that files what it sends.
    pub(crate) fn file(&self, files: impl Fn(&Taken) + Send + 'static) {
        *self.shared.files.lock().unwrap() = Some(Box::new(files));
    }

    /// What it took so far.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// What it heard so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }
}

async fn connection(mut tcp: TcpStream, tls: &TlsAcceptor, encryption: Encryption, shared: &Shared) -> std::io::Result<()> {
    let fault = shared.faults.lock().unwrap().pop_front();
    if encryption == Encryption::Implicit {
        return talk(tls.accept(tcp).await?, fault, false, shared, true).await.map(|_| ());
    }
    let offered = encryption != Encryption::None;
    if !talk(&mut tcp, fault.clone(), offered, shared, true).await? {
        return Ok(());
    }
    let consent: &[u8] = if encryption == Encryption::Injecting { b"220 go\r\n250 in the clear\r\n" } else { b"220 go\r\n" };
    tcp.write_all(consent).await?;
    talk(tls.accept(tcp).await?, fault, false, shared, false).await.map(|_| ())
}

/// One connection's talk; true when it is to be encrypted now.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    fault: Option<Fault>,
    offer_tls: bool,
    shared: &Shared,
    greets: bool,
) -> std::io::Result<bool> {
    let mut talk = Talk { stream: BufReader::new(stream), fault };
    if greets && !talk.answer(&At::Greeting, "220 faulty ESMTP").await? {
        return Ok(false);
    }
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    loop {
        let mut line = Vec::new();
        if talk.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(false);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        shared.heard.lock().unwrap().push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let on = match verb.as_str() {
            "EHLO" => {
                let mut lines = vec!["faulty"];
                if offer_tls {
                    lines.push("STARTTLS");
                } else {
                    lines.extend(shared.offers.lock().unwrap().iter());
                }
                let last = lines.len() - 1;
                let text: Vec<String> =
                    lines.iter().enumerate().map(|(n, it)| format!("250{}{it}", if n == last { ' ' } else { '-' })).collect();
                talk.answer(&At::Hello, &text.join("\r\n")).await?
            }
            "STARTTLS" if offer_tls => return Ok(true),
            "AUTH" if line.eq_ignore_ascii_case("AUTH LOGIN") => {
                for asks in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                    talk.say(asks).await?;
                    let mut answer = Vec::new();
                    talk.stream.read_until(b'\n', &mut answer).await?;
                    shared.heard.lock().unwrap().push(String::from_utf8_lossy(&answer).trim_end().to_owned());
                }
                talk.answer(&At::SignIn, "235 2.7.0 in").await?
            }
            "AUTH" => talk.answer(&At::SignIn, "235 2.7.0 in").await?,
            "MAIL" => {
                sender = address(&line);
                talk.answer(&At::Sender, "250 2.1.0 ok").await?
            }
            "RCPT" => {
                let recipient = address(&line);
                let at = talk.fault.clone().map(|(at, _)| at);
                let on = match at {
                    Some(at @ At::Recipient(whom)) if whom == recipient => talk.answer(&at, "").await?,
                    _ => talk.say("250 2.1.5 ok").await?,
                };
                recipients.push(recipient);
                on
            }
            "RSET" => {
                recipients.clear();
                talk.say("250 ok").await?
            }
            "DATA" => {
                if talk.answer(&At::Data, "354 go on").await? {
                    talk.mail(&sender, &recipients, shared).await?
                } else {
                    false
                }
            }
            "QUIT" => {
                talk.say("221 bye").await?;
                false
            }
            _ => talk.say("500 what").await?,
        };
        if !on {
            return Ok(false);
        }
    }
}

fn address(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.to_owned()).unwrap_or_default()
}

struct Talk<S> {
    stream: BufReader<S>,
    fault: Option<Fault>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S>
where
    BufReader<S>: AsyncBufRead,
{
    async fn say(&mut self, text: &str) -> std::io::Result<bool> {
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await?;
        Ok(true)
    }

    /// Says what it should, or does what was ordered here. False: the connection is over.
    async fn answer(&mut self, at: &At, text: &str) -> std::io::Result<bool> {
        let Some((_, ordered)) = self.fault.take_if(|(here, _)| here == at) else { return self.say(text).await };
        match ordered {
            Do::Say(other) => self.say(other).await,
            Do::SayAndClose(other) => {
                self.say(other).await?;
                Ok(false)
            }
            Do::Close | Do::TakeAndClose => Ok(false),
            Do::Hang | Do::TakeAndHang => std::future::pending().await,
            Do::Wait(time) => {
                tokio::time::sleep(time).await;
                self.say(text).await
            }
        }
    }

    /// Reads a mail and answers its dot.
    async fn mail(&mut self, sender: &str, recipients: &[String], shared: &Shared) -> std::io::Result<bool> {
        let mut content = Vec::new();
        loop {
            if let Some((At::Body(bytes), _)) = self.fault
                && content.len() >= bytes
            {
                return self.answer(&At::Body(bytes), "").await;
            }
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                // Without the dot there is no mail.
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let accepts = match &self.fault {
            Some((At::Dot, Do::Say(text) | Do::SayAndClose(text))) => text.starts_with('2'),
            Some((At::Dot, Do::Close | Do::Hang)) => false,
            _ => true,
        };
        if accepts {
            let taken = Taken { sender: sender.to_owned(), recipients: recipients.to_vec(), content };
            if let Some(files) = &*shared.files.lock().unwrap() {
                files(&taken);
            }
            shared.taken.lock().unwrap().push(taken);
        }
        self.answer(&At::Dot, "250 2.0.0 taken").await
    }
}
