//! The rows of a table as they were at a moment.

use rowlore::capture::EventTable;
use rowlore::found::{Baseline, Registered};
use rowlore::read::{Moment, RowsAt};
use rowlore::{Error, Result, Row, quote_name};
use rusqlite::Connection;

use super::image::{self, Reader};
use super::{Conditions, Rounding, Source, moment, resident};
use crate::failure::ours;
use crate::registry;
use crate::render::{events_name, fill};
use crate::rule::{key_json, list};
use crate::{suspend, value};

const DOING: &str = "read the rows as they were";

pub(crate) fn rows_at(connection: &Connection, query: &RowsAt) -> Result<Vec<Row>> {
    let RowsAt { table, key, at, limit } = query;
    let all = registry::registered(connection)?;
    let registered = registry::find(&all, table)?;
    let events = registered.installation.capture.complete_events().ok_or_else(|| {
        Error::request(format!("{table} has no event table that records every change of every row"))
            .hint("add a tracker without condition, for all operations; from then on its past can be read")
    })?;
    suspend::refuse_unknown(connection, registered, *at)?;
    let Moment::At(at) = at else { return Err(Error::bug("not built yet")) };
    let at = moment(*at, Rounding::Down);
    let era = era(connection, registered, events, &at)?;
    let source = Source { registered, events };
    let mut conditions = Conditions::default();
    let at = conditions.bind(at);
    let of_key = match key {
        Some(key) => of_key(&mut conditions, key, events, &table.to_string())?,
        None => "true".to_owned(),
    };
    // The last event that had happened by then.
    let table_name = quote_name(&events_name(&events.name));
    let last = format!("(select max(l.rl_event_id) from main.{table_name} as l where l.rl_at <= {at})");
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
            ("residents", &resident::residents(&source, &last, |_, name| format!("e.{}", quote_name(name)))),
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
    if at < began.as_str() {
        let name = quote_name(&events_name(&events.name));
        let sql = format!("select min(rl_at) from main.{name} where rl_event_id <= ?1");
        let mut query = connection.prepare(&sql).map_err(image::gone(&events.name))?;
        let earlier: Option<String> = query.query_row([since], |row| row.get(0)).map_err(ours(DOING))?;
        return match earlier {
            Some(earlier) if earlier.as_str() <= at => Ok(format!("e.rl_event_id <= {since}")),
            _ => Err(Error::request(format!("{table} was not tracked yet at {at}"))
                .hint(format!("its tracking began at {began}"))),
        };
    }
    if installation.baseline == Baseline::Done || every_row_has_an_event(connection, registered, events)? {
        return Ok(format!("e.rl_event_id > {since}"));
    }
    Err(match installation.baseline {
        Baseline::Pending => Error::request(format!("the baseline of {table} is not complete")).hint(
            "run the backfill first: rows that did not change since the tracking began have no event yet",
        ),
        _ => Error::request(format!(
            "{table} is tracked without a baseline, so that its past is not known whole"
        ))
        .hint("declare baseline = true, apply and run the backfill"),
    })
}

/// Whether the past is recorded whole although no backfill ended, as when the table was empty at first: a row that is
/// gone had its original recorded on its way, so only the rows of today can be missing.
fn every_row_has_an_event(
    connection: &Connection,
    registered: &Registered,
    events: &EventTable,
) -> Result<bool> {
    let installation = &registered.installation;
    let watched = registered.active && installation.baseline == Baseline::Pending;
    let Some(table) = registered.table_now.as_ref().filter(|_| watched) else { return Ok(false) };
    let same_key: Vec<String> =
        events.key.iter().map(|name| format!("e.{0} is t.{0}", quote_name(name))).collect();
    let sql = fill(
        include_str!("../../sql/read/every_row_has_an_event.sql"),
        &[
            ("table", &quote_name(&table.name)),
            ("events", &quote_name(&events_name(&events.name))),
            ("same_key", &same_key.join(" and ")),
            ("since", &installation.since.to_string()),
        ],
    );
    connection.query_row(&sql, [], |row| row.get(0)).map_err(ours(DOING))
}
