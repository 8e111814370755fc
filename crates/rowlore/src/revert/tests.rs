//! The deciding part, without a database.

mod world;

use std::collections::HashMap;

use serde_json::{Value, json};

use self::world::{Planned, World, named, row, table};
use super::fold::Told;
use super::{ConflictKind, WriteAction};
use crate::TableName;
use crate::change::{Op, Row};

fn books() -> World {
    World::new(vec![table("books", &["id", "title", "seen"], &[], &["title"])])
}

fn shop() -> World {
    World::new(vec![
        table("lines", &["id", "order", "book"], &[("order", "orders"), ("book", "books")], &[]),
        table("orders", &["id", "parent"], &[("parent", "orders")], &[]),
        table("books", &["id", "title", "seen"], &[], &["title"]),
    ])
}

fn rows(of: &HashMap<TableName, Vec<Row>>, table: &str) -> Value {
    json!(of.get(&named(table)).cloned().unwrap_or_default())
}

fn why(planned: &Planned) -> Vec<&ConflictKind> {
    planned.conflicts.iter().map(|conflict| &conflict.why).collect()
}

fn book(id: i64, title: &str) -> Value {
    json!({"id": id, "title": title, "seen": 0})
}

#[test]
fn each_kind_of_change_is_undone() {
    let world = books()
        .with("books", json!([book(2, "b"), book(3, "c"), book(4, "d")]))
        .change("books", Value::Null, book(1, "a"))
        .change("books", book(2, "b"), book(2, "b2"))
        .change("books", book(2, "b2"), book(2, "b3"))
        .change("books", book(3, "c"), Value::Null)
        .change("books", book(4, "d"), book(5, "d"));
    assert_eq!(rows(&world.reverted(), "books"), json!([book(2, "b"), book(3, "c"), book(4, "d")]));
}

#[test]
fn what_comes_and_goes_leaves_nothing_to_do() {
    let world = books()
        .with("books", json!([book(2, "b")]))
        .change("books", Value::Null, book(1, "a"))
        .change("books", book(1, "a"), book(7, "a"))
        .change("books", book(7, "a"), Value::Null)
        .change("books", book(2, "b"), Value::Null)
        .change("books", Value::Null, book(2, "again"))
        .change("books", book(2, "again"), book(2, "b"));
    let planned = world.plan();
    assert_eq!((planned.writes, planned.conflicts), (vec![], vec![]));
}

#[test]
fn keys_that_move_over_each_other_in_one_statement_are_told_apart() {
    let mut world = books().with("books", json!([book(2, "a"), book(3, "b"), book(4, "c")]));
    for (from, title) in [(1, "a"), (2, "b"), (3, "c")] {
        world.tell("books", Some(row(&book(from, title))), Some(row(&book(from + 1, title))));
    }
    world.tables[0].uniques.clear();
    assert_eq!(rows(&world.reverted(), "books"), json!([book(1, "a"), book(2, "b"), book(3, "c")]));
}

/// Found by the property test: a row was deleted and another came to its key, with the same values; the revert then took
/// that one for the deleted row, and did not put it back.
#[test]
fn a_row_that_came_to_the_key_of_a_deleted_one_is_another_row() {
    let of = |there: &str| {
        let mut world = books().with("books", json!([{"id": 3, "title": there, "seen": 0}]));
        world.tables[0].uniques.truncate(1);
        world.tell("books", Some(row(&book(3, "a"))), None);
        world.tell("books", Some(row(&book(9, there))), Some(row(&book(3, there))));
        rows(&world.reverted(), "books")
    };
    assert_eq!(of("a"), json!([book(3, "a"), book(9, "a")]));
    assert_eq!(of("b"), json!([book(3, "a"), book(9, "b")]));
}

#[test]
fn keys_that_go_round_are_a_clash() {
    let mut world = books().with("books", json!([book(2, "a"), book(1, "b")]));
    world.tell("books", Some(row(&book(1, "a"))), Some(row(&book(2, "a"))));
    world.tell("books", Some(row(&book(2, "b"))), Some(row(&book(1, "b"))));
    let clash = ConflictKind::UniqueClash(vec!["id".to_owned()]);
    assert_eq!(why(&world.plan()), [&clash, &clash]);
}

