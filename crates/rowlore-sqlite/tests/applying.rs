//! Plans on SQLite: what the schema becomes, drift, and what is refused.

use rowlore::declare::{Operation, TrackedTable, Tracker};
use rowlore::found::TableKind;
use rowlore::plan::Action;
use rowlore::{Engine, check};
use rowlore_sqlite::wait;
use serde_json::json;

use super::{Db, apply, changes, database, history, rows_now, run, story, table, tracked};

const BOOKS: &str = "create table books (id integer primary key, title text, price real)";

fn books() -> TrackedTable {
    TrackedTable::new("books")
}

fn actions(lore: &Db, tables: impl IntoIterator<Item = TrackedTable>) -> Vec<String> {
    let plan = wait(lore.plan(&check(tables).unwrap())).unwrap();
    plan.steps().iter().map(|step| step.action.to_string()).collect()
}

#[test]
fn a_table_goes_through_its_life() {
    let lore = tracked(BOOKS, [books()]);
    run(&lore, "insert into books values (1, 'a', 1)");
    wait(lore.apply(&wait(lore.plan_uninstall()).unwrap())).unwrap();
    assert!(wait(lore.plan_uninstall()).unwrap().is_empty());
    run(&lore, "update books set price = 2");
    assert_eq!(story(&lore).len(), 1, "nothing is captured any more, and nothing is lost");
    apply(&lore, [books()]);
    run(&lore, "update books set price = 3");
    assert_eq!(
        story(&lore),
        [r#"insert {"id":1}"#, r#"baseline {"id":1}"#, r#"update {"id":1}"#],
        "what the gap made of the row is told by a new baseline"
    );
    assert_eq!(changes(&lore)[2].old.as_ref().unwrap()["price"], json!(2.0));
}

#[test]
fn the_script_is_what_apply_runs() {
    let lore = database(BOOKS);
    let plan = wait(lore.plan(&check([books()]).unwrap())).unwrap();
    let (begin, commit) = lore.engine().dialect().transaction();
    run(&lore, &rowlore::plan::explain::script(&plan, begin, commit));
    assert_eq!(actions(&lore, [books()]), Vec::<String>::new());
    assert!(plan.steps().iter().any(|step| matches!(step.action, Action::Own)));
}

#[test]
fn drift_is_seen_and_mended() {
    let lore = tracked(BOOKS, [books()]);
    run(&lore, "drop trigger rowlore_books_delete; drop trigger rowlore_books_event_no_update;
        drop trigger rowlore_books_insert; create trigger rowlore_books_insert after insert on books begin select 1; end");
    let expected = [
        "create trigger rowlore_books_event_no_update on rowlore_books_event",
        "replace trigger rowlore_books_insert on books",
        "create trigger rowlore_books_delete on books",
    ];
    assert_eq!(actions(&lore, [books()]), expected);
    apply(&lore, [books()]);
}

#[test]
fn columns_come_change_their_type_and_go() {
    let lore = tracked(BOOKS, [books()]);
    run(&lore, "insert into books values (1, 'a', 1); alter table books add column pages integer default 5");
    apply(&lore, [books()]);
    run(&lore, "update books set pages = 6");
    let change = history(&lore, "books", json!({"id": 1})).pop().unwrap();
    assert_eq!(change.new.unwrap()["pages"], json!(6));

    // SQLite itself refuses while a trigger names the column; the way out is to stop recording it first.
    let refused =
        lore.engine().with(|sql| sql.execute_batch("alter table books drop column title")).unwrap_err();
    assert!(refused.to_string().contains("rowlore_books_"), "{refused}");
    apply(&lore, [books().except(["title"])]);
    run(&lore, "alter table books drop column title");
    apply(&lore, [books()]);
    run(&lore, "update books set price = 2");
    let all = history(&lore, "books", json!({"id": 1}));
    assert_eq!(all[0].new.as_ref().unwrap()["title"], json!("a"), "its history stays");
    assert_eq!(all.last().unwrap().changed, Some(vec!["price".to_owned()]));
}

#[test]
fn a_column_of_another_type_is_recorded_beside_the_old_one() {
    let lore = tracked(BOOKS, [books()]);
    run(
        &lore,
        "insert into books values (1, 'a', 1.5);
        create table other (id integer primary key, title text, price text);
        insert into other select * from books; drop table books; alter table other rename to books",
    );
    apply(&lore, [books()]);
    run(&lore, "update books set price = '007'");
    let all = history(&lore, "books", json!({"id": 1}));
    assert_eq!(all[0].new.as_ref().unwrap()["price_was_REAL"], json!(1.5));
    assert_eq!(all.last().unwrap().new.as_ref().unwrap()["price"], json!("007"));
    apply(&lore, [books()]);
}

#[test]
fn a_renamed_table_keeps_its_history() {
    let lore = tracked(BOOKS, [books()]);
    run(
        &lore,
        "insert into books values (1, 'a', 1); alter table books rename to novels; update novels set price = 2",
    );
    let registered = wait(lore.registered()).unwrap();
    assert_eq!(registered[0].table_now, Some(table("novels")));
    apply(&lore, [TrackedTable::new("novels")]);
    run(&lore, "update novels set price = 3");
    assert_eq!(history(&lore, "novels", json!({"id": 1})).len(), 3);
    assert_eq!(rows_now(&lore, "novels").len(), 1);
    run(&lore, "drop table novels");
    assert_eq!(wait(lore.registered()).unwrap()[0].table_now, None);
    assert_eq!(
        history(&lore, "novels", json!({"id": 1})).len(),
        3,
        "a table that is gone can still be asked about"
    );
}

#[test]
fn expressions_that_can_not_stand_in_a_trigger_are_refused() {
    let lore = database(BOOKS);
    run(&lore, "create table other (x)");
    let update = [Operation::Update];
    for (when, on, said) in [
        ("new.pirce > 1", &update[..], "no such column: new.pirce"),
        ("price > 1", &update[..], "write old.price or new.price"),
        ("price > 1", &[Operation::Insert], "write old.price or new.price"),
        ("old.price > 1", &[Operation::Insert], "no such column: old.price"),
        ("new.price > 1", &[Operation::Delete], "no such column: new.price"),
        ("new.price >", &update[..], "syntax error"),
        ("true); drop table other; --", &update[..], ""),
        ("1=1; select 1", &update[..], ""),
        ("true) or (true", &update[..], ""),
        ("1, 2", &update[..], ""),
        ("true /*", &update[..], ""),
        ("new.price > ?", &update[..], "parameters"),
        ("count(new.price) > 1", &update[..], "misuse of aggregate"),
        ("exists (select 1 from nowhere)", &update[..], "no such table"),
        ("raise(ignore)", &update[..], ""),
    ] {
        let tracker = Tracker::default().on(on.to_vec()).when(when);
        let declared = check([books().tracker(tracker)]).unwrap();
        let error = wait(lore.plan(&declared)).unwrap_err();
        assert!(error.to_string().contains(said), "{when}: {error}");
    }
    let subquery =
        "exists (select 1 from other where other.x = new.price) or new.price is distinct from old.price";
    apply(
        &lore,
        [books().tracker(Tracker::default()).tracker(Tracker::new("sub").on(update).when(subquery))],
    );
    run(&lore, "insert into books values (1, 'a', 1); update books set price = 2");
    assert_eq!(story(&lore).len(), 3);
}

#[test]
fn what_sqlite_can_not_do_is_refused_by_name() {
    let lore = database(&format!(
        "{BOOKS}; create table keyless (a); create view v as select 1; create virtual table ft using fts5 (x)"
    ));
    let refused = |tables: TrackedTable| wait(lore.plan(&check([tables]).unwrap())).unwrap_err().to_string();
    let truncate = || Tracker::new("emptied").on([Operation::Truncate]);
    assert!(refused(books().tracker(truncate())).contains("SQLite has no truncate"));
    assert!(
        refused(books().tracker(Tracker::default()).tracker(truncate().events("x")))
            .contains("SQLite has no truncate")
    );
    assert!(refused(books().tracker(Tracker::default().events("Meta"))).contains("rowlore's own"));
    assert!(refused(TrackedTable::new("keyless")).contains("no primary key"));
    assert!(refused(TrackedTable::new("v")).contains("is a view"));
    assert!(refused(TrackedTable::new("ft")).contains("virtual"));
    assert!(refused(TrackedTable::new("bokos")).contains("there is no table"));
    let all = check([books().tracker(Tracker::new("all").on(Operation::ALL))]).unwrap();
    assert!(wait(lore.plan(&all)).is_ok(), "truncate among others simply never fires");
    let found = wait(lore.engine().inspect(&all)).unwrap();
    let kinds: Vec<_> = found.tables.iter().map(|table| (table.name.name.as_str(), table.kind)).collect();
    let table = TableKind::Table;
    assert_eq!(
        kinds,
        [("books", table), ("ft", TableKind::Foreign), ("keyless", table), ("v", TableKind::View)]
    );
}

#[test]
fn a_plan_that_fails_changes_nothing() {
    let lore = database(BOOKS);
    let plan = wait(lore.plan(&check([books()]).unwrap())).unwrap();
    // The database moves on between plan and apply.
    run(&lore, "create table rowlore_books_event (x)");
    let error = wait(lore.apply(&plan)).unwrap_err();
    assert!(error.to_string().contains("create event table books_event"), "{error}");
    assert!(error.hint_text().unwrap().contains("plan again"));
    let left = "select count(*) from sqlite_schema where name like 'rowlore%'";
    let left: i64 = lore.engine().with(|sql| sql.query_row(left, [], |row| row.get(0))).unwrap();
    assert_eq!(left, 1);
}

#[test]
fn a_trigger_that_would_break_writes_is_never_left_behind() {
    let lore = database(BOOKS);
    run(&lore, "create temp table session (x); insert into session values (1)");
    // A temporary table is there when the expression is prepared, but not inside a trigger of the file.
    let tracker = Tracker::default().on([Operation::Insert]).when("exists (select 1 from temp.session)");
    let plan = wait(lore.plan(&check([books().tracker(tracker)]).unwrap())).unwrap();
    assert!(wait(lore.apply(&plan)).is_err());
    run(&lore, "insert into books values (1, 'a', 1)");
}
