//! What was recorded stays as it was recorded, whoever asks.

use rowlore::declare::{Columns, TrackedTable, Tracker};

use crate::db::Db;

/// A sentence, not a syntax error.
fn says_why(said: &str) -> bool {
    said.contains("append-only") || said.contains("are never")
}

pub(super) async fn events_can_not_be_changed(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let titles = Tracker::new("title").columns(Columns::only(["title"])).events("titles");
    db.track([TrackedTable::new("books").tracker(Tracker::default()).tracker(titles)]).await;
    db.run("insert into books values (1, 'a')").await;
    let before = db.events("books").await;
    for events in ["books_event", "titles"] {
        let table = (db.words.event_table)(events);
        assert_eq!(
            db.value(format!("select count(*) from {table}")).await,
            "1",
            "the event table is where it is said"
        );
        let mut attempts = vec![
            format!("update {table} set title = 'b'"),
            format!("delete from {table}"),
            format!("delete from {table} where id = 1"),
            format!("update {table} set rl_op = 'd' where id = 1"),
        ];
        if db.words.truncates {
            attempts.push(format!("truncate {table}"));
        }
        for attempt in attempts {
            let said = db.refused(&attempt).await;
            assert!(says_why(&said), "{attempt}: {said}");
            assert!(said.contains(events), "{attempt}: the table is not named: {said}");
        }
    }
    assert_eq!(db.events("books").await, before);
}

pub(super) async fn also_after_tracking_ended(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a')").await;
    let plan = db.lore.plan_uninstall().await.expect("a plan");
    db.lore.apply(&plan).await.expect("uninstalled");
    let said = db.refused(format!("delete from {}", (db.words.event_table)("books_event"))).await;
    assert!(says_why(&said), "{said}");
    db.tells("books", [r#"insert 1: id=1 title="a""#]).await;
}
