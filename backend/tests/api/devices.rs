//! `/devices`

use uuid::Uuid;
use waxwing_protocol::api::{AccountResponse, Device, problem};

use crate::support::{START, TestBackend, expect_problem};

#[tokio::test]
async fn the_devices_of_the_account() {
    let backend = TestBackend::start().await;
    let (one, two, _ann) = (backend.browser("me").await, backend.browser("me").await, backend.browser("ann").await);
    backend.clock.advance(125_000);
    let devices: Vec<Device> = two.read("/devices").await;
    assert_eq!(devices.len(), 2);
    for device in &devices {
        assert_eq!(device.current, device.id == two.paired.device);
        assert_eq!(device.paired_at, START);
        // To the minute, and the caller's own call counts.
        assert_eq!(device.seen_at, Some(if device.current { START + 120_000 } else { START }));
    }
    assert!(devices.iter().any(|device| device.id == one.paired.device));
}

#[tokio::test]
async fn last_seen_is_kept_over_a_restart() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    backend.clock.advance(60_000);
    assert_eq!(me.get("/account").await.status(), 200);
    let store = crate::support::store_options(&backend.dir);
    let dir = backend.stop().await;
    let store = waxwing_backend::store::Store::open(&store).await.unwrap();
    assert_eq!(store.devices(me.account()).await.unwrap()[0].seen_at, Some(START + 60_000));
    drop(dir);
}

#[tokio::test]
async fn a_revoked_device_is_out_at_once() {
    let backend = TestBackend::start().await;
    let (one, two) = (backend.browser("me").await, backend.browser("me").await);
    let path = format!("/devices/{}", one.paired.device);
    assert_eq!(two.delete(&path).await.status(), 204);
    expect_problem(one.get("/account").await, 401, problem::UNAUTHORIZED).await;
    let account: AccountResponse = two.read("/account").await;
    assert_eq!(account.minting.epoch, 1);
    assert_ne!(account.minting.mint_key, two.paired.minting.mint_key);
    // Twice.
    expect_problem(two.delete(&path).await, 404, problem::NOT_FOUND).await;
}

#[tokio::test]
async fn unknown_and_anothers() {
    let backend = TestBackend::start().await;
    let (me, ann) = (backend.browser("me").await, backend.browser("ann").await);
    for id in [Uuid::nil().to_string(), ann.paired.device.to_string(), "x".to_owned()] {
        expect_problem(me.delete(&format!("/devices/{id}")).await, 404, problem::NOT_FOUND).await;
    }
    assert_eq!(ann.get("/account").await.status(), 200);
}

#[tokio::test]
async fn a_device_may_revoke_itself() {
    let backend = TestBackend::start().await;
    let me = backend.browser("me").await;
    assert_eq!(me.delete(&format!("/devices/{}", me.paired.device)).await.status(), 204);
    expect_problem(me.get("/account").await, 401, problem::UNAUTHORIZED).await;
}
