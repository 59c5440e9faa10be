//! Which versions of rules and lists were in use, numbered in their order. A message says by the number what its hits were
//! judged by; a number that is less than the newest means: judge again.

use waxwing_protocol::Millis;

use super::{Result, Store};

impl Store {
    /// The number of this knowledge: that of the newest row when it is the same, of a new row otherwise. `lists` is
    /// [`Lists::version`](waxwing_domain::verdict::Lists::version).
    pub async fn knowledge_number(&self, rules: u32, lists: u64, now: Millis) -> Result<i64> {
        let lists = format!("{lists:016x}");
        let mut tx = self.write().await?;
        let newest: Option<(i64, i64, String)> =
            sqlx::query_as("SELECT number, rules, lists FROM knowledge ORDER BY number DESC LIMIT 1")
                .fetch_optional(&mut *tx)
                .await?;
        if let Some((number, _, _)) = newest.filter(|(_, r, l)| *r == i64::from(rules) && *l == lists) {
            tx.cancel().await?;
            return Ok(number);
        }
        let number = sqlx::query_scalar("INSERT INTO knowledge (rules, lists, since) VALUES ($1, $2, $3) RETURNING number")
            .bind(i64::from(rules))
            .bind(lists)
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(number)
    }
}
