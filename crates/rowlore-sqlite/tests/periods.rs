//! The view of a table's past, as a tool reads it that knows SQL and nothing else.

use rowlore::declare::{Columns, TrackedTable, Tracker};
use rowlore::read::RowsAt;
use rowlore::{Context, Timestamp};
use rowlore_sqlite::{Transactions, wait};

use super::{Db, apply, database, run, table, tracked};

const BOOKS: &str = "create table books (id integer primary key, title text)";

/// `id title, ended or not` for each recorded state.
fn periods(lore: &Db) -> Vec<String> {
    let sql = "select id || ' ' || title || iif(valid_to is null, '', ', ended') || iif(valid_from > valid_to, '!', '') \
               from rowlore_books_periods order by rl_event_id";
    lore.engine().with(|c| c.prepare(sql)?.query_map([], |row| row.get(0))?.collect()).unwrap()
}

#[test]
fn each_state_with_its_end() {
    let lore = tracked(BOOKS, [TrackedTable::new("books")]);
    run(&lore, "insert into books values (1, 'a'), (2, 'b'), (3, 'c')");
    run(&lore, "update books set title = 'A' where id = 1; delete from books where id = 2");
    run(&lore, "update books set id = 30 where id = 3; insert into books values (3, 'new')");
    let wanted = ["1 a, ended", "2 b, ended", "3 c, ended", "1 A", "30 c", "3 new"];
    assert_eq!(periods(&lore), wanted);
}

#[test]
fn rows_from_before_and_what_is_not_known() {
    let lore = database(&format!("{BOOKS}; insert into books values (1, 'a'), (2, 'b')"));
    apply(&lore, [TrackedTable::new("books")]);
    wait(lore.backfill(&table("books"), 10, |_| ())).unwrap();
    assert_eq!(periods(&lore), ["1 a", "2 b"]);
    lore.transaction(Context::default(), |tx| {
        tx.suspended(&["books:update"], |tx| tx.execute("update books set title = 'x' where id = 1", []))
    })
    .unwrap();
    assert_eq!(periods(&lore), ["1 a, ended", "2 b, ended"], "nobody knows what came after");
    apply(&lore, [TrackedTable::new("books")]);
    wait(lore.backfill(&table("books"), 10, |_| ())).unwrap();
    assert_eq!(periods(&lore), ["1 x", "2 b"]);
}

/// Where a key is not unique, one statement can move rows along it: a row leaves the key that another has taken.
#[test]
fn rows_that_move_along() {
    let sql = "create table books (n integer primary key, id integer, title text);
               insert into books values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')";
    let lore = database(sql);
    let declared = TrackedTable::new("books").key(["id"]).only(["id", "title"]);
    apply(&lore, [declared]);
    wait(lore.backfill(&table("books"), 10, |_| ())).unwrap();
    run(&lore, "update books set id = id + 1");
    let wanted = ["1 a, ended", "2 b, ended", "3 c, ended", "2 a", "3 b", "4 c"];
    assert_eq!(periods(&lore), wanted);
}

#[test]
fn it_says_what_rows_at_says() {
    let part = Tracker::new("renamed").columns(Columns::only(["id"]));
    let lore = tracked(BOOKS, [TrackedTable::new("books").tracker(Tracker::default()).tracker(part)]);
    for round in 0..30 {
        run(&lore, &format!("insert into books values ({round}, 'a')"));
        run(&lore, &format!("update books set title = title || 'b' where id % 3 = {}", round % 3));
        run(&lore, &format!("update books set id = id + 100 where id = {}", round / 2));
        run(&lore, &format!("delete from books where id % 7 = {}", round % 7));
    }
    let all: Vec<String> = lore
        .engine()
        .with(|c| {
            let sql = "select distinct rl_at from rowlore_books_event order by 1";
            c.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap();
    assert!(all.len() > 3, "{all:?}");
    let sql = "select id, title from rowlore_books_periods
               where valid_from <= ?1 and (valid_to is null or valid_to > ?1) order by id";
    for at in all {
        let viewed: Vec<(i64, String)> = lore
            .engine()
            .with(|c| c.prepare(sql)?.query_map([&at], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .unwrap();
        let at: Timestamp = at.parse().unwrap();
        let query = RowsAt { table: table("books"), key: None, at: at.into(), limit: 1000 };
        let rows = wait(lore.rows_at(&query)).unwrap();
        let read =
            rows.iter().map(|row| (row["id"].as_i64().unwrap(), row["title"].as_str().unwrap().to_owned()));
        assert_eq!(viewed, read.collect::<Vec<_>>(), "{at}");
    }
}

#[test]
fn a_filter_on_the_key_uses_its_index() {
    let lore = tracked(BOOKS, [TrackedTable::new("books")]);
    let sql = "explain query plan select * from rowlore_books_periods
               where id = 1 and valid_from <= '2026-01-01' and (valid_to is null or valid_to > '2026-01-01')";
    let plan: Vec<String> =
        lore.engine().with(|c| c.prepare(sql)?.query_map([], |row| row.get(3))?.collect()).unwrap();
    assert!(plan[0].starts_with("SEARCH e USING INDEX rowlore_books_event_key (id=?"), "{plan:#?}");
    assert!(plan.iter().all(|line| !line.contains("SCAN e") && !line.contains("SCAN n")), "{plan:#?}");
    assert!(plan.iter().all(|line| !line.contains("SCAN m") && !line.contains("SCAN x")), "{plan:#?}");
}

#[test]
fn names_that_clash() {
    let sql = "create table books (id integer primary key, title text, valid_to text)";
    let lore = tracked(sql, [TrackedTable::new("books")]);
    run(&lore, "insert into books values (1, 'a', 'mine')");
    let read = |c: &rowlore_sqlite::rusqlite::Connection| {
        let sql = "select valid_to from rowlore_books_periods where rl_valid_to is null";
        c.query_row(sql, [], |row| row.get::<_, String>(0))
    };
    assert_eq!(lore.engine().with(read).unwrap(), "mine");
    let taken = TrackedTable::new("books").tracker(Tracker::default().events("books_periods"));
    let error = wait(lore.plan(&rowlore::check([taken]).unwrap())).unwrap_err();
    assert!(error.to_string().contains("`rowlore_books_periods` is the view of the table's past"), "{error}");
}

#[test]
fn it_comes_and_goes_with_its_table_and_follows_it() {
    let lore = tracked(BOOKS, [TrackedTable::new("books")]);
    run(&lore, "insert into books values (1, 'a'); alter table books add column price real");
    apply(&lore, [TrackedTable::new("books")]);
    run(&lore, "update books set price = 1 where id = 1");
    assert_eq!(periods(&lore), ["1 a, ended", "1 a"]);
    run(&lore, "alter table books rename to novels");
    apply(&lore, [TrackedTable::new("novels")]);
    let views = || -> Vec<String> {
        let sql = "select name from sqlite_schema where type = 'view'";
        lore.engine().with(|c| c.prepare(sql)?.query_map([], |row| row.get(0))?.collect()).unwrap()
    };
    assert_eq!(views(), ["rowlore_novels_periods"]);
    apply(&lore, []);
    assert!(views().is_empty());
}
