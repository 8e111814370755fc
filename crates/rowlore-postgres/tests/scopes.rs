//! What a program calls: scopes that suspend, and events of its own, on the transactions of this engine.

use rowlore::declare::{TrackedTable, Tracker};
use rowlore::read::EventQuery;
use rowlore::{Context, Error, ErrorKind, Lore, Op, Row, TableName, Value, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::{Postgres, Transactions as _, create_event, resume, set_context, suspend};

/// A row as a program has it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Book {
    id: i64,
    title: Option<String>,
}

impl rowlore::Tracked for Book {
    const TABLE: &'static str = "books";
    const KEY: &'static [&'static str] = &["id"];
    fn declaration() -> TrackedTable {
        TrackedTable::new(Self::TABLE).tracker(Tracker::default()).tracker(Tracker::manual("seen"))
    }
}

async fn shop(name: &str) -> Lore<Postgres> {
    let database = PrivatePostgres::shared().database(name);
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    let client = lore.engine().pool().get().await.unwrap();
    client.batch_execute("create table books (id bigint primary key, title text)").await.unwrap();
    let declared = check([<Book as rowlore::Tracked>::declaration()]).unwrap();
    lore.apply(&lore.plan(&declared).await.unwrap()).await.unwrap();
    lore
}

/// Operation, key and actor of each event, oldest first.
async fn told(lore: &Lore<Postgres>) -> Vec<(Op, i64, Option<String>)> {
    let mut all = lore.events(&EventQuery::default()).await.unwrap();
    all.reverse();
    all.into_iter().map(|event| (event.op, event.key["id"].as_i64().unwrap(), event.context.actor)).collect()
}

fn key(id: i64) -> Row {
    Row::from_iter([("id".to_owned(), Value::from(id))])
}

#[tokio::test]
async fn a_scope_that_suspends() {
    let lore = shop("scope_suspends").await;
    let insert = "insert into books values ($1, 'a')";
    lore.transaction(Context::actor("loader"), async |tx| {
        tx.suspended(&["books"], async || {
            tx.execute(insert, &[&1_i64]).await?;
            // A scope that fails is undone, and the outer one goes on.
            let failed = tx
                .suspended(&["books:delete"], async || {
                    tx.execute(insert, &[&2_i64]).await?;
                    Err::<(), _>(Error::request("on purpose"))
                })
                .await;
            assert_eq!(failed.unwrap_err().to_string(), "on purpose");
            tx.execute(insert, &[&3_i64]).await
        })
        .await?;
        tx.execute(insert, &[&4_i64]).await
    })
    .await
    .unwrap();
    assert_eq!(told(&lore).await, [(Op::Insert, 4, Some("loader".to_owned()))]);
    let client = lore.engine().pool().get().await.unwrap();
    let left: i64 = client.query_one("select count(*) from books", &[]).await.unwrap().get(0);
    assert_eq!(left, 3, "1, 3 and 4");
}

#[tokio::test]
async fn events_of_the_programs_own() {
    let lore = shop("scope_events").await;
    let books = TableName::new("", "books");
    let ids = lore
        .transaction(Context::actor("user:5"), async |tx| {
            tx.execute("insert into books values (1, 'a'), (2, 'b')", &[]).await?;
            let one = tx.create_event(&books, "seen", &key(1)).await?;
            let many = tx.create_events(&books, "seen", &[key(2), key(1)]).await?;
            let typed = tx.create_event_of(&Book { id: 2, title: None }, "seen").await?;
            Ok([vec![one], many, vec![typed]].concat())
        })
        .await
        .unwrap();
    let query = EventQuery { ops: vec![Op::Manual], ..EventQuery::default() };
    let mut all = lore.events(&query).await.unwrap();
    all.reverse();
    assert_eq!(all.iter().map(|event| event.event_id).collect::<Vec<_>>(), ids);
    let titles: Vec<_> = all.iter().map(|event| event.new.as_ref().unwrap()["title"].clone()).collect();
    assert_eq!(titles, [Value::from("a"), Value::from("b"), Value::from("a"), Value::Null]);
    assert!(all.iter().all(|event| event.context.actor.as_deref() == Some("user:5")));
}

#[tokio::test]
async fn in_a_transaction_that_the_program_opened() {
    let lore = shop("scope_own_transaction").await;
    let mut client = lore.engine().pool().get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    set_context(&transaction, &Context::actor("user:6")).await.unwrap();
    let outer = suspend(&*transaction, &["public.books"]).await.unwrap();
    transaction.batch_execute("insert into books values (1, 'a')").await.unwrap();
    resume(&*transaction, &outer).await.unwrap();
    create_event(&*transaction, &TableName::new("public", "books"), "seen", &key(1)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(told(&lore).await, [(Op::Manual, 1, Some("user:6".to_owned()))]);
}

#[tokio::test]
async fn a_role_that_may_not_suspend_is_told_who_can_allow_it() {
    let lore = shop("scope_may_not").await;
    let mut client = lore.engine().pool().get().await.unwrap();
    client.batch_execute("create role may_not_suspend").await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("set local role may_not_suspend").await.unwrap();
    let error = suspend(&*transaction, &["books"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operator);
    assert!(
        error.hint_text().unwrap().contains("grant execute on function rowlore.suspend(text[])"),
        "{error:?}"
    );
    transaction.rollback().await.unwrap();
    client.batch_execute("drop role may_not_suspend").await.unwrap();
}
