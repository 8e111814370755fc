//! Whatever happens to a table, what was captured is what happened.
//!
//! Statements are generated, run on the engine, and followed by a model that never looks at a trigger or an event:
//! it holds the rows, and says what each statement does to them. What was captured must be exactly that, and the
//! past read from it must be what the model held. A failing case is shrunk to the fewest statements that fail.

mod model;

mod statement;

mod work;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use rowlore::declare::TrackedTable;
use rowlore::read::{Moment, RowsAt};
use rowlore::{Change, Timestamp};
use tokio::runtime::Runtime;

use self::model::{Happened, Model};
use self::statement::Kind;
use self::work::{Unit, work};
use crate::db::{Db, wanted};
use crate::subject::Fresh;

/// Cases of each property, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 64;

/// What proptest does by default, by which we see that nobody asked for another number.
const CASES_OF_PROPTEST: u32 = 256;

pub(super) fn captured_is_what_happened(runtime: &Runtime, fresh: Fresh) {
    holds(runtime, fresh, Setting { kind: Kind::PrimaryKey, seeded: false });
}

pub(super) fn captured_while_the_baseline_is_pending(runtime: &Runtime, fresh: Fresh) {
    holds(runtime, fresh, Setting { kind: Kind::PrimaryKey, seeded: true });
}

/// Keys that no constraint guards, so that one statement may move rows over each other's keys.
pub(super) fn overlapping_keys(runtime: &Runtime, fresh: Fresh) {
    holds(runtime, fresh, Setting { kind: Kind::BareKey, seeded: false });
}

#[derive(Clone, Copy)]
struct Setting {
    kind: Kind,
    /// Whether there are rows from before the tracking, and no backfill.
    seeded: bool,
}

fn holds(runtime: &Runtime, fresh: Fresh, setting: Setting) {
    let default = Config::default();
    let cases = if default.cases == CASES_OF_PROPTEST { CASES } else { default.cases };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..default });
    let cases = prop::collection::vec(work(setting.kind), 1..8);
    let result = runner.run(&cases, |units| {
        runtime.block_on(one_case(fresh, setting, &units));
        Ok(())
    });
    if let Err(TestError::Fail(why, units)) = result {
        panic!("{why}\nthe smallest case found:\n{units:#?}");
    }
    result.map_or_else(|error| panic!("{error}"), |()| ());
}

async fn one_case(fresh: Fresh, setting: Setting, units: &[Unit]) {
    let db = Db::open(fresh, "oracle").await;
    db.run(setting.kind.create_table()).await;
    let mut model = Model::default();
    if setting.seeded {
        db.run("insert into t (id, name, n) values (0, 'a', 0), (1, 'b', null), (2, null, 2), (100, 'a', 3)")
            .await;
        model = Model::seeded();
    }
    let declared = || TrackedTable::new("t").key(["id"]);
    if setting.seeded {
        db.apply([declared()]).await
    } else {
        track(&db, declared).await
    };
    let mut log = Log { replayed: model.by_key(), ..Log::default() };
    for unit in units {
        unit.run(&db, &mut model, &mut log.expected).await;
        log.compare(&db, unit).await;
        log.compare_past(&db, &model, setting.seeded).await;
    }
    log.compare_moments(&db).await;
    // From then on rows that nothing happened to are known too.
    db.backfill_all().await;
    log.compare_after_each_statement(&db).await;
}

async fn track(db: &Db, declared: impl Fn() -> TrackedTable) -> rowlore::plan::Plan {
    db.track([declared()]).await;
    rowlore::plan::Plan::default()
}

/// What should have been captured so far, and what the table held at the moments that can be told apart.
#[derive(Default)]
struct Log {
    /// For each statement what it did to its rows; the order within a statement is nobody's promise.
    expected: Vec<Vec<Happened>>,
    seen: usize,
    last_id: i64,
    moments: Vec<(Timestamp, Vec<rowlore::Row>)>,
    /// What `expected` makes of the rows that were there.
    replayed: BTreeMap<i64, rowlore::Row>,
    /// The last event of each statement, and the rows right after it.
    statements: Vec<(i64, BTreeMap<i64, rowlore::Row>)>,
}

