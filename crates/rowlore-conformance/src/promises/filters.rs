//! Events by who and why, by what they changed and by what the row was and became.

use rowlore::declare::{Columns, ContextForm, Events, TrackedTable, Tracker};
use rowlore::read::{Comparison, EventQuery};
use rowlore::{Change, Context, ErrorKind, Value};
use serde_json::json;

use crate::db::Db;
use crate::story::story;
use crate::subject::Step;

/// Every event, newest first.
async fn books(db: &Db, table: TrackedTable) -> Vec<Change> {
    db.run("create table books (id bigint primary key, title text, price numeric(10, 2), stock bigint)")
        .await;
    db.track([table]).await;
    let who = |actor: &str, request: &str| Context::actor(actor).request(request).with("tenant", 7);
    let inner = Context::default().with("user", json!({"id": 5, "name": "ann"}));
    db.commit(who("ann", "r-1"), [Step::sql("insert into books values (1, 'a', 9, 1), (2, 'b', 10, null)")])
        .await;
    let steps = [
        Step::sql("update books set price = 10.5 where id = 1"),
        Step::scope(inner, [Step::sql("update books set title = 'c', stock = 0 where id = 2")]),
    ];
    db.commit(who("bob", "r-2"), steps).await;
    db.run_each(["update books set stock = null where id = 1", "delete from books where id = 2"]).await;
    let all = db.ask(&EventQuery::default()).await;
    assert_eq!(all.len(), 6, "{:#?}", story(&all));
    all
}

async fn gives(db: &Db, all: &[Change], query: EventQuery, holds: impl Fn(&Change) -> bool) {
    let expected: Vec<Change> = all.iter().filter(|change| holds(change)).cloned().collect();
    assert_eq!(story(&db.ask(&query).await), story(&expected), "{query:?}");
    assert_eq!(db.ask(&query).await, expected, "{query:?}");
}

async fn who_and_why(db: &Db, all: &[Change]) {
    let any = EventQuery::default;
    for request in ["r-1", "r-2", "r-3"] {
        let query = EventQuery { request: Some(request.to_owned()), ..any() };
        gives(db, all, query, |c| c.context.request.as_deref() == Some(request)).await;
    }
    gives(db, all, any().by("bob"), |c| c.context.actor.as_deref() == Some("bob")).await;
    gives(db, all, any().with_data("tenant", 7), |c| c.context.data.get("tenant") == Some(&json!(7))).await;
    gives(db, all, any().with_data("tenant", "7"), |_| false).await;
    let user = |c: &Change| c.context.data.contains_key("user");
    gives(db, all, any().with_data("user.id", 5), user).await;
    gives(db, all, any().with_data("user.name", "ann").with_data("tenant", 7).by("bob"), user).await;
    gives(db, all, any().with_data("user", json!({"name": "ann", "id": 5})), user).await;
    gives(db, all, any().with_data("user.id", 6), |_| false).await;
}

pub(super) async fn by_context(db: &Db) {
    let all = books(db, TrackedTable::new("books")).await;
    who_and_why(db, &all).await;
    let id = all[3].context_id.expect("the context's number");
    let same = |c: &Change| c.context_id == Some(id);
    assert_eq!(all.iter().filter(|c| same(c)).count(), 1, "{all:#?}");
    gives(db, &all, EventQuery::default().in_context(id), same).await;
    let several = EventQuery::default().in_context(id).in_context(all[5].context_id.expect("a number"));
    gives(db, &all, several, |c| same(c) || c.context_id == all[5].context_id).await;
    gives(db, &all, EventQuery::default().in_context(-1), |_| false).await;
}

pub(super) async fn by_a_copied_context(db: &Db) {
    let copied = TrackedTable::new("books").event_table(Events::default().context(ContextForm::Json));
    let all = books(db, copied).await;
    assert_eq!(all[5].context.actor.as_deref(), Some("ann"));
    assert_eq!(all[3].context.data.get("user"), None, "{:#?}", all[3]);
    assert_eq!(all[2].context.data["user"], json!({"id": 5, "name": "ann"}));
    who_and_why(db, &all).await;
}

pub(super) async fn without_a_context(db: &Db) {
    let without = TrackedTable::new("books").event_table(Events::default().context(ContextForm::None));
    let all = books(db, without).await;
    assert!(all.iter().all(|change| change.context == Context::default() && change.context_id.is_none()));
    gives(db, &all, EventQuery::default().by("ann"), |_| false).await;
    gives(db, &all, EventQuery::default().with_data("tenant", 7), |_| false).await;
}

pub(super) async fn by_changed_columns(db: &Db) {
    let all = books(db, TrackedTable::new("books")).await;
    let changed = |names: &'static [&'static str]| {
        move |c: &Change| {
            c.changed
                .as_ref()
                .is_some_and(|changed| names.iter().all(|name| changed.iter().any(|c| c == name)))
        }
    };
    let any = EventQuery::default;
    gives(db, &all, any().touching("price"), changed(&["price"])).await;
    gives(db, &all, any().touching("stock"), changed(&["stock"])).await;
    gives(db, &all, any().touching("stock").touching("title"), changed(&["stock", "title"])).await;
    gives(db, &all, any().touching("id"), |_| false).await;
    gives(db, &all, any().touching("no such column"), |_| false).await;
    assert_eq!(db.ask(&EventQuery { limit: 1, ..any().touching("price") }).await.len(), 1);
}

