//! Rows as a table holds them now, found by values of their columns.

use std::collections::HashMap;

use rowlore::read::RowsNow;
use rowlore::{Error, ErrorKind, Result, Row, TableName, Value};
use tokio_postgres::Client;

use super::Params;
use crate::dialect::table_sql;
use crate::error::failed;
use crate::table::{Column, Table};
use crate::value;

/// Answers each question, those of one shape by one statement.
pub(super) async fn read(client: &Client, queries: &[RowsNow]) -> Result<Vec<Vec<Row>>> {
    let mut answers: Vec<Vec<Row>> = vec![Vec::new(); queries.len()];
    let mut shapes: Vec<(&RowsNow, Vec<usize>)> = Vec::new();
    let mut places: HashMap<Shape<'_>, usize> = HashMap::new();
    for (index, query) in queries.iter().enumerate() {
        let place = *places.entry(Shape::of(query)).or_insert_with(|| {
            shapes.push((query, Vec::new()));
            shapes.len() - 1
        });
        shapes[place].1.push(index);
    }
    let mut tables: HashMap<&TableName, Table> = HashMap::new();
    for (first, indices) in shapes {
        if !tables.contains_key(&first.table) {
            tables.insert(&first.table, Table::read(client, &first.table).await?);
        }
        let Some(table) = tables.get(&first.table) else { continue };
        let some: Vec<&RowsNow> = indices.iter().map(|index| &queries[*index]).collect();
        for (place, row) in read_some(client, table, first, &some).await? {
            answers[indices[place]].push(row);
        }
    }
    Ok(answers)
}

/// What questions have in common that one statement can answer.
#[derive(PartialEq, Eq, Hash)]
struct Shape<'a> {
    table: &'a TableName,
    /// The columns that are compared, and whether with null.
    columns: Vec<(&'a String, bool)>,
    limit: usize,
}

impl<'a> Shape<'a> {
    fn of(query: &'a RowsNow) -> Self {
        let RowsNow { table, matching, limit } = query;
        let columns = matching.iter().map(|(name, value)| (name, value.is_null())).collect();
        Self { table, columns, limit: *limit }
    }
}

/// The answers to questions of the shape of `first`: each row with the place of its question among `queries`.
async fn read_some(
    client: &Client,
    table: &Table,
    first: &RowsNow,
    queries: &[&RowsNow],
) -> Result<Vec<(usize, Row)>> {
    let wanted = table.pick(first.matching.keys())?;
    let mut params = Params::default();
    let record = |(place, query): (usize, &&RowsNow)| {
        let mut record = Table::record("v", &wanted, &query.matching);
        record.insert("place".to_owned(), place.into());
        Value::Object(record)
    };
    let records = Value::Array(queries.iter().enumerate().map(record).collect());
    let records = params.bind(records.to_string());
    let limit = params.bind(i64::try_from(first.limit).unwrap_or(i64::MAX));
    let (mut typed, mut conditions) = (vec!["place int8".to_owned()], Vec::new());
    for (place, (column, value)) in wanted.iter().zip(first.matching.values()).enumerate() {
        if value.is_null() {
            conditions.push(format!("t.{} is null", column.quoted()));
            continue;
        }
        typed.push(format!("v{place} {}", column.kind));
        let (ours, theirs) = column.sides(&format!("t.{}", column.quoted()), &format!("w.v{place}"));
        conditions.push(format!("{ours} = {theirs}"));
    }
    let columns: Vec<(String, &str, &str)> = table.columns.iter().map(image).collect();
    let from = format!("json_to_recordset({records}::text::json) as w({})", typed.join(", "));
    let table_name = table_sql(&table.name);
    let when = if conditions.is_empty() { "true".to_owned() } else { conditions.join("\n  and ") };
    let sql = if queries.len() == 1 {
        // With its limit inside, one question never reads more than it needs.
        format!(
            "select w.place, f.image from {from} cross join lateral (\n  select {} as image from {table_name} t\n  \
             where {when}\n  limit {limit}) f",
            value::row_json(&columns)
        )
    } else {
        // Joined, not looked up one by one: where no index helps, the table is read once for all questions.
        format!(
            "select t.rl_place, {} from (\n  select t.*, w.place as rl_place, row_number() over (partition by w.place) as rl_number\n  \
             from {from} join {table_name} t on {when}) t\nwhere t.rl_number <= {limit}",
            value::row_json(&columns)
        )
    };
    let rows = params.query(client, &sql).await.map_err(|error| unfit(&table.name, &wanted, error))?;
    let read = |row: &tokio_postgres::Row| {
        let place = usize::try_from(row.get::<_, i64>(0)).unwrap_or(0);
        Ok((place, value::read_row(row.get(1))?))
    };
    let rows: std::result::Result<Vec<(usize, Row)>, serde_json::Error> = rows.iter().map(read).collect();
    rows.map_err(|error| Error::bug(format!("a row of {} can't be read", table.name)).caused_by(error))
}

/// A value that is none of its column's type, said without it.
fn unfit(table: &TableName, wanted: &[&Column], error: tokio_postgres::Error) -> Error {
    let error = failed("read rows")(error);
    if error.kind() != ErrorKind::Request {
        return error;
    }
    let kinds: Vec<String> =
        wanted.iter().map(|column| format!("`{}` ({})", column.name, column.kind)).collect();
    Error::request(format!("a value does not fit its column of {table}: {}", kinds.join(", ")))
}

fn image(column: &Column) -> (String, &str, &str) {
    let Column { name, kind, compare: _, generated: _ } = column;
    // A domain's value as one of its base type: as events have it.
    (format!("t.{}::{kind}", column.quoted()), name, kind)
}
