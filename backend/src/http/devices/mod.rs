//! `/devices`: the browsers that are paired with an account.

pub mod list;
pub mod revoke;
