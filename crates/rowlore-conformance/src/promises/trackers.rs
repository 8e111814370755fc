//! A tracker records what it says: these operations, this image, these columns, on this condition, there.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Condition, Image, TrackedTable, Tracker};
use rowlore::read::EventQuery;

use crate::db::Db;
use crate::story::story;

/// Tracks `books` by these rules, then writes one story: two inserts, three updates, one delete.
async fn books<const N: usize>(db: &Db, trackers: [Tracker; N]) -> Vec<String> {
    db.run("create table books (id bigint primary key, title text, price bigint, stock bigint)").await;
    let table = trackers.into_iter().fold(TrackedTable::new("books"), TrackedTable::tracker);
    db.track([table]).await;
    db.run_each([
        "insert into books values (1, 'a', 10, 5)",
        "insert into books values (2, 'b', 20, 5)",
        "update books set price = price - 1, title = title where id = 1",
        "update books set price = price + 5, stock = 4 where id = 2",
        "update books set title = 'c' where id = 1",
        "delete from books where id = 2",
    ])
    .await;
    db.story("books").await
}

fn changes(condition: Condition) -> [Tracker; 1] {
    [Tracker::new("x").condition(condition)]
}

pub(super) async fn operations(db: &Db) {
    let told = books(db, [Tracker::default().on([Insert, Delete])]).await;
    let lines = [
        r#"insert 1: id=1 title="a" price=10 stock=5"#,
        r#"insert 2: id=2 title="b" price=20 stock=5"#,
        r#"delete 2: id=2 title="b" price=25 stock=4"#,
    ];
    assert_eq!(told, lines);
}

