//! Rows written as a plan says, in one transaction: each only if it is what the plan takes it to be.

use rowlore::engine::Written;
use rowlore::revert::{Write, WriteAction, Writes};
use rowlore::{Context, Error, Result, Row, TableName, Value, quote_name};
use rusqlite::ffi::{
    SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID,
    SQLITE_CONSTRAINT_UNIQUE,
};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};

use crate::Sqlite;
use crate::failure::{ours, theirs};
use crate::read::live::{self, Column};
use crate::value;

const DOING: &str = "write the rows";

/// Writes all of it, or nothing.
///
/// # Errors
/// Of kind [`Retry`](rowlore::ErrorKind::Retry) when a row is not what its write expects. When a table or column is not
/// there, a value does not fit, or the database refuses a row.
pub(crate) fn write(engine: &Sqlite, writes: &Writes, context: &Context) -> Result<Written> {
    let written = engine.transaction(context.clone(), |transaction| {
        let connection = transaction.connection();
        // Ends with the transaction: rows that point at each other come in any order until then.
        connection.execute_batch("pragma defer_foreign_keys = on").map_err(ours(DOING))?;
        let mut writers: Vec<Writer<'_>> = Vec::new();
        for (index, write) in writes.rows.iter().enumerate() {
            let known = writers.iter().position(|writer| *writer.table == write.table);
            let known = match known {
                Some(known) => known,
                None => {
                    writers.push(Writer::new(connection, &write.table, writes.rows.len())?);
                    writers.len() - 1
                }
            };
            writers[known].write(index + 1, write)?;
        }
        let xid: Option<i64> = connection
            .query_row("select xid from rowlore_state", [], |row| row.get(0))
            .map_err(ours(DOING))?;
        let rows = u64::try_from(writes.rows.len()).unwrap_or(u64::MAX);
        Ok(Written { rows, xid: xid.and_then(|xid| u64::try_from(xid).ok()) })
    });
    written.map_err(passing)
}

/// What another row stands in the way of may go another time: the error says so.
fn passing(error: Error) -> Error {
    let source =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<rusqlite::Error>());
    let code = source.and_then(rusqlite::Error::sqlite_error).map(|error| error.extended_code);
    let hint = match code {
        Some(SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID) => {
            "another row has these values by now: plan again"
        }
        Some(SQLITE_CONSTRAINT_FOREIGNKEY) => {
            "a row that is pointed at is gone by now, or a row still points here: plan again"
        }
        _ => return error,
    };
    Error::retry(error.to_string()).hint(hint).caused_by(error)
}

/// Writes the rows of one table.
struct Writer<'a> {
    connection: &'a Connection,
    table: &'a TableName,
    columns: Vec<Column>,
    /// How many rows are written in all, of all tables.
    all: usize,
}

impl<'a> Writer<'a> {
    fn new(connection: &'a Connection, table: &'a TableName, all: usize) -> Result<Self> {
        Ok(Self { connection, table, columns: live::columns(connection, table)?, all })
    }

    fn write(&self, number: usize, write: &Write) -> Result<()> {
        let name = quote_name(&self.table.name);
        match &write.action {
            WriteAction::Insert(row) => {
                let (names, values) = self.given(row)?;
                let marks: Vec<String> = (1..=values.len()).map(|index| format!("?{index}")).collect();
                let sql = if names.is_empty() {
                    format!("insert into main.{name} default values")
                } else {
                    format!("insert into main.{name} ({}) values ({})", names.join(", "), marks.join(", "))
                };
                self.run(number, &sql, values)
            }
            WriteAction::Update { set, expect } => {
                let key = self.expected(number, &write.key, expect)?;
                let (names, mut values) = self.given(set)?;
                if names.is_empty() {
                    return Ok(());
                }
                let set: Vec<String> = names
                    .iter()
                    .enumerate()
                    .map(|(index, name)| format!("{name} = ?{}", index + 1))
                    .collect();
                let same = self.same_key(&write.key, values.len());
                values.extend(key);
                let sql = format!("update main.{name} set {} where {same}", set.join(", "));
                self.run(number, &sql, values)
            }
            WriteAction::Delete { expect } => {
                let key = self.expected(number, &write.key, expect)?;
                let sql = format!("delete from main.{name} where {}", self.same_key(&write.key, 0));
                self.run(number, &sql, key)
            }
        }
    }

