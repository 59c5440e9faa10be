//! Servers of well-known providers, and what their passwords ask for.

use waxwing_protocol::api::{ConnectImap, MailServer, MailTls};

/// What is known of the servers of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Servers {
    /// These.
    At {
        /// IMAP.
        imap: MailServer,
        /// Submission.
        smtp: MailServer,
    },
    /// The provider takes no password, only its own sign-in.
    NoPassword,
}

/// Domains of addresses, and their providers' servers: IMAP on 993, submission on the port given.
const KNOWN: &[(&[&str], &str, &str, u16)] = &[
    (&["gmail.com", "googlemail.com"], "imap.gmail.com", "smtp.gmail.com", 465),
    (&["fastmail.com", "fastmail.fm", "fastmail.de"], "imap.fastmail.com", "smtp.fastmail.com", 465),
    (
        &["yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr", "ymail.com", "rocketmail.com"],
        "imap.mail.yahoo.com",
        "smtp.mail.yahoo.com",
        465,
    ),
    (&["aol.com"], "imap.aol.com", "smtp.aol.com", 465),
    (&["icloud.com", "me.com", "mac.com"], "imap.mail.me.com", "smtp.mail.me.com", 587),
    (&["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], "imap.gmx.net", "mail.gmx.net", 465),
    (&["gmx.com"], "imap.gmx.com", "mail.gmx.com", 465),
    (&["web.de"], "imap.web.de", "smtp.web.de", 587),
    (&["posteo.de", "posteo.net"], "posteo.de", "posteo.de", 465),
    (&["mailbox.org"], "imap.mailbox.org", "smtp.mailbox.org", 465),
    (&["t-online.de", "magenta.de"], "secureimap.t-online.de", "securesmtp.t-online.de", 465),
    (&["freenet.de"], "mx.freenet.de", "mx.freenet.de", 587),
    (&["zoho.com"], "imap.zoho.com", "smtp.zoho.com", 465),
    (&["runbox.com"], "mail.runbox.com", "mail.runbox.com", 465),
];

/// Microsoft ended signing in with a password in 2024.
const NO_PASSWORD: &[&str] = &[
    "outlook.com",
    "outlook.de",
    "hotmail.com",
    "hotmail.de",
    "hotmail.co.uk",
    "hotmail.fr",
    "live.com",
    "live.de",
    "msn.com",
];

/// The servers to try: those that were named, else those of the provider, else what the domain's own would be called. A
/// certificate has to be for that very name, so that a guess tells a password to nobody else.
pub(super) fn servers(ask: &ConnectImap) -> Option<Servers> {
    let domain = ask.address.rsplit_once('@')?.1.trim().to_ascii_lowercase();
    if domain.is_empty() {
        return None;
    }
    let named = (ask.imap.clone(), ask.smtp.clone());
    if let (Some(imap), Some(smtp)) = named {
        return Some(Servers::At { imap, smtp });
    }
    if NO_PASSWORD.contains(&domain.as_str()) && named.0.is_none() && named.1.is_none() {
        return Some(Servers::NoPassword);
    }
    let known = KNOWN.iter().find(|(domains, ..)| domains.contains(&domain.as_str()));
    let (imap, smtp, port) = known.map_or_else(
        || (format!("imap.{domain}"), format!("smtp.{domain}"), 465),
        |(_, imap, smtp, port)| ((*imap).to_owned(), (*smtp).to_owned(), *port),
    );
    let tls = if port == 465 { MailTls::Implicit } else { MailTls::StartTls };
    Some(Servers::At {
        imap: named.0.unwrap_or(MailServer { host: imap, port: 993, tls: MailTls::Implicit }),
        smtp: named.1.unwrap_or(MailServer { host: smtp, port, tls }),
    })
}

/// The password to sign in with: Google shows app passwords in groups of four, with spaces that do not count.
pub(super) fn password(imap: &MailServer, password: &str) -> String {
    if imap.host.eq_ignore_ascii_case("imap.gmail.com") || imap.host.eq_ignore_ascii_case("imap.googlemail.com") {
        password.split_whitespace().collect()
    } else {
        password.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: &str) -> ConnectImap {
        ConnectImap { address: address.to_owned(), password: String::new(), user: None, imap: None, smtp: None }
    }

    fn hosts(ask: &ConnectImap) -> String {
        match servers(ask) {
            Some(Servers::At { imap, smtp }) => format!("{}:{} {}:{}", imap.host, imap.port, smtp.host, smtp.port),
            Some(Servers::NoPassword) => "no password".to_owned(),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn servers_are_known_or_guessed_by_the_domain() {
        for (address, expected) in [
            ("a@gmail.com", "imap.gmail.com:993 smtp.gmail.com:465"),
            ("a@GoogleMail.com", "imap.gmail.com:993 smtp.gmail.com:465"),
            ("a@web.de", "imap.web.de:993 smtp.web.de:587"),
            ("a@example.org", "imap.example.org:993 smtp.example.org:465"),
            ("a@hotmail.com", "no password"),
            ("a@", "none"),
            ("a", "none"),
        ] {
            assert_eq!(hosts(&ask(address)), expected);
        }
        let server = |host: &str| MailServer { host: host.to_owned(), port: 1, tls: MailTls::Implicit };
        let named = ConnectImap { imap: Some(server("i")), smtp: Some(server("s")), ..ask("a@hotmail.com") };
        assert_eq!(hosts(&named), "i:1 s:1");
        assert_eq!(hosts(&ConnectImap { imap: Some(server("i")), ..ask("a@gmail.com") }), "i:1 smtp.gmail.com:465");
    }

    #[test]
    fn spaces_count_in_passwords_but_for_gmails() {
        let server = |host: &str| MailServer { host: host.to_owned(), port: 993, tls: MailTls::Implicit };
        assert_eq!(password(&server("imap.gmail.com"), "abcd efgh ijkl mnop"), "abcdefghijklmnop");
        assert_eq!(password(&server("imap.example.org"), " a b "), " a b ");
    }
}
