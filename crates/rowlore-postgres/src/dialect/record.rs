//! The statements that record: what is inserted into an event table, and when.

use rowlore::capture::{Capture, EventTable, Filter, Installation, Rule};
use rowlore::declare::{ContextForm, Image, Operation, TimeSource};
use rowlore::found::{Compare, FoundColumn};
use rowlore::{quote_name, quote_text};

use super::body::NEW_ROWS;
use super::{events_sql, extra_value};
use crate::template::fill;

/// What a rule's insert takes from where it stands.
pub(super) struct Place<'a> {
    /// Old and new rows.
    pub(super) from: &'a str,
    /// Conditions of the place, besides those of the rule.
    pub(super) guards: &'a [String],
    /// The moment of the statement.
    pub(super) at: &'a str,
    /// Whether there may be several rows, so that what is the same for all is asked in a subquery.
    pub(super) many: bool,
}

/// One rule's insert into its event table.
pub(super) fn record(capture: &Capture, events: &EventTable, rule: &Rule, place: &Place<'_>) -> String {
    let update = rule.operation == Operation::Update;
    let (mut names, mut values) = (String::new(), String::new());
    if rule.operation != Operation::Truncate {
        for name in &rule.columns {
            let quoted = quote_name(name);
            // The key of an event is the key after the change, whichever image it holds.
            let new = rule.image == Image::New || (update && events.key.contains(name));
            let side = if new { "new" } else { "old" };
            names.push_str(&format!(", {quoted}"));
            values.push_str(&format!(", {side}.{quoted}"));
        }
    }
    if update && place.from != NEW_ROWS && !events.key.is_empty() {
        names.push_str(", rl_old_key");
        values.push_str(&format!(",\n    case when {} then {} end", key_changed(capture), key_json(capture)));
    }
    for extra in &events.extra {
        if let Some(value) = extra_value(extra) {
            names.push_str(&format!(", {}", quote_name(&extra.name)));
            values.push_str(&format!(",\n    {value}"));
        }
    }
    let at = match events.time {
        TimeSource::Statement => place.at,
        TimeSource::Transaction => {
            names.push_str(", rl_statement_at");
            values.push_str(&format!(",\n    {}", place.at));
            "pg_catalog.transaction_timestamp()"
        }
    };
    let mut conditions = place.guards.to_vec();
    conditions.extend(filter_sql(capture, &rule.filter));
    let filter = conditions.join("\n    and ");
    let filter = if filter.is_empty() { filter } else { format!("\n  where {filter}") };
    let (op, image) =
        (rule.operation.name()[..1].to_owned(), if rule.image == Image::New { "n" } else { "o" });
    let (who, context) = context(events.context, place.many);
    let fields = [
        ("events", &*events_sql(events)),
        ("names", &names),
        ("op", &op),
        ("image", image),
        ("label", &quote_text(&rule.label)),
        ("values", &values),
        ("at", at),
        ("who", who),
        ("context", &context),
        ("from", place.from),
        ("where", &filter),
    ];
    fill(include_str!("../../sql/tracked/record.sql"), &fields)
}

/// The column that says who and why, with the comma before it, and its value, with the comma after it.
fn context(form: ContextForm, many: bool) -> (&'static str, String) {
    let (column, value) = match form {
        ContextForm::Reference => (", rl_context_id", include_str!("../../sql/tracked/context_id.sql")),
        ContextForm::Json => (", rl_context", "rowlore.context_json()"),
        ContextForm::None => return ("", String::new()),
    };
    let value = value.trim_end();
    // A subquery is evaluated once, and only if there is a row.
    let value = if many { format!("(select {value})") } else { value.to_owned() };
    (column, format!("\n    {value},"))
}

