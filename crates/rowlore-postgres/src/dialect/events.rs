//! Event tables come to be, move, and get partitions.

use rowlore::capture::EventTable;
use rowlore::declare::{ContextForm, ExtraColumn, TimeSource};
use rowlore::found::{FoundColumn, Partition};
use rowlore::{quote_name, quote_text, shortened};

use super::guard::{guard_sql, indexes};
use super::{events_sql, schema_of};
use crate::template::fill;

/// rowlore's own columns that not every event table has: (name, type).
const CONTEXT: (&str, &str) = ("rl_context", "jsonb");
const STATEMENT_AT: (&str, &str) = ("rl_statement_at", "timestamptz");

/// Those of them that this one needs.
pub(super) fn own_columns(events: &EventTable) -> Vec<(&'static str, &'static str)> {
    let json = (events.context == ContextForm::Json).then_some(CONTEXT);
    // All events of a transaction have one time then, and a statement is to be told from the next all the same.
    let transaction = (events.time == TimeSource::Transaction).then_some(STATEMENT_AT);
    json.into_iter().chain(transaction).collect()
}

/// The tables in rowlore's schema that are no event tables.
const OWN_TABLES: [&str; 5] = ["context", "meta", "suspension", "tracked", "truncating"];

/// Why there can't be an event table of that name, if there can't.
pub(super) fn refuses(events: &EventTable) -> Option<String> {
    let name = &events.name;
    match events.schema.as_deref() {
        None if OWN_TABLES.contains(&name.as_str()) => {
            Some(format!("`{name}` is a table of rowlore's own: name the events otherwise"))
        }
        Some("rowlore") => {
            Some("the schema rowlore is rowlore's own: leave `schema` out to use it".to_owned())
        }
        Some(schema) if schema.starts_with("pg_") || schema == "information_schema" => Some(format!(
            "the schema {schema} has a name of PostgreSQL's own: put the event table `{name}` elsewhere"
        )),
        _ => None,
    }
}

pub(super) fn create(events: &EventTable) -> String {
    let mut columns = String::new();
    for (name, kind) in own_columns(events) {
        columns.push_str(&format!(",\n  {name} {kind}"));
    }
    for column in &events.columns {
        columns.push_str(&format!(",\n  {}", column_sql(column)));
    }
    for ExtraColumn { name, sql_type, value: _ } in &events.extra {
        columns.push_str(&format!(",\n  {} {sql_type}", quote_name(name)));
    }
    let partition = if events.partition.is_some() {
        let rest = rest_sql(events);
        format!(
            " partition by range (rl_at);\n-- What no other partition takes.\ncreate table {rest} partition of {} default",
            events_sql(events)
        )
    } else {
        String::new()
    };
    let values = [
        ("schema", &*create_schema(events)),
        ("events", &events_sql(events)),
        ("columns", &columns),
        ("partition", &partition),
    ];
    fill(include_str!("../../sql/tracked/event_table.sql"), &values)
}

/// Never `not null` and never a default: an event holds what was, not what must be.
pub(super) fn column_sql(column: &FoundColumn) -> String {
    format!("{} {}", quote_name(&column.name), column.event_type)
}

/// An own column of that name is added.
pub(super) fn add_own_column(events: &EventTable, column: &str) -> String {
    let known = [CONTEXT, STATEMENT_AT].into_iter().find(|(name, _)| *name == column);
    known.map_or_else(String::new, |(name, kind)| {
        format!("alter table {} add column {name} {kind};", events_sql(events))
    })
}

fn create_schema(events: &EventTable) -> String {
    events
        .schema
        .as_ref()
        .map_or_else(String::new, |schema| format!("create schema if not exists {};\n", quote_name(schema)))
}

pub(super) fn rename(from: &str, to: &EventTable) -> String {
    let was = EventTable { name: from.to_owned(), ..to.clone() };
    let mut sql = format!("alter table {} rename to {};", events_sql(&was), quote_name(&to.name));
    for index in indexes(to) {
        let old = EventTable { name: index.name(from), ..to.clone() };
        // One that the table gets with this apply is not there yet.
        sql.push_str(&format!(
            "\nalter index if exists {} rename to {};",
            events_sql(&old),
            quote_name(&index.name(&to.name))
        ));
    }
    if to.partition.is_some() {
        let rest = quote_name(&shortened(&to.name, REST));
        sql.push_str(&format!("\nalter table {} rename to {rest};", rest_sql(&was)));
    }
    sql
}

/// Its indexes, triggers and partitions go along.
pub(super) fn move_to(events: &EventTable, from: Option<&str>) -> String {
    let was = EventTable { schema: from.map(str::to_owned), ..events.clone() };
    let schema = quote_name(schema_of(events));
    let mut sql = create_schema(events);
    sql.push_str(&format!("alter table {} set schema {schema};", events_sql(&was)));
    if events.partition.is_some() {
        let each = format!("alter table %s set schema {}", schema.replace('%', "%%"));
        sql.push_str(&each_partition(events, &each));
    }
    sql
}

pub(super) fn add_partition(events: &EventTable, partition: &Partition) -> String {
    let table = EventTable { name: partition.name.clone(), ..events.clone() };
    let values = [
        ("events", &*events_sql(events)),
        ("rest", &rest_sql(events)),
        ("partition", &events_sql(&table)),
        ("from", &quote_text(&partition.from.to_string())),
        ("to", &quote_text(&partition.to.to_string())),
    ];
    let mut sql = fill(include_str!("../../sql/tracked/event_partition.sql"), &values);
    if events.append_only {
        sql.push_str(&guard_sql(&events_sql(&table)));
        sql.push_str(&guard_sql(&rest_sql(events)));
    }
    sql
}

/// The end of the name of the partition that takes what no other takes.
const REST: &str = "_rest";

fn rest_sql(events: &EventTable) -> String {
    events_sql(&EventTable { name: shortened(&events.name, REST), ..events.clone() })
}

/// Does the same to each partition that is there; `%s` stands for it.
pub(super) fn each_partition(events: &EventTable, what: &str) -> String {
    let values = [("events", &*quote_text(&events_sql(events))), ("do", &quote_text(what))];
    fill(include_str!("../../sql/tracked/each_partition.sql"), &values)
}
