//! What recipients refused, as it stands beside the database (`refusals.list`): read for it, and told again to a database that comes from an
//! older backup.
//!
//! What must hold: what the database knows better, since it is younger, stays; telling it twice changes nothing more.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use waxwing_domain::consent::{exact, root};
use waxwing_protocol::Millis;
use waxwing_protocol::api::{ConsentSource, ConsentState, Event, Kinds};

use super::super::accounts::id_from;
use super::super::{Result, Store, events, sql};
use super::people::{self, ERASED, Entry, Statement};
use super::{is_own_refusal, kinds_from, refusals};
use crate::account_id::AccountId;

/// Messages whose recipients are read at once.
const PAGE: i64 = 500;

/// What is refused of a message by its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfMail {
    /// Whose message.
    pub account: AccountId,
    /// It.
    pub message: Uuid,
    /// What is refused.
    pub refused: Kinds,
    /// Since when.
    pub at: Millis,
}

/// What somebody refused in all mails of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPerson {
    /// Whose mails.
    pub account: AccountId,
    /// [`people::erased`] of the root of the address.
    pub whom: String,
    /// What is refused.
    pub refused: Kinds,
    /// Since when.
    pub at: Millis,
}

impl Store {
    /// What was refused by links, written since an instant by the clocks of whoever wrote it; what was taken back too.
    pub async fn refused_by_link_since(&self, at: Millis) -> Result<Vec<OfMail>> {
        let sql = "SELECT account, message, by_link, at FROM refusals WHERE at >= $1";
        let rows = sql::query(sql).bind(at).fetch_all(self.read()).await?;
        rows.iter()
            .map(|row| {
                let (account, refused) = (id_from(row.try_get(0)?)?, kinds_from(row.try_get(2)?));
                Ok(OfMail { account, message: row.try_get(1)?, refused, at: row.try_get(3)? })
            })
            .collect()
    }

    /// Everybody who refused by their own word in all mails of an account.
    pub async fn all_who_refused(&self) -> Result<Vec<OfPerson>> {
        let sql = "SELECT account, root, opens, opens_source, clicks, clicks_source, at FROM consent_people WHERE opens = 2 OR clicks = 2";
        let mut found = Vec::new();
        for row in sql::query(sql).fetch_all(self.read()).await? {
            let own = |state: i64, source: Option<i64>| is_own_refusal(Some(state), source);
            let refused = Kinds { opens: own(row.try_get(2)?, row.try_get(3)?), clicks: own(row.try_get(4)?, row.try_get(5)?) };
            let (account, root): (AccountId, String) = (id_from(row.try_get(0)?)?, row.try_get(1)?);
            let whom = if root.starts_with(ERASED) { root } else { people::erased(account, &root) };
            if refused.any() {
                found.push(OfPerson { account, whom, refused, at: row.try_get(6)? });
            }
        }
        Ok(found)
    }

    /// Tells the database what was refused by a link. `erased`: when all that came of the message was erased, too. False: it knows.
    pub async fn refuse_mail_again(&self, said: &OfMail, erased: Option<Millis>) -> Result<bool> {
        let (account, message) = (said.account, said.message);
        let mut tx = self.write_of(account).await?;
        let (by_link, by_person, at) = refusals::refused(&mut tx, account, message).await?;
        if at.is_some_and(|at| at >= said.at) {
            tx.cancel().await?;
            return Ok(false);
        }
        refusals::write(&mut tx, account, message, (said.refused, by_person), said.at).await?;
        let (more, less) = (said.refused.without(by_link), by_link.without(said.refused));
        for (kinds, state) in [(more, ConsentState::Refused), (less, ConsentState::Agreed)] {
            if kinds.any() {
                let entry = Entry { address: None, kinds, state, source: ConsentSource::Page, message: Some(message) };
                people::write_log(&mut tx, account, &entry, (None, None), said.at).await?;
            }
        }
        if said.refused != by_link {
            let refused = said.refused.or(by_person);
            events::add(
                &mut tx,
                account,
                said.at,
                &Event::Refused { message: Some(message), address: None, refused, at: said.at },
            )
            .await?;
        }
        tx.commit().await?;
        let erases_too = erased.is_some_and(|erased| at.is_none_or(|at| at < erased));
        if erases_too {
            let found = self.unfiled_of(account, message).await?;
            // The right to write totals: nobody else writes.
            let mut tx = self.write().await?;
            Self::begin_erasing(&mut tx, account, message, &found, said.at).await?;
            tx.commit().await?;
            self.erase_hits(account, message).await?;
        }
        Ok(erases_too || said.refused != by_link)
    }

