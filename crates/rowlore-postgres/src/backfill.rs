//! Baseline events for rows from before the tracking, a few at a time, while writers go on.
//!
//! A row under our share lock has no writer at work, and every writer that was is visible to the next statement: so
//! "no event yet" is exact then. Rows that somebody else holds are passed over: their writer records the old image
//! itself, or, if it gives up, the last sweep finds them.

use rowlore::capture::{Capture, EventTable, Installation};
use rowlore::engine::BackfillTurn;
use rowlore::found::Baseline;
use rowlore::{Error, ErrorKind, Result, TableName, quote_name};
use serde_json::Value;
use tokio_postgres::types::Json;
use tokio_postgres::{Client, Transaction};

use crate::dialect::{events_sql, table_sql};
use crate::error::failed;
use crate::template::fill;
use crate::value;

/// One turn: at most `rows_max` rows, in one transaction.
pub(crate) async fn turn(client: &mut Client, table: &TableName, rows_max: usize) -> Result<BackfillTurn> {
    let fail = failed("record the baseline");
    let transaction = client.transaction().await.map_err(&fail)?;
    transaction.batch_execute(include_str!("../sql/backfill/begin.sql")).await.map_err(&fail)?;
    let state = state(&transaction, table).await?;
    let done = match run(&transaction, &state, rows_max).await {
        Ok(turn) => {
            transaction.commit().await.map_err(&fail)?;
            return Ok(turn);
        }
        Err(error) if error.kind() == ErrorKind::Retry => BackfillTurn { rows_seen: 0, ..state.turn() },
        Err(error) => return Err(error),
    };
    // A writer held a row for longer than we may wait: nothing is lost, the next turn tries again.
    transaction.rollback().await.map_err(&fail)?;
    Ok(done)
}

/// How far the backfill of a table is.
struct State {
    id: i32,
    installation: Installation,
    after: Option<Value>,
    rows_seen: i64,
    rows_estimated: i64,
}

impl State {
    fn turn(&self) -> BackfillTurn {
        BackfillTurn {
            rows_seen: 0,
            rows_recorded: 0,
            rows_seen_total: u64::try_from(self.rows_seen).unwrap_or(0),
            rows_estimated: u64::try_from(self.rows_estimated).unwrap_or(0),
            finished: false,
        }
    }
}

/// Reads the registry's row, and holds it: a second backfill of the same table waits for this turn.
async fn state(transaction: &Transaction<'_>, table: &TableName) -> Result<State> {
    let row =
        transaction.query_opt(include_str!("../sql/backfill/state.sql"), &[&table.schema, &table.name]).await;
    let Some(row) = row.map_err(failed("read how far the baseline is"))? else {
        return Err(
            Error::request(format!("{table} is not tracked")).hint("declare it in rowlore.toml and apply")
        );
    };
    let Json(installation): Json<Installation> = row.get("installation");
    let after: Option<Json<Value>> = row.get("backfill_after");
    Ok(State {
        id: row.get("id"),
        installation,
        after: after.map(|Json(after)| after),
        rows_seen: row.get("backfill_rows"),
        rows_estimated: row.get("rows_estimated"),
    })
}

async fn run(transaction: &Transaction<'_>, state: &State, rows_max: usize) -> Result<BackfillTurn> {
    let events = match (state.installation.baseline, state.installation.capture.complete_events()) {
        (Baseline::Pending, Some(events)) => events,
        _ => return Ok(BackfillTurn { finished: true, ..state.turn() }),
    };
    let walked = walk(transaction, state, events, rows_max).await?;
    if walked.rows_seen > 0 {
        return Ok(walked);
    }
    let swept = sweep(transaction, state, events, rows_max).await?;
    if swept.rows_seen == 0 {
        finish(transaction, state).await?;
    }
    Ok(BackfillTurn { finished: swept.rows_seen == 0, ..swept })
}

/// The next rows in key order, but those that somebody holds.
async fn walk(
    transaction: &Transaction<'_>,
    state: &State,
    events: &EventTable,
    rows_max: usize,
) -> Result<BackfillTurn> {
    let capture = &state.installation.capture;
    let key: Vec<String> = capture.key.iter().map(|name| format!("t.{}", quote_name(name))).collect();
    let mut after = String::new();
    let mut texts: Vec<String> = Vec::new();
    if let Some(row) = state.after.as_ref().and_then(Value::as_object) {
        let place = crate::key::key(capture, row)?;
        after = format!("({}) > ({})", key.join(", "), place.values(2).join(", "));
        texts = place.texts;
    }
    let condition = if after.is_empty() { "true" } else { &after };
    let locked =
        lock(transaction, capture, condition, "for share of t skip locked", rows_max, &texts).await?;
    let recorded = record(transaction, state, events, &locked).await?;
    let Some(last) = locked.last.as_deref() else { return Ok(state.turn()) };
    let last: Value =
        serde_json::from_str(last).map_err(|error| Error::bug("a key can't be read").caused_by(error))?;
    let seen = locked.ctids.len() as i64;
    let update =
        "update rowlore.tracked set backfill_after = $2, backfill_rows = backfill_rows + $3 where id = $1";
    let moved = transaction.execute(update, &[&state.id, &Json(last), &seen]).await;
    moved.map_err(failed("remember how far the baseline is"))?;
    let total = u64::try_from(state.rows_seen + seen).unwrap_or(0);
    Ok(BackfillTurn {
        rows_seen: locked.ctids.len() as u64,
        rows_recorded: recorded,
        rows_seen_total: total,
        ..state.turn()
    })
}

