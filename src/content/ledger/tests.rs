use super::*;

const A: Uuid = Uuid::from_u128(0xa);
const B: Uuid = Uuid::from_u128(0xb);
const MADE_UP: Uuid = Uuid::from_u128(0xf);

fn mail(kind: Kind) -> Mail {
    let contact = |address: &str| Contact { address: address.to_owned(), name: None };
    Mail {
        kind,
        thread: "thread-a:r1".to_owned(),
        message: "msg-a:r1".to_owned(),
        from: Some(contact("ana@example.com")),
        to: Some(vec![contact("ben@example.com")]),
        cc: None,
        bcc: Some(vec![contact("cy@example.com")]),
        subject: Some("Samples".to_owned()),
        body: None,
        quote: None,
        labels: Vec::new(),
        rfc_id: None,
        legacy_message: None,
        legacy_thread: None,
    }
}

/// What a request does, and the pixels in it.
type Requested<'a> = &'a [(Kind, &'a [Uuid])];

fn marked(id: Uuid) -> Marked {
    Marked {
        id,
        account: "abcdefgh".to_owned(),
        epoch: 3,
        draft: Some("msg-a:r1".to_owned()),
        kinds: Kinds::ALL,
        links: Vec::new(),
        at: 1_000,
    }
}

fn request(ledger: &mut Ledger, mails: Requested<'_>, unseen: Option<WhyNot>) -> Vec<Act> {
    let shows = |pixels: &[Uuid]| Marks { pixels: pixels.to_vec(), ..Marks::default() };
    let mails: Vec<(Mail, Marks)> = mails.iter().map(|(kind, pixels)| (mail(*kind), shows(pixels))).collect();
    ledger.request(&mails, 2_000, unseen, || MADE_UP)
}

/// What was done, in short.
fn short(acts: &[Act]) -> Vec<String> {
    acts.iter()
        .map(|act| match act {
            Act::Register(sent) => {
                let what = if sent.tracked { "register" } else { "left" };
                let with = sent.remind.as_ref().map(|(_, wish)| format!(", {}", wish.json)).unwrap_or_default();
                format!("{what} {:x}{with}", sent.id.as_u128())
            }
            Act::Forget { id } => format!("forget {:x}", id.as_u128()),
            Act::NotTracked(mail) => format!("not tracked {:x}: {:?}", mail.id.as_u128(), mail.why),
            Act::TakeBack { id } => format!("take back {:x}", id.as_u128()),
        })
        .collect()
}

#[test]
fn a_proven_mail_is_registered_once_with_what_the_wire_says() {
    let mut ledger = Ledger::default();
    ledger.marked(marked(A));
    let acts = request(&mut ledger, &[(Kind::Send, &[A])], None);
    let [Act::Register(Sent { id, account, message, tracked: true, remind: None })] = acts.as_slice() else {
        panic!("{acts:?}")
    };
    assert_eq!((*id, account.as_str(), message.epoch, message.sent_at), (A, "abcdefgh", 3, 2_000));
    assert_eq!(message.sender, "ana@example.com");
    assert_eq!(message.content.subject, "Samples");
    let kinds: Vec<RecipientKind> = message.content.recipients.iter().map(|recipient| recipient.kind).collect();
    assert_eq!(kinds, [RecipientKind::To, RecipientKind::Bcc]);
    assert!(!message.scheduled);
    assert_eq!(message.gmail.draft.as_deref(), Some("msg-a:r1"));
    // Gmail repeats a request that got no answer.
    assert!(request(&mut ledger, &[(Kind::Send, &[A])], Some(WhyNot::ComposeUnknown)).is_empty());
}

#[test]
fn what_the_request_shows_decides() {
    let cases: [(&str, Requested<'_>, &str); 7] = [
        ("marked and there", &[(Kind::Send, &[A])], "register a"),
        ("marked and scheduled", &[(Kind::Schedule, &[A])], "register a"),
        ("marked and not there", &[(Kind::Send, &[])], "not tracked a: PixelMissing"),
        ("twice", &[(Kind::Send, &[A, A])], "not tracked a: PixelWrong"),
        ("another one", &[(Kind::Send, &[B])], "not tracked a: PixelWrong"),
        ("a draft", &[(Kind::DraftSave, &[A])], ""),
        ("a save in one request with the send", &[(Kind::DraftSave, &[]), (Kind::Send, &[A])], "register a"),
    ];
    for (name, mails, expected) in cases {
        let mut ledger = Ledger::default();
        ledger.marked(marked(A));
        assert_eq!(short(&request(&mut ledger, mails, None)).join(", "), expected, "{name}");
    }
}

#[test]
fn a_mail_that_was_left_is_reported_only_when_it_was_wanted() {
    for (left, unseen, expected) in [
        (Some(Some(WhyNot::PlainText)), None, "not tracked f: PlainText"),
        (Some(None), Some(WhyNot::ComposeUnknown), ""),
        (None, Some(WhyNot::ComposeUnknown), "not tracked f: ComposeUnknown"),
        (None, None, ""),
    ] {
        let mut ledger = Ledger::default();
        if let Some(why) = left {
            ledger.left(Some("msg-a:r1".to_owned()), why);
        }
        assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[])], unseen)).join(", "), expected, "{left:?} {unseen:?}");
        assert!(request(&mut ledger, &[(Kind::Send, &[])], None).is_empty(), "reported once");
    }
}

