//! The past of a table for whoever speaks SQL: functions and a view, the same answers as `rows_at`.

use rowlore::Timestamp;
use rowlore::declare::{Operation, TrackedTable, Tracker};

use super::ways_to_write::books;
use crate::db::Db;

/// The rows of a query, each as one line.
async fn lines(db: &Db, sql: &str) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    db.rows(sql).await.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

/// The table now, and as the functions say it is now and was at a moment.
async fn past(db: &Db, at: &str) -> Vec<String> {
    lines(db, &format!("select * from rowlore.books_at({at}) order by 1")).await
}

pub(super) async fn a_table_and_a_row(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)").await;
    let before = format!("'{}'", Timestamp::now());
    db.run_each([
        "update books set title = 'x' where id = 1",
        "update books set id = 20 where id = 2",
        "delete from books where id = 3",
    ])
    .await;
    assert_eq!(past(db, &before).await, lines(db, "values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)").await);
    assert_eq!(past(db, "clock_timestamp()").await, lines(db, "select * from books order by 1").await);
    let row =
        async |at: &str, id: u32| lines(db, &format!("select title from rowlore.books_at({at}, {id})")).await;
    assert_eq!((row(&before, 2).await, row(&before, 20).await), (vec!["b".to_owned()], vec![]));
    assert_eq!((row("now()", 2).await, row("now()", 20).await), (vec![], vec!["b".to_owned()]));
    assert_eq!(row("now()", 3).await, [""; 0], "a row that was deleted");
    db.run("truncate books").await;
    assert_eq!(past(db, "clock_timestamp()").await, [""; 0]);
    assert_eq!(row("clock_timestamp()", 1).await, [""; 0]);
    assert_eq!(past(db, &before).await.len(), 3);
}

pub(super) async fn the_view_follows_a_setting(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1)").await;
    let before = Timestamp::now();
    db.run("update books set title = 'b'").await;
    assert_eq!(lines(db, "select title from rowlore.books_as_of").await, ["b"]);
    db.run(format!("set rowlore.as_of = '{before}'")).await;
    assert_eq!(lines(db, "select title from rowlore.books_as_of").await, ["a"]);
    let joined = "select old.title, new.title from rowlore.books_as_of old join books new using (id)";
    assert_eq!(lines(db, joined).await, ["a b"]);
    db.run("reset rowlore.as_of").await;
    assert_eq!(lines(db, "select title from rowlore.books_as_of").await, ["b"]);
}

