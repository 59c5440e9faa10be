-- Totals that are kept instead of counted, and an index to search by. All of it follows from the other tables, and triggers keep it
-- so in the transaction that changes them, whoever does: also a version from before it.

-- How many messages were sent in a span of time and what came of them: of all by the hour (domain ''), of each recipients' domain
-- by the day and by 16 days. Spans are counted from 1970, UTC.
CREATE TABLE totals (
    account  TEXT    NOT NULL,
    -- Milliseconds: 3600000, 86400000 or 1382400000.
    span     INTEGER NOT NULL,
    -- When the span begins.
    since    INTEGER NOT NULL,
    domain   TEXT    NOT NULL,
    sent     INTEGER NOT NULL,
    opened   INTEGER NOT NULL,
    possible INTEGER NOT NULL,
    clicked  INTEGER NOT NULL,
    machines INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (account, span, since, domain)
) STRICT, WITHOUT ROWID;

INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
    SELECT account, 3600000, sent_at / 3600000 * 3600000, '', COUNT(*), SUM(state >= 4), SUM(state IN (2, 3)), SUM(clicked = 1),
        SUM(state = 1), SUM(state = 6)
    FROM messages GROUP BY 1, 3;
INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
    SELECT d.account, s.span, d.sent_at / s.span * s.span, d.domain, COUNT(*), SUM(m.state >= 4), SUM(m.state IN (2, 3)),
        SUM(m.clicked = 1), SUM(m.state = 1), SUM(m.state = 6)
    FROM (SELECT 86400000 AS span UNION ALL SELECT 1382400000) s CROSS JOIN message_domains d JOIN messages m ON m.seq = d.message
    GROUP BY 1, 2, 3, 4;

CREATE TRIGGER totals_of_new AFTER INSERT ON messages BEGIN
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        VALUES (NEW.account, 3600000, NEW.sent_at / 3600000 * 3600000, '', 1,
            (NEW.state >= 4), (NEW.state IN (2, 3)), (NEW.clicked = 1), (NEW.state = 1), (NEW.state = 6))
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
END;

-- Domains stand under the time that stands beside them.
CREATE TRIGGER totals_of_changed AFTER UPDATE OF sent_at, state, clicked ON messages
WHEN OLD.sent_at <> NEW.sent_at OR OLD.state <> NEW.state OR OLD.clicked <> NEW.clicked BEGIN
    UPDATE totals SET sent = sent - 1, opened = opened - (OLD.state >= 4), possible = possible - (OLD.state IN (2, 3)),
        clicked = clicked - (OLD.clicked = 1), machines = machines - (OLD.state = 1), answered = answered - (OLD.state = 6)
        WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '';
    DELETE FROM totals WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '' AND sent = 0;
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        VALUES (NEW.account, 3600000, NEW.sent_at / 3600000 * 3600000, '', 1,
            (NEW.state >= 4), (NEW.state IN (2, 3)), (NEW.clicked = 1), (NEW.state = 1), (NEW.state = 6))
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        SELECT d.account, s.span, d.sent_at / s.span * s.span, d.domain, 0,
            (NEW.state >= 4) - (OLD.state >= 4),
            (NEW.state IN (2, 3)) - (OLD.state IN (2, 3)),
            (NEW.clicked = 1) - (OLD.clicked = 1),
            (NEW.state = 1) - (OLD.state = 1),
            (NEW.state = 6) - (OLD.state = 6)
        FROM message_domains d CROSS JOIN (SELECT 86400000 AS span UNION ALL SELECT 1382400000) s WHERE d.message = OLD.seq
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
END;

-- Its domains go first, as long as it can be seen what they were counted as.
CREATE TRIGGER totals_of_gone BEFORE DELETE ON messages BEGIN
    DELETE FROM message_domains WHERE message = OLD.seq;
    UPDATE totals SET sent = sent - 1, opened = opened - (OLD.state >= 4), possible = possible - (OLD.state IN (2, 3)),
        clicked = clicked - (OLD.clicked = 1), machines = machines - (OLD.state = 1), answered = answered - (OLD.state = 6)
        WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '';
    DELETE FROM totals WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '' AND sent = 0;
