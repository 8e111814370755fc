//! The rows of a table as they were at a moment.

use rowlore::capture::EventTable;
use rowlore::found::{Baseline, Registered};
use rowlore::read::RowsAt;
use rowlore::{Error, Result, Row, quote_name};
use rusqlite::Connection;

use super::image::{self, Reader};
use super::{Conditions, Rounding, Source, moment};
use crate::failure::ours;
use crate::registry;
use crate::render::{events_name, fill};
use crate::rule::{key_json, list};
use crate::value;

const DOING: &str = "read the rows as they were";

pub(crate) fn rows_at(connection: &Connection, query: &RowsAt) -> Result<Vec<Row>> {
    let RowsAt { table, key, at, limit } = query;
    let all = registry::registered(connection)?;
    let registered = registry::find(&all, table)?;
    let events = registered.installation.capture.complete_events().ok_or_else(|| {
        Error::request(format!("{table} has no event table that records every change of every row"))
            .hint("add a tracker without condition, for all operations; from then on its past can be read")
    })?;
    let at = moment(*at, Rounding::Down);
    let era = era(connection, registered, events, &at)?;
    let source = Source { registered, events };
    let mut conditions = Conditions::default();
    let at = conditions.bind(at);
    let of_key = match key {
        Some(key) => of_key(&mut conditions, key, events, &table.to_string())?,
        None => "true".to_owned(),
    };
    let reader = Reader::new(connection, &source)?;
    let sql = fill(
        include_str!("../../sql/read/rows_at.sql"),
        &[
            ("select", &reader.select("e.rl_event_id")),
            ("events", &quote_name(&events_name(&events.name))),
            ("of_key", &of_key),
            ("images", &image::images(&source, None)),
            ("era", &era),
            ("at", &at),
            ("key", &list("e.", &events.key)),
            ("key_json", &key_json(&events.key, |_, name| format!("e.{}", quote_name(name)))),
            ("limit", &i64::try_from(*limit).unwrap_or(i64::MAX).to_string()),
        ],
    );
    let mut statement = connection.prepare(&sql).map_err(image::gone(&events.name))?;
    let rows = statement.query_map(conditions.values(), |row| reader.row(row, 1, None));
    rows.and_then(Iterator::collect).map_err(ours(DOING))
}

fn of_key(conditions: &mut Conditions, key: &Row, events: &EventTable, table: &str) -> Result<String> {
    let meanings = value::key_values(key, events, table)?;
    let mut rows = Vec::with_capacity(meanings.len());
    for values in meanings {
        let parts = events.key.iter().zip(values);
        let parts: Vec<String> = parts
            .map(|(name, value)| format!("e.{} is {}", quote_name(name), conditions.bind(value)))
            .collect();
        rows.push(format!("({})", parts.join(" and ")));
    }
    Ok(format!("({})", rows.join(" or ")))
}

/// Which events tell of the moment: a table that was released and tracked again has two pasts with a gap between.
fn era(connection: &Connection, registered: &Registered, events: &EventTable, at: &str) -> Result<String> {
    let installation = &registered.installation;
    let (table, since) = (&installation.capture.table, installation.since);
    let began: String = connection
        .query_row("select tracked_at from rowlore_tracked where table_name = ?1", [&table.name], |row| {
            row.get(0)
        })
        .map_err(ours(DOING))?;
    let first = |side: &str| -> Result<Option<String>> {
        let name = quote_name(&events_name(&events.name));
        let sql =
            format!("select rl_at from main.{name} where rl_event_id {side} ?1 order by rl_event_id limit 1");
        let mut query = connection.prepare(&sql).map_err(image::gone(&events.name))?;
        let mut rows = query.query([since]).map_err(ours(DOING))?;
        rows.next().and_then(|row| row.map(|row| row.get(0)).transpose()).map_err(ours(DOING))
    };
    if at < began.as_str() {
        return match first("<=")? {
            Some(earlier) if earlier.as_str() <= at => Ok(format!("e.rl_event_id <= {since}")),
            _ => Err(Error::request(format!("{table} was not tracked yet at {at}"))
                .hint(format!("its tracking began at {began}"))),
        };
    }
    let known =
        installation.baseline == Baseline::Done || first(">")?.is_some_and(|first| first.as_str() <= at);
    if known {
        return Ok(format!("e.rl_event_id > {since}"));
    }
    let error = Error::request(format!("nothing is recorded of {table} up to {at}"));
    Err(match installation.baseline {
        Baseline::Pending => error.hint("run the backfill: it records the rows from before the tracking"),
        _ => error.hint("it is tracked without a baseline, so that its past begins with its first event"),
    })
}
