//! Events that a program makes itself, by the function that any client can call.

use rowlore::Op;
use rowlore::declare::{TrackedTable, Tracker};

use crate::db::Db;

fn declared(table: &str) -> TrackedTable {
    TrackedTable::new(table).tracker(Tracker::default()).tracker(Tracker::manual("seen"))
}

async fn manual(db: &Db, table: &str) -> Vec<rowlore::Row> {
    let all = db.events(table).await.into_iter().filter(|event| event.op == Op::Manual);
    all.filter_map(|event| event.new).collect()
}

pub(super) async fn for_who_may_write_the_table(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([declared("books")]).await;
    db.run("insert into books values (1, 'a')").await;
    let role =
        format!("maker_{}", db.value("select oid from pg_database where datname = current_database()").await);
    db.run_each([format!("create role {role}"), format!("grant select, delete on books to {role}")]).await;
    let call = r#"select rowlore.record_books('seen', '[{"id": 1}]')"#;
    db.run(format!("set role {role}")).await;
    let said = db.refused(call).await;
    assert!(said.contains(&role) && said.contains("insert"), "{said}");
    db.run_each(["reset role".to_owned(), format!("grant update (title) on books to {role}")]).await;
    db.run_each([format!("set role {role}"), call.to_owned(), "reset role".to_owned()]).await;
    assert_eq!(manual(db, "books").await.len(), 1);
}

pub(super) async fn values_of_every_type(db: &Db) {
    db.run(
        "create type mood as enum ('good', 'bad'); create domain cents as bigint check (value >= 0);
         create table t (id uuid primary key, b bytea, n numeric(30, 10), at timestamptz, d date, tags text[],
           j json, jb jsonb, m mood, c cents, bs bytea[], ok boolean, f float8, i interval, r int4range)",
    )
    .await;
    db.track([declared("t")]).await;
    db.run(
        r#"insert into t values ('11111111-1111-1111-1111-111111111111', '\x00ff', 12345678901234567890.0123456789,
           '2026-01-01 12:00:00.123456+00', '2026-02-03', '{a,"b c",null}', '{"a": 1}', '{"b": [1, null]}', 'good', 7,
           array['\x01'::bytea, null], true, 1.5, '1 mon 2 days', '[1,5)')"#,
    )
    .await;
    // All from the table; then all as readers get them, given back.
    db.run(r#"select rowlore.record_t('seen', '[{"id": "11111111-1111-1111-1111-111111111111"}]')"#).await;
    let row = manual(db, "t").await.remove(0);
    let given = serde_json::json!([row]).to_string().replace('\'', "''");
    db.run("delete from t").await;
    db.run(format!("set timezone = 'America/New_York'; select rowlore.record_t('seen', '{given}')")).await;
    let all = manual(db, "t").await;
    assert_eq!(all[0], all[1]);
    assert_eq!((&all[0]["b"], &all[0]["n"]), (&"AP8=".into(), &"12345678901234567890.0123456789".into()));
}

pub(super) async fn composite_keys_and_other_schemas(db: &Db) {
    db.run("create schema shop; create table shop.stock (place text, item int, n int, primary key (place, item))").await;
    db.track([declared("shop.stock")]).await;
    db.run("insert into shop.stock values ('a', 1, 5), ('b', 1, 6)").await;
    let function = "select p.oid::regproc from pg_proc p where p.proname like 'record\\_shop\\_stock%'";
    let function = db.value(function).await;
    db.run(format!(r#"select {function}('seen', '[{{"item": 1, "place": "b"}}]')"#)).await;
    assert_eq!(manual(db, "stock").await[0]["n"], 6);
    let said = db.refused(format!(r#"select {function}('seen', '[{{"item": 1}}]')"#)).await;
    assert!(said.contains("place, item"), "{said}");
}

pub(super) async fn nonsense_is_refused(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([declared("books")]).await;
    for rows in
        ["null", "'5'", "'[5]'", "'[[]]'", "'[null]'", r#"'{"id": 1}'"#, r#"'[{"id": "x"}]'"#, "'[{}]'"]
    {
        db.refused(format!("select rowlore.record_books('seen', {rows})")).await;
    }
    db.refused(r#"select rowlore.record_books(null, '[{"id": 1}]')"#).await;
    assert_eq!(db.value("select rowlore.record_books('seen', '[]')").await, "{}");
    assert_eq!(manual(db, "books").await, []);
}

/// A large call is one statement and takes no time that grows with its square.
pub(super) async fn ten_thousand_at_once(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([declared("books")]).await;
    db.run("insert into books select n, 'book ' || n from generate_series(1, 10000) n; analyze books").await;
    db.run("set statement_timeout = '20s'").await;
    let made = "select array_length(rowlore.record_books('seen', jsonb_agg(jsonb_build_object('id', n) order by n desc)), 1) \
                from generate_series(1, 10000) n";
    assert_eq!(db.value(made).await, "10000");
    let ids = "select string_agg(id::text, ',' order by rl_event_id) from (select id, rl_event_id from rowlore.books_event \
               where rl_op = 'm' order by rl_event_id limit 3) e";
    assert_eq!(db.value(ids).await, "10000,9999,9998", "numbers in the order of the rows");
}
