//! sqlx: two scripts with the time in their names. sqlx runs each whole, in a transaction of its own.

use super::script::DOWN;
use super::{File, Migration, Options};

pub(super) fn files(migration: &Migration, options: &Options) -> Vec<File> {
    let stem = format!("{}_{}", options.at.strftime("%Y%m%d%H%M%S"), options.name);
    let file = |end: &str, title: &str, steps: String| File {
        name: format!("{stem}.{end}.sql"),
        text: format!("-- Made by `rowlore plan --format sqlx`. {title}\n\n{steps}"),
    };
    let again = if migration.blocks || migration.up.again.is_none() {
        "What `rowlore apply` would do."
    } else {
        "What `rowlore apply` would do.\n-- SQLite can't decide inside a script: after a `revert`, make a new migration \
         instead of running this one again."
    };
    vec![
        file("up", again, migration.script(&migration.up)),
        file("down", DOWN, migration.script(&migration.down)),
    ]
}
