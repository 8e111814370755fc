//! What stands on an event table: the guard that keeps it append-only, and its indexes.

use rowlore::capture::EventTable;
use rowlore::engine::Object;
use rowlore::found::{ObjectId, ObjectKind};
use rowlore::plan::Lock;
use rowlore::{TableName, fingerprint, quote_name, shortened};

use super::{tgtype, trigger};
use crate::template::fill;

/// The ends of the names of an event table's indexes.
pub(super) const INDEXES: [&str; 3] = ["_of_key", "_of_old_key", "_in_order"];

pub(super) fn objects(events: &EventTable) -> Vec<Object> {
    let key: Vec<String> = events.key.iter().map(|name| quote_name(name)).collect();
    let mut key_columns: Vec<&str> = events.key.iter().map(String::as_str).collect();
    key_columns.push("rl_event_id");
    let index = |end: &str, template: &str, columns: &[&str]| {
        let name = shortened(&events.name, end);
        let values =
            [("index", &*quote_name(&name)), ("events", &quote_name(&events.name)), ("key", &key.join(", "))];
        let id = ObjectId { kind: ObjectKind::Index, name, table: None };
        let lock = Lock::Events(events.name.clone());
        Object { id, sql: fill(template, &values), fingerprint: fingerprint(&columns.join(",")), lock }
    };
    vec![
        guard(&events.name, &TableName::new("rowlore", &events.name)),
        index(INDEXES[0], include_str!("../../sql/tracked/event_index_key.sql"), &key_columns),
        index(INDEXES[1], include_str!("../../sql/tracked/event_index_old_key.sql"), &["rl_old_key"]),
        index(INDEXES[2], include_str!("../../sql/tracked/event_index_order.sql"), &["rl_event_id"]),
    ]
}

/// The trigger that refuses to change what was recorded.
pub(super) fn guard(name: &str, table: &TableName) -> Object {
    let trigger_name = "rowlore_append_only";
    let values = [("trigger", &*quote_name(trigger_name)), ("events", &quote_name(name))];
    let sql = fill(include_str!("../../sql/tracked/event_guard.sql"), &values);
    let bits = tgtype::BEFORE | tgtype::UPDATE | tgtype::DELETE | tgtype::TRUNCATE;
    trigger(trigger_name, table, sql, bits, "refuse_change", ("", ""))
}
