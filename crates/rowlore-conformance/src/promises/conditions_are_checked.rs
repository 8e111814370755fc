//! An expression is tried on the database itself before anything is written, and refused by name.

use rowlore::declare::Operation::{self, Delete, Insert, Update};
use rowlore::declare::{TrackedTable, Tracker};

use crate::db::Db;

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.run("create table victims (id bigint primary key)").await;
    db.run("insert into victims values (1)").await;
}

/// The expression must be refused with a sentence that holds `names`.
async fn refused(db: &Db, operation: Operation, expression: &str, names: &str) {
    let tracker = Tracker::new("x").on([operation]).when(expression);
    let said = db.refuses([TrackedTable::new("books").tracker(tracker)]).await;
    assert!(said.contains(names), "`{expression}` is refused without naming {names}: {said}");
    assert_eq!(db.value("select count(*) from victims").await, "1", "`{expression}` did something");
}

pub(super) async fn malformed(db: &Db) {
    books(db).await;
    for expression in ["new.price >", "(new.price > 1", "new.price > 1)", "select", "1 2", "'", "/* open"] {
        refused(db, Update, expression, "when").await;
    }
}

pub(super) async fn missing_column(db: &Db) {
    books(db).await;
    refused(db, Update, "new.pirce > old.price", "pirce").await;
    refused(db, Insert, "new.colour = 'red'", "colour").await;
    // Without old. or new. nobody could say whose column it is.
    refused(db, Update, "price > 1", "price").await;
}

pub(super) async fn injections(db: &Db) {
    books(db).await;
    let injections = [
        "true); drop table victims; --",
        "1=1; delete from victims; select 1",
        "true) then null; end if; delete from victims; --",
        "1=1 /*",
        "true end; drop table victims; --",
        "true begin delete from victims; end",
        "true; commit; drop table victims",
        "true) or (exists (delete from victims returning 1)",
    ];
    for injection in injections {
        for operation in [Insert, Update, Delete] {
            refused(db, operation, injection, "when").await;
        }
    }
}

pub(super) async fn old_on_insert(db: &Db) {
    books(db).await;
    refused(db, Insert, "old.price > 1", "old").await;
}

pub(super) async fn new_on_delete(db: &Db) {
    books(db).await;
    refused(db, Delete, "new.price > 1", "new").await;
}

/// The expression is looked at, not run.
pub(super) async fn checking_runs_nothing(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 0)").await;
    let tracker = Tracker::new("x").on([Update]).when("1 / new.price > 0");
    let plan = db.plan([TrackedTable::new("books").tracker(tracker)]).await;
    assert!(plan.is_ok(), "a division by zero that could only happen later: {plan:?}");
}
