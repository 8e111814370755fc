//! Which row bears a key, while one statement moves several rows along the keys.

use rowlore::declare::{Image, Operation};
use rowlore::{quote_name, quote_text};

use super::source::Source;
use crate::render::{events_name, fill};
use crate::rule::key_json;

/// How many rows bear a key after the event `upto`, as an SQL expression; `value` gives the SQL of each part of the key.
pub(super) fn residents(source: &Source<'_>, upto: &str, value: impl Fn(usize, &str) -> String) -> String {
    let events = source.events;
    let same_key = events.key.iter().enumerate();
    let same_key: Vec<String> =
        same_key.map(|(index, name)| format!("x.{} is {}", quote_name(name), value(index, name))).collect();
    fill(
        include_str!("../../sql/read/residents.sql"),
        &[
            ("events", &quote_name(&events_name(&events.name))),
            ("same_key_x", &same_key.join(" and ")),
            ("key_json", &key_json(&events.key, value)),
            ("upto", upto),
            ("one_rule", &one_rule(source)),
        ],
    )
}

/// Where several rules tell of one move, it is counted by one of them: the first that sees every change.
fn one_rule(source: &Source<'_>) -> String {
    let (events, capture) = (source.events, &source.registered.installation.capture);
    let rules: Vec<_> =
        capture.rules_on(Operation::Update).filter(|rule| rule.events == events.name).collect();
    let whole = rules.iter().find(|rule| {
        rule.image == Image::New && rule.columns.len() == events.columns.len() && rule.filter.when.is_none()
    });
    match (rules.len(), whole) {
        (2.., Some(rule)) => format!(" and x.rl_label = {}", quote_text(&rule.label)),
        _ => String::new(),
    }
}
