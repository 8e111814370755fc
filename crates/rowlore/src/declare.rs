//! What the user asks for: plain data, from `rowlore.toml`, from `#[derive(Tracked)]`, or built in code.
//!
//! Nothing here has been checked: [`check`] is the only way on, to [`Declarations`](check::Declarations).

pub mod check;

pub mod file;

mod build;

mod events;

use serde::{Deserialize, Serialize};

pub use events::{ContextForm, Events, ExtraColumn, Period, TimeSource};

/// A table and how it is to be tracked.
///
/// ```
/// use rowlore::declare::{Condition, Columns, Operation, TrackedTable, Tracker};
/// let books = TrackedTable::new("books")
///     .except(["updated_at"])
///     .tracker(Tracker::default())
///     .tracker(
///         Tracker::new("price.raised")
///             .on([Operation::Update])
///             .when("new.price > old.price")
///             .events("price_event"),
///     );
/// assert!(rowlore::check([books]).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedTable {
    /// The table as written: `books`, `shop.books` or `"My Shop"."Books"`; without a schema, the engine's default.
    pub table: String,
    /// The columns that identify a row; empty means the primary key.
    pub key: Vec<String>,
    /// The columns recorded by trackers that do not choose their own. The key is always recorded.
    pub columns: Columns,
    /// What becomes of an update that changes nothing.
    pub unchanged: Unchanged,
    /// Columns that are recorded, and whose change alone makes no event (such as `updated_at`).
    pub ignore: Vec<String>,
    /// Foreign-key columns whose rows show the events of this table in their history: both ends of a join table, the
    /// parent of a table that extends it.
    pub links: Vec<String>,
    /// Whether rows older than the tracking get a baseline event (`true` unless declared otherwise).
    pub baseline: bool,
    /// Settings of event tables; one that is not here has the default ones.
    pub events: Vec<Events>,
    /// The rules; empty means one [`Tracker::default`].
    pub trackers: Vec<Tracker>,
    /// Where this was declared, for error messages.
    pub origin: Origin,
}

/// One rule: which operations, under which condition, recorded how and where.
///
/// The default records every insert, update, delete and truncate: the new row, on delete the old one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tracker {
    /// The operations it records; empty means all four.
    pub operations: Vec<Operation>,
    /// The label of its events; none means the name of the operation.
    pub label: Option<String>,
    /// Which image of the row it records; none means new, on delete old.
    pub image: Option<Image>,
    /// The columns it records; none means those of the table.
    pub columns: Option<Columns>,
    /// The columns whose change alone makes no event of it; none means those of the table.
    pub ignore: Option<Vec<String>>,
    /// When it records; none means always (an update: when a recorded column changed).
    pub condition: Option<Condition>,
    /// Whether only the program itself makes its events, under its label: no trigger does.
    pub manual: bool,
    /// The event table; none means the one named after the tracked table.
    pub events: Option<String>,
    /// Where this was declared, for error messages.
    pub origin: Option<Origin>,
}

/// A kind of statement that changes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Rows came to be.
    Insert,
    /// Rows changed.
    Update,
    /// Rows went.
    Delete,
    /// The whole table was emptied at once.
    Truncate,
}

impl Operation {
    /// All of them, in the order in which plans list them.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];

    /// The word for it, in SQL as in a declaration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
        }
    }
}

/// Which image of a changed row an event holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Image {
    /// The row as it was before.
    Old,
    /// The row as it is after.
    New,
}

/// A choice of a table's columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Columns {
    /// Every one, also those added later.
    #[default]
    All,
    /// These and no others.
    Only(Vec<String>),
    /// Every one but these, also those added later.
    Except(Vec<String>),
}

/// When a tracker records an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// At least one of these columns changed.
    AnyChanged(Columns),
    /// All of these columns changed.
    AllChanged(Columns),
    /// At least one of these columns did not change.
    AnyUnchanged(Columns),
    /// None of these columns changed.
    AllUnchanged(Columns),
    /// An SQL expression over `old.` and `new.` columns is true. Functions and operators outside
    /// the database's own must be written with their schema.
    When(String),
}

/// What becomes of an update that changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unchanged {
    /// It makes no event: old and new rows are compared column by column.
    #[default]
    Skip,
    /// It makes an event like any other; the cheapest for the writer.
    Record,
    /// It is not even written: the database drops it, and the statement's row count leaves it out.
    Suppress,
}

/// Where a declaration stands, so that a problem can name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Built in code.
    #[default]
    Code,
    /// In a file.
    File {
        /// The path as given.
        path: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// On a type with `#[derive(Tracked)]`.
    Type {
        /// The type's name.
        name: &'static str,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code => f.write_str("declared in code"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Type { name } => write!(f, "struct {name}"),
        }
    }
}
