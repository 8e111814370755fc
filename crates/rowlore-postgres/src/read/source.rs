//! Where events are read from: an event table, as it is declared and as the catalogue has it today.

use std::collections::HashMap;

use deadpool_postgres::ClientWrapper;
use rowlore::capture::{Capture, EventTable};
use rowlore::found::{FoundColumn, Registered};
use rowlore::read::EventQuery;
use rowlore::{Error, Result, Row, TableName, quote_name, quote_text};

use crate::dialect::{events_sql, table_sql};
use crate::error::failed;
use crate::{key, value};

/// An event table to look into.
pub(crate) struct Source<'a> {
    /// The tracked table, by its name today.
    pub(crate) table: TableName,
    pub(crate) registered: &'a Registered,
    pub(crate) capture: &'a Capture,
    pub(crate) events: &'a EventTable,
}

/// Tables as the catalogue has them, by their name in SQL.
#[derive(Default)]
pub(crate) struct Relations(HashMap<String, Relation>);

/// A table as the catalogue has it.
#[derive(Default)]
struct Relation {
    readable: bool,
    columns: Vec<(String, String)>,
}

impl Relations {
    /// Looks them up, in one statement.
    pub(crate) async fn read(client: &ClientWrapper, names: &[String]) -> Result<Self> {
        let fail = failed("read the catalogue");
        let statement = client.prepare_cached(include_str!("../../sql/read/relations.sql")).await;
        let rows = client.query(&statement.map_err(&fail)?, &[&names]).await.map_err(&fail)?;
        let relation = |row: &tokio_postgres::Row| {
            let (names, types): (Vec<String>, Vec<String>) = (row.get("names"), row.get("types"));
            Relation { readable: row.get("readable"), columns: names.into_iter().zip(types).collect() }
        };
        Ok(Self(rows.iter().map(|row| (row.get("name"), relation(row))).collect()))
    }

    /// The type of a column; none when the table has no such column.
    pub(crate) fn type_of(&self, table: &str, column: &str) -> Option<&str> {
        let columns = &self.0.get(table)?.columns;
        columns.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str())
    }

    /// The columns of a table with their types.
    pub(crate) fn columns(&self, table: &str) -> &[(String, String)] {
        self.0.get(table).map_or(&[], |relation| &relation.columns)
    }

    /// Whether the reader sees every row of it.
    pub(crate) fn readable(&self, table: &str) -> bool {
        self.0.get(table).is_some_and(|relation| relation.readable)
    }
}

/// What the tracked table is called today, or was when it was there.
pub(crate) fn today(registered: &Registered) -> TableName {
    registered.table_now.clone().unwrap_or_else(|| registered.installation.capture.table.clone())
}

/// The event tables that the query is about.
pub(crate) fn sources<'a>(registered: &'a [Registered], query: &EventQuery) -> Result<Vec<Source<'a>>> {
    let mut sources = Vec::new();
    let mut unknown: Vec<&TableName> =
        query.tables.iter().chain(query.rows.iter().map(|row| &row.table)).collect();
    for one in registered {
        let table = today(one);
        unknown.retain(|name| **name != table);
        if !query.tables.is_empty() && !query.tables.contains(&table) {
            continue;
        }
        let capture = &one.installation.capture;
        for events in capture.readable_events() {
            if query.events.as_ref().is_none_or(|name| *name == events.name) {
                sources.push(Source { table: table.clone(), registered: one, capture, events });
            }
        }
    }
    if let Some(name) = unknown.first() {
        return Err(
            Error::request(format!("{name} is not tracked")).hint("declare it in rowlore.toml and apply")
        );
    }
    Ok(sources)
}

