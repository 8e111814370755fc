//! The steps of a plan: briefly, as differences, and for programs.

use rowlore::plan::{Action, Lock, Plan, Step};
use rowlore::{TableName, Value};
use serde_json::json;

use super::Look;

/// One line a step: what it does, and what waits for it.
pub(crate) fn short_steps(plan: &Plan, look: &Look) -> String {
    let mut text = String::new();
    for (index, step) in plan.steps().iter().enumerate() {
        let lock = match &step.lock {
            Lock::None => String::new(),
            lock => look.paint.dim(format!("  ({lock})")),
        };
        let of = match (&step.action, &step.table) {
            (Action::Register, Some(table)) => format!(" of {table}"),
            _ => String::new(),
        };
        text.push_str(&format!("{:>3}. {}{of}{lock}\n", index + 1, step.action));
    }
    for note in plan.notes() {
        text.push_str(&format!("     {} {note}\n", look.paint.hint("note:")));
    }
    text
}

/// What is different, by table: what would set it right, and why.
pub(crate) fn differences(plan: &Plan, look: &Look) -> String {
    let mut tables: Vec<Option<&TableName>> = Vec::new();
    for step in plan.steps() {
        if !tables.contains(&step.table.as_ref()) {
            tables.push(step.table.as_ref());
        }
    }
    let mut text = String::new();
    for table in tables {
        let title = table.map_or_else(|| "rowlore's own tables".to_owned(), ToString::to_string);
        text.push_str(&format!("{}\n", look.paint.strong(title)));
        for step in plan.steps().iter().filter(|step| step.table.as_ref() == table) {
            text.push_str(&format!("  {} {}: {}\n", look.paint.old("✗"), step.action, step.why));
        }
    }
    text
}

/// Each step as an object.
pub(crate) fn json_steps(plan: &Plan) -> impl Iterator<Item = Value> + '_ {
    plan.steps().iter().map(|step| {
        let Step { action, table, why, lock, sql } = step;
        json!({"action": action.to_string(), "table": table, "why": why, "lock": lock.to_string(), "sql": sql})
    })
}
