//! The command line as a process: what stands on stdout, on stderr, and the exit status.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use waxwing_domain::address::parse_pixel_path;

use crate::support::is_file;

/// `waxwing` with a data folder and nothing of this machine's settings.
pub(crate) fn waxwing(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAXWING_")) {
        command.env_remove(name);
    }
    command.env("WAXWING_DATA_DIR", data_dir).env("NO_PROXY", "*");
    if let Some(url) = crate::database::url(data_dir) {
        command.env("WAXWING_DATABASE", url);
    }
    command
}

pub(crate) fn run(data_dir: &Path, args: &[&str]) -> Output {
    waxwing(data_dir).args(args).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A running `waxwing serve`, killed when dropped.
pub(crate) struct Serving {
    pub child: Child,
    pub url: String,
    stderr: BufReader<std::process::ChildStderr>,
    /// What it said until it listened.
    first: String,
}

impl Serving {
    pub(crate) fn start(data_dir: &Path, args: &[&str]) -> Self {
        let mut command = waxwing(data_dir);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(args);
        Self::launch(command)
    }

    /// Starts what runs `serve`, perhaps within something else.
    pub(crate) fn launch(mut command: Command) -> Self {
        command.stderr(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
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
        Self { child, url, stderr, first: said }
    }

    /// The same with what it said before it listened.
    pub(crate) fn stop_with_all(mut self) -> (String, bool) {
        let first = std::mem::take(&mut self.first);
        let (said, ok) = self.stop();
        (first + &said, ok)
    }

    /// Stops it as an operator does, and gives what it said since it listened and whether all was well.
    pub(crate) fn stop(mut self) -> (String, bool) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (said, self.child.wait().unwrap().success())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_and_wrong_use() {
    let dir = tempfile::tempdir().unwrap();
    let help = run(dir.path(), &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("serve") && stderr(&help).is_empty());
    for args in [
        vec![],
        vec!["nonsense"],
        vec!["mint"],
        vec!["mint", "--account", "me", "-n", "x"],
        vec!["serve", "--listen", "nowhere"],
        vec!["serve", "--public-url", "ftp://x"],
        vec!["serve", "--trusted-proxy", "x"],
        vec!["serve", "--allow-origin", "https://x"],
        vec!["serve", "--database", "mysql://user:secret@host/db"],
        vec!["pair", "--account", " "],
        vec!["pair", "--account", "a\nb"],
    ] {
        let output = run(dir.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty() && !stderr(&output).is_empty());
        assert!(!stderr(&output).contains("secret"));
    }
}

#[test]
fn pair_before_anything_ever_ran() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("deep/data");
    let output = run(&data, &["pair"]);
    assert_eq!(output.status.code(), Some(0));
    let code = stdout(&output);
    let code = code.strip_suffix('\n').unwrap();
    assert_eq!((code.len(), code.lines().count()), (11, 1));
    assert!(code.bytes().all(|b| b == b'-' || b.is_ascii_uppercase() || b.is_ascii_digit()));
    assert!(!stderr(&output).contains(code));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join("mint.root"))), (0o700, 0o600));
        assert!(!is_file() || mode(&data.join("waxwing.db")) == 0o600);
    }
}

