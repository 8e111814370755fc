//! Values come back as they were, in the one JSON form, and a change of them is seen whatever their type.

mod samples;

use rowlore::declare::TrackedTable;
use rowlore::read::RowsNow;
use rowlore::revert::{Write, WriteAction, Writes};
use rowlore::{Op, Value};

use self::samples::Typed;
use crate::db::Db;

/// One table with a column for each type of the engine.
async fn samples(db: &Db) -> &'static [Typed] {
    let types = samples::of(db.engine());
    db.run_each(samples::set_up(db.engine())).await;
    let columns: Vec<String> =
        types.iter().enumerate().map(|(index, typed)| format!("c{index} {}", typed.column)).collect();
    db.run(format!("create table samples (id bigint primary key, {})", columns.join(", "))).await;
    db.track([TrackedTable::new("samples")]).await;
    types
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("the suite's own JSON {text}: {error}"))
}

pub(super) async fn types_round_trip(db: &Db) {
    let types = samples(db).await;
    let literals: Vec<&str> = types.iter().map(|typed| typed.value).collect();
    db.run(format!("insert into samples values (1, {})", literals.join(", "))).await;
    db.run("insert into samples (id) values (2)").await;
    db.run("update samples set id = 3 where id = 1").await;
    db.run("delete from samples where id = 3").await;
    let events = db.events("samples").await;
    let wrong = |row: &rowlore::Row| -> Vec<String> {
        let pairs = types.iter().enumerate().map(|(index, typed)| (typed, &row[&format!("c{index}")]));
        let differs = pairs.filter(|(typed, value)| **value != json(typed.json));
        differs.map(|(typed, value)| format!("{}: {value}, not {}", typed.column, typed.json)).collect()
    };
    for image in [&events[0].new, &events[2].old, &events[2].new, &events[3].old] {
        assert_eq!(wrong(image.as_ref().expect("an image")), [""; 0]);
    }
    assert_eq!(events[2].changed, Some(vec!["id".to_owned()]), "a copied value is the same value");
    let nulls = events[1].new.as_ref().expect("an image");
    assert!(nulls.iter().all(|(name, value)| name == "id" || value.is_null()), "{nulls:?}");
    let past = db.rows_at("samples", events[0].at).await;
    assert_eq!(wrong(&past[0]), [""; 0], "in rows_at");
}

pub(super) async fn types_compare(db: &Db) {
    let types = samples(db).await;
    db.run("insert into samples (id) values (1)").await;
    let mut before = db.events("samples").await.len();
    for (index, typed) in types.iter().enumerate() {
        let name = format!("c{index}");
        let set =
            async |value: &str| db.run(format!("update samples set {name} = {value} where id = 1")).await;
        for value in [typed.value, typed.value, typed.other, "null", "null"] {
            set(value).await;
        }
        let events = db.events("samples").await.split_off(before);
        before += events.len();
        let told = crate::story(&events);
        assert_eq!(
            events.len(),
            3,
            "{}: set, set again, changed, emptied, emptied again: {told:#?}",
            typed.column
        );
        for event in &events {
            assert_eq!(
                (event.op, &event.changed),
                (Op::Update, &Some(vec![name.clone()])),
                "{}",
                typed.column
            );
        }
    }
    // One statement over all columns at once, as an ORM writes.
    let same: Vec<String> =
        types.iter().enumerate().map(|(index, _)| format!("c{index} = c{index}")).collect();
    db.run(format!("update samples set {}", same.join(", "))).await;
    assert_eq!(db.events("samples").await.len(), before);
}

