//! What django-pghistory's tests ask of its stream of events, each under the name that it has there. Where a question
//! about something unknown is answered with nothing there, it is refused with a sentence here.

use rowlore::declare::{Columns, ContextForm, Events, TrackedTable, Tracker};
use rowlore::read::{EventQuery, RowRef};
use rowlore::{Change, Context, ErrorKind, TableName};
use serde_json::json;

use super::revert::{key, the};
use crate::db::Db;
use crate::story::story;
use crate::subject::Step;

/// What a program of the web puts into its contexts.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Web {
    user: i64,
    #[serde(default)]
    url: Option<String>,
}

/// The events that answer, oldest first: each as a line.
async fn told(db: &Db, query: EventQuery) -> Vec<String> {
    let newest_first = db.ask(&query).await;
    story(&newest_first.into_iter().rev().collect::<Vec<_>>())
}

/// Owners of things, with a join table; each thing is written to by two users.
async fn things(db: &Db, context: ContextForm) {
    db.run_each([
        "create table users (id bigint primary key, name text)",
        "create table things (id bigint primary key, name text, size bigint, owner bigint references users (id))",
        "create table likes (id bigint primary key, thing bigint references things (id), \
         person bigint references users (id))",
        "insert into users values (1, 'ann'), (2, 'bob')",
    ])
    .await;
    let sizes = Tracker::new("resized").columns(Columns::only(["size"])).events("sizes");
    let settings = |events: Events| events.context(context);
    let things = TrackedTable::new("things")
        .tracker(Tracker::default())
        .tracker(sizes)
        .event_table(settings(Events::default()))
        .event_table(settings(Events::named("sizes").without_key()));
    let likes = TrackedTable::new("likes").event_table(settings(Events::default().without_key()));
    db.track([things, likes]).await;
    let by = |user: i64| Context::default().with("user", user).with("url", format!("/{user}"));
    let step = |sql: &str| [Step::sql(sql)];
    db.commit(by(1), step("insert into things values (7, 'a', 1, 1)")).await;
    db.commit(by(2), step("update things set size = 2")).await;
    db.run("insert into likes values (5, 7, 2)").await;
    db.commit(by(9), step("update things set name = 'b', owner = 2")).await;
    db.commit(by(2), step("delete from likes")).await;
}

/// What is tracked and was never written to has an empty history. What was never tracked has none to ask about: a
/// misspelt table must not look like one where nothing happened.
pub(super) async fn events_no_history(db: &Db) {
    db.run("create table users (id bigint primary key)").await;
    db.run("create table never (id bigint primary key)").await;
    db.track([TrackedTable::new("users")]).await;
    assert_eq!(db.ask(&EventQuery::default()).await, []);
    assert_eq!(db.ask(&EventQuery::default().tracks([the(db, "users", 1).await])).await, []);
    assert_eq!(db.ask(&EventQuery::default().references([the(db, "users", 1).await])).await, []);
    assert_eq!(db.history("users", key(&json!({"id": 1})), &rowlore::History::default()).await, [""; 0]);
    let never = TableName { name: "never".to_owned(), ..db.table("users").await };
    for query in [
        EventQuery::default().across([never.clone()]),
        EventQuery::default().tracks([RowRef::new(never, key(&json!({"id": 1})))]),
    ] {
        let error = db.lore.events(&query).await.expect_err("it was never tracked");
        assert_eq!(error.kind(), ErrorKind::Request);
        assert!(error.to_string().contains("never") && error.to_string().contains("not tracked"), "{error}");
    }
}

const STREAM: [&str; 7] = [
    "insert[resized] : size=1",
    r#"insert 7: id=7 name="a" size=1 owner=1"#,
    "update[resized] : new size=2",
    "update 7: size 1>2",
    "insert : id=5 thing=7 person=2",
    r#"update 7: name "a">"b", owner 1>2"#,
    "delete : id=5 thing=7 person=2",
];

/// Rows of one statement in two event tables have no order among themselves.
fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// The whole stream with each event's context; a context that is not there, or names a user whom nobody knows, is no
/// reason to leave the event out.
pub(super) async fn events_no_references(db: &Db) {
    things(db, ContextForm::Reference).await;
    let expected: Vec<String> = STREAM.map(str::to_owned).to_vec();
    assert_eq!(sorted(told(db, EventQuery::default()).await), sorted(expected));
    let mut all = db.ask(&EventQuery::default()).await;
    all.reverse();
    let user = |change: &Change| change.context.data.get("user").and_then(serde_json::Value::as_i64);
    let users: Vec<Option<i64>> = all.iter().map(user).collect();
    assert_eq!(users, [Some(1), Some(1), Some(2), Some(2), None, Some(9), Some(2)]);
    let known = |user: i64| db.rows(format!("select name from users where id = {user}"));
    assert_eq!(known(9).await.len(), 0, "user 9 is in no table, and its event is here all the same");
}

