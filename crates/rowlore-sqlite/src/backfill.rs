//! The rows from before the tracking: one turn of a resumable walk in key order.

use rowlore::capture::{EventTable, Installation};
use rowlore::engine::BackfillTurn;
use rowlore::found::Baseline;
use rowlore::{Error, Result, TableName, Value, quote_name, quote_text};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};
use serde_json::json;

use crate::failure::ours;
use crate::registry;
use crate::render::{events_name, fill};
use crate::rule::list;

const DOING: &str = "record the baseline";

/// How far a walk came; stored in the transaction that records the rows up to there.
struct Position {
    last_key: Option<Vec<Stored>>,
    rows_seen: u64,
    rows_estimated: u64,
}

pub(crate) fn turn(connection: &Connection, table: &TableName, rows_max: usize) -> Result<BackfillTurn> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .map_err(ours(DOING))?;
    let all = registry::registered(&transaction)?;
    let registered = registry::find(&all, table)?;
    let installation = &registered.installation;
    let events = match (installation.baseline, installation.capture.complete_events()) {
        (Baseline::Pending, Some(events)) if registered.active => events,
        (Baseline::Done, _) => return done(&transaction, &installation.capture.table),
        _ => return Err(not_wanted(table, registered.active)),
    };
    if registered.table_now.is_none() {
        return Err(Error::request(format!("{table} is gone, so it has no rows to record"))
            .hint("take it out of the declaration and apply"));
    }
    let position = load(&transaction, installation)?;
    let position = match position {
        Some(position) => position,
        None => Position { last_key: None, rows_seen: 0, rows_estimated: count(&transaction, table)? },
    };
    let keys = next_keys(&transaction, table, events, &position, rows_max.max(1))?;
    let rows_recorded = match keys.last() {
        Some(last) => record(&transaction, table, installation, events, &position, last)?,
        None => 0,
    };
    let rows_seen = keys.len() as u64;
    let finished = keys.len() < rows_max.max(1);
    let next = Position {
        last_key: keys.into_iter().next_back().or(position.last_key),
        rows_seen: position.rows_seen + rows_seen,
        rows_estimated: position.rows_estimated.max(position.rows_seen + rows_seen),
    };
    store(&transaction, installation, &next, finished)?;
    transaction.commit().map_err(ours(DOING))?;
    Ok(BackfillTurn {
        rows_seen,
        rows_recorded,
        rows_seen_total: next.rows_seen,
        rows_estimated: next.rows_estimated,
        finished,
    })
}

fn not_wanted(table: &TableName, active: bool) -> Error {
    if !active {
        return Error::request(format!("{table} is not tracked any more")).hint("declare it and apply first");
    }
    Error::request(format!("{table} is tracked without a baseline"))
        .hint("a baseline needs `baseline = true` and an event table that records every change of every row")
}

/// The answer for a walk that ended in an earlier turn.
fn done(connection: &Connection, table: &TableName) -> Result<BackfillTurn> {
    let sql = "select coalesce(position ->> '$.rows_seen', 0) from rowlore_tracked where table_name = ?1";
    let seen = connection.query_row(sql, [&table.name], number).map_err(ours(DOING))?;
    let turn = BackfillTurn {
        rows_seen: 0,
        rows_recorded: 0,
        rows_seen_total: seen,
        rows_estimated: seen,
        finished: true,
    };
    Ok(turn)
}

fn count(connection: &Connection, table: &TableName) -> Result<u64> {
    let sql = format!("select count(*) from main.{}", quote_name(&table.name));
    connection.query_row(&sql, [], number).map_err(ours(DOING))
}

fn number(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get(0).map(|number: i64| number.unsigned_abs())
}

/// `(a, b) > (?1, ?2)`, or only that no part is null where the walk begins.
fn after(events: &EventTable, position: &Position) -> String {
    let key = list("t.", &events.key);
    match &position.last_key {
        Some(last) => {
            let marks: Vec<String> = (1..=last.len()).map(|index| format!("?{index}")).collect();
            format!("({key}) > ({})", marks.join(", "))
        }
        None => {
            let there: Vec<String> =
                events.key.iter().map(|name| format!("t.{} is not null", quote_name(name))).collect();
            there.join(" and ")
        }
    }
}

fn next_keys(
    connection: &Connection,
    table: &TableName,
    events: &EventTable,
    position: &Position,
    rows_max: usize,
) -> Result<Vec<Vec<Stored>>> {
    let key = list("t.", &events.key);
    let (table, after) = (quote_name(&table.name), after(events, position));
    let sql = format!("select {key} from main.{table} as t where {after} order by {key} limit {rows_max}");
    let mut query = connection.prepare_cached(&sql).map_err(ours(DOING))?;
    let values = params_from_iter(position.last_key.iter().flatten());
    let read = |row: &rusqlite::Row<'_>| (0..events.key.len()).map(|index| row.get(index)).collect();
    query.query_map(values, read).and_then(Iterator::collect).map_err(ours(DOING))
}

