//! What an engine shows of itself to be proven: a fresh database, and the SQL of a program that knows nothing of
//! rowlore.

use std::future::Future;
use std::pin::Pin;

use rowlore::found::ObjectId;
use rowlore::{Context, Engine, Row};

/// What the database says: a value, or its own refusal as text.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

/// One row as text; a null is `None`.
pub type TextRow = Vec<Option<String>>;

/// Makes an empty database of its own for the promise of that name.
pub type Fresh = fn(promise: &'static str) -> Answer<'static, Box<dyn Subject>>;

/// A private database of one engine; it goes away with the value.
pub trait Subject {
    /// A new handle of the engine over this database, as a program that starts would make it.
    fn engine(&self) -> Answer<'_, Box<dyn Engine>>;

    /// A connection as any other program opens it: foreign keys are enforced, all else is the database's default.
    fn session(&self) -> Answer<'_, Box<dyn Session>>;

    /// Runs a transaction whose writes carry contexts, in the way this engine offers to programs.
    fn transaction<'a>(&'a self, transaction: &'a Transaction) -> Answer<'a, ()>;

    /// How this engine's SQL says what the suite needs to say.
    fn words(&self) -> Words;
}

/// A connection that speaks plain SQL; each statement is committed at once unless a transaction is open.
pub trait Session {
    /// Runs SQL. Several statements may be one transaction or several: promises that care send one at a time.
    fn execute<'a>(&'a mut self, sql: &'a str) -> Answer<'a, ()>;

    /// Runs one query; each value as the text the database prints.
    fn query<'a>(&'a mut self, sql: &'a str) -> Answer<'a, Vec<TextRow>>;
}

/// A transaction as data: what is done, under which contexts, and how it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// The context of the whole transaction; none means that nobody set one.
    pub context: Option<Context>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: End,
}

/// One thing done inside a [`Transaction`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// One statement.
    Sql(String),
    /// A scope with a context inside the one around it; the outer context holds again after it.
    Scope(Box<Context>, Vec<Step>),
    /// A savepoint.
    Savepoint(Vec<Step>, End),
    /// A scope in which these trackers (`table` or `table:label`) do not fire.
    Suspend(Vec<String>, Vec<Step>),
    /// Events that the program makes itself, in one call of the engine's own function for it.
    Record {
        /// The table, as a person writes it.
        table: String,
        /// The label.
        label: String,
        /// The rows: their keys, and the values that are not those of the table.
        rows: Vec<Row>,
    },
}

/// How a transaction or savepoint ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is kept.
    Keep,
    /// It is rolled back.
    Undo,
}

/// Where engines differ in SQL. All else in the suite is the same text for every engine.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Whether columns are dropped and retyped by `alter table`; else the table is built anew and renamed.
    pub alters_in_place: bool,
    /// Whether there is a statement that empties a table without looking at its rows.
    pub truncates: bool,
    /// Whether `unchanged = "suppress"` is offered; else it must be refused by name.
    pub suppresses: bool,
    /// The event table of that name, as SQL names it.
    pub event_table: fn(events: &str) -> String,
    /// Drops one of rowlore's triggers, as a person would by hand.
    pub drop_trigger: fn(&ObjectId) -> String,
    /// Puts something useless in the place of one of rowlore's triggers or functions, under the same name.
    pub tamper: fn(&ObjectId) -> String,
    /// Disables a trigger; none where that does not exist.
    pub disable_trigger: Option<fn(&ObjectId) -> String>,
    /// A trigger of the user's own on a table: its name, when (`after insert`), the quoted table, the statement it runs.
    pub user_trigger: fn(name: &str, when: &str, table: &str, body: &str) -> String,
}

impl Step {
    /// One statement.
    pub fn sql(sql: impl Into<String>) -> Self {
        Self::Sql(sql.into())
    }

    /// A scope with a context.
    pub fn scope(context: Context, steps: impl Into<Vec<Self>>) -> Self {
        Self::Scope(Box::new(context), steps.into())
    }

    /// A scope in which these trackers do not fire.
    pub fn suspend<const N: usize>(trackers: [&str; N], steps: impl Into<Vec<Self>>) -> Self {
        Self::Suspend(trackers.map(str::to_owned).to_vec(), steps.into())
    }

    /// One event that the program makes itself.
    pub fn record(table: &str, label: &str, row: serde_json::Value) -> Self {
        Self::record_all(table, label, [row])
    }

    /// Events that the program makes itself, at once. What is no JSON object is an empty row.
    pub fn record_all<const N: usize>(table: &str, label: &str, rows: [serde_json::Value; N]) -> Self {
        let rows = rows.into_iter().map(|row| row.as_object().cloned().unwrap_or_default()).collect();
        Self::Record { table: table.to_owned(), label: label.to_owned(), rows }
    }
}
