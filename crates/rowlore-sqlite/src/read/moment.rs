//! A moment as an event id. SQLite has one writer at a time, so what a file held at a moment is what it held after the
//! last event recorded by then.

use rowlore::capture::EventTable;
use rowlore::found::{Baseline, Registered};
use rowlore::read::Moment;
use rowlore::{Error, Result, quote_name};
use rusqlite::{Connection, OptionalExtension};

use super::image::gone;
use super::past::DOING;
use super::source::Source;
use super::{Rounding, moment};
use crate::failure::ours;
use crate::registry;
use crate::render::{events_name, fill};
use crate::suspend;

/// The part of an event table that tells of a moment: a table that was released and tracked again has two pasts with
/// a gap between.
pub(super) struct Era {
    /// The last event id before it.
    pub(super) after: i64,
    /// Its last event id.
    pub(super) upto: i64,
    /// The last event id by the moment.
    pub(super) last: i64,
}

/// Where to read a table's past at a moment.
///
/// # Errors
/// When the moment lies before the tracking, after a suspension, or the past is not recorded whole.
pub(super) fn era(connection: &Connection, source: &Source<'_>, at: Moment) -> Result<Era> {
    let (registered, events) = (source.registered, source.events);
    let installation = &registered.installation;
    let (table, since) = (source.name(), installation.since);
    suspend::refuse_unknown(connection, registered, at)?;
    let began = tracked_at(connection, &installation.capture.table.name)?;
    let text = match at {
        Moment::At(at) => moment(at, Rounding::Down),
        Moment::After(_) => String::new(),
    };
    let is_earlier = match at {
        Moment::At(_) => text < began,
        Moment::After(event) => event < since,
    };
    let (after, upto) = if is_earlier { (0, since) } else { (since, i64::MAX) };
    let last = match at {
        Moment::At(_) => last_by(connection, source, &text, after, upto)?,
        Moment::After(event) => event.min(upto),
    };
    if is_earlier {
        let sql = format!("select min(rl_event_id) from {}", source.table());
        let mut query = connection.prepare_cached(&sql).map_err(gone(&events.name))?;
        let first: Option<i64> = query.query_row([], |row| row.get(0)).map_err(ours(DOING))?;
        return match first {
            Some(first) if first <= last => Ok(Era { after, upto, last }),
            _ => Err(Error::request(format!("{table} was not tracked yet at {at}"))
                .hint(format!("its tracking began at {began}"))),
        };
    }
    if installation.baseline == Baseline::Done || every_row_has_an_event(connection, registered, events)? {
        return Ok(Era { after, upto, last });
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

fn tracked_at(connection: &Connection, table: &str) -> Result<String> {
    let sql = "select tracked_at from rowlore_tracked where table_name = ?1";
    let mut query = connection.prepare_cached(sql).map_err(ours(DOING))?;
    query.query_row([table], |row| row.get(0)).map_err(ours(DOING))
}

/// The last event between `after` and `upto` that had happened by `at`, by halving: as ids rise, so do times. But a
/// baseline event is dated back, so it is passed over. `after` where there is none.
fn last_by(connection: &Connection, source: &Source<'_>, at: &str, after: i64, upto: i64) -> Result<i64> {
    let sql = format!(
        "select rl_event_id, rl_at from {} where rl_event_id > ?1 and rl_event_id <= ?2 and rl_op <> 'b'
         order by rl_event_id desc limit 1",
        source.table()
    );
    let mut query = connection.prepare_cached(&sql).map_err(gone(&source.events.name))?;
    let mut highest = |above: i64, upto: i64| {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        query.query_row([above, upto], read).optional().map_err(ours(DOING))
    };
    // What is at or below `low` had happened by then, what is above `high` had not.
    let (mut low, mut high) = (after, upto);
    let mut probe = upto;
    while low < high {
        let found: Option<(i64, String)> = highest(low, probe)?;
        match found {
            Some((id, when)) if when.as_str() <= at => {
                low = id;
                if probe == high {
                    return Ok(low);
                }
            }
            Some((id, _)) => high = id - 1,
            None if probe == high => return Ok(low),
            None => low = probe,
        }
        probe = low + (high - low) / 2 + (high - low) % 2;
    }
    Ok(low)
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

/// The registered table of a question about the past, and the event table that tells it.
pub(super) fn complete<'a>(all: &'a [Registered], table: &rowlore::TableName) -> Result<Source<'a>> {
    let registered = registry::find(all, table)?;
    let events = registered.installation.capture.complete_events().ok_or_else(|| {
        Error::request(format!("{table} has no event table that records every change of every row"))
            .hint("add a tracker without condition, for all operations; from then on its past can be read")
    })?;
    Ok(Source { registered, events })
}