    /// Makes sure that the row is what is expected; the values of its key, as they are stored. They are compared as
    /// they were recorded, in JSON: of a JSON text not even its spelling is known. Nobody else writes meanwhile.
    fn expected(&self, number: usize, key: &Row, expect: &Row) -> Result<Vec<Stored>> {
        if key.is_empty() {
            let message = format!("row {number} of {}, of {}, is named by no key", self.all, self.table);
            return Err(Error::request(message).hint("give every column of its key"));
        }
        for name in expect.keys() {
            live::find(&self.columns, name, self.table)?;
        }
        let names: Vec<String> = self.columns.iter().map(|column| quote_name(&column.name)).collect();
        let sql = format!(
            "select {} from main.{} where {} limit 2",
            names.join(", "),
            quote_name(&self.table.name),
            self.same_key(key, 0)
        );
        for values in self.keys(key)? {
            let mut query = self.connection.prepare_cached(&sql).map_err(ours(DOING))?;
            let mut rows = query.query(params_from_iter(&values)).map_err(ours(DOING))?;
            let Some(row) = rows.next().map_err(ours(DOING))? else { continue };
            let now = live::in_json(row, &self.columns).map_err(ours(DOING))?;
            let only_one = rows.next().map_err(ours(DOING))?.is_none();
            let is_expected = |column: &Column| {
                let (now, expected) = (now.get(&column.name), expect.get(&column.name));
                expected.is_none_or(|expected| {
                    now.is_some_and(|now| value::is_expected(now, expected, &column.declared))
                })
            };
            if only_one && self.columns.iter().all(is_expected) {
                return Ok(values);
            }
            break;
        }
        Err(self.changed_since(number))
    }

    /// What a key may be as stored, the likeliest first.
    fn keys(&self, key: &Row) -> Result<Vec<Vec<Stored>>> {
        let mut all: Vec<Vec<Stored>> = vec![Vec::new()];
        for (name, value) in key {
            let column = live::find(&self.columns, name, self.table)?;
            let mut meant = vec![self.stored(column, value)?];
            for other in value::meanings(value, &column.declared).into_iter().flatten() {
                if !meant.contains(&other) {
                    meant.push(other);
                }
            }
            let with = |one: &Vec<Stored>| {
                let parts = meant.iter().map(|value| [one.as_slice(), std::slice::from_ref(value)].concat());
                parts.collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
        }
        Ok(all)
    }

    /// A key whose values are bound after `before` others.
    fn same_key(&self, key: &Row, before: usize) -> String {
        let parts = key.keys().enumerate().map(|(index, name)| {
            let mark = before + index + 1;
            // The first finds the row by an index in the column's own order, the second tells `a` from `A`.
            format!("{0} is ?{mark} and {0} is ?{mark} collate binary", quote_name(name))
        });
        parts.collect::<Vec<_>>().join(" and ")
    }

    /// The columns to write, quoted, and their values; what the database computes is left to it.
    fn given(&self, row: &Row) -> Result<(Vec<String>, Vec<Stored>)> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (name, value) in row {
            let column = live::find(&self.columns, name, self.table)?;
            if !column.generated {
                names.push(quote_name(name));
                values.push(self.stored(column, value)?);
            }
        }
        Ok((names, values))
    }

    fn stored(&self, column: &Column, value: &Value) -> Result<Stored> {
        value::from_json(value, &column.declared).ok_or_else(|| live::wrong(column, self.table))
    }

    fn run(&self, number: usize, sql: &str, values: Vec<Stored>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(theirs(DOING))?;
        let doing = format!("write row {number} of {}, of {}", self.all, self.table);
        let count = statement.execute(params_from_iter(values)).map_err(theirs(&doing))?;
        if count == 1 { Ok(()) } else { Err(self.changed_since(number)) }
    }

    fn changed_since(&self, number: usize) -> Error {
        let (all, table) = (self.all, self.table);
        let message = format!(
            "row {number} of {all}, of {table}, is not what it was when this was planned; nothing is written"
        );
        Error::retry(message).hint("somebody changed it since: plan again")
    }
}
