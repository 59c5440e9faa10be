//! The id in a call's path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::problem::ApiError;

/// The id of something that is there. What is no id at all is nothing that is there: `not-found`.
#[derive(Debug)]
pub struct Id<T = Uuid>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) = Path::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        Ok(Self(id))
    }
}

/// The id that a device gives to something new: `bad-request` where it is none.
#[derive(Debug)]
pub struct NewId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for NewId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = Path::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| ApiError::BadRequest("the id is not a UUID"))
    }
}
