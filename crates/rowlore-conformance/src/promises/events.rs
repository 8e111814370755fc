//! Events across tables, newest first, by every filter and in pages.

use rowlore::declare::Operation::Update;
use rowlore::declare::{TrackedTable, Tracker};
use rowlore::read::EventQuery;
use rowlore::{Change, Context, Op};

use crate::db::Db;
use crate::story::story;
use crate::subject::Step;

/// Two tables, two actors, two event tables; every event, newest first.
async fn shop(db: &Db) -> Vec<Change> {
    db.run("create table books (id bigint primary key, price bigint)").await;
    db.run("create table films (id bigint primary key, price bigint)").await;
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price").events("raised");
    let books = TrackedTable::new("books").tracker(Tracker::default()).tracker(raised);
    db.track([books, TrackedTable::new("films")]).await;
    let steps = ["insert into books values (1, 10), (2, 20)", "insert into films values (1, 1)"];
    db.commit(Context::actor("ann"), steps.map(Step::sql)).await;
    let steps = [
        "update books set price = price + 1",
        "update films set price = 0",
        "delete from books where id = 2",
    ];
    db.commit(Context::actor("bob"), steps.map(Step::sql)).await;
    db.run("insert into films values (2, 2)").await;
    let all = db.ask(&EventQuery { limit: 1000, ..EventQuery::default() }).await;
    assert_eq!(all.len(), 10, "{:#?}", story(&all));
    assert!(all.is_sorted_by(|a, b| a.event_id > b.event_id), "not newest first, or an event id twice");
    all
}

/// The query must give those of all events that `holds` says, in the same order.
async fn filters(db: &Db, all: &[Change], query: EventQuery, holds: impl Fn(&Change) -> bool) {
    let wanted: Vec<Change> = all.iter().filter(|change| holds(change)).cloned().collect();
    assert_eq!(story(&db.ask(&query).await), story(&wanted), "{query:?}");
    assert_eq!(db.ask(&query).await, wanted, "{query:?}");
}

pub(super) async fn every_filter(db: &Db) {
    let all = shop(db).await;
    let (books, films) = (db.table("books").await, db.table("films").await);
    let any = EventQuery::default;
    filters(db, &all, EventQuery { tables: vec![books.clone()], ..any() }, |c| c.table == books).await;
    filters(db, &all, EventQuery { tables: vec![books.clone(), films], ..any() }, |_| true).await;
    filters(db, &all, EventQuery { labels: vec!["raised".into()], ..any() }, |c| c.label == "raised").await;
    let labels = vec!["raised".into(), "delete".into(), "no such".into()];
    filters(db, &all, EventQuery { labels, ..any() }, |c| ["raised", "delete"].contains(&c.label.as_str()))
        .await;
    filters(db, &all, EventQuery { ops: vec![Op::Update], ..any() }, |c| c.op == Op::Update).await;
    let ops = vec![Op::Insert, Op::Delete];
    filters(db, &all, EventQuery { ops: ops.clone(), ..any() }, |c| ops.contains(&c.op)).await;
    let actor = |change: &Change| change.context.actor.clone();
    for name in ["ann", "bob", "nobody"] {
        let query = EventQuery { actor: Some(name.to_owned()), ..any() };
        filters(db, &all, query, |c| actor(c).as_deref() == Some(name)).await;
    }
    let raised = EventQuery { events: Some("raised".into()), ..any() };
    filters(db, &all, raised, |c| c.label == "raised").await;
    let key = all[1].key.clone();
    let row = EventQuery { tables: vec![all[1].table.clone()], key: Some(key.clone()), ..any() };
    filters(db, &all, row, |c| c.table == all[1].table && c.key == key).await;
    let ids = vec![all[0].event_id, all[4].event_id];
    filters(db, &all, EventQuery { event_ids: ids.clone(), ..any() }, |c| ids.contains(&c.event_id)).await;
    for change in &all {
        let (id, at) = (change.event_id, change.at);
        filters(db, &all, EventQuery { before: Some(id), ..any() }, |c| c.event_id < id).await;
        filters(db, &all, EventQuery { since: Some(at), ..any() }, |c| c.at >= at).await;
        filters(db, &all, EventQuery { until: Some(at), ..any() }, |c| c.at <= at).await;
        if let Some(xid) = change.xid {
            filters(db, &all, EventQuery { xid: Some(xid), ..any() }, |c| c.xid == Some(xid)).await;
        }
    }
    let joined =
        EventQuery { actor: Some("bob".into()), ops: vec![Op::Update], tables: vec![books.clone()], ..any() };
    filters(db, &all, joined, |c| {
        c.op == Op::Update && c.table == books && actor(c).as_deref() == Some("bob")
    })
    .await;
}

pub(super) async fn pages_visit_each_event_once(db: &Db) {
    let all = shop(db).await;
    for limit in 1..=11 {
        let mut query = EventQuery { limit, ..EventQuery::default() };
        let mut visited = Vec::new();
        loop {
            let page = db.ask(&query).await;
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            query.before = Some(last.event_id);
            visited.extend(page);
        }
        assert_eq!(visited, all, "in pages of {limit}");
    }
}

pub(super) async fn across_tables(db: &Db) {
    let all = shop(db).await;
    let tables: Vec<&str> = all.iter().map(|change| change.table.name.as_str()).collect();
    assert_eq!((tables[0], tables[1], tables[9]), ("films", "books", "books"));
    db.run("drop table films").await;
    let left = db.ask(&EventQuery { limit: 1000, ..EventQuery::default() }).await;
    assert_eq!(story(&left), story(&all), "the history of a dropped table stays");
}

/// Whatever is left out of the answer, an event's old image is that of the row before it.
pub(super) async fn the_diff_is_against_the_event_before(db: &Db) {
    let all = shop(db).await;
    for change in &all {
        let alone = EventQuery { event_ids: vec![change.event_id], ..EventQuery::default() };
        assert_eq!(db.ask(&alone).await, std::slice::from_ref(change));
    }
    let told = story(&all);
    assert!(told.contains(&"update 1: price 10>11".to_owned()), "{told:#?}");
    assert!(told.contains(&"update[raised] 1: price 10>11".to_owned()), "{told:#?}");
}
