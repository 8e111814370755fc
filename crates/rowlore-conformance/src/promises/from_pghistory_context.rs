//! What django-pghistory's tests ask of contexts, each under the name that it has there; where a scope there leaks into
//! what comes after it, or changes what was before, it must not here.

use rowlore::declare::{ContextForm, Events, TrackedTable};
use rowlore::{Change, Context, Row};
use serde_json::json;

use crate::db::Db;
use crate::subject::Step;

async fn models(db: &Db, context: ContextForm) {
    db.run("create table models (id bigint primary key, int_field bigint)").await;
    db.track([TrackedTable::new("models").event_table(Events::default().context(context))]).await;
}

fn insert(id: u32) -> Step {
    Step::sql(format!("insert into models values ({id}, 1)"))
}

fn data(value: serde_json::Value) -> Context {
    Context { data: value.as_object().cloned().unwrap_or_default(), ..Context::default() }
}

/// The data of the context of each event, oldest first.
async fn recorded(db: &Db) -> Vec<Row> {
    db.events("models").await.into_iter().map(|event| event.context.data).collect()
}

fn rows<const N: usize>(values: [serde_json::Value; N]) -> Vec<Row> {
    values.map(|value| value.as_object().cloned().unwrap_or_default()).to_vec()
}

/// How many contexts were written down.
async fn contexts(db: &Db) -> String {
    db.value(format!("select count(*) from {}", (db.words.event_table)("context"))).await
}

pub(super) async fn denorm_context_tracking(db: &Db) {
    models(db, ContextForm::Json).await;
    db.run("insert into models values (1, 1)").await;
    let steps = [insert(2), Step::scope(data(json!({"key": "inner"})), [insert(3)]), insert(4)];
    db.commit(data(json!({"key": "outer", "more": {"list": [1, null]}})), steps).await;
    db.run("insert into models values (5, 1)").await;
    let outer = json!({"key": "outer", "more": {"list": [1, null]}});
    let inner = json!({"key": "inner", "more": {"list": [1, null]}});
    assert_eq!(recorded(db).await, rows([json!({}), outer.clone(), inner, outer, json!({})]));
    let table = (db.words.event_table)("models_event");
    let copies = db.value(format!(
        "select count(*) from {table} where rl_context is not null and rl_context_id is null"
    ));
    assert!(copies.await.parse::<u32>().is_ok_and(|count| count >= 3), "the copy is in the event itself");
}

pub(super) async fn track_context_id(db: &Db) {
    models(db, ContextForm::Reference).await;
    db.commit(Context::actor("a"), [insert(1), insert(2)]).await;
    db.commit(Context::actor("a"), [insert(3)]).await;
    let events = db.events("models").await;
    let ids: Vec<Option<i64>> = events.iter().map(|event| event.context_id).collect();
    assert!(ids.iter().all(Option::is_some), "{ids:?}");
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "one number for a unit of work: {ids:?}");
}

pub(super) async fn track_context_metadata(db: &Db) {
    models(db, ContextForm::Reference).await;
    let before = contexts(db).await;
    let unused = [Step::sql("update models set int_field = 2 where id = 0")];
    db.commit(data(json!({"never": "used"})), unused).await;
    assert_eq!(contexts(db).await, before, "a context that no event has is not written");
    let inner = Step::scope(data(json!({"b": 2, "a": 3})), [insert(2)]);
    db.commit(data(json!({"a": 1})), [insert(1), inner, insert(3)]).await;
    db.commit(data(json!({})), [insert(4)]).await;
    let wanted = [json!({"a": 1}), json!({"a": 3, "b": 2}), json!({"a": 1}), json!({})];
    assert_eq!(recorded(db).await, rows(wanted));
}

pub(super) async fn track_context_metadata_single_quote(db: &Db) {
    hostile(db, "it's '' a \\' quote \" and \\\\ more").await;
}

pub(super) async fn track_context_metadata_percent(db: &Db) {
    hostile(db, "100% %s %(name)s $1 ?1 {{x}} :name").await;
}

async fn hostile(db: &Db, text: &str) {
    models(db, ContextForm::Reference).await;
    db.run("create table copies (id bigint primary key)").await;
    let copies = TrackedTable::new("copies").event_table(Events::default().context(ContextForm::Json));
    db.track([TrackedTable::new("models"), copies]).await;
    let context = Context { actor: Some(text.to_owned()), ..data(json!({ text: text })) };
    db.commit(context.clone(), [insert(1), Step::sql("insert into copies values (1)")]).await;
    for table in ["models", "copies"] {
        let events: Vec<Change> = db.events(table).await;
        assert_eq!((&events[0].context.actor, &events[0].context.data), (&context.actor, &context.data));
    }
}

/// There a nested scope has the same number and rewrites what was recorded before it; here each has what it had.
pub(super) async fn nested_tracking(db: &Db) {
    models(db, ContextForm::Reference).await;
    let innermost = Step::scope(Context::actor("c"), [insert(3)]);
    let inner = Step::scope(Context::actor("b"), [insert(2), innermost, insert(4)]);
    db.commit(Context::actor("a"), [insert(1), inner, insert(5)]).await;
    let actors: Vec<Option<String>> =
        db.events("models").await.into_iter().map(|event| event.context.actor).collect();
    assert_eq!(actors, ["a", "b", "c", "b", "a"].map(|actor| Some(actor.to_owned())));
}

/// There the context stays until the transaction ends; here it ends with its scope.
pub(super) async fn scope_inside_transaction(db: &Db) {
    models(db, ContextForm::Reference).await;
    let scope = Step::scope(data(json!({"key": "val"})), [insert(2)]);
    db.commit(None, [insert(1), scope, insert(3)]).await;
    assert_eq!(recorded(db).await, rows([json!({}), json!({"key": "val"}), json!({})]));
}

/// `test_middleware.py`: who the user is turns out only in the middle of the request. What comes after is attributed to
/// them, the address that was known from the beginning stays, and what was before is not rewritten.
pub(super) async fn post(db: &Db) {
    models(db, ContextForm::Reference).await;
    let known = Context::actor("user:1");
    let log_in = Step::scope(known, [insert(2), Step::scope(data(json!({"step": 2})), [insert(3)])]);
    db.commit(data(json!({"url": "/login"})).request("r-1"), [insert(1), log_in]).await;
    let events = db.events("models").await;
    let actors: Vec<Option<&str>> = events.iter().map(|event| event.context.actor.as_deref()).collect();
    assert_eq!(actors, [None, Some("user:1"), Some("user:1")]);
    assert!(events.iter().all(|event| event.context.request.as_deref() == Some("r-1")));
    let (url, both) = (json!({"url": "/login"}), json!({"url": "/login", "step": 2}));
    assert_eq!(recorded(db).await, rows([url.clone(), url, both]));
}
