//! The way from a message to its conversation in Gmail.

use core::fmt;

use waxwing_protocol::api::GmailIds;

/// A conversation in the mailbox that sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GmailThread {
    sender: String,
    thread: String,
}

impl GmailThread {
    /// `None` while the thread's id is not known, or is not one.
    pub fn new(sender: &str, ids: &GmailIds) -> Option<Self> {
        let thread = ids.legacy_thread.as_deref()?;
        let is_id = (1..=16).contains(&thread.len()) && thread.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id && !sender.is_empty()).then(|| Self { sender: sender.to_owned(), thread: thread.to_ascii_lowercase() })
    }

    /// The sender, as written.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// The conversation's address in an open tab of this mailbox: only what stands behind `#` differs, so that Gmail loads
    /// nothing anew and open drafts stay. `None` when the tab shows something else (a window of its own, a print, a login):
    /// these say so by `view=`; what else Gmail writes behind `?` (`tab=rm&ogbl`) leaves it the mailbox.
    pub fn within(&self, tab: &str) -> Option<String> {
        let page = tab.split('#').next().unwrap_or_default();
        let (path, query) = page.split_once('?').unwrap_or((page, ""));
        if query.split('&').any(|part| part.split('=').next() == Some("view")) {
            return None;
        }
        let number = path.strip_prefix("https://mail.google.com/mail/u/")?.strip_suffix('/')?;
        let is_mailbox = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        is_mailbox.then(|| format!("{page}#all/{}", self.thread))
    }
}

/// The address. `authuser` lets Gmail choose the right one of several accounts.
impl fmt::Display for GmailThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("https://mail.google.com/mail/u/?authuser=")?;
        for byte in self.sender.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        write!(f, "#all/{}", self.thread)
    }
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::GmailIds;

    use super::GmailThread;

    #[test]
    fn addresses_hold_only_what_they_should() {
        let base = "https://mail.google.com/mail/u/?authuser=";
        for (sender, thread, expected) in [
            ("mara@fjord.example", Some("18c1f0a2b3d4e5f6"), Some(format!("{base}mara@fjord.example#all/18c1f0a2b3d4e5f6"))),
            (
                "a+b&c#d@x.example",
                Some("18C1F0A2B3D4E5F6"),
                Some(format!("{base}a%2Bb%26c%23d@x.example#all/18c1f0a2b3d4e5f6")),
            ),
            ("é@x.example", Some("1"), Some(format!("{base}%C3%A9@x.example#all/1"))),
            ("mara@fjord.example", Some("thread-f:1"), None),
            ("mara@fjord.example", Some(""), None),
            ("mara@fjord.example", None, None),
            ("", Some("18c1f0a2b3d4e5f6"), None),
        ] {
            let ids = GmailIds { legacy_thread: thread.map(Into::into), ..GmailIds::default() };
            assert_eq!(GmailThread::new(sender, &ids).map(|thread| thread.to_string()), expected, "{sender} {thread:?}");
        }
    }

    #[test]
    fn an_open_mailbox_is_not_loaded_anew() {
        let ids = GmailIds { legacy_thread: Some("18c1".to_owned()), ..GmailIds::default() };
        let thread = GmailThread::new("mara@fjord.example", &ids).expect("an id");
        for (tab, expected) in [
            ("https://mail.google.com/mail/u/0/#inbox", Some("https://mail.google.com/mail/u/0/#all/18c1")),
            ("https://mail.google.com/mail/u/12/", Some("https://mail.google.com/mail/u/12/#all/18c1")),
            (
                "https://mail.google.com/mail/u/0/?tab=rm&ogbl#inbox",
                Some("https://mail.google.com/mail/u/0/?tab=rm&ogbl#all/18c1"),
            ),
            ("https://mail.google.com/mail/u/0/?ui=2&view=btop#cmid%253D3", None),
            ("https://mail.google.com/mail/u/0/?view", None),
            ("https://mail.google.com/mail/u/0", None),
            ("https://mail.google.com/mail/u/x/#inbox", None),
            ("https://mail.google.com/mail/b/1/#inbox", None),
            ("https://mail.google.com.evil.example/mail/u/0/", None),
            ("", None),
        ] {
            assert_eq!(thread.within(tab).as_deref(), expected, "{tab}");
        }
    }
}
