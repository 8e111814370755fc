//! What an older release installed becomes what this one needs, with all that was recorded.

use rowlore::declare::TrackedTable;
use rowlore::plan::Action;
use rowlore::read::EventQuery;
use rowlore::{Lore, Op, TableName, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;

#[tokio::test]
async fn from_version_1() {
    let database = PrivatePostgres::shared().database("from_version_1");
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    let client = lore.engine().pool().get().await.unwrap();
    client.batch_execute(include_str!("version_1.sql")).await.unwrap();
    client
        .batch_execute(
            "begin; select rowlore.set_context('{\"actor\": \"ann\"}');
             insert into books values (1, 'a', 10, '{}'); commit; update books set price = 11",
        )
        .await
        .unwrap();
    let declared = check([TrackedTable::new("books").without_baseline()]).unwrap();
    let plan = lore.plan(&declared).await.unwrap();
    assert_eq!(plan.steps()[0].action, Action::Own, "{plan:?}");
    assert!(!plan.steps().iter().any(|step| matches!(step.action, Action::CreateEvents(_))), "{plan:?}");
    lore.apply(&plan).await.unwrap();
    let again = lore.plan(&declared).await.unwrap();
    assert!(again.is_empty(), "{}", rowlore::plan::explain::explain(&again, true));
    client.batch_execute("delete from books").await.unwrap();
    let query =
        EventQuery { tables: vec![TableName::new("public", "books")], limit: 10, ..EventQuery::default() };
    let events = lore.events(&query).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.op, event.context.actor.as_deref())).collect();
    assert_eq!(told, [(Op::Delete, None), (Op::Update, None), (Op::Insert, Some("ann"))]);
}
