//! The past right after an event: by its number, which orders the events of all tables.

use rowlore::declare::TrackedTable;
use rowlore::read::{Moment, RowsAt};
use rowlore::{ErrorKind, Row, Value};

use crate::db::{Db, wanted};
use crate::subject::TextRow;

fn text(row: &Row) -> TextRow {
    let one = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    row.values().map(one).collect()
}

async fn after(db: &Db, table: &str, event: i64) -> Vec<TextRow> {
    let query = RowsAt { table: db.table(table).await, key: None, at: Moment::After(event), limit: 1000 };
    wanted("rows_at", db.lore.rows_at(&query).await).iter().map(text).collect()
}

async fn last_event(db: &Db) -> i64 {
    let query = rowlore::read::EventQuery { limit: 1, ..Default::default() };
    db.ask(&query).await[0].event_id
}

pub(super) async fn rows_as_they_were(db: &Db) {
    db.run_each([
        "create table books (id bigint primary key, title text)",
        "create table films (id bigint primary key, title text)",
    ])
    .await;
    db.track([TrackedTable::new("books"), TrackedTable::new("films")]).await;
    let mut moments = Vec::new();
    for sql in [
        "insert into books values (1, 'a'), (2, null)",
        "insert into films values (1, 'x')",
        "update books set title = 'b' where id = 1",
        "update books set id = 3 where id = 1",
        "insert into books values (1, 'new')",
        "update films set title = 'y'",
        "delete from books where id = 2",
        "update books set id = id + 10",
        "delete from films",
        "insert into books values (2, 'c')",
    ] {
        db.run(sql).await;
        let shown = async |table| db.rows(format!("select id, title from {table} order by id")).await;
        moments.push((sql, last_event(db).await, shown("books").await, shown("films").await));
    }
    for (sql, event, books, films) in moments {
        assert_eq!(after(db, "books", event).await, books, "books after event {event}: {sql}");
        assert_eq!(after(db, "films", event).await, films, "films after event {event}: {sql}");
    }
}

pub(super) async fn one_row(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run_each([
        "insert into books values (1, 'a'), (2, 'b')",
        "update books set title = 'c' where id = 1",
        "delete from books where id = 1",
    ])
    .await;
    let events = db.events("books").await;
    let at = async |event: i64| {
        let key = serde_json::json!({"id": 1}).as_object().cloned();
        let query = RowsAt { table: db.table("books").await, key, at: Moment::After(event), limit: 1 };
        wanted("rows_at", db.lore.rows_at(&query).await).pop().map(|row| row["title"].clone())
    };
    let titles = [at(events[1].event_id).await, at(events[2].event_id).await, at(events[3].event_id).await];
    assert_eq!(titles, [Some("a".into()), Some("c".into()), None]);
}

/// A row whose baseline was recorded later was there all the same.
pub(super) async fn before_the_baseline_of_a_row(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("insert into books values (1, 'from before')").await;
    db.apply([TrackedTable::new("books")]).await;
    db.run("insert into books values (2, 'b')").await;
    let event = last_event(db).await;
    db.backfill_all().await;
    let shown: Vec<TextRow> = db.rows("select id, title from books order by id").await;
    assert_eq!(after(db, "books", event).await, shown);
}

pub(super) async fn before_the_tracking_is_refused(db: &Db) {
    db.run_each([
        "create table books (id bigint primary key, title text)",
        "create table films (id bigint primary key, title text)",
        "insert into films values (1, 'x')",
    ])
    .await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a')").await;
    let event = last_event(db).await;
    db.run("insert into books values (2, 'b')").await;
    db.track([TrackedTable::new("books"), TrackedTable::new("films")]).await;
    let query = RowsAt { table: db.table("films").await, key: None, at: Moment::After(event), limit: 1000 };
    let error = db.lore.rows_at(&query).await.expect_err("films were not tracked then");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    assert!(error.to_string().contains("films"), "{error}");
}
