-- Mails whose answer is waited for, the mailboxes that are watched for them, and reminders.

-- A sent mail that is waited for: tracked ones of accounts with a mailbox, and those with a reminder.
CREATE TABLE waiting (
    -- That of the tracked message, or of the first reminder of an untracked mail.
    id           BLOB    NOT NULL,
    account      TEXT    NOT NULL REFERENCES accounts (id),
    -- NULL while no connected mailbox is the sender's.
    mailbox      BLOB REFERENCES mailboxes (id),
    -- Whether it is a tracked message (account, id), and not only to be one.
    tracked      INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    -- The address of the mailbox that it lies in, where the page could tell: the sender may be an alias of it.
    home         TEXT,
    sent_at      INTEGER NOT NULL,
    -- 0 waiting, 1 answered, 2 over: done, deleted, or too old without a reminder
    state        INTEGER NOT NULL DEFAULT 0,
    -- The conversation as Gmail names it (16 hexadecimal digits), and the mail's own Message-ID without angle brackets.
    thread       TEXT,
    rfc_id       TEXT,
    -- JSON of the wire type GmailIds.
    gmail        TEXT    NOT NULL DEFAULT '{}',
    -- JSON: what was learnt of it in the mailbox (ids of the thread's mails before it, who else is on the thread, whether it answers
    -- in one). NULL until it was looked for; looked for again until found_tries is used up.
    found        TEXT,
    found_tries  INTEGER NOT NULL DEFAULT 0,
    -- When it is looked for next in its mailbox; NULL: it was found, or given up.
    find_at      INTEGER,
    -- 1: what came in since it was sent was looked through.
    looked       INTEGER NOT NULL DEFAULT 0,
    -- Not waited for beyond this without a reminder.
    until        INTEGER NOT NULL,
    -- JSON of the wire types Answered and Bounced; whether its user has looked at the bounce.
    answered     TEXT,
    -- JSON array: the ids of the mail that answered, the mailbox's own and its Message-ID.
    answered_by  TEXT,
    answered_at  INTEGER,
    bounced      TEXT,
    bounced_at   INTEGER,
    dismissed    INTEGER NOT NULL DEFAULT 0,
    -- Ids (mailbox's own, or Message-ID) of mails that its user said are no answers: JSON array.
    refused      TEXT    NOT NULL DEFAULT '[]',
    -- The same of bounces and automatic replies that were taken, the newest ones: what is told twice changes nothing.
    taken        TEXT    NOT NULL DEFAULT '[]',
    -- The last day of an absence, noon UTC.
    away_until   INTEGER,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, id)
) STRICT;
CREATE INDEX waiting_in_mailbox ON waiting (mailbox, state, sent_at);
CREATE INDEX waiting_by_thread ON waiting (mailbox, thread) WHERE state = 0 AND thread IS NOT NULL;
CREATE INDEX waiting_by_rfc_id ON waiting (mailbox, rfc_id) WHERE state = 0 AND rfc_id IS NOT NULL;
CREATE INDEX waiting_listed ON waiting (account, sent_at, id) WHERE state = 0;
CREATE INDEX waiting_answered ON waiting (account, answered_at, id) WHERE state = 1;
CREATE INDEX waiting_bounced ON waiting (account, bounced_at, id) WHERE bounced IS NOT NULL AND dismissed = 0;
CREATE INDEX waiting_to_find ON waiting (mailbox, find_at) WHERE find_at IS NOT NULL;
CREATE INDEX waiting_by_age ON waiting (created_at);
CREATE INDEX waiting_until ON waiting (until) WHERE state = 0;
CREATE INDEX waiting_of_thread ON waiting (account, thread) WHERE thread IS NOT NULL;
CREATE INDEX waiting_homeless ON waiting (account, sender) WHERE mailbox IS NULL AND state = 0;

-- Whom it went to, for mails in new conversations: addresses in lower case, as they are written and without what providers ignore,
-- and the companies' domains behind an @ (waxwing_domain::answers).
CREATE TABLE waiting_people (
    mailbox BLOB NOT NULL,
    person  TEXT NOT NULL,
    account TEXT NOT NULL,
    waiting BLOB NOT NULL,
    PRIMARY KEY (mailbox, person, account, waiting)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_people_of ON waiting_people (account, waiting);

-- Subject and recipients, as one group apart from everything else. JSON of the wire type Content.
CREATE TABLE waiting_contents (
    account TEXT NOT NULL,
    waiting BLOB NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (account, waiting),
    FOREIGN KEY (account, waiting) REFERENCES waiting (account, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- How far a mailbox was watched.
CREATE TABLE watches (
    mailbox   BLOB    NOT NULL PRIMARY KEY REFERENCES mailboxes (id),
    -- JSON of the backend's Mark.
    mark      TEXT    NOT NULL,
    -- Before this everything was looked through.
    asked_at  INTEGER NOT NULL,
    -- JSON of the backend's Passes: what takes more than one look. NULL: nothing does.
    passes    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE reminders (
    id           BLOB    NOT NULL,
    account      TEXT    NOT NULL REFERENCES accounts (id),
    waiting      BLOB    NOT NULL,
    -- 0 waiting, 1 returning, 2 back, 3 done, 4 answered, 5 off
    state        INTEGER NOT NULL,
    -- JSON of the wire type WhyReminder.
    why          TEXT,
    -- JSON of the wire type Wish.
    wish         TEXT    NOT NULL,
    by_default   INTEGER NOT NULL DEFAULT 0,
    -- When the engine takes it up next: its time, the next try, or (a note is to be taken away) the next try of that. NULL: nothing to do.
    due_at       INTEGER,
    -- The time that was asked for, and the one that it was moved from because of an absence.
    asked_at     INTEGER,
    moved_from   INTEGER,
    came_at      INTEGER,
    times        INTEGER NOT NULL DEFAULT 0,
    -- JSON of the backend's NoteRef: the note in the mailbox, or the one that is about to be put there (its id is drawn and written
    -- before the first call).
    note         TEXT,
    -- 0 none, 1 about to be put, 2 there, 3 to be taken away
    note_state   INTEGER NOT NULL DEFAULT 0,
    lease_owner  BLOB,
    lease_until  INTEGER,
    lease_number INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, id),
    FOREIGN KEY (account, waiting) REFERENCES waiting (account, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX reminders_due ON reminders (due_at) WHERE due_at IS NOT NULL AND lease_until IS NULL;
CREATE INDEX reminders_leased ON reminders (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX reminders_of_waiting ON reminders (account, waiting, created_at);
CREATE INDEX reminders_back ON reminders (account, came_at, id) WHERE state = 2;

-- What an account chose: JSON of the wire type ReminderSettings.
CREATE TABLE reminder_settings (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE mailbox_access ADD COLUMN waiting BLOB;
-- Questions for news, one after the other, are one entry a day.
ALTER TABLE mailbox_access ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE mailbox_access ADD COLUMN last_at INTEGER;
CREATE INDEX mailbox_access_asked ON mailbox_access (mailbox, id) WHERE action = 'ask_for_news';
-- When a person answered it.
ALTER TABLE messages ADD COLUMN answered_at INTEGER;
CREATE INDEX messages_answered ON messages (account, sent_at, answered_at) WHERE answered_at IS NOT NULL;
