//! The functions and triggers that capture a table's changes: one statement-level trigger an operation, all rules in
//! one body, column lists and key baked in.

use rowlore::capture::{Capture, EventTable, Filter, Installation, Rule};
use rowlore::declare::{Image, Operation, Unchanged};
use rowlore::engine::Object;
use rowlore::found::{Baseline, Compare, FoundColumn};
use rowlore::{TableName, quote_name, quote_text, shortened};

use super::{function, table_sql, tgtype, trigger};
use crate::template::fill;

pub(super) fn objects(installation: &Installation) -> Vec<Object> {
    let capture = &installation.capture;
    let mut objects = Vec::new();
    for operation in Operation::ALL {
        if capture.rules_on(operation).next().is_some() {
            objects.push(capture_function(installation, operation));
            objects.push(capture_trigger(capture, &capture.table, operation));
            // What is addressed to a partition does not fire the triggers of its parent.
            if operation != Operation::Truncate {
                objects.extend(capture.partitions.iter().map(|one| capture_trigger(capture, one, operation)));
            }
        }
    }
    if !capture.partitions.is_empty() {
        objects.extend(super::partition::objects(installation));
    }
    if capture.unchanged == Unchanged::Suppress {
        objects.push(suppress_trigger(&capture.table));
    }
    objects
}

/// The capture function of a table and an operation.
pub(super) fn function_name(table: &TableName, what: &str) -> String {
    shortened(&format!("capture_{}_{}", table.schema, table.name), &format!("_{what}"))
}

fn capture_function(installation: &Installation, operation: Operation) -> Object {
    let (capture, pending) = (&installation.capture, baseline_events(installation));
    let mut records = String::new();
    let rules: Vec<&Rule> = capture.rules_on(operation).collect();
    let baseline = |from: &str, filter: &[String]| {
        pending.map(|events| record_baseline(installation, events, from, filter)).unwrap_or_default()
    };
    match operation {
        Operation::Insert => {
            rules.iter().for_each(|rule| records.push_str(&record(capture, rule, "rl_new as new", None)));
        }
        Operation::Update => {
            // Only of rows whose update is recorded: the others keep what they have.
            let complete = rules.iter().find(|rule| pending.is_some_and(|events| events.name == rule.events));
            let filter = complete.map(|rule| filter_sql(capture, &rule.filter)).unwrap_or_default();
            records.push_str(&baseline(PAIRS.trim_end(), &filter));
            records.push_str(&record_updates(capture, &rules));
        }
        Operation::Delete => {
            records.push_str(&baseline("rl_old as old", &[]));
            rules.iter().for_each(|rule| records.push_str(&record(capture, rule, "rl_old as old", None)));
        }
        Operation::Truncate => {
            // Before the truncate: what has no event yet would be lost with its only copy.
            records.push_str(&baseline(&format!("{} as old", table_sql(&capture.table)), &[]));
            if !capture.partitions.is_empty() {
                records.push_str(super::partition::MARK_TRUNCATE);
            }
            rules
                .iter()
                .for_each(|rule| records.push_str(&record(capture, rule, "(values (true)) as rl_one", None)));
        }
    }
    let settings = if pending.is_some() { PENDING_SETTINGS } else { &[] };
    function_object(&function_name(&capture.table, operation.name()), &records, settings)
}

/// While the baseline is pending, the first plan of a session may see an empty event table: it must be an index
/// that is asked for each row all the same, or the cost of a statement would grow with the square of its rows.
const PENDING_SETTINGS: &[(&str, &str)] = &[("enable_seqscan", "off")];

/// A capture function around the statements that record.
pub(super) fn function_object(name: &str, records: &str, settings: &[(&str, &str)]) -> Object {
    let body = fill(include_str!("../../sql/tracked/capture_rows.sql"), &[("records", records.trim_end())]);
    let set: String = settings.iter().map(|(name, value)| format!("\n  set {name} = {value}")).collect();
    let catalogue: String = settings.iter().map(|(name, value)| format!(",{name}={value}")).collect();
    let values = [("function", &*quote_name(name)), ("settings", &set), ("body", &body)];
    let sql = fill(include_str!("../../sql/tracked/capture_function.sql"), &values);
    function(name, sql, true, &catalogue, &body)
}

/// The event table that still lacks rows from before the tracking.
pub(super) fn baseline_events(installation: &Installation) -> Option<&EventTable> {
    let pending = installation.baseline == Baseline::Pending;
    installation.capture.complete_events().filter(|_| pending)
}

/// Every rule of an update. One row needs no join to pair old with new; many are paired by their place, since
/// PostgreSQL fills both transition tables in step: so a changed key, or a row changed twice by two cascades, finds
/// its own old row. A full join can't be a nested loop, so no plan that was cached for few rows is quadratic.
fn record_updates(capture: &Capture, rules: &[&Rule]) -> String {
    let one = "rl_old as old cross join rl_new as new";
    let many = PAIRS.trim_end();
    let each = |from: &str, guard: Option<&str>| -> String {
        rules.iter().map(|rule| record(capture, rule, from, guard)).collect()
    };
    if rules.len() == 1 {
        let values = [
            ("one", &*each(one, Some("not exists (select from rl_new offset 1)"))),
            ("many", &each(many, None)),
        ];
        fill(include_str!("../../sql/tracked/record_update.sql"), &values)
    } else {
        let values = [("one", &*each(one, None)), ("many", &each(many, None))];
        fill(include_str!("../../sql/tracked/record_updates.sql"), &values)
    }
}

