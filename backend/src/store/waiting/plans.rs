//! What the statements read, as SQLite plans them.
