//! Writing rows back: every write guarded by what the row must be until then, all in one transaction.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use rowlore::engine::Written;
use rowlore::revert::{Write, WriteAction, Writes};
use rowlore::{Context, Error, ErrorKind, Result, Row, TableName, Value};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::context::set_context;
use crate::dialect::table_sql;
use crate::error::failed;
use crate::table::{Column, Table};

/// How many writes go into one statement: what is bound for it must fit into memory on both sides.
const RUN_MAX: usize = 5_000;

/// Writes all rows in order, or none.
pub(crate) async fn write(
    client: &mut deadpool_postgres::ClientWrapper,
    writes: &Writes,
    context: &Context,
) -> Result<Written> {
    let mut transaction = client.transaction().await.map_err(failed("begin a transaction"))?;
    transaction
        .batch_execute(include_str!("../sql/write/begin.sql"))
        .await
        .map_err(failed("begin to write"))?;
    set_context(&transaction, context).await?;
    let mut tables: HashMap<&TableName, Table> = HashMap::new();
    for write in &writes.rows {
        if !tables.contains_key(&write.table) {
            tables.insert(&write.table, Table::read(&*transaction, &write.table).await?);
        }
    }
    let mut done = 0;
    for run in runs(&writes.rows) {
        let Some(table) = run.first().and_then(|write| tables.get(&write.table)) else { continue };
        let place = Place { first: done, all: writes.rows.len() };
        write_run(&mut transaction, table, run, place).await?;
        done += run.len();
    }
    let row = transaction.query_one("select pg_catalog.txid_current()::text", &[]).await;
    let xid: String = row.map_err(failed("read the transaction's number"))?.get(0);
    transaction.commit().await.map_err(|error| refused(error, "the rows that were written", ""))?;
    Ok(Written { rows: done as u64, xid: xid.parse().ok() })
}

/// Which writes of all these are, for messages.
#[derive(Clone, Copy)]
struct Place {
    first: usize,
    all: usize,
}

/// Consecutive writes that one statement can do: of one table and shape, each row once.
fn runs(writes: &[Write]) -> impl Iterator<Item = &[Write]> {
    let mut rest = writes;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let (mut keys, mut taken) = (HashSet::new(), HashSet::new());
        let fits = |write: &&Write| {
            // A row that comes to a key of another one, or leaves the key to which another comes, needs its order.
            let (key, to) = (text(&write.key), new_key(write));
            let alone = !taken.contains(&key) && to.as_ref().is_none_or(|to| !keys.contains(to));
            let fits = alone && same_shape(first, write) && keys.insert(key);
            taken.extend(to);
            fits
        };
        let length = rest.iter().take(RUN_MAX).take_while(fits).count();
        let (run, after) = rest.split_at(length.max(1));
        rest = after;
        Some(run)
    })
}

fn text(row: &Row) -> String {
    Value::Object(row.clone()).to_string()
}

/// The key that the row gets, where that is another one.
fn new_key(write: &Write) -> Option<String> {
    let WriteAction::Update { set, .. } = &write.action else { return None };
    let moves = set.keys().any(|name| write.key.contains_key(name));
    let value = |(name, value): (&String, &Value)| (name.clone(), set.get(name).unwrap_or(value).clone());
    moves.then(|| text(&write.key.iter().map(value).collect()))
}

fn same_shape(a: &Write, b: &Write) -> bool {
    let same = |a: &Row, b: &Row| a.keys().eq(b.keys());
    let actions = match (&a.action, &b.action) {
        (WriteAction::Insert(a), WriteAction::Insert(b)) => same(a, b),
        (WriteAction::Delete { expect: a }, WriteAction::Delete { expect: b }) => same(a, b),
        (
            WriteAction::Update { set: a, expect: a_expect },
            WriteAction::Update { set: b, expect: b_expect },
        ) => same(a, b) && same(a_expect, b_expect),
        _ => false,
    };
    actions && a.table == b.table && same(&a.key, &b.key)
}

