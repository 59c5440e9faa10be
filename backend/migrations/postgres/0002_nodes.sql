-- Several backends on one server: who does what only one may do, what they tell each other, and which batches of hits arrived.

-- One row for each kind of work that one backend does for all. Whoever holds it renews it; the number grows each time that it
-- changes hands, and each transaction of that work asks for its number while it holds the row.
CREATE TABLE leases (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The application_name of the backend's connections.
    holder TEXT COLLATE "C" NOT NULL,
    -- By the server's clock.
    until  BIGINT NOT NULL,
    number BIGINT NOT NULL
);

-- One row for each connection that a backend writes hits over, and the number of the last batch that was committed over it. A batch
-- whose outcome its backend did not learn closes the row: from then on the number is final.
CREATE TABLE hit_writers (
    id     BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    closed BIGINT NOT NULL DEFAULT 0,
    -- When it was begun.
    at     BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX stopped_by_time ON stopped (at);

-- What changed is told with the commit, whoever changed it: `<application_name> <what> …`.

CREATE FUNCTION waxwing_tell(what TEXT) RETURNS void LANGUAGE sql AS
$$ SELECT pg_notify('waxwing', current_setting('application_name') || ' ' || what) $$;

CREATE FUNCTION waxwing_tell_event() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell('event ' || NEW.account || ' ' || NEW.id); RETURN NULL; END $$;
CREATE TRIGGER events_told AFTER INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_event();

CREATE FUNCTION waxwing_tell_stopped() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell('stopped ' || NEW.account || ' ' || NEW.message); RETURN NULL; END $$;
CREATE TRIGGER stopped_told AFTER INSERT ON stopped
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_stopped();

CREATE FUNCTION waxwing_tell_epoch() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell('epoch ' || NEW.id || ' ' || NEW.epoch); RETURN NULL; END $$;
CREATE TRIGGER epochs_told AFTER UPDATE OF epoch ON accounts
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_epoch();
CREATE TRIGGER accounts_told AFTER INSERT ON accounts
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_epoch();

CREATE FUNCTION waxwing_tell_mailbox() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell('mailbox ' || NEW.id); RETURN NULL; END $$;
CREATE TRIGGER new_mailboxes_told AFTER INSERT ON mailboxes
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_mailbox();
CREATE TRIGGER mailboxes_told AFTER UPDATE ON mailboxes
    FOR EACH ROW WHEN ((OLD.config, OLD.secret, OLD.connected_at, OLD.removed_at)
        IS DISTINCT FROM (NEW.config, NEW.secret, NEW.connected_at, NEW.removed_at))
    EXECUTE FUNCTION waxwing_tell_mailbox();

CREATE FUNCTION waxwing_tell_health() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell('health ' || NEW.id || ' ' || NEW.state); RETURN NULL; END $$;
CREATE TRIGGER health_told AFTER UPDATE OF state ON mailboxes
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION waxwing_tell_health();

-- Of these only that there is something: many in one transaction are told once. The argument says what.
CREATE FUNCTION waxwing_tell_work() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM waxwing_tell(TG_ARGV[0]); RETURN NULL; END $$;

CREATE TRIGGER new_scheduled_told AFTER INSERT ON scheduled
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION waxwing_tell_work('scheduled');
CREATE TRIGGER scheduled_told AFTER UPDATE OF due_at ON scheduled
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL AND NEW.lease_until IS NULL AND OLD.due_at IS DISTINCT FROM NEW.due_at)
    EXECUTE FUNCTION waxwing_tell_work('scheduled');
CREATE TRIGGER new_reminders_told AFTER INSERT ON reminders
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION waxwing_tell_work('reminders');
CREATE TRIGGER reminders_told AFTER UPDATE OF due_at ON reminders
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL AND NEW.lease_until IS NULL AND OLD.due_at IS DISTINCT FROM NEW.due_at)
    EXECUTE FUNCTION waxwing_tell_work('reminders');
CREATE TRIGGER new_waiting_told AFTER INSERT ON waiting
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_work('waiting');
CREATE TRIGGER waiting_told AFTER UPDATE OF find_at, mailbox ON waiting
    FOR EACH ROW WHEN (NEW.find_at IS NOT NULL AND
        (OLD.find_at IS NULL OR NEW.find_at < OLD.find_at OR OLD.mailbox IS DISTINCT FROM NEW.mailbox))
    EXECUTE FUNCTION waxwing_tell_work('waiting');
CREATE TRIGGER new_activity_told AFTER INSERT ON activity
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL) EXECUTE FUNCTION waxwing_tell_work('judge');
CREATE TRIGGER activity_told AFTER UPDATE OF due_at ON activity
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL AND (OLD.due_at IS NULL OR NEW.due_at < OLD.due_at))
    EXECUTE FUNCTION waxwing_tell_work('judge');
CREATE TRIGGER rules_told AFTER INSERT OR UPDATE ON correction_rules
    FOR EACH ROW EXECUTE FUNCTION waxwing_tell_work('rules');
