//! What the statements behind the engine read, as SQLite plans them: an index each, with a hundred thousand reminders as with ten.

use uuid::Uuid;

use super::super::leases::{Leases, Taking};
use super::super::plans::{file, has, plan};
use super::super::{server_plans, sql};
use super::lease;
use super::{about, change};

#[tokio::test]
async fn what_is_due_is_found_by_its_time() {
    let (_dir, store) = file().await;
    let steps = plan(&store, Leases::Reminders.statements().next).await;
    assert!(has(&steps, "reminders USING INDEX reminders_due (due_at>?)"), "{steps:?}");
    for busy in [&[][..], &[Uuid::nil(), Uuid::max()]] {
        let taking = Taking { owner: Uuid::nil(), now: 1, until: 2, limit: 200, busy };
        let steps = plan(&store, lease::due(store.kind(), &taking).sql()).await;
        assert!(has(&steps, "r USING INDEX reminders_due (due_at>? AND due_at<?)"), "{steps:?}");
        assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
    }
}

#[tokio::test]
async fn reminders_are_found_by_their_mail() {
    let (_dir, store) = file().await;
    let steps = plan(&store, lease::HURRY).await;
    assert!(has(&steps, "reminders USING INDEX reminders_to_take (due_at>?)"), "{steps:?}");
    let steps = plan(&store, change::OF_MAIL).await;
    assert!(has(&steps, "r USING INDEX reminders_of_waiting (account=? AND waiting=?)"), "{steps:?}");
    let steps = plan(&store, about::SQL).await;
    assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
}

#[tokio::test]
async fn on_a_server_what_is_due_is_found_by_its_time_and_reminders_by_their_mail() {
    let Some((_dir, store)) = server_plans::server().await else { return };
    for busy in [&[][..], &[Uuid::nil(), Uuid::max()]] {
        let taking = Taking { owner: Uuid::nil(), now: 1, until: 2, limit: 200, busy };
        server_plans::in_order(&store, &lease::due(store.kind(), &taking), "reminders_due").await;
    }
    let mail = [sql::Value::from("aaaaaa"), Uuid::nil().into()];
    server_plans::reads(&store, change::OF_MAIL, &mail, &["reminders_of_waiting"]).await;
    server_plans::reads(&store, about::SQL, &mail, &["waiting_pkey", "activity_pkey"]).await;
}
