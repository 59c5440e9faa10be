//! A backend in memory.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use serde_json::json;
use uuid::Uuid;
use waxwing_protocol::api::{Activity, Message, MessageDetail, MessagePage, PutMessage, problem};

use super::give_way;
use crate::chrome::http::{Chunks, Head, Http, HttpError, Request};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::worker) enum Answer {
    /// A status with a body of a type.
    Body(u16, &'static str, String),
    /// A problem document with this name.
    Problem(u16, &'static str, Option<u32>),
    /// No connection, or none in time.
    Fails(HttpError),
    /// The request arrives and has its effect, and the answer is lost.
    Lost,
    /// Nothing ever comes.
    Silence,
}

/// A backend with messages and a stream.
#[derive(Debug, Default)]
pub(in crate::worker) struct Server {
    /// What was registered.
    pub messages: RefCell<BTreeMap<Uuid, PutMessage>>,
    /// What was deleted.
    pub deleted: RefCell<BTreeSet<Uuid>>,
    /// What came of messages.
    pub activity: RefCell<BTreeMap<Uuid, Activity>>,
    /// Messages that their owner wants no news of.
    pub muted: RefCell<BTreeSet<Uuid>>,
    /// Whether it knows verdicts.
    pub verdicts: Cell<bool>,
    /// Whether it knows consent.
    pub consent: Cell<bool>,
    /// Method and path of each request, in their order.
    pub calls: RefCell<Vec<String>>,
    /// The bodies of those that had one.
    pub bodies: RefCell<Vec<String>>,
    /// The number that each stream was asked to go on from.
    pub resumed: RefCell<Vec<Option<String>>>,
    /// Answers for requests whose method and path begin so, in the place of the usual ones.
    pub instead: RefCell<Vec<(String, Answer)>>,
    /// What the stream says next; `None` ends it.
    pub stream: Rc<RefCell<VecDeque<Option<Vec<u8>>>>>,
    /// The epoch that `GET /account` tells.
    pub epoch: Cell<u8>,
    /// Pages of messages are read, and wait on their way back.
    pub slow_pages: Cell<bool>,
    open: Rc<Cell<u32>>,
    progress: RefCell<Rc<Cell<u64>>>,
}

impl Server {
    pub(super) fn share(&self, progress: &Rc<Cell<u64>>) {
        *self.progress.borrow_mut() = Rc::clone(progress);
    }

    /// From now on all requests that begin so are answered so; the empty text begins all.
    pub(in crate::worker) fn answers(&self, start: &str, answer: Answer) {
        self.instead.borrow_mut().insert(0, (start.to_owned(), answer));
    }

    /// Everything is as usual again.
    pub(in crate::worker) fn recovers(&self) {
        self.instead.borrow_mut().clear();
    }

    pub(in crate::worker) fn says(&self, text: &str) {
        self.stream.borrow_mut().push_back(Some(text.as_bytes().to_vec()));
        let progress = self.progress.borrow();
        progress.set(progress.get() + 1);
    }

    /// The stream breaks.
    pub(in crate::worker) fn breaks(&self) {
        self.stream.borrow_mut().push_back(None);
        let progress = self.progress.borrow();
        progress.set(progress.get() + 1);
    }

    /// How many streams are open.
    pub(in crate::worker) fn open_streams(&self) -> u32 {
        self.open.get()
    }

    pub(super) fn hang_up(&self) {
        self.stream.borrow_mut().clear();
    }

    /// The requests that changed or asked for messages.
    pub(in crate::worker) fn calls_with(&self, start: &str) -> Vec<String> {
        self.calls.borrow().iter().filter(|call| call.starts_with(start)).cloned().collect()
    }

    fn id(path: &str) -> Option<Uuid> {
        path.strip_prefix("/messages/")?.parse().ok()
    }

    fn usual(&self, request: &Request, path: &str) -> Answer {
        let json = |value: serde_json::Value| Answer::Body(200, "application/json", value.to_string());
        let minting = json!({"tracking_url": "https://t.example", "epoch": self.epoch.get(), "mint_key": "a"});
        let mut capabilities = vec!["tracking", "events"];
        capabilities.extend(self.verdicts.get().then_some("verdicts"));
        capabilities.extend(self.consent.get().then_some("consent"));
        let account = json!({"id": "abcd1234", "name": "Ana"});
        match (request.method, path) {
            ("POST", "/pair") => json(json!({
                "account": account, "device": Uuid::from_u128(1), "device_token": "secret", "minting": minting,
                "capabilities": capabilities,
            })),
            ("GET", "/account") => json(json!({
                "account": account, "device": Uuid::from_u128(1), "minting": minting, "capabilities": capabilities,
            })),
            ("GET", "/devices") => json(json!([])),
            ("DELETE", path) if path.starts_with("/devices/") => Answer::Body(204, "", String::new()),
            ("GET", path) if path.starts_with("/stats") => json(json!({"sent": 1, "opened": 0, "clicked": 0, "days": []})),
            ("GET", path) if path.starts_with("/messages?") => {
                let threads = path.strip_prefix("/messages?threads=").filter(|_| self.verdicts.get());
                Answer::Body(200, "application/json", serde_json::to_string(&self.page(threads)).expect("plain"))
            }
            ("GET", path) if Self::id(path).is_some() => {
                let message = self.page(None).messages.into_iter().find(|message| Some(message.id) == Self::id(path));
                let detail = |message| MessageDetail { message, hits: Vec::new(), more_hits: 0, trust: None, judged_by: None };
                message.map_or(Answer::Problem(404, problem::NOT_FOUND, None), |message| json(json!(detail(message))))
            }
            ("POST" | "PUT", path) if path.ends_with("/own-views") || path.ends_with("/mute") => {
                let path = path.trim_end_matches("/own-views").trim_end_matches("/mute");
                match Self::id(path).filter(|id| self.messages.borrow().contains_key(id)) {
                    Some(_) => Answer::Body(204, "", String::new()),
                    None => Answer::Problem(404, problem::NOT_FOUND, None),
                }
            }
            ("PUT", path) => match Self::id(path) {
                Some(id) if self.deleted.borrow().contains(&id) => Answer::Problem(410, problem::GONE, None),
                Some(id) => {
                    let message = serde_json::from_str(request.body.as_deref().unwrap_or("")).expect("a message");
                    self.messages.borrow_mut().insert(id, message);
                    Answer::Body(204, "", String::new())
                }
                None => Answer::Problem(400, problem::BAD_REQUEST, None),
            },
            ("DELETE", path) => match Self::id(path) {
                Some(id) if self.messages.borrow_mut().remove(&id).is_some() => {
                    self.deleted.borrow_mut().insert(id);
                    Answer::Body(204, "", String::new())
                }
                _ => Answer::Problem(404, problem::NOT_FOUND, None),
            },
            _ => Answer::Problem(404, problem::NOT_FOUND, None),
        }
    }

    fn page(&self, threads: Option<&str>) -> MessagePage {
        let messages = self.messages.borrow();
        let mut messages: Vec<Message> = messages
            .iter()
            .map(|(id, put)| Message {
                id: *id,
                sent_at: put.sent_at,
                scheduled: put.scheduled,
                sender: put.sender.clone(),
                gmail: put.gmail.clone(),
                content: put.content.clone(),
                activity: self.activity.borrow().get(id).cloned().unwrap_or_default(),
                muted: self.muted.borrow().contains(id),
                tracking: waxwing_protocol::api::Tracking::default(),
            })
            .filter(|message| {
                let thread = message.gmail.legacy_thread.as_deref();
                threads.is_none_or(|threads| thread.is_some_and(|own| threads.split(',').any(|asked| asked == own)))
            })
            .collect();
        messages.sort_by_key(|message| std::cmp::Reverse(message.sent_at));
        MessagePage { messages, next: None }
    }

    async fn answer(&self, request: &Request) -> Result<(Head, String), HttpError> {
        let progress = Rc::clone(&self.progress.borrow());
        give_way(&progress).await;
        let path = request.url.split_once("/api/v1").map_or("", |(_, path)| path);
        let call = format!("{} {path}", request.method);
        let is_page = call.starts_with("GET /messages?");
        let instead =
            self.instead.borrow().iter().find(|(start, _)| call.starts_with(start.as_str())).map(|(_, answer)| answer.clone());
        self.calls.borrow_mut().push(call);
        self.bodies.borrow_mut().extend(request.body.clone());
        let answer = match instead {
            Some(Answer::Lost) => {
                self.usual(request, path);
                Answer::Fails(HttpError::Timeout)
            }
            Some(answer) => answer,
            None => self.usual(request, path),
        };
        give_way(&progress).await;
        poll_fn(|_| if is_page && self.slow_pages.get() { Poll::Pending } else { Poll::Ready(()) }).await;
        let head =
            |status, content_type: &str, retry_after| Head { status, content_type: content_type.to_owned(), retry_after };
        match answer {
            Answer::Body(status, content_type, body) => Ok((head(status, content_type, None), body)),
            Answer::Problem(status, name, retry_after) => {
                let body = json!({"type": format!("{}{name}", problem::PREFIX), "title": "", "status": status});
                Ok((head(status, "application/problem+json", retry_after), body.to_string()))
            }
            Answer::Fails(error) => Err(error),
            Answer::Lost | Answer::Silence => std::future::pending().await,
        }
    }
}

impl Http for Server {
    type Chunks = Stream;

    async fn send(&self, request: Request) -> Result<(Head, String), HttpError> {
        self.answer(&request).await
    }

    async fn open(&self, request: Request) -> Result<(Head, Stream), HttpError> {
        self.resumed.borrow_mut().push(request.last_event_id.clone());
        let is_usual = !self.instead.borrow().iter().any(|(start, _)| "GET /events".starts_with(start.as_str()));
        let (mut head, body) = self.answer(&request).await?;
        let said = if is_usual {
            head = Head { status: 200, content_type: "text/event-stream".to_owned(), retry_after: None };
            Rc::clone(&self.stream)
        } else {
            Rc::new(RefCell::new(VecDeque::from([Some(body.into_bytes()), None])))
        };
        self.open.set(self.open.get() + 1);
        Ok((head, Stream { said, open: Rc::clone(&self.open) }))
    }
}

/// An open stream.
#[derive(Debug)]
pub(in crate::worker) struct Stream {
    said: Rc<RefCell<VecDeque<Option<Vec<u8>>>>>,
    open: Rc<Cell<u32>>,
}

impl Chunks for Stream {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let next = poll_fn(|_| self.said.borrow_mut().pop_front().map_or(Poll::Pending, Poll::Ready)).await;
        Ok(next)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.open.set(self.open.get() - 1);
    }
}
