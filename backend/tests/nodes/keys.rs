//! Backends with other keys do not start.

use crate::node::{Node, waxwing};
use crate::postgres::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_keys_are_refused_and_can_be_made_the_databases() {
    let Some(server) = Postgres::start().await else { return };
    let node = Node::start(&server.url());
    let refused = |dir: &std::path::Path, args: &[&str]| {
        let output = waxwing(dir, &server.url()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let serve = ["serve", "--listen", "127.0.0.1:0"];

    let other = tempfile::tempdir().unwrap();
    let said = refused(other.path(), &serve);
    assert!(said.contains("mint.root") && said.contains("docs/SCALE.md"), "{said}");
    let said = refused(other.path(), &["mint", "--account", "load", "-n", "1"]);
    assert!(said.contains("mint root"), "{said}");

    // The right mint root, and another master key.
    std::fs::copy(node.dir.path().join("mint.root"), other.path().join("mint.root")).unwrap();
    let said = refused(other.path(), &serve);
    assert!(said.contains("master.key") && said.contains("WAXWING_MASTER_KEY"), "{said}");
    let key = std::fs::read_to_string(other.path().join("master.key")).unwrap();
    assert!(!said.contains(key.trim()));

    // The first one says that its keys are those: nothing changes.
    let (said, well) = node.stop();
    assert!(well, "{said}");
    let mut again = waxwing(other.path(), &server.url());
    let mut child = again.args(serve).arg("--replace-keys").stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let (mut all, mut line) = (String::new(), String::new());
    while !line.starts_with("listening on") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut said, &mut line).unwrap(), 0, "{all}");
        all.push_str(&line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
