//! One rule of a declaration as the SQL inside a trigger. Pure.

use rowlore::capture::{Capture, EventTable, Filter, Installation, Rule};
use rowlore::change::Op;
use rowlore::declare::{ContextForm, Image, Operation};
use rowlore::found::{Baseline, Compare, FoundColumn};
use rowlore::{quote_name, quote_text};

use crate::render::{events_name, fill};
use crate::suspend;

/// The SQL that records what a rule records.
pub(crate) fn render(rule: &Rule, capture: &Capture) -> String {
    let (op, image) = match rule.operation {
        Operation::Insert => (Op::Insert, "'n'"),
        Operation::Update => (Op::Update, if rule.image == Image::Old { "'o'" } else { "'n'" }),
        Operation::Delete => (Op::Delete, "'o'"),
        Operation::Truncate => (Op::Truncate, "'n'"),
    };
    let events = capture.event_table(&rule.events);
    let old_key = match rule.operation {
        Operation::Update if events.is_none_or(|events| !events.key.is_empty()) => moved_key(capture),
        _ => "null".to_owned(),
    };
    let (own_columns, own_values) = events.map(beside).unwrap_or_default();
    let names = rule.columns.iter().map(|name| quote_name(name)).chain(own_columns);
    let values = values(rule, capture).into_iter().chain(own_values);
    let by_reference = events.is_none_or(|events| events.context == ContextForm::Reference);
    let values = [
        ("filter", filter(&rule.filter, capture)),
        ("table", quote_text(&suspend::table_scope(&capture.table.name))),
        ("tracker", quote_text(&suspend::label_scope(&capture.table.name, &rule.label))),
        ("events", quote_name(&events_name(&rule.events))),
        ("columns", following(names)),
        ("values", following(values)),
        ("context_id", if by_reference { "context_id" } else { "null" }.to_owned()),
        ("op", quote_text(&op.letter().to_string())),
        ("image", image.to_owned()),
        ("label", quote_text(&rule.label)),
        ("old_key", old_key),
    ];
    fill(include_str!("../sql/tracked/rule.sql"), &borrowed(&values))
}

/// The recorded values. An event stands under the key that the row has after it, also where it holds the old image:
/// the old key is in `rl_old_key` then.
fn values(rule: &Rule, capture: &Capture) -> Vec<String> {
    let updated = rule.operation == Operation::Update;
    // Where events do not say of which row they are, a column of the key is one like any other.
    let key: &[String] = capture.event_table(&rule.events).map_or(&[], |events| &events.key);
    let value = |name: &String| {
        let new = rule.image == Image::New || (updated && key.contains(name));
        format!("{}.{}", if new { "new" } else { "old" }, quote_name(name))
    };
    rule.columns.iter().map(value).collect()
}

/// What an event has besides its row and what every event has: the columns, and the SQL of their values in a query of
/// `rowlore_state`.
pub(crate) fn beside(events: &EventTable) -> (Vec<String>, Vec<String>) {
    let mut all = Vec::new();
    if events.context == ContextForm::Json {
        all.push((
            "rl_context".to_owned(),
            include_str!("../sql/tracked/context_json.sql").trim_end().to_owned(),
        ));
    }
    let valued = events.extra.iter().filter_map(|extra| Some((extra, extra.value.as_ref()?)));
    // On lines of its own, so that a comment at its end ends there.
    all.extend(valued.map(|(extra, value)| (quote_name(&extra.name), format!("(\n{value}\n)"))));
    all.into_iter().unzip()
}

/// A list that goes on after others.
pub(crate) fn following(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { String::new() } else { format!(",\n        {}", parts.join(", ")) }
}

