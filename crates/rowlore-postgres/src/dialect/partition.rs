//! Truncating one partition: rows go, but the table is not emptied, so each row gets a delete event.

use rowlore::capture::{Installation, Rule};
use rowlore::declare::Operation;
use rowlore::engine::Object;
use rowlore::{TableName, quote_name, quote_text};

use super::body::Body;
use super::capture::function_name;
use super::{table_sql, tgtype, trigger};
use crate::template::fill;

/// In the parent's truncate function: its partitions' triggers fire for the same statement and have nothing to add.
pub(super) const MARK_TRUNCATE: &str = "  insert into rowlore.truncating (xid, at, table_oid)\n    \
     values (pg_catalog.txid_current(), pg_catalog.clock_timestamp(), tg_relid);\n";

pub(super) fn objects(installation: &Installation) -> Vec<Object> {
    let capture = &installation.capture;
    let mut objects = vec![unmark(&capture.table)];
    let deletes: Vec<&Rule> = capture.rules_on(Operation::Delete).collect();
    if deletes.is_empty() {
        return objects;
    }
    for partition in &capture.partitions {
        // A partition that is partitioned itself has no rows of its own: its leaves speak for it.
        let from = format!("only {}", table_sql(partition));
        let mut body = Body::new(installation, Operation::Delete);
        body.reads_table = true;
        body.record_baseline(&format!("{from} as old"), &[]);
        body.record_all(&deletes, &format!("{from} as old"));
        let root = quote_text(&table_sql(&capture.table));
        let values = [("records", &*body.records), ("root", &root)];
        body.records = fill(include_str!("../../sql/tracked/record_partition_truncate.sql"), &values);
        let function = function_name(partition, "truncate");
        objects.push(body.function(&function));
        objects.push(truncate_trigger("rowlore_truncate", partition, "before", &function));
    }
    objects
}

fn unmark(table: &TableName) -> Object {
    truncate_trigger("rowlore_truncated", table, "after", "end_truncate")
}

pub(super) fn truncate_trigger(name: &str, table: &TableName, timing: &str, function: &str) -> Object {
    let values = [
        ("trigger", &*quote_name(name)),
        ("timing", timing),
        ("operation", "truncate"),
        ("table", &table_sql(table)),
        ("referencing", ""),
        ("each", "statement"),
        ("function", &quote_name(function)),
    ];
    let sql = fill(include_str!("../../sql/tracked/capture_trigger.sql"), &values);
    let before = if timing == "before" { tgtype::BEFORE } else { 0 };
    trigger(name, table, sql, before | tgtype::TRUNCATE, function, ("", ""))
}
