//! What django-pgtrigger's own tests ask of triggers, asked of a tracked table: each promise bears the name of the test
//! upstream. Triggers of other libraries (that protect, turn deletes into updates, or run at the commit) stand beside
//! ours, and what really happened is what is recorded.

use rowlore::declare::Operation::{Insert, Update};
use rowlore::declare::{TrackedTable, Tracker};
use rowlore::{Context, Row};
use serde_json::json;

use super::ways_to_write::books;
use crate::db::Db;
use crate::subject::Step;

/// A trigger of somebody else's, its function with it.
async fn trigger(db: &Db, name: &str, when_and_table: &str, each: &str, body: &str) {
    db.run(format!("create function {name}() returns trigger language plpgsql as $$ begin {body} end $$"))
        .await;
    db.run(format!("create trigger {name} {when_and_table} for each {each} execute function {name}()")).await;
}

pub(super) async fn protect(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    trigger(db, "protect", "before delete on books", "row", "raise exception 'protected';").await;
    assert!(db.refused("delete from books").await.contains("protected"));
    db.tells("books", [r#"insert 1: id=1 title="a" price=10"#]).await;
}

/// As a statement trigger, after the rows are gone and recorded: the refusal takes the events with it.
pub(super) async fn protect_statement_level(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    let body = "if exists (select from gone where price > 15) then raise exception 'protected'; end if; return null;";
    trigger(db, "z_protect", "after delete on books referencing old table as gone", "statement", body).await;
    assert!(db.refused("delete from books").await.contains("protected"));
    db.run("delete from books where id = 1").await;
    assert_eq!(db.story("books").await[2..], [r#"delete 1: id=1 title="a" price=10"#]);
}

pub(super) async fn partition(db: &Db) {
    db.run("create table days (id bigint, day date, primary key (id, day)) partition by range (day)").await;
    for (name, from, to) in [("d1", "2026-01-01", "2026-02-01"), ("d2", "2026-02-01", "2026-03-01")] {
        db.run(format!("create table {name} partition of days for values from ('{from}') to ('{to}')")).await;
    }
    db.run("create table d_rest partition of days default").await;
    db.track([TrackedTable::new("days")]).await;
    db.run("insert into days values (1, '2026-01-05'), (2, '2026-02-05'), (3, '2030-01-01')").await;
    trigger(db, "protect", "before delete on days", "row", "raise exception 'protected';").await;
    for one in ["days", "d1", "d2", "d_rest"] {
        assert!(db.refused(format!("delete from {one}")).await.contains("protected"), "{one}");
    }
    assert_eq!(db.story("days").await.len(), 3);
}

pub(super) async fn read_only(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    let body =
        "if new.price is distinct from old.price then raise exception 'read only'; end if; return new;";
    trigger(db, "read_only", "before update on books", "row", body).await;
    assert!(db.refused("update books set price = 11").await.contains("read only"));
    db.run("update books set title = 'b'").await;
    assert_eq!(db.story("books").await[1..], [r#"update 1: title "a">"b""#]);
}

/// History tells what happened to the row: it is still there, with another flag.
pub(super) async fn soft_delete(db: &Db) {
    db.run("create table plain (id bigint primary key, gone boolean not null default false)").await;
    db.run("create table composite (id bigint, n int, gone text, primary key (id, n))").await;
    db.track([TrackedTable::new("plain"), TrackedTable::new("composite")]).await;
    let soft = "update plain set gone = true where id = old.id; return null;";
    trigger(db, "soft_plain", "before delete on plain", "row", soft).await;
    let soft = "update composite set gone = 'gone' where (id, n) = (old.id, old.n); return null;";
    trigger(db, "soft_composite", "before delete on composite", "row", soft).await;
    db.run("insert into plain values (1)").await;
    db.run("insert into composite values (1, 7)").await;
    db.run_each(["delete from plain", "delete from composite"]).await;
    assert_eq!(db.story("plain").await[1..], ["update 1: gone false>true"]);
    assert_eq!(db.story("composite").await[1..], [r#"update 1/7: gone null>"gone""#]);
}

pub(super) async fn fsm(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'draft', 10)").await;
    let body = "if (old.title, new.title) not in (('draft', 'published'), ('published', 'gone')) then \
                raise exception 'no such transition'; end if; return new;";
    trigger(db, "fsm", "before update of title on books", "row", body).await;
    assert!(db.refused("update books set title = 'gone'").await.contains("no such transition"));
    db.run("update books set title = 'published'").await;
    db.run("update books set title = 'gone'").await;
    let told = db.story("books").await;
    assert_eq!(
        told[1..],
        [r#"update 1: title "draft">"published""#, r#"update 1: title "published">"gone""#]
    );
}

/// What runs at the commit belongs to the transaction, and to its context.
pub(super) async fn deferred_trigger(db: &Db) {
    books(db).await;
    db.run("create table orders (id bigint primary key)").await;
    db.run(
        "create function at_commit() returns trigger language plpgsql as \
         $$ begin update public.books set price = price + 1; return null; end $$",
    )
    .await;
    db.run(
        "create constraint trigger at_commit after insert on orders deferrable initially deferred \
         for each row execute function at_commit()",
    )
    .await;
    db.run("insert into books values (1, 'a', 10)").await;
    let steps = [Step::sql("insert into orders values (1)"), Step::sql("update books set price = 20")];
    db.commit(Context::actor("user:5"), steps).await;
    let told = db.story("books").await;
    assert_eq!(told[1..], ["update 1: price 10>20", "update 1: price 20>21"]);
    let events = db.events("books").await;
    assert_eq!(events[2].context.actor.as_deref(), Some("user:5"));
    assert_eq!(events[1].xid, events[2].xid);
}

/// Triggers with transition tables of their own, for rows and statements, see what they saw without us, and so do we.
pub(super) async fn statement_row_level_logging(db: &Db) {
    db.run("create table log (what text)").await;
    books(db).await;
    let count = "insert into log select 'statement ' || count(*) from n join o using (id); return null;";
    let on = "after update on books referencing old table as o new table as n";
    trigger(db, "by_statement", on, "statement", count).await;
    trigger(db, "by_row", "after update on books", "row", "insert into log values ('row'); return null;")
        .await;
    trigger(
        db,
        "of_price",
        "after update of price or delete on books",
        "row",
        "insert into log values ('some'); return null;",
    )
    .await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    db.run("update books set title = title || '!'").await;
    let log = db.value("select string_agg(what, ',' order by what) from log").await;
    assert_eq!(log, "row,row,statement 2");
    assert_eq!(db.story("books").await.len(), 4);
    db.run("update books set title = title").await;
    assert_eq!(db.story("books").await.len(), 4, "nothing changed");
}

pub(super) async fn updating_trigger_condition(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let with = |when: &str| {
        TrackedTable::new("books").tracker(Tracker::new("dear").on([Insert]).when(when)).without_baseline()
    };
    db.apply([with("new.price > 100")]).await;
    db.run("insert into books values (1, 'a', 50), (2, 'b', 150)").await;
    let plan = db.apply([with("new.price > 10")]).await;
    assert!(!plan.is_empty());
    db.run("insert into books values (3, 'c', 50)").await;
    let keys: Vec<Row> = db.events("books").await.into_iter().map(|change| change.key).collect();
    assert_eq!(
        keys,
        [json!({"id": 2}), json!({"id": 3})].map(|key| key.as_object().cloned().unwrap_or_default())
    );
}

/// Transitions, literals with times, percent signs and quotes, alternatives, and nulls.
pub(super) async fn complex_conditions(db: &Db) {
    db.run("create table books (id bigint primary key, title text, at timestamptz, author bigint)").await;
    let cases = [
        ("transition", "(old.title, new.title) = ('a', 'b') or (old.title, new.title) = ('b', 'a')"),
        ("late", "new.at > timestamptz '2026-11-20 18:00+00' and old.at is not null"),
        ("percent", "new.title like '%100%%' or new.title = 'it''s'"),
        ("orphan", "old.author is distinct from new.author and new.author is null"),
        ("text", "old.title is distinct from new.title"),
    ];
    let trackers = cases.map(|(label, when)| Tracker::new(label).on([Update]).when(when));
    let table =
        trackers.into_iter().fold(TrackedTable::new("books").without_baseline(), TrackedTable::tracker);
    db.apply([table]).await;
    db.run("insert into books values (1, 'a', '2026-01-01', 7)").await;
    for (sql, labels) in [
        ("update books set title = 'b'", vec!["transition", "text"]),
        ("update books set at = '2027-01-01'", vec!["late"]),
        ("update books set title = '100%'", vec!["late", "percent", "text"]),
        ("update books set title = 'it''s', at = null", vec!["percent", "text"]),
        ("update books set author = null", vec!["percent", "orphan"]),
        ("update books set title = null", vec!["text"]),
        ("update books set author = 3", vec![]),
    ] {
        let before = db.events("books").await.len();
        db.run(sql).await;
        let told: Vec<String> =
            db.events("books").await.into_iter().skip(before).map(|change| change.label).collect();
        let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
        let mut labels = labels;
        told.sort_unstable();
        labels.sort_unstable();
        assert_eq!(told, labels, "{sql}");
    }
}

/// Turned off by hand is drift; applied again it fires; gone and back it fires once a change.
pub(super) async fn trigger_management(db: &Db) {
    books(db).await;
    db.run("alter table books disable trigger rowlore_insert").await;
    db.run("insert into books values (1, 'a', 10)").await;
    assert!(!db.plan([TrackedTable::new("books")]).await.expect("a plan").is_empty());
    db.apply([TrackedTable::new("books")]).await;
    db.run("insert into books values (2, 'b', 20)").await;
    let plan = db.lore.plan_uninstall().await.expect("a plan");
    db.lore.apply(&plan).await.expect("uninstalled");
    db.run("insert into books values (3, 'c', 30)").await;
    db.apply([TrackedTable::new("books").without_baseline()]).await;
    db.apply([TrackedTable::new("books").without_baseline()]).await;
    db.run("insert into books values (4, 'd', 40)").await;
    let keys: Vec<String> =
        db.events("books").await.iter().map(|change| change.key["id"].to_string()).collect();
    assert_eq!(keys, ["2", "4"]);
}

/// The condition stands in the function's body, not in the trigger: a column that it names can still be changed.
pub(super) async fn alter_type_of_a_conditioned_column(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price integer)").await;
    let declared = || {
        let raised = Tracker::new("raised").on([Update]).when("new.price > old.price");
        TrackedTable::new("books").tracker(raised).without_baseline()
    };
    db.apply([declared()]).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("update books set price = 11").await;
    db.run("alter table books alter column price type bigint").await;
    db.apply([declared()]).await;
    db.run("update books set price = 5000000000").await;
    assert_eq!(
        db.story("books").await.last().map(String::as_str),
        Some("update[raised] 1: price 11>5000000000")
    );
}

/// A table that was dropped and made again under the same name is tracked again, and its history is still there.
pub(super) async fn create_remove_models(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("drop table books").await;
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'again', 11)").await;
    let told = db.story("books").await;
    assert_eq!(told.first().map(String::as_str), Some(r#"insert 1: id=1 title="a" price=10"#));
    assert_eq!(told.last().map(String::as_str), Some(r#"insert 1: id=1 title="again" price=11"#));
}

pub(super) async fn custom_db_table(db: &Db) {
    db.run(r#"create table "order" ("group" bigint primary key, "user" text)"#).await;
    db.track([TrackedTable::new("order")]).await;
    db.run(r#"insert into "order" values (1, 'a')"#).await;
    db.tells("order", [r#"insert 1: group=1 user="a""#]).await;
}

/// A context is a setting of a transaction and stands in nobody's statement: what can't run in one is not in the way.
pub(super) async fn concurrent_index_creation(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10)").await;
    db.run("create index concurrently books_title on books (title)").await;
    db.run("vacuum books").await;
    db.settled([TrackedTable::new("books")]).await;
}

pub(super) async fn named_cursor(db: &Db) {
    books(db).await;
    db.run("insert into books select i, 'a', i from generate_series(1, 50) i").await;
    let steps = [
        Step::sql("declare streamed cursor for select id from books"),
        Step::sql("fetch 10 from streamed"),
        Step::sql("update books set price = 0 where id = 1"),
        Step::sql("fetch 10 from streamed"),
    ];
    db.commit(Context::actor("user:5"), steps).await;
    let last = db.events("books").await.pop().expect("the update");
    assert_eq!(last.context.actor.as_deref(), Some("user:5"));
}

/// Two tables of one name in two schemas, one of them with a dot in its name.
pub(super) async fn multi_schema(db: &Db) {
    for schema in ["one", "\"my.shop\""] {
        db.run(format!("create schema {schema}")).await;
        db.run(format!("create table {schema}.books (id bigint primary key)")).await;
    }
    db.track([TrackedTable::new("one.books"), TrackedTable::new("\"my.shop\".books")]).await;
    db.run("insert into one.books values (1)").await;
    db.run("insert into \"my.shop\".books values (2)").await;
    let all = db.ask(&rowlore::read::EventQuery::default()).await;
    let told: Vec<String> =
        all.iter().map(|change| format!("{} {}", change.table, change.key["id"])).collect();
    assert_eq!(told, ["\"my.shop\".books 2", "one.books 1"]);
}

/// As a statement trigger after an insert and an update of many rows: one bad row takes all of the statement back, its
/// events with it.
pub(super) async fn protect_statement_level_insert_update(db: &Db) {
    books(db).await;
    let body =
        "if exists (select from n where price > 15) then raise exception 'protected'; end if; return null;";
    for operation in ["insert", "update"] {
        let on = format!("after {operation} on books referencing new table as n");
        trigger(db, &format!("z_protect_{operation}"), &on, "statement", body).await;
    }
    assert!(db.refused("insert into books values (1, 'a', 10), (2, 'b', 20)").await.contains("protected"));
    db.run("insert into books values (1, 'a', 10), (2, 'b', 15)").await;
    assert!(db.refused("update books set price = price + 1").await.contains("protected"));
    db.run("update books set price = price - 1").await;
    let lines = [
        r#"insert 1: id=1 title="a" price=10"#,
        r#"insert 2: id=2 title="b" price=15"#,
        "update 1: price 10>9",
        "update 2: price 15>14",
    ];
    db.tells_in_any_order("books", lines).await;
}

/// What runs at the commit runs after a scope inside the transaction: it is recorded, unless it is made to run in there.
pub(super) async fn deferred_trigger_ignored(db: &Db) {
    books(db).await;
    db.run("create table orders (id bigint primary key)").await;
    db.run(
        "create function at_commit() returns trigger language plpgsql as \
         $$ begin update public.books set price = price + 1; return null; end $$",
    )
    .await;
    db.run(
        "create constraint trigger at_commit after insert on orders deferrable initially deferred \
         for each row execute function at_commit()",
    )
    .await;
    db.run("insert into books values (1, 'a', 10)").await;
    let order = |id: u32| Step::sql(format!("insert into orders values ({id})"));
    db.commit(None, [Step::suspend(["books"], [order(1)])]).await;
    assert_eq!(db.story("books").await[1..], ["update 1: price 10>11"]);
    db.commit(None, [Step::suspend(["books"], [order(2), Step::sql("set constraints all immediate")])]).await;
    assert_eq!(db.value("select price from books").await, "12");
    assert_eq!(db.story("books").await.len(), 2);
}
