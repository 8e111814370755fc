//! Events that a program makes itself, by the function that the plan installs for each table with such labels.

use rowlore::{Error, Result, Row, TableName, Tracked, quote_name};
use serde::Serialize;
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use crate::dialect::manual_function;
use crate::error::{failed, refused};

/// Records an event of a row under a label declared for that, in the transaction that `client` is in; gives its number.
///
/// `row` holds the key and what the event shall say other than the table does: columns that are left out have the value
/// that stands in the table, or null where there is no such row. (A transaction of `deadpool_postgres` is passed as
/// `&*transaction`.)
///
/// # Errors
/// When the table has no such label, a column is not the table's, the key is not complete, a value does not fit its
/// column, or this role may neither insert into the table nor update it.
pub async fn create_event(
    client: &impl GenericClient,
    table: &TableName,
    label: &str,
    row: &Row,
) -> Result<i64> {
    let made = create_events(client, table, label, std::slice::from_ref(row)).await?;
    made.first().copied().ok_or_else(|| Error::bug("an event was made and has no number"))
}

/// As [`create_event`], for many rows in one statement; gives the numbers in the order of the rows.
///
/// # Errors
/// As [`create_event`]; then none of them is recorded.
pub async fn create_events(
    client: &impl GenericClient,
    table: &TableName,
    label: &str,
    rows: &[Row],
) -> Result<Vec<i64>> {
    let table = qualified(client, table).await?;
    let json =
        serde_json::to_string(rows).map_err(|error| Error::bug("rows are no JSON").caused_by(error))?;
    let sql = format!("select rowlore.{}($1, $2::text::jsonb)", quote_name(&manual_function(&table)));
    let made = client.query_one(&sql, &[&label, &json]).await;
    let made = made.map_err(|error| {
        if error.code() == Some(&SqlState::UNDEFINED_FUNCTION) {
            return Error::request(format!("{table} has no labels of events that a program makes itself"))
                .hint("declare a tracker with manual = true and a label, and apply")
                .caused_by(error);
        }
        refused("record an event")(error)
    })?;
    Ok(made.get(0))
}

/// As [`create_event`], of a program's own struct: all its fields are what the event says.
///
/// # Errors
/// As [`create_event`], or when the struct does not serialise to an object.
pub async fn create_event_of<T: Tracked + Serialize>(
    client: &impl GenericClient,
    row: &T,
    label: &str,
) -> Result<i64> {
    let (table, row) = row_of(row)?;
    create_event(client, &table, label, &row).await
}

fn row_of<T: Tracked + Serialize>(row: &T) -> Result<(TableName, Row)> {
    let unfit = || Error::request(format!("a {} is no row of {}", std::any::type_name::<T>(), T::TABLE));
    let table = TableName::parse(T::TABLE).ok_or_else(unfit)?;
    match serde_json::to_value(row).map_err(|error| unfit().caused_by(error))? {
        serde_json::Value::Object(row) => Ok((table, row)),
        _ => Err(unfit()),
    }
}

/// The table's full name: what is written without a schema is looked for as the session does.
async fn qualified(client: &impl GenericClient, table: &TableName) -> Result<TableName> {
    if !table.schema.is_empty() {
        return Ok(table.clone());
    }
    let sql = "select n.nspname::text from pg_catalog.pg_class c \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
               where c.oid = pg_catalog.to_regclass($1)";
    let found =
        client.query_opt(sql, &[&quote_name(&table.name)]).await.map_err(failed("look for a table"))?;
    let schema: String = found
        .map(|row| row.get(0))
        .ok_or_else(|| Error::request(format!("there is no table {table}")).hint("write its schema too"))?;
    Ok(table.or_schema(&schema))
}
