-- Verdicts: what is said of each hit, what its owner says, and what follows for its message.

-- The label: 0 self, 1 human, 2 image_proxy, 3 prefetch, 4 scanner, 5 unknown; NULL until judged.
ALTER TABLE message_hits ADD COLUMN label INTEGER;
-- 0 low, 1 medium, 2 high.
ALTER TABLE message_hits ADD COLUMN confidence INTEGER;
-- A key of the catalogue of reasons, and the name that belongs into its words.
ALTER TABLE message_hits ADD COLUMN reason TEXT;
ALTER TABLE message_hits ADD COLUMN name TEXT;
-- 0 while others of the same burst, or the sender's own view, may still change the verdict. What came before verdicts is settled.
ALTER TABLE message_hits ADD COLUMN settled INTEGER NOT NULL DEFAULT 1;
-- What the owner said of this very hit: 0 me, 1 person, 2 machine; and when.
ALTER TABLE message_hits ADD COLUMN claim INTEGER;
ALTER TABLE message_hits ADD COLUMN claim_at INTEGER;
-- The rule of the owner's that covers it; what was said of the hit itself goes before.
ALTER TABLE message_hits ADD COLUMN rule INTEGER;
CREATE INDEX message_hits_of_rule ON message_hits (rule) WHERE rule IS NOT NULL;

-- 0 unopened, 1 machines, 2 apple, 3 unclear, 4 opened, 5 clicked, 6 answered.
ALTER TABLE activity ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN machine_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN apple_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN own_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN unknown_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN checking INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN again_at INTEGER;
ALTER TABLE activity ADD COLUMN again_after INTEGER;
-- What trust in a domain is made of: the first hit but the sender's own; whether it was loaded in advance (Apple's left out);
-- whether a machine followed its links.
ALTER TABLE activity ADD COLUMN touched_at INTEGER;
ALTER TABLE activity ADD COLUMN prefetched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN followed INTEGER NOT NULL DEFAULT 0;
-- The number of the event that told the first of its kind.
ALTER TABLE activity ADD COLUMN open_news INTEGER;
ALTER TABLE activity ADD COLUMN click_news INTEGER;
ALTER TABLE activity ADD COLUMN unknown_news INTEGER;
-- When the message has to be judged again because hits of it settle; NULL when nothing waits.
ALTER TABLE activity ADD COLUMN due_at INTEGER;
-- The knowledge that its hits were judged by; less than the newest: it is judged again in the background.
ALTER TABLE activity ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
-- Grows with each judgement and with each change that asks for one: whoever judged by an older state begins anew.
ALTER TABLE activity ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX activity_due ON activity (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX activity_judged ON activity (judged);
CREATE INDEX activity_again ON activity (account, again_at) WHERE again_at IS NOT NULL;

-- Versions of rules and lists in the order in which they were in use; the newest row is the one in force.
CREATE TABLE knowledge (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    rules  INTEGER NOT NULL,
    -- 16 hexadecimal digits.
    lists  TEXT    NOT NULL,
    since  INTEGER NOT NULL
) STRICT;

-- The sender's own views, from browsers whose blocking rule was not in force at that moment.
CREATE TABLE own_views (
    message BLOB    NOT NULL,
    account TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (message, account, at)
) STRICT, WITHOUT ROWID;

-- Where the account's own devices called from, and with which browser.
CREATE TABLE own_places (
    account  TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    agent    TEXT    NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (account, address, agent)
) STRICT, WITHOUT ROWID;

-- What the owner said of all hits like one.
CREATE TABLE correction_rules (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT    NOT NULL REFERENCES accounts (id),
    -- As in message_hits.
    claim   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    network TEXT    NOT NULL,
    agent   TEXT    NOT NULL,
    domain  TEXT    NOT NULL,
    -- 1: it was taken back, and goes as soon as no hit stands under it.
    removed INTEGER NOT NULL DEFAULT 0,
    -- 1: all messages that it may change were marked to be judged again.
    marked  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX correction_rules_of_domain ON correction_rules (account, domain);
CREATE INDEX correction_rules_unmarked ON correction_rules (id) WHERE marked = 0;

-- 1: a person followed a link. What lists and totals filter by stands in messages, as before; `state` is now that of activity.
ALTER TABLE messages ADD COLUMN clicked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
-- The recipients' domain in lower case when they have only one, the sender's own addresses left out.
ALTER TABLE messages ADD COLUMN domain TEXT;
-- How many different links were wrapped.
ALTER TABLE messages ADD COLUMN links INTEGER NOT NULL DEFAULT 0;
DROP INDEX messages_by_time;
DROP INDEX messages_unopened;
DROP INDEX messages_opened;
DROP INDEX messages_clicked;
UPDATE messages SET clicked = (state = 2), state = state + 3 WHERE state > 0;
UPDATE activity SET state = CASE WHEN clicks > 0 THEN 5 WHEN opens > 0 THEN 4 ELSE 0 END;
-- With what totals count, so that they read this index alone.
CREATE INDEX messages_by_time ON messages (account, sent_at, id, state, clicked);
CREATE INDEX messages_unopened ON messages (account, sent_at, id) WHERE state < 4;
CREATE INDEX messages_opened ON messages (account, sent_at, id) WHERE state >= 4;
CREATE INDEX messages_clicked ON messages (account, sent_at, id) WHERE clicked = 1;
CREATE INDEX messages_machines ON messages (account, sent_at, id) WHERE state = 1;
CREATE INDEX messages_of_thread ON messages (account, legacy_thread) WHERE legacy_thread IS NOT NULL;

-- The recipients' domains of each message, the sender's own addresses left out.
CREATE TABLE message_domains (
    account TEXT    NOT NULL,
    domain  TEXT    NOT NULL,
    sent_at INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
    PRIMARY KEY (account, domain, sent_at, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_domains_of_message ON message_domains (message);
-- For totals by domain of a span of time, however long the account's history is.
CREATE INDEX message_domains_by_time ON message_domains (account, sent_at, domain);
-- What stands behind the last @: cutting all that is no @ off the right end leaves the part before. One damaged row must not
-- keep a database from its new tables.
INSERT OR IGNORE INTO message_domains (account, domain, sent_at, message)
    SELECT account, lower(substr(address, length(rtrim(address, replace(address, '@', ''))) + 1)), sent_at, seq
    FROM (SELECT m.account, m.sent_at, m.seq, m.sender, r.value ->> 'address' AS address
          FROM messages m JOIN contents c ON c.message = m.seq,
               json_each(CASE WHEN json_valid(c.body) THEN c.body ELSE '{}' END, '$.recipients') r)
    WHERE instr(address, '@') > 1 AND address NOT LIKE '%@' AND lower(address) <> lower(sender);
UPDATE messages SET domain = (SELECT d.domain FROM message_domains d WHERE d.message = messages.seq)
    WHERE (SELECT COUNT(*) FROM message_domains d WHERE d.message = messages.seq) = 1;
UPDATE messages SET links = (SELECT COUNT(DISTINCT l.value ->> 'target') FROM contents c, json_each(CASE WHEN json_valid(c.body) THEN c.body ELSE '{}' END, '$.links') l
    WHERE c.message = messages.seq);
