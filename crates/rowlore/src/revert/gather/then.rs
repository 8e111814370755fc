//! One row to what it was at a moment: found again under the key it has now, and under the one it had then.

use super::captures::exact_events;
use super::recorded::Recorder;
use super::{Undone, record};
use crate::change::{Change, Op, Row};
use crate::engine::Engine;
use crate::read::{EventQuery, Moment, RowRef, RowsAt, RowsNow};
use crate::revert::fold::Fate;
use crate::{Error, Result, Value};

/// A row can't have changed its key more often than this, or it goes round in a ring.
const KEYS_MAX: usize = 1000;

/// How many events are looked through at once.
const PAGE: usize = 1000;

pub(super) async fn row<E: Engine>(
    recorder: &Recorder<'_, E>,
    row: &RowRef,
    moment: Moment,
) -> Result<Undone> {
    let capture = recorder.captures.capture(&row.table)?;
    let (key, live) = now(recorder, row).await?;
    let key_then = key_at(recorder, &RowRef::new(row.table.clone(), key), moment).await?;
    let query = RowsAt { table: row.table.clone(), key: Some(key_then), at: moment, limit: 1 };
    let before = recorder.engine.rows_at(&query).await?.pop();
    let of = format!("{} {} to {moment}", row.table, key_text(&row.key));
    if before.is_none() && live.is_none() {
        return Err(Error::request(format!("{} has no such row now, and had none at {moment}", row.table))
            .hint("look at the key and the moment"));
    }
    let events = exact_events(capture);
    let recorded =
        |name: &String| events.is_some_and(|events| events.columns.iter().any(|column| column.name == *name));
    let after = live.map(|row| row.into_iter().filter(|(name, _)| recorded(name)).collect::<Row>());
    let mut fate = Fate::new(row.table.clone(), before, after);
    fate.changed = fate.differing();
    let mut notes = Vec::new();
    for ignored in events.iter().flat_map(|events| &events.ignored) {
        if fate.changed.remove(ignored) {
            notes.push(format!(
                "{}: column `{ignored}` is left as it is: its changes alone are not recorded",
                row.table
            ));
        }
    }
    let at = match moment {
        Moment::At(at) => Value::from(at.to_string()),
        Moment::After(event_id) => Value::from(event_id),
    };
    let what = serde_json::json!({"table": row.table.to_string(), "key": row.key, "to": at});
    Ok(Undone { of, record: record("row", what), fates: vec![fate], notes })
}

/// The key that the row has now, and the row itself.
async fn now<E: Engine>(recorder: &Recorder<'_, E>, row: &RowRef) -> Result<(Row, Option<Row>)> {
    let mut key = row.key.clone();
    for _ in 0..KEYS_MAX {
        let query = RowsNow { table: row.table.clone(), matching: key.clone(), limit: 1 };
        if let Some(live) = recorder.engine.rows_now(&query).await?.pop() {
            return Ok((key, Some(live)));
        }
        let last = EventQuery { tables: vec![row.table.clone()], limit: 1, ..EventQuery::default() };
        let last = last.tracks([RowRef::new(row.table.clone(), key.clone())]);
        match recorder.changes(&last).await?.pop() {
            Some(Change { op: Op::Update, old_key: Some(old), key: new, .. }) if old == key => key = new,
            _ => break,
        }
    }
    Ok((key, None))
}

/// The key that the row had at a moment.
async fn key_at<E: Engine>(recorder: &Recorder<'_, E>, row: &RowRef, moment: Moment) -> Result<Row> {
    let events = exact_events(recorder.captures.capture(&row.table)?).map(|events| events.name.clone());
    let mut query = EventQuery {
        tables: vec![row.table.clone()],
        key: Some(row.key.clone()),
        events,
        limit: PAGE,
        ..EventQuery::default()
    };
    if let Moment::At(at) = moment {
        query.since = Some(at);
    }
    let mut key = row.key.clone();
    loop {
        let page = recorder.changes(&query).await?;
        let full = page.len() == PAGE;
        let mut moved = false;
        for change in page {
            let later = match moment {
                Moment::At(at) => change.at > at,
                Moment::After(event_id) => change.event_id > event_id,
            };
            if !later {
                return Ok(key);
            }
            query.before = Some(change.event_id);
            if let Some(old) = change.old_key.filter(|_| change.key == key) {
                key = old;
                query.key = Some(key.clone());
                query.not_with = query.before;
                moved = true;
                break;
            }
        }
        if !full && !moved {
            return Ok(key);
        }
    }
}

/// A key for a person.
pub(super) fn key_text(key: &Row) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    key.values().map(text).collect::<Vec<_>>().join("/")
}