/// What the walk passed over: rows still without an event.
async fn sweep(
    transaction: &Transaction<'_>,
    state: &State,
    events: &EventTable,
    rows_max: usize,
) -> Result<BackfillTurn> {
    let condition = without_event(&state.installation, events, "t");
    let locked =
        lock(transaction, &state.installation.capture, &condition, "for share of t", rows_max, &[]).await?;
    let recorded = record(transaction, state, events, &locked).await?;
    Ok(BackfillTurn { rows_seen: locked.ctids.len() as u64, rows_recorded: recorded, ..state.turn() })
}

/// Rows that are ours until the transaction ends.
struct Locked {
    relations: Vec<u32>,
    ctids: Vec<String>,
    /// The key of the last one as JSON.
    last: Option<String>,
}

async fn lock(
    transaction: &Transaction<'_>,
    capture: &Capture,
    condition: &str,
    how: &str,
    rows_max: usize,
    texts: &[String],
) -> Result<Locked> {
    let columns: Vec<_> = crate::key::columns(capture)
        .into_iter()
        .map(|(name, event_type)| (format!("t.{}", quote_name(name)), name, event_type))
        .collect();
    let key: Vec<String> = columns.iter().map(|(sql, ..)| sql.clone()).collect();
    let values = [
        ("table", &*table_sql(&capture.table)),
        ("key_json", &value::key_texts(&columns)),
        ("key", &key.join(", ")),
        ("condition", condition),
        ("lock", how),
    ];
    let sql = fill(include_str!("../sql/backfill/lock.sql"), &values);
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let mut params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&limit];
    params.extend(texts.iter().map(|text| text as &(dyn tokio_postgres::types::ToSql + Sync)));
    let rows = transaction.query(&sql, &params).await.map_err(failed("read rows for the baseline"))?;
    Ok(Locked {
        relations: rows.iter().map(|row| row.get(0)).collect(),
        ctids: rows.iter().map(|row| row.get(1)).collect(),
        last: rows.last().map(|row| row.get(2)),
    })
}

/// Writes a baseline event for those that have none; gives how many.
async fn record(
    transaction: &Transaction<'_>,
    state: &State,
    events: &EventTable,
    locked: &Locked,
) -> Result<u64> {
    if locked.ctids.is_empty() {
        return Ok(0);
    }
    let names: String =
        events.columns.iter().map(|column| format!(", {}", quote_name(&column.name))).collect();
    let columns: String =
        events.columns.iter().map(|column| format!(", t.{}", quote_name(&column.name))).collect();
    let key: Vec<String> = events.key.iter().map(|name| format!("t.{}", quote_name(name))).collect();
    let values = [
        ("table", &*table_sql(&state.installation.capture.table)),
        ("events", &events_sql(events)),
        ("names", &names),
        ("values", &columns),
        ("without_event", &without_event(&state.installation, events, "t")),
        ("key", &key.join(", ")),
    ];
    let sql = fill(include_str!("../sql/backfill/record.sql"), &values);
    let written = transaction.execute(&sql, &[&locked.relations, &locked.ctids, &state.id]).await;
    written.map_err(failed("record the baseline"))
}

async fn finish(transaction: &Transaction<'_>, state: &State) -> Result<()> {
    let sql = "update rowlore.tracked set installation = jsonb_set(installation, '{baseline}', '\"done\"') \
               where id = $1";
    transaction.execute(sql, &[&state.id]).await.map_err(failed("finish the baseline"))?;
    Ok(())
}

/// Whether the row has no event of this tracking.
pub(crate) fn without_event(installation: &Installation, events: &EventTable, alias: &str) -> String {
    let same = events.key.iter().map(|name| format!("e.{0} = {alias}.{0}", quote_name(name)));
    format!(
        "not exists (select from {} e where {} and e.rl_event_id > {} and e.rl_op <> 'm')",
        events_sql(events),
        same.collect::<Vec<_>>().join(" and "),
        installation.since
    )
}