/// The SQL that keeps the original of a row that has no event yet and is about to get one from this operation; none
/// unless the baseline is pending. It is kept while trackers are suspended too: what the row was before is known now and
/// never again.
pub(crate) fn baseline(installation: &Installation, operation: Operation) -> Option<String> {
    let capture = &installation.capture;
    let events = capture.complete_events()?;
    if installation.baseline != Baseline::Pending || operation == Operation::Insert {
        return None;
    }
    let recorded = capture.rules_on(operation).filter(|rule| rule.events == events.name);
    let recorded: Vec<String> = recorded.map(|rule| format!("({})", filter(&rule.filter, capture))).collect();
    let names: Vec<String> = events.columns.iter().map(|column| column.name.clone()).collect();
    let same_key: Vec<String> =
        events.key.iter().map(|name| format!("{} is old.{0}", quote_name(name))).collect();
    let values = [
        ("events", quote_name(&events_name(&events.name))),
        ("same_key", same_key.join(" and ")),
        ("since", installation.since.to_string()),
        ("table", quote_text(&capture.table.name)),
        ("recorded", recorded.join(" or ")),
        ("columns", list("", &names)),
        ("values", list("old.", &names)),
    ];
    Some(fill(include_str!("../sql/tracked/baseline.sql"), &borrowed(&values)))
}

/// A key as the JSON object that `rl_old_key` holds. JSON has no bytes: a blob stands there as the text `x'…'`.
///
/// `value` gives the SQL of each column's value.
pub(crate) fn key_json(key: &[String], value: impl Fn(usize, &str) -> String) -> String {
    let parts: Vec<String> = key
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let value = value(index, name);
            let blob = format!("'x''' || hex({value}) || ''''");
            format!("{}, case typeof({value}) when 'blob' then {blob} else {value} end", quote_text(name))
        })
        .collect();
    format!("json_object({})", parts.join(", "))
}

/// The old key where the key changed, else null.
fn moved_key(capture: &Capture) -> String {
    let key = capture.key.iter().filter_map(|name| capture.column(name));
    let changed: Vec<String> = key.map(differs).collect();
    let json = key_json(&capture.key, |_, name| format!("old.{}", quote_name(name)));
    format!("case when {} then {json} end", changed.join(" or "))
}

/// Whether a column's value changed.
///
/// A column's collation may call different texts equal (`nocase`), so texts are compared byte by byte.
pub(crate) fn differs(column: &FoundColumn) -> String {
    compare(column, "is not")
}

fn compare(column: &FoundColumn, operator: &str) -> String {
    let name = quote_name(&column.name);
    match column.compare {
        Compare::Native => format!("old.{name} {operator} new.{name}"),
        Compare::Bytes => format!("old.{name} {operator} new.{name} collate binary"),
        Compare::Text => format!("cast(old.{name} as text) {operator} cast(new.{name} as text)"),
    }
}

fn filter(filter: &Filter, capture: &Capture) -> String {
    let each = |names: &[String], operator: &str| -> Vec<String> {
        let columns = names.iter().filter_map(|name| capture.column(name));
        columns.map(|column| compare(column, operator)).collect()
    };
    let any = |names: &[String], operator: &str| match each(names, operator) {
        none if none.is_empty() => "false".to_owned(),
        some => format!("({})", some.join(" or ")),
    };
    let mut parts = Vec::new();
    parts.extend(filter.any_changed.as_ref().map(|names| any(names, "is not")));
    parts.extend(each(&filter.all_changed, "is not"));
    parts.extend(filter.any_unchanged.as_ref().map(|names| any(names, "is")));
    parts.extend(each(&filter.all_unchanged, "is"));
    // On lines of its own, so that a comment at its end ends there.
    parts.extend(filter.when.as_ref().map(|expression| format!("(\n{expression}\n)")));
    if parts.is_empty() { "true".to_owned() } else { parts.join(" and ") }
}

/// A column of an event table: name and type, no constraint.
pub(crate) fn definition(column: &FoundColumn) -> String {
    format!("{} {}", quote_name(&column.name), column.event_type)
}

/// Quoted names with a prefix, as a list.
pub(crate) fn list(prefix: &str, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{prefix}{}", quote_name(name))).collect();
    names.join(", ")
}

fn borrowed<'a>(values: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    values.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
