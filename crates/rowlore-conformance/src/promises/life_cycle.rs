//! The life of a tracked table, from the first plan to the last and beyond, in one table of situations: applied,
//! written to, columns added, dropped and retyped, renamed, released, tracked again. Nothing recorded is ever lost.

mod shape;

use rowlore::Change;
use rowlore::declare::Operation::{Insert, Update};
use rowlore::declare::{Columns, Condition, TrackedTable, Tracker};
use rowlore::plan::Action;

use self::shape::Shape;
use crate::db::{Db, wanted};

/// One kind of table, and how it is tracked.
struct Situation {
    name: &'static str,
    shape: fn() -> Shape,
    declared: fn(TrackedTable) -> TrackedTable,
    /// Events of an insert, an update of `body` and a delete.
    events: [usize; 3],
    /// Whether columns added later are recorded.
    follows_columns: bool,
}

const SITUATIONS: [Situation; 8] = [
    Situation {
        name: "simple",
        shape: Shape::simple,
        declared: |table| table,
        events: [1, 1, 1],
        follows_columns: true,
    },
    Situation {
        name: "composite key",
        shape: Shape::composite,
        declared: |table| table,
        events: [1, 1, 1],
        follows_columns: true,
    },
    Situation {
        name: "mixed case, spaces and reserved words",
        shape: Shape::hostile,
        declared: |table| table,
        events: [1, 1, 1],
        follows_columns: true,
    },
    Situation {
        name: "an event table of its own name",
        shape: Shape::simple,
        declared: |table| table.tracker(Tracker::default().events("My History")),
        events: [1, 1, 1],
        follows_columns: true,
    },
    Situation {
        name: "several trackers in one event table",
        shape: Shape::simple,
        declared: |table| {
            let body = Condition::AnyChanged(Columns::only(["body"]));
            table.tracker(Tracker::default()).tracker(Tracker::new("body").condition(body))
        },
        events: [1, 2, 1],
        follows_columns: true,
    },
    Situation {
        name: "several event tables",
        shape: Shape::simple,
        declared: |table| {
            let born =
                Tracker::new("born").on([Insert, Update]).columns(Columns::only(["body"])).events("born");
            table.tracker(Tracker::default()).tracker(born)
        },
        events: [2, 2, 1],
        follows_columns: true,
    },
    Situation {
        name: "a choice of columns",
        shape: Shape::simple,
        declared: |table| table.only(["body", "amount"]),
        events: [1, 1, 1],
        follows_columns: false,
    },
    Situation {
        name: "all columns but one",
        shape: Shape::simple,
        declared: |table| table.except(["note"]),
        events: [1, 1, 1],
        follows_columns: true,
    },
];

pub(super) async fn every_situation(db: &Db) {
    for (number, situation) in SITUATIONS.iter().enumerate() {
        // All in one database: what one situation leaves behind must not disturb the next.
        let shape = (situation.shape)().called(&format!("{} {number}", situation.name));
        let mut life = Life { db, situation, shape, seen: 0 };
        life.begin().await;
        life.add_a_column().await;
        life.drop_a_column().await;
        life.widen_a_column().await;
        life.change_a_type().await;
        life.rename().await;
        life.release_and_track_again().await;
    }
}

struct Life<'a> {
    db: &'a Db,
    situation: &'a Situation,
    shape: Shape,
    /// How many events there have been.
    seen: usize,
}

