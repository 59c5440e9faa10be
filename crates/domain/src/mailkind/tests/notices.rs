//! Notices of mail servers in words of their own, and mails that only sound like them.

use super::*;
use crate::mailkind::{Kind, Media, Reason, Rule};

const QMAIL: &str = "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<nobody@acme.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <me@example.org>\nMessage-ID: <mine@example.org>\nFrom: me@example.org\nTo: spare@acme.example\n\nHello 5.2.2\n";
const EXIM: &str = "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  full@acme.example\n    SMTP error from remote mail server after RCPT TO:<full@acme.example>:\n    552 Mailbox full\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <me@example.org>\nMessage-Id: <mine@example.org>\n";
const SENDMAIL: &str = "   ----- The following addresses had permanent fatal errors -----\n<nobody@acme.example>\n\n   ----- Transcript of session follows -----\n550 <nobody@acme.example>... User unknown\n\n   ----- Original message follows -----\n\nReceived: by x\nMessage-Id: <mine@example.org>\n";
const EXCHANGE: &str = "Your message\n\n  To:      nobody@acme.example\n  Subject: hi\n\ndid not reach the following recipient(s):\n\nnobody@acme.example on Mon, 1 Jan 2024 10:00:00 +0100\n    The recipient name is not recognized\n";
const DELAY: &str = "This is a warning message only.\nYour message has not yet been delivered to <slow@acme.example>.\nNo action is required on your part. Delivery attempts will continue for some time.\n";

#[test]
fn servers_own_words() {
    for (header, text, kind, reason, failed, original) in [
        (
            "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: failure notice",
            QMAIL,
            Kind::BounceHard,
            Some(Reason::UserUnknown),
            "nobody@acme.example",
            true,
        ),
        (
            // Exim marks its bounces as replies: they are bounces all the same.
            "From: Mail Delivery System <Mailer-Daemon@mx.example>\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender",
            EXIM,
            Kind::BounceSoft,
            Some(Reason::MailboxFull),
            "full@acme.example",
            true,
        ),
        (
            "From: Mail Delivery Subsystem <MAILER-DAEMON>\nSubject: Returned mail: User unknown",
            SENDMAIL,
            Kind::BounceHard,
            Some(Reason::UserUnknown),
            "nobody@acme.example",
            true,
        ),
        (
            "From: System Administrator <postmaster@acme.example>\nSubject: Undeliverable: hi\nX-Mailer: Internet Mail Service (5.5)",
            EXCHANGE,
            Kind::BounceHard,
            Some(Reason::UserUnknown),
            "nobody@acme.example",
            false,
        ),
        (
            "From: <>\nSubject: Unzustellbar: Hallo",
            "Ihre Nachricht konnte nicht zugestellt werden.\n<nobody@acme.example>\n",
            Kind::Bounce,
            None,
            "nobody@acme.example",
            false,
        ),
        (
            "From: Mail Delivery System <Mailer-Daemon@mx.example>\nAuto-Submitted: auto-replied\nSubject: Warning: message 1abc delayed 24 hours",
            DELAY,
            Kind::DelayNotice,
            None,
            "slow@acme.example",
            false,
        ),
    ] {
        let finding = kind_of(&format!("To: me@example.org\n{header}"), &[(Media::Plain, text)]);
        assert_eq!((finding.kind, finding.reason, finding.rule), (kind, reason, Rule::Notice), "{header}");
        assert_eq!(finding.failed, [failed], "{header}");
        assert_eq!(finding.original.as_deref(), original.then_some("mine@example.org"), "{header}");
    }
}

#[test]
fn gmails_notices_name_their_recipients() {
    let finding = kind_of(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nX-Failed-Recipients: a@x.example,\n  B@x.example, a@X.example\nSubject: Delivery Status Notification (Failure)",
        &[(
            Media::Plain,
            "Delivery to the following recipient failed permanently:\n\n   a@x.example\n\n550 5.1.1 no such user",
        )],
    );
    assert_eq!((finding.kind, finding.rule), (Kind::BounceHard, Rule::FailedRecipients));
    assert_eq!(finding.failed, ["a@x.example"]);
    // The field alone is enough, whoever wrote it.
    let bare = kind_of("From: lead@acme.example\nSubject: Re: hi\nX-Failed-Recipients: nobody@acme.example", &[]);
    assert_eq!(bare.kind, Kind::Bounce);
}