#[test]
fn the_last_decision_counts() {
    let mut ledger = Ledger::default();
    ledger.left(Some("msg-a:r1".to_owned()), Some(WhyNot::PlainText));
    ledger.marked(marked(A));
    ledger.withdrawn(A);
    ledger.marked(marked(B));
    assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[B])], None)), ["register b"]);
    assert!(ledger.overdue(1_000_000).is_empty());
}

#[test]
fn marks_withdrawn_too_late_still_count() {
    let mut ledger = Ledger::default();
    ledger.marked(marked(A));
    ledger.withdrawn(A);
    assert!(ledger.overdue(1_000_000).is_empty(), "nobody claims that a withdrawn mail was sent");
    assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[A])], None)), ["register a"]);
}

#[test]
fn undone_is_forgotten_by_compose_or_by_request() {
    let sent = || {
        let mut ledger = Ledger::default();
        ledger.marked(marked(A));
        request(&mut ledger, &[(Kind::Send, &[A])], None);
        ledger
    };
    let mut ledger = sent();
    assert!(ledger.concerns("…\"msg-a:r1\"…") && !ledger.concerns("\"msg-a:r2\""));
    assert_eq!(ledger.reopened("msg-a:r2"), None);
    assert_eq!(ledger.reopened("msg-a:r1"), Some(Act::Forget { id: A }));
    assert_eq!(short(&request(&mut ledger, &[(Kind::DraftSave, &[])], None)), Vec::<String>::new());
    let mut ledger = sent();
    assert_eq!(short(&request(&mut ledger, &[(Kind::DraftSave, &[])], None)), ["forget a"]);
    // Sent again: marked anew.
    ledger.marked(marked(B));
    assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[B])], None)), ["register b"]);
}

#[test]
fn a_response_adds_ids_once() {
    let mut ledger = Ledger::default();
    ledger.marked(marked(A));
    request(&mut ledger, &[(Kind::Send, &[A])], None);
    let told = Mail {
        legacy_message: Some("183234eaadcf41e5".to_owned()),
        legacy_thread: Some("183234ce86ffa010".to_owned()),
        rfc_id: Some("<x@mail.example>".to_owned()),
        ..mail(Kind::Send)
    };
    assert!(ledger.response(&[mail(Kind::DraftSave), Mail { message: "msg-a:r9".to_owned(), ..told.clone() }]).is_empty());
    let acts = ledger.response(std::slice::from_ref(&told));
    let [Act::Register(Sent { id: A, message, .. })] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!(message.gmail.legacy_message.as_deref(), Some("183234eaadcf41e5"));
    assert!(ledger.response(&[told]).is_empty());
}

#[test]
fn a_request_that_never_comes_is_told_and_taken_back_when_it_does() {
    let mut ledger = Ledger::default();
    ledger.marked(marked(A));
    assert!(ledger.overdue(1_000 + REQUEST_WITHIN - 1).is_empty());
    assert_eq!(short(&ledger.overdue(1_000 + REQUEST_WITHIN)), ["not tracked a: NoRequest"]);
    assert!(ledger.overdue(9_000_000).is_empty());
    assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[A])], None)), ["take back a", "register a"]);
}

fn wish(json: &str) -> Rc<Wish> {
    Rc::new(Wish { account: "abcdefgh".to_owned(), json: json.to_owned(), say: String::new() })
}

