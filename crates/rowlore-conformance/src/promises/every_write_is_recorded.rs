//! No way of writing goes unrecorded, and nothing is recorded that did not happen.

use rowlore::declare::TrackedTable;

use crate::db::Db;
use crate::subject::{End, Step};

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint default 5)").await;
    db.track([TrackedTable::new("books")]).await;
}

pub(super) async fn insert(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10)").await;
    db.tells("books", [r#"insert 1: id=1 title="a" price=10"#]).await;
}

pub(super) async fn bulk_insert(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title) values (1, 'a'), (2, 'b')").await;
    db.run("insert into books (id, title, price) select id + 10, title, price + 1 from books").await;
    let lines = [
        r#"insert 1: id=1 title="a" price=5"#,
        r#"insert 11: id=11 title="a" price=6"#,
        r#"insert 12: id=12 title="b" price=6"#,
        r#"insert 2: id=2 title="b" price=5"#,
    ];
    db.tells_in_any_order("books", lines).await;
    db.run("insert into books (id, title, price) select id, title, price from books where id < 0").await;
    db.tells_in_any_order("books", lines).await;
}

pub(super) async fn update(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10)").await;
    db.run("update books set title = 'b', price = price + 1 where id = 1").await;
    db.run("update books set price = 0 where id = 99").await;
    db.tells("books", [r#"insert 1: id=1 title="a" price=10"#, r#"update 1: title "a">"b", price 10>11"#])
        .await;
}

pub(super) async fn bulk_update(db: &Db) {
    books(db).await;
    let values: Vec<String> = (1..=500).map(|id| format!("({id}, 'a', {id})")).collect();
    db.run(format!("insert into books (id, title, price) values {}", values.join(", "))).await;
    db.run("update books set price = price * 2 where id > 100").await;
    let events = db.events("books").await;
    assert_eq!(events.len(), 900);
    for event in &events[500..] {
        let price = |row: &Option<rowlore::Row>| row.as_ref().and_then(|row| row["price"].as_i64());
        let id = event.key["id"].as_i64().expect("a key");
        assert_eq!((price(&event.old), price(&event.new)), (Some(id), Some(id * 2)), "{event:?}");
    }
}

pub(super) async fn upsert(db: &Db) {
    books(db).await;
    let upsert = "insert into books (id, title, price) values (1, 'a', 10), (2, 'b', 20) \
        on conflict (id) do update set price = excluded.price + 1";
    db.run("insert into books (id, title, price) values (1, 'a', 9)").await;
    db.run(upsert).await;
    db.run("insert into books (id, title, price) values (1, 'z', 0) on conflict (id) do nothing").await;
    db.tells_in_any_order(
        "books",
        [
            r#"insert 1: id=1 title="a" price=9"#,
            r#"insert 2: id=2 title="b" price=20"#,
            "update 1: price 9>11",
        ],
    )
    .await;
}

pub(super) async fn delete(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10), (2, 'b', 20), (3, 'c', 30)").await;
    db.run("delete from books where id = 1").await;
    db.run("delete from books").await;
    let told = db.story("books").await;
    assert_eq!(told[3], r#"delete 1: id=1 title="a" price=10"#);
    let mut rest = told[4..].to_vec();
    rest.sort();
    assert_eq!(rest, [r#"delete 2: id=2 title="b" price=20"#, r#"delete 3: id=3 title="c" price=30"#]);
}

async fn orders_with_lines(db: &Db, on_delete: &str) {
    db.run("create table orders (id bigint primary key)").await;
    db.run(format!(
        "create table lines (id bigint primary key, order_id bigint references orders (id) on delete {on_delete})"
    ))
    .await;
    db.track([TrackedTable::new("orders"), TrackedTable::new("lines")]).await;
    db.run("insert into orders (id) values (1), (2)").await;
    db.run("insert into lines (id, order_id) values (10, 1), (11, 1), (12, 2)").await;
    db.run("delete from orders where id = 1").await;
    assert_eq!(db.story("orders").await.last().map(String::as_str), Some("delete 1: id=1"));
}

pub(super) async fn cascade_delete(db: &Db) {
    orders_with_lines(db, "cascade").await;
    db.tells_in_any_order(
        "lines",
        [
            "delete 10: id=10 order_id=1",
            "delete 11: id=11 order_id=1",
            "insert 10: id=10 order_id=1",
            "insert 11: id=11 order_id=1",
            "insert 12: id=12 order_id=2",
        ],
    )
    .await;
}

pub(super) async fn set_null_cascade(db: &Db) {
    orders_with_lines(db, "set null").await;
    db.tells_in_any_order(
        "lines",
        [
            "insert 10: id=10 order_id=1",
            "insert 11: id=11 order_id=1",
            "insert 12: id=12 order_id=2",
            "update 10: order_id 1>null",
            "update 11: order_id 1>null",
        ],
    )
    .await;
}

pub(super) async fn inside_a_trigger(db: &Db) {
    db.run("create table sales (id bigint primary key, book_id bigint)").await;
    books(db).await;
    let body = "update books set price = price + 100 where id = new.book_id";
    db.run((db.words.user_trigger)("sold", "after insert", "sales", body)).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10), (2, 'b', 10)").await;
    db.run("insert into sales (id, book_id) values (7, 2)").await;
    assert_eq!(db.story("books").await[2..], ["update 2: price 10>110"]);
}

pub(super) async fn savepoint_rolled_back(db: &Db) {
    books(db).await;
    let steps = [
        Step::sql("insert into books (id, title) values (1, 'kept')"),
        Step::Savepoint(vec![Step::sql("insert into books (id, title) values (2, 'undone')")], End::Undo),
        Step::Savepoint(vec![Step::sql("insert into books (id, title) values (3, 'kept too')")], End::Keep),
    ];
    db.commit(None, steps).await;
    db.tells(
        "books",
        [r#"insert 1: id=1 title="kept" price=5"#, r#"insert 3: id=3 title="kept too" price=5"#],
    )
    .await;
}

pub(super) async fn transaction_rolled_back(db: &Db) {
    books(db).await;
    db.roll_back(None, [Step::sql("insert into books (id, title) values (1, 'undone')")]).await;
    db.tells("books", []).await;
    db.refused("insert into books (id, title) values (5, 'x'), (5, 'y')").await;
    db.tells("books", []).await;
}

pub(super) async fn truncate(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10)").await;
    if !db.words.truncates {
        db.refused("truncate books").await;
        db.tells("books", [r#"insert 1: id=1 title="a" price=10"#]).await;
        return;
    }
    db.run("truncate books").await;
    db.run("insert into books (id, title, price) values (1, 'b', 11)").await;
    db.tells(
        "books",
        [r#"insert 1: id=1 title="a" price=10"#, "truncate", r#"insert 1: id=1 title="b" price=11"#],
    )
    .await;
}

pub(super) async fn nulls(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, null, null)").await;
    db.run("update books set title = 'a' where id = 1").await;
    db.run("update books set title = null where id = 1").await;
    db.run("delete from books where id = 1").await;
    db.tells(
        "books",
        [
            "insert 1: id=1 title=null price=null",
            r#"update 1: title null>"a""#,
            r#"update 1: title "a">null"#,
            "delete 1: id=1 title=null price=null",
        ],
    )
    .await;
}

/// `replace` deletes a row to make room for another: SQLite tells triggers so only on connections that ask for it,
/// as rowlore's own do. Another program's replace is at least a new image, and the old one stands before it.
pub(super) async fn replace(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10)").await;
    let replace =
        |title| format!("insert or replace into books (id, title, price) values (1, '{title}', 11)");
    if db.engine().contains("Postgre") {
        db.refused(replace("b")).await;
        return;
    }
    db.commit(None, [Step::sql(replace("b"))]).await;
    let told = db.story("books").await.split_off(1);
    assert_eq!(told, [r#"delete 1: id=1 title="a" price=10"#, r#"insert 1: id=1 title="b" price=11"#]);
    db.run(replace("c")).await;
    let told = db.story("books").await;
    assert_eq!(told.last().map(String::as_str), Some(r#"insert 1: id=1 title="c" price=11"#));
}

pub(super) async fn default_values(db: &Db) {
    books(db).await;
    db.run("insert into books (id) values (1)").await;
    db.tells("books", ["insert 1: id=1 title=null price=5"]).await;
}
