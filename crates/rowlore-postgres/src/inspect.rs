//! What is there: the catalogue, read in one snapshot, changing nothing.

mod expressions;

mod filled;

use rowlore::declare::check::Declarations;
use rowlore::found::{
    Found, FoundEventTable, FoundTable, Generated, Installed, ObjectId, ObjectKind, Partition, TableKind,
};
use rowlore::{Error, Result, TableName, Timestamp, fingerprint};
use tokio_postgres::{Client, Row, types::Json};

use crate::error::failed;
use crate::registry::Registry;

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
        found.event_tables = events.iter().map(event_table).collect::<Result<_>>()?;
        found.registered = Registry::default().read_version(client, own_version.unwrap_or(0)).await?;
        let last = "select case when is_called then last_value else 0 end from rowlore.event_id";
        found.last_event_id = client.query_one(last, &[]).await.map_err(&fail)?.get(0);
    }
    filled::note(client, &mut found).await?;
    found.now = now(client).await?;
    if own_version.is_some() {
        let gaps = client.query(include_str!("../sql/inspect/gaps.sql"), &[]).await.map_err(&fail)?;
        found.gaps = gaps.iter().map(|row| row.get("gap")).collect();
    }
    found.refused = expressions::refused(client, declared, &found).await?;
    Ok(found)
}

pub(crate) async fn own_version(client: &Client) -> Result<Option<u32>> {
    let fail = failed("look for rowlore's own tables");
    // Every read begins with this: one round trip each.
    let there = "select to_regclass('rowlore.meta') is not null";
    let there = client.query_typed(there, &[]).await.map_err(&fail)?;
    if !there.first().is_some_and(|row| row.get::<_, bool>(0)) {
        return Ok(None);
    }
    let version = client.query_typed("select own_version from rowlore.meta", &[]).await.map_err(&fail)?;
    Ok(version.first().map(|row| u32::try_from(row.get::<_, i32>(0)).unwrap_or(0)))
}

async fn default_schema(client: &Client) -> Result<String> {
    let row = client.query_one(include_str!("../sql/inspect/default_schema.sql"), &[]).await;
    Ok(row.map_err(failed("read the search path"))?.get(0))
}

/// The time by the server's clock.
async fn now(client: &Client) -> Result<Option<Timestamp>> {
    let now = "select replace(to_jsonb(clock_timestamp()) #>> '{}', '+00:00', 'Z')";
    let row = client.query_one(now, &[]).await.map_err(failed("read the server's clock"))?;
    Ok(row.get::<_, String>(0).parse().ok())
}

/// A name as the catalogue's queries give it: schema and name.
type Name = (String, String);

fn names(names: Vec<Name>) -> Vec<TableName> {
    names.into_iter().map(|(schema, name)| TableName::new(schema, name)).collect()
}

fn found_table(row: &Row) -> FoundTable {
    let Json(columns) = row.get("columns");
    let Json(partitions): Json<Vec<Name>> = row.get("partitions");
    let Json(children): Json<Vec<Name>> = row.get("children");
    let Json(foreign_keys) = row.get("foreign_keys");
    let Json(uniques) = row.get("uniques");
    let Json(generated): Json<Vec<(String, bool)>> = row.get("generated");
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
        partitions: names(partitions),
        children: names(children),
        inherits: row.get("inherits"),
        foreign_keys,
        uniques,
        required: row.get("required"),
        generated: generated.into_iter().map(|(column, identity)| Generated { column, identity }).collect(),
        filled: row.get("defaults"),
        notes: row.get("notes"),
    }
}

fn installed_object(row: &Row) -> Installed {
    let kind = match row.get("kind") {
        "function" => ObjectKind::Function,
        "trigger" => ObjectKind::Trigger,
        "view" => ObjectKind::View,
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

fn event_table(row: &Row) -> Result<FoundEventTable> {
    let Json(columns) = row.get("columns");
    let Json(partitions): Json<Vec<(String, String, String)>> = row.get("partitions");
    let partition = |(name, from, to): (String, String, String)| -> Result<Partition> {
        let moment = |text: String| -> Result<Timestamp> {
            text.parse().map_err(|error: jiff::Error| {
                Error::operator(format!("the moment at which partition {name} begins or ends can't be read"))
                    .hint("partitions of event tables begin and end between the years 1 and 9999")
                    .caused_by(error)
            })
        };
        let (from, to) = (moment(from)?, moment(to)?);
        Ok(Partition { name, from, to })
    };
    Ok(FoundEventTable {
        name: row.get("name"),
        schema: row.get("schema_name"),
        columns,
        own_columns: row.get("own_columns"),
        partitioned: row.get("partitioned"),
        partitions: partitions.into_iter().map(partition).collect::<Result<_>>()?,
    })
}
