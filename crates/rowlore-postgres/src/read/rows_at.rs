//! A table as it was: the last event of each row up to a moment.

use rowlore::capture::EventTable;
use rowlore::found::{Baseline, Registered};
use rowlore::read::{Moment, RowsAt};
use rowlore::{Error, Result, Row, Timestamp, quote_name, quote_text};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::backfill::without_event;
use crate::dialect::table_sql;
use crate::error::failed;
use crate::template::fill;
use crate::{key, suspend, value};

pub(super) async fn read(client: &Client, registered: &[Registered], query: &RowsAt) -> Result<Vec<Row>> {
    let today =
        |one: &Registered| one.table_now.clone().unwrap_or_else(|| one.installation.capture.table.clone());
    let one = registered.iter().find(|one| today(one) == query.table);
    let one = one.ok_or_else(|| {
        Error::request(format!("{} is not tracked", query.table)).hint("declare it in rowlore.toml and apply")
    })?;
    let capture = &one.installation.capture;
    let Some(events) = capture.complete_events() else {
        return Err(Error::request(format!(
            "no event table of {} records every change of every row",
            query.table
        ))
        .hint("add a [[table.tracker]] without conditions; then the past from there on can be read"));
    };
    let after = first_event(client, one, events, query).await?;
    let Moment::At(at) = query.at else { return Err(Error::bug("not built yet")) };
    let columns: Vec<(String, &str, &str)> = events
        .columns
        .iter()
        .map(|column| {
            (format!("e.{}", quote_name(&column.name)), column.name.as_str(), column.event_type.as_str())
        })
        .collect();
    let names: Vec<String> = key::columns(capture).iter().map(|(name, _)| quote_name(name)).collect();
    let key_columns: Vec<String> = names.iter().map(|name| format!("e.{name}")).collect();
    let settled = |((name, kind), sql): (&(&str, &str), &String)| {
        format!("{}, {}", quote_text(name), key::settled(sql, kind))
    };
    let key_json: Vec<String> = key::columns(capture).iter().zip(&key_columns).map(settled).collect();
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let at = at.to_string();
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&at, &after, &limit];
    let wanted = query.key.as_ref().map(|row| key::key(capture, row)).transpose()?;
    if let Some(key) = &wanted {
        key.check(client, capture).await?;
    }
    let only = wanted.as_ref().map(|key| format!("\n    and {}", key.is("e", 4))).unwrap_or_default();
    if let Some(key) = &wanted {
        params.extend(key.texts.iter().map(|text| text as &(dyn ToSql + Sync)));
    }
    let values = [
        ("events", &*quote_name(&events.name)),
        ("row", &value::row_json(&columns)),
        ("key", &key_columns.join(", ")),
        ("first", names.first().map_or("", String::as_str)),
        ("key_json", &format!("jsonb_build_object({})", key_json.join(", "))),
        ("only", &only),
    ];
    let sql = fill(include_str!("../../sql/read/rows_at.sql"), &values);
    let rows = client.query(&sql, &params).await.map_err(failed("read the past of a table"))?;
    let read = |row: &tokio_postgres::Row| value::read_row(row.get(0));
    let rows: std::result::Result<Vec<Row>, _> = rows.iter().map(read).collect();
    rows.map_err(|error| Error::bug(format!("an event of {} can't be read", query.table)).caused_by(error))
}

/// Whether an earlier tracking had begun by then.
async fn recorded_before(
    client: &Client,
    one: &Registered,
    events: &EventTable,
    at: Timestamp,
) -> Result<bool> {
    let sql = format!(
        "select exists (select from rowlore.{} e where e.rl_event_id <= $1 and e.rl_at <= $2::text::timestamptz)",
        quote_name(&events.name)
    );
    let row = client.query_one(&sql, &[&one.installation.since, &at.to_string()]).await;
    Ok(row.map_err(failed("read the past of a table"))?.get(0))
}

async fn every_row_has_an_event(client: &Client, one: &Registered, events: &EventTable) -> Result<bool> {
    let Some(table) = &one.table_now else { return Ok(false) };
    let missing = without_event(&one.installation, events, "t");
    let sql = format!("select not exists (select from {} t where {missing})", table_sql(table));
    Ok(client.query_one(&sql, &[]).await.map_err(failed("look for rows without an event"))?.get(0))
}

/// After which event the answer begins: where this tracking began, or, for a moment before that, an earlier one.
async fn first_event(client: &Client, one: &Registered, events: &EventTable, query: &RowsAt) -> Result<i64> {
    let capture = &one.installation.capture;
    let sql = "select replace(to_jsonb(tracked_since) #>> '{}', '+00:00', 'Z') from rowlore.tracked \
               where schema_name = $1 and table_name = $2";
    let row = client.query_one(sql, &[&capture.table.schema, &capture.table.name]).await;
    let since: String = row.map_err(failed("read the past of a table"))?.get(0);
    let since: Timestamp = since
        .parse()
        .map_err(|error: jiff::Error| Error::bug("rowlore.tracked can't be read").caused_by(error))?;
    let Moment::At(at) = query.at else { return Err(Error::bug("not built yet")) };
    // Of an earlier tracking it is not known when the next one began, only that this one did later.
    let from = if at < since { "'-infinity'" } else { "t.tracked_since" };
    let suspended = suspended(client, one, from, at).await?;
    if at < since {
        if recorded_before(client, one, events, at).await? {
            return suspended.map_or(Ok(0), |from| Err(not_known(query, &from, "ask for an earlier moment")));
        }
        let message = format!("{} was not tracked yet at {}: it is since {since}", query.table, query.at);
        return Err(Error::request(message).hint("ask for a later moment"));
    }
    if let Some(from) = suspended {
        let hint = "run `rowlore apply` and `rowlore backfill`: what is read after that is exact again";
        return Err(not_known(query, &from, hint));
    }
    match one.installation.baseline {
        Baseline::Done => Ok(one.installation.since),
        // Nobody ran the backfill, but it may have nothing to do: the table may have been empty.
        Baseline::Pending if every_row_has_an_event(client, one, events).await? => Ok(one.installation.since),
        Baseline::Pending => Err(Error::request(format!("the baseline of {} is not complete", query.table))
            .hint("run `rowlore backfill` first: rows that did not change since have no event yet")),
        Baseline::None => Err(Error::request(format!("{} is tracked without a baseline", query.table)).hint(
            "rows that did not change since have no event; declare baseline = true, apply and backfill",
        )),
    }
}

/// When the capture of the table was last suspended between `from` and `until`.
async fn suspended(
    client: &Client,
    one: &Registered,
    from: &str,
    until: Timestamp,
) -> Result<Option<String>> {
    let table = &one.installation.capture.table;
    let last = suspend::last(from, "$3::text::timestamptz");
    let sql = format!(
        "select replace(to_jsonb({last}) #>> '{{}}', '+00:00', 'Z') from rowlore.tracked t \
         where t.schema_name = $1 and t.table_name = $2"
    );
    let row = client.query_one(&sql, &[&table.schema, &table.name, &until.to_string()]).await;
    Ok(row.map_err(failed("read what was suspended"))?.get(0))
}

fn not_known(query: &RowsAt, from: &str, hint: &str) -> Error {
    let message =
        format!("what {} was at {} is not known: its capture was suspended at {from}", query.table, query.at);
    Error::request(message).hint(hint)
}
