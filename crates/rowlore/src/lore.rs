//! The one handle: the stages strung together over an engine.

use jiff::Timestamp;
use serde_json::Value;

use crate::change::{Change, Op, Row};
use crate::declare::check::Declarations;
use crate::engine::{BackfillTurn, Engine};
use crate::found::Registered;
use crate::plan::{self, Plan};
use crate::read::{EventQuery, Moment, RowsAt};
use crate::{Error, Result, TableName, nearest};

/// rowlore over one database.
///
/// Each engine's crate shows how to get one; all else is here and the same for every engine.
#[derive(Debug, Clone)]
pub struct Lore<E> {
    engine: E,
}

/// Which part of a row's history; the default is all of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// At or after this moment.
    pub since: Option<Timestamp>,
    /// At or before this moment.
    pub until: Option<Timestamp>,
    /// Only the latest so many; none means all.
    pub limit: Option<usize>,
}

/// What is different between two states of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The row in the first state; none where it did not exist.
    pub old: Option<Row>,
    /// The row in the second state.
    pub new: Option<Row>,
    /// Each column with a different value, with both values; null where the row did not exist.
    pub changed: Vec<(String, Value, Value)>,
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

    /// The history of one row, oldest first, through changes of its key.
    ///
    /// The key is a row of its key columns. `limit` keeps the latest.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub async fn history(&self, table: &TableName, key: &Row, history: &History) -> Result<Vec<Change>> {
        let limit = history.limit.unwrap_or(usize::MAX);
        let mut newest_first: Vec<Change> = Vec::new();
        let mut query = EventQuery {
            tables: vec![table.clone()],
            key: Some(key.clone()),
            since: history.since,
            until: history.until,
            ..EventQuery::default()
        };
        while newest_first.len() < limit {
            query.limit = (limit - newest_first.len()).min(PAGE);
            let page = self.events(&query).await?;
            let full = page.len() == query.limit;
            for change in page {
                query.before = Some(change.event_id);
                let came_from = change.old_key.clone().filter(|_| Some(&change.key) == query.key.as_ref());
                newest_first.push(change);
                if came_from.is_some() {
                    // Before this event the row had another key: what is older stands there.
                    query.key = came_from;
                    query.not_with = query.before;
                    break;
                }
            }
            let moved =
                newest_first.last().is_some_and(|last| last.old_key.is_some() && last.old_key == query.key);
            if !full && !moved {
                break;
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    /// The rows of a table as they were at a moment.
    ///
    /// # Errors
    /// When the table has no event table that records every change, or the moment lies before its tracking.
    pub async fn rows_at(&self, query: &RowsAt) -> Result<Vec<Row>> {
        self.engine.rows_at(query).await
    }

    /// What is different about one row between two moments.
    ///
    /// # Errors
    /// As [`rows_at`](Self::rows_at).
    pub async fn diff(
        &self,
        table: &TableName,
        key: &Row,
        from: impl Into<Moment>,
        to: impl Into<Moment>,
    ) -> Result<Diff> {
        let at = |at| RowsAt { table: table.clone(), key: Some(key.clone()), at, limit: 1 };
        let old = self.rows_at(&at(from.into())).await?.pop();
        let new = self.rows_at(&at(to.into())).await?.pop();
        Ok(Diff::between(old, new))
    }

    /// The registered table that a person calls `name`.
    ///
    /// # Errors
    /// When nothing of that name is or was tracked; the hint names the nearest.
    pub async fn find(&self, name: &TableName) -> Result<Registered> {
        let all = self.registered().await?;
        let today = |one: &Registered| {
            one.table_now.clone().unwrap_or_else(|| one.installation.capture.table.clone())
        };
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

/// How many events are read at once while a history is put together.
const PAGE: usize = 1000;

impl Diff {
    /// Compares two states of a row, column by column, in the order of the newer one.
    pub fn between(old: Option<Row>, new: Option<Row>) -> Self {
        let value = |row: &Option<Row>, name: &str| {
            row.as_ref().and_then(|row| row.get(name)).cloned().unwrap_or(Value::Null)
        };
        let mut names: Vec<&String> = new.iter().flat_map(Row::keys).collect();
        names.extend(
            old.iter()
                .flat_map(Row::keys)
                .filter(|name| !new.as_ref().is_some_and(|new| new.contains_key(*name))),
        );
        let pairs = names.into_iter().map(|name| (name.clone(), value(&old, name), value(&new, name)));
        let changed = pairs.filter(|(_, old, new)| old != new).collect();
        Self { old, new, changed }
    }
}

impl Change {
    /// Whether the change left a row behind.
    pub fn leaves_row(&self) -> bool {
        !matches!(self.op, Op::Delete | Op::Truncate)
    }
}
