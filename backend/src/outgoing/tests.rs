use std::fmt::Write as _;

use mail_parser::decoders::html::html_to_text;
use mail_parser::{MessageParser, PartType};
use waxwing_domain::address::Own;
use waxwing_domain::strip::find_marks_in_html;
use waxwing_protocol::api::RecipientKind;

use super::*;

const ACCOUNT: &str = "k7m2p9qa";
const TRACKING: &str = "https://t.example";
const RFC_ID: &str = "<new@id.example>";
const TRACE: Uuid = Uuid::from_u128(0xabc);
const MESSAGE: Uuid = Uuid::from_u128(7);
/// 2026-11-24T08:00:00Z.
const AT: Millis = 1_795_507_200_000;

fn key() -> MintKey {
    MintKey::from_bytes([5; 32])
}

fn try_send(draft: &[u8], track: bool) -> Result<Prepared, Unreadable> {
    let key = key();
    let mint = Mint {
        key: &key,
        epoch: 1,
        tracking_url: TRACKING,
        message: MESSAGE,
        tracks: waxwing_protocol::api::Kinds::ALL,
        line: None,
    };
    prepare(&Order { draft, account: ACCOUNT, trace: TRACE, rfc_id: RFC_ID, date: AT, mint: track.then_some(mint) })
}

fn send(draft: &str) -> Prepared {
    try_send(draft.as_bytes(), true).unwrap()
}

/// With CRLF.
fn mail(lines: &str) -> String {
    lines.replace('\n', "\r\n")
}

/// The decoded HTML parts of a mail.
fn html_of(raw: &[u8]) -> Vec<String> {
    let message = MessageParser::default().parse(raw).unwrap();
    let html = message.parts.iter().filter_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    html.collect()
}

fn pixels(html: &str) -> Vec<Uuid> {
    let marks = find_marks_in_html(html, ACCOUNT).into_iter();
    marks.filter(|mark| matches!(mark, Own::Pixel { .. })).map(|mark| mark.token().message).collect()
}

const FROM: &str = "From: Me <me@a.example>\nTo: Ann <ann@b.example>\n";

/// The header lines of [`FROM`] as they leave, without a date of its own.
const TOP: &str = "X-Waxwing-Id: 00000000-0000-0000-0000-000000000abc\r\nMessage-ID: <new@id.example>\r\n\
                   Date: Tue, 24 Nov 2026 08:00:00 +0000\r\nFrom: Me <me@a.example>\r\nTo: Ann <ann@b.example>\r\n";

#[test]
fn a_single_html_part() {
    let sent = send(&mail(&format!("{FROM}Content-Type: text/html; charset=utf-8\n\n<p>Grüße</p>\n")));
    let text = String::from_utf8(sent.raw).unwrap();
    // It was said to be 7bit, and was not: now it is what it says.
    let top = TOP.replace("From: Me", "Content-Transfer-Encoding: quoted-printable\r\nFrom: Me");
    let body = text.strip_prefix(&top).unwrap_or_else(|| panic!("{text}"));
    let body = body.strip_prefix("Content-Type: text/html; charset=utf-8\r\n\r\n").unwrap();
    assert!(body.starts_with("<p>Gr=C3=BC=C3=9Fe</p>\r\n<img src=3D\"https://t.example/o/"), "{text}");
    assert_eq!(
        (sent.tracked, sent.sender.as_str(), sent.recipients),
        (Ok(()), "me@a.example", vec!["ann@b.example".to_owned()])
    );
}

