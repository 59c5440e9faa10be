-- Who may do what on this backend, how people sign in to their account's page, and what happened for the safety of accounts.

-- What is known of an account's person beside its name. An account without a row is a member's.
CREATE TABLE people (
    account      TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    -- 0 member, 1 admin
    role         INTEGER NOT NULL DEFAULT 0,
    -- Since when the account is stopped by an admin. NULL: it is not.
    suspended_at INTEGER,
    -- Who vouches for them, and the name that it knows them by. NULL: nobody, they sign in by code.
    issuer       TEXT,
    subject      TEXT,
    -- All that is taken from there, and what they chose since.
    name         TEXT,
    address      TEXT,
    language     TEXT,
    -- Tracked mails a day. NULL: as many as there are.
    messages_day INTEGER,
    UNIQUE (issuer, subject)
) STRICT, WITHOUT ROWID;
-- Whoever was here first runs this backend.
INSERT INTO people (account, role) SELECT id, 1 FROM accounts ORDER BY created_at, id LIMIT 1;

-- Browsers that are signed in to an account's page.
CREATE TABLE sessions (
    -- SHA-256 of what the cookie holds.
    hash    BLOB    NOT NULL PRIMARY KEY,
    id      BLOB    NOT NULL UNIQUE,
    account TEXT    NOT NULL REFERENCES accounts (id),
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- The browser, in short.
    agent   TEXT    NOT NULL,
    -- 0 by code, 1 by a provider
    way     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_account ON sessions (account);

-- Sign-ins at a provider that have not come back yet.
CREATE TABLE sign_ins (
    -- SHA-256 of the state.
    state      BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    -- SHA-256 of the invitation that it began with.
    invitation BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    -- SHA-256 of the code.
    hash       BLOB    NOT NULL PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    -- The account that it leads into, or led into. NULL: a new one.
    account    TEXT    REFERENCES accounts (id),
    -- The only address that may use it. NULL: whoever has it.
    address    TEXT,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE security_events (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- The name of what happened.
    kind    TEXT    NOT NULL,
    -- Of what: the name of a browser or a role. Never a secret.
    detail  TEXT
) STRICT;
CREATE INDEX security_events_of_account ON security_events (account, id);
CREATE INDEX security_events_by_time ON security_events (at);
