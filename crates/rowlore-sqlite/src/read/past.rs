//! The rows of a table as they were at a moment.

use rowlore::read::RowsAt;
use rowlore::{Result, Row, quote_name};
use rusqlite::Connection;

use super::image::{self, Reader};
use super::moment::{self, Era};
use super::source::Source;
use super::{Conditions, resident};
use crate::failure::ours;
use crate::registry;
use crate::render::fill;
use crate::rule::key_json;
use crate::value;

pub(super) const DOING: &str = "read the rows as they were";

pub(crate) fn rows_at(connection: &Connection, query: &RowsAt) -> Result<Vec<Row>> {
    let RowsAt { table, key, at, limit } = query;
    let all = registry::registered(connection)?;
    let source = moment::complete(&all, table)?;
    let events = source.events;
    let Era { after, upto, last } = moment::era(connection, &source, *at)?;
    let mut conditions = Conditions::default();
    let [after, upto, last] = [after, upto, last].map(|id| conditions.bind(id));
    let keys = match key {
        Some(key) => one_key(&mut conditions, &source, key)?,
        None => every_key(&source),
    };
    let reader = Reader::new(connection, source)?;
    let of_e = |_: usize, name: &str| format!("e.{}", quote_name(name));
    let sql = fill(
        include_str!("../../sql/read/rows_at.sql"),
        &[
            ("keys", &keys),
            ("columns", &reader.mirrored().join(", ")),
            ("events", &source.table()),
            ("same_key", &same_key(&events.key, "x", "k")),
            ("images", &image::images(&source, None, "x")),
            ("after", &after),
            ("upto", &upto),
            ("last", &last),
            ("key_json", &key_json(&events.key, of_e)),
            ("residents", &resident::residents(&source, &last, of_e)),
            ("limit", &i64::try_from(*limit).unwrap_or(i64::MAX).to_string()),
        ],
    );
    let mut statement = connection.prepare_cached(&sql).map_err(image::gone(&events.name))?;
    let one = |row: &rusqlite::Row<'_>| Ok(reader.recorded(row, 0, None)?.row());
    let rows = statement.query_map(conditions.values(), one);
    rows.and_then(Iterator::collect).map_err(ours(DOING))
}

/// An event of the key, as a table of one.
fn one_key(conditions: &mut Conditions, source: &Source<'_>, key: &Row) -> Result<String> {
    let meanings = value::key_values(key, source.events, &source.name().to_string())?;
    let mut keys = Vec::with_capacity(meanings.len());
    for values in meanings {
        let parts = source.events.key.iter().zip(values);
        let parts: Vec<String> = parts
            .map(|(name, value)| format!("x.{} is {}", quote_name(name), conditions.bind(value)))
            .collect();
        let (table, same) = (source.table(), parts.join(" and "));
        keys.push(format!(
            "select (select x.rl_event_id from {table} as x where {same} order by x.rl_event_id limit 1)"
        ));
    }
    Ok(keys.join(" union all "))
}

/// An event of each key, in key order: from one key to the next by the index, past all other events of the key.
fn every_key(source: &Source<'_>) -> String {
    let key = &source.events.key;
    let table = source.table();
    let ordered = |from: usize| {
        let names = key.iter().skip(from).map(|name| format!("x.{}", quote_name(name)));
        names.collect::<Vec<_>>().join(", ")
    };
    // The next key differs in its last column; if there is none, in the one before; and so on. Nulls come first.
    let next: Vec<String> = (0..key.len())
        .rev()
        .flat_map(|differs| {
            let name = quote_name(&key[differs]);
            let first = |condition: String| {
                let (prefix, order) = (same_key(&key[..differs], "x", "k"), ordered(differs));
                let and = if differs == 0 { "" } else { " and " };
                format!(
                    "(select x.rl_event_id from {table} as x where {prefix}{and}{condition} order by {order} limit 1)"
                )
            };
            [
                first(format!("x.{name} > k.{name}")),
                first(format!("k.{name} is null and x.{name} is not null")),
            ]
        })
        .collect();
    fill(
        include_str!("../../sql/read/every_key.sql"),
        &[("events", &table), ("order", &ordered(0)), ("next", &next.join(",\n            "))],
    )
}

fn same_key(key: &[String], one: &str, other: &str) -> String {
    let parts: Vec<String> =
        key.iter().map(|name| format!("{one}.{0} is {other}.{0}", quote_name(name))).collect();
    parts.join(" and ")
}
