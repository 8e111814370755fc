//! Questions and answers in the program's own structs.

use rowlore::declare::TrackedTable;
use rowlore::read::{EventQuery, Moment, RowRef};
use rowlore::revert::Revert;
use rowlore::{Column, Context, ErrorKind, Tracked, TypedQuery, Value};
use serde_json::json;

use super::revert::{commit, last, revert};
use crate::db::{Db, wanted};
use crate::story::story;
use crate::subject::Step;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Book {
    id: i64,
    title: Option<String>,
    price: i64,
}

impl Book {
    const TITLE: Column<Self> = Column::new("title");
    const PRICE: Column<Self> = Column::new("price");
}

impl Tracked for Book {
    const TABLE: &'static str = "books";
    const KEY: &'static [&'static str] = &["id"];

    fn declaration() -> TrackedTable {
        TrackedTable::new(Self::TABLE)
    }
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([Book::declaration()]).await;
    db.run("insert into books values (1, 'a', 5)").await;
    db.run("insert into books values (2, null, 9)").await;
    db.commit(
        Context::actor("ann").with("ip", "::1"),
        vec![
            Step::sql("update books set price = 12 where id = 1"),
            Step::sql("update books set title = 'b' where id = 2"),
            Step::sql("update books set price = 10, title = null where id = 2"),
        ],
    )
    .await;
    db.run("delete from books where id = 1").await;
}

const STORY: [&str; 6] = [
    r#"insert 1: id=1 title="a" price=5"#,
    "insert 2: id=2 title=null price=9",
    "update 1: price 5>12",
    r#"update 2: title null>"b""#,
    r#"update 2: title "b">null, price 9>10"#,
    r#"delete 1: id=1 title="a" price=12"#,
];

/// Which lines of the story a question finds.
async fn found(db: &Db, query: impl Into<TypedQuery<Book>>) -> Vec<usize> {
    let events = wanted("events", db.lore.events_of::<Book>(query).await);
    let changes: Vec<_> = events.iter().map(|event| (**event).clone()).collect();
    let place = |line: &String| STORY.iter().position(|known| known == line).expect("a line of the story");
    let mut places: Vec<usize> = story(&changes).iter().map(place).collect();
    places.reverse();
    places
}

pub(super) async fn columns_before_and_after(db: &Db) {
    books(db).await;
    db.tells("books", STORY).await;
    assert_eq!(found(db, EventQuery::default()).await, [0, 1, 2, 3, 4, 5]);
    assert_eq!(found(db, Book::PRICE.new_is(12)).await, [2]);
    assert_eq!(found(db, Book::PRICE.old_is(12)).await, [5]);
    assert_eq!(found(db, Book::PRICE.new_at_least(10)).await, [2, 4]);
    assert_eq!(found(db, Book::PRICE.new_above(10)).await, [2]);
    assert_eq!(found(db, Book::PRICE.new_at_most(9)).await, [0, 1, 3]);
    assert_eq!(found(db, Book::PRICE.new_below(9)).await, [0]);
    assert_eq!(found(db, Book::PRICE.old_below(9)).await, [2]);
    assert_eq!(found(db, Book::PRICE.old_at_most(9)).await, [2, 3, 4]);
    assert_eq!(found(db, Book::PRICE.old_above(5)).await, [3, 4, 5]);
    assert_eq!(found(db, Book::PRICE.old_at_least(12)).await, [5]);
    assert_eq!(found(db, Book::TITLE.new_is(Value::Null)).await, [1, 4]);
    assert_eq!(found(db, Book::TITLE.old_is_not("b").and(Book::TITLE.old_is_not(Value::Null))).await, [2, 5]);
    assert_eq!(found(db, Book::TITLE.changed()).await, [3, 4]);
    assert_eq!(found(db, Book::TITLE.changed().and(Book::PRICE.changed())).await, [4]);
    let by_ann = Book::PRICE.changed().within(EventQuery::default().by("ann"));
    assert_eq!(found(db, by_ann.clone()).await, [2, 4]);
    assert_eq!(found(db, by_ann.limit(1)).await, [4]);
    let of_one = EventQuery::default().tracks([RowRef::of::<Book>(1).expect("a key")]);
    assert_eq!(found(db, of_one).await, [0, 2, 5]);
}

pub(super) async fn diffs_and_contexts(db: &Db) {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Web {
        ip: String,
    }
    books(db).await;
    let events = wanted("events", db.lore.events_of(Book::PRICE.changed().limit(1)).await);
    let (null, b, nine, ten) = (Value::Null, json!("b"), json!(9), json!(10));
    assert_eq!(events[0].diff(), [("title", &b, &null), ("price", &nine, &ten)]);
    assert_eq!(events[0].context.data_as::<Web>().expect("a context"), Web { ip: "::1".to_owned() });
    assert_eq!(events[0].old_row().expect("a Book").map(|book| book.price), Some(9));
    let other = db.lore.events_of::<Book>(EventQuery::default().across([db.table("books").await])).await;
    assert_eq!(other.expect_err("tables in a typed question").kind(), ErrorKind::Request);
}

/// Every row of a table at a moment, several tables at the same one, and the moment of a transaction.
pub(super) async fn all_at_a_moment(db: &Db) {
    books(db).await;
    db.run("create table shelves (id bigint primary key)").await;
    db.track([Book::declaration(), TrackedTable::new("shelves")]).await;
    commit(db, "insert into shelves values (7)").await;
    let transaction = last(db).await.xid.expect("a transaction's number");
    let moment = wanted("a moment", db.lore.moment_of_transaction(transaction).await);
    db.run("insert into shelves values (8)").await;
    db.run("delete from books").await;
    let book = |id, title: Option<&str>, price| Book { id, title: title.map(str::to_owned), price };
    let all = wanted("books", db.lore.all_at::<Book>(moment, 10).await);
    assert_eq!(all, [book(2, None, 10)]);
    let tables = [db.table("books").await, db.table("shelves").await];
    let rows = wanted("rows", db.lore.rows_of(&tables, moment, 10).await);
    let counts: Vec<(&str, usize)> =
        rows.iter().map(|(table, rows)| (table.name.as_str(), rows.len())).collect();
    assert_eq!(counts, [("books", 1), ("shelves", 1)]);
    let changes = db.events("books").await;
    let first = Moment::After(changes[2].event_id);
    let all = wanted("books", db.lore.all_at::<Book>(first, 10).await);
    assert_eq!(all, [book(1, Some("a"), 12), book(2, None, 9)]);
    assert_eq!(wanted("a book", db.lore.at::<Book>(1, first).await), Some(book(1, Some("a"), 12)));
    let none = db.lore.moment_of_transaction(999_999_999).await.expect_err("a moment of nothing");
    assert!(none.to_string().contains("999999999"), "{none}");
}

/// A row named by its struct can be reverted and asked about.
pub(super) async fn rows_by_their_struct(db: &Db) {
    books(db).await;
    let row = RowRef::of::<Book>(1).expect("a key");
    assert_eq!(RowRef::of::<Book>((1, 2)).expect_err("two values").kind(), ErrorKind::Request);
    revert(db, &Revert::Deleted(row.clone())).await;
    assert_eq!(db.value("select price from books where id = 1").await, "12");
    let about = wanted("events", db.lore.events_about(&[row], 1, EventQuery::default()).await);
    assert_eq!(about.len(), 4);
}
