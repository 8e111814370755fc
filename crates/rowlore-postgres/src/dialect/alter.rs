//! Changes to the bookkeeping and to event tables.

use rowlore::capture::{EventTable, Installation};
use rowlore::engine::Alteration;
use rowlore::found::{Baseline, FoundColumn, ObjectId, ObjectKind};
use rowlore::{TableName, quote_name, quote_text, shortened};

use super::{events_sql, own, table_sql};
use crate::template::fill;

pub(super) fn sql(alteration: &Alteration) -> String {
    match alteration {
        Alteration::Own { from } => own::upgrade(*from),
        Alteration::CreateEvents(events) => create_events(events),
        Alteration::RenameEvents { from, to } => {
            let index = |name: &str, end: &str| quote_name(&shortened(name, end));
            let indexes: String = super::guard::INDEXES
                .iter()
                .map(|end| {
                    format!("\nalter index rowlore.{} rename to {};", index(from, end), index(&to.name, end))
                })
                .collect();
            let was = EventTable { name: from.clone(), ..to.clone() };
            format!("alter table {} rename to {};{indexes}", events_sql(&was), quote_name(&to.name))
        }
        Alteration::AddColumn { events, column } => {
            format!("alter table {} add column {};", events_sql(events), column_sql(column))
        }
        Alteration::RetypeColumn { events, column } => {
            let name = quote_name(&column.name);
            format!("alter table {} alter column {name} type {};", events_sql(events), column.event_type)
        }
        Alteration::SetColumnAside { events, from, to } => {
            let (from, to) = (quote_name(from), quote_name(to));
            format!("alter table {} rename column {from} to {to};", events_sql(events))
        }
        Alteration::MoveEvents { .. } | Alteration::AddOwnColumn { .. } | Alteration::AddPartition { .. } => {
            String::new()
        }
        Alteration::Drop(id) => drop(id),
        Alteration::Register { installation, registered_as, active: false } => {
            let table = &installation.capture.table;
            let values = [
                ("schema", &*quote_text(&table.schema)),
                ("table", &quote_text(&table.name)),
                ("registered_as", &is_table(registered_as.as_ref().unwrap_or(table))),
            ];
            fill(include_str!("../../sql/own/release.sql"), &values)
        }
        Alteration::Register { installation, registered_as, active: true } => {
            register(installation, registered_as.as_ref())
        }
    }
}

fn create_events(events: &EventTable) -> String {
    let columns: String =
        events.columns.iter().map(|column| format!(",\n  {}", column_sql(column))).collect();
    let values = [("events", &*quote_name(&events.name)), ("columns", &columns)];
    fill(include_str!("../../sql/tracked/event_table.sql"), &values)
}

/// Never `not null` and never a default: an event holds what was, not what must be.
fn column_sql(column: &FoundColumn) -> String {
    format!("{} {}", quote_name(&column.name), column.event_type)
}

fn drop(id: &ObjectId) -> String {
    let name = quote_name(&id.name);
    match (id.kind, &id.table) {
        (ObjectKind::Function, _) => format!("drop function rowlore.{name};"),
        (ObjectKind::View, _) => format!("drop view rowlore.{name};"),
        (ObjectKind::Index, _) => format!("drop index rowlore.{name};"),
        (ObjectKind::Trigger, Some(table)) => format!("drop trigger {name} on {};", table_sql(table)),
        (ObjectKind::Trigger, None) => String::new(),
    }
}

fn is_table(table: &TableName) -> String {
    format!("schema_name = {} and table_name = {}", quote_text(&table.schema), quote_text(&table.name))
}

fn register(installation: &Installation, registered_as: Option<&TableName>) -> String {
    let table = &installation.capture.table;
    // Plain data of our own: it always serialises.
    let json = serde_json::to_string(installation).unwrap_or_default();
    let values = [
        ("schema", &*quote_text(&table.schema)),
        ("table", &quote_text(&table.name)),
        ("regclass", &quote_text(&table_sql(table))),
        ("installation", &quote_text(&json)),
        ("registered_as", &is_table(registered_as.unwrap_or(table))),
        ("since", &installation.since.to_string()),
        ("pending", if installation.baseline == Baseline::Pending { "true" } else { "false" }),
    ];
    let template = match registered_as {
        Some(_) => include_str!("../../sql/own/register_again.sql"),
        None => include_str!("../../sql/own/register.sql"),
    };
    fill(template, &values)
}

/// Casts that keep every value, as (from, to).
const WIDER: [(&str, &str); 17] = [
    ("smallint", "integer"),
    ("smallint", "bigint"),
    ("smallint", "numeric"),
    ("integer", "bigint"),
    ("integer", "numeric"),
    ("bigint", "numeric"),
    ("real", "double precision"),
    ("character varying", "text"),
    ("text", "character varying"),
    ("bpchar", "text"),
    ("bpchar", "character varying"),
    ("name", "text"),
    ("cidr", "inet"),
    ("\"bit\"", "bit varying"),
    ("date", "timestamp without time zone"),
    ("uuid", "text"),
    ("xml", "text"),
];

pub(super) fn widens(from: &str, to: &str) -> bool {
    WIDER.contains(&(from, to))
}
