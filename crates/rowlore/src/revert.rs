//! Undoing what was recorded: first a plan that writes nothing, then one transaction.
//!
//! A revert is about rows, not statements: of everything that is undone, each row's state before the first change and
//! after the last one is taken. What the row is now decides: where it is still what the last change left, it is put
//! back; where it is not, somebody changed it since, and that is a conflict.
//!
//! Rows are held in JSON meanwhile. So a `json` value comes back with the same content and perhaps other blanks, and a JSON
//! `null` inside a column comes back as the column's null.

pub(crate) mod gather;

mod fold;

mod decide;

mod checks;

mod order;

mod live;

use serde_json::Value;

use crate::TableName;
use crate::change::Row;
use crate::read::{Moment, RowRef};

/// What to undo.
#[derive(Debug, Clone, PartialEq)]
pub enum Revert {
    /// What one event did.
    Event(i64),
    /// A row is put back to what it was at a moment, whatever happened since.
    Row(RowRef, Moment),
    /// The last delete of a row, with the rows that went or lost their pointer with it: in the same transaction, or in
    /// the same statement where transactions have no number.
    Deleted(RowRef),
    /// Everything that one context did, by its number.
    Context(i64),
    /// Everything that one request or job did.
    Request(String),
    /// Everything that one transaction did.
    Transaction(u64),
}

/// One row to write, and what it must be until then.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The table, by its name today.
    pub table: TableName,
    /// The key of the row as it is now; of a row that is put back, the key it gets.
    pub key: Row,
    /// What is done.
    pub action: WriteAction,
}

/// What is done to a row.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteAction {
    /// The row, which is not there, is put back with these values.
    Insert(Row),
    /// These columns get these values; until then they have those of `expect`.
    Update {
        /// The new values; the key may be among them.
        set: Row,
        /// Values that the row has until then.
        expect: Row,
    },
    /// The row goes; until then it has these values.
    Delete {
        /// Values that the row has until then.
        expect: Row,
    },
}

/// Writes in the order in which foreign keys allow them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Writes {
    /// Each row.
    pub rows: Vec<Write>,
}

/// Why a row can't be put back, or not without losing something.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The table.
    pub table: TableName,
    /// The row.
    pub key: Row,
    /// What stands in the way.
    pub why: ConflictKind,
}

/// What stands in the way of a revert.
#[derive(Debug, Clone, PartialEq)]
pub enum ConflictKind {
    /// These columns were changed again since; each with what it was left as and what it is now.
    ChangedSince(Vec<(String, Value, Value)>),
    /// The row was deleted since.
    Gone,
    /// A row of this key is there, and should not be.
    Exists,
    /// The row that these columns point at is not there, and does not come back.
    MissingParent {
        /// The columns.
        columns: Vec<String>,
        /// The table they point at.
        table: TableName,
    },
    /// Another row has these values, which no two rows may share.
    UniqueClash(Vec<String>),
    /// Rows of this table still point at the row that would go.
    StillReferenced(TableName),
    /// These columns were not recorded, and a row must have them.
    NotRecorded(Vec<String>),
}

/// What a revert would do. Nothing is written yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RevertPlan {
    /// What is reverted, in words: `transaction 1234`.
    pub of: String,
    /// The same for the record: what the context's data says under `revert`.
    pub record: Row,
    /// The rows to write.
    pub writes: Writes,
    /// What stands in the way; the rows concerned are not among the writes.
    pub conflicts: Vec<Conflict>,
    /// What the person should know: columns that can't come back, rows that are as they should be already.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests;
