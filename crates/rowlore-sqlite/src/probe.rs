//! The proof that capture works: a write of each kind, looked for among the events, and rolled back.

use rowlore::capture::{Capture, Filter, Rule};
use rowlore::change::Op;
use rowlore::declare::Operation;
use rowlore::engine::{Probe, Probed};
use rowlore::{Error, Result, TableName, quote_name};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, ffi, params_from_iter};

use crate::failure::{ours, words};
use crate::registry;
use crate::render::events_name;

const DOING: &str = "probe the capture";

/// Tries each operation that the table has rules for. SQLite has no truncate, so none is tried.
pub(crate) fn probe(connection: &Connection, table: &TableName) -> Result<Vec<Probe>> {
    if !connection.is_autocommit() {
        let message = "this connection is inside a transaction already";
        return Err(
            Error::request(message).hint("a probe is rolled back, and so needs a transaction of its own")
        );
    }
    // Rolled back when it is dropped, whatever happens.
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .map_err(ours("begin to write"))?;
    // It holds until the transaction ends: a probe may leave pointers to rows that are not there.
    transaction.execute_batch("pragma defer_foreign_keys = on").map_err(ours(DOING))?;
    let all = registry::registered(&transaction)?;
    let registered = registry::find(&all, table)?;
    let today = registered.table_now.as_ref().filter(|_| registered.active);
    let Some(today) = today else {
        return Err(
            Error::request(format!("{table} is not tracked any more")).hint("declare it and apply first")
        );
    };
    let prober = Prober::new(&transaction, today, &registered.installation.capture)?;
    let results = prober.results()?;
    let wanted = |(operation, _): &(Operation, Probed)| {
        registered.installation.capture.rules_on(*operation).next().is_some()
    };
    Ok(results.into_iter().filter(wanted).map(|(operation, result)| Probe { operation, result }).collect())
}

struct Prober<'a> {
    connection: &'a Connection,
    table: String,
    capture: &'a Capture,
    /// The columns that may be written.
    columns: Vec<String>,
}

/// A write that was made, or why it was not.
type Tried = std::result::Result<(), String>;

impl<'a> Prober<'a> {
    fn new(connection: &'a Connection, table: &TableName, capture: &'a Capture) -> Result<Self> {
        let sql = "select name from pragma_table_xinfo(?1, 'main') where hidden = 0 order by cid";
        let mut query = connection.prepare(sql).map_err(ours(DOING))?;
        let columns = query.query_map([&table.name], |row| row.get(0)).and_then(Iterator::collect);
        let table = format!("main.{}", quote_name(&table.name));
        Ok(Self { connection, table, capture, columns: columns.map_err(ours(DOING))? })
    }

    fn results(&self) -> Result<Vec<(Operation, Probed)>> {
        let (insert, update, delete) = (Operation::Insert, Operation::Update, Operation::Delete);
        if let Some(row) = self.first_row()? {
            let updated = self.update()?;
            let (deleted, gone) = self.delete()?;
            let inserted = match gone {
                Ok(()) => self.insert_again(&row)?,
                Err(why) => Probed::Unknown(format!("the row could not be deleted first: {why}")),
            };
            return Ok(vec![(insert, inserted), (update, updated), (delete, deleted)]);
        }
        let before = self.last_event()?;
        let sql = format!("insert into {} default values", self.table);
        match self.try_write(&sql, &[])? {
            Ok(()) => {
                let inserted = self.recorded(insert, before, None)?;
                let updated = self.update()?;
                Ok(vec![(insert, inserted), (update, updated), (delete, self.delete()?.0)])
            }
            Err(why) => {
                let unknown = format!("the table is empty, and no row of defaults can be inserted: {why}");
                Ok([insert, update, delete].map(|one| (one, Probed::Unknown(unknown.clone()))).into())
            }
        }
    }

    fn key(&self, comparison: impl Fn(&str) -> String) -> String {
        let key = &self.capture.key;
        key.iter().map(|name| comparison(&quote_name(name))).collect::<Vec<_>>().join(" and ")
    }

    /// Says which row is meant: the first in key order.
    fn the_row(&self) -> String {
        let key: Vec<String> = self.capture.key.iter().map(|name| quote_name(name)).collect();
        let first = |name: &str| {
            format!("{name} is (select {name} from {} order by {} limit 1)", self.table, key.join(", "))
        };
        self.key(first)
    }

