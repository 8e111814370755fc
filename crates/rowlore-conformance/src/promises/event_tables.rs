//! Event tables to taste: each setting does what it says, and the plan's life goes on around it.

use rowlore::Context;
use rowlore::declare::{ContextForm, Events, TrackedTable, Tracker};

use crate::db::Db;
use crate::subject::Step;

/// A table of books whose main event table has these settings.
fn books(events: Events) -> TrackedTable {
    TrackedTable::new("books").without_baseline().event_table(events)
}

async fn tracked(db: &Db, events: Events) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([books(events)]).await;
}

fn event_table(db: &Db) -> String {
    (db.words.event_table)("books_event")
}

/// One column of all events, oldest first.
async fn column(db: &Db, sql: &str) -> Vec<Option<String>> {
    let query = format!("select {sql} from {} order by rl_event_id", event_table(db));
    db.rows(query).await.into_iter().map(|mut row| row.remove(0)).collect()
}

/// Nothing leads from an event to a row, unless a column of the key is asked for like any other.
pub(super) async fn no_key(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let prices = || books(Events::default().without_key()).only(["price"]);
    db.track([prices()]).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    db.run("update books set price = 11 where id = 1").await;
    db.run("update books set id = 3, price = 12 where id = 1").await;
    db.run("update books set id = id + 10, price = price + 1").await;
    db.run("update books set id = 4 where id = 13").await;
    db.run("delete from books where id = 4").await;
    let table = event_table(db);
    let mut prices_seen = column(db, "price").await;
    prices_seen[4..6].sort();
    let expected = ["10", "20", "11", "12", "13", "21", "13"].map(|price| Some(price.to_owned()));
    assert_eq!(prices_seen, expected, "the key alone is nothing that changed");
    let said = db.refused(format!("select id from {table}")).await;
    assert!(said.contains("id"), "{said}");
    assert!(column(db, "rl_old_key").await.iter().all(Option::is_none), "no key, so no key before it either");
    // Asked for like any other column, it is one.
    let old = Tracker::default().image(rowlore::declare::Image::Old).events("old");
    let with_id = TrackedTable::new("books")
        .without_baseline()
        .tracker(Tracker::default())
        .tracker(old.on([rowlore::declare::Operation::Update]))
        .event_table(Events::named("old").without_key());
    db.track([with_id]).await;
    db.run("update books set id = 5 where id = 12").await;
    let old = (db.words.event_table)("old");
    assert_eq!(db.value(format!("select id from {old}")).await, "12", "the old image, whole");
}

pub(super) async fn changeable(db: &Db) {
    tracked(db, Events::default()).await;
    db.run("insert into books values (1, 'a', 10)").await;
    let table = event_table(db);
    db.refused(format!("update {table} set title = 'b'")).await;
    db.apply([books(Events::default().changeable())]).await;
    db.run(format!("update {table} set title = 'b'")).await;
    db.run(format!("delete from {table}")).await;
    db.apply([books(Events::default())]).await;
    db.run("insert into books values (2, 'a', 10)").await;
    db.refused(format!("delete from {table}")).await;
}

pub(super) async fn indexes(db: &Db) {
    tracked(db, Events::default()).await;
    let indexes = async || {
        let found = db.found().await.installed.into_iter();
        let indexes = found.filter(|one| one.id.kind == rowlore::found::ObjectKind::Index);
        indexes.map(|one| one.id.name).collect::<Vec<_>>()
    };
    let before = indexes().await;
    let two = Events::default().index(["price", "rl_at"]).index(["title"]);
    db.apply([books(two)]).await;
    assert_eq!(indexes().await.len(), before.len() + 2);
    let one = || books(Events::default().index(["title"]));
    let plan = db.apply([one()]).await;
    let told = rowlore::plan::explain::explain(&plan, false);
    assert!(told.contains("drop index"), "an index that is not declared any more goes:\n{told}");
    assert_eq!(indexes().await.len(), before.len() + 1);
    let unknown = db.refuses([books(Events::default().index(["titel"]))]).await;
    assert!(unknown.contains("no column `titel`") && unknown.contains("title"), "{unknown}");
    db.run("insert into books values (1, 'a', 10)").await;
    db.apply([books(Events::default())]).await;
    assert_eq!(indexes().await, before);
}

pub(super) async fn extra_columns(db: &Db) {
    let extra = || {
        Events::default().extra("note \"of\" mine", "text").extra_value(
            "tenant",
            "bigint",
            "6 * 7 -- the answer",
        )
    };
    tracked(db, extra().changeable()).await;
    db.run("insert into books values (1, 'a', 10)").await;
    let table = event_table(db);
    db.run(format!("update {table} set \"note \"\"of\"\" mine\" = 'seen'")).await;
    // One more, and older events have nothing there.
    db.apply([books(extra().changeable().extra_value("site", "text", "'north'"))]).await;
    db.run("update books set price = 11").await;
    db.run("delete from books").await;
    assert_eq!(column(db, "tenant").await, vec![Some("42".to_owned()); 3]);
    let north = Some("north".to_owned());
    assert_eq!(column(db, "site").await, [None, north.clone(), north]);
    assert_eq!(column(db, "\"note \"\"of\"\" mine\"").await, [Some("seen".to_owned()), None, None]);
    // Not declared any more: what was recorded stays.
    db.apply([books(Events::default())]).await;
    db.run("insert into books values (2, 'b', 10)").await;
    assert_eq!(column(db, "tenant").await.iter().flatten().count(), 3);
}

