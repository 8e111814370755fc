//! What the derived code declares, against the other front ends, and what it decodes.

use rowlore::declare::{
    Columns, Condition, ContextForm, Events, Image, Operation, Origin, Period, TimeSource, TrackedTable,
    Tracker, Unchanged,
};
use rowlore::{Change, Tracked, TypedChange, declare};
use serde::Deserialize;

/// Everything that can be declared, once as a struct …
#[derive(Debug, PartialEq, Deserialize, Tracked)]
// Clippy does not know that each `extra(…)` is a column of its own.
#[allow(clippy::duplicated_attributes)]
#[rowlore(table = "shop.books", unchanged = "record", no_baseline, except("updated_at"))]
#[rowlore(ignore(edition, "seen_at"), links(author_id))]
#[rowlore(events(context = "none", index(price), index(title, "rl_at")))]
#[rowlore(events(
    name = "price_event",
    schema = "audit",
    no_key,
    context = "json",
    time = "transaction",
    partition = "month",
    changeable,
    extra(name = "note", type = "text"),
    extra(name = "tenant", type = "text", value = "current_setting('app.tenant', true)")
))]
#[rowlore(tracker())]
#[rowlore(tracker(manual, label = "sold"), tracker(ignore(price)), tracker(label = "all", ignore()))]
#[rowlore(tracker(
    label = "price.raised",
    operations(update, delete),
    image = "old",
    columns(price, "stock"),
    when = "old.price > 3",
    events = "price_event"
))]
#[rowlore(tracker(except(notes), any_changed(price)), tracker(all_changed(price, title)))]
#[rowlore(tracker(any_unchanged(except(price))), tracker(all_unchanged(all)))]
struct Book {
    #[rowlore(key)]
    isbn: String,
    #[rowlore(key)]
    edition: i32,
    #[serde(rename = "Title")]
    title: String,
    price: Option<f64>,
    author_id: Option<i64>,
    #[rowlore(skip)]
    notes: Option<String>,
}

/// … once as a file …
const FILE: &str = r#"
    [[table]]
    name = "shop.books"
    key = ["isbn", "edition"]
    unchanged = "record"
    baseline = false
    except = ["updated_at", "notes"]
    ignore = ["edition", "seen_at"]
    links = ["author_id"]
    [[table.events]]
    context = "none"
    indexes = [["price"], ["Title", "rl_at"]]
    [[table.events]]
    name = "price_event"
    schema = "audit"
    key = false
    context = "json"
    time = "transaction"
    partition = "month"
    append_only = false
    extra = [
        { name = "note", type = "text" },
        { name = "tenant", type = "text", value = "current_setting('app.tenant', true)" },
    ]
    [[table.tracker]]
    [[table.tracker]]
    manual = true
    label = "sold"
    [[table.tracker]]
    ignore = ["price"]
    [[table.tracker]]
    label = "all"
    ignore = []
    [[table.tracker]]
    label = "price.raised"
    operations = ["update", "delete"]
    image = "old"
    columns = ["price", "stock"]
    when = "old.price > 3"
    events = "price_event"
    [[table.tracker]]
    except = ["notes"]
    any_changed = ["price"]
    [[table.tracker]]
    all_changed = ["price", "Title"]
    [[table.tracker]]
    any_unchanged = { except = ["price"] }
    [[table.tracker]]
    all_unchanged = "all"
"#;

/// … and once in code.
fn built() -> TrackedTable {
    let compares = |condition| Tracker::default().condition(condition);
    TrackedTable::new("shop.books")
        .key(["isbn", "edition"])
        .unchanged(Unchanged::Record)
        .without_baseline()
        .except(["updated_at", "notes"])
        .ignore(["edition", "seen_at"])
        .links(["author_id"])
        .event_table(Events::default().context(ContextForm::None).index(["price"]).index(["Title", "rl_at"]))
        .event_table(
            Events::named("price_event")
                .schema("audit")
                .without_key()
                .context(ContextForm::Json)
                .time(TimeSource::Transaction)
                .partition(Period::Month)
                .changeable()
                .extra("note", "text")
                .extra_value("tenant", "text", "current_setting('app.tenant', true)"),
        )
        .tracker(Tracker::default())
        .tracker(Tracker::manual("sold"))
        .tracker(Tracker::default().ignore(["price"]))
        .tracker(Tracker::new("all").ignore([""; 0]))
        .tracker(
            Tracker::new("price.raised")
                .on([Operation::Update, Operation::Delete])
                .image(Image::Old)
                .columns(Columns::only(["price", "stock"]))
                .when("old.price > 3")
                .events("price_event"),
        )
        .tracker(
            compares(Condition::AnyChanged(Columns::only(["price"]))).columns(Columns::except(["notes"])),
        )
        .tracker(compares(Condition::AllChanged(Columns::only(["price", "Title"]))))
        .tracker(compares(Condition::AnyUnchanged(Columns::except(["price"]))))
        .tracker(compares(Condition::AllUnchanged(Columns::All)))
}

