//! Several tasks and several databases in one program, each with a context of its own.

use rowlore::declare::TrackedTable;
use rowlore::read::EventQuery;
use rowlore::{Context, Error, Lore, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::{Postgres, Transactions as _};
use tokio::sync::Barrier;

async fn books(name: &str) -> Lore<Postgres> {
    let database = PrivatePostgres::shared().database(name);
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    let client = lore.engine().pool().get().await.unwrap();
    client.batch_execute("create table books (id bigint primary key, title text)").await.unwrap();
    let declared = check([TrackedTable::new("books")]).unwrap();
    lore.apply(&lore.plan(&declared).await.unwrap()).await.unwrap();
    lore
}

/// Title, actor and request of each insert, oldest first.
async fn told(lore: &Lore<Postgres>) -> Vec<(String, Option<String>)> {
    let mut all = lore.events(&EventQuery { limit: 1000, ..EventQuery::default() }).await.unwrap();
    all.reverse();
    let title = |event: &rowlore::Change| event.new.as_ref().unwrap()["title"].as_str().unwrap().to_owned();
    all.iter().map(|event| (title(event), event.context.actor.clone())).collect()
}

const INSERT: &str = "insert into books values ($1, $2)";

/// django-pghistory#217: of two tasks on one thread, both events got the user of the first. Here the tasks stop in the
/// middle of their transactions and go on in turns; each event has the actor of its own task, scopes included.
#[tokio::test]
async fn two_tasks_in_turns_each_with_its_context() {
    let lore = books("two_tasks").await;
    let turn = Barrier::new(2);
    let task = async |name: &'static str, first: i64| {
        lore.transaction(Context::actor(name), async |tx| {
            for id in first..first + 10 {
                turn.wait().await;
                if id % 3 == 0 {
                    let inner = format!("{name} inside");
                    tx.scope(Context::actor(inner.as_str()), async |_| {
                        turn_away().await;
                        tx.execute(INSERT, &[&id, &inner]).await
                    })
                    .await?;
                } else {
                    tx.execute(INSERT, &[&id, &name]).await?;
                }
            }
            Ok(())
        })
        .await
    };
    let (ann, bob) = tokio::join!(task("ann", 0), task("bob", 100));
    ann.unwrap();
    bob.unwrap();
    let told = told(&lore).await;
    assert_eq!(told.len(), 20);
    assert!(told.iter().all(|(title, actor)| Some(title) == actor.as_ref()), "{told:#?}");
    let by = |name: &str| told.iter().filter(|(title, _)| title == name).count();
    assert_eq!([by("ann"), by("ann inside"), by("bob"), by("bob inside")], [6, 4, 7, 3]);
    let switches = told.windows(2).filter(|pair| pair[0].0[..3] != pair[1].0[..3]).count();
    assert!(switches > 5, "they took turns: {told:#?}");
}

/// Lets the other task go on.
async fn turn_away() {
    tokio::task::yield_now().await;
}

/// A library bound its context and its commit to the first database of a program. Here each database has its own: what
/// is rolled back in one leaves the other's events alone, and neither knows the other's context.
#[tokio::test]
async fn two_databases_each_with_its_commit_and_context() {
    let (shop, stock) = (books("two_databases_shop").await, books("two_databases_stock").await);
    shop.transaction(Context::actor("seller"), async |in_shop| {
        in_shop.execute(INSERT, &[&1_i64, &"sold"]).await?;
        let failed = stock
            .transaction(Context::actor("keeper"), async |in_stock| {
                in_stock.execute(INSERT, &[&1_i64, &"undone"]).await?;
                Err::<(), _>(Error::request("on purpose"))
            })
            .await;
        assert_eq!(failed.unwrap_err().to_string(), "on purpose");
        in_shop.execute(INSERT, &[&2_i64, &"sold too"]).await
    })
    .await
    .unwrap();
    stock
        .transaction(Context::actor("keeper"), async |tx| tx.execute(INSERT, &[&1_i64, &"kept"]).await)
        .await
        .unwrap();
    let by = |title: &str, actor: &str| (title.to_owned(), Some(actor.to_owned()));
    assert_eq!(told(&shop).await, [by("sold", "seller"), by("sold too", "seller")]);
    assert_eq!(told(&stock).await, [by("kept", "keeper")]);
}

/// Suspending in one database suspends nothing in another, at the same time or later.
#[tokio::test]
async fn two_databases_one_of_them_suspended() {
    let (shop, stock) = (books("two_suspended_shop").await, books("two_suspended_stock").await);
    shop.transaction(Context::actor("loader"), async |in_shop| {
        in_shop
            .suspended(&["books"], async || {
                in_shop.execute(INSERT, &[&1_i64, &"silent"]).await?;
                stock
                    .transaction(Context::actor("keeper"), async |tx| {
                        tx.execute(INSERT, &[&1_i64, &"told"]).await
                    })
                    .await
            })
            .await?;
        in_shop.execute(INSERT, &[&2_i64, &"told again"]).await
    })
    .await
    .unwrap();
    let titles =
        |told: Vec<(String, Option<String>)>| told.into_iter().map(|(title, _)| title).collect::<Vec<_>>();
    assert_eq!(titles(told(&shop).await), ["told again"]);
    assert_eq!(titles(told(&stock).await), ["told"]);
}
