//! What this repository does to itself: bundling the extension, packaging it, and the helpers that the tidy rules
//! (`tests/tidy/`) read it with.
//!
//! What must hold:
//! - `bundle` makes `dist/extension`, which Chrome loads as it is; nothing else writes there.
//! - The same sources give the same bytes: no clock, no machine path and no order of a directory gets into a bundle.
//! - Tools of the web (wasm-opt) are a bonus: without npm the bundle is larger, not missing.

pub mod bundle;
pub mod manifest;
pub mod order;
pub mod package;
pub mod panics;
pub mod repo;
pub mod shorten;
pub mod statics;
pub mod wasm;
