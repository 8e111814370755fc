//! Whether the database takes the `when` expressions of the declarations. Prepares statements, runs none.

use rowlore::declare::check::{Declarations, Declared};
use rowlore::declare::{Condition, Operation};
use rowlore::found::{FoundTable, RefusedExpression};
use rowlore::{Result, quote_name};
use rusqlite::Connection;

use crate::failure::words;

pub(super) fn refused(
    connection: &Connection,
    declared: &Declarations,
    tables: &[FoundTable],
) -> Result<Vec<RefusedExpression>> {
    let mut refused = Vec::new();
    for one in declared.iter().filter(|one| tables.iter().any(|table| table.name == one.table)) {
        for (expression, operations) in expressions(one) {
            let reasons = operations.iter().filter_map(|operation| {
                reason(connection, &one.table.name, expression, *operation).map(|reason| (operation, reason))
            });
            if let Some((operation, reason)) = reasons.into_iter().next() {
                refused.push(RefusedExpression {
                    table: one.table.clone(),
                    expression: expression.to_owned(),
                    reason: format!("on {}: {reason}", operation.name()),
                });
            }
        }
    }
    Ok(refused)
}

fn expressions(declared: &Declared) -> impl Iterator<Item = (&str, &[Operation])> {
    declared.trackers.iter().filter_map(|tracker| match &tracker.condition {
        Some(Condition::When(expression)) => Some((expression.as_str(), tracker.operations.as_slice())),
        _ => None,
    })
}

/// Why the expression can't stand in a trigger of this operation; none if it can.
///
/// Two statements must both prepare. The first puts the expression where a condition stands, the second between
/// the arguments of a function: text that closes a parenthesis and goes on (`true); drop table x; --`) can't
/// fit both. The table stands there twice, so that a name without `old.` or `new.` is ambiguous, as it is in a trigger.
fn reason(connection: &Connection, table: &str, expression: &str, operation: Operation) -> Option<String> {
    let table = format!("main.{}", quote_name(table));
    let rows = match operation {
        Operation::Insert => format!("{table} as new, {table} as \"rl another\""),
        Operation::Update => format!("{table} as new, {table} as old"),
        Operation::Delete => format!("{table} as old, {table} as \"rl another\""),
        Operation::Truncate => return Some("a truncate has no rows".to_owned()),
    };
    let as_condition = format!("select 1 from {rows} where (\n{expression}\n)");
    let as_argument = format!("select coalesce(\n{expression}\n, 0) from {rows}");
    for sql in [as_condition, as_argument] {
        match connection.prepare(&sql) {
            Ok(statement) if statement.parameter_count() > 0 => {
                return Some("a condition can't have parameters".to_owned());
            }
            Ok(_) => {}
            Err(error) => return Some(readable(&words(&error))),
        }
    }
    None
}

fn readable(words: &str) -> String {
    match words.strip_prefix("ambiguous column name: ") {
        Some(name) => format!("`{name}` alone is no column here: write old.{name} or new.{name}"),
        None => words.to_owned(),
    }
}
