//! Rows written back: each guarded by what it must be until then, all or nothing, in a context of their own.

use rowlore::declare::TrackedTable;
use rowlore::read::RowsNow;
use rowlore::revert::{Write, WriteAction, Writes};
use rowlore::{Context, Error, ErrorKind, Row};
use serde_json::json;

use crate::db::{Db, wanted};
use crate::subject::TextRow;

fn object(value: &rowlore::Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

async fn one(db: &Db, table: &str, key: &rowlore::Value, action: WriteAction) -> Write {
    Write { table: db.table(table).await, key: object(key), action }
}

async fn put(db: &Db, rows: Vec<Write>) -> Result<rowlore::engine::Written, Error> {
    db.lore.engine().write(&Writes { rows }, &Context::actor("undo").because("a mistake")).await
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price numeric(10, 2))").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 9.50), (2, null, 20), (3, 'c', null)").await;
}

async fn shown(db: &Db) -> Vec<TextRow> {
    db.rows("select id, title from books order by id").await
}

fn update(set: &rowlore::Value, expect: &rowlore::Value) -> WriteAction {
    WriteAction::Update { set: object(set), expect: object(expect) }
}

pub(super) async fn in_order_and_on_record(db: &Db) {
    books(db).await;
    let was = db.events("books").await;
    let first = was[0].new.clone().expect("the row");
    let written = put(
        db,
        vec![
            one(db, "books", &json!({"id": 1}), WriteAction::Delete { expect: first.clone() }).await,
            one(db, "books", &json!({"id": 2}), update(&json!({"title": "b"}), &json!({"title": null})))
                .await,
            one(db, "books", &json!({"id": 3}), update(&json!({"id": 4}), &json!({"id": 3}))).await,
            one(db, "books", &json!({"id": 4}), update(&json!({"title": "d"}), &json!({"title": "c"}))).await,
            one(db, "books", &json!({"id": 1}), WriteAction::Insert(first)).await,
        ],
    )
    .await;
    let written = wanted("write", written);
    assert_eq!(written.rows, 5);
    let told = db.story("books").await;
    assert_eq!(
        told[3..],
        [
            format!("delete 1: {}", told[0].trim_start_matches("insert 1: ")),
            r#"update 2: title null>"b""#.to_owned(),
            "update 3>4: id 3>4".to_owned(),
            r#"update 4: title "c">"d""#.to_owned(),
            told[0].clone(),
        ]
    );
    for event in &db.events("books").await[3..] {
        assert_eq!(event.context.actor.as_deref(), Some("undo"));
        assert_eq!(event.context.reason.as_deref(), Some("a mistake"));
        assert!(written.xid.is_none() || event.xid == written.xid, "{:?} {:?}", written.xid, event.xid);
    }
}

/// Each kind of row that is not what it should be: nothing at all is written, and the answer says which.
pub(super) async fn all_or_nothing(db: &Db) {
    books(db).await;
    let before = (shown(db).await, db.story("books").await);
    let good =
        async || one(db, "books", &json!({"id": 1}), update(&json!({"title": "z"}), &json!({"id": 1}))).await;
    let whole = |id: i64| json!({"id": id, "title": "n", "price": "1.00"});
    let wrong = [
        one(db, "books", &json!({"id": 2}), update(&json!({"title": "b"}), &json!({"title": "else"}))).await,
        one(db, "books", &json!({"id": 3}), update(&json!({"price": "1"}), &json!({"price": "9.50"}))).await,
        one(db, "books", &json!({"id": 9}), update(&json!({"title": "b"}), &json!({}))).await,
        one(db, "books", &json!({"id": 9}), WriteAction::Delete { expect: Row::new() }).await,
        one(db, "books", &json!({"id": 3}), WriteAction::Delete { expect: object(&json!({"title": null})) })
            .await,
        one(db, "books", &json!({"id": 2}), WriteAction::Insert(object(&whole(2)))).await,
    ];
    for write in wrong {
        let rows = vec![
            good().await,
            write.clone(),
            one(db, "books", &json!({"id": 7}), WriteAction::Insert(object(&whole(7)))).await,
        ];
        let error = put(db, rows).await.expect_err("a row is not as expected");
        assert_eq!(error.kind(), ErrorKind::Retry, "{write:?}: {error}");
        assert!(error.to_string().contains("books"), "{error}");
        assert!(error.to_string().contains("row 2 of 3"), "{write:?}: {error}");
        assert_eq!((shown(db).await, db.story("books").await), before, "{write:?}");
    }
    let unknown = one(db, "books", &json!({"id": 1}), update(&json!({"titel": "z"}), &json!({}))).await;
    let error = put(db, vec![good().await, unknown]).await.expect_err("no such column");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    assert!(error.to_string().contains("titel"), "{error}");
    assert_eq!((shown(db).await, db.story("books").await), before);
}

/// Compared as numbers, not as texts; null is the same as null.
pub(super) async fn expectations_compare_by_type(db: &Db) {
    books(db).await;
    let rows = vec![
        one(
            db,
            "books",
            &json!({"id": 1}),
            update(&json!({"price": "8"}), &json!({"price": "9.5", "title": "a"})),
        )
        .await,
        one(
            db,
            "books",
            &json!({"id": 2}),
            update(&json!({"price": null}), &json!({"price": "20.000", "title": null})),
        )
        .await,
        one(
            db,
            "books",
            &json!({"id": 3}),
            update(&json!({"price": "7"}), &json!({"price": null, "title": "c"})),
        )
        .await,
    ];
    assert_eq!(wanted("write", put(db, rows).await).rows, 3);
    let prices = db.rows("select price from books where id <> 2 order by id").await;
    let prices: Vec<f64> =
        prices.iter().map(|row| row[0].as_deref().unwrap_or("0").parse().expect("a number")).collect();
    assert_eq!(prices, [8.0, 7.0]);
}

