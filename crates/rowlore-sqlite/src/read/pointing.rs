//! Rows and events that point at rows by foreign keys.

use rowlore::change::Op;
use rowlore::declare::Image;
use rowlore::found::Registered;
use rowlore::read::{RowRef, RowsNow};
use rowlore::{Error, Result, Row, TableName, Value, quote_name, quote_text};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};

use super::image::{Reader, Recorded, gone};
use super::source::{Readers, Source};
use super::{Conditions, DOING, live};
use crate::failure::ours;
use crate::registry::{self, name_today};
use crate::rule::{key_json, list};
use crate::value;

/// A foreign key's columns, and the values with which they point at one of the rows asked for.
pub(super) struct Pointer {
    columns: Vec<String>,
    values: Vec<Stored>,
}

impl Pointer {
    /// Whether the image points there.
    pub(super) fn is_in(&self, image: &Recorded<'_>) -> bool {
        let mut pairs = self.columns.iter().zip(&self.values);
        pairs.all(|(name, value)| image.get(name).is_some_and(|(stored, _)| value::same(stored, value)))
    }

    /// The same as a condition on an alias; the values have to be bound from `first` on.
    fn sql(&self, alias: &str, first: usize) -> String {
        let parts = self.columns.iter().enumerate();
        let parts = parts.map(|(index, name)| format!("{alias}.{} is ?{}", quote_name(name), first + index));
        parts.collect::<Vec<_>>().join(" and ")
    }
}

/// The ways in which events of this event table can point at the rows.
pub(super) fn pointers(
    reader: &Reader<'_>,
    registered: &[Registered],
    rows: &[RowRef],
    links_only: bool,
) -> Result<Vec<Pointer>> {
    let capture = &reader.source.registered.installation.capture;
    let recorded = |name: &String| reader.source.events.columns.iter().any(|column| column.name == *name);
    let mut pointers = Vec::new();
    for foreign in &capture.foreign_keys {
        let is_link = matches!(foreign.columns.as_slice(), [only] if capture.links.contains(only));
        if (links_only && !is_link) || !foreign.columns.iter().all(recorded) {
            continue;
        }
        for row in rows.iter().filter(|row| is_called(&foreign.table, &row.table, registered)) {
            let mut tuples: Vec<Vec<Stored>> = vec![Vec::new()];
            for (name, target) in foreign.columns.iter().zip(&foreign.target) {
                let declared = reader.column(name).map_or("", |column| column.declared.as_str());
                let values = match row.key.get(target) {
                    Some(value) => vec![value.clone()],
                    None => values_of(reader.connection, registered, row, target)?,
                };
                let meant: Vec<Stored> =
                    values.iter().filter_map(|value| value::meanings(value, declared)).flatten().collect();
                // A null points nowhere.
                let meant: Vec<Stored> = meant.into_iter().filter(|value| *value != Stored::Null).collect();
                tuples = tuples
                    .iter()
                    .flat_map(|tuple| {
                        meant.iter().map(|value| [tuple.as_slice(), std::slice::from_ref(value)].concat())
                    })
                    .collect();
            }
            let of_columns = |values| Pointer { columns: foreign.columns.clone(), values };
            pointers.extend(tuples.into_iter().map(of_columns));
        }
    }
    Ok(pointers)
}

/// Whether a foreign key to `target`, as it was called when the capture was set up, leads to what is called `name`.
fn is_called(target: &TableName, name: &TableName, registered: &[Registered]) -> bool {
    let renamed = registered.iter().find(|one| one.installation.capture.table == *target);
    let today = renamed.filter(|one| one.active).map_or(target, name_today);
    today.name.eq_ignore_ascii_case(&name.name)
}