#[test]
fn what_others_changed_in_between_is_left_alone() {
    let world = shop().with("orders", json!([{"id": 1, "parent": null}, {"id": 2, "parent": null}])).change(
        "lines",
        json!({"id": 1, "order": 1, "book": null}),
        json!({"id": 1, "order": 2, "book": null}),
    );
    let mut world = world.with("books", json!([book(1, "a")]));
    // Another transaction set the book before and after.
    world.tell(
        "lines",
        Some(row(&json!({"id": 1, "order": 2, "book": 1}))),
        Some(row(&json!({"id": 1, "order": null, "book": 1}))),
    );
    world.rows.insert(named("lines"), vec![row(&json!({"id": 1, "order": null, "book": 1}))]);
    assert_eq!(rows(&world.reverted(), "lines"), json!([{"id": 1, "order": 1, "book": 1}]));
}

#[test]
fn conflicts_by_name() {
    let changed = |title: &str| {
        let mut world = books().change("books", book(1, "a"), book(1, "b"));
        world.rows.insert(named("books"), vec![row(&book(1, title))]);
        world
    };
    let since = ConflictKind::ChangedSince(vec![("title".to_owned(), json!("b"), json!("c"))]);
    assert_eq!(why(&changed("c").plan()), [&since]);
    assert_eq!(changed("a").plan().notes, ["one row of books is as it should be already"]);

    let mut gone = changed("b");
    gone.rows.clear();
    assert_eq!(why(&gone.plan()), [&ConflictKind::Gone]);

    let exists = books().change("books", book(1, "a"), Value::Null).with("books", json!([book(1, "x")]));
    assert_eq!(why(&exists.plan()), [&ConflictKind::Exists]);

    let clash = books().change("books", book(1, "a"), Value::Null).with("books", json!([book(2, "a")]));
    assert_eq!(why(&clash.plan()), [&ConflictKind::UniqueClash(vec!["title".to_owned()])]);

    let mut required = books().change("books", json!({"id": 1}), Value::Null);
    required.tables[0].required.push("title".to_owned());
    assert_eq!(why(&required.plan()), [&ConflictKind::NotRecorded(vec!["title".to_owned()])]);
}

#[test]
fn conflicts_of_foreign_keys() {
    let line = json!({"id": 1, "order": 1, "book": null});
    let orphan = shop().change("lines", line.clone(), Value::Null);
    let missing = ConflictKind::MissingParent { columns: vec!["order".to_owned()], table: named("orders") };
    assert_eq!(why(&orphan.plan()), [&missing]);

    let order = json!({"id": 1, "parent": null});
    let pointed = shop().change("orders", Value::Null, order.clone()).with("lines", json!([line]));
    assert_eq!(why(&pointed.plan()), [&ConflictKind::StillReferenced(named("lines"))]);

    // A parent that can't come back takes its children along.
    let taken = shop()
        .change("lines", line, Value::Null)
        .change("orders", order, Value::Null)
        .with("orders", json!([{"id": 1, "parent": 1}]));
    let planned = taken.plan();
    assert_eq!(why(&planned), [&ConflictKind::Exists], "the order that is there will do as a parent");
    assert_eq!(planned.writes.len(), 1);
}

#[test]
fn a_parent_in_conflict_leaves_its_children_without_one() {
    let world = shop()
        .change("lines", json!({"id": 1, "order": 1, "book": 1}), Value::Null)
        .change("books", book(1, "a"), Value::Null)
        .change("orders", json!({"id": 1, "parent": null}), Value::Null)
        .with("books", json!([book(2, "a")]));
    let missing = ConflictKind::MissingParent { columns: vec!["book".to_owned()], table: named("books") };
    let planned = world.plan();
    assert_eq!(why(&planned), [&ConflictKind::UniqueClash(vec!["title".to_owned()]), &missing]);
    assert_eq!(planned.writes.len(), 1);
}

#[test]
fn parents_come_first_and_go_last() {
    let world = shop()
        .change("lines", json!({"id": 1, "order": 3, "book": null}), Value::Null)
        .change("orders", json!({"id": 3, "parent": 2}), Value::Null)
        .change("orders", json!({"id": 2, "parent": 1}), Value::Null)
        .change("orders", json!({"id": 1, "parent": null}), Value::Null);
    let back = world.reverted();
    assert_eq!(rows(&back, "lines"), json!([{"id": 1, "order": 3, "book": null}]));
    assert_eq!(back[&named("orders")].len(), 3);

    let world = shop()
        .change("orders", Value::Null, json!({"id": 1, "parent": null}))
        .change("orders", Value::Null, json!({"id": 2, "parent": 1}))
        .change("lines", Value::Null, json!({"id": 1, "order": 2, "book": null}));
    assert!(world.reverted().values().all(Vec::is_empty));
}

