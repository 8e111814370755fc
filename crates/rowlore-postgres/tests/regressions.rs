//! Bugs that were found, each with its story.

mod dumps;

mod rights;

mod settings;

use rowlore::declare::{Operation, TrackedTable, Tracker};
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Change, ErrorKind, Lore, Op, Row, TableName, Timestamp, Value, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;

async fn database(name: &str, sql: &str) -> Lore<Postgres> {
    let database = PrivatePostgres::shared().database(name);
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    run(&lore, sql).await;
    lore
}

async fn run(lore: &Lore<Postgres>, sql: &str) {
    lore.engine().pool().get().await.unwrap().batch_execute(sql).await.unwrap();
}

async fn track(lore: &Lore<Postgres>, tables: impl IntoIterator<Item = TrackedTable>) {
    let declared = check(tables).unwrap();
    let plan = lore.plan(&declared).await.unwrap();
    lore.apply(&plan).await.unwrap();
    assert_eq!(lore.plan(&declared).await.unwrap().steps(), []);
}

async fn backfill(lore: &Lore<Postgres>, table: &str) {
    let mut turns = 0;
    let counted = |_: &_| {
        turns += 1;
        assert!(turns < 100, "the backfill does not end");
    };
    lore.backfill(&TableName::new("public", table), 10, counted).await.unwrap();
}

async fn events(lore: &Lore<Postgres>, schema: &str, table: &str) -> Vec<Change> {
    let query =
        EventQuery { tables: vec![TableName::new(schema, table)], limit: 1000, ..EventQuery::default() };
    let mut events = lore.events(&query).await.unwrap();
    events.reverse();
    events
}

async fn rows_now(lore: &Lore<Postgres>, table: &str) -> Vec<Value> {
    let query =
        RowsAt { table: TableName::new("public", table), key: None, at: Timestamp::now().into(), limit: 100 };
    lore.rows_at(&query).await.unwrap().into_iter().map(Value::Object).collect()
}

fn id(change: &Change) -> i64 {
    change.key["id"].as_i64().unwrap()
}

