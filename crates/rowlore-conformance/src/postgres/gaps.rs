//! What keeps changes from being recorded although all is installed.

use super::ways_to_write::books;
use crate::db::Db;

async fn gaps(db: &Db) -> Vec<String> {
    let lore = db.other_handle().await;
    let found =
        rowlore::Engine::inspect(lore.engine(), &rowlore::declare::check::Declarations::default()).await;
    crate::db::wanted("inspect", found).gaps
}

pub(super) async fn roles_that_skip_triggers(db: &Db) {
    books(db).await;
    assert_eq!(gaps(db).await, [""; 0]);
    let role =
        format!("skips_{}", db.value("select oid from pg_database where datname = current_database()").await);
    let here = db.value("select quote_ident(current_database())").await;
    db.run_each([
        format!("create role {role}"),
        format!("alter role {role} in database {here} set session_replication_role = replica"),
    ])
    .await;
    let told = gaps(db).await;
    assert!(told.len() == 1 && told[0].contains(&role) && told[0].contains("replica"), "{told:?}");
    db.run(format!("alter role {role} in database {here} reset session_replication_role")).await;
    db.run(format!("alter database {here} set session_replication_role = replica")).await;
    let told = gaps(db).await;
    assert!(told.iter().any(|gap| gap.contains("all sessions of the database")), "{told:?}");
    assert!(told.iter().any(|gap| gap.contains("this session")), "{told:?}");
}

pub(super) async fn rights_that_are_missing(db: &Db) {
    books(db).await;
    let role =
        format!("owner_{}", db.value("select oid from pg_database where datname = current_database()").await);
    db.run_each([
        format!("create role {role}"),
        format!("grant create on schema rowlore to {role}"),
        format!("alter function rowlore.capture_books_update() owner to {role}"),
    ])
    .await;
    let told = gaps(db).await.join("\n");
    for part in ["may not insert into rowlore.books_event", "rowlore.event_id", "may not read that table"] {
        assert!(told.contains(part) && told.contains(&role), "{part}: {told}");
    }
    // It is so: the write fails.
    db.run("insert into books values (1, 'a', 1)").await;
    db.refused("update books set price = 2").await;
}
