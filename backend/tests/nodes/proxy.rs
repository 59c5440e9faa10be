//! A proxy before a server: passes on, leads elsewhere, and cuts connections in the middle of what they say.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What it does to batches of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Never,
    /// Before the server gets it: nothing is stored, and nobody says so.
    Before,
    /// After the server stored it: its answer is lost.
    After,
}

/// See the file's head. It ends with the test's runtime.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: AtomicU16,
    cut: Mutex<Cut>,
    /// How many were cut.
    cuts: AtomicUsize,
    /// Grows when all connections are cut.
    all: watch::Sender<usize>,
}

impl Proxy {
    pub(crate) async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            target: AtomicU16::new(target),
            cut: Mutex::new(Cut::Never),
            cuts: AtomicUsize::new(0),
            all: watch::Sender::new(0),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, Arc::clone(&accepting)));
            }
        });
        Self { port, shared }
    }

    /// Leads elsewhere from now on; what leads to the old server is cut.
    pub(crate) fn lead_to(&self, target: u16) {
        self.shared.target.store(target, Ordering::SeqCst);
        self.cut_all();
    }

    pub(crate) fn cut_all(&self) {
        self.shared.all.send_modify(|times| *times += 1);
    }

    pub(crate) fn cut(&self, cut: Cut) {
        *self.shared.cut.lock().unwrap() = cut;
    }

    pub(crate) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

async fn pass(mut client: TcpStream, shared: Arc<Shared>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.target.load(Ordering::SeqCst))).await else { return };
    let mut all = shared.all.subscribe();
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let (mut of_hits, mut cut) = (false, Cut::Never);
    loop {
        tokio::select! {
            _ = all.changed() => return,
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let bytes = &asked[..count];
                // The statement is said once, and then called by a name.
                of_hits |= bytes.windows(22).any(|part| part == b"hit_writers SET number");
                if of_hits && bytes[0] == b'B' {
                    cut = *shared.cut.lock().unwrap();
                }
                if cut == Cut::Before {
                    shared.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                if server.write_all(bytes).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if cut == Cut::After {
                    shared.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                if client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}
