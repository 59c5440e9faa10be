//! `POST /hits/{id}/correction`: what the owner says of a hit, "that was me", "a person", "a machine"; with `alike` also of hits
//! like it, past and future: same network, same family of agents, mails to the same domain.
//!
//! Twice: the newer claim counts. `alike` where others share what could be recognised: `bad-request`, which says why, and nothing
//! is corrected. Unknown, gone with its message, or another account's: `not-found`.

use axum::extract::State;
use waxwing_domain::alike;
use waxwing_protocol::api::{Alike, Correct, Corrected, Problem};

use super::super::AppState;
use super::super::auth::Device;
use super::super::body::{Json, JsonBody};
use super::super::id::Id;
use super::super::problem::ApiError;
use super::judge_now;
use crate::app::App;
use crate::store::corrections::{self, Found};
use crate::store::rules::Like;

/// Bytes of the body.
pub const LIMIT: usize = 4 * 1024;

/// Corrects a hit.
#[utoipa::path(
    post, path = "/api/v1/hits/{id}/correction", tag = "corrections", request_body = Correct,
    params(("id" = i64, Path, description = "The hit's number.")),
    responses(
        (status = 200, description = "The hit as it counts now.", body = Corrected),
        (status = 400, description = "`bad-request`.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too-large`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not `application/json`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn correct(
    State(app): AppState,
    Device(caller): Device,
    Id(id): Id<i64>,
    JsonBody(said): JsonBody<Correct, LIMIT>,
) -> Result<Json<Corrected>, ApiError> {
    // What is no number is no hit.
    let account = caller.account.id;
    let found = app.store.find_hit(account, id).await?.ok_or(ApiError::NotFound)?;
    let likeness = likeness(&app, &found);
    let like = likeness.as_ref().ok().map(|(domain, of)| Like { network: &of.network, agent: &of.agent, domain });
    if said.alike {
        likeness.as_ref().map_err(|why| ApiError::BadRequest(why))?;
    }
    let covering = like.filter(|_| said.alike);
    match app.store.correct(account, (found.message, id), said.claim, covering, app.clock.now()).await? {
        corrections::Correct::Done => {}
        corrections::Correct::Gone => return Err(ApiError::NotFound),
        corrections::Correct::Full => {
            return Err(ApiError::BadRequest("there are too many corrections of hits alike: take some back"));
        }
    }
    if covering.is_some() {
        app.rescoring.wake();
    }
    judge_now(&app, (found.message, account)).await?;
    let hit = app.store.hit(account, found.message, id).await?.ok_or(ApiError::NotFound)?;
    let alike = match like {
        None => None,
        Some(like) => Some(Alike {
            network: like.network.to_owned(),
            agent: like.agent.to_owned(),
            domain: like.domain.to_owned(),
            hits: app.store.count_alike(account, id, like).await?,
        }),
    };
    Ok(Json(Corrected { hit, alike }))
}

/// The recipients' domain and what hits like this one are recognised by, or why they cannot be.
fn likeness<'a>(app: &App, found: &'a Found) -> Result<(&'a str, alike::Alike), &'static str> {
    let domain = found.domain.as_deref().ok_or("the mail has recipients of no or of several domains: correct the hit alone")?;
    if found.address.contains('/') {
        return Err("the hit is older than 30 days, and its address was shortened: correct the hit alone");
    }
    let agent = found.agent.as_deref().unwrap_or_default();
    let of = alike::alike(&found.address, agent, &app.knowledge.current().lists);
    of.map(|of| (domain, of)).ok_or("others share this hit's program or network: correct the hit alone")
}
