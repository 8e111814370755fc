//! A changed key is one linked event, and history follows the row.

use rowlore::declare::TrackedTable;
use rowlore::{History, Row};
use serde_json::json;

use crate::db::Db;

fn key(value: serde_json::Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books (id, title) values (1, 'a')").await;
}

/// Rows whose key is no constraint, so that a statement may move many keys over each other.
async fn seats(db: &Db) {
    db.run("create table seats (id bigint not null, guest text)").await;
    db.track([TrackedTable::new("seats").key(["id"])]).await;
    db.run("insert into seats (id, guest) values (1, 'a'), (2, 'b'), (3, 'c')").await;
}

/// The events after the three inserts, in any order.
async fn moves(db: &Db) -> Vec<String> {
    let mut told = db.story("seats").await.split_off(3);
    told.sort();
    told
}

pub(super) async fn one_linked_event(db: &Db) {
    books(db).await;
    db.run("update books set id = 2").await;
    db.tells("books", [r#"insert 1: id=1 title="a""#, "update 1>2: id 1>2"]).await;
    let moved = db.events("books").await.pop().expect("the key change");
    assert_eq!((moved.key, moved.old_key), (key(json!({"id": 2})), Some(key(json!({"id": 1})))));
    assert_eq!(moved.old, Some(key(json!({"id": 1, "title": "a"}))));
    assert_eq!(moved.new, Some(key(json!({"id": 2, "title": "a"}))));
}

pub(super) async fn with_other_columns(db: &Db) {
    books(db).await;
    db.run("update books set id = 2, title = 'b'").await;
    db.run("update books set title = 'c'").await;
    db.run("delete from books").await;
    db.tells(
        "books",
        [
            r#"insert 1: id=1 title="a""#,
            r#"update 1>2: id 1>2, title "a">"b""#,
            r#"update 2: title "b">"c""#,
            r#"delete 2: id=2 title="c""#,
        ],
    )
    .await;
}

pub(super) async fn bulk_to_free_keys(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title) values (2, 'b'), (3, 'b')").await;
    db.run("update books set id = id + 10").await;
    let mut told = db.story("books").await.split_off(3);
    told.sort();
    assert_eq!(told, ["update 1>11: id 1>11", "update 2>12: id 2>12", "update 3>13: id 3>13"]);
}

pub(super) async fn composite_keys(db: &Db) {
    db.run("create table prices (shop text, book bigint, price bigint, primary key (book, shop))").await;
    db.track([TrackedTable::new("prices")]).await;
    db.run("insert into prices (shop, book, price) values ('x', 1, 5), ('y', 1, 6)").await;
    db.run("update prices set shop = 'z' where shop = 'x'").await;
    db.run("update prices set price = 7 where shop = 'y'").await;
    let told = db.story("prices").await.split_off(2);
    assert_eq!(told, [r#"update 1/x>1/z: shop "x">"z""#, "update 1/y: price 6>7"]);
    let moved = db.events("prices").await.remove(2);
    assert_eq!(
        moved.old_key,
        Some(key(json!({"book": 1, "shop": "x"}))),
        "both columns, also the one that stays"
    );
}

pub(super) async fn text_keys(db: &Db) {
    db.run("create table shops (code text primary key, city text)").await;
    db.track([TrackedTable::new("shops")]).await;
    db.run("insert into shops (code, city) values ('it''s', 'Rome'), ('B', 'Bonn')").await;
    db.run("update shops set code = 'b' where code = 'B'").await;
    db.run("update shops set code = 'ü' where code = 'it''s'").await;
    let told = db.story("shops").await.split_off(2);
    assert_eq!(told, [r#"update B>b: code "B">"b""#, r#"update it's>ü: code "it's">"ü""#]);
}

pub(super) async fn overlapping_keys(db: &Db) {
    seats(db).await;
    db.run("update seats set id = id + 1").await;
    assert_eq!(moves(db).await, ["update 1>2: id 1>2", "update 2>3: id 2>3", "update 3>4: id 3>4"]);
    let guests: Vec<_> = db.events("seats").await.split_off(3);
    for event in guests {
        let guest = |row: &Option<Row>| row.as_ref().map(|row| row["guest"].clone());
        assert_eq!(guest(&event.old), guest(&event.new), "old and new of different rows: {event:?}");
    }
    db.run("update seats set id = id - 1, guest = guest || '!'").await;
    let told = moves(db).await;
    assert!(told.contains(&r#"update 3>2: id 3>2, guest "b">"b!""#.to_owned()), "{told:?}");
}

pub(super) async fn swapped_keys(db: &Db) {
    seats(db).await;
    db.run("update seats set id = case id when 1 then 2 else 1 end where id in (1, 2)").await;
    assert_eq!(moves(db).await, ["update 1>2: id 1>2", "update 2>1: id 2>1"]);
    let all = History::default();
    let of_a = db.history("seats", key(json!({"id": 2})), &all).await;
    assert_eq!(of_a, [r#"insert 1: id=1 guest="a""#, "update 1>2: id 1>2"]);
    let of_b = db.history("seats", key(json!({"id": 1})), &all).await;
    assert_eq!(of_b, [r#"insert 2: id=2 guest="b""#, "update 2>1: id 2>1"]);
}

pub(super) async fn history_follows_the_row(db: &Db) {
    books(db).await;
    db.run("update books set title = 'b'").await;
    db.run("update books set id = 2").await;
    db.run("update books set title = 'c'").await;
    db.run("update books set id = 3").await;
    db.run("insert into books (id, title) values (1, 'another')").await;
    let history = db.history("books", key(json!({"id": 3})), &History::default()).await;
    let lines = [
        r#"insert 1: id=1 title="a""#,
        r#"update 1: title "a">"b""#,
        "update 1>2: id 1>2",
        r#"update 2: title "b">"c""#,
        "update 2>3: id 2>3",
    ];
    assert_eq!(history, lines);
    let limited = History { limit: Some(3), ..History::default() };
    assert_eq!(db.history("books", key(json!({"id": 3})), &limited).await, lines[2..]);
}
