//! Runs a target on each file of its corpus, for the tests.

use std::fs;
use std::path::Path;

/// Calls `target` with each file below `fuzz/corpus/`, and says which one it was that failed.
pub(crate) fn replay(name: &str, target: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.ancestors().map(|dir| dir.join("fuzz/corpus").join(name)).find(|dir| dir.is_dir());
    let corpus = corpus.unwrap_or_else(|| panic!("there is no corpus of {name}"));
    let mut files: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", corpus.display());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        if let Err(panic) = std::panic::catch_unwind(|| target(&bytes)) {
            panic!("{}: {}", file.display(), panic.downcast_ref::<String>().map_or("", String::as_str));
        }
    }
}
