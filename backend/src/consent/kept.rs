//! `refusals.list`: what recipients refused, beside the database and in no backup of it. A backup that is older does not know what was
//! refused since; whoever restores it tells it that by this list. It holds no address: random ids, and the digests that stand in the place of
//! somebody who was erased ([`people::erased`](crate::store::consent::people::erased)).
//!
//! What must hold: a refusal is in the list when whoever refused is answered, or, where the disk would not take it, with the next start of a
//! backend on this folder; of a mail the youngest line counts; of accounts that are gone nothing stays.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Kinds;

use crate::account_id::AccountId;
use crate::app::App;
use crate::lines;
use crate::rights::closed::Closed;
use crate::store::consent::again::{OfMail, OfPerson};
use crate::store::{Result, Store, StoreError};

/// The name of the file in the data folder.
pub const FILE: &str = "refusals.list";

/// How far clocks of backends on one database may be apart, and a start may look back in vain.
const MARGIN: Millis = 24 * 60 * 60 * 1_000;

/// One writer at a time: a list that is folded together is a new file.
static WRITER: Mutex<()> = Mutex::new(());

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When it was said.
    pub at: Millis,
    /// The account's public id.
    pub account: String,
    /// By the link of this mail: what is refused by it from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// Or somebody's digest: what they refused in all mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whom: Option<String>,
    /// Opens are.
    pub opens: bool,
    /// Clicks are.
    pub clicks: bool,
    /// What came of the mail up to then was erased.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

impl Line {
    /// What is refused by a mail's link.
    pub fn of_mail(account: AccountId, message: Uuid, refused: Kinds, at: Millis, erased: bool) -> Self {
        let account = account.as_str().to_owned();
        Self { at, account, message: Some(message), whom: None, opens: refused.opens, clicks: refused.clicks, erased }
    }

    /// What somebody refused in all mails.
    pub fn of_person(account: AccountId, whom: &str, refused: Kinds, at: Millis) -> Self {
        let (account, whom) = (account.as_str().to_owned(), Some(whom.to_owned()));
        Self { at, account, message: None, whom, opens: refused.opens, clicks: refused.clicks, erased: false }
    }
}

/// What a list says, each thing once.
#[derive(Debug, Default)]
struct Said {
    mails: BTreeMap<(AccountId, Uuid), (OfMail, Option<Millis>)>,
    people: BTreeMap<(AccountId, String), OfPerson>,
}

