//! What becomes of updates that change nothing is as declared.

use rowlore::declare::{TrackedTable, Unchanged};

use crate::db::Db;

async fn books(db: &Db, unchanged: Unchanged) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books").unchanged(unchanged)]).await;
    db.run("insert into books (id, title, price) values (1, 'a', 10), (2, 'b', null)").await;
}

/// The events after the two inserts.
async fn after_the_inserts(db: &Db) -> Vec<String> {
    let mut told = db.story("books").await.split_off(2);
    told.sort();
    told
}

pub(super) async fn skip(db: &Db) {
    books(db, Unchanged::Skip).await;
    db.run("update books set title = title, price = price").await;
    assert_eq!(after_the_inserts(db).await, [""; 0]);
    db.run("update books set title = 'b'").await;
    assert_eq!(after_the_inserts(db).await, [r#"update 1: title "a">"b""#]);
}

pub(super) async fn record(db: &Db) {
    books(db, Unchanged::Record).await;
    db.run("update books set title = title").await;
    assert_eq!(after_the_inserts(db).await, ["update 1: nothing", "update 2: nothing"]);
    db.run("update books set title = 'b'").await;
    let told = after_the_inserts(db).await;
    assert_eq!(
        told,
        [r#"update 1: nothing"#, r#"update 1: title "a">"b""#, "update 2: nothing", "update 2: nothing"]
    );
}

pub(super) async fn suppress(db: &Db) {
    if !db.words.suppresses {
        db.run("create table books (id bigint primary key, title text)").await;
        let said = db.refuses([TrackedTable::new("books").unchanged(Unchanged::Suppress)]).await;
        assert!(said.contains("suppress") && said.contains("books"), "{said}");
        return;
    }
    books(db, Unchanged::Suppress).await;
    db.run("update books set title = title").await;
    assert_eq!(after_the_inserts(db).await, [""; 0]);
    db.run("update books set title = 'b'").await;
    assert_eq!(after_the_inserts(db).await, [r#"update 1: title "a">"b""#]);
    assert_eq!(db.value("select title from books where id = 1").await, "b");
}

pub(super) async fn skip_looks_at_recorded_columns(db: &Db) {
    db.run("create table books (id bigint primary key, title text, touched bigint)").await;
    db.track([TrackedTable::new("books").except(["touched"])]).await;
    db.run("insert into books (id, title, touched) values (1, 'a', 1)").await;
    db.run("update books set touched = 2").await;
    db.run("update books set touched = 3, title = 'b'").await;
    db.tells("books", [r#"insert 1: id=1 title="a""#, r#"update 1: title "a">"b""#]).await;
}

pub(super) async fn nulls_compare(db: &Db) {
    books(db, Unchanged::Skip).await;
    db.run("update books set price = null").await;
    assert_eq!(after_the_inserts(db).await, ["update 1: price 10>null"]);
    db.run("update books set price = null, title = null").await;
    let told = after_the_inserts(db).await;
    assert_eq!(
        told,
        ["update 1: price 10>null", r#"update 1: title "a">null"#, r#"update 2: title "b">null"#]
    );
}
