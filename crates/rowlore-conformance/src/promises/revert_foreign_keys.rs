//! Reverted rows are written in an order that the database takes, whatever points at what.

use rowlore::declare::TrackedTable;
use rowlore::revert::{ConflictKind, Revert};

use super::revert::{contents, last_transaction, plan, revert, the, undone};
use crate::db::Db;
use crate::subject::Step;

async fn orders(db: &Db) {
    db.run_each([
        "create table orders (id bigint primary key, note text)",
        "create table lines (orderid bigint references orders (id) on update cascade on delete cascade,
            number bigint, what text, primary key (orderid, number))",
        "create table remarks (id bigint primary key, orderid bigint, number bigint,
            foreign key (orderid, number) references lines (orderid, number) on update cascade)",
    ])
    .await;
    db.track(ORDERS.map(TrackedTable::new)).await;
    db.run_each([
        "insert into orders values (1, 'x'), (2, 'y')",
        "insert into lines values (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c')",
        "insert into remarks values (1, 1, 1), (2, 2, 1)",
    ])
    .await;
}

const ORDERS: [&str; 3] = ["orders", "lines", "remarks"];

/// A changed key goes back, with all that followed it: through composite keys, two levels down.
pub(super) async fn key_changes(db: &Db) {
    orders(db).await;
    undone(db, &ORDERS, ["update orders set id = 9 where id = 1"]).await;
    let statements = [
        "update lines set what = 'z' where orderid = 1",
        "update orders set id = 9, note = 'moved' where id = 1",
        "update lines set number = 7 where orderid = 9 and number = 1",
        "insert into lines values (9, 8, 'new')",
    ];
    undone(db, &ORDERS, statements).await;
    // The key that a row left was taken by another.
    let statements = ["update orders set id = 9 where id = 2", "insert into orders values (2, 'another')"];
    undone(db, &ORDERS, statements).await;
}

/// Keys that go round can't be told apart while they are written one by one: that is said, and nothing is tried.
pub(super) async fn keys_that_go_round(db: &Db) {
    orders(db).await;
    let statements = [
        "update orders set id = 9 where id = 1",
        "update orders set id = 1 where id = 2",
        "update orders set id = 2 where id = 9",
    ];
    db.commit(None, statements.map(Step::sql)).await;
    let planned = plan(db, &last_transaction(db).await).await;
    let clashes = planned
        .conflicts
        .iter()
        .filter(|one| matches!(&one.why, ConflictKind::UniqueClash(key) if *key == ["id"]));
    assert_eq!(clashes.count(), 2, "{planned:#?}");
}

pub(super) async fn swapped_unique_values(db: &Db) {
    db.run("create table books (id bigint primary key, title text unique)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a'), (2, 'b'), (3, 'c')").await;
    let statements = [
        "update books set title = 'tmp' where id = 1",
        "update books set title = 'a' where id = 2",
        "update books set title = 'b' where id = 1",
    ];
    undone(db, &["books"], statements).await;
    let ring = [
        "update books set title = 'tmp' where id = 1",
        "update books set title = 'a' where id = 2",
        "update books set title = 'b' where id = 3",
        "update books set title = 'c' where id = 1",
    ];
    undone(db, &["books"], ring).await;
    // A value that went from a deleted row to a new one.
    undone(db, &["books"], ["delete from books where id = 1", "insert into books values (4, 'a')"]).await;
}

pub(super) async fn a_tree(db: &Db) {
    db.run(
        "create table folders (id bigint primary key, name text,
            parent bigint references folders (id) on delete cascade)",
    )
    .await;
    db.track([TrackedTable::new("folders")]).await;
    // Children with lower numbers than their parents, so that no order by key does by accident.
    db.run_each([
        "insert into folders values (9, 'root', null), (20, 'other root', null)",
        "insert into folders values (5, 'child', 9), (7, 'child', 9)",
        "insert into folders values (2, 'grandchild', 5), (30, 'grandchild', 7)",
        "insert into folders values (1, 'leaf', 30), (12, 'its own parent', 12)",
    ])
    .await;
    undone(db, &["folders"], ["delete from folders where id in (9, 12)"]).await;
    let before = contents(db, &["folders"]).await;
    db.run("delete from folders where id = 9").await;
    revert(db, &Revert::Deleted(the(db, "folders", 9).await)).await;
    assert_eq!(contents(db, &["folders"]).await, before);
    let statements = [
        "insert into folders values (40, 'new', 9), (41, 'new', 40)",
        "update folders set parent = 41 where id = 5",
        "update folders set parent = 20 where id = 7",
    ];
    undone(db, &["folders"], statements).await;
}

/// Rows that point at each other come back while their constraint waits until the end of the transaction.
pub(super) async fn a_cycle_of_deferrable_constraints(db: &Db) {
    db.run(
        "create table people (id bigint primary key,
            partner bigint not null references people (id) deferrable initially deferred)",
    )
    .await;
    db.track([TrackedTable::new("people")]).await;
    db.run("insert into people values (1, 2), (2, 1)").await;
    let planned = undone(db, &["people"], ["delete from people"]).await;
    assert!(planned.notes.join("\n").contains("deferrable"), "{:?}", planned.notes);
    let planned = undone(db, &["people"], ["insert into people values (3, 4), (4, 3)"]).await;
    assert!(planned.notes.join("\n").contains("deferrable"), "{:?}", planned.notes);
}
