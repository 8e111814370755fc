//! What was recorded can be undone: an event, a row, a deleted row with all that went with it, a context, a request, a
//! transaction. First as a plan that writes nothing; then in one transaction that says what it reverts.

use rowlore::declare::TrackedTable;
use rowlore::read::{EventQuery, Moment, RowRef};
use rowlore::revert::{Revert, RevertPlan, WriteAction};
use rowlore::{Change, Context, ErrorKind, Row};
use serde_json::{Value, json};

use crate::db::{Db, wanted};
use crate::subject::{Step, TextRow};

/// Every row of these tables.
pub(super) async fn contents(db: &Db, tables: &[&str]) -> Vec<Vec<TextRow>> {
    let mut all = Vec::new();
    for table in tables {
        let mut rows = db.rows(format!("select * from {table}")).await;
        rows.sort();
        all.push(rows);
    }
    all
}

pub(super) fn key(value: &Value) -> Row {
    value.as_object().cloned().expect("a key")
}

/// The row of that `id`.
pub(super) async fn the(db: &Db, table: &str, id: i64) -> RowRef {
    RowRef::new(db.table(table).await, key(&json!({"id": id})))
}

/// The newest event.
pub(super) async fn last(db: &Db) -> Change {
    db.ask(&EventQuery { limit: 1, ..EventQuery::default() }).await.pop().expect("an event")
}

/// The transaction of the newest event.
pub(super) async fn last_transaction(db: &Db) -> Revert {
    Revert::Transaction(last(db).await.xid.expect("a transaction's number"))
}

pub(super) async fn plan(db: &Db, revert: &Revert) -> RevertPlan {
    wanted("a plan", db.lore.plan_revert(revert).await)
}

/// One statement, in a transaction that has a number on every engine.
pub(super) async fn commit(db: &Db, sql: &str) {
    db.commit(None, vec![Step::sql(sql)]).await;
}

/// Reverts without a conflict; the plan.
pub(super) async fn revert(db: &Db, revert: &Revert) -> RevertPlan {
    let planned = plan(db, revert).await;
    assert_eq!(planned.conflicts, [], "{revert:?}");
    wanted("the revert", db.lore.revert(&planned, Context::actor("undoer")).await);
    planned
}

/// Runs a transaction; reverted, it must leave these tables as they were before it.
pub(crate) async fn undone<const N: usize>(db: &Db, tables: &[&str], statements: [&str; N]) -> RevertPlan {
    let before = contents(db, tables).await;
    db.commit(Context::actor("doer"), statements.map(Step::sql)).await;
    assert_ne!(contents(db, tables).await, before, "nothing was done");
    let planned = revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, tables).await, before, "after the revert: {planned:#?}");
    planned
}

pub(super) async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', null), (3, 'c', 30)").await;
}

pub(super) async fn one_event(db: &Db) {
    books(db).await;
    let statements = [
        "insert into books values (4, 'd', 40)",
        "update books set price = 11, title = null where id = 1",
        "update books set price = 5 where id = 2",
        "delete from books where id = 3",
        "update books set id = 9, price = 0 where id = 1",
    ];
    for statement in statements {
        let before = contents(db, &["books"]).await;
        db.run(statement).await;
        let planned = revert(db, &Revert::Event(last(db).await.event_id)).await;
        assert_eq!(contents(db, &["books"]).await, before, "{statement}");
        assert_eq!((planned.writes.rows.len(), planned.notes.len()), (1, 0), "{statement}");
    }
}

/// An event is undone by itself: what happened to the row afterwards, in other columns, stays.
pub(super) async fn an_event_in_the_middle(db: &Db) {
    books(db).await;
    db.run("update books set price = 11 where id = 1").await;
    let raised = last(db).await.event_id;
    db.run("update books set title = 'later' where id = 1").await;
    revert(db, &Revert::Event(raised)).await;
    assert_eq!(db.value("select title || price from books where id = 1").await, "later10");
}

