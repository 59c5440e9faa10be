//! `waxwing accounts`, `admin` and `invite` as a process: who may what, and what is refused.

use std::path::Path;

use serde_json::Value;

use crate::cli::{run, stderr, stdout};
use crate::support::is_file;

/// A data folder with two accounts, the first of which is an admin.
fn two() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["ana", "ben"] {
        assert_eq!(run(dir.path(), &["pair", "--account", name]).status.code(), Some(0));
    }
    assert_eq!(run(dir.path(), &["admin", "--account", "ana"]).status.code(), Some(0));
    dir
}

/// What `waxwing accounts` says of one of them.
fn of(data: &Path, name: &str) -> Value {
    let output = run(data, &["accounts"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    lines.into_iter().find(|line| line["account_name"] == name).unwrap()
}

/// It is refused, with a reason.
fn refused(data: &Path, args: &[&str], code: i32, why: &str) {
    let output = run(data, args);
    let said = stderr(&output);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(code), ""), "{args:?}: {said}");
    assert!(said.contains(why), "{args:?}: {said}");
}

#[test]
fn before_anything_ever_ran_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["accounts"][..], &["admin", "--account", "ana"], &["invite"], &["accounts", "--suspend-all"]] {
        if is_file() {
            assert_eq!(run(dir.path(), args).status.code(), Some(1), "{args:?}");
            assert!(!dir.path().join("waxwing.db").exists(), "{args:?}");
        }
    }
    refused(dir.path(), &["admin"], 2, "--account");
    refused(dir.path(), &["accounts", "--suspend", "a", "--resume", "a"], 2, "cannot be used with");
    refused(dir.path(), &["accounts", "--suspend-all", "--resume-all"], 2, "cannot be used with");
    refused(dir.path(), &["accounts", "--suspend", "a\nb"], 2, "--suspend");
}

#[test]
fn one_admin_stays() {
    let dir = two();
    let data = dir.path();
    assert_eq!((&of(data, "ana")["role"], &of(data, "ben")["role"]), (&"admin".into(), &"member".into()));
    refused(data, &["admin", "--account", "cleo"], 1, "no account of this name");
    refused(data, &["admin", "--account", "ana", "--member"], 1, "no admin would be left");
    refused(data, &["accounts", "--suspend", "ana"], 1, "no admin would be left");
    refused(data, &["accounts", "--suspend", "cleo"], 1, "no account of this name");
    assert_eq!(run(data, &["admin", "--account", "ben"]).status.code(), Some(0));
    assert_eq!(run(data, &["admin", "--account", "ana", "--member"]).status.code(), Some(0));
    assert_eq!((&of(data, "ana")["role"], &of(data, "ben")["role"]), (&"member".into(), &"admin".into()));

    assert_eq!(run(data, &["accounts", "--suspend", "ana"]).status.code(), Some(0));
    assert!(of(data, "ana")["suspended_at"].is_string() && of(data, "ben")["suspended_at"].is_null());
    assert_eq!(run(data, &["accounts", "--resume", "ana"]).status.code(), Some(0));
    assert!(of(data, "ana")["suspended_at"].is_null());
    for all in ["--suspend-all", "--resume-all"] {
        assert_eq!(run(data, &["accounts", all]).status.code(), Some(0), "{all}");
    }
}

#[test]
fn an_invitation_is_a_code_alone_on_its_line() {
    let dir = two();
    let data = dir.path();
    let mut codes = Vec::new();
    for args in [&["invite"][..], &["invite", "--address", "Cleo@Firm.example"], &["invite", "--account", "ben"]] {
        let output = run(data, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        let code = stdout(&output).strip_suffix('\n').unwrap().to_owned();
        assert_eq!((code.len(), code.lines().count()), (11, 1), "{args:?}");
        assert!(!stderr(&output).contains(&code));
        codes.push(code);
    }
    codes.dedup();
    assert_eq!(codes.len(), 3);
    refused(data, &["invite", "--address", "nobody"], 2, "not an address");
    refused(data, &["invite", "--account", "cleo"], 1, "no account of this name");
}