/// Both ways to find the last event of each row give the same: the one for few events a row and the one for many.
pub(super) async fn many_events_and_few(db: &Db) {
    db.run("create table stock (place text, item int, n int, primary key (place, item))").await;
    db.track([TrackedTable::new("stock")]).await;
    db.run("insert into stock select p, i, 0 from unnest('{a,b,c}'::text[]) p, generate_series(1, 5) i")
        .await;
    let agrees = async |at: &str| {
        let told = lines(db, &format!("select * from rowlore.stock_at({at}) order by place, item")).await;
        assert!(!told.is_empty());
        told
    };
    let work = ["update stock set n = n + 1", "update stock set n = n + item where place <> 'b'"];
    for _ in 0..12 {
        db.run_each(work).await;
    }
    db.run_each([
        "delete from stock where item = 2",
        "update stock set item = 9 where item = 5 and place = 'c'",
    ])
    .await;
    let now = lines(db, "select * from stock order by place, item").await;
    assert_eq!(agrees("clock_timestamp()").await, now, "without statistics");
    let few = agrees("clock_timestamp() - interval '1 microsecond' * 0").await;
    db.run("analyze rowlore.stock_event").await;
    db.run("analyze stock").await;
    // The session's plans are those of before: another one asks anew.
    let mut other = db.other_session().await;
    let again = other.rows("select * from rowlore.stock_at(clock_timestamp()) order by place, item").await;
    let again: Vec<String> = again
        .iter()
        .map(|row| row.iter().map(|value| value.clone().unwrap_or_default()).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!((again, few), (now.clone(), now));
}

pub(super) async fn what_is_not_known_is_refused(db: &Db) {
    let before = Timestamp::now();
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("insert into books values (1, 'a')").await;
    db.apply([TrackedTable::new("books")]).await;
    let said = db.refused("select * from rowlore.books_at(now())").await;
    assert!(said.contains("baseline of public.books"), "{said}");
    db.backfill_all().await;
    assert_eq!(lines(db, "select title from rowlore.books_at(clock_timestamp())").await, ["a"]);
    for sql in [format!("rowlore.books_at('{before}')"), format!("rowlore.books_at('{before}', 1)")] {
        let said = db.refused(format!("select * from {sql}")).await;
        assert!(said.contains("was not tracked yet"), "{said}");
    }
    db.run("set rowlore.as_of = '1999-01-01'").await;
    let said = db.refused("select * from rowlore.books_as_of").await;
    assert!(said.contains("was not tracked yet"), "{said}");
    db.run("reset rowlore.as_of").await;
    let known = Timestamp::now();
    db.run_each(["begin", "select rowlore.suspend('{books}')", "update books set title = 'b'", "commit"])
        .await;
    let said = db.refused("select * from rowlore.books_at(clock_timestamp())").await;
    assert!(said.contains("suspended"), "{said}");
    assert_eq!(lines(db, &format!("select title from rowlore.books_at('{known}')")).await, ["a"]);
    db.track([TrackedTable::new("books")]).await;
    assert_eq!(lines(db, "select title from rowlore.books_at(clock_timestamp())").await, ["b"]);
}

pub(super) async fn they_follow_the_table(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1)").await;
    db.run("alter table books add column note text, alter column id type integer").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("update books set note = 'n'").await;
    assert_eq!(lines(db, "select * from rowlore.books_at(clock_timestamp(), 1)").await, ["1 a 1 n"]);
    assert_eq!(lines(db, "select note from rowlore.books_as_of").await, ["n"]);
    // Nothing records every change any more: nothing may answer.
    db.apply([TrackedTable::new("books").tracker(Tracker::default().on([Operation::Insert]))]).await;
    let left =
        "select count(*) from pg_proc where proname = 'books_at' and pronamespace = 'rowlore'::regnamespace";
    assert_eq!(db.value(left).await, "0");
    assert_eq!(db.value("select to_regclass('rowlore.books_as_of') is null").await, "t");
}

pub(super) async fn changed_by_hand(db: &Db) {
    books(db).await;
    for sql in [
        "create or replace view rowlore.books_as_of as select * from books",
        "drop function rowlore.books_at(timestamptz) cascade",
        "drop view rowlore.books_as_of",
    ] {
        db.run(sql).await;
        let plan = crate::db::wanted("a plan", db.plan([TrackedTable::new("books")]).await);
        assert!(!plan.is_empty(), "{sql}");
        db.apply([TrackedTable::new("books")]).await;
        assert_eq!(lines(db, "select * from rowlore.books_as_of").await, [""; 0]);
    }
}

/// A reader needs a right on the event table, and on nothing else of rowlore's.
pub(super) async fn with_the_rights_of_who_asks(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 1)").await;
    let role = format!(
        "past_reader_{}",
        db.value("select oid from pg_database where datname = current_database()").await
    );
    db.run_each([format!("create role {role}"), format!("set role {role}")]).await;
    db.refused("select * from rowlore.books_at(now())").await;
    db.run_each([
        "reset role".to_owned(),
        format!("grant select on rowlore.books_event, rowlore.books_as_of to {role}"),
        format!("set role {role}"),
    ])
    .await;
    assert_eq!(lines(db, "select title from rowlore.books_at(clock_timestamp())").await, ["a"]);
    assert_eq!(lines(db, "select title from rowlore.books_as_of").await, ["a"]);
    db.run("reset role").await;
}
