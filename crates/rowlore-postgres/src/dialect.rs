//! How PostgreSQL is told things: pure, every text from a file in `sql/`.

mod alter;

mod body;

mod capture;

mod events;

mod guard;

mod heirs;

mod manual;

mod own;

mod partition;

mod past;

mod record;

use rowlore::capture::{Capture, EventTable, Installation};
use rowlore::declare::ExtraColumn;
use rowlore::engine::{Alteration, Dialect, Object};
use rowlore::found::{Compare, FoundColumn, ObjectId, ObjectKind};
use rowlore::plan::Lock;
use rowlore::{TableName, fingerprint, quote_name};

pub(crate) use manual::function_name as manual_function;
pub(crate) use record::{differs, text as value_text};

/// The PostgreSQL [`Dialect`].
#[derive(Debug, Clone, Copy, Default)]
pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn engine(&self) -> &'static str {
        "PostgreSQL"
    }

    fn transaction(&self) -> (&'static str, &'static str) {
        (concat!("begin;\n", include_str!("../sql/own/begin_settings.sql")), "commit;")
    }

    fn own_version(&self) -> u32 {
        own::VERSION
    }

    fn own_objects(&self) -> Vec<Object> {
        own::objects()
    }

    fn event_objects(&self, events: &EventTable) -> Vec<Object> {
        guard::objects(events)
    }

    fn capture_objects(&self, installation: &Installation) -> Vec<Object> {
        capture::objects(installation)
    }

    fn alter(&self, alteration: &Alteration) -> String {
        alter::sql(alteration)
    }

    fn own_columns(&self, events: &EventTable) -> Vec<String> {
        events::own_columns(events).iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn widens(&self, from: &str, to: &str) -> bool {
        alter::widens(from, to)
    }

    fn refuses(&self, capture: &Capture) -> Vec<String> {
        let key = capture.columns.iter().filter(|column| capture.key.contains(&column.name));
        let unfit = key.filter(|column| column.compare == Compare::Text || column.event_type.ends_with("[]"));
        let refuse = |column: &FoundColumn| {
            let (name, kind) = (&column.name, &column.event_type);
            format!(
                "column {name} can't be part of a key: {kind} has no equality of PostgreSQL's own, or is an array"
            )
        };
        let mut reasons: Vec<String> = unfit.map(refuse).collect();
        reasons.extend(capture.events.iter().filter_map(events::refuses));
        reasons
    }
}

/// The table as SQL.
pub(crate) fn table_sql(table: &TableName) -> String {
    format!("{}.{}", quote_name(&table.schema), quote_name(&table.name))
}

/// The schema that an event table is in.
pub(crate) fn schema_of(events: &EventTable) -> &str {
    events.schema.as_deref().unwrap_or("rowlore")
}

/// The event table as SQL.
pub(crate) fn events_sql(events: &EventTable) -> String {
    match &events.schema {
        Some(schema) => format!("{}.{}", quote_name(schema), quote_name(&events.name)),
        None => format!("rowlore.{}", quote_name(&events.name)),
    }
}

/// The value of an extra column as SQL, if it has one: on lines of its own, since it may end in a comment.
pub(crate) fn extra_value(extra: &ExtraColumn) -> Option<String> {
    extra.value.as_ref().map(|value| format!("(\n{value}\n    )::{}", extra.sql_type))
}

/// A function in rowlore's schema. `settings`, `body` and the rest as the catalogue shows them, see
/// `sql/inspect/installed.sql`.
fn function(name: &str, sql: String, definer: bool, settings: &str, body: &str) -> Object {
    let security = if definer { "definer" } else { "invoker" };
    let definition = format!("{security}|{settings}|{body}");
    let id = ObjectId { kind: ObjectKind::Function, name: name.to_owned(), table: None };
    Object { id, sql, fingerprint: fingerprint(&definition), lock: Lock::None }
}

/// The setting of functions that may name things without a schema.
const SAFE_PATH: (&str, &str) = ("search_path", "pg_catalog, pg_temp");

/// Settings of a function as the catalogue shows them.
fn catalogue(settings: &[(&str, &str)]) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}

/// A trigger, by the parts that the catalogue shows: see [`tgtype`], its function, its transition tables (old, new).
fn trigger(
    name: &str,
    table: &TableName,
    sql: String,
    bits: u16,
    function: &str,
    transition: (&str, &str),
) -> Object {
    let definition = format!("{bits}|{function}|{}|{}", transition.0, transition.1);
    let id = ObjectId { kind: ObjectKind::Trigger, name: name.to_owned(), table: Some(table.clone()) };
    Object { id, sql, fingerprint: fingerprint(&definition), lock: Lock::Writers(table.clone()) }
}

/// The bits of `pg_trigger.tgtype` (PostgreSQL's `catalog/pg_trigger.h`).
mod tgtype {
    pub(super) const ROW: u16 = 1;
    pub(super) const BEFORE: u16 = 2;
    pub(super) const INSERT: u16 = 4;
    pub(super) const DELETE: u16 = 8;
    pub(super) const UPDATE: u16 = 16;
    pub(super) const TRUNCATE: u16 = 32;
}