/// The tables of these sources, of what is complete beside them, and the tracked tables themselves.
pub(crate) fn relations(sources: &[Source<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for source in sources {
        let complete = source.capture.complete_events().map(events_sql);
        let past = events_sql(source.capture.past_of(source.events));
        let live = source.registered.table_now.as_ref().map(table_sql);
        for name in [source.sql(), past].into_iter().chain(complete).chain(live) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

impl Source<'_> {
    /// The event table as SQL.
    pub(crate) fn sql(&self) -> String {
        events_sql(self.events)
    }

    /// Whether events are still recorded into it.
    pub(crate) fn is_recorded_into(&self) -> bool {
        self.registered.active && self.capture.events.iter().any(|events| events.is_called_like(self.events))
    }

    /// The key's columns with their types; empty where its events do not say of which row they are.
    pub(crate) fn key(&self) -> Vec<(&str, &str)> {
        key_of(self.capture, self.events)
    }

    /// The tracked columns of its events with their types, also those of older shapes; not the extra ones.
    pub(crate) fn image<'r>(&self, relations: &'r Relations) -> Vec<(&'r str, &'r str)> {
        let ours = |name: &str| {
            !name.starts_with("rl_") && !self.events.extra.iter().any(|extra| extra.name == name)
        };
        let columns = relations.columns(self.sql().as_str()).iter().filter(|(name, _)| ours(name));
        columns.map(|(name, kind)| (name.as_str(), kind.as_str())).collect()
    }

    /// How a column is compared.
    pub(crate) fn column(&self, name: &str) -> Option<&FoundColumn> {
        self.events.columns.iter().find(|column| column.name == name)
    }

    /// The row before an update, or its key when it changed: the key under which the row's earlier events stand.
    pub(crate) fn earlier_key(&self, alias: &str) -> Vec<(String, &str, &str)> {
        let old = |(name, kind): (&'_ str, &'_ str)| {
            let (quoted, text) = (quote_name(name), quote_text(name));
            format!(
                "case when {alias}.rl_old_key is null then {alias}.{quoted} \
                 else {} end",
                value::from_text(&format!("({alias}.rl_old_key ->> {text})"), kind)
            )
        };
        self.key().into_iter().map(|(name, kind)| (old((name, kind)), name, kind)).collect()
    }

    /// The key of `alias` as it stands in `rl_old_key`.
    pub(crate) fn key_json(&self, alias: &str) -> String {
        let pairs = self.key().into_iter().map(|(name, kind)| {
            let column = format!("{alias}.{}", quote_name(name));
            format!("{}, {}", quote_text(name), key::settled(&column, kind))
        });
        format!("jsonb_build_object({})", pairs.collect::<Vec<_>>().join(", "))
    }

    /// `a.key = b.key`, for each column.
    pub(crate) fn same_key(&self, a: &str, b: &str) -> String {
        let same = |(name, _): (&str, &str)| format!("{a}.{0} = {b}.{0}", quote_name(name));
        self.key().into_iter().map(same).collect::<Vec<_>>().join(" and ")
    }

    /// Whether the row's key is made of the columns of this event table's.
    pub(crate) fn takes_key(&self, row: &Row) -> bool {
        !self.events.key.is_empty()
            && self.events.key.len() == row.len()
            && self.events.key.iter().all(|name| row.contains_key(name))
    }
}

/// The key's columns of an event table with their types.
pub(crate) fn key_of<'a>(capture: &'a Capture, events: &'a EventTable) -> Vec<(&'a str, &'a str)> {
    let kind = |name: &str| {
        let here = events.columns.iter().find(|column| column.name == name);
        here.or_else(|| capture.column(name)).map_or("text", |column| column.event_type.as_str())
    };
    events.key.iter().map(|name| (name.as_str(), kind(name))).collect()
}

/// What tells the statements of one transaction apart.
pub(crate) fn statement_time(relations: &Relations, table: &str, alias: &str) -> String {
    match relations.type_of(table, "rl_statement_at") {
        Some(_) => format!("coalesce({alias}.rl_statement_at, {alias}.rl_at)"),
        None => format!("{alias}.rl_at"),
    }
}
