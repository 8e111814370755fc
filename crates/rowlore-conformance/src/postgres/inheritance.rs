//! Tables that inherit in the old way: each row of an heir is a row of its parent too, whichever of them is written to.

use rowlore::declare::{Operation, TrackedTable, Tracker, Unchanged};

use crate::db::Db;

async fn people(db: &Db) {
    db.run("create table people (id bigint primary key, name text)").await;
    db.run("create table staff (desk text, primary key (id)) inherits (people)").await;
    db.run("create table chiefs (primary key (id)) inherits (staff)").await;
}

pub(super) async fn through_the_parent(db: &Db) {
    people(db).await;
    db.run("insert into staff values (2, 'old', 'a')").await;
    db.track([TrackedTable::new("people")]).await;
    db.run("insert into people values (1, 'ann')").await;
    db.run("update people set name = upper(name)").await;
    db.run("delete from people where id = 2").await;
    db.tells_in_any_order(
        "people",
        [
            r#"baseline 2: id=2 name="old""#,
            r#"insert 1: id=1 name="ann""#,
            r#"update 1: name "ann">"ANN""#,
            r#"update 2: name "old">"OLD""#,
            r#"delete 2: id=2 name="OLD""#,
        ],
    )
    .await;
}

pub(super) async fn aimed_at_an_heir(db: &Db) {
    people(db).await;
    db.track([TrackedTable::new("people")]).await;
    db.run("insert into staff values (2, 'bob', 'a'), (3, 'cy', 'b')").await;
    db.run("insert into chiefs values (4, 'di', 'c')").await;
    db.run("update staff set name = 'b', desk = 'z' where id = 2").await;
    db.run("update staff set desk = 'y'").await;
    db.run("delete from only chiefs").await;
    db.tells_in_any_order(
        "people",
        [
            r#"insert 2: id=2 name="bob""#,
            r#"insert 3: id=3 name="cy""#,
            r#"insert 4: id=4 name="di""#,
            r#"update 2: name "bob">"b""#,
            r#"delete 4: id=4 name="di""#,
        ],
    )
    .await;
}

/// Statement triggers of an heir do not fire for what is aimed at its parent: its own rules see it all the same.
pub(super) async fn an_heir_with_rules_of_its_own(db: &Db) {
    people(db).await;
    db.run("insert into chiefs values (9, 'from before', 'x')").await;
    let tables = || {
        let staff = TrackedTable::new("staff")
            .tracker(Tracker::default())
            .tracker(Tracker::new("desk").on([Operation::Update]).when("new.desk is distinct from old.desk"));
        [TrackedTable::new("people"), staff]
    };
    db.apply(tables()).await;
    // While the baseline is pending, and after it.
    db.run("update people set name = 'first' where id = 9").await;
    db.backfill_all().await;
    db.settled(tables()).await;
    db.run("insert into staff values (2, 'bob', 'a')").await;
    db.run("update people set name = upper(name)").await;
    db.run("update staff set desk = 'q' where id = 2").await;
    db.run("update people set id = 3 where id = 2").await;
    db.run("delete from people where id = 3").await;
    db.tells_in_any_order(
        "staff",
        [
            r#"baseline 9: id=9 name="from before" desk="x""#,
            r#"update 9: name "from before">"first""#,
            r#"insert 2: id=2 name="bob" desk="a""#,
            r#"update 9: name "first">"FIRST""#,
            r#"update 2: name "bob">"BOB""#,
            r#"update 2: desk "a">"q""#,
            r#"update[desk] 2: desk "a">"q""#,
            r#"update 2>3: id 2>3"#,
            r#"delete 3: id=3 name="BOB" desk="q""#,
        ],
    )
    .await;
    assert_eq!(db.story("people").await.len(), 7, "{:#?}", db.story("people").await);
}

