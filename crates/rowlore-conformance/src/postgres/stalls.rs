//! An apply on a busy table: whoever writes is never kept waiting for long.

use rowlore::declare::TrackedTable;

use super::concurrency::until_somebody_waits;
use crate::db::{Db, wanted};

/// Statements that want a strong lock wait behind an open transaction, and every write waits behind them: a migration
/// that added a trigger stopped a whole site. An apply gives up its place after seconds, lets the others through, and
/// tries again.
pub(super) async fn writers_pass_an_apply_that_waits(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    let (mut open, mut writer) = (db.other_session().await, db.other_session().await);
    open.run("begin").await;
    open.run("insert into books values (1, 'open')").await;
    let plan = wanted("a plan", db.plan([TrackedTable::new("books").without_baseline()]).await);
    let apply = db.lore.apply(&plan);
    let others = async {
        until_somebody_waits(db).await;
        // Behind the apply in the queue; `open` is still open when it is through.
        writer.run("insert into books values (2, 'passed')").await;
        open.run("commit").await;
    };
    let (applied, ()) = tokio::join!(apply, others);
    wanted("apply", applied);
    writer.run("insert into books values (3, 'recorded')").await;
    db.tells("books", [r#"insert 3: id=3 title="recorded""#]).await;
}
