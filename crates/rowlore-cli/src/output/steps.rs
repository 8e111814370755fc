//! The steps of a plan: briefly, as differences, and for programs.

use console::measure_text_width;
use rowlore::plan::{Action, Lock, Plan, Step};
use rowlore::{TableName, Value};
use serde_json::json;

use super::{Look, count};

/// Where the objects of ours are on PostgreSQL.
const OWN_SCHEMA: &str = "rowlore";

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
    text.push_str(&notes(plan, look));
    text
}

/// One line a table: how many steps, and what of the program's waits for them.
pub(crate) fn steps_by_table(plan: &Plan, look: &Look) -> String {
    let tables = tables(plan);
    let titles: Vec<String> = tables.iter().map(|table| title(*table)).collect();
    let width = titles.iter().map(|title| measure_text_width(title)).max().unwrap_or(0);
    let mut text = String::new();
    for (table, title) in tables.iter().zip(&titles) {
        let steps: Vec<&Step> = plan.steps().iter().filter(|step| step.table.as_ref() == *table).collect();
        let mut locks: Vec<String> = Vec::new();
        for lock in steps.iter().map(|step| &step.lock).filter(|lock| matters(lock, plan)) {
            if !locks.contains(&lock.to_string()) {
                locks.push(lock.to_string());
            }
        }
        let locks = if locks.is_empty() {
            locks.concat()
        } else {
            look.paint.dim(format!("  ({})", locks.join(", ")))
        };
        let fill = " ".repeat(width - measure_text_width(title));
        text.push_str(&format!("  {title}{fill}  {}{locks}\n", count(steps.len(), "step")));
    }
    text.push_str(&notes(plan, look));
    text
}

/// Whether somebody can be waiting: nobody uses a table that the plan itself makes.
fn matters(lock: &Lock, plan: &Plan) -> bool {
    let made = |name: &str| {
        plan.steps().iter().any(|step| match &step.action {
            Action::CreateEvents(events) => events == name,
            Action::Own => name == "context",
            _ => false,
        })
    };
    match lock {
        Lock::None => false,
        Lock::Writers(table) => table.schema != OWN_SCHEMA || !made(&table.name),
        Lock::Events(name) => !made(name),
        Lock::Database => true,
    }
}

/// The tables that a plan is about, in its order; none stands for rowlore's own.
fn tables(plan: &Plan) -> Vec<Option<&TableName>> {
    let mut tables: Vec<Option<&TableName>> = Vec::new();
    for step in plan.steps() {
        if !tables.contains(&step.table.as_ref()) {
            tables.push(step.table.as_ref());
        }
    }
    tables
}

fn title(table: Option<&TableName>) -> String {
    table.map_or_else(|| "rowlore's own tables".to_owned(), ToString::to_string)
}

fn notes(plan: &Plan, look: &Look) -> String {
    plan.notes().iter().map(|note| format!("     {} {note}\n", look.paint.hint("note:"))).collect()
}

/// What is different, by table: what would set it right, and why.
pub(crate) fn differences(plan: &Plan, look: &Look) -> String {
    let mut text = String::new();
    for table in tables(plan) {
        text.push_str(&format!("{}\n", look.paint.strong(title(table))));
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
