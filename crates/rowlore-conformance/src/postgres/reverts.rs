//! Reverts of what only PostgreSQL has: more types, identity columns, partitions, schemas, constraints that wait.

use rowlore::declare::TrackedTable;

use crate::db::Db;
use crate::promises::revert::undone;

/// Not promised: the spelling of a `json` value (its blanks), and a JSON `null`, which a row in JSON can't tell from none.
pub(super) async fn every_type(db: &Db) {
    db.run_each([
        "create type mood as enum ('sad', 'ok')",
        "create domain price as numeric(12, 4) check (value >= 0)",
        "create table things (id uuid primary key, a numeric, b price, c jsonb, d json, e bytea, f timestamptz,
            g timestamp, h date, i interval, j text[], k mood, l double precision, m boolean, n char(5), o inet, p xml,
            q int4range, r point)",
    ])
    .await;
    db.track([TrackedTable::new("things")]).await;
    db.run_each([
        "insert into things values ('6b0a4a52-0d0c-4e3b-9a53-2f4f0a6f1d11', 1.50, 2.5, '{\"a\": [1, null]}',
            '{\"b\":1}', '\\x00ff', '2026-01-02 03:04:05.678901+02', '2026-01-02 03:04:05', '2026-01-02',
            '1 month 2 days 03:04:05', '{a,null,\"b c\"}', 'ok', 0.1, true, 'ab', '10.0.0.1/8', '<a>1</a>', '[1,5)',
            '(1,2)')",
        "insert into things (id, c, j, l) values ('6b0a4a52-0d0c-4e3b-9a53-2f4f0a6f1d12', '[null]', '{}', 'NaN')",
    ])
    .await;
    undone(db, &["things"], ["delete from things"]).await;
    let statements = [
        "update things set a = a + 1, b = 0, c = '1', d = '2', e = '', f = f + interval '1 us', g = null, h = '1999-01-01',
            i = '1 day', j = j || 'x'::text, k = 'sad', l = 1e300, m = false, n = null, o = '::1', p = null, q = 'empty',
            r = '(0,0)'",
        "insert into things (id) values ('6b0a4a52-0d0c-4e3b-9a53-2f4f0a6f1d13')",
        "update things set a = 7, c = '{}', d = '{}', e = '\\x01', k = 'ok' where b is null",
    ];
    undone(db, &["things"], statements).await;
}

pub(super) async fn identity_columns(db: &Db) {
    db.run("create table books (id bigint generated always as identity primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books (title) values ('a'), ('b')").await;
    let statements = [
        "delete from books where id = 1",
        "insert into books (title) values ('c')",
        "update books set title = 'x'",
    ];
    undone(db, &["books"], statements).await;
}

pub(super) async fn partitions(db: &Db) {
    db.run_each([
        "create table sales (region text, id bigint, amount bigint, primary key (region, id)) partition by list (region)",
        "create table sales_north partition of sales for values in ('north')",
        "create table sales_south partition of sales for values in ('south')",
        "create table refunds (id bigint primary key, region text, sale bigint,
            foreign key (region, sale) references sales (region, id) on delete cascade)",
    ])
    .await;
    db.track([TrackedTable::new("sales"), TrackedTable::new("refunds")]).await;
    db.run("insert into sales values ('north', 1, 10), ('south', 1, 20), ('south', 2, 30)").await;
    db.run("insert into refunds values (1, 'south', 1)").await;
    let statements = [
        "update sales set region = 'south', id = 9 where region = 'north'",
        "delete from sales_south where id = 1",
        "insert into sales values ('north', 5, 50)",
        "update sales set amount = 0",
    ];
    undone(db, &["sales", "refunds"], statements).await;
}

/// Tables of several schemas that point at each other.
pub(super) async fn a_cycle_over_schemas(db: &Db) {
    db.run_each([
        "create schema shop",
        "create table people (id bigint primary key, team bigint not null)",
        "create table shop.people (id bigint primary key, lead bigint not null
            references people (id) deferrable initially deferred)",
        "alter table people add foreign key (team) references shop.people (id) deferrable initially deferred",
    ])
    .await;
    db.track([TrackedTable::new("people"), TrackedTable::new("shop.people")]).await;
    db.run("begin; insert into people values (1, 1); insert into shop.people values (1, 1); commit").await;
    undone(db, &["people", "shop.people"], ["delete from people", "delete from shop.people"]).await;
}

/// Values that may not be null change places while their constraint waits.
pub(super) async fn swapped_where_the_constraint_waits(db: &Db) {
    db.run("create table books (id bigint primary key, place bigint not null unique deferrable)").await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 1), (2, 2), (3, 3)").await;
    undone(db, &["books"], ["update books set place = 4 - place"]).await;
}

/// A transaction of thousands of rows is reverted in seconds, its plan made row by row.
pub(super) async fn many_rows(db: &Db) {
    db.run("create table orders (id bigint primary key, note text)").await;
    db.run(
        "create table lines (id bigint primary key, orderid bigint references orders (id) on delete cascade)",
    )
    .await;
    db.run("create index on lines (orderid)").await;
    db.track([TrackedTable::new("orders"), TrackedTable::new("lines")]).await;
    db.run("insert into orders select n, 'x' from generate_series(1, 1000) n").await;
    db.run("insert into lines select n, 1 + n % 1000 from generate_series(1, 3000) n").await;
    let statements = ["update orders set note = 'y' where id > 500", "delete from orders where id <= 500"];
    let planned = undone(db, &["orders", "lines"], statements).await;
    assert_eq!(planned.writes.rows.len(), 2500);
}
