//! What is in the events of a page: their images, the images before them, who and why.

use rowlore::capture::{Capture, EventTable};
use rowlore::declare::{Image, Operation};
use rowlore::read::Event;
use rowlore::{Context, Error, Op, Result, Row, Timestamp, Value, quote_name, quote_text};
use tokio_postgres::Client;

use super::page::{Place, Source};
use crate::error::failed;
use crate::template::fill;
use crate::{key, value};

/// The events at these places, in the same order.
pub(super) async fn read(client: &Client, sources: &[Source<'_>], places: &[Place]) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(places.len());
    for (index, source) in sources.iter().enumerate() {
        let here = places.iter().filter(|place| place.source == index);
        let ctids: Vec<&str> = here.map(|place| place.ctid.as_str()).collect();
        if ctids.is_empty() {
            continue;
        }
        let columns = event_columns(client, &source.events.name).await?;
        let rows =
            client.query(&statement(source, &columns), &[&ctids]).await.map_err(failed("read events"))?;
        for row in &rows {
            events.push(event(source, row)?);
        }
    }
    let place = |event: &Event| places.iter().position(|place| place.event_id == event.event_id);
    events.sort_by_key(place);
    Ok(events)
}

/// The columns that the event table has today, tracked ones and those of older shapes.
async fn event_columns(client: &Client, events: &str) -> Result<Vec<(String, String)>> {
    let rows = client.query(include_str!("../../sql/read/event_columns.sql"), &[&events]).await;
    let rows = rows.map_err(failed("read events"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn statement(source: &Source<'_>, columns: &[(String, String)]) -> String {
    let key = key::columns(source.capture);
    // The key under which the row's earlier events stand.
    let earlier: Vec<_> = key
        .iter()
        .map(|(name, event_type)| {
            let (quoted, text) = (quote_name(name), quote_text(name));
            let old = format!("(e.rl_old_key ->> {text})::{event_type}");
            (format!("case when e.rl_old_key is null then e.{quoted} else {old} end"), *name, *event_type)
        })
        .collect();
    let same_row: Vec<String> =
        earlier.iter().map(|(sql, name, _)| format!("p.{} = {sql}", quote_name(name))).collect();
    // What was before this change stands where every change is recorded, if there is such a table.
    let before = source.capture.complete_events().unwrap_or(source.events);
    let narrow: Vec<String> =
        narrow_labels(source.capture, before).iter().map(|label| quote_text(label)).collect();
    let narrow = if narrow.is_empty() {
        String::new()
    } else {
        format!(" and p.rl_label not in ({})", narrow.join(", "))
    };
    let there = columns.iter().map(|(name, event_type)| (name.as_str(), event_type.as_str()));
    let then = before.columns.iter().map(|column| (column.name.as_str(), column.event_type.as_str()));
    let values = [
        ("events", &*quote_name(&source.events.name)),
        ("key", &image("e", key.iter().copied())),
        ("old_key", &value::row_json(&earlier)),
        ("image", &image("e", there)),
        ("before", &quote_name(&before.name)),
        ("previous", &image("p", then)),
        ("changed", &changed(source.events, before)),
        ("same_row", &same_row.join(" and ")),
        ("narrow", &narrow),
    ];
    fill(include_str!("../../sql/read/events.sql"), &values)
}

/// The columns (name, type) of the row that `alias` stands for, as one JSON object.
fn image<'a>(alias: &str, columns: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let columns =
        columns.map(|(name, event_type)| (format!("{alias}.{}", quote_name(name)), name, event_type));
    value::row_json(&columns.collect::<Vec<_>>())
}

/// The names of the columns whose values differ, compared as the trigger compares them: JSON has one null only, and
/// a number may be written in several ways.
fn changed(events: &EventTable, before: &EventTable) -> String {
    let shared =
        events.columns.iter().filter(|column| before.columns.iter().any(|there| there.name == column.name));
    let names = shared.map(|column| {
        let differs = crate::dialect::differs(column, "p", "e");
        format!("case when {differs} then {} end", quote_text(&column.name))
    });
    let names: Vec<String> = names.collect();
    // An array in the code takes any number of elements.
    format!("array_remove(array[{}]::text[], null)", names.join(", "))
}

/// Labels of rules that record fewer columns than their event table has: their other columns are null, not empty.
fn narrow_labels<'a>(capture: &'a Capture, events: &EventTable) -> Vec<&'a str> {
    let rules = capture.rules.iter().filter(|rule| rule.events == events.name);
    let narrow = rules
        .filter(|rule| rule.operation != Operation::Truncate && rule.columns.len() < events.columns.len());
    narrow.map(|rule| rule.label.as_str()).collect()
}

fn event(source: &Source<'_>, row: &tokio_postgres::Row) -> Result<Event> {
    let unreadable = || Error::bug(format!("an event of {} can't be read", source.table));
    let letter = |name: &str| row.get::<_, String>(name).chars().next().unwrap_or(' ');
    let object = |name: &str| -> Result<Option<Row>> {
        let text: Option<String> = row.get(name);
        text.map(|text| value::read_row(&text).map_err(|error| unreadable().caused_by(error))).transpose()
    };
    let op = Op::from_letter(letter("op")).ok_or_else(unreadable)?;
    let image = if letter("image") == 'o' { Image::Old } else { Image::New };
    let label: String = row.get("label");
    let old_key = object("old_key")?.filter(|_| row.get("moved"));
    let changed: Option<Vec<String>> = row.get("changed");
    let recorded = recorded_columns(source.capture, &source.events.name, &label, op);
    let trim = |image: Row| trim(image, source, recorded);
    let mut values = if op == Op::Truncate { Row::new() } else { trim(object("row")?.unwrap_or_default()) };
    if image == Image::Old {
        values.extend(old_key.clone().unwrap_or_default());
    }
    let at: String = row.get("at");
    Ok(Event {
        table: source.table.clone(),
        key: if op == Op::Truncate { Row::new() } else { object("key")?.unwrap_or_default() },
        old_key,
        op,
        image,
        label,
        event_id: row.get("event_id"),
        xid: row.get::<_, String>("xid").parse().ok(),
        at: at.parse::<Timestamp>().map_err(|error| unreadable().caused_by(error))?,
        row: values,
        other: object("previous")?.map(trim),
        extra: None,
        context_id: None,
        changed: changed.map(|names| {
            names.into_iter().filter(|name| recorded.is_none_or(|all| all.contains(name))).collect()
        }),
        context: context(row)?,
    })
}

/// The columns that the rule of a label records; none when it is not declared any more.
fn recorded_columns<'a>(capture: &'a Capture, events: &str, label: &str, op: Op) -> Option<&'a [String]> {
    let mut rules = capture.rules.iter().filter(|rule| rule.events == events && rule.label == label);
    rules.find(|rule| rule.operation.name() == op.name()).map(|rule| rule.columns.as_slice())
}

/// Leaves out what the rule did not record, and columns of older shapes that are null here.
fn trim(image: Row, source: &Source<'_>, recorded: Option<&[String]>) -> Row {
    let tracked = |name: &String| source.events.columns.iter().any(|column| column.name == *name);
    let keep = |name: &String, value: &Value| match recorded {
        Some(columns) if columns.contains(name) => true,
        Some(_) if tracked(name) => false,
        None if tracked(name) => true,
        _ => !value.is_null(),
    };
    image.into_iter().filter(|(name, value)| keep(name, value)).collect()
}

pub(crate) fn context(row: &tokio_postgres::Row) -> Result<Context> {
    let data: Option<String> = row.get("data");
    let data = data.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Context {
        actor: row.get("actor"),
        reason: row.get("reason"),
        request: row.get("request"),
        data: data
            .map_err(|error| Error::bug("a context can't be read").caused_by(error))?
            .unwrap_or_default(),
        db_user: row.get("db_user"),
        application: row.get("application"),
        client: row.get("client"),
    })
}
