//! The seam to a database: the only traits an engine implements.

use std::future::Future;
use std::pin::Pin;

use crate::capture::{Capture, EventTable, Installation};
use crate::declare::Operation;
use crate::declare::check::Declarations;
use crate::found::{Found, FoundColumn, ObjectId, Partition, Registered};
use crate::plan::{Lock, Plan};
use crate::read::{Event, EventQuery, RowRef, RowsAt, RowsNow};
use crate::revert::Writes;
use crate::{Context, Result, Row, TableName, Timestamp};

/// What an engine's method gives: a boxed future, so that an engine can be chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A database that captures changes and lets them be read.
///
/// An engine MUST give the same answers as every other engine, or refuse by name what it can't do: the
/// conformance suite holds it to that. None of the methods but [`apply`](Engine::apply) and the backfill
/// may change anything.
pub trait Engine: Read {
    /// The engine's way to write SQL.
    fn dialect(&self) -> &dyn Dialect;

    /// What is there: tables, installed objects, the registry; and which `when` expressions of the
    /// declarations it refuses. Changes nothing.
    fn inspect<'a>(&'a self, declared: &'a Declarations) -> Pending<'a, Found>;

    /// Runs the steps of a plan, all or none, alone: a second apply waits or is refused.
    fn apply<'a>(&'a self, plan: &'a Plan) -> Pending<'a, ()>;

    /// Records the baseline of the next rows in key order and remembers how far it came, in one transaction.
    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn>;

    /// Writes to tracked tables, in this order, in one transaction of this context: all or nothing. A row that is not
    /// what its write expects by then is an error of kind [`Retry`](crate::ErrorKind::Retry).
    fn write<'a>(&'a self, writes: &'a Writes, context: &'a Context) -> Pending<'a, Written>;

    /// Writes to a tracked table in a transaction that is rolled back, and looks whether that was recorded: one answer
    /// for each operation that it has rules for.
    fn probe<'a>(&'a self, table: &'a TableName) -> Pending<'a, Vec<Probe>>;
}

/// What can be asked of a database that captured changes.
pub trait Read: Send + Sync {
    /// What is tracked, or was: the registry alone, for readers.
    fn registered(&self) -> Pending<'_, Vec<Registered>>;

    /// Events that answer the query, newest first, each with its row's other image: from the event table that records
    /// every change, if there is one, else from its own.
    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>>;

    /// The rows of a table as they were.
    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>>;

    /// The rows of a table as they are now; also of one that is not tracked.
    fn rows_now<'a>(&'a self, query: &'a RowsNow) -> Pending<'a, Vec<Row>>;

    /// The answers to many such questions, in their order and at the same moment. What asks about 100,000 rows asks
    /// once: an engine answers questions of one shape together.
    fn rows_now_each<'a>(&'a self, queries: &'a [RowsNow]) -> Pending<'a, Vec<Vec<Row>>>;

    /// The tracked rows, each once, that pointed at one of `rows` by a foreign key at any recorded time: what
    /// [`EventQuery::references`] finds events of, as keys, so that the next level can be asked for.
    fn referencing<'a>(&'a self, rows: &'a [RowRef]) -> Pending<'a, Vec<RowRef>>;

    /// Each time that capture was suspended, newest first.
    fn suspensions(&self) -> Pending<'_, Vec<Suspension>>;
}

/// An engine chosen at run time can be asked like any other.
impl<E: Read + ?Sized> Read for Box<E> {
    fn registered(&self) -> Pending<'_, Vec<Registered>> {
        (**self).registered()
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>> {
        (**self).events(query)
    }

    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>> {
        (**self).rows_at(query)
    }

    fn rows_now<'a>(&'a self, query: &'a RowsNow) -> Pending<'a, Vec<Row>> {
        (**self).rows_now(query)
    }

    fn rows_now_each<'a>(&'a self, queries: &'a [RowsNow]) -> Pending<'a, Vec<Vec<Row>>> {
        (**self).rows_now_each(queries)
    }

    fn referencing<'a>(&'a self, rows: &'a [RowRef]) -> Pending<'a, Vec<RowRef>> {
        (**self).referencing(rows)
    }

    fn suspensions(&self) -> Pending<'_, Vec<Suspension>> {
        (**self).suspensions()
    }
}

/// An engine chosen at run time is an engine.
impl<E: Engine + ?Sized> Engine for Box<E> {
    fn dialect(&self) -> &dyn Dialect {
        (**self).dialect()
    }

    fn inspect<'a>(&'a self, declared: &'a Declarations) -> Pending<'a, Found> {
        (**self).inspect(declared)
    }

    fn apply<'a>(&'a self, plan: &'a Plan) -> Pending<'a, ()> {
        (**self).apply(plan)
    }

    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn> {
        (**self).backfill(table, rows_max)
    }

    fn write<'a>(&'a self, writes: &'a Writes, context: &'a Context) -> Pending<'a, Written> {
        (**self).write(writes, context)
    }

    fn probe<'a>(&'a self, table: &'a TableName) -> Pending<'a, Vec<Probe>> {
        (**self).probe(table)
    }
}

