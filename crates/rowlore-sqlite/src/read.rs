//! Questions about the past: which events answer, and the rows of a table as they were.

mod image;

mod past;

mod resident;

use rowlore::capture::EventTable;
use rowlore::found::Registered;
use rowlore::read::{Event, EventQuery};
use rowlore::{Error, Result, Timestamp, quote_name};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};

use crate::failure::ours;
use crate::registry;
use crate::render::events_name;
use crate::rule::key_json;
use crate::value;

pub(crate) use past::rows_at;

const DOING: &str = "read events";

pub(crate) fn events(connection: &Connection, query: &EventQuery) -> Result<Vec<Event>> {
    let registered = registry::registered(connection)?;
    let sources = sources(&registered, query)?;
    // First which events, by number alone; then only those are read whole.
    let mut chosen: Vec<(i64, usize)> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        chosen.extend(event_ids(connection, source, query)?.into_iter().map(|id| (id, index)));
    }
    chosen.sort_unstable_by(|a, b| b.cmp(a));
    chosen.truncate(query.limit);
    let readers: Vec<_> =
        sources.iter().map(|source| image::Reader::new(connection, source)).collect::<Result<_>>()?;
    chosen.into_iter().map(|(id, index)| readers[index].event(id)).collect()
}

/// An event table, and whose it is.
pub(crate) struct Source<'a> {
    pub(crate) registered: &'a Registered,
    pub(crate) events: &'a EventTable,
}

fn sources<'a>(registered: &'a [Registered], query: &EventQuery) -> Result<Vec<Source<'a>>> {
    if query.key.is_some() && query.tables.len() != 1 {
        let message = "a key needs the one table that it belongs to";
        return Err(Error::request(message).hint("name exactly one table"));
    }
    let asked: Vec<&Registered> = if query.tables.is_empty() {
        registered.iter().collect()
    } else {
        query.tables.iter().map(|table| registry::find(registered, table)).collect::<Result<_>>()?
    };
    let mut sources: Vec<Source<'a>> = Vec::new();
    for registered in asked {
        for events in registered.installation.capture.readable_events() {
            let wanted = query.events.as_ref().is_none_or(|name| *name == events.name);
            if wanted && !sources.iter().any(|known| known.events.name == events.name) {
                sources.push(Source { registered, events });
            }
        }
    }
    match &query.events {
        Some(name) if sources.is_empty() => {
            let known: Vec<&str> = registered
                .iter()
                .flat_map(|one| one.installation.capture.readable_events())
                .map(|events| events.name.as_str())
                .collect();
            Err(Error::request(format!("there is no event table `{name}` among those asked for"))
                .hint(format!("there are: {}", known.join(", "))))
        }
        _ => Ok(sources),
    }
}

/// A condition in SQL and the values bound in it.
#[derive(Default)]
pub(crate) struct Conditions {
    parts: Vec<String>,
    values: Vec<Stored>,
}

impl Conditions {
    /// Binds a value and gives its mark.
    pub(crate) fn bind(&mut self, value: impl Into<Stored>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    pub(crate) fn and(&mut self, part: String) {
        self.parts.push(part);
    }

    fn one_of(&mut self, column: &str, values: impl IntoIterator<Item = Stored>) {
        let marks: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        if !marks.is_empty() {
            self.and(format!("{column} in ({})", marks.join(", ")));
        }
    }

    pub(crate) fn sql(&self) -> String {
        if self.parts.is_empty() { "true".to_owned() } else { self.parts.join(" and ") }
    }

    pub(crate) fn values(&self) -> impl rusqlite::Params + '_ {
        params_from_iter(&self.values)
    }
}

