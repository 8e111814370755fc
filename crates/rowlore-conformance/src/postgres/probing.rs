//! A probe writes, looks, and leaves nothing behind.

use rowlore::declare::{Operation, TrackedTable, Tracker};
use rowlore::engine::{Engine as _, Probed};

use super::ways_to_write::books;
use crate::db::{Db, wanted};

/// What a probe says of each operation, in one line.
async fn probe(db: &Db, table: &str) -> Vec<String> {
    let table = db.table(table).await;
    let probes = wanted("probe", db.lore.engine().probe(&table).await);
    let line = |probe: rowlore::engine::Probe| match probe.result {
        Probed::Recorded => format!("{} recorded", probe.operation.name()),
        Probed::Missed => format!("{} missed", probe.operation.name()),
        Probed::Unknown(why) => format!("{} unknown: {why}", probe.operation.name()),
    };
    probes.into_iter().map(line).collect()
}

const ALL: [&str; 4] = ["insert recorded", "update recorded", "delete recorded", "truncate recorded"];

pub(super) async fn all_is_recorded_and_nothing_stays(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1), (2, 'b', 2)").await;
    let before = (db.rows("select * from books order by id").await, db.events("books").await);
    assert_eq!(probe(db, "books").await, ALL);
    assert_eq!((db.rows("select * from books order by id").await, db.events("books").await), before);
}

pub(super) async fn an_empty_table(db: &Db) {
    db.run("create table notes (id bigint generated always as identity primary key, text text default 'x')")
        .await;
    db.track([TrackedTable::new("notes")]).await;
    assert_eq!(probe(db, "notes").await, ALL);
    assert_eq!(db.value("select count(*) from notes").await, "0");
    books(db).await;
    let told = probe(db, "books").await;
    assert!(
        told[0].starts_with("insert unknown: the database refused the write (SQLSTATE 23502, column id"),
        "{told:?}"
    );
    assert!(told[1].starts_with("update unknown: the table has no row"), "{told:?}");
}

pub(super) async fn what_does_not_fire_is_missed(db: &Db) {
    let missed = ["insert missed", "update missed", "delete missed", "truncate missed"];
    books(db).await;
    db.run("insert into books values (1, 'a', 1)").await;
    db.run("alter table books disable trigger rowlore_update").await;
    assert_eq!(probe(db, "books").await, [ALL[0], "update missed", ALL[2], ALL[3]]);
    db.run("alter table books enable replica trigger rowlore_update").await;
    assert_eq!(probe(db, "books").await[1], "update missed");
    db.run("alter table books enable trigger rowlore_update").await;
    db.run("drop trigger rowlore_delete on books").await;
    assert_eq!(probe(db, "books").await[2], "delete missed");
    db.apply([TrackedTable::new("books")]).await;
    assert_eq!(probe(db, "books").await, ALL);
    db.run(
        "create or replace function rowlore.capture_books_insert() returns trigger language plpgsql as \
            $$ begin return null; end $$",
    )
    .await;
    assert_eq!(probe(db, "books").await[0], "insert missed");
    db.run("do $$ begin execute format('alter database %I set session_replication_role = replica', current_database()); end $$")
        .await;
    let lore = db.other_handle().await;
    let table = db.table("books").await;
    let probes = wanted("probe", lore.engine().probe(&table).await);
    assert_eq!(probes.iter().filter(|probe| probe.result == Probed::Missed).count(), missed.len());
}

pub(super) async fn conditions_may_not_hold(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let raised = Tracker::new("raised").on([Operation::Update]).when("new.price > old.price + 100");
    let gone = Tracker::new("gone").on([Operation::Delete]).when("old.title = 'never'");
    db.apply([TrackedTable::new("books").tracker(raised).tracker(gone)]).await;
    db.run("insert into books values (1, 'a', 1)").await;
    let why = "unknown: its condition did not hold for the probe";
    assert_eq!(probe(db, "books").await, [format!("update {why}"), format!("delete {why}")]);
}

pub(super) async fn every_kind_of_table(db: &Db) {
    db.run_each([
        "create table parents (id int primary key)",
        "create table children (id int primary key, parent int references parents, n int, d text generated always as ('x') stored)",
        "create table sales (id int, part int, n int, primary key (id, part)) partition by list (part)",
        "create table sales_1 partition of sales for values in (1)",
        "create table locked (id int primary key, n int)",
        "create table strict (id int primary key, a char(2) check (a in ('ab', 'cd')), b boolean)",
    ])
    .await;
    db.track(["parents", "children", "sales", "locked", "strict"].map(TrackedTable::new)).await;
    db.run_each([
        "insert into parents values (1)",
        "insert into children (id, parent) values (1, 1)",
        "insert into sales values (1, 1, 1)",
        "insert into locked values (1, 1)",
        "insert into strict values (1, 'ab', null)",
    ])
    .await;
    assert_eq!(probe(db, "children").await, ALL);
    assert_eq!(probe(db, "sales").await, ALL);
    assert_eq!(probe(db, "strict").await, ALL, "a column that can't be changed is passed over");
    let told = probe(db, "parents").await;
    assert!(told[2].contains("23503") && told[2].contains("children_parent_fkey"), "{told:?}");
    assert_eq!(told[3], "truncate unknown: other tables reference it");
    let mut other = db.other_session().await;
    other.run("begin; update locked set n = 2").await;
    let told = probe(db, "locked").await;
    assert_eq!(told[1], "update unknown: the table has no row that could be written");
    assert_eq!(told[3], "truncate unknown: others are using it");
    other.run("rollback").await;
}
