//! The list that the failures of other libraries add up to (shared/research/peers.md §8.1), each item by name. Items of
//! later stages (handlers, pollers, retention) are not here; some are proven at length in files of their own.

use rowlore::declare::{TrackedTable, Unchanged};
use rowlore::{Context, Timestamp};

use crate::db::Db;
use crate::subject::Step;

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
}

/// 1. What a conflict made of an insert is what is recorded: nothing, or an update.
pub(super) async fn conflicts_report_what_really_happened(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("insert into books values (1, 'x', 0), (2, 'b', 20) on conflict (id) do nothing").await;
    let upsert = "insert into books values (1, 'c', 11), (3, 'd', 30) \
                  on conflict (id) do update set title = excluded.title, price = excluded.price";
    db.run(upsert).await;
    db.tells_in_any_order(
        "books",
        [
            r#"insert 1: id=1 title="a" price=10"#,
            r#"insert 2: id=2 title="b" price=20"#,
            r#"update 1: title "a">"c", price 10>11"#,
            r#"insert 3: id=3 title="d" price=30"#,
        ],
    )
    .await;
}

/// 2. Children that a parent's delete sets to null or to a default, or takes along, are told; the parent need not be
///    tracked.
pub(super) async fn children_of_an_untracked_parent(db: &Db) {
    db.run("create table authors (id bigint primary key)").await;
    for (table, action) in [("a", "set null"), ("b", "set default"), ("c", "cascade")] {
        db.run(format!(
            "create table {table} (id bigint primary key, \
             author bigint default 9 references authors (id) on delete {action})"
        ))
        .await;
    }
    db.track(["a", "b", "c"].map(TrackedTable::new)).await;
    db.run("insert into authors values (1), (9)").await;
    for table in ["a", "b", "c"] {
        db.run(format!("insert into {table} values (5, 1)")).await;
    }
    db.run("delete from authors where id = 1").await;
    assert_eq!(db.story("a").await[1..], ["update 5: author 1>null"]);
    assert_eq!(db.story("b").await[1..], ["update 5: author 1>9"]);
    assert_eq!(db.story("c").await[1..], ["delete 5: id=5 author=1"]);
}

/// 3. A change of nothing but a foreign key is a change.
pub(super) async fn a_foreign_key_alone_is_a_change(db: &Db) {
    db.run("create table authors (id bigint primary key)").await;
    db.run("create table novels (id bigint primary key, author bigint references authors (id))").await;
    db.track([TrackedTable::new("novels")]).await;
    db.run_each(["insert into authors values (1), (2)", "insert into novels values (5, 1)"]).await;
    db.run("update novels set author = 2").await;
    assert_eq!(db.story("novels").await[1..], ["update 5: author 1>2"]);
}

/// 4. A write that changes nothing is no event.
pub(super) async fn a_write_of_the_same_is_no_event(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10), (2, null, null)").await;
    db.run("update books set title = title, price = price, id = id").await;
    db.run("insert into books values (1, 'a', 10) on conflict (id) do update set title = excluded.title")
        .await;
    assert_eq!(db.story("books").await.len(), 2);
}

/// 5. and 6. An update tells the columns that it changed and no others, with the values that expressions came to.
pub(super) async fn only_written_columns_and_real_values(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("update books set price = price * 2 + (select count(*) from books)").await;
    assert_eq!(db.story("books").await[1..], ["update 1: price 10>21"]);
    let event = db.events("books").await.pop().expect("the update");
    assert_eq!(event.changed, Some(vec!["price".to_owned()]));
}

