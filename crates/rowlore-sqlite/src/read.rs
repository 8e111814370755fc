//! Questions about the past: which events answer, and the rows of a table as they were.

mod filter;

mod image;

pub(crate) mod live;

mod moment;

mod other;

mod past;

mod pick;

mod pointing;

mod resident;

mod source;

use rowlore::change::Op;
use rowlore::declare::Image;
use rowlore::read::{Event, EventQuery};
use rowlore::{Error, Result, Row, Timestamp};
use rusqlite::Connection;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;

use crate::registry;
use image::{Aside, Found, Reader, Recorded};
use pick::Pick;
use source::Readers;

pub(crate) use live::rows_now;
pub(crate) use past::rows_at;
pub(crate) use pointing::referencing;

const DOING: &str = "read events";

/// How many events are looked at in one turn where some of them will be left out.
const TURN: usize = 256;
const TURN_MAX: usize = 16_384;

pub(crate) fn events(connection: &Connection, query: &EventQuery) -> Result<Vec<Event>> {
    let registered = registry::registered(connection)?;
    if !query.rows.is_empty() && !query.references.is_empty() {
        let message = "events of rows and events that point at rows are asked for one after the other";
        return Err(Error::request(message).hint("ask two questions"));
    }
    for row in &query.rows {
        registry::find(&registered, &row.table)?;
        if let Some((name, _)) = row.key.iter().find(|(_, value)| value.is_null()) {
            let message = format!("`{name}` is null, so that no row of {} is meant", row.table);
            return Err(Error::request(message).hint("give every column of the key a value"));
        }
    }
    let sources = source::sources(connection, &registered, query)?;
    let mut picks = Vec::new();
    for readers in &sources {
        picks.extend(Pick::new(readers, query, &registered)?);
    }
    let is_filtered = picks.iter().any(Pick::is_filtered);
    let mut turn = if is_filtered { query.limit.clamp(1, TURN) } else { query.limit };
    let (mut told, mut before) = (Vec::new(), query.before.unwrap_or(i64::MAX));
    while told.len() < query.limit {
        // First which events, by number alone; then only those are read whole.
        let mut chosen: Vec<(i64, usize)> = Vec::new();
        for (index, pick) in picks.iter().enumerate() {
            chosen.extend(pick.ids(before, turn)?.into_iter().map(|id| (id, index)));
        }
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        let is_last = chosen.len() < turn;
        chosen.truncate(turn);
        let Some((last, _)) = chosen.last() else { break };
        before = *last;
        for (id, index) in chosen {
            told.extend(picks[index].event(id)?);
            if told.len() == query.limit {
                break;
            }
        }
        if is_last || !is_filtered {
            break;
        }
        turn = (turn * 2).min(TURN_MAX);
    }
    Ok(told)
}

/// An event with both its images, before it is put into words.
struct Told<'r> {
    found: Found<'r>,
    aside: Aside,
    other: Option<Recorded<'r>>,
}

impl<'r> Told<'r> {
    fn read(readers: &'r Readers<'_>, id: i64) -> Result<Self> {
        let (mut found, aside) = readers.own.event(id)?;
        let other = other::other(readers, &found)?;
        if let (Op::Update, Image::Old, Some(old_key)) = (found.op, found.image, &found.old_key) {
            // The columns hold the key that the row has now.
            let old_key = readers.own.old_key(old_key)?;
            for (name, value) in readers.own.source.events.key.iter().zip(old_key) {
                found.recorded.set(name, value);
            }
        }
        Ok(Self { found, aside, other })
    }

    /// The row before or after the event.
    fn image(&self, image: Image) -> Option<&Recorded<'r>> {
        let this = &self.found.recorded;
        match (self.found.op, self.found.image == image) {
            (Op::Truncate, _) => None,
            (Op::Update, true) => Some(this),
            (Op::Update, false) => self.other.as_ref(),
            (Op::Delete, _) => (image == Image::Old).then_some(this),
            (Op::Insert | Op::Baseline | Op::Manual, _) => (image == Image::New).then_some(this),
        }
    }

    fn changed(&self) -> Option<Vec<String>> {
        let (old, new) = (self.image(Image::Old)?, self.image(Image::New)?);
        Some(new.differing(old))
    }

    fn into_event(self, reader: &Reader<'_>) -> Result<Event> {
        let changed = self.changed();
        let Self { found, aside, other } = self;
        let Found { event_id, op, image, label, xid, at, old_key, key, recorded } = found;
        let Aside { context_id, context, extra } = aside;
        let is_truncate = op == Op::Truncate;
        let old_key = old_key.map(|json| reader.old_key(&json)).transpose()?;
        Ok(Event {
            table: reader.source.name().clone(),
            key: if is_truncate { Row::new() } else { reader.key_row(&key) },
            old_key: old_key.map(|key| reader.key_row(&key)),
            op,
            image,
            label,
            event_id,
            xid: xid.and_then(|xid| u64::try_from(xid).ok()),
            at: at.parse().map_err(no_time)?,
            row: if is_truncate { Row::new() } else { recorded.row() },
            other: other.map(|other| other.row()),
            changed,
            extra,
            context_id,
            context,
        })
    }
}

/// A condition in SQL and the values bound in it.
#[derive(Clone, Default)]
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

fn no_time(error: jiff::Error) -> Error {
    Error::operator("an event holds a time that is none").hint("restore the event table").caused_by(error)
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
