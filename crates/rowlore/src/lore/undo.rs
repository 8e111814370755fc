//! Undoing: first a plan, then one transaction of it.

use super::{Lore, today};
use crate::engine::{Engine, Written};
use crate::read::RowRef;
use crate::revert::{Revert, RevertPlan, gather};
use crate::{Context, Error, Result, Value};

impl<E: Engine> Lore<E> {
    /// What has to be written so that something recorded is undone, and what stands in the way. Writes nothing.
    ///
    /// # Errors
    /// When nothing such is recorded, a table concerned is gone or not tracked any more, it is about more than
    /// 1,000,000 events or rows, or the database fails.
    pub async fn plan_revert(&self, revert: &Revert) -> Result<RevertPlan> {
        let full = async |row: &RowRef| -> Result<RowRef> {
            Ok(RowRef::new(today(&self.find(&row.table).await?), row.key.clone()))
        };
        let revert = match revert {
            Revert::Row(row, moment) => Revert::Row(full(row).await?, *moment),
            Revert::Deleted(row) => Revert::Deleted(full(row).await?),
            other => other.clone(),
        };
        gather::plan(&self.engine, &revert).await
    }

    /// Writes a revert: all of it or nothing, in one transaction of this context, which is recorded as a revert of what
    /// was undone: its data says so under `revert`, and its reason, if it has none of its own.
    ///
    /// Rows with a conflict are not among the writes: whether the rest is wanted without them is for the caller to say.
    ///
    /// # Errors
    /// Of kind [`Retry`](crate::ErrorKind::Retry) when a row changed since the plan was made; then nothing was written,
    /// and a new plan tells what is different. Else when the database refuses a write.
    pub async fn revert(&self, plan: &RevertPlan, context: Context) -> Result<Written> {
        let RevertPlan { of, record, writes, conflicts: _, notes: _ } = plan;
        if writes.rows.is_empty() {
            return Err(Error::request(format!("the revert of {of} has nothing to write"))
                .hint("its conflicts and notes say why"));
        }
        let mut context = context;
        context.reason.get_or_insert_with(|| format!("revert of {of}"));
        context.data.insert("revert".to_owned(), Value::Object(record.clone()));
        self.engine.write(writes, &context).await
    }
}