/// A context as a type of the program's own; a field that some contexts lack is an option.
pub(super) async fn custom_event_proxy(db: &Db) {
    things(db, ContextForm::Reference).await;
    db.commit(Context::default().with("user", 3), [Step::sql("delete from things")]).await;
    let events = db.events("things").await;
    let web = |change: &Change| change.context.data_as::<Web>();
    let first = web(&events[0]).expect("a context of the web");
    assert_eq!(first, Web { user: 1, url: Some("/1".to_owned()) });
    let last = web(events.last().expect("the delete")).expect("a context of the web");
    assert_eq!(last, Web { user: 3, url: None });
    db.run("insert into things values (8, 'c', 1, 1)").await;
    let bare = db.events("things").await.pop().expect("the insert");
    assert_eq!(web(&bare).expect_err("no user in it").kind(), ErrorKind::Request);
}

/// Events of whatever points at a row, with their values, differences and contexts, narrowed by the context.
pub(super) async fn events_references_joining_filtering(db: &Db) {
    references(db, ContextForm::Reference).await;
}

/// The same where each event holds its context itself.
pub(super) async fn events_references_denorm_context(db: &Db) {
    references(db, ContextForm::Json).await;
}

async fn references(db: &Db, context: ContextForm) {
    things(db, context).await;
    let users = TableName { name: "users".to_owned(), ..db.table("things").await };
    let at =
        |id: i64| EventQuery::default().references([RowRef::new(users.clone(), key(&json!({"id": id})))]);
    let of_ann = [STREAM[1], STREAM[3], STREAM[5]];
    assert_eq!(told(db, at(1)).await, of_ann, "the last of them leads away from her");
    assert_eq!(told(db, at(2)).await, [STREAM[4], STREAM[5], STREAM[6]]);
    assert_eq!(told(db, at(2).with_data("user", 2)).await, [STREAM[6]]);
    assert_eq!(told(db, at(1).with_data("url", "/2")).await, [STREAM[3]]);
    assert_eq!(told(db, at(1).with_data("user", "2")).await, [""; 0], "a text is no number");
    let moved = db.ask(&at(1).limit(1)).await.remove(0);
    let (a, b, one, two) = (json!("a"), json!("b"), json!(1), json!(2));
    assert_eq!(moved.diff(), [("name", &a, &b), ("owner", &one, &two)]);
    assert_eq!(moved.new, Some(key(&json!({"id": 7, "name": "b", "size": 2, "owner": 2}))));
    assert_eq!(moved.context.data_as::<Web>().expect("a context").user, 9);
}

/// Event tables without a key, of columns of their own and of other tables in one stream, whole and in part.
pub(super) async fn events_references_no_obj_tracking_filters(db: &Db) {
    things(db, ContextForm::Reference).await;
    let mut thing = the(db, "things", 7).await;
    let any = EventQuery::default;
    assert_eq!(told(db, any().tracks([thing.clone()])).await, [STREAM[1], STREAM[3], STREAM[5]]);
    assert_eq!(told(db, any().references([thing.clone()])).await, [STREAM[4], STREAM[6]]);
    let likes = any().across([db.table("likes").await]);
    assert_eq!(told(db, likes).await, [STREAM[4], STREAM[6]]);
    let sizes = EventQuery { events: Some("sizes".to_owned()), ..any() };
    assert_eq!(told(db, sizes.clone()).await, [STREAM[0], STREAM[2]]);
    let of_both = EventQuery { events: Some("sizes".to_owned()), ..any().tracks([thing.clone()]) };
    assert_eq!(told(db, of_both).await, [""; 0], "what has no key is nobody's");
    thing.key = key(&json!({"id": 8}));
    assert_eq!(told(db, any().tracks([thing])).await, [""; 0]);
}

/// Rows of different tables in one question, in any order: there it is an error, here it is the same stream. Whose own
/// events and what points there at once is still none.
pub(super) async fn events_usage(db: &Db) {
    things(db, ContextForm::Reference).await;
    db.track([TrackedTable::new("users")]).await;
    db.run("update users set name = 'anne' where id = 1").await;
    let (thing, user) = (the(db, "things", 7).await, the(db, "users", 1).await);
    let one = told(db, EventQuery::default().tracks([thing.clone(), user.clone()])).await;
    let other = told(db, EventQuery::default().tracks([user.clone(), thing.clone()])).await;
    assert_eq!(one, other);
    assert_eq!(one.last().map(String::as_str), Some(r#"update 1: name "ann">"anne""#));
    let both = EventQuery::default().tracks([thing]).references([user]);
    let error = db.lore.events(&both).await.expect_err("both at once");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
}