fn record(
    connection: &Connection,
    table: &TableName,
    installation: &Installation,
    events: &EventTable,
    position: &Position,
    last: &[Stored],
) -> Result<u64> {
    let names: Vec<String> = events.columns.iter().map(|column| column.name.clone()).collect();
    let bound = position.last_key.as_ref().map_or(0, Vec::len);
    let marks: Vec<String> = (1..=last.len()).map(|index| format!("?{}", index + bound)).collect();
    let key = list("t.", &events.key);
    let range = format!("{} and ({key}) <= ({})", after(events, position), marks.join(", "));
    let same_key: Vec<String> =
        events.key.iter().map(|name| format!("e.{0} is t.{0}", quote_name(name))).collect();
    let sql = fill(
        include_str!("../sql/read/backfill.sql"),
        &[
            ("events", &quote_name(&events_name(&events.name))),
            ("columns", &list("", &names)),
            ("order", &key),
            ("values", &list("t.", &names)),
            ("table", &quote_name(&table.name)),
            ("registered", &quote_text(&installation.capture.table.name)),
            ("range", &range),
            ("same_key", &same_key.join(" and ")),
            ("since", &installation.since.to_string()),
        ],
    );
    let values = params_from_iter(position.last_key.iter().flatten().chain(last));
    let mut statement = connection.prepare_cached(&sql).map_err(ours(DOING))?;
    let recorded = statement.execute(values).map_err(ours(DOING))?;
    let count = "update rowlore_state set last_event_id = last_event_id + ?1";
    let recorded = i64::try_from(recorded).unwrap_or(i64::MAX);
    connection.execute(count, [recorded]).map_err(ours(DOING))?;
    Ok(recorded.unsigned_abs())
}

fn load(connection: &Connection, installation: &Installation) -> Result<Option<Position>> {
    let sql = "select position from rowlore_tracked where table_name = ?1";
    let table = &installation.capture.table.name;
    let stored: Option<String> = connection.query_row(sql, [table], |row| row.get(0)).map_err(ours(DOING))?;
    let Some(stored) = stored else { return Ok(None) };
    let parsed = serde_json::from_str::<Value>(&stored).ok().and_then(|stored| {
        let last_key = match &stored["last_key"] {
            Value::Array(key) => Some(key.iter().map(from_json).collect::<Option<Vec<_>>>()?),
            _ => None,
        };
        let (rows_seen, rows_estimated) = (stored["rows_seen"].as_u64()?, stored["rows_estimated"].as_u64()?);
        Some(Position { last_key, rows_seen, rows_estimated })
    });
    parsed.map(Some).ok_or_else(|| {
        Error::operator(format!("how far the baseline of {table} came can't be read"))
            .hint("set its position in rowlore_tracked to null: the walk begins again and doubles nothing")
    })
}

fn store(
    connection: &Connection,
    installation: &Installation,
    position: &Position,
    finished: bool,
) -> Result<()> {
    let last_key: Option<Vec<Value>> =
        position.last_key.as_ref().map(|key| key.iter().map(to_json).collect());
    let text = json!({
        "last_key": last_key, "rows_seen": position.rows_seen, "rows_estimated": position.rows_estimated,
    });
    let table = &installation.capture.table.name;
    let sql = "update rowlore_tracked set position = ?2 where table_name = ?1";
    connection.execute(sql, (table, text.to_string())).map_err(ours(DOING))?;
    if finished {
        let sql = "update rowlore_tracked set installation = json_set(installation, '$.baseline', 'done') \
                   where table_name = ?1";
        connection.execute(sql, [table]).map_err(ours(DOING))?;
    }
    Ok(())
}

/// A value with its storage class, so that it compares as it did.
fn to_json(value: &Stored) -> Value {
    match value {
        Stored::Null => Value::Null,
        Stored::Integer(number) => json!(number),
        // By its bits: the shortest decimal form comes back exactly, infinity does not.
        Stored::Real(number) => json!({"real": number.to_bits().to_string()}),
        Stored::Text(text) => json!(text),
        Stored::Blob(bytes) => json!({"blob": bytes}),
    }
}

fn from_json(value: &Value) -> Option<Stored> {
    Some(match value {
        Value::Null => Stored::Null,
        Value::Number(number) => Stored::Integer(number.as_i64()?),
        Value::String(text) => Stored::Text(text.clone()),
        Value::Object(one) => match (one.get("real"), one.get("blob")) {
            (Some(bits), _) => Stored::Real(f64::from_bits(bits.as_str()?.parse().ok()?)),
            (_, Some(bytes)) => Stored::Blob(serde_json::from_value(bytes.clone()).ok()?),
            _ => return None,
        },
        Value::Bool(_) | Value::Array(_) => return None,
    })
}