impl Life<'_> {
    async fn begin(&mut self) {
        self.db.run(self.shape.create()).await;
        self.db.run(self.shape.insert(1, "from before")).await;
        self.apply("the first apply", true).await;
        self.db.backfill_all().await;
        self.db.settled(self.declarations()).await;
        let baseline = self.new_events().await;
        assert_eq!(baseline.len(), 1, "{}: one baseline", self.situation.name);
        self.write("a new table").await;
    }

    async fn add_a_column(&mut self) {
        self.db.run(self.shape.add("extra", "text")).await;
        self.apply("a column was added", self.situation.follows_columns).await;
        self.write("a column was added").await;
        self.db.run(self.shape.update(1, "extra", "'filled'")).await;
        let recorded: Vec<Change> = self.new_events().await;
        let has = |event: &Change| {
            event.new.as_ref().is_some_and(|row| row.get("extra").is_some_and(|x| x == "filled"))
        };
        assert_eq!(recorded.iter().any(has), self.situation.follows_columns, "{}", self.situation.name);
    }

    async fn drop_a_column(&mut self) {
        let before = self.events().await;
        let in_place = self.db.words.alters_in_place;
        self.db.run(self.shape.drop("extra", in_place)).await;
        let follows = self.situation.follows_columns;
        self.apply("a column was dropped", follows || !in_place).await;
        let after = self.events().await;
        assert_eq!(images(&after), images(&before), "{}: history of a dropped column", self.situation.name);
        self.write("a column was dropped").await;
    }

    async fn widen_a_column(&mut self) {
        let before = self.events().await;
        self.db.run(self.shape.retype("amount", "bigint", "amount", self.db.words.alters_in_place)).await;
        self.apply("integer became bigint", true).await;
        self.kept(&before, "amount").await;
        self.write("integer became bigint").await;
        self.db.run(self.shape.update(1, "amount", "5000000000")).await;
        self.recorded("amount", 5_000_000_000_i64.into()).await;
    }

    async fn change_a_type(&mut self) {
        let before = self.events().await;
        self.db
            .run(self.shape.retype("amount", "text", "'#' || amount", self.db.words.alters_in_place))
            .await;
        self.apply("bigint became text", true).await;
        self.kept(&before, "amount").await;
        self.write("bigint became text").await;
        self.db.run(self.shape.update(1, "amount", "'many'")).await;
        self.recorded("amount", "many".into()).await;
    }

    /// What was recorded of a column is still there, if need be under another name.
    async fn kept(&self, before: &[Change], column: &str) {
        let after = self.events().await;
        assert_eq!(after.len(), before.len());
        let image = |event: &Change| event.new.clone().or_else(|| event.old.clone()).unwrap_or_default();
        for (before, after) in before.iter().zip(&after) {
            let Some(value) = image(before).get(column).cloned() else { continue };
            let after = image(after);
            assert!(
                after.values().any(|one| *one == value),
                "{}: {value} is lost: {after:?}",
                self.situation.name
            );
        }
    }

    async fn recorded(&mut self, column: &str, value: rowlore::Value) {
        let events = self.new_events().await;
        // A column of another type makes a new baseline: the old image may come first.
        let change = events.iter().find(|event| event.op != rowlore::Op::Baseline);
        let new = change.and_then(|event| event.new.as_ref());
        assert_eq!(new.and_then(|row| row.get(column)), Some(&value), "{}", self.situation.name);
    }

    async fn rename(&mut self) {
        let before = self.events().await;
        let name = format!("{} renamed", self.shape.table);
        self.db.run(self.shape.rename(&name)).await;
        self.apply("the table was renamed", true).await;
        assert_eq!(images(&self.events().await), images(&before), "{}: history follows", self.situation.name);
        self.write("the table was renamed").await;
    }

    async fn release_and_track_again(&mut self) {
        let before = self.events().await;
        let plan = wanted("a plan", self.db.plan([]).await);
        assert!(!plan.is_empty());
        wanted("release", self.db.lore.apply(&plan).await);
        self.db.settled([]).await;
        self.db.run(self.shape.insert(50, "unseen")).await;
        self.db.run(self.shape.delete(50)).await;
        assert_eq!(
            images(&self.events().await),
            images(&before),
            "{}: released, history stays",
            self.situation.name
        );
        self.apply("tracked again", true).await;
        assert_eq!(images(&self.events().await), images(&before), "{}: tracked again", self.situation.name);
        self.db.backfill_all().await;
        self.db.settled(self.declarations()).await;
        self.new_events().await;
        self.write("tracked again").await;
        let plan = wanted("a plan", self.db.plan([]).await);
        wanted("release", self.db.lore.apply(&plan).await);
    }

    fn declarations(&self) -> [TrackedTable; 1] {
        [(self.situation.declared)(TrackedTable::new(self.shape.declared()))]
    }

    async fn apply(&self, after: &str, must_have_steps: bool) {
        let plan = self.db.apply(self.declarations()).await;
        let told = rowlore::plan::explain::explain(&plan, false);
        if must_have_steps {
            assert!(!plan.is_empty(), "{}: no step although {after}", self.situation.name);
        } else {
            let alters = |step: &rowlore::plan::Step| {
                matches!(step.action, Action::CreateEvents(_) | Action::AlterEvents(..))
            };
            assert!(
                !plan.steps().iter().any(alters),
                "{}: {after}, and is not recorded:\n{told}",
                self.situation.name
            );
        }
    }

    /// Writes in each way; each must be recorded as often as the situation says.
    async fn write(&mut self, when: &str) {
        let statements =
            [self.shape.insert(9, "a"), self.shape.update(9, "body", "'b'"), self.shape.delete(9)];
        for (sql, wanted) in statements.iter().zip(self.situation.events) {
            self.db.run(sql).await;
            let recorded = self.new_events().await;
            let story = crate::story(&recorded);
            assert_eq!(recorded.len(), wanted, "{}, {when}: {sql}: {story:#?}", self.situation.name);
        }
    }

    async fn events(&self) -> Vec<Change> {
        self.db.events(&self.shape.table).await
    }

    async fn new_events(&mut self) -> Vec<Change> {
        let all = self.events().await;
        let new = all[self.seen.min(all.len())..].to_vec();
        self.seen = all.len();
        new
    }
}

/// What was recorded of the rows, with columns that hold nothing left out: later columns are null in older events.
fn images(events: &[Change]) -> Vec<String> {
    let image = |event: &Change| {
        let row = event.new.as_ref().or(event.old.as_ref());
        let mut values: Vec<String> = row
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        values.sort();
        format!("{} {} {}", event.event_id, event.label, values.join(" "))
    };
    events.iter().map(image).collect()
}
