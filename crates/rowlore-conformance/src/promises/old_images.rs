//! Where a rule records the row before an update, the row after it is told too, whenever it can be known; never guessed.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Image, TrackedTable, Tracker};

use crate::db::Db;

/// One table tracked by these rules alone, and one story.
async fn books<const N: usize>(db: &Db, trackers: [Tracker; N]) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    let table = trackers.into_iter().fold(TrackedTable::new("books"), TrackedTable::tracker);
    db.track([table.without_baseline()]).await;
    db.run_each([
        "insert into books values (1, 'a', 10), (2, 'b', 20)",
        "update books set price = 11 where id = 1",
        "update books set title = 'c' where id = 1",
        "update books set price = 21, title = null where id = 2",
        "delete from books where id = 2",
    ])
    .await;
}

fn before() -> Tracker {
    Tracker::new("before").image(Image::Old)
}

pub(super) async fn by_the_next_event_or_the_row_itself(db: &Db) {
    books(db, [Tracker::default().on([Insert]), before().on([Update, Delete])]).await;
    db.tells(
        "books",
        [
            r#"insert 1: id=1 title="a" price=10"#,
            r#"insert 2: id=2 title="b" price=20"#,
            "update[before] 1: price 10>11",
            r#"update[before] 1: title "a">"c""#,
            r#"update[before] 2: title "b">null, price 20>21"#,
            "delete[before] 2: id=2 title=null price=21",
        ],
    )
    .await;
    db.run("update books set title = 'd' where id = 1").await;
    let told = db.story("books").await;
    assert_eq!(told[3], r#"update[before] 1: title "a">"c""#, "now told by the next event");
    assert_eq!(told[6], r#"update[before] 1: title "c">"d""#);
}

pub(super) async fn by_the_table_that_has_it_all(db: &Db) {
    let beside = before().on([Update]).when("new.price <> old.price").events("before");
    books(db, [Tracker::default(), beside]).await;
    let told = db.story("books").await;
    let told: Vec<&String> = told.iter().filter(|line| line.contains("[before]")).collect();
    assert_eq!(
        told,
        ["update[before] 1: price 10>11", r#"update[before] 2: title "b">null, price 20>21"#],
        "of the same statement, whatever came later"
    );
}

pub(super) async fn through_a_change_of_key(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books").tracker(before()).without_baseline()]).await;
    db.run_each([
        "insert into books values (1, 'a')",
        "update books set title = 'b'",
        "update books set id = 2",
        "update books set title = 'c', id = 3",
        "delete from books",
    ])
    .await;
    db.tells(
        "books",
        [
            r#"insert[before] 1: id=1 title="a""#,
            r#"update[before] 1: title "a">"b""#,
            "update[before] 1>2: id 1>2",
            r#"update[before] 2>3: id 2>3, title "b">"c""#,
            r#"delete[before] 3: id=3 title="c""#,
        ],
    )
    .await;
}

/// A rule that fires sometimes only says nothing about what happened in between.
pub(super) async fn not_known_where_changes_are_left_out(db: &Db) {
    let raised = before().on([Insert, Update, Delete]).when("new.price > 10 or old.price > 10");
    let raised = Tracker { operations: vec![Update], ..raised };
    books(db, [raised, Tracker::default().on([Insert, Delete])]).await;
    let told = db.story("books").await;
    let told: Vec<&String> = told.iter().filter(|line| line.contains("[before]")).collect();
    assert_eq!(
        told,
        [
            r#"update[before] 1: old id=1 title="a" price=10"#,
            r#"update[before] 1: old id=1 title="a" price=11"#,
            r#"update[before] 2: old id=2 title="b" price=20"#,
        ]
    );
}

/// Without inserts and deletes nobody knows whether the row of that key is still the same one.
pub(super) async fn not_known_where_rows_come_and_go_unseen(db: &Db) {
    books(db, [before().on([Update])]).await;
    db.run_each(["delete from books", "insert into books values (1, 'another', 0)"]).await;
    let told = db.story("books").await;
    assert_eq!(told[0], r#"update[before] 1: old id=1 title="a" price=10"#);
    assert_eq!(told[1], r#"update[before] 1: old id=1 title="a" price=11"#);
}

/// Columns that a rule did not record stay out.
pub(super) async fn recorded_columns_only(db: &Db) {
    let titles = before().columns(Columns::only(["title"]));
    books(db, [titles]).await;
    db.tells(
        "books",
        [
            r#"insert[before] 1: id=1 title="a""#,
            r#"insert[before] 2: id=2 title="b""#,
            r#"update[before] 1: title "a">"c""#,
            r#"update[before] 2: title "b">null"#,
            "delete[before] 2: id=2 title=null",
        ],
    )
    .await;
    let events = db.events("books").await;
    assert!(events.iter().all(|event| {
        [&event.old, &event.new].into_iter().flatten().all(|row| row.keys().eq(["id", "title"]))
    }));
}