/// A column that a rule does not record has no value in its events, not even null.
pub(super) async fn a_column_not_recorded_has_no_value(db: &Db) {
    let narrow = Tracker::new("narrow").columns(Columns::only(["title"]));
    let all = {
        let table = TrackedTable::new("books").tracker(Tracker::default()).tracker(narrow);
        db.run("create table books (id bigint primary key, title text, price numeric(10, 2))").await;
        db.track([table]).await;
        db.run_each(["insert into books values (1, 'a', null)", "update books set title = 'b', price = 1"])
            .await;
        db.ask(&EventQuery::default()).await
    };
    assert_eq!(all.len(), 4, "{:#?}", story(&all));
    let whole = |c: &Change| c.label != "narrow";
    let null = EventQuery::default().new_value("price", Comparison::Equal, Value::Null);
    gives(db, &all, null, |c| whole(c) && c.op == rowlore::Op::Insert).await;
    gives(db, &all, EventQuery::default().touching("price"), |c| whole(c) && c.changed.is_some()).await;
    let old = EventQuery::default().old_value("price", Comparison::Equal, Value::Null);
    gives(db, &all, old, |c| whole(c) && c.op == rowlore::Op::Update).await;
}

pub(super) async fn by_values(db: &Db) {
    use Comparison::{AtLeast, AtMost, Differs, Equal, Greater, Less};
    let all = books(db, TrackedTable::new("books")).await;
    let any = EventQuery::default;
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    // As texts 9 would be more than 10.
    for (compare, holds) in [
        (Equal, (|a: f64, b: f64| a == b) as fn(f64, f64) -> bool),
        (Less, |a, b| a < b),
        (AtMost, |a, b| a <= b),
        (Greater, |a, b| a > b),
        (AtLeast, |a, b| a >= b),
    ] {
        for limit in ["9", "9.00", "10", "10.5", "11"] {
            let than: f64 = limit.parse().expect("a number");
            let fits = |row: &Option<rowlore::Row>| {
                row.as_ref().and_then(|row| number(&row["price"])).is_some_and(|price| holds(price, than))
            };
            gives(db, &all, any().new_value("price", compare, limit), |c| fits(&c.new)).await;
            gives(db, &all, any().old_value("price", compare, limit), |c| fits(&c.old)).await;
        }
    }
    let null = |row: &Option<rowlore::Row>| row.as_ref().is_some_and(|row| row["stock"].is_null());
    let not = |row: &Option<rowlore::Row>| row.as_ref().is_some_and(|row| !row["stock"].is_null());
    gives(db, &all, any().new_value("stock", Equal, Value::Null), |c| null(&c.new)).await;
    gives(db, &all, any().old_value("stock", Equal, Value::Null), |c| null(&c.old)).await;
    gives(db, &all, any().new_value("stock", Differs, Value::Null), |c| not(&c.new)).await;
    let other = |row: &Option<rowlore::Row>| row.as_ref().is_some_and(|row| row["stock"] != json!(0));
    gives(db, &all, any().new_value("stock", Differs, 0), |c| other(&c.new)).await;
    gives(db, &all, any().old_value("title", Equal, "b").new_value("title", Equal, "c"), |c| {
        c.changed.as_ref().is_some_and(|changed| changed.contains(&"title".to_owned()))
    })
    .await;
    gives(db, &all, any().new_value("no such column", Equal, 1), |_| false).await;
    let error = db.lore.events(&any().new_value("stock", Less, Value::Null)).await.expect_err("no order");
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
}

/// The newest events are looked at first; what is asked for may lie far behind them.
pub(super) async fn far_behind_the_newest(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
    let rare = Context::actor("rare").with("tenant", 1);
    db.commit(rare, ["insert into books values (0, 'x', 1)", "update books set price = 2"].map(Step::sql))
        .await;
    let many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 25000) select i, 'a', 5 from n";
    db.run(format!("insert into books {many}")).await;
    let any = EventQuery::default;
    let all = db.ask(&EventQuery { limit: 100_000, ..any() }).await;
    assert_eq!(all.len(), 25_002);
    let first = |limit: usize| EventQuery { limit, ..any() };
    let oldest = all[25_001].clone();
    gives(db, &all, any().by("rare"), |c| c.context.actor.is_some()).await;
    gives(db, &all, any().with_data("tenant", 1), |c| c.context.actor.is_some()).await;
    gives(db, &all, first(2).touching("price"), |c| c.changed.is_some()).await;
    gives(db, &all, first(2).new_value("title", Comparison::Equal, "x"), |c| c.context.actor.is_some()).await;
    gives(db, &all, first(5).new_value("price", Comparison::Less, 2), |c| *c == oldest).await;
    gives(db, &all, EventQuery { until: Some(oldest.at), ..any() }, |c| c.at <= oldest.at).await;
    if let Some(xid) = oldest.xid {
        gives(db, &all, any().in_transaction(xid), |c| c.xid == Some(xid)).await;
    }
}
