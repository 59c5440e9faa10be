-- SQLite's 0006: how mailboxes are watched, for whoever runs the backend, and notes that are to be taken away.

CREATE TABLE watch_ways (
    mailbox UUID NOT NULL PRIMARY KEY REFERENCES mailboxes (id),
    -- 0 asked every so often, 1 it wakes us: by IMAP's IDLE, or by Google's push
    woken   BIGINT NOT NULL,
    since   BIGINT NOT NULL,
    -- Why it is only asked although it could wake us: words for the operator. NULL: nothing is wrong.
    trouble TEXT COLLATE "C"
);

-- When a mailbox works again, the notes that could not be taken out of it are next.
CREATE INDEX reminders_to_take ON reminders (due_at) WHERE note_state = 3;
