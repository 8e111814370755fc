//! What was applied is what is declared: planning again finds nothing to do, until something changes.

use rowlore::declare::{Columns, Condition, Operation, TrackedTable, Tracker, Unchanged};
use rowlore::plan::Action;

use crate::db::{Db, wanted};

const BOOKS: &str = "create table books (id bigint primary key, title text, price bigint)";

pub(super) async fn nothing_declared(db: &Db) {
    db.run(BOOKS).await;
    let plan = wanted("a plan", db.plan([]).await);
    assert!(plan.is_empty(), "nothing is declared and nothing is there");
}

pub(super) async fn one_table(db: &Db) {
    db.run(BOOKS).await;
    let plan = db.apply([TrackedTable::new("books")]).await;
    assert!(plan.steps().iter().any(|step| matches!(step.action, Action::CreateEvents(_))));
    assert!(plan.steps().iter().all(|step| !step.sql.trim().is_empty()), "a step holds its final SQL");
}

pub(super) async fn declared_again_differently(db: &Db) {
    db.run(BOOKS).await;
    let price = Tracker::new("price").condition(Condition::AnyChanged(Columns::only(["price"])));
    let raised =
        Tracker::new("raised").on([Operation::Update]).when("new.price > old.price").events("raised_event");
    let books = || TrackedTable::new("books");
    let declarations = [
        books(),
        books().unchanged(Unchanged::Record),
        books().except(["title"]),
        books().tracker(Tracker::default()).tracker(price.clone()),
        books().tracker(price).tracker(raised),
        books().key(["title"]),
        books().without_baseline(),
        books(),
    ];
    for declaration in declarations {
        let plan = db.apply([declaration.clone()]).await;
        assert!(!plan.is_empty(), "a different declaration must have a plan: {declaration:?}");
    }
}

pub(super) async fn two_handles(db: &Db) {
    db.run(BOOKS).await;
    db.apply([TrackedTable::new("books")]).await;
    let declarations = wanted("check", rowlore::check([TrackedTable::new("books")]));
    let other = db.other_handle().await;
    assert!(wanted("a plan", other.plan(&declarations).await).is_empty());
}

pub(super) async fn uninstall_twice(db: &Db) {
    db.run(BOOKS).await;
    db.apply([TrackedTable::new("books")]).await;
    let first = wanted("a plan", db.lore.plan_uninstall().await);
    assert!(!first.is_empty());
    wanted("apply", db.lore.apply(&first).await);
    let second = wanted("a plan", db.lore.plan_uninstall().await);
    assert!(second.is_empty(), "{}", rowlore::plan::explain::explain(&second, true));
}
