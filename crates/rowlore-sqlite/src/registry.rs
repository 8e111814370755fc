//! What the last apply wrote down: the rows of `rowlore_tracked`.

use rowlore::capture::Installation;
use rowlore::found::Registered;
use rowlore::{Error, Result, TableName, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::dialect::trigger_names;
use crate::failure::ours;
use crate::suspend::{Which, suspended};

const DOING: &str = "read what is tracked";

/// The version of the bookkeeping in this database; none if it is not installed.
pub(crate) fn own_version(connection: &Connection) -> Result<Option<u32>> {
    if !exists(connection, "rowlore_meta")? {
        return Ok(None);
    }
    let version: Option<String> = connection
        .query_row("select value from rowlore_meta where key = 'own_version'", [], |row| row.get(0))
        .optional()
        .map_err(ours(DOING))?;
    let version = version.and_then(|version| version.parse().ok()).ok_or_else(|| {
        Error::operator("rowlore_meta does not say the version of rowlore's own tables")
            .hint("somebody changed rowlore's tables by hand: restore them from a backup")
    })?;
    if version > crate::dialect::OWN_VERSION {
        let message =
            format!("this database was set up by a newer rowlore (its own tables are of version {version})");
        return Err(Error::operator(message).hint("use that version of rowlore, or a newer one"));
    }
    Ok(Some(version))
}

/// Makes sure that the bookkeeping is this program's.
pub(crate) fn up_to_date(connection: &Connection) -> Result<()> {
    match own_version(connection)? {
        Some(crate::dialect::OWN_VERSION) => Ok(()),
        _ => Err(Error::request("rowlore's own tables in this database are those of an older rowlore")
            .hint("plan and apply: that brings them up to date")),
    }
}

/// Whether there is a table of that name.
pub(crate) fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "select exists (select 1 from main.sqlite_schema where type = 'table' and name = ?1)";
    connection.query_row(sql, [table], |row| row.get(0)).map_err(ours(DOING))
}

/// Every table that is or was tracked, by name.
pub(crate) fn registered(connection: &Connection) -> Result<Vec<Registered>> {
    let Some(version) = own_version(connection)? else { return Ok(Vec::new()) };
    let mut query = connection
        .prepare("select table_name, installation, active from rowlore_tracked order by table_name")
        .map_err(ours(DOING))?;
    let rows = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, String, bool)>>>)
        .map_err(ours(DOING))?;
    let mut all = Vec::with_capacity(rows.len());
    for (table, json, active) in rows {
        let installation: Installation = serde_json::from_str(&json).map_err(|error| {
            Error::operator(format!("what was written down about {table} can't be read"))
                .hint("rowlore_tracked was changed by hand, or by another version of rowlore")
                .caused_by(error)
        })?;
        let table_now = table_now(connection, &installation)?;
        let which = Which::LastAfter(installation.since);
        let suspended = if version < 2 { None } else { suspended(connection, &table, which)? };
        let suspended = suspended.map(|(_, at)| at);
        all.push(Registered { installation, active, table_now, suspended });
    }
    // A table that was renamed is found by its triggers; another table may bear its old name since.
    let by_trigger: Vec<Option<TableName>> = all.iter().map(|one| one.table_now.clone()).collect();
    for (index, one) in all.iter_mut().enumerate() {
        let name = &one.installation.capture.table;
        let taken = by_trigger
            .iter()
            .enumerate()
            .any(|(other, table)| other != index && table.as_ref() == Some(name));
        if one.table_now.is_none() && !taken && exists(connection, &name.name)? {
            one.table_now = Some(name.clone());
        }
    }
    Ok(all)
}

/// When the tracking of the table began, by the name it has in the registry.
pub(crate) fn tracked_at(connection: &Connection, table: &str) -> Result<Timestamp> {
    let sql = "select tracked_at from rowlore_tracked where table_name = ?1";
    let at: String = connection.query_row(sql, [table], |row| row.get(0)).map_err(ours(DOING))?;
    at.parse().map_err(|error: jiff::Error| {
        Error::operator(format!("rowlore_tracked holds a time that is none for {table}")).caused_by(error)
    })
}

/// The table on which the capturing triggers stand.
fn table_now(connection: &Connection, installation: &Installation) -> Result<Option<TableName>> {
    let sql = "select tbl_name from main.sqlite_schema where type = 'trigger' and name = ?1";
    let mut query = connection.prepare_cached(sql).map_err(ours(DOING))?;
    for name in trigger_names(&installation.capture.table.name) {
        let table: Option<String> =
            query.query_row([&name], |row| row.get(0)).optional().map_err(ours(DOING))?;
        if let Some(table) = table {
            return Ok(Some(TableName::new("", table)));
        }
    }
    Ok(None)
}

/// The name by which people know a registered table today.
pub(crate) fn name_today(registered: &Registered) -> &TableName {
    registered.table_now.as_ref().unwrap_or(&registered.installation.capture.table)
}

/// The registered table of that name.
pub(crate) fn find<'a>(registered: &'a [Registered], table: &TableName) -> Result<&'a Registered> {
    let found = registered.iter().find(|one| name_today(one) == table);
    found.ok_or_else(|| {
        let known: Vec<String> = registered.iter().map(|one| name_today(one).to_string()).collect();
        let error = Error::request(format!("{table} is not tracked"));
        match rowlore::nearest(&table.to_string(), known.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => {
                error.hint("nothing is tracked in this database yet: declare, plan and apply")
            }
            None => error.hint(format!("tracked are: {}", known.join(", "))),
        }
    })
}
