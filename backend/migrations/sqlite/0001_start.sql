-- Instants are milliseconds since 1970-01-01T00:00:00Z. Ids of messages and devices are the 16 bytes of a UUID.
-- Account ids are the public ids that stand in addresses.

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    epoch        INTEGER NOT NULL DEFAULT 0 CHECK (epoch BETWEEN 0 AND 255),
    created_at   INTEGER NOT NULL,
    -- The newest event that retention took away: who asks from before it must load everything anew.
    pruned_event INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE devices (
    id         BLOB    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    name       TEXT    NOT NULL,
    token_hash BLOB    NOT NULL UNIQUE,
    paired_at  INTEGER NOT NULL,
    seen_at    INTEGER
) STRICT;
CREATE INDEX devices_of_account ON devices (account);

-- Used and expired codes are kept for a while, so that the answer can say which of the two it was.
CREATE TABLE pairing_codes (
    code_hash  BLOB    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE TABLE messages (
    -- In the order of registration, so that a search through the contents reads pages in the order they lie in.
    seq            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL,
    account        TEXT    NOT NULL REFERENCES accounts (id),
    epoch          INTEGER NOT NULL,
    sent_at        INTEGER NOT NULL,
    scheduled      INTEGER NOT NULL,
    sender         TEXT    NOT NULL,
    draft          TEXT,
    thread         TEXT,
    legacy_thread  TEXT,
    legacy_message TEXT,
    rfc_id         TEXT,
    -- 0 nothing came, 1 opened, 2 clicked (opened too): what lists and totals filter by, kept by the roll-up.
    state          INTEGER NOT NULL DEFAULT 0,
    registered_at  INTEGER NOT NULL,
    -- A message is the pair: whoever received a mail can read the id from its pixel and register it as well.
    UNIQUE (account, id)
) STRICT;
CREATE INDEX messages_by_time ON messages (account, sent_at, id);
CREATE INDEX messages_unopened ON messages (account, sent_at, id) WHERE state = 0;
CREATE INDEX messages_opened ON messages (account, sent_at, id) WHERE state >= 1;
CREATE INDEX messages_clicked ON messages (account, sent_at, id) WHERE state = 2;

-- What a person wrote and to whom, as one group apart from everything else.
CREATE TABLE contents (
    message INTEGER PRIMARY KEY REFERENCES messages (seq) ON DELETE CASCADE,
    -- JSON of the wire type Content.
    body    TEXT    NOT NULL,
    -- Subject and recipients in lower case, for searching.
    search  TEXT    NOT NULL
) STRICT;

-- The journal: raw hits as they came, also of messages that nobody registered (yet). Only ever appended to, and without
-- any other index, so that a hit costs the same with ten million hits stored. What is looked up by message stands in
-- message_hits, which the roll-up writes.
CREATE TABLE hits (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    account TEXT    NOT NULL,
    message BLOB    NOT NULL,
    -- 0 open, 1 click
    kind    INTEGER NOT NULL,
    link    TEXT,
    agent   TEXT,
    address TEXT    NOT NULL,
    -- JSON object of the request headers that later verdicts weigh; NULL when there were none.
    headers TEXT
) STRICT;

-- The account is part of what the token proves.
CREATE TABLE message_hits (
    message BLOB    NOT NULL,
    account TEXT    NOT NULL,
    hit     INTEGER NOT NULL,
    repeat  INTEGER NOT NULL,
    PRIMARY KEY (message, account, hit)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
    message           BLOB    NOT NULL,
    account           TEXT    NOT NULL,
    opens             INTEGER NOT NULL,
    open_hits         INTEGER NOT NULL,
    clicks            INTEGER NOT NULL,
    click_hits        INTEGER NOT NULL,
    first_open_at     INTEGER,
    last_open_at      INTEGER,
    first_click_at    INTEGER,
    last_click_at     INTEGER,
    last_click_target TEXT,
    -- What the fold remembers of agents, to know repeats: see the domain's roll-up.
    seen              BLOB    NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;

-- Where each reader of the journal stands; moved on in the transaction that stores what it read.
CREATE TABLE cursors (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that were deleted: their hits are answered and stored nowhere.
CREATE TABLE stopped (
    message BLOB    NOT NULL,
    account TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    message BLOB,
    -- A newer event of the same message and topic takes the place of the older one.
    topic   TEXT    NOT NULL,
    -- JSON of the wire type Event.
    data    TEXT    NOT NULL
) STRICT;
CREATE INDEX events_of_account ON events (account, id);
CREATE INDEX events_of_message ON events (message, topic) WHERE message IS NOT NULL;
