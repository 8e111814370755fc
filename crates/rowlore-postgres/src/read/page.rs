//! Which events: their places, newest first, found without reading what is in them.

use jiff::Timestamp;
use rowlore::capture::{Capture, EventTable};
use rowlore::found::Registered;
use rowlore::read::EventQuery;
use rowlore::{Error, Result, TableName, quote_name};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::error::failed;
use crate::key;

/// An event table to look into.
pub(super) struct Source<'a> {
    pub(super) table: TableName,
    pub(super) capture: &'a Capture,
    pub(super) events: &'a EventTable,
}

/// Where an event is: which source, and the row's place in its table (stable, since events never change).
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) ctid: String,
    pub(super) event_id: i64,
}

/// Bound values of a statement.
pub(super) type Params = Vec<Box<dyn ToSql + Sync + Send>>;

/// How many event ids a query without a key looks through first; each further stretch is larger.
const STRETCH_FIRST: i64 = 20_000;

/// The event tables that the query is about.
pub(super) fn sources<'a>(registered: &'a [Registered], query: &EventQuery) -> Result<Vec<Source<'a>>> {
    let mut sources = Vec::new();
    let mut unknown: Vec<&TableName> = query.tables.iter().collect();
    for one in registered {
        let capture = &one.installation.capture;
        let today = one.table_now.clone().unwrap_or_else(|| capture.table.clone());
        if !query.tables.is_empty() && !query.tables.contains(&today) {
            continue;
        }
        unknown.retain(|name| **name != today);
        for events in capture.readable_events() {
            if query.events.as_ref().is_none_or(|name| *name == events.name) {
                sources.push(Source { table: today.clone(), capture, events });
            }
        }
    }
    if let Some(name) = unknown.first() {
        return Err(
            Error::request(format!("{name} is not tracked")).hint("declare it in rowlore.toml and apply")
        );
    }
    if query.key.is_some() && query.tables.len() != 1 {
        return Err(Error::request("a key needs exactly one table").hint("name the table that the key is of"));
    }
    Ok(sources)
}

/// The newest `query.limit` places.
pub(super) async fn read(client: &Client, sources: &[Source<'_>], query: &EventQuery) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    if sources.is_empty() || query.limit == 0 {
        return Ok(places);
    }
    let last = client.query_one("select last_value from rowlore.event_id", &[]).await;
    let last: i64 = last.map_err(failed("read events"))?.get(0);
    let mut high = query.before.unwrap_or(i64::MAX).min(last.saturating_add(1));
    // A row's events are found by its key. All others come in the order of their ids, so the newest are at the end:
    // look there first, and further back only when that was not enough.
    let mut stretch = if query.key.is_some() { i64::MAX } else { STRETCH_FIRST };
    while high > 0 && places.len() < query.limit {
        let low = high.saturating_sub(stretch).max(0);
        let (sql, params) = statement(sources, query, low, high, query.limit - places.len())?;
        let bound: Vec<&(dyn ToSql + Sync)> =
            params.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        let rows = client.query(&sql, &bound).await.map_err(failed("read events"))?;
        places.extend(rows.iter().map(|row| Place {
            source: usize::try_from(row.get::<_, i32>(0)).unwrap_or(0),
            ctid: row.get(1),
            event_id: row.get(2),
        }));
        high = low;
        stretch = stretch.saturating_mul(8);
    }
    Ok(places)
}

fn statement(
    sources: &[Source<'_>],
    query: &EventQuery,
    low: i64,
    high: i64,
    limit: usize,
) -> Result<(String, Params)> {
    let mut params: Params =
        vec![Box::new(low), Box::new(high), Box::new(i64::try_from(limit).unwrap_or(i64::MAX))];
    if let Some(event_id) = query.not_with {
        params.push(Box::new(event_id));
    }
    let conditions = conditions(query, &mut params);
    let first_key_param = params.len() + 1;
    let mut arms = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let mut arm = conditions.clone();
        if let Some(row) = &query.key {
            let key = key::key(source.capture, row)?;
            if params.len() < first_key_param {
                params.extend(
                    key.texts.iter().map(|text| Box::new(text.clone()) as Box<dyn ToSql + Sync + Send>),
                );
            }
            // The row's own events, the one that moved it away, and those that emptied the whole table.
            let first = quote_name(key.columns.first().map_or("", |(name, _)| name));
            // (Unless another row took the key in the same statement: then the one that left is not meant.)
            arm.push_str(&format!(
                " and ({own} or (e.rl_old_key = {json} and not exists (select from rowlore.{events} a\n    \
                 where {arrived} and a.rl_xid = e.rl_xid and a.rl_at = e.rl_at))\n  \
                 or (e.{first} is null and e.rl_op = 't'))",
                own = key.is("e", first_key_param),
                arrived = key.is("a", first_key_param),
                json = key.json(first_key_param),
                events = quote_name(&source.events.name),
            ));
        }
        if query.not_with.is_some() {
            arm.push_str(&format!(
                " and not exists (select from rowlore.{} w where w.rl_event_id = $4\n    \
                 and w.rl_xid = e.rl_xid and w.rl_at = e.rl_at)",
                quote_name(&source.events.name)
            ));
        }
        let joined =
            if query.actor.is_some() { " join rowlore.context c on c.id = e.rl_context_id" } else { "" };
        arms.push(format!(
            "(select {index}, e.ctid::text, e.rl_event_id from rowlore.{} e{joined}\n  \
             where e.rl_event_id >= $1 and e.rl_event_id < $2{arm}\n  order by e.rl_event_id desc limit $3)",
            quote_name(&source.events.name)
        ));
    }
    let sql = format!(
        "select * from (\n{}\n) page\norder by rl_event_id desc limit $3",
        arms.join("\nunion all\n")
    );
    Ok((sql, params))
}

/// What the query asks of every event, whatever its table.
fn conditions(query: &EventQuery, params: &mut Params) -> String {
    let mut sql = String::new();
    let mut add = |condition: &str, value: Box<dyn ToSql + Sync + Send>| {
        params.push(value);
        sql.push_str(&format!(" and {}", condition.replace("$?", &format!("${}", params.len()))));
    };
    if !query.labels.is_empty() {
        add("e.rl_label = any($?)", Box::new(query.labels.clone()));
    }
    if !query.ops.is_empty() {
        let letters: Vec<String> = query.ops.iter().map(|op| op.letter().to_string()).collect();
        add("e.rl_op::text = any($?::text[])", Box::new(letters));
    }
    if let Some(actor) = &query.actor {
        add("c.frame ->> 'actor' = $?", Box::new(actor.clone()));
    }
    let text = |at: Timestamp| Box::new(at.to_string());
    if let Some(since) = query.since {
        add("e.rl_at >= $?::text::timestamptz", text(since));
    }
    if let Some(until) = query.until {
        add("e.rl_at <= $?::text::timestamptz", text(until));
    }
    if let Some(xid) = query.xid {
        add("e.rl_xid = $?::text::bigint", Box::new(xid.to_string()));
    }
    if !query.event_ids.is_empty() {
        add("e.rl_event_id = any($?)", Box::new(query.event_ids.clone()));
    }
    sql
}
