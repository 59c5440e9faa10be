//! Kinds of mails, with examples of our own.

mod away;
mod notices;
mod replies;
mod reports;

use super::*;

/// A mail from header lines and parts.
fn kind_of(header: &str, parts: &[(Media, &str)]) -> Finding {
    let headers: Vec<(&str, &str)> = header.lines().filter_map(|line| line.split_once(": ")).collect();
    let parts: Vec<Part<'_>> = parts.iter().map(|(media, text)| Part { media: *media, text }).collect();
    let finding = classify(&Mail { headers: &headers, parts: &parts });
    if !needs_parts(&headers) {
        let without = classify(&Mail { headers: &headers, parts: &[] });
        assert_eq!(finding.kind, without.kind, "its parts are not needed, it was said: {header}");
    }
    finding
}

/// Kind and rule of each header with a text.
fn check(text: &str, cases: &[(&str, Kind, Rule)]) {
    for (header, kind, rule) in cases {
        let finding = kind_of(header, &[(Media::Plain, text)]);
        assert_eq!((finding.kind, finding.rule), (*kind, *rule), "{header}");
    }
}

#[test]
fn kinds_are_read_as_they_are_written() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Kind::parse("Human"), None);
}

/// Numbers that look random, and are the same every time.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 40).unwrap()
}

#[test]
fn anything_has_a_kind() {
    // Pieces that rules look for, in any order, cut anywhere.
    let pieces = [
        "From",
        "Subject",
        "mailer-daemon@",
        "<>",
        "5.1.1",
        "550 ",
        "@",
        ".",
        "\r\n",
        "\n\n",
        ": ",
        "Final-Recipient: rfc822; a@b.example\n",
        "Action: failed\n",
        "Status: 4.0.0",
        "until",
        "bis zum 12.",
        "Monday",
        "\u{feff}",
        "ß",
        "\u{1F600}",
        "<a@b>",
        "--- Below this line is a copy",
        "Received: ",
        "Return-Path",
        "Content-Type",
        "multipart/report; report-type=delivery-status",
        "text/calendar; method=REPLY",
        "Auto-Submitted",
        "auto-replied",
        "\0",
        "=?utf-8?q?=80?=",
        "Re:",
        "a@b.c@d.e",
        "..",
        "999.9999.9",
        "X-Failed-Recipients",
    ];
    let media = [
        Media::Plain,
        Media::Html,
        Media::DeliveryStatus,
        Media::Disposition,
        Media::Feedback,
        Media::Returned,
        Media::Calendar,
        Media::Other,
    ];
    let zone = crate::when::zone::Fixed(3600);
    let context = crate::when::Context::new(1_795_000_000, &zone, &crate::when::zone::NoZones);
    let mut state = 7;
    for _ in 0..3_000 {
        let mut text = |most: usize| {
            let count = random(&mut state) % most;
            (0..count).map(|_| pieces[random(&mut state) % pieces.len()]).collect::<String>()
        };
        let headers: Vec<(String, String)> = (0..6).map(|_| (text(2), text(6))).collect();
        let bodies: Vec<(usize, String)> = (0..3).map(|at| (at, text(30))).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let parts: Vec<Part<'_>> =
            bodies.iter().map(|(_, text)| Part { media: media[random(&mut state) % media.len()], text }).collect();
        let finding = classify(&Mail { headers: &headers, parts: &parts });
        assert!(finding.failed.len() <= MOST_FAILED);
        assert!(
            finding.failed.iter().chain(&finding.original).chain(&finding.status).all(|it| !it.contains(['\n', '\r', '\0']))
        );
        // What a header does not announce, parts are not.
        let is_text = parts.iter().all(|part| matches!(part.media, Media::Plain | Media::Html));
        if is_text && !needs_parts(&headers) {
            assert_eq!(finding.kind, classify(&Mail { headers: &headers, parts: &[] }).kind, "{headers:?}");
        }
        crate::mailkind::away::named_day(headers[0].1, &bodies[0].1, &context);
    }
}

#[test]
fn huge_mails_take_no_longer() {
    let long = "a@b.example, ".repeat(2_000_000);
    let dots = "5.".repeat(5_000_000);
    let lines = "X: y\n \n".repeat(1_000_000);
    for text in [&long, &dots, &lines] {
        for media in [Media::Plain, Media::DeliveryStatus, Media::Returned, Media::Calendar] {
            let finding = kind_of("From: MAILER-DAEMON@x.example\nSubject: failure notice\nReturn-Path: <>", &[(media, text)]);
            assert!(finding.failed.len() <= MOST_FAILED);
        }
    }
    let headers = vec![("Received", long.as_str()); 5];
    assert_eq!(classify(&Mail { headers: &headers, parts: &[] }).kind, Kind::Human);
    let many = vec![("List-Id", "x"); 2_000_000];
    assert_eq!(classify(&Mail { headers: &many, parts: &[] }).kind, Kind::List);
}
