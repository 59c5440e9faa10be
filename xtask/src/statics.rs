//! The files that Chrome loads as they are: which of them there are and where each lies in the bundle.
//!
//! `extension/` has rooms (content, worker, pages, …) so that people find things; Chrome gets one flat folder, so that
//! addresses inside it are short. Only `_locales` must keep its folder. Two files of one name are an error.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::repo::{Repo, files};

/// What the content bundle is made of and so is not copied.
pub const BOOT: &str = "content/boot.js";

/// Where each static file goes: path in the bundle → file in the repository.
pub fn plan(repo: &Repo) -> Result<BTreeMap<String, PathBuf>> {
    let mut plan = BTreeMap::new();
    for file in files(&repo.path("extension"))? {
        if let Some(target) = target_of(&file) {
            put(&mut plan, target, repo.path("extension").join(&file))?;
        }
    }
    for file in files(&repo.path("icons"))? {
        if has_ending(&file, &["png"]) {
            put(&mut plan, format!("icons/{file}"), repo.path("icons").join(&file))?;
        }
    }
    Ok(plan)
}

fn put(plan: &mut BTreeMap<String, PathBuf>, target: String, source: PathBuf) -> Result<()> {
    if let Some(other) = plan.get(&target) {
        bail!("{} and {} would both become {target}", other.display(), source.display());
    }
    plan.insert(target, source);
    Ok(())
}

/// The path in the bundle of a file under `extension/`; `None` for what is not copied.
fn target_of(file: &str) -> Option<String> {
    if file == BOOT || !has_ending(file, &["js", "html", "css", "json", "svg", "png"]) {
        return None;
    }
    if file.starts_with("_locales/") {
        return Some(file.to_owned());
    }
    Some(file.split_once('/').map_or(file, |(_room, rest)| rest).to_owned())
}

fn has_ending(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_flattened_and_locales_keep_their_folder() {
        for (file, target) in [
            ("worker/worker.js", Some("worker.js")),
            ("pages/popup.html", Some("popup.html")),
            ("observer.js", Some("observer.js")),
            ("_locales/de/messages.json", Some("_locales/de/messages.json")),
            ("content/boot.js", None),
            ("ID.txt", None),
            ("README.md", None),
        ] {
            assert_eq!(target_of(file).as_deref(), target, "{file}");
        }
    }
}
