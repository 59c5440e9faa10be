//! Which messages are refused, and when tracking of messages ends.
//!
//! What must hold: of a message that is refused is kept who refused it how: by its link, which its holder may take back, or because
//! a recipient refused in all mails. Each change is in the transaction of what it follows from.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;
use waxwing_domain::consent::{Book, exact, root};
use waxwing_domain::rollup::Activity;
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSource, ConsentState, Content, Event, Kinds, Recipient};

use super::super::accounts::id_from;
use super::super::{Result, Store, StoreError, Work, events, one_row, rollup, sql};
use super::people::{self, Entry};
use super::unfiled::{self, Unfiled};
use super::{kinds_from, kinds_number};
use crate::account_id::AccountId;

/// Messages that are looked through at once.
const PAGE: i64 = 500;
/// Parameters of a list.
const LIST: usize = 500;
/// Recipients of a mail that are written down as asked.
const MOST_ASKED: usize = 200;

/// A message of which something else is refused now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// It.
    pub message: Uuid,
    /// Before.
    pub before: Kinds,
    /// Now.
    pub now: Kinds,
}

/// What somebody who holds a mail says by its link.
#[derive(Debug, Clone, Copy)]
pub struct ByLink<'a> {
    /// To which kinds.
    pub kinds: Kinds,
    /// They are refused, or that is taken back.
    pub refused: bool,
    /// Of what is taken back: when it was refused. `None`: whenever that was.
    pub of: Option<Millis>,
    /// What is stored is erased too.
    pub erase: bool,
    /// The text that was shown.
    pub shown: &'a str,
}

/// What came of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// What moved, and the event. `None`: it was so before, or what is taken back is not what was refused then.
    pub moved: Option<(Moved, i64)>,
    /// What is refused by the link now.
    pub by_link: Kinds,
    /// The instant that it has.
    pub at: Millis,
}

/// A message as its recipient may see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// It is registered: who sent it.
    pub sender: Option<String>,
    /// What was put into it.
    pub tracks: Kinds,
    /// Until when hits of it are stored.
    pub until: Option<Millis>,
    /// What was refused by its link.
    pub by_link: Kinds,
    /// What is refused since a recipient refused in all mails.
    pub by_person: Kinds,
    /// When somebody refused last.
    pub refused_at: Option<Millis>,
    /// It was deleted.
    pub deleted: bool,
    /// So many hits of each kind are stored: opens, clicks.
    pub hits: (u32, u32),
    /// When the last of them came.
    pub last: Option<Millis>,
}

impl Store {
    /// Writes down what is said by a message's link. `before_commit` runs while no other write of this account can.
    pub async fn say_by_link(
        &self,
        account: AccountId,
        message: Uuid,
        said: &ByLink<'_>,
        now: Millis,
        before_commit: impl FnOnce(Moved) + Send,
    ) -> Result<Stands> {
        let mut tx = self.write_of(account).await?;
        let (by_link, by_person, before) = refused(&mut tx, account, message).await?;
        // Each has an instant of its own, by which the right to take it back is known.
        let now = before.map_or(now, |before| now.max(before + 1));
        let wanted = if said.refused { by_link.or(said.kinds) } else { by_link.without(said.kinds) };
        if said.refused && said.kinds.any() && wanted == by_link {
            // Whoever refused first may not take back what another one refused as well.
            write(&mut tx, account, message, (by_link, by_person), now).await?;
            tx.commit().await?;
            return Ok(Stands { moved: None, by_link, at: now });
        }
        if wanted == by_link || (!said.refused && said.of.is_some() && said.of != before) {
            tx.cancel().await?;
            return Ok(Stands { moved: None, by_link, at: before.unwrap_or(now) });
        }
        write(&mut tx, account, message, (wanted, by_person), now).await?;
        let state = if said.refused { ConsentState::Refused } else { ConsentState::Agreed };
        let kinds = if said.refused { wanted.without(by_link) } else { by_link.without(wanted) };
        let entry = Entry { address: None, kinds, state, source: ConsentSource::Page, message: Some(message) };
        people::write_log(&mut tx, account, &entry, (Some(said.shown), None), now).await?;
        let moved = Moved { message, before: by_link.or(by_person), now: wanted.or(by_person) };
        let event = Event::Refused { message: Some(message), address: None, refused: moved.now, at: now };
        let event = events::add(&mut tx, account, now, &event).await?;
        before_commit(moved);
        tx.commit().await?;
        Ok(Stands { moved: Some((moved, event)), by_link: wanted, at: now })
    }