/// What was recorded of a row, written back, makes the very same row: put in anew, set in another row, and expected.
pub(super) async fn written_back(db: &Db) {
    let types = samples(db).await;
    let literals = |pick: fn(&Typed) -> &str| types.iter().map(pick).collect::<Vec<_>>().join(", ");
    db.run(format!("insert into samples values (1, {})", literals(|typed| typed.value))).await;
    db.run(format!("insert into samples values (2, {})", literals(|typed| typed.other))).await;
    db.run("insert into samples (id) values (3)").await;
    let recorded: Vec<rowlore::Row> =
        db.events("samples").await.into_iter().filter_map(|event| event.new).collect();
    let table = db.table("samples").await;
    let key = |id: i64| json(&format!(r#"{{"id": {id}}}"#)).as_object().cloned().unwrap_or_default();
    let write = |id: i64, action: WriteAction| Write { table: table.clone(), key: key(id), action };
    let of = |row: usize, id: i64| {
        let mut row = recorded[row].clone();
        row.insert("id".to_owned(), Value::from(id));
        row
    };
    let without_key = |row: usize| {
        let mut row = recorded[row].clone();
        row.shift_remove("id");
        row
    };
    let put = async |rows: Vec<Write>| {
        let written = db.lore.engine().write(&Writes { rows }, &rowlore::Context::default()).await;
        crate::db::wanted("write", written)
    };
    // Put in anew.
    put((0..3).map(|row| write(row as i64 + 11, WriteAction::Insert(of(row, row as i64 + 11)))).collect())
        .await;
    let query = RowsNow { table: table.clone(), matching: key(11), limit: 1 };
    for (row, id) in [(0, 11), (1, 12), (2, 13)] {
        let query = RowsNow { matching: key(id), ..query.clone() };
        let now = crate::db::wanted("rows_now", db.lore.engine().rows_now(&query).await);
        for (name, value) in &now[0] {
            assert_eq!((name, value), (name, &of(row, id)[name]), "{}", column(types, name));
        }
    }
    // Set in another row, where it is expected to be what was recorded of that one.
    for (id, from, to) in [(11, 0, 1), (12, 1, 2), (13, 2, 0)] {
        let action = WriteAction::Update { set: without_key(to), expect: of(from, id) };
        assert_eq!(put(vec![write(id, action)]).await.rows, 1);
    }
    let same: Vec<String> = (0..types.len())
        .map(|index| format!("case when a.c{index} is null then 'null' else 'a value' end"))
        .collect();
    let nulls = db.rows(format!("select {} from samples a where id = 12", same.join(", "))).await;
    assert!(nulls[0].iter().all(|value| value.as_deref() == Some("null")), "{nulls:?}");
    // And taken out, each column being expected alone, so that one that never compares equal is seen.
    for (index, typed) in types.iter().enumerate() {
        let name = format!("c{index}");
        let expect = |row: usize| {
            let value = recorded[row][&name].clone();
            [(name.clone(), value)].into_iter().collect::<rowlore::Row>()
        };
        let set = [(name.clone(), recorded[1][&name].clone())].into_iter().collect();
        let action = WriteAction::Update { set, expect: expect(0) };
        let rows = vec![write(13, action)];
        let written = db.lore.engine().write(&Writes { rows }, &rowlore::Context::default()).await;
        assert!(written.is_ok(), "{}: {written:?}", typed.column);
        let action = WriteAction::Update { set: expect(0), expect: expect(0) };
        let rows = vec![write(13, action)];
        let written = db.lore.engine().write(&Writes { rows }, &rowlore::Context::default()).await;
        assert!(written.is_err(), "{}: another value counts as the same", typed.column);
    }
    put(vec![write(13, WriteAction::Delete { expect: of(1, 13) })]).await;
}

fn column(types: &[Typed], name: &str) -> &'static str {
    let index: Option<usize> = name.strip_prefix('c').and_then(|number| number.parse().ok());
    index.map_or("the key", |index| types[index].column)
}

pub(super) async fn extremes(db: &Db) {
    db.run("create table extremes (id bigint primary key, t text)").await;
    db.track([TrackedTable::new("extremes")]).await;
    // The smallest number has no literal of its own.
    for id in ["-9223372036854775807 - 1", "-1", "0", "9223372036854775807"] {
        db.run(format!("insert into extremes values ({id}, 'a')")).await;
    }
    let keys: Vec<Option<i64>> =
        db.events("extremes").await.iter().map(|event| event.key["id"].as_i64()).collect();
    assert_eq!(keys, [Some(i64::MIN), Some(-1), Some(0), Some(i64::MAX)]);
    for text in ["", " ", "ünïcödé 表 🦀", "it''s \\ \" \t\n\r", "null", "{}", &"long ".repeat(20_000)]
    {
        db.run(format!("update extremes set t = '{text}' where id = 0")).await;
        let last = db.events("extremes").await.pop().expect("an event");
        assert_eq!(last.new.expect("an image")["t"], text.replace("''", "'").as_str());
    }
    let key = serde_json::json!({"id": i64::MIN}).as_object().cloned().unwrap_or_default();
    assert_eq!(db.history("extremes", key, &rowlore::History::default()).await.len(), 1);
}
