//! Questions about the past, as data, and what turns recorded events into changes.

use jiff::Timestamp;

use crate::TableName;
use crate::change::{Change, Context, Op, Row};
use crate::declare::Image;

/// Which events, newest first. The default asks for all of them, 100 at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQuery {
    /// Of these tables, by their name today; empty means all that are or were tracked.
    pub tables: Vec<TableName>,
    /// Of this row; needs exactly one table. Every column of the key must be there.
    pub key: Option<Row>,
    /// With one of these labels; empty means any.
    pub labels: Vec<String>,
    /// With one of these operations; empty means any.
    pub ops: Vec<Op>,
    /// By this actor.
    pub actor: Option<String>,
    /// At or after this moment.
    pub since: Option<Timestamp>,
    /// At or before this moment.
    pub until: Option<Timestamp>,
    /// Of this transaction.
    pub xid: Option<u64>,
    /// With a lower event id: the last of a page gives the next page.
    pub before: Option<i64>,
    /// With this event id or one of these; empty means any.
    pub event_ids: Vec<i64>,
    /// Without the events of the statement that made this one. An engine that captures a whole statement at once gives
    /// its events no order among themselves; one that captures row by row has nothing to leave out.
    pub not_with: Option<i64>,
    /// Only from the event tables of this name; none means from all of the table's.
    pub events: Option<String>,
    /// At most this many.
    pub limit: usize,
}

impl Default for EventQuery {
    fn default() -> Self {
        Self {
            tables: Vec::new(),
            key: None,
            labels: Vec::new(),
            ops: Vec::new(),
            actor: None,
            since: None,
            until: None,
            xid: None,
            before: None,
            event_ids: Vec::new(),
            not_with: None,
            events: None,
            limit: 100,
        }
    }
}

/// The rows of a table as they were at a moment, in key order.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsAt {
    /// The table, by its name today.
    pub table: TableName,
    /// Only this row.
    pub key: Option<Row>,
    /// The moment: changes at exactly this time are included.
    pub at: Timestamp,
    /// At most this many rows.
    pub limit: usize,
}

/// An event as an engine reads it: one recorded image, and the image recorded before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The table, by its name today.
    pub table: TableName,
    /// The key of the row; empty for a truncate.
    pub key: Row,
    /// The key before, if it changed.
    pub old_key: Option<Row>,
    /// What happened.
    pub op: Op,
    /// Which image `row` is.
    pub image: Image,
    /// The label.
    pub label: String,
    /// The event id.
    pub event_id: i64,
    /// The transaction.
    pub xid: Option<u64>,
    /// The time of the statement.
    pub at: Timestamp,
    /// The recorded image; empty for a truncate.
    pub row: Row,
    /// The last image recorded for the row before this event, in the event table that records every change if there
    /// is one, else in its own; none where there is no such event or the row did not exist after it.
    pub previous: Option<Row>,
    /// The columns that differ between `previous` and `row`, where the engine compared them by their own types; else
    /// their JSON is compared.
    pub changed: Option<Vec<String>>,
    /// Who and why.
    pub context: Context,
}

impl From<Event> for Change {
    /// Says what the event changed: pure, the same for every engine.
    fn from(event: Event) -> Self {
        let Event {
            table,
            key,
            old_key,
            op,
            image,
            label,
            event_id,
            xid,
            at,
            row,
            previous,
            changed,
            context,
        } = event;
        let (old, new) = match (op, image) {
            (Op::Truncate, _) => (None, None),
            (Op::Delete, _) => (Some(row), None),
            (Op::Insert | Op::Baseline | Op::Manual, _) => (None, Some(row)),
            (Op::Update, Image::New) => (previous, Some(row)),
            (Op::Update, Image::Old) => (Some(row), None),
        };
        let changed = match (&old, &new) {
            (Some(old), Some(new)) => Some(changed.unwrap_or_else(|| changed_columns(old, new))),
            _ => None,
        };
        Self { table, key, old_key, op, label, event_id, xid, at, new, old, changed, version: None, context }
    }
}

/// The columns that both rows have with different values, in the order of `new`.
pub fn changed_columns(old: &Row, new: &Row) -> Vec<String> {
    let differs =
        |(name, value): &(&String, &serde_json::Value)| old.get(*name).is_some_and(|was| was != *value);
    new.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}
