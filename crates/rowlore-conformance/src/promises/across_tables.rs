//! One stream over rows of several tables: their own events, and those of whatever points at them.

use rowlore::declare::{Events, TrackedTable};
use rowlore::read::{EventQuery, RowRef};
use rowlore::{Change, ErrorKind, Op, Row};
use serde_json::json;

use crate::db::{Db, wanted};
use crate::story::story;

fn key(value: &rowlore::Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

async fn row(db: &Db, table: &str, id: i64) -> RowRef {
    RowRef::new(db.table(table).await, key(&json!({"id": id})))
}

/// Authors, their books (with an editor too, who is an author), and sales of books; every event, newest first.
async fn shop(db: &Db) -> Vec<Change> {
    db.run_each([
        "create table authors (id bigint primary key, name text)",
        "create table books (id bigint primary key, author bigint references authors (id), \
         editor bigint references authors (id), title text)",
        "create table sales (id bigint primary key, book bigint references books (id), amount bigint)",
    ])
    .await;
    let tables = [
        TrackedTable::new("authors"),
        TrackedTable::new("books").links(["author"]),
        TrackedTable::new("sales").links(["book"]),
    ];
    db.track(tables).await;
    db.run_each([
        "insert into authors values (1, 'ann'), (2, 'bob'), (3, 'cy')",
        "insert into books values (10, 1, null, 'a')",
        "insert into books values (11, 2, 1, 'b')",
        "insert into sales values (100, 10, 5)",
        "update books set title = 'c' where id = 10",
        "update books set author = 2 where id = 10",
        "update books set title = 'd' where id = 10",
        "update authors set name = 'anne' where id = 1",
        "update books set editor = null where id = 11",
        "update sales set amount = 6 where id = 100",
        "delete from sales where id = 100",
        "delete from books where id = 10",
    ])
    .await;
    let all = db.ask(&EventQuery { limit: 1000, ..EventQuery::default() }).await;
    assert_eq!(all.len(), 14, "{:#?}", story(&all));
    all
}

/// The query must give those of all events that `holds` says, exactly as they are in the whole stream.
async fn gives(db: &Db, all: &[Change], query: EventQuery, holds: impl Fn(&Change) -> bool) {
    let expected: Vec<Change> = all.iter().filter(|change| holds(change)).cloned().collect();
    assert_eq!(story(&db.ask(&query).await), story(&expected), "{query:?}");
    assert_eq!(db.ask(&query).await, expected, "{query:?}");
    if expected.len() > 1 {
        let fewer = EventQuery { limit: expected.len() - 1, ..query };
        assert_eq!(db.ask(&fewer).await, expected[..expected.len() - 1], "the newest of them: {fewer:?}");
    }
}

fn id(change: &Change) -> i64 {
    change.key["id"].as_i64().unwrap_or_default()
}

pub(super) async fn tracks(db: &Db) {
    let all = shop(db).await;
    let any = EventQuery::default;
    let rows = [row(db, "authors", 1).await, row(db, "books", 10).await, row(db, "sales", 7).await];
    let of_them =
        |c: &Change| (c.table.name == "authors" && id(c) == 1) || (c.table.name == "books" && id(c) == 10);
    gives(db, &all, any().tracks(rows.clone()), of_them).await;
    gives(db, &all, any().tracks([rows[2].clone()]), |_| false).await;
    let books = any().tracks(rows.clone()).across([db.table("books").await]);
    gives(db, &all, books, |c| c.table.name == "books" && id(c) == 10).await;
    let updates = EventQuery { ops: vec![Op::Update], ..any().tracks(rows) };
    gives(db, &all, updates, |c| of_them(c) && c.op == Op::Update).await;
}

pub(super) async fn tracks_through_a_change_of_key(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run_each([
        "insert into books values (1, 'a')",
        "update books set id = 2",
        "update books set title = 'b'",
    ])
    .await;
    let of = async |id| story(&db.ask(&EventQuery::default().tracks([row(db, "books", id).await])).await);
    assert_eq!(of(1).await, ["update 1>2: id 1>2", r#"insert 1: id=1 title="a""#]);
    assert_eq!(of(2).await, [r#"update 2: title "a">"b""#, "update 1>2: id 1>2"]);
    let both = [row(db, "books", 1).await, row(db, "books", 2).await];
    assert_eq!(db.ask(&EventQuery::default().tracks(both)).await.len(), 3, "each event once");
}

pub(super) async fn tracks_hundreds_of_rows(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run(
        "insert into books with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) \
         select i, 'a' from n",
    )
    .await;
    let mut rows = Vec::new();
    for id in 1..=600 {
        rows.push(row(db, "books", id).await);
    }
    let query = EventQuery { limit: 10_000, ..EventQuery::default().tracks(rows) };
    let found = db.ask(&query).await;
    assert_eq!(found.len(), 600);
    assert!(found.iter().all(|change| id(change) <= 600));
}

pub(super) async fn tracks_by_composite_and_text_keys(db: &Db) {
    db.run("create table shelves (room text, place bigint, title text, primary key (room, place))").await;
    db.track([TrackedTable::new("shelves")]).await;
    db.run("insert into shelves values ('it''s', 1, 'a'), ('it''s', 2, 'b'), ('', 1, 'c')").await;
    let at = async |room: &str, place: i64| {
        let key = key(&json!({"place": place, "room": room}));
        EventQuery::default().tracks([RowRef::new(db.table("shelves").await, key)])
    };
    assert_eq!(
        story(&db.ask(&at("it's", 2).await).await),
        [r#"insert it's/2: room="it's" place=2 title="b""#]
    );
    assert_eq!(story(&db.ask(&at("", 1).await).await), [r#"insert /1: room="" place=1 title="c""#]);
    assert_eq!(db.ask(&at("no", 1).await).await, []);
}

pub(super) async fn what_is_not_tracked_is_refused(db: &Db) {
    shop(db).await;
    db.run("create table films (id bigint primary key)").await;
    let mut films = db.table("books").await;
    "films".clone_into(&mut films.name);
    let query = EventQuery::default().tracks([RowRef::new(films, key(&json!({"id": 1})))]);
    let error = db.lore.events(&query).await.expect_err("films are not tracked");
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.to_string().contains("films"), "{error}");
    for wrong in [json!({}), json!({"id": 1, "title": "a"}), json!({"title": "a"}), json!({"id": null})] {
        let row = RowRef::new(db.table("books").await, key(&wrong));
        let error = db.lore.events(&EventQuery::default().tracks([row])).await.expect_err("not the key");
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    }
    let one = row(db, "books", 10).await;
    let both = EventQuery::default().tracks([one.clone()]).references([one]);
    let error = db.lore.events(&both).await.expect_err("both at once");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
}

pub(super) async fn references(db: &Db) {
    let all = shop(db).await;
    let any = EventQuery::default;
    let points = |change: &Change, columns: &[&str], at: i64| {
        let holds = |row: &Option<Row>| {
            row.as_ref().is_some_and(|row| {
                columns.iter().any(|column| row.get(*column).is_some_and(|value| *value == at))
            })
        };
        change.table.name == "books" && (holds(&change.old) || holds(&change.new))
    };
    for author in 1..=3 {
        let query = any().references([row(db, "authors", author).await]);
        gives(db, &all, query.clone(), |c| points(c, &["author", "editor"], author)).await;
        let links = EventQuery { links_only: true, ..query };
        gives(db, &all, links, |c| points(c, &["author"], author)).await;
    }
    let several = any().references([row(db, "authors", 1).await, row(db, "books", 10).await]);
    gives(db, &all, several.clone(), |c| points(c, &["author", "editor"], 1) || c.table.name == "sales")
        .await;
    let sales = several.clone().across([db.table("sales").await]);
    gives(db, &all, sales, |c| c.table.name == "sales").await;
    let deletes = EventQuery { ops: vec![Op::Delete], ..several };
    gives(db, &all, deletes, |c| c.op == Op::Delete && c.table.name == "sales").await;
    let nobody = any().references([row(db, "sales", 100).await]);
    gives(db, &all, nobody, |_| false).await;
}

pub(super) async fn references_of_a_table_not_tracked(db: &Db) {
    db.run_each([
        "create table users (id text primary key)",
        "create table notes (id bigint primary key, owner text references users (id))",
        "insert into users values ('u-1'), ('u-2')",
    ])
    .await;
    db.track([TrackedTable::new("notes")]).await;
    db.run_each([
        "insert into notes values (1, 'u-1')",
        "update notes set owner = 'u-2'",
        "delete from notes",
    ])
    .await;
    let mut users = db.table("notes").await;
    "users".clone_into(&mut users.name);
    let of = async |owner: &str| {
        let row = RowRef::new(users.clone(), key(&json!({"id": owner})));
        story(&db.ask(&EventQuery::default().references([row])).await)
    };
    assert_eq!(of("u-1").await, [r#"update 1: owner "u-1">"u-2""#, r#"insert 1: id=1 owner="u-1""#]);
    assert_eq!(of("u-2").await, [r#"delete 1: id=1 owner="u-2""#, r#"update 1: owner "u-1">"u-2""#]);
    assert_eq!(of("u-3").await, [""; 0]);
}

pub(super) async fn references_by_several_and_by_other_columns(db: &Db) {
    db.run_each([
        "create table shelves (id bigint primary key, room text, place bigint, code text unique, \
         unique (room, place))",
        "create table books (id bigint primary key, room text, place bigint, shelf text references shelves (code), \
         foreign key (room, place) references shelves (room, place))",
    ])
    .await;
    db.track([TrackedTable::new("shelves"), TrackedTable::new("books")]).await;
    db.run_each([
        "insert into shelves values (1, 'a', 1, 'x'), (2, 'a', 2, 'y')",
        "insert into books values (1, 'a', 1, null)",
        "insert into books values (2, null, null, 'x')",
        "insert into books values (3, 'a', 2, 'y')",
        "delete from books where id = 1",
    ])
    .await;
    let of = async |id| {
        let found = db.ask(&EventQuery::default().references([row(db, "shelves", id).await])).await;
        story(&found).iter().map(|line| line.split(':').next().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(1).await, ["delete 1", "insert 2", "insert 1"]);
    assert_eq!(of(2).await, ["insert 3"]);
}

pub(super) async fn rows_that_point_there(db: &Db) {
    shop(db).await;
    let engine = db.lore.engine();
    let ask = async |rows: Vec<RowRef>| {
        let found = wanted("referencing", rowlore::engine::Read::referencing(engine, &rows).await);
        let mut lines: Vec<String> =
            found.iter().map(|row| format!("{} {}", row.table.name, row.key["id"])).collect();
        lines.sort();
        lines
    };
    assert_eq!(ask(vec![row(db, "authors", 1).await]).await, ["books 10", "books 11"]);
    assert_eq!(ask(vec![row(db, "authors", 2).await]).await, ["books 10", "books 11"]);
    assert_eq!(ask(vec![row(db, "authors", 3).await]).await, [""; 0]);
    assert_eq!(ask(vec![row(db, "books", 10).await, row(db, "books", 11).await]).await, ["sales 100"]);
    let related = wanted("related", db.lore.related(&[row(db, "authors", 1).await], usize::MAX).await);
    assert_eq!(related.len(), 3, "{related:?}");
}

pub(super) async fn a_row_that_points_at_its_own_table(db: &Db) {
    db.run("create table nodes (id bigint primary key, parent bigint references nodes (id))").await;
    db.track([TrackedTable::new("nodes")]).await;
    db.run_each([
        "insert into nodes values (1, null), (2, 1), (3, 2)",
        "update nodes set parent = 3 where id = 1",
    ])
    .await;
    let of = async |id| db.ask(&EventQuery::default().references([row(db, "nodes", id).await])).await.len();
    assert_eq!((of(1).await, of(2).await, of(3).await), (1, 1, 1));
    let ring = wanted("related", db.lore.related(&[row(db, "nodes", 1).await], usize::MAX).await);
    assert_eq!(ring.len(), 2, "a ring ends: {ring:?}");
}

/// Nothing leads from an event without a key to a row; the stream has it all the same.
pub(super) async fn events_without_a_key(db: &Db) {
    db.run_each([
        "create table authors (id bigint primary key)",
        "create table books (id bigint primary key, author bigint references authors (id))",
    ])
    .await;
    let books = TrackedTable::new("books").event_table(Events::default().without_key());
    db.track([TrackedTable::new("authors"), books]).await;
    db.run_each(["insert into authors values (1)", "insert into books values (5, 1)"]).await;
    let all = db.ask(&EventQuery::default()).await;
    assert_eq!(all.len(), 2, "{:#?}", story(&all));
    assert_eq!(all[0].key, Row::new());
    let rows = [row(db, "books", 5).await, row(db, "authors", 1).await];
    gives(db, &all, EventQuery::default().tracks(rows), |c| c.table.name == "authors").await;
    let points = EventQuery::default().references([row(db, "authors", 1).await]);
    gives(db, &all, points, |c| c.table.name == "books").await;
}
