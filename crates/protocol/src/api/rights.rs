//! What a person asks of their own data: that it is erased, or kept and not used, or handed out.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Millis;

/// `GET /account/rights`: how an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Rights {
    /// Since when it is kept and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted_since: Option<Millis>,
    /// Its erasure, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<AskedErasure>,
    /// The newest archive of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Exported>,
}

/// An erasure that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AskedErasure {
    /// Its id: what proves later that it was done.
    pub id: Uuid,
    /// When it was asked for.
    pub asked_at: Millis,
    /// Until then it can be undone.
    pub due_at: Millis,
    /// It has begun, and cannot be undone any more.
    pub begun: bool,
}

/// An archive of everything about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Exported {
    /// When it was asked for.
    pub asked_at: Millis,
    /// It is whole, and has so many bytes. `None`: it is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// `PUT /account/restriction`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Restriction {
    /// Keep everything, and use nothing of it.
    pub restricted: bool,
}

/// `POST /account/recipients/erasure`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EraseRecipient {
    /// The recipient's address.
    pub address: String,
}
