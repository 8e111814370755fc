//! What tests of django-pghistory and django-pgtrigger ask of rules and of statements that meet many rows, each under
//! the name that it has there.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Condition, TrackedTable, Tracker, Unchanged};
use rowlore::read::EventQuery;

use crate::db::Db;
use crate::story::story;

async fn models(db: &Db) {
    db.run("create table models (id bigint primary key, dt_field text, int_field bigint)").await;
}

/// The events with this label, oldest first.
async fn labelled(db: &Db, label: &str) -> Vec<String> {
    let query = EventQuery { labels: vec![label.to_owned()], limit: 1000, ..EventQuery::default() };
    story(&db.ask(&query).await.into_iter().rev().collect::<Vec<_>>())
}

/// Every update on demand, also one that changes nothing; a rule beside it can still ask for a change.
pub(super) async fn update_event_condition_none_overrides_default(db: &Db) {
    models(db).await;
    let changed = Condition::AnyChanged(Columns::All);
    let table = TrackedTable::new("models")
        .unchanged(Unchanged::Record)
        .tracker(Tracker::new("any").on([Update]))
        .tracker(Tracker::new("changed").on([Update]).condition(changed));
    db.track([table]).await;
    db.run_each([
        "insert into models values (1, 'a', 1)",
        "update models set int_field = int_field",
        "update models set int_field = 2",
    ])
    .await;
    assert_eq!(labelled(db, "any").await.len(), 2);
    assert_eq!(labelled(db, "changed").await, ["update[changed] 1: int_field 1>2"]);
}

/// There a rule's own level beats the one around it. There are no levels here, what a rule says itself of its columns
/// beats what its table says in the same way.
pub(super) async fn rowevent_level_override_respected(db: &Db) {
    models(db).await;
    let own = Tracker::new("own").on([Insert]).columns(Columns::only(["int_field"])).events("own");
    let table = TrackedTable::new("models")
        .except(["int_field"])
        .tracker(Tracker::new("table").on([Insert]))
        .tracker(own);
    db.track([table]).await;
    db.run("insert into models values (1, 'a', 1)").await;
    assert_eq!(labelled(db, "table").await, [r#"insert[table] 1: id=1 dt_field="a""#]);
    assert_eq!(labelled(db, "own").await, ["insert[own] 1: id=1 int_field=1"]);
}

/// Whole rows, each as it was, and a history that outlives its row.
pub(super) async fn model_snapshot_tracking(db: &Db) {
    models(db).await;
    db.track([TrackedTable::new("models")]).await;
    db.run_each([
        "insert into models values (1, 'a', 1)",
        "update models set dt_field = 'b'",
        "update models set int_field = 2",
        "delete from models",
    ])
    .await;
    let events = db.events("models").await;
    let news: Vec<String> = events
        .iter()
        .map(|event| {
            event.new.as_ref().map_or_else(String::new, |row| {
                row.values().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            })
        })
        .collect();
    assert_eq!(news, [r#"1 "a" 1"#, r#"1 "b" 1"#, r#"1 "b" 2"#, ""]);
    assert_eq!(db.story("models").await[3], r#"delete 1: id=1 dt_field="b" int_field=2"#);
}

/// One statement, many rows: only those that fulfil the condition, and nothing where nothing changed.
pub(super) async fn composer_log(db: &Db) {
    models(db).await;
    let table = TrackedTable::new("models")
        .tracker(Tracker::new("large").on([Insert]).when("new.int_field >= 3"))
        .tracker(Tracker::new("grown").on([Update]).when("old.int_field < 3 and new.int_field >= 3"))
        .tracker(
            Tracker::new("dated").on([Update]).condition(Condition::AnyChanged(Columns::only(["dt_field"]))),
        )
        .tracker(Tracker::new("lost").on([Delete]).when("old.int_field >= 3"));
    db.track([table]).await;
    let count = async |labels: [&str; 4]| {
        let mut counts = [0; 4];
        for (count, label) in counts.iter_mut().zip(labels) {
            *count = labelled(db, label).await.len();
        }
        counts
    };
    let counts = async || count(["large", "grown", "dated", "lost"]).await;
    db.run("insert into models values (1, 'a', 1), (2, 'a', 2), (3, 'a', 3), (4, 'a', 4)").await;
    assert_eq!(counts().await, [2, 0, 0, 0]);
    db.run("update models set int_field = int_field, dt_field = dt_field").await;
    assert_eq!(counts().await, [2, 0, 0, 0], "nothing changed");
    db.run("update models set int_field = int_field + 1").await;
    assert_eq!(counts().await, [2, 1, 0, 0], "one of four came over the mark");
    db.run("update models set dt_field = case when id < 3 then 'b' else dt_field end").await;
    assert_eq!(counts().await, [2, 1, 2, 0], "two of four were changed");
    db.run("delete from models").await;
    assert_eq!(counts().await, [2, 1, 2, 3]);
    assert_eq!(labelled(db, "grown").await.len(), 1);
}

/// Compared without falling over null, in texts and in pointers.
pub(super) async fn is_distinct_from_condition(db: &Db) {
    db.run("create table users (id bigint primary key)").await;
    db.run("insert into users values (1), (2)").await;
    db.run("create table notes (id bigint primary key, body text, owner bigint references users (id))").await;
    let changed = |column: &str| Condition::AnyChanged(Columns::only([column]));
    let same = Condition::AllUnchanged(Columns::only(["owner"]));
    let table = TrackedTable::new("notes")
        .tracker(Tracker::new("body").on([Update]).condition(changed("body")))
        .tracker(Tracker::new("owner").on([Update]).condition(changed("owner")))
        .tracker(Tracker::new("kept").on([Update]).condition(same));
    db.track([table]).await;
    db.run("insert into notes values (1, null, null)").await;
    for (sql, expected) in [
        ("update notes set owner = 1", vec!["owner"]),
        ("update notes set owner = 2", vec!["owner"]),
        ("update notes set body = 'a'", vec!["body", "kept"]),
        ("update notes set body = null", vec!["body", "kept"]),
        ("update notes set owner = null, body = ''", vec!["body", "owner"]),
        ("update notes set owner = null, body = ''", vec![]),
    ] {
        let before = db.events("notes").await.len();
        db.run(sql).await;
        let mut labels: Vec<String> =
            db.events("notes").await.into_iter().skip(before).map(|event| event.label).collect();
        labels.sort();
        assert_eq!(labels, expected, "{sql}");
    }
}
