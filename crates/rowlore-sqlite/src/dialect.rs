//! `SqliteDialect`: how SQLite writes what rowlore installs. Pure.

use rowlore::capture::{Capture, EventTable, Installation};
use rowlore::declare::Operation;
use rowlore::engine::{Alteration, Dialect, Object};
use rowlore::found::ObjectKind;
use rowlore::{fingerprint, quote_name, quote_text};

use crate::render::{PREFIX, events_name, fill, index, trigger};
use crate::rule;

/// The version of the tables in `sql/own`.
pub(crate) const OWN_VERSION: u32 = 1;

/// Names in rowlore's namespace that are no event tables.
pub(crate) const OWN_TABLES: [&str; 4] = ["meta", "state", "context", "tracked"];

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
        let guard =
            |name: &str, template| trigger(&format!("{PREFIX}{name}"), "rowlore_context", template, &[]);
        vec![
            guard("context_no_update", include_str!("../sql/own/context_no_update.sql")),
            guard("context_no_delete", include_str!("../sql/own/context_no_delete.sql")),
        ]
    }

    fn event_objects(&self, events: &EventTable) -> Vec<Object> {
        let table = events_name(&events.name);
        let quoted = quote_name(&table);
        let guard = |operation: &str, past: &str| {
            let sentence = quote_text(&format!("rowlore: events of {table} are never {past}"));
            let name = format!("{table}_no_{operation}");
            let values =
                [("operation", operation), ("events", quoted.as_str()), ("sentence", sentence.as_str())];
            trigger(&name, &table, include_str!("../sql/tracked/event_guard.sql"), &values)
        };
        let key: Vec<String> = events.key.iter().map(|name| quote_name(name)).collect();
        let shape = shape([events]);
        let key_values = [("events", quoted.as_str()), ("key", &key.join(", ")), ("shape", &shape)];
        let by_key = include_str!("../sql/tracked/event_key_index.sql");
        let by_old_key = include_str!("../sql/tracked/event_moved_index.sql");
        vec![
            index(&format!("{table}_key"), by_key, &key_values),
            index(&format!("{table}_moved"), by_old_key, &[("events", &quoted)]),
            guard("update", "changed"),
            guard("delete", "deleted"),
        ]
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
            let name = format!("{PREFIX}{}_suppress", capture.table.name);
            let template = include_str!("../sql/tracked/suppress.sql");
            objects.push(trigger(&name, &capture.table.name, template, &values));
        }
        objects
    }

    fn alter(&self, alteration: &Alteration) -> String {
        let table = |events: &str| quote_name(&events_name(events));
        match alteration {
            // There is one version so far: from none to it.
            Alteration::Own { .. } => include_str!("../sql/own/001_registry.sql").to_owned(),
            Alteration::CreateEvents(events) => create_events(events),
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
            Alteration::MoveEvents { .. }
            | Alteration::AddOwnColumn { .. }
            | Alteration::AddPartition { .. } => String::new(),
            Alteration::Drop(id) => {
                let word = if id.kind == ObjectKind::Index { "index" } else { "trigger" };
                format!("drop {word} if exists {};", quote_name(&id.name))
            }
            Alteration::Register { installation, registered_as, active } => {
                register(installation, registered_as.as_ref().map(|table| table.name.as_str()), *active)
            }
        }
    }

    fn own_columns(&self, _events: &EventTable) -> Vec<String> {
        Vec::new()
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
        for (index, events) in capture.events.iter().enumerate() {
            if OWN_TABLES.iter().any(|own| own.eq_ignore_ascii_case(&events.name)) {
                reasons.push(format!(
                    "`{}` is a table of rowlore's own: name the events otherwise",
                    events.name
                ));
            }
            let same = |other: &&EventTable| other.name.eq_ignore_ascii_case(&events.name);
            if let Some(other) = capture.events[..index].iter().find(same) {
                let names = format!("`{}` and `{}`", other.name, events.name);
                reasons.push(format!("{names} are the same name to SQLite: name one event table otherwise"));
            }
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
        ("shape", &shape(&capture.events)),
        ("body", &body.join("\n")),
    ];
    let name = format!("{PREFIX}{}_{}", capture.table.name, operation.name());
    Some(trigger(&name, &capture.table.name, include_str!("../sql/tracked/capture.sql"), &values))
}

/// A short mark of the names and types of event tables.
///
/// It stands in the text of triggers and indexes: when a column is set aside for one of another type, SQLite
/// rewrites their texts to the column's new name, and only by this mark does the plan see that they must be replaced.
fn shape<'a>(events: impl IntoIterator<Item = &'a EventTable>) -> String {
    let mut text = String::new();
    for events in events {
        text.push_str(&events.name);
        for column in &events.columns {
            text.push_str(&format!("\n{} {}", column.name, column.event_type));
        }
        text.push('\0');
    }
    fingerprint(&text)
}

fn create_events(events: &EventTable) -> String {
    let columns: Vec<String> =
        events.columns.iter().map(|column| format!("    {}", rule::definition(column))).collect();
    let table = quote_name(&events_name(&events.name));
    let values = [("events", table.as_str()), ("columns", &columns.join(",\n"))];
    format!("{};", fill(include_str!("../sql/tracked/event_table.sql"), &values))
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
