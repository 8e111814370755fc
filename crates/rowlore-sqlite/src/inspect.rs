//! What is there: the schema, rowlore's objects, the registry. Changes nothing.

mod expression;

mod filled;

mod tables;

use rowlore::declare::check::Declarations;
use rowlore::found::{Found, FoundEventTable, FoundTable, Installed};
use rowlore::found::{ObjectId, ObjectKind, Registered, TableKind};
use rowlore::{Result, TableName, Timestamp, fingerprint};
use rusqlite::Connection;

use crate::dialect::OWN_TABLES;
use crate::failure::ours;
use crate::registry;
use crate::render::{PREFIX, events_name};

const DOING: &str = "look at the database";

pub(crate) fn inspect(connection: &Connection, declared: &Declarations) -> Result<Found> {
    let own_version = registry::own_version(connection)?;
    let last_event_id = match own_version {
        Some(_) => connection
            .query_row("select last_event_id from rowlore_state", [], |row| row.get(0))
            .map_err(ours(DOING))?,
        None => 0,
    };
    let (ours_too, tables): (Vec<_>, Vec<_>) =
        tables::all(connection)?.into_iter().partition(|table| is_own(&table.name.name));
    let event_tables: Vec<_> = ours_too.into_iter().filter_map(event_table).collect();
    let registered = registry::registered(connection)?;
    let installed = installed(connection, &event_tables, &registered)?;
    let refused = expression::refused(connection, declared, &tables)?;
    let now: String = connection
        .query_row("select strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", [], |row| row.get(0))
        .map_err(ours(DOING))?;
    let mut found = Found {
        default_schema: String::new(),
        tables,
        own_version,
        installed,
        event_tables,
        registered,
        last_event_id,
        refused,
        now: now.parse::<Timestamp>().ok(),
        // A file has no roles, no rights and no disabled triggers.
        gaps: Vec::new(),
    };
    filled::note(connection, &mut found)?;
    Ok(found)
}

fn is_own(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn event_table(table: FoundTable) -> Option<FoundEventTable> {
    let name = table.name.name.get(PREFIX.len()..)?.to_owned();
    if table.kind != TableKind::Table || OWN_TABLES.contains(&name.as_str()) {
        return None;
    }
    let (own, mirrored): (Vec<_>, Vec<_>) =
        table.columns.into_iter().partition(|column| column.name.starts_with("rl_"));
    Some(FoundEventTable {
        name,
        schema: None,
        columns: mirrored.into_iter().map(|column| (column.name, column.event_type)).collect(),
        own_columns: own.into_iter().map(|column| column.name).collect(),
        partitioned: false,
        partitions: Vec::new(),
    })
}

/// rowlore's triggers, indexes and views, but for those of event tables that nothing records into any more: these keep their
/// guards, and no plan has anything to say about them.
fn installed(
    connection: &Connection,
    event_tables: &[FoundEventTable],
    registered: &[Registered],
) -> Result<Vec<Installed>> {
    let sql = "select type, name, tbl_name, sql from main.sqlite_schema \
               where type in ('trigger', 'index', 'view') and name like 'rowlore\\_%' escape '\\' and sql is not null \
               order by type, name";
    let mut query = connection.prepare(sql).map_err(ours(DOING))?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let rows = query
        .query_map([], read)
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, String, String, String)>>>)
        .map_err(ours(DOING))?;
    let left_over = |table: &str| {
        let known = registered.iter().flat_map(|one| one.installation.capture.readable_events());
        event_tables.iter().any(|events| events_name(&events.name) == table)
            && !known.into_iter().any(|events| events_name(&events.name) == table)
    };
    let mut installed = Vec::with_capacity(rows.len());
    for (kind, name, table, sql) in rows.into_iter().filter(|(_, _, table, _)| !left_over(table)) {
        let id = match kind.as_str() {
            "index" => ObjectId { kind: ObjectKind::Index, name, table: None },
            "view" => ObjectId { kind: ObjectKind::View, name, table: None },
            _ => ObjectId { kind: ObjectKind::Trigger, name, table: Some(TableName::new("", table)) },
        };
        // SQLite knows no disabled trigger.
        installed.push(Installed { id, fingerprint: fingerprint(&sql), enabled: true });
    }
    Ok(installed)
}
