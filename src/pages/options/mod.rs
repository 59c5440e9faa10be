//! The options page.

/// Builds the page.
pub(super) fn start() {}
