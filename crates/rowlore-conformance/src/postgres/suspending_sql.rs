//! Suspending where sessions can set what they like and roles may not do what others may.

use rowlore::declare::{Operation, TrackedTable, Tracker};

use super::ways_to_write::books;
use crate::db::Db;

async fn recorded(db: &Db) -> Vec<i64> {
    db.events("books").await.iter().filter_map(|event| event.key["id"].as_i64()).collect()
}

fn insert(id: u32) -> String {
    format!("insert into books values ({id}, 'a', 1)")
}

async fn role(db: &Db, name: &str) -> String {
    let role = format!(
        "{name}_{}",
        db.value("select oid from pg_database where datname = current_database()").await
    );
    db.run_each([format!("create role {role}"), format!("grant all on books to {role}")]).await;
    role
}

/// What a session sets by hand is no suspension.
pub(super) async fn a_setting_is_not_enough(db: &Db) {
    books(db).await;
    for value in ["1", "{public.books}", "public.books", "x"] {
        db.run_each([
            format!("set rowlore.suspended = '{value}'"),
            format!("delete from books; {}", insert(1)),
        ])
        .await;
    }
    assert_eq!(recorded(db).await, [1; 7], "four inserts and three deletes");
    // Nor is the number of a suspension that ended, or of another transaction.
    db.run_each(["begin", "select rowlore.suspend('{books}')", &insert(2), "commit"]).await;
    let last = db.value("select max(id) from rowlore.suspension").await;
    db.run_each([
        "begin".to_owned(),
        format!("set local rowlore.suspended = '{last}'"),
        insert(3),
        "commit".to_owned(),
    ])
    .await;
    db.run_each(["begin", "select rowlore.resume(rowlore.suspend('{books}'))"]).await;
    let last = db.value("select max(id) from rowlore.suspension").await;
    db.run_each([format!("set local rowlore.suspended = '{last}'"), insert(4), "commit".to_owned()]).await;
    assert_eq!(recorded(db).await[7..], [3, 4]);
}

pub(super) async fn only_for_whom_it_is_granted(db: &Db) {
    books(db).await;
    let role = role(db, "loader").await;
    db.run(format!("set role {role}")).await;
    let said = db.refused("select rowlore.suspend('{books}')").await;
    assert!(said.contains("permission denied for function suspend"), "{said}");
    db.refused("select rowlore.suspends('{books}')").await;
    db.refused("insert into rowlore.suspension (xid, at, trackers, ends) values (1, now(), '{x}', false)")
        .await;
    db.run_each([
        "reset role".to_owned(),
        format!("grant execute on function rowlore.suspend(text[]) to {role}"),
    ])
    .await;
    db.run(format!("set role {role}")).await;
    db.run_each(["begin", "select rowlore.resume(rowlore.suspend('{books}'))", &insert(1)]).await;
    db.run_each(["select rowlore.suspend('{books}')", &insert(2), "commit", "reset role"]).await;
    assert_eq!(recorded(db).await, [1]);
    db.apply([TrackedTable::new("books")]).await;
    db.run_each([format!("set role {role}"), "begin".to_owned()]).await;
    db.run_each(["select rowlore.suspend('{books}')", "rollback", "reset role"]).await;
}

/// Somebody else's function suspends while it works; who calls it can't go back into that scope.
pub(super) async fn a_scope_that_ended_stays_closed(db: &Db) {
    books(db).await;
    let role = role(db, "caller").await;
    db.run(
        "create function load() returns text language plpgsql security definer as $$
         declare outer_one text := rowlore.suspend('{books}'); inner_one text;
         begin insert into books values (1, 'a', 1); inner_one := rowlore.suspend('{books:delete}');
           perform rowlore.resume(outer_one); return inner_one; end $$",
    )
    .await;
    db.run_each([format!("set role {role}"), "begin".to_owned()]).await;
    let scope = db.value("select load()").await;
    let said = db.refused(format!("select rowlore.resume('{scope}')")).await;
    assert!(said.contains("no scope"), "{said}");
    db.run_each(["rollback", "begin", "select load()", &insert(2), "commit", "reset role"]).await;
    assert_eq!(recorded(db).await, [2]);
}

pub(super) async fn what_was_suspended_stays_on_record(db: &Db) {
    books(db).await;
    db.run_each(["begin", "select rowlore.suspend('{books}')", "commit"]).await;
    for sql in [
        "delete from rowlore.suspension",
        "update rowlore.suspension set trackers = '{}'",
        "truncate rowlore.suspension",
    ] {
        let said = db.refused(sql).await;
        assert!(said.contains("append-only"), "{said}");
    }
}