/// Old and new rows of an update, paired by their place.
const PAIRS: &str = include_str!("../../sql/tracked/pairs.sql");

/// One rule's insert into its event table.
pub(super) fn record(capture: &Capture, rule: &Rule, from: &str, guard: Option<&str>) -> String {
    let update = rule.operation == Operation::Update;
    let (mut names, mut values) = (String::new(), String::new());
    if rule.operation != Operation::Truncate {
        for name in &rule.columns {
            let quoted = quote_name(name);
            // The key of an event is the key after the change, whichever image it holds.
            let new = rule.image == Image::New || (update && capture.key.contains(name));
            let side = if new { "new" } else { "old" };
            names.push_str(&format!(", {quoted}"));
            values.push_str(&format!(", {side}.{quoted}"));
        }
    }
    if update {
        names.push_str(", rl_old_key");
        values.push_str(&format!(
            ",\n    case when {} then {} end",
            changed(capture, &capture.key, " or "),
            key_json(capture)
        ));
    }
    let mut conditions: Vec<String> = guard.map(str::to_owned).into_iter().collect();
    conditions.extend(filter_sql(capture, &rule.filter));
    let filter = conditions.join("\n    and ");
    let filter = if filter.is_empty() { filter } else { format!("\n  where {filter}") };
    let (op, image) =
        (rule.operation.name()[..1].to_owned(), if rule.image == Image::New { "n" } else { "o" });
    let fields = [
        ("events", &*quote_name(&rule.events)),
        ("names", &names),
        ("op", &op),
        ("image", image),
        ("label", &quote_text(&rule.label)),
        ("values", &values),
        ("from", from),
        ("where", &filter),
    ];
    fill(include_str!("../../sql/tracked/record.sql"), &fields)
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
    let same_key: Vec<String> = key.iter().map(|name| format!("rl_event.{name} = old.{name}")).collect();
    let old_key: Vec<String> = key.iter().map(|name| format!("old.{name}")).collect();
    let fields = [
        ("events", &*quote_name(&events.name)),
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

/// The old key of a row as JSON.
pub(super) fn key_json(capture: &Capture) -> String {
    let pairs = capture.key.iter().map(|name| format!("{}, old.{}", quote_text(name), quote_name(name)));
    format!("jsonb_build_object({})", pairs.collect::<Vec<_>>().join(", "))
}

fn filter_sql(capture: &Capture, filter: &Filter) -> Vec<String> {
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

/// Whether the column has different values in two rows.
pub(crate) fn differs(column: &FoundColumn, old: &str, new: &str) -> String {
    let name = quote_name(&column.name);
    match column.compare {
        Compare::Native => format!("{old}.{name} is distinct from {new}.{name}"),
        Compare::Text => format!("{old}.{name}::text is distinct from {new}.{name}::text"),
        Compare::Bytes => format!("{old}.{name} collate \"C\" is distinct from {new}.{name} collate \"C\""),
    }
}

/// The trigger of an operation on the table or on one of its partitions.
fn capture_trigger(capture: &Capture, table: &TableName, operation: Operation) -> Object {
    let (old, new) = match operation {
        Operation::Insert => ("", "rl_new"),
        Operation::Update => ("rl_old", "rl_new"),
        Operation::Delete => ("rl_old", ""),
        Operation::Truncate => ("", ""),
    };
    let (timing, bits) = match operation {
        Operation::Insert => ("after", tgtype::INSERT),
        Operation::Update => ("after", tgtype::UPDATE),
        Operation::Delete => ("after", tgtype::DELETE),
        Operation::Truncate => ("before", tgtype::BEFORE | tgtype::TRUNCATE),
    };
    let mut referencing = String::new();
    for (kind, name) in [("old", old), ("new", new)].iter().filter(|(_, name)| !name.is_empty()) {
        referencing.push_str(&format!(" {kind} table as {name}"));
    }
    if !referencing.is_empty() {
        referencing = format!("\n  referencing{referencing}");
    }
    let name = format!("rowlore_{}", operation.name());
    let function = function_name(&capture.table, operation.name());
    let fields = [
        ("trigger", &*quote_name(&name)),
        ("timing", timing),
        ("operation", operation.name()),
        ("table", &table_sql(table)),
        ("referencing", &referencing),
        ("function", &quote_name(&function)),
    ];
    let sql = fill(include_str!("../../sql/tracked/capture_trigger.sql"), &fields);
    trigger(&name, table, sql, bits, &function, (old, new))
}

fn suppress_trigger(table: &TableName) -> Object {
    // The last of the before triggers by name, so that it sees the row as it would be written.
    let name = "zz_rowlore_suppress";
    let values = [("trigger", &*quote_name(name)), ("table", &table_sql(table))];
    let sql = fill(include_str!("../../sql/tracked/suppress_trigger.sql"), &values);
    let bits = tgtype::ROW | tgtype::BEFORE | tgtype::UPDATE;
    trigger(name, table, sql, bits, "suppress_redundant_updates_trigger", ("", ""))
}
