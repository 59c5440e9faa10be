use super::*;
use waxwing_protocol::api::{Condition, Content, GmailIds, When};

fn note(subject: &str, ids: &[&str], address: &str) -> String {
    let about = About {
        mailbox: None,
        tracked: true,
        opens_refused: false,
        sender: String::new(),
        sent_at: 1_795_334_400_000,
        answered: false,
        thread: None,
        rfc_id: None,
        gmail: GmailIds::default(),
        found: None,
        away_until: None,
        bounced: false,
        content: Content::default(),
        activity: waxwing_domain::rollup::Activity::default(),
    };
    let wish = Wish {
        when: When::Instant { at: 0, zone: "Europe/Oslo".to_owned() },
        phrase: None,
        condition: Condition::NoAnswer,
        every_days: None,
    };
    let rfc_ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let raw = write(&Says {
        id: Uuid::from_u128(7),
        address,
        subject,
        rfc_ids: &rfc_ids,
        why: WhyReminder::NoAnswer,
        about: &about,
        wish: &wish,
        settings: &ReminderSettings::default(),
        now: 1_795_507_200_000,
    });
    String::from_utf8(raw).unwrap()
}

fn header(raw: &str) -> Vec<String> {
    let (header, _) = raw.split_once("\r\n\r\n").unwrap();
    header.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_note_is_a_mail_that_can_be_read_back() {
    let raw = note("Angebot für März", &["a@b.example", "c@d.example"], "mara@fjord.example");
    let lines = header(&raw);
    assert_eq!(lines[0], "Message-ID: <00000000000000000000000000000007.note@fjord.example>");
    assert_eq!(lines[1], "Date: Tue, 24 Nov 2026 08:00:00 +0000");
    assert!(lines.contains(&"From: Waxwing <mara@fjord.example>".to_owned()));
    assert!(lines.contains(&"References: <a@b.example> <c@d.example>".to_owned()), "{lines:?}");
    assert!(lines.contains(&"In-Reply-To: <c@d.example>".to_owned()));
    let parsed = mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("Re: Angebot für März"));
    let text = parsed.body_text(0).unwrap();
    assert!(text.starts_with("Nobody answered since Sunday, 22 November.\r\n"), "{text}");
    assert!(text.contains("It was not opened, as far as can be known."), "{text}");
    assert!(text.contains("To write again, answer your own mail above: an answer to this note goes to yourself."), "{text}");
    let html = parsed.body_html(0).unwrap();
    assert!(html.contains("Nobody answered") && !html.contains("href") && !html.contains("src="), "{html}");
}

#[test]
fn nothing_foreign_makes_a_line_of_its_own() {
    let long = "x".repeat(5_000);
    let ids = ["a@b.example", "x>\r\nBcc: eve@evil.example", "", "ü@b.example", "a b@c.example", long.as_str()];
    for subject in
        ["a\r\nBcc: eve@evil.example", "a\nb", "\u{0}\u{1f}\u{7f}", "=?utf-8?B?eA==?=", "", &long, &"é".repeat(3_000)]
    {
        let raw = note(subject, &ids, "mara@fjord.example>\r\nBcc: <eve@evil.example");
        let lines = header(&raw);
        assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "{subject}");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "{subject}");
        assert!(lines.iter().all(|line| !line.to_ascii_lowercase().starts_with("bcc")), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("References:")).count(), 1);
        assert!(lines.contains(&"References: <a@b.example>".to_owned()), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("Subject:")).count(), 1);
    }
}

#[test]
fn an_answers_subject_stays() {
    for (subject, want) in [("Re: Hello", "Re: Hello"), ("RE: Hello", "RE: Hello"), ("Hello", "Re: Hello"), ("", "Re:")] {
        assert!(header(&note(subject, &[], "a@b.example")).contains(&format!("Subject: {want}")), "{subject}");
    }
}
