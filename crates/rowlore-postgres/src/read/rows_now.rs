//! Rows as a table holds them now, found by values of their columns.

use rowlore::read::RowsNow;
use rowlore::{Error, ErrorKind, Result, Row};
use tokio_postgres::Client;

use super::Params;
use crate::dialect::table_sql;
use crate::error::failed;
use crate::table::{Column, Table};
use crate::value;

pub(super) async fn read(client: &Client, query: &RowsNow) -> Result<Vec<Row>> {
    let table = Table::read(client, &query.table).await?;
    let wanted = table.pick(query.matching.keys())?;
    let mut params = Params::default();
    let record = serde_json::Value::Object(Table::record("v", &wanted, &query.matching)).to_string();
    let is_asked = query.matching.values().any(|value| !value.is_null());
    let record = is_asked.then(|| params.bind(record));
    let limit = params.bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    let conditions: Vec<String> = wanted
        .iter()
        .zip(query.matching.values())
        .enumerate()
        .map(|(place, (column, value))| {
            if value.is_null() {
                return format!("t.{} is null", column.quoted());
            }
            let record = record.as_deref().unwrap_or_default();
            let value = format!(
                "(select v{place} from json_to_record({record}::text::json) as w(v{place} {}))",
                column.kind
            );
            let (ours, theirs) = column.sides(&format!("t.{}", column.quoted()), &value);
            format!("{ours} = {theirs}")
        })
        .collect();
    let columns: Vec<(String, &str, &str)> = table.columns.iter().map(image).collect();
    let condition = if conditions.is_empty() {
        String::new()
    } else {
        format!("\nwhere {}", conditions.join("\n  and "))
    };
    let sql = format!(
        "select {} from {} t{condition}\nlimit {limit}",
        value::row_json(&columns),
        table_sql(&query.table)
    );
    let rows = params.query(client, &sql).await.map_err(|error| {
        let error = failed("read rows")(error);
        if error.kind() != ErrorKind::Request {
            return error;
        }
        let kinds: Vec<String> =
            wanted.iter().map(|column| format!("`{}` ({})", column.name, column.kind)).collect();
        Error::request(format!("a value does not fit its column of {}: {}", query.table, kinds.join(", ")))
    })?;
    let read = |row: &tokio_postgres::Row| value::read_row(row.get(0));
    let rows: std::result::Result<Vec<Row>, _> = rows.iter().map(read).collect();
    rows.map_err(|error| Error::bug(format!("a row of {} can't be read", query.table)).caused_by(error))
}

fn image(column: &Column) -> (String, &str, &str) {
    let Column { name, kind, compare: _, generated: _ } = column;
    // A domain's value as one of its base type: as events have it.
    (format!("t.{}::{kind}", column.quoted()), name, kind)
}
