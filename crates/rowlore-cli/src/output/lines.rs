//! Events of many rows, one line each.

use console::measure_text_width;
use rowlore::{Change, Op};

use super::Look;
use super::phrase::{key_pairs, key_text, value_pairs, who};
use super::value::{cut, cut_front, pair, safe, shown};
use crate::moment;

/// Less of a table's name says nothing.
const TABLE_MIN: usize = 4;

/// One line per change: number, time, what, which row, who, and as much of the values as fits.
pub(crate) fn lines(changes: &[Change], look: &Look) -> String {
    let cells: Vec<[String; 5]> = changes.iter().map(|change| cells(change, look)).collect();
    let mut widths = [0; 5];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let mut text = String::new();
    for (change, row) in changes.iter().zip(&cells) {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            let fill = " ".repeat(width - measure_text_width(cell));
            let cell = colour(index, cell, change, look);
            // Numbers stand on the right.
            line.push_str(&if index == 0 { format!("{fill}{cell}  ") } else { format!("{cell}{fill}  ") });
        }
        let room = look.width.saturating_sub(measure_text_width(&line));
        line.push_str(&cut(&values(change, room.max(12), look), room.max(12)));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn cells(change: &Change, look: &Look) -> [String; 5] {
    let label = if change.label == change.op.name() {
        change.op.name().to_owned()
    } else {
        format!("{} ({})", safe(&change.label), change.op.name())
    };
    let most = if look.width == usize::MAX { usize::MAX } else { look.width / 4 };
    [
        format!("#{}", change.event_id),
        moment::show(change.at, &look.zone),
        cut(&label, most),
        row(change, most),
        cut(&who(&change.context).unwrap_or_else(|| "-".to_owned()), most),
    ]
}

/// The table and the key of the row. Where both are too wide, the key is what can't be guessed.
fn row(change: &Change, most: usize) -> String {
    let table = safe(&change.table.to_string());
    if change.key.is_empty() {
        return cut_front(&table, most);
    }
    let key = key_text(&change.key);
    let room = most.saturating_sub(measure_text_width(&key) + 1);
    if room < TABLE_MIN { cut(&key, most) } else { format!("{} {key}", cut_front(&table, room)) }
}

fn colour(index: usize, cell: &str, change: &Change, look: &Look) -> String {
    match index {
        0 => look.paint.dim(cell),
        2 => look.paint.op(change.op, cell),
        4 if cell != "-" => look.paint.who(cell),
        _ => cell.to_owned(),
    }
}

/// The changed columns, else the row as it came or went.
fn values(change: &Change, room: usize, look: &Look) -> String {
    let paint = look.paint;
    let keys = key_pairs(change).into_iter().map(|(name, old, new)| (format!("key {name}"), old, new));
    let pairs: Vec<_> = keys.chain(value_pairs(change)).collect();
    if !pairs.is_empty() {
        let each = if room == usize::MAX { room } else { (room / pairs.len().min(3)).max(24) };
        let pairs = pairs.iter().map(|(name, old, new)| {
            format!("{} {}", safe(name), pair(old, new, each.saturating_sub(name.len() + 1), &paint))
        });
        return pairs.collect::<Vec<_>>().join(", ");
    }
    if change.op == Op::Truncate {
        return paint.old("the whole table was emptied");
    }
    let row = change.new.as_ref().or(change.old.as_ref());
    let plain =
        row.into_iter().flatten().filter(|(name, value)| !change.key.contains_key(*name) && !value.is_null());
    let text =
        plain.map(|(name, value)| format!("{}={}", safe(name), shown(value))).collect::<Vec<_>>().join(" ");
    paint.dim(cut(&text, room))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