/// The functions of `a.b_c` and `a_b.c` had one name: events went into another table's history, and no second plan
/// was ever empty.
#[tokio::test]
async fn tables_whose_names_read_alike() {
    let lore = database(
        "read_alike",
        "create schema a; create schema a_b;
         create table a.b_c (id int primary key); create table a_b.c (id int primary key);",
    )
    .await;
    track(
        &lore,
        [TrackedTable::new("a.b_c"), TrackedTable::new("a_b.c").tracker(Tracker::default().events("other"))],
    )
    .await;
    run(&lore, "insert into a.b_c values (1); insert into a_b.c values (2)").await;
    let of = async |schema: &str, table: &str| {
        events(&lore, schema, table).await.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!((of("a", "b_c").await, of("a_b", "c").await), (vec![1], vec![2]));
}

/// Rules were reduced to inserts and widened again. The baseline went on as if nothing had been missed: a row deleted in
/// between was alive, and one updated had its old value.
#[tokio::test]
async fn what_was_recorded_partly_gets_a_new_baseline() {
    let lore =
        database("partly", "create table t (id int primary key, v int); insert into t values (1, 1), (2, 2)")
            .await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    track(&lore, [TrackedTable::new("t").tracker(Tracker::default().on([Operation::Insert]))]).await;
    run(&lore, "delete from t where id = 1; update t set v = 20 where id = 2").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    assert_eq!(rows_now(&lore, "t").await, [serde_json::json!({"id": 2, "v": 20})]);
}

/// A column was left out, changed, and taken in again: the past went on with its old value.
#[tokio::test]
async fn a_column_that_was_left_out_gets_a_new_baseline() {
    let lore =
        database("left_out", "create table t (id int primary key, v int); insert into t values (1, 1)").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    track(&lore, [TrackedTable::new("t").except(["v"])]).await;
    run(&lore, "update t set v = 9").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    assert_eq!(rows_now(&lore, "t").await, [serde_json::json!({"id": 1, "v": 9})]);
}

/// A column with a default gave every row a value that no event held; the next change of another column was said to
/// have changed it.
#[tokio::test]
async fn a_column_added_with_a_default_gets_a_new_baseline() {
    let lore =
        database("with_default", "create table t (id int primary key); insert into t values (1)").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    run(&lore, "alter table t add column stock int not null default 5, add column note text").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    run(&lore, "update t set note = 'new'").await;
    let last = events(&lore, "public", "t").await.pop().unwrap();
    assert_eq!(last.changed, Some(vec!["note".to_owned()]));
    // A column that can only be null so far needs none.
    run(&lore, "alter table t add column more text").await;
    track(&lore, [TrackedTable::new("t")]).await;
    assert_eq!(rows_now(&lore, "t").await.len(), 1);
}

/// Columns of json and of several fields have no equality, or are null and not null at once: looking whether such a
/// column holds anything must neither fail nor overlook a value.
#[tokio::test]
async fn added_columns_of_every_kind_are_looked_into() {
    for (name, kind, value, baselines) in [
        ("json", "json", "'{}'", 1),
        ("fields", "pair", "row(null, null)::pair", 1),
        ("empty", "pair", "null", 0),
    ] {
        let lore = database(
            &format!("added_{name}"),
            "create type pair as (a int, b int); create table t (id int primary key); insert into t values (1)",
        )
        .await;
        track(&lore, [TrackedTable::new("t")]).await;
        backfill(&lore, "t").await;
        let before = events(&lore, "public", "t").await.len();
        run(&lore, &format!("alter table t add column x {kind}; update t set x = {value}")).await;
        track(&lore, [TrackedTable::new("t")]).await;
        backfill(&lore, "t").await;
        assert_eq!(events(&lore, "public", "t").await.len() - before, baselines, "{name}");
    }
}

/// A partition was attached with its rows: they were in no answer about the past.
#[tokio::test]
async fn rows_that_come_with_a_partition_get_a_baseline() {
    let lore = database(
        "attached",
        "create table t (id int primary key) partition by range (id);
         create table low partition of t for values from (0) to (10);
         create table high (id int primary key); insert into low values (1); insert into high values (11);",
    )
    .await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    run(&lore, "alter table t attach partition high for values from (10) to (20)").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    assert_eq!(rows_now(&lore, "t").await.len(), 2);
    let baselines =
        events(&lore, "public", "t").await.iter().filter(|event| event.op == Op::Baseline).count();
    assert_eq!(baselines, 2, "and each row has one");
}

/// The place of a backfill was kept as people read it: base64 is no bytea, so it went round in a circle.
#[tokio::test]
async fn keys_of_bytes_end_and_are_found() {
    let lore = database(
        "bytes",
        r"create table b (k bytea primary key, v int); insert into b values ('\xff', 1), ('\x5c78', 2), ('\x00', 3)",
    )
    .await;
    track(&lore, [TrackedTable::new("b")]).await;
    backfill(&lore, "b").await;
    run(&lore, r"set bytea_output = 'escape'; update b set k = '\xfe' where k = '\xff'").await;
    let last = events(&lore, "public", "b").await.pop().unwrap();
    assert_eq!((&last.key["k"], &last.old_key.unwrap()["k"]), (&Value::from("/g=="), &Value::from("/w==")));
    let key = Row::from_iter([("k".to_owned(), Value::from("/g=="))]);
    let history = lore.history(&TableName::new("public", "b"), &key, &Default::default()).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(rows_now(&lore, "b").await.len(), 3);
}

/// A key of timestamps was kept in the writer's time zone, and the reader did not find that it had moved.
#[tokio::test]
async fn keys_of_time_move_in_any_zone() {
    let lore = database(
        "zones",
        "create table t (at timestamptz primary key); insert into t values ('2026-01-01 00:00Z')",
    )
    .await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    run(&lore, "set timezone = 'America/New_York'; update t set at = at + interval '1 day'").await;
    assert_eq!(rows_now(&lore, "t").await, [serde_json::json!({"at": "2026-01-02T00:00:00Z"})]);
}

/// Two tables changed places; the name of the one was still the other's in the registry, and no apply went through again.
#[tokio::test]
async fn tables_that_change_places() {
    let lore =
        database("places", "create table t (id int primary key); create table t_new (id int primary key)")
            .await;
    track(&lore, [TrackedTable::new("t")]).await;
    run(&lore, "insert into t values (1); alter table t rename to t_old; alter table t_new rename to t")
        .await;
    track(&lore, [TrackedTable::new("t")]).await;
    run(&lore, "insert into t values (2)").await;
    assert_eq!(events(&lore, "public", "t").await.iter().map(id).max(), Some(2));
}

/// One mark said that a partitioned table is being truncated; a partition of another one in the same statement kept
/// silent.
#[tokio::test]
async fn a_partition_truncated_beside_another_table() {
    let lore = database(
        "beside",
        "create table a (id int primary key) partition by range (id); create table a1 partition of a default;
         create table b (id int primary key) partition by range (id); create table b1 partition of b default;
         insert into a values (1); insert into b values (2)",
    )
    .await;
    track(&lore, [TrackedTable::new("a"), TrackedTable::new("b")]).await;
    run(&lore, "truncate a, b1").await;
    let ops = async |table: &str| {
        events(&lore, "public", table).await.iter().map(|event| event.op).collect::<Vec<_>>()
    };
    assert_eq!(ops("a").await, [Op::Baseline, Op::Truncate]);
    assert_eq!(ops("b").await, [Op::Baseline, Op::Delete]);
}

/// A partition's own trigger refused one of the rows that moved there. Old and new rows no longer stood at the same
/// places, and each row behind it got its neighbour's past.
#[tokio::test]
async fn a_row_refused_by_the_partition_it_moves_to() {
    let lore = database(
        "refused",
        "create table t (id int, part int, primary key (id, part)) partition by list (part);
         create table t1 partition of t for values in (1); create table t2 partition of t for values in (2);
         create function refuse() returns trigger language plpgsql as $$ begin
           if new.id = 2 then return null; end if; return new; end $$;
         create trigger refuse before insert on t2 for each row execute function refuse();
         insert into t select n, 1 from generate_series(1, 5) n",
    )
    .await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    run(&lore, "update t set part = 2").await;
    let all = events(&lore, "public", "t").await;
    let left = all.iter().filter(|event| event.op == Op::Delete);
    assert!(left.clone().any(|event| id(event) == 2), "{all:#?}");
    assert!(
        all.iter().all(|event| event.old_key.as_ref().is_none_or(|old| old["id"] == event.key["id"])),
        "{all:#?}"
    );
}

/// Somebody else's schema of that name could hold a function of theirs that our triggers call with our rights.
#[tokio::test]
async fn a_schema_that_is_not_ours_is_refused() {
    let lore = database("not_ours", "create schema rowlore; create table t (id int primary key)").await;
    let declared = check([TrackedTable::new("t")]).unwrap();
    let plan = lore.plan(&declared).await.unwrap();
    let error = lore.apply(&plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operator);
    assert!(error.to_string().contains("schema named rowlore"), "{error}");
}

/// The column of a key got another type: its event table's index still stood on the one set aside.
#[tokio::test]
async fn the_index_follows_a_key_of_another_type() {
    let lore = database("key_type", "create table t (id text primary key); insert into t values ('1')").await;
    track(&lore, [TrackedTable::new("t")]).await;
    run(&lore, "alter table t alter column id type int using id::int").await;
    track(&lore, [TrackedTable::new("t")]).await;
    backfill(&lore, "t").await;
    assert_eq!(rows_now(&lore, "t").await, [serde_json::json!({"id": 1})]);
}

/// Without the filter old and new rows are not paired. A changed key still says from which.
#[tokio::test]
async fn keys_that_change_where_nothing_is_compared() {
    let lore = database(
        "unpaired",
        "create table t (id int primary key, v int); insert into t select n, n from generate_series(1, 3) n",
    )
    .await;
    track(&lore, [TrackedTable::new("t").unchanged(rowlore::declare::Unchanged::Record)]).await;
    backfill(&lore, "t").await;
    run(&lore, "update t set v = v; update t set id = id + 10").await;
    let all = events(&lore, "public", "t").await;
    let moved = |event: &Change| event.old_key.as_ref().map(|old| old["id"].as_i64().unwrap());
    let told: Vec<_> =
        all.iter().filter(|event| event.op == Op::Update).map(|event| (id(event), moved(event))).collect();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told[..3].iter().all(|(_, moved)| moved.is_none()), "{told:?}");
    assert!(told[3..].iter().all(|(id, moved)| *moved == Some(id - 10)), "{told:?}");
    assert_eq!(rows_now(&lore, "t").await.len(), 3);
}
