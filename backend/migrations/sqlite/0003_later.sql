-- Mails that go out later: mailboxes, what is scheduled, where it stands, and the flight recorder.

CREATE TABLE mailboxes (
    id           BLOB    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id),
    -- In lower case.
    address      TEXT    NOT NULL,
    -- 0 imap, 1 gmail
    kind         INTEGER NOT NULL,
    -- JSON: servers, folders, extensions, rights. Never a secret.
    config       TEXT    NOT NULL,
    -- Sealed under the master key; associated data: table, column and id of the row. NULL once disconnected.
    secret       BLOB,
    -- 0 ok, 1 its owner has to sign in, 2 away
    state        INTEGER NOT NULL DEFAULT 0,
    state_since  INTEGER NOT NULL,
    -- The name of the trouble (wire type Trouble), when state is not 0.
    trouble      TEXT,
    daily_limit  INTEGER NOT NULL,
    connected_at INTEGER NOT NULL,
    -- Disconnected ones stay for what was sent from them; the same address connected again is this row again.
    removed_at   INTEGER,
    UNIQUE (account, address)
) STRICT;

-- Every access to a mailbox, with its reason.
CREATE TABLE mailbox_access (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox   BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    -- Names of the wire types AccessAction and AccessReason.
    action    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    scheduled BLOB,
    ok        INTEGER NOT NULL
) STRICT;
CREATE INDEX mailbox_access_of_mailbox ON mailbox_access (mailbox, id);
CREATE INDEX mailbox_access_by_time ON mailbox_access (at);

-- Sign-ins at Google that are under way: what comes back must fit.
CREATE TABLE grants_pending (
    -- SHA-256 of the state parameter.
    state_hash BLOB    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    -- The PKCE verifier, sealed.
    verifier   BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scheduled (
    id           BLOB    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id),
    mailbox      BLOB    NOT NULL REFERENCES mailboxes (id),
    -- 0 scheduled, 1 leased, 2 sending, 3 sent, 4 unclear, 5 failed, 6 held, 7 cancelled
    state        INTEGER NOT NULL,
    -- JSON of the wire type Why, and the server's own words.
    why          TEXT,
    said         TEXT,
    -- A failed one that its sender has looked at.
    dismissed    INTEGER NOT NULL DEFAULT 0,
    -- When the engine takes it up next: its time by the rules of zones as they were when it was written, the next try, or (unclear)
    -- the next look. NULL once it is sent, failed, held or cancelled.
    due_at       INTEGER,
    -- The instant that was asked for: lateness is counted from here, also when it is tried again. Moved along only when the mail is
    -- moved on because of the daily limit or a window.
    asked_at     INTEGER,
    -- JSON of the wire type Schedule.
    schedule     TEXT    NOT NULL,
    -- JSON of the backend's DraftRef: where the draft is and which edit of it was last seen.
    draft        TEXT    NOT NULL,
    -- The part of it that stays the same over edits: to find what is scheduled already.
    draft_id     TEXT    NOT NULL,
    -- JSON of the wire type GmailIds: of the draft, and after it was sent of the mail.
    gmail        TEXT    NOT NULL DEFAULT '{}',
    track        INTEGER NOT NULL,
    -- The message id that its pixel carries, or carried last.
    message      BLOB,
    times        INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    sent_at      INTEGER,
    -- When it came to rest (sent, failed, cancelled): for the history.
    done_at      INTEGER,
    -- Who works on it, until when. The number grows with each lease: whoever holds an older one has lost it.
    lease_owner  BLOB,
    lease_until  INTEGER,
    lease_number INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    -- JSON: the intent. Written before the first call of a send; `committing` is set before the last byte that commits.
    intent       TEXT,
    -- Grows with each change.
    version      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX scheduled_due ON scheduled (due_at) WHERE state IN (0, 4) AND lease_until IS NULL AND due_at IS NOT NULL;
CREATE INDEX scheduled_leased ON scheduled (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX scheduled_by_draft ON scheduled (mailbox, draft_id) WHERE state IN (0, 1, 2, 4, 6);
-- Moved on because of the daily limit: who comes after them in the queue.
CREATE INDEX scheduled_moved ON scheduled (mailbox, due_at) WHERE state = 0 AND why = '{"why":"daily_limit"}';
CREATE INDEX scheduled_waiting ON scheduled (account, due_at, id) WHERE state IN (0, 1, 2, 4, 6) OR (state = 5 AND dismissed = 0);
CREATE INDEX scheduled_done ON scheduled (account, done_at, id) WHERE done_at IS NOT NULL;
CREATE INDEX scheduled_of_mailbox ON scheduled (mailbox, state, id);

-- What was written and to whom, as one group apart from everything else. JSON of the wire type Content.
CREATE TABLE scheduled_contents (
    scheduled BLOB NOT NULL PRIMARY KEY REFERENCES scheduled (id) ON DELETE CASCADE,
    body      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The flight recorder.
CREATE TABLE flight (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    scheduled BLOB    NOT NULL REFERENCES scheduled (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    what      TEXT    NOT NULL,
    say       TEXT,
    -- JSON object of text, or NULL.
    detail    TEXT
) STRICT;
CREATE INDEX flight_of_scheduled ON flight (scheduled, id);

-- What left through a mailbox, for the daily limit; rows older than a day are taken away.
CREATE TABLE mailbox_sends (
    mailbox BLOB    NOT NULL,
    at      INTEGER NOT NULL,
    mail    BLOB    NOT NULL,
    PRIMARY KEY (mailbox, at, mail)
) STRICT, WITHOUT ROWID;

-- Whose clocks a person lives by.
CREATE TABLE contact_zones (
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    zone    TEXT NOT NULL,
    PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
