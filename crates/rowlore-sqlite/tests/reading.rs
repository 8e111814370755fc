//! Questions: filters and pages, keys as people type them, the past of a table.

use rowlore::change::Op;
use rowlore::declare::{Columns, Condition, Operation, TrackedTable, Tracker};
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Context, ErrorKind, Result, Row, Timestamp};
use rowlore_sqlite::{Transactions, wait};
use serde_json::json;

use super::{Db, changes, history, row, run, table, tracked};

const SHOP: &str =
    "create table books (id integer primary key, title text); create table pens (id text primary key)";

fn shop() -> Db {
    let lore = tracked(SHOP, [TrackedTable::new("books"), TrackedTable::new("pens")]);
    lore.transaction(Context::actor("ann"), |tx| {
        tx.execute("insert into books values (1, 'a'), (2, 'b')", [])?;
        tx.execute("insert into pens values ('p')", [])
    })
    .unwrap();
    lore.transaction(Context::actor("bob"), |tx| tx.execute("update books set title = 'c' where id = 1", []))
        .unwrap();
    run(&lore, "delete from pens");
    lore
}

fn ids(lore: &Db, query: EventQuery) -> Result<Vec<i64>> {
    Ok(wait(lore.events(&query))?.iter().map(|change| change.event_id).collect())
}

#[test]
fn filters_choose_and_pages_go_on() {
    let lore = shop();
    let all = EventQuery::default;
    let first = changes(&lore)[0].at;
    for (query, expected) in [
        (all(), vec![5, 4, 3, 2, 1]),
        (EventQuery { tables: vec![table("books")], ..all() }, vec![4, 2, 1]),
        (EventQuery { tables: vec![table("books")], key: Some(row(json!({"id": 1}))), ..all() }, vec![4, 1]),
        (EventQuery { labels: vec!["update".into(), "delete".into()], ..all() }, vec![5, 4]),
        (EventQuery { ops: vec![Op::Insert], ..all() }, vec![3, 2, 1]),
        (EventQuery { actor: Some("bob".into()), ..all() }, vec![4]),
        (EventQuery { actor: Some("nobody".into()), ..all() }, vec![]),
        (EventQuery { xid: Some(1), ..all() }, vec![3, 2, 1]),
        (EventQuery { before: Some(4), limit: 2, ..all() }, vec![3, 2]),
        (EventQuery { event_ids: vec![5, 1, 77], ..all() }, vec![5, 1]),
        (EventQuery { events: Some("pens_event".into()), ..all() }, vec![5, 3]),
        (EventQuery { since: Some(first), ..all() }, vec![5, 4, 3, 2, 1]),
        (EventQuery { until: Some(first - jiff::SignedDuration::from_millis(1)), ..all() }, vec![]),
        (EventQuery { limit: 0, ..all() }, vec![]),
    ] {
        assert_eq!(ids(&lore, query.clone()).unwrap(), expected, "{query:?}");
    }
}

