-- An event of a message takes the place of an older one on the same topic: by one statement now, which needs to know that there is one.

DELETE FROM events WHERE message IS NOT NULL
    AND id NOT IN (SELECT MAX(id) FROM events WHERE message IS NOT NULL GROUP BY account, message, topic);
DROP INDEX events_of_message;
CREATE UNIQUE INDEX events_of_message ON events (message, topic, account) WHERE message IS NOT NULL;
