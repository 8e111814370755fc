//! The database says who, also of those who say nothing, and it costs no row for each transaction.

use super::ways_to_write::books;
use crate::db::Db;

async fn contexts(db: &Db) -> u32 {
    db.value("select count(*) from rowlore.context").await.parse().expect("a number")
}

pub(super) async fn who_edits_by_hand(db: &Db) {
    books(db).await;
    let mut psql = db.other_session().await;
    psql.run("set application_name = 'psql'").await;
    psql.run("insert into books values (1, 'a', 1)").await;
    psql.run("set application_name = 'another tool'").await;
    psql.run("update books set price = 2").await;
    let user = db.value("select session_user").await;
    let events = db.events("books").await;
    let who = |index: usize| {
        let context = &events[index].context;
        (context.db_user.clone(), context.application.clone(), context.client.clone(), context.actor.clone())
    };
    // No address: the connection is a local socket.
    assert_eq!(who(0), (Some(user.clone()), Some("psql".to_owned()), None, None));
    assert_eq!(who(1), (Some(user), Some("another tool".to_owned()), None, None));
}

pub(super) async fn no_row_for_each_transaction(db: &Db) {
    books(db).await;
    let mut other = db.other_session().await;
    other.run("set application_name = 'shop'").await;
    other.run("insert into books values (0, 'a', 1)").await;
    let before = contexts(db).await;
    for id in 1..=20 {
        other.run(format!("insert into books values ({id}, 'a', 1)")).await;
    }
    assert_eq!(contexts(db).await, before, "transactions of one session without a context of their own");
    let mut again = db.other_session().await;
    again.run("set application_name = 'shop'").await;
    again.run("update books set price = 2").await;
    assert_eq!(contexts(db).await, before, "another session of the same user and program");
    other.run("begin").await;
    other.run("insert into books values (100, 'undone', 1)").await;
    other.run("rollback").await;
    other.run("insert into books values (101, 'kept', 1)").await;
    let last = db.events("books").await.pop().expect("an event");
    assert_eq!(
        last.context.application.as_deref(),
        Some("shop"),
        "after a rollback the session is still known"
    );
}

pub(super) async fn no_row_without_an_event(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1)").await;
    let before = contexts(db).await;
    db.run_each(["begin", "select rowlore.set_context('{\"actor\": \"reader\"}')", "select * from books"])
        .await;
    db.run_each(["update books set price = price", "commit"]).await;
    assert_eq!(contexts(db).await, before, "a context that changed nothing leaves nothing");
    db.run_each(["begin", "select rowlore.set_context('{\"actor\": \"writer\"}')"]).await;
    db.run_each(["update books set price = 2", "update books set price = 3", "delete from books", "commit"])
        .await;
    assert_eq!(contexts(db).await, before + 1, "one row for one context, however many events");
}

pub(super) async fn settings_end_with_the_transaction(db: &Db) {
    books(db).await;
    let mut other = db.other_session().await;
    other.run("begin").await;
    other.run("select rowlore.set_context('{\"actor\": \"a\"}')").await;
    other.run("insert into books values (1, 'a', 1)").await;
    other.run("savepoint s").await;
    other.run("select rowlore.set_context('{\"actor\": \"b\"}')").await;
    other.run("insert into books values (2, 'b', 1)").await;
    other.run("rollback to savepoint s").await;
    other.run("insert into books values (3, 'c', 1)").await;
    other.run("commit").await;
    other.run("insert into books values (4, 'd', 1)").await;
    // Outside a transaction the context ends with its own statement.
    other.run("select rowlore.set_context('{\"actor\": \"c\"}')").await;
    other.run("insert into books values (5, 'e', 1)").await;
    let actors: Vec<Option<String>> =
        db.events("books").await.into_iter().map(|event| event.context.actor).collect();
    assert_eq!(actors, [Some("a".to_owned()), Some("a".to_owned()), None, None]);
}

pub(super) async fn set_context_refuses_nonsense(db: &Db) {
    books(db).await;
    for nonsense in ["null", "'[]'", "'{\"actr\": \"x\"}'", "'{\"data\": 5}'", "'not json'", "'5'"] {
        db.refused(format!("select rowlore.set_context({nonsense})")).await;
    }
}