impl Said {
    fn read(lines: &[Line]) -> io::Result<Self> {
        let mut said = Self::default();
        for line in lines {
            let strange = || io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} has a line of a newer version"));
            let account = AccountId::parse(&line.account).ok_or_else(strange)?;
            let refused = Kinds { opens: line.opens, clicks: line.clicks };
            match (line.message, &line.whom) {
                (Some(message), None) => {
                    let new = OfMail { account, message, refused, at: line.at };
                    let erased = line.erased.then_some(line.at);
                    let (known, known_erased) = said.mails.entry((account, message)).or_insert((new, erased));
                    if known.at <= new.at {
                        *known = new;
                    }
                    *known_erased = (*known_erased).max(erased);
                }
                (None, Some(whom)) => {
                    let new = OfPerson { account, whom: whom.clone(), refused, at: line.at };
                    let known = said.people.entry((account, whom.clone())).or_insert_with(|| new.clone());
                    known.refused = known.refused.or(refused);
                    known.at = known.at.max(new.at);
                }
                _ => return Err(strange()),
            }
        }
        Ok(said)
    }

    /// Without accounts that are gone.
    fn forget(&mut self, is_gone: impl Fn(AccountId) -> bool) {
        self.mails.retain(|(account, _), _| !is_gone(*account));
        self.people.retain(|(account, _), _| !is_gone(*account));
    }

    /// As few lines as say it, oldest first.
    fn lines(&self) -> Vec<Line> {
        let mails = self.mails.values().flat_map(|(said, erased)| {
            let line = |refused, at, erased| Line::of_mail(said.account, said.message, refused, at, erased);
            // Erased, and taken back since. What is erased is refused whole.
            let before = erased.filter(|erased| *erased < said.at).map(|erased| line(Kinds::ALL, erased, true));
            before.into_iter().chain([line(said.refused, said.at, *erased == Some(said.at))])
        });
        let people = self.people.values().map(|said| Line::of_person(said.account, &said.whom, said.refused, said.at));
        let mut lines: Vec<Line> = mails.chain(people).collect();
        lines.sort_by_key(|line| line.at);
        lines
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

fn failed(error: &io::Error) -> StoreError {
    StoreError::Failed(format!("{FILE}: {error}"))
}

/// Writes a line down. Where the disk does not take it, the refusal stands in the database all the same.
pub async fn write(app: &App, line: Line) {
    let path = path(&app.settings.data_dir);
    let written = tokio::task::spawn_blocking(move || {
        let _writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
        lines::append(&path, &[line])
    });
    if let Err(error) = written.await.unwrap_or_else(|_| Err(io::Error::other("it broke off"))) {
        tracing::error!(%error, "what a recipient refused is not in {FILE}: a backup from before, restored, would not know of it");
    }
}

/// The start of a backend: [`catch_up`]. It is for the day on which a backup is restored: nobody is to wait for that where it fails.
pub async fn start(store: &Store, closed: &Closed, data_dir: &Path) {
    if let Err(error) = catch_up(store, closed, data_dir).await {
        tracing::error!(%error, "what recipients refused could not be written beside the database");
    }
}

/// Writes down what the database knows and the list does not, and folds the list together.
async fn catch_up(store: &Store, closed: &Closed, data_dir: &Path) -> Result<()> {
    let path = path(data_dir);
    let is_new = !path.exists();
    let there = lines::read::<Line>(&path).map_err(|error| failed(&error))?;
    let mut said = Said::read(&there).map_err(|error| failed(&error))?;
    let since = there.iter().map(|line| line.at).max().map_or(Millis::MIN, |newest| newest.saturating_sub(MARGIN));
    for known in store.refused_by_link_since(since).await? {
        let of = (known.account, known.message);
        let is_said = said.mails.get(&of).map_or(Kinds::NONE, |(said, _)| said.refused);
        if is_said != known.refused && said.mails.get(&of).is_none_or(|(said, _)| said.at < known.at) {
            said.mails.entry(of).or_insert((known, None)).0 = known;
        }
    }
    if is_new {
        for known in store.all_who_refused().await? {
            said.people.insert((known.account, known.whom.clone()), known);
        }
    }
    said.forget(|account| closed.is_gone(account));
    let folded = said.lines();
    if folded != there {
        put(&path, &folded).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn put(path: &Path, folded: &[Line]) -> io::Result<()> {
    let _writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    lines::replace(path, folded)
}

/// An account is erased: nothing of it stays in the list.
pub fn forget(data_dir: &Path, account: AccountId) -> io::Result<()> {
    let path = path(data_dir);
    let _writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    let there = lines::read::<Line>(&path)?;
    let stays: Vec<Line> = there.iter().filter(|line| line.account != account.as_str()).cloned().collect();
    if stays.len() == there.len() { Ok(()) } else { lines::replace(&path, &stays) }
}

/// Tells the database, which comes from an older backup, what the list says; gives how much of it was new to it. What belongs to accounts that
/// it does not have, or that are erased, is passed over.
pub async fn again(store: &Store, data_dir: &Path) -> Result<usize> {
    let there = lines::read::<Line>(&path(data_dir)).map_err(|error| failed(&error))?;
    let mut said = Said::read(&there).map_err(|error| failed(&error))?;
    let closed = Closed::load(store).await?;
    let accounts: HashSet<AccountId> = store.accounts().await?.into_iter().map(|account| account.id).collect();
    said.forget(|account| !accounts.contains(&account) || closed.is_gone(account));
    let mut told = 0;
    for (mail, erased) in said.mails.values() {
        told += usize::from(store.refuse_mail_again(mail, *erased).await?);
    }
    let mut people: HashMap<AccountId, Vec<OfPerson>> = HashMap::new();
    for person in said.people.into_values() {
        people.entry(person.account).or_default().push(person);
    }
    for (account, people) in people {
        told += store.refuse_people_again(account, &people).await?;
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::ConsentSource;

    use super::*;
    use crate::store::consent::people;
    use crate::store::consent::refusals::ByLink;
    use crate::store::{Options, Store};

    const OPENS: Kinds = Kinds { opens: true, clicks: false };
    const START: Millis = 1_795_334_400_000;

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    fn mail(n: u128, refused: Kinds, at: Millis, erased: bool) -> Line {
        Line::of_mail(account("aaaaaa"), Uuid::from_u128(n), refused, at, erased)
    }

    fn person(whom: &str, refused: Kinds, at: Millis) -> Line {
        Line::of_person(account("aaaaaa"), whom, refused, at)
    }

    fn folded(lines: &[Line]) -> Vec<Line> {
        let folded = Said::read(lines).unwrap().lines();
        assert_eq!(Said::read(&folded).unwrap().lines(), folded, "it is folded");
        folded
    }

    async fn fresh() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(dir.path(), None).unwrap()).await.unwrap();
        store.account_named("one", account("aaaaaa"), START).await.unwrap();
        (dir, store)
    }

    async fn says(store: &Store, message: u128, refused: bool, at: Millis) {
        let said = ByLink { kinds: Kinds::ALL, refused, of: None, erase: false, shown: "?" };
        store.say_by_link(account("aaaaaa"), Uuid::from_u128(message), &said, at, |_| {}).await.unwrap();
    }

    #[test]
    fn of_a_mail_the_youngest_counts_whatever_the_order() {
        let (refused, taken_back) = (mail(1, Kinds::ALL, 10, false), mail(1, Kinds::NONE, 20, false));
        for lines in [[refused.clone(), taken_back.clone()], [taken_back.clone(), refused]] {
            assert_eq!(folded(&lines), std::slice::from_ref(&taken_back));
        }
        // Erased, and taken back since: both stay.
        let erased = mail(1, Kinds::ALL, 10, true);
        assert_eq!(folded(&[erased.clone(), taken_back.clone()]), [erased.clone(), taken_back]);
        assert_eq!(folded(&[mail(1, OPENS, 5, false), erased.clone(), erased.clone()]), [erased]);
        assert_eq!(folded(&[mail(2, OPENS, 5, false), mail(1, OPENS, 4, false)]).len(), 2);
    }

    #[test]
    fn what_somebody_refused_in_all_mails_only_grows() {
        let clicks = Kinds { opens: false, clicks: true };
        let lines = [person("x", OPENS, 20), person("x", clicks, 10), person("y", clicks, 10)];
        assert_eq!(folded(&lines), [person("y", clicks, 10), person("x", Kinds::ALL, 20)]);
    }

    #[test]
    fn a_line_that_says_neither_or_both_is_an_error() {
        let both = Line { whom: Some("x".to_owned()), ..mail(1, OPENS, 1, false) };
        let neither = Line { whom: None, ..person("x", OPENS, 1) };
        let of_nobody = Line { account: "../..".to_owned(), ..mail(1, OPENS, 1, false) };
        for line in [both, neither, of_nobody] {
            assert!(Said::read(&[mail(2, OPENS, 1, false), line]).unwrap_err().to_string().contains(FILE));
        }
    }

    #[test]
    fn nothing_stays_of_an_account_that_is_erased() {
        let dir = tempfile::tempdir().unwrap();
        forget(dir.path(), account("aaaaaa")).unwrap();
        assert!(!path(dir.path()).exists(), "there was none");
        let other = Line::of_mail(account("bbbbbb"), Uuid::from_u128(3), OPENS, 3, false);
        lines::append(&path(dir.path()), &[mail(1, OPENS, 1, false), other.clone(), person("x", OPENS, 1)]).unwrap();
        forget(dir.path(), account("aaaaaa")).unwrap();
        assert_eq!(lines::read::<Line>(&path(dir.path())).unwrap(), [other]);
    }

    #[tokio::test]
    async fn a_start_writes_down_what_the_disk_did_not_take() {
        let (dir, store) = fresh().await;
        let closed = Closed::load(&store).await.unwrap();
        let listed = || lines::read::<Line>(&path(dir.path())).unwrap();
        says(&store, 1, true, START).await;
        catch_up(&store, &closed, dir.path()).await.unwrap();
        assert_eq!(listed(), [mail(1, Kinds::ALL, START, false)]);
        // One that was not written down, and one that was taken back.
        says(&store, 2, true, START + 5).await;
        says(&store, 1, false, START + 6).await;
        catch_up(&store, &closed, dir.path()).await.unwrap();
        assert_eq!(listed(), [mail(2, Kinds::ALL, START + 5, false), mail(1, Kinds::NONE, START + 6, false)]);
        let before = std::fs::metadata(path(dir.path())).unwrap().modified().unwrap();
        catch_up(&store, &closed, dir.path()).await.unwrap();
        assert_eq!(std::fs::metadata(path(dir.path())).unwrap().modified().unwrap(), before, "nothing new");
        store.close().await;
    }

    #[tokio::test]
    async fn an_older_database_learns_it_once() {
        let (dir, store) = fresh().await;
        says(&store, 4, true, START + 50).await;
        let lines = [
            mail(1, Kinds::ALL, START, true),
            mail(2, OPENS, START, false),
            mail(2, Kinds::NONE, START + 1, false),
            mail(3, OPENS, START + 2, false),
            // It knows better.
            mail(4, Kinds::NONE, START + 40, false),
            person(&people::erased(account("aaaaaa"), "ann@firm.example"), OPENS, START),
            // Of an account that it does not have.
            Line::of_mail(account("cccccc"), Uuid::from_u128(9), OPENS, START, false),
        ];
        lines::append(&path(dir.path()), &lines).unwrap();
        assert_eq!(again(&store, dir.path()).await.unwrap(), 3, "two mails and a person");
        let refused = async |message| store.refused_of(account("aaaaaa"), Uuid::from_u128(message)).await.unwrap();
        for (message, wanted) in [(1, Kinds::ALL), (2, Kinds::NONE), (3, OPENS), (4, Kinds::ALL), (9, Kinds::NONE)] {
            assert_eq!(refused(message).await, wanted, "{message}");
        }
        let to: Vec<waxwing_protocol::api::Recipient> =
            serde_json::from_str(r#"[{"address":"Ann+news@firm.example","kind":"to"}]"#).unwrap();
        assert_eq!(store.refused_by(account("aaaaaa"), "me@own.example", &to).await.unwrap(), OPENS);
        assert_eq!(again(&store, dir.path()).await.unwrap(), 0, "it knows");
        store.close().await;
    }

    #[tokio::test]
    async fn whoever_stands_in_a_mail_is_known_by_the_address_again() {
        let (dir, store) = fresh().await;
        let put: waxwing_protocol::api::PutMessage = serde_json::from_value(serde_json::json!({
            "epoch": 0, "sent_at": START, "sender": "me@own.example", "gmail": {},
            "content": { "subject": "Offer", "recipients": [{ "address": "Ann@firm.example", "kind": "to" }], "links": [] },
        }))
        .unwrap();
        store.put_message(account("aaaaaa"), Uuid::from_u128(1), &put, START).await.unwrap();
        let whom = people::erased(account("aaaaaa"), "ann@firm.example");
        lines::append(&path(dir.path()), &[person(&whom, Kinds::ALL, START + 1)]).unwrap();
        assert_eq!(again(&store, dir.path()).await.unwrap(), 1);
        assert_eq!(store.refused_of(account("aaaaaa"), Uuid::from_u128(1)).await.unwrap(), Kinds::ALL, "the mail from before");
        let known = store.all_who_refused().await.unwrap();
        assert_eq!(
            known.iter().map(|known| (known.whom.as_str(), known.refused)).collect::<Vec<_>>(),
            [(whom.as_str(), Kinds::ALL)]
        );
        let (_, person) = store.people_changed(account("aaaaaa"), 0, 10).await.unwrap().remove(0);
        assert_eq!((person.address.as_str(), person.opens_source), ("ann@firm.example", Some(ConsentSource::Mail)));
        assert_eq!(again(&store, dir.path()).await.unwrap(), 0);
        store.close().await;
    }
}