#[test]
fn gmails_own_form() {
    let draft = mail(concat!(
        "MIME-Version: 1.0\nDate: Fri, 20 Nov 2026 10:00:00 +0530\nMessage-ID: <old@mail.gmail.com>\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\n",
        "From: Me <me@a.example>\nTo: Ann <ann@b.example>, bob@c.example\nCc: ANN@b.example\nBcc: x@y.example\n",
        "Content-Type: multipart/mixed; boundary=\"o\"\n\n",
        "--o\nContent-Type: multipart/alternative; boundary=\"i\"\n\n",
        "--i\nContent-Type: text/plain; charset=\"UTF-8\"\n\nHi https://a.example/\n\n",
        "--i\nContent-Type: text/html; charset=\"UTF-8\"\nContent-Transfer-Encoding: quoted-printable\n\n",
        "<div dir=3D\"ltr\">Hi <a href=3D\"https://a.example/\">the=\n offer</a></div>\n\n--i--\n",
        "--o\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Disposition: attachment; filename=\"a.pdf\"\n",
        "Content-Transfer-Encoding: base64\nX-Attachment-Id: f_1\n\nJVBERi0xLjQK\n--o--\n"
    ));
    let sent = send(&draft);
    assert_eq!(sent.tracked, Ok(()));
    assert_eq!(sent.recipients, ["ann@b.example", "bob@c.example", "x@y.example"]);
    assert_eq!(sent.content.subject, "Grüße");
    assert_eq!(
        sent.content.recipients.iter().map(|r| r.kind).collect::<Vec<_>>(),
        [RecipientKind::To, RecipientKind::To, RecipientKind::Bcc]
    );
    assert_eq!(sent.content.recipients[0].name.as_deref(), Some("Ann"));
    assert_eq!(
        sent.content.links.iter().map(|l| (l.target.as_str(), l.text.as_str())).collect::<Vec<_>>(),
        [("https://a.example/", "the offer")]
    );

    let text = String::from_utf8(sent.raw.clone()).unwrap();
    // Everything but the lines that were asked for is there, byte for byte, in its order.
    let (before, after) = draft.split_once("<div dir").unwrap();
    let before = before
        .replace("Fri, 20 Nov 2026 10:00:00 +0530", "Tue, 24 Nov 2026 13:30:00 +0530")
        .replace("<old@mail.gmail.com>", RFC_ID);
    assert!(text.starts_with(&format!("X-Waxwing-Id: {TRACE}\r\n{before}")), "{text}");
    assert!(text.ends_with(&after[after.find("\r\n--i--").unwrap()..]), "{text}");
    let html = html_of(&sent.raw);
    assert_eq!(pixels(&html[0]), [MESSAGE]);
    assert!(html[0].contains(">the offer</a></div>\r\n<img src=\"https://t.example/o/"), "{}", html[0]);
    // Sent again, as a time of a recurrence is: as if it had been the first time.
    assert_eq!(try_send(&sent.raw, true).unwrap().raw, sent.raw);
}

#[test]
fn what_goes_out_as_it_is_and_why() {
    let html = "Content-Type: text/html\n\n<p>x</p>";
    let multipart = |kind: &str, inner: &str| format!("Content-Type: multipart/{kind}; boundary=b\n\n--b\n{inner}\n--b--\n");
    let deep = (0..30).fold(html.to_owned(), |inner, n| {
        format!("Content-Type: multipart/mixed; boundary=b{n}x\n\n--b{n}x\n{inner}\n--b{n}x--\n")
    });
    let nested = (0..100).fold(html.to_owned(), |inner, n| {
        format!("Content-Type: multipart/mixed; boundary=b{n}x\n\n--b{n}x\n{inner}\n--b{n}x--\n")
    });
    let crowd = multipart("mixed", &format!("{html}\n{}", "--b\nContent-Type: text/plain\n\nx\n".repeat(1_100)));
    let bomb = format!("{}{html}", "Content-Type: message/rfc822\n\n".repeat(50_000));
    for (body, why) in [
        ("\nplain".to_owned(), NotTrackedWhy::PlainText),
        ("Content-Type: text/plain\n\n<p>x</p>".to_owned(), NotTrackedWhy::PlainText),
        (multipart("signed", html), NotTrackedWhy::Signed),
        (
            multipart("mixed", &multipart("signed", html).replace("b\n", "c\n").replace("--b", "--c").replace("=b", "=c")),
            NotTrackedWhy::Signed,
        ),
        (multipart("encrypted", html), NotTrackedWhy::Encrypted),
        ("Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nxxx".to_owned(), NotTrackedWhy::Signed),
        ("Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\n\nxxx".to_owned(), NotTrackedWhy::Encrypted),
        (
            multipart("alternative", &format!("Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nx\n--b\n{html}")),
            NotTrackedWhy::Encrypted,
        ),
        ("Content-Type: text/html\n\n<pre>-----BEGIN PGP SIGNED MESSAGE-----</pre>".to_owned(), NotTrackedWhy::Signed),
        ("Content-Type: text/html; charset=utf-7\n\nx".to_owned(), NotTrackedWhy::Charset),
        ("Content-Type: text/html\nContent-Transfer-Encoding: x-uue\n\nx".to_owned(), NotTrackedWhy::Encoding),
        ("Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\nx=zz".to_owned(), NotTrackedWhy::Encoding),
        ("Content-Type: text/html\n\n<select><xmp><script>".to_owned(), NotTrackedWhy::Markup),
        // Borders that are missing, ambiguous, or not on a line of their own.
        (multipart("mixed", html).replace("--b--", ""), NotTrackedWhy::Structure),
        (multipart("mixed", html).replace("\n--b--", "--b--"), NotTrackedWhy::Structure),
        (multipart("mixed", html).replace("--b--", "--bb--"), NotTrackedWhy::Structure),
        (multipart("mixed", html).replace("boundary=b", "x=y"), NotTrackedWhy::Structure),
        (multipart("mixed", &html.replace("text/html", "text/html\nContent-Type: text/html")), NotTrackedWhy::Structure),
        (deep, NotTrackedWhy::Structure),
        (nested, NotTrackedWhy::Structure),
        (crowd, NotTrackedWhy::Structure),
        (bomb, NotTrackedWhy::Structure),
        // A mail within the mail is never touched.
        (
            multipart("mixed", &format!("Content-Type: text/plain\n\nx\n--b\nContent-Type: message/rfc822\n\n{FROM}{html}")),
            NotTrackedWhy::PlainText,
        ),
        (multipart("mixed", &html.replace("\n\n", "\nContent-Disposition: attachment\n\n")), NotTrackedWhy::PlainText),
    ] {
        let draft = mail(&format!("{FROM}{body}"));
        let sent = send(&draft);
        assert_eq!(sent.tracked, Err(why), "{}", &draft[..draft.len().min(400)]);
        assert_eq!(sent.content.links, []);
        let rest = draft.strip_prefix(&mail(FROM)).unwrap();
        assert_eq!(sent.raw, [TOP, rest].concat().as_bytes(), "{why:?}");
        assert_eq!(try_send(draft.as_bytes(), false).unwrap().tracked, Err(NotTrackedWhy::NotAsked));
    }
}

