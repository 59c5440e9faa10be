//! Whether a mail that came in answers one that was sent.
//!
//! What must hold:
//! - Only a person's mail answers: what [`crate::mailkind`] calls anything else never does. A sender's own mails never do.
//! - `References` prove nothing, as anybody can write them: in the thread, too, a mail answers only when it comes from somebody who
//!   is on the thread, or from an address that belongs to a recipient. Google's thread ids are taken as threads only, for the same
//!   reason.
//! - A new thread answers when the recipient writes to the sender, from the same address or from one that is known to be the
//!   same person's; from the same company only where the user chose so, and never at providers where everybody has an address.
//! - A mail that came before the other was sent does not answer it. The mailbox's time of receipt counts, never `Date`.
//!
//! `docs/ANSWERS.md` tells it to people.

use std::collections::BTreeSet;

use waxwing_protocol::Millis;

use crate::mailkind::Kind;

/// Providers at which strangers have addresses of one domain: the largest, and those that are common in German-speaking countries.
const FREE_PROVIDERS: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "aol.de",
    "arcor.de",
    "att.net",
    "bigpond.com",
    "bluewin.ch",
    "bt.com",
    "btinternet.com",
    "charter.net",
    "chello.at",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "earthlink.net",
    "email.de",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freemail.hu",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hispeed.ch",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "inbox.ru",
    "interia.pl",
    "kabelmail.de",
    "kpnmail.nl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.com",
    "live.de",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "mailfence.com",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "o2online.de",
    "onet.pl",
    "online.de",
    "optonline.net",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "pm.me",
    "posteo.de",
    "posteo.net",
    "privaterelay.appleid.com",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sina.com",
    "skynet.be",
    "sunrise.ch",
    "t-online.de",
    "telenet.be",
    "tiscali.it",
    "tuta.io",
    "tutanota.com",
    "tutanota.de",
    "unitybox.de",
    "verizon.net",
    "virgilio.it",
    "virginmedia.com",
    "vodafone.de",
    "vodafonemail.de",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xtra.co.nz",
    "ya.ru",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
];
/// Domains at which Gmail ignores dots, and which are the same mailbox.
const GMAIL: &[&str] = &["gmail.com", "googlemail.com"];
/// Domain names below which organisations register theirs: two labels are then not yet a company.
const SECOND_LEVELS: &[&str] = &[
    "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "ltd", "me", "ne", "net", "nhs", "or", "org", "plc",
    "sch",
];
/// Names before the `@` that read no answers, and whose mails are none.
const NO_REPLY: &[&str] = &[
    "noreply",
    "no-reply",
    "no_reply",
    "no.reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "nicht-antworten",
    "keine-antwort",
];

/// A mail that was sent, as far as answers ask. Addresses in any case; ids without angle brackets.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// When it was sent.
    pub at: Millis,
    /// The ids of the thread's mails up to this one, its own among them.
    pub ids: &'a [&'a str],
    /// The mailbox's own id of the thread, where it has one (Gmail's).
    pub thread: Option<&'a str>,
    /// The sender's addresses: the mailbox's own, and all it may send from.
    pub own: &'a [&'a str],
    /// To whom it went.
    pub recipients: &'a [&'a str],
    /// Who else is on the thread: who wrote in it, or was written to.
    pub on_thread: &'a [&'a str],
    /// Addresses that are known to be one person's, in pairs.
    pub same_person: &'a [(&'a str, &'a str)],
}

/// A mail that came in.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What it is.
    pub kind: Kind,
    /// When the mailbox got it.
    pub at: Millis,
    /// The ids in `In-Reply-To` and `References`.
    pub references: &'a [&'a str],
    /// The mailbox's own id of its thread, where it has one.
    pub thread: Option<&'a str>,
    /// The address in `From`.
    pub from: &'a str,
    /// The addresses in `To` and `Cc`.
    pub to: &'a [&'a str],
}

