//! rowlore's own bookkeeping: numbered upgrades for what holds data, objects for what can be replaced.

use rowlore::TableName;
use rowlore::engine::Object;

use super::{SAFE_PATH, catalogue, function};

/// The version that this program needs; each upgrade brings it one further.
pub(super) const VERSION: u32 = 2;

const UPGRADES: [&str; VERSION as usize] =
    [include_str!("../../sql/own/001_registry.sql"), include_str!("../../sql/own/002_suspension.sql")];

/// The SQL that brings the bookkeeping from a version (0: none) to [`VERSION`].
pub(super) fn upgrade(from: u32) -> String {
    let mut sql = UPGRADES.iter().skip(from as usize).copied().collect::<Vec<_>>().join("\n");
    sql.push_str(&format!(
        "\ninsert into rowlore.meta (own_version) values ({VERSION})\n  \
         on conflict (only_row) do update set own_version = excluded.own_version;\n"
    ));
    sql
}

/// The functions of the bookkeeping: name, how it runs, its file.
const FUNCTIONS: [(&str, Runs, &str); 17] = [
    ("refuse_context", Runs::AsCaller, include_str!("../../sql/own/refuse_context.sql")),
    ("set_context", Runs::InPlace, include_str!("../../sql/own/set_context.sql")),
    ("clear_context", Runs::InPlace, include_str!("../../sql/own/clear_context.sql")),
    ("enter_context", Runs::AsCaller, include_str!("../../sql/own/enter_context.sql")),
    ("leave_context", Runs::AsCaller, include_str!("../../sql/own/leave_context.sql")),
    ("new_context", Runs::AsOwner, include_str!("../../sql/own/new_context.sql")),
    ("context_json", Runs::AsOwner, include_str!("../../sql/own/context_json.sql")),
    ("context_id", Runs::ForOwner, include_str!("../../sql/own/context_id.sql")),
    ("end_truncate", Runs::WhenGranted, include_str!("../../sql/own/end_truncate.sql")),
    ("refuse_change", Runs::AsCaller, include_str!("../../sql/own/refuse_change.sql")),
    ("nearest", Runs::AsCaller, include_str!("../../sql/own/nearest.sql")),
    ("untrusted_domain", Runs::AsCaller, include_str!("../../sql/own/untrusted_domain.sql")),
    ("known_trackers", Runs::AsCaller, include_str!("../../sql/own/known_trackers.sql")),
    ("suspend", Runs::WhenGranted, include_str!("../../sql/own/suspend.sql")),
    ("resume", Runs::ForAnybody, include_str!("../../sql/own/resume.sql")),
    ("past_begins", Runs::ForReaders, include_str!("../../sql/own/past_begins.sql")),
    ("suspends", Runs::WhenGranted, include_str!("../../sql/own/suspends.sql")),
];

/// How a function runs.
#[derive(Clone, Copy, PartialEq)]
enum Runs {
    /// With the rights of whoever calls it, and a search_path of its own.
    AsCaller,
    /// The same without a setting of its own: every name in it has its schema.
    InPlace,
    /// In place, and only for capture triggers.
    ForOwner,
    /// In place, with the rights of its owner: only capture triggers, which do the same, may call it.
    AsOwner,
    /// With the rights of its owner and a search_path of its own; for whom its operator grants it.
    WhenGranted,
    /// The same, for everybody.
    ForAnybody,
    /// The same, and where a policy hides rows it is an error.
    ForReaders,
}

pub(super) fn objects() -> Vec<Object> {
    let mut objects: Vec<Object> = FUNCTIONS
        .iter()
        .map(|(name, runs, file)| {
            let mut sql = (*file).to_owned();
            if matches!(runs, Runs::AsOwner | Runs::ForOwner | Runs::WhenGranted) {
                // Without arguments: the name is the function's alone.
                sql.push_str(&format!("revoke all on function rowlore.{name} from public;\n"));
            }
            let settings = match runs {
                Runs::AsCaller | Runs::WhenGranted | Runs::ForAnybody => catalogue(&[SAFE_PATH]),
                Runs::ForReaders => catalogue(&[SAFE_PATH, ("row_security", "off")]),
                Runs::InPlace | Runs::ForOwner | Runs::AsOwner => String::new(),
            };
            let definer =
                matches!(runs, Runs::AsOwner | Runs::WhenGranted | Runs::ForAnybody | Runs::ForReaders);
            function(name, sql, definer, &settings, body(file))
        })
        .collect();
    for table in ["context", "suspension"] {
        objects.push(super::guard::guard(&TableName::new("rowlore", table)));
    }
    objects
}

/// What stands between the dollar quotes: the part that the catalogue keeps.
pub(super) fn body(sql: &str) -> &str {
    sql.split("$rowlore$").nth(1).unwrap_or_default()
}
