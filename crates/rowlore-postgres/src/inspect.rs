//! What is there: the catalogue, read in one snapshot, changing nothing.

use rowlore::capture::Installation;
use rowlore::declare::Operation;
use rowlore::declare::check::Declarations;
use rowlore::found::{
    Found, FoundEventTable, FoundTable, Installed, ObjectId, ObjectKind, RefusedExpression, Registered,
    TableKind,
};
use rowlore::{Error, Result, TableName, fingerprint};
use tokio_postgres::{Client, Row, types::Json};

use crate::dialect::table_sql;
use crate::error::failed;

pub(crate) async fn inspect(client: &Client, declared: &Declarations) -> Result<Found> {
    let fail = failed("read the database's catalogue");
    // A function's text must look the same whatever the session's settings are, and so must a type's name.
    client.batch_execute(include_str!("../sql/inspect/begin.sql")).await.map_err(&fail)?;
    let found = read_all(client, declared).await;
    // Read only: there is nothing to lose by ending it either way.
    client.batch_execute("rollback").await.map_err(&fail)?;
    found
}

async fn read_all(client: &Client, declared: &Declarations) -> Result<Found> {
    let fail = failed("read the database's catalogue");
    let tables = client.query(include_str!("../sql/inspect/tables.sql"), &[]).await.map_err(&fail)?;
    let tables: Vec<FoundTable> = tables.iter().map(found_table).collect();
    let own_version = own_version(client).await?;
    let mut found =
        Found { default_schema: default_schema(client).await?, tables, own_version, ..Found::default() };
    if own_version.is_some() {
        let installed =
            client.query(include_str!("../sql/inspect/installed.sql"), &[]).await.map_err(&fail)?;
        found.installed = installed.iter().map(installed_object).collect();
        let events =
            client.query(include_str!("../sql/inspect/event_tables.sql"), &[]).await.map_err(&fail)?;
        found.event_tables = events.iter().map(event_table).collect();
        found.registered = read_registered(client).await?;
        let last = "select case when is_called then last_value else 0 end from rowlore.event_id";
        found.last_event_id = client.query_one(last, &[]).await.map_err(&fail)?.get(0);
    }
    for table in declared.iter() {
        let name = table.table.or_schema(&found.default_schema);
        let Some(there) = found.table(&name).cloned() else { continue };
        for tracker in &table.trackers {
            if let Some(rowlore::declare::Condition::When(expression)) = &tracker.condition {
                let reason = refusal(client, &there, expression, &tracker.operations).await?;
                found.refused.extend(reason.map(|reason| RefusedExpression {
                    table: name.clone(),
                    expression: expression.clone(),
                    reason,
                }));
            }
        }
    }
    Ok(found)
}

/// What is tracked, or was; nothing when rowlore is not installed.
pub(crate) async fn registered(client: &Client) -> Result<Vec<Registered>> {
    if own_version(client).await?.is_none() {
        return Ok(Vec::new());
    }
    read_registered(client).await
}

async fn read_registered(client: &Client) -> Result<Vec<Registered>> {
    let rows = client.query(include_str!("../sql/inspect/registered.sql"), &[]).await;
    let rows = rows.map_err(failed("read what is tracked"))?;
    rows.iter()
        .map(|row| {
            let Json(value): Json<serde_json::Value> = row.get("installation");
            let installation: Installation = serde_json::from_value(value).map_err(|error| {
                Error::operator("rowlore.tracked holds what this program can't read")
                    .hint("was it written by a newer rowlore? use that one")
                    .caused_by(error)
            })?;
            let schema: Option<String> = row.get("schema_now");
            let name: Option<String> = row.get("table_now");
            let table_now = schema.zip(name).map(|(schema, name)| TableName::new(schema, name));
            Ok(Registered { installation, active: row.get("active"), table_now, suspended: None })
        })
        .collect()
}

async fn own_version(client: &Client) -> Result<Option<u32>> {
    let fail = failed("look for rowlore's own tables");
    let there =
        client.query_one("select to_regclass('rowlore.meta') is not null", &[]).await.map_err(&fail)?;
    if !there.get::<_, bool>(0) {
        return Ok(None);
    }
    let version = client.query_opt("select own_version from rowlore.meta", &[]).await.map_err(&fail)?;
    Ok(version.map(|row| u32::try_from(row.get::<_, i32>(0)).unwrap_or(0)))
}

async fn default_schema(client: &Client) -> Result<String> {
    let row = client.query_one(include_str!("../sql/inspect/default_schema.sql"), &[]).await;
    Ok(row.map_err(failed("read the search path"))?.get(0))
}

fn found_table(row: &Row) -> FoundTable {
    let Json(columns) = row.get("columns");
    let Json(partitions): Json<Vec<(String, String)>> = row.get("partitions");
    FoundTable {
        name: TableName::new(row.get::<_, String>("schema_name"), row.get::<_, String>("table_name")),
        kind: match row.get("kind") {
            "view" => TableKind::View,
            "foreign" => TableKind::Foreign,
            "partition" => TableKind::Partition,
            "partitioned" => TableKind::Partitioned,
            _ => TableKind::Table,
        },
        columns,
        primary_key: row.get("primary_key"),
        defaults: row.get("defaults"),
        notes: row.get("notes"),
        partitions: partitions.into_iter().map(|(schema, name)| TableName::new(schema, name)).collect(),
        ..FoundTable::default()
    }
}

fn installed_object(row: &Row) -> Installed {
    let kind = match row.get("kind") {
        "function" => ObjectKind::Function,
        "trigger" => ObjectKind::Trigger,
        _ => ObjectKind::Index,
    };
    let schema: Option<String> = row.get("schema_name");
    let table: Option<String> = row.get("table_name");
    let definition: Option<String> = row.get("definition");
    Installed {
        id: ObjectId {
            kind,
            name: row.get("name"),
            table: schema.zip(table).map(|(schema, table)| TableName::new(schema, table)),
        },
        fingerprint: fingerprint(&definition.unwrap_or_default()),
        enabled: row.get("enabled"),
    }
}

fn event_table(row: &Row) -> FoundEventTable {
    let Json(columns) = row.get("columns");
    FoundEventTable { name: row.get("name"), columns, ..FoundEventTable::default() }
}

/// Why the server does not take a `when` expression, if it does not: by preparing it, which takes one statement only
/// and runs nothing. As a query, for names and types; and in the grammar of a trigger, where an expression that closes
/// the parenthesis around it leaves a syntax error.
async fn refusal(
    client: &Client,
    table: &FoundTable,
    expression: &str,
    operations: &[Operation],
) -> Result<Option<String>> {
    let name = table_sql(&table.name);
    let mut queries = vec![format!(
        "create trigger rl_check after update on {name} for each row when (\n{expression}\n) execute function rl_check()"
    )];
    for operation in operations {
        let from = match operation {
            Operation::Insert => format!("{name} as new"),
            Operation::Delete => format!("{name} as old"),
            Operation::Update => format!("{name} as old, {name} as new"),
            Operation::Truncate => continue,
        };
        queries.push(format!("select 1 from {from} where (\n{expression}\n)"));
    }
    for query in queries {
        // A failed prepare ends the transaction: come back to before it.
        let fail = failed("check a `when` expression");
        client.batch_execute("savepoint rl_check").await.map_err(&fail)?;
        let prepared = client.prepare(&query).await;
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
