//! Questions about the past, as data, and what turns recorded events into changes.

mod ask;

use jiff::Timestamp;
use serde_json::Value;

use crate::TableName;
use crate::change::{Change, Context, Op, Row};
use crate::declare::Image;

/// One row of one table, by its key.
#[derive(Debug, Clone, PartialEq)]
pub struct RowRef {
    /// The table, by its name today.
    pub table: TableName,
    /// The key: every column of it.
    pub key: Row,
}

/// Which events, newest first. The default asks for all of them, 100 at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct EventQuery {
    /// Of these tables, by their name today; empty means all that are or were tracked.
    pub tables: Vec<TableName>,
    /// Of this row; needs exactly one table. Every column of the key must be there.
    pub key: Option<Row>,
    /// Of one of these rows, also under the keys they had or got in those very events; empty means any. Tables whose
    /// event tables hold no key have none.
    pub rows: Vec<RowRef>,
    /// Of rows that point at one of these by a foreign key, before or after the event; empty means any. One level:
    /// [`Lore::related`](crate::Lore::related) finds the rows of all levels.
    pub references: Vec<RowRef>,
    /// Whether `references` only looks at the columns declared as links.
    pub links_only: bool,
    /// With one of these labels; empty means any.
    pub labels: Vec<String>,
    /// With one of these operations; empty means any.
    pub ops: Vec<Op>,
    /// By this actor.
    pub actor: Option<String>,
    /// Of this request or job.
    pub request: Option<String>,
    /// Of one of these contexts by number; empty means any.
    pub context_ids: Vec<i64>,
    /// Whose context has all these values in its data: path (`tenant`, or `user.id` for a field of an object), value.
    pub data: Vec<(String, Value)>,
    /// At or after this moment.
    pub since: Option<Timestamp>,
    /// At or before this moment.
    pub until: Option<Timestamp>,
    /// Of this transaction.
    pub xid: Option<u64>,
    /// That changed every one of these columns; empty means any. Inserts and deletes change no column.
    pub changed: Vec<String>,
    /// Whose row before or after fulfils all of this.
    pub values: Vec<ValueFilter>,
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
            rows: Vec::new(),
            references: Vec::new(),
            links_only: false,
            labels: Vec::new(),
            ops: Vec::new(),
            actor: None,
            request: None,
            context_ids: Vec::new(),
            data: Vec::new(),
            since: None,
            until: None,
            xid: None,
            changed: Vec::new(),
            values: Vec::new(),
            before: None,
            event_ids: Vec::new(),
            not_with: None,
            events: None,
            limit: 100,
        }
    }
}

/// What a value of the row before or after an event has to be. A table that lacks the column has no such event.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueFilter {
    /// The row before (`Old`) or after (`New`).
    pub image: Image,
    /// The column.
    pub column: String,
    /// How it compares.
    pub compare: Comparison,
    /// With what; null is compared by `Equal` and `Differs` only. Texts stand for every type, as in a [`Row`].
    pub value: Value,
}

/// How two values compare, by the column's own type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same value, or both null.
    Equal,
    /// Another value, or null on one side.
    Differs,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
}

/// A point in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A time: changes at exactly this time are included.
    At(Timestamp),
    /// Right after the event of this number: event numbers are one order over all tables.
    After(i64),
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(at) => write!(f, "{at}"),
            Self::After(event) => write!(f, "event {event}"),
        }
    }
}

/// Rows as the tracked table holds them now.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsNow {
    /// The table, by its name today; it need not be tracked.
    pub table: TableName,
    /// Those with these values, compared by the columns' own types; null matches null. Empty means every row.
    pub matching: Row,
    /// At most this many rows.
    pub limit: usize,
}

/// The rows of a table as they were at a moment, in key order.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsAt {
    /// The table, by its name today.
    pub table: TableName,
    /// Only this row.
    pub key: Option<Row>,
    /// The moment.
    pub at: Moment,
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
    /// The other image of an update. Where `row` is the new one: the last image recorded for the row before this event,
    /// in the event table that records every change if there is one, else in its own. Where `row` is the old one: the
    /// row after this event, from that event table, from the next event, or from the table itself. None where it is
    /// not known.
    pub other: Option<Row>,
    /// The columns that differ between `other` and `row`, where the engine compared them by their own types; else
    /// their JSON is compared.
    pub changed: Option<Vec<String>>,
    /// The values of the extra columns; none where the event table has none.
    pub extra: Option<Row>,
    /// The number of the context's row.
    pub context_id: Option<i64>,
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
            other,
            changed,
            extra,
            context_id,
            context,
        } = event;
        let (old, new) = match (op, image) {
            (Op::Truncate, _) => (None, None),
            (Op::Delete, _) => (Some(row), None),
            (Op::Insert | Op::Baseline | Op::Manual, _) => (None, Some(row)),
            (Op::Update, Image::New) => (other, Some(row)),
            (Op::Update, Image::Old) => (Some(row), other),
        };
        let changed = match (&old, &new) {
            (Some(old), Some(new)) => Some(changed.unwrap_or_else(|| changed_columns(old, new))),
            _ => None,
        };
        Self {
            table,
            key,
            old_key,
            op,
            label,
            event_id,
            xid,
            at,
            new,
            old,
            changed,
            extra,
            version: None,
            context_id,
            context,
        }
    }
}

/// The columns that both rows have with different values, in the order of `new`.
pub fn changed_columns(old: &Row, new: &Row) -> Vec<String> {
    let differs =
        |(name, value): &(&String, &serde_json::Value)| old.get(*name).is_some_and(|was| was != *value);
    new.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}
