-- SQLite's 0007: totals that are kept instead of counted, and an index to search by. All of it follows from the other tables, and
-- triggers keep it so in the transaction that changes them, whoever does: also a version from before it.

-- How many messages were sent in a span of time and what came of them: of all by the hour (domain ''), of each recipients' domain
-- by the day and by 16 days. Spans are counted from 1970, UTC.
CREATE TABLE totals (
    account  TEXT COLLATE "C" NOT NULL,
    -- Milliseconds: 3600000, 86400000 or 1382400000.
    span     BIGINT NOT NULL,
    -- When the span begins.
    since    BIGINT NOT NULL,
    domain   TEXT COLLATE "C" NOT NULL,
    sent     BIGINT NOT NULL,
    opened   BIGINT NOT NULL,
    possible BIGINT NOT NULL,
    clicked  BIGINT NOT NULL,
    machines BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    PRIMARY KEY (account, span, since, domain)
);

CREATE FUNCTION totals_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        VALUES (NEW.account, 3600000, NEW.sent_at / 3600000 * 3600000, '', 1,
            (NEW.state >= 4)::int, (NEW.state IN (2, 3))::int, (NEW.clicked = 1)::int, (NEW.state = 1)::int, (NEW.state = 6)::int)
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
    RETURN NULL;
END $$;
CREATE TRIGGER totals_of_new AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION totals_of_new();

-- Domains stand under the time that stands beside them.
CREATE FUNCTION totals_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE totals SET sent = sent - 1, opened = opened - (OLD.state >= 4)::int, possible = possible - (OLD.state IN (2, 3))::int,
        clicked = clicked - (OLD.clicked = 1)::int, machines = machines - (OLD.state = 1)::int, answered = answered - (OLD.state = 6)::int
        WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '';
    DELETE FROM totals WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '' AND sent = 0;
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        VALUES (NEW.account, 3600000, NEW.sent_at / 3600000 * 3600000, '', 1,
            (NEW.state >= 4)::int, (NEW.state IN (2, 3))::int, (NEW.clicked = 1)::int, (NEW.state = 1)::int, (NEW.state = 6)::int)
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        SELECT d.account, s.span, d.sent_at / s.span * s.span, d.domain, 0,
            (NEW.state >= 4)::int - (OLD.state >= 4)::int,
            (NEW.state IN (2, 3))::int - (OLD.state IN (2, 3))::int,
            (NEW.clicked = 1)::int - (OLD.clicked = 1)::int,
            (NEW.state = 1)::int - (OLD.state = 1)::int,
            (NEW.state = 6)::int - (OLD.state = 6)::int
        FROM message_domains d CROSS JOIN (SELECT 86400000 AS span UNION ALL SELECT 1382400000) s WHERE d.message = OLD.seq
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
    RETURN NULL;
END $$;
CREATE TRIGGER totals_of_changed AFTER UPDATE OF sent_at, state, clicked ON messages FOR EACH ROW
    WHEN (OLD.sent_at <> NEW.sent_at OR OLD.state <> NEW.state OR OLD.clicked <> NEW.clicked) EXECUTE FUNCTION totals_of_changed();

-- Its domains go first, as long as it can be seen what they were counted as.
CREATE FUNCTION totals_of_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM message_domains WHERE message = OLD.seq;
    UPDATE totals SET sent = sent - 1, opened = opened - (OLD.state >= 4)::int, possible = possible - (OLD.state IN (2, 3))::int,
        clicked = clicked - (OLD.clicked = 1)::int, machines = machines - (OLD.state = 1)::int, answered = answered - (OLD.state = 6)::int
        WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '';
    DELETE FROM totals WHERE account = OLD.account AND span = 3600000 AND since = OLD.sent_at / 3600000 * 3600000 AND domain = '' AND sent = 0;
    RETURN OLD;
END $$;
CREATE TRIGGER totals_of_gone BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION totals_of_gone();

