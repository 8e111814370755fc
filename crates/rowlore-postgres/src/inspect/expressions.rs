//! Which expressions of the declarations the server does not take: by preparing them, which takes one statement only and
//! runs nothing.
//!
//! Each is prepared twice. As a query, for names and types; and in the grammar of a trigger, where an expression that
//! closes the parenthesis around it leaves a syntax error.

use rowlore::declare::check::Declarations;
use rowlore::declare::{Condition, ExtraColumn, Operation};
use rowlore::found::{Found, RefusedExpression};
use rowlore::{Result, TableName};
use tokio_postgres::Client;

use crate::dialect::{extra_value, table_sql};
use crate::error::failed;

/// Every expression that is refused, with the reason.
pub(super) async fn refused(
    client: &Client,
    declared: &Declarations,
    found: &Found,
) -> Result<Vec<RefusedExpression>> {
    let mut refused = Vec::new();
    for declared in declared.iter() {
        let name = declared.table.or_schema(&found.default_schema);
        if found.table(&name).is_none() {
            continue;
        }
        let conditions = declared.trackers.iter().filter_map(|tracker| match &tracker.condition {
            Some(Condition::When(expression)) => {
                Some((expression, condition(&name, expression, &tracker.operations)))
            }
            _ => None,
        });
        let extra = declared.events.iter().flat_map(|events| &events.extra);
        let values = extra.filter_map(|extra| Some((extra.value.as_ref()?, value(&name, extra)?)));
        for (expression, queries) in conditions.chain(values).collect::<Vec<_>>() {
            if let Some(reason) = refusal(client, &queries).await? {
                refused.push(RefusedExpression {
                    table: name.clone(),
                    expression: expression.clone(),
                    reason,
                });
            }
        }
    }
    Ok(refused)
}

/// A `when` over the rows of a table.
fn condition(table: &TableName, expression: &str, operations: &[Operation]) -> Vec<String> {
    let name = table_sql(table);
    let mut queries = vec![in_trigger(&name, expression)];
    for operation in operations {
        let from = match operation {
            Operation::Insert => format!("{name} as new"),
            Operation::Delete => format!("{name} as old"),
            Operation::Update => format!("{name} as old, {name} as new"),
            Operation::Truncate => continue,
        };
        queries.push(format!("select 1 from {from} where (\n{expression}\n)"));
    }
    queries
}

/// The value of an extra column: beside another column, so that an aggregate is refused, and inside a `case`, which takes
/// no function that gives several rows.
fn value(table: &TableName, extra: &ExtraColumn) -> Option<Vec<String>> {
    let value = extra_value(extra)?;
    let query = format!(
        "select rl_row.rl_one, case when rl_row.rl_one then {value} end from (values (true)) as rl_row (rl_one)"
    );
    Some(vec![in_trigger(&table_sql(table), extra.value.as_ref()?), query])
}

fn in_trigger(table: &str, expression: &str) -> String {
    format!(
        "create trigger rl_check after update on {table} for each row when (\n{expression}\n) execute function rl_check()"
    )
}

/// Why the server does not take one of these, if it does not.
async fn refusal(client: &Client, queries: &[String]) -> Result<Option<String>> {
    for query in queries {
        // A failed prepare ends the transaction: come back to before it.
        let fail = failed("check an expression");
        client.batch_execute("savepoint rl_check").await.map_err(&fail)?;
        let prepared = client.prepare(query).await;
        client
            .batch_execute("rollback to savepoint rl_check; release savepoint rl_check")
            .await
            .map_err(&fail)?;
        match prepared {
            Ok(statement) if statement.params().is_empty() => {}
            Ok(_) => return Ok(Some("it has a parameter such as $1".to_owned())),
            Err(error) => match error.as_db_error() {
                Some(db) => {
                    let hint = db.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
                    return Ok(Some(format!("{}{hint}", db.message())));
                }
                None => return Err(fail(error)),
            },
        }
    }
    Ok(None)
}
