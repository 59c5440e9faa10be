//! The repository's own files, without what is built, fetched or generated.

use std::path::Path;

use xtask::repo::Repo;

const NOT_OURS: &[&str] = &[".git", "target", "dist", "node_modules", ".waxwing", "out"];

/// A text file with its path from the root.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The repository under test.
pub(crate) fn repo() -> Repo {
    Repo::here().unwrap()
}

/// All text files whose name ends with one of `endings`, sorted.
pub(crate) fn files(endings: &[&str]) -> Vec<File> {
    let repo = repo();
    let mut paths = Vec::new();
    walk(repo.root(), "", &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .filter_map(|path| {
            // A file that vanished since, or that is not text, is no file to read.
            let text = std::fs::read_to_string(repo.path(&path)).ok()?;
            Some(File { path, text })
        })
        .collect()
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) => walk(&entry.path(), &path, paths),
            Ok(kind) if kind.is_file() => paths.push(path),
            _ => {}
        }
    }
}

/// Rust that is compiled only for tests: files under `tests/`, and modules declared under `#[cfg(test)]` with all in them.
pub(crate) fn is_test_file(path: &str, all: &[File]) -> bool {
    if path.split('/').any(|part| part == "tests" || part == "tests.rs") {
        return true;
    }
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    // A folder's `mod.rs` is declared one folder up, under the folder's name.
    let (folder, module) = match (name, folder.rsplit_once('/')) {
        ("mod.rs", Some((above, module))) => (above, module),
        _ => (folder, name.trim_end_matches(".rs")),
    };
    let declared = format!("mod {module};");
    let parents = [format!("{folder}/mod.rs"), format!("{folder}/lib.rs"), format!("{folder}/main.rs"), format!("{folder}.rs")];
    all.iter().filter(|file| parents.contains(&file.path) && file.path != path).any(|parent| {
        let lines: Vec<&str> = parent.text.lines().collect();
        lines.windows(2).any(|pair| pair[0].trim().starts_with("#[cfg(test)]") && pair[1].trim().ends_with(&declared))
            || (!parent.path.ends_with("/lib.rs") && is_test_file(&parent.path, all))
    })
}

/// The text up to the unit tests at its end.
pub(crate) fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

/// Whether the name of a file ends so.
pub(crate) fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == ending)
}

#[test]
fn what_only_tests_compile_is_known() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let all = [
        file("src/lib.rs", "mod a;\n"),
        file("src/a/mod.rs", "mod b;\n#[cfg(test)]\nmod fake;\n"),
        file("src/a/b.rs", ""),
        file("src/a/fake/mod.rs", "mod clock;\n"),
        file("src/a/fake/clock.rs", ""),
    ];
    let found: Vec<bool> = all.iter().map(|it| is_test_file(&it.path, &all)).collect();
    assert_eq!(found, [false, false, false, true, true]);
    assert!(is_test_file("src/a/tests.rs", &all) && is_test_file("xtask/tests/tidy/main.rs", &all));
}