CREATE FUNCTION totals_of_new_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
        SELECT NEW.account, s.span, NEW.sent_at / s.span * s.span, NEW.domain, 1,
            (m.state >= 4)::int, (m.state IN (2, 3))::int, (m.clicked = 1)::int, (m.state = 1)::int, (m.state = 6)::int
        FROM messages m CROSS JOIN (SELECT 86400000 AS span UNION ALL SELECT 1382400000) s WHERE m.seq = NEW.message
        ON CONFLICT (account, span, since, domain) DO UPDATE SET sent = totals.sent + excluded.sent,
            opened = totals.opened + excluded.opened, possible = totals.possible + excluded.possible,
            clicked = totals.clicked + excluded.clicked, machines = totals.machines + excluded.machines,
            answered = totals.answered + excluded.answered;
    RETURN NULL;
END $$;
CREATE TRIGGER totals_of_new_domain AFTER INSERT ON message_domains FOR EACH ROW EXECUTE FUNCTION totals_of_new_domain();

CREATE FUNCTION totals_of_gone_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE totals SET sent = sent - 1, opened = opened - (SELECT (m.state >= 4)::int FROM messages m WHERE m.seq = OLD.message),
        possible = possible - (SELECT (m.state IN (2, 3))::int FROM messages m WHERE m.seq = OLD.message),
        clicked = clicked - (SELECT (m.clicked = 1)::int FROM messages m WHERE m.seq = OLD.message),
        machines = machines - (SELECT (m.state = 1)::int FROM messages m WHERE m.seq = OLD.message),
        answered = answered - (SELECT (m.state = 6)::int FROM messages m WHERE m.seq = OLD.message)
        WHERE account = OLD.account AND span = 86400000 AND since = OLD.sent_at / 86400000 * 86400000 AND domain = OLD.domain;
    DELETE FROM totals WHERE account = OLD.account AND span = 86400000 AND since = OLD.sent_at / 86400000 * 86400000 AND domain = OLD.domain AND sent = 0;
    UPDATE totals SET sent = sent - 1, opened = opened - (SELECT (m.state >= 4)::int FROM messages m WHERE m.seq = OLD.message),
        possible = possible - (SELECT (m.state IN (2, 3))::int FROM messages m WHERE m.seq = OLD.message),
        clicked = clicked - (SELECT (m.clicked = 1)::int FROM messages m WHERE m.seq = OLD.message),
        machines = machines - (SELECT (m.state = 1)::int FROM messages m WHERE m.seq = OLD.message),
        answered = answered - (SELECT (m.state = 6)::int FROM messages m WHERE m.seq = OLD.message)
        WHERE account = OLD.account AND span = 1382400000 AND since = OLD.sent_at / 1382400000 * 1382400000 AND domain = OLD.domain;
    DELETE FROM totals WHERE account = OLD.account AND span = 1382400000 AND since = OLD.sent_at / 1382400000 * 1382400000 AND domain = OLD.domain AND sent = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER totals_of_gone_domain AFTER DELETE ON message_domains FOR EACH ROW EXECUTE FUNCTION totals_of_gone_domain();

INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
    SELECT account, 3600000, sent_at / 3600000 * 3600000, '', COUNT(*), SUM((state >= 4)::int), SUM((state IN (2, 3))::int),
        SUM((clicked = 1)::int), SUM((state = 1)::int), SUM((state = 6)::int)
    FROM messages GROUP BY 1, 3;
INSERT INTO totals (account, span, since, domain, sent, opened, possible, clicked, machines, answered)
    SELECT d.account, s.span, d.sent_at / s.span * s.span, d.domain, COUNT(*), SUM((m.state >= 4)::int),
        SUM((m.state IN (2, 3))::int), SUM((m.clicked = 1)::int), SUM((m.state = 1)::int), SUM((m.state = 6)::int)
    FROM (SELECT 86400000::bigint AS span UNION ALL SELECT 1382400000) s CROSS JOIN message_domains d
    JOIN messages m ON m.seq = d.message GROUP BY 1, 2, 3, 4;

-- Where three characters stand one after the other: what has all those of a word is looked at itself. Of PostgreSQL's own means
-- alone: an extension may not be allowed.
CREATE FUNCTION trigrams(search text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT COALESCE(array_agg(DISTINCT substr(search, at, 3)), '{}') FROM generate_series(1, length(search) - 2) AS at
$$;
CREATE INDEX contents_search ON contents USING gin (trigrams(search));
