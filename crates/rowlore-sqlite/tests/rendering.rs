//! Every object that is installed, as SQL that a person can read. The files are in `tests/snapshots`.

use rowlore::check;
use rowlore::declare::{Columns, Condition, Image, Operation, TrackedTable, Tracker, Unchanged};
use rowlore::engine::{Alteration, Dialect};
use rowlore::found::{Compare, FoundColumn};
use rowlore::plan::Action;
use rowlore_sqlite::{SqliteDialect, wait};

use super::database;

#[test]
fn a_first_plan() {
    let lore = database(
        r#"create table pairs ("a b" text, n integer, note text, primary key ("a b", n));
           create table books (id integer primary key, title text, price real)"#,
    );
    let price =
        Tracker::new("price").on([Operation::Update]).image(Image::Old).columns(Columns::only(["price"]));
    let tables = [
        TrackedTable::new("books")
            .unchanged(Unchanged::Suppress)
            .tracker(Tracker::default())
            .tracker(price.condition(Condition::AnyChanged(Columns::only(["price"]))).events("prices"))
            .tracker(Tracker::new("raised").on([Operation::Update]).when("new.price > old.price")),
        TrackedTable::new("pairs").without_baseline(),
    ];
    let plan = wait(lore.plan(&check(tables).unwrap())).unwrap();
    // What is written down is the core crate's JSON: it is not this engine's to fix here.
    let objects = plan.steps().iter().filter(|step| step.action != Action::Register);
    let sql: Vec<String> = objects.map(|step| format!("-- {}\n{}", step.action, step.sql.trim())).collect();
    insta::assert_snapshot!(sql.join("\n\n"));
}

#[test]
fn changes_of_an_event_table() {
    let column = || FoundColumn {
        name: "price".to_owned(),
        event_type: "TEXT".to_owned(),
        compare: Compare::Bytes,
        recordable: true,
    };
    let events = || "books_event".to_owned();
    let all = [
        Alteration::AddColumn { events: rowlore::capture::EventTable::named(events()), column: column() },
        Alteration::RetypeColumn { events: rowlore::capture::EventTable::named(events()), column: column() },
        Alteration::SetColumnAside {
            events: rowlore::capture::EventTable::named(events()),
            from: "price".into(),
            to: "price_was_REAL".into(),
        },
        Alteration::RenameEvents { from: events(), to: rowlore::capture::EventTable::named("novels_event") },
    ];
    let sql: Vec<String> = all.iter().map(|one| SqliteDialect.alter(one)).collect();
    insta::assert_snapshot!(sql.join("\n\n"));
}