/// 7. What was rolled back, whole or to a savepoint, left nothing.
pub(super) async fn rolled_back_leaves_nothing(db: &Db) {
    books(db).await;
    db.roll_back(Context::actor("user:1"), [Step::sql("insert into books values (1, 'a', 10)")]).await;
    let steps = [
        Step::Savepoint(vec![Step::sql("insert into books values (2, 'b', 20)")], crate::subject::End::Undo),
        Step::sql("insert into books values (3, 'c', 30)"),
    ];
    db.commit(Context::actor("user:1"), steps).await;
    db.tells("books", [r#"insert 3: id=3 title="c" price=30"#]).await;
}

/// 12. A value that goes back and forth makes every event.
pub(super) async fn toggling_gives_every_event(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'A', 10)").await;
    let steps = ["B", "A", "B", "A"].map(|title| Step::sql(format!("update books set title = '{title}'")));
    db.commit(Context::actor("user:1"), steps).await;
    let told = db.story("books").await;
    let lines = [("A", "B"), ("B", "A"), ("A", "B"), ("B", "A")]
        .map(|(from, to)| format!(r#"update 1: title "{from}">"{to}""#));
    assert_eq!(told[1..], lines);
}

/// 13. Times are UTC whatever the session thinks, and lie between the clock before and after.
pub(super) async fn times_are_utc(db: &Db) {
    books(db).await;
    let before = Timestamp::now();
    if db.engine() != "SQLite" {
        db.run("set time zone 'America/New_York'").await;
    }
    db.run("insert into books values (1, 'a', 10)").await;
    let at = db.events("books").await[0].at;
    // SQLite's clock has milliseconds.
    let before = Timestamp::from_millisecond(before.as_millisecond()).expect("a time");
    assert!(before <= at && at <= Timestamp::now(), "{before} <= {at}");
}

/// 16. A context can be handed to a job as JSON, and what the job does is attributed to whoever asked for it.
pub(super) async fn the_actor_survives_a_hand_over_to_a_job(db: &Db) {
    books(db).await;
    let asked = Context::actor("user:5").because("import").request("r-1").with("tenant", 7);
    let message = serde_json::to_string(&asked).expect("JSON");
    let taken: Context = serde_json::from_str(&message).expect("a context");
    let context = taken.nest(&Context::default().with("job", "import-9"));
    db.commit(context, [Step::sql("insert into books values (1, 'a', 10)")]).await;
    let context = db.events("books").await.pop().expect("the insert").context;
    assert_eq!(context.actor.as_deref(), Some("user:5"));
    assert_eq!(context.request.as_deref(), Some("r-1"));
    assert_eq!((&context.data["tenant"], &context.data["job"]), (&7.into(), &"import-9".into()));
}

/// 17. A column that was renamed keeps what was recorded under its old name.
pub(super) async fn renamed_columns_keep_their_history(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("update books set title = 'b'").await;
    db.run("alter table books rename column title to name").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("update books set name = 'c'").await;
    let told = db.story("books").await;
    // The column of today was not there yet, which reads as null.
    assert!(told[0].contains(r#"title="a""#) && !told[0].contains("name=\""), "{}", told[0]);
    assert_eq!(told[1], r#"update 1: title "a">"b""#);
    assert_eq!(told.last().map(String::as_str), Some(r#"update 1: name "b">"c""#));
}

/// 20. What is left out of the recording is nowhere in what rowlore wrote.
pub(super) async fn what_is_left_out_never_reaches_the_disk(db: &Db) {
    db.run("create table users (id bigint primary key, name text, password text)").await;
    db.run("insert into users values (1, 'ada', 'secret-0')").await;
    db.track([TrackedTable::new("users").except(["password"])]).await;
    db.run("insert into users values (2, 'bob', 'secret-1')").await;
    db.run("update users set password = 'secret-2' where id = 2").await;
    db.run("update users set password = 'secret-3', name = 'eve' where id = 2").await;
    db.run("update users set id = 3 where id = 2").await;
    db.run("delete from users where id = 3").await;
    let table = (db.words.event_table)("users_event");
    let rows = db.rows(format!("select * from {table}")).await;
    assert_eq!(rows.len(), 5, "a change of the password alone is no event: {rows:?}");
    assert!(rows.iter().flatten().flatten().all(|value| !value.contains("secret")), "{rows:?}");
}

/// The cheapest mode records the write of the same value, and nothing else comes of it.
pub(super) async fn recorded_writes_of_the_same_change_nothing(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books").unchanged(Unchanged::Record)]).await;
    db.run_each(["insert into books values (1, 'a')", "update books set title = title"]).await;
    assert_eq!(db.story("books").await[1..], ["update 1: nothing"]);
}