pub(super) async fn a_row_to_a_moment(db: &Db) {
    books(db).await;
    let then = Moment::After(last(db).await.event_id);
    let before = contents(db, &["books"]).await;
    db.run_each([
        "update books set price = 11 where id = 1",
        "update books set id = 7 where id = 1",
        "update books set title = 'z' where id = 7",
        "delete from books where id = 2",
        "insert into books values (8, 'new', 0)",
        "update books set price = 0 where id = 3",
        "delete from books where id = 3",
        "insert into books values (3, 'another', 3)",
    ])
    .await;
    for id in [7, 2, 8, 3] {
        revert(db, &Revert::Row(the(db, "books", id).await, then)).await;
    }
    assert_eq!(contents(db, &["books"]).await, before);
    // Under its old key a row is found too, and one that is right already is left alone.
    db.run("update books set id = 5, price = 55 where id = 1").await;
    revert(db, &Revert::Row(the(db, "books", 1).await, then)).await;
    assert_eq!(contents(db, &["books"]).await, before);
    let planned = plan(db, &Revert::Row(the(db, "books", 1).await, then)).await;
    assert_eq!((planned.writes.rows.len(), planned.conflicts.len()), (0, 0));
    let never = db.lore.plan_revert(&Revert::Row(the(db, "books", 99).await, then)).await;
    assert_eq!(never.expect_err("a row that never was").kind(), ErrorKind::Request);
}

/// By time: the moment between two statements.
pub(super) async fn a_row_to_a_time(db: &Db) {
    books(db).await;
    db.run("update books set price = 11 where id = 1").await;
    let then = last(db).await.at;
    db.run("update books set price = 12 where id = 2").await;
    while last(db).await.at <= then {
        db.run("update books set price = price + 1 where id = 2").await;
    }
    db.run("update books set price = 99 where id = 1").await;
    revert(db, &Revert::Row(the(db, "books", 1).await, then.into())).await;
    assert_eq!(db.value("select price from books where id = 1").await, "11");
}

/// Authors with books (which go with them), reviews (which lose their pointer), and tags by a join table.
pub(super) async fn library(db: &Db) {
    db.run_each([
        "create table authors (id bigint primary key, name text)",
        "create table books (id bigint primary key, title text,
            author bigint references authors (id) on delete cascade)",
        "create table reviews (id bigint primary key, stars bigint,
            book bigint references books (id) on delete set null)",
        "create table tags (id bigint primary key, word text)",
        "create table book_tags (book bigint references books (id) on delete cascade,
            tag bigint references tags (id) on delete cascade, primary key (book, tag))",
    ])
    .await;
    db.track(LIBRARY.map(TrackedTable::new)).await;
    db.run_each([
        "insert into authors values (1, 'ann'), (2, 'bob')",
        "insert into books values (1, 'a1', 1), (2, 'a2', 1), (3, 'b1', 2)",
        "insert into reviews values (1, 5, 1), (2, 4, 1), (3, 3, 3), (4, 1, null)",
        "insert into tags values (1, 'x'), (2, 'y')",
        "insert into book_tags values (1, 1), (1, 2), (2, 1), (3, 2)",
    ])
    .await;
}

pub(super) const LIBRARY: [&str; 5] = ["authors", "books", "reviews", "tags", "book_tags"];

pub(super) async fn a_transaction(db: &Db) {
    library(db).await;
    let statements = [
        "insert into authors values (3, 'eve')",
        "update books set author = 3, title = 'stolen' where id = 2",
        "delete from authors where id = 2",
        "insert into reviews values (9, 0, 2)",
        "update reviews set stars = 0",
        "delete from book_tags where tag = 1",
        "insert into book_tags values (2, 2)",
        "update tags set word = 'z' where id = 1",
    ];
    undone(db, &LIBRARY, statements).await;
}

