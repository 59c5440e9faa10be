//! `/reminders/settings`

use reqwest::Method;
use serde_json::{Value, json};
use waxwing_protocol::api::{Condition, DefaultOf, DefaultReminder, ReminderSettings, problem};

use crate::support::{Browser, TestBackend, expect_problem};

const PATH: &str = "/reminders/settings";

async fn choose(browser: &Browser, body: &Value) -> reqwest::Response {
    browser.call(Method::PUT, PATH).json(body).send().await.unwrap()
}

#[tokio::test]
async fn what_was_chosen_is_kept_for_its_account() {
    let backend = TestBackend::start().await;
    let (me, other) = (backend.browser("me").await, backend.browser("other").await);
    assert_eq!(me.read::<ReminderSettings>(PATH).await, ReminderSettings::default());
    let chosen = ReminderSettings {
        company: true,
        default: Some(DefaultReminder {
            of: DefaultOf::New,
            days: 90,
            time: "09:00".to_owned(),
            condition: Condition::NotOpened,
        }),
        zone: Some("Europe/Berlin".to_owned()),
        language: Some("de".to_owned()),
        holidays: vec!["2026-12-24".to_owned(), "DE".to_owned()],
    };
    for _twice in 0..2 {
        let answer = choose(&me, &json!(chosen)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<ReminderSettings>().await.unwrap(), chosen);
    }
    assert_eq!(me.read::<ReminderSettings>(PATH).await, chosen);
    assert_eq!(other.read::<ReminderSettings>(PATH).await, ReminderSettings::default());
    // All of it at once: what is left out is not chosen.
    assert_eq!(choose(&me, &json!({})).await.status(), 200);
    assert_eq!(me.read::<ReminderSettings>(PATH).await, ReminderSettings::default());
}

#[tokio::test]
async fn what_cannot_be_chosen_changes_nothing() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    let kept = json!({ "language": "en" });
    assert_eq!(choose(&me, &kept).await.status(), 200);
    let default = |days: Value, time: &str| json!({ "default": { "of": "all", "days": days, "time": time } });
    for wrong in [
        json!({ "zone": "Mars/Olympus" }),
        json!({ "zone": "" }),
        json!({ "zone": "../../etc/passwd" }),
        json!({ "language": "fr" }),
        json!({ "language": "de-AT" }),
        json!({ "holidays": ["2026-13-01"] }),
        json!({ "holidays": ["XX"] }),
        json!({ "holidays": vec!["2026-12-24"; 401] }),
        json!({ "company": "yes" }),
        default(json!(0), "09:00"),
        default(json!(91), "09:00"),
        default(json!(-1), "09:00"),
        default(json!(3), "25:00"),
        default(json!(3), ""),
        json!({ "default": { "of": "some", "days": 3, "time": "09:00" } }),
        json!({ "default": { "of": "all" } }),
        json!([]),
        json!(null),
        json!("en"),
    ] {
        expect_problem(choose(&me, &wrong).await, 400, problem::BAD_REQUEST).await;
    }
    expect_problem(choose(&me, &json!({ "zone": "x".repeat(40_000) })).await, 413, problem::TOO_LARGE).await;
    assert_eq!(me.call(Method::PUT, PATH).body("{}").send().await.unwrap().status(), 415);
    assert_eq!(me.delete(PATH).await.status(), 405);
    for method in [Method::GET, Method::PUT] {
        let call = backend.client.request(method, format!("{}/api/v1{PATH}", backend.url)).json(&kept);
        expect_problem(call.send().await.unwrap(), 401, problem::UNAUTHORIZED).await;
    }
    let read: ReminderSettings = me.read(PATH).await;
    assert_eq!(read, ReminderSettings { language: Some("en".to_owned()), ..ReminderSettings::default() });
}
