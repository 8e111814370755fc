//! Events of rows that point at other rows by a foreign key, before or after the event.
//!
//! First the events whose own image points there: by an index where the column is a link, else by one look at the whole
//! event table. What only the other image shows (the row pointed there until this event, or from it on) is an event next
//! to one of these in its row's history; each is checked against its exact other image.

use std::collections::HashMap;

use rowlore::found::{ForeignKey, Registered};
use rowlore::read::RowRef;
use rowlore::{Error, Result, Row, TableName, quote_name};
use tokio_postgres::Client;

use super::bind::Params;
use super::conditions::Conditions;
use super::other::{Other, other};
use super::rows::{Keys, Scope, keys_sql};
use super::source::{Relations, Source, key_of, today};
use crate::dialect::{events_sql, table_sql};
use crate::error::failed;
use crate::value;

/// The values that foreign keys hold when they point at the wanted rows, by target table and columns.
#[derive(Default)]
pub(super) struct Targets(HashMap<(TableName, Vec<String>), Keys>);

/// A foreign key of a source's rows that may point at one of the wanted rows.
pub(super) struct Pointer<'a> {
    columns: Vec<(&'a str, &'a str)>,
    keys: &'a [Vec<Option<String>>],
    indexed: bool,
}

/// The foreign keys whose columns the source's events hold.
fn foreign_keys<'a>(source: &Source<'a>, links_only: bool) -> impl Iterator<Item = &'a ForeignKey> {
    let (capture, events) = (source.capture, source.events);
    let held = move |name: &String| events.columns.iter().any(|column| column.name == *name);
    let is_link = move |foreign: &ForeignKey| matches!(foreign.columns.as_slice(), [column] if capture.links.contains(column));
    capture
        .foreign_keys
        .iter()
        .filter(move |foreign| foreign.columns.iter().all(held) && (!links_only || is_link(foreign)))
}

impl Targets {
    /// Reads the rows' values of the columns that are pointed at, where these are not the key that was given.
    pub(super) async fn find(
        client: &Client,
        registered: &[Registered],
        sources: &[Source<'_>],
        rows: &[RowRef],
        links_only: bool,
    ) -> Result<Self> {
        let mut targets = Self::default();
        for foreign in sources.iter().flat_map(|source| foreign_keys(source, links_only)) {
            let place = (foreign.table.clone(), foreign.target.clone());
            let ours: Vec<&RowRef> = rows.iter().filter(|row| row.table == foreign.table).collect();
            if ours.is_empty() || targets.0.contains_key(&place) {
                continue;
            }
            let mut keys = Keys::new();
            for row in ours {
                if foreign.target.iter().all(|name| row.key.contains_key(name)) {
                    keys.push(texts(&row.key, &foreign.target));
                } else {
                    keys.extend(look_up(client, registered, row, &foreign.target).await?);
                }
            }
            keys.retain(|key| key.iter().all(Option::is_some));
            targets.0.insert(place, keys);
        }
        Ok(targets)
    }

    /// The foreign keys of this source that may point at the wanted rows.
    pub(super) fn pointers<'a>(&'a self, source: &Source<'a>, links_only: bool) -> Vec<Pointer<'a>> {
        let mut pointers = Vec::new();
        for foreign in foreign_keys(source, links_only) {
            let keys = self.0.get(&(foreign.table.clone(), foreign.target.clone()));
            let Some(keys) = keys.filter(|keys| !keys.is_empty()) else { continue };
            let indexed = source.events.indexes.iter().any(|index| index.starts_with(&foreign.columns));
            let events = source.events;
            let typed = |name: &'a String| {
                let column = events.columns.iter().find(|column| column.name == *name);
                (name.as_str(), column.map_or("text", |column| column.event_type.as_str()))
            };
            let columns = foreign.columns.iter().map(typed).collect();
            pointers.push(Pointer { columns, keys, indexed });
        }
        pointers
    }
}

fn texts(row: &Row, columns: &[String]) -> Vec<Option<String>> {
    columns.iter().map(|name| row.get(name).and_then(value::as_text)).collect()
}

