//! The cost of a row does not grow with the number of rows.

use rowlore::declare::{Columns, Condition, TrackedTable, Tracker, Unchanged};

use crate::db::{Db, OtherSession};

const ROWS: u32 = 20_000;

/// What a quadratic plan misses by far: 20,000 rows take it hundreds of times as long.
const RATIO_MAX: f64 = 20.0;

/// PL/pgSQL keeps the plan of a session's first execution: one that fits a single row joins 20,000 old rows with
/// 20,000 new ones in a nested loop. So single rows first, then all, in one session; a fresh session shows what is
/// normal, and the ratio of both is judged, not the time.
pub(super) async fn never_quadratic(db: &Db) {
    db.run("create table t (id bigint primary key, a bigint, b bigint)").await;
    let both = Tracker::new("both").condition(Condition::AllChanged(Columns::only(["a", "b"])));
    let when =
        Tracker::new("when").on([rowlore::declare::Operation::Update]).when("new.a > old.b and new.a < 0");
    for unchanged in [Unchanged::Skip, Unchanged::Record] {
        let declared = || {
            let table = TrackedTable::new("t").unchanged(unchanged);
            table.tracker(Tracker::default()).tracker(both.clone()).tracker(when.clone())
        };
        db.track([declared()]).await;
        db.run("delete from t").await;
        db.run(format!("insert into t select n, n, n from generate_series(1, {ROWS}) n")).await;
        db.run("analyze t").await;
        let mut fresh = db.other_session().await;
        let normal = seconds(&mut fresh, "t").await;
        let mut used = db.other_session().await;
        for id in 1..=10 {
            used.run(format!("update t set a = a + 1 where id = {id}")).await;
            used.run(format!("insert into t values (-{id}, 0, 0)")).await;
            used.run(format!("delete from t where id = -{id}")).await;
        }
        let after = seconds(&mut used, "t").await;
        let ratio = after / normal;
        assert!(
            ratio < RATIO_MAX,
            "{unchanged:?}: {after} s after single rows, {normal} s in a fresh session"
        );
    }
}

/// While the baseline is pending each row is looked up among the events: that, too, must not be planned for one row or
/// for the empty event table of the first day.
pub(super) async fn never_quadratic_while_the_baseline_is_pending(db: &Db) {
    for table in ["calm", "busy"] {
        db.run(format!("create table {table} (id bigint primary key, a bigint, b bigint)")).await;
        db.run(format!("insert into {table} select n, n, n from generate_series(1, {ROWS}) n")).await;
    }
    db.apply(["calm", "busy"].map(TrackedTable::new)).await;
    let mut fresh = db.other_session().await;
    let normal = seconds(&mut fresh, "calm").await;
    let mut used = db.other_session().await;
    for id in 1..=10 {
        used.run(format!("update busy set a = a + 1 where id = {id}")).await;
    }
    let after = seconds(&mut used, "busy").await;
    assert!(after / normal < RATIO_MAX, "{after} s after single rows, {normal} s in a fresh session");
    let again = seconds(&mut used, "busy").await;
    assert!(again / normal < RATIO_MAX, "{again} s once every row has events, {normal} s before");
}

/// How long all rows take, by the server's clock.
async fn seconds(session: &mut OtherSession, table: &str) -> f64 {
    let clock = "select extract(epoch from clock_timestamp())";
    let mut read =
        async || session.rows(clock).await[0][0].as_deref().and_then(|text| text.parse::<f64>().ok());
    let begun = read().await.expect("a time");
    session.run(format!("update {table} set a = a + 1, b = b + 1 where id between 1 and {ROWS}")).await;
    let ended = session.rows(clock).await[0][0].as_deref().and_then(|text| text.parse::<f64>().ok());
    ended.expect("a time") - begun
}
