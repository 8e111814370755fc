//! Whether the database takes the expressions of the declarations: `when`, and the values of extra columns. Prepares
//! statements, runs none.

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
        let values = one.events.iter().flat_map(|events| &events.extra).filter_map(|one| one.value.as_ref());
        for (value, reason) in values.filter_map(|value| Some((value, unfit_value(connection, value)?))) {
            refused.push(RefusedExpression { table: one.table.clone(), expression: value.clone(), reason });
        }
    }
    Ok(refused)
}

/// Why the expression can't be the value of an extra column; none if it can. As for a condition, two statements must
/// both prepare; neither has a table, so that no column is known, and the first refuses what sums up rows.
fn unfit_value(connection: &Connection, expression: &str) -> Option<String> {
    let as_condition = format!("select 1 where (\n{expression}\n) is null");
    let as_argument = format!("select coalesce(\n{expression}\n, 0)");
    unprepared(connection, &[as_condition, as_argument], "a value can't have parameters")
}

fn unprepared(connection: &Connection, statements: &[String], parameters: &str) -> Option<String> {
    statements.iter().find_map(|sql| match connection.prepare(sql) {
        Ok(statement) => (statement.parameter_count() > 0).then(|| parameters.to_owned()),
        Err(error) => Some(readable(&words(&error))),
    })
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
    unprepared(connection, &[as_condition, as_argument], "a condition can't have parameters")
}

fn readable(words: &str) -> String {
    match words.strip_prefix("ambiguous column name: ") {
        Some(name) => format!("`{name}` alone is no column here: write old.{name} or new.{name}"),
        None => words.to_owned(),
    }
}