#[test]
fn mint_and_hits_without_a_backend() {
    let dir = tempfile::tempdir().unwrap();
    if is_file() {
        assert_eq!(run(dir.path(), &["hits"]).status.code(), Some(1), "no database yet");
    }
    let output = run(dir.path(), &["mint", "--account", "load", "-n", "3"]);
    let urls = stdout(&output);
    assert_eq!(urls.lines().count(), 3);
    for url in urls.lines() {
        assert!(url.starts_with("http://127.0.0.1:8787/o/"));
        assert!(parse_pixel_path(url).is_some());
    }
    let output = run(dir.path(), &["hits"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn what_others_could_lock_or_look_into_is_closed_or_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let warned = |said: &str| said.contains("others can look into the data folder");
    set(dir.path(), 0o700);
    let (said, _) = Serving::start(dir.path(), &[]).stop_with_all();
    assert!(!warned(&said), "{said}");
    // As versions before made them.
    let locks = ["serve.lock", "hits/lock"].map(|name| dir.path().join(name));
    for lock in &locks {
        set(lock, 0o644);
    }
    set(dir.path(), 0o755);
    let (said, _) = Serving::start(dir.path(), &[]).stop_with_all();
    assert!(warned(&said), "{said}");
    for lock in &locks {
        assert_eq!(std::fs::metadata(lock).unwrap().permissions().mode() & 0o777, 0o600, "{}", lock.display());
    }
}

#[test]
fn settings_flags_over_environment_over_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("waxwing.toml"), "tracking_url = 'https://file.example'\n").unwrap();
    let url = |serving: Serving| {
        drop(serving);
        stdout(&run(dir.path(), &["mint", "--account", "me"]))
    };
    assert!(url(Serving::start(dir.path(), &[])).starts_with("https://file.example/o/"));
    let mut command = waxwing(dir.path());
    command.env("WAXWING_TRACKING_URL", "https://env.example").args(["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("data:") {
        assert!(lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("pixels and links point to: https://env.example\n"), "{said}");
    assert!(
        url(Serving::start(dir.path(), &["--tracking-url", "https://flag.example/x/"]))
            .starts_with("https://flag.example/x/o/")
    );
    std::fs::write(dir.path().join("waxwing.toml"), "tracking_uri = 1\n").unwrap();
    assert_eq!(run(dir.path(), &["pair"]).status.code(), Some(2));
}

#[tokio::test]
async fn a_whole_round() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--log-format", "json"]);
    // A second one on the same data is refused, and says why.
    let second = run(dir.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("another `waxwing serve` runs"), "{}", stderr(&second));

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let code = stdout(&run(dir.path(), &["pair", "--account", "Ann"]));
    let body = serde_json::json!({ "code": code.trim(), "device": "test" });
    let paired = client.post(format!("{}/api/v1/pair", serving.url)).json(&body).send().await.unwrap();
    assert_eq!(paired.status(), 200);
    let paired: Value = paired.json().await.unwrap();
    assert_eq!(paired["account"]["name"], "Ann");

    // `mint` follows the address that `serve` uses, and `hits` reads beside it.
    let urls = stdout(&run(dir.path(), &["mint", "--account", "Ann", "-n", "2"]));
    for url in urls.lines() {
        assert!(url.starts_with(&serving.url));
        assert_eq!(client.get(url).header("user-agent", "t").send().await.unwrap().status(), 200);
    }
    let lines = stdout(&run(dir.path(), &["hits"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for (line, url) in lines.iter().zip(urls.lines()) {
        let (account, token) = parse_pixel_path(url).unwrap();
        assert_eq!(line["message"], token.message.hyphenated().to_string());
        assert_eq!((&line["account"], &line["account_name"]), (&Value::from(account), &Value::from("Ann")));
        assert_eq!((&line["kind"], &line["agent"], &line["address"]), (&"open".into(), &"t".into(), &"127.0.0.1".into()));
        assert_eq!(line["link"], Value::Null);
        let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        assert_eq!(line["at"], format!("{at:.3}"));
    }
    let after = run(dir.path(), &["hits", "--after", &lines[0]["id"].to_string()]);
    assert_eq!(stdout(&after).lines().count(), 1);

    let devices = stdout(&run(dir.path(), &["devices"]));
    let device: Value = serde_json::from_str(devices.trim()).unwrap();
    assert_eq!((&device["device"], &device["name"]), (&paired["device"], &"test".into()));
    let revoke = ["devices", "--revoke", device["device"].as_str().unwrap()];
    assert_eq!(run(dir.path(), &revoke).status.code(), Some(0));
    assert_eq!(run(dir.path(), &revoke).status.code(), Some(1));
    let account = client
        .get(format!("{}/api/v1/account", serving.url))
        .bearer_auth(paired["device_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(account.status(), 401);

    let (said, well) = serving.stop();
    assert!(well, "{said}");
    assert!(said.contains("Recipients cannot reach a loopback address"));
    assert!(said.lines().any(|line| line.starts_with('{') && line.contains("\"stopped\"")), "{said}");
    assert_eq!(stdout(&run(dir.path(), &["hits"])).lines().count(), 2);
}

#[tokio::test]
async fn what_others_chose_is_shown_without_moving_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let odd = "a\u{9b}2J\u{7f}\u{202e}b\u{2066}\u{2028}\u{200f}\u{61c}é😀";
    let url = stdout(&run(dir.path(), &["mint", "--account", "me"]));
    let request = client.get(url.trim()).header("user-agent", odd.replace('\u{7f}', "").as_bytes());
    assert_eq!(request.header("accept", "x\u{202e}y".as_bytes()).send().await.unwrap().status(), 200);
    let code = stdout(&run(dir.path(), &["pair", "--account", "me"]));
    let body = serde_json::json!({ "code": code.trim(), "device": odd.replace('\u{9b}', "") });
    assert_eq!(client.post(format!("{}/api/v1/pair", serving.url)).json(&body).send().await.unwrap().status(), 200);

    let (hits, devices) = (stdout(&run(dir.path(), &["hits"])), stdout(&run(dir.path(), &["devices"])));
    for line in [&hits, &devices] {
        let shown = line.trim_end_matches('\n');
        let moves = |c: char| c.is_control() || "\u{61c}\u{200f}\u{2028}\u{202e}\u{2066}".contains(c);
        assert!(!shown.contains(moves), "{shown:?}");
        assert!(shown.contains("é😀") && shown.contains("\\u202e"), "{shown}");
    }
    let (hit, device): (Value, Value) = (serde_json::from_str(&hits).unwrap(), serde_json::from_str(&devices).unwrap());
    assert_eq!(hit["agent"], odd.replace('\u{7f}', ""), "the data is what it was");
    assert_eq!(hit["headers"]["accept"], "x\u{202e}y");
    assert!(device["name"].as_str().unwrap().contains("\u{202e}b\u{2066}"));
}

/// `waxwing serve` under a limit of open files, given as to the shell's `ulimit`.
#[cfg(unix)]
fn serve_with_files(data_dir: &Path, limit: &str) -> Serving {
    serve_in_shell(data_dir, &format!("ulimit {limit}"))
}

/// `waxwing serve` after something else that a shell does.
#[cfg(unix)]
pub(crate) fn serve_in_shell(data_dir: &Path, before: &str) -> Serving {
    let plain = waxwing(data_dir);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} && exec \"$0\" \"$@\"")]).arg(plain.get_program());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Serving::launch(command)
}

#[cfg(unix)]
async fn connect(serving: &Serving, count: usize) -> Vec<tokio::net::TcpStream> {
    let address = serving.url.trim_start_matches("http://");
    let mut idle = Vec::new();
    for _ in 0..count {
        idle.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    idle
}

#[cfg(unix)]
#[tokio::test]
async fn a_low_soft_limit_of_open_files_is_raised() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve_with_files(dir.path(), "-S -n 64");
    let _idle = connect(&serving, 100).await;
    let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build().unwrap();
    assert_eq!(client.get(format!("{}/healthz", serving.url)).send().await.unwrap().status(), 200);
}

#[cfg(unix)]
#[tokio::test]
async fn connections_leave_files_for_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve_with_files(dir.path(), "-n 80");
    let url = stdout(&run(dir.path(), &["mint", "--account", "me"]));
    let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build().unwrap();
    // One that is in before the rush, and is kept.
    assert_eq!(client.get(url.trim()).send().await.unwrap().status(), 200);
    let idle = connect(&serving, 100).await;
    for _ in 0..5 {
        assert_eq!(client.get(url.trim()).send().await.unwrap().status(), 200);
        assert_eq!(client.get(format!("{}/healthz", serving.url)).send().await.unwrap().status(), 200);
    }
    // The others waited, and come in when there is room.
    drop(idle);
    connect(&serving, 1).await;
    let (said, well) = serving.stop();
    assert!(well, "{said}");
    assert!(!said.contains("could not be accepted"), "{said}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = waxwing(dir.path())
        .args(["mint", "--account", "load", "-n", "100000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("panicked"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["pair"]).status.success());
    let key = dir.path().join("mint.root");
    let secret = std::fs::read_to_string(&key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    for args in [vec!["pair"], vec!["serve", "--listen", "127.0.0.1:0"], vec!["mint", "--account", "me"]] {
        let output = run(dir.path(), &args);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("chmod 600"), "{}", stderr(&output));
        assert!(!stderr(&output).contains(secret.trim()));
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&key, "short").unwrap();
    let output = run(dir.path(), &["pair"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("damaged"));
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "short", "never overwritten");
}

#[test]
fn the_description_of_the_api_needs_no_data() {
    let output = run(Path::new("/nonexistent/nowhere"), &["openapi"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["openapi"].is_string());
}

#[test]
fn mailkind_answers_for_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let human = file("a human.eml", "From: ann@acme.example\r\nSubject: Re: hi\r\n\r\nundeliverable, 550 user unknown\r\n");
    let away = file(
        "away.eml",
        "From: ann@acme.example\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nSubject: Automatic reply: hi\r\nIn-Reply-To: <q@x>\r\n\r\nI am away until 4 December.\r\n",
    );
    let bounce = file(
        "bounce.eml",
        "From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\n<a@b.example>:\r\nno such user (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <mine@x>\r\n",
    );
    let given = run(dir.path(), &["mailkind", &human, &away, &bounce]);
    assert_eq!(given.status.code(), Some(0), "{}", stderr(&given));
    let expected = format!(
        "{human}\thuman\t\n{away}\tauto-reply\trule=subject original=q@x until=2026-12-04\n{bounce}\tbounce-hard\trule=notice status=5.1.1 reason=user-unknown failed=a@b.example original=mine@x\n"
    );
    assert_eq!(stdout(&given), expected);

    // What cannot be read is told, and the others are answered.
    let missing = dir.path().join("missing.eml").to_str().unwrap().to_owned();
    let folder = dir.path().to_str().unwrap().to_owned();
    let given = run(dir.path(), &["mailkind", &missing, &human, &folder]);
    assert_eq!((given.status.code(), stdout(&given)), (Some(1), format!("{human}\thuman\t\n")));
    assert!(stderr(&given).contains("missing.eml") && stderr(&given).lines().count() == 2, "{}", stderr(&given));
    assert_eq!(run(dir.path(), &["mailkind"]).status.code(), Some(2));
    // Neither a database nor a key was made.
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
