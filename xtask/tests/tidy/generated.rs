//! Whatever is made from something else, compared with it.

use std::process::Command;

use xtask::manifest::{id_of_key, named_files};

use crate::tree::repo;

#[test]
fn the_id_file_is_the_id_of_the_manifests_key() {
    let repo = repo();
    let manifest = repo.json("manifest.json").unwrap();
    assert_eq!(repo.read("extension/ID.txt").unwrap().trim(), id_of_key(manifest["key"].as_str().unwrap()).unwrap());
}

#[test]
fn icons_have_the_size_that_their_name_says() {
    let repo = repo();
    for name in named_files(&repo.json("manifest.json").unwrap()).iter().filter(|name| name.starts_with("icons/")) {
        let bytes = std::fs::read(repo.path(name)).unwrap();
        let size: u32 = name.rsplit_once('-').and_then(|(_, rest)| rest.trim_end_matches(".png").parse().ok()).unwrap();
        // PNG: signature (8), length and type of IHDR (8), width, height, big-endian.
        let pixels = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((pixels(16), pixels(20)), (size, size), "{name}");
    }
}

#[test]
fn the_lock_of_the_test_tools_fits_their_list_and_names_no_host() {
    let repo = repo();
    let list = repo.json("tests/package.json").unwrap();
    let lock = repo.json("tests/package-lock.json").unwrap();
    assert_eq!(list["devDependencies"], lock["packages"][""]["devDependencies"], "run npm install in tests/");
    assert!(!repo.read("tests/package-lock.json").unwrap().contains("\"resolved\""), "the lock names where it was downloaded");
}

#[test]
fn the_shell_scripts_parse() {
    for script in ["build.sh", "tests/steps.sh", ".ci/run"] {
        let status = Command::new("bash").arg("-n").arg(repo().path(script)).status().unwrap();
        assert!(status.success(), "{script}");
    }
}
