//! What an engine found in the database: facts, no wishes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TableName;
use crate::capture::Installation;

/// Everything about a database that a plan depends on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The schema of tables written without one; empty on SQLite.
    pub default_schema: String,
    /// Every table that could be tracked, and those that could not, with their kind.
    pub tables: Vec<FoundTable>,
    /// The version of rowlore's own bookkeeping; none means it is not installed.
    pub own_version: Option<u32>,
    /// Every object of rowlore's that is there, whoever made it.
    pub installed: Vec<Installed>,
    /// Every event table that is there.
    pub event_tables: Vec<FoundEventTable>,
    /// What the last apply wrote down.
    pub registered: Vec<Registered>,
    /// The highest event id given out so far; 0 before the first.
    pub last_event_id: i64,
    /// The expressions of the declarations (`when`, values of extra columns) that this database does not take.
    pub refused: Vec<RefusedExpression>,
    /// The time by the database's clock; none where it was not asked.
    pub now: Option<Timestamp>,
    /// What keeps changes from being recorded although all is installed: roles that skip triggers, rights that are
    /// missing. Each a sentence.
    pub gaps: Vec<String>,
}

/// A table as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundTable {
    /// Its name.
    pub name: TableName,
    /// Whether it can be tracked.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<FoundColumn>,
    /// The columns of its primary key, in the order of the key; empty where there is none.
    pub primary_key: Vec<String>,
    /// Its partitions, at all levels, where it is partitioned.
    pub partitions: Vec<TableName>,
    /// The tables that inherit from it (not partitions), at all levels.
    pub children: Vec<TableName>,
    /// Whether it inherits from another table itself (not as a partition): a write aimed at that one changes its rows.
    pub inherits: bool,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// The sets of columns whose values no two rows may share, the primary key's too.
    pub uniques: Vec<Vec<String>>,
    /// The columns that must have a value and get none by themselves.
    pub required: Vec<String>,
    /// The columns whose value only the database may write: generated, or identity always.
    pub generated: Vec<Generated>,
    /// The columns that, added to a table with rows, may have given some of them a value that no event holds: those with
    /// a default, and those [not known](Found::columns_added) to the last apply that are not null in some row.
    pub filled: Vec<String>,
    /// What the person should know before tracking it, each a sentence.
    pub notes: Vec<String>,
}

/// A foreign key: these columns hold the key of a row of another table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The columns, in the order of the key.
    pub columns: Vec<String>,
    /// The table they point at.
    pub table: TableName,
    /// The columns there, in the same order.
    pub target: Vec<String>,
}

/// A column whose value only the database may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Its name.
    pub column: String,
    /// Whether it is an identity column: a row that is put back may bring its value then, if it is said so.
    pub identity: bool,
}

/// What kind of table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TableKind {
    /// An ordinary table.
    #[default]
    Table,
    /// A partitioned table: rows live in its partitions.
    Partitioned,
    /// One partition of a partitioned table.
    Partition,
    /// A view or materialised view.
    View,
    /// A foreign or virtual table, where no trigger sees the writes.
    Foreign,
}

/// A column as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundColumn {
    /// Its name.
    pub name: String,
    /// Its type in SQL as the event table repeats it: a domain's base type, without length.
    pub event_type: String,
    /// How to see whether it changed.
    pub compare: Compare,
    /// Whether its value can be recorded (a virtual generated column's can't).
    pub recordable: bool,
}

/// How to see whether a column changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// By `is distinct from` on the values.
    Native,
    /// By `is distinct from` on their text: the type has no equality of its own.
    Text,
    /// By `is distinct from` byte by byte: the collation calls different texts equal.
    Bytes,
}

/// What an installed object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A function.
    Function,
    /// A trigger on a table.
    Trigger,
    /// An index.
    Index,
    /// A view.
    View,
}

/// Which object: unique in a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: String,
    /// The table a trigger stands on.
    pub table: Option<TableName>,
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            ObjectKind::Function => "function",
            ObjectKind::Trigger => "trigger",
            ObjectKind::Index => "index",
            ObjectKind::View => "view",
        };
        write!(f, "{kind} {}", self.name)?;
        match &self.table {
            Some(table) => write!(f, " on {table}"),
            None => Ok(()),
        }
    }
}

/// An object of rowlore's that is in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// Which one.
    pub id: ObjectId,
    /// The [fingerprint](crate::fingerprint) of its definition as the database has it now, in the engine's canonical form.
    pub fingerprint: String,
    /// Whether it fires; `false` for a trigger that somebody disabled.
    pub enabled: bool,
}

/// An event table that is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundEventTable {
    /// Its name, without a schema.
    pub name: String,
    /// Its schema; none means rowlore's own.
    pub schema: Option<String>,
    /// The columns it mirrors and the extra ones (not rowlore's own), with their types.
    pub columns: Vec<(String, String)>,
    /// rowlore's own columns that it has, of those that not every event table has.
    pub own_columns: Vec<String>,
    /// Whether it is partitioned by time.
    pub partitioned: bool,
    /// Its partitions that take a stretch of time each.
    pub partitions: Vec<Partition>,
}

/// A partition of an event table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name, without a schema.
    pub name: String,
    /// The moment at which it begins.
    pub from: Timestamp,
    /// The moment at which the next one begins.
    pub to: Timestamp,
}

/// What the last apply wrote down about one tracked table.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// The resolved declaration, complete: readers need no file.
    pub installation: Installation,
    /// Whether it is still tracked.
    pub active: bool,
    /// What the table is called today; none when it is gone.
    pub table_now: Option<TableName>,
    /// When its capture was last suspended, if it was since this tracking began: what changed then was not recorded.
    pub suspended: Option<Timestamp>,
}

/// How far the recording of the rows from before the tracking is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Baseline {
    /// Not wanted.
    None,
    /// Wanted and not finished: triggers record the old image of rows that have no event yet.
    Pending,
    /// Every row has its first event.
    Done,
}

/// An expression of a declaration that the database does not take.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedExpression {
    /// The table it is for, as declared.
    pub table: TableName,
    /// The expression.
    pub expression: String,
    /// What the database said.
    pub reason: String,
}

impl Found {
    /// The table of that name, if there is one.
    pub fn table(&self, name: &TableName) -> Option<&FoundTable> {
        self.tables.iter().find(|table| table.name == *name)
    }

    /// The columns of tracked tables that the last apply did not know: who wrote to them since was not heard. An engine
    /// looks whether anybody did, see [`FoundTable::filled`].
    pub fn columns_added(&self) -> Vec<(TableName, String)> {
        let mut added = Vec::new();
        for one in self.registered.iter().filter(|one| one.active) {
            let known = &one.installation.capture.columns;
            let table = one.table_now.as_ref().and_then(|name| self.table(name));
            for column in
                table.into_iter().flat_map(|table| table.columns.iter().filter(|one| one.recordable))
            {
                if !known.iter().any(|known| known.name == column.name) {
                    added.extend(one.table_now.clone().map(|table| (table, column.name.clone())));
                }
            }
        }
        added
    }

    /// Notes that a column is [filled](FoundTable::filled).
    pub fn note_filled(&mut self, table: &TableName, column: &str) {
        let table = self.tables.iter_mut().find(|one| one.name == *table);
        if let Some(table) = table.filter(|table| !table.filled.iter().any(|known| known == column)) {
            table.filled.push(column.to_owned());
        }
    }
}