#[test]
fn as_many_parts_as_are_read_do_no_harm() {
    let types = |one: &str| (0..900).map(|n| one.replace('#', &n.to_string())).collect::<String>();
    for body in [
        types("Content-Type: message/rfc822\n\n"),
        types("Content-Type: multipart/mixed; boundary=b#x\n\n--b#x\n"),
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}",
            types("--b\nContent-Type: multipart/mixed; boundary=none#\n\nx\n")
        ),
    ] {
        let sent = send(&mail(&format!("{FROM}{body}Content-Type: text/html\n\n<p>x</p>")));
        assert!(matches!(sent.tracked, Err(NotTrackedWhy::Structure | NotTrackedWhy::PlainText)), "{:?}", sent.tracked);
        assert!(sent.raw.ends_with(b"<p>x</p>"));
    }
}

#[test]
fn old_marks_go_out_of_quotes_tracked_or_not() {
    let first = send(&mail(&format!("{FROM}Content-Type: text/html\n\nhello <a href=\"https://a.example/\">x</a>")));
    let quoted = &html_of(&first.raw)[0];
    let reply = mail(&format!(
        "{FROM}Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n\nok<div class=\"gmail_quote\">{quoted}</div>"
    ));
    for track in [true, false] {
        let sent = try_send(reply.as_bytes(), track).unwrap();
        let html = &html_of(&sent.raw)[0];
        assert_eq!(find_marks_in_html(html, ACCOUNT).len(), usize::from(track));
        assert!(html.contains("<a href=\"https://a.example/\">x</a>"), "{html}");
    }
    // Also where no new ones can be put in.
    let odd = reply.replace("ok<div", "ok<style>s</style><div").replace("</div>", "</div><select><xmp><script>");
    let sent = send(&odd);
    assert_eq!(sent.tracked, Err(NotTrackedWhy::Markup));
    assert_eq!(find_marks_in_html(&html_of(&sent.raw)[0], ACCOUNT), []);
}

#[test]
fn several_html_parts_carry_one_pixel() {
    let part = |text: &str| format!("--b\nContent-Type: text/html\n\n{text} <a href=\"https://a.example/{text}\">x</a>\n");
    let body = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n{}--b\nContent-Type: image/png\nContent-Disposition: inline\n\nPNG\n{}--b--\n",
        part("one"),
        part("two")
    );
    let sent = send(&mail(&format!("{FROM}{body}")));
    let html = html_of(&sent.raw);
    assert_eq!((pixels(&html[0]), pixels(&html[1])), (vec![MESSAGE], vec![]));
    assert_eq!(
        sent.content.links.iter().map(|l| l.target.as_str()).collect::<Vec<_>>(),
        ["https://a.example/one", "https://a.example/two"]
    );
}

