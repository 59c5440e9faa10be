-- Mails that an account registered on the day that is counted, where an admin bounds them. What was deleted since counts too.
ALTER TABLE people ADD COLUMN counted_day INTEGER;
ALTER TABLE people ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
