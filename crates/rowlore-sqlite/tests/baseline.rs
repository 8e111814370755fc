//! Rows from before the tracking: the backfill, and the triggers until it is done.

use rowlore::declare::TrackedTable;
use rowlore::found::Baseline;
use rowlore::{Engine, Lore};
use rowlore_sqlite::{Sqlite, wait};
use serde_json::json;

use super::{Db, apply, changes, history, rows_now, run, story, table, tracked};

const FIVE: &str = "create table books (id integer primary key, title text);
    insert into books values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')";

fn five() -> Db {
    tracked(FIVE, [TrackedTable::new("books")])
}

fn backfill(lore: &Db, rows_max: usize) -> Vec<(u64, u64)> {
    let mut turns = Vec::new();
    wait(lore.backfill(&table("books"), rows_max, |turn| turns.push((turn.rows_seen, turn.rows_recorded))))
        .unwrap();
    turns
}

#[test]
fn every_row_gets_one_baseline_while_writers_go_on() {
    let lore = five();
    let first = wait(lore.engine().backfill(&table("books"), 2)).unwrap();
    assert_eq!(
        (first.rows_seen, first.rows_recorded, first.rows_estimated, first.finished),
        (2, 2, 5, false)
    );
    run(
        &lore,
        "update books set title = 'x' where id in (1, 4); delete from books where id = 5; insert into books values (9, 'n')",
    );
    assert_eq!(backfill(&lore, 2), [(2, 1), (1, 0)]);
    let mut told = story(&lore);
    told.sort();
    let expected = [
        r#"baseline {"id":1}"#,
        r#"baseline {"id":2}"#,
        r#"baseline {"id":3}"#,
        r#"baseline {"id":4}"#,
        r#"baseline {"id":5}"#,
        r#"delete {"id":5}"#,
        r#"insert {"id":9}"#,
        r#"update {"id":1}"#,
        r#"update {"id":4}"#,
    ];
    assert_eq!(told, expected);
    assert_eq!(history(&lore, "books", json!({"id": 4}))[1].old.as_ref().unwrap()["title"], json!("d"));
    let registered = wait(lore.registered()).unwrap();
    assert_eq!(registered[0].installation.baseline, Baseline::Done);
    apply(&lore, [TrackedTable::new("books")]);
    assert_eq!(backfill(&lore, 2), [(0, 0)], "done is done");
    assert_eq!(rows_now(&lore, "books").len(), 5);
    let trigger = "select sql from sqlite_schema where name = 'rowlore_books_update'";
    let text: String = lore.engine().with(|sql| sql.query_row(trigger, [], |row| row.get(0))).unwrap();
    assert!(!text.contains("baseline"), "triggers do not look for rows without an event any more");
}

#[test]
fn a_walk_killed_between_turns_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let lore = Lore::new(Sqlite::open_or_create(&path).unwrap());
    run(&lore, FIVE);
    apply(&lore, [TrackedTable::new("books")]);
    wait(lore.engine().backfill(&table("books"), 2)).unwrap();
    drop(lore);
    let lore = Lore::new(Sqlite::open(&path).unwrap());
    let turn = wait(lore.engine().backfill(&table("books"), 2)).unwrap();
    assert_eq!((turn.rows_seen_total, turn.finished), (4, false));
    assert_eq!(backfill(&lore, 2), [(1, 1)]);
    assert_eq!(changes(&lore).len(), 5);
}

#[test]
fn keys_of_every_kind_are_walked() {
    for (definition, rows) in [
        ("a text, b blob, primary key (a, b)", "('x', x'00'), ('x', x'01'), ('y', x'00'), ('y', x'ff')"),
        ("a collate nocase primary key, b", "('B', 1), ('a', 2), ('C', 3), ('d', 4)"),
        ("a primary key, b", "(1, 1), (1.5, 1), ('text', 1), (x'00', 1)"),
        ("a real, b integer, primary key (b desc, a)", "(0.1, 1), (9e999, 1), (0.1, 2), (-3, 2)"),
    ] {
        let sql = format!("create table books ({definition}); insert into books values {rows}");
        let lore = tracked(&sql, [TrackedTable::new("books")]);
        assert_eq!(backfill(&lore, 1), [(1, 1), (1, 1), (1, 1), (1, 1), (0, 0)], "{definition}");
        for change in changes(&lore) {
            let key = serde_json::Value::Object(change.key.clone());
            if change.key.values().all(|value| value != "inf") {
                assert_eq!(history(&lore, "books", key).len(), 1, "{definition}: {change:?}");
            }
        }
        assert_eq!(rows_now(&lore, "books").len(), 4, "{definition}");
    }
}

#[test]
fn a_row_whose_key_changes_before_its_baseline_keeps_its_original() {
    let lore = five();
    run(&lore, "update books set id = 10 where id = 1");
    assert_eq!(backfill(&lore, 100), [(5, 4)]);
    let all = history(&lore, "books", json!({"id": 10}));
    assert_eq!(all.iter().map(|change| change.label.as_str()).collect::<Vec<_>>(), ["baseline", "update"]);
    assert_eq!(all[1].changed, Some(vec!["id".to_owned()]));
    assert_eq!(rows_now(&lore, "books").len(), 5);
}

#[test]
fn a_table_without_baseline_or_tracking_says_so() {
    let lore = tracked(FIVE, [TrackedTable::new("books").without_baseline()]);
    let ask = |name: &str| wait(lore.engine().backfill(&table(name), 10)).unwrap_err();
    assert!(ask("books").to_string().contains("without a baseline"));
    assert!(ask("boks").hint_text().unwrap().contains("did you mean `books`?"));
}
