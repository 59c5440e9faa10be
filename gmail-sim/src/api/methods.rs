//! The methods: how each is called, who may call it, what it costs.
//!
//! What must hold: path, verb and scopes are those of the discovery document (`tests/api_shapes.rs` compares them where the
//! document is at hand). Units are those of new Cloud projects since May 2026.

pub(crate) const FULL: &str = "https://mail.google.com/";
pub(crate) const MODIFY: &str = "https://www.googleapis.com/auth/gmail.modify";
pub(crate) const COMPOSE: &str = "https://www.googleapis.com/auth/gmail.compose";
pub(crate) const READONLY: &str = "https://www.googleapis.com/auth/gmail.readonly";
pub(crate) const METADATA: &str = "https://www.googleapis.com/auth/gmail.metadata";
pub(crate) const SEND: &str = "https://www.googleapis.com/auth/gmail.send";
const INSERT: &str = "https://www.googleapis.com/auth/gmail.insert";
const LABELS: &str = "https://www.googleapis.com/auth/gmail.labels";

/// What the consent page says of a scope.
pub(crate) const SCOPES: &[(&str, &str)] = &[
    (FULL, "Read, compose, send, and permanently delete all your email from Gmail"),
    (MODIFY, "Read, compose, and send emails from your Gmail account"),
    (COMPOSE, "Manage drafts and send emails"),
    (READONLY, "View your email messages and settings"),
    (METADATA, "View your email message metadata such as labels and headers, but not the email body"),
    (SEND, "Send email on your behalf"),
    (INSERT, "Add emails into your Gmail mailbox"),
    (LABELS, "See and edit your email labels"),
    ("openid", "Associate you with your personal info on Google"),
    ("email", "See your primary Google Account email address"),
    ("https://www.googleapis.com/auth/userinfo.email", "See your primary Google Account email address"),
    (
        "https://www.googleapis.com/auth/userinfo.profile",
        "See your personal info, including any personal info you've made publicly available",
    ),
    ("profile", "See your personal info, including any personal info you've made publicly available"),
];

/// One method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// Without `gmail.users.`.
    pub(crate) name: &'static str,
    pub(crate) verb: &'static str,
    /// After `/gmail/v1/users/{userId}/`; `*` is an id.
    pub(crate) path: &'static str,
    /// Any one of them is enough.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) units: u32,
    /// Also under `/upload`.
    pub(crate) upload: bool,
}

const fn row(
    name: &'static str,
    verb: &'static str,
    path: &'static str,
    scopes: &'static [&'static str],
    units: u32,
) -> Method {
    Method { name, verb, path, scopes, units, upload: false }
}

const fn upload(method: Method) -> Method {
    Method { upload: true, ..method }
}

const READ_ALL: &[&str] = &[FULL, METADATA, MODIFY, READONLY];
const WRITE: &[&str] = &[FULL, COMPOSE, MODIFY];
const READ_DRAFTS: &[&str] = &[FULL, COMPOSE, MODIFY, READONLY];
const CHANGE: &[&str] = &[FULL, MODIFY];
const FILE: &[&str] = &[FULL, INSERT, MODIFY];
const CHANGE_LABELS: &[&str] = &[FULL, LABELS, MODIFY];
const READ_LABELS: &[&str] = &[FULL, LABELS, METADATA, MODIFY, READONLY];