pub(super) async fn each_change_is_a_row(db: &Db) {
    books(db).await;
    db.run("create table shelves (id int primary key)").await;
    db.track([TrackedTable::new("books"), TrackedTable::new("shelves")]).await;
    db.run("begin").await;
    let first = db.value("select rowlore.suspend('{books}')").await;
    let second = db.value("select rowlore.suspend('{shelves:insert}')").await;
    db.run_each([format!("select rowlore.resume('{second}')"), format!("select rowlore.resume('{first}')")])
        .await;
    db.run_each(["insert into shelves values (1)", "commit"]).await;
    let rows = db.rows("select trackers from rowlore.suspension order by id").await;
    let told: Vec<&str> = rows.iter().filter_map(|row| row[0].as_deref()).collect();
    assert_eq!(told, ["{public.books}", "{public.books,public.shelves:insert}", "{public.books}", "{}"]);
    assert_eq!(db.value("select count(distinct xid) from rowlore.suspension").await, "1");
    db.tells("shelves", ["insert 1: id=1"]).await;
}

pub(super) async fn truncate_and_partitions(db: &Db) {
    db.run("create table sales (id int primary key, n int) partition by range (id)").await;
    db.run("create table sales_1 partition of sales for values from (0) to (10)").await;
    db.run("create table sales_2 partition of sales default").await;
    db.track([TrackedTable::new("sales")]).await;
    let count = async || db.events("sales").await.len();
    db.run_each(["begin", "select rowlore.suspend('{sales}')", "insert into sales values (1, 1), (11, 1)"])
        .await;
    db.run_each(["insert into sales_1 values (2, 1)", "update sales set id = id + 20 where id = 1"]).await;
    db.run_each(["update sales_2 set n = 2", "truncate sales_1", "truncate sales", "commit"]).await;
    assert_eq!(count().await, 0);
    // Only the truncate: its partitions do not speak in its place.
    db.run("insert into sales values (1, 1), (11, 1)").await;
    db.run_each(["begin", "select rowlore.suspend('{sales:truncate}')", "truncate sales", "commit"]).await;
    assert_eq!(count().await, 2);
    db.run_each(["begin", "select rowlore.suspend('{sales:delete}')", "insert into sales values (1, 1)"])
        .await;
    db.run_each(["truncate sales_1", "truncate sales", "commit"]).await;
    let ops: Vec<String> = db.events("sales").await.iter().skip(2).map(|event| event.label.clone()).collect();
    assert_eq!(ops, ["insert", "truncate"]);
}

/// While the baseline is pending, a suspended update does not record the row's image of before either.
pub(super) async fn while_the_baseline_is_pending(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.run("insert into books values (1, 'a', 1), (2, 'b', 1)").await;
    let other = Tracker::new("repriced").on([Operation::Update]).events("prices");
    db.apply([TrackedTable::new("books").tracker(Tracker::default()).tracker(other)]).await;
    db.run_each([
        "begin",
        "select rowlore.suspend('{books:update}')",
        "update books set title = 'x' where id = 1",
    ])
    .await;
    db.run("commit").await;
    let labels: Vec<String> = db.events("books").await.iter().map(|event| event.label.clone()).collect();
    assert_eq!(labels, ["repriced"]);
}

/// Names are written as a person writes them; two tables of one name need their schemas.
pub(super) async fn names_with_schemas(db: &Db) {
    books(db).await;
    db.run_each([
        "create schema shop",
        "create table shop.books (id int primary key)",
        "create table \"Odd: Name\" (id int primary key)",
    ])
    .await;
    let tables = ["books", "shop.books", "\"Odd: Name\""].map(TrackedTable::new);
    db.track(tables).await;
    db.run("begin").await;
    let said = db.refused("select rowlore.suspend('{books}')").await;
    assert!(said.contains("public.books") && said.contains("shop.books"), "{said}");
    db.run_each(["rollback", "begin"]).await;
    db.run(r#"select rowlore.suspend(array['shop.books', '"Odd: Name":insert', 'public.books:insert'])"#)
        .await;
    db.run_each([&insert(1), "insert into shop.books values (1)", "insert into \"Odd: Name\" values (1)"])
        .await;
    db.run_each(["delete from books", "delete from \"Odd: Name\"", "commit"]).await;
    let labels: Vec<_> = db.rows("select rl_label from rowlore.books_event union all select rl_label from rowlore.\"Odd: Name_event\"").await;
    assert_eq!(labels, vec![vec![Some("delete".to_owned())]; 2]);
}
