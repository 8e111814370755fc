//! Two SQL scripts, for whatever runs them in a transaction of its own.

use super::script::DOWN;
use super::{File, Migration, Options};

pub(super) fn files(migration: &Migration, options: &Options) -> Vec<File> {
    let name = &options.name;
    let file = |end: &str, title: &str, steps: String| File {
        name: format!("{name}.{end}.sql"),
        text: format!("-- Made by rowlore. {title}\n-- Run it whole, in one transaction.\n\n{steps}"),
    };
    vec![
        file("up", "What `rowlore apply` would do.", migration.script(&migration.up)),
        file("down", DOWN, migration.script(&migration.down)),
    ]
}
