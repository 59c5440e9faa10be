//! People, and what they said.

use std::collections::HashSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use waxwing_domain::consent::root;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentProof, ConsentSource, ConsentState, Event, Kinds, Person, PersonDetail};

use super::super::{Result, Store, StoreError, Work, events, one_row, sql};
use super::refusals::{self, Moved};
use super::{kinds_from, kinds_number, source_from, source_number, state_from, state_number};
use crate::account_id::AccountId;

/// Proofs that are shown of a person.
const PROOFS: i64 = 20;

/// Lists of so many are asked for by statements that are kept.
const FEW: usize = 8;
/// What begins like this is no address.
pub(super) const ERASED: &str = "erased:";
/// Leaves out what [`erased`] made.
const NOT_ERASED: &str = " AND address NOT LIKE 'erased:%'";

const COLUMNS: &str = "SELECT address, opens, opens_source, clicks, clicks_source, at, asked_at, changed FROM consent_people";

/// What an address, or a root, is kept as once its person was erased: so that what they refused still stands, and nobody reads who it was.
/// Whoever has the database can try addresses on it, as with any list of who must not be tracked.
pub fn erased(account: AccountId, what: &str) -> String {
    let digest = Sha256::digest(format!("waxwing erased\0{}\0{what}", account.as_str()));
    let mut text = ERASED.to_owned();
    for byte in digest {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Something that is said of a person.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// In its normal form.
    pub address: &'a str,
    /// To opens; `None`: as it was.
    pub opens: Option<ConsentState>,
    /// To clicks; `None`: as it was.
    pub clicks: Option<ConsentState>,
    /// How it is known.
    pub source: ConsentSource,
    /// By the link of which mail.
    pub message: Option<Uuid>,
    /// The text that was shown.
    pub shown: Option<&'a str>,
    /// The user's note.
    pub note: Option<&'a str>,
}

/// What came of statements.
#[derive(Debug, Default)]
pub struct Spoken {
    /// How those who were named stand now.
    pub people: Vec<Person>,
    /// Those of them who refused themselves: that stands.
    pub kept: Vec<String>,
    /// The messages of which something else is refused now.
    pub moved: Vec<Moved>,
    /// The last event, when something changed.
    pub event: Option<i64>,
}

impl Store {
    /// Writes down what is said of people, and stops or frees the messages to them. `before_commit` runs while no other write of
    /// this account can.
    pub async fn say_of_people(
        &self,
        account: AccountId,
        said: &[Statement<'_>],
        now: Millis,
        before_commit: impl FnOnce(&[Moved]) + Send,
    ) -> Result<Spoken> {
        let mut tx = self.write_of(account).await?;
        let spoken = say_all(&mut tx, account, said, now).await?;
        if spoken.event.is_none() {
            tx.cancel().await?;
            return Ok(spoken);
        }
        before_commit(&spoken.moved);
        tx.commit().await?;
        Ok(spoken)
    }

    /// People whose state changed after a number, in the order of their changes, with the numbers.
    pub async fn people_changed(&self, account: AccountId, since: i64, limit: i64) -> Result<Vec<(i64, Person)>> {
        let mut query = sql::Builder::new(COLUMNS);
        query.push(" WHERE account = ").push_bind(account.as_str()).push(" AND changed > ").push_bind(since);
        query.push(NOT_ERASED).push(" ORDER BY changed LIMIT ").push_bind(limit);
        query.build().fetch_all(self.read()).await?.iter().map(|row| Ok((row.try_get(7)?, person(row)?))).collect()
    }

    /// The number of the newest change; 0: nobody is known.
    pub async fn newest_person(&self, account: AccountId) -> Result<i64> {
        let sql = "SELECT COALESCE(MAX(changed), 0) FROM consent_people WHERE account = $1";
        Ok(sql::query_scalar(sql).bind(account.as_str()).fetch_one(self.read()).await?)
    }

    /// A page of people, latest change first, with the numbers of their changes. `word`, in lower case: it stands in the address.
    pub async fn consent_people(
        &self,
        account: AccountId,
        word: &str,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<(i64, PersonDetail)>> {
        let mut tx = self.snapshot().await?;
        let mut query = sql::Builder::new(COLUMNS);
        query.push(" WHERE account = ").push_bind(account.as_str());
        query.push(" AND changed < ").push_bind(before.unwrap_or(i64::MAX));
        if !word.is_empty() {
            // Not LIKE: nothing in a word is a wildcard.
            query
                .push(self.kind().pick(" AND instr(address, ", " AND strpos(address, "))
                .push_bind(word.to_owned())
                .push(") > 0");
        }
        query.push(NOT_ERASED).push(" ORDER BY changed DESC LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&mut *tx).await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in &rows {
            let person = person(row)?;
            let proof = proofs(&mut tx, account, &person.address).await?;
            people.push((row.try_get(7)?, PersonDetail { person, proof }));
        }
        tx.cancel().await?;
        Ok(people)
    }
}

async fn proofs(tx: &mut Work, account: AccountId, address: &str) -> Result<Vec<ConsentProof>> {
    let sql = "SELECT at, kinds, state, source, message, shown, note FROM consent_log WHERE account = $1 AND address = $2 \
               ORDER BY id DESC LIMIT $3";
    let rows = sql::query(sql).bind(account.as_str()).bind(address).bind(PROOFS).fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|row| {
            Ok(ConsentProof {
                at: row.try_get(0)?,
                kinds: kinds_from(row.try_get(1)?),
                state: state_from(row.try_get(2)?)?,
                source: source_from(row.try_get(3)?)?,
                message: row.try_get(4)?,
                shown: row.try_get(5)?,
                note: row.try_get(6)?,
            })
        })
        .collect()
}

fn person(row: &sql::Row) -> Result<Person> {
    let source = |number: Option<i64>| number.map(source_from).transpose();
    Ok(Person {
        address: row.try_get(0)?,
        opens: state_from(row.try_get(1)?)?,
        opens_source: source(row.try_get(2)?)?,
        clicks: state_from(row.try_get(3)?)?,
        clicks_source: source(row.try_get(4)?)?,
        at: row.try_get(5)?,
        asked_at: row.try_get(6)?,
    })
}

/// The same in a unit of work.
pub(super) async fn say_all(tx: &mut Work, account: AccountId, said: &[Statement<'_>], now: Millis) -> Result<Spoken> {
    let mut spoken = Spoken::default();
    let mut roots = HashSet::new();
    let mut named = HashSet::new();
    let mut own = Vec::new();
    let mut changed = false;
    for statement in said {
        let root = root(statement.address).ok_or_else(|| StoreError::Failed("an address is none".to_owned()))?;
        let forms = of_roots(tx, account, std::slice::from_ref(&root)).await?;
        let said = say(tx, account, statement, (&root, &forms), now).await?;
        if said.kept {
            spoken.kept.push(statement.address.to_owned());
        }
        if said.changed {
            changed = true;
            roots.insert(root);
            if statement.source.is_own() {
                own.push(statement.address.to_owned());
            }
        }
        named.insert(statement.address);
    }
    if !roots.is_empty() {
        spoken.moved = refusals::renew_of(tx, account, &roots, now).await?;
    }
    for statement in said {
        if named.remove(statement.address)
            && let Some(person) = of_address(tx, account, statement.address).await?
        {
            spoken.people.push(person);
        }
    }
    if changed {
        spoken.event = Some(events::add(tx, account, now, &Event::Consent).await?);
        for address in own {
            let refused = refusals::refused_by(tx, account, std::iter::once(address.as_str())).await?;
            let event = Event::Refused { message: None, address: Some(address), refused, at: now };
            spoken.event = Some(events::add(tx, account, now, &event).await?);
        }
    }
    Ok(spoken)
}

struct Done {
    changed: bool,
    kept: bool,
}

/// One statement. `forms`: all that is known of this address's forms.
async fn say(
    tx: &mut Work,
    account: AccountId,
    said: &Statement<'_>,
    (root, forms): (&str, &[Person]),
    now: Millis,
) -> Result<Done> {
    let known = forms.iter().find(|person| person.address == said.address);
    let mut person = known.cloned().unwrap_or_else(|| nobody(said.address, now));
    let mut done = Done { changed: false, kept: false };
    let mut log: Vec<(Kinds, ConsentState)> = Vec::new();
    for (kind, state) in
        [(Kinds { opens: true, clicks: false }, said.opens), (Kinds { opens: false, clicks: true }, said.clicks)]
    {
        let Some(state) = state else { continue };
        let of = |person: &Person| {
            if kind.opens { (person.opens, person.opens_source) } else { (person.clicks, person.clicks_source) }
        };
        let refused_themselves =
            |person: &Person| matches!(of(person), (ConsentState::Refused, Some(source)) if source.is_own());
        if !said.source.is_own() && state != ConsentState::Refused && forms.iter().any(refused_themselves) {
            done.kept = true;
            continue;
        }
        // A recipient's own refusal is not made the user's word either.
        if !said.source.is_own() && refused_themselves(&person) {
            continue;
        }
        let source = (state != ConsentState::Unknown).then_some(said.source);
        if of(&person) == (state, source) {
            continue;
        }
        if kind.opens {
            (person.opens, person.opens_source) = (state, source);
        } else {
            (person.clicks, person.clicks_source) = (state, source);
        }
        match log.iter_mut().find(|(_, other)| *other == state) {
            Some((kinds, _)) => *kinds = kinds.or(kind),
            None => log.push((kind, state)),
        }
        done.changed = true;
    }
    if !done.changed {
        return Ok(done);
    }
    person.at = now;
    write(tx, account, &person, root).await?;
    // Who agrees by a mail to this address takes back what was refused in another form of it.
    if said.source.is_own() {
        for (kinds, _) in log.iter().filter(|(_, state)| *state != ConsentState::Refused) {
            for other in forms.iter().filter(|other| other.address != said.address) {
                let mut lifted = other.clone();
                if kinds.opens && other.opens == ConsentState::Refused {
                    (lifted.opens, lifted.opens_source) = (ConsentState::Unknown, None);
                }
                if kinds.clicks && other.clicks == ConsentState::Refused {
                    (lifted.clicks, lifted.clicks_source) = (ConsentState::Unknown, None);
                }
                if lifted != *other {
                    lifted.at = now;
                    write(tx, account, &lifted, root).await?;
                }
            }
        }
    }
    for (kinds, state) in log {
        let entry = Entry { address: Some(said.address), kinds, state, source: said.source, message: said.message };
        write_log(tx, account, &entry, (said.shown, said.note), now).await?;
    }
    Ok(done)
}

/// A line of the log.
pub(super) struct Entry<'a> {
    pub(super) address: Option<&'a str>,
    pub(super) kinds: Kinds,
    pub(super) state: ConsentState,
    pub(super) source: ConsentSource,
    pub(super) message: Option<Uuid>,
}

pub(super) async fn write_log(
    tx: &mut Work,
    account: AccountId,
    entry: &Entry<'_>,
    (shown, note): (Option<&str>, Option<&str>),
    now: Millis,
) -> Result<()> {
    let done = sql::query(
        "INSERT INTO consent_log (account, at, address, message, kinds, state, source, shown, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account.as_str())
    .bind(now)
    .bind(entry.address.map(str::to_owned))
    .bind(entry.message)
    .bind(kinds_number(entry.kinds))
    .bind(state_number(entry.state))
    .bind(source_number(entry.source))
    .bind(shown.map(str::to_owned))
    .bind(note.map(str::to_owned))
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

pub(super) fn nobody(address: &str, at: Millis) -> Person {
    Person {
        address: address.to_owned(),
        opens: ConsentState::Unknown,
        opens_source: None,
        clicks: ConsentState::Unknown,
        clicks_source: None,
        at,
        asked_at: None,
    }
}

pub(super) async fn write(tx: &mut Work, account: AccountId, person: &Person, root: &str) -> Result<()> {
    let done = sql::query(
        "INSERT INTO consent_people (account, address, root, opens, opens_source, clicks, clicks_source, at, asked_at, changed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
         (SELECT COALESCE(MAX(changed), 0) + 1 FROM consent_people WHERE account = $1)) \
         ON CONFLICT (account, address) DO UPDATE SET opens = excluded.opens, opens_source = excluded.opens_source, \
         clicks = excluded.clicks, clicks_source = excluded.clicks_source, at = excluded.at, asked_at = excluded.asked_at, \
         changed = excluded.changed",
    )
    .bind(account.as_str())
    .bind(&person.address)
    .bind(root)
    .bind(state_number(person.opens))
    .bind(person.opens_source.map(source_number))
    .bind(state_number(person.clicks))
    .bind(person.clicks_source.map(source_number))
    .bind(person.at)
    .bind(person.asked_at)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// All that is known of addresses with these roots.
pub(super) async fn of_roots(tx: &mut Work, account: AccountId, roots: &[String]) -> Result<Vec<Person>> {
    let mut query = sql::Builder::new(COLUMNS);
    query.push(" WHERE account = ").push_bind(account.as_str()).push(" AND root IN (");
    refusals::list(&mut query, roots);
    query.build().persistent(roots.len() <= FEW).fetch_all(&mut **tx).await?.iter().map(person).collect()
}

pub(super) async fn of_address(tx: &mut Work, account: AccountId, address: &str) -> Result<Option<Person>> {
    let mut query = sql::Builder::new(COLUMNS);
    query.push(" WHERE account = ").push_bind(account.as_str()).push(" AND address = ").push_bind(address);
    query.build().fetch_optional(&mut **tx).await?.as_ref().map(person).transpose()
}

/// These people were asked by a mail of then.
pub(super) async fn asked(tx: &mut Work, account: AccountId, addresses: &[(String, String)], at: Millis) -> Result<()> {
    for (address, root) in addresses {
        let mut person = of_address(tx, account, address).await?.unwrap_or_else(|| nobody(address, at));
        if person.asked_at.is_none_or(|asked| asked < at) {
            person.asked_at = Some(at);
            write(tx, account, &person, root).await?;
        }
    }
    Ok(())
}
