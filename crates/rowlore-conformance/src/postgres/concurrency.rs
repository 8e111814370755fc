//! Writers at the same time: old values are exact, and everybody's changes are their own.

use crate::db::{Db, OtherSession};

use super::ways_to_write::books;

/// Asks until somebody waits for a lock: what another session's statement does can't be waited for in another way.
pub(super) async fn until_somebody_waits(db: &Db) {
    let waiting = "select count(*) from pg_locks where not granted and (database is null or database = \
        (select oid from pg_database where datname = current_database()))";
    while db.value(waiting).await == "0" {
        tokio::task::yield_now().await;
    }
}

async fn begin_as(session: &mut OtherSession, actor: &str) {
    session.run("begin").await;
    session.run(format!("select rowlore.set_context('{{\"actor\": \"{actor}\"}}')")).await;
}

pub(super) async fn two_sessions_one_row(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    let (mut ann, mut bob) = (db.other_session().await, db.other_session().await);
    begin_as(&mut ann, "ann").await;
    begin_as(&mut bob, "bob").await;
    ann.run("update books set price = price + 1").await;
    let waits = bob.run("update books set price = price * 2");
    let commits = async {
        until_somebody_waits(db).await;
        ann.run("commit").await;
    };
    tokio::join!(waits, commits);
    bob.run("commit").await;
    let told = db.story("books").await.split_off(1);
    assert_eq!(told, ["update 1: price 10>11", "update 1: price 11>22"]);
    let actors: Vec<Option<String>> =
        db.events("books").await.into_iter().map(|event| event.context.actor).collect();
    assert_eq!(actors, [None, Some("ann".to_owned()), Some("bob".to_owned())]);
}

pub(super) async fn attribution_is_exact(db: &Db) {
    books(db).await;
    let (mut ann, mut bob) = (db.other_session().await, db.other_session().await);
    begin_as(&mut ann, "ann").await;
    begin_as(&mut bob, "bob").await;
    for id in 0..20 {
        let (writer, title) = if id % 3 == 0 { (&mut ann, "ann") } else { (&mut bob, "bob") };
        writer.run(format!("insert into books values ({id}, '{title}', 1)")).await;
    }
    bob.run("commit").await;
    ann.run("commit").await;
    let events = db.events("books").await;
    assert_eq!(events.len(), 20);
    for event in events {
        assert_eq!(event.context.actor.as_deref(), event.new.expect("an image")["title"].as_str());
    }
}

/// An open writer hides nothing that others committed, and shows nothing of its own.
pub(super) async fn read_while_another_writes(db: &Db) {
    books(db).await;
    let mut other = db.other_session().await;
    other.run("begin").await;
    other.run("insert into books values (1, 'open', 1)").await;
    db.run("insert into books values (2, 'committed', 1)").await;
    db.tells("books", [r#"insert 2: id=2 title="committed" price=1"#]).await;
    other.run("commit").await;
    assert_eq!(db.story("books").await.len(), 2);
}
