//! What questions cost: run it with
//! `cargo test -p rowlore-sqlite -- --ignored --nocapture read_cost`.

use std::time::Instant;

use rowlore::Lore;
use rowlore::declare::TrackedTable;
use rowlore::engine::Read;
use rowlore::read::{EventQuery, Moment, RowRef, RowsAt};
use rowlore_sqlite::{Sqlite, wait};
use serde_json::json;

use super::{Db, apply, row, run, table};

/// The best of some runs, in milliseconds.
fn best<T>(runs: usize, mut ask: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::MAX;
    let mut answer = None;
    for _ in 0..runs {
        let start = Instant::now();
        answer = Some(ask());
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    (best, answer.unwrap())
}

fn file(folder: &tempfile::TempDir) -> Db {
    let lore = Lore::new(Sqlite::open_or_create(folder.path().join("a.db")).unwrap());
    run(&lore, "pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -200000");
    lore
}

fn numbers(count: usize) -> String {
    format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})")
}

#[test]
#[ignore = "a measurement, not a check"]
fn events_of_a_million() {
    const TABLES: usize = 20;
    const EVENTS: usize = 50_000;
    let folder = tempfile::tempdir().unwrap();
    let lore = file(&folder);
    let mut declared = Vec::new();
    run(&lore, "create table authors (id integer primary key, name text)");
    for index in 0..TABLES {
        run(
            &lore,
            &format!(
                "create table t{index} (id integer primary key, author_id integer references authors (id), title text, n integer)"
            ),
        );
        declared.push(TrackedTable::new(format!("t{index}")).without_baseline().links(["author_id"]));
    }
    apply(&lore, declared);
    run(&lore, &format!("{} insert into authors select i, 'a' from n", numbers(10_000)));
    let start = Instant::now();
    let rows = EVENTS / 100;
    for index in 0..TABLES {
        run(&lore, &format!("begin; {} insert into t{index} select i, i, 'title', 0 from n", numbers(rows)));
        for _ in 1..100 {
            run(&lore, &format!("update t{index} set n = n + 1"));
        }
        run(&lore, "commit");
    }
    println!("{} events in {:.1} s", TABLES * EVENTS, start.elapsed().as_secs_f64());
    let ask = |what: &str, query: EventQuery| {
        let (milliseconds, found) = best(5, || wait(lore.events(&query)).unwrap().len());
        println!("{what}: {found} events in {milliseconds:.2} ms");
    };
    ask("newest 100 across 20 tables", EventQuery::default());
    let key = Some(row(json!({"id": 7})));
    let of_row = EventQuery { tables: vec![table("t3")], key, ..EventQuery::default() };
    ask("a row's history of 100", of_row);
    let at = |name: &str, id: i64| RowRef::new(table(name), row(json!({"id": id})));
    ask(
        "the same by `tracks`, of 3 rows",
        EventQuery::default().tracks([at("t3", 7), at("t4", 7), at("t5", 9)]),
    );
    ask("events linked to a row", EventQuery::default().references([at("authors", 7)]));
    ask("by an actor nobody knows", EventQuery::default().by("nobody"));
    let compare = rowlore::read::Comparison::Equal;
    ask("new n = 5, of one table", EventQuery::default().across([table("t3")]).new_value("n", compare, 5));
    ask("old n = 5, of one table", EventQuery::default().across([table("t3")]).old_value("n", compare, 5));
    ask(
        "that changed title, of one table: none",
        EventQuery::default().across([table("t3")]).touching("title"),
    );
    ask("of one transaction", EventQuery::default().in_transaction(77));
    let (milliseconds, found) =
        best(3, || wait(lore.engine().referencing(&[at("authors", 7)])).unwrap().len());
    println!("rows that point at a row: {found} in {milliseconds:.2} ms");
}

#[test]
#[ignore = "a measurement, not a check"]
fn rows_as_they_were() {
    const ROWS: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let lore = file(&folder);
    run(&lore, "create table books (id integer primary key, title text, price real, n integer)");
    apply(&lore, [TrackedTable::new("books")]);
    run(
        &lore,
        &format!("begin; {} insert into books select i, 'title ' || i, i / 10.0, 0 from n", numbers(ROWS)),
    );
    let mut ends = Vec::new();
    for _ in 1..20 {
        run(&lore, "update books set n = n + 1");
        let last: i64 = lore
            .engine()
            .with(|sql| sql.query_row("select last_event_id from rowlore_state", [], |row| row.get(0)))
            .unwrap();
        ends.push(last);
    }
    run(&lore, "commit");
    wait(lore.backfill(&table("books"), 100_000, |_| {})).unwrap();
    for (what, event) in [("early", ends[1]), ("half way", ends[9]), ("now", ends[18])] {
        let ask = |key, limit, at: Moment| RowsAt { table: table("books"), key, at, limit };
        let at: Moment = Moment::After(event);
        let time: String = lore
            .engine()
            .with(|sql| {
                sql.query_row(
                    "select rl_at from rowlore_books_event where rl_event_id = ?1",
                    [event],
                    |row| row.get(0),
                )
            })
            .unwrap();
        let time = Moment::At(time.parse().unwrap());
        for (how, at) in [("event", at), ("time", time)] {
            let (all, count) = best(2, || wait(lore.rows_at(&ask(None, usize::MAX, at))).unwrap().len());
            let (page, _) = best(3, || wait(lore.rows_at(&ask(None, 20, at))).unwrap().len());
            let key = Some(row(json!({"id": 50_000})));
            let (one, _) = best(5, || wait(lore.rows_at(&ask(key.clone(), 1, at))).unwrap().len());
            println!(
                "{what}, by {how}: {count} rows in {all:.0} ms, the first 20 in {page:.2} ms, one in {one:.3} ms"
            );
        }
        let (before, _) = best(1, || as_it_was_done(&lore, event));
        println!("  with the aggregate over all events up to the moment: {before:.0} ms");
    }
}

/// The same question as it was asked before keys were skipped through.
fn as_it_was_done(lore: &Db, event: i64) -> i64 {
    let sql = "select count(*), sum(n), max(title) from rowlore_books_event as e where e.rl_event_id in (
            select max(e.rl_event_id) from rowlore_books_event as e
            where (e.rl_op = 'd' or (e.rl_image = 'n' and e.rl_op in ('i', 'u', 'b'))) and e.rl_event_id <= ?1
            group by e.id)
        and e.rl_op <> 'd' and not exists (
            select 1 from rowlore_books_event as m where m.rl_old_key = json_object('id', e.id)
                and m.rl_event_id > e.rl_event_id and m.rl_event_id <= ?1)";
    lore.engine().with(|connection| connection.query_row(sql, [event], |row| row.get(0))).unwrap()
}
