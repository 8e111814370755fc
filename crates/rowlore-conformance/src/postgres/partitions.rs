//! A partitioned table is one table: whichever way a row is written, it is recorded once.

use rowlore::declare::TrackedTable;

use crate::db::Db;

async fn sales(db: &Db) {
    db.run("create table sales (id bigint, year bigint, price bigint, primary key (id, year)) partition by list (year)").await;
    db.run("create table sales_2025 partition of sales for values in (2025)").await;
    db.run("create table sales_2026 partition of sales for values in (2026)").await;
    db.track([TrackedTable::new("sales")]).await;
    db.run("insert into sales values (1, 2025, 10), (2, 2026, 20)").await;
}

async fn after_the_inserts(db: &Db) -> Vec<String> {
    let mut told = db.story("sales").await;
    assert_eq!(told[..2].len(), 2);
    told = told.split_off(2);
    told.sort();
    told
}

pub(super) async fn through_the_parent(db: &Db) {
    sales(db).await;
    db.tells_in_any_order(
        "sales",
        ["insert 1/2025: id=1 year=2025 price=10", "insert 2/2026: id=2 year=2026 price=20"],
    )
    .await;
    db.run("update sales set price = price + 1").await;
    db.run("delete from sales where id = 1").await;
    let lines = [
        "delete 1/2025: id=1 year=2025 price=11",
        "update 1/2025: price 10>11",
        "update 2/2026: price 20>21",
    ];
    assert_eq!(after_the_inserts(db).await, lines);
}

pub(super) async fn aimed_at_a_partition(db: &Db) {
    sales(db).await;
    db.run("insert into sales_2025 values (3, 2025, 30)").await;
    db.run("update sales_2025 set price = 31 where id = 3").await;
    db.run("delete from only sales_2026").await;
    let lines = [
        "delete 2/2026: id=2 year=2026 price=20",
        "insert 3/2025: id=3 year=2025 price=30",
        "update 3/2025: price 30>31",
    ];
    assert_eq!(after_the_inserts(db).await, lines);
    let tables: Vec<String> = db.events("sales").await.iter().map(|event| event.table.name.clone()).collect();
    assert!(tables.iter().all(|table| table == "sales"), "{tables:?}");
}

/// The database moves the row by a delete and an insert; for whoever reads, its key changed.
pub(super) async fn moved_across(db: &Db) {
    sales(db).await;
    db.run("update sales set year = 2026, price = 11 where id = 1").await;
    assert_eq!(after_the_inserts(db).await, ["update 1/2025>1/2026: year 2025>2026, price 10>11"]);
    db.run("update sales set year = 4051 - year").await;
    let told = after_the_inserts(db).await;
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.contains(&"update 1/2026>1/2025: year 2026>2025".to_owned()), "{told:#?}");
    assert!(told.contains(&"update 2/2026>2/2025: year 2026>2025".to_owned()), "{told:#?}");
}

pub(super) async fn truncated(db: &Db) {
    sales(db).await;
    db.run("truncate sales").await;
    let told = after_the_inserts(db).await;
    assert_eq!(told, ["truncate"], "one truncate of one table");
    db.run("insert into sales values (5, 2025, 1), (6, 2026, 1)").await;
    db.run("truncate sales_2025").await;
    let at = db.events("sales").await.last().expect("an event").at;
    let rows = db.rows_at("sales", at).await;
    let ids: Vec<Option<i64>> = rows.iter().map(|row| row["id"].as_i64()).collect();
    assert_eq!(ids, [Some(6)], "a truncated partition takes its own rows only");
}

pub(super) async fn added_later(db: &Db) {
    sales(db).await;
    db.run("create table sales_2027 partition of sales for values in (2027)").await;
    let plan = db.plan([TrackedTable::new("sales")]).await.expect("a plan");
    let told = rowlore::plan::explain::explain(&plan, false);
    assert!(
        !plan.is_empty() && told.contains("sales_2027"),
        "the plan does not name the new partition:\n{told}"
    );
    // Through the parent it is recorded already.
    db.run("insert into sales values (7, 2027, 1)").await;
    assert_eq!(after_the_inserts(db).await, ["insert 7/2027: id=7 year=2027 price=1"]);
    db.apply([TrackedTable::new("sales")]).await;
    db.run("update sales_2027 set price = 2").await;
    assert_eq!(
        after_the_inserts(db).await,
        ["insert 7/2027: id=7 year=2027 price=1", "update 7/2027: price 1>2"]
    );
    db.run("alter table sales detach partition sales_2026").await;
    db.apply([TrackedTable::new("sales")]).await;
    db.run("delete from sales_2026").await;
    assert_eq!(after_the_inserts(db).await.len(), 2, "a detached partition is another table");
}

pub(super) async fn nested(db: &Db) {
    db.run("create table deep (id bigint primary key, x bigint) partition by range (id)").await;
    db.run("create table deep_low partition of deep for values from (0) to (100) partition by range (id)")
        .await;
    db.run("create table deep_lowest partition of deep_low for values from (0) to (10)").await;
    db.run("create table deep_rest partition of deep default").await;
    db.track([TrackedTable::new("deep")]).await;
    db.run_each(["insert into deep values (1, 1)", "insert into deep_low values (2, 1)"]).await;
    db.run_each(["insert into deep_lowest values (3, 1)", "insert into deep_rest values (400, 1)"]).await;
    db.run("update deep_low set x = 2 where id = 3").await;
    db.run("delete from deep").await;
    let told = db.story("deep").await;
    assert_eq!(told[..5].len(), 5);
    assert_eq!(told[4], "update 3: x 1>2");
    assert_eq!(told.len(), 9, "{told:#?}");
}
