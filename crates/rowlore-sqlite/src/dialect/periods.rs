//! The view of a table's past that a tool can read which knows SQL and nothing else. Pure.

use rowlore::capture::{Capture, EventTable, Installation, Rule};
use rowlore::declare::{Image, Operation};
use rowlore::engine::Object;
use rowlore::{quote_name, quote_text};

use super::events::shape;
use crate::render::{PREFIX, events_name, fill, view as object};
use crate::rule::key_json;
use crate::suspend;

/// The name of the view.
pub(super) fn name(table: &str) -> String {
    format!("{PREFIX}{table}_periods")
}

/// Each recorded state of each row, and from when to when it held; only of a table whose every change is recorded.
pub(super) fn view(installation: &Installation) -> Option<Object> {
    let capture = &installation.capture;
    let events = capture.complete_events()?;
    let table = &capture.table.name;
    let key_of = |name: &str| {
        let same = events.key.iter().map(|column| format!("{name}.{0} is e.{0}", quote_name(column)));
        same.collect::<Vec<_>>().join(" and ")
    };
    let columns: Vec<String> =
        events.columns.iter().map(|column| format!("e.{}", quote_name(&column.name))).collect();
    let taken = |name: &str| events.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let prefix = if taken("valid_from") || taken("valid_to") { "rl_" } else { "" };
    let values = [
        ("events", quote_name(&events_name(&events.name))),
        ("columns", columns.join(", ")),
        ("valid_from", format!("{prefix}valid_from")),
        ("valid_to", format!("{prefix}valid_to")),
        ("same_key", key_of("n")),
        ("is_state", is_state(capture, events, "e")),
        ("next_is_state", is_state(capture, events, "n")),
        ("key_json", key_json(&events.key, |_, name| format!("e.{}", quote_name(name)))),
        ("residents", residents(capture, events, &key_of("x"))),
        ("table", quote_text(&suspend::table_scope(table))),
        ("tracker", quote_text(&suspend::any_label_scope(table))),
        ("since", installation.since.to_string()),
        ("shape", shape([events])),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(object(&name(table), include_str!("../../sql/tracked/periods.sql"), &values))
}

/// The rules that record every column of the event table.
fn whole<'a>(capture: &'a Capture, events: &'a EventTable) -> impl Iterator<Item = &'a Rule> {
    let whole = |rule: &&Rule| rule.events == events.name && rule.columns.len() == events.columns.len();
    capture.rules.iter().filter(whole)
}

/// Whether an event says what the row was afterwards, in all its columns: not one of a rule that records a part.
fn is_state(capture: &Capture, events: &EventTable, name: &str) -> String {
    let part = capture.rules.iter().filter(|rule| {
        rule.events == events.name && !whole(capture, events).any(|other| other.label == rule.label)
    });
    let mut labels: Vec<String> = part.map(|rule| quote_text(&rule.label)).collect();
    labels.dedup();
    let state = format!("({name}.rl_image = 'n' and {name}.rl_op in ('i', 'u', 'b')");
    if labels.is_empty() {
        return format!("{state})");
    }
    format!("{state} and ({name}.rl_op = 'b' or {name}.rl_label not in ({})))", labels.join(", "))
}

/// How many rows bear the key after the event `m`: where a key is not unique, one may come before another left.
fn residents(capture: &Capture, events: &EventTable, same_key: &str) -> String {
    let rules = capture.rules_on(Operation::Update).filter(|rule| rule.events == events.name).count();
    let mut told = whole(capture, events).filter(|rule| {
        rule.operation == Operation::Update && rule.image == Image::New && rule.filter.when.is_none()
    });
    // Where several rules tell of one move, it is counted by one of them.
    let one_rule = match told.next().filter(|_| rules > 1) {
        Some(rule) => format!(" and x.rl_label = {}", quote_text(&rule.label)),
        None => String::new(),
    };
    let key_json = key_json(&events.key, |_, name| format!("e.{}", quote_name(name)));
    fill(
        include_str!("../../sql/read/residents.sql"),
        &[
            ("events", &quote_name(&events_name(&events.name))),
            ("same_key_x", same_key),
            ("key_json", &key_json),
            ("upto", "m.rl_event_id"),
            ("one_rule", &one_rule),
        ],
    )
}
