//! `SqliteDialect`: how SQLite writes what rowlore installs. Pure.

mod events;

mod periods;

use rowlore::capture::{Capture, EventTable, Installation};
use rowlore::declare::Operation;
use rowlore::engine::{Alteration, Dialect, Object};
use rowlore::{quote_name, quote_text};

use crate::render::{PREFIX, events_name, fill, trigger, word};
use crate::rule;

/// The version of the tables in `sql/own`.
pub(crate) const OWN_VERSION: u32 = 2;

/// Names in rowlore's namespace that are no event tables.
pub(crate) const OWN_TABLES: [&str; 5] = ["meta", "state", "context", "tracked", "suspension"];

/// SQLite's way to write what rowlore needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn engine(&self) -> &'static str {
        "SQLite"
    }

    fn transaction(&self) -> (&'static str, &'static str) {
        ("begin immediate;", "commit;")
    }

    fn own_version(&self) -> u32 {
        OWN_VERSION
    }

    fn own_objects(&self) -> Vec<Object> {
        let of_context =
            |name: &str, template| trigger(&format!("{PREFIX}{name}"), "rowlore_context", template, &[]);
        let of_suspension = |operation: &str| {
            let (name, table) = (format!("rowlore_suspension_no_{operation}"), "rowlore_suspension");
            let template = include_str!("../sql/own/suspension_guard.sql");
            trigger(&name, table, template, &[("operation", operation)])
        };
        vec![
            of_context("context_no_update", include_str!("../sql/own/context_no_update.sql")),
            of_context("context_no_delete", include_str!("../sql/own/context_no_delete.sql")),
            of_suspension("update"),
            of_suspension("delete"),
        ]
    }

    fn event_objects(&self, events: &EventTable) -> Vec<Object> {
        events::objects(events)
    }

    fn capture_objects(&self, installation: &Installation) -> Vec<Object> {
        let capture = &installation.capture;
        let operations = [Operation::Insert, Operation::Update, Operation::Delete];
        let mut objects: Vec<Object> =
            operations.iter().filter_map(|operation| capture_object(installation, *operation)).collect();
        if capture.unchanged == rowlore::declare::Unchanged::Suppress {
            let differs: Vec<String> = capture.columns.iter().map(rule::differs).collect();
            let table = quote_name(&capture.table.name);
            let values = [("table", table.as_str()), ("differs", &differs.join("\n    or "))];
            let name = trigger_name(&capture.table.name, "suppress");
            let template = include_str!("../sql/tracked/suppress.sql");
            objects.push(trigger(&name, &capture.table.name, template, &values));
        }
        objects.extend(periods::view(installation));
        objects
    }

    fn alter(&self, alteration: &Alteration) -> String {
        let table = |events: &str| quote_name(&events_name(events));
        match alteration {
            Alteration::Own { from } => own(*from),
            Alteration::CreateEvents(table) => events::create(table),
            Alteration::RenameEvents { from, to } => {
                format!("alter table {} rename to {};", table(from), table(&to.name))
            }
            Alteration::AddColumn { events, column } => {
                let definition = rule::definition(column);
                format!("alter table {} add column {definition};", table(&events.name))
            }
            // Never asked for, since nothing `widens`: a column of another type is a new column.
            Alteration::RetypeColumn { events, column } => {
                let aside = set_aside(&table(&events.name), &column.name, &format!("{}_was", column.name));
                format!(
                    "{aside}\nalter table {} add column {};",
                    table(&events.name),
                    rule::definition(column)
                )
            }
            Alteration::SetColumnAside { events, from, to } => set_aside(&table(&events.name), from, to),
            Alteration::AddOwnColumn { events, column } => {
                format!("alter table {} add column {} text;", table(&events.name), quote_name(column))
            }
            // Never asked for: `refuses` says so first.
            Alteration::MoveEvents { .. } | Alteration::AddPartition { .. } => String::new(),
            Alteration::Drop(id) => {
                let word = word(id.kind);
                format!("drop {word} if exists {};", quote_name(&id.name))
            }
            Alteration::Register { installation, registered_as, active } => {
                register(installation, registered_as.as_ref().map(|table| table.name.as_str()), *active)
            }
        }
    }

    fn own_columns(&self, events: &EventTable) -> Vec<String> {
        events::own_columns(events)
    }

    /// Nothing does: SQLite can't change the type of a column in place, and a type decides how values are kept.
    fn widens(&self, _from: &str, _to: &str) -> bool {
        false
    }

    fn refuses(&self, capture: &Capture) -> Vec<String> {
        let mut reasons = Vec::new();
        if capture.rules.iter().any(|rule| only_truncate(capture, rule)) {
            reasons.push(
                "SQLite has no truncate, so a tracker for truncate alone would never record anything; \
                 `delete from` without a condition is recorded row by row"
                    .to_owned(),
            );
        }
        for (index, table) in capture.events.iter().enumerate() {
            reasons.extend(events::refuses(table));
            let same = |other: &&EventTable| other.name.eq_ignore_ascii_case(&table.name);
            if let Some(other) = capture.events[..index].iter().find(same) {
                let names = format!("`{}` and `{}`", other.name, table.name);
                reasons.push(format!("{names} are the same name to SQLite: name one event table otherwise"));
            }
        }
        let periods = periods::name(&capture.table.name);
        if capture.events.iter().any(|table| events_name(&table.name).eq_ignore_ascii_case(&periods)) {
            reasons.push(format!("`{periods}` is the view of the table's past: name the events otherwise"));
        }
        reasons
    }
}

