//! A connection to a submission server: its greeting, encryption, what it offers, signing in, and naming who writes to whom.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::ClientConfig;
use waxwing_protocol::api::{MailServer, MailTls, Trouble};

use super::super::wire::{Wire, within};
use super::super::{MailboxError, said};
use super::Limits;
use super::reply::{Reply, Stage};

/// Says nothing about the machine that it runs on.
const HELLO: &[u8] = b"EHLO [127.0.0.1]\r\n";
/// Nobody waits for the answer to a farewell.
const FAREWELL: Duration = Duration::from_secs(2);

type Result<T> = std::result::Result<T, MailboxError>;

/// What the server said that it can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offers {
    starttls: bool,
    /// Bytes of a mail, at most; 0 when there is no limit.
    size: u64,
    eight_bit: bool,
    utf8: bool,
    sign_in: Option<Mechanism>,
}

/// How to sign in; the later one is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mechanism {
    Login,
    Plain,
}

/// An encrypted connection.
#[derive(Debug)]
pub struct Session {
    pub(super) wire: Wire,
    pub(super) limits: Limits,
    offers: Offers,
}

impl Session {
    /// Reaches the server, encrypted, and asks what it can do.
    pub async fn open(server: &MailServer, tls: &Arc<ClientConfig>, limits: Limits) -> Result<Self> {
        let wire = within(limits.connect, Wire::connect(server, tls)).await?;
        let mut session = Self { wire, limits, offers: Offers::default() };
        let greeting = within(limits.greeting, Reply::read(&mut session.wire)).await?;
        if greeting.code != 220 {
            return Err(greeting.error(Stage::Hello));
        }
        session.hello().await?;
        if server.tls == MailTls::StartTls {
            session = session.start_tls(server, tls).await?;
        }
        Ok(session)
    }

    async fn start_tls(mut self, server: &MailServer, tls: &Arc<ClientConfig>) -> Result<Self> {
        if !self.offers.starttls {
            return Err(MailboxError::new(Trouble::NotOffered));
        }
        let reply = self.command(b"STARTTLS\r\n", self.limits.command).await?;
        if !reply.is_good() {
            let trouble = if reply.code / 100 == 4 { Trouble::Busy } else { Trouble::NotOffered };
            return Err(MailboxError { trouble, ..reply.error(Stage::Hello) });
        }
        let wire = within(self.limits.connect, self.wire.encrypt(&server.host, tls)).await?;
        let mut session = Self { wire, limits: self.limits, offers: Offers::default() };
        session.hello().await?;
        Ok(session)
    }

    async fn hello(&mut self) -> Result<()> {
        let reply = self.command(HELLO, self.limits.command).await?;
        match reply.code / 100 {
            2 => self.offers = offers(&reply),
            // Without EHLO there is neither encryption nor signing in.
            5 => return Err(MailboxError { trouble: Trouble::NotOffered, ..reply.error(Stage::Hello) }),
            _ => return Err(reply.error(Stage::Hello)),
        }
        Ok(())
    }

    /// Signs in.
    pub async fn sign_in(&mut self, user: &str, password: &str) -> Result<()> {
        if !self.wire.encrypted() {
            return Err(MailboxError::new(Trouble::NotOffered));
        }
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        let (user, secret) = (STANDARD.encode(user), STANDARD.encode(password));
        let steps = match self.offers.sign_in {
            Some(Mechanism::Plain) => vec![format!("AUTH PLAIN {plain}\r\n")],
            Some(Mechanism::Login) => vec!["AUTH LOGIN\r\n".to_owned(), format!("{user}\r\n"), format!("{secret}\r\n")],
            None => return Err(MailboxError::new(Trouble::NotOffered)),
        };
        let mut steps = steps.into_iter().peekable();
        while let Some(step) = steps.next() {
            let reply = self.command(step.as_bytes(), self.limits.command).await?;
            let (good, last) = (reply.is_good(), steps.peek().is_none());
            if (last && good) || (!last && reply.code == 334) {
                continue;
            }
            let said = said::said_without(&reply.words(), &[password, &plain, &secret]);
            return Err(MailboxError { said, ..MailboxError::new(reply.trouble(Stage::SignIn)) });
        }
        Ok(())
    }

