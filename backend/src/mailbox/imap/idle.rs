//! Waiting for mail (RFC 2177), for hours, at next to no cost.
//!
//! What must hold:
//! - Whoever drops a wait loses nothing and breaks nothing: the `IDLE` stays open, and whatever the connection is used for next
//!   ends it first.
//! - `IDLE` is begun anew after each round, long before servers close what is quiet; what it may have missed is seen then.
//! - A server that talks without end is not listened to without end.

use std::time::Duration;

use tokio::sync::Notify;

use super::super::watching::Woken;
use super::super::wire::{WireError, within};
use super::connection::{Connection, ImapError, Result, Room, literal};
use super::response::{self, Kind, Piece, Response};
use super::session::{Opened, Session};

/// Lines in one round.
const MOST_LINES: usize = 20_000;
/// The longest of them.
const MAX_LINE: usize = 64 * 1024;

/// How many mails are in the open folder, by what the server says unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    messages: u32,
    grew: bool,
}

impl Count {
    fn hear(&mut self, response: &Response) {
        match response {
            Response::Data(Some(messages), name, _) if name == "EXISTS" => {
                self.grew |= *messages > self.messages;
                self.messages = *messages;
            }
            Response::Data(Some(_), name, _) if name == "EXPUNGE" => self.messages = self.messages.saturating_sub(1),
            _ => {}
        }
    }
}

impl Connection {
    /// Begins to idle. `Err(Refused)`: the server does not want to.
    async fn idle(&mut self, count: &mut Count, limit: Duration) -> Result<()> {
        self.end_idle(limit).await?;
        if std::mem::replace(&mut self.broken, true) {
            return Err(WireError::Closed.into());
        }
        self.tags += 1;
        let tag = format!("W{}", self.tags);
        let began = async {
            self.wire.send(format!("{tag} IDLE\r\n").as_bytes()).await?;
            let mut room = Room::LITTLE.0;
            for _ in 0..MOST_LINES {
                match self.response(&mut room).await? {
                    Response::Continue => return Ok(None),
                    Response::Done(found, status) if found == tag => return Ok(Some((status, false))),
                    Response::Status(status) if status.kind == Kind::Bye => return Ok(Some((status, true))),
                    Response::Done(..) => break,
                    heard => count.hear(&heard),
                }
            }
            Err(WireError::Protocol)
        };
        match within(limit, began).await? {
            None => {
                (self.broken, self.idling) = (false, Some(tag));
                Ok(())
            }
            Some((status, gone)) => {
                self.broken = gone;
                Err(ImapError::Refused(status))
            }
        }
    }

    /// What the server says next while it idles. Waits as long as it takes; dropping it loses nothing.
    async fn heard(&mut self) -> Result<Response> {
        let heard = match self.wire.rare_line(MAX_LINE).await {
            // Nothing that is said here has literals; what has could not be dropped half-way.
            Ok(line) if literal(&line).is_none() => response::read(vec![Piece::Line(line)]).ok_or(WireError::Protocol),
            Ok(_) => Err(WireError::Protocol),
            Err(error) => Err(error),
        };
        let error = match heard {
            Ok(Response::Status(status)) if status.kind == Kind::Bye => ImapError::Refused(status),
            // It asks, or ends what it was not asked to end: whoever looked again at once would never stop.
            Ok(Response::Continue | Response::Done(..)) => WireError::Protocol.into(),
            Ok(response) => return Ok(response),
            Err(error) => error.into(),
        };
        self.broken = true;
        Err(error)
    }

    /// Ends an `IDLE` where there is one.
    pub(super) async fn end_idle(&mut self, limit: Duration) -> Result<()> {
        let Some(tag) = self.idling.take() else { return Ok(()) };
        if std::mem::replace(&mut self.broken, true) {
            return Err(WireError::Closed.into());
        }
        let ended = async {
            self.wire.send(b"DONE\r\n").await?;
            let mut room = Room::LITTLE.0;
            for _ in 0..MOST_LINES {
                match self.response(&mut room).await? {
                    Response::Done(found, _) if found == tag => return Ok(()),
                    Response::Status(status) if status.kind == Kind::Bye => return Err(WireError::Closed),
                    Response::Done(..) => break,
                    _ => {}
                }
            }
            Err(WireError::Protocol)
        };
        within(limit, ended).await?;
        self.broken = false;
        Ok(())
    }
}

/// Waits for a round, or until the connection is `wanted` for something else, until there may be mail in a folder that `is_known`
/// does not cover. `None`: nothing came.
pub(super) async fn wait(
    session: &mut Session,
    folder: &str,
    round: Duration,
    wanted: &Notify,
    is_known: impl Fn(&Opened) -> bool,
) -> Result<Option<Woken>> {
    if !session.offers("IDLE") {
        return Ok(Some(Woken::Never));
    }
    let limit = session.limits.command;
    let opened = session.open_at(folder, false).await?;
    if !is_known(&opened) {
        return Ok(Some(Woken::News));
    }
    let mut count = Count { messages: opened.messages, grew: false };
    match session.connection.idle(&mut count, limit).await {
        // Offered, and then not known.
        Err(ImapError::Refused(status)) if matches!(status.kind, Kind::No | Kind::Bad) => return Ok(Some(Woken::Never)),
        began => began?,
    }
    let listening = async {
        for _ in 0..MOST_LINES {
            if count.grew {
                return Ok(Woken::News);
            }
            count.hear(&session.connection.heard().await?);
        }
        Err(ImapError::Wire(WireError::Protocol))
    };
    tokio::select! {
        woken = listening => woken.map(Some),
        () = wanted.notified() => Ok(None),
        () = tokio::time::sleep(round) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_counts() {
        let mut count = Count { messages: 3, grew: false };
        let mut hear = |line: &str| {
            let response = response::read(vec![Piece::Line(line.as_bytes().to_vec())]);
            count.hear(&response.unwrap_or(Response::Continue));
            count
        };
        for line in ["* 3 EXISTS", "* 1 RECENT", "* 2 EXPUNGE", "* 2 EXISTS", "* OK still here", "* 1 FETCH (FLAGS (\\Seen))"] {
            assert!(!hear(line).grew, "{line}");
        }
        assert_eq!(hear("* 1 EXPUNGE"), Count { messages: 1, grew: false });
        assert_eq!(hear("* 2 EXISTS"), Count { messages: 2, grew: true });
        assert!(hear("* 1 EXPUNGE").grew);
    }
}
