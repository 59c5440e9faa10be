-- SQLite's 0013: mails that an account registered on the day that is counted, where an admin bounds them. What was deleted since
-- counts too.
ALTER TABLE people ADD COLUMN counted_day BIGINT;
ALTER TABLE people ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;
