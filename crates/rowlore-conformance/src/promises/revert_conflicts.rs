//! What stands in the way of a revert is said by name, before anything is written; the other rows can still go back.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Events, Image, TrackedTable, Tracker};
use rowlore::read::Moment;
use rowlore::revert::{ConflictKind, Revert, RevertPlan};
use rowlore::{ErrorKind, TableName};
use serde_json::json;

use super::revert::{commit, contents, last, last_transaction, plan, revert, the};
use crate::db::Db;
use crate::subject::Step;

/// Why each row can't be put back.
fn why(plan: &RevertPlan) -> Vec<&ConflictKind> {
    plan.conflicts.iter().map(|conflict| &conflict.why).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text unique, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20), (3, 'c', 30)").await;
}

/// Only the rows in conflict stay behind, and only the columns that changed again are named.
pub(super) async fn changed_since(db: &Db) {
    books(db).await;
    commit(db, "update books set price = price + 1, title = title || '!'").await;
    let transaction = last_transaction(db).await;
    db.run("update books set price = 99 where id = 2").await;
    let planned = plan(db, &transaction).await;
    let since = ConflictKind::ChangedSince(vec![("price".to_owned(), json!(21), json!(99))]);
    assert_eq!(why(&planned), [&since]);
    assert_eq!(planned.writes.rows.len(), 2);

    db.run("insert into books values (4, 'd', 40)").await;
    let inserted = Revert::Event(last(db).await.event_id);
    db.run("update books set title = 'dd' where id = 4").await;
    let since = ConflictKind::ChangedSince(vec![("title".to_owned(), json!("d"), json!("dd"))]);
    assert_eq!(why(&plan(db, &inserted).await), [&since]);
}

pub(super) async fn gone_and_exists(db: &Db) {
    books(db).await;
    db.run("update books set price = 0 where id = 1").await;
    let changed = Revert::Event(last(db).await.event_id);
    db.run("delete from books where id = 1").await;
    let deleted = Revert::Event(last(db).await.event_id);
    assert_eq!(why(&plan(db, &changed).await), [&ConflictKind::Gone]);
    db.run("insert into books values (1, 'another', 7)").await;
    let planned = plan(db, &deleted).await;
    assert_eq!((why(&planned), planned.writes.rows.len()), (vec![&ConflictKind::Exists], 0));
}

pub(super) async fn already_as_it_should_be(db: &Db) {
    books(db).await;
    db.run("update books set price = 0 where id = 1").await;
    let changed = Revert::Event(last(db).await.event_id);
    db.run("update books set price = 10 where id = 1").await;
    let planned = plan(db, &changed).await;
    assert_eq!((planned.writes.rows.len(), planned.conflicts.len()), (0, 0));
    assert_eq!(planned.notes, [format!("one row of {} is as it should be already", db.table("books").await)]);
    let error = db.lore.revert(&planned, rowlore::Context::default()).await.expect_err("nothing to write");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
}

pub(super) async fn unique_clash(db: &Db) {
    books(db).await;
    let statements =
        ["delete from books where id = 1", "update books set title = 'x' where id = 2"].map(Step::sql);
    db.commit(None, statements).await;
    let transaction = last_transaction(db).await;
    db.run("insert into books values (7, 'a', 0), (8, 'b', 0)").await;
    let clash = ConflictKind::UniqueClash(names(&["title"]));
    assert_eq!(why(&plan(db, &transaction).await), [&clash, &clash]);
    db.run("delete from books where id = 7").await;
    let planned = plan(db, &transaction).await;
    assert_eq!((why(&planned), planned.writes.rows.len()), (vec![&clash], 1));
}

async fn shop(db: &Db) -> TableName {
    db.run_each([
        "create table orders (id bigint primary key, note text)",
        "create table lines (id bigint primary key, orderid bigint not null references orders (id))",
        "create table untracked (id bigint primary key, orderid bigint references orders (id))",
    ])
    .await;
    db.track([TrackedTable::new("orders"), TrackedTable::new("lines")]).await;
    db.run("insert into orders values (1, 'x'), (2, 'y')").await;
    db.run("insert into lines values (1, 1), (2, 2)").await;
    db.table("orders").await
}

