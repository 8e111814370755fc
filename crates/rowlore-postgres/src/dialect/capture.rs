//! The functions and triggers that capture a table's changes: one statement-level trigger an operation, all rules in
//! one body, column lists and key baked in.

use rowlore::capture::{Capture, Installation, Rule};
use rowlore::declare::{Operation, Unchanged};
use rowlore::engine::Object;
use rowlore::{TableName, fingerprint, quote_name, shortened};

use super::body::{Body, NEW_ROWS, PAIRS, baseline_events};
use super::record::filter_sql;
use super::{table_sql, tgtype, trigger};
use crate::template::fill;

pub(super) fn objects(installation: &Installation) -> Vec<Object> {
    let capture = &installation.capture;
    let mut objects = Vec::new();
    for operation in Operation::ALL {
        if capture.rules_on(operation).next().is_some() {
            // With heirs a truncate may be one of the table alone: see there.
            if operation == Operation::Truncate && !capture.children.is_empty() {
                continue;
            }
            objects.push(capture_function(installation, operation));
            objects.push(capture_trigger(capture, &capture.table, operation));
            // What is addressed to a partition or an heir does not fire the triggers of its parent.
            if operation != Operation::Truncate {
                let below = capture.partitions.iter().chain(&capture.children);
                objects.extend(below.map(|one| capture_trigger(capture, one, operation)));
            }
        }
    }
    if !capture.partitions.is_empty() {
        objects.extend(super::partition::objects(installation));
    }
    if !capture.children.is_empty() {
        objects.extend(super::heirs::objects(installation));
    }
    objects.extend(super::manual::objects(capture));
    objects.extend(super::past::objects(capture));
    if capture.unchanged == Unchanged::Suppress {
        // A row trigger of a partitioned table stands on its partitions by itself, not so one of a table with heirs.
        objects.extend([&capture.table].into_iter().chain(&capture.children).map(suppress_trigger));
    }
    objects
}

/// The name of the capture function of a table: outside `public` with a fingerprint, since `a_b.c` and `a.b_c` would
/// read the same.
pub(super) fn function_name(table: &TableName, what: &str) -> String {
    named_after("capture_", table, &format!("_{what}"))
}

/// The same for every object that is named after a table.
pub(super) fn named_after(begin: &str, table: &TableName, end: &str) -> String {
    let stem = match table.schema.as_str() {
        "public" => format!("{begin}{}", table.name),
        schema => {
            let exact = fingerprint(&format!("{schema}\0{}", table.name));
            format!("{begin}{schema}_{}_{}", table.name, &exact[24..])
        }
    };
    shortened(&stem, end)
}

fn capture_function(installation: &Installation, operation: Operation) -> Object {
    let (capture, pending) = (&installation.capture, baseline_events(installation));
    let mut body = Body::new(installation, operation);
    let rules: Vec<&Rule> = capture.rules_on(operation).collect();
    match operation {
        Operation::Insert | Operation::Update | Operation::Delete if capture.inherits => {
            super::heirs::record_row(&mut body, installation, operation, &rules);
        }
        Operation::Insert => body.record_all(&rules, NEW_ROWS),
        Operation::Update => {
            // A baseline only of rows whose update is recorded: the others keep what they have.
            let complete = rules.iter().find(|rule| pending.is_some_and(|events| events.name == rule.events));
            let filter = complete.map(|rule| filter_sql(capture, &rule.filter)).unwrap_or_default();
            body.record_baseline(PAIRS.trim_end(), &filter);
            body.record_updates(&rules);
            if !capture.partitions.is_empty() {
                body.record_lost(&rules);
            }
        }
        Operation::Delete => {
            body.record_baseline("rl_old as old", &[]);
            body.record_all(&rules, "rl_old as old");
        }
        Operation::Truncate => {
            // Before the truncate: what has no event yet would be lost with its only copy.
            body.reads_table = pending.is_some();
            body.record_baseline(&format!("{} as old", table_sql(&capture.table)), &[]);
            if !capture.partitions.is_empty() {
                body.records.push_str(super::partition::MARK_TRUNCATE);
            }
            body.record_all(&rules, "(values (true)) as rl_one");
        }
    }
    body.function(&function_name(&capture.table, operation.name()))
}

/// The trigger of an operation on the table or on one of its partitions.
fn capture_trigger(capture: &Capture, table: &TableName, operation: Operation) -> Object {
    let each_row = capture.inherits && operation != Operation::Truncate;
    let (old, new) = match operation {
        _ if each_row => ("", ""),
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
    let bits = if each_row { bits | tgtype::ROW } else { bits };
    let name = if capture.children.contains(table) {
        super::heirs::trigger_name(&capture.table, operation)
    } else {
        format!("rowlore_{}", operation.name())
    };
    let function = function_name(&capture.table, operation.name());
    let fields = [
        ("trigger", &*quote_name(&name)),
        ("timing", timing),
        ("operation", operation.name()),
        ("table", &table_sql(table)),
        ("referencing", &referencing),
        ("each", if each_row { "row" } else { "statement" }),
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
