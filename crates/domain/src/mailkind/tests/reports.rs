//! Reports that programs read.

use super::*;
use crate::mailkind::reason::{reply_code_in, status_in};
use crate::mailkind::{Kind, Media, Reason, Rule};

const REPORT: &str = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: me@example.org\nAuto-Submitted: auto-replied\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=x";

fn report(fields: &str) -> Finding {
    let returned = "Received: from a by b\nMessage-ID:\n <mine@example.org>\nSubject: hi\n\n";
    kind_of(
        REPORT,
        &[(Media::Plain, "This is the mail system at host mx."), (Media::DeliveryStatus, fields), (Media::Returned, returned)],
    )
}

#[test]
fn delivery_reports() {
    use Kind::{Bounce, BounceHard, BounceSoft, DelayNotice, DeliveryNotice};
    use Reason::{Busy, Expired, MailboxFull, NoMail, Refused, Spam, UserUnknown};
    let group = |action: &str, status: &str, diagnostic: &str| {
        format!(
            "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; nobody@acme.example\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
        )
    };
    for (action, status, diagnostic, kind, reason, code) in [
        ("failed", "5.1.1", "550 5.1.1 User unknown", BounceHard, Some(UserUnknown), "5.1.1"),
        // Exim's 5.0.0 says nothing; the server's words do, folded over two lines.
        (
            "failed",
            "5.0.0",
            "550-5.1.1 The email account that you\r\n tried to reach does not exist",
            BounceHard,
            Some(UserUnknown),
            "5.1.1",
        ),
        ("Failed", "5.2.2 (mailbox full)", "552 5.2.2 over quota", BounceSoft, Some(MailboxFull), "5.2.2"),
        ("failed", "5.1.1", "552 Mailbox full", BounceSoft, Some(MailboxFull), "5.1.1"),
        ("failed", "5.7.1", "554 looks like spam", BounceSoft, Some(Spam), "5.7.1"),
        (
            "failed",
            "5.1.8",
            "553 5.1.8 <a@b.example>... Domain of sender address does not exist",
            BounceSoft,
            Some(Refused),
            "5.1.8",
        ),
        ("failed", "4.4.1", "451 connection timed out", BounceSoft, Some(Expired), "4.4.1"),
        ("failed", "4.7.1", "451 4.7.1 Greylisting in action, try again", BounceSoft, Some(Busy), "4.7.1"),
        ("failed", "5.1.10", "556 5.1.10 recipient null MX", BounceHard, Some(NoMail), "5.1.10"),
        ("failed", "5.0.0", "554 no", Bounce, None, "5.0.0"),
        ("delayed", "4.4.1", "connection refused", DelayNotice, Some(Expired), "4.4.1"),
        ("relayed", "2.0.0", "250 ok", DeliveryNotice, None, "2.0.0"),
        ("delivered", "2.1.5", "250 ok", DeliveryNotice, None, "2.1.5"),
        ("expanded", "2.0.0", "", DeliveryNotice, None, "2.0.0"),
        ("", "5.1.1", "", BounceHard, Some(UserUnknown), "5.1.1"),
    ] {
        let finding = report(&group(action, status, diagnostic));
        assert_eq!(
            (finding.kind, finding.reason, finding.status.as_deref()),
            (kind, reason, Some(code)),
            "{action} {status} {diagnostic}"
        );
        assert_eq!(finding.rule, Rule::Report);
        assert_eq!(finding.failed, ["nobody@acme.example"]);
        assert_eq!(finding.original.as_deref(), Some("mine@example.org"));
    }
}

#[test]
fn several_recipients() {
    let one = "Final-Recipient: rfc822; ann@a.example\nAction: delivered\nStatus: 2.0.0\n";
    let two = "Original-Recipient: rfc822; bob@b.example\nFinal-Recipient: rfc822; bob@inner.example\nAction: failed\nStatus: 4.2.2\n";
    let three = "Final-Recipient: RFC822;<cy@c.example>\nAction: failed\nStatus: 5.1.1\n";
    let four = "Final-Recipient: rfc822; dora@d.example\nAction: delayed\nStatus: 4.4.1\n";
    let all = report(&format!("Reporting-MTA: dns; x\n\n{one}\n{two}\n{three}\n{four}"));
    assert_eq!((all.kind, all.status.as_deref()), (Kind::BounceHard, Some("5.1.1")));
    assert_eq!(all.failed, ["bob@b.example", "cy@c.example"]);
    // Without the blank lines between the groups.
    assert_eq!(report(&format!("{one}{three}")).failed, ["cy@c.example"]);
    assert_eq!(report(&format!("{one}\n{four}")).kind, Kind::DelayNotice);
    assert_eq!(report(one).kind, Kind::DeliveryNotice);
}

#[test]
fn broken_reports_are_still_reports() {
    for fields in ["", "\n\n", "nonsense", "Final-Recipient", "Action: failed", "Status: x"] {
        let finding = report(fields);
        assert!(finding.kind.is_bounce(), "{fields}: {finding:?}");
    }
    let bare = kind_of("From: a@x.example\nContent-Type: multipart/report; report-type=\"Delivery-Status\"; boundary=b", &[]);
    assert_eq!((bare.kind, bare.rule), (Kind::Bounce, Rule::Report));
}

