//! One program, many schemas with the same tables: each tenant has a history of its own.

use rowlore::declare::{Events, TrackedTable};
use rowlore::read::{EventQuery, RowRef};
use rowlore::revert::Revert;
use rowlore::{Context, TableName, Timestamp};
use serde_json::json;

use crate::db::{Db, wanted};
use crate::story::story;
use crate::subject::Step;

const TENANTS: [&str; 3] = ["north", "south", "\"we st\""];

fn books(tenant: &str) -> TableName {
    TableName::new(tenant.trim_matches('"'), "books")
}

fn declared(tenants: &[&str]) -> Vec<TrackedTable> {
    // The event tables stand beside their tables, where the tenant's backups take them along.
    let one = |tenant: &&str| {
        let events = Events::default().schema(tenant.trim_matches('"'));
        TrackedTable::new(format!("{tenant}.books")).event_table(events)
    };
    tenants.iter().map(one).collect()
}

async fn of(db: &Db, tenant: &str) -> Vec<String> {
    story(&db.ask(&EventQuery::default().across([books(tenant)])).await)
}

/// Written to by one and the same text under another search path, as programs with a schema for each tenant do.
pub(super) async fn a_schema_for_each_tenant(db: &Db) {
    for tenant in TENANTS {
        db.run(format!(
            "create schema {tenant}; create table {tenant}.books (id bigint primary key, title text)"
        ))
        .await;
    }
    db.track(declared(&TENANTS)).await;
    for (index, tenant) in TENANTS.iter().enumerate() {
        let steps = [
            Step::sql(format!("set local search_path to {tenant}")),
            Step::sql(format!("insert into books values (1, '{index}')")),
        ];
        db.commit(Context::actor(*tenant), steps).await;
    }
    for (index, tenant) in TENANTS.iter().enumerate() {
        assert_eq!(of(db, tenant).await, [format!(r#"insert 1: id=1 title="{index}""#)]);
    }
    let all = db.ask(&EventQuery::default()).await;
    let actors: Vec<Option<&str>> = all.iter().map(|change| change.context.actor.as_deref()).collect();
    assert_eq!(actors, [Some("\"we st\""), Some("south"), Some("north")], "one stream, if it is wanted");
    assert_eq!(db.value("select count(*) from north.north_books_event").await, "1");
}

/// A new tenant is a schema more and touches nobody else; one that goes leaves the others tracked, and its own history.
pub(super) async fn tenants_come_and_go(db: &Db) {
    for tenant in &TENANTS[..2] {
        db.run(format!(
            "create schema {tenant}; create table {tenant}.books (id bigint primary key, title text)"
        ))
        .await;
    }
    db.track(declared(&TENANTS[..1])).await;
    let plan = wanted("a plan", db.plan(declared(&TENANTS[..2])).await);
    assert!(plan.steps().iter().all(|step| step.table.as_ref().is_none_or(|table| *table == books("south"))));
    db.track(declared(&TENANTS[..2])).await;
    db.run_each(["insert into north.books values (1, 'n')", "insert into south.books values (1, 's')"]).await;
    db.run("drop table north.books").await;
    db.track(declared(&TENANTS[1..2])).await;
    db.run("update south.books set title = 't'").await;
    assert_eq!(of(db, "south").await, [r#"update 1: title "s">"t""#, r#"insert 1: id=1 title="s""#]);
    assert_eq!(of(db, "north").await, [r#"insert 1: id=1 title="n""#]);
}

/// What is undone or looked at is one tenant's, though another has the same row.
pub(super) async fn the_same_key_twice(db: &Db) {
    for tenant in &TENANTS[..2] {
        db.run(format!(
            "create schema {tenant}; create table {tenant}.books (id bigint primary key, title text)"
        ))
        .await;
    }
    db.track(declared(&TENANTS[..2])).await;
    for tenant in &TENANTS[..2] {
        db.run(format!("insert into {tenant}.books values (1, 'a')")).await;
        db.run(format!("delete from {tenant}.books")).await;
    }
    let key = json!({"id": 1}).as_object().cloned().unwrap_or_default();
    let deleted = Revert::Deleted(RowRef::new(books("south"), key));
    let plan = wanted("a plan", db.lore.plan_revert(&deleted).await);
    wanted("the revert", db.lore.revert(&plan, Context::default()).await);
    let counts = "select (select count(*) from north.books) || ' ' || (select count(*) from south.books)";
    assert_eq!(db.value(counts).await, "0 1");
    let query = |tenant: &str| rowlore::read::RowsAt {
        table: books(tenant),
        key: None,
        at: Timestamp::now().into(),
        limit: 10,
    };
    assert_eq!(wanted("the past", db.lore.rows_at(&query("north")).await).len(), 0);
    assert_eq!(wanted("the past", db.lore.rows_at(&query("south")).await).len(), 1);
}
