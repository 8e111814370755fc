//! A plan as a person reads it before saying yes, and as one SQL script.

use std::fmt::Write as _;

use super::{Plan, Step};

/// The plan as text: what, why, and which lock; one step a line, then the SQL if asked for.
pub fn explain(plan: &Plan, with_sql: bool) -> String {
    let mut text = String::new();
    for (index, step) in plan.steps().iter().enumerate() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{:>3}. {}", index + 1, step.action);
        let _ = writeln!(text, "     why: {}; lock: {}", step.why, step.lock);
        if with_sql {
            for line in step.sql.trim().lines() {
                let _ = writeln!(text, "     | {line}");
            }
        }
    }
    for note in plan.notes() {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// The plan as one script that a database administrator can read and run.
///
/// `begin` and `commit` are the engine's words for a transaction that applies all steps or none.
pub fn script(plan: &Plan, begin: &str, commit: &str) -> String {
    let mut text = String::from("-- Made by rowlore. Run it whole: all steps, or none.\n");
    let _ = writeln!(text, "{begin}\n");
    for step in plan.steps() {
        let _ = writeln!(text, "-- {}", about(step));
        let _ = writeln!(text, "{}\n", step.sql.trim());
    }
    let _ = writeln!(text, "{commit}");
    text
}

/// What a step does and why, on one line: a line end in the name of a table must not end the comment that it stands in.
pub(super) fn about(step: &Step) -> String {
    let text = format!("{}: {} ({})", step.action, step.why, step.lock);
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { '?' } else { c })
        .collect()
}
