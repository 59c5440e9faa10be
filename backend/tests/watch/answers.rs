//! What is taken for an answer, and what is not.

use waxwing_backend::store::waiting::State;
use waxwing_protocol::api::{AnsweredHow, ReminderSettings, ReminderState, WaitingNews};

use crate::world::{ANN, DAY, HOUR, MARA, MINUTE, SECOND, START, World, account, filed, letter, mail, rfc_id, thread};

#[tokio::test]
async fn in_the_conversation() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    assert_eq!(world.row(id).await.rfc_id, Some(rfc_id(1)));
    world.advance(HOUR);
    world.postbox.deliver(Some(&thread(1)), world.now() - SECOND, &letter("Ann <ann@acme.example>", "Subject: Re: Offer 1"));
    world.look().await;
    let row = world.row(id).await;
    let answered = row.answered.clone().unwrap();
    assert_eq!((row.state, answered.how, answered.at), (State::Answered, AnsweredHow::Thread, START + HOUR - SECOND));
    assert_eq!((answered.from.as_str(), answered.thread), ("ann@acme.example", None));
    world.stop().await;
}

#[tokio::test]
async fn in_a_conversation_that_only_references_tell() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    // The subject changed, so it is another conversation for the server.
    let more = format!("Subject: Something else\nReferences: <{}>", rfc_id(1));
    world.postbox.deliver(Some(&thread(8)), world.now(), &letter("ann@acme.example", &more));
    world.look().await;
    let answered = world.row(id).await.answered.unwrap();
    assert_eq!((answered.how, answered.thread), (AnsweredHow::Thread, Some(thread(8))));
    world.stop().await;
}

#[tokio::test]
async fn by_an_alias_in_a_new_conversation() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    let other = world.send(2, &["bob@gmail.com"]).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(8)), world.now(), &letter("ann+sales@acme.example", "Subject: New"));
    world.postbox.deliver(Some(&thread(9)), world.now(), &letter("B.o.b@googlemail.com", "Subject: New"));
    world.look().await;
    for (id, from) in [(id, "ann+sales@acme.example"), (other, "b.o.b@googlemail.com")] {
        let answered = world.row(id).await.answered.unwrap();
        assert_eq!((answered.how, answered.from.as_str()), (AnsweredHow::Alias, from));
    }
    world.stop().await;
}

#[tokio::test]
async fn a_new_conversation_answers_what_its_subject_says_or_all() {
    let world = World::new().await;
    let (first, second) = (world.send(1, &[ANN]).await, world.send(2, &[ANN]).await);
    world.look().await;
    world.postbox.deliver(Some(&thread(8)), world.now(), &letter("ann@acme.example", "Subject: AW: offer 2"));
    world.look().await;
    assert_eq!(world.row(first).await.state, State::Waiting);
    assert_eq!(world.row(second).await.state, State::Answered);
    let third = world.send(3, &[ANN]).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(9)), world.now(), &letter("ann@acme.example", "Subject: Hello"));
    world.look().await;
    assert_eq!(world.row(first).await.answered.unwrap().how, AnsweredHow::Address);
    assert_eq!(world.row(third).await.answered.unwrap().how, AnsweredHow::Address);
    world.stop().await;
}

#[tokio::test]
async fn a_mail_in_one_conversation_answers_no_other() {
    let world = World::new().await;
    let (first, second) = (world.send(1, &[ANN]).await, world.send(2, &[ANN]).await);
    world.look().await;
    world.postbox.deliver(Some(&thread(2)), world.now(), &letter("ann@acme.example", "Subject: Re: Offer 2"));
    world.look().await;
    assert_eq!(world.row(first).await.state, State::Waiting);
    assert_eq!(world.row(second).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn companies_count_by_choice_alone() {
    let world = World::new().await;
    let (id, web) = (world.send(1, &[ANN]).await, world.send(2, &["ann@web.de"]).await);
    world.look().await;
    let colleague = letter("Zoe <zoe@mail.acme.example>", "Subject: Hello");
    world.postbox.deliver(Some(&thread(8)), world.now(), &colleague);
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Waiting);
    let settings = ReminderSettings { company: true, ..ReminderSettings::default() };
    world.app.store.set_reminder_settings(account(), &settings).await.unwrap();
    world.postbox.deliver(Some(&thread(9)), world.now(), &colleague);
    // Not everybody at a provider.
    world.postbox.deliver(Some(&thread(10)), world.now(), &letter("eve@web.de", "Subject: Hello"));
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().how, AnsweredHow::Company);
    assert_eq!(world.row(web).await.state, State::Waiting);
    world.stop().await;
}

