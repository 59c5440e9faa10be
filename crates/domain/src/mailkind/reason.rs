//! Why a mail did not arrive: from status codes (RFC 3463, RFC 5248) and from what servers say.

use super::phrases;

/// Why a mail did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such recipient.
    UserUnknown,
    /// There is no such domain, or no server for it.
    HostUnknown,
    /// The recipient has another address now.
    Moved,
    /// The domain takes no mail (RFC 7505).
    NoMail,
    /// The mailbox is full.
    MailboxFull,
    /// The mailbox is switched off.
    Disabled,
    /// The mail is too big.
    TooBig,
    /// The mail was taken for spam, or for a virus.
    Spam,
    /// The sender, or the sender's server, is not trusted.
    Refused,
    /// Too many mails, or a server that wants it tried again.
    Busy,
    /// It was tried for too long.
    Expired,
}

impl Reason {
    /// Its key, as it is written in files and on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            Self::UserUnknown => "user-unknown",
            Self::HostUnknown => "host-unknown",
            Self::Moved => "moved",
            Self::NoMail => "no-mail",
            Self::MailboxFull => "mailbox-full",
            Self::Disabled => "disabled",
            Self::TooBig => "too-big",
            Self::Spam => "spam",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Expired => "expired",
        }
    }

    /// Whether the address is at fault: writing to it again is useless.
    pub const fn is_hard(self) -> bool {
        matches!(self, Self::UserUnknown | Self::HostUnknown | Self::Moved | Self::NoMail)
    }

    /// By a status code, or by a reply code. `None`: it says only that something failed.
    fn of_status(status: &str) -> Option<Self> {
        let Some((class, rest)) = status.split_once('.') else {
            // RFC 7504: the host, or the domain, takes no mail.
            return matches!(status, "521" | "556").then_some(Self::NoMail);
        };
        Some(match rest {
            // Subject 1, addresses; 3 and 7 are the sender's own.
            "1.1" | "1.3" | "1.0" => Self::UserUnknown,
            "1.2" => Self::HostUnknown,
            "1.6" => Self::Moved,
            "1.10" => Self::NoMail,
            "1.7" | "1.8" => Self::Refused,
            "2.1" => Self::Disabled,
            "2.2" => Self::MailboxFull,
            "2.3" | "3.4" => Self::TooBig,
            "4.1" | "4.2" | "4.7" => Self::Expired,
            // No way to the host, or a loop: after a permanent failure there is none.
            "4.4" if class == "5" => Self::HostUnknown,
            "4.5" | "3.2" => Self::Busy,
            _ if rest.starts_with("7.") => Self::Refused,
            _ => return None,
        })
    }

    /// By what servers said, in lower case. What is said of an address beats what is said of a mail.
    fn of_words(words: &str) -> Option<Self> {
        phrases::REASONS.iter().find(|(_, known)| known.iter().any(|phrase| words.contains(phrase))).map(|(reason, _)| *reason)
    }
}

/// Why, by what servers said (in lower case, of one recipient) and by the status code: words first, as servers send
/// codes that are too general, or wrong.
pub(super) fn why(words: &str, status: Option<&str>) -> Option<Reason> {
    Reason::of_words(words).or_else(|| status.and_then(Reason::of_status))
}

/// The first enhanced status code in a text (RFC 3463): a class, a subject and a detail, and not a piece of an address.
pub(super) fn status_in(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take(4).take_while(|it| it.is_ascii_digit()).count();
    text.match_indices('.').find_map(|(dot, _)| {
        let class = *bytes.get(dot.checked_sub(1)?)?;
        // "550-5.1.1" is a code in a reply of several lines.
        let free = match (dot.checked_sub(2).and_then(|at| bytes.get(at)), dot.checked_sub(3).and_then(|at| bytes.get(at))) {
            (None, _) => true,
            (Some(b'-'), before) => before.is_some_and(u8::is_ascii_digit),
            (Some(before), _) => !before.is_ascii_alphanumeric() && *before != b'.',
        };
        let subject = digits(dot + 1);
        let second = dot + 1 + subject;
        let detail = digits(second + 1);
        let end = second + 1 + detail;
        let is_code = matches!(class, b'2' | b'4' | b'5')
            && (1..=3).contains(&subject)
            && (1..=3).contains(&detail)
            && bytes.get(second) == Some(&b'.')
            && free;
        let ends = match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b'.'), Some(next)) => !next.is_ascii_alphanumeric(),
            (Some(next), _) => !next.is_ascii_alphanumeric() && *next != b'-',
            (None, _) => true,
        };
        if is_code && ends { text.get(dot - 1..end) } else { None }
    })
}

/// The first SMTP reply code in a text (RFC 5321, 4.2): 4 or 5 and two digits, where a reply begins.
pub(super) fn reply_code_in(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| rest.iter().position(|it| matches!(it, b'4' | b'5'))) {
        let at = from + found;
        from = at + 1;
        let free = at == 0 || matches!(bytes.get(at - 1), Some(b' ' | b'\n' | b'\t' | b'(' | b'#' | b':' | b'[' | b'"'));
        let digits = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let second = matches!(bytes.get(at + 1), Some(b'0'..=b'5' | b'7'));
        let ends = matches!(bytes.get(at + 3), Some(b' ' | b'-' | b'\n' | b'\r' | b'\t' | b':' | b']'));
        if free && second && digits(at + 2) && ends {
            return text.get(at..at + 3);
        }
    }
    None
}
