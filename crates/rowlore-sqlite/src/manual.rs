//! Events that a program makes itself: of a row, under a label declared for that.

use rowlore::capture::{Capture, EventTable, ManualRule};
use rowlore::declare::ContextForm;
use rowlore::found::Registered;
use rowlore::{Context, Error, Lore, Result, Row, TableName, Tracked, Value, nearest, quote_name};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;

use crate::context::Transaction;
use crate::failure::{ours, theirs};
use crate::registry::{self, name_today};
use crate::render::{events_name, fill};
use crate::rule::{beside, following};
use crate::{Sqlite, value};

const DOING: &str = "record an event";

impl Transaction<'_> {
    /// Records an event of a row under a label declared for that, with the context of this scope; gives its number.
    ///
    /// `row` holds the key and what the event shall say other than the table does: columns that are left out have the
    /// value that stands in the table, or null where there is no such row.
    ///
    /// # Errors
    /// A request error when the table has no such label, a column is not the table's, the key is not complete, or a
    /// value does not fit its column.
    pub fn create_event(&self, table: &TableName, label: &str, row: &Row) -> Result<i64> {
        let made = self.create_events(table, label, std::slice::from_ref(row))?;
        made.first().copied().ok_or_else(|| Error::bug("an event was made and has no number"))
    }

    /// As [`create_event`](Self::create_event), for many rows; gives the numbers in the order of the rows.
    ///
    /// # Errors
    /// As there; then none of them is recorded.
    pub fn create_events(&self, table: &TableName, label: &str, rows: &[Row]) -> Result<Vec<i64>> {
        self.savepoint(|tx| {
            let registered = registry::registered(tx.connection())?;
            Maker::new(tx.connection(), &registered, table, label)?.make(rows)
        })
    }

    /// As [`create_event`](Self::create_event), of a program's own struct: all its fields are what the event says.
    ///
    /// # Errors
    /// As there, or when the struct does not serialise to an object.
    pub fn create_event_of<T: Tracked + Serialize>(&self, row: &T, label: &str) -> Result<i64> {
        let (table, row) = row_of(row)?;
        self.create_event(&table, label, &row)
    }
}

/// Events that a program makes itself outside of a transaction: each call is one of its own, without a context.
pub trait ManualEvents {
    /// See [`Transaction::create_event`].
    ///
    /// # Errors
    /// As there, and as [`Sqlite::transaction`].
    fn create_event(&self, table: &TableName, label: &str, row: &Row) -> Result<i64>;

    /// See [`Transaction::create_events`].
    ///
    /// # Errors
    /// As there, and as [`Sqlite::transaction`].
    fn create_events(&self, table: &TableName, label: &str, rows: &[Row]) -> Result<Vec<i64>>;

    /// See [`Transaction::create_event_of`].
    ///
    /// # Errors
    /// As there, and as [`Sqlite::transaction`].
    fn create_event_of<T: Tracked + Serialize>(&self, row: &T, label: &str) -> Result<i64>;
}

impl ManualEvents for Sqlite {
    fn create_event(&self, table: &TableName, label: &str, row: &Row) -> Result<i64> {
        self.transaction(Context::default(), |tx| tx.create_event(table, label, row))
    }

    fn create_events(&self, table: &TableName, label: &str, rows: &[Row]) -> Result<Vec<i64>> {
        self.transaction(Context::default(), |tx| tx.create_events(table, label, rows))
    }

    fn create_event_of<T: Tracked + Serialize>(&self, row: &T, label: &str) -> Result<i64> {
        self.transaction(Context::default(), |tx| tx.create_event_of(row, label))
    }
}

impl ManualEvents for Lore<Sqlite> {
    fn create_event(&self, table: &TableName, label: &str, row: &Row) -> Result<i64> {
        self.engine().create_event(table, label, row)
    }

    fn create_events(&self, table: &TableName, label: &str, rows: &[Row]) -> Result<Vec<i64>> {
        self.engine().create_events(table, label, rows)
    }

    fn create_event_of<T: Tracked + Serialize>(&self, row: &T, label: &str) -> Result<i64> {
        self.engine().create_event_of(row, label)
    }
}

fn row_of<T: Tracked + Serialize>(row: &T) -> Result<(TableName, Row)> {
    let unfit = || Error::request(format!("a {} is no row of {}", std::any::type_name::<T>(), T::TABLE));
    let table = TableName::parse(T::TABLE).ok_or_else(unfit)?;
    match serde_json::to_value(row).map_err(|error| unfit().caused_by(error))? {
        Value::Object(row) => Ok((table, row)),
        _ => Err(unfit()),
    }
}

/// Makes the events of one label of one table.
struct Maker<'a> {
    connection: &'a Connection,
    table: &'a TableName,
    capture: &'a Capture,
    events: &'a EventTable,
    rule: &'a ManualRule,
}