pub(super) async fn values_are_checked(db: &Db) {
    tracked(db, Events::default()).await;
    for value in [
        "nosuchfunction()",
        "1 +",
        "new.price",
        "title",
        "count(*)",
        "1) from books where (1 = 1",
        "1); delete from books where (1 = 1",
        "$1",
    ] {
        let said = db.refuses([books(Events::default().extra_value("x", "bigint", value))]).await;
        assert!(said.contains("does not take the value of `x`"), "{value}: {said}");
    }
    let clash = db.refuses([books(Events::default().extra("title", "text"))]).await;
    assert!(clash.contains("has a column `title` itself"), "{clash}");
}

pub(super) async fn context_as_a_copy(db: &Db) {
    tracked(db, Events::default().context(ContextForm::Json)).await;
    let ann = Context::actor("ann").because("stocktaking");
    let inner = Context::actor("bob");
    let step = |sql: &str| Step::sql(sql);
    let steps = [
        step("insert into books values (1, 'a', 10)"),
        Step::scope(inner, [step("update books set price = 11")]),
        step("update books set price = 12"),
    ];
    db.commit(ann, steps).await;
    db.run("insert into books values (2, 'b', 20), (3, 'c', 30)").await;
    let actor = column(db, "rl_context ->> 'actor'").await;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(actor, [some("ann"), some("bob"), some("ann"), None, None]);
    // What an inner scope does not say, the outer one said.
    let reason = column(db, "rl_context ->> 'reason'").await;
    assert_eq!(reason[0], some("stocktaking"));
    assert_eq!(reason[2], some("stocktaking"));
    assert!(column(db, "rl_context_id").await.iter().all(Option::is_none));
    let read: Vec<_> = db.events("books").await.into_iter().map(|change| change.context.actor).collect();
    assert_eq!(read, actor, "readers take it from the copy");
}

/// Two event tables of one table: the one that refers to the context has it written, and the copy is the same.
pub(super) async fn context_in_both_forms(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let both = TrackedTable::new("books")
        .without_baseline()
        .tracker(Tracker::default())
        .tracker(Tracker::default().events("copies"))
        .event_table(Events::named("copies").context(ContextForm::Json));
    db.track([both]).await;
    let step = |sql: &str| Step::sql(sql);
    let steps = [step("insert into books values (1, 'a', 10)"), step("update books set price = 11")];
    db.commit(Context::actor("ann"), steps).await;
    let copies = (db.words.event_table)("copies");
    let actors = db.rows(format!("select rl_context ->> 'actor' from {copies}")).await;
    assert_eq!(actors, vec![vec![Some("ann".to_owned())]; 2], "also once the row is written");
    assert!(column(db, "rl_context_id").await.iter().all(Option::is_some));
}

pub(super) async fn no_context(db: &Db) {
    tracked(db, Events::default().context(ContextForm::None)).await;
    db.commit(Context::actor("ann"), [Step::sql("insert into books values (1, 'a', 10)")]).await;
    db.run("update books set price = 11").await;
    assert_eq!(column(db, "rl_context_id").await, [None, None]);
}

/// Settings, the change of them and the way back: each second plan is empty, and nothing recorded is lost.
pub(super) async fn every_life(db: &Db) {
    for (number, events) in [
        Events::default().without_key(),
        Events::default().changeable(),
        Events::default().index(["price"]),
        Events::default().extra_value("site \"x\"", "text", "'$rowlore$'"),
        Events::default().context(ContextForm::Json),
        Events::default().context(ContextForm::None),
    ]
    .into_iter()
    .enumerate()
    {
        let table = (db.words.event_table)(&format!("life {number}_event"));
        life(db, &format!("life {number}"), events, Some(Events::default()), [&table, &table]).await;
    }
}

/// One life of a table: tracked as `first`, as `second` (if that may be), as `first` again, not at all, and again.
/// `tables` is where the events are in either case.
pub(crate) async fn life(db: &Db, name: &str, first: Events, second: Option<Events>, tables: [&str; 2]) {
    let quoted = rowlore::quote_name(name);
    db.run(format!("create table {quoted} (id bigint primary key, title text, price bigint)")).await;
    let declared =
        |events: &Events| [TrackedTable::new(&quoted).without_baseline().event_table(events.clone())];
    let mut seen = 0;
    let mut round = async |table: &str, what: &str| {
        db.run(format!("insert into {quoted} values (1, 'a', 10)")).await;
        db.run(format!("update {quoted} set price = 11")).await;
        db.run(format!("delete from {quoted}")).await;
        seen += if what == "not tracked" { 0 } else { 3 };
        let count = db.value(format!("select count(*) from {table}")).await;
        assert_eq!(count, seen.to_string(), "{name}: {what}");
    };
    db.apply(declared(&first)).await;
    round(tables[0], "first").await;
    if let Some(second) = &second {
        db.apply(declared(second)).await;
        round(tables[1], "changed").await;
        db.apply(declared(&first)).await;
        round(tables[0], "and back").await;
    }
    db.apply([]).await;
    round(tables[0], "not tracked").await;
    db.apply(declared(&first)).await;
    round(tables[0], "again").await;
}
