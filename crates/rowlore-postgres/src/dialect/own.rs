//! rowlore's own bookkeeping: numbered upgrades for what holds data, objects for what can be replaced.

use rowlore::TableName;
use rowlore::engine::Object;

use super::function;

/// The version that this program needs; each upgrade brings it one further.
pub(super) const VERSION: u32 = 1;

const UPGRADES: [&str; VERSION as usize] = [include_str!("../../sql/own/001_registry.sql")];

/// The SQL that brings the bookkeeping from a version (0: none) to [`VERSION`].
pub(super) fn upgrade(from: u32) -> String {
    let mut sql = UPGRADES.iter().skip(from as usize).copied().collect::<Vec<_>>().join("\n");
    sql.push_str(&format!(
        "\ninsert into rowlore.meta (own_version) values ({VERSION})\n  \
         on conflict (only_row) do update set own_version = excluded.own_version;\n"
    ));
    sql
}

/// The functions of the bookkeeping: name, whether it runs with its owner's rights, its file.
const FUNCTIONS: [(&str, bool, &str); 8] = [
    ("set_context", false, include_str!("../../sql/own/set_context.sql")),
    ("clear_context", false, include_str!("../../sql/own/clear_context.sql")),
    ("enter_context", false, include_str!("../../sql/own/enter_context.sql")),
    ("leave_context", false, include_str!("../../sql/own/leave_context.sql")),
    ("write_context", true, include_str!("../../sql/own/write_context.sql")),
    ("open_context", true, include_str!("../../sql/own/open_context.sql")),
    ("end_truncate", false, include_str!("../../sql/own/end_truncate.sql")),
    ("refuse_change", false, include_str!("../../sql/own/refuse_change.sql")),
];

pub(super) fn objects() -> Vec<Object> {
    let mut objects: Vec<Object> = FUNCTIONS
        .iter()
        .map(|(name, definer, file)| {
            let mut sql = (*file).to_owned();
            if *definer {
                // Only capture triggers, which run as their owner, call these.
                sql.push_str(&format!("revoke all on function rowlore.{name}() from public;\n"));
            }
            function(name, sql, *definer, "", body(file))
        })
        .collect();
    objects.push(super::guard::guard("context", &TableName::new("rowlore", "context")));
    objects
}

/// What stands between the dollar quotes: the part that the catalogue keeps.
pub(super) fn body(sql: &str) -> &str {
    sql.split("$rowlore$").nth(1).unwrap_or_default()
}
