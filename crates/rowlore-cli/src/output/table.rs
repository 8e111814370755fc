//! Rows as an aligned table.

use console::measure_text_width;
use rowlore::{Row, Value};

use super::Look;
use super::value::{cut, safe, shown};

/// The narrowest a column gets to fit the screen.
const COLUMN_MIN: usize = 6;

/// The rows below a line of column names; numbers stand on the right.
pub(crate) fn table(rows: &[Row], look: &Look) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let names: Vec<&String> = first.keys().collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| names.iter().map(|name| shown(row.get(*name).unwrap_or(&Value::Null))).collect())
        .collect();
    let right: Vec<bool> = names.iter().map(|name| numbers(rows, name)).collect();
    let mut widths: Vec<usize> = names.iter().map(|name| measure_text_width(&safe(name))).collect();
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    if !fit(&mut widths, look.width) {
        return records(rows, look);
    }
    let header: Vec<String> = names.iter().map(|name| safe(name)).collect();
    let mut text = line(&header, &widths, &right, |_, cell| look.paint.strong(cell));
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    text.push_str(&line(&rule, &widths, &right, |_, cell| look.paint.dim(cell)));
    for (row, values) in cells.iter().zip(rows) {
        text.push_str(&line(row, &widths, &right, |index, cell| {
            let null = values.get(names[index]).is_none_or(Value::is_null);
            if null { look.paint.dim(cell) } else { cell }
        }));
    }
    text
}

/// Whether a column holds numbers, exact ones (as text) included.
fn numbers(rows: &[Row], name: &str) -> bool {
    let number = |value: &Value| match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    };
    let mut values = rows.iter().filter_map(|row| row.get(name)).filter(|value| !value.is_null()).peekable();
    values.peek().is_some() && values.all(number)
}

/// Rows below each other, a line per column: for more columns than the screen has room for.
fn records(rows: &[Row], look: &Look) -> String {
    let names =
        rows.iter().flat_map(Row::keys).map(|name| measure_text_width(&safe(name))).max().unwrap_or(0);
    let record = |row: &Row| {
        let line = |(name, value): (&String, &Value)| {
            let name = safe(name);
            let fill = " ".repeat(names - measure_text_width(&name));
            let value = cut(&shown(value), look.width.saturating_sub(names + 2).max(8));
            format!("{}{fill}  {value}\n", look.paint.strong(name))
        };
        row.iter().map(line).collect::<String>()
    };
    rows.iter().map(record).collect::<Vec<_>>().join("\n")
}

/// Takes from the widest column until all fit; false if they can't.
fn fit(widths: &mut [usize], room: usize) -> bool {
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    while total(widths) > room {
        let Some(widest) = widths.iter_mut().max_by_key(|width| **width).filter(|width| **width > COLUMN_MIN)
        else {
            return false;
        };
        *widest -= 1;
    }
    true
}

fn line(
    cells: &[String],
    widths: &[usize],
    right: &[bool],
    colour: impl Fn(usize, String) -> String,
) -> String {
    let mut text = String::new();
    for (index, ((cell, width), right)) in cells.iter().zip(widths).zip(right).enumerate() {
        let cell = cut(cell, *width);
        let fill = " ".repeat(width.saturating_sub(measure_text_width(&cell)));
        let cell = colour(index, cell);
        text.push_str(&if *right { format!("{fill}{cell}") } else { format!("{cell}{fill}") });
        text.push_str("  ");
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::Paint;
    use super::*;
    use jiff::tz::TimeZone;
    use serde_json::json;

    fn rows() -> Vec<Row> {
        let row = |value: Value| value.as_object().unwrap().clone();
        vec![
            row(json!({"id": 1, "title": "The Left Hand of Darkness", "price": "9.50", "note": null})),
            row(json!({"id": 20, "title": "漢字", "price": "11.00", "note": "x"})),
        ]
    }

    #[test]
    fn more_columns_than_fit_stand_below_each_other() {
        insta::assert_snapshot!(drawn(20), @r"
        id     1
        title  The Left Han…
        price  9.50
        note   ∅

        id     20
        title  漢字
        price  11.00
        note   x
        ");
    }

    fn drawn(width: usize) -> String {
        table(&rows(), &Look { paint: Paint::plain(), width, zone: TimeZone::UTC })
    }

    #[test]
    fn columns_are_aligned() {
        insta::assert_snapshot!(drawn(80), @r"
        id  title                      price  note
        ──  ─────────────────────────  ─────  ────
         1  The Left Hand of Darkness   9.50  ∅
        20  漢字                       11.00  x
        ");
    }

    #[test]
    fn a_narrow_screen_cuts_the_widest() {
        insta::assert_snapshot!(drawn(30), @r"
        id  title          price  note
        ──  ─────────────  ─────  ────
         1  The Left Han…   9.50  ∅
        20  漢字           11.00  x
        ");
    }

    #[test]
    fn no_rows_are_no_table() {
        assert_eq!(table(&[], &Look { paint: Paint::plain(), width: 80, zone: TimeZone::UTC }), "");
    }
}
