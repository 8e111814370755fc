//! What users of history libraries suffer from when tables change, are emptied or inherit, one promise each, named
//! after the pain (shared/research/pghistory.md §5).

use rowlore::declare::TrackedTable;
use rowlore::revert::Revert;
use rowlore::{Context, History};
use serde_json::json;

use super::revert::{LIBRARY, contents, key, last, last_transaction, library, revert, the};
use crate::db::Db;
use crate::subject::Step;

/// After a migration of the tracked table the triggers were out of date, and nothing said so; putting them in anew did
/// silently nothing. Here writes go through, the plan says what is missing, and after it everything is recorded.
pub(super) async fn triggers_are_outdated_after_a_migration(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let declared = || [TrackedTable::new("books")];
    db.track(declared()).await;
    db.run("insert into books values (1, 'a')").await;
    db.run("alter table books add column price bigint").await;
    db.run("update books set title = 'b'").await;
    let plan = db.plan(declared()).await.expect("a plan");
    let told = rowlore::plan::explain::explain(&plan, true);
    assert!(told.contains("price"), "it names the column that is not recorded yet: {told}");
    assert!(db.story("books").await[1].contains(r#"title "a">"b""#), "what is known is recorded meanwhile");
    db.track(declared()).await;
    db.run("update books set price = 6").await;
    assert_eq!(db.story("books").await.last().map(String::as_str), Some("update 1: price null>6"));
    db.settled(declared()).await;
}

/// A column came with a migration and was written to before anybody applied. What it held then was in no event: the next
/// change was said to be one from null, the past said null, and undoing that change wrote the null. Now such a table
/// gets a new baseline; one whose new column is still empty needs none.
pub(super) async fn a_new_column_is_written_before_the_apply(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let declared = || [TrackedTable::new("books")];
    db.track(declared()).await;
    db.run("insert into books values (1, 'a'), (2, 'b')").await;
    db.run("alter table books add column empty text").await;
    db.track(declared()).await;
    assert_eq!(db.story("books").await.len(), 2, "no new baseline");
    db.run("alter table books add column price bigint").await;
    db.run("update books set price = 5 where id = 1").await;
    // The first change after the apply comes before the baseline does, or after it.
    db.apply(declared()).await;
    db.run("update books set price = 6 where id = 1").await;
    assert_eq!(db.story("books").await.last().map(String::as_str), Some("update 1: price 5>6"));
    let update = last(db).await.event_id;
    db.backfill_all().await;
    db.settled(declared()).await;
    revert(db, &Revert::Event(update)).await;
    assert_eq!(db.value("select price from books where id = 1").await, "5");
}

/// A renamed column, then a renamed table: whichever came first, triggers of the old name stayed and broke each write.
pub(super) async fn renames_in_the_wrong_order(db: &Db) {
    for (table, first, second) in [
        ("one", "alter table one rename column title to name", "alter table one rename to one_b"),
        ("two", "alter table two rename to two_b", "alter table two_b rename column title to name"),
    ] {
        db.run(format!("create table {table} (id bigint primary key, title text)")).await;
        db.track([TrackedTable::new(table)]).await;
        db.run(format!("insert into {table} values (1, 'a')")).await;
        db.run_each([first, second]).await;
        let now = format!("{table}_b");
        db.track([TrackedTable::new(&now)]).await;
        db.run(format!("update {now} set name = 'b'")).await;
        let told = db.story(&now).await;
        assert!(told[0].starts_with("insert 1: ") && told[0].contains(r#"title="a""#), "{told:#?}");
        assert!(told.last().is_some_and(|line| line.contains(r#"name "a">"b""#)), "{told:#?}");
        let plan = db.lore.plan_uninstall().await.expect("a plan");
        db.lore.apply(&plan).await.expect("uninstalled");
    }
}

/// A revert put one row back, and neither its children nor its join rows nor the pointers at it; nothing said who
/// reverted what.
pub(super) async fn a_revert_forgets_related_rows(db: &Db) {
    library(db).await;
    let before = contents(db, &LIBRARY).await;
    db.commit(Context::actor("ann"), [Step::sql("delete from authors where id = 1")]).await;
    let lost = contents(db, &LIBRARY).await;
    assert!(before.iter().zip(&lost).filter(|(was, is)| was != is).count() >= 4, "{lost:?}");
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
    let book = db.history("books", key(&json!({"id": 1})), &History::default()).await;
    let kinds: Vec<&str> = book.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"insert"), Some(&"insert")), "{book:#?}");
}

/// A child's table held only what is its own: its history was half of the story, and nothing could put it back.
pub(super) async fn inheritance(db: &Db) {
    db.run_each([
        "create table people (id bigint primary key, name text)",
        "create table authors (person bigint primary key references people (id) on delete cascade, pen_name text)",
    ])
    .await;
    db.track([TrackedTable::new("people"), TrackedTable::new("authors").links(["person"])]).await;
    db.run_each([
        "insert into people values (1, 'Eric')",
        "insert into authors values (1, 'George')",
        "update people set name = 'Eric Arthur'",
    ])
    .await;
    let tables = ["people", "authors"];
    let before = contents(db, &tables).await;
    db.run("delete from people where id = 1").await;
    let whole = db.history("people", key(&json!({"id": 1})), &History::default()).await;
    assert_eq!(whole.len(), 5, "{whole:#?}");
    assert!(whole.iter().any(|line| line.contains("pen_name=\"George\"")), "{whole:#?}");
    revert(db, &Revert::Deleted(the(db, "people", 1).await)).await;
    assert_eq!(contents(db, &tables).await, before, "parent and child are back");
}

/// A statement that empties a table left no trace. Where there is no such statement, a delete of everything is told
/// row by row.
pub(super) async fn truncate_goes_unseen(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a'), (2, 'b')").await;
    let before = contents(db, &["books"]).await;
    let empties = if db.words.truncates { "truncate books" } else { "delete from books" };
    db.commit(Context::actor("ann"), [Step::sql(empties)]).await;
    let last = db.events("books").await.pop().expect("an event");
    assert_eq!(last.context.actor.as_deref(), Some("ann"));
    assert_eq!(last.op.name(), if db.words.truncates { "truncate" } else { "delete" });
    assert_eq!(db.rows_at("books", rowlore::Timestamp::now()).await.len(), 0);
    revert(db, &last_transaction(db).await).await;
    assert_eq!(contents(db, &["books"]).await, before);
}