/// Children before their parent, and a ring: what foreign keys allow at the end is allowed.
pub(super) async fn foreign_keys(db: &Db) {
    db.run_each([
        "create table authors (id bigint primary key, name text)",
        "create table books (id bigint primary key, author bigint references authors (id) deferrable initially deferred)",
    ])
    .await;
    db.track([TrackedTable::new("authors"), TrackedTable::new("books")]).await;
    let insert = |row: &rowlore::Value| WriteAction::Insert(object(row));
    let rows = vec![
        one(db, "books", &json!({"id": 1}), insert(&json!({"id": 1, "author": 5}))).await,
        one(db, "authors", &json!({"id": 5}), insert(&json!({"id": 5, "name": "ann"}))).await,
    ];
    assert_eq!(wanted("write", put(db, rows).await).rows, 2);
    let orphan = one(db, "books", &json!({"id": 2}), insert(&json!({"id": 2, "author": 6}))).await;
    let error = put(db, vec![orphan]).await.expect_err("no such author");
    assert_eq!(error.kind(), ErrorKind::Retry, "{error}");
    assert_eq!(db.value("select count(*) from books").await, "1");
}

/// Rows that exchange their places stand in each other's way only while both are written.
pub(super) async fn unique_values_in_order(db: &Db) {
    db.run("create table books (id bigint primary key, place bigint unique)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 1), (2, 2), (3, 3)").await;
    let mut rows = Vec::new();
    for (id, from, to) in [(3, 3, 4), (2, 2, 3), (1, 1, 2)] {
        let action = update(&json!({"place": to}), &json!({"place": from}));
        rows.push(one(db, "books", &json!({"id": id}), action).await);
    }
    assert_eq!(wanted("write", put(db, rows).await).rows, 3);
    let places = db.rows("select place from books order by id").await;
    assert_eq!(places.concat(), ["2", "3", "4"].map(|place| Some(place.to_owned())));
    let taken = one(db, "books", &json!({"id": 1}), update(&json!({"place": 4}), &json!({}))).await;
    let error = put(db, vec![taken]).await.expect_err("4 is taken");
    assert_eq!(error.kind(), ErrorKind::Retry, "{error}");
}

pub(super) async fn many_rows(db: &Db) {
    books(db).await;
    db.run("delete from books").await;
    let mut rows = Vec::new();
    let table = db.table("books").await;
    let write = |id: i64, action| Write { table: table.clone(), key: object(&json!({"id": id})), action };
    for id in 0..12_000 {
        let row = json!({"id": id, "title": format!("t{id}"), "price": "1.50"});
        rows.push(write(id, WriteAction::Insert(object(&row))));
    }
    for id in 0..12_000 {
        rows.push(write(id, update(&json!({"title": null}), &json!({"title": format!("t{id}")}))));
    }
    assert_eq!(wanted("write", put(db, rows).await).rows, 24_000);
    assert_eq!(db.value("select count(*) from books where title is null").await, "12000");
    assert_eq!(wanted("write", put(db, Vec::new()).await).rows, 0);
}

pub(super) async fn rows_now(db: &Db) {
    books(db).await;
    let table = db.table("books").await;
    let ask = async |matching: rowlore::Value, limit: usize| {
        let query = RowsNow { table: table.clone(), matching: object(&matching), limit };
        let mut rows = wanted("rows_now", db.lore.engine().rows_now(&query).await);
        rows.sort_by_key(|row| row["id"].as_i64());
        rows
    };
    let recorded: Vec<Row> = db.events("books").await.into_iter().filter_map(|event| event.new).collect();
    assert_eq!(ask(json!({}), 10).await, recorded, "the same JSON as in events");
    assert_eq!(ask(json!({}), 2).await.len(), 2);
    assert_eq!(ask(json!({"id": 1}), 10).await, recorded[..1]);
    assert_eq!(ask(json!({"price": "9.5"}), 10).await, recorded[..1], "as numbers, not as texts");
    assert_eq!(ask(json!({"title": null}), 10).await, recorded[1..2]);
    assert_eq!(ask(json!({"title": null, "price": null}), 10).await, [] as [Row; 0]);
    assert_eq!(ask(json!({"id": 9}), 10).await, [] as [Row; 0]);
    let wrong = RowsNow { table: table.clone(), matching: object(&json!({"titel": 1})), limit: 1 };
    let error = db.lore.engine().rows_now(&wrong).await.expect_err("no such column");
    assert!(error.to_string().contains("titel"), "{error}");
    db.run("create table plain (id bigint, t text)").await;
    db.run("insert into plain values (1, 'x'), (1, 'y')").await;
    let mut plain = table.clone();
    "plain".clone_into(&mut plain.name);
    let query = RowsNow { table: plain, matching: object(&json!({"id": 1})), limit: 5 };
    assert_eq!(wanted("rows_now", db.lore.engine().rows_now(&query).await).len(), 2, "tracked or not");
}
