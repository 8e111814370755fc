//! The rows of a table as they were at a moment: compared with what the table showed at that moment.

use rowlore::declare::TrackedTable;
use rowlore::read::RowsAt;
use rowlore::{Row, Timestamp, Value};

use crate::db::Db;
use crate::subject::TextRow;

/// What a table showed right after a statement, and the time of that statement's events.
struct Moment {
    at: Timestamp,
    rows: Vec<TextRow>,
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
}

fn text(row: &Row) -> TextRow {
    let one = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    row.values().map(one).collect()
}

/// The recorded past at a moment, as text.
async fn past(db: &Db, at: Timestamp) -> Vec<TextRow> {
    db.rows_at("books", at).await.iter().map(text).collect()
}

/// Runs the statement; from its last event's time on, the past must be what the table shows.
async fn step(db: &Db, sql: &str) -> Moment {
    db.run(sql).await;
    let rows = db.rows("select id, title, price from books order by id").await;
    let at = db.events("books").await.last().expect("an event").at;
    assert_eq!(past(db, at).await, rows, "right after: {sql}");
    Moment { at, rows }
}

/// Each moment again, after all has happened; those that share their time with the next tell nothing.
async fn all_again(db: &Db, moments: &[Moment]) {
    for pair in moments.windows(2) {
        if pair[0].at < pair[1].at {
            assert_eq!(past(db, pair[0].at).await, pair[0].rows);
        }
    }
}

async fn steps<const N: usize>(db: &Db, statements: [&str; N]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for sql in statements {
        moments.push(step(db, sql).await);
    }
    all_again(db, &moments).await;
    moments
}

pub(super) async fn rows_as_they_were(db: &Db) {
    books(db).await;
    let statements = [
        "insert into books values (1, 'a', 10), (2, 'b', null), (3, null, 30)",
        "update books set price = price + 1",
        "update books set title = 'z' where id = 3",
        "delete from books where id = 1",
        "insert into books values (1, 'again', 1)",
        "delete from books",
        "insert into books values (7, 'g', 7)",
    ];
    steps(db, statements).await;
}

pub(super) async fn key_changes(db: &Db) {
    books(db).await;
    let statements = [
        "insert into books values (1, 'a', 10), (2, 'b', 20)",
        "update books set id = 3 where id = 1",
        "insert into books values (1, 'new', 0)",
        "update books set id = id + 100",
        "delete from books where id = 103",
        "update books set id = 3 where id = 101",
    ];
    steps(db, statements).await;
}

pub(super) async fn truncate(db: &Db) {
    if !db.words.truncates {
        return;
    }
    books(db).await;
    let statements = [
        "insert into books values (1, 'a', 10), (2, 'b', 20)",
        "truncate books",
        "insert into books values (2, 'c', 30)",
    ];
    steps(db, statements).await;
}

pub(super) async fn one_row(db: &Db) {
    books(db).await;
    let moments =
        steps(db, ["insert into books values (1, 'a', 10), (2, 'b', 20)", "delete from books where id = 2"])
            .await;
    let key = |id: i64| serde_json::json!({"id": id}).as_object().cloned();
    let ask = async |id, at: Timestamp| {
        let query = RowsAt { table: db.table("books").await, key: key(id), at: at.into(), limit: 10 };
        db.lore.rows_at(&query).await.expect("rows").iter().map(text).collect::<Vec<_>>()
    };
    let now = moments[1].at;
    assert_eq!(ask(1, now).await, moments[0].rows[..1]);
    assert_eq!(ask(2, now).await, Vec::<TextRow>::new());
    assert_eq!(ask(9, now).await, Vec::<TextRow>::new());
    let limited = RowsAt { table: db.table("books").await, key: None, at: moments[0].at.into(), limit: 1 };
    assert!(db.lore.rows_at(&limited).await.expect("rows").len() <= 1);
    let diff =
        db.lore.diff(&db.table("books").await, &key(1).unwrap_or_default(), now, now).await.expect("a diff");
    assert_eq!(diff.changed, []);
}

pub(super) async fn a_moment_before_the_tracking_is_refused(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.track([TrackedTable::new("books")]).await;
    let long_ago: Timestamp = "2001-01-01T00:00:00Z".parse().expect("a time");
    let query = RowsAt { table: db.table("books").await, key: None, at: long_ago.into(), limit: 10 };
    let asked = db.lore.rows_at(&query).await;
    let Err(error) = asked else { panic!("an answer from before anything was recorded: {asked:?}") };
    assert_eq!(error.kind(), rowlore::ErrorKind::Request, "{error}");
    assert!(error.to_string().contains("books"), "{error}");
}

/// While the baseline is not complete, rows are missing from the past: refuse, or give them; never leave them out.
pub(super) async fn a_moment_before_the_baseline_is_never_answered_wrongly(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.run("insert into books values (1, 'from before', 10)").await;
    db.apply([TrackedTable::new("books")]).await;
    db.run("insert into books values (2, 'b', 20)").await;
    let at = db.events("books").await.last().expect("the insert").at;
    let shown = db.rows("select id, title, price from books order by id").await;
    for when in ["while the baseline is pending", "after the baseline"] {
        let query = RowsAt { table: db.table("books").await, key: None, at: at.into(), limit: 10 };
        if let Ok(rows) = db.lore.rows_at(&query).await {
            assert_eq!(rows.iter().map(text).collect::<Vec<_>>(), shown, "{when}");
        }
        db.backfill_all().await;
    }
    let at = db.events("books").await.iter().map(|change| change.at).max().expect("events");
    assert_eq!(past(db, at).await, shown, "once the baseline is done");
}