/// What the user chose to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    /// A mail of the recipient's company in a new thread answers, too.
    pub company: bool,
}

/// How a mail answers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// In the thread.
    Thread,
    /// In a new thread, from a recipient's address.
    Address,
    /// In a new thread, from an alias of a recipient's address, or another address of the same person.
    Alias,
    /// In a new thread, from the same company.
    Company,
}

/// Whether, and how, a mail answers one that was sent.
pub fn answers(of: &Sent<'_>, mail: &Received<'_>, choice: Choice) -> Option<How> {
    let from = Address::read(mail.from)?;
    // Read once: a mail may have gone to thousands, and its sender may have a hundred addresses.
    let own: BTreeSet<String> = of.own.iter().filter_map(|own| person(own)).collect();
    let is_own = |address: &Address| own.contains(&address.plain);
    if mail.kind != Kind::Human || mail.at < of.at || is_own(&from) || from.is_machine() {
        return None;
    }
    // Whoever wrote to themselves has no other side.
    let others = |list: &[&str]| -> Vec<Address> {
        list.iter().filter_map(|it| Address::read(it)).filter(|address| !is_own(address)).collect()
    };
    let recipients = others(of.recipients);
    let near = nearness(of, &from, &recipients);
    let is_in_thread =
        mail.references.iter().any(|id| of.ids.contains(id)) || mail.thread.is_some() && mail.thread == of.thread;
    if is_in_thread {
        let is_known =
            near.is_some_and(|how| how != How::Company) || others(of.on_thread).iter().any(|other| other.is_same(&from));
        // A colleague whom the recipient brought in is a stranger until the user lets companies count.
        return (is_known || near.is_some() && choice.company).then_some(How::Thread);
    }
    let is_to_sender = mail.to.iter().filter_map(|to| Address::read(to)).any(|to| is_own(&to));
    near.filter(|how| is_to_sender && (*how != How::Company || choice.company))
}

/// An address as answers compare it: in lower case, without what providers ignore. `None`: it is none.
pub fn person(address: &str) -> Option<String> {
    Address::read(address).map(|address| address.plain)
}

/// The domain that an address's organisation registered. `None` where everybody has an address, and of what is none.
pub fn company(address: &str) -> Option<String> {
    Address::read(address)?.company().map(str::to_owned)
}

/// How near an address is to the recipients.
fn nearness(of: &Sent<'_>, from: &Address, recipients: &[Address]) -> Option<How> {
    if recipients.iter().any(|recipient| recipient.written == from.written) {
        return Some(How::Address);
    }
    let is_pair = |one: &str, other: &str, recipient: &Address| {
        let (Some(one), Some(other)) = (Address::read(one), Address::read(other)) else { return false };
        one.is_same(from) && other.is_same(recipient) || other.is_same(from) && one.is_same(recipient)
    };
    let is_alias = |recipient: &Address| {
        recipient.is_same(from) || of.same_person.iter().any(|(one, other)| is_pair(one, other, recipient))
    };
    if recipients.iter().any(is_alias) {
        return Some(How::Alias);
    }
    let company = from.company()?;
    recipients.iter().any(|recipient| recipient.company() == Some(company)).then_some(How::Company)
}

/// An address, as answers compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    /// In lower case.
    written: String,
    /// Without what providers ignore: what stands after a `+`, and at Gmail dots.
    plain: String,
}

impl Address {
    /// `None`: it is none.
    fn read(text: &str) -> Option<Self> {
        let written = text.trim().to_lowercase();
        let (local, domain) = written.rsplit_once('@')?;
        if local.is_empty() || domain.is_empty() {
            return None;
        }
        let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(local);
        let plain =
            if GMAIL.contains(&domain) { format!("{}@gmail.com", name.replace('.', "")) } else { format!("{name}@{domain}") };
        Some(Self { written, plain })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.plain == other.plain
    }

