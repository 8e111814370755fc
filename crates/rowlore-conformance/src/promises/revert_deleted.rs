//! A deleted row comes back with the rows that went or lost their pointer with it.

use rowlore::revert::Revert;
use rowlore::{Context, ErrorKind};
use serde_json::json;

use super::revert::{LIBRARY, books, contents, key, library, plan, revert, the};
use crate::db::{Db, wanted};
use crate::subject::Step;

/// django-simple-history#693 and #1554: a deleted row comes back without its children, its join rows and the pointers
/// that the delete set to null. Here all of them come back, and rows that went for another reason do not.
pub(super) async fn a_deleted_row_with_its_children(db: &Db) {
    library(db).await;
    let before = contents(db, &LIBRARY).await;
    db.run("delete from authors where id = 1").await;
    let planned = revert(db, &Revert::Deleted(the(db, "authors", 1).await)).await;
    assert_eq!(contents(db, &LIBRARY).await, before);
    assert_eq!(planned.writes.rows.len(), 8, "an author, two books, three tags, two pointers: {planned:#?}");
    let tables: Vec<&str> = planned.writes.rows.iter().map(|write| write.table.name.as_str()).collect();
    assert_eq!(tables[..3], ["authors", "books", "books"], "parents first");

    // Deleted by hand, child by child, in one transaction that does other things too.
    let by_hand = [
        "update reviews set book = null where book in (1, 2)",
        "delete from book_tags where book in (1, 2)",
        "delete from books where author = 1",
        "delete from authors where id = 1",
        "delete from tags where id = 2",
    ];
    db.commit(None, by_hand.map(Step::sql)).await;
    let planned = plan(db, &Revert::Deleted(the(db, "authors", 1).await)).await;
    let rows = |table: &str| planned.writes.rows.iter().filter(|write| write.table.name == table).count();
    assert_eq!(LIBRARY.map(rows), [1, 2, 2, 0, 2]);
    let why: Vec<String> = planned.conflicts.iter().map(|conflict| format!("{:?}", conflict.why)).collect();
    assert_eq!(why.len(), 1, "the tag does not come back, and a join row needs it: {why:?}");
    assert!(why[0].starts_with("MissingParent") && why[0].contains("tags"), "{why:?}");
}

/// Only the pointer comes back, and only where it is still what the delete left.
pub(super) async fn a_deleted_row_and_what_happened_since(db: &Db) {
    library(db).await;
    db.run("delete from books where id = 1").await;
    db.run("update reviews set stars = 1 where id = 1").await;
    db.run("update reviews set book = 3 where id = 2").await;
    let planned = plan(db, &Revert::Deleted(the(db, "books", 1).await)).await;
    let conflicts: Vec<_> = planned.conflicts.iter().map(|one| (one.table.name.as_str(), &one.key)).collect();
    assert_eq!(conflicts, [("reviews", &key(&json!({"id": 2})))]);
    wanted("the revert", db.lore.revert(&planned, Context::default()).await);
    let reviews = db.rows("select stars, book from reviews where id in (1, 2) order by id").await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(reviews, [[text("1"), text("1")], [text("4"), text("3")]]);
}

pub(super) async fn a_row_that_was_never_deleted(db: &Db) {
    books(db).await;
    let asked = db.lore.plan_revert(&Revert::Deleted(the(db, "books", 1).await)).await;
    let error = asked.expect_err("nothing to put back");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    assert!(error.to_string().contains("books"), "{error}");
}
