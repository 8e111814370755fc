//! Rows as the user's tables hold them now.

use rowlore::read::RowsNow;
use rowlore::{Error, Result, Row, TableName, quote_name};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};

use super::Conditions;
use super::image::{Reader, Recorded};
use crate::failure::ours;
use crate::value;

const DOING: &str = "read the rows as they are";

/// A column of a table of the user's.
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type as declared, without length.
    pub(crate) declared: String,
    /// Whether the database computes it.
    pub(crate) generated: bool,
    /// Its place in the primary key, from 1; 0 where it is none of it.
    place: i64,
}

/// The columns of a table, in its order.
///
/// # Errors
/// When there is no such table.
pub(crate) fn columns(connection: &Connection, table: &TableName) -> Result<Vec<Column>> {
    let sql =
        "select name, type, pk, hidden from pragma_table_xinfo(?1, 'main') where hidden <> 1 order by cid";
    let mut query = connection.prepare_cached(sql).map_err(ours(DOING))?;
    let read = |row: &rusqlite::Row<'_>| {
        let declared: String = row.get(1)?;
        Ok(Column {
            name: row.get(0)?,
            declared: declared.split('(').next().unwrap_or_default().trim().to_owned(),
            generated: row.get::<_, i64>(3)? != 0,
            place: row.get(2)?,
        })
    };
    let columns =
        query.query_map([&table.name], read).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
    let columns = columns.map_err(ours(DOING))?;
    if columns.is_empty() {
        let message = format!("there is no table {table}");
        return Err(Error::request(message).hint("`rowlore check` lists the tables"));
    }
    Ok(columns)
}

pub(crate) fn rows_now(connection: &Connection, query: &RowsNow) -> Result<Vec<Row>> {
    let RowsNow { table, matching, limit } = query;
    let columns = columns(connection, table)?;
    let mut conditions = Conditions::default();
    for (name, value) in matching {
        let column = find(&columns, name, table)?;
        let meanings = value::meanings(value, &column.declared).ok_or_else(|| wrong(column, table))?;
        let column = quote_name(name);
        // By the column's own collation: what it calls equal is equal here, and its indexes can be used.
        let same: Vec<String> =
            meanings.into_iter().map(|value| format!("{column} is {}", conditions.bind(value))).collect();
        conditions.and(format!("({})", same.join(" or ")));
    }
    let names: Vec<String> = columns.iter().map(|column| quote_name(&column.name)).collect();
    let mut key: Vec<&Column> = columns.iter().filter(|column| column.place > 0).collect();
    key.sort_by_key(|column| column.place);
    let key: Vec<String> = key.iter().map(|column| quote_name(&column.name)).collect();
    let order = if key.is_empty() { String::new() } else { format!("order by {}", key.join(", ")) };
    let sql = format!(
        "select {} from main.{} where {} {order} limit {}",
        names.join(", "),
        quote_name(&table.name),
        conditions.sql(),
        i64::try_from(*limit).unwrap_or(i64::MAX),
    );
    let mut statement = connection.prepare_cached(&sql).map_err(ours(DOING))?;
    let one = |row: &rusqlite::Row<'_>| in_json(row, &columns);
    let rows = statement.query_map(conditions.values(), one).and_then(Iterator::collect);
    rows.map_err(ours(DOING))
}

/// A row of exactly these columns.
pub(crate) fn in_json(row: &rusqlite::Row<'_>, columns: &[Column]) -> rusqlite::Result<Row> {
    let mut json = Row::new();
    for (index, column) in columns.iter().enumerate() {
        json.insert(column.name.clone(), value::to_json(row.get_ref(index)?, &column.declared));
    }
    Ok(json)
}

pub(crate) fn find<'c>(columns: &'c [Column], name: &str, table: &TableName) -> Result<&'c Column> {
    columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let error = Error::request(format!("{table} has no column `{name}`"));
        match rowlore::nearest(name, columns.iter().map(|column| column.name.as_str())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    })
}

/// A value of another type than the column's.
pub(crate) fn wrong(column: &Column, table: &TableName) -> Error {
    let Column { name, declared, .. } = column;
    let wanted = declared.to_lowercase();
    Error::request(format!("`{name}` of {table} is {wanted}, and what was given for it is not"))
        .hint(format!("give a value of the type {wanted}"))
}

/// The tracked row of that key as it is now, in the columns that are recorded; none where it is not there.
pub(super) fn row<'r>(reader: &'r Reader<'_>, key: &[Stored]) -> Result<Option<Recorded<'r>>> {
    let source = &reader.source;
    let Some(table) = &source.registered.table_now else { return Ok(None) };
    let there = columns(reader.connection, table)?;
    // What the table has no more, or never had, is null here and left out by `recorded`.
    let names: Vec<String> = reader
        .columns
        .iter()
        .map(|column| match there.iter().any(|live| live.name == column.name) {
            true => quote_name(&column.name),
            false => "null".to_owned(),
        })
        .collect();
    let live: Vec<String> = there.into_iter().map(|column| column.name).collect();
    let same = source.events.key.iter().enumerate();
    let same: Vec<String> =
        same.map(|(index, name)| format!("{} is ?{}", quote_name(name), index + 1)).collect();
    let sql = format!(
        "select {} from main.{} where {} limit 2",
        names.join(", "),
        quote_name(&table.name),
        same.join(" and ")
    );
    let mut query = reader.connection.prepare_cached(&sql).map_err(ours(DOING))?;
    let mut rows = query.query(params_from_iter(key)).map_err(ours(DOING))?;
    let Some(row) = rows.next().map_err(ours(DOING))? else { return Ok(None) };
    let found = reader.recorded(row, 0, Some(&live)).map_err(ours(DOING))?;
    let only_one = rows.next().map_err(ours(DOING))?.is_none();
    Ok(only_one.then_some(found))
}
