//! What a tab says to the worker: its part of [`waxwing_protocol::page::ToWorker`], so that a tab does not load the code to
//! write down what only pages say. That both are the same on the way is tested below. What is put together by hand is not here: a
//! mail that left ([`super::report`]) and the opening of a panel ([`super::later`]).

use serde::Serialize;
use uuid::Uuid;
use waxwing_protocol::api::Claim;
use waxwing_protocol::page::{NotTracked, TabHealth};

/// See the module; what each means stands at the protocol's.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "said in full at waxwing_protocol::page::ToWorker")]
pub enum Tell {
    Forget { id: Uuid },
    NotTracked { mail: NotTracked },
    DismissNotTracked { id: Uuid },
    TabHealth { health: TabHealth },
    Ticks { threads: Vec<String> },
    OwnView { id: Uuid },
    Detail { id: Uuid },
    Correct { hit: i64, claim: Claim, alike: bool },
    Uncorrect { hit: i64 },
    Mute { id: Uuid, muted: bool },
    ClosePanel { key: Uuid },
    Unschedule { id: Uuid },
}

#[cfg(test)]
mod tests {
    use waxwing_protocol::api::{Content, GmailIds};
    use waxwing_protocol::page::{ToWorker, WhyNot};

    use super::*;

    #[test]
    fn it_is_what_the_worker_reads() {
        let id = Uuid::from_u128(5);
        let mail = NotTracked {
            id,
            sent_at: 1,
            sender: String::new(),
            gmail: GmailIds::default(),
            content: Content::default(),
            why: WhyNot::NoRequest,
        };
        let health = TabHealth { path: "/mail/u/0".into(), ..TabHealth::default() };
        let threads = vec!["183234ce86ffa010".to_owned()];
        for (said, read) in [
            (Tell::Forget { id }, ToWorker::Forget { id }),
            (Tell::NotTracked { mail: mail.clone() }, ToWorker::NotTracked { mail }),
            (Tell::DismissNotTracked { id }, ToWorker::DismissNotTracked { id }),
            (Tell::TabHealth { health: health.clone() }, ToWorker::TabHealth { health }),
            (Tell::Ticks { threads: threads.clone() }, ToWorker::Ticks { threads }),
            (Tell::OwnView { id }, ToWorker::OwnView { id }),
            (Tell::Detail { id }, ToWorker::Detail { id }),
            (
                Tell::Correct { hit: 3, claim: Claim::Person, alike: false },
                ToWorker::Correct { hit: 3, claim: Claim::Person, alike: false },
            ),
            (Tell::Uncorrect { hit: 3 }, ToWorker::Uncorrect { hit: 3 }),
            (Tell::Mute { id, muted: true }, ToWorker::Mute { id, muted: true }),
            (Tell::ClosePanel { key: id }, ToWorker::ClosePanel { key: id }),
            (Tell::Unschedule { id }, ToWorker::Unschedule { id }),
        ] {
            let written = serde_json::to_string(&said).expect("it is written");
            assert_eq!(serde_json::from_str::<ToWorker>(&written).ok(), Some(read), "{written}");
        }
    }
}
