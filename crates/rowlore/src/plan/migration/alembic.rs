//! Alembic: one revision. The SQL goes to the driver as it is: through `op.execute` a `:name` in it would be a
//! parameter, and a `%` one for the driver.

use super::django::lists;
use super::literal::{python, python_line};
use super::script::DOWN;
use super::{File, LAST_EVENT_ID, Migration, Options};
use crate::{Result, fingerprint};

pub(super) fn files(migration: &Migration, options: &Options) -> Result<Vec<File>> {
    let Options { name, at, number: _, app: _, after } = options;
    let body = if migration.blocks { on_postgres(migration) } else { on_sqlite(migration) };
    let before = after.as_deref().map_or("None".to_owned(), python_line);
    // The same plan made twice at different times is two revisions.
    let revision = &fingerprint(&format!("{at}{name}{before}{body}"))[..12];
    let text = format!(
        "\"\"\"{name}\n\nMade by `rowlore plan --format alembic`. Up: what `rowlore apply` would do.\nDown: {DOWN}\n\"\"\"\n\
         from alembic import {imports}\n\nrevision = \"{revision}\"\ndown_revision = {before}\n\
         branch_labels = None\ndepends_on = None\n\n{body}",
        imports = if migration.blocks { "context, op" } else { "op" },
    );
    Ok(vec![File { name: format!("{revision}_{name}.py"), text }])
}

fn on_postgres(migration: &Migration) -> String {
    format!(
        "UP = {}\n\nDOWN = {}\n\n\n\
         def run(sql):\n    if not sql:\n        return\n    if context.is_offline_mode():\n        op.get_context().impl.static_output(sql)\n    else:\n\
         \x20       op.get_bind().exec_driver_sql(sql, execution_options={{\"no_parameters\": True}})\n\n\n\
         def upgrade():\n    run(UP)\n\n\ndef downgrade():\n    run(DOWN)\n",
        python(&migration.script(&migration.up)),
        python(&migration.script(&migration.down)),
    )
}

fn on_sqlite(migration: &Migration) -> String {
    format!(
        "\n{}def ask(sql):\n    return op.get_bind().exec_driver_sql(sql).fetchone()\n\n\n\
         def run(statements):\n    last = last_event_id(ask)\n    for statement in statements:\n\
         \x20       op.get_bind().exec_driver_sql(\n            statement.replace(\"{LAST_EVENT_ID}\", last), execution_options={{\"no_parameters\": True}}\n        )\n\n\n\
         def upgrade():\n    run(AGAIN if AGAIN and ask(MARK) else UP)\n\n\ndef downgrade():\n    run(DOWN)\n",
        lists(migration),
    )
}
