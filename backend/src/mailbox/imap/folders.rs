//! Which folder is for what: by the attributes of RFC 6154, for old servers by Gmail's XLIST, and by name only where a server
//! marks no folder at all.
//!
//! Names are kept as the server spells them (modified UTF-7 or UTF-8) and given back to it the same way.

use serde::{Deserialize, Serialize};

use super::connection::{Command, ImapError, Result};
use super::response::{Kind, Value};
use super::session::Session;
use super::watch::At;

/// Folders that are watched beside the first.
const MOST_WATCHED: usize = 100;

/// The folders of a mailbox that are needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folders {
    /// Drafts.
    pub drafts: String,
    /// Sent mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// All mail, where a server has such a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<String>,
    /// What was thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trash: Option<String>,
    /// Spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junk: Option<String>,
    /// What was archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Drafts,
    Sent,
    All,
    Trash,
    Junk,
    Archive,
}

const ATTRIBUTES: &[(&str, Use)] = &[
    ("\\drafts", Use::Drafts),
    ("\\sent", Use::Sent),
    ("\\all", Use::All),
    ("\\allmail", Use::All),
    ("\\trash", Use::Trash),
    ("\\junk", Use::Junk),
    ("\\spam", Use::Junk),
    ("\\archive", Use::Archive),
];

/// The last resort: what programs call these folders, in modified UTF-7 where that differs, in lower case.
const NAMES: &[(&str, Use)] = &[
    ("drafts", Use::Drafts),
    ("draft", Use::Drafts),
    ("entw&apw-rfe", Use::Drafts),
    ("entwürfe", Use::Drafts),
    ("brouillons", Use::Drafts),
    ("borradores", Use::Drafts),
    ("bozze", Use::Drafts),
    ("concepten", Use::Drafts),
    ("rascunhos", Use::Drafts),
    ("sent", Use::Sent),
    ("sent items", Use::Sent),
    ("sent messages", Use::Sent),
    ("sent mail", Use::Sent),
    ("gesendet", Use::Sent),
    ("gesendete objekte", Use::Sent),
    ("gesendete elemente", Use::Sent),
    ("messages envoy&aok-s", Use::Sent),
    ("enviados", Use::Sent),
    ("posta inviata", Use::Sent),
    ("verzonden items", Use::Sent),
    ("trash", Use::Trash),
    ("deleted items", Use::Trash),
    ("deleted messages", Use::Trash),
    ("papierkorb", Use::Trash),
    ("gel&apy-schte elemente", Use::Trash),
    ("junk", Use::Junk),
    ("spam", Use::Junk),
    ("junk e-mail", Use::Junk),
    ("junk email", Use::Junk),
    ("junk-e-mail", Use::Junk),
    ("spamverdacht", Use::Junk),
    ("archive", Use::Archive),
    ("archives", Use::Archive),
    ("archiv", Use::Archive),
];

struct Folder {
    name: String,
    uses: Vec<Use>,
    /// The last part of its name, in lower case.
    last: String,
}

/// Asks the server. `None`: it has no folder for drafts.
pub(super) async fn find(session: &mut Session) -> Result<Option<Folders>> {
    let mut folders = Vec::new();
    if session.offers("SPECIAL-USE") && session.offers("LIST-EXTENDED") {
        // Some servers offer this and then do not know it.
        folders = refused_is_none(list(session, "LIST", " RETURN (SPECIAL-USE)").await)?;
    }
    if folders.iter().all(|folder| folder.uses.is_empty()) && session.offers("XLIST") {
        folders = refused_is_none(list(session, "XLIST", "").await)?;
    }
    if folders.iter().all(|folder| folder.uses.is_empty()) {
        folders = list(session, "LIST", "").await?;
    }
    Ok(choose(&folders))
}

/// Folders that mails are filed into, but for `first`, with how far each is filled, where the server tells of all at once. Not
/// Drafts, Sent, "All", and what was thrown away.
pub(super) async fn others(session: &mut Session, known: &Folders, first: &str) -> Result<Vec<(String, Option<At>)>> {
    let own = [Some(&known.drafts), known.sent.as_ref(), known.all.as_ref(), known.trash.as_ref(), known.junk.as_ref()];
    let is_other = |name: &str| !name.eq_ignore_ascii_case(first) && !own.iter().flatten().any(|it| it.as_str() == name);
    if session.offers("LIST-STATUS") {
        let asked = Command::new("LIST \"\" \"*\" RETURN (STATUS (UIDVALIDITY UIDNEXT))");
        match session.run(asked).await {
            Ok(answer) => {
                let found = answer.named("STATUS").filter_map(status).filter(|(name, _)| is_other(name));
                return Ok(found.take(MOST_WATCHED).map(|(name, at)| (name, Some(at))).collect());
            }
            Err(ImapError::Refused(status)) if status.kind != Kind::Bye => {}
            Err(error) => return Err(error),
        }
    }
    Ok(known.archive.iter().filter(|name| is_other(name)).map(|name| (name.clone(), None)).collect())
}