/// All that a context did, in several transactions; what others did in between stays.
pub(super) async fn a_context_and_a_request(db: &Db) {
    books(db).await;
    let sql = |sql: &str| vec![Step::sql(sql)];
    let request = |reason: &str| Context::actor("ann").request("req-1").because(reason);
    db.commit(request("first"), sql("update books set price = 11 where id = 1")).await;
    db.commit(Context::actor("bob"), sql("update books set title = 'bob was here' where id = 1")).await;
    db.commit(request("second"), sql("update books set price = 12 where id in (1, 2)")).await;
    let context = last(db).await.context_id.expect("a context's number");
    let planned = plan(db, &Revert::Context(context)).await;
    assert_eq!((planned.writes.rows.len(), planned.conflicts.len()), (2, 0), "{planned:#?}");
    revert(db, &Revert::Request("req-1".to_owned())).await;
    let prices = db.rows("select title, price from books where id in (1, 2) order by id").await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(prices, [[text("bob was here"), text("10")], [text("b"), None]]);
}

pub(super) async fn the_plan_writes_nothing(db: &Db) {
    library(db).await;
    commit(db, "delete from authors where id = 1").await;
    let (before, events) = (contents(db, &LIBRARY).await, last(db).await.event_id);
    let found = db.found().await;
    plan(db, &last_transaction(db).await).await;
    plan(db, &Revert::Deleted(the(db, "authors", 1).await)).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
    assert_eq!(last(db).await.event_id, events);
    let (then, now) = (found.registered, db.found().await.registered);
    assert_eq!(then, now);
}

pub(super) async fn it_is_recorded_as_a_revert(db: &Db) {
    books(db).await;
    commit(db, "update books set price = 11 where id = 1").await;
    let done = last(db).await;
    let transaction = done.xid.expect("a transaction's number");
    let planned = plan(db, &Revert::Transaction(transaction)).await;
    assert_eq!(planned.of, format!("transaction {transaction}"));
    let written =
        wanted("the revert", db.lore.revert(&planned, Context::actor("undoer").with("ip", "::1")).await);
    let recorded = last(db).await;
    assert_eq!((written.rows, written.xid), (1, recorded.xid));
    assert_ne!(recorded.xid, done.xid);
    assert_eq!(recorded.context.actor.as_deref(), Some("undoer"));
    assert_eq!(recorded.context.reason, Some(format!("revert of transaction {transaction}")));
    let data = json!({"ip": "::1", "revert": {"transaction": transaction}});
    assert_eq!(Value::Object(recorded.context.data), data);

    let planned = plan(db, &Revert::Event(recorded.event_id)).await;
    wanted("the revert", db.lore.revert(&planned, Context::default().because("it was right")).await);
    let again = last(db).await.context;
    assert_eq!(again.reason.as_deref(), Some("it was right"));
    assert_eq!(again.data["revert"], json!({"event": recorded.event_id}));
}

pub(super) async fn a_revert_of_a_revert_gives_back_the_original(db: &Db) {
    library(db).await;
    let before = contents(db, &LIBRARY).await;
    commit(db, "delete from authors where id = 1").await;
    let after = contents(db, &LIBRARY).await;
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &LIBRARY).await, after);
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
}

/// A row that changes between the plan and its writing: nothing is written at all, and the error says to plan again.
pub(super) async fn changed_between_plan_and_revert(db: &Db) {
    books(db).await;
    let statements = [
        "update books set price = 0 where id < 3",
        "delete from books where id = 3",
        "insert into books values (4, 'd', 40)",
    ];
    let meanwhile = [
        "update books set price = 1 where id = 2",
        "delete from books where id = 2",
        "update books set title = 'changed' where id = 4",
    ];
    for change in meanwhile {
        db.commit(None, statements.map(Step::sql)).await;
        let transaction = last_transaction(db).await;
        let planned = plan(db, &transaction).await;
        assert_eq!(planned.conflicts, []);
        db.run(change).await;
        let (before, newest) = (contents(db, &["books"]).await, last(db).await.event_id);
        let error = db.lore.revert(&planned, Context::default()).await.expect_err("a row changed meanwhile");
        assert_eq!(error.kind(), ErrorKind::Retry, "{error}");
        assert_eq!(contents(db, &["books"]).await, before, "{change}");
        assert_eq!(last(db).await.event_id, newest, "{change}");
        assert_eq!(plan(db, &transaction).await.conflicts.len(), 1, "planned again, it is a conflict");
        db.run("delete from books").await;
        db.run("insert into books values (1, 'a', 10), (2, 'b', null), (3, 'c', 30)").await;
    }
}