/// One statement for the run; where rows of it stand in each other's way, one for each write.
async fn write_run(
    transaction: &mut Transaction<'_>,
    table: &Table,
    run: &[Write],
    place: Place,
) -> Result<()> {
    let statement = Statement::of(table, run)?;
    let unfit = if run.len() == 1 {
        // One row is written or not: there is nothing to go back to, and many such writes have no time for more.
        match statement.write(transaction).await {
            Ok(1) => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(error),
        }
    } else {
        let savepoint = transaction.savepoint("rl_run").await.map_err(failed("begin to write"))?;
        let unfit = match statement.write(&savepoint).await {
            Ok(written) if written == run.len() as u64 => {
                return savepoint.commit().await.map_err(failed("write rows"));
            }
            Ok(_) => None,
            Err(error) => Some(error),
        };
        savepoint.rollback().await.map_err(failed("write rows"))?;
        unfit
    };
    match unfit {
        Some(error) if run.len() > 1 && clashes(&error) => {
            for (index, write) in run.iter().enumerate() {
                let place = Place { first: place.first + index, ..place };
                Box::pin(write_run(transaction, table, std::slice::from_ref(write), place)).await?;
            }
            Ok(())
        }
        Some(error) => {
            let which = if run.len() == 1 {
                format!(" (row {} of {})", place.first + 1, place.all)
            } else {
                format!(" (one of rows {} to {} of {})", place.first + 1, place.first + run.len(), place.all)
            };
            Err(refused(error, &format!("rows of {}", table.name), &which))
        }
        None => {
            let row = transaction.query_one(&statement.first_unfit, &[&statement.records]).await;
            let first: Option<i64> = row.map_err(failed("look which row is not as expected"))?.get(0);
            let first = usize::try_from(first.unwrap_or(1)).unwrap_or(1);
            Err(Error::retry(format!(
                "row {} of {}, of {}, is not what it was when this was planned; nothing is written",
                place.first + first,
                place.all,
                table.name
            ))
            .hint(
                "plan again: somebody wrote to it since, or a trigger or policy keeps it from being written",
            ))
        }
    }
}

/// Whether one write of a run may have stood in the way of another.
fn clashes(error: &tokio_postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::UNIQUE_VIOLATION | &SqlState::EXCLUSION_VIOLATION | &SqlState::FOREIGN_KEY_VIOLATION)
    )
}

/// What the database said of writes it does not take.
fn refused(error: tokio_postgres::Error, what: &str, which: &str) -> Error {
    let Some(db) = error.as_db_error() else { return failed("write rows")(error) };
    let by = db.constraint().map(|name| format!(" by the constraint `{name}`")).unwrap_or_default();
    let (kind, hint) = match db.code() {
        &SqlState::UNIQUE_VIOLATION | &SqlState::EXCLUSION_VIOLATION => {
            (ErrorKind::Retry, "another row has these values by now: plan again")
        }
        &SqlState::FOREIGN_KEY_VIOLATION => (
            ErrorKind::Retry,
            "a row that is pointed at is gone by now, or a row still points here: plan again",
        ),
        &SqlState::CHECK_VIOLATION | &SqlState::NOT_NULL_VIOLATION => {
            (ErrorKind::Request, "the table's constraints changed since: leave these rows out")
        }
        &SqlState::GENERATED_ALWAYS => {
            (ErrorKind::Request, "a column that is generated always as identity can't be updated")
        }
        _ => return failed("write rows")(error),
    };
    Error::new(kind, format!("{what} are refused{by}{which}; nothing is written")).hint(hint)
}

/// The SQL of a run.
struct Statement {
    /// Does it; must change as many rows as there are writes.
    write: String,
    /// Gives the place in the run of the first row that is not as expected.
    first_unfit: String,
    /// The values, bound to both.
    records: String,
}