fn status(values: &[Value]) -> Option<(String, At)> {
    let [name, told, ..] = values else { return None };
    let number = |wanted: &str| {
        let mut pairs = told.list().chunks_exact(2);
        let pair = pairs.find(|pair| pair[0].text().is_some_and(|name| name.eq_ignore_ascii_case(wanted.as_bytes())))?;
        pair[1].number().filter(|number| *number > 0)
    };
    let name = std::str::from_utf8(name.text()?).ok()?.to_owned();
    Some((name, At { validity: number("UIDVALIDITY")?, next: number("UIDNEXT")? }))
}

fn refused_is_none(listed: Result<Vec<Folder>>) -> Result<Vec<Folder>> {
    match listed {
        Err(ImapError::Refused(status)) if status.kind != Kind::Bye => Ok(Vec::new()),
        other => other,
    }
}

async fn list(session: &mut Session, verb: &str, more: &str) -> Result<Vec<Folder>> {
    let answer = session.run(Command::new(&format!("{verb} \"\" \"*\"{more}"))).await?;
    Ok(answer.named(verb).filter_map(folder).collect())
}

fn folder(values: &[Value]) -> Option<Folder> {
    let [attributes, separator, name, ..] = values else { return None };
    let attributes: Vec<String> =
        attributes.list().iter().filter_map(|it| Some(String::from_utf8_lossy(it.text()?).to_ascii_lowercase())).collect();
    if attributes.iter().any(|it| it == "\\noselect" || it == "\\nonexistent") {
        return None;
    }
    let name = std::str::from_utf8(name.text()?).ok()?.to_owned();
    let separator = separator.text().and_then(|text| std::str::from_utf8(text).ok()?.chars().next());
    let last = separator.and_then(|separator| name.rsplit(separator).next()).unwrap_or(&name).to_lowercase();
    let uses = ATTRIBUTES.iter().filter(|(word, _)| attributes.iter().any(|it| it == word)).map(|(_, it)| *it).collect();
    Some(Folder { name, uses, last })
}

fn choose(folders: &[Folder]) -> Option<Folders> {
    let find = |wanted: Use| {
        let marked = folders.iter().find(|folder| folder.uses.contains(&wanted));
        let named = || {
            let known = |folder: &&Folder| folder.uses.is_empty() && NAMES.contains(&(folder.last.as_str(), wanted));
            // The one that is nearest to the root: "Drafts" rather than "Old/Drafts".
            folders.iter().filter(known).min_by_key(|folder| folder.name.len())
        };
        marked.or_else(named).map(|folder| folder.name.clone())
    };
    Some(Folders {
        drafts: find(Use::Drafts)?,
        sent: find(Use::Sent),
        all: find(Use::All),
        trash: find(Use::Trash),
        junk: find(Use::Junk),
        archive: find(Use::Archive),
    })
}

#[cfg(test)]
mod tests {
    use super::super::response::{Piece, Response, read};
    use super::*;

    fn chosen(lines: &[&str]) -> Option<Folders> {
        let values = |line: &&str| match read(vec![Piece::Line(format!("* LIST {line}").into_bytes())]) {
            Some(Response::Data(None, _, values)) => values,
            other => panic!("{other:?}"),
        };
        choose(&lines.iter().filter_map(|line| folder(&values(line))).collect::<Vec<_>>())
    }

    #[test]
    fn attributes_come_before_names() {
        let folders = chosen(&[
            r#"(\HasNoChildren) "/" "Drafts""#,
            r#"(\HasNoChildren \Drafts) "/" "[Gmail]/Entw&APw-rfe""#,
            r#"(\HasNoChildren \Sent) "/" "[Gmail]/Gesendet""#,
            r#"(\All) "/" "[Gmail]/Alle""#,
            r#"(\Noselect \HasChildren) "/" "[Gmail]""#,
        ])
        .unwrap();
        assert_eq!(folders.drafts, "[Gmail]/Entw&APw-rfe");
        assert_eq!(folders.sent.as_deref(), Some("[Gmail]/Gesendet"));
        assert_eq!(folders.all.as_deref(), Some("[Gmail]/Alle"));
        assert_eq!(folders.trash, None);
    }

    #[test]
    fn names_are_the_last_resort() {
        let folders = chosen(&[
            r#"() "." INBOX"#,
            r#"() "." "INBOX.Archive.Drafts""#,
            r#"() "." INBOX.Drafts"#,
            r#"() "." "INBOX.Sent Items""#,
            "() NIL Trash",
        ])
        .unwrap();
        assert_eq!(folders.drafts, "INBOX.Drafts");
        assert_eq!(folders.sent.as_deref(), Some("INBOX.Sent Items"));
        assert_eq!(folders.trash.as_deref(), Some("Trash"));
        assert_eq!(chosen(&[r#"() "." INBOX"#]), None);
        assert_eq!(chosen(&[r#"(\Noselect \Drafts) "/" Drafts"#, "()", r#"() "/" ()"#]), None);
    }
}
