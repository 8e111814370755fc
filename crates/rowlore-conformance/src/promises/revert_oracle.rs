//! Whatever one transaction does to tables with foreign keys: reverted while nothing else happened, all is as it was.
//!
//! Statements are generated, and each is written so that no constraint can refuse it. What the tables held before is
//! asked of the database itself: nothing of rowlore's takes part in it.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use rowlore::Context;
use rowlore::declare::TrackedTable;
use rowlore::read::EventQuery;
use tokio::runtime::Runtime;

use super::revert::{contents, last_transaction, revert};
use crate::db::Db;
use crate::subject::{Fresh, Step};

/// Cases, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 48;

/// What proptest does by default, by which we see that nobody asked for another number.
const CASES_OF_PROPTEST: u32 = 256;

const TABLES: [&str; 4] = ["authors", "books", "notes", "marks"];

const SCHEMA: [&str; 4] = [
    "create table authors (id bigint primary key, name text, mentor bigint references authors (id) on delete set null
        on update cascade)",
    "create table books (id bigint primary key, slug text unique, price bigint,
        author bigint references authors (id) on delete cascade on update cascade)",
    "create table notes (id bigint primary key, body text,
        book bigint references books (id) on delete set null on update cascade)",
    "create table marks (author bigint references authors (id) on delete cascade on update cascade,
        book bigint references books (id) on delete cascade on update cascade, primary key (author, book))",
];

pub(super) fn a_transaction_leaves_no_trace(runtime: &Runtime, fresh: Fresh) {
    let default = Config::default();
    let cases = if default.cases == CASES_OF_PROPTEST { CASES } else { default.cases };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..default });
    let some = || prop::collection::vec(statement(), 1..9);
    let result = runner.run(&(some(), some()), |(before, transaction)| {
        runtime.block_on(one_case(fresh, &before, &transaction));
        Ok(())
    });
    if let Err(TestError::Fail(why, case)) = result {
        panic!("{why}\nthe smallest case found:\n{case:#?}");
    }
    result.map_or_else(|error| panic!("{error}"), |()| ());
}

/// What may be done, with small numbers so that rows meet.
#[derive(Debug, Clone)]
enum Statement {
    Insert(usize, i64, i64),
    Change(i64, i64),
    Repoint(usize, i64, i64),
    Delete(usize, i64),
    Rekey(usize, i64),
}

fn statement() -> impl Strategy<Value = Statement> {
    let id = || 1..6_i64;
    prop_oneof![
        4 => (0..TABLES.len(), id(), id()).prop_map(|(table, id, other)| Statement::Insert(table, id, other)),
        2 => (id(), id()).prop_map(|(id, other)| Statement::Change(id, other)),
        2 => (0..3_usize, id(), id()).prop_map(|(table, id, other)| Statement::Repoint(table, id, other)),
        2 => (0..TABLES.len(), id()).prop_map(|(table, id)| Statement::Delete(table, id)),
        1 => (0..2_usize, id()).prop_map(|(table, id)| Statement::Rekey(table, id)),
    ]
}

impl Statement {
    /// In SQL; `number` is the statement's own, for keys that no row had.
    fn sql(&self, number: usize) -> String {
        let parent = |table: &str, id: i64| format!("(select max(id) from {table} where id <= {id})");
        match self {
            Self::Insert(0, id, other) => format!(
                "insert into authors select {id}, 'n{other}', {} where not exists (select 1 from authors where id = {id})",
                parent("authors", *other)
            ),
            Self::Insert(1, id, other) => format!(
                "insert into books select {id}, null, {other}, {} where not exists (select 1 from books where id = {id})",
                parent("authors", *other)
            ),
            Self::Insert(2, id, other) => format!(
                "insert into notes select {id}, 'b{other}', {} where not exists (select 1 from notes where id = {id})",
                parent("books", *other)
            ),
            Self::Insert(_, id, other) => format!(
                "insert into marks select a.id, b.id from authors a, books b where a.id <= {id} and b.id <= {other}
                    and not exists (select 1 from marks m where m.author = a.id and m.book = b.id)"
            ),
            Self::Change(id, other) => format!(
                "update books set price = price + 1, slug = 's{other}' where id = {id}
                    and not exists (select 1 from books b where b.slug = 's{other}')"
            ),
            Self::Repoint(table, id, other) => {
                let (column, target) = [("mentor", "authors"), ("author", "authors"), ("book", "books")][*table];
                let table = TABLES[*table];
                format!("update {table} set {column} = {} where id = {id}", parent(target, *other))
            }
            Self::Delete(3, id) => format!("delete from marks where author = {id} or book = {id}"),
            Self::Delete(table, id) => format!("delete from {} where id = {id}", TABLES[*table]),
            Self::Rekey(table, id) => {
                format!("update {} set id = {} where id = {id}", TABLES[*table], 100 + number)
            }
        }
    }
}

async fn one_case(fresh: Fresh, before: &[Statement], transaction: &[Statement]) {
    let db = Db::open(fresh, "revert_oracle").await;
    db.run_each(SCHEMA).await;
    db.track(TABLES.map(TrackedTable::new)).await;
    for (number, statement) in before.iter().enumerate() {
        db.run(statement.sql(number)).await;
    }
    let was = contents(&db, &TABLES).await;
    let newest = newest(&db).await;
    let steps = transaction.iter().enumerate().map(|(number, one)| Step::sql(one.sql(50 + number)));
    db.commit(Context::actor("ann"), steps.collect::<Vec<_>>()).await;
    if self::newest(&db).await == newest {
        return;
    }
    let done = contents(&db, &TABLES).await;
    let transaction = last_transaction(&db).await;
    let planned = super::revert::plan(&db, &transaction).await;
    assert_eq!(planned.conflicts, []);
    if planned.writes.rows.is_empty() {
        assert_eq!(done, was, "something was done, and nothing is to be undone");
        return;
    }
    revert(&db, &transaction).await;
    assert_eq!(contents(&db, &TABLES).await, was, "reverted by {planned:#?}");
    revert(&db, &last_transaction(&db).await).await;
    assert_eq!(contents(&db, &TABLES).await, done, "and that reverted again");
}

/// The number of the newest event.
async fn newest(db: &Db) -> Option<i64> {
    let newest = db.ask(&EventQuery { limit: 1, ..EventQuery::default() }).await;
    newest.first().map(|event| event.event_id)
}
