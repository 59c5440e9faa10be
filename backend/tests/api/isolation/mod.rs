//! What is another account's cannot be told from what does not exist, and cannot be changed: every route of the API and every form of the
//! account's page is called with nothing, with another account's token and with the ids of the first one's things, in bodies that
//! are good but for whose they are. A route that nobody has said how to walk fails the test.

mod calls;
mod forms;
mod owner;

use std::collections::BTreeSet;

/// The routes that a file of routes has, as they stand there.
fn routes_in(source: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut parts = source.split(".route(\"");
    parts.next();
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap();
        let end = rest.find(".route(\"").unwrap_or(rest.len());
        let line = rest[..end].split("))\n").next().unwrap();
        for method in ["get", "post", "put", "delete", "patch", "any"] {
            if line.contains(&format!(" {method}(")) || line.contains(&format!(".{method}(")) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}
