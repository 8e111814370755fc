//! The database under proof, with the few things that every promise does; what fails here fails the test.

use std::fmt::Debug;

use rowlore::declare::TrackedTable;
use rowlore::declare::check::Declarations;
use rowlore::found::{Baseline, Found};
use rowlore::plan::Plan;
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Change, Context, Engine, Error, ErrorKind, History, Lore, Row, TableName, Timestamp};
use tokio::sync::Mutex;

use crate::story::story;
use crate::subject::{End, Fresh, Session, Step, Subject, TextRow, Transaction, Words};

/// An empty database of the engine under proof.
pub struct Db {
    subject: Box<dyn Subject>,
    /// rowlore over it.
    pub lore: Lore<Box<dyn Engine>>,
    session: Mutex<Box<dyn Session>>,
    /// See [`Words`].
    pub words: Words,
}

impl Db {
    /// A fresh one.
    pub async fn open(fresh: Fresh, promise: &'static str) -> Self {
        let subject = wanted("a fresh database", fresh(promise).await);
        let engine = wanted("a handle", subject.engine().await);
        let session = Mutex::new(wanted("a session", subject.session().await));
        let words = subject.words();
        Self { subject, lore: Lore::new(engine), session, words }
    }

    /// Another handle over the same database, as a program that starts anew has it.
    pub async fn other_handle(&self) -> Lore<Box<dyn Engine>> {
        Lore::new(wanted("a handle", self.subject.engine().await))
    }

    /// Another connection of another program.
    pub async fn other_session(&self) -> OtherSession {
        OtherSession(wanted("a session", self.subject.session().await))
    }

