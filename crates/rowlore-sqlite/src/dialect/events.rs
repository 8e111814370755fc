//! An event table: its definition, what guards it and what finds its events. Pure.

use rowlore::capture::EventTable;
use rowlore::declare::{ContextForm, TimeSource};
use rowlore::engine::Object;
use rowlore::{fingerprint, quote_name, quote_text};

use super::OWN_TABLES;
use crate::render::{events_name, fill, index, trigger};
use crate::rule::definition;

/// The statement that makes it.
pub(super) fn create(events: &EventTable) -> String {
    let own = own_columns(events).into_iter().map(|name| format!("{name} text"));
    let mirrored = events.columns.iter().map(definition);
    let extra = events.extra.iter().map(|column| format!("{} {}", quote_name(&column.name), column.sql_type));
    let columns: Vec<String> =
        own.chain(mirrored).chain(extra).map(|column| format!(",\n    {column}")).collect();
    let table = quote_name(&events_name(&events.name));
    let values = [("events", table.as_str()), ("columns", &columns.concat())];
    format!("{};", fill(include_str!("../../sql/tracked/event_table.sql"), &values))
}

/// rowlore's own columns that it has and not every event table.
pub(super) fn own_columns(events: &EventTable) -> Vec<String> {
    match events.context {
        ContextForm::Json => vec!["rl_context".to_owned()],
        ContextForm::Reference | ContextForm::None => Vec::new(),
    }
}

/// Its indexes and guards.
pub(super) fn objects(events: &EventTable) -> Vec<Object> {
    let table = events_name(&events.name);
    let quoted = quote_name(&table);
    let mut objects = Vec::new();
    if !events.key.is_empty() {
        let key: Vec<String> = events.key.iter().map(|name| quote_name(name)).collect();
        let shape = shape([events]);
        let values = [("events", quoted.as_str()), ("key", &key.join(", ")), ("shape", &shape)];
        let by_key = include_str!("../../sql/tracked/event_key_index.sql");
        objects.push(index(&format!("{table}_key"), by_key, &values));
        let by_old_key = include_str!("../../sql/tracked/event_moved_index.sql");
        objects.push(index(&format!("{table}_moved"), by_old_key, &[("events", &quoted)]));
    }
    objects.extend(events.indexes.iter().map(|columns| further_index(events, &table, columns)));
    if events.append_only {
        objects.push(guard(&table, "update", "changed"));
        objects.push(guard(&table, "delete", "deleted"));
    }
    objects
}

fn guard(table: &str, operation: &str, past: &str) -> Object {
    let sentence = quote_text(&format!("rowlore: events of {table} are never {past}"));
    let quoted = quote_name(table);
    let values = [("operation", operation), ("events", quoted.as_str()), ("sentence", sentence.as_str())];
    let name = format!("{table}_no_{operation}");
    trigger(&name, table, include_str!("../../sql/tracked/event_guard.sql"), &values)
}

/// An index of the user's, called after its columns.
fn further_index(events: &EventTable, table: &str, columns: &[String]) -> Object {
    let plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let word = |name: &String| if plain(name) { name.clone() } else { quote_name(name) };
    let name = format!("{table}_by_{}", columns.iter().map(word).collect::<Vec<_>>().join("."));
    // The rowid ends every entry anyway.
    let bare = match columns {
        [first @ .., last] if last == "rl_event_id" && !first.is_empty() => first,
        all => all,
    };
    let mut shape = String::new();
    for column in events.columns.iter().filter(|column| bare.contains(&column.name)) {
        shape.push_str(&format!("{} {}\n", column.name, column.event_type));
    }
    for extra in events.extra.iter().filter(|extra| bare.contains(&extra.name)) {
        shape.push_str(&format!("{} {}\n", extra.name, extra.sql_type));
    }
    let list: Vec<String> = bare.iter().map(|name| quote_name(name)).collect();
    let values =
        [("events", quote_name(table)), ("columns", list.join(", ")), ("shape", fingerprint(&shape))];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    index(&name, include_str!("../../sql/tracked/event_index.sql"), &values)
}

/// A short mark of the names and types of event tables.
///
/// It stands in the text of triggers and indexes: when a column is set aside for one of another type, SQLite
/// rewrites their texts to the column's new name, and only by this mark does the plan see that they must be replaced.
pub(crate) fn shape<'a>(events: impl IntoIterator<Item = &'a EventTable>) -> String {
    let mut text = String::new();
    for events in events {
        text.push_str(&events.name);
        for column in &events.columns {
            text.push_str(&format!("\n{} {}", column.name, column.event_type));
        }
        for extra in &events.extra {
            text.push_str(&format!("\n{} {}", extra.name, extra.sql_type));
        }
        text.push('\0');
    }
    fingerprint(&text)
}

/// What of its settings SQLite can't do.
pub(super) fn refuses(events: &EventTable) -> Vec<String> {
    let name = &events.name;
    let mut reasons = Vec::new();
    if OWN_TABLES.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        reasons.push(format!("`{name}` is a table of rowlore's own: name the events otherwise"));
    }
    if let Some(schema) = &events.schema {
        reasons.push(format!(
            "a SQLite file has one schema, so `{name}` can't stand in `{schema}`: leave `schema` out; the name of the \
             event table is free"
        ));
    }
    if events.partition.is_some() {
        reasons.push(format!(
            "SQLite has no partitions, so `{name}` can't be divided by time: leave `partition` out"
        ));
    }
    if events.time == TimeSource::Transaction {
        reasons.push(format!(
            "SQLite does not know when a transaction began, so an event of `{name}` can only have the time of its \
             statement: leave `time` out"
        ));
    }
    reasons
}