/// The values that a column outside the key has or had in that row.
fn values_of(
    connection: &Connection,
    registered: &[Registered],
    row: &RowRef,
    column: &str,
) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    if registry::exists(connection, &row.table.name)? {
        let query = RowsNow { table: row.table.clone(), matching: row.key.clone(), limit: 2 };
        let now = live::rows_now(connection, &query)?;
        values.extend(now.into_iter().filter_map(|mut row| row.remove(column)));
    }
    let Some(target) = registered.iter().find(|one| *name_today(one) == row.table) else { return Ok(values) };
    for events in target.installation.capture.readable_events().filter(|events| !events.key.is_empty()) {
        let Some(found) = events.columns.iter().find(|found| found.name == column) else { continue };
        let source = Source { registered: target, events };
        for key in value::key_values(&row.key, events, &row.table.to_string())? {
            let same = (Pointer { columns: events.key.clone(), values: key.clone() }).sql("e", 1);
            let sql =
                format!("select distinct e.{} from {} as e where {same}", quote_name(column), source.table());
            let mut query = connection.prepare_cached(&sql).map_err(gone(&events.name))?;
            let one = |row: &rusqlite::Row<'_>| Ok(value::to_json(row.get_ref(0)?, &found.event_type));
            let told = query
                .query_map(params_from_iter(key), one)
                .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
            for value in told.map_err(ours(DOING))? {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }
    Ok(values)
}

/// The ways in to every event whose row points there, before or after; and to some others, which the images tell.
pub(super) fn ways(
    ways: &[Conditions],
    readers: &Readers<'_>,
    pointers: &[Pointer],
) -> Result<Vec<Conditions>> {
    let mut narrowed = Vec::new();
    for (way, pointer) in ways.iter().flat_map(|way| pointers.iter().map(move |pointer| (way, pointer))) {
        let mut bound = way.clone();
        let first = bound.values.len() + 1;
        for value in &pointer.values {
            bound.bind(value.clone());
        }
        for part in neighbours(readers, pointer, first)? {
            let mut way = bound.clone();
            way.and(part);
            narrowed.push(way);
        }
    }
    Ok(narrowed)
}

/// Conditions on `e`: its image points there; or that of the event before it; or, where old images are recorded, of
/// the event after it, or of the row as it is now.
fn neighbours(readers: &Readers<'_>, pointer: &Pointer, first: usize) -> Result<Vec<String>> {
    let (own, source) = (&readers.own, &readers.own.source);
    let mut parts = vec![pointer.sql("e", first)];
    let key = &source.events.key;
    if key.is_empty() {
        return Ok(parts);
    }
    let table = source.table();
    let chosen = |id: String, from: &str, points: &str| {
        format!("e.rl_event_id in (select ({id}) from {from} as x where {points})")
    };
    let same = |value: &dyn Fn(&str) -> String| {
        key.iter()
            .map(|name| format!("n.{} is {}", quote_name(name), value(name)))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let of_x = |name: &str| format!("x.{}", quote_name(name));
    let old_images =
        own.rules(Op::Update).count() == 0 || own.rules(Op::Update).any(|rule| rule.image == Image::Old);
    let points = pointer.sql("x", first);
    for from in [readers.complete.as_ref(), Some(own)].into_iter().flatten() {
        if !pointer.columns.iter().all(|name| from.column(name).is_some()) {
            continue;
        }
        let from = from.source.table();
        for same in [same(&of_x), format!("n.rl_old_key = {}", key_json(key, |_, name| of_x(name)))] {
            let next = format!(
                "select min(n.rl_event_id) from {table} as n where {same} and n.rl_event_id > x.rl_event_id"
            );
            parts.push(chosen(next, &from, &points));
        }
        if old_images {
            let had = |name: &str| {
                let then = format!(
                    "select j.value from json_each(x.rl_old_key) as j where j.key = {}",
                    quote_text(name)
                );
                format!("case when x.rl_old_key is null then {} else ({then}) end", of_x(name))
            };
            let last = format!(
                "select max(n.rl_event_id) from {table} as n where {} and n.rl_event_id < x.rl_event_id",
                same(&had)
            );
            parts.push(chosen(last, &from, &points));
        }
    }
    if let (true, Some(now)) = (old_images, &source.registered.table_now) {
        let columns = live::columns(own.connection, now)?;
        let has = |name: &String| columns.iter().any(|column| column.name == *name);
        if pointer.columns.iter().chain(key).all(has) {
            let last = format!("select max(n.rl_event_id) from {table} as n where {}", same(&of_x));
            parts.push(chosen(last, &format!("main.{}", quote_name(&now.name)), &points));
        }
    }
    Ok(parts)
}

pub(crate) fn referencing(connection: &Connection, rows: &[RowRef]) -> Result<Vec<RowRef>> {
    let registered = registry::registered(connection)?;
    for row in rows {
        let known = registered.iter().any(|one| *name_today(one) == row.table);
        if !known && !registry::exists(connection, &row.table.name)? {
            return Err(Error::request(format!("there is no table {}", row.table)));
        }
    }
    let mut found: Vec<RowRef> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for one in &registered {
        let keyed = one.installation.capture.readable_events().filter(|events| !events.key.is_empty());
        for events in keyed {
            let reader = Reader::new(connection, Source { registered: one, events })?;
            for pointer in pointers(&reader, &registered, rows, false)? {
                // Rows without identity can't be asked about.
                let with_identity = |key: &Row| !key.values().any(Value::is_null);
                for key in pointing_keys(&reader, &pointer)?.into_iter().filter(with_identity) {
                    let row = RowRef::new(name_today(one).clone(), key);
                    if seen.insert((row.table.clone(), Value::Object(row.key.clone()).to_string())) {
                        found.push(row);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// The keys of the rows that pointed there.
fn pointing_keys(reader: &Reader<'_>, pointer: &Pointer) -> Result<Vec<Row>> {
    let source = &reader.source;
    let key = list("e.", &source.events.key);
    let sql = format!(
        "select distinct {key} from {} as e where {} order by {key}",
        source.table(),
        pointer.sql("e", 1)
    );
    let mut query = reader.connection.prepare_cached(&sql).map_err(gone(&source.events.name))?;
    let one = |row: &rusqlite::Row<'_>| {
        let parts = 0..source.events.key.len();
        let key: Vec<Stored> = parts.map(|index| row.get(index)).collect::<rusqlite::Result<_>>()?;
        Ok(reader.key_row(&key))
    };
    let keys = query.query_map(params_from_iter(&pointer.values), one).and_then(Iterator::collect);
    keys.map_err(ours(DOING))
}
