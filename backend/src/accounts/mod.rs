//! How people sign in to their account's page: at a provider ([`oidc`]) or by a code; and what their browser holds then.

pub mod flow;
pub mod id_token;
pub mod kept;
pub mod oidc;
pub mod secret;
