//! What triggers record: each way to change rows, and what must not get lost on the way.

use rowlore::declare::{Columns, Condition, Operation, TrackedTable, Tracker, Unchanged};
use serde_json::json;

use super::{apply, changes, history, run, story, tracked};

const BOOKS: &str = "create table books (id integer primary key, title text, price real)";

fn books() -> TrackedTable {
    TrackedTable::new("books")
}

#[test]
fn each_operation_makes_its_event() {
    let lore = tracked(BOOKS, [books()]);
    run(
        &lore,
        "insert into books values (1, 'Dune', 9.5), (2, 'Emma', 8); update books set price = 10 where id = 1",
    );
    run(&lore, "delete from books where id = 2");
    let expected = [r#"insert {"id":1}"#, r#"insert {"id":2}"#, r#"update {"id":1}"#, r#"delete {"id":2}"#];
    assert_eq!(story(&lore), expected);
    let update = &changes(&lore)[2];
    assert_eq!(update.changed, Some(vec!["price".to_owned()]));
    assert_eq!(update.old.as_ref().unwrap()["price"], json!(9.5));
    assert_eq!(update.new.as_ref().unwrap()["price"], json!(10.0));
    assert_eq!(update.xid, None);
    let ids: Vec<i64> = changes(&lore).iter().map(|change| change.event_id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
fn upsert_replace_and_update_from_are_seen() {
    let lore = tracked(BOOKS, [books()]);
    run(&lore, "insert into books values (1, 'Dune', 9)");
    run(&lore, "insert into books values (1, 'x', 10) on conflict (id) do update set price = excluded.price");
    run(&lore, "replace into books values (1, 'Dune', 11)");
    run(&lore, "create table news (id, price); insert into news values (1, 12)");
    run(&lore, "update books set price = news.price from news where news.id = books.id");
    run(&lore, "insert or ignore into books values (1, 'y', 1)");
    let one = |word: &str| format!(r#"{word} {{"id":1}}"#);
    assert_eq!(story(&lore), ["insert", "update", "delete", "insert", "update"].map(one));
}

#[test]
fn cascades_and_other_triggers_are_seen() {
    let lore = tracked(
        "create table shelves (id integer primary key);
         create table books (id integer primary key, shelf integer references shelves on delete cascade on update cascade);
         create table totals (id integer primary key, n integer);
         create trigger counts after delete on books begin update totals set n = n - 1 where id = 1; end;
         insert into shelves values (1), (2); insert into books values (1, 1), (2, 2); insert into totals values (1, 2)",
        ["shelves", "books", "totals"].map(|name| TrackedTable::new(name).without_baseline()),
    );
    run(&lore, "delete from shelves where id = 1; update shelves set id = 3 where id = 2");
    let mut told = story(&lore);
    told.sort();
    let expected = [
        r#"delete {"id":1}"#,
        r#"delete {"id":1}"#,
        r#"update {"id":1}"#,
        r#"update {"id":2}"#,
        r#"update {"id":3}"#,
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_is_rolled_back_was_never_recorded() {
    let lore = tracked(BOOKS, [books()]);
    run(
        &lore,
        "begin; insert into books values (1, 'a', 1); savepoint s; insert into books values (2, 'b', 1);",
    );
    run(&lore, "rollback to s; release s; insert into books values (3, 'c', 1); commit");
    run(&lore, "begin; insert into books values (4, 'd', 1); rollback");
    assert_eq!(story(&lore), [r#"insert {"id":1}"#, r#"insert {"id":3}"#]);
    assert_eq!(changes(&lore)[1].event_id, 2, "a number rolled back was never given out");
}

#[test]
fn a_changed_key_is_one_linked_event() {
    let lore = tracked(
        "create table pairs (a text, b blob, v, primary key (b, a)) without rowid",
        [TrackedTable::new("pairs")],
    );
    run(
        &lore,
        "insert into pairs values ('k', x'00ff', 1); update pairs set a = 'm', v = 2; update pairs set b = x'01'",
    );
    assert_eq!(
        story(&lore),
        [
            r#"insert {"b":"AP8=","a":"k"}"#,
            r#"update {"b":"AP8=","a":"m"}"#,
            r#"update {"b":"AQ==","a":"m"}"#,
        ]
    );
    let moved = &changes(&lore)[2];
    assert_eq!(moved.old_key, Some(super::row(json!({"b": "AP8=", "a": "m"}))));
    assert_eq!(moved.changed, Some(vec!["b".to_owned()]));
    assert_eq!(
        history(&lore, "pairs", json!({"a": "m", "b": "AQ=="})).len(),
        3,
        "through both changes of key"
    );
    let left = history(&lore, "pairs", json!({"a": "m", "b": "AP8="}));
    assert_eq!(left.len(), 3, "the event that moved the row away is told under the key that it left");
}

#[test]
fn a_change_of_case_is_a_change() {
    let lore = tracked(
        "create table tags (name text collate nocase primary key, note text collate nocase)",
        [TrackedTable::new("tags")],
    );
    run(&lore, "insert into tags values ('a', 'x'); update tags set note = 'X'; update tags set name = 'A'");
    let all = changes(&lore);
    assert_eq!(all.len(), 3);
    assert_eq!(all[2].old_key, Some(super::row(json!({"name": "a"}))));
}

#[test]
fn columns_of_every_kind_keep_their_values() {
    let lore = tracked(
        "create table kinds (id integer primary key, i integer, r real, t text, b blob, n numeric, u, j json, o boolean,
             d datetime, v integer generated always as (i * 2) virtual, s integer generated always as (i * 3) stored)",
        [TrackedTable::new("kinds")],
    );
    run(
        &lore,
        "insert into kinds (id, i, r, t, b, n, u, j, o, d) values
        (1, 9007199254740993, 0.1, '12', x'00ff', 1.50, '12', '{\"a\": [1]}', 1, '2026-11-20')",
    );
    run(&lore, "insert into kinds (id, r, o) values (2, 9e999, 7)");
    let all = changes(&lore);
    let first = json!({
        "id": 1, "i": 9_007_199_254_740_993_i64, "r": 0.1, "t": "12", "b": "AP8=", "n": 1.5, "u": "12",
        "j": {"a": [1]}, "o": true, "d": "2026-11-20", "v": 18_014_398_509_481_986_i64, "s": 27_021_597_764_222_979_i64,
    });
    assert_eq!(serde_json::Value::Object(all[0].new.clone().unwrap()), first);
    let second = all[1].new.as_ref().unwrap();
    assert_eq!((&second["r"], &second["o"], &second["b"]), (&json!("inf"), &json!(7), &json!(null)));
}

#[test]
fn a_strict_table_keeps_texts_that_look_like_numbers() {
    let lore = tracked(
        "create table strict_one (id text primary key, v any) strict",
        [TrackedTable::new("strict_one")],
    );
    run(&lore, "insert into strict_one values ('007', '012')");
    assert_eq!(changes(&lore)[0].new, Some(super::row(json!({"id": "007", "v": "012"}))));
    assert_eq!(history(&lore, "strict_one", json!({"id": "007"})).len(), 1);
}

#[test]
fn names_may_be_anything() {
    let lore = tracked(
        r#"create table "Order ""Lines"" {{table}}" ("select" integer primary key, "from é" text, "{{x}}" "odd ); type" default 1)"#,
        [TrackedTable::new(r#""Order ""Lines"" {{table}}""#).tracker(Tracker::default()).tracker(
            Tracker::new("it's").on([Operation::Update]).when(r#"new."from é" is not old."from é""#),
        )],
    );
    run(
        &lore,
        r#"insert into "Order ""Lines"" {{table}}" values (1, 'a', 'b'); update "Order ""Lines"" {{table}}" set "from é" = 'c'"#,
    );
    assert_eq!(story(&lore), [r#"insert {"select":1}"#, r#"update {"select":1}"#, r#"it's {"select":1}"#]);
}

#[test]
fn unchanged_updates_are_skipped_recorded_or_suppressed() {
    let noop = "insert into books values (1, 'a', 1), (2, 'b', 2), (3, 'c', null);
                update books set price = coalesce(price, 1)";
    let events = |unchanged| {
        let lore = tracked(BOOKS, [books().unchanged(unchanged)]);
        run(&lore, noop);
        let count = lore.engine().with(|sql| Ok(sql.changes())).unwrap();
        (story(&lore).len(), count)
    };
    assert_eq!(events(Unchanged::Skip), (4, 3));
    assert_eq!(events(Unchanged::Record), (6, 3));
    assert_eq!(events(Unchanged::Suppress), (4, 1), "the row count leaves out what is not written");
}

#[test]
fn conditions_choose() {
    let tracker = |label: &str, condition| Tracker::new(label).on([Operation::Update]).condition(condition);
    let columns = || Columns::only(["title", "price"]);
    let lore = tracked(
        BOOKS,
        [books()
            .without_baseline()
            .tracker(tracker("any", Condition::AnyChanged(columns())))
            .tracker(tracker("all", Condition::AllChanged(columns())))
            .tracker(tracker("any not", Condition::AnyUnchanged(columns())))
            .tracker(tracker("none", Condition::AllUnchanged(columns())))
            .tracker(
                Tracker::new("raised").on([Operation::Update]).when("new.price > old.price -- a comment"),
            )
            .tracker(
                Tracker::new("dear").on([Operation::Insert, Operation::Delete]).when("true").events("other"),
            )],
    );
    run(&lore, "insert into books values (1, 'a', 1)");
    run(&lore, "update books set price = 2");
    run(&lore, "update books set price = 1, title = null");
    run(&lore, "update books set id = 2");
    let labels: Vec<String> = changes(&lore).into_iter().map(|change| change.label).collect();
    assert_eq!(labels, ["dear", "any", "any not", "raised", "any", "all", "any not", "none"]);
}

#[test]
fn rules_that_share_an_event_table_both_tell_old_and_new() {
    let lore = tracked(
        BOOKS,
        [books()
            .tracker(Tracker::default())
            .tracker(Tracker::new("price").on([Operation::Update]).columns(Columns::only(["price"])))
            .tracker(Tracker::new("raised").on([Operation::Update]).when("new.price > old.price"))],
    );
    run(
        &lore,
        "insert into books values (1, 'a', 1); update books set price = 2; update books set price = 3",
    );
    for change in changes(&lore).iter().filter(|change| change.old.is_some()) {
        assert_eq!(change.changed, Some(vec!["price".to_owned()]), "{change:?}");
    }
    assert_eq!(changes(&lore).len(), 7);
    let partial = changes(&lore).into_iter().find(|change| change.label == "price").unwrap();
    assert_eq!(partial.new, Some(super::row(json!({"id": 1, "price": 2.0}))));
    assert_eq!(super::rows_now(&lore, "books"), [super::row(json!({"id": 1, "title": "a", "price": 3.0}))]);
}

#[test]
fn the_programs_own_counters_are_left_alone() {
    let lore = tracked(BOOKS, [books()]);
    let (rowid, changed) = lore
        .engine()
        .with(|sql| {
            sql.execute("insert into books values (7, 'a', 1)", [])?;
            Ok((sql.last_insert_rowid(), sql.changes()))
        })
        .unwrap();
    assert_eq!((rowid, changed), (7, 1));
}

#[test]
fn events_are_append_only() {
    let lore = tracked(BOOKS, [books()]);
    run(&lore, "insert into books values (1, 'a', 1)");
    for (sql, said) in [
        ("update rowlore_books_event set title = 'b'", "are never changed"),
        ("delete from rowlore_books_event", "are never deleted"),
        ("replace into rowlore_books_event select * from rowlore_books_event", "are never deleted"),
    ] {
        let error = lore.engine().with(|connection| connection.execute_batch(sql)).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    apply(&lore, [books()]);
}
