//! Keys as JSON: checked against the key's columns, and bound as text that the server casts.

use rowlore::capture::Capture;
use rowlore::{Error, ErrorKind, Result, Row, Value, quote_name};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::error::failed;

/// A key of a table: each column's name and type, and its value as text.
pub(crate) struct Key<'a> {
    pub(crate) columns: Vec<(&'a str, &'a str)>,
    pub(crate) texts: Vec<String>,
}

/// Reads a key of the table.
pub(crate) fn key<'a>(capture: &'a Capture, row: &Row) -> Result<Key<'a>> {
    let wrong = |what: String| {
        let columns = capture.key.join(", ");
        Error::request(format!("{what}: the key of {} is made of {columns}", capture.table))
    };
    if let Some(extra) = row.keys().find(|name| !capture.key.contains(name)) {
        return Err(wrong(format!("`{extra}` is not part of the key")));
    }
    let mut key = Key { columns: columns(capture), texts: Vec::new() };
    for name in &capture.key {
        key.texts.push(match row.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) => return Err(wrong(format!("`{name}` is null"))),
            Some(value) => value.to_string(),
            None => return Err(wrong(format!("`{name}` is missing"))),
        });
    }
    Ok(key)
}

/// The key's columns with their types.
pub(crate) fn columns(capture: &Capture) -> Vec<(&str, &str)> {
    let event_type = |name: &str| capture.column(name).map_or("text", |column| column.event_type.as_str());
    capture.key.iter().map(|name| (name.as_str(), event_type(name))).collect()
}

/// A key column's value as it stands in `rl_old_key`: the same whatever the session's settings are.
pub(crate) fn settled(sql: &str, event_type: &str) -> String {
    match event_type {
        "timestamp with time zone" => format!("pg_catalog.timezone('UTC', {sql})"),
        "bytea" => format!("pg_catalog.concat(E'\\\\x', pg_catalog.encode({sql}, 'hex'))"),
        _ => sql.to_owned(),
    }
}

/// Says that a value is none of its column's type, and never which.
pub(crate) fn unfit(capture: &Capture) -> Error {
    let wanted: Vec<String> =
        columns(capture).iter().map(|(name, kind)| format!("`{name}` ({kind})")).collect();
    let message =
        format!("a value of the key does not fit its column; the key of {} is made of", capture.table);
    Error::request(format!("{message} {}", wanted.join(", ")))
}

impl Key<'_> {
    /// Makes sure that each value is one of its column's type.
    ///
    /// # Errors
    /// Names the columns and their types; never a value.
    pub(crate) async fn check(&self, client: &Client, capture: &Capture) -> Result<()> {
        let texts: Vec<_> = self.texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
        let asked = client.query(&format!("select {}", self.values(1).join(", ")), &texts).await;
        let Err(error) = asked else { return Ok(()) };
        let error = failed("read a key")(error);
        if error.kind() != ErrorKind::Request {
            return Err(error);
        }
        Err(unfit(capture))
    }

    /// Each value as SQL: parameter `first`, `first + 1`, … cast to its column's type.
    pub(crate) fn values(&self, first: usize) -> Vec<String> {
        let cast = |(index, (_, event_type)): (usize, &(&str, &str))| {
            crate::value::from_text(&format!("${}::text", first + index), event_type)
        };
        self.columns.iter().enumerate().map(cast).collect()
    }

    /// `alias.key = value`, for each column.
    pub(crate) fn is(&self, alias: &str, first: usize) -> String {
        let values = self.values(first);
        let pairs = self.columns.iter().zip(values);
        let equal = pairs.map(|((name, _), value)| format!("{alias}.{} = {value}", quote_name(name)));
        equal.collect::<Vec<_>>().join(" and ")
    }
}