#[tokio::test]
async fn nothing_else_answers() {
    let world = World::new().await;
    let id = world.send(1, &[ANN, "no-reply@acme.example"]).await;
    world.look().await;
    let forged = format!("Subject: Re: Offer 1\nIn-Reply-To: <{0}>\nReferences: <{0}>", rfc_id(1));
    for (thread, raw) in [
        // A stranger who forged References, in the conversation and beside it.
        (Some(thread(1)), letter("mallory@evil.example", &forged)),
        (None, letter("mallory@evil.example", &forged)),
        // One who looks like Ann: in a comment, in a name, beside her, in two fields.
        (Some(thread(1)), letter("mallory@evil.example (<ann@acme.example>)", &forged)),
        (Some(thread(1)), letter("\"<ann@acme.example>\" <mallory@evil.example>", &forged)),
        (Some(thread(1)), letter("ann@acme.example, mallory@evil.example", &forged)),
        (Some(thread(1)), letter("ann@acme.example\nFrom: mallory@evil.example", &forged)),
        // The sender's own follow-up, from a mailbox of many names.
        (Some(thread(1)), letter(MARA, &forged)),
        (Some(thread(1)), letter("mara+x@fjord.example", &forged)),
        // Machines: an automatic reply without a day, a list, a calendar, a receipt, who reads nothing.
        (Some(thread(1)), letter("ann@acme.example", "Auto-Submitted: auto-replied")),
        (Some(thread(1)), letter("ann@acme.example", "List-Id: <x.acme.example>")),
        (Some(thread(1)), letter("ann@acme.example", "Precedence: bulk")),
        (Some(thread(1)), letter("ann@acme.example", "Content-Type: text/calendar; method=REPLY")),
        (Some(thread(1)), letter("no-reply@acme.example", &forged)),
        // Our own note.
        (Some(thread(1)), letter("ann@acme.example", "X-Waxwing-Note: 1")),
        // Nobody, broken, empty.
        (Some(thread(1)), "From: \nTo: \n\n".to_owned()),
        (Some(thread(1)), "\u{0}\u{1}\u{2}".to_owned()),
        (Some(thread(1)), String::new()),
    ] {
        world.postbox.deliver(thread.as_deref(), world.now(), &raw);
    }
    // To somebody else, in a new conversation.
    world.postbox.deliver(Some(&thread(9)), world.now(), "From: ann@acme.example\nTo: bob@web.de\nSubject: x\n\nHi\n");
    world.look().await;
    assert!(world.postbox.told().len() > 10, "{:?}", world.postbox.told());
    let row = world.row(id).await;
    assert_eq!((row.state, row.bounced, row.away_until), (State::Waiting, None, None));
    assert!(world.told().await.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn times_are_those_of_receipt() {
    let world = World::new().await;
    let id = world.send(1, &[ANN]).await;
    world.look().await;
    // Received before the mail was sent, whatever its own date says.
    let early = letter("ann@acme.example", "Subject: Hello\nDate: Mon, 23 Nov 2099 10:00:00 +0000");
    world.postbox.deliver(Some(&thread(8)), START - MINUTE, &early);
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Waiting);
    // A server whose clock is years ahead, and a mail without a date.
    world.postbox.deliver(Some(&thread(1)), START + 9_000 * DAY, &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().at, world.now());
    world.stop().await;
}

#[tokio::test]
async fn a_fast_answer_is_one_whatever_the_senders_clock_says() {
    let world = World::new().await;
    // The device's clock is ahead, and the mail was filed before "it was sent".
    world.postbox.file(filed(1, START - 5 * MINUTE), true);
    let id = world.register(&mail(1, &[ANN], START)).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(1)), START - MINUTE, &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.look().await;
    assert_eq!(world.row(id).await.state, State::Answered);
    world.stop().await;
}

#[tokio::test]
async fn whoever_was_on_the_conversation_may_answer() {
    let world = World::new().await;
    let mut sent = filed(1, START);
    sent.on_thread = vec!["dora@other.example".to_owned()];
    sent.references = vec!["root@x".to_owned()];
    world.postbox.file(sent, true);
    let id = world.register(&mail(1, &[ANN], START)).await;
    world.look().await;
    // She answers an earlier mail of the conversation.
    world.postbox.deliver(None, world.now(), &letter("Dora <dora@other.example>", "References: <root@x>"));
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().from, "dora@other.example");
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_answer_is_never_taken_again_and_others_are() {
    let world = World::new().await;
    let sent = mail(1, &[ANN], world.now());
    world.postbox.file(filed(1, world.now()), true);
    world.register(&sent).await;
    let id = world.remind(&sent, true).await;
    world.look().await;
    world.postbox.deliver(Some(&thread(8)), world.now(), &letter("ann+x@acme.example", "Subject: Hello"));
    world.look().await;
    assert_eq!(
        world.app.reminders.mail(account(), id).await.unwrap().unwrap().reminder.unwrap().state,
        ReminderState::Answered
    );
    // Nobody looked for others while it was answered.
    world.advance(HOUR);
    let later = world.now() - MINUTE;
    world.postbox.deliver(Some(&thread(1)), later, &letter("ann@acme.example", "Subject: Re: Offer 1"));
    world.send(2, &["bob@web.de"]).await;
    world.look().await;
    assert_eq!(world.row(id).await.answered.unwrap().how, AnsweredHow::Alias);
    let action = waxwing_protocol::api::WaitingAction::NotAnAnswer;
    world.app.reminders.act(account(), id, &action).await.unwrap();
    // Perhaps the engine has looked by now.
    world.look().await;
    assert_eq!(world.row(id).await.refused[0], "in0");
    let answered = world.row(id).await.answered.unwrap();
    assert_eq!((answered.how, answered.at), (AnsweredHow::Thread, later));
    assert_eq!(world.message(id).await.activity.answered_at, Some(later));
    assert!(world.told().await.iter().all(|(_, what)| *what != WaitingNews::Bounced));
    world.stop().await;
}
