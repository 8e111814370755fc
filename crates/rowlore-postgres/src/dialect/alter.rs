//! Changes to the bookkeeping and to event tables.

use rowlore::capture::{EventTable, Installation};
use rowlore::engine::Alteration;
use rowlore::found::{Baseline, ObjectId, ObjectKind};
use rowlore::{TableName, quote_name, quote_text};

use super::body::dollar_quotes;
use super::guard::GUARD;
use super::{events, events_sql, own, table_sql};
use crate::template::fill;

pub(super) fn sql(alteration: &Alteration) -> String {
    match alteration {
        Alteration::Own { from } => own::upgrade(*from),
        Alteration::CreateEvents(events) => events::create(events),
        Alteration::RenameEvents { from, to } => events::rename(from, to),
        Alteration::MoveEvents { events, from } => events::move_to(events, from.as_deref()),
        Alteration::AddOwnColumn { events, column } => events::add_own_column(events, column),
        Alteration::AddPartition { events, partition } => events::add_partition(events, partition),
        Alteration::AddColumn { events, column } => {
            format!("alter table {} add column {};", events_sql(events), events::column_sql(column))
        }
        Alteration::RetypeColumn { events, column } => {
            let name = quote_name(&column.name);
            format!("alter table {} alter column {name} type {};", events_sql(events), column.event_type)
        }
        Alteration::SetColumnAside { events, from, to } => {
            let (from, to) = (quote_name(from), quote_name(to));
            format!("alter table {} rename column {from} to {to};", events_sql(events))
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

fn drop(id: &ObjectId) -> String {
    let name = quote_name(&id.name);
    match (id.kind, &id.table) {
        (ObjectKind::Function, _) if id.name.ends_with(super::past::FUNCTION_END) => fill(
            include_str!("../../sql/tracked/drop_function.sql"),
            &[("function", &quote_text(&id.name)), ("quote", &dollar_quotes(&id.name))],
        ),
        (ObjectKind::Function, _) => format!("drop function rowlore.{name};"),
        (ObjectKind::View, _) => format!("drop view rowlore.{name};"),
        (ObjectKind::Index, Some(table)) => format!("drop index {}.{name};", quote_name(&table.schema)),
        (ObjectKind::Index, None) => format!("drop index rowlore.{name};"),
        (ObjectKind::Trigger, Some(table)) if id.name == GUARD => {
            let events = EventTable { schema: Some(table.schema.clone()), ..EventTable::named(&table.name) };
            let each = events::each_partition(&events, &format!("drop trigger if exists {name} on %s"));
            format!("drop trigger {name} on {};{each}", table_sql(table))
        }
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