#[test]
fn lines_become_those_of_smtp() {
    let draft = format!(
        "{FROM}Subject: a\rBcc: evil@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x</p>\n--b\nContent-Type: application/x-data\nContent-Transfer-Encoding: binary\n\n\n\r\n1\0\n\n--b--\n"
    );
    let sent = send(&draft);
    assert_eq!(sent.tracked, Ok(()));
    assert_eq!(sent.recipients, ["ann@b.example"]);
    let text = String::from_utf8(sent.raw.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
    let message = MessageParser::default().parse(&sent.raw).unwrap();
    let PartType::Binary(data) = &message.parts[2].body else { panic!("{text}") };
    assert_eq!(data.as_ref(), b"\n\r\n1\0\n");
}

#[test]
fn what_is_signed_keeps_its_bytes_whatever_its_lines_end_in() {
    let part = "--c\r\nContent-Type: application/x-data\r\nContent-Transfer-Encoding: binary\r\n\r\n1\n2\0\r3\r\n--c--\r\n";
    for kind in ["signed; boundary=c", "encrypted; boundary=c"] {
        let whole = format!("Content-Type: multipart/{kind}\r\n\r\n{part}");
        let inside = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{whole}--b--\r\n");
        for body in [whole, inside] {
            let draft = format!("From: me@a.example\nTo: ann@b.example\n{body}");
            let sent = send(&draft);
            let kept = draft.split_once("\r\n\r\n").unwrap().1.as_bytes();
            assert!(sent.raw.ends_with(kept), "{}", String::from_utf8_lossy(&sent.raw));
            assert!(matches!(sent.tracked, Err(NotTrackedWhy::Signed | NotTrackedWhy::Encrypted)), "{:?}", sent.tracked);
            let header = String::from_utf8_lossy(&sent.raw[..sent.raw.len() - kept.len()]);
            assert_eq!(header.matches('\n').count(), header.matches("\r\n").count(), "{header}");
        }
    }
}

#[test]
fn what_is_no_mail_to_send() {
    for (draft, why) in [
        ("", Unreadable::NotAMail),
        ("hello", Unreadable::NotAMail),
        ("\r\nFrom: me@a.example\r\n", Unreadable::NotAMail),
        ("From me\r\nFrom: me@a.example\r\n\r\n", Unreadable::NotAMail),
        ("To: a@b.example\r\n\r\n", Unreadable::Sender),
        ("From: me\r\nTo: a@b.example\r\n\r\n", Unreadable::Sender),
        ("From: me@a.example\r\nTo: ann\r\n\r\n", Unreadable::Recipient),
        ("From: me@a.example\r\nTo: =?utf-8?q?a=0D=0ARCPT_TO:<b@c>?=@x.example\r\n\r\n", Unreadable::Recipient),
        ("From: me@a.example\r\nTo: <a@b@c.example>\r\n\r\n", Unreadable::Recipient),
        ("From: me@a.example\r\nTo: <@c.example>\r\n\r\n", Unreadable::Recipient),
    ] {
        assert_eq!(try_send(draft.as_bytes(), true).map(|sent| sent.recipients), Err(why), "{draft:?}");
    }
    // Nobody to send it to is not for these functions to judge.
    assert_eq!(send("From: me@a.example\r\nTo: undisclosed-recipients:;\r\nCc:\r\n\r\nx").recipients, [] as [String; 0]);
    assert_eq!(send("From: me@a.example\r\nTo: all: a@b.example, c@d.example;\r\n\r\nx").recipients.len(), 2);
}

#[test]
fn summaries() {
    let read = |rest: &str| summary(mail(&format!("{FROM}{rest}")).as_bytes()).unwrap();
    let plain = read("Subject: a\tb\nMessage-ID: <x@y>\n\nhello");
    assert_eq!((plain.subject.as_str(), plain.from.as_str(), plain.rfc_id.as_deref()), ("a b", "me@a.example", Some("<x@y>")));
    assert!(plain.has_text && !plain.has_attachments && plain.size > 50);
    for (rest, has_text) in [
        ("\n", false),
        ("\n \n\t\u{200b}\n", false),
        ("Content-Type: text/html\n\n<div dir=\"ltr\"><br></div>&nbsp;\n", false),
        ("Content-Type: text/html\n\n<div dir=\"ltr\">x</div>\n", true),
        ("Content-Type: text/html\n\n<div dir=\"ltr\"><IMG src=x></div>\n", true),
        ("Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+eDwvcD4=\n", true),
        (
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: text/html\n\n<br>\n--b--\n",
            false,
        ),
    ] {
        let summary = read(rest);
        assert_eq!((summary.has_text, summary.has_attachments), (has_text, false), "{rest:?}");
    }
    let attached = read(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: application/pdf\n\nx\n--b--\n",
    );
    assert!(!attached.has_text && attached.has_attachments);
}

/// xorshift64*: the same mails in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

fn grow(dice: &mut Dice, depth: usize, out: &mut String) {
    if depth > 0 && dice.below(2) == 0 {
        let border = format!("b{}_{}", depth, dice.below(3));
        let kind = dice.pick(&["mixed", "related", "alternative", "report"]);
        write!(out, "Content-Type: multipart/{kind}; boundary=\"{border}\"\n\n").unwrap();
        for _ in 0..=dice.below(3) {
            let (before, behind) = (dice.pick(&["", "prologue\n", ""]), dice.pick(&["", " ", ""]));
            writeln!(out, "{before}--{border}{behind}").unwrap();
            grow(dice, depth - 1, out);
        }
        out.push_str(dice.pick(&["--", "--", "--", "x--"]));
        writeln!(out, "{border}--").unwrap();
        return;
    }
    out.push_str(dice.pick(&[
        "Content-Type: text/html; charset=utf-8\n",
        "Content-Type: TEXT/HTML;\n charset=\"iso-8859-1\"\n",
        "Content-Type: text/plain\n",
        "Content-Type: image/png\nContent-Disposition: inline\n",
        "Content-Type: message/rfc822\n\nFrom: x@y.example\nContent-Type: text/html\n",
        "",
        "Content-Type: text/html\nContent-Disposition: attachment\n",
    ]));
    out.push_str(dice.pick(&[
        "",
        "Content-Transfer-Encoding: quoted-printable\n",
        "Content-Transfer-Encoding: 8bit\n",
        "Content-Transfer-Encoding: base64\n",
        "X: y\n",
    ]));
    out.push_str(dice.pick(&["\n", "\n", "\n", ""]));
    for _ in 0..dice.below(5) {
        out.push_str(dice.pick(&[
            "<p>words=\n</p>\n",
            "<a href=\"https://a.example/\">offer</a>",
            "PHA+eDwvcD4=\n",
            "<div class=gmail_quote>\n",
            "--b1_0 is not a border\n",
            "ü & =C3=BC\n",
            ".\nFrom x\n",
            "<!-- ",
            "\0\r",
        ]));
    }
    out.push('\n');
}

#[test]
fn whatever_the_mail_nothing_else_changes() {
    let (mut dice, mut tracked) = (Dice(0x5eed), 0);
    for round in 0..4_000 {
        let mut draft = FROM.to_owned();
        grow(&mut dice, 3, &mut draft);
        let draft = if dice.below(8) == 0 { draft } else { draft.replace('\r', "").replace('\n', "\r\n") };
        let Ok(sent) = try_send(draft.as_bytes(), true) else { continue };
        let untouched = try_send(draft.as_bytes(), false).unwrap();
        let (before, after) = (MessageParser::default().parse(&untouched.raw), MessageParser::default().parse(&sent.raw));
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!(before.parts.len(), after.parts.len(), "{round}: {draft}");
        let mut all = Vec::new();
        for (old, new) in before.parts.iter().zip(&after.parts) {
            match (&old.body, &new.body) {
                (PartType::Html(old), PartType::Html(new)) => {
                    // White space aside: a picture stands for some.
                    let plain = |html: &str| html_to_text(html).split_whitespace().collect::<String>();
                    assert_eq!(plain(old), plain(new), "{round}: {draft}");
                    all.extend(pixels(new));
                }
                (PartType::Message(old), PartType::Message(new)) => assert_eq!(old.parts.len(), new.parts.len()),
                (old, new) => assert_eq!(old, new, "{round}: {draft}"),
            }
        }
        assert_eq!(all.len(), usize::from(sent.tracked.is_ok()), "{round}: {:?} {draft}", sent.tracked);
        tracked += all.len();
    }
    assert!(tracked > 500, "{tracked}");
}