/// All values that the row's `columns` have, and had as far as that is recorded.
async fn look_up(
    client: &Client,
    registered: &[Registered],
    row: &RowRef,
    columns: &[String],
) -> Result<Keys> {
    let Some(one) = registered.iter().find(|one| today(one) == row.table) else {
        return Err(Error::request(format!(
            "{} is not tracked, so a row of it is found by the columns that are pointed at",
            row.table
        ))
        .hint(format!("give these columns as the key: {}", columns.join(", "))));
    };
    let capture = &one.installation.capture;
    let key = crate::key::key(capture, &row.key)?;
    let names: Vec<String> = columns.iter().map(|name| format!("t.{}::text", quote_name(name))).collect();
    let held = |events: &&rowlore::capture::EventTable| {
        columns.iter().all(|name| events.columns.iter().any(|column| column.name == *name))
            && key_of(capture, events).len() == capture.key.len()
    };
    let tables: Vec<String> = capture
        .readable_events()
        .filter(held)
        .map(events_sql)
        .chain(one.table_now.as_ref().map(table_sql))
        .collect();
    let arms: Vec<String> = tables
        .iter()
        .map(|table| format!("select array[{}] from {table} t where {}", names.join(", "), key.is("t", 1)))
        .collect();
    let texts: Vec<_> =
        key.texts.iter().map(|text| text as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    let rows = client.query(&arms.join("\nunion "), &texts).await;
    let rows = rows.map_err(failed("look up what foreign keys point at"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// `alias.column = w.column`, for each.
fn equal(pointer: &Pointer<'_>, alias: &str, with: &str) -> String {
    let same = |(name, _): &(&str, &str)| format!("{alias}.{0} = {with}.{0}", quote_name(name));
    pointer.columns.iter().map(same).collect::<Vec<_>>().join(" and ")
}

/// The wanted values of each foreign key, as `w0`, `w1`, …
fn wanted(pointers: &[Pointer<'_>], params: &mut Params) -> String {
    let with = pointers.iter().enumerate().map(|(place, pointer)| {
        format!("w{place} as materialized ({})", keys_sql(&pointer.columns, pointer.keys, params))
    });
    with.collect::<Vec<_>>().join(",\n")
}

/// Events `e` of `table` whose own image points at a wanted row, as `columns`; by the index where there is one.
fn hits(pointer: &Pointer<'_>, place: usize, table: &str, columns: &str, rest: &str) -> String {
    if pointer.indexed {
        return format!(
            "select f.* from w{place} w cross join lateral (select {columns} from {table} e{rest} and {}) f",
            equal(pointer, "e", "w")
        );
    }
    let exists = format!("exists (select from w{place} w where {})", equal(pointer, "e", "w"));
    format!("(select {columns} from {table} e{rest} and {exists})")
}

/// The newest events that point at a wanted row, before or after.
pub(super) fn arm(
    scope: &Scope<'_>,
    pointers: &[Pointer<'_>],
    conditions: &Conditions,
    params: &mut Params,
) -> String {
    let Scope { index, source, relations, range, limit } = scope;
    let table = source.sql();
    let other = other(source, relations);
    let mut found = Vec::new();
    for (place, pointer) in pointers.iter().enumerate() {
        let rest = format!("{}\n    where {range}{}", conditions.join, conditions.sql);
        found.push(newest(pointer, place, &table, &rest, limit));
        if let Some(other) = &other {
            let neighbours = neighbours(source, relations, pointer, place, range, conditions, other);
            found.push(neighbours);
        }
    }
    format!(
        "(with {wanted}\n\
         select distinct {index}, place, rl_event_id from (\n  {found}) found\n\
         order by rl_event_id desc limit {limit})",
        wanted = wanted(pointers, params),
        found = found.join("\n  union all\n  "),
    )
}

/// The newest hits, at most `limit` of each wanted row.
fn newest(pointer: &Pointer<'_>, place: usize, table: &str, rest: &str, limit: &str) -> String {
    let columns = "e.ctid::text as place, e.rl_event_id";
    if pointer.indexed {
        return format!(
            "select f.* from w{place} w cross join lateral (select {columns} from {table} e{rest} and {}\n    \
             order by e.rl_event_id desc limit {limit}) f",
            equal(pointer, "e", "w")
        );
    }
    let exists = format!("exists (select from w{place} w where {})", equal(pointer, "e", "w"));
    format!("(select {columns} from {table} e{rest} and {exists} order by e.rl_event_id desc limit {limit})")
}

/// Events next to a hit in its row's history whose other image points at a wanted row.
fn neighbours(
    source: &Source<'_>,
    relations: &Relations,
    pointer: &Pointer<'_>,
    place: usize,
    range: &str,
    conditions: &Conditions,
    other: &Other,
) -> String {
    let table = source.sql();
    let key: Vec<String> = source.key().iter().map(|(name, _)| format!("e.{}", quote_name(name))).collect();
    let columns = format!("{}, e.rl_event_id", key.join(", "));
    // What was before an event stands where every change is recorded, if there is such a table.
    let complete = source.capture.complete_events().map(events_sql).filter(|complete| *complete != table);
    let holds = pointer.columns.iter().all(|(name, _)| {
        complete.as_ref().is_some_and(|complete| relations.type_of(complete, name).is_some())
    });
    let mut hit = vec![hits(pointer, place, &table, &columns, "\n    where true")];
    if let (Some(complete), true) = (&complete, holds) {
        let pointer = Pointer { columns: pointer.columns.clone(), keys: pointer.keys, indexed: false };
        hit.push(hits(&pointer, place, complete, &columns, "\n    where true"));
    }
    let old_key = format!("e.rl_old_key = {}", source.key_json("m"));
    let same = source.same_key("e", "m");
    let near = |condition: &str, compare: &str, order: &str| {
        format!(
            "(select e.*, e.ctid from {table} e where {condition} and e.rl_event_id {compare} m.rl_event_id\n      \
             order by e.rl_event_id{order} limit 2)"
        )
    };
    let candidates = [near(&same, ">", ""), near(&old_key, ">", ""), near(&same, "<", " desc")];
    let known: Vec<String> = pointer.columns.iter().map(|(name, _)| other.knows(name)).collect();
    let join = if conditions.join.is_empty() { &other.join } else { &conditions.join };
    let pairs = pointer.columns.iter().map(|(name, _)| format!("o.{0} = w.{0}", quote_name(name)));
    let checked = format!(
        "{} and exists (select from w{place} w where {})",
        known.join(" and "),
        pairs.collect::<Vec<_>>().join(" and ")
    );
    let beside = format!(
        "select distinct on (e.rl_event_id) e.* from (\n      {}) m\n    cross join lateral (\n      {}) e",
        hit.join("\n      union all "),
        candidates.join("\n      union all ")
    );
    let last = last_of_live(source, relations, pointer, place);
    let last = last.map(|last| format!("\n    union all {last}")).unwrap_or_default();
    format!(
        "(select e.ctid::text, e.rl_event_id from (({beside}){last}) e{join}\n    \
         where e.rl_op = 'u' and {range} and {checked}{})",
        conditions.sql
    )
}

/// The last event of each row that points at a wanted row now: where old images are recorded, nothing else may show it.
fn last_of_live(
    source: &Source<'_>,
    relations: &Relations,
    pointer: &Pointer<'_>,
    place: usize,
) -> Option<String> {
    let live = table_sql(source.registered.table_now.as_ref()?);
    let old = source
        .capture
        .rules_on(rowlore::declare::Operation::Update)
        .any(|rule| rule.events == source.events.name && rule.image == rowlore::declare::Image::Old);
    let there = pointer.columns.iter().all(|(name, _)| relations.type_of(&live, name).is_some());
    if !old || !there || !relations.readable(&live) {
        return None;
    }
    Some(format!(
        "select e.* from {live} t cross join lateral (\n      \
         select e.*, e.ctid from {} e where {} order by e.rl_event_id desc limit 1) e\n    \
         where exists (select from w{place} w where {})",
        source.sql(),
        source.same_key("e", "t"),
        equal(pointer, "t", "w")
    ))
}

/// The rows that ever pointed at one of the wanted rows, each once.
pub(super) async fn referencing(
    client: &Client,
    registered: &[Registered],
    sources: &[Source<'_>],
    rows: &[RowRef],
) -> Result<Vec<RowRef>> {
    let targets = Targets::find(client, registered, sources, rows, false).await?;
    let mut found: Vec<RowRef> = Vec::new();
    for source in sources.iter().filter(|source| !source.events.key.is_empty()) {
        let pointers = targets.pointers(source, false);
        if pointers.is_empty() {
            continue;
        }
        let mut params = Params::default();
        let with = wanted(&pointers, &mut params);
        let key: Vec<(String, &str, &str)> = source
            .key()
            .into_iter()
            .map(|(name, kind)| (format!("k.{}", quote_name(name)), name, kind))
            .collect();
        let own: Vec<String> = source
            .earlier_key("e")
            .into_iter()
            .map(|(sql, name, _)| {
                let now = format!("e.{}", quote_name(name));
                format!("case when e.rl_image = 'o' then {sql} else {now} end as {}", quote_name(name))
            })
            .collect();
        let table = source.sql();
        let hits: Vec<String> = pointers
            .iter()
            .enumerate()
            .map(|(place, pointer)| hits(pointer, place, &table, &own.join(", "), "\n  where true"))
            .collect();
        let names: Vec<&str> = key.iter().map(|(sql, ..)| sql.as_str()).collect();
        let sql = format!(
            "with {with}\nselect {} from (\n  {}) k\nwhere {} is not null\ngroup by {names}\norder by {names}",
            value::row_json(&key),
            hits.join("\n  union all "),
            names.first().unwrap_or(&"true"),
            names = names.join(", "),
        );
        let rows = params.query(client, &sql).await.map_err(failed("look for rows that point there"))?;
        for row in &rows {
            let key = value::read_row(row.get(0))
                .map_err(|error| Error::bug("a key can't be read").caused_by(error))?;
            let row = RowRef::new(source.table.clone(), key);
            if !found.contains(&row) {
                found.push(row);
            }
        }
    }
    Ok(found)
}
