//! `/reminders`: conversations that come back, and what an account chose for them.

pub mod put;
pub mod settings;

use super::problem::ApiError;
use crate::reminders::ask::AskError;
use waxwing_domain::schedule::NoDue;

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown => Self::NotFound,
            AskError::Gone => Self::Gone,
            AskError::Conflict => Self::Conflict { scheduled: None },
            AskError::NoTime(why @ (NoDue::Past | NoDue::Never | NoDue::ZoneUnknown)) => Self::NoTime(why),
            AskError::NoTime(NoDue::BadRule | NoDue::BadTime | NoDue::BadHoliday) => {
                Self::BadRequest("a time of the wish is none")
            }
            AskError::BadWish(says) => Self::BadRequest(says),
            AskError::Store(error) => error.into(),
        }
    }
}
