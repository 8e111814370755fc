//! The one handle: the stages strung together over an engine.

mod history;

mod past;

mod related;

mod undo;

use crate::change::{Change, Op};
use crate::declare::check::Declarations;
use crate::engine::{BackfillTurn, Engine};
use crate::found::Registered;
use crate::plan::{self, Plan};
use crate::read::EventQuery;
use crate::{Error, Result, TableName, Value, nearest};

pub use history::History;
pub use past::Diff;

/// rowlore over one database.
///
/// Each engine's crate shows how to get one; all else is here and the same for every engine.
#[derive(Debug, Clone)]
pub struct Lore<E> {
    engine: E,
}

impl<E: Engine> Lore<E> {
    /// A handle over this engine. Nothing is read or written yet.
    pub fn new(engine: E) -> Self {
        Self { engine }
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// What has to be done so that the database is what is declared. Changes nothing.
    ///
    /// # Errors
    /// When the database can't be read, or what is declared can't be tracked there.
    pub async fn plan(&self, declarations: &Declarations) -> Result<Plan> {
        let found = self.engine.inspect(declarations).await?;
        Ok(plan::plan(declarations, &found, self.engine.dialect())?)
    }

    /// What has to be done so that nothing is captured any more. History stays.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn plan_uninstall(&self) -> Result<Plan> {
        self.plan(&Declarations::default()).await
    }

    /// Runs a plan: all of it or nothing.
    ///
    /// # Errors
    /// When the database refuses a step, or a lock can't be had in time.
    pub async fn apply(&self, plan: &Plan) -> Result<()> {
        if plan.is_empty() { Ok(()) } else { self.engine.apply(plan).await }
    }

    /// What is tracked, or was.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn registered(&self) -> Result<Vec<Registered>> {
        self.engine.registered().await
    }

    /// Records the rows of `table` from before its tracking, `rows_max` at a time, until none is left; `seen` hears
    /// of each turn. Can be stopped at any moment and called again.
    ///
    /// # Errors
    /// When the table is not tracked or the database fails; what was recorded stays recorded.
    pub async fn backfill(
        &self,
        table: &TableName,
        rows_max: usize,
        mut seen: impl FnMut(&BackfillTurn),
    ) -> Result<()> {
        loop {
            let turn = self.engine.backfill(table, rows_max).await?;
            seen(&turn);
            if turn.finished {
                break;
            }
        }
        // From here on triggers need not look for rows without an event.
        let found = self.engine.inspect(&Declarations::default()).await?;
        self.apply(&plan::plan_again(table, &found, self.engine.dialect())).await
    }

    /// Events across tables, newest first.
    ///
    /// # Errors
    /// When a table was never tracked, the key does not fit it, or the database fails.
    pub async fn events(&self, query: &EventQuery) -> Result<Vec<Change>> {
        Ok(self.engine.events(query).await?.into_iter().map(Change::from).collect())
    }

    /// The registered table that a person calls `name`.
    ///
    /// # Errors
    /// When nothing of that name is or was tracked; the hint names the nearest.
    pub async fn find(&self, name: &TableName) -> Result<Registered> {
        let all = self.registered().await?;
        let wanted = |one: &&Registered| {
            let today = today(one);
            today == *name || (name.schema.is_empty() && today.name == name.name)
        };
        if let Some(found) = all.iter().find(wanted) {
            return Ok(found.clone());
        }
        let error = Error::request(format!("{name} is not tracked"));
        let known: Vec<String> = all.iter().map(|one| today(one).to_string()).collect();
        Err(match nearest(&name.to_string(), known.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => error.hint("nothing is tracked here yet: see `rowlore init`"),
            None => error.hint(format!("tracked are: {}", known.join(", "))),
        })
    }
}

/// What the table is called today; of one that is gone, what it was called.
fn today(one: &Registered) -> TableName {
    one.table_now.clone().unwrap_or_else(|| one.installation.capture.table.clone())
}

impl Change {
    /// Whether the change left a row behind.
    pub fn leaves_row(&self) -> bool {
        !matches!(self.op, Op::Delete | Op::Truncate)
    }

    /// The changed columns with the value before and the value after; none unless both images are there.
    pub fn diff(&self) -> Vec<(&str, &Value, &Value)> {
        let (Some(old), Some(new)) = (&self.old, &self.new) else { return Vec::new() };
        let names = self.changed.iter().flatten();
        names.filter_map(|name| Some((name.as_str(), old.get(name)?, new.get(name)?))).collect()
    }
}