    /// Tells the database who refused in all mails of an account, and gives how many of them it did not know. Whose address stands in a
    /// mail, or among the people that are known, is known again by that; in the place of others stands their digest.
    pub async fn refuse_people_again(&self, account: AccountId, said: &[OfPerson]) -> Result<usize> {
        let addresses = self.addresses_of(account, &said.iter().map(|said| said.whom.as_str()).collect()).await?;
        let mut told = 0;
        for said in said {
            let state = |refused: bool| refused.then_some(ConsentState::Refused);
            if let Some(address) = addresses.get(&said.whom) {
                let statement = Statement {
                    address,
                    opens: state(said.refused.opens),
                    clicks: state(said.refused.clicks),
                    source: ConsentSource::Mail,
                    message: None,
                    shown: None,
                    note: None,
                };
                told += usize::from(self.say_of_people(account, &[statement], said.at, |_| {}).await?.event.is_some());
                continue;
            }
            let mut tx = self.write_of(account).await?;
            let known = people::of_address(&mut tx, account, &said.whom).await?;
            let mut person = known.clone().unwrap_or_else(|| people::nobody(&said.whom, said.at));
            if said.refused.opens {
                (person.opens, person.opens_source) = (ConsentState::Refused, Some(ConsentSource::Mail));
            }
            if said.refused.clicks {
                (person.clicks, person.clicks_source) = (ConsentState::Refused, Some(ConsentSource::Mail));
            }
            if known.as_ref() == Some(&person) {
                tx.cancel().await?;
                continue;
            }
            people::write(&mut tx, account, &person, &said.whom).await?;
            tx.commit().await?;
            told += 1;
        }
        Ok(told)
    }

    /// Addresses of an account whose roots have one of these digests, by the digest.
    async fn addresses_of(&self, account: AccountId, wanted: &HashSet<&str>) -> Result<HashMap<String, String>> {
        let mut found = HashMap::new();
        let mut looked = HashSet::new();
        let mut look = |address: &str| {
            let Some(root) = root(address).filter(|root| looked.insert(root.clone())) else { return };
            let digest = people::erased(account, &root);
            if let (true, Some(address)) = (wanted.contains(digest.as_str()), exact(address)) {
                found.insert(digest, address);
            }
        };
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut last = (i64::MIN, Uuid::nil());
        loop {
            let sql = "SELECT m.sent_at, m.id, m.sender, c.body FROM messages m JOIN contents c ON c.message = m.seq \
                       WHERE m.account = $1 AND (m.sent_at, m.id) > ($2, $3) ORDER BY m.sent_at, m.id LIMIT $4";
            let page = sql::query(sql).bind(account.as_str()).bind(last.0).bind(last.1).bind(PAGE);
            let rows = page.fetch_all(self.read()).await?;
            for row in &rows {
                let sender: String = row.try_get(2)?;
                let content = refusals::content(row.try_get(3)?)?;
                refusals::others(&sender, &content.recipients).for_each(&mut look);
                last = (row.try_get(0)?, row.try_get(1)?);
            }
            if rows.is_empty() {
                break;
            }
        }
        let sql = "SELECT address FROM consent_people WHERE account = $1";
        let people: Vec<String> = sql::query_scalar(sql).bind(account.as_str()).fetch_all(self.read()).await?;
        people.iter().map(String::as_str).for_each(look);
        Ok(found)
    }
}