pub(super) async fn truncated(db: &Db) {
    people(db).await;
    db.track([TrackedTable::new("people")]).await;
    db.run("insert into people values (1, 'a')").await;
    db.run("insert into staff values (2, 'b', 'x')").await;
    db.run("insert into chiefs values (3, 'c', 'x')").await;
    let left = async || {
        let at = db.events("people").await.last().expect("an event").at;
        let rows = db.rows_at("people", at).await;
        rows.iter().filter_map(|row| row["id"].as_i64()).collect::<Vec<_>>()
    };
    db.run("truncate only people").await;
    assert_eq!(left().await, [2, 3], "its own rows only");
    db.run("truncate only staff").await;
    assert_eq!(left().await, [3], "one heir's rows only");
    db.run("insert into people values (5, 'e')").await;
    db.run("truncate people").await;
    assert_eq!(left().await, [0i64; 0], "all rows");
    let told = db.story("people").await;
    assert_eq!(told.last().map(String::as_str), Some("truncate"), "{told:#?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("delete")).count(), 4, "{told:#?}");
}

pub(super) async fn heirs_come_and_go(db: &Db) {
    people(db).await;
    db.track([TrackedTable::new("people")]).await;
    db.run("create table guests (primary key (id)) inherits (people)").await;
    db.run("insert into guests values (7, 'before')").await;
    let plan = db.plan([TrackedTable::new("people")]).await.expect("a plan");
    let told = rowlore::plan::explain::explain(&plan, false);
    assert!(told.contains("guests"), "the plan does not name the new heir:\n{told}");
    db.track([TrackedTable::new("people")]).await;
    db.run("update guests set name = 'after'").await;
    db.tells("people", [r#"baseline 7: id=7 name="before""#, r#"update 7: name "before">"after""#]).await;
    db.run("alter table guests no inherit people").await;
    db.track([TrackedTable::new("people")]).await;
    db.run("update guests set name = 'gone'").await;
    assert_eq!(db.story("people").await.len(), 2, "it is a table of its own now");
    db.run("update staff set name = 'x'").await;
    db.track([]).await;
    db.run("insert into staff values (1, 'unseen', 'x')").await;
    assert_eq!(db.story("people").await.len(), 2, "nothing is left on the heirs");
}

pub(super) async fn keys_may_clash_and_it_says_so(db: &Db) {
    people(db).await;
    let plan = db.plan([TrackedTable::new("people")]).await.expect("a plan");
    let notes = plan.notes().join("\n");
    assert!(notes.contains("no two rows of these tables have the same key"), "{notes}");
}

/// A tracked table that becomes an heir is written to through its parent from then on, and the plan sees it.
pub(super) async fn becomes_an_heir(db: &Db) {
    db.run("create table people (id bigint primary key, name text)").await;
    db.run("create table staff (id bigint primary key, name text)").await;
    let staff = || [TrackedTable::new("staff").without_baseline()];
    db.track(staff()).await;
    db.run("insert into staff values (1, 'a')").await;
    db.run("alter table staff inherit people").await;
    db.track(staff()).await;
    db.run("update people set name = 'b'").await;
    db.run("alter table staff no inherit people").await;
    db.track(staff()).await;
    db.run("update staff set name = 'c'").await;
    let lines = [r#"insert 1: id=1 name="a""#, r#"update 1: name "a">"b""#, r#"update 1: name "b">"c""#];
    db.tells("staff", lines).await;
}

pub(super) async fn suppressed(db: &Db) {
    people(db).await;
    let suppressed = || [TrackedTable::new("people").without_baseline().unchanged(Unchanged::Suppress)];
    db.track(suppressed()).await;
    db.run("insert into staff values (1, 'a', 'x')").await;
    db.run_each(["update people set name = name", "update staff set name = name"]).await;
    db.run("update people set name = 'b'").await;
    db.tells("people", [r#"insert 1: id=1 name="a""#, r#"update 1: name "a">"b""#]).await;
}