impl<'a> Maker<'a> {
    fn new(
        connection: &'a Connection,
        registered: &'a [Registered],
        table: &TableName,
        label: &str,
    ) -> Result<Self> {
        let one = registry::find(registered, table)?;
        let (table, capture) = (name_today(one), &one.installation.capture);
        if !one.active || one.table_now.is_none() {
            return Err(
                Error::request(format!("{table} is not tracked any more")).hint("declare it and apply first")
            );
        }
        let rule = capture.manual_rule(label).ok_or_else(|| no_such_label(capture, table, label))?;
        let events = capture
            .event_table(&rule.events)
            .ok_or_else(|| Error::bug(format!("{table} has no event table {}", rule.events)))?;
        Ok(Self { connection, table, capture, events, rule })
    }

    fn make(&self, rows: &[Row]) -> Result<Vec<i64>> {
        let connection = self.connection;
        let count = "update rowlore_state set last_event_id = last_event_id + 1 returning last_event_id";
        let mut count = connection.prepare_cached(count).map_err(ours(DOING))?;
        let mut insert = connection.prepare(&self.sql()).map_err(ours(DOING))?;
        let mut made = Vec::with_capacity(rows.len());
        for row in rows {
            let values = self.values(row)?;
            made.push(count.query_row([], |row| row.get(0)).map_err(ours(DOING))?);
            insert.execute(params_from_iter(values)).map_err(theirs(DOING))?;
        }
        Ok(made)
    }

    /// One statement for every row: [`values`](Self::values) binds the label, the key, and of each recorded column
    /// whether it is given, and its value.
    fn sql(&self) -> String {
        let key = &self.capture.key;
        let same_key = key.iter().enumerate();
        let same_key: Vec<String> =
            same_key.map(|(index, name)| format!("t.{} = ?{}", quote_name(name), index + 2)).collect();
        let first = key.len() + 2;
        let value = |(index, name): (usize, &String)| {
            let given = first + index * 2;
            format!("iif(?{given}, ?{}, t.{})", given + 1, quote_name(name))
        };
        let (own_columns, own_values) = beside(self.events);
        let names = self.rule.columns.iter().map(|name| quote_name(name)).chain(own_columns);
        let values = self.rule.columns.iter().enumerate().map(value).chain(own_values);
        let by_reference = self.events.context == ContextForm::Reference;
        fill(
            include_str!("../sql/tracked/manual.sql"),
            &[
                ("events", &quote_name(&events_name(&self.events.name))),
                ("columns", &following(names)),
                ("values", &following(values)),
                ("context_id", if by_reference { "rowlore_state.context_id" } else { "null" }),
                ("table", &quote_name(&self.table.name)),
                ("same_key", &same_key.join(" and ")),
            ],
        )
    }

    fn values(&self, row: &Row) -> Result<Vec<Stored>> {
        let columns = || self.capture.columns.iter().map(|column| column.name.as_str());
        if let Some(name) = row.keys().find(|name| !columns().any(|known| known == *name)) {
            let error = Error::request(format!("{} has no column `{name}`", self.table));
            return Err(match nearest(name, columns()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("there are: {}", columns().collect::<Vec<_>>().join(", "))),
            });
        }
        let mut values = vec![Stored::Text(self.rule.label.clone())];
        for name in &self.capture.key {
            let given = row.get(name).filter(|value| !value.is_null());
            // Where an event does not say of which row it is, a program need not know it either.
            if given.is_none() && !self.events.key.is_empty() {
                let key = self.capture.key.join(", ");
                return Err(Error::request(format!("the key of {} is made of: {key}", self.table))
                    .hint("each row needs all of it, and none may be null"));
            }
            values.push(given.map_or(Ok(Stored::Null), |value| self.stored(name, value))?);
        }
        for name in &self.rule.columns {
            let given = row.get(name);
            values.push(Stored::Integer(given.is_some().into()));
            values.push(given.map_or(Ok(Stored::Null), |value| self.stored(name, value))?);
        }
        Ok(values)
    }

    fn stored(&self, name: &str, given: &Value) -> Result<Stored> {
        let declared = self.capture.column(name).map_or("", |column| column.event_type.as_str());
        value::given(given, declared).ok_or_else(|| {
            let wanted = declared.to_lowercase();
            let message = format!("`{name}` of {} is {wanted}, and what was given for it is not", self.table);
            Error::request(message).hint(format!("give a value of the type {wanted}"))
        })
    }
}

fn no_such_label(capture: &Capture, table: &TableName, label: &str) -> Error {
    let known: Vec<&str> = capture.manual.iter().map(|rule| rule.label.as_str()).collect();
    if known.is_empty() {
        return Error::request(format!("{table} has no labels of events that a program makes itself"))
            .hint("declare a tracker with manual = true and a label, and apply");
    }
    let message = format!("{table} has no label `{label}` of events that a program makes itself");
    Error::request(message).hint(format!("there are: {}", known.join(", ")))
}
