//! Columns that are not just a value: computed, numbered, without equality, wide.

use rowlore::declare::{Columns, Condition, TrackedTable, Tracker, Unchanged};

use super::ways_to_write::version;
use crate::db::Db;

pub(super) async fn generated(db: &Db) {
    db.run("create table goods (id bigint primary key, net bigint, gross bigint generated always as (net * 2) stored)").await;
    let dear = Tracker::new("dear").condition(Condition::AnyChanged(Columns::only(["gross"])));
    db.track([TrackedTable::new("goods").tracker(Tracker::default()).tracker(dear)]).await;
    db.run("insert into goods (id, net) values (1, 10)").await;
    db.run("update goods set net = 11").await;
    let lines = [
        "insert 1: id=1 net=10 gross=20",
        "update 1: net 10>11, gross 20>22",
        "update[dear] 1: net 10>11, gross 20>22",
    ];
    db.tells_in_any_order("goods", lines).await;
}

/// A virtual column has no value that a trigger could see: the plan says so, and the rest is recorded.
pub(super) async fn virtual_generated(db: &Db) {
    let create = "create table goods (id bigint primary key, net bigint, gross bigint generated always as (net * 2) virtual)";
    if version(db).await < 18 {
        db.refused(create).await;
        return;
    }
    db.run(create).await;
    let plan = db.apply([TrackedTable::new("goods")]).await;
    assert!(plan.notes().iter().any(|note| note.contains("gross")), "{:?}", plan.notes());
    db.run("insert into goods (id, net) values (1, 10)").await;
    db.tells("goods", ["insert 1: id=1 net=10"]).await;
}

pub(super) async fn identity(db: &Db) {
    db.run("create table logs (id bigint generated always as identity primary key, uid uuid default gen_random_uuid(), line text)").await;
    db.track([TrackedTable::new("logs")]).await;
    db.run("insert into logs (line) values ('a'), ('b')").await;
    let events = db.events("logs").await;
    let uid = db.value("select uid from logs where id = 1").await;
    assert_eq!(events.len(), 2);
    assert!(
        events
            .iter()
            .any(|event| event.key["id"] == 1 && event.new.as_ref().is_some_and(|new| new["uid"] == *uid))
    );
}

/// `json`, `xml` and `point` have no equality: comparing whole rows makes every update of such a table fail.
pub(super) async fn json_updates(db: &Db) {
    for (number, unchanged) in
        [Unchanged::Skip, Unchanged::Record, Unchanged::Suppress].into_iter().enumerate()
    {
        let table = format!("papers{number}");
        db.run(format!(
            "create table {table} (id bigint primary key, doc json, page xml, place point, n bigint)"
        ))
        .await;
        let moved =
            Tracker::new("moved").condition(Condition::AllUnchanged(Columns::only(["doc", "page", "place"])));
        let declared =
            TrackedTable::new(&table).unchanged(unchanged).tracker(Tracker::default()).tracker(moved);
        db.track([declared]).await;
        db.run(format!(r#"insert into {table} values (1, '{{"a":1}}', '<a/>', '(1,2)', 1)"#)).await;
        db.run(format!("update {table} set n = 2")).await;
        db.run(format!(r#"update {table} set doc = '{{"a":2}}', place = '(3,4)'"#)).await;
        let told = db.story(&table).await;
        let lines = ["update 1: n 1>2", r#"update 1: doc {"a":1}>{"a":2}, place "(1,2)">"(3,4)""#];
        for line in lines {
            assert!(told.contains(&line.to_owned()), "{unchanged:?}: {told:#?}");
        }
        assert_eq!(told.len(), 4, "{unchanged:?}: {told:#?}");
    }
}

/// More columns than a function takes arguments, and values that are stored elsewhere.
pub(super) async fn unchanged_wide_row(db: &Db) {
    let columns: Vec<String> = (0..300).map(|n| format!("c{n} bigint default {n}")).collect();
    db.run(format!("create table wide (id bigint primary key, big text, {})", columns.join(", "))).await;
    db.track([TrackedTable::new("wide")]).await;
    db.run(
        "insert into wide (id, big) select 1, string_agg(md5(n::text), '') from generate_series(1, 5000) n",
    )
    .await;
    db.run("update wide set c299 = 0").await;
    db.run("update wide set big = big || ''").await;
    let events = db.events("wide").await;
    assert_eq!(crate::story(&events[1..]), ["update 1: c299 299>0"]);
    let big = db.value("select big from wide").await;
    assert_eq!(events[1].new.as_ref().map(|row| row["big"] == *big), Some(true), "a big value is whole");
    assert_eq!(events[0].new.as_ref().map(serde_json::Map::len), Some(302));
}
