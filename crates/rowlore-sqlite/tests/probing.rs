//! A probe says what is recorded and what is not, and leaves nothing behind.

use rowlore::declare::{Columns, Condition, Operation, TrackedTable, Tracker};
use rowlore::engine::{Engine, Probed};
use rowlore_sqlite::wait;

use super::{Db, changes, run, table, tracked};

/// What the probe says of `books`, in short.
fn probed(lore: &Db) -> Vec<String> {
    let before = dump(lore);
    let answers = wait(lore.engine().probe(&table("books"))).unwrap();
    assert_eq!(dump(lore), before, "the probe left something behind");
    let short = |result: &Probed| match result {
        Probed::Recorded => "recorded".to_owned(),
        Probed::Missed => "missed".to_owned(),
        Probed::Unknown(why) => format!("unknown: {why}"),
    };
    answers.iter().map(|probe| format!("{} {}", probe.operation.name(), short(&probe.result))).collect()
}

/// Every row of every table, as text.
fn dump(lore: &Db) -> Vec<String> {
    let tables: Vec<String> = lore
        .engine()
        .with(|c| {
            let mut query = c.prepare("select name from sqlite_schema where type = 'table' order by name")?;
            query.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let rows: Vec<String> = lore
            .engine()
            .with(|c| {
                let mut query = c.prepare(&format!("select * from \"{table}\""))?;
                let columns = query.column_count();
                let text = |row: &rowlore_sqlite::rusqlite::Row<'_>| {
                    let values = (0..columns).map(|index| Ok(format!("{:?}", row.get_ref(index)?)));
                    values
                        .collect::<Result<Vec<_>, rowlore_sqlite::rusqlite::Error>>()
                        .map(|all| all.join(" "))
                };
                query.query_map([], text)?.collect()
            })
            .unwrap();
        all.extend(rows.into_iter().map(|row| format!("{table} {row}")));
    }
    all
}

const RECORDED: [&str; 3] = ["insert recorded", "update recorded", "delete recorded"];

#[test]
fn rows_of_every_kind() {
    for (create, insert) in [
        ("create table books (id integer primary key, title text)", "insert into books values (1, 'a')"),
        ("create table books (id integer primary key, title text)", "select 1"),
        (
            "create table books (a text, b text, primary key (a, b)) without rowid",
            "insert into books values ('a', 'b')",
        ),
        (
            "create table books (id integer primary key, paid boolean check (paid in (0, 1)))",
            "insert into books values (1, 1)",
        ),
        (
            "create table books (id text primary key, cover blob, n integer as (length(cover))) strict",
            "insert into books values ('x', x'00')",
        ),
        (
            "create table authors (id integer primary key); insert into authors values (1);
             create table books (id integer primary key, author integer not null references authors);
             create table chapters (book integer references books)",
            "insert into books values (1, 1); insert into chapters values (1)",
        ),
    ] {
        let lore = tracked(create, [TrackedTable::new("books")]);
        run(&lore, insert);
        let recorded = changes(&lore).len();
        assert_eq!(probed(&lore), RECORDED, "{create}");
        assert_eq!(changes(&lore).len(), recorded);
    }
}

#[test]
fn a_missing_trigger_is_found() {
    let lore =
        tracked("create table books (id integer primary key, title text)", [TrackedTable::new("books")]);
    run(&lore, "insert into books values (1, 'a'); drop trigger rowlore_books_update");
    assert_eq!(probed(&lore), ["insert recorded", "update missed", "delete recorded"]);
    run(&lore, "drop trigger rowlore_books_insert; drop trigger rowlore_books_delete");
    assert_eq!(probed(&lore), ["insert missed", "update missed", "delete missed"]);
}

#[test]
fn only_what_there_are_rules_for() {
    let deletes = TrackedTable::new("books").tracker(Tracker::default().on([Operation::Delete]));
    let lore = tracked("create table books (id integer primary key, title text)", [deletes]);
    run(&lore, "insert into books values (1, 'a')");
    assert_eq!(probed(&lore), ["delete recorded"]);
}

#[test]
fn what_can_not_be_said_is_not_said() {
    let conditional = Tracker::new("raised").on([Operation::Update]).when("new.price > old.price + 100");
    let price = Tracker::new("price").condition(Condition::AnyChanged(Columns::only(["price"])));
    let sql = "create table books (id integer primary key, price integer)";
    let lore = tracked(sql, [TrackedTable::new("books").tracker(conditional)]);
    run(&lore, "insert into books values (1, 1)");
    let why = "each of its trackers has a condition that the row that was tried does not meet";
    assert_eq!(probed(&lore), [format!("update unknown: {why}")]);
    let lore = tracked(sql, [TrackedTable::new("books").tracker(price)]);
    run(&lore, "insert into books values (1, 1)");
    assert_eq!(probed(&lore), ["update recorded"]);

    let lore = tracked(
        "create table books (id integer primary key, title text not null)",
        [TrackedTable::new("books")],
    );
    let why =
        "the table is empty, and no row of defaults can be inserted: NOT NULL constraint failed: books.title";
    assert_eq!(probed(&lore), ["insert", "update", "delete"].map(|op| format!("{op} unknown: {why}")));
}

/// What a trigger of the user's own says may hold values of the row.
#[test]
fn a_trigger_of_the_users_own_is_not_quoted() {
    let lore =
        tracked("create table books (id integer primary key, title text)", [TrackedTable::new("books")]);
    run(
        &lore,
        "insert into books values (1, 'secret');
         create trigger keep before delete on books begin select raise(abort, 'secret'); end;
         create trigger still before update on books begin select raise(ignore); end",
    );
    let told = probed(&lore).join("\n");
    assert!(told.contains("delete unknown: a trigger of the table's own refused it"), "{told}");
    assert!(told.contains("a trigger of the table's own kept the row from being written"), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn misuse_is_a_sentence() {
    let lore = tracked("create table books (id integer primary key)", [TrackedTable::new("books")]);
    let error = wait(lore.engine().probe(&table("boks"))).unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean `books`?"));
    run(&lore, "begin");
    let error = wait(lore.engine().probe(&table("books"))).unwrap_err();
    assert_eq!(error.to_string(), "this connection is inside a transaction already");
}
