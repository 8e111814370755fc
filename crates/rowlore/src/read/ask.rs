//! Questions put together one word after the other.

use serde_json::Value;

use super::{Comparison, EventQuery, RowRef, ValueFilter};
use crate::TableName;
use crate::change::Row;
use crate::declare::Image;

impl RowRef {
    /// The row of `table` with this key.
    pub fn new(table: TableName, key: Row) -> Self {
        Self { table, key }
    }
}

impl EventQuery {
    /// Only events of these tables.
    #[must_use]
    pub fn across(mut self, tables: impl IntoIterator<Item = TableName>) -> Self {
        self.tables = tables.into_iter().collect();
        self
    }

    /// Only events of these rows.
    ///
    /// ```
    /// use rowlore::read::{EventQuery, RowRef};
    /// use rowlore::TableName;
    /// let key = serde_json::json!({"id": 42}).as_object().cloned().unwrap();
    /// let query = EventQuery::default().tracks([RowRef::new(TableName::new("public", "books"), key)]).by("user:5");
    /// assert_eq!(query.rows.len(), 1);
    /// ```
    #[must_use]
    pub fn tracks(mut self, rows: impl IntoIterator<Item = RowRef>) -> Self {
        self.rows = rows.into_iter().collect();
        self
    }

    /// Only events of rows that point at these by any foreign key.
    #[must_use]
    pub fn references(mut self, rows: impl IntoIterator<Item = RowRef>) -> Self {
        self.references = rows.into_iter().collect();
        self
    }

    /// Only events by this actor.
    #[must_use]
    pub fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Only events of this transaction.
    #[must_use]
    pub fn in_transaction(mut self, xid: u64) -> Self {
        self.xid = Some(xid);
        self
    }

    /// Only events of this context.
    #[must_use]
    pub fn in_context(mut self, context_id: i64) -> Self {
        self.context_ids.push(context_id);
        self
    }

    /// Only events whose context has this value in its data; the path's parts are separated by dots.
    #[must_use]
    pub fn with_data(mut self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.push((path.into(), value.into()));
        self
    }

    /// Only events that changed this column.
    #[must_use]
    pub fn touching(mut self, column: impl Into<String>) -> Self {
        self.changed.push(column.into());
        self
    }

    /// Only events whose row after fulfils this.
    #[must_use]
    pub fn new_value(
        mut self,
        column: impl Into<String>,
        compare: Comparison,
        value: impl Into<Value>,
    ) -> Self {
        let filter = ValueFilter { image: Image::New, column: column.into(), compare, value: value.into() };
        self.values.push(filter);
        self
    }

    /// Only events whose row before fulfils this.
    #[must_use]
    pub fn old_value(
        mut self,
        column: impl Into<String>,
        compare: Comparison,
        value: impl Into<Value>,
    ) -> Self {
        let filter = ValueFilter { image: Image::Old, column: column.into(), compare, value: value.into() };
        self.values.push(filter);
        self
    }

    /// At most this many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}
