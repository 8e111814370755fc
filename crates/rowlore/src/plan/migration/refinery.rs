//! refinery: a numbered script. refinery only goes up, so the way back lies beside it under a name that it passes over.

use super::script::DOWN;
use super::{File, Migration, Options};

pub(super) fn files(migration: &Migration, options: &Options) -> Vec<File> {
    let Options { name, number, at: _, app: _, after: _ } = options;
    let up = migration.script(&migration.up);
    let down = migration.script(&migration.down);
    vec![
        File {
            name: format!("V{number}__{name}.sql"),
            text: format!(
                "-- Made by `rowlore plan --format refinery`. What `rowlore apply` would do.\n\
                 -- refinery has no way back: down_V{number}__{name}.sql beside this file is run by hand.\n\n{up}"
            ),
        },
        File {
            name: format!("down_V{number}__{name}.sql"),
            text: format!(
                "-- Made by `rowlore plan --format refinery`. {DOWN}\n\
                 -- refinery does not know this file: run it by hand, in one transaction, and take the line of V{number} \
                 out of refinery_schema_history if V{number}__{name}.sql is to run again.\n\n{down}"
            ),
        },
    ]
}
