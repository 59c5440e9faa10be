//! How long it takes to tell what a mail is: `cargo run --release -p waxwing-domain --example mailkind_bench`. Prints JSON
//! lines, as the other benchmarks do.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use waxwing_domain::mailkind::{Mail, Media, Part, away, classify};
use waxwing_domain::when::Context;
use waxwing_domain::when::zone::{Fixed, NoZones};

const NOW: i64 = 1_795_000_000;
const ROUNDS: u32 = 5_000;

/// What mails carry on their way, beside what tells their kind.
const WAY: &str = "Received: from mail.acme.example (mail.acme.example [192.0.2.7]) by mx.example.org with ESMTPS id 4aBcDe for <me@example.org>; Mon, 23 Nov 2026 10:00:00 +0100
Received-SPF: pass (example.org: domain of ann@acme.example designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7
Authentication-Results: mx.example.org; dkim=pass header.i=@acme.example; spf=pass smtp.mailfrom=ann@acme.example; dmarc=pass
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1; h=from:to:subject; bh=abc=; b=def=
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@acme.example>
MIME-Version: 1.0
To: me@example.org";

const NOTICE: &str = "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  nobody@acme.example\n    SMTP error from remote mail server after RCPT TO:<nobody@acme.example>:\n    550 5.1.1 <nobody@acme.example>: Recipient address rejected: User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <me@example.org>\nMessage-Id: <2@example.org>\n";
const FIELDS: &str = "Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; nobody@acme.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n";
const AWAY: &str = "Hello,\n\nI am out of the office until 4 December and will answer when I am back. In urgent cases please write to bob@acme.example.\n\nIch bin bis zum 4. Dezember nicht im Büro.\n";

/// A name, header fields, and parts.
type Case<'a> = (&'a str, &'a str, &'a [(Media, &'a str)]);

#[expect(clippy::disallowed_methods, reason = "a measurement is the shell that reads the clock")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn measure(what: &str, rounds: u32, mut work: impl FnMut()) {
    let took = timed(|| {
        for _ in 0..rounds {
            work();
        }
    });
    let each = took.as_secs_f64() * 1e6 / f64::from(rounds);
    let _ = writeln!(
        std::io::stdout(),
        r#"{{"bench":"{what}","count":{rounds},"us_each":{each:.3},"s":{:.3}}}"#,
        took.as_secs_f64()
    );
}

fn main() {
    let letter = "Thank you for the offer. We would like to talk about it on Thursday.\n".repeat(60);
    let returned = "Received: from a by b\nMessage-ID: <2@example.org>\nSubject: offer\n\n";
    let cases: [Case<'_>; 5] = [
        (
            "human",
            "From: Ann <ann@acme.example>\nSubject: Re: offer\nIn-Reply-To: <2@example.org>\nContent-Type: multipart/alternative; boundary=x",
            &[(Media::Plain, &letter), (Media::Html, &letter)],
        ),
        (
            "auto_reply",
            "From: Ann <ann@acme.example>\nSubject: Automatic reply: offer\nAuto-Submitted: auto-replied",
            &[(Media::Plain, AWAY)],
        ),
        (
            "report",
            "From: Mail Delivery System <MAILER-DAEMON@acme.example>\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=x",
            &[(Media::Plain, NOTICE), (Media::DeliveryStatus, FIELDS), (Media::Returned, returned)],
        ),
        (
            "notice",
            "From: Mail Delivery System <Mailer-Daemon@acme.example>\nReturn-Path: <>\nSubject: Mail delivery failed: returning message to sender\nAuto-Submitted: auto-replied",
            &[(Media::Plain, NOTICE)],
        ),
        (
            "list",
            "From: Ann <ann@acme.example>\nSubject: News\nList-Id: <news.acme.example>\nPrecedence: bulk",
            &[(Media::Plain, &letter)],
        ),
    ];
    for (name, own, parts) in cases {
        let headers: Vec<(&str, &str)> = WAY.lines().chain(own.lines()).filter_map(|line| line.split_once(": ")).collect();
        let parts: Vec<Part<'_>> = parts.iter().map(|(media, text)| Part { media: *media, text }).collect();
        let mail = Mail { headers: &headers, parts: &parts };
        measure(&format!("mailkind_{name}"), ROUNDS, || {
            black_box(classify(black_box(&mail)));
        });
    }
    let zone = Fixed(3600);
    let context = Context::new(NOW, &zone, &NoZones);
    measure("mailkind_away", ROUNDS, || {
        black_box(away::named_day("Automatic reply: offer", black_box(AWAY), &context));
    });
    // The largest that is read, from a mail server: what a stranger can make us do.
    let hostile = ["a@b.example 5.1.1 ".repeat(40_000), "5.".repeat(400_000), "until 1. ".repeat(80_000)];
    let headers = [("From", "MAILER-DAEMON@x.example"), ("Subject", "x")];
    for (name, text) in ["addresses", "codes", "words"].into_iter().zip(&hostile) {
        let parts = [Part { media: Media::Plain, text: text.as_str() }];
        measure(&format!("mailkind_hostile_{name}"), 50, || {
            black_box(classify(black_box(&Mail { headers: &headers, parts: &parts })));
        });
    }
}