/// A time during which named trackers did not fire.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspension {
    /// What was suspended: `table` for all trackers of a table, `table:label` for those of one label.
    pub trackers: Vec<String>,
    /// When it began.
    pub at: Timestamp,
    /// The transaction, where the engine has such numbers.
    pub xid: Option<u64>,
    /// Who and why.
    pub context: Context,
}

/// What came of a probe: a write of one kind to one table, rolled back, and whether it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The kind of write.
    pub operation: Operation,
    /// What came of it.
    pub result: Probed,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// The write was recorded.
    Recorded,
    /// The write was made and not recorded.
    Missed,
    /// Nothing can be said, for this reason.
    Unknown(String),
}

/// What a list of writes did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many rows were written.
    pub rows: u64,
    /// The transaction that wrote them, where the engine has such numbers.
    pub xid: Option<u64>,
}

/// What one turn of a backfill did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillTurn {
    /// Rows looked at in this turn.
    pub rows_seen: u64,
    /// Baseline events written in this turn.
    pub rows_recorded: u64,
    /// Rows looked at since the backfill began, in this and in earlier processes.
    pub rows_seen_total: u64,
    /// A guess how many rows there are, for a progress bar.
    pub rows_estimated: u64,
    /// Whether no row is left without an event: the registry then says [`Done`](crate::found::Baseline::Done).
    pub finished: bool,
}

/// How an engine writes things in SQL. Pure: the same input gives the same text, and nothing is touched.
pub trait Dialect: Send + Sync {
    /// The engine's name, for messages.
    fn engine(&self) -> &'static str;

    /// The statements around a script that applies a plan: all steps or none, one apply at a time.
    fn transaction(&self) -> (&'static str, &'static str);

    /// The version of the bookkeeping that this program needs.
    fn own_version(&self) -> u32;

    /// Functions and triggers of the bookkeeping itself.
    fn own_objects(&self) -> Vec<Object>;

    /// What guards and indexes an event table.
    fn event_objects(&self, events: &EventTable) -> Vec<Object>;

    /// The functions and triggers that capture a table's changes.
    fn capture_objects(&self, installation: &Installation) -> Vec<Object>;

    /// The SQL of a change to the bookkeeping or to an event table.
    fn alter(&self, alteration: &Alteration) -> String;

    /// rowlore's own columns that this event table needs and not every one has.
    fn own_columns(&self, events: &EventTable) -> Vec<String>;

    /// Whether every value of type `from` is kept when a column of an event table becomes `to`.
    fn widens(&self, from: &str, to: &str) -> bool;

    /// What of this declaration the engine can't do, each a sentence with its reason; empty when it can do all.
    fn refuses(&self, capture: &Capture) -> Vec<String>;
}

/// An object that must exist, with its final SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Which one.
    pub id: ObjectId,
    /// The SQL that creates it, or replaces one of the same name.
    pub sql: String,
    /// The fingerprint that [`Installed`](crate::found::Installed) has when the database holds exactly this.
    pub fingerprint: String,
    /// What creating or replacing it locks.
    pub lock: Lock,
}

/// A change to the bookkeeping or to an event table that is not an [`Object`].
#[derive(Debug, Clone, PartialEq)]
pub enum Alteration {
    /// Brings the bookkeeping from a version (0: none) to [`Dialect::own_version`].
    Own {
        /// The version that is there.
        from: u32,
    },
    /// Creates an event table, with the index that finds the events of a row.
    CreateEvents(EventTable),
    /// Gives an event table another name.
    RenameEvents {
        /// Its name until now.
        from: String,
        /// The table, with its name from now on.
        to: EventTable,
    },
    /// Adds a column to an event table; older events have null there.
    AddColumn {
        /// The event table.
        events: EventTable,
        /// The column.
        column: FoundColumn,
    },
    /// Changes a column's type in place; only when it [widens](Dialect::widens).
    RetypeColumn {
        /// The event table.
        events: EventTable,
        /// The column, with its new type.
        column: FoundColumn,
    },
    /// Puts an event table into another schema.
    MoveEvents {
        /// The table, where it belongs.
        events: EventTable,
        /// The schema it is in; none means rowlore's own.
        from: Option<String>,
    },
    /// Adds one of rowlore's own columns that not every event table has.
    AddOwnColumn {
        /// The event table.
        events: EventTable,
        /// The column.
        column: String,
    },
    /// Adds a partition.
    AddPartition {
        /// The event table.
        events: EventTable,
        /// Which one.
        partition: Partition,
    },
    /// Renames a column, so that one of another type can take its place.
    SetColumnAside {
        /// The event table.
        events: EventTable,
        /// The column's name until now.
        from: String,
        /// Its name from now on.
        to: String,
    },
    /// Drops an object.
    Drop(ObjectId),
    /// Writes down what is captured, under the name the table had at the last apply, if there was one.
    Register {
        /// The state to write down.
        installation: Box<Installation>,
        /// The table's name in the registry until now.
        registered_as: Option<TableName>,
        /// Whether it is tracked from now on; `false` keeps all else as it is.
        active: bool,
    },
}