#[test]
fn reports_that_lists_turned_into_other_multiparts() {
    let fields = "Final-Recipient: rfc822; nobody@acme.example\nAction: failed\nStatus: 5.1.1\n";
    let mixed = |from: &str, subject: &str| {
        let header = format!("From: {from}\nSubject: {subject}\nContent-Type: multipart/mixed; boundary=x");
        kind_of(&header, &[(Media::Plain, "see below"), (Media::DeliveryStatus, fields)]).kind
    };
    assert_eq!(mixed("MAILER-DAEMON@x.example", "Delivery status"), Kind::BounceHard);
    assert_eq!(mixed("list@x.example", "Delivery status"), Kind::BounceHard);
    assert_eq!(mixed("MAILER-DAEMON@x.example", "Re: hi"), Kind::BounceHard);
    // A person shows it to somebody.
    assert_eq!(mixed("Ann <ann@acme.example>", "Fwd: Delivery status"), Kind::Human);
    assert_eq!(mixed("Ann <ann@acme.example>", "WG: Delivery status"), Kind::Human);
}

#[test]
fn receipts_and_complaints() {
    let header = "From: ann@acme.example\nSubject: Read: hi\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x";
    let receipt = |disposition: &str| {
        let fields = format!(
            "Final-Recipient: rfc822; ann@acme.example\nOriginal-Message-ID: <mine@example.org>\nDisposition: {disposition}\n"
        );
        kind_of(header, &[(Media::Plain, "This is no guarantee that it was read."), (Media::Disposition, &fields)])
    };
    let shown = receipt("manual-action/MDN-sent-manually; displayed");
    assert_eq!((shown.kind, shown.rule), (Kind::DeliveryNotice, Rule::Read));
    assert_eq!((shown.failed, shown.original.as_deref()), (vec!["ann@acme.example".to_owned()], Some("mine@example.org")));
    assert_eq!(receipt("automatic-action/MDN-sent-automatically; deleted/error").rule, Rule::Unread);
    assert_eq!(kind_of(header, &[]).kind, Kind::DeliveryNotice);

    let complaint = kind_of(
        "From: fbl@isp.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=x",
        &[
            (Media::Plain, "This is an email abuse report."),
            (Media::Feedback, "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <ann@acme.example>\n"),
            (Media::Returned, "Message-ID: <mine@example.org>\n\n"),
        ],
    );
    assert_eq!((complaint.kind, complaint.rule), (Kind::FeedbackReport, Rule::Feedback));
    assert_eq!(
        (complaint.failed.as_slice(), complaint.original.as_deref()),
        (&["ann@acme.example".to_owned()][..], Some("mine@example.org"))
    );
    let jmrp = kind_of(
        "From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=x",
        &[(Media::Returned, "X-HmXmrOriginalRecipient: ann@hotmail.com\nMessage-ID: <mine@example.org>\n\n")],
    );
    assert_eq!(jmrp.kind, Kind::FeedbackReport);
}

#[test]
fn notices_of_amazon() {
    let header = "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\nx-amz-sns-message-id: 1";
    for (text, kind) in [
        (
            r#"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"a@b.example","status":"5.1.1"}]}}"#,
            Kind::BounceHard,
        ),
        (r#"{"eventType": "Delivery", "delivery": {}}"#, Kind::DeliveryNotice),
        (r#"{"notificationType":"Complaint"}"#, Kind::FeedbackReport),
        ("hello", Kind::Human),
    ] {
        let finding = kind_of(header, &[(Media::Plain, text)]);
        assert_eq!(finding.kind, kind, "{text}");
        assert_eq!(finding.failed.is_empty(), kind != Kind::BounceHard);
    }
}

#[test]
fn codes() {
    for (text, expected) in [
        ("550 5.1.1 User unknown", Some("5.1.1")),
        ("550-5.1.1 The", Some("5.1.1")),
        ("#5.1.1#", Some("5.1.1")),
        ("(5.7.26)", Some("5.7.26")),
        ("status=4.4.1.", Some("4.4.1")),
        ("at 5.6.7.8 it", None),
        ("host 192.5.1.1 said", None),
        ("version 15.1.1", None),
        ("5.1", None),
        ("5.1.1234", None),
        ("3.1.1", None),
        ("x5.1.1", None),
        ("5.1.1x", None),
        ("5..1", None),
        (".", None),
        ("", None),
        ("é.5.1.1 5.2.2", Some("5.2.2")),
    ] {
        assert_eq!(status_in(text), expected, "{text}");
    }
    for (text, expected) in [
        ("said: 550 no", Some("550")),
        ("said: 550-no", Some("550")),
        ("\n421\n", Some("421")),
        ("4500 mails", None),
        ("in 1550 places", None),
        ("596 x", None),
        ("", None),
        ("55", None),
    ] {
        assert_eq!(reply_code_in(text), expected, "{text}");
    }
}