    /// The name of the engine.
    pub fn engine(&self) -> &'static str {
        self.lore.engine().dialect().engine()
    }

    /// Runs SQL as another program would.
    pub async fn run(&self, sql: impl AsRef<str>) {
        wanted(sql.as_ref(), self.session.lock().await.execute(sql.as_ref()).await);
    }

    /// Runs each statement on its own.
    pub async fn run_each<S: AsRef<str>>(&self, statements: impl IntoIterator<Item = S>) {
        for sql in statements {
            self.run(sql).await;
        }
    }

    /// Runs SQL that the database must refuse; what it said.
    pub async fn refused(&self, sql: impl AsRef<str>) -> String {
        match self.session.lock().await.execute(sql.as_ref()).await {
            Ok(()) => panic!("the database took what it must refuse: {}", sql.as_ref()),
            Err(message) => message,
        }
    }

    /// The rows of a query, as text.
    pub async fn rows(&self, sql: impl AsRef<str>) -> Vec<TextRow> {
        wanted(sql.as_ref(), self.session.lock().await.query(sql.as_ref()).await)
    }

    /// The one value of a query, as text; empty for null.
    pub async fn value(&self, sql: impl AsRef<str>) -> String {
        self.rows(sql)
            .await
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .flatten()
            .unwrap_or_default()
    }

    /// Runs a transaction and commits it.
    pub async fn commit(&self, context: impl Into<Option<Context>>, steps: impl Into<Vec<Step>>) {
        self.transaction(context, steps, End::Keep).await;
    }

    /// Runs a transaction and rolls it back.
    pub async fn roll_back(&self, context: impl Into<Option<Context>>, steps: impl Into<Vec<Step>>) {
        self.transaction(context, steps, End::Undo).await;
    }

    /// Runs a transaction.
    pub async fn transaction(
        &self,
        context: impl Into<Option<Context>>,
        steps: impl Into<Vec<Step>>,
        end: End,
    ) {
        let transaction = Transaction { context: context.into(), steps: steps.into(), end };
        wanted("the transaction", self.subject.transaction(&transaction).await);
    }

    /// Runs a transaction that must fail; what was said. Nothing of it stays.
    pub async fn fails(&self, context: impl Into<Option<Context>>, steps: impl Into<Vec<Step>>) -> String {
        let transaction = Transaction { context: context.into(), steps: steps.into(), end: End::Keep };
        match self.subject.transaction(&transaction).await {
            Ok(()) => panic!("a transaction went through that must fail: {transaction:?}"),
            Err(message) => message,
        }
    }

    /// What would have to be done for these declarations, or why they are refused.
    pub async fn plan(&self, tables: impl IntoIterator<Item = TrackedTable>) -> rowlore::Result<Plan> {
        let declarations = rowlore::check(tables).map_err(Error::from)?;
        self.lore.plan(&declarations).await
    }

    /// Applies these declarations; planning again must find nothing to do. Returns what was done.
    pub async fn apply(&self, tables: impl IntoIterator<Item = TrackedTable>) -> Plan {
        let tables: Vec<TrackedTable> = tables.into_iter().collect();
        let plan = wanted("a plan", self.plan(tables.clone()).await);
        wanted("apply", self.lore.apply(&plan).await);
        self.settled(tables).await;
        plan
    }

    /// Applies these declarations and records the baseline, so that the triggers are those of everyday life.
    pub async fn track(&self, tables: impl IntoIterator<Item = TrackedTable>) {
        let tables: Vec<TrackedTable> = tables.into_iter().collect();
        self.apply(tables.clone()).await;
        self.backfill_all().await;
        self.settled(tables).await;
    }

    /// Records every baseline that is still missing.
    pub async fn backfill_all(&self) {
        for registered in wanted("the registry", self.lore.registered().await) {
            if registered.active && registered.installation.baseline == Baseline::Pending {
                let table = registered.table_now.unwrap_or(registered.installation.capture.table);
                wanted("backfill", self.lore.backfill(&table, 100, |_| ()).await);
            }
        }
    }

    /// Nothing must be left to do for these declarations.
    pub async fn settled(&self, tables: impl IntoIterator<Item = TrackedTable>) {
        let again = wanted("a second plan", self.plan(tables).await);
        let steps = rowlore::plan::explain::explain(&again, true);
        assert!(again.is_empty(), "planned again, something is left to do:\n{steps}");
    }

    /// Declarations that must be refused as the request's fault, with nothing written; the message and its hint.
    pub async fn refuses(&self, tables: impl IntoIterator<Item = TrackedTable>) -> String {
        let before = self.found().await;
        let error = match self.plan(tables).await {
            Ok(plan) => {
                panic!("planned what must be refused:\n{}", rowlore::plan::explain::explain(&plan, false))
            }
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        assert_eq!(self.found().await, before, "checking changed the database");
        format!("{error} ({})", error.hint_text().unwrap_or_default())
    }

    /// What the engine finds in the database, but for the time.
    pub async fn found(&self) -> Found {
        let found = wanted("inspect", self.lore.engine().inspect(&Declarations::default()).await);
        Found { now: None, ..found }
    }

    /// The tracked table's full name today.
    pub async fn table(&self, name: &str) -> TableName {
        let found = wanted(name, self.lore.find(&TableName::new("", name)).await);
        found.table_now.unwrap_or(found.installation.capture.table)
    }

    /// Every event of a table, oldest first.
    pub async fn events(&self, table: &str) -> Vec<Change> {
        let query =
            EventQuery { tables: vec![self.table(table).await], limit: 100_000, ..EventQuery::default() };
        self.ask(&query).await.into_iter().rev().collect()
    }

    /// The events that answer a query, newest first.
    pub async fn ask(&self, query: &EventQuery) -> Vec<Change> {
        wanted("events", self.lore.events(query).await)
    }

    /// Every event of a table as lines, oldest first; see [`story`].
    pub async fn story(&self, table: &str) -> Vec<String> {
        story(&self.events(table).await)
    }

    /// The events of a table must be these lines, in this order.
    pub async fn tells<const N: usize>(&self, table: &str, lines: [&str; N]) {
        assert_eq!(self.story(table).await, lines, "the events of {table}");
    }

    /// The events of a table must be these lines, in any order: rows of one statement have none.
    pub async fn tells_in_any_order<const N: usize>(&self, table: &str, lines: [&str; N]) {
        let (mut told, mut lines) = (self.story(table).await, lines.to_vec());
        told.sort();
        lines.sort_unstable();
        assert_eq!(told, lines, "the events of {table}, sorted");
    }

    /// The history of a row as lines.
    pub async fn history(&self, table: &str, key: Row, history: &History) -> Vec<String> {
        let table = self.table(table).await;
        story(&wanted("history", self.lore.history(&table, &key, history).await))
    }

    /// The rows of a table at a moment.
    pub async fn rows_at(&self, table: &str, at: Timestamp) -> Vec<Row> {
        wanted("rows_at", self.past(table, at).await)
    }

    /// The rows of a table at a moment, or why that can't be told.
    pub async fn past(&self, table: &str, at: Timestamp) -> rowlore::Result<Vec<Row>> {
        let query = RowsAt { table: self.table(table).await, key: None, at: at.into(), limit: 100_000 };
        self.lore.rows_at(&query).await
    }
}

/// A second connection to the database under proof.
pub struct OtherSession(Box<dyn Session>);

impl OtherSession {
    /// Runs SQL.
    pub async fn run(&mut self, sql: impl AsRef<str>) {
        wanted(sql.as_ref(), self.0.execute(sql.as_ref()).await);
    }

    /// Runs SQL that must be refused; what the database said.
    pub async fn refused(&mut self, sql: impl AsRef<str>) -> String {
        match self.0.execute(sql.as_ref()).await {
            Ok(()) => panic!("the database took what it must refuse: {}", sql.as_ref()),
            Err(message) => message,
        }
    }

    /// The rows of a query, as text.
    pub async fn rows(&mut self, sql: impl AsRef<str>) -> Vec<TextRow> {
        wanted(sql.as_ref(), self.0.query(sql.as_ref()).await)
    }
}

/// The value, or the end of the test with what was asked and what the answer was.
#[track_caller]
pub fn wanted<T, E: Debug>(what: &str, answer: Result<T, E>) -> T {
    match answer {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}