pub(super) async fn missing_parent(db: &Db) {
    let orders = shop(db).await;
    db.run("delete from lines where id = 1").await;
    let deleted = Revert::Event(last(db).await.event_id);
    db.run("delete from orders where id = 1").await;
    let missing = ConflictKind::MissingParent { columns: names(&["orderid"]), table: orders };
    assert_eq!(why(&plan(db, &deleted).await), [&missing]);
    revert(db, &Revert::Deleted(the(db, "orders", 1).await)).await;
    revert(db, &deleted).await;
}

/// Rows that came since and point at what would go, of tables that nobody tracks too.
pub(super) async fn still_referenced(db: &Db) {
    shop(db).await;
    let statements = ["insert into orders values (3, 'z')", "insert into lines values (3, 3)"].map(Step::sql);
    db.commit(None, statements).await;
    let transaction = last_transaction(db).await;
    assert_eq!(why(&plan(db, &transaction).await), [] as [&ConflictKind; 0], "its own line goes with it");
    db.run("insert into untracked values (1, 3)").await;
    let planned = plan(db, &transaction).await;
    assert!(
        matches!(why(&planned)[..], [ConflictKind::StillReferenced(table)] if table.name == "untracked"),
        "{planned:#?}"
    );
    db.run("delete from untracked").await;
    db.run("insert into lines values (4, 3)").await;
    let planned = plan(db, &transaction).await;
    assert!(
        matches!(why(&planned)[..], [ConflictKind::StillReferenced(table)] if table.name == "lines"),
        "{planned:#?}"
    );
}

/// A column that was left out and must have a value stands in the way; one that may be null does not.
pub(super) async fn not_recorded(db: &Db) {
    db.run_each([
        "create table users (id bigint primary key, name text, password text not null)",
        "create table notes (id bigint primary key, body text, secret text)",
    ])
    .await;
    let without = |table: &str, column: &str| {
        TrackedTable::new(table).tracker(Tracker::default().columns(Columns::except([column])))
    };
    db.track([without("users", "password"), without("notes", "secret")]).await;
    db.run("insert into users values (1, 'ann', 'hash')").await;
    db.run("insert into notes values (1, 'b', 's')").await;
    db.run("update users set name = 'bob'").await;
    revert(db, &Revert::Event(last(db).await.event_id)).await;
    assert_eq!(db.value("select name || password from users").await, "annhash", "an update leaves it alone");
    db.run("delete from users").await;
    let planned = plan(db, &Revert::Deleted(the(db, "users", 1).await)).await;
    assert_eq!(why(&planned), [&ConflictKind::NotRecorded(names(&["password"]))]);
    db.run("delete from notes").await;
    let planned = revert(db, &Revert::Deleted(the(db, "notes", 1).await)).await;
    assert!(planned.notes.join("\n").contains("secret"), "{:?}", planned.notes);
    assert!(!planned.notes.join("\n").contains("body"), "{:?}", planned.notes);
}

/// A rule with a condition, or one image of two, does not say what the row was before: no guess is made.
pub(super) async fn what_was_before_is_not_known(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price");
    let others = Tracker::default().on([Insert, Delete]);
    db.track([TrackedTable::new("books").tracker(raised).tracker(others)]).await;
    db.run_each([
        "insert into books values (1, 'a', 10)",
        "update books set price = 20",
        "update books set price = 5",
        "update books set price = 6",
    ])
    .await;
    let planned = plan(db, &Revert::Event(last(db).await.event_id)).await;
    assert_eq!(why(&planned), [&ConflictKind::NotRecorded(names(&["price", "title"]))]);
    db.run("delete from books").await;
    revert(db, &Revert::Event(last(db).await.event_id)).await;
    assert_eq!(db.value("select price from books").await, "6", "a delete says all that is needed");
}

