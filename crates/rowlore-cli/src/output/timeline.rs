//! The history of one row as a timeline: what became of it, who did it, and why.

use console::measure_text_width;
use rowlore::{Change, Op, Row, TableName, Value};

use super::Look;
use super::phrase::{count, key_pairs, key_text, value_pairs, who};
use super::value::{cut, pair, safe, shown};
use crate::moment;

/// The line above a timeline: which row, how much, and whose clock.
pub(crate) fn timeline_title(table: &TableName, key: &Row, events: usize, look: &Look) -> String {
    let row = look.paint.strong(format!("{} {}", safe(&table.to_string()), key_text(key)));
    let about = format!("{}, times in {}", count(events, "event"), moment::zone_name(&look.zone));
    format!("{row}  {}\n", look.paint.dim(about))
}

/// Each change, in the order given: a header line, and below it what changed. An event that is not of the table
/// `own` says of which row it is.
pub(crate) fn timeline(changes: &[Change], own: Option<&TableName>, look: &Look) -> String {
    let mut text = String::new();
    for (index, change) in changes.iter().enumerate() {
        let last = index + 1 == changes.len();
        let rail = if last { " ".to_owned() } else { look.paint.dim("│") };
        text.push_str(&header(change, own, look));
        for line in body(change, look) {
            text.push_str(&format!("{rail}   {line}\n"));
        }
        if !last {
            text.push_str(&format!("{rail}\n"));
        }
    }
    text
}

fn header(change: &Change, own: Option<&TableName>, look: &Look) -> String {
    let paint = look.paint;
    let mut parts = vec![
        paint.op(change.op, "●"),
        moment::show(change.at, &look.zone),
        paint.op(change.op, safe(&change.label)),
    ];
    // A label does not say what happened to the row.
    if change.label != change.op.name() {
        parts.push(paint.dim(format!("({})", change.op.name())));
    }
    if let Some(table) = own.filter(|own| **own != change.table) {
        let near =
            if table.schema == change.table.schema { &change.table.name } else { &change.table.to_string() };
        parts.push(paint.strong(format!("{} {}", safe(near), key_text(&change.key))));
    }
    match who(&change.context) {
        Some(who) => parts.push(format!("by {}", paint.who(who))),
        None if change.op == Op::Baseline => {}
        None => parts.push(paint.dim("by nobody named")),
    }
    if let Some(reason) = &change.context.reason {
        parts.push(format!("“{}”", safe(reason)));
    }
    let mut details = format!("#{}", change.event_id);
    if let Some(xid) = change.xid {
        details.push_str(&format!(" tx {xid}"));
    }
    parts.push(paint.dim(details));
    format!("{}\n", parts.join(" "))
}

/// What is below the header: one line per column.
fn body(change: &Change, look: &Look) -> Vec<String> {
    let paint = look.paint;
    let mut lines = Vec::new();
    match (change.op, &change.old, &change.new) {
        (Op::Truncate, ..) => lines.push(paint.old("the whole table was emptied")),
        (Op::Update, Some(_), Some(_)) => lines.extend(changed(change, look)),
        (Op::Update, None, Some(new)) => {
            lines.extend(changed(change, look));
            lines.push(paint.dim("what it was before is not recorded; it became:"));
            lines.extend(row(new, look, |value| paint.new_value(value)));
        }
        (Op::Update, Some(old), None) => {
            lines.extend(changed(change, look));
            lines.push(paint.dim("what it became is not recorded; it was:"));
            lines.extend(row(old, look, |value| paint.old(value)));
        }
        (Op::Delete, Some(old), _) => lines.extend(row(old, look, |value| paint.old(value))),
        (Op::Insert, _, Some(new)) => lines.extend(row(new, look, |value| paint.new_value(value))),
        (Op::Baseline | Op::Manual, _, Some(new)) => lines.extend(row(new, look, |value| value)),
        _ => {}
    }
    lines.extend(aside(change, look));
    lines
}

fn changed(change: &Change, look: &Look) -> Vec<String> {
    let keys = key_pairs(change).into_iter().map(|(name, old, new)| (format!("key {name}"), old, new));
    let pairs: Vec<(String, Value, Value)> = keys.chain(value_pairs(change)).collect();
    if pairs.is_empty() && change.changed.is_some() {
        return vec![look.paint.dim("no recorded column changed")];
    }
    let names = widest(pairs.iter().map(|(name, ..)| name.as_str()));
    let line = |(name, old, new): &(String, Value, Value)| {
        let room = look.width.saturating_sub(INDENT + names + 2);
        format!("{}  {}", name_cell(name, names), pair(old, new, room, &look.paint))
    };
    pairs.iter().map(line).collect()
}

fn row(row: &Row, look: &Look, colour: impl Fn(String) -> String) -> Vec<String> {
    let names = widest(row.keys().map(String::as_str));
    let line = |(name, value): (&String, &Value)| {
        let room = look.width.saturating_sub(INDENT + names + 2);
        let shown = cut(&shown(value), room.max(8));
        let shown = if value.is_null() { look.paint.dim(shown) } else { colour(shown) };
        format!("{}  {shown}", name_cell(name, names))
    };
    row.iter().map(line).collect()
}

/// The rest of the context, for those who look for it.
fn aside(change: &Change, look: &Look) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(request) = &change.context.request {
        parts.push(format!("request {}", safe(request)));
    }
    for (name, value) in change.extra.iter().flatten() {
        parts.push(format!("{} = {}", safe(name), shown(value)));
    }
    for (name, value) in &change.context.data {
        parts.push(format!("{} {}", safe(name), shown(value)));
    }
    if parts.is_empty() { Vec::new() } else { vec![look.paint.dim(format!("({})", parts.join(", ")))] }
}

/// The rail and the space after it.
const INDENT: usize = 4;

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| measure_text_width(&safe(name))).max().unwrap_or(0)
}

fn name_cell(name: &str, width: usize) -> String {
    let name = safe(name);
    let fill = width.saturating_sub(measure_text_width(&name));
    format!("{name}{}", " ".repeat(fill))
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
