//! Two states of one row.

use console::measure_text_width;
use rowlore::Diff;

use super::Look;
use super::value::{pair, safe};

/// One line per column that differs; empty where none does.
pub(crate) fn diff(diff: &Diff, look: &Look) -> String {
    let mut text = String::new();
    match (&diff.old, &diff.new) {
        (None, Some(_)) => text.push_str(&format!("  {}\n", look.paint.dim("the row was not there yet"))),
        (Some(_), None) => {
            text.push_str(&format!("  {}\n", look.paint.dim("the row was not there any more")))
        }
        _ => {}
    }
    let names = diff.changed.iter().map(|(name, ..)| measure_text_width(&safe(name))).max().unwrap_or(0);
    for (name, old, new) in &diff.changed {
        let name = safe(name);
        let fill = " ".repeat(names - measure_text_width(&name));
        let room = look.width.saturating_sub(names + 4);
        text.push_str(&format!("  {name}{fill}  {}\n", pair(old, new, room, &look.paint)));
    }
    text
}
