-- What recipients said to being tracked, with the proof of it; what their sender chose; and an end of tracking for every mail.

-- Until when hits of a mail are stored, and what was put into it: 1 a pixel, 2 wrapped links.
ALTER TABLE messages ADD COLUMN until INTEGER;
ALTER TABLE messages ADD COLUMN tracks INTEGER NOT NULL DEFAULT 3;
-- Mails from before this was promised: 90 days.
UPDATE messages SET until = sent_at + 7776000000;
CREATE INDEX messages_by_end ON messages (until, account, id) WHERE until IS NOT NULL;

CREATE TABLE consent_settings (
    account TEXT    NOT NULL PRIMARY KEY,
    -- ConsentSettings of the protocol, as JSON.
    body    TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How people stand. States: 0 unknown, 1 agreed, 2 refused. Sources: 0 page, 1 mail, 2 user, 3 import.
CREATE TABLE consent_people (
    account       TEXT    NOT NULL,
    -- In its normal form.
    address       TEXT    NOT NULL,
    -- What all forms of the address have in common.
    root          TEXT    NOT NULL,
    opens         INTEGER NOT NULL,
    opens_source  INTEGER,
    clicks        INTEGER NOT NULL,
    clicks_source INTEGER,
    at            INTEGER NOT NULL,
    asked_at      INTEGER,
    -- Numbers the account's changes, in their order.
    changed       INTEGER NOT NULL,
    PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_people_by_root ON consent_people (account, root);
CREATE UNIQUE INDEX consent_people_by_change ON consent_people (account, changed);

-- What was said: only ever added to.
CREATE TABLE consent_log (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- Whose word it is; NULL: of whoever holds the mail.
    address TEXT,
    -- By the link of which mail.
    message BLOB,
    -- 1 opens, 2 clicks, 3 both.
    kinds   INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    -- The text that was shown.
    shown   TEXT,
    note    TEXT
) STRICT;
CREATE INDEX consent_log_by_address ON consent_log (account, address, id);

-- Messages of which kinds are refused: 1 opens, 2 clicks, 3 both.
CREATE TABLE refusals (
    message   BLOB    NOT NULL,
    account   TEXT    NOT NULL,
    -- By the link in that mail.
    by_link   INTEGER NOT NULL,
    -- Since a recipient refused in all mails.
    by_person INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    -- 1: its hits are still to be erased.
    erase     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;

-- Addresses that refused in all mails of all accounts here.
CREATE TABLE refused_everywhere (
    root  TEXT    NOT NULL PRIMARY KEY,
    kinds INTEGER NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mails that ask an address to confirm what was said in its name.
CREATE TABLE consent_mails (
    -- SHA-256 of the code in the link.
    code    BLOB    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL,
    address TEXT    NOT NULL,
    root    TEXT    NOT NULL,
    message BLOB    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_mails_by_time ON consent_mails (account, at);