    /// A message as its recipient may see it.
    pub async fn seen_by_recipient(&self, account: AccountId, message: Uuid) -> Result<Seen> {
        let mut tx = self.snapshot().await?;
        let mut seen = Seen { tracks: Kinds::ALL, ..Seen::default() };
        let sql = "SELECT sender, tracks, until FROM messages WHERE account = $1 AND id = $2";
        if let Some(row) = sql::query(sql).bind(account.as_str()).bind(message).fetch_optional(&mut *tx).await? {
            seen.sender = Some(row.try_get(0)?);
            seen.tracks = kinds_from(row.try_get(1)?);
            seen.until = row.try_get(2)?;
        }
        let sql = "SELECT 1 FROM stopped WHERE message = $1 AND account = $2";
        seen.deleted = sql::query(sql).bind(message).bind(account.as_str()).fetch_optional(&mut *tx).await?.is_some();
        (seen.by_link, seen.by_person, seen.refused_at) = refused(&mut tx, account, message).await?;
        let sql = "SELECT kind, COUNT(*), MAX(at) FROM message_hits i JOIN hits h ON h.id = i.hit \
                   WHERE i.message = $1 AND i.account = $2 GROUP BY kind";
        for row in sql::query(sql).bind(message).bind(account.as_str()).fetch_all(&mut *tx).await? {
            let count = u32::try_from(row.try_get::<i64>(1)?).unwrap_or(u32::MAX);
            if row.try_get::<i64>(0)? == 0 {
                seen.hits.0 = count;
            } else {
                seen.hits.1 = count;
            }
            seen.last = seen.last.max(row.try_get(2)?);
        }
        tx.cancel().await?;
        Ok(seen)
    }

    /// Begins to erase what came of a message, which stays registered: totals, news and hits that were not filed yet. What is left
    /// is erased with [`Store::erase_hits`], also after a crash. In a unit of work that holds the right to write totals.
    /// `found`: what [`Store::unfiled_of`] found before.
    pub async fn begin_erasing(tx: &mut Work, account: AccountId, message: Uuid, found: &Unfiled, now: Millis) -> Result<i64> {
        unfiled::erase(tx, account, message, found).await?;
        for sql in [
            "DELETE FROM activity WHERE message = $1 AND account = $2",
            "DELETE FROM own_views WHERE message = $1 AND account = $2",
            "DELETE FROM events WHERE message = $1 AND account = $2 AND topic IN ('open', 'click', 'news open', 'news click', 'news unknown')",
            "UPDATE refusals SET erase = 1 WHERE message = $1 AND account = $2",
        ] {
            sql::query(sql).bind(message).bind(account.as_str()).execute(&mut **tx).await?;
        }
        rollup::set_state(tx, (message, account), &Activity::default()).await?;
        events::add(tx, account, now, &Event::Message { message }).await
    }

    /// The messages whose tracking ends after an instant, and not after another.
    pub async fn ends(&self, after: Millis, until: Millis) -> Result<Vec<((AccountId, Uuid), Millis)>> {
        let rows = sql::query("SELECT account, id, until FROM messages WHERE until > $1 AND until <= $2")
            .bind(after)
            .bind(until)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(|row| Ok(((id_from(row.try_get(0)?)?, row.try_get(1)?), row.try_get(2)?))).collect()
    }

    /// What is refused of a message.
    pub async fn refused_of(&self, account: AccountId, message: Uuid) -> Result<Kinds> {
        let row = sql::query(REFUSED).bind(message).bind(account.as_str()).fetch_optional(self.read()).await?;
        row.map_or(Ok(Kinds::NONE), |row| Ok(kinds_from(row.try_get(0)?).or(kinds_from(row.try_get(1)?))))
    }

