//! Reading a request.

use serde::Serialize;
use serde_json::Value;

use crate::model::{Person, label};

/// One call: several operations, each on a thread.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) ops: Vec<Op>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Op {
    /// The page's own number of the operation; the answer names it.
    pub(crate) number: u64,
    pub(crate) thread: String,
    pub(crate) action: Action,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// A message is saved, sent or scheduled.
    Put(Box<Put>),
    /// Labels of messages change: reading, archiving, undoing, discarding, and what goes along with a reply.
    Label { add: Vec<String>, remove: Vec<String>, messages: Vec<String> },
    /// Something that the simulator does not know. It is answered and does nothing.
    Other,
}

/// What a message operation is for; it follows from its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Draft,
    Send,
    Scheduled,
}

/// Where in the operation the message stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Position {
    /// `P[2][0][4][0]`: the first save of a new message.
    FirstNew,
    /// `P[1][0]`: the first save of a reply, or a reply that is sent before any save.
    FirstReply,
    /// `P[13][0]`: every later save, and sending.
    Update,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Put {
    pub(crate) kind: Kind,
    pub(crate) position: Position,
    pub(crate) id: String,
    pub(crate) from: Person,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) bcc: Vec<Person>,
    pub(crate) time: i64,
    pub(crate) subject: String,
    pub(crate) html: String,
    pub(crate) quoted: Option<String>,
    pub(crate) plain: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) in_reply_to: Option<String>,
    pub(crate) answers: Option<String>,
    pub(crate) scheduled_at: Option<i64>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("not JSON")]
    Json,
    #[error("no operations at [1][0]")]
    NoOperations,
    #[error("operation {0} is not [number, [thread, payload]]")]
    Operation(usize),
    #[error("operation {0} has a message without an id or a sender")]
    Message(usize),
}

impl Request {
    pub(crate) fn read(text: &str) -> Result<Self, ReadError> {
        let whole: Value = serde_json::from_str(text).map_err(|_| ReadError::Json)?;
        let list = whole[1][0].as_array().ok_or(ReadError::NoOperations)?;
        let ops = list.iter().enumerate().map(|(i, op)| Op::read(i, op)).collect::<Result<_, _>>()?;
        Ok(Self { ops })
    }

    pub(crate) fn puts(&self) -> impl Iterator<Item = &Put> {
        self.ops.iter().filter_map(|op| match &op.action {
            Action::Put(put) => Some(put.as_ref()),
            _ => None,
        })
    }
}

impl Op {
    fn read(index: usize, op: &Value) -> Result<Self, ReadError> {
        let broken = || ReadError::Operation(index);
        let number = op[0].as_u64().ok_or_else(broken)?;
        let thread = op[1][0].as_str().ok_or_else(broken)?.to_owned();
        let payload = &op[1][1];
        let found = [
            (Position::FirstNew, &payload[2][0][4][0]),
            (Position::FirstReply, &payload[1][0]),
            (Position::Update, &payload[13][0]),
        ]
        .into_iter()
        .find(|(_, message)| message.is_array());
        let action = if let Some((position, message)) = found {
            let around = if position == Position::Update { &payload[13] } else { &payload[1] };
            Action::Put(Box::new(Put::read(position, message, around).ok_or(ReadError::Message(index))?))
        } else if payload[6].is_array() {
            Action::Label { add: strings(&payload[6][0]), remove: strings(&payload[6][1]), messages: strings(&payload[6][2]) }
        } else {
            Action::Other
        };
        Ok(Self { number, thread, action })
    }
}

impl Put {
    fn read(position: Position, m: &Value, around: &Value) -> Option<Self> {
        let labels = strings(&m[10]);
        let has = |label: &str| labels.iter().any(|it| it == label);
        let kind = if has(label::SCHEDULED) {
            Kind::Scheduled
        } else if has(label::SENDING) {
            Kind::Send
        } else {
            Kind::Draft
        };
        let parts = &m[8][1];
        let part = |kind: u64| {
            let list = parts.as_array()?;
            let part = list.iter().find(|part| part[0].as_u64() == Some(kind))?;
            part[1].as_str().map(str::to_owned)
        };
        Some(Self {
            kind,
            position,
            id: m[0].as_str()?.to_owned(),
            from: person(&m[1])?,
            to: people(&m[2]),
            cc: people(&m[3]),
            bcc: people(&m[4]),
            time: m[6].as_i64().unwrap_or_default(),
            subject: m[7].as_str().unwrap_or_default().to_owned(),
            html: part(0).unwrap_or_default(),
            quoted: part(2),
            plain: m[8][6].as_u64() == Some(0),
            in_reply_to: m[15].as_str().map(str::to_owned),
            answers: around[1].as_str().map(str::to_owned),
            scheduled_at: m[20][0].as_i64(),
            labels,
        })
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn person(value: &Value) -> Option<Person> {
    Some(Person::new(value[1].as_str()?, value[2].as_str().unwrap_or_default()))
}

fn people(list: &Value) -> Vec<Person> {
    list.as_array().into_iter().flatten().filter_map(person).collect()
}
