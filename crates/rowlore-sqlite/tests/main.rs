//! The SQLite engine's own cases. One test binary; each file is one part of what SQLite does in its own way.

// Whatever goes wrong here is a failed test, in the functions around the tests too.
#![allow(clippy::unwrap_used)]

mod applying;

mod baseline;

mod capturing;

mod conformance;

mod context;

mod cost;

mod inspecting;

mod manual;

mod opening;

mod periods;

mod probing;

mod read_cost;

mod reading;

mod regressions;

mod rendering;

mod suspending;

mod upgrading;

mod writing;

use rowlore::declare::TrackedTable;
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Change, History, Lore, Row, TableName, Value, check};
use rowlore_sqlite::{Sqlite, wait};

type Db = Lore<Sqlite>;

/// A database in memory after this SQL.
fn database(sql: &str) -> Db {
    let lore = Lore::new(Sqlite::in_memory().unwrap());
    run(&lore, sql);
    lore
}

/// A database in memory after this SQL, with these tables tracked.
fn tracked(sql: &str, tables: impl IntoIterator<Item = TrackedTable>) -> Db {
    let lore = database(sql);
    apply(&lore, tables);
    lore
}

/// Applies, and makes sure that nothing is left to do.
fn apply(lore: &Db, tables: impl IntoIterator<Item = TrackedTable>) {
    let declared = check(tables).unwrap();
    let plan = wait(lore.plan(&declared)).unwrap();
    wait(lore.apply(&plan)).unwrap();
    let again = wait(lore.plan(&declared)).unwrap();
    assert!(again.is_empty(), "{}", rowlore::plan::explain::explain(&again, true));
}

fn run(lore: &Db, sql: &str) {
    lore.engine().with(|connection| connection.execute_batch(sql)).unwrap();
}

fn table(name: &str) -> TableName {
    TableName::new("", name)
}

fn row(json: Value) -> Row {
    json.as_object().unwrap().clone()
}

/// Everything that was recorded, oldest first.
fn changes(lore: &Db) -> Vec<Change> {
    let query = EventQuery { limit: usize::MAX, ..EventQuery::default() };
    let mut all = wait(lore.events(&query)).unwrap();
    all.reverse();
    all
}

/// The same in short: `update {"id":1}`.
fn story(lore: &Db) -> Vec<String> {
    let short = |change: &Change| format!("{} {}", change.label, Value::Object(change.key.clone()));
    changes(lore).iter().map(short).collect()
}

fn history(lore: &Db, name: &str, key: Value) -> Vec<Change> {
    wait(lore.history(&table(name), &row(key), &History::default())).unwrap()
}

fn rows_now(lore: &Db, name: &str) -> Vec<Row> {
    let query = RowsAt { table: table(name), key: None, at: rowlore::Timestamp::now().into(), limit: 1000 };
    wait(lore.rows_at(&query)).unwrap()
}
