//! What the statements behind the engine read, as SQLite plans them: an index each, with a hundred thousand reminders as with ten.

use uuid::Uuid;

use super::super::plans::{has, plan, store};
use super::lease::{self, Taking};
use super::{about, change};

#[tokio::test]
async fn what_is_due_is_found_by_its_time() {
    let (_dir, store) = store().await;
    let steps = plan(&store, lease::NEXT).await;
    assert!(has(&steps, "reminders USING INDEX reminders_due (due_at>?)"), "{steps:?}");
    for busy in [&[][..], &[Uuid::nil(), Uuid::max()]] {
        let taking = Taking { owner: Uuid::nil(), now: 1, until: 2, limit: 200, busy };
        let steps = plan(&store, lease::due(&taking).sql().as_str()).await;
        assert!(has(&steps, "r USING INDEX reminders_due (due_at>? AND due_at<?)"), "{steps:?}");
        assert!(!has(&steps, "TEMP B-TREE"), "{steps:?}");
    }
}

#[tokio::test]
async fn reminders_are_found_by_their_mail() {
    let (_dir, store) = store().await;
    let steps = plan(&store, change::OF_MAIL).await;
    assert!(has(&steps, "r USING INDEX reminders_of_waiting (account=? AND waiting=?)"), "{steps:?}");
    let steps = plan(&store, about::SQL).await;
    assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
}
