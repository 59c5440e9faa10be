//! A PostgreSQL of a test: made, started, stopped, frozen.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Row as _};
use tempfile::TempDir;

/// A server with its folder; gone when it is dropped.
pub(crate) struct Postgres {
    dir: TempDir,
    pub(crate) port: u16,
    server: Option<Child>,
}

/// The newest one that is installed.
fn programs() -> Option<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin")).collect();
    all.retain(|bin| bin.join("initdb").exists());
    all.sort();
    all.pop()
}

/// It refuses to run as root.
fn command(program: &Path) -> Command {
    if !rustix::process::getuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Postgres {
    /// Makes and starts one. `None`: PostgreSQL is not installed here.
    pub(crate) async fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            println!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if rustix::process::getuid().is_root() {
            let owned = Command::new("chown").arg("postgres").arg(dir.path()).status().unwrap();
            assert!(owned.success());
        }
        let made = command(&bin.join("initdb"))
            .current_dir("/")
            .args(["-U", "waxwing", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(dir.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Self { dir, port: free_port(), server: None };
        server.again(&[]).await;
        Some(server)
    }

    /// Another server that has what this one has now. This one is stopped for that, for good.
    pub(crate) async fn successor(mut self, settings: &[&str]) -> Self {
        self.stop();
        self.port = free_port();
        self.again(settings).await;
        self
    }

    /// What it has now, for [`Postgres::back_to_copy`]. It is stopped for that, and started again.
    pub(crate) async fn copy(&mut self) {
        self.stop();
        let from = self.dir.path().join("data");
        let copied = command(Path::new("cp")).current_dir("/").arg("-a").arg(from).arg(self.dir.path().join("copy")).status();
        assert!(copied.unwrap().success());
        self.again(&[]).await;
    }

    /// Another server in its place, which has what this one had when it was copied, and nothing of what came later.
    pub(crate) async fn back_to_copy(&mut self) {
        self.stop();
        fs::rename(self.dir.path().join("data"), self.dir.path().join("lost")).unwrap();
        fs::rename(self.dir.path().join("copy"), self.dir.path().join("data")).unwrap();
        self.again(&[]).await;
    }

    /// Starts it once more.
    pub(crate) async fn again(&mut self, settings: &[&str]) {
        assert!(self.server.is_none());
        let bin = programs().unwrap();
        let mut postgres = command(&bin.join("postgres"));
        postgres.current_dir("/").arg("-D").arg(self.dir.path().join("data")).args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // No machine fails here, only processes.
            "fsync=off",
            "max_connections=200",
        ]
        .iter()
        .chain(settings)
        {
            postgres.args(["-c", setting]);
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        self.server = Some(postgres.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        for _ in 0..600 {
            if self.connect().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("PostgreSQL did not start: {}", fs::read_to_string(self.dir.path().join("log")).unwrap_or_default());
    }

    /// Ends it at once, as if its machine had failed.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = kill_process(Pid::from_child(&server), Signal::QUIT);
            let _ = server.wait();
        }
    }

    /// Stops all of its processes where they are.
    pub(crate) fn freeze(&self) {
        self.all(Signal::STOP);
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        self.all(Signal::CONT);
    }

    fn all(&self, signal: Signal) {
        let server = Pid::from_child(self.server.as_ref().unwrap());
        // The parent first: no new ones come meanwhile.
        kill_process(server, signal).unwrap();
        let id = server.as_raw_nonzero();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        for child in children.split_whitespace() {
            // It may have ended since.
            let _ = kill_process(Pid::from_raw(child.parse().unwrap()).unwrap(), signal);
        }
    }

    /// As `--database` takes it.
    pub(crate) fn url(&self) -> String {
        url(self.port)
    }

    pub(crate) async fn connect(&self) -> sqlx::Result<PgConnection> {
        let options: PgConnectOptions = self.url().parse()?;
        options.connect().await
    }

    /// The first column of an answer, as numbers.
    pub(crate) async fn numbers(&self, statement: &'static str) -> Vec<i64> {
        let mut connection = self.connect().await.unwrap();
        let rows = sqlx::query(statement).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get::<Option<i64>, _>(0).unwrap_or_default()).collect()
    }
}

/// The address of a server, or of what stands before it.
pub(crate) fn url(port: u16) -> String {
    format!("postgres://waxwing@127.0.0.1:{port}/postgres")
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            // A frozen one hears nothing.
            let _ = kill_process(Pid::from_child(server), Signal::CONT);
            if fs::exists("/proc").unwrap_or(false) {
                self.thaw();
            }
        }
        self.stop();
    }
}
