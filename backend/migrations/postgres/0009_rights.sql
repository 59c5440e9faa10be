-- SQLite's 0012: what people asked for: that everything about somebody is erased, and that an account is kept and not used.

-- Kept for ever, since it proves that something was erased, and holds nothing of whom: also what keeps hits of an account that is gone
-- from being stored.
CREATE TABLE erasures (
    -- A random number.
    id       UUID   NOT NULL PRIMARY KEY,
    -- 0 an account, 1 a recipient
    kind     BIGINT NOT NULL,
    -- The public id of the account. NULL: a recipient, in all accounts.
    account  TEXT COLLATE "C",
    -- The recipient's address, until it is done.
    address  TEXT COLLATE "C",
    -- HMAC of the name or address, under a key from the mint root: whether somebody was erased can be asked, whom can not.
    digest   BYTEA  NOT NULL,
    -- 0 waits for due_at and can be undone, 1 at it, 2 done
    state    BIGINT NOT NULL DEFAULT 0,
    asked_at BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    done_at  BIGINT,
    -- JSON object: how many rows of which table.
    counts   TEXT COLLATE "C"
);
CREATE INDEX erasures_open ON erasures (due_at) WHERE state < 2;

-- Accounts whose data is kept and not used.
CREATE TABLE restrictions (
    account TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id),
    at      BIGINT NOT NULL
);

-- For the history of what went out later, which ends a year after a mail came to rest.
CREATE INDEX scheduled_at_rest ON scheduled (done_at) WHERE done_at IS NOT NULL;