/// The old image of rows without an event, as baseline events.
pub(super) fn record_baseline(
    installation: &Installation,
    events: &EventTable,
    from: &str,
    filter: &[String],
) -> String {
    let filter: String = filter.iter().map(|condition| format!("\n    and {condition}")).collect();
    let columns: Vec<String> = events.columns.iter().map(|column| quote_name(&column.name)).collect();
    let names: String = columns.iter().map(|name| format!(", {name}")).collect();
    let values: String = columns.iter().map(|name| format!(", old.{name}")).collect();
    let key: Vec<String> = events.key.iter().map(|name| quote_name(name)).collect();
    let same_key: Vec<String> =
        key.iter().map(|name| format!("rl_event.{name} operator(pg_catalog.=) old.{name}")).collect();
    let old_key: Vec<String> = key.iter().map(|name| format!("old.{name}")).collect();
    let fields = [
        ("events", &*events_sql(events)),
        ("names", &names),
        ("values", &values),
        ("key", &old_key.join(", ")),
        ("same_key", &same_key.join(" and ")),
        ("since", &installation.since.to_string()),
        ("from", from),
        ("filter", &filter),
        ("schema", &quote_text(&installation.capture.table.schema)),
        ("table", &quote_text(&installation.capture.table.name)),
    ];
    fill(include_str!("../../sql/tracked/record_baseline.sql"), &fields)
}

/// The old key of a row as JSON, the same whatever the writer's settings are.
fn key_json(capture: &Capture) -> String {
    let pairs = crate::key::columns(capture).into_iter().map(|(name, event_type)| {
        let value = crate::key::settled(&format!("old.{}", quote_name(name)), event_type);
        format!("{}, {value}", quote_text(name))
    });
    format!("pg_catalog.jsonb_build_object({})", pairs.collect::<Vec<_>>().join(", "))
}

pub(super) fn filter_sql(capture: &Capture, filter: &Filter) -> Vec<String> {
    let Filter { any_changed, all_changed, any_unchanged, all_unchanged, when } = filter;
    let mut conditions = Vec::new();
    if let Some(columns) = any_changed {
        conditions.push(format!("({})", changed(capture, columns, " or ")));
    }
    if !all_changed.is_empty() {
        conditions.push(format!("({})", changed(capture, all_changed, " and ")));
    }
    if let Some(columns) = any_unchanged {
        conditions.push(format!("not ({})", changed(capture, columns, " and ")));
    }
    if !all_unchanged.is_empty() {
        conditions.push(format!("not ({})", changed(capture, all_unchanged, " or ")));
    }
    // On lines of its own: it may end in a comment.
    conditions.extend(when.iter().map(|expression| format!("(\n{expression}\n    )")));
    conditions
}

/// `is distinct from` for each column, joined by `word`.
fn changed(capture: &Capture, columns: &[String], word: &str) -> String {
    let columns = columns.iter().filter_map(|name| capture.column(name));
    let all: Vec<String> = columns.map(|column| differs(column, "old", "new")).collect();
    if all.is_empty() { "false".to_owned() } else { all.join(word) }
}

/// Whether the column has different values in two rows. `is distinct from` looks its operator up on the search_path:
/// only where that is set.
pub(crate) fn differs(column: &FoundColumn, old: &str, new: &str) -> String {
    let (old, new) = (comparable(column, old), comparable(column, new));
    format!("{old} is distinct from {new}")
}

/// Whether the key changed, in words whose operator has its schema: for functions that set no search_path. (For all
/// columns of a row this would cost more than setting one.)
fn key_changed(capture: &Capture) -> String {
    let changed = capture.key.iter().filter_map(|name| capture.column(name)).map(|column| {
        let name = quote_name(&column.name);
        let (old, new) = (comparable(column, "old"), comparable(column, "new"));
        format!(
            "({old} operator(pg_catalog.=) {new} is not true \
             and not (old.{name} is null and new.{name} is null))"
        )
    });
    changed.collect::<Vec<_>>().join(" or ")
}

/// The column's value of a row, made comparable.
fn comparable(column: &FoundColumn, row: &str) -> String {
    let value = format!("{row}.{}", quote_name(&column.name));
    match column.compare {
        Compare::Native => value,
        Compare::Text => text(&value, &column.event_type),
        Compare::Bytes => format!("{value} collate pg_catalog.\"C\""),
    }
}

/// A value as a text that differs where the value does. Who owns a type may say how it is cast to a
/// text, by a function that would run with the rights of ours: a type that is not PostgreSQL's own is not cast.
pub(crate) fn text(value: &str, event_type: &str) -> String {
    if event_type.contains('.') {
        format!("pg_catalog.format('%L', {value})")
    } else {
        format!("{value}::pg_catalog.text")
    }
}
