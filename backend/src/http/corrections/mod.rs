//! `/hits/{id}/correction` and `/corrections`: what the owner says of hits. The owner's word goes before every verdict, and can be
//! taken back.

pub mod correct;
pub mod list;
pub mod remove;
pub mod undo;

use super::problem::ApiError;
use crate::app::App;
use crate::store::rollup::Key;

/// Has a message judged anew, now, so that the answer and whatever is asked next show it. Whoever asked may hang up meanwhile, or
/// the database take no writes: it is marked, and judged in the background then.
async fn judge_now(app: &App, key: Key) -> Result<(), ApiError> {
    app.judging.wake();
    Ok(app.judging.judge(&[key]).await?)
}