#[test]
fn wrong_questions_are_refused_by_name() {
    let lore = shop();
    let books = |key: serde_json::Value| EventQuery {
        tables: vec![table("books")],
        key: Some(row(key)),
        ..EventQuery::default()
    };
    for (query, said) in [
        (EventQuery { tables: vec![table("boks")], ..EventQuery::default() }, "boks is not tracked"),
        (EventQuery { key: Some(Row::new()), ..EventQuery::default() }, "needs the one table"),
        (EventQuery { events: Some("x".into()), ..EventQuery::default() }, "no event table `x`"),
        (books(json!({})), "lacks `id`"),
        (books(json!({"id": 1, "title": "a"})), "`title` is not part of the key"),
        (books(json!({"id": "one"})), "`id` of books is integer"),
        (books(json!({"id": 1.5})), "`id` of books is integer"),
        (books(json!({"id": [1]})), "`id` of books is integer"),
    ] {
        let error = ids(&lore, query).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn keys_may_be_typed_as_text() {
    let lore = tracked(
        "create table kinds (i integer, t text, r real, b boolean, n numeric, u, x blob, primary key (i, t, r, b, n, u, x))",
        [TrackedTable::new("kinds")],
    );
    run(
        &lore,
        "insert into kinds values (1, '007', 1.5, 1, 2.50, 'word', x'0102'), (2, '2', 2, 0, 'n', 3, 'abcd')",
    );
    let typed = json!({"i": "1", "t": "007", "r": "1.5", "b": "true", "n": "2.5", "u": "word", "x": "AQI="});
    assert_eq!(history(&lore, "kinds", typed).len(), 1);
    let typed = json!({"i": "2", "t": 2, "r": "2", "b": false, "n": "n", "u": "3", "x": "abcd"});
    assert_eq!(history(&lore, "kinds", typed).len(), 1);
    run(&lore, "update kinds set i = 3 where i = 1");
    let change = changes(&lore).pop().unwrap();
    assert_eq!(history(&lore, "kinds", change.key.clone().into()).len(), 2);
    let old = change.old_key.unwrap();
    assert_eq!(old["b"], json!(true));
    assert_eq!(history(&lore, "kinds", old.into()).len(), 2);
}

/// Sets the clock of what is recorded: the tests below are about moments, and never wait for one.
fn at(lore: &Db, event_id: i64, time: &str) {
    run(
        lore,
        &format!(
            "drop trigger if exists rowlore_books_event_no_update;
         update rowlore_books_event set rl_at = '{time}' where rl_event_id = {event_id};
         update rowlore_tracked set tracked_at = '2026-01-01T00:00:00.000Z'"
        ),
    );
}

fn rows(lore: &Db, time: &str) -> Result<Vec<serde_json::Value>> {
    let at: Timestamp = time.parse().unwrap();
    let query = RowsAt { table: table("books"), key: None, at: at.into(), limit: 10 };
    Ok(wait(lore.rows_at(&query))?.into_iter().map(Into::into).collect())
}

#[test]
fn the_past_of_a_table() {
    let lore = tracked(SHOP, [TrackedTable::new("books")]);
    run(&lore, "insert into books values (2, 'b'), (1, 'a'); update books set title = 'x' where id = 2;
        update books set id = 7 where id = 1; delete from books where id = 2; insert into books values (1, 'again')");
    for (id, minute) in [(1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5)] {
        at(&lore, id, &format!("2026-01-01T00:0{minute}:00.000Z"));
    }
    let book = |id: i64, title: &str| json!({"id": id, "title": title});
    for (minute, expected) in [
        (1, vec![book(1, "a"), book(2, "b")]),
        (2, vec![book(1, "a"), book(2, "x")]),
        (3, vec![book(2, "x"), book(7, "a")]),
        (4, vec![book(7, "a")]),
        (5, vec![book(1, "again"), book(7, "a")]),
    ] {
        assert_eq!(rows(&lore, &format!("2026-01-01T00:0{minute}:30Z")).unwrap(), expected, "{minute}");
    }
    assert!(
        rows(&lore, "2026-01-01T00:00:30Z").unwrap().is_empty(),
        "so the table was when its tracking began"
    );
    let before = rows(&lore, "2025-12-31T00:00:00Z").unwrap_err();
    assert!(before.to_string().contains("was not tracked yet"), "{before}");
    let one = RowsAt {
        table: table("books"),
        key: Some(row(json!({"id": "7"}))),
        at: Timestamp::now().into(),
        limit: 1,
    };
    assert_eq!(wait(lore.rows_at(&one)).unwrap(), [row(book(7, "a"))]);
}

#[test]
fn a_baseline_written_late_tells_of_the_time_since_tracking_began() {
    let lore = tracked(
        &format!("{SHOP}; insert into books values (1, 'a'), (2, 'b')"),
        [TrackedTable::new("books")],
    );
    run(&lore, "update books set title = 'x' where id = 2");
    at(&lore, 1, "2026-01-01T00:00:00.000Z");
    at(&lore, 2, "2026-01-01T00:02:00.000Z");
    let early = rows(&lore, "2026-01-01T00:00:30Z").unwrap_err();
    assert!(early.hint_text().unwrap().contains("backfill"), "{early}");
    wait(lore.backfill(&table("books"), 10, |_| {})).unwrap();
    let both = |second: &str| vec![json!({"id": 1, "title": "a"}), json!({"id": 2, "title": second})];
    assert_eq!(rows(&lore, "2026-01-01T00:00:30Z").unwrap(), both("b"));
    assert_eq!(rows(&lore, "2026-01-01T00:02:30Z").unwrap(), both("x"));
}

#[test]
fn a_past_that_is_not_recorded_whole_is_refused() {
    let tracker =
        Tracker::default().on([Operation::Update]).condition(Condition::AnyChanged(Columns::only(["title"])));
    let lore = tracked(SHOP, [TrackedTable::new("books").tracker(tracker)]);
    let error = rows(&lore, "2026-01-01T00:00:30Z").unwrap_err();
    assert!(error.to_string().contains("no event table that records every change"), "{error}");
}