/// The numbers of the events of one event table that answer the query, newest first.
fn event_ids(connection: &Connection, source: &Source<'_>, query: &EventQuery) -> Result<Vec<i64>> {
    // Taken apart without `..`, so that a new question is not left out here. Tables and event tables are chosen already.
    let EventQuery {
        tables: _,
        key,
        labels,
        ops,
        actor,
        since,
        until,
        xid,
        before,
        event_ids,
        events: _,
        not_with,
        limit,
        // Not built yet.
        rows: _,
        references: _,
        links_only: _,
        request: _,
        context_ids: _,
        data: _,
        changed: _,
        values: _,
    } = query;
    let mut conditions = Conditions::default();
    if let Some(key) = key {
        let table = registry::name_today(source.registered).to_string();
        let meanings = value::key_values(key, source.events, &table)?;
        let rows: Vec<String> =
            meanings.iter().map(|values| touches(&mut conditions, source, values, *not_with)).collect();
        conditions.and(format!("({} or rl_op = 't')", rows.join(" or ")));
    }
    conditions.one_of("rl_label", labels.iter().cloned().map(Stored::Text));
    conditions.one_of("rl_op", ops.iter().map(|op| Stored::Text(op.letter().to_string())));
    conditions.one_of("rl_event_id", event_ids.iter().copied().map(Stored::Integer));
    if let Some(actor) = actor {
        let mark = conditions.bind(actor.clone());
        conditions.and(format!("rl_context_id in (select id from rowlore_context where actor = {mark})"));
    }
    if let Some(since) = since {
        let mark = conditions.bind(moment(*since, Rounding::Up));
        conditions.and(format!("rl_at >= {mark}"));
    }
    if let Some(until) = until {
        let mark = conditions.bind(moment(*until, Rounding::Down));
        conditions.and(format!("rl_at <= {mark}"));
    }
    if let Some(xid) = xid {
        let mark = conditions.bind(i64::try_from(*xid).unwrap_or(-1));
        conditions.and(format!("rl_xid = {mark}"));
    }
    if let Some(before) = before {
        let mark = conditions.bind(*before);
        conditions.and(format!("rl_event_id < {mark}"));
    }
    let table = quote_name(&events_name(&source.events.name));
    let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
    let sql = format!(
        "select rl_event_id from main.{table} as e where {} order by rl_event_id desc limit {limit}",
        conditions.sql()
    );
    let mut statement = connection.prepare(&sql).map_err(image::gone(&source.events.name))?;
    let ids = statement.query_map(conditions.values(), |row| row.get(0)).and_then(Iterator::collect);
    ids.map_err(ours(DOING))
}

/// The events that leave a row with this key, and those that moved a row away from it, unless another row had taken
/// the key by then. Without the move of the row that took this key before `not_with`, when that is the event with which
/// the row in question left it.
fn touches(
    conditions: &mut Conditions,
    source: &Source<'_>,
    values: &[Stored],
    not_with: Option<i64>,
) -> String {
    let marks: Vec<String> = values.iter().map(|value| conditions.bind(value.clone())).collect();
    let key = &source.events.key;
    let same: Vec<String> =
        key.iter().zip(&marks).map(|(name, mark)| format!("{} is {mark}", quote_name(name))).collect();
    let same = same.join(" and ");
    let value = |index: usize, _: &str| marks[index].clone();
    let moved = key_json(key, value);
    let left_behind = resident::residents(source, "e.rl_event_id", value);
    let own = match not_with {
        None => same,
        Some(event) => {
            let event = conditions.bind(event);
            let successors = resident::residents(source, &event, value);
            let table = quote_name(&events_name(&source.events.name));
            format!(
                "{same} and not (rl_old_key is not null and {successors} > 0 and (rl_old_key, rl_at) = (
                    select x.rl_old_key, x.rl_at from main.{table} as x
                    where {same} and x.rl_old_key is not null and x.rl_event_id < {event}
                    order by x.rl_event_id desc limit 1))"
            )
        }
    };
    format!("({own}) or (rl_old_key = {moved} and {left_behind} <= 0)")
}

/// Which way a moment goes that is finer than the milliseconds that SQLite records.
#[derive(Clone, Copy)]
pub(crate) enum Rounding {
    Up,
    Down,
}

/// A moment as `rl_at` spells it.
pub(crate) fn moment(at: Timestamp, rounding: Rounding) -> String {
    let millisecond = at.as_millisecond();
    let exact = Timestamp::from_millisecond(millisecond).ok() == Some(at);
    let floor = if at.as_nanosecond() < 0 && !exact { millisecond - 1 } else { millisecond };
    let wanted = match rounding {
        Rounding::Up if !exact => floor + 1,
        Rounding::Up | Rounding::Down => floor,
    };
    let at = Timestamp::from_millisecond(wanted).unwrap_or(at);
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rounded_to_what_is_recorded() {
        let at: Timestamp = "2026-11-20T18:00:00.1234Z".parse().unwrap();
        assert_eq!(moment(at, Rounding::Down), "2026-11-20T18:00:00.123Z");
        assert_eq!(moment(at, Rounding::Up), "2026-11-20T18:00:00.124Z");
        let whole: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
        assert_eq!(moment(whole, Rounding::Up), "2026-11-20T18:00:00.000Z");
    }
}
