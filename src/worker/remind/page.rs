//! The lists of mails whose answer is waited for, for the popup and the panel, with what still waits in the outbox and a copy for
//! when the backend is away.

use std::rc::Rc;

use uuid::Uuid;
use waxwing_protocol::api::{PutReminder, Reminder, ReminderState, WaitingList, WaitingMail, WaitingOrder, WaitingPage, When};
use waxwing_protocol::page::{CachedWaiting, Connection, Fault, LaterAnswer, OutboxTask, RefusedReminder};

use super::super::client::Client;
use super::super::platform::Platform;
use super::super::{Worker, internal};

impl<P: Platform> Worker<P> {
    /// A page of a list; the copy of it when the backend is away.
    pub(super) async fn waiting_page(
        self: &Rc<Self>,
        list: WaitingList,
        order: WaitingOrder,
        before: Option<String>,
    ) -> Result<LaterAnswer, Fault> {
        let is_first = before.is_none();
        let is_kept = is_first && list != WaitingList::Answered;
        let connection = match self.reminding().await {
            Err(Fault::Revoked) if is_kept => return self.kept_waiting(list, order, Fault::Revoked).await,
            connection => connection?,
        };
        let call = async |client: Client<'_, P::Http>| client.waiting(list, order, before.as_deref()).await;
        let mut page = match self.call(&connection, call).await {
            Ok(page) => page,
            Err(error) if is_kept && error.is_away() => return self.kept_waiting(list, order, error.fault()).await,
            Err(error) => return Err(error.fault()),
        };
        // What cannot be kept is only missed when the backend is away.
        let _ = match (list, order) {
            (WaitingList::Back, _) if is_first => self.keep_waiting_pages(&connection, Some(page.clone()), None).await,
            (WaitingList::Waiting, WaitingOrder::Oldest) if is_first => {
                self.keep_waiting_pages(&connection, None, Some(page.clone())).await
            }
            _ => Ok(()),
        };
        let mut refused = Vec::new();
        if is_first {
            refused = self.with_pending(&connection.account, list, &mut page).await?;
        }
        Ok(LaterAnswer::Waiting { page, from_cache_of: None, refused })
    }

    /// The mails of a conversation.
    pub(super) async fn waiting_in(self: &Rc<Self>, thread: &str) -> Result<LaterAnswer, Fault> {
        let is_id = thread.len() == 16 && thread.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return Err(Fault::Internal { detail: "thread".to_owned() });
        }
        let thread = thread.to_ascii_lowercase();
        let page = self.ask_reminders(async |client| client.waiting_in(&thread).await).await?;
        Ok(LaterAnswer::Waiting { page, from_cache_of: None, refused: Vec::new() })
    }

    /// The copy, or the fault for whose sake it is asked for.
    async fn kept_waiting(self: &Rc<Self>, list: WaitingList, order: WaitingOrder, fault: Fault) -> Result<LaterAnswer, Fault> {
        let CachedWaiting { at, back, waiting } = self.cached_waiting().await.map_err(internal)?.ok_or(fault)?;
        let counts = (back.back, back.waiting);
        let mut page = if list == WaitingList::Back { back } else { waiting };
        (page.back, page.waiting) = counts;
        // Further pages are not to be had.
        page.next = None;
        if list == WaitingList::Waiting && order == WaitingOrder::Newest {
            page.mails.reverse();
        }
        let mut refused = Vec::new();
        if let Some(connection) = self.connection().await.map_err(internal)? {
            refused = self.with_pending(&connection.account, list, &mut page).await?;
        }
        Ok(LaterAnswer::Waiting { page, from_cache_of: Some(at), refused })
    }

    /// Puts what waits in the outbox into a first page; gives what the backend refused, which stands where things need the user.
    async fn with_pending(
        &self,
        account: &str,
        list: WaitingList,
        page: &mut WaitingPage,
    ) -> Result<Vec<RefusedReminder>, Fault> {
        let outbox = self.outbox();
        match list {
            WaitingList::Waiting => {
                for kept in outbox.waiting().await.map_err(internal)? {
                    match kept.entry.task {
                        OutboxTask::Remind { id, put } if kept.entry.account == account => add_pending(page, id, put),
                        OutboxTask::Delete { id } => page.mails.retain(|mail| mail.id != id),
                        _ => {}
                    }
                }
                Ok(Vec::new())
            }
            WaitingList::Back => {
                let mut refused: Vec<RefusedReminder> = Vec::new();
                for kept in outbox.parked().await.map_err(internal)? {
                    if let OutboxTask::Remind { id, put } = kept.entry.entry.task
                        && kept.entry.entry.account == account
                    {
                        refused.retain(|known| known.id != id);
                        refused.push(RefusedReminder { id, mail: put.mail, status: kept.entry.status });
                    }
                }
                Ok(refused)
            }
            WaitingList::Answered => Ok(Vec::new()),
        }
    }

    /// Drops a reminder that the backend refused.
    pub(super) async fn drop_refused(self: &Rc<Self>, id: Uuid) -> Result<LaterAnswer, Fault> {
        let outbox = self.outbox();
        let is_it = |task: &OutboxTask| matches!(task, OutboxTask::Remind { id: own, .. } if *own == id);
        let parked = outbox.parked().await.map_err(internal)?;
        let names: Vec<String> =
            parked.into_iter().filter(|kept| is_it(&kept.entry.entry.task)).map(|kept| kept.name).collect();
        outbox.acknowledge(&names).await.map_err(internal)?;
        self.status_changed();
        Ok(LaterAnswer::Done)
    }

    /// Whether this connection is one that refused reminders may be tried with again: it knows them since now.
    pub(in crate::worker) async fn unpark_for(self: &Rc<Self>, before: &Connection, after: &Connection) {
        if before.capabilities != after.capabilities {
            // If it fails it stays where it is, and shown.
            let _ = self.outbox().unpark().await;
            self.kick();
        }
    }
}

/// A mail whose reminder the backend does not have yet.
fn add_pending(page: &mut WaitingPage, id: Uuid, put: PutReminder) {
    let PutReminder { mail, wish } = put;
    let due_at = match &wish.when {
        When::Instant { at, .. } => Some(*at),
        // Its zone is the backend's to resolve.
        _ => None,
    };
    let reminder = Reminder {
        id,
        state: ReminderState::Waiting,
        why: None,
        wish,
        due_at,
        moved_from: None,
        came_at: None,
        times: 0,
        by_default: false,
    };
    let of = mail.message.unwrap_or(id);
    if let Some(known) = page.mails.iter_mut().find(|known| known.id == of) {
        known.reminder = Some(reminder);
        return;
    }
    page.waiting = page.waiting.saturating_add(1);
    page.mails.push(WaitingMail {
        id: of,
        message: mail.message,
        sender: mail.sender,
        mailbox: None,
        sent_at: mail.sent_at,
        gmail: mail.gmail,
        content: mail.content,
        activity: None,
        tracking: None,
        reminder: Some(reminder),
        answered: None,
        bounced: None,
        away_until: None,
    });
}
