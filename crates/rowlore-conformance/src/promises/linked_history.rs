//! What happens to linked rows shows in the history of the row they are linked to: a join table's rows at both ends, a
//! child's in that of the parent whose key it shares.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{TrackedTable, Tracker};
use rowlore::read::{EventQuery, RowRef};
use rowlore::{History, Row};
use serde_json::json;

use super::revert::key;
use crate::db::{Db, wanted};
use crate::story::story;

fn id(id: i64) -> Row {
    key(&json!({"id": id}))
}

/// People in groups; `group.add` and `group.remove` are the labels of the join table.
async fn groups(db: &Db) {
    db.run_each([
        "create table people (id bigint primary key, name text)",
        "create table groups (id bigint primary key, title text)",
        "create table members (person bigint references people (id) on update cascade,
            club bigint references groups (id), since bigint, primary key (person, club))",
    ])
    .await;
    let members = TrackedTable::new("members")
        .links(["person", "club"])
        .tracker(Tracker::new("group.add").on([Insert]))
        .tracker(Tracker::new("group.change").on([Update]))
        .tracker(Tracker::new("group.remove").on([Delete]));
    db.track([TrackedTable::new("people"), TrackedTable::new("groups"), members]).await;
    db.run_each([
        "insert into people values (1, 'ann')",
        "insert into people values (2, 'bob')",
        "insert into groups values (10, 'chess')",
        "insert into groups values (20, 'choir')",
        "insert into members values (1, 10, 1990)",
        "insert into members values (2, 10, 1991)",
        "update people set name = 'anna' where id = 1",
        "update members set club = 20 where person = 1",
        "delete from members where person = 2",
    ])
    .await;
}

const OF_ANN: [&str; 4] = [
    r#"insert 1: id=1 name="ann""#,
    "insert[group.add] 1/10: person=1 club=10 since=1990",
    r#"update 1: name "ann">"anna""#,
    "update[group.change] 1/10>1/20: club 10>20",
];