/// The declaration without its places, the only part in which front ends may differ.
fn without_origins(mut table: TrackedTable) -> TrackedTable {
    table.origin = Origin::Code;
    table.trackers.iter_mut().for_each(|tracker| tracker.origin = None);
    table.events.iter_mut().for_each(|events| events.origin = None);
    table
}

#[test]
fn three_front_ends_declare_the_same_data() {
    let file = declare::file::parse("rowlore.toml", FILE).unwrap();
    let [from_file] = <[TrackedTable; 1]>::try_from(file.single().unwrap().tables.clone()).unwrap();
    assert_eq!(without_origins(Book::declaration()), built());
    assert_eq!(without_origins(from_file), built());
}

#[derive(Deserialize, Tracked)]
#[allow(dead_code)]
struct OrderLine {
    id: i64,
}

#[derive(Deserialize, Tracked)]
#[serde(rename_all = "camelCase")]
#[rowlore(only_fields)]
#[allow(dead_code)]
struct Item {
    id: i64,
    unit_price: f64,
    r#type: String,
    #[serde(alias = "Old Name")]
    #[rowlore(column = "Old Name")]
    name: String,
    #[serde(rename(serialize = "a", deserialize = "b"))]
    both: String,
    #[rowlore(skip)]
    notes: Option<String>,
    #[serde(skip)]
    cached: u8,
}

#[test]
fn a_struct_without_attributes_takes_the_defaults() {
    let plain = TrackedTable::new("order_line").declared_at(Origin::Type { name: "OrderLine" });
    assert_eq!(OrderLine::declaration(), plain);
    assert_eq!((OrderLine::TABLE, OrderLine::KEY), ("order_line", ["id"].as_slice()));
}

#[test]
fn columns_are_called_what_serde_calls_them() {
    assert_eq!(
        (Item::UNIT_PRICE.name(), Item::TYPE.name(), Item::NAME.name()),
        ("unitPrice", "type", "Old Name")
    );
    let recorded = Columns::only(["id", "unitPrice", "type", "Old Name", "b"]);
    assert_eq!(Item::declaration().columns, recorded);
    assert_eq!((Book::TITLE.name(), Book::KEY), ("Title", ["isbn", "edition"].as_slice()));
}

#[derive(Deserialize, Tracked)]
#[rowlore(tracker(operations(insert), image = "old"), tracker(label = "", when = "true"))]
#[rowlore(events(name = "nobodys"))]
#[allow(dead_code)]
struct Wrong {
    id: i64,
}

#[test]
fn problems_name_the_struct_and_the_rule() {
    let problems = rowlore::check([Wrong::declaration()]).unwrap_err().to_string();
    assert!(problems.starts_with("struct Wrong, tracker 1: an insert has no old row"), "{problems}");
    assert!(
        problems.contains("struct Wrong, events `nobodys`: no tracker records into `nobodys`"),
        "{problems}"
    );
    assert!(problems.contains("struct Wrong, tracker ``: `label` must have 1 to 63 bytes"), "{problems}");
}

#[test]
fn events_decode_by_column_name() {
    let line = r#"{"table":"shop.books","key":{"isbn":"1","edition":2},"op":"update","label":"update","event_id":1,
        "at":"2026-11-20T18:00:00Z","old":{"isbn":"1","edition":2,"Title":"a"},
        "new":{"isbn":"1","edition":2,"Title":"b","price":"9.50","later":true},"changed":["Title"],"context":{}}"#;
    let change: TypedChange<Book> = serde_json::from_str::<Change>(line).unwrap().into();
    let book = |title: &str, price| Book {
        isbn: "1".into(),
        edition: 2,
        title: title.into(),
        price,
        author_id: None,
        notes: None,
    };
    assert_eq!(change.new_row().unwrap(), Some(book("b", Some(9.5))));
    assert_eq!(change.old_row().unwrap(), Some(book("a", None)));
    assert!(change.touches(Book::TITLE) && !change.touches(Book::PRICE));
}
