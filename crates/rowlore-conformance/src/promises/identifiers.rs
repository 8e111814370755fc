//! A name is a name, whatever is in it.

use rowlore::declare::{Columns, Condition, TrackedTable, Tracker};
use rowlore::{TableName, quote_name, quote_text};

use crate::db::Db;

/// Names that something in the way may take for syntax.
const HOSTILE: [&str; 18] = [
    "select",
    "order",
    "user",
    "MixedCase",
    "Order Lines",
    " leading",
    "a\"b",
    "it's",
    "a.b",
    "größe",
    "表",
    "%s",
    "$1",
    "$$",
    "$body$",
    "back\\slash",
    "a;--",
    "{name}",
];

/// The table as a person declares it.
fn declared(name: &str) -> TrackedTable {
    TrackedTable::new(TableName::new("", name).to_string())
}

pub(super) async fn hostile_columns(db: &Db) {
    let columns: Vec<String> = HOSTILE.iter().map(|name| format!("{} bigint", quote_name(name))).collect();
    let key = quote_name("The Key");
    db.run(format!("create table wide ({key} bigint primary key, {})", columns.join(", "))).await;
    let any = Tracker::new("any").condition(Condition::AnyChanged(Columns::only(HOSTILE)));
    db.track([TrackedTable::new("wide").tracker(Tracker::default()).tracker(any)]).await;
    let zeros = vec!["0"; HOSTILE.len()].join(", ");
    db.run(format!("insert into wide values (1, {zeros})")).await;
    for name in HOSTILE {
        db.run(format!("update wide set {} = 7 where {key} = 1", quote_name(name))).await;
        let told = db.story("wide").await;
        let lines = [format!("update 1: {name} 0>7"), format!("update[any] 1: {name} 0>7")];
        let mut last = told[told.len() - 2..].to_vec();
        last.sort();
        assert_eq!(last, lines);
    }
    db.run(format!("update wide set {key} = 2")).await;
    assert!(db.story("wide").await.contains(&"update 1>2: The Key 1>2".to_owned()));
}

pub(super) async fn hostile_tables(db: &Db) {
    for name in HOSTILE {
        db.run(format!("create table {} (id bigint primary key, x bigint)", quote_name(name))).await;
    }
    db.track(HOSTILE.map(declared)).await;
    for name in HOSTILE {
        let table = quote_name(name);
        db.run_each([format!("insert into {table} values (1, 1)"), format!("update {table} set x = 2")])
            .await;
        db.run(format!("delete from {table}")).await;
        db.tells(name, ["insert 1: id=1 x=1", "update 1: x 1>2", "delete 1: id=1 x=2"]).await;
    }
}

/// 63 bytes is all that PostgreSQL keeps of a name: rowlore's own, made from the table's, must stay apart.
pub(super) async fn long_names(db: &Db) {
    let names =
        [format!("{}a", "t".repeat(62)), format!("{}b", "t".repeat(62)), format!("{}ü", "u".repeat(61))];
    let column = "c".repeat(63);
    for name in &names {
        db.run(format!("create table {name} (id bigint primary key, {column} bigint)")).await;
    }
    db.track(names.iter().map(|name| declared(name))).await;
    for (index, name) in names.iter().enumerate() {
        db.run(format!("insert into {name} values ({index}, 1)")).await;
        db.run(format!("update {name} set {column} = 2")).await;
    }
    for (index, name) in names.iter().enumerate() {
        let lines =
            [format!("insert {index}: id={index} {column}=1"), format!("update {index}: {column} 1>2")];
        assert_eq!(db.story(name).await, lines);
    }
}

pub(super) async fn columns_called_old_and_new(db: &Db) {
    db.run("create table pairs (id bigint primary key, \"old\" text, \"new\" text, \"at\" text)").await;
    let moved = Tracker::new("moved").condition(Condition::AllChanged(Columns::only(["old", "new"])));
    db.track([TrackedTable::new("pairs").tracker(Tracker::default()).tracker(moved)]).await;
    db.run("insert into pairs values (1, 'a', 'b', 'c')").await;
    db.run("update pairs set \"old\" = 'x', \"new\" = 'y'").await;
    db.tells(
        "pairs",
        [
            r#"insert 1: id=1 old="a" new="b" at="c""#,
            r#"update 1: old "a">"x", new "b">"y""#,
            r#"update[moved] 1: old "a">"x", new "b">"y""#,
        ],
    )
    .await;
}

pub(super) async fn hostile_labels(db: &Db) {
    db.run("create table books (id bigint primary key)").await;
    let trackers =
        HOSTILE.iter().fold(TrackedTable::new("books"), |table, label| table.tracker(Tracker::new(*label)));
    db.track([trackers]).await;
    db.run("insert into books values (1)").await;
    let mut told = db.story("books").await;
    told.sort();
    let mut lines = HOSTILE.map(|label| format!("insert[{label}] 1: id=1"));
    lines.sort();
    assert_eq!(told, lines);
    assert_eq!(db.value(format!("select {}", quote_text("it's"))).await, "it's", "the suite's own quoting");
}
