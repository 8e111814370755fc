//! Capture works whoever writes and whatever their session is set to, and gives nobody a right they did not have.

use rowlore::declare::{TrackedTable, Tracker};

use super::ways_to_write::books;
use crate::db::Db;

pub(super) async fn empty_search_path(db: &Db) {
    books(db).await;
    let mut other = db.other_session().await;
    other.run("set search_path = ''").await;
    other.run("insert into public.books values (1, 'a', 1)").await;
    other.run("update public.books set price = 2").await;
    other.run("delete from public.books").await;
    db.tells(
        "books",
        [r#"insert 1: id=1 title="a" price=1"#, "update 1: price 1>2", r#"delete 1: id=1 title="a" price=2"#],
    )
    .await;
}

/// Whoever puts functions and operators in the way of ours gets nothing: ours run with a search path of their own.
pub(super) async fn hostile_search_path(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let raised =
        Tracker::new("raised").when("new.price is distinct from old.price and lower(new.title) = 'a'");
    let raised = raised.on([rowlore::declare::Operation::Update]);
    db.track([TrackedTable::new("books").tracker(Tracker::default()).tracker(raised)]).await;
    let mut other = db.other_session().await;
    other.run("create schema evil").await;
    let lying = "returns boolean language plpgsql as $$ begin raise 'the evil one was called'; end $$";
    other.run(format!("create function evil.same(bigint, bigint) {lying}")).await;
    other.run("create operator evil.= (function = evil.same, leftarg = bigint, rightarg = bigint)").await;
    other.run("create function evil.lower(text) returns text language sql as $$ select 'evil' $$").await;
    other.run("create function evil.clock_timestamp() returns timestamptz language sql as $$ select null::timestamptz $$").await;
    other.run("set search_path = evil, public, pg_catalog").await;
    other.run("insert into books values (1, 'a', 1)").await;
    other.run("update books set price = 2").await;
    let lines = [r#"insert 1: id=1 title="a" price=1"#, "update 1: price 1>2", "update[raised] 1: price 1>2"];
    db.tells_in_any_order("books", lines).await;
}

pub(super) async fn role_without_rights(db: &Db) {
    books(db).await;
    let role = format!("clerk_{}", db.value("select current_database()").await);
    db.run(format!("create role {role} login")).await;
    db.run(format!("grant select, insert, update, delete, truncate on books to {role}")).await;
    let mut clerk = db.other_session().await;
    clerk.run(format!("set session authorization {role}")).await;
    clerk.run("begin").await;
    clerk.run("select rowlore.set_context('{\"actor\": \"clerk\", \"data\": {\"till\": 4}}')").await;
    clerk.run("insert into books values (1, 'a', 1)").await;
    clerk.run("commit").await;
    clerk.run("update books set price = 2").await;
    clerk.run("truncate books").await;
    db.tells("books", [r#"insert 1: id=1 title="a" price=1"#, "update 1: price 1>2", "truncate"]).await;
    let events = db.events("books").await;
    assert_eq!(events[0].context.actor.as_deref(), Some("clerk"));
    assert!(events.iter().all(|event| event.context.db_user.as_ref() == Some(&role)), "{events:#?}");
    let table = (db.words.event_table)("books_event");
    let attempts = [
        format!("select * from {table}"),
        format!("insert into {table} (rl_op) values ('i')"),
        format!("delete from {table}"),
        "select * from rowlore.context".to_owned(),
        "insert into rowlore.context (explicit, db_user, at) values (true, 'forged', now())".to_owned(),
        "select rowlore.write_context()".to_owned(),
        "delete from rowlore.tracked".to_owned(),
        "drop table books".to_owned(),
    ];
    for attempt in attempts {
        clerk.refused(attempt).await;
    }
}

pub(super) async fn row_level_security(db: &Db) {
    books(db).await;
    let role = format!("tenant_{}", db.value("select current_database()").await);
    db.run("insert into books values (1, 'ours', 1), (2, 'theirs', 1)").await;
    db.run(format!("create role {role}")).await;
    db.run(format!("grant all on books to {role}")).await;
    db.run("alter table books enable row level security").await;
    db.run("alter table books force row level security").await;
    db.run(format!("create policy own on books to {role} using (title = 'ours')")).await;
    let mut tenant = db.other_session().await;
    tenant.run(format!("set role {role}")).await;
    tenant.run("update books set price = price + 1").await;
    assert_eq!(db.story("books").await[2..], ["update 1: price 1>2"]);
}

/// What a statement waits for is the session's own business: capture changes no setting that outlives it.
pub(super) async fn lock_timeout_is_theirs(db: &Db) {
    books(db).await;
    let mut other = db.other_session().await;
    // Those with a dot belong to extensions: PL/pgSQL's come when it is loaded, rowlore's remember the session.
    let settings = "select name, setting from pg_settings where context in ('user', 'superuser') \
        and name not like '%.%' order by name";
    let before = other.rows(settings).await;
    other.run("insert into books values (1, 'a', 1)").await;
    other.run("update books set price = 2").await;
    let after = other.rows(settings).await;
    let differs: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
    assert!(differs.is_empty() && after.len() == before.len(), "{differs:?}");
}
