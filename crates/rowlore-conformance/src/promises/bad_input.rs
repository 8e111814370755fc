//! What can't be is refused before anything is written, by a sentence that names the thing.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Condition, Image, TrackedTable, Tracker};
use rowlore::read::EventQuery;
use rowlore::{ErrorKind, History, Row, TableName};
use serde_json::json;

use crate::db::Db;

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
}

pub(super) async fn unknown_table(db: &Db) {
    books(db).await;
    says(&db.refuses([TrackedTable::new("boks")]).await, &["boks", "did you mean `books`?"]);
    says(&db.refuses([TrackedTable::new("nowhere.books")]).await, &["nowhere.books"]);
    says(&db.refuses([TrackedTable::new("Books")]).await, &["Books", "did you mean `books`?"]);
}

pub(super) async fn misspelt_column(db: &Db) {
    books(db).await;
    let books = || TrackedTable::new("books");
    let suggestion = ["pirce", "did you mean `price`?"];
    says(&db.refuses([books().only(["pirce"])]).await, &suggestion);
    says(&db.refuses([books().except(["pirce"])]).await, &suggestion);
    says(&db.refuses([books().key(["pirce"])]).await, &suggestion);
    let columns = || Columns::only(["pirce"]);
    says(&db.refuses([books().tracker(Tracker::default().columns(columns()))]).await, &suggestion);
    for condition in [
        Condition::AnyChanged(columns()),
        Condition::AllChanged(columns()),
        Condition::AnyUnchanged(columns()),
        Condition::AllUnchanged(Columns::except(["pirce"])),
    ] {
        says(&db.refuses([books().tracker(Tracker::default().condition(condition))]).await, &suggestion);
    }
}

pub(super) async fn no_key(db: &Db) {
    db.run("create table log (line text)").await;
    says(&db.refuses([TrackedTable::new("log")]).await, &["log", "primary key", "key = "]);
    db.apply([TrackedTable::new("log").key(["line"])]).await;
}

pub(super) async fn view(db: &Db) {
    books(db).await;
    db.run("create view titles as select title from books").await;
    says(&db.refuses([TrackedTable::new("titles").key(["title"])]).await, &["titles", "view"]);
}

pub(super) async fn all_problems_at_once(db: &Db) {
    books(db).await;
    db.run("create table log (line text)").await;
    let when = Tracker::default().on([Update]).when("new.x > 1");
    let said = db
        .refuses([
            TrackedTable::new("boks"),
            TrackedTable::new("books").except(["titel"]).tracker(when),
            TrackedTable::new("log"),
        ])
        .await;
    says(&said, &["boks", "titel", "when", "log"]);
}

pub(super) async fn events_name_taken_twice(db: &Db) {
    books(db).await;
    db.run("create table films (id bigint primary key, title text)").await;
    let into_one = |table: &str| TrackedTable::new(table).tracker(Tracker::default().events("happened"));
    says(&db.refuses([into_one("books"), into_one("films")]).await, &["books", "films", "happened"]);
    // A table of the user's that is called like an event table is not touched, whatever the engine makes of it.
    db.run("create table books_event (id bigint primary key, theirs text)").await;
    db.run("insert into books_event values (1, 'mine')").await;
    match db.plan([TrackedTable::new("books")]).await {
        Ok(plan) => {
            db.lore.apply(&plan).await.expect("the plan was made");
            db.run("insert into books values (1, 'a', 1)").await;
            assert_eq!(db.story("books").await.len(), 1);
        }
        Err(error) => says(&error.to_string(), &["books_event"]),
    }
    assert_eq!(
        db.rows("select id, theirs from books_event").await,
        [[Some("1".into()), Some("mine".into())]]
    );
}

pub(super) async fn own_prefix(db: &Db) {
    db.run("create table odd (id bigint primary key, rl_op text)").await;
    says(&db.refuses([TrackedTable::new("odd")]).await, &["rl_op", "prefix"]);
    db.apply([TrackedTable::new("odd").except(["rl_op"])]).await;
}

pub(super) async fn contradictions(db: &Db) {
    books(db).await;
    let rule = |tracker: Tracker| TrackedTable::new("books").tracker(tracker);
    let old = Tracker::default().on([Insert]).image(Image::Old);
    says(&db.refuses([rule(old)]).await, &["an insert has no old row"]);
    let new = Tracker::default().on([Delete]).image(Image::New);
    says(&db.refuses([rule(new)]).await, &["a delete has no new row"]);
    says(&db.refuses([rule(Tracker::new(""))]).await, &["label"]);
    says(&db.refuses([TrackedTable::new("a.b.c")]).await, &["a.b.c"]);
    says(&db.refuses([TrackedTable::new("books"), TrackedTable::new("books")]).await, &["twice"]);
}

fn row(value: serde_json::Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

pub(super) async fn key_of_the_wrong_shape(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 1)").await;
    let table = db.table("books").await;
    for wrong in [
        json!({}),
        json!({"title": "a"}),
        json!({"id": 1, "title": "a"}),
        json!({"id": "one"}),
        json!({"id": [1]}),
    ] {
        let asked = db.lore.history(&table, &row(wrong.clone()), &History::default()).await;
        let Err(error) = asked else { panic!("a key of {wrong} was taken for one of books: {asked:?}") };
        assert_eq!(error.kind(), ErrorKind::Request, "{wrong}: {error}");
        // It names the column or, since the person wrote it, the value.
        let said = format!("{error} {}", error.hint_text().unwrap_or_default());
        assert!(said.contains(" id") || said.contains("`id`") || said.contains("one"), "{wrong}: {said}");
    }
}

pub(super) async fn never_tracked_table(db: &Db) {
    books(db).await;
    let ask = |name: &str| EventQuery { tables: vec![TableName::new("", name)], ..EventQuery::default() };
    assert_eq!(db.ask(&EventQuery::default()).await, [], "nothing is tracked, nothing happened");
    let error = db.lore.events(&ask("books")).await.expect_err("books was never tracked");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    says(&error.to_string(), &["books"]);
    db.track([TrackedTable::new("books")]).await;
    let error = db.lore.find(&TableName::new("", "boks")).await.expect_err("there is no such table");
    says(&format!("{error} {}", error.hint_text().unwrap_or_default()), &["boks", "books"]);
}

pub(super) async fn malformed_request(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    let table = db.table("books").await;
    let key = Some(row(json!({"id": 1})));
    let no_table = EventQuery { key, ..EventQuery::default() };
    let error = db.lore.events(&no_table).await.expect_err("a key of which table?");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    let error = db.lore.engine().backfill(&TableName::new("", "boks"), 10).await.expect_err("no such table");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    says(&error.to_string(), &["boks"]);
    let nothing = EventQuery { tables: vec![table], limit: 0, ..EventQuery::default() };
    assert_eq!(db.ask(&nothing).await, []);
}
