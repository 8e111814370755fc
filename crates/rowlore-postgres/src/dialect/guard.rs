//! What stands on an event table: the guard that keeps it append-only, and its indexes.

use rowlore::capture::EventTable;
use rowlore::engine::Object;
use rowlore::found::{ObjectId, ObjectKind};
use rowlore::plan::Lock;
use rowlore::{TableName, fingerprint, quote_name, shortened};

use super::events::each_partition;
use super::{events_sql, schema_of, table_sql, tgtype, trigger};
use crate::template::fill;

pub(super) fn objects(events: &EventTable) -> Vec<Object> {
    let guard = events.append_only.then(|| {
        let mut guard = guard(&TableName::new(schema_of(events), &events.name));
        if events.partition.is_some() {
            // Whoever writes to a partition by its name does not ask the table that it belongs to.
            guard.sql.push_str(&each_partition(events, &guard_sql("%s")));
        }
        guard
    });
    let indexes = indexes(events).into_iter().map(|index| index.object(events));
    guard.into_iter().chain(indexes).collect()
}

/// The trigger that refuses to change what was recorded.
pub(super) fn guard(table: &TableName) -> Object {
    let on = match table.schema.as_str() {
        "rowlore" => format!("rowlore.{}", quote_name(&table.name)),
        _ => table_sql(table),
    };
    let bits = tgtype::BEFORE | tgtype::UPDATE | tgtype::DELETE | tgtype::TRUNCATE;
    trigger(GUARD, table, guard_sql(&on), bits, "refuse_change", ("", ""))
}

/// The name of the guard, on every event table and its partitions.
pub(super) const GUARD: &str = "rowlore_append_only";

/// The guard on a table that is named in SQL.
pub(super) fn guard_sql(on: &str) -> String {
    let values = [("trigger", &*quote_name(GUARD)), ("events", on)];
    fill(include_str!("../../sql/tracked/event_guard.sql"), &values)
}

/// An index of an event table.
pub(super) struct Index {
    /// The end of its name.
    end: String,
    /// Its file.
    template: &'static str,
    columns: Vec<String>,
}

impl Index {
    /// Its name on the event table of that name.
    pub(super) fn name(&self, events: &str) -> String {
        shortened(events, &self.end)
    }

    fn object(&self, events: &EventTable) -> Object {
        let name = self.name(&events.name);
        let quoted =
            |names: &[String]| names.iter().map(|name| quote_name(name)).collect::<Vec<_>>().join(", ");
        let values = [
            ("index", &*quote_name(&name)),
            ("events", &events_sql(events)),
            ("schema", &schema_sql(events)),
            ("key", &quoted(&events.key)),
            ("columns", &quoted(&self.columns)),
        ];
        // In rowlore's own schema its name says all; elsewhere the table says where it is.
        let table = events.schema.as_ref().map(|schema| TableName::new(schema, &events.name));
        let id = ObjectId { kind: ObjectKind::Index, name, table };
        let lock = Lock::Events(events.name.clone());
        let sql = fill(self.template, &values);
        Object { id, sql, fingerprint: fingerprint(&self.columns.join(",")), lock }
    }
}

/// The schema of an event table as SQL.
fn schema_sql(events: &EventTable) -> String {
    events.schema.as_deref().map_or_else(|| "rowlore".to_owned(), quote_name)
}

/// The indexes of an event table: of its key, if it has one, of its order, and those declared.
pub(super) fn indexes(events: &EventTable) -> Vec<Index> {
    let index = |end: &str, template, columns: Vec<String>| Index { end: end.to_owned(), template, columns };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut indexes = Vec::new();
    if !events.key.is_empty() {
        let key = events.key.iter().cloned().chain(names(&["rl_event_id"])).collect();
        indexes.push(index("_of_key", include_str!("../../sql/tracked/event_index_key.sql"), key));
        let old_key = include_str!("../../sql/tracked/event_index_old_key.sql");
        indexes.push(index("_of_old_key", old_key, names(&["rl_old_key"])));
    }
    let order = names(&["rl_event_id", "rl_xid", "rl_at", "rl_context_id"]);
    indexes.push(index("_in_order", include_str!("../../sql/tracked/event_index_order.sql"), order));
    for columns in &events.indexes {
        // `sql/inspect/installed.sql` knows this form.
        let end = format!("_by_{}", &fingerprint(&columns.join("\0"))[24..]);
        indexes.push(index(&end, include_str!("../../sql/tracked/event_index.sql"), columns.clone()));
    }
    indexes
}