    /// What these recipients refused in all mails.
    pub async fn refused_by(&self, account: AccountId, sender: &str, recipients: &[Recipient]) -> Result<Kinds> {
        let mut tx = self.snapshot().await?;
        let refused = refused_by(&mut tx, account, others(sender, recipients)).await;
        tx.cancel().await?;
        refused
    }

    /// What is known of these addresses, and what those of them refused who were erased since.
    pub async fn book_of(&self, account: AccountId, addresses: &[String]) -> Result<(Book, Kinds)> {
        let mut tx = self.snapshot().await?;
        let found = book(&mut tx, account, addresses.iter().map(String::as_str)).await;
        tx.cancel().await?;
        found
    }
}

const REFUSED: &str = "SELECT by_link, by_person, at FROM refusals WHERE message = $1 AND account = $2";

/// What is refused of a message, by its link and by a person, and when that was written last.
pub(super) async fn refused(tx: &mut Work, account: AccountId, message: Uuid) -> Result<(Kinds, Kinds, Option<Millis>)> {
    let row = sql::query(REFUSED).bind(message).bind(account.as_str()).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok((Kinds::NONE, Kinds::NONE, None)) };
    Ok((kinds_from(row.try_get(0)?), kinds_from(row.try_get(1)?), row.try_get(2)?))
}

pub(super) async fn write(
    tx: &mut Work,
    account: AccountId,
    message: Uuid,
    (link, person): (Kinds, Kinds),
    now: Millis,
) -> Result<()> {
    let done = sql::query(
        "INSERT INTO refusals (message, account, by_link, by_person, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (message, account) DO UPDATE SET by_link = excluded.by_link, by_person = excluded.by_person, at = excluded.at",
    )
    .bind(message)
    .bind(account.as_str())
    .bind(kinds_number(link))
    .bind(kinds_number(person))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// Recipients but the sender.
pub(super) fn others<'a>(sender: &str, recipients: &'a [Recipient]) -> impl Iterator<Item = &'a str> {
    let sender = exact(sender);
    let is_other = move |address: &&str| sender.is_none() || exact(address) != sender;
    recipients.iter().map(|recipient| recipient.address.as_str()).filter(is_other)
}

/// What is known of these addresses, and what those of them refused who were erased since.
async fn book(tx: &mut Work, account: AccountId, addresses: impl Iterator<Item = &str>) -> Result<(Book, Kinds)> {
    let roots: Vec<String> = addresses.filter_map(root).collect::<BTreeSet<_>>().into_iter().collect();
    let (mut book, mut erased) = (Book::default(), Kinds::NONE);
    for roots in roots.chunks(LIST / 2) {
        let digests = roots.iter().map(|root| people::erased(account, root));
        let both: Vec<String> = roots.iter().cloned().chain(digests).collect();
        for person in people::of_roots(tx, account, &both).await? {
            if person.address.starts_with(people::ERASED) {
                let refused = |state| state == ConsentState::Refused;
                erased = erased.or(Kinds { opens: refused(person.opens), clicks: refused(person.clicks) });
            } else {
                book.apply(person);
            }
        }
    }
    Ok((book, erased))
}

pub(super) fn list(query: &mut sql::Builder, values: &[String]) {
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

/// What these addresses refused in all mails.
pub(super) async fn refused_by<'a>(
    tx: &mut Work,
    account: AccountId,
    addresses: impl Iterator<Item = &'a str>,
) -> Result<Kinds> {
    let addresses: Vec<&str> = addresses.collect();
    let (book, erased) = book(tx, account, addresses.iter().copied()).await?;
    Ok(addresses.iter().fold(erased, |refused, address| refused.or(book.said(address).refused())))
}

