//! What a submission server answers, and what that means: enhanced codes (RFC 3463) first, then the plain code beside the
//! command that it answers.

use waxwing_protocol::api::Trouble;

use super::super::wire::{Result, Wire, WireError};
use super::super::{MailboxError, said};

/// RFC 5321 allows 512; what is longer than this is no answer.
const MAX_LINE: usize = 4 * 1024;
const MAX_LINES: usize = 128;

/// What the server answered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The connection itself, `EHLO`, `STARTTLS`.
    Hello,
    /// `AUTH`.
    SignIn,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` and the final dot.
    Content,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits.
    pub code: u16,
    /// The enhanced code of its first line that has one.
    pub enhanced: Option<(u16, u16, u16)>,
    /// Its lines behind the code.
    pub lines: Vec<Vec<u8>>,
}

impl Reply {
    /// Reads one, of one line or several.
    pub(super) async fn read(wire: &mut Wire) -> Result<Self> {
        let mut reply = Self { code: 0, enhanced: None, lines: Vec::new() };
        loop {
            let line = wire.line(MAX_LINE).await?;
            let (code, last, text) = split(&line).ok_or(WireError::Protocol)?;
            if reply.lines.len() == MAX_LINES || (reply.code != 0 && reply.code != code) {
                return Err(WireError::Protocol);
            }
            reply.code = code;
            reply.enhanced = reply.enhanced.or_else(|| enhanced(text).filter(|found| found.0 == code / 100));
            reply.lines.push(text.to_vec());
            if last {
                return Ok(reply);
            }
        }
    }

    /// Done as asked.
    pub(super) fn is_good(&self) -> bool {
        self.code / 100 == 2
    }

    /// Its words with the code before them.
    pub(super) fn words(&self) -> Vec<u8> {
        let mut words = self.code.to_string().into_bytes();
        for line in &self.lines {
            words.push(b' ');
            words.extend_from_slice(line);
        }
        words
    }

    /// As what went wrong.
    pub(super) fn error(&self, stage: Stage) -> MailboxError {
        MailboxError { said: said::said(&self.words()), ..MailboxError::new(self.trouble(stage)) }
    }

    /// What it means when it is not what was hoped for. A "not now" never becomes a "never".
    pub(super) fn trouble(&self, stage: Stage) -> Trouble {
        match self.code / 100 {
            4 => self.passing(stage),
            5 => self.lasting(stage),
            // Good where it may not be, or asking for more.
            _ => Trouble::Protocol,
        }
    }

    /// Postfix and Exim look at the sender only when they are told a recipient, and only their words tell the one from the other.
    fn blames_the_sender(&self) -> bool {
        let words = String::from_utf8_lossy(&self.words()).to_ascii_lowercase();
        words.contains("sender address rejected") || words.contains("sender verify failed")
    }

    fn passing(&self, stage: Stage) -> Trouble {
        match (self.enhanced, stage) {
            (Some((_, 2, 2)), Stage::Recipient | Stage::Content) => Trouble::RecipientFull,
            (Some((_, 2, 2)), _) => Trouble::Full,
            // 4.7.28 is what Gmail says to too many mails; 4.2.1 likewise, "receiving mail too quickly".
            (Some((_, 7, 28) | (_, 4, 5)), _) => Trouble::RateLimited,
            _ => Trouble::Busy,
        }
    }

    fn lasting(&self, stage: Stage) -> Trouble {
        match (self.enhanced, stage) {
            (_, Stage::SignIn) => match self.code {
                // Mechanism, syntax or order: nothing that another password would change.
                500..=504 | 538 => Trouble::NotOffered,
                _ => Trouble::WrongPassword,
            },
            // Blocked, or no service here: perhaps only for now, and nothing that the mail could change.
            (_, Stage::Hello) => Trouble::Unreachable,
            (Some((_, 2, 2)), Stage::Recipient | Stage::Content) => Trouble::RecipientFull,
            (Some((_, 2, 2)), Stage::Sender) => Trouble::Full,
            (Some((_, 2 | 3, 3 | 4)), _) => Trouble::TooLarge,
            // "Daily user sending limit exceeded".
            (Some((_, 4, 5)), _) => Trouble::RateLimited,
            (Some((_, 1, 7 | 8)), _) => Trouble::SenderRefused,
            (_, Stage::Recipient) if self.blames_the_sender() => Trouble::SenderRefused,
            (Some((_, 1, _)), Stage::Recipient | Stage::Content) => Trouble::RecipientRefused,
            (Some((_, 6, _)), Stage::Content) => Trouble::ContentRefused,
            // "Authentication required", "… expired": the sign-in that was taken is not good any more.
            (Some((_, 7, 0 | 8 | 9)), Stage::Sender) if self.code == 530 => Trouble::WrongPassword,
            _ => match (self.code, stage) {
                (500..=504, _) => Trouble::Protocol,
                (552, Stage::Recipient) => Trouble::RecipientFull,
                (552, _) => Trouble::TooLarge,
                (530, Stage::Sender) => Trouble::WrongPassword,
                (_, Stage::Sender) => Trouble::SenderRefused,
                (_, Stage::Recipient) => Trouble::RecipientRefused,
                _ => Trouble::ContentRefused,
            },
        }
    }
}

/// Code, whether it is the last line, and the text.
fn split(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !(b'2'..=b'5').contains(digits.first()?) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Some((code, true, rest)),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

fn enhanced(text: &[u8]) -> Option<(u16, u16, u16)> {
    let word = text.split(|byte| *byte == b' ').next()?;
    let mut parts = std::str::from_utf8(word).ok()?.split('.');
    let mut part = || parts.next().filter(|digits| digits.len() <= 3).and_then(|digits| digits.parse().ok());
    let found = (part()?, part()?, part()?);
    (parts.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Reply {
        let (code, _, text) = split(text.as_bytes()).unwrap();
        Reply { code, enhanced: enhanced(text), lines: vec![text.to_vec()] }
    }

    #[test]
    fn answers_mean_what_their_stage_makes_of_them() {
        use Stage::{Content, Hello, Recipient, Sender, SignIn};
        use Trouble as T;
        for (stage, text, trouble) in [
            (Recipient, "550 5.1.1 no such user", T::RecipientRefused),
            (Recipient, "550 no such user", T::RecipientRefused),
            (Recipient, "554 5.7.1 Relay access denied", T::RecipientRefused),
            (Recipient, "450 4.7.1 Greylisted", T::Busy),
            (Recipient, "451 come back", T::Busy),
            (Recipient, "452 4.2.2 over quota", T::RecipientFull),
            (Recipient, "552 5.2.2 over quota", T::RecipientFull),
            (Recipient, "552 over quota", T::RecipientFull),
            (Recipient, "452 4.5.3 too many recipients", T::Busy),
            (Recipient, "501 5.1.3 bad address syntax", T::RecipientRefused),
            (Sender, "553 5.7.1 not owned by you", T::SenderRefused),
            (Recipient, "553 5.7.1 <a@b>: Sender address rejected: not owned by user c", T::SenderRefused),
            (Sender, "552 5.3.4 too big", T::TooLarge),
            (Sender, "552 too big", T::TooLarge),
            (Sender, "550 5.4.5 Daily user sending limit exceeded", T::RateLimited),
            (Sender, "530 5.7.0 Authentication required", T::WrongPassword),
            (Sender, "452 4.3.1 no space", T::Busy),
            (Content, "554 5.7.1 spam", T::ContentRefused),
            (Content, "554 no", T::ContentRefused),
            (Content, "552 5.2.3 too long", T::TooLarge),
            (Content, "552 5.2.2 full", T::RecipientFull),
            (Content, "421 4.7.28 rate", T::RateLimited),
            (Content, "550 5.6.7 needs SMTPUTF8", T::ContentRefused),
            (Content, "503 5.5.1 order", T::Protocol),
            (SignIn, "535 5.7.8 no", T::WrongPassword),
            (SignIn, "534 5.7.9 Application-specific password required", T::WrongPassword),
            (SignIn, "454 4.7.0 later", T::Busy),
            (SignIn, "504 5.5.4 mechanism", T::NotOffered),
            (Hello, "554 5.7.1 blocked", T::Unreachable),
            (Hello, "421 busy", T::Busy),
            (Content, "250 what", T::Protocol),
            (Content, "354 what", T::Protocol),
        ] {
            assert_eq!(reply(text).trouble(stage), trouble, "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for line in ["", "25", "abc", "250x", "199 x", "650 x", "2５0 x"] {
            assert!(split(line.as_bytes()).is_none(), "{line}");
        }
        assert_eq!(split(b"250"), Some((250, true, &b""[..])));
        assert_eq!(enhanced(b"5.1.1 x"), Some((5, 1, 1)));
        for text in ["5.1", "5.1.1.1", "3.1.1", "5.a.1", "5.1.99999", "1.2.3.4 is blocked"] {
            assert_eq!(enhanced(text.as_bytes()), None, "{text}");
        }
    }
}
