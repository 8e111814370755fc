//! What is there: the schema, rowlore's objects, the registry. Changes nothing.

mod expression;

use rowlore::declare::check::Declarations;
use rowlore::found::{Compare, Found, FoundColumn, FoundEventTable, FoundTable, Installed};
use rowlore::found::{ObjectId, ObjectKind, Registered, TableKind};
use rowlore::{Result, TableName, fingerprint};
use rusqlite::Connection;

use crate::dialect::OWN_TABLES;
use crate::failure::ours;
use crate::registry;
use crate::render::{PREFIX, events_name};
use crate::value::Affinity;

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
        all_tables(connection)?.into_iter().partition(|table| is_own(&table.name.name));
    let event_tables: Vec<_> = ours_too.into_iter().filter_map(event_table).collect();
    let registered = registry::registered(connection)?;
    let installed = installed(connection, &event_tables, &registered)?;
    let refused = expression::refused(connection, declared, &tables)?;
    Ok(Found {
        default_schema: String::new(),
        tables,
        own_version,
        installed,
        event_tables,
        registered,
        last_event_id,
        refused,
        ..Found::default()
    })
}

fn is_own(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn event_table(table: FoundTable) -> Option<FoundEventTable> {
    let name = table.name.name.get(PREFIX.len()..)?.to_owned();
    if OWN_TABLES.contains(&name.as_str()) {
        return None;
    }
    let mirrored = table.columns.into_iter().filter(|column| !column.name.starts_with("rl_"));
    Some(FoundEventTable {
        name,
        columns: mirrored.map(|column| (column.name, column.event_type)).collect(),
        ..FoundEventTable::default()
    })
}

fn all_tables(connection: &Connection) -> Result<Vec<FoundTable>> {
    let sql = "select name, type, strict from pragma_table_list \
               where schema = 'main' and name not like 'sqlite\\_%' escape '\\' and type <> 'shadow' order by name";
    let mut query = connection.prepare(sql).map_err(ours(DOING))?;
    let rows = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, String, bool)>>>)
        .map_err(ours(DOING))?;
    let mut tables = Vec::with_capacity(rows.len());
    for (name, kind, strict) in rows {
        let kind = match kind.as_str() {
            "view" => TableKind::View,
            "virtual" => TableKind::Foreign,
            _ => TableKind::Table,
        };
        // A view whose table is gone can't say its columns, and nobody needs them.
        let (columns, primary_key) = match kind {
            TableKind::View => (Vec::new(), Vec::new()),
            _ => columns(connection, &name, strict).map_err(ours(DOING))?,
        };
        let name = TableName::new("", name);
        let defaults = defaults(connection, &name.name).map_err(ours(DOING))?;
        tables.push(FoundTable { name, kind, columns, primary_key, defaults, ..FoundTable::default() });
    }
    Ok(tables)
}

/// The columns of a table that have a default.
fn defaults(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "select name from pragma_table_xinfo(?1, 'main') where dflt_value is not null";
    connection.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// The columns of a table, and those of its primary key in the key's order.
fn columns(
    connection: &Connection,
    table: &str,
    strict: bool,
) -> rusqlite::Result<(Vec<FoundColumn>, Vec<String>)> {
    let sql = "select name, type, pk, hidden from pragma_table_xinfo(?1, 'main') order by cid";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([table])?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (name, declared): (String, String) = (row.get(0)?, row.get(1)?);
        let (place, hidden): (i64, i64) = (row.get(2)?, row.get(3)?);
        if place > 0 {
            key.push((place, name.clone()));
        }
        let event_type = event_type(&declared, strict);
        let compare = match Affinity::of(&event_type) {
            Affinity::Integer | Affinity::Real => Compare::Native,
            Affinity::Text | Affinity::Blob | Affinity::Numeric => Compare::Bytes,
        };
        // 1 is a virtual table's hidden column; 2 and 3 are generated columns, which a trigger sees computed.
        columns.push(FoundColumn { name, event_type, compare, recordable: hidden != 1 });
    }
    key.sort();
    Ok((columns, key.into_iter().map(|(_, name)| name).collect()))
}

/// The declared type as an event table can repeat it: without length, and with the same affinity, so that no value
/// is converted on its way.
fn event_type(declared: &str, strict: bool) -> String {
    if declared.is_empty() || (strict && declared.eq_ignore_ascii_case("any")) {
        // Outside a strict table `any` would make numbers of texts; `blob` leaves every value as it is.
        return "BLOB".to_owned();
    }
    let start = declared.split('(').next().unwrap_or_default();
    let plain = |c: char| if c.is_alphanumeric() || c == '_' || c == ' ' { c } else { '_' };
    let name: String = start.trim().chars().map(plain).collect();
    let begins_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if begins_well && Affinity::of(&name) == Affinity::of(declared) {
        name
    } else {
        Affinity::of(declared).name().to_owned()
    }
}

/// rowlore's triggers and indexes, but for those of event tables that nothing records into any more: these keep their
/// guards, and no plan has anything to say about them.
fn installed(
    connection: &Connection,
    event_tables: &[FoundEventTable],
    registered: &[Registered],
) -> Result<Vec<Installed>> {
    let sql = "select type, name, tbl_name, sql from main.sqlite_schema \
               where type in ('trigger', 'index') and name like 'rowlore\\_%' escape '\\' and sql is not null \
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
            _ => ObjectId { kind: ObjectKind::Trigger, name, table: Some(TableName::new("", table)) },
        };
        // SQLite knows no disabled trigger.
        installed.push(Installed { id, fingerprint: fingerprint(&sql), enabled: true });
    }
    Ok(installed)
}
