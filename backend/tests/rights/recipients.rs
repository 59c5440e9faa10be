//! A recipient is erased: in all forms of the address, in one account or in all, and nobody else.

use serde_json::json;
use uuid::Uuid;
use waxwing_backend::entropy::SystemEntropy;
use waxwing_backend::keys::Keys;
use waxwing_backend::rights::erase::{self, Work};
use waxwing_backend::store::Store;
use waxwing_backend::store::consent::people::Statement;
use waxwing_backend::store::sql;
use waxwing_protocol::api::{ConsentSource, ConsentState, Event, Kinds, PutMessage};

use crate::fill::{START, account, fresh, tables_with};

fn mail(to: &[&str]) -> PutMessage {
    let recipients: Vec<_> = to.iter().map(|to| json!({ "address": to, "kind": "to" })).collect();
    serde_json::from_value(json!({
        "epoch": 0, "sent_at": START, "sender": "me@own.example", "gmail": {},
        "content": { "subject": "Offer", "recipients": recipients, "links": [] },
    }))
    .unwrap()
}

async fn send(store: &Store, to: &[&str], number: u128) -> Uuid {
    let id = Uuid::from_u128(number);
    store.put_message(account("aaaaaa"), id, &mail(to), START).await.unwrap();
    id
}

#[tokio::test]
async fn one_person_goes_everywhere_and_nobody_else() {
    let (dir, store) = fresh().await;
    for (name, id) in [("one", "aaaaaa"), ("two", "bbbbbb")] {
        store.account_named(name, account(id), START).await.unwrap();
    }
    let alone = send(&store, &["Ann.Lee@gmail.com"], 1).await;
    let among = send(&store, &["annlee+x@gmail.com", "bob@firm.example"], 2).await;
    let other = send(&store, &["bob@firm.example"], 3).await;
    let mut work = store.write().await.unwrap();
    for (of, zone) in [("aaaaaa", "ann.lee@gmail.com"), ("aaaaaa", "bob@firm.example"), ("bbbbbb", "ann.lee@gmail.com")] {
        sql::query("INSERT INTO contact_zones (account, address, zone) VALUES ($1, $2, 'Europe/Paris')")
            .bind(of)
            .bind(zone)
            .execute(&mut *work)
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
    // Somebody whose address begins and ends like hers, and her own refusals and an agreement.
    send(&store, &["joann.lee@gmail.company", "ann.lee@gmail.com"], 4).await;
    let refuses = |address| Statement {
        address,
        opens: Some(ConsentState::Refused),
        clicks: None,
        source: ConsentSource::Page,
        message: None,
        shown: Some("may mails to ann.lee@gmail.com be tracked?"),
        note: None,
    };
    for whom in ["joann.lee@gmail.company", "ann.lee@gmail.com", "annlee+x@gmail.com"] {
        store.say_of_people(account("aaaaaa"), &[refuses(whom)], START, |_| ()).await.unwrap();
    }

    let keys = Keys::from_bytes([7; 32]);
    let run = async |of: Option<&str>| {
        let asked =
            erase::of_recipient(&keys, of.map(account), "ann.lee@gmail.com", &SystemEntropy, START, 0).unwrap().unwrap();
        store.ask_erasure(&asked).await.unwrap();
        let work = Work { store: &store, keys: &keys, data_dir: dir.path(), app: None };
        while erase::round(&work, START).await.unwrap() > 0 {}
    };
    let told = async |of: &str| {
        let events = store.events_after(account(of), 0, 1_000).await.unwrap();
        events.iter().any(|event| event.event == Event::Reset)
    };
    assert!(!told("aaaaaa").await);
    run(Some("aaaaaa")).await;
    // Browsers have copies that name her.
    assert!(told("aaaaaa").await && !told("bbbbbb").await);
    assert!(store.message(account("aaaaaa"), alone, 1).await.unwrap().is_none());
    let jos = store.message(account("aaaaaa"), Uuid::from_u128(4), 1).await.unwrap().unwrap().message.content.recipients;
    assert_eq!(jos.iter().map(|to| to.address.as_str()).collect::<Vec<_>>(), ["joann.lee@gmail.company"]);
    let people = store.consent_people(account("aaaaaa"), "", None, 9).await.unwrap();
    let people: Vec<_> = people.into_iter().map(|(_, person)| (person.person.address, person.proof.len())).collect();
    assert_eq!(people, [("joann.lee@gmail.company".to_owned(), 1)], "hers are gone, and nobody else's");
    // What she refused stands all the same, for a mail that is registered afterwards too.
    let later = send(&store, &["Ann.Lee+y@gmail.com"], 5).await;
    let opens = Kinds { opens: true, clicks: false };
    assert_eq!(store.refused_of(account("aaaaaa"), later).await.unwrap(), opens);
    assert_eq!(store.refused_of(account("aaaaaa"), other).await.unwrap(), Kinds::NONE);
    for id in [among, other] {
        let left = store.message(account("aaaaaa"), id, 1).await.unwrap().unwrap().message.content;
        let left: Vec<_> = left.recipients.into_iter().map(|recipient| recipient.address).collect();
        assert_eq!(left, ["bob@firm.example"]);
    }
    let domains: Vec<String> = sql::query_scalar("SELECT DISTINCT domain FROM message_domains ORDER BY domain")
        .fetch_all(store.writer())
        .await
        .unwrap();
    assert_eq!(domains, ["firm.example", "gmail.com", "gmail.company"]);
    // Hers within Jo Ann's address is not hers.
    let hers = async || {
        let jos = tables_with(&store, "joann.lee@gmail.company").await;
        let mut found = tables_with(&store, "ann.lee@gmail.com").await;
        found.retain(|table| !jos.contains(table));
        found
    };
    assert_eq!(hers().await, ["contact_zones"], "the other account's");
    for beside in [" ann.lee@gmail.com", "\"ann.lee@gmail.com"] {
        assert_eq!(tables_with(&store, beside).await, Vec::<String>::new(), "{beside}");
    }
    assert_eq!(tables_with(&store, "annlee").await, Vec::<String>::new());
    run(None).await;
    assert!(told("bbbbbb").await);
    assert_eq!(hers().await, Vec::<String>::new());
    assert_eq!(tables_with(&store, "bob@firm.example").await.first().map(String::as_str), Some("contact_zones"));
    assert!(erase::of_recipient(&keys, None, "no address", &SystemEntropy, START, 0).unwrap().is_none());
    store.close().await;
}
