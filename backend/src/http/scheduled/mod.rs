//! `/scheduled`: mails that go out later.

pub mod action;
pub mod get;
pub mod list;
pub mod put;

use waxwing_protocol::api::Why;

use super::problem::ApiError;
use crate::jobs::act::ActError;
use crate::jobs::asked::AskError;
use waxwing_domain::schedule::NoDue;

impl From<ActError> for ApiError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Unknown => Self::NotFound,
            ActError::Conflict(_) => Self::Conflict { scheduled: None },
            ActError::Store(error) => error.into(),
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::MailboxUnknown => Self::NotFound,
            AskError::Mailbox(trouble) => Self::Mailbox(trouble),
            AskError::DraftUnknown => Self::DraftUnknown,
            AskError::DraftUnfit(Why::NoRecipients) => Self::DraftUnfit("no_recipients"),
            AskError::DraftUnfit(Why::Empty) => Self::DraftUnfit("empty"),
            AskError::DraftUnfit(_) => Self::DraftUnfit("unreadable"),
            AskError::NoTime(why @ (NoDue::Past | NoDue::Never | NoDue::ZoneUnknown)) => Self::NoTime(why),
            AskError::NoTime(NoDue::BadRule) => Self::BadRequest("the rule is not one of those that are known"),
            AskError::NoTime(NoDue::BadTime) => Self::BadRequest("a time, a day or a window of the schedule is none"),
            AskError::NoTime(NoDue::BadHoliday) => Self::BadRequest("a holiday is neither a date nor a country that is known"),
            AskError::Taken(other) => Self::Conflict { scheduled: Some(other) },
            AskError::IdInUse => Self::Conflict { scheduled: None },
            AskError::Act(error) => error.into(),
            AskError::Store(error) => error.into(),
        }
    }
}