/// Looks anew at the messages to addresses, in any form of them: something else may be refused of them now. The messages of a domain are
/// read once, however many of its addresses are asked for.
pub(super) async fn renew_of(tx: &mut Work, account: AccountId, asked: &HashSet<String>, now: Millis) -> Result<Vec<Moved>> {
    let mut moved = Vec::new();
    let mut known: HashMap<String, Kinds> = HashMap::new();
    let written: HashSet<&str> = asked.iter().filter_map(|root| Some(root.rsplit_once('@')?.1)).collect();
    let domains = domains_of(tx, account, &written).await?;
    for domain in domains {
        let mut after = Some(i64::MIN);
        while let Some(last) = after {
            let (messages, next) = page_to(tx, account, &domain, last).await?;
            after = next;
            for (message, roots) in messages.into_iter().filter(|(_, roots)| !roots.is_disjoint(asked)) {
                let mut wanted = Kinds::NONE;
                for root in roots {
                    let refused = if let Some(refused) = known.get(&root) {
                        *refused
                    } else {
                        let refused = refused_by(tx, account, std::iter::once(root.as_str())).await?;
                        known.insert(root, refused);
                        refused
                    };
                    wanted = wanted.or(refused);
                }
                let (by_link, by_person, _) = self::refused(tx, account, message).await?;
                if by_person != wanted {
                    write(tx, account, message, (by_link, wanted), now).await?;
                    moved.push(Moved { message, before: by_link.or(by_person), now: by_link.or(wanted) });
                }
            }
        }
    }
    Ok(moved)
}

/// Messages with recipients of a domain, each with the roots of its recipients, and where to go on.
async fn page_to(
    tx: &mut Work,
    account: AccountId,
    domain: &str,
    after: i64,
) -> Result<(Vec<(Uuid, HashSet<String>)>, Option<i64>)> {
    let sql = "SELECT m.seq, m.id, m.sender, c.body FROM message_domains d JOIN messages m ON m.seq = d.message \
               JOIN contents c ON c.message = m.seq WHERE d.account = $1 AND d.domain = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4";
    let rows = sql::query(sql).bind(account.as_str()).bind(domain).bind(after).bind(PAGE).fetch_all(&mut **tx).await?;
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == PAGE);
    let next = rows.last().filter(|_| full).map(|row| row.try_get(0)).transpose()?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in &rows {
        let sender: String = row.try_get(2)?;
        let content = content(row.try_get(3)?)?;
        messages.push((row.try_get(1)?, others(&sender, &content.recipients).filter_map(root).collect()));
    }
    Ok((messages, next))
}

/// The domains, as messages have them, under which addresses of these domains may stand.
async fn domains_of(tx: &mut Work, account: AccountId, written: &HashSet<&str>) -> Result<BTreeSet<String>> {
    let mut domains: BTreeSet<String> = written.iter().map(|domain| (*domain).to_owned()).collect();
    if written.contains("gmail.com") {
        domains.insert("googlemail.com".to_owned());
    }
    if written.iter().any(|domain| domain.split('.').any(|label| label.starts_with("xn--"))) {
        // Messages have them as they were written: in their own script, perhaps. All are looked at once.
        let sql = "SELECT DISTINCT domain FROM message_domains WHERE account = $1";
        let all: Vec<String> = sql::query_scalar(sql).bind(account.as_str()).fetch_all(&mut **tx).await?;
        let is_one = |other: &String| exact(&format!("a@{other}")).is_some_and(|other| written.contains(&other[2..]));
        domains.extend(all.into_iter().filter(is_one));
    }
    Ok(domains)
}

pub(super) fn content(body: &str) -> Result<Content> {
    serde_json::from_str(body).map_err(|_| StoreError::Failed("a message's content is damaged".to_owned()))
}

/// A message was registered: what its recipients refused holds for it, and who was asked by it was asked.
pub(in crate::store) async fn registered(
    tx: &mut Work,
    account: AccountId,
    message: Uuid,
    (sender, recipients): (&str, &[Recipient]),
    asked_at: Option<Millis>,
    now: Millis,
) -> Result<()> {
    let wanted = refused_by(tx, account, others(sender, recipients)).await?;
    let (by_link, by_person, _) = refused(tx, account, message).await?;
    if wanted != by_person {
        write(tx, account, message, (by_link, wanted), now).await?;
    }
    if let Some(at) = asked_at {
        let people: Vec<(String, String)> = others(sender, recipients)
            .filter_map(|address| Some((exact(address)?, root(address)?)))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(MOST_ASKED)
            .collect();
        people::asked(tx, account, &people, at).await?;
        if !people.is_empty() {
            events::add(tx, account, now, &Event::Consent).await?;
        }
    }
    Ok(())
}