/// All of them.
#[rustfmt::skip]
pub(crate) const ALL: &[Method] = &[
    row("getProfile", "GET", "profile", &[FULL, COMPOSE, METADATA, MODIFY, READONLY], 1),
    row("watch", "POST", "watch", READ_ALL, 100),
    row("stop", "POST", "stop", READ_ALL, 50),
    row("drafts.list", "GET", "drafts", READ_DRAFTS, 5),
    row("drafts.get", "GET", "drafts/*", READ_DRAFTS, 5),
    upload(row("drafts.create", "POST", "drafts", WRITE, 10)),
    upload(row("drafts.send", "POST", "drafts/send", WRITE, 100)),
    upload(row("drafts.update", "PUT", "drafts/*", WRITE, 15)),
    row("drafts.delete", "DELETE", "drafts/*", WRITE, 10),
    row("messages.list", "GET", "messages", READ_ALL, 5),
    row("messages.get", "GET", "messages/*", READ_ALL, 5),
    upload(row("messages.send", "POST", "messages/send", &[FULL, COMPOSE, MODIFY, SEND], 100)),
    upload(row("messages.import", "POST", "messages/import", FILE, 25)),
    upload(row("messages.insert", "POST", "messages", FILE, 25)),
    row("messages.batchModify", "POST", "messages/batchModify", CHANGE, 50),
    row("messages.batchDelete", "POST", "messages/batchDelete", &[FULL], 50),
    row("messages.modify", "POST", "messages/*/modify", CHANGE, 5),
    row("messages.trash", "POST", "messages/*/trash", CHANGE, 5),
    row("messages.untrash", "POST", "messages/*/untrash", CHANGE, 5),
    row("messages.delete", "DELETE", "messages/*", &[FULL], 10),
    row("messages.attachments.get", "GET", "messages/*/attachments/*", &[FULL, MODIFY, READONLY], 5),
    row("threads.list", "GET", "threads", READ_ALL, 10),
    row("threads.get", "GET", "threads/*", READ_ALL, 10),
    row("threads.modify", "POST", "threads/*/modify", CHANGE, 10),
    row("threads.trash", "POST", "threads/*/trash", CHANGE, 10),
    row("threads.untrash", "POST", "threads/*/untrash", CHANGE, 10),
    row("threads.delete", "DELETE", "threads/*", &[FULL], 20),
    row("labels.list", "GET", "labels", READ_LABELS, 1),
    row("labels.get", "GET", "labels/*", READ_LABELS, 1),
    row("labels.create", "POST", "labels", CHANGE_LABELS, 5),
    row("labels.patch", "PATCH", "labels/*", CHANGE_LABELS, 5),
    row("labels.update", "PUT", "labels/*", CHANGE_LABELS, 5),
    row("labels.delete", "DELETE", "labels/*", CHANGE_LABELS, 5),
    row("history.list", "GET", "history", READ_ALL, 2),
];

/// A path under `/gmail/v1/users/`, taken apart.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) method: &'static Method,
    /// `me` or an address.
    pub(crate) user: String,
    pub(crate) ids: Vec<String>,
    /// It came by `/upload`.
    pub(crate) upload: bool,
}

/// The method that a request means. `segment` decodes what stands between two slashes.
pub(crate) fn find(verb: &str, path: &str, segment: impl Fn(&str) -> String) -> Option<Found> {
    let (path, by_upload) = path.strip_prefix("/upload").map_or((path, false), |rest| (rest, true));
    let (user, rest) = path.strip_prefix("/gmail/v1/users/")?.split_once('/')?;
    let parts: Vec<&str> = rest.split('/').collect();
    let fits = |method: &&Method| {
        let want: Vec<&str> = method.path.split('/').collect();
        method.verb == verb
            && (method.upload || !by_upload)
            && want.len() == parts.len()
            && want.iter().zip(&parts).all(|(want, part)| want == part || (*want == "*" && !part.is_empty()))
    };
    let method = ALL.iter().find(fits)?;
    let ids = method.path.split('/').zip(&parts).filter(|(want, _)| *want == "*").map(|(_, part)| segment(part)).collect();
    Some(Found { method, user: segment(user), ids, upload: by_upload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_one_method() {
        let name = |verb, path| find(verb, path, str::to_owned).map(|it| (it.method.name, it.user, it.ids));
        let yes = |name, ids: &[&str]| Some((name, "me".to_owned(), ids.iter().map(|&it| it.to_owned()).collect()));
        assert_eq!(name("POST", "/gmail/v1/users/me/drafts/send"), yes("drafts.send", &[]));
        assert_eq!(name("POST", "/upload/gmail/v1/users/me/drafts/send"), yes("drafts.send", &[]));
        assert_eq!(name("GET", "/gmail/v1/users/me/drafts/r-1"), yes("drafts.get", &["r-1"]));
        assert_eq!(name("GET", "/gmail/v1/users/me/messages/a/attachments/b"), yes("messages.attachments.get", &["a", "b"]));
        for (verb, path) in [
            ("GET", "/gmail/v1/users/me/drafts/"),
            ("GET", "/upload/gmail/v1/users/me/drafts"),
            ("PUT", "/gmail/v1/users/me/profile"),
            ("GET", "/gmail/v1/users/me"),
            ("GET", "/gmail/v2/users/me/profile"),
        ] {
            assert_eq!(name(verb, path), None, "{path}");
        }
    }
}