/// Whether a rule for truncate was asked for on its own, and not as part of a tracker of more operations.
fn only_truncate(capture: &Capture, rule: &rowlore::capture::Rule) -> bool {
    let of_same_tracker = |other: &rowlore::capture::Rule| {
        let default_labels = rule.label == "truncate" && other.label == other.operation.name();
        other.operation != Operation::Truncate
            && other.events == rule.events
            && other.columns == rule.columns
            && (other.label == rule.label || default_labels)
    };
    rule.operation == Operation::Truncate && !capture.rules.iter().any(of_same_tracker)
}

/// The names that the capturing triggers of a table may have.
pub(crate) fn trigger_names(table: &str) -> [String; 4] {
    ["insert", "update", "delete", "suppress"].map(|what| trigger_name(table, what))
}

fn trigger_name(table: &str, what: &str) -> String {
    format!("{PREFIX}{table}_{what}")
}

/// The trigger of one operation, with all its rules; none if there is nothing for it to do.
fn capture_object(installation: &Installation, operation: Operation) -> Option<Object> {
    let capture = &installation.capture;
    let mut body: Vec<String> = Vec::new();
    body.extend(rule::baseline(installation, operation));
    body.extend(capture.rules_on(operation).map(|one| rule::render(one, capture)));
    if body.is_empty() {
        return None;
    }
    let table = quote_name(&capture.table.name);
    let values = [
        ("operation", operation.name()),
        ("table", &table),
        ("shape", &events::shape(&capture.events)),
        ("body", &body.join("\n")),
    ];
    let name = trigger_name(&capture.table.name, operation.name());
    Some(trigger(&name, &capture.table.name, include_str!("../sql/tracked/capture.sql"), &values))
}

/// From a version of rowlore's own tables to today's.
fn own(from: u32) -> String {
    let versions = [include_str!("../sql/own/001_registry.sql"), include_str!("../sql/own/002_history.sql")];
    versions.into_iter().skip(from as usize).collect::<Vec<_>>().join("\n")
}

fn set_aside(table: &str, from: &str, to: &str) -> String {
    format!("alter table {table} rename column {} to {};", quote_name(from), quote_name(to))
}

fn register(installation: &Installation, registered_as: Option<&str>, active: bool) -> String {
    let name = &installation.capture.table.name;
    let table = quote_text(name);
    if !active {
        let table = quote_text(registered_as.unwrap_or(name));
        return fill(include_str!("../sql/tracked/release.sql"), &[("table", &table)]);
    }
    let json = serde_json::to_string(installation).unwrap_or_default();
    let json = quote_text(&json);
    let values = [("table", table.as_str()), ("installation", json.as_str()), ("active", "1")];
    let register = fill(include_str!("../sql/tracked/register.sql"), &values);
    match registered_as.filter(|before| *before != name) {
        Some(before) => {
            let from = quote_text(before);
            let rename = include_str!("../sql/tracked/rename_registered.sql");
            format!("{}\n{register}", fill(rename, &[("from", &from), ("to", &table)]))
        }
        None => register,
    }
}
