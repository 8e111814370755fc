//! Every object that is installed, as SQL that a person can read. The files are in `tests/snapshots`.

use rowlore::check;
use rowlore::declare::{
    Columns, Condition, ContextForm, Events, Image, Operation, Period, TimeSource, TrackedTable, Tracker,
    Unchanged,
};
use rowlore::engine::{Alteration, Dialect as _};
use rowlore::found::{Compare, Found, FoundColumn, FoundTable, TableKind};
use rowlore::plan::{Action, plan};
use rowlore_postgres::PostgresDialect;

fn column(name: &str, event_type: &str, compare: Compare) -> FoundColumn {
    FoundColumn { name: name.to_owned(), event_type: event_type.to_owned(), compare, recordable: true }
}

fn table(name: &str, kind: TableKind, partitions: &[&str], columns: Vec<FoundColumn>) -> FoundTable {
    let name = rowlore::TableName::new("public", name);
    let key = columns[0].name.clone();
    let partitions = partitions.iter().map(|name| rowlore::TableName::new("public", *name)).collect();
    FoundTable { name, kind, columns, primary_key: vec![key], partitions, ..FoundTable::default() }
}

fn found() -> Found {
    let books = vec![
        column("id", "bigint", Compare::Native),
        column("Title", "text", Compare::Bytes),
        column("price", "numeric", Compare::Native),
        column("notes", "json", Compare::Text),
    ];
    let sales =
        vec![column("at \"the\" till", "uuid", Compare::Native), column("n", "integer", Compare::Native)];
    Found {
        default_schema: "public".to_owned(),
        tables: vec![
            table("books", TableKind::Table, &[], books),
            table("sales", TableKind::Partitioned, &["sales_2026"], sales),
        ],
        now: Some("2026-11-21T10:00:00Z".parse().unwrap()),
        ..Found::default()
    }
}

fn rendered(tables: impl IntoIterator<Item = TrackedTable>) -> String {
    let plan = plan(&check(tables).unwrap(), &found(), &PostgresDialect).unwrap();
    // What is written down is the core crate's JSON: it is not this engine's to fix here.
    let objects = plan.steps().iter().filter(|step| step.action != Action::Register);
    let sql = objects.map(|step| format!("-- {} ({})\n{}", step.action, step.lock, step.sql.trim()));
    sql.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_first_plan() {
    insta::assert_snapshot!(rendered([TrackedTable::new("books").without_baseline()]));
}

#[test]
fn rules_of_every_kind() {
    let price =
        Tracker::new("price").on([Operation::Update]).image(Image::Old).columns(Columns::only(["price"]));
    let books = TrackedTable::new("books")
        .unchanged(Unchanged::Suppress)
        .tracker(Tracker::default())
        .tracker(price.condition(Condition::AnyChanged(Columns::only(["price"]))).events("prices"))
        .tracker(Tracker::new("raised").on([Operation::Update]).when("new.price > old.price"));
    let all = rendered([books]);
    let own = all.find("-- create event table").unwrap();
    insta::assert_snapshot!(&all[own..]);
}

#[test]
fn partitions() {
    let all = rendered([TrackedTable::new("sales").unchanged(Unchanged::Record).without_baseline()]);
    let own = all.find("-- create event table").unwrap();
    insta::assert_snapshot!(&all[own..]);
}

#[test]
fn event_tables_to_taste() {
    let main = Events::default()
        .schema("audit")
        .context(ContextForm::Json)
        .time(TimeSource::Transaction)
        .partition(Period::Month)
        .index(["price", "rl_at"])
        .extra_value("site", "text", "current_setting('app.site', true)");
    let bare = Events::named("bare").without_key().context(ContextForm::None).changeable();
    let books = TrackedTable::new("books")
        .without_baseline()
        .only(["price"])
        .event_table(main)
        .event_table(bare)
        .tracker(Tracker::default())
        .tracker(Tracker::new("price").on([Operation::Update]).events("bare"));
    let all = rendered([books]);
    let own = all.find("-- create event table").unwrap();
    insta::assert_snapshot!(&all[own..]);
}

#[test]
fn changes_of_an_event_table() {
    let column = || column("price", "text", Compare::Native);
    let events = || "books_event".to_owned();
    let all = [
        Alteration::AddColumn { events: rowlore::capture::EventTable::named(events()), column: column() },
        Alteration::RetypeColumn { events: rowlore::capture::EventTable::named(events()), column: column() },
        Alteration::SetColumnAside {
            events: rowlore::capture::EventTable::named(events()),
            from: "price".into(),
            to: "price_was_numeric".into(),
        },
        Alteration::RenameEvents { from: events(), to: rowlore::capture::EventTable::named("novels_event") },
    ];
    let sql: Vec<String> = all.iter().map(|one| PostgresDialect.alter(one)).collect();
    insta::assert_snapshot!(sql.join("\n\n"));
}
