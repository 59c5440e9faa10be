//! Contents out of which somebody is taken.

use serde_json::Value as Json;
use uuid::Uuid;
use waxwing_domain::recipients::domains;
use waxwing_protocol::Millis;
use waxwing_protocol::api::Content;

use super::registration::search_text;
use super::sql;
use super::waiting::upkeep;
use super::{Result, Store, StoreError, one_row};
use crate::account_id::AccountId;

/// The id of the message in this place.
pub async fn message(store: &Store, seq: i64) -> Result<Option<Uuid>> {
    Ok(sql::query_scalar("SELECT id FROM messages WHERE seq = $1").bind(seq).fetch_optional(store.read()).await?)
}

/// Gives a message the content that is left of it: what is searched and counted by domain follows.
pub async fn set(store: &Store, account: AccountId, seq: i64, body: Json) -> Result<()> {
    let text = body.to_string();
    let content: Content = serde_json::from_value(body).map_err(|error| StoreError::Failed(error.to_string()))?;
    let mut tx = store.write_of(account).await?;
    let sender: String = sql::query_scalar("SELECT sender FROM messages WHERE seq = $1").bind(seq).fetch_one(&mut *tx).await?;
    let left = domains(&sender, content.recipients.iter().map(|recipient| recipient.address.as_str()));
    let counted: Vec<String> =
        sql::query_scalar("SELECT domain FROM message_domains WHERE message = $1").bind(seq).fetch_all(&mut *tx).await?;
    for gone in counted.iter().filter(|domain| !left.iter().any(|left| left == *domain)) {
        sql::query("DELETE FROM message_domains WHERE message = $1 AND domain = $2")
            .bind(seq)
            .bind(gone)
            .execute(&mut *tx)
            .await?;
    }
    let done = sql::query("UPDATE contents SET body = $2, search = $3 WHERE message = $1")
        .bind(seq)
        .bind(text)
        .bind(search_text(&content))
        .execute(&mut *tx)
        .await?;
    one_row(done.rows_affected())?;
    sql::query("UPDATE messages SET domain = $2 WHERE seq = $1")
        .bind(seq)
        .bind(left.first().filter(|_| left.len() == 1))
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Takes away a mail whose answer is waited for.
pub async fn forget_waiting(store: &Store, account: AccountId, id: Uuid, now: Millis) -> Result<()> {
    let mut tx = store.write_of(account).await?;
    upkeep::delete(&mut tx, account, id, now).await?;
    tx.commit().await
}

impl Store {
    /// Mails of an account that would still go out.
    pub async fn scheduled_to_cancel(&self, account: AccountId) -> Result<Vec<Uuid>> {
        // The second half word for word as in the partial index, or it is not used.
        let sql = "SELECT id FROM scheduled WHERE account = $1 AND state IN (0, 6) \
                   AND (state IN (0, 1, 2, 4, 6) OR (state = 5 AND dismissed = 0))";
        Ok(sql::query_scalar(sql).bind(account.as_str()).fetch_all(self.read()).await?)
    }
}
