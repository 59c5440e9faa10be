//! A real Dovecot and a real Postfix on loopback, with folders, users and ports of their own.
//!
//! It takes root and Debian's packages: `./build.sh test` installs what lacks. Tests that run at once share one; it ends with
//! the last of them.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tempfile::TempDir;
use waxwing_protocol::api::{MailServer, MailTls};

use crate::certs::{Authority, HOST};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "pass word\"\\!";
/// Whose mail it is, for the file system. No user of the machine has to have this number.
const UID: u32 = 5000;
/// One for each test, so that none sees another's mails; `full`'s mailbox holds nothing more.
const USERS: &[&str] = &[
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "full", "judy", "kim", "leo", "mia", "nina",
    "olga", "pat", "quinn", "rosa", "sven", "tilda", "uma",
];
/// How long servers take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

static SHARED: Mutex<Weak<Rig>> = Mutex::new(Weak::new());

/// The servers. They end with this.
pub(crate) struct Rig {
    pub(crate) authority: Authority,
    dir: TempDir,
    imap: u16,
    imaps: u16,
    submission: u16,
    submissions: u16,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.command("/usr/sbin/postfix", &["-c", &self.path("postfix"), "stop"]).status();
        let _ = self.command("/usr/bin/doveadm", &["-c", &self.path("dovecot.conf"), "stop"]).status();
    }
}