/// The way django-pghistory records by default: new rows, and old rows of updates and deletes. Every change is there.
pub(super) async fn old_images(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let new = Tracker::new("new").on([Insert]);
    let old = Tracker::new("old").on([Update, Delete]).image(Image::Old);
    db.track([TrackedTable::new("books").tracker(new).tracker(old)]).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    let before = contents(db, &["books"]).await;
    let statements = [
        "update books set price = 11",
        "update books set title = 'c' where id = 1",
        "delete from books where id = 2",
        "insert into books values (3, 'd', 30)",
    ];
    db.commit(None, statements.map(Step::sql)).await;
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &["books"]).await, before);
}

/// Nothing is recorded any more where this was: what was inserted and deleted is still known exactly, and no more.
pub(super) async fn recorded_by_an_earlier_event_table(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books").tracker(Tracker::default().events("first_events"))]).await;
    db.run("insert into books values (1, 'a'), (2, 'b')").await;
    let statements = [
        "delete from books where id = 1",
        "insert into books values (3, 'c')",
        "update books set title = 'x' where id = 2",
    ];
    db.commit(None, statements.map(Step::sql)).await;
    let transaction = last_transaction(db).await;
    db.track([TrackedTable::new("books")]).await;
    let planned = plan(db, &transaction).await;
    assert_eq!(why(&planned), [&ConflictKind::NotRecorded(names(&["title"]))]);
    db.lore.revert(&planned, rowlore::Context::default()).await.expect("the revert");
    let rows = db.rows("select id, title from books order by id").await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(rows, [[text("1"), text("a")], [text("2"), text("x")]]);
}

/// A column that changes without an event neither stands in the way nor loses what it is now.
pub(super) async fn ignored_columns(db: &Db) {
    db.run("create table books (id bigint primary key, title text, seen bigint)").await;
    db.track([TrackedTable::new("books").tracker(Tracker::default().ignore(["seen"]))]).await;
    db.run("insert into books values (1, 'a', 0)").await;
    let then = Moment::After(last(db).await.event_id);
    db.run("update books set title = 'b'").await;
    let renamed = Revert::Event(last(db).await.event_id);
    db.run("update books set seen = 5").await;
    revert(db, &renamed).await;
    assert_eq!(db.value("select title || seen from books").await, "a5");
    db.run("update books set title = 'c'").await;
    let planned = revert(db, &Revert::Row(the(db, "books", 1).await, then)).await;
    assert_eq!(db.value("select title || seen from books").await, "a5");
    assert!(planned.notes.join("\n").contains("seen"), "{:?}", planned.notes);
}

/// An event that does not say of which row it is can't be undone.
pub(super) async fn events_without_a_key(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")
        .tracker(Tracker::default())
        .event_table(Events::default().without_key())])
        .await;
    commit(db, "insert into books values (1, 'a')").await;
    let planned = plan(db, &last_transaction(db).await).await;
    assert_eq!(why(&planned), [&ConflictKind::NotRecorded(names(&["id"]))]);
    assert_eq!(planned.writes.rows.len(), 0);
}

pub(super) async fn tables_that_are_not_tracked_any_more(db: &Db) {
    books(db).await;
    db.run("create table others (id bigint primary key)").await;
    commit(db, "update books set price = 0 where id = 1").await;
    let changed = last_transaction(db).await;
    db.track([TrackedTable::new("others")]).await;
    let refused = async |expected: &str| {
        let error = db.lore.plan_revert(&changed).await.expect_err("a plan for a table that is not tracked");
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        assert!(error.to_string().contains("books") && error.to_string().contains(expected), "{error}");
        assert!(error.hint_text().is_some(), "{error}");
    };
    refused("not tracked any more").await;
    db.run("drop table books").await;
    refused("not there any more").await;
}

pub(super) async fn nothing_of_it_is_recorded(db: &Db) {
    books(db).await;
    let number = last(db).await.event_id;
    for (revert, named) in [
        (Revert::Event(number + 1000), format!("event {}", number + 1000)),
        (Revert::Transaction(999_999_999), "transaction 999999999".to_owned()),
        (Revert::Context(999_999), "context 999999".to_owned()),
        (Revert::Request("no such request".to_owned()), "request no such request".to_owned()),
    ] {
        let error = db.lore.plan_revert(&revert).await.expect_err("a plan for nothing");
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
        assert!(error.to_string().contains(&named), "{error}");
    }
}