#[test]
fn a_reminder_is_set_when_its_mail_leaves_tracked_or_not() {
    let cases: [(bool, Option<WhyNot>, Requested<'_>, &str); 5] = [
        (true, None, &[(Kind::Send, &[A])], "register a, thu"),
        (true, None, &[(Kind::Schedule, &[A])], "register a, thu"),
        (true, None, &[(Kind::Send, &[])], "not tracked a: PixelMissing, left f, thu"),
        (false, None, &[(Kind::Send, &[])], "left f, thu"),
        (false, None, &[(Kind::DraftSave, &[])], ""),
    ];
    for (tracked, why, mails, expected) in cases {
        let mut ledger = Ledger::default();
        ledger.wish("msg-a:r1", Some(wish("fri")));
        ledger.wish("msg-a:r1", Some(wish("thu")));
        ledger.wish("msg-a:r2", Some(wish("other")));
        if tracked {
            ledger.marked(marked(A));
        } else {
            ledger.left(Some("msg-a:r1".to_owned()), why);
        }
        assert_eq!(short(&request(&mut ledger, mails, None)).join(", "), expected);
        // Gmail repeats requests.
        assert!(request(&mut ledger, mails, None).is_empty(), "{expected}");
    }
    let mut ledger = Ledger::default();
    ledger.wish("msg-a:r1", Some(wish("thu")));
    ledger.wish("msg-a:r1", None);
    assert!(request(&mut ledger, &[(Kind::Send, &[])], None).is_empty(), "no reminder after all");
}

#[test]
fn an_undone_mail_takes_its_reminder_along_and_keeps_the_choice() {
    for tracked in [true, false] {
        let mut ledger = Ledger::default();
        ledger.wish("msg-a:r1", Some(wish("thu")));
        if tracked {
            ledger.marked(marked(A));
        }
        let pixels: &[Uuid] = if tracked { &[A] } else { &[] };
        request(&mut ledger, &[(Kind::Send, pixels)], None);
        let id = if tracked { A } else { MADE_UP };
        assert_eq!(ledger.reopened("msg-a:r1"), Some(Act::Forget { id }));
        assert!(ledger.wished("msg-a:r1").is_some());
        // Sent again it has one again.
        assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[])], None)), ["left f, thu"]);
    }
}

#[test]
fn a_response_tells_a_reminder_too_where_its_mail_is() {
    let mut ledger = Ledger::default();
    ledger.wish("msg-a:r1", Some(wish("thu")));
    request(&mut ledger, &[(Kind::Send, &[])], None);
    assert!(ledger.concerns("\"msg-a:r1\""));
    let told = Mail { legacy_thread: Some("183234ce86ffa010".to_owned()), ..mail(Kind::Send) };
    let acts = ledger.response(std::slice::from_ref(&told));
    let [Act::Register(Sent { id: MADE_UP, message, tracked: false, remind: Some((MADE_UP, _)), .. })] = acts.as_slice() else {
        panic!("{acts:?}")
    };
    assert_eq!(message.gmail.legacy_thread.as_deref(), Some("183234ce86ffa010"));
    assert!(ledger.response(&[told]).is_empty());
}

#[test]
fn a_reminder_of_a_draft_that_never_showed_its_name_goes_with_the_next_mail_soon() {
    for (at, expected) in [(1_500, vec!["left f, thu"]), (2_000 - NAMELESS_WITHIN, vec![])] {
        let mut ledger = Ledger::default();
        ledger.nameless(wish("thu"), at);
        assert_eq!(short(&request(&mut ledger, &[(Kind::Send, &[])], None)), expected);
        let other = Mail { message: "msg-a:r2".to_owned(), ..mail(Kind::Send) };
        assert!(ledger.request(&[(other, Marks::default())], 2_000, None, || MADE_UP).is_empty(), "once");
    }
}

#[test]
fn one_kind_alone_is_proven_by_its_own_marks() {
    let (opens, clicks) = (Kinds { opens: true, clicks: false }, Kinds { opens: false, clicks: true });
    for (kinds, [pixels, links, lines], expected) in [
        (clicks, [&[][..], &[A, A], &[A]], vec!["register a"]),
        (clicks, [&[], &[A], &[]], vec!["register a"]),
        (opens, [&[A], &[], &[A]], vec!["register a"]),
        // What was not to be in it, or is not.
        (clicks, [&[A], &[A], &[]], vec!["not tracked a: PixelWrong"]),
        (clicks, [&[], &[], &[A]], vec!["not tracked a: MarkFailed"]),
        (clicks, [&[], &[A, B], &[]], vec!["not tracked a: MarkFailed"]),
        (Kinds::ALL, [&[], &[A], &[A]], vec!["not tracked a: PixelMissing"]),
    ] {
        let mut ledger = Ledger::default();
        ledger.marked(Marked { kinds, ..marked(A) });
        let marks = Marks { pixels: pixels.to_vec(), clicks: links.to_vec(), lines: lines.to_vec() };
        let acts = ledger.request(&[(mail(Kind::Send), marks)], 2_000, None, || MADE_UP);
        assert_eq!(short(&acts), expected, "{kinds:?} {links:?}");
        if let [Act::Register(sent)] = &*acts {
            let Tracks { opens, clicks, until, asked } = sent.message.tracks;
            assert_eq!((Kinds { opens, clicks }, until, asked), (kinds, None, !lines.is_empty()));
        }
    }
}

#[test]
fn memory_is_bounded() {
    let mut ledger = Ledger::default();
    for number in 0..1_000 {
        ledger.marked(marked(Uuid::from_u128(number)));
        ledger.left(Some(format!("msg-a:r{number}")), None);
        ledger.wish(&format!("msg-a:r{number}"), Some(wish("x")));
    }
    assert_eq!((ledger.waiting.len(), ledger.left.len(), ledger.wishes.len()), (KEEP, KEEP, KEEP));
}
