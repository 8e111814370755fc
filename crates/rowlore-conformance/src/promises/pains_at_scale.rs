//! What users of history libraries suffer from once there is much of it, one promise each, named after the pain
//! (shared/research/pghistory.md §5). Ratios are judged, not times: the machine may be slow, and busy.

use std::time::{Duration, Instant};

use rowlore::declare::{Events, Period, TrackedTable, Tracker};
use rowlore::read::EventQuery;
use rowlore::{Change, Context};

use super::revert::the;
use crate::db::{Db, wanted};
use crate::subject::Step;

/// Rows from one number to another, in one statement.
fn rows(table: &str, from: u32, to: u32) -> String {
    format!(
        "insert into {table} with recursive n (i) as (select {from} union all select i + 1 from n where i < {to}) \
         select i, 'a', i from n"
    )
}

/// The fastest of some runs: what else the machine does only ever adds to it.
async fn fastest<T>(mut run: impl AsyncFnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..5 {
        let begun = Instant::now();
        let answer = run().await;
        let took = begun.elapsed();
        if best.as_ref().is_none_or(|(least, _)| took < *least) {
            best = Some((took, answer));
        }
    }
    best.expect("a run")
}

/// The page of the newest changes took seconds: every event was compared with the one before it, and then the newest
/// hundred were taken. Thirty times the history must not take much longer, nor must a row's own.
pub(super) async fn reads_slow_down_with_the_history(db: &Db) {
    for table in ["books", "films"] {
        db.run(format!("create table {table} (id bigint primary key, title text, price bigint)")).await;
    }
    db.track(["books", "films"].map(TrackedTable::new)).await;
    let write = async |from: u32, to: u32| {
        for table in ["books", "films"] {
            db.run(rows(table, from, to)).await;
            db.run(format!("update {table} set price = price + 1 where id between {from} and {to}")).await;
        }
    };
    write(1, 250).await;
    let one = the(db, "books", 7).await;
    let newest = EventQuery::default;
    let of_one = || EventQuery::default().tracks([one.clone()]);
    let (newest_few, _) = fastest(async || db.ask(&newest()).await).await;
    let (one_few, was) = fastest(async || db.ask(&of_one()).await).await;
    write(251, 7_500).await;
    let (newest_many, page) = fastest(async || db.ask(&newest()).await).await;
    let (one_many, is) = fastest(async || db.ask(&of_one()).await).await;
    assert_eq!((page.len(), was.len()), (100, 2));
    assert_eq!(was, is);
    let told = |change: &Change| change.diff().iter().any(|(column, _, _)| *column == "price");
    assert!(page.iter().all(told), "each with its difference");
    for (what, few, many) in [("newest", newest_few, newest_many), ("one row", one_few, one_many)] {
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        assert!(ratio < 8.0, "{what}: {few:?} of 1,000 events, {many:?} of 30,000");
    }
}

/// Imports were the bottleneck: a row of a large statement cost more than a row of a small one, most of all in a
/// session that had written single rows before.
pub(super) async fn bulk_writes_get_slower_by_the_row(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
    for id in 1..=10 {
        db.run(format!("insert into books values (-{id}, 'a', 1)")).await;
        db.run(format!("update books set price = 2 where id = -{id}")).await;
    }
    let cost = async |many: u32| {
        let took = fastest(async || {
            db.run(rows("books", 1, many)).await;
            db.run("update books set price = price + 1 where id > 0").await;
            db.run("delete from books where id > 0").await;
        });
        took.await.0.as_secs_f64() / f64::from(many)
    };
    let (few, many) = (cost(500).await, cost(8_000).await);
    assert!(many / few < 5.0, "{few} s a row of 500, {many} s a row of 8,000");
    assert_eq!(db.ask(&EventQuery { limit: 200_000, ..EventQuery::default() }).await.len(), 20 + 5 * 25_500);
}

/// One event table held everything since the first day, and nothing could be done with its oldest part. Here it can be
/// divided by time, so that a part of it is a table; where there are no partitions, that is said.
pub(super) async fn tables_grow_without_end(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let divided = || TrackedTable::new("books").event_table(Events::default().partition(Period::Month));
    if db.engine() == "SQLite" {
        let said = db.refuses([divided()]).await;
        assert!(said.contains("no partitions"), "{said}");
        return;
    }
    db.track([divided()]).await;
    db.run("insert into books values (1, 'a')").await;
    let part = db.value("select tableoid::regclass::text from rowlore.books_event").await;
    assert_ne!(part, "rowlore.books_event");
    let rest = db.value("select count(*) from only rowlore.books_event").await;
    assert_eq!(rest, "0");
}

/// Audit logs were switched off for the time of an import, by hand and for everybody. Here for one transaction, for
/// named rules, on record, and on again by itself.
pub(super) async fn tracking_can_not_be_suspended(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let table = TrackedTable::new("books").tracker(Tracker::default());
    db.track([table]).await;
    let import = Step::suspend(["books"], [Step::sql(rows("books", 1, 50))]);
    let after = Step::sql("insert into books values (51, 'b', 1)");
    db.commit(Context::actor("import").because("first load"), [import, after]).await;
    db.tells("books", [r#"insert 51: id=51 title="b" price=1"#]).await;
    let record = wanted("suspensions", rowlore::engine::Read::suspensions(db.lore.engine()).await);
    assert_eq!((record.len(), record[0].context.actor.as_deref()), (1, Some("import")));
    assert_eq!(record[0].context.reason.as_deref(), Some("first load"));
}