    fn first_row(&self) -> Result<Option<Vec<Stored>>> {
        let columns: Vec<String> = self.columns.iter().map(|name| quote_name(name)).collect();
        let sql = format!("select {} from {} where {}", columns.join(", "), self.table, self.the_row());
        let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|index| row.get(index)).collect();
        self.connection.query_row(&sql, [], read).optional().map_err(ours(DOING))
    }

    /// Changes one column of the row and puts it back: one that is recorded and not of the key, as far as there is one.
    fn update(&self) -> Result<Probed> {
        let recorded = |name: &&String| {
            self.capture
                .rules_on(Operation::Update)
                .any(|rule| looks_at(rule, name) && rule.columns.contains(name))
        };
        let in_key = |name: &&String| self.capture.key.contains(name);
        let mut columns: Vec<&String> = self.columns.iter().filter(recorded).collect();
        columns.sort_by_key(in_key);
        let mut why = "no column that is recorded may be written".to_owned();
        for (name, value) in columns.iter().flat_map(|name| other_values(name).map(|value| (*name, value))) {
            let sql =
                format!("update {} set {} = {value} where {}", self.table, quote_name(name), self.the_row());
            self.connection.execute_batch("savepoint rowlore_probe").map_err(ours(DOING))?;
            let before = self.last_event()?;
            let result = match self.try_write(&sql, &[])? {
                Ok(()) => Some(self.recorded(Operation::Update, before, Some(name))?),
                Err(reason) => {
                    why = format!("no column could be changed; the last one tried: {reason}");
                    None
                }
            };
            let back = "rollback to rowlore_probe; release rowlore_probe";
            self.connection.execute_batch(back).map_err(ours(DOING))?;
            if let Some(result) = result {
                return Ok(result);
            }
        }
        Ok(Probed::Unknown(why))
    }

    fn delete(&self) -> Result<(Probed, Tried)> {
        let before = self.last_event()?;
        let sql = format!("delete from {} where {}", self.table, self.the_row());
        Ok(match self.try_write(&sql, &[])? {
            Ok(()) => (self.recorded(Operation::Delete, before, None)?, Ok(())),
            Err(why) => (Probed::Unknown(why.clone()), Err(why)),
        })
    }

    fn insert_again(&self, row: &[Stored]) -> Result<Probed> {
        let columns: Vec<String> = self.columns.iter().map(|name| quote_name(name)).collect();
        let marks: Vec<String> = (1..=row.len()).map(|index| format!("?{index}")).collect();
        let before = self.last_event()?;
        let sql =
            format!("insert into {} ({}) values ({})", self.table, columns.join(", "), marks.join(", "));
        match self.try_write(&sql, row)? {
            Ok(()) => self.recorded(Operation::Insert, before, None),
            Err(why) => Ok(Probed::Unknown(why)),
        }
    }

    /// What was refused says why, without values of the row: the text of a trigger of the user's own may hold some.
    fn try_write(&self, sql: &str, values: &[Stored]) -> Result<Tried> {
        match self.connection.execute(sql, params_from_iter(values)) {
            Ok(0) => Ok(Err("a trigger of the table's own kept the row from being written".to_owned())),
            Ok(_) => Ok(Ok(())),
            Err(error) if self.connection.is_autocommit() => Err(ours(DOING)(error)),
            Err(error) => Ok(Err(match error.sqlite_error() {
                Some(ffi::Error { extended_code: ffi::SQLITE_CONSTRAINT_TRIGGER, .. }) => {
                    "a trigger of the table's own refused it".to_owned()
                }
                _ => words(&error),
            })),
        }
    }

    fn last_event(&self) -> Result<i64> {
        let sql = "select last_event_id from rowlore_state";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(ours(DOING))
    }

    /// Whether every rule that had to record the write did.
    fn recorded(&self, operation: Operation, before: i64, changed: Option<&str>) -> Result<Probed> {
        let mut answers = Vec::new();
        for rule in self.capture.rules_on(operation) {
            let must = is_unconditional(rule) && changed.is_none_or(|name| looks_at(rule, name));
            answers.push((must, self.has_event(rule, operation, before)?));
        }
        Ok(if answers.iter().any(|(must, recorded)| *must && !recorded) {
            Probed::Missed
        } else if answers.iter().any(|(_, recorded)| *recorded) {
            Probed::Recorded
        } else {
            let why = "each of its trackers has a condition that the row that was tried does not meet";
            Probed::Unknown(why.to_owned())
        })
    }

    fn has_event(&self, rule: &Rule, operation: Operation, before: i64) -> Result<bool> {
        let op = Op::from_name(operation.name()).map(Op::letter).unwrap_or_default().to_string();
        let table = quote_name(&events_name(&rule.events));
        let sql = format!(
            "select exists (select 1 from main.{table} where rl_event_id > ?1 and rl_op = ?2 and rl_label = ?3)"
        );
        self.connection.query_row(&sql, (before, op, &rule.label), |row| row.get(0)).map_err(ours(DOING))
    }
}

/// Whether a rule records each write, as far as the columns that it looks at changed.
fn is_unconditional(rule: &Rule) -> bool {
    Filter { any_changed: None, ..rule.filter.clone() }.is_open()
}

fn looks_at(rule: &Rule, column: &str) -> bool {
    rule.filter.any_changed.as_ref().is_none_or(|names| names.iter().any(|name| name == column))
}

/// Values that a column does not have, to be tried in turn: constraints may refuse one and take another.
fn other_values(column: &str) -> [String; 2] {
    let name = quote_name(column);
    [
        format!(
            "case typeof({name}) when 'null' then 1 when 'text' then {name} || ' ' \
             when 'blob' then zeroblob(length({name}) + 1) else {name} + 1 end"
        ),
        // A column that holds 0 or 1, or may not be what was tried.
        format!("case typeof({name}) when 'integer' then 1 - {name} when 'null' then '1' end"),
    ]
}
