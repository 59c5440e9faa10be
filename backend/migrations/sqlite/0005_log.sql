-- How far each log of hits was moved into the table: the number of the last record, written in the transaction that moves it.
CREATE TABLE log_positions (
    -- Each start of a backend writes a log of its own.
    log      BLOB    NOT NULL PRIMARY KEY,
    number   INTEGER NOT NULL,
    moved_at INTEGER NOT NULL
) STRICT;
