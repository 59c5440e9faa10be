-- SQLite's 0014: what statements of the API and of the upkeep look for, and read whole tables for without these.

CREATE INDEX invitations_by_address ON invitations (address) WHERE address IS NOT NULL;
CREATE INDEX invitations_by_end ON invitations (expires_at);
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
CREATE INDEX pairing_codes_by_end ON pairing_codes (expires_at);
CREATE INDEX grants_pending_of_account ON grants_pending (account, expires_at);
CREATE INDEX sessions_by_use ON sessions (seen_at);
CREATE INDEX sessions_by_age ON sessions (made_at);
CREATE INDEX own_places_by_time ON own_places (last_at);
CREATE INDEX grants_pending_by_end ON grants_pending (expires_at);
CREATE INDEX own_views_by_time ON own_views (at);
CREATE INDEX mailbox_sends_by_time ON mailbox_sends (at);
CREATE INDEX correction_rules_removed ON correction_rules (id) WHERE removed = 1;