impl Statement {
    fn of(table: &Table, run: &[Write]) -> Result<Self> {
        let Some(first) = run.first() else { return Err(Error::bug("a run of no writes")) };
        let key = table.pick(first.key.keys())?;
        if key.is_empty() {
            return Err(Error::request(format!("a row of {} has no key", table.name)));
        }
        let none = Row::new();
        let (set, expect) = match &first.action {
            WriteAction::Insert(row) => (row, &none),
            WriteAction::Update { set, expect } => (set, expect),
            WriteAction::Delete { expect } => (&none, expect),
        };
        let is_insert = matches!(first.action, WriteAction::Insert(_));
        let set = table
            .pick(set.keys().chain(first.key.keys().filter(|name| is_insert && !set.contains_key(*name))))?;
        let set: Vec<&Column> = set.into_iter().filter(|column| !column.generated).collect();
        let expect = table.pick(expect.keys())?;
        let records: Vec<Value> = run.iter().map(|write| record(write, &key, &set, &expect)).collect();
        let columns = |prefix: &str, columns: &[&Column]| -> Vec<String> {
            let typed = |(place, column): (usize, &&Column)| format!("{prefix}{place} {}", column.kind);
            columns.iter().enumerate().map(typed).collect()
        };
        let typed = [columns("k", &key), columns("s", &set), columns("e", &expect)].concat().join(", ");
        // One row is announced as one, so that the planner looks it up.
        let (function, records) = match run {
            [_] => ("json_to_record", numbered(records).pop().unwrap_or_default()),
            _ => ("json_to_recordset", Value::Array(numbered(records))),
        };
        let from = format!(
            "pg_catalog.{function}($1::pg_catalog.text::pg_catalog.json) as m({typed}, rl_place pg_catalog.int8)"
        );
        let name = table_sql(&table.name);
        let same_key: Vec<String> = key
            .iter()
            .enumerate()
            .map(|(place, column)| format!("t.{} operator(pg_catalog.=) m.k{place}", column.quoted()))
            .collect();
        let as_expected = expect.iter().enumerate().map(|(place, column)| {
            let (is, was) = column.sides(&format!("t.{}", column.quoted()), &format!("m.e{place}"));
            format!("{is} is not distinct from {was}")
        });
        let found: Vec<String> = same_key.iter().cloned().chain(as_expected).collect();
        let found = found.join("\n  and ");
        let names: Vec<String> = set.iter().map(|column| column.quoted()).collect();
        let write = match &first.action {
            WriteAction::Insert(_) => {
                let values: Vec<String> = (0..set.len()).map(|place| format!("m.s{place}")).collect();
                format!(
                    "insert into {name} ({}) overriding system value\nselect {} from {from} order by m.rl_place",
                    names.join(", "),
                    values.join(", ")
                )
            }
            WriteAction::Update { .. } if set.is_empty() => {
                format!("select 1 from {name} t join {from} on {found} for update of t")
            }
            WriteAction::Update { .. } => {
                let pairs: Vec<String> =
                    names.iter().enumerate().map(|(place, name)| format!("{name} = m.s{place}")).collect();
                format!("update {name} t set {}\nfrom {from}\nwhere {found}", pairs.join(", "))
            }
            WriteAction::Delete { .. } => format!("delete from {name} t using {from}\nwhere {found}"),
        };
        let there = format!("exists (select from {name} t where {found})");
        let unfit = if is_insert { there } else { format!("not {there}") };
        let first_unfit = format!("select pg_catalog.min(m.rl_place) from {from}\nwhere {unfit}");
        Ok(Self { write, first_unfit, records: records.to_string() })
    }

    /// Does it; gives how many rows were written.
    async fn write(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
    ) -> std::result::Result<u64, tokio_postgres::Error> {
        transaction.execute_typed(&self.write, &[(&self.records, Type::TEXT)]).await
    }
}

fn record(write: &Write, key: &[&Column], set: &[&Column], expect: &[&Column]) -> Value {
    let none = Row::new();
    let (values, expected) = match &write.action {
        WriteAction::Insert(row) => (row, &none),
        WriteAction::Update { set, expect } => (set, expect),
        WriteAction::Delete { expect } => (&none, expect),
    };
    let mut values = values.clone();
    if matches!(write.action, WriteAction::Insert(_)) {
        for (name, value) in &write.key {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let mut record = Table::record("k", key, &write.key);
    record.extend(Table::record("s", set, &values));
    record.extend(Table::record("e", expect, expected));
    Value::Object(record)
}

/// Each record with its place in the run, from 1.
fn numbered(records: Vec<Value>) -> Vec<Value> {
    let number = |(place, mut record): (usize, Value)| {
        if let Value::Object(record) = &mut record {
            record.insert("rl_place".to_owned(), Value::from(place + 1));
        }
        record
    };
    records.into_iter().enumerate().map(number).collect()
}