#[test]
fn what_comes_first_in_a_subject_counts() {
    for (subject, kind) in [
        ("Undeliverable: our train is delayed", Kind::BounceHard),
        ("Delayed: Undeliverable goods", Kind::DelayNotice),
        ("Delivery Status Notification (Delay)", Kind::DelayNotice),
        ("Delivery Status Notification (Failure)", Kind::BounceHard),
        ("Mail System Error - Returned Mail", Kind::BounceHard),
    ] {
        let finding =
            kind_of(&format!("From: MAILER-DAEMON@x.example\nSubject: {subject}"), &[(Media::Plain, "550 user unknown")]);
        assert_eq!(finding.kind, kind, "{subject}");
    }
}

#[test]
fn a_persons_words_are_no_bounce() {
    for header in [
        "From: Ann <ann@acme.example>\nSubject: Undeliverable",
        "From: Ann <ann@acme.example>\nSubject: Mail delivery failed: returning message to sender",
        "From: Ann <ann@acme.example>\nSubject: Re: failure notice\nIn-Reply-To: <x@y>",
        "From: Ann <ann@acme.example>\nSubject: Fwd: Undelivered Mail Returned to Sender",
        "From: Joe <postmaster@acme.example>\nSubject: Re: Undeliverable: hi\nIn-Reply-To: <x@y>",
        "From: Joe <postmaster@acme.example>\nSubject: Lunch?",
        "From: Parcels <noreply@parcels.example>\nSubject: Your parcel could not be delivered",
        "From: Parcel Delivery Service <info@parcels.example>\nSubject: Delivery failed: nobody was at home",
    ] {
        for text in [EXIM, QMAIL, EXCHANGE, "user unknown 550 5.1.1", "I could not deliver it, the address does not exist."] {
            let is_postmaster = header.contains("postmaster") && !header.contains("Re:");
            if is_postmaster && text.contains("Message-I") {
                // A postmaster's mail with a copy of another and a server's words is a notice.
                continue;
            }
            let finding = kind_of(header, &[(Media::Plain, text)]);
            assert_eq!(finding.kind, Kind::Human, "{header}\n{text}");
        }
    }
    // Passed on as an attachment, by a program for persons.
    let header = "From: Ann <ann@acme.example>\nSubject: Mail delivery failed\nUser-Agent: Mozilla Thunderbird\nContent-Type: multipart/mixed; boundary=x";
    let parts = [(Media::Plain, "My mail could not be delivered, see the attachment."), (Media::Returned, EXIM)];
    assert_eq!(kind_of(header, &parts).kind, Kind::Human);
}

#[test]
fn servers_that_are_not_called_so() {
    let header =
        "From: imss-scan@acme.example\nSubject: Mail could not be delivered\nContent-Type: multipart/mixed; boundary=x";
    let said = (Media::Plain, "The following mail could not be delivered.\nReason: host not found\n");
    let finding = kind_of(header, &[said, (Media::Returned, "Message-ID: <mine@example.org>\n\n")]);
    assert_eq!((finding.kind, finding.original.as_deref()), (Kind::BounceHard, Some("mine@example.org")));
    assert_eq!(kind_of(header, &[said]).kind, Kind::Human, "words alone are not enough");
    // A server that has nothing to complain of.
    for (header, kind) in [
        ("From: Postmaster <postmaster@acme.example>\nSubject: Delivery Status Notification (Failure)", Kind::Bounce),
        ("From: relay@acme.example\nReturn-Path: <>\nSubject: Undeliverable: hi", Kind::Bounce),
        ("From: relay@acme.example\nReturn-Path: <>\nSubject: We have moved", Kind::Automated),
        ("From: Postmaster <postmaster@acme.example>\nSubject: The bill was returned to sender", Kind::Human),
    ] {
        assert_eq!(kind_of(header, &[(Media::Plain, "Hello,\n\nthank you.\n")]).kind, kind, "{header}");
    }
    let quota = kind_of("From: MAILER-DAEMON@acme.example\nSubject: Your new account", &[(Media::Plain, "Welcome!")]);
    assert_eq!((quota.kind, quota.rule), (Kind::Automated, Rule::Daemon));
}
