//! A table as it was: the last event of each row up to a moment.

use deadpool_postgres::ClientWrapper;
use rowlore::capture::EventTable;
use rowlore::found::{Baseline, Registered};
use rowlore::read::{Moment, RowsAt};
use rowlore::{Error, Result, Row, Timestamp, quote_name};
use tokio_postgres::Client;

use super::Params;
use super::source::{Relations, Source, statement_time, today};
use crate::backfill::without_event;
use crate::dialect::{events_sql, table_sql};
use crate::error::failed;
use crate::template::fill;
use crate::{key, suspend, value};

pub(super) async fn read(
    client: &ClientWrapper,
    registered: &[Registered],
    query: &RowsAt,
) -> Result<Vec<Row>> {
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
    if let Some(row) = &query.key {
        key::key(capture, row)?.check(client, capture).await?;
    }
    let after = first_event(client, registered, one, events, query).await?;
    let source = Source { table: query.table.clone(), registered: one, capture, events };
    let relations = Relations::read(client, &[source.sql()]).await?;
    let mut params = Params::default();
    let after = params.bind(after);
    let limit = params.bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    debug_assert_eq!((after.as_str(), limit.as_str()), ("$1", "$2"));
    let by_key = query.key.is_none() && is_cheaper_by_key(client, &source, query.limit).await?;
    if by_key {
        let few = query.limit <= ROWS_FEW;
        params.bind(if few { i64::MAX } else { above(client, &source, query.at).await? });
    }
    let moment = match query.at {
        Moment::At(at) => params.bind(at.to_string()),
        Moment::After(event) => params.bind(event),
    };
    let by_then = |alias: &str| match query.at {
        Moment::At(_) => format!("{alias}.rl_at <= {moment}::text::timestamptz"),
        // A row whose baseline was recorded later had that image since the tracking began.
        Moment::After(event) if event >= one.installation.since => {
            format!("({alias}.rl_event_id <= {moment} or {alias}.rl_op = 'b')")
        }
        Moment::After(_) => format!("{alias}.rl_event_id <= {moment}"),
    };
    let only = match &query.key {
        Some(row) => {
            let keys = vec![key::key(capture, row)?.texts.into_iter().map(Some).collect()];
            let wanted = super::rows::keys_sql(&source.key(), &keys, &mut params);
            let columns: Vec<String> = source.key().iter().map(|(name, _)| quote_name(name)).collect();
            let key = |column: &String| format!("\n    and e.{column} = (select {column} from ({wanted}) k)");
            columns.iter().map(key).collect()
        }
        None => String::new(),
    };
    let sql = statement(&source, &relations, &by_then, &only, by_key);
    let rows = params.query(client, &sql).await.map_err(failed("read the past of a table"))?;
    let read = |row: &tokio_postgres::Row| value::read_row(row.get(0));
    let rows: std::result::Result<Vec<Row>, _> = rows.iter().map(read).collect();
    rows.map_err(|error| Error::bug(format!("an event of {} can't be read", query.table)).caused_by(error))
}

fn statement(
    source: &Source<'_>,
    relations: &Relations,
    by_then: &dyn Fn(&str) -> String,
    only: &str,
    by_key: bool,
) -> String {
    let table = source.sql();
    let columns: Vec<(String, &str, &str)> = source
        .events
        .columns
        .iter()
        .map(|column| {
            (format!("e.{}", quote_name(&column.name)), column.name.as_str(), column.event_type.as_str())
        })
        .collect();
    let key: Vec<String> = source.key().iter().map(|(name, _)| format!("e.{}", quote_name(name))).collect();
    let known: Vec<String> = source.key().iter().map(|(name, _)| format!("k.{}", quote_name(name))).collect();
    let first = source.key().first().map(|(name, _)| quote_name(name)).unwrap_or_default();
    let there = [
        ("events", &*table),
        ("first", &first),
        ("key_json", &source.key_json("e")),
        ("t_by_then", &by_then("t")),
        ("m_by_then", &by_then("m")),
        ("m_statement", &statement_time(relations, &table, "m")),
        ("e_statement", &statement_time(relations, &table, "e")),
    ];
    let was_there = fill(include_str!("../../sql/read/was_there.sql").trim_end(), &there);
    let values = [
        ("events", &*table),
        ("row", &value::row_json(&columns)),
        ("key", &key.join(", ")),
        ("first", &first),
        ("e_by_then", &by_then("e")),
        ("was_there", &was_there),
        ("only", only),
        ("k", &known.join(", ")),
        ("same_key", &source.same_key("e", "k")),
    ];
    let template = if by_key {
        include_str!("../../sql/read/rows_at_by_key.sql")
    } else {
        include_str!("../../sql/read/rows_at.sql")
    };
    fill(template, &values)
}

/// So many rows are few: they are looked up one by one, whatever the size of the history.
const ROWS_FEW: usize = 1_000;

/// Of so many events a row and more, one look-up a key costs less than reading them all; measured, see ARCHITECTURE.md.
const EVENTS_A_ROW: f64 = 10.0;

