//! What is in the events of a page: their images, the rows' other images, who and why.

use std::collections::HashMap;

use deadpool_postgres::ClientWrapper;
use rowlore::capture::Capture;
use rowlore::declare::Image;
use rowlore::read::Event;
use rowlore::{Context, Error, Op, Result, Row, Timestamp, Value, quote_name};

use super::other::other;
use super::page::Place;
use super::source::{Relations, Source};
use crate::error::failed;
use crate::template::fill;
use crate::value;

/// The events at these places, in the same order.
pub(super) async fn read(
    client: &ClientWrapper,
    sources: &[Source<'_>],
    relations: &Relations,
    places: &[Place],
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(places.len());
    for (index, source) in sources.iter().enumerate() {
        let here = || places.iter().filter(|place| place.source == index);
        let ctids: Vec<&str> = here().map(|place| place.ctid.as_str()).collect();
        let ids: Vec<i64> = here().map(|place| place.event_id).collect();
        if ctids.is_empty() {
            continue;
        }
        let sql = statement(source, relations);
        // The statement is the same each time, and planning it costs more than running it.
        let statement = client.prepare_cached(&sql).await.map_err(failed("read events"))?;
        let rows = client.query(&statement, &[&ctids, &ids]).await.map_err(failed("read events"))?;
        for row in &rows {
            events.push(event(source, row)?);
        }
    }
    let order: HashMap<i64, usize> =
        places.iter().enumerate().map(|(order, place)| (place.event_id, order)).collect();
    events.sort_by_key(|event| order.get(&event.event_id).copied());
    Ok(events)
}

fn statement(source: &Source<'_>, relations: &Relations) -> String {
    let table = source.sql();
    let column =
        |name: &str, kind: &str| (format!("e.{}", quote_name(name)), name.to_owned(), kind.to_owned());
    let json = |columns: Vec<(String, String, String)>| {
        let columns: Vec<_> =
            columns.iter().map(|(sql, name, kind)| (sql.clone(), name.as_str(), kind.as_str())).collect();
        value::row_json(&columns)
    };
    let key = source.key().into_iter().map(|(name, kind)| column(name, kind)).collect();
    let image = source.image(relations).into_iter().map(|(name, kind)| column(name, kind)).collect();
    let extra = source
        .events
        .extra
        .iter()
        .filter_map(|extra| relations.type_of(&table, &extra.name).map(|kind| column(&extra.name, kind)));
    let extra: Vec<_> = extra.collect();
    let other = other(source, relations);
    let by_number = relations.type_of(&table, "rl_context_id").is_some();
    let copied = relations.type_of(&table, "rl_context").is_some();
    let mut joins = other.as_ref().map(|other| other.join.clone()).unwrap_or_default();
    if by_number {
        joins.push_str("\n  left join rowlore.context c on c.id = e.rl_context_id");
    }
    let context = match (by_number, copied) {
        (true, true) => format!("coalesce(e.rl_context, {CONTEXT})"),
        (true, false) => CONTEXT.to_owned(),
        (false, true) => "e.rl_context".to_owned(),
        (false, false) => "null".to_owned(),
    };
    let values = [
        ("events", &*table),
        ("key", &json(key)),
        ("old_key", &value::row_json(&source.earlier_key("e"))),
        ("image", &json(image)),
        ("extra", &if extra.is_empty() { "null::text".to_owned() } else { json(extra) }),
        ("other", &other.as_ref().map_or("null::text".to_owned(), |other| other.image(source, relations))),
        (
            "changed",
            &other.as_ref().map_or("null::text[]".to_owned(), |other| other.changed(source, relations)),
        ),
        ("context_id", if by_number { "e.rl_context_id" } else { "null::bigint" }),
        ("context", &context),
        ("joins", &joins),
    ];
    fill(include_str!("../../sql/read/events.sql"), &values)
}

/// A context's row as one JSON object.
const CONTEXT: &str = "case when c.id is not null then coalesce(c.frame, '{}') || jsonb_build_object(
    'db_user', c.db_user, 'application', c.application, 'client', c.client) end";

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
        other: object("other")?.map(trim),
        extra: object("extra")?,
        context_id: row.get("context_id"),
        changed: changed.map(|names| {
            let told = |name: &String| {
                recorded.is_none_or(|all| all.contains(name)) || source.column(name).is_none()
            };
            names.into_iter().filter(told).collect()
        }),
        context: context(row)?,
    })
}

/// The columns that the rule of a label records; none when it is not declared any more.
fn recorded_columns<'a>(capture: &'a Capture, events: &str, label: &str, op: Op) -> Option<&'a [String]> {
    if op == Op::Manual {
        let rule = capture.manual_rule(label).filter(|rule| rule.events == events);
        return rule.map(|rule| rule.columns.as_slice());
    }
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

/// Who and why, from the column `context`: one JSON object, or null where nobody knows.
pub(crate) fn context(row: &tokio_postgres::Row) -> Result<Context> {
    let Some(text) = row.get::<_, Option<String>>("context") else { return Ok(Context::default()) };
    let unreadable = |error| Error::bug("a context can't be read").caused_by(error);
    let mut parts: Row = serde_json::from_str(&text).map_err(unreadable)?;
    let mut text = |name: &str| match parts.remove(name) {
        Some(Value::String(text)) => Some(text),
        None | Some(Value::Null) => None,
        Some(other) => Some(other.to_string()),
    };
    Ok(Context {
        actor: text("actor"),
        reason: text("reason"),
        request: text("request"),
        db_user: text("db_user"),
        application: text("application"),
        client: text("client"),
        data: match parts.remove("data") {
            Some(Value::Object(data)) => data,
            _ => Row::new(),
        },
    })
}
