//! Every event says who and why: as it was when the change was made, never more and never later.

use rowlore::declare::TrackedTable;
use rowlore::{Change, Context};
use serde_json::json;

use crate::db::Db;
use crate::subject::{End, Step};

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
}

fn insert(id: u32) -> Step {
    Step::sql(format!("insert into books (id, title) values ({id}, 'a')"))
}

/// What the program gave: actor, reason, request, data.
fn given(change: &Change) -> Context {
    let Context { actor, reason, request, data, .. } = change.context.clone();
    Context { actor, reason, request, data, ..Context::default() }
}

/// The actor of each event, oldest first.
async fn actors(db: &Db) -> Vec<Option<String>> {
    db.events("books").await.into_iter().map(|change| change.context.actor).collect()
}

fn some(names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| if name.is_empty() { None } else { Some((*name).to_owned()) }).collect()
}

pub(super) async fn who_and_why(db: &Db) {
    books(db).await;
    let context = Context::actor("user:5").because("price list").request("req-1").with("ip", "10.0.0.1");
    let context = context.with("deep", json!({"list": [1, 2.5, null, true], "text": "t"}));
    db.commit(context.clone(), [insert(1)]).await;
    let event = db.events("books").await.remove(0);
    assert_eq!(given(&event), context);
}

pub(super) async fn nested_scopes(db: &Db) {
    books(db).await;
    let outer = Context::actor("outer").because("why").with("a", 1).with("b", 1);
    let inner = Context::actor("inner").request("r").with("b", 2);
    let innermost = Context::default().with("c", 3);
    let steps = [
        insert(1),
        Step::scope(
            inner.clone(),
            vec![insert(2), Step::scope(innermost.clone(), vec![insert(3)]), insert(4)],
        ),
        insert(5),
    ];
    db.commit(outer.clone(), steps).await;
    let both = outer.nest(&inner);
    let all = both.nest(&innermost);
    let told: Vec<Context> = db.events("books").await.iter().map(given).collect();
    assert_eq!(told, [outer.clone(), both.clone(), all, both, outer]);
}

pub(super) async fn earlier_events_keep_theirs(db: &Db) {
    books(db).await;
    db.commit(Context::actor("first"), [insert(1), Step::scope(Context::actor("second"), vec![insert(2)])])
        .await;
    let before = db.events("books").await;
    db.commit(Context::actor("first").because("later"), [insert(3)]).await;
    assert_eq!(db.events("books").await[..2], before[..]);
    assert_eq!(actors(db).await, some(&["first", "second", "first"]));
}

pub(super) async fn nothing_leaks(db: &Db) {
    books(db).await;
    db.commit(Context::actor("user:1").with("secret", true), [insert(1)]).await;
    db.run("insert into books (id, title) values (2, 'raw')").await;
    db.commit(None, [insert(3)]).await;
    db.commit(None, [Step::scope(Context::actor("scoped"), vec![insert(4)]), insert(5)]).await;
    db.roll_back(Context::actor("undone"), [insert(6)]).await;
    db.run("insert into books (id, title) values (7, 'raw')").await;
    assert_eq!(actors(db).await, some(&["user:1", "", "", "scoped", "", ""]));
    let second = &db.events("books").await[1];
    assert_eq!(given(second), Context::default());
}

pub(super) async fn hostile_strings(db: &Db) {
    books(db).await;
    let hostile = [
        "it's",
        "100 %s %% %",
        "\\back\\slash\\",
        "\"quoted\"",
        "ünïcödé 表 🦀",
        "'); drop table books; --",
        "$1 $$ $body$",
        "line\nbreak\ttab",
        "",
        "null",
        "{\"actor\":\"x\"}",
    ];
    for (index, text) in (1..).zip(hostile) {
        let context = Context::actor(text).because(text).request(text).with(text, text);
        db.commit(context.clone(), [insert(index)]).await;
        let last = db.events("books").await.pop().expect("the event");
        assert_eq!(given(&last), context);
    }
}

pub(super) async fn outside_any_context(db: &Db) {
    books(db).await;
    db.run("insert into books (id, title) values (1, 'raw')").await;
    let event = db.events("books").await.remove(0);
    assert_eq!(given(&event), Context::default());
    if db.engine().contains("Postgre") {
        assert!(event.context.db_user.is_some(), "the database knows who logged in: {:?}", event.context);
    }
}

pub(super) async fn a_scope_rolled_back(db: &Db) {
    books(db).await;
    let scope = Step::scope(Context::actor("undone"), vec![insert(2)]);
    let steps = [insert(1), Step::Savepoint(vec![scope], End::Undo), insert(3)];
    db.commit(Context::actor("kept"), steps).await;
    assert_eq!(actors(db).await, some(&["kept", "kept"]));
    let inner = Step::Savepoint(vec![insert(5)], End::Undo);
    let steps = [Step::scope(Context::actor("scope"), vec![inner, insert(6)]), insert(7)];
    db.commit(Context::actor("kept"), steps).await;
    assert_eq!(actors(db).await, some(&["kept", "kept", "scope", "kept"]));
}

pub(super) async fn a_transaction_rolled_back(db: &Db) {
    books(db).await;
    db.roll_back(
        Context::actor("undone"),
        [insert(1), Step::scope(Context::actor("deeper"), vec![insert(2)])],
    )
    .await;
    assert_eq!(actors(db).await, some(&[]));
    db.commit(None, [insert(1)]).await;
    assert_eq!(actors(db).await, some(&[""]));
}