/// `test_models.py` of django-pghistory: back to each of three earlier states, null pointer included; and an event that
/// holds only some columns is no ground for putting a row back.
pub(super) async fn three_reverts_and_a_partial_one(db: &Db) {
    db.run_each([
        "create table users (id bigint primary key)",
        "create table books (id bigint primary key, title text not null, owner bigint references users (id))",
    ])
    .await;
    db.track([TrackedTable::new("users"), TrackedTable::new("books")]).await;
    let (mut states, mut moments) = (Vec::new(), Vec::new());
    db.run("insert into users values (1)").await;
    for statement in [
        "insert into books values (1, 'a', 1)",
        "update books set title = 'b'",
        "update books set owner = null",
        "delete from books",
    ] {
        db.run(statement).await;
        states.push(contents(db, &["books"]).await);
        moments.push(Moment::After(last(db).await.event_id));
    }
    for index in [0, 2, 1, 3, 0] {
        revert(db, &Revert::Row(the(db, "books", 1).await, moments[index])).await;
        assert_eq!(contents(db, &["books"]).await, states[index]);
    }
    let partial = || TrackedTable::new("books").except(["title"]);
    db.track([TrackedTable::new("users"), partial()]).await;
    db.run("delete from books").await;
    let planned = plan(db, &Revert::Deleted(the(db, "books", 1).await)).await;
    let why: Vec<String> = planned.conflicts.iter().map(|conflict| format!("{:?}", conflict.why)).collect();
    assert_eq!(why, [r#"NotRecorded(["title"])"#]);
    assert_eq!(planned.writes.rows, []);
}

/// PostgreSQL only: what a truncate took comes back as it was right before.
pub(super) async fn truncate(db: &Db) {
    if !db.words.truncates {
        return;
    }
    library(db).await;
    db.run("update reviews set stars = 2 where id = 1").await;
    let statements = ["insert into tags values (7, 'seven')", "truncate reviews, books, book_tags"];
    undone(db, &LIBRARY, statements).await;
    let before = contents(db, &LIBRARY).await;
    db.run("truncate reviews").await;
    revert(db, &Revert::Deleted(the(db, "reviews", 1).await)).await;
    assert_eq!(db.value("select count(*) from reviews").await, "1");
    db.run("delete from reviews").await;
    let emptied =
        db.ask(&EventQuery { ops: vec![rowlore::Op::Truncate], limit: 1, ..EventQuery::default() }).await;
    revert(db, &Revert::Event(emptied[0].event_id)).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
}

/// What the database computes is left to it; a column added since gets its default, and the plan says so.
pub(super) async fn computed_and_later_columns(db: &Db) {
    db.run(
        "create table books (id bigint primary key, price bigint,
            twice bigint generated always as (price * 2) stored)",
    )
    .await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books (id, price) values (1, 10), (2, 20)").await;
    undone(db, &["books"], ["update books set price = 11", "delete from books where id = 2"]).await;
    db.run("delete from books where id = 1").await;
    db.run("alter table books add column stock bigint default 7").await;
    let planned = revert(db, &Revert::Deleted(the(db, "books", 1).await)).await;
    assert_eq!(db.rows("select id, price, twice, stock from books where id = 1").await.len(), 1);
    assert_eq!(db.value("select twice + stock from books where id = 1").await, "27");
    let notes = planned.notes.join("\n");
    assert!(notes.contains("stock") && !notes.contains("twice"), "{notes}");
    let WriteAction::Insert(values) = &planned.writes.rows[0].action else { panic!("{planned:?}") };
    assert_eq!(values.keys().collect::<Vec<_>>(), ["id", "price"]);
}