pub(super) async fn a_join_table_shows_at_both_ends(db: &Db) {
    groups(db).await;
    let all = History::default();
    assert_eq!(db.history("people", id(1), &all).await, OF_ANN);
    let of_chess = [
        r#"insert 10: id=10 title="chess""#,
        "insert[group.add] 1/10: person=1 club=10 since=1990",
        "insert[group.add] 2/10: person=2 club=10 since=1991",
        "update[group.change] 1/10>1/20: club 10>20",
        "delete[group.remove] 2/10: person=2 club=10 since=1991",
    ];
    assert_eq!(db.history("groups", id(10), &all).await, of_chess);
    let of_choir = [r#"insert 20: id=20 title="choir""#, "update[group.change] 1/10>1/20: club 10>20"];
    assert_eq!(db.history("groups", id(20), &all).await, of_choir);
    let own = History { links: false, ..all };
    assert_eq!(db.history("people", id(1), &own).await, [OF_ANN[0], OF_ANN[2]]);
}

/// The limit and the times count for all of them together.
pub(super) async fn limit_and_times_count_over_all(db: &Db) {
    groups(db).await;
    for limit in 0..=5_usize {
        let part = History { limit: Some(limit), ..History::default() };
        let told = db.history("people", id(1), &part).await;
        assert_eq!(told, OF_ANN[4_usize.saturating_sub(limit)..], "the latest {limit}");
    }
    let table = db.table("people").await;
    let all = wanted("history", db.lore.history(&table, &id(1), &History::default()).await);
    for moment in all.iter().map(|change| change.at) {
        let since = History { since: Some(moment), ..History::default() };
        let after: Vec<_> = all.iter().filter(|change| change.at >= moment).cloned().collect();
        assert_eq!(db.history("people", id(1), &since).await, story(&after));
    }
}

/// While the row had another key, rows pointed at it by that one; and who has that key now is somebody else.
pub(super) async fn through_changes_of_the_key(db: &Db) {
    groups(db).await;
    db.run_each([
        "update people set id = 5 where id = 1",
        "insert into people values (1, 'another')",
        "insert into members values (1, 10, 2000)",
        "insert into members values (5, 10, 2001)",
    ])
    .await;
    let told = db.history("people", id(5), &History::default()).await;
    assert_eq!(told[..4], OF_ANN);
    let mut moved = told[4..6].to_vec();
    moved.sort();
    assert_eq!(moved, ["update 1>5: id 1>5", "update[group.change] 1/20>5/20: person 1>5"]);
    assert_eq!(told[6..], ["insert[group.add] 5/10: person=5 club=10 since=2001"]);
    let another = db.history("people", id(1), &History::default()).await;
    assert_eq!(
        another.last().map(String::as_str),
        Some("insert[group.add] 1/10: person=1 club=10 since=2000")
    );
    assert!(!another.iter().any(|line| line.contains("2001")), "{another:#?}");
}

/// Inheritance by key, as object mappers do it: the child's row has the key of its parent.
pub(super) async fn inheritance_by_key(db: &Db) {
    db.run_each([
        "create table places (id bigint primary key, name text)",
        "create table restaurants (place bigint primary key references places (id), stars bigint)",
    ])
    .await;
    db.track([TrackedTable::new("places"), TrackedTable::new("restaurants").links(["place"])]).await;
    db.run_each([
        "insert into places values (1, 'here'), (2, 'there')",
        "insert into restaurants values (1, 3)",
        "update restaurants set stars = 4",
        "update places set name = 'nowhere' where id = 1",
        "delete from restaurants",
    ])
    .await;
    let lines = [
        r#"insert 1: id=1 name="here""#,
        "insert 1: place=1 stars=3",
        "update 1: stars 3>4",
        r#"update 1: name "here">"nowhere""#,
        "delete 1: place=1 stars=4",
    ];
    assert_eq!(db.history("places", id(1), &History::default()).await, lines);
    assert_eq!(db.history("places", id(2), &History::default()).await, [r#"insert 2: id=2 name="there""#]);
    let of_the_child = db.history("restaurants", key(&json!({"place": 1})), &History::default()).await;
    assert_eq!(of_the_child, [lines[1], lines[2], lines[4]]);
}

/// Rows that point at a row, level by level, each once; rows that point at each other end it.
pub(super) async fn related_rows_level_by_level(db: &Db) {
    db.run_each([
        "create table shops (id bigint primary key)",
        "create table orders (id bigint primary key, shop bigint references shops (id), again bigint references orders (id))",
        "create table lines (id bigint primary key, orderid bigint references orders (id))",
    ])
    .await;
    db.track(["shops", "orders", "lines"].map(TrackedTable::new)).await;
    db.run_each([
        "insert into shops values (1), (2)",
        "insert into orders values (1, 1, null), (2, null, 1), (3, 2, null)",
        "update orders set again = 2 where id = 1",
        "insert into lines values (1, 1), (2, 2), (3, 3)",
        "delete from lines where id = 1",
    ])
    .await;
    let shop = RowRef::new(db.table("shops").await, id(1));
    let related = async |levels| {
        let rows = wanted("related", db.lore.related(std::slice::from_ref(&shop), levels).await);
        let mut told: Vec<String> =
            rows.iter().map(|row| format!("{} {}", row.table.name, row.key["id"])).collect();
        told.sort();
        told
    };
    assert_eq!(related(0).await, [""; 0]);
    assert_eq!(related(1).await, ["orders 1"]);
    assert_eq!(related(2).await, ["lines 1", "orders 1", "orders 2"]);
    assert_eq!(related(usize::MAX).await, ["lines 1", "lines 2", "orders 1", "orders 2"]);
    let about = async |levels, query: EventQuery| {
        let mut told =
            story(&wanted("events", db.lore.events_about(std::slice::from_ref(&shop), levels, query).await));
        told.reverse();
        told
    };
    assert_eq!(about(0, EventQuery::default()).await, ["insert 1: id=1"]);
    let deletes = EventQuery { ops: vec![rowlore::Op::Delete], ..EventQuery::default() };
    assert_eq!(about(9, deletes).await, ["delete 1: id=1 orderid=1"]);
    assert_eq!(about(usize::MAX, EventQuery::default()).await.len(), 7);
}