    /// `MAIL FROM`, after what the mail needs was compared with what the server offers.
    pub(super) async fn start(&mut self, sender: &str, size: usize, eight_bit: bool, utf8: bool) -> Result<()> {
        if !can_stand_in_a_command(sender) {
            return Err(MailboxError::new(Trouble::SenderRefused));
        }
        if self.offers.size > 0 && u64::try_from(size).map_or(true, |size| size > self.offers.size) {
            return Err(MailboxError::new(Trouble::TooLarge));
        }
        // It cannot be written otherwise without touching it.
        if (utf8 && !self.offers.utf8) || (eight_bit && !self.offers.eight_bit) {
            return Err(MailboxError::new(Trouble::ContentRefused));
        }
        let size = if self.offers.size > 0 { format!(" SIZE={size}") } else { String::new() };
        let body = if eight_bit { " BODY=8BITMIME" } else { "" };
        let names = if utf8 { " SMTPUTF8" } else { "" };
        let command = format!("MAIL FROM:<{sender}>{size}{body}{names}\r\n");
        let reply = self.command(command.as_bytes(), self.limits.command).await?;
        if reply.is_good() { Ok(()) } else { Err(reply.error(Stage::Sender)) }
    }

    /// `RCPT TO`: the server's answer, whatever it is.
    pub(super) async fn recipient(&mut self, recipient: &str) -> Result<Reply> {
        if !can_stand_in_a_command(recipient) {
            return Err(MailboxError {
                said: said::said(recipient.as_bytes()),
                ..MailboxError::new(Trouble::RecipientRefused)
            });
        }
        self.command(format!("RCPT TO:<{recipient}>\r\n").as_bytes(), self.limits.command).await
    }

    /// Takes back what was named. Nothing depends on it: without it the server forgets when the connection ends.
    pub(super) async fn reset(&mut self) {
        let _ = within(FAREWELL, self.wire.send(b"RSET\r\n")).await;
        self.quit().await;
    }

    /// Says good-bye.
    pub async fn quit(&mut self) {
        let _ = within(FAREWELL, self.wire.send(b"QUIT\r\n")).await;
    }

    pub(super) async fn command(&mut self, command: &[u8], limit: Duration) -> Result<Reply> {
        let wire = &mut self.wire;
        let work = async {
            wire.send(command).await?;
            Reply::read(wire).await
        };
        Ok(within(limit, work).await?)
    }
}

/// No address may end the command that it stands in, or the pair of brackets around it.
fn can_stand_in_a_command(address: &str) -> bool {
    let quoted = address.starts_with('"') && address.rfind("\"@").is_some_and(|at| at > 0);
    !address.is_empty()
        && address.len() <= 512
        && !address.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        && (quoted || !address.contains(['<', '>', ' ']))
        && address.rsplit_once('@').is_some_and(|(_, domain)| !domain.is_empty() && !domain.contains(['<', '>', ' ', '"']))
}

fn offers(reply: &Reply) -> Offers {
    let mut offers = Offers::default();
    // The first line is the server's name.
    for line in reply.lines.iter().skip(1) {
        let line = String::from_utf8_lossy(line).to_ascii_uppercase();
        let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
        match words.next() {
            Some("STARTTLS") => offers.starttls = true,
            Some("8BITMIME") => offers.eight_bit = true,
            Some("SMTPUTF8") => offers.utf8 = true,
            Some("SIZE") => offers.size = words.next().and_then(|size| size.parse().ok()).unwrap_or(0),
            Some("AUTH") => {
                let known = words.filter_map(|word| match word {
                    "PLAIN" => Some(Mechanism::Plain),
                    "LOGIN" => Some(Mechanism::Login),
                    _ => None,
                });
                offers.sign_in = known.max().max(offers.sign_in);
            }
            _ => {}
        }
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read() {
        let lines =
            ["mx STARTTLS", "SIZE 35882577", "8bitmime", "AUTH LOGIN PLAIN XOAUTH2", "AUTH=LOGIN", "ENHANCEDSTATUSCODES"];
        let reply = Reply { code: 250, enhanced: None, lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect() };
        let expected =
            Offers { starttls: false, size: 35_882_577, eight_bit: true, utf8: false, sign_in: Some(Mechanism::Plain) };
        assert_eq!(offers(&reply), expected);
    }

    #[test]
    fn addresses_cannot_carry_commands() {
        for good in ["a@b.de", "\"a b\"@c.de", "ü@ü.de", "a+b'c@[192.0.2.1]"] {
            assert!(can_stand_in_a_command(good), "{good}");
        }
        for bad in
            ["", "a", "a@", "a@b>\r\nRCPT TO:<c@d", "a@b> SIZE=1", "a b@c", "<a@b>", "\"a\"@b> x", "a\0@b", "\"a\r\n\"@b"]
        {
            assert!(!can_stand_in_a_command(bad), "{bad:?}");
        }
    }
}