async fn is_cheaper_by_key(client: &Client, source: &Source<'_>, limit: usize) -> Result<bool> {
    if limit <= ROWS_FEW {
        return Ok(true);
    }
    let live = source.registered.table_now.as_ref().map(table_sql).unwrap_or_default();
    let row = client.query_one(include_str!("../../sql/read/sizes.sql"), &[&source.sql(), &live]).await;
    let row = row.map_err(failed("read the past of a table"))?;
    let (events, rows): (f64, f64) = (row.get("events"), row.get("rows"));
    Ok(events > rows.max(1.0) * EVENTS_A_ROW)
}

/// An event id above which nothing belongs to that moment, so that later events of a row need not be walked back over.
async fn above(client: &Client, source: &Source<'_>, moment: Moment) -> Result<i64> {
    match moment {
        // A baseline that was recorded later counts, whatever its number.
        Moment::After(_) => Ok(i64::MAX),
        Moment::At(at) => {
            let last = client.query_one("select last_value from rowlore.event_id", &[]).await;
            let last: i64 = last.map_err(failed("read the past of a table"))?.get(0);
            super::page::newest_until(client, &[source.sql()], at, 0, last.saturating_add(1)).await
        }
    }
}

/// Whether an earlier tracking had begun by then.
async fn recorded_before(
    client: &Client,
    one: &Registered,
    events: &EventTable,
    moment: Moment,
) -> Result<bool> {
    let table = events_sql(events);
    let asked = match moment {
        Moment::At(at) => {
            let sql = format!(
                "select exists (select from {table} e where e.rl_event_id <= $1 and e.rl_at <= $2::text::timestamptz)"
            );
            client.query_one(&sql, &[&one.installation.since, &at.to_string()]).await
        }
        Moment::After(event) => {
            let sql = format!("select exists (select from {table} e where e.rl_event_id <= $1)");
            client.query_one(&sql, &[&event]).await
        }
    };
    Ok(asked.map_err(failed("read the past of a table"))?.get(0))
}

async fn every_row_has_an_event(client: &Client, one: &Registered, events: &EventTable) -> Result<bool> {
    let Some(table) = &one.table_now else { return Ok(false) };
    let missing = without_event(&one.installation, events, "t");
    let sql = format!("select not exists (select from {} t where {missing})", table_sql(table));
    Ok(client.query_one(&sql, &[]).await.map_err(failed("look for rows without an event"))?.get(0))
}

/// After which event the answer begins: where this tracking began, or, for a moment before that, an earlier one.
async fn first_event(
    client: &Client,
    registered: &[Registered],
    one: &Registered,
    events: &EventTable,
    query: &RowsAt,
) -> Result<i64> {
    let capture = &one.installation.capture;
    let sql = "select replace(to_jsonb(tracked_since) #>> '{}', '+00:00', 'Z') from rowlore.tracked \
               where schema_name = $1 and table_name = $2";
    let row = client.query_one(sql, &[&capture.table.schema, &capture.table.name]).await;
    let since: String = row.map_err(failed("read the past of a table"))?.get(0);
    let since: Timestamp = since
        .parse()
        .map_err(|error: jiff::Error| Error::bug("rowlore.tracked can't be read").caused_by(error))?;
    let earlier = match query.at {
        Moment::At(at) => at < since,
        Moment::After(event) => event < one.installation.since,
    };
    // Of an earlier tracking it is not known when the next one began, only that this one did later.
    let from = if earlier { "'-infinity'" } else { "t.tracked_since" };
    let suspended = suspended(client, registered, one, from, query.at).await?;
    if earlier {
        if recorded_before(client, one, events, query.at).await? {
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

/// When the capture of the table was last suspended between `from` and the moment.
async fn suspended(
    client: &Client,
    registered: &[Registered],
    one: &Registered,
    from: &str,
    moment: Moment,
) -> Result<Option<String>> {
    let table = &one.installation.capture.table;
    let last = suspend::last(from, "$3::text::timestamptz");
    let sql = format!(
        "select replace(to_jsonb({last}) #>> '{{}}', '+00:00', 'Z') from rowlore.tracked t \
         where t.schema_name = $1 and t.table_name = $2"
    );
    let until = async |until: &str| -> Result<Option<String>> {
        let row = client.query_one(&sql, &[&table.schema, &table.name, &until]).await;
        Ok(row.map_err(failed("read what was suspended"))?.get(0))
    };
    match moment {
        Moment::At(at) => until(&at.to_string()).await,
        Moment::After(event) => match until("infinity").await? {
            Some(_) => until(&time_of(client, registered, event).await?).await,
            None => Ok(None),
        },
    }
}

/// When an event was, whatever its table; `infinity` when there is none of that number.
async fn time_of(client: &Client, registered: &[Registered], event: i64) -> Result<String> {
    let tables = registered.iter().flat_map(|one| one.installation.capture.readable_events());
    let arms: Vec<String> = tables
        .map(|events| format!("select e.rl_at from {} e where e.rl_event_id = $1", events_sql(events)))
        .collect();
    let sql =
        format!("select coalesce(max(rl_at), 'infinity')::text from (\n{}\n) e", arms.join("\nunion all\n"));
    let row = client.query_one(&sql, &[&event]).await;
    Ok(row.map_err(failed("look for the event"))?.get(0))
}

fn not_known(query: &RowsAt, from: &str, hint: &str) -> Error {
    let message =
        format!("what {} was at {} is not known: its capture was suspended at {from}", query.table, query.at);
    Error::request(message).hint(hint)
}
