-- Some thousands of rows of several accounts, so that PostgreSQL weighs indexes against each other as it does with many.

INSERT INTO accounts (id, name, created_at) SELECT 'aaaaa' || chr(97 + n), 'account ' || n, 0 FROM generate_series(0, 9) n;
INSERT INTO mailboxes (id, account, address, kind, config, state_since, daily_limit, connected_at)
    SELECT gen_random_uuid(), id, id || '@example.org', 0, '{}', 0, 400, 0 FROM accounts;
INSERT INTO messages (id, account, epoch, sent_at, scheduled, sender, registered_at, state, clicked, domain, legacy_thread, answered_at)
    SELECT gen_random_uuid(), 'aaaaa' || chr(97 + n % 10), 0, n, 0, 'me@example.org', n, n % 6, n / 5 % 2, n % 100 || '.example',
    lpad(to_hex(n / 2), 16, '0'), CASE WHEN n % 10 = 0 THEN n + 1 END FROM generate_series(1, 3000) n;
INSERT INTO contents (message, body, search) SELECT seq, '{}', CASE WHEN seq % 100 = 0 THEN 'offer ' ELSE 'hello ' END || seq FROM messages;
INSERT INTO activity (message, account, opens, open_hits, clicks, click_hits, seen, again_at)
    SELECT id, account, 0, 0, 0, 0, '', CASE WHEN seq % 20 = 0 THEN seq END FROM messages;
INSERT INTO message_domains (account, domain, sent_at, message) SELECT account, domain, sent_at, seq FROM messages;
INSERT INTO own_views (message, account, at) SELECT id, account, sent_at FROM messages;
INSERT INTO hits (at, account, message, kind, address) SELECT m.sent_at, m.account, m.id, 0, '::1' FROM messages m, generate_series(1, 2);
INSERT INTO message_hits (message, account, hit, repeat) SELECT message, account, id, 0 FROM hits;
INSERT INTO waiting (id, account, mailbox, tracked, sender, sent_at, state, thread, find_at, until, answered_at, bounced, bounced_at, created_at)
    SELECT m.id, m.account, b.id, 1, 'me@example.org', m.sent_at, m.seq % 3, m.legacy_thread, CASE WHEN m.seq % 60 = 0 THEN m.sent_at END,
    m.sent_at, CASE WHEN m.seq % 3 = 1 THEN m.sent_at END, CASE WHEN m.seq % 50 = 0 THEN '{}' END, m.sent_at, m.sent_at
    FROM messages m JOIN mailboxes b ON b.account = m.account;
INSERT INTO waiting_contents (account, waiting, body) SELECT account, id, '{}' FROM waiting;
INSERT INTO waiting_people (mailbox, person, account, waiting)
    SELECT mailbox, sent_at % 500 || '@acme.example', account, id FROM waiting;
INSERT INTO reminders (id, account, waiting, state, wish, due_at, created_at)
    SELECT id, account, id, sent_at % 6, '{}', CASE WHEN sent_at % 2 = 0 THEN sent_at END, sent_at FROM waiting;
INSERT INTO scheduled (id, account, mailbox, state, due_at, done_at, schedule, draft, draft_id, track, created_at)
    SELECT id, account, mailbox, sent_at % 8, CASE WHEN sent_at % 8 < 4 THEN sent_at END, CASE WHEN sent_at % 8 > 4 THEN sent_at END,
    '{}', '{}', 'draft ' || sent_at, 0, sent_at FROM waiting;
INSERT INTO mailbox_sends (mailbox, at, mail) SELECT mailbox, sent_at, id FROM waiting;
ANALYZE;
