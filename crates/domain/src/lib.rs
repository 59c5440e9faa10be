//! Pure logic.
