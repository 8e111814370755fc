//! The history of a row, from its first event to its last.

use rowlore::declare::TrackedTable;
use rowlore::{Column, History, Row, Tracked};
use serde_json::json;

use crate::db::{Db, wanted};
use crate::story::story;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Book {
    id: i64,
    title: String,
    pages: Option<i64>,
}

impl Tracked for Book {
    const TABLE: &'static str = "books";
    const KEY: &'static [&'static str] = &["id"];

    fn declaration() -> TrackedTable {
        TrackedTable::new(Self::TABLE)
    }
}

fn id(id: i64) -> Row {
    json!({"id": id}).as_object().cloned().unwrap_or_default()
}

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([Book::declaration()]).await;
    db.run_each([
        "insert into books values (1, 'a', 10), (2, 'b', 20)",
        "update books set price = price + 1",
        "update books set title = 'c', price = 0 where id = 1",
        "delete from books where id = 1",
        "insert into books values (1, 'again', 5)",
    ])
    .await;
}

const OF_ONE: [&str; 5] = [
    r#"insert 1: id=1 title="a" price=10"#,
    "update 1: price 10>11",
    r#"update 1: title "a">"c", price 11>0"#,
    r#"delete 1: id=1 title="c" price=0"#,
    r#"insert 1: id=1 title="again" price=5"#,
];

pub(super) async fn timeline(db: &Db) {
    books(db).await;
    assert_eq!(db.history("books", id(1), &History::default()).await, OF_ONE);
    let of_two = [r#"insert 2: id=2 title="b" price=20"#, "update 2: price 20>21"];
    assert_eq!(db.history("books", id(2), &History::default()).await, of_two);
    assert_eq!(db.history("books", id(3), &History::default()).await, [""; 0]);
}

pub(super) async fn since_until_limit(db: &Db) {
    books(db).await;
    let table = db.table("books").await;
    let all = wanted("history", db.lore.history(&table, &id(1), &History::default()).await);
    for limit in 0..=6_usize {
        let told = db.history("books", id(1), &History { limit: Some(limit), ..History::default() }).await;
        assert_eq!(told, OF_ONE[5_usize.saturating_sub(limit)..], "the latest {limit}");
    }
    for moment in all.iter().map(|change| change.at) {
        let since = History { since: Some(moment), ..History::default() };
        let until = History { until: Some(moment), ..History::default() };
        let after: Vec<_> = all.iter().filter(|change| change.at >= moment).cloned().collect();
        let before: Vec<_> = all.iter().filter(|change| change.at <= moment).cloned().collect();
        assert_eq!(db.history("books", id(1), &since).await, story(&after));
        assert_eq!(db.history("books", id(1), &until).await, story(&before));
    }
}

pub(super) async fn changed_columns(db: &Db) {
    books(db).await;
    let table = db.table("books").await;
    let all = wanted("history", db.lore.history(&table, &id(1), &History::default()).await);
    let changed: Vec<Option<Vec<String>>> = all.into_iter().map(|change| change.changed).collect();
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(changed, [None, names(&["price"]), names(&["title", "price"]), None, None]);
    // The old image of an event is that of the event before, also when that one is left out.
    let latest = History { limit: Some(3), ..History::default() };
    assert_eq!(db.history("books", id(1), &latest).await, OF_ONE[2..]);
}

pub(super) async fn typed_events_of_an_older_shape(db: &Db) {
    books(db).await;
    db.run("alter table books add column pages bigint").await;
    db.track([Book::declaration()]).await;
    db.run("update books set pages = 300 where id = 2").await;
    let history = wanted("history", db.lore.history_of::<Book>(2, &History::default()).await);
    let rows: Vec<Book> =
        history.iter().map(|event| event.new_row().expect("a Book").expect("a row")).collect();
    let book = |pages| Book { id: 2, title: "b".to_owned(), pages };
    assert_eq!(rows, [book(None), book(None), book(Some(300))]);
    assert!(history[2].touches(Column::<Book>::new("pages")));
    assert!(!history[2].touches(Column::<Book>::new("price")));
    assert_eq!(history[2].old_row().expect("a Book"), Some(book(None)));
    let now = wanted("at", db.lore.at::<Book>(2, history[2].at).await);
    assert_eq!(now, Some(book(Some(300))));
}
