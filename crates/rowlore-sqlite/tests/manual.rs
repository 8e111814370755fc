//! Events that a program makes itself, as a program on SQLite makes them.

use rowlore::declare::{Columns, Events, TrackedTable, Tracker};
use rowlore::{Context, ErrorKind, Op, Row, Tracked, Value};
use rowlore_sqlite::{ManualEvents, Transactions};
use serde::Serialize;
use serde_json::json;

use super::{Db, changes, row, run, table, tracked};

const BOOKS: &str = "create table books (
    id integer primary key, context_id integer, xid text, title text, paid boolean, meta json, cover blob)";

fn books() -> Db {
    let declared = TrackedTable::new("books")
        .tracker(Tracker::default())
        .tracker(Tracker::manual("book.reviewed"))
        .tracker(Tracker::manual("noted").events("notes").columns(Columns::only(["title"])))
        .event_table(Events::named("notes").without_key().extra_value(
            "source",
            "text",
            "'manual' -- a comment",
        ));
    tracked(BOOKS, [declared])
}

fn new_of(lore: &Db, label: &str) -> Row {
    let all = changes(lore);
    let event = all.iter().find(|change| change.label == label).unwrap();
    assert_eq!(event.op, Op::Manual);
    event.new.clone().unwrap()
}

/// The tracked table has columns that are called like those of rowlore's own state.
#[test]
fn values_of_every_kind_and_columns_called_like_ours() {
    let lore = books();
    run(&lore, "insert into books values (1, 7, 'x', 'Dune', true, '[1, 2]', x'00ff')");
    let given = row(json!({"id": "1", "title": "Dune 2", "meta": {"a": null}}));
    let context = Context::actor("user:5");
    let id =
        lore.transaction(context, |tx| tx.create_event(&table("books"), "book.reviewed", &given)).unwrap();
    let event = changes(&lore).into_iter().find(|change| change.event_id == id).unwrap();
    assert_eq!(event.context.actor.as_deref(), Some("user:5"));
    let wanted = json!({
        "id": 1, "context_id": 7, "xid": "x", "title": "Dune 2", "paid": true, "meta": {"a": null}, "cover": "AP8=",
    });
    assert_eq!(Value::Object(event.new.unwrap()), wanted);
    let given = row(json!({"id": 1, "cover": "AAAA", "paid": false}));
    lore.create_event(&table("books"), "book.reviewed", &given).unwrap();
    let stored: Vec<u8> = lore
        .engine()
        .with(|c| c.query_row("select cover from rowlore_books_event order by 1 desc", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(stored, [0, 255]);
}

#[derive(Serialize, serde::Deserialize, rowlore::Tracked)]
#[rowlore(table = "books")]
struct Book {
    #[rowlore(key)]
    id: i64,
    title: Option<String>,
}

#[test]
fn outside_of_a_transaction_and_of_a_struct() {
    let lore = books();
    assert_eq!(Book::TABLE, "books");
    let first = lore.create_event_of(&Book { id: 3, title: Some("a".into()) }, "book.reviewed").unwrap();
    let many = [row(json!({"id": 4})), row(json!({"id": 5}))];
    let ids = lore.create_events(&table("books"), "book.reviewed", &many).unwrap();
    assert_eq!(ids, [first + 1, first + 2]);
    let made = new_of(&lore, "book.reviewed");
    assert_eq!((&made["id"], &made["title"], &made["xid"]), (&json!(3), &json!("a"), &Value::Null));
    assert!(changes(&lore).iter().all(|change| change.context == Context::default()));
}

#[test]
fn without_a_key_and_with_a_column_of_its_own() {
    let lore = books();
    run(&lore, "insert into books (id, title) values (1, 'Dune')");
    let (of_a_row, of_none) = (row(json!({"id": 1})), row(json!({"title": "free"})));
    lore.create_events(&table("books"), "noted", &[of_a_row, of_none]).unwrap();
    let notes: Vec<(String, String)> = lore
        .engine()
        .with(|c| {
            let mut query = c.prepare("select title, source from rowlore_notes order by rl_event_id")?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .unwrap();
    let wanted = [("Dune", "manual"), ("free", "manual")];
    assert_eq!(notes, wanted.map(|(title, source)| (title.to_owned(), source.to_owned())));
}

#[test]
fn all_or_nothing() {
    let lore = books();
    let rows = [row(json!({"id": 1})), row(json!({"id": 2, "paid": {"not": "a boolean"}}))];
    let error = lore
        .transaction(Context::default(), |tx| {
            let error = tx.create_events(&table("books"), "book.reviewed", &rows).unwrap_err();
            tx.create_event(&table("books"), "book.reviewed", &row(json!({"id": 9})))?;
            Ok(error)
        })
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.to_string().contains("`paid` of books is boolean"), "{error}");
    let keys: Vec<Value> = changes(&lore).iter().map(|change| change.key["id"].clone()).collect();
    assert_eq!(keys, [json!(9)]);
}
