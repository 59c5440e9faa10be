//! `waxwing serve` as a process, on a folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use waxwing_protocol::api::PairResponse;

/// Where recipients are said to reach all of them.
const PUBLIC: &str = "http://waxwing.test";
/// How long something may take to come true on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running backend; killed when it is dropped.
pub(crate) struct Node {
    pub(crate) dir: TempDir,
    pub(crate) url: String,
    database: String,
    child: Child,
    said: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

/// A paired browser, at whichever backend it is sent to.
pub(crate) struct Browser {
    pub(crate) client: reqwest::Client,
    pub(crate) paired: PairResponse,
}

/// `waxwing` with nothing of this machine's settings.
pub(crate) fn waxwing(dir: &Path, database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAXWING_")) {
        command.env_remove(name);
    }
    command.env("WAXWING_DATA_DIR", dir).env("WAXWING_DATABASE", database).env("NO_PROXY", "*");
    command
}

impl Node {
    /// The first one on a database.
    pub(crate) fn start(database: &str) -> Self {
        Self::serve(tempfile::tempdir().unwrap(), database)
    }

    /// Another one with the same keys.
    pub(crate) fn another(&self) -> Self {
        self.another_on(&self.database)
    }

    /// The same, reaching the database by another address.
    pub(crate) fn another_on(&self, database: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for key in ["mint.root", "master.key"] {
            fs::copy(self.dir.path().join(key), dir.path().join(key)).unwrap();
        }
        Self::serve(dir, database)
    }

    /// One on a folder that was used before.
    pub(crate) fn start_in(dir: TempDir, database: &str) -> Self {
        Self::serve(dir, database)
    }

    fn serve(dir: TempDir, database: &str) -> Self {
        let mut serve = waxwing(dir.path(), database);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--public-url", PUBLIC]);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // What works in the background may have said something before.
        let (mut said, mut line) = (String::new(), String::new());
        let url = loop {
            line.clear();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said}");
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.trim().to_owned();
            }
            said.push_str(&line);
        };
        let said = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&said);
        let reading = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut said = into.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
        });
        Self { dir, url, database: database.to_owned(), child, said, reading: Some(reading) }
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// It does all the work that one does for all, as far as it says.
    pub(crate) fn leads(&self) -> bool {
        let said = self.said();
        ["roll-up", "watching", "upkeep"].iter().all(|work| {
            let last = said.lines().rfind(|line| line.contains("does this now") && line.contains(work));
            last.is_some_and(|line| line.contains("this backend does this now"))
        })
    }

    /// Waits until it does.
    pub(crate) async fn until_it_leads(&self) {
        until("it leads", async || self.leads().then_some(())).await;
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it; its folder stays.
    pub(crate) fn kill_and_keep(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap())
    }

    pub(crate) fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    pub(crate) fn thaw(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }

    /// Stops it as an operator does; whether all was well.
    pub(crate) fn stop(mut self) -> (String, bool) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let well = self.child.wait().unwrap().success();
        self.reading.take().unwrap().join().unwrap();
        (self.said(), well)
    }

    /// Runs a command on its folder.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        waxwing(self.dir.path(), &self.database).args(args).output().unwrap()
    }

    /// Paths of fresh pixels, each of a message of its own.
    pub(crate) fn pixels(&self, count: usize) -> Vec<String> {
        let minted = self.run(&["mint", "--account", "load", "-n", &count.to_string()]);
        assert!(minted.status.success(), "{}", String::from_utf8_lossy(&minted.stderr));
        let minted = String::from_utf8(minted.stdout).unwrap();
        minted.lines().map(|url| url.strip_prefix(PUBLIC).unwrap().to_owned()).collect()
    }

    pub(crate) async fn pair(&self, account: &str) -> Browser {
        let code = self.run(&["pair", "--account", account]);
        assert!(code.status.success(), "{}", String::from_utf8_lossy(&code.stderr));
        let code = String::from_utf8(code.stdout).unwrap();
        let client = client();
        let body = serde_json::json!({ "code": code.trim(), "device": "Chrome on Linux" });
        let answer = client.post(format!("{}/api/v1/pair", self.url)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Browser { client, paired: answer.json().await.unwrap() }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("{} said:\n{}", self.url, self.said());
        }
    }
}

impl Browser {
    pub(crate) fn call(&self, node: &Node, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", node.url)).bearer_auth(&self.paired.device_token)
    }
}

/// No proxy of this machine is asked.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap()
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut again = tokio::time::interval(Duration::from_millis(20));
        loop {
            again.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("it never came: {what}"))
}
