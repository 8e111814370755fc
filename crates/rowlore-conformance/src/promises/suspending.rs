//! A scope in which named trackers do not record: nested, gone at its end, itself on record.

use rowlore::declare::{Operation, TrackedTable, Tracker};
use rowlore::{Context, Timestamp};

use crate::db::{Db, wanted};
use crate::subject::{End, Step};

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("create table shelves (id bigint primary key, place text)").await;
    db.track([TrackedTable::new("books"), TrackedTable::new("shelves")]).await;
}

fn insert(id: u32) -> Step {
    Step::sql(format!("insert into books (id, title) values ({id}, 'a')"))
}

/// The keys of the rows of `books` that have an event, in order.
async fn recorded(db: &Db) -> Vec<i64> {
    db.events("books").await.iter().filter_map(|event| event.key["id"].as_i64()).collect()
}

pub(super) async fn nothing_is_recorded(db: &Db) {
    books(db).await;
    let inside = [
        insert(2),
        Step::sql("update books set title = 'b' where id = 1"),
        Step::sql("delete from books where id = 1"),
    ];
    db.commit(None, [insert(1), Step::suspend(["books"], inside), insert(3)]).await;
    assert_eq!(recorded(db).await, [1, 3]);
}

pub(super) async fn only_what_is_named(db: &Db) {
    books(db).await;
    let other = "insert into shelves (id, place) values (1, 'left')";
    db.commit(None, [Step::suspend(["books"], [insert(1), Step::sql(other)])]).await;
    assert_eq!(recorded(db).await, [0_i64; 0]);
    db.tells("shelves", [r#"insert 1: id=1 place="left""#]).await;
    // One label of a table.
    let inside = [insert(2), Step::sql("update books set title = 'b' where id = 2")];
    db.commit(None, [Step::suspend(["books:insert"], inside)]).await;
    let labels: Vec<String> = db.events("books").await.into_iter().map(|event| event.label).collect();
    assert_eq!(labels, ["update"]);
}

pub(super) async fn one_of_several_trackers(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let renamed = Tracker::new("renamed").on([Operation::Update]).events("renamed");
    db.track([TrackedTable::new("books").tracker(Tracker::default()).tracker(renamed)]).await;
    let update = |title: &str| Step::sql(format!("update books set title = '{title}'"));
    db.commit(None, [insert(1), insert(2), Step::suspend(["books:renamed"], [update("b")]), update("c")])
        .await;
    let of =
        async |label: &str| db.events("books").await.into_iter().filter(|event| event.label == label).count();
    assert_eq!(
        (of("update").await, of("renamed").await),
        (4, 2),
        "two rows, and one update of two suspended"
    );
}

pub(super) async fn nested(db: &Db) {
    books(db).await;
    let shelf = |id: u32| Step::sql(format!("insert into shelves (id, place) values ({id}, 'left')"));
    let inner = Step::suspend(["shelves"], [insert(2), shelf(2)]);
    let steps =
        [Step::suspend(["books"], [insert(1), shelf(1), inner, insert(3), shelf(3)]), insert(4), shelf(4)];
    db.commit(None, steps).await;
    assert_eq!(recorded(db).await, [4], "the outer scope goes on when the inner one ends");
    let shelves = db.events("shelves").await;
    let shelves: Vec<_> = shelves.iter().map(|event| event.key["id"].as_i64()).collect();
    assert_eq!(shelves, [Some(1), Some(3), Some(4)]);
    // The same one twice: the end of the inner scope is not the end of the outer one.
    let twice = Step::suspend(["books"], [Step::suspend(["books"], [insert(5)]), insert(6)]);
    db.commit(None, [twice, insert(7)]).await;
    assert_eq!(recorded(db).await, [4, 7]);
}

pub(super) async fn several_at_once(db: &Db) {
    books(db).await;
    let inside = [insert(1), Step::sql("insert into shelves (id, place) values (1, 'left')")];
    db.commit(None, [Step::suspend(["books", "shelves:insert"], inside)]).await;
    assert_eq!(recorded(db).await, [0_i64; 0]);
    assert_eq!(db.events("shelves").await, []);
}

pub(super) async fn nothing_leaks(db: &Db) {
    books(db).await;
    db.commit(None, [Step::suspend(["books"], [insert(1)])]).await;
    db.run("insert into books (id, title) values (2, 'another program')").await;
    db.commit(None, [insert(3)]).await;
    db.roll_back(None, [Step::suspend(["books"], [insert(4)])]).await;
    db.commit(None, [insert(4)]).await;
    assert_eq!(recorded(db).await, [2, 3, 4]);
}

pub(super) async fn savepoints(db: &Db) {
    books(db).await;
    let undone = Step::Savepoint(vec![Step::suspend(["books"], [insert(1)])], End::Undo);
    let inside = Step::suspend(["books"], [Step::Savepoint(vec![insert(2)], End::Undo), insert(3)]);
    let kept = Step::Savepoint(vec![Step::suspend(["books"], [insert(4)])], End::Keep);
    db.commit(None, [undone, insert(5), inside, insert(6), kept, insert(7)]).await;
    assert_eq!(recorded(db).await, [5, 6, 7]);
    assert_eq!(listed(db).await.len(), 2, "what was undone was not suspended");
}

/// What was suspended, newest first: the trackers, and who did it.
async fn listed(db: &Db) -> Vec<(Vec<String>, Option<String>)> {
    let engine = db.lore.engine();
    let all = wanted("suspensions", rowlore::engine::Read::suspensions(engine).await);
    all.into_iter().map(|one| (one.trackers, one.context.actor)).collect()
}

pub(super) async fn it_is_on_record(db: &Db) {
    books(db).await;
    let books = db.table("books").await.to_string();
    let before = Timestamp::now();
    let load = Context::actor("loader").because("nightly import");
    db.commit(load, [Step::suspend(["books"], [insert(1)])]).await;
    db.commit(Context::actor("other"), [Step::suspend(["books:delete"], [insert(2)])]).await;
    let expected = [
        (vec![format!("{books}:delete")], Some("other".to_owned())),
        (vec![books], Some("loader".to_owned())),
    ];
    assert_eq!(listed(db).await, expected);
    let all = wanted("suspensions", rowlore::engine::Read::suspensions(db.lore.engine()).await);
    assert_eq!(all[1].context.reason.as_deref(), Some("nightly import"));
    assert!(all.iter().all(|one| one.at >= before && one.at <= Timestamp::now()), "{all:?}");
}

pub(super) async fn an_unknown_tracker_is_refused(db: &Db) {
    books(db).await;
    for (wrong, near) in [("boks", "books"), ("books:insrt", "books:insert"), ("shelfes", "shelves")] {
        let said = db.fails(None, [insert(1), Step::suspend([wrong], [insert(2)])]).await;
        assert!(said.contains(wrong) && said.contains(&format!("`{near}`")), "{said}");
    }
    let said = db.fails(None, [Step::suspend(["nothing like it"], [insert(2)])]).await;
    assert!(said.contains("books") && said.contains("shelves"), "it lists what there is: {said}");
    assert_eq!(recorded(db).await, [0_i64; 0]);
    assert_eq!(listed(db).await, []);
}

/// No form of quoting ends the name and begins a statement.
pub(super) async fn injections(db: &Db) {
    books(db).await;
    let hostile = [
        "books'); drop table books; --",
        "books\"; drop table books; --",
        "{books}",
        "books,shelves",
        "books:insert'",
        "$1",
        "",
        "books:%",
        "%",
    ];
    for tracker in hostile {
        db.fails(None, [Step::suspend([tracker], [insert(1)])]).await;
    }
    db.commit(None, [insert(1)]).await;
    assert_eq!(recorded(db).await, [1]);
}

/// What changed while nothing was recorded is not known; the past must not be told as if nothing had.
pub(super) async fn the_past_is_never_wrong(db: &Db) {
    books(db).await;
    db.commit(None, [insert(1), insert(2)]).await;
    let before = Timestamp::now();
    let inside =
        [Step::sql("update books set title = 'b' where id = 1"), Step::sql("delete from books where id = 2")];
    db.commit(None, [Step::suspend(["books"], inside)]).await;
    let refused = db.past("books", Timestamp::now()).await;
    let refused = refused.expect_err("what changed is not known");
    let said = format!("{refused} ({})", refused.hint_text().unwrap_or_default());
    assert!(said.contains("books") && said.contains("suspend") && said.contains("apply"), "{said}");
    assert_eq!(db.rows_at("books", before).await.len(), 2, "what was before is known");
    let between = Timestamp::now();
    db.track([TrackedTable::new("books"), TrackedTable::new("shelves")]).await;
    let now = db.rows_at("books", Timestamp::now()).await;
    assert_eq!(now.iter().map(|row| row["title"].as_str()).collect::<Vec<_>>(), [Some("b")]);
    db.past("books", between).await.expect_err("and between the two it never will be");
}
