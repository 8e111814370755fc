//! The seam to a database: the only traits an engine implements.

use std::future::Future;
use std::pin::Pin;

use crate::capture::{Capture, EventTable, Installation};
use crate::declare::check::Declarations;
use crate::found::{Found, FoundColumn, ObjectId, Registered};
use crate::plan::{Lock, Plan};
use crate::read::{Event, EventQuery, RowsAt};
use crate::{Result, Row, TableName};

/// What an engine's method gives: a boxed future, so that an engine can be chosen at run time.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A database that captures changes and lets them be read.
///
/// An engine MUST give the same answers as every other engine, or refuse by name what it can't do: the
/// conformance suite holds it to that. None of the methods but [`apply`](Engine::apply) and the backfill
/// may change anything.
pub trait Engine: Send + Sync {
    /// The engine's way to write SQL.
    fn dialect(&self) -> &dyn Dialect;

    /// What is there: tables, installed objects, the registry; and which `when` expressions of the
    /// declarations it refuses. Changes nothing.
    fn inspect<'a>(&'a self, declared: &'a Declarations) -> Pending<'a, Found>;

    /// Runs the steps of a plan, all or none, alone: a second apply waits or is refused.
    fn apply<'a>(&'a self, plan: &'a Plan) -> Pending<'a, ()>;

    /// What is tracked, or was: the registry alone, for readers.
    fn registered(&self) -> Pending<'_, Vec<Registered>>;

    /// Events that answer the query, newest first, each with its row's image before it: from the event table that
    /// records every change, if there is one, else from its own.
    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>>;

    /// The rows of a table as they were.
    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>>;

    /// Records the baseline of the next rows in key order and remembers how far it came, in one transaction.
    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn>;
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

    fn registered(&self) -> Pending<'_, Vec<Registered>> {
        (**self).registered()
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>> {
        (**self).events(query)
    }

    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>> {
        (**self).rows_at(query)
    }

    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn> {
        (**self).backfill(table, rows_max)
    }
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
        /// Its name from now on.
        to: String,
    },
    /// Adds a column to an event table; older events have null there.
    AddColumn {
        /// The event table.
        events: String,
        /// The column.
        column: FoundColumn,
    },
    /// Changes a column's type in place; only when it [widens](Dialect::widens).
    RetypeColumn {
        /// The event table.
        events: String,
        /// The column, with its new type.
        column: FoundColumn,
    },
    /// Renames a column, so that one of another type can take its place.
    SetColumnAside {
        /// The event table.
        events: String,
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
