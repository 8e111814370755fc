//! The whole way once, on a real server.

use rowlore::declare::{Operation, TrackedTable, Tracker};
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Context, Error, History, Lore, Op, Row, TableName, Timestamp, Value, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::{Postgres, Transactions as _};

const SHOP: &str = "
    create table books (id bigint primary key deferrable, title text, price numeric(10, 2), tags text[], updated_at timestamptz);
    insert into books select n, 'book ' || n, n, array['a', 'b'], now() from generate_series(1, 30) n;
";

async fn shop(name: &str) -> Lore<Postgres> {
    let database = PrivatePostgres::shared().database(name);
    let postgres = Postgres::connect(&database.url).await.unwrap();
    postgres.pool().get().await.unwrap().batch_execute(SHOP).await.unwrap();
    Lore::new(postgres)
}

async fn run(lore: &Lore<Postgres>, sql: &str) {
    lore.engine().pool().get().await.unwrap().batch_execute(sql).await.unwrap();
}

fn books() -> TableName {
    TableName::new("public", "books")
}

fn key(id: i64) -> Row {
    Row::from_iter([("id".to_owned(), Value::from(id))])
}

#[tokio::test]
async fn the_whole_way() {
    let lore = shop("whole_way").await;
    let raised =
        Tracker::new("price.raised").on([Operation::Update]).when("new.price > old.price").events("raised");
    let declared = check([TrackedTable::new("books").tracker(Tracker::default()).tracker(raised)]).unwrap();
    let plan = lore.plan(&declared).await.unwrap();
    lore.apply(&plan)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", rowlore::plan::explain::explain(&plan, true)));
    assert_eq!(lore.plan(&declared).await.unwrap().steps(), []);

    run(&lore, "update books set price = 99 where id = 1").await;
    let mut turns = 0;
    lore.backfill(&books(), 7, |_| turns += 1).await.unwrap();
    assert!(turns >= 5, "{turns}");
    assert_eq!(lore.plan(&declared).await.unwrap().steps(), []);
    let all = lore.events(&EventQuery { limit: 1000, ..EventQuery::default() }).await.unwrap();
    assert_eq!(all.iter().filter(|change| change.op == Op::Baseline).count(), 30);

    lore.transaction(Context::actor("user:5").because("sale"), async |tx| {
        tx.execute("update books set price = price / 2", &[]).await?;
        tx.scope(Context::actor("user:6"), async |_| tx.execute("update books set id = id + 1", &[]).await)
            .await?;
        tx.execute("delete from books where id = 31", &[]).await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    let mut history = lore.history(&books(), &key(2), &History::default()).await.unwrap();
    history.retain(|change| change.label != "price.raised");
    let story: Vec<_> = history
        .iter()
        .map(|change| {
            (
                change.op,
                change.context.actor.as_deref().unwrap_or("-"),
                change.changed.clone().unwrap_or_default(),
            )
        })
        .collect();
    let changed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        story,
        [
            (Op::Baseline, "-", changed(&[])),
            (Op::Update, "-", changed(&["price"])),
            (Op::Update, "user:5", changed(&["price"])),
            (Op::Update, "user:6", changed(&["id"])),
        ]
    );
    assert_eq!(history[3].old_key, Some(key(1)));
    assert_eq!(history[2].new.as_ref().unwrap()["price"], "49.50");
    assert!(history[0].context == Context::default(), "nobody made a row that was there");
    let by_hand = &history[1].context;
    assert!(by_hand.db_user.is_some() && by_hand.application.as_deref() == Some("rowlore"));
    let now = RowsAt { table: books(), key: None, at: Timestamp::now().into(), limit: 100 };
    assert_eq!(lore.rows_at(&now).await.unwrap().len(), 29);
    run(&lore, "truncate books").await;
    assert_eq!(lore.rows_at(&RowsAt { at: Timestamp::now().into(), ..now }).await.unwrap().len(), 0);
    let raised = EventQuery { labels: vec!["price.raised".to_owned()], ..EventQuery::default() };
    assert_eq!(lore.events(&raised).await.unwrap().len(), 1);
}
