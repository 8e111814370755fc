//! What users of history libraries suffer from, one promise each, named after the pain (shared/research/pghistory.md
//! §5 counts the reports). Those that another file proves at length are only touched here.

use rowlore::declare::Operation::Update;
use rowlore::declare::{Columns, Image, TrackedTable, Tracker};
use rowlore::read::EventQuery;
use rowlore::{Context, Row};
use serde_json::json;

use crate::db::Db;
use crate::subject::Step;

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
}

fn key(value: serde_json::Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

/// A library that put its context in front of each statement broke statements with a percent sign, lost the context of
/// what functions and other connections wrote, and leaked it past its block.
pub(super) async fn the_context_is_in_the_way_of_statements(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    let steps = [
        Step::sql("insert into books values (1, '100%s %(x)s %%', 5)"),
        Step::sql("create table beside (id bigint)"),
        Step::sql("insert into books select 2, title || '; select 1', 6 from books"),
    ];
    db.commit(Context::actor("user:1"), steps).await;
    db.run("insert into books values (3, 'after', 7)").await;
    let actors: Vec<Option<String>> =
        db.events("books").await.into_iter().map(|change| change.context.actor).collect();
    assert_eq!(actors, [Some("user:1".to_owned()), Some("user:1".to_owned()), None]);
}

/// Event ids were four bytes long; one day an insert into the tracked table failed.
pub(super) async fn event_ids_run_out(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    let far = 5_000_000_000_i64;
    if db.engine() == "SQLite" {
        db.run(format!("update rowlore_state set last_event_id = {far}")).await;
    } else {
        db.run(format!("select setval('rowlore.event_id', {far})")).await;
    }
    db.run("insert into books values (1, 'a', 5)").await;
    let events = db.events("books").await;
    assert_eq!(events[0].event_id, far + 1);
    let next = EventQuery { event_ids: vec![far + 1], ..EventQuery::default() };
    assert_eq!(db.ask(&next).await.len(), 1);
}

/// Rows from before the tracking had no event, so their first change overwrote the only copy of the original.
pub(super) async fn the_first_change_loses_the_original(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'original', 5), (2, 'other', 6)").await;
    db.apply([TrackedTable::new("books")]).await;
    db.run("update books set title = 'changed' where id = 1").await;
    db.run("delete from books where id = 2").await;
    let told = db.story("books").await;
    let lines = [
        r#"baseline 1: id=1 title="original" price=5"#,
        r#"update 1: title "original">"changed""#,
        r#"baseline 2: id=2 title="other" price=6"#,
        r#"delete 2: id=2 title="other" price=6"#,
    ];
    assert_eq!(told, lines);
}

/// A renamed table left dead triggers behind, or a new, empty event table.
pub(super) async fn a_rename_loses_the_history(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 5)").await;
    db.run("alter table books rename to novels").await;
    db.run("insert into novels values (2, 'b', 6)").await;
    db.track([TrackedTable::new("novels")]).await;
    db.run("insert into novels values (3, 'c', 7)").await;
    let keys: Vec<String> =
        db.events("novels").await.iter().map(|change| change.key["id"].to_string()).collect();
    assert_eq!(keys, ["1", "2", "3"]);
    let triggers = db.found().await.installed;
    assert!(
        triggers.iter().all(|one| !one.id.to_string().contains("books")),
        "something is left of the old name: {triggers:#?}"
    );
}

/// Each save of a form touched `updated_at`, and the history was full of events in which nothing else changed.
pub(super) async fn noise_of_timestamps(db: &Db) {
    db.run("create table books (id bigint primary key, title text, updated_at text)").await;
    db.track([TrackedTable::new("books").ignore(["updated_at"])]).await;
    db.run("insert into books values (1, 'a', 'monday')").await;
    db.run("update books set updated_at = 'tuesday'").await;
    db.run("update books set updated_at = 'wednesday', title = 'b'").await;
    let told = db.story("books").await;
    let lines = [
        r#"insert 1: id=1 title="a" updated_at="monday""#,
        r#"update 1: title "a">"b", updated_at "monday">"wednesday""#,
    ];
    assert_eq!(told, lines, "the column is stored, and its change alone is no event");
}

