//! Rows from before the tracking lose nothing: each gets one baseline event, before its first change or by backfill.

use std::collections::BTreeMap;

use rowlore::Op;
use rowlore::declare::{TrackedTable, Unchanged};
use rowlore::engine::BackfillTurn;
use rowlore::found::Baseline;

use crate::db::{Db, wanted};

async fn books(db: &Db, rows: u32) {
    db.run("create table books (id bigint primary key, title text)").await;
    for id in 1..=rows {
        db.run(format!("insert into books values ({id}, 'from before')")).await;
    }
    db.apply([TrackedTable::new("books")]).await;
}

async fn turn(db: &Db, rows_max: usize) -> BackfillTurn {
    let table = db.table("books").await;
    wanted("a turn", db.lore.engine().backfill(&table, rows_max).await)
}

async fn finish(db: &Db) {
    let lore = db.other_handle().await;
    wanted("backfill", lore.backfill(&db.table("books").await, 7, |_| ()).await);
    db.settled([TrackedTable::new("books")]).await;
}

async fn state(db: &Db) -> Baseline {
    wanted("the registry", db.lore.registered().await)[0].installation.baseline
}

/// How many baseline events each key has.
async fn baselines(db: &Db) -> BTreeMap<i64, usize> {
    let mut count = BTreeMap::new();
    for event in db.events("books").await.into_iter().filter(|event| event.op == Op::Baseline) {
        *count.entry(event.key["id"].as_i64().expect("a key")).or_default() += 1;
    }
    count
}

fn once_each(keys: impl IntoIterator<Item = i64>) -> BTreeMap<i64, usize> {
    keys.into_iter().map(|key| (key, 1)).collect()
}

pub(super) async fn rows_from_before_get_one_each(db: &Db) {
    books(db, 3).await;
    db.tells("books", []).await;
    finish(db).await;
    let line = |id| format!(r#"baseline {id}: id={id} title="from before""#);
    let mut told = db.story("books").await;
    told.sort();
    assert_eq!(told, [line(1), line(2), line(3)]);
    db.run("update books set title = 'new' where id = 2").await;
    assert_eq!(db.story("books").await[3..], [r#"update 2: title "from before">"new""#]);
}

pub(super) async fn the_first_change_keeps_the_original(db: &Db) {
    books(db, 4).await;
    db.run("update books set title = title").await;
    db.tells("books", []).await;
    db.run("update books set title = 'new' where id = 1").await;
    db.run("delete from books where id = 2").await;
    db.run("update books set id = 30 where id = 3").await;
    db.run("update books set title = 'newer' where id = 1").await;
    let lines = [
        r#"baseline 1: id=1 title="from before""#,
        r#"update 1: title "from before">"new""#,
        r#"baseline 2: id=2 title="from before""#,
        r#"delete 2: id=2 title="from before""#,
        r#"baseline 3: id=3 title="from before""#,
        "update 3>30: id 3>30",
        r#"update 1: title "new">"newer""#,
    ];
    db.tells("books", lines).await;
    finish(db).await;
    assert_eq!(baselines(db).await, once_each(1..=4));
}

pub(super) async fn interrupted_and_resumed(db: &Db) {
    books(db, 25).await;
    let first = turn(db, 10).await;
    assert_eq!(
        (first.rows_seen, first.rows_recorded, first.rows_seen_total, first.finished),
        (10, 10, 10, false)
    );
    // A new handle knows nothing but what the database holds.
    let other = db.other_handle().await;
    let second = wanted("a turn", other.engine().backfill(&db.table("books").await, 10).await);
    assert_eq!((second.rows_seen, second.rows_seen_total, second.finished), (10, 20, false));
    assert_eq!(state(db).await, Baseline::Pending);
    assert_eq!(baselines(db).await, once_each(1..=20));
    finish(db).await;
    assert_eq!(baselines(db).await, once_each(1..=25));
    assert_eq!(state(db).await, Baseline::Done);
    let after = turn(db, 10).await;
    assert!(after.finished && after.rows_recorded == 0, "{after:?}");
    assert_eq!(baselines(db).await, once_each(1..=25));
}

pub(super) async fn writers_between_turns(db: &Db) {
    books(db, 25).await;
    turn(db, 10).await;
    db.run_each([
        "update books set title = 'seen already' where id = 5",
        "update books set title = 'not yet seen' where id = 20",
        "delete from books where id = 21",
        "update books set id = 100 where id = 22",
        "update books set id = -3 where id = 3",
        "update books set id = 0 where id = 23",
        "insert into books values (50, 'new'), (-1, 'new')",
        "delete from books where id = 50",
        "insert into books values (21, 'again')",
    ])
    .await;
    turn(db, 5).await;
    db.run("update books set title = 'all' where id > 12").await;
    finish(db).await;
    assert_eq!(baselines(db).await, once_each(1..=25), "one for each row from before, none for the rest");
    for key in 1..=25 {
        let first =
            db.events("books").await.into_iter().find(|event| event.key["id"] == key).expect("an event");
        assert_eq!(first.op, Op::Baseline, "the first event of {key} is its baseline");
        assert_eq!(
            first.new.expect("a row")["title"],
            "from before",
            "the baseline of {key} is the original"
        );
    }
}

pub(super) async fn done_means_lean(db: &Db) {
    books(db, 2).await;
    let pending = db.lore.engine().dialect().capture_objects(&installation(db).await);
    finish(db).await;
    let lean = db.lore.engine().dialect().capture_objects(&installation(db).await);
    assert_ne!(pending, lean, "triggers still look for rows without an event");
    let installed = db.found().await.installed;
    for object in lean {
        let there = installed.iter().find(|one| one.id == object.id).map(|one| one.fingerprint.clone());
        assert_eq!(there, Some(object.fingerprint), "{} is not the lean one", object.id);
    }
}

async fn installation(db: &Db) -> rowlore::capture::Installation {
    wanted("the registry", db.lore.registered().await).remove(0).installation
}

pub(super) async fn without_baseline(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("insert into books values (1, 'from before')").await;
    let declared = || TrackedTable::new("books").without_baseline().unchanged(Unchanged::Record);
    db.apply([declared()]).await;
    assert_eq!(state(db).await, Baseline::None);
    db.run("update books set title = 'new'").await;
    db.tells("books", [r#"update 1: new id=1 title="new""#]).await;
    db.apply([TrackedTable::new("books")]).await;
    assert_eq!(state(db).await, Baseline::Pending, "declared later, it is caught up");
}

/// Tracking ends and begins again: what happened in between shows as the difference to a new baseline.
pub(super) async fn tracking_again_begins_anew(db: &Db) {
    books(db, 2).await;
    finish(db).await;
    let plan = wanted("a plan", db.lore.plan_uninstall().await);
    wanted("apply", db.lore.apply(&plan).await);
    db.run("update books set title = 'unseen' where id = 1").await;
    db.apply([TrackedTable::new("books")]).await;
    db.run("update books set title = 'seen' where id = 1").await;
    finish(db).await;
    let told = db.story("books").await.split_off(2);
    let lines = [
        r#"baseline 1: id=1 title="unseen""#,
        r#"update 1: title "unseen">"seen""#,
        r#"baseline 2: id=2 title="from before""#,
    ];
    assert_eq!(told, lines);
}