pub(super) async fn label(db: &Db) {
    let told = books(db, [Tracker::new("book.gone").on([Delete])]).await;
    assert_eq!(told, [r#"delete[book.gone] 2: id=2 title="b" price=25 stock=4"#]);
}

pub(super) async fn images(db: &Db) {
    let old = Tracker::new("before").on([Update]).image(Image::Old).events("before");
    let new = Tracker::new("after").on([Update]).image(Image::New).events("after");
    let mut told = books(db, [old, new]).await;
    told.sort();
    let lines = [
        r#"update[after] 1: new id=1 title="a" price=9 stock=5"#,
        r#"update[after] 1: title "a">"c""#,
        r#"update[after] 2: new id=2 title="b" price=25 stock=4"#,
        r#"update[before] 1: old id=1 title="a" price=10 stock=5"#,
        r#"update[before] 1: old id=1 title="a" price=9 stock=5"#,
        r#"update[before] 2: old id=2 title="b" price=20 stock=5"#,
    ];
    assert_eq!(told, lines);
}

pub(super) async fn only_and_except(db: &Db) {
    let only = Tracker::new("only").on([Insert]).columns(Columns::only(["price"])).events("only");
    let except = Tracker::new("except").on([Insert]).columns(Columns::except(["price"])).events("except");
    let mut told = books(db, [only, except]).await;
    told.sort();
    let lines = [
        r#"insert[except] 1: id=1 title="a" stock=5"#,
        r#"insert[except] 2: id=2 title="b" stock=5"#,
        "insert[only] 1: id=1 price=10",
        "insert[only] 2: id=2 price=20",
    ];
    assert_eq!(told, lines);
}

pub(super) async fn any_changed(db: &Db) {
    let told = books(db, changes(Condition::AnyChanged(Columns::only(["title", "stock"])))).await;
    assert_eq!(
        told,
        [
            r#"update[x] 2: new id=2 title="b" price=25 stock=4"#,
            r#"update[x] 1: new id=1 title="c" price=9 stock=5"#
        ]
    );
}

pub(super) async fn all_changed(db: &Db) {
    let told = books(db, changes(Condition::AllChanged(Columns::only(["price", "stock"])))).await;
    assert_eq!(told, [r#"update[x] 2: new id=2 title="b" price=25 stock=4"#]);
}

pub(super) async fn any_unchanged(db: &Db) {
    let told = books(db, changes(Condition::AnyUnchanged(Columns::only(["price", "stock"])))).await;
    assert_eq!(told, [r#"update[x] 1: new id=1 title="a" price=9 stock=5"#, r#"update[x] 1: title "a">"c""#]);
}

pub(super) async fn all_unchanged(db: &Db) {
    let told = books(db, changes(Condition::AllUnchanged(Columns::except(["title", "id"])))).await;
    assert_eq!(told, [r#"update[x] 1: new id=1 title="c" price=9 stock=5"#]);
}

pub(super) async fn condition_on_a_column_not_stored(db: &Db) {
    let any = Tracker::new("any").columns(Columns::only(["title"])).events("any");
    let any = any.condition(Condition::AnyChanged(Columns::only(["stock"])));
    let when = Tracker::new("when").columns(Columns::only(["title"])).events("when").on([Update]);
    let when = when.when("new.price is distinct from old.price");
    let mut told = books(db, [any, when]).await;
    told.sort();
    let lines = [
        r#"update[any] 2: new id=2 title="b""#,
        r#"update[when] 1: new id=1 title="a""#,
        r#"update[when] 2: new id=2 title="b""#,
    ];
    assert_eq!(told, lines);
}

pub(super) async fn when(db: &Db) {
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price and new.stock < 5");
    let cheap = Tracker::new("cheap").on([Insert]).when("new.price < 15");
    let left = Tracker::new("left").on([Delete]).when("old.stock > 0 -- a comment");
    let told = books(db, [raised, cheap, left]).await;
    let lines = [
        r#"insert[cheap] 1: id=1 title="a" price=10 stock=5"#,
        r#"update[raised] 2: new id=2 title="b" price=25 stock=4"#,
        r#"delete[left] 2: id=2 title="b" price=25 stock=4"#,
    ];
    assert_eq!(told, lines);
}

pub(super) async fn several_share_one_event_table(db: &Db) {
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price");
    let told = books(db, [Tracker::default(), raised]).await;
    assert_eq!(told.len(), 7, "{told:#?}");
    assert_eq!(told[3..5], ["update 2: price 20>25, stock 5>4", "update[raised] 2: price 20>25, stock 5>4"]);
    let registered = db.lore.registered().await.expect("the registry");
    assert_eq!(registered[0].installation.capture.events.len(), 1);
}

pub(super) async fn several_event_tables(db: &Db) {
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price").events("price_event");
    books(db, [Tracker::default(), raised]).await;
    let query = |events: &str| EventQuery { events: Some(events.to_owned()), ..EventQuery::default() };
    let told = story(&db.ask(&query("price_event")).await);
    assert_eq!(
        told,
        ["update[raised] 2: price 20>25, stock 5>4"],
        "what was before stands in the table that has it all"
    );
    assert_eq!(db.ask(&query("books_event")).await.len(), 6);
    assert_eq!(db.events("books").await.len(), 7, "a table's events come from all its event tables");
}

pub(super) async fn no_columns_but_the_key(db: &Db) {
    let told = books(db, [Tracker::default().columns(Columns::Only(Vec::new()))]).await;
    assert_eq!(told[..2], ["insert 1: id=1", "insert 2: id=2"]);
    assert_eq!(told[2..5], ["update 1: nothing", "update 2: nothing", "update 1: nothing"]);
    assert_eq!(told[5], "delete 2: id=2");
}

pub(super) async fn default_and_own_operations(db: &Db) {
    let told = books(db, [Tracker::default(), Tracker::new("new").on([Insert])]).await;
    let inserts: Vec<&String> = told.iter().filter(|line| line.starts_with("insert")).collect();
    assert_eq!(inserts.len(), 4, "{told:#?}");
    assert_eq!(told.len(), 8, "{told:#?}");
}

/// A rule that is dropped leaves what it recorded: guarded as before, and told with the rest of the table's events.
pub(super) async fn a_dropped_rule_leaves_its_events(db: &Db) {
    let raised = Tracker::new("raised").on([Update]).when("new.price > old.price").events("price_event");
    let before = books(db, [Tracker::default(), raised]).await;
    db.track([TrackedTable::new("books")]).await;
    assert_eq!(db.story("books").await, before);
    db.refused(format!("delete from {}", (db.words.event_table)("price_event"))).await;
    db.run("update books set price = price + 1 where id = 1").await;
    let told = db.story("books").await;
    assert_eq!(told[before.len()..], ["update 1: price 9>10"]);
}
