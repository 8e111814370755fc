//! What is found in a file: the facts that plans, reads and reverts stand on.

use rowlore::check;
use rowlore::declare::{Events, TrackedTable};
use rowlore::engine::Engine;
use rowlore::found::{ForeignKey, Found, FoundTable};
use rowlore_sqlite::wait;

use super::{database, table};

const SCHEMA: &str = r#"
    create table Authors (Id integer primary key, name text not null unique, note text not null default '');
    create table "pair s" (a text not null, b integer not null, primary key (a, b)) without rowid;
    create table books (
        id integer primary key,
        author integer references AUTHORS,
        second integer references authors (ID) on delete set null,
        gone integer references nowhere,
        pa text, pb integer,
        title text not null,
        title_length integer as (length(title)) stored,
        foreign key (pa, pb) references "pair s"
    );
    create unique index one_title on books (title, author);
    create unique index some_titles on books (title) where author is null;
    create unique index by_lower on books (lower(title));
    create index plain on books (author);
    create table bare (id integer primary key desc, text not null);
"#;

fn found(tables: impl IntoIterator<Item = TrackedTable>) -> Found {
    let lore = database(SCHEMA);
    wait(lore.engine().inspect(&check(tables).unwrap())).unwrap()
}

fn named<'a>(found: &'a Found, name: &str) -> &'a FoundTable {
    found.table(&table(name)).unwrap()
}

#[test]
fn keys_and_what_points_where() {
    let found = found([]);
    let books = named(&found, "books");
    let key = |columns: &[&str], to: &str, target: &[&str]| ForeignKey {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        table: table(to),
        target: target.iter().map(|name| (*name).to_owned()).collect(),
    };
    let wanted = [
        key(&["author"], "Authors", &["Id"]),
        key(&["second"], "Authors", &["Id"]),
        key(&["pa", "pb"], "pair s", &["a", "b"]),
    ];
    assert_eq!(books.foreign_keys, wanted);
    assert_eq!(books.uniques, [vec!["id"], vec!["title", "author"]]);
    assert_eq!(named(&found, "Authors").uniques, [vec!["Id"], vec!["name"]]);
    assert_eq!(named(&found, "pair s").uniques, [vec!["a", "b"]]);
}

#[test]
fn what_a_row_must_have_and_may_not() {
    let found = found([]);
    assert_eq!(named(&found, "books").required, ["title"]);
    assert_eq!(named(&found, "Authors").required, ["name"]);
    assert_eq!(named(&found, "pair s").required, ["a", "b"]);
    let generated: Vec<_> =
        named(&found, "books").generated.iter().map(|one| (&*one.column, one.identity)).collect();
    assert_eq!(generated, [("title_length", false)]);
    assert!(found.now.is_some());
}

#[test]
fn values_of_extra_columns_are_prepared_and_never_run() {
    for (value, refused) in [
        ("upper('a') -- a comment", None),
        ("(select count(*) from books)", None),
        ("title", Some("no such column: title")),
        ("?1", Some("a value can't have parameters")),
        ("count(*)", Some("misuse of aggregate")),
        ("1); drop table books; --", Some("syntax error")),
        ("nothing_such()", Some("no such function: nothing_such")),
    ] {
        let books = TrackedTable::new("books").event_table(Events::default().extra_value("x", "text", value));
        let found = found([books]);
        let said = found.refused.first().map(|one| one.reason.as_str());
        assert_eq!(said.is_some(), refused.is_some(), "{value}: {said:?}");
        if let (Some(said), Some(refused)) = (said, refused) {
            assert!(said.contains(refused), "{value}: {said}");
        }
    }
}
