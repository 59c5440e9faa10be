//! After a device was revoked: whoever has its key can go on minting, so tokens of the old epoch count only for messages that
//! were registered.

use waxwing_protocol::api::{AccountResponse, problem};

use crate::support::{START, Setup, TestBackend, expect_problem, message};

#[tokio::test]
async fn old_tokens_count_only_for_registered_messages() {
    let backend = TestBackend::start().await;
    let (stolen, mut mine) = (backend.browser("me").await, backend.browser("me").await);
    let registered = mine.send(&backend, "before").await;
    let (made_up, late) = (backend.uuid(), backend.uuid());
    assert_eq!(mine.delete(&format!("/devices/{}", stolen.paired.device)).await.status(), 204);
    let target = "https://example.org/";

    // Registered before: all as it was.
    assert_eq!(backend.get(&stolen.link(registered, target)).await.status(), 302);
    assert_eq!(backend.get(&stolen.pixel(registered)).await.status(), 200);
    assert_eq!(backend.hits().await.len(), 2);

    // Made up with the old key: no redirect, no hit, and the pixel does not tell.
    assert_eq!(backend.get(&stolen.link(made_up, target)).await.status(), 404);
    let pixel = backend.get(&stolen.pixel(made_up)).await;
    assert_eq!((pixel.status().as_u16(), pixel.content_length()), (200, Some(43)));
    assert_eq!(backend.hits().await.len(), 2);

    // Sent before and registered after, from the outbox of a live device.
    assert_eq!(mine.put(late, &message("late", START)).await.status(), 204);
    assert_eq!(backend.get(&mine.link(late, target)).await.status(), 302);

    // The new epoch is minted in and registered in; one beyond is refused.
    mine.paired.minting = mine.read::<AccountResponse>("/account").await.minting;
    let fresh = backend.uuid();
    assert_eq!(backend.get(&mine.link(fresh, target)).await.status(), 302);
    let mut put = message("fresh", START);
    put.epoch = 1;
    assert_eq!(mine.put(fresh, &put).await.status(), 204);
    put.epoch = 2;
    expect_problem(mine.put(backend.uuid(), &put).await, 400, problem::BAD_REQUEST).await;
    assert_eq!(backend.hits().await.len(), 4);

    // The same after a restart.
    let (clock, entropy, before) = (backend.clock.clone(), backend.entropy.clone(), backend.url.clone());
    let backend = TestBackend::start_in(backend.stop().await, clock, entropy, Setup::default()).await;
    let here = |url: String| url.replace(&before, &backend.url);
    assert_eq!(backend.get(&here(stolen.link(made_up, target))).await.status(), 404);
    assert_eq!(backend.get(&here(stolen.link(registered, target))).await.status(), 302);
}