#[test]
fn a_ring_of_rows_relies_on_constraints_that_wait() {
    let world = shop().change("orders", json!({"id": 1, "parent": 2}), Value::Null).change(
        "orders",
        json!({"id": 2, "parent": 1}),
        Value::Null,
    );
    assert!(world.plan().deferred);
    assert_eq!(world.reverted()[&named("orders")].len(), 2);
}

#[test]
fn swapped_unique_values_are_no_clash() {
    let swapped = json!([book(1, "b"), book(2, "a")]);
    let mut world = books();
    world.tell("books", Some(row(&book(1, "a"))), Some(row(&book(1, "b"))));
    world.tell("books", Some(row(&book(2, "b"))), Some(row(&book(2, "a"))));
    let world = world.with("books", swapped);
    assert!(!world.plan().deferred);
    assert_eq!(rows(&world.reverted(), "books"), json!([book(1, "a"), book(2, "b")]));
}

#[test]
fn a_unique_value_is_free_before_another_row_gets_it() {
    let world = books().change("books", book(1, "a"), Value::Null).change("books", Value::Null, book(2, "a"));
    assert_eq!(rows(&world.reverted(), "books"), json!([book(1, "a")]));
}

#[test]
fn pointers_follow_a_key_that_changes_back() {
    let world = shop()
        .change("orders", json!({"id": 1, "parent": null}), json!({"id": 9, "parent": null}))
        .change("lines", json!({"id": 1, "order": 1, "book": null}), json!({"id": 1, "order": 9, "book": 5}))
        .with("books", json!([book(5, "a")]));
    let writes = world.plan().writes;
    let tables: Vec<&str> = writes.iter().map(|write| write.table.name.as_str()).collect();
    assert_eq!(tables, ["lines", "orders"]);
    let book = WriteAction::Update { set: row(&json!({"book": null})), expect: row(&json!({"book": 5})) };
    assert_eq!(writes[0].action, book);
}

#[test]
fn ignored_columns_do_not_count_and_go_back_only_if_still_the_same() {
    let of = |seen: i64| {
        let left = json!({"id": 1, "title": "b", "seen": 5});
        let mut world = books().change("books", json!({"id": 1, "title": "a", "seen": 4}), left);
        world.rows.insert(named("books"), vec![row(&json!({"id": 1, "title": "b", "seen": seen}))]);
        rows(&world.reverted(), "books")
    };
    assert_eq!(of(5), json!([{"id": 1, "title": "a", "seen": 4}]));
    assert_eq!(of(6), json!([{"id": 1, "title": "a", "seen": 6}]));
}

#[test]
fn what_is_not_known_is_a_conflict_and_no_guess() {
    let mut world = books().change("books", book(1, "a"), book(1, "b"));
    world.told[0].exact = false;
    let unknown = ConflictKind::NotRecorded(vec!["seen".to_owned(), "title".to_owned()]);
    assert_eq!(why(&world.plan()), [&unknown]);

    let mut world = books().change("books", book(1, "a"), book(1, "b"));
    world.told[0].change.op = Op::Truncate;
    assert_eq!(why(&world.plan()), [&ConflictKind::NotRecorded(vec!["id".to_owned()])]);
    world.told[0].taken = Some(vec![row(&book(7, "g"))]);
    let planned = world.plan();
    assert_eq!((planned.conflicts.len(), planned.writes.len()), (0, 1));
}

#[test]
fn the_same_change_told_twice_is_one() {
    let mut world = books()
        .with("books", json!([book(3, "c")]))
        .change("books", Value::Null, book(1, "a"))
        .change("books", book(3, "c"), book(4, "c"))
        .change("books", book(5, "e"), Value::Null);
    let twice: Vec<Told> = world.told.iter().flat_map(|told| [told.clone(), told.clone()]).collect();
    world.told = twice;
    assert_eq!(rows(&world.reverted(), "books"), json!([book(3, "c"), book(5, "e")]));
}
