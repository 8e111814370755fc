//! The tables as the schema has them: columns, keys, what points where. Changes nothing.

use rowlore::found::{Compare, ForeignKey, FoundColumn, FoundTable, Generated, TableKind};
use rowlore::{Result, TableName};
use rusqlite::Connection;

use super::DOING;
use crate::failure::ours;
use crate::value::Affinity;

pub(super) fn all(connection: &Connection) -> Result<Vec<FoundTable>> {
    let sql = "select name, type, wr, strict from pragma_table_list \
               where schema = 'main' and name not like 'sqlite\\_%' escape '\\' and type <> 'shadow' order by name";
    let mut query = connection.prepare(sql).map_err(ours(DOING))?;
    let rows = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, String, bool, bool)>>>)
        .map_err(ours(DOING))?;
    let mut tables = Vec::with_capacity(rows.len());
    for (name, kind, without_rowid, strict) in rows {
        let kind = match kind.as_str() {
            "view" => TableKind::View,
            "virtual" => TableKind::Foreign,
            _ => TableKind::Table,
        };
        tables.push(if kind == TableKind::View {
            // A view whose table is gone can't say its columns, and nobody needs them.
            FoundTable { name: TableName::new("", name), kind, ..FoundTable::default() }
        } else {
            table(connection, name, kind, without_rowid, strict).map_err(ours(DOING))?
        });
    }
    resolve_targets(&mut tables);
    Ok(tables)
}

/// One column as the schema declares it.
struct Declared {
    name: String,
    sql_type: String,
    not_null: bool,
    has_default: bool,
    /// Its place in the primary key, from 1; 0 outside of it.
    place: i64,
    /// 1 is a virtual table's hidden column; 2 and 3 are generated columns, which a trigger sees computed.
    hidden: i64,
}

fn table(
    connection: &Connection,
    name: String,
    kind: TableKind,
    without_rowid: bool,
    strict: bool,
) -> rusqlite::Result<FoundTable> {
    let declared = declared(connection, &name)?;
    let mut key: Vec<&Declared> = declared.iter().filter(|column| column.place > 0).collect();
    key.sort_by_key(|column| column.place);
    let primary_key: Vec<String> = key.iter().map(|column| column.name.clone()).collect();
    // `integer primary key` is the rowid: it gets a value by itself.
    let is_rowid = |column: &Declared| {
        !without_rowid
            && primary_key == std::slice::from_ref(&column.name)
            && column.sql_type.eq_ignore_ascii_case("integer")
    };
    let is_generated = |column: &&Declared| column.hidden >= 2;
    let required = declared
        .iter()
        .filter(|column| column.not_null && !column.has_default && column.hidden == 0 && !is_rowid(column))
        .map(|column| column.name.clone());
    let generated = declared
        .iter()
        .filter(is_generated)
        .map(|column| Generated { column: column.name.clone(), identity: false });
    let defaults = declared.iter().filter(|column| column.has_default).map(|column| column.name.clone());
    let mut uniques = uniques(connection, &name)?;
    if !primary_key.is_empty() && !uniques.contains(&primary_key) {
        uniques.insert(0, primary_key.clone());
    }
    Ok(FoundTable {
        kind,
        required: required.collect(),
        generated: generated.collect(),
        filled: defaults.collect(),
        columns: declared.iter().map(|column| found_column(column, strict)).collect(),
        foreign_keys: foreign_keys(connection, &name)?,
        uniques,
        primary_key,
        name: TableName::new("", name),
        partitions: Vec::new(),
        children: Vec::new(),
        inherits: false,
        notes: Vec::new(),
    })
}

fn declared(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Declared>> {
    let sql = "select name, type, \"notnull\", dflt_value is not null, pk, hidden \
               from pragma_table_xinfo(?1, 'main') order by cid";
    let mut query = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Declared {
            name: row.get(0)?,
            sql_type: row.get(1)?,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            place: row.get(4)?,
            hidden: row.get(5)?,
        })
    };
    query.query_map([table], read)?.collect()
}

fn found_column(column: &Declared, strict: bool) -> FoundColumn {
    let event_type = event_type(&column.sql_type, strict);
    let compare = match Affinity::of(&event_type) {
        Affinity::Integer | Affinity::Real => Compare::Native,
        Affinity::Text | Affinity::Blob | Affinity::Numeric => Compare::Bytes,
    };
    FoundColumn { name: column.name.clone(), event_type, compare, recordable: column.hidden != 1 }
}

/// The unique indexes over whole columns and all rows.
fn uniques(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let sql = "select l.seq, i.name from pragma_index_list(?1, 'main') as l \
               join pragma_index_info(l.name, 'main') as i where l.\"unique\" and not l.partial \
               order by l.seq, i.seqno";
    let mut query = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let parts = query.query_map([table], read)?.collect::<rusqlite::Result<Vec<(i64, Option<String>)>>>()?;
    let mut all: Vec<Vec<String>> = Vec::new();
    for index in parts.chunk_by(|a, b| a.0 == b.0) {
        // What has no name is an expression.
        let columns: Option<Vec<String>> = index.iter().map(|(_, name)| name.clone()).collect();
        all.extend(columns.filter(|columns| !all.contains(columns)));
    }
    Ok(all)
}

/// The foreign keys as written; [`resolve_targets`] finds out what they mean.
fn foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let sql = "select id, \"table\", \"from\", \"to\" from pragma_foreign_key_list(?1, 'main') order by id desc, seq";
    let mut query = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let parts = query
        .query_map([table], read)?
        .collect::<rusqlite::Result<Vec<(i64, String, String, Option<String>)>>>()?;
    let one = |parts: &[(i64, String, String, Option<String>)]| {
        let (_, table, ..) = parts.first()?;
        Some(ForeignKey {
            columns: parts.iter().map(|(_, _, from, _)| from.clone()).collect(),
            table: TableName::new("", table),
            target: parts.iter().filter_map(|(.., to)| to.clone()).collect(),
        })
    };
    Ok(parts.chunk_by(|a, b| a.0 == b.0).filter_map(one).collect())
}

/// A foreign key may name its table and columns in other letters, and without columns it means the primary key. One to
/// a table or to columns that are not there leads nowhere.
fn resolve_targets(tables: &mut [FoundTable]) {
    let targets: Vec<FoundTable> = tables.to_vec();
    for table in tables {
        table.foreign_keys.retain_mut(|foreign| {
            let same = |there: &&FoundTable| there.name.name.eq_ignore_ascii_case(&foreign.table.name);
            let Some(there) = targets.iter().find(same) else { return false };
            foreign.table = there.name.clone();
            let column = |name: &String| {
                there.columns.iter().map(|column| &column.name).find(|known| known.eq_ignore_ascii_case(name))
            };
            foreign.target = if foreign.target.is_empty() {
                there.primary_key.clone()
            } else {
                foreign.target.iter().filter_map(column).cloned().collect()
            };
            foreign.target.len() == foreign.columns.len()
        });
    }
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
