//! What the stream told while a page was asked for. The page may have been read before it, and arrives after it: shown or kept
//! as it came, it would take back what is known already.
//!
//! What the page knows beyond it is told by the stream in turn, so the stream's word stands until its next one.

use std::collections::VecDeque;

use uuid::Uuid;
use waxwing_protocol::api::{Activity, Message};

/// So many are remembered; no page is asked for as long as that.
const MOST: usize = 500;

/// What came of messages, in the order it was told.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// How many were told.
    told: u64,
    /// The last of them; `None`: the message is gone.
    last: VecDeque<(Uuid, Option<Activity>)>,
}

impl Since {
    /// A mark to ask from.
    pub(super) const fn mark(&self) -> u64 {
        self.told
    }

    /// This was told of a message; `None`: it is gone.
    pub(super) fn tell(&mut self, message: Uuid, activity: Option<Activity>) {
        if self.last.len() == MOST {
            self.last.pop_front();
        }
        self.last.push_back((message, activity));
        self.told += 1;
    }

    /// Brings messages that were asked for at a mark up to what was told since.
    pub(super) fn bring_up(&self, mark: u64, messages: &mut Vec<Message>) {
        let since = usize::try_from(self.told.saturating_sub(mark)).unwrap_or(usize::MAX).min(self.last.len());
        for (id, activity) in self.last.iter().skip(self.last.len() - since) {
            match activity {
                Some(activity) => {
                    messages
                        .iter_mut()
                        .filter(|message| message.id == *id)
                        .for_each(|message| message.activity.clone_from(activity));
                }
                None => messages.retain(|message| message.id != *id),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(number: u128, opens: u32) -> Message {
        Message { id: Uuid::from_u128(number), activity: Activity { opens, ..Activity::default() }, ..Message::default() }
    }

    #[test]
    fn only_what_was_told_since_counts_and_the_last_word_of_it() {
        let mut since = Since::default();
        let told = |since: &mut Since, number, opens| since.tell(Uuid::from_u128(number), Some(opened(number, opens).activity));
        told(&mut since, 1, 1);
        let mark = since.mark();
        let page = || vec![opened(1, 9), opened(2, 9), opened(3, 9)];
        let mut same = page();
        since.bring_up(mark, &mut same);
        assert_eq!(same, page());
        told(&mut since, 2, 1);
        told(&mut since, 2, 0);
        since.tell(Uuid::from_u128(3), None);
        told(&mut since, 4, 1);
        let mut now = page();
        since.bring_up(mark, &mut now);
        assert_eq!(now, [opened(1, 9), opened(2, 0)]);
    }

    #[test]
    fn it_stays_small() {
        let mut since = Since::default();
        for number in 0..2_000_u128 {
            since.tell(Uuid::from_u128(number), None);
        }
        assert_eq!(since.last.len(), MOST);
        let mut page = vec![opened(3, 0), opened(1_999, 0)];
        since.bring_up(0, &mut page);
        assert_eq!(page, [opened(3, 0)]);
    }
}
