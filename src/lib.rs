//! The extension core.