impl Log {
    async fn compare(&mut self, db: &Db, unit: &Unit) {
        let events: Vec<Change> =
            db.events("t").await.into_iter().filter(|event| event.event_id > self.last_id).collect();
        let mut captured = events.iter();
        for statement in &self.expected[self.seen..] {
            let mut should: Vec<String> = statement.iter().map(Happened::text).collect();
            let of_it: Vec<&Change> = captured.by_ref().take(should.len()).collect();
            let mut did: Vec<String> = of_it.iter().map(|event| Happened::from_event(event).text()).collect();
            should.sort();
            did.sort();
            assert_eq!(did, should, "captured (left) is not what happened (right) in {unit:?}");
            baselines_come_first(&of_it);
            Happened::replay(statement, &mut self.replayed);
            if let Some(last) = of_it.iter().map(|event| event.event_id).max() {
                self.statements.push((last, self.replayed.clone()));
            }
        }
        let rest: Vec<String> = captured.map(|event| Happened::from_event(event).text()).collect();
        assert_eq!(rest, [""; 0], "captured although it did not happen in {unit:?}");
        self.seen = self.expected.len();
        self.last_id = events.last().map_or(self.last_id, |event| event.event_id);
    }

    /// Right after a commit, the past at the time of its last event is the present.
    async fn compare_past(&mut self, db: &Db, model: &Model, pending: bool) {
        let Some(last) = db.events("t").await.last().map(|event| event.at) else { return };
        match db.past("t", last).await {
            Ok(rows) => {
                assert_eq!(rows, model.rows(), "the rows at {last}");
                self.moments.push((last, rows));
            }
            // Refused while the baseline is not complete: honest, where an answer would lack rows.
            Err(error) => assert!(pending && error.kind() == rowlore::ErrorKind::Request, "{error}"),
        }
    }

    /// And it stays what it was, unless the next change shares its time.
    async fn compare_moments(&self, db: &Db) {
        for pair in self.moments.windows(2) {
            if pair[0].0 < pair[1].0 {
                assert_eq!(db.rows_at("t", pair[0].0).await, pair[0].1, "the rows at {}, later", pair[0].0);
            }
        }
    }
}

impl Log {
    /// Whatever came later, the past right after an event is what the statement left; of one row as of the table.
    async fn compare_after_each_statement(&self, db: &Db) {
        let table = db.table("t").await;
        let ask = async |event, key| {
            let query = RowsAt { table: table.clone(), key, at: Moment::After(event), limit: 1000 };
            wanted("rows_at", db.lore.rows_at(&query).await)
        };
        for (index, (event, rows)) in self.statements.iter().enumerate() {
            let all: Vec<rowlore::Row> = rows.values().cloned().collect();
            assert_eq!(ask(*event, None).await, all, "the rows after event {event}");
            let id = i64::try_from(index % 6).unwrap_or_default();
            let one: Vec<rowlore::Row> = rows.get(&id).cloned().into_iter().collect();
            let key = rowlore::Row::from_iter([("id".to_owned(), id.into())]);
            assert_eq!(ask(*event, Some(key)).await, one, "the row {id} after event {event}");
        }
    }
}

fn baselines_come_first(of_one_statement: &[&Change]) {
    for (index, event) in of_one_statement.iter().enumerate() {
        let key = event.old_key.as_ref().unwrap_or(&event.key);
        let later = &of_one_statement[index + 1..];
        let late = later.iter().any(|later| later.op == rowlore::Op::Baseline && later.key == *key);
        assert!(!late, "the baseline of {key:?} comes after its change");
    }
}