/// With a tracker of old rows the diffs were shifted by one event, since each was compared with the one before.
pub(super) async fn diffs_of_old_rows_are_wrong(db: &Db) {
    books(db).await;
    let old = Tracker::default().image(Image::Old);
    db.track([TrackedTable::new("books").tracker(old)]).await;
    db.run("insert into books values (1, 'a', 5)").await;
    for title in ["b", "c", "d"] {
        db.run(format!("update books set title = '{title}'")).await;
    }
    let told = db.story("books").await;
    let lines = [r#"update 1: title "a">"b""#, r#"update 1: title "b">"c""#, r#"update 1: title "c">"d""#];
    assert_eq!(told[1..], lines, "each event tells its own change, the last one too");
}

/// All events of a transaction had the same time, and nobody could say in which order things happened.
pub(super) async fn order_within_a_transaction(db: &Db) {
    books(db).await;
    db.run("create table authors (id bigint primary key)").await;
    db.track([TrackedTable::new("books"), TrackedTable::new("authors")]).await;
    let steps = [
        Step::sql("insert into books values (1, 'a', 5)"),
        Step::sql("insert into authors values (1)"),
        Step::sql("update books set title = 'b'"),
        Step::sql("delete from authors"),
        Step::sql("update books set title = 'c'"),
    ];
    db.commit(Context::actor("user:1"), steps).await;
    let mut all = db.ask(&EventQuery::default()).await;
    all.reverse();
    let told: Vec<String> =
        all.iter().map(|change| format!("{} {}", change.table.name, change.op.name())).collect();
    assert_eq!(told, ["books insert", "authors insert", "books update", "authors delete", "books update"]);
    assert!(all.windows(2).all(|pair| pair[0].event_id < pair[1].event_id && pair[0].at <= pair[1].at));
}

/// Contexts were JSON that nobody could search.
pub(super) async fn contexts_can_not_be_searched(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    for n in 1..=6_i64 {
        let context = Context::actor(format!("user:{}", n % 2))
            .request(format!("r-{}", n % 3))
            .with("tenant", n)
            .with("user", json!({"id": n}));
        db.commit(context, [Step::sql(format!("insert into books values ({n}, 'a', 1)"))]).await;
    }
    let ids = async |query: EventQuery| -> Vec<i64> {
        let found = db.ask(&query).await;
        found.iter().filter_map(|change| change.key["id"].as_i64()).collect()
    };
    assert_eq!(ids(EventQuery::default().by("user:1")).await, [5, 3, 1]);
    assert_eq!(ids(EventQuery { request: Some("r-0".to_owned()), ..EventQuery::default() }).await, [6, 3]);
    assert_eq!(ids(EventQuery::default().with_data("tenant", 4)).await, [4]);
    assert_eq!(ids(EventQuery::default().with_data("user.id", 2)).await, [2]);
    assert_eq!(ids(EventQuery::default().with_data("tenant", "4")).await, Vec::<i64>::new());
    assert_eq!(ids(EventQuery::default().by("user:1").with_data("tenant", 3)).await, [3]);
}

/// The history of several tables could not be had in one order.
pub(super) async fn no_single_stream(db: &Db) {
    for table in ["a", "b", "c"] {
        db.run(format!("create table {table} (id bigint primary key)")).await;
    }
    db.track(["a", "b", "c"].map(TrackedTable::new)).await;
    for n in 0..9 {
        db.run(format!("insert into {} values ({n})", ["c", "a", "b"][n % 3])).await;
    }
    let all = db.ask(&EventQuery::default()).await;
    let told: Vec<String> =
        all.iter().rev().map(|change| format!("{}{}", change.table.name, change.key["id"])).collect();
    assert_eq!(told, ["c0", "a1", "b2", "c3", "a4", "b5", "c6", "a7", "b8"]);
}

/// Tables with a key of several columns could not be tracked.
pub(super) async fn composite_keys(db: &Db) {
    db.run("create table lines (invoice bigint, line int, what text, primary key (invoice, line))").await;
    db.track([TrackedTable::new("lines")]).await;
    db.run("insert into lines values (7, 1, 'a'), (7, 2, 'b')").await;
    db.run("update lines set what = 'c' where line = 2").await;
    let history =
        db.history("lines", key(json!({"invoice": 7, "line": 2})), &rowlore::History::default()).await;
    assert_eq!(history, [r#"insert 7/2: invoice=7 line=2 what="b""#, r#"update 7/2: what "b">"c""#]);
}

/// A column that was dropped from the table was dropped from its history too.
pub(super) async fn dropped_columns_take_their_history(db: &Db) {
    books(db).await;
    db.track([TrackedTable::new("books")]).await;
    db.run("insert into books values (1, 'a', 5)").await;
    db.run("update books set price = 6").await;
    if db.words.alters_in_place {
        db.run("alter table books drop column price").await;
    } else {
        db.run("create table new (id bigint primary key, title text)").await;
        db.run("insert into new select id, title from books").await;
        db.run_each(["drop table books", "alter table new rename to books"]).await;
    }
    db.track([TrackedTable::new("books")]).await;
    db.run("update books set title = 'b'").await;
    let told = db.story("books").await;
    assert_eq!(told[..2], [r#"insert 1: id=1 title="a" price=5"#, "update 1: price 5>6"]);
    assert_eq!(told.last().map(String::as_str), Some(r#"update 1: title "a">"b""#));
}

/// Nobody could tell who had changed a label's meaning: here a label is the user's word, and stays what it was.
pub(super) async fn labels_change_their_meaning(db: &Db) {
    books(db).await;
    let raised = Tracker::new("price.raised").on([Update]).when("new.price > old.price");
    let declared = || {
        let raised = raised.clone().columns(Columns::only(["price"])).events("price_event");
        TrackedTable::new("books").tracker(Tracker::default()).tracker(raised)
    };
    db.track([declared()]).await;
    db.run("insert into books values (1, 'a', 5)").await;
    db.run("update books set price = 6").await;
    let labelled = EventQuery { labels: vec!["price.raised".to_owned()], ..EventQuery::default() };
    assert_eq!(crate::story(&db.ask(&labelled).await), ["update[price.raised] 1: price 5>6"]);
}
