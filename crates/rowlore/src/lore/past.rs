//! The past of tables and rows: as they were, and what is different since.

use serde_json::Value;

use super::{Lore, today};
use crate::change::Row;
use crate::engine::Engine;
use crate::read::{EventQuery, Moment, RowsAt};
use crate::{Error, Result, TableName};

/// What is different between two states of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The row in the first state; none where it did not exist.
    pub old: Option<Row>,
    /// The row in the second state.
    pub new: Option<Row>,
    /// Each column with a different value, with both values; null where the row did not exist.
    pub changed: Vec<(String, Value, Value)>,
}

impl<E: Engine> Lore<E> {
    /// The rows of a table as they were at a moment.
    ///
    /// # Errors
    /// When the table has no event table that records every change, or the moment lies before its tracking.
    pub async fn rows_at(&self, query: &RowsAt) -> Result<Vec<Row>> {
        self.engine.rows_at(query).await
    }

    /// The rows of several tables as they were at the same moment, `limit` of each at most; each table with its name
    /// today.
    ///
    /// # Errors
    /// As [`rows_at`](Self::rows_at), or when a table was never tracked.
    pub async fn rows_of(
        &self,
        tables: &[TableName],
        at: impl Into<Moment>,
        limit: usize,
    ) -> Result<Vec<(TableName, Vec<Row>)>> {
        let at = at.into();
        let mut all = Vec::with_capacity(tables.len());
        for name in tables {
            let table = today(&self.find(name).await?);
            let rows = self.rows_at(&RowsAt { table: table.clone(), key: None, at, limit }).await?;
            all.push((table, rows));
        }
        Ok(all)
    }

    /// The moment right after all that a transaction recorded.
    ///
    /// # Errors
    /// When no event of that transaction is recorded, or the database fails.
    pub async fn moment_of_transaction(&self, xid: u64) -> Result<Moment> {
        let last = self.events(&EventQuery { limit: 1, ..EventQuery::default() }.in_transaction(xid)).await?;
        last.first().map(|change| Moment::After(change.event_id)).ok_or_else(|| {
            Error::request(format!("no event of transaction {xid} is recorded")).hint(
                "the transaction of an event is its `xid`; one that wrote to no tracked table has no event",
            )
        })
    }

    /// What is different about one row between two moments.
    ///
    /// # Errors
    /// As [`rows_at`](Self::rows_at).
    pub async fn diff(
        &self,
        table: &TableName,
        key: &Row,
        from: impl Into<Moment>,
        to: impl Into<Moment>,
    ) -> Result<Diff> {
        let at = |at| RowsAt { table: table.clone(), key: Some(key.clone()), at, limit: 1 };
        let old = self.rows_at(&at(from.into())).await?.pop();
        let new = self.rows_at(&at(to.into())).await?.pop();
        Ok(Diff::between(old, new))
    }
}

impl Diff {
    /// Compares two states of a row, column by column, in the order of the newer one.
    pub fn between(old: Option<Row>, new: Option<Row>) -> Self {
        let value = |row: &Option<Row>, name: &str| {
            row.as_ref().and_then(|row| row.get(name)).cloned().unwrap_or(Value::Null)
        };
        let mut names: Vec<&String> = new.iter().flat_map(Row::keys).collect();
        names.extend(
            old.iter()
                .flat_map(Row::keys)
                .filter(|name| !new.as_ref().is_some_and(|new| new.contains_key(*name))),
        );
        let pairs = names.into_iter().map(|name| (name.clone(), value(&old, name), value(&new, name)));
        let changed = pairs.filter(|(_, old, new)| old != new).collect();
        Self { old, new, changed }
    }
}
