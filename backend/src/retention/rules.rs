//! The rules: what is kept how long. docs/PRIVACY.md has the same list for people, and a test compares the two.

use crate::store::sql::Kind;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name in `[retention]` of `waxwing.toml`, in docs/PRIVACY.md and in what `waxwing purge` prints.
    pub name: &'static str,
    /// How many days at most. The operator may choose fewer.
    pub days: u32,
    /// How what is too old is found and taken away.
    pub how: How,
}

/// How a rule works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Rows go.
    Rows(&'static [Rows]),
    /// Addresses of hits become networks.
    Addresses,
    /// Events go, and each account remembers how far.
    Events,
    /// The sender's own views and places go, but none that still explains a hit whose address is whole.
    Own,
    /// Mails that were waited for go, with what leads to a note in the mailbox last.
    Waiting,
    /// Hits of mails go that nobody registered.
    Unregistered,
    /// Files beside the log of hits are overwritten and go.
    SetAside,
}

/// Rows that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Of which table.
    pub table: &'static str,
    /// Its primary key.
    pub key: &'static str,
    /// Which of them are too old: a condition with the instant as `$1`.
    pub old: &'static str,
    /// Only this engine has the table.
    pub only: Option<Kind>,
    /// The instants are the server's, where there is one: what goes is old by its clock too.
    pub of_server: bool,
}

const fn rows(table: &'static str, key: &'static str, old: &'static str) -> Rows {
    Rows { table, key, old, only: None, of_server: false }
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule { name: "hit_addresses", days: 30, how: How::Addresses },
    // As long as a browser may be off and still register what it sent.
    Rule { name: "unregistered_hits", days: 90, how: How::Unregistered },
    Rule { name: "events", days: 7, how: How::Events },
    Rule { name: "own_views_and_places", days: 32, how: How::Own },
    Rule { name: "pairing_codes", days: 1, how: How::Rows(&[rows("pairing_codes", "code_hash", "expires_at < $1")]) },
    Rule {
        name: "unfinished_sign_ins",
        days: 1,
        how: How::Rows(&[
            rows("grants_pending", "state_hash", "expires_at < $1"),
            rows("sign_ins", "state", "expires_at < $1"),
        ]),
    },
    Rule { name: "sessions", days: 30, how: How::Rows(&[rows("sessions", "hash", "seen_at < $1")]) },
    Rule { name: "invitations", days: 30, how: How::Rows(&[rows("invitations", "hash", "expires_at < $1")]) },
    Rule { name: "consent_mails", days: 30, how: How::Rows(&[rows("consent_mails", "code", "at < $1")]) },
    Rule { name: "security_events", days: 90, how: How::Rows(&[rows("security_events", "id", "at < $1")]) },
    Rule { name: "mailbox_ledger", days: 90, how: How::Rows(&[rows("mailbox_access", "id", "at < $1")]) },
    // A clock that was set back for a while must not free what was used up of the daily limit.
    Rule { name: "daily_limit", days: 2, how: How::Rows(&[rows("mailbox_sends", "mailbox, at, mail", "at < $1")]) },
    Rule {
        name: "flight_recorder",
        days: 365,
        how: How::Rows(&[rows(
            "flight",
            "id",
            "EXISTS (SELECT 1 FROM scheduled s WHERE s.id = flight.scheduled AND s.done_at IS NOT NULL AND s.done_at < $1)",
        )]),
    },
    Rule {
        name: "sent_later",
        days: 365,
        how: How::Rows(&[rows("scheduled", "id", "done_at IS NOT NULL AND done_at < $1 AND lease_until IS NULL")]),
    },
    Rule { name: "answers", days: 365, how: How::Waiting },
    Rule {
        name: "disconnected_mailboxes",
        days: 30,
        how: How::Rows(&[
            rows("mailbox_access", "id", OF_DISCONNECTED),
            rows("mailbox_sends", "mailbox, at, mail", OF_DISCONNECTED),
            rows(
                "mailboxes",
                "id",
                "removed_at IS NOT NULL AND removed_at < $1 \
                 AND NOT EXISTS (SELECT 1 FROM scheduled s WHERE s.mailbox = mailboxes.id) \
                 AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.mailbox = mailboxes.id)",
            ),
        ]),
    },
    Rule { name: "set_aside", days: 30, how: How::SetAside },
    Rule {
        name: "log_positions",
        days: 365,
        how: How::Rows(&[
            Rows { table: "log_positions", key: "log", old: "moved_at < $1", only: None, of_server: true },
            Rows { table: "hit_writers", key: "id", old: "at < $1", only: Some(Kind::Postgres), of_server: true },
        ]),
    },
];

/// What was done in a mailbox, and left through it, says more than that it was there.
const OF_DISCONNECTED: &str =
    "EXISTS (SELECT 1 FROM mailboxes m WHERE m.id = mailbox AND m.removed_at IS NOT NULL AND m.removed_at < $1)";

impl Rule {
    /// The rule of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// What tells how much would go, where it is not rows that go.
    pub(super) fn counted(&self) -> &'static [Rows] {
        match self.how {
            How::Rows(rows) => rows,
            How::Addresses => ADDRESSES,
            How::Events => EVENTS,
            How::Own => OWN,
            How::Waiting => WAITING,
            How::Unregistered => UNREGISTERED,
            How::SetAside => &[],
        }
    }
}

const ADDRESSES: &[Rows] =
    &[rows("hits", "id", "at < $1 AND id > COALESCE((SELECT position FROM cursors WHERE name = 'shorten'), 0)")];
const UNREGISTERED: &[Rows] = &[rows(
    "hits",
    "id",
    "at < $1 AND id > COALESCE((SELECT position FROM cursors WHERE name = 'unregistered'), 0) \
     AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.account = hits.account AND m.id = hits.message)",
)];
const EVENTS: &[Rows] = &[rows("events", "id", "at < $1")];
const OWN: &[Rows] =
    &[rows("own_views", "message, account, at", "at < $1"), rows("own_places", "account, address, agent", "last_at < $1")];
const WAITING: &[Rows] = &[rows("waiting", "account, id", "created_at < $1 AND state <> 0")];