END;

CREATE TRIGGER totals_of_new_domain AFTER INSERT ON message_domains BEGIN
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        SELECT NEW.account, s.span, NEW.sent_at / s.span * s.span, NEW.domain, 1,
            (m.state >= 4), (m.state IN (2, 3)), (m.clicked = 1), (m.state = 1), (m.state = 6)
        FROM messages m CROSS JOIN (SELECT 86400000 AS span UNION ALL SELECT 1382400000) s WHERE m.seq = NEW.message
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
END;

CREATE TRIGGER totals_of_gone_domain AFTER DELETE ON message_domains BEGIN
    UPDATE totals SET sent = sent - 1, opened = opened - (SELECT (m.state >= 4) FROM messages m WHERE m.seq = OLD.message),
        possible = possible - (SELECT (m.state IN (2, 3)) FROM messages m WHERE m.seq = OLD.message),
        clicked = clicked - (SELECT (m.clicked = 1) FROM messages m WHERE m.seq = OLD.message),
        machines = machines - (SELECT (m.state = 1) FROM messages m WHERE m.seq = OLD.message),
        answered = answered - (SELECT (m.state = 6) FROM messages m WHERE m.seq = OLD.message)
        WHERE account = OLD.account AND span = 86400000 AND since = OLD.sent_at / 86400000 * 86400000 AND domain = OLD.domain;
    DELETE FROM totals WHERE account = OLD.account AND span = 86400000 AND since = OLD.sent_at / 86400000 * 86400000 AND domain = OLD.domain AND sent = 0;
    UPDATE totals SET sent = sent - 1, opened = opened - (SELECT (m.state >= 4) FROM messages m WHERE m.seq = OLD.message),
        possible = possible - (SELECT (m.state IN (2, 3)) FROM messages m WHERE m.seq = OLD.message),
        clicked = clicked - (SELECT (m.clicked = 1) FROM messages m WHERE m.seq = OLD.message),
        machines = machines - (SELECT (m.state = 1) FROM messages m WHERE m.seq = OLD.message),
        answered = answered - (SELECT (m.state = 6) FROM messages m WHERE m.seq = OLD.message)
        WHERE account = OLD.account AND span = 1382400000 AND since = OLD.sent_at / 1382400000 * 1382400000 AND domain = OLD.domain;
    DELETE FROM totals WHERE account = OLD.account AND span = 1382400000 AND since = OLD.sent_at / 1382400000 * 1382400000 AND domain = OLD.domain AND sent = 0;
END;

-- Where three characters stand one after the other: what has all those of a word is looked at itself. No copy of the text: that is
-- in contents. What is taken out leaves no trace in its pages (secure-delete).
CREATE VIRTUAL TABLE contents_search USING fts5(search, content = 'contents', content_rowid = 'message',
    tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0);
INSERT INTO contents_search (contents_search, rank) VALUES ('secure-delete', 1);
INSERT INTO contents_search (contents_search) VALUES ('rebuild');
CREATE TRIGGER contents_search_new AFTER INSERT ON contents BEGIN
    INSERT INTO contents_search (rowid, search) VALUES (NEW.message, NEW.search);
END;
CREATE TRIGGER contents_search_changed AFTER UPDATE OF search ON contents WHEN OLD.search <> NEW.search BEGIN
    INSERT INTO contents_search (contents_search, rowid, search) VALUES ('delete', OLD.message, OLD.search);
    INSERT INTO contents_search (rowid, search) VALUES (NEW.message, NEW.search);
END;
CREATE TRIGGER contents_search_gone AFTER DELETE ON contents BEGIN
    INSERT INTO contents_search (contents_search, rowid, search) VALUES ('delete', OLD.message, OLD.search);
END;