impl Rig {
    /// The one that runs, or a new one.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let rig = Arc::new(Self::start());
            *shared = Arc::downgrade(&rig);
            rig
        })
    }

    /// One of one's own, for a test that stops it.
    pub(crate) fn alone() -> Self {
        Self::start()
    }

    /// Ends Dovecot, with all of its connections.
    pub(crate) fn stop_dovecot(&self) {
        self.run("/usr/bin/doveadm", &["-c", &self.path("dovecot.conf"), "stop"]);
    }

    /// Starts it again.
    pub(crate) fn start_dovecot(&self) {
        // It may hold its ports for a moment more.
        let mut tries = PATIENCE.as_millis() / 50;
        while !self.command("/usr/sbin/dovecot", &["-c", &self.path("dovecot.conf")]).status().unwrap().success() {
            assert!(tries > 0, "dovecot does not start again:\n{}", self.logs());
            tries -= 1;
            std::thread::sleep(Duration::from_millis(50));
        }
        self.wait();
    }

    fn start() -> Self {
        for program in ["/usr/sbin/dovecot", "/usr/bin/doveadm", "/usr/sbin/postfix"] {
            assert!(
                Path::new(program).exists(),
                "{program} is not here: install dovecot-imapd, dovecot-lmtpd and postfix (./build.sh test does)"
            );
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(chown(dir.path(), Some(0), None).is_ok(), "a mail server of its own takes root: run the tests as root");
        let [imap, imaps, submission, submissions] = free_ports();
        let rig = Self { authority: Authority::new(), dir, imap, imaps, submission, submissions };
        rig.write_files();
        // Dovecot first: Postfix asks it for its mechanisms when it starts.
        rig.run("/usr/sbin/dovecot", &["-c", &rig.path("dovecot.conf")]);
        rig.run("/usr/sbin/postfix", &["-c", &rig.path("postfix"), "start"]);
        rig.wait();
        rig
    }

    fn write_files(&self) {
        // Dovecot's and Postfix's own users walk through it.
        std::fs::set_permissions(self.dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
        for folder in ["run", "state", "queue", "data", "mail", "postfix"] {
            std::fs::create_dir(self.dir.path().join(folder)).unwrap();
        }
        chown(self.dir.path().join("mail"), Some(UID), Some(UID)).unwrap();
        let owner = Command::new("id").args(["-u", "postfix"]).output().unwrap();
        let owner: u32 = String::from_utf8_lossy(&owner.stdout).trim().parse().unwrap();
        chown(self.dir.path().join("data"), Some(owner), None).unwrap();
        let pem = self.authority.pem();
        self.write("cert.pem", &pem.certificate);
        self.write("key.pem", &pem.key);
        let users = USERS.iter().map(|user| {
            let quota = if *user == "full" { "userdb_quota_rule=*:bytes=1" } else { "" };
            format!("{user}@local.test:{{PLAIN}}{PASSWORD}:{UID}:{UID}::{}/{user}::{quota}\n", self.path("mail"))
        });
        self.write("users", &users.collect::<String>());
        self.write("dovecot.conf", include_str!("dovecot.conf"));
        self.write("postfix/main.cf", include_str!("postfix-main.cf"));
        self.write("postfix/master.cf", include_str!("postfix-master.cf"));
    }

    fn write(&self, name: &str, text: &str) {
        let owners: Vec<String> = USERS.iter().map(|user| format!("{user}@local.test={user}@local.test")).collect();
        let text = text
            .replace("{dir}", &self.dir.path().display().to_string())
            .replace("{uid}", &UID.to_string())
            .replace("{owners}", &owners.join(", "))
            .replace("{imap}", &self.imap.to_string())
            .replace("{imaps}", &self.imaps.to_string())
            .replace("{submission}", &self.submission.to_string())
            .replace("{submissions}", &self.submissions.to_string());
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let log = std::fs::File::options().create(true).append(true).open(self.dir.path().join("start.log")).unwrap();
        command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().unwrap();
        assert!(status.success(), "{program} does not start:\n{}", self.logs());
    }

    fn wait(&self) {
        for port in [self.imap, self.imaps, self.submission, self.submissions] {
            let mut tries = PATIENCE.as_millis() / 50;
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(tries > 0, "nobody listens on {port}:\n{}", self.logs());
                tries -= 1;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// What the servers say about themselves.
    pub(crate) fn logs(&self) -> String {
        let read = |name| std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        ["start.log", "dovecot.log", "postfix.log"].map(read).concat()
    }

    pub(crate) fn imap(&self, tls: MailTls) -> MailServer {
        let port = if tls == MailTls::Implicit { self.imaps } else { self.imap };
        MailServer { host: HOST.to_owned(), port, tls }
    }

    pub(crate) fn smtp(&self, tls: MailTls) -> MailServer {
        let port = if tls == MailTls::Implicit { self.submissions } else { self.submission };
        MailServer { host: HOST.to_owned(), port, tls }
    }

    /// Puts a mail into a user's folder (as Maildir names it, `""` for the inbox) as a program of theirs would.
    pub(crate) fn put(&self, user: &str, folder: &str, name: &str, raw: &str) {
        let file = self.made(user, folder).join("cur").join(format!("{name}:2,D"));
        std::fs::write(&file, raw).unwrap();
        chown(file, Some(UID), Some(UID)).unwrap();
    }

    /// Delivers a mail into a user's folder, as new; `at`: when it came, in seconds since 1970, where that is not now.
    pub(crate) fn deliver(&self, user: &str, folder: &str, name: &str, raw: &str, at: Option<u64>) {
        let place = self.made(user, folder);
        let file = place.join("tmp").join(name);
        std::fs::write(&file, raw).unwrap();
        if let Some(at) = at {
            let at = std::time::UNIX_EPOCH + Duration::from_secs(at);
            std::fs::File::options().append(true).open(&file).unwrap().set_modified(at).unwrap();
        }
        chown(&file, Some(UID), Some(UID)).unwrap();
        std::fs::rename(file, place.join("new").join(name)).unwrap();
    }

    /// Makes a folder as a user's mail program would, so that whoever is signed in hears of it.
    pub(crate) fn make_folder(&self, user: &str, name: &str) {
        let user = format!("{user}@local.test");
        self.run("/usr/bin/doveadm", &["-c", &self.path("dovecot.conf"), "mailbox", "create", "-u", &user, name]);
    }

    /// A user's folder, which is made where there is none.
    fn made(&self, user: &str, folder: &str) -> PathBuf {
        let place = self.folder(user, folder);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(place.join(part)).unwrap();
        }
        let home = self.dir.path().join("mail").join(user);
        for made in [home.clone(), home.join("Maildir"), place.clone(), place.join("cur"), place.join("new"), place.join("tmp")]
        {
            chown(made, Some(UID), Some(UID)).unwrap();
        }
        place
    }

    /// The mails of a user's folder, with the names of their files.
    pub(crate) fn mails(&self, user: &str, folder: &str) -> Vec<(String, String)> {
        let files = ["cur", "new"].into_iter().filter_map(|part| std::fs::read_dir(self.folder(user, folder).join(part)).ok());
        let mut mails: Vec<(String, String)> = files
            .flatten()
            .flatten()
            .map(|file| {
                let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap_or_default()).into_owned();
                (file.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        mails.sort();
        mails
    }

    /// The first mail of a user's folder, when it comes.
    pub(crate) async fn delivered(&self, user: &str, folder: &str) -> String {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if let Some((_, text)) = self.mails(user, folder).pop() {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{user} has got nothing:\n{}", self.logs());
    }

    fn folder(&self, user: &str, folder: &str) -> PathBuf {
        self.dir.path().join("mail").join(user).join("Maildir").join(folder)
    }
}

fn free_ports() -> [u16; 4] {
    // All at once, so that none is given twice.
    let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
