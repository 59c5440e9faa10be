//! Which folder is for what: by the attributes of RFC 6154, for old servers by Gmail's XLIST, and by name only where a server
//! marks no folder at all.
//!
//! Names are kept as the server spells them (modified UTF-7 or UTF-8) and given back to it the same way.

use serde::{Deserialize, Serialize};

use super::connection::{Command, ImapError, Result};
use super::response::{Kind, Value};
use super::session::Session;

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
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Drafts,
    Sent,
    All,
    Trash,
}

const ATTRIBUTES: &[(&str, Use)] =
    &[("\\drafts", Use::Drafts), ("\\sent", Use::Sent), ("\\all", Use::All), ("\\allmail", Use::All), ("\\trash", Use::Trash)];

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
    Some(Folders { drafts: find(Use::Drafts)?, sent: find(Use::Sent), all: find(Use::All), trash: find(Use::Trash) })
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