    fn domain(&self) -> &str {
        self.written.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// An address that says of itself that nobody reads it.
    fn is_machine(&self) -> bool {
        let local = self.plain.split('@').next().unwrap_or_default();
        NO_REPLY
            .iter()
            .any(|name| local == *name || local.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_', '.'])))
    }

    /// The domain that an organisation registered: two labels, or three below names like `co.uk`. `None` where everybody has an
    /// address.
    fn company(&self) -> Option<&str> {
        let domain = self.domain();
        let labels: Vec<&str> = domain.split('.').filter(|label| !label.is_empty()).collect();
        let count = match labels.as_slice() {
            [.., second, top] if top.len() == 2 && SECOND_LEVELS.contains(second) => 3,
            _ => 2,
        };
        let skipped = labels.len().checked_sub(count)?;
        let length: usize = labels.iter().take(skipped).map(|label| label.len() + 1).sum();
        let company = domain.get(length..)?;
        (!FREE_PROVIDERS.contains(&company) && !FREE_PROVIDERS.contains(&domain)).then_some(company)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Sent<'_> = Sent {
        at: 1_000,
        ids: &["root@x", "mine@x"],
        thread: Some("t1"),
        own: &["me@example.org", "me@alias.example"],
        recipients: &["Ann@Acme.example", "bob.b@gmail.com", "me@alias.example", "cy@web.de"],
        on_thread: &["dora@other.example"],
        same_person: &[("ann@acme.example", "ann.private@home.example")],
    };

    fn how(from: &str, references: &[&str], thread: Option<&str>, to: &[&str], company: bool) -> Option<How> {
        let mail = Received { kind: Kind::Human, at: 2_000, references, thread, from, to };
        answers(&SENT, &mail, Choice { company })
    }

    #[test]
    fn in_the_thread() {
        for (from, company, expected) in [
            ("ann@acme.example", false, Some(How::Thread)),
            ("ann+x@acme.example", false, Some(How::Thread)),
            ("ann.private@home.example", false, Some(How::Thread)),
            ("bobb@googlemail.com", false, Some(How::Thread)),
            // Whoever was on the thread before.
            ("Dora@other.example", false, Some(How::Thread)),
            // A stranger who forged References, or copied them.
            ("mallory@evil.example", true, None),
            ("eve@web.de", true, None),
            // A colleague, by the user's choice.
            ("zoe@acme.example", false, None),
            ("zoe@acme.example", true, Some(How::Thread)),
            // The sender's own follow-ups.
            ("me@example.org", true, None),
            ("ME+x@alias.example", true, None),
            ("", true, None),
            ("nobody", true, None),
            ("@", true, None),
        ] {
            assert_eq!(how(from, &["mine@x"], None, &[], company), expected, "{from}");
            assert_eq!(how(from, &["root@x", "else@x"], None, &[], company), expected, "{from}");
            assert_eq!(how(from, &[], Some("t1"), &[], company), expected, "{from}");
        }
    }

    #[test]
    fn in_a_new_thread() {
        const ME: &[&str] = &["Me@example.org"];
        for (from, company, expected) in [
            ("ann@acme.example", false, Some(How::Address)),
            ("ann+sales@acme.example", false, Some(How::Alias)),
            ("ann.private@home.example", false, Some(How::Alias)),
            ("b.o.bb+x@gmail.com", false, Some(How::Alias)),
            // Dots count elsewhere.
            ("a.nn@acme.example", false, None),
            ("zoe@acme.example", false, None),
            ("zoe@acme.example", true, Some(How::Company)),
            ("zoe@mail.acme.example", true, Some(How::Company)),
            ("zoe@notacme.example", true, None),
            // Not everybody at a provider.
            ("bob@gmail.com", true, None),
            ("eve@web.de", true, None),
            ("dora@other.example", true, None),
        ] {
            assert_eq!(how(from, &[], Some("t2"), ME, company), expected, "{from}");
            assert_eq!(how(from, &["other@x"], None, ME, company), expected, "{from}");
            assert_eq!(how(from, &[], None, &["somebody@else.example"], company), None, "{from}");
        }
        // No thread id on either side is no thread.
        let sent = Sent { thread: None, ..SENT };
        let mail = Received { kind: Kind::Human, at: 2_000, references: &[], thread: None, from: "dora@other.example", to: ME };
        assert_eq!(answers(&sent, &mail, Choice::default()), None);
    }

    #[test]
    fn only_a_persons_later_mail() {
        for kind in Kind::ALL {
            for at in [0, 999, 1_000, 2_000] {
                let mail = Received { kind, at, references: &["mine@x"], thread: None, from: "ann@acme.example", to: &[] };
                let expected = (kind == Kind::Human && at >= 1_000).then_some(How::Thread);
                assert_eq!(answers(&SENT, &mail, Choice { company: true }), expected, "{kind:?} at {at}");
            }
        }
        let sent = Sent { recipients: &["no-reply@acme.example", "noreply-42@acme.example", "norepl@acme.example"], ..SENT };
        for (from, expected) in
            [("no-reply@acme.example", None), ("NoReply-42@acme.example", None), ("norepl@acme.example", Some(How::Thread))]
        {
            let mail = Received { kind: Kind::Human, at: 2_000, references: &["mine@x"], thread: None, from, to: &[] };
            assert_eq!(answers(&sent, &mail, Choice::default()), expected, "{from}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
    fn many_recipients_of_a_sender_with_many_addresses() {
        let own: Vec<String> = (0..100).map(|n| format!("me{n}@example.org")).collect();
        let recipients: Vec<String> = (0..5_000).map(|n| format!("person{n}@firm{n}.example")).collect();
        let (own, recipients): (Vec<&str>, Vec<&str>) =
            (own.iter().map(String::as_str).collect(), recipients.iter().map(String::as_str).collect());
        let sent = Sent { own: &own, recipients: &recipients, ..SENT };
        let from = std::time::Instant::now();
        for n in 0..20 {
            let (writer, expected) =
                if n % 2 == 0 { ("mallory@evil.example", None) } else { ("person4999@firm4999.example", Some(How::Thread)) };
            let mail = Received { kind: Kind::Human, at: 2_000, references: &["mine@x"], thread: None, from: writer, to: &own };
            assert_eq!(answers(&sent, &mail, Choice { company: true }), expected, "{writer}");
        }
        // Each own address read anew for each recipient took more than half a minute.
        assert!(from.elapsed().as_secs() < 8, "{:?}", from.elapsed());
    }

    #[test]
    fn companies() {
        for (address, expected) in [
            ("a@acme.example", Some("acme.example")),
            ("a@x.y.acme.example", Some("acme.example")),
            ("a@acme.co.uk", Some("acme.co.uk")),
            ("a@mail.acme.co.uk", Some("acme.co.uk")),
            ("a@co.uk", None),
            ("a@gmail.com", None),
            ("a@mail.yahoo.co.uk", None),
            ("a@privaterelay.appleid.com", None),
            ("a@localhost", None),
            ("a@acme.me", Some("acme.me")),
        ] {
            assert_eq!(Address::read(address).unwrap().company(), expected, "{address}");
        }
        assert!(FREE_PROVIDERS.is_sorted());
        assert_eq!(company("Zoe@Mail.Acme.example").as_deref(), Some("acme.example"));
        assert_eq!(company("nobody"), None);
    }

    #[test]
    fn persons() {
        for (address, expected) in [
            (" Bo.B+x@GoogleMail.com ", Some("bob@gmail.com")),
            ("A.nn+sales@Acme.example", Some("a.nn@acme.example")),
            ("+x@acme.example", Some("+x@acme.example")),
            ("nobody", None),
            ("@", None),
        ] {
            assert_eq!(person(address).as_deref(), expected, "{address}");
        }
    }
}
