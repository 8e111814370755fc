//! Django: a migration of `RunSQL` on PostgreSQL (`sqlmigrate` can print it), of `RunPython` on SQLite, whose driver
//! runs one statement at a time.

use super::literal::{python, python_line};
use super::script::{DOWN, on_sqlite};
use super::split::statements;
use super::{File, LAST_EVENT_ID, Migration, Options};
use crate::plan::Plan;
use crate::plan::explain::about;
use crate::{Error, Result};

pub(super) fn files(migration: &Migration, options: &Options) -> Result<Vec<File>> {
    let Options { name, at: _, number: _, app, after } = options;
    let (number, dependencies) = match (after, app) {
        (None, _) => (1, String::new()),
        (Some(after), Some(app)) => {
            let digits = after.split('_').next().unwrap_or_default();
            let number = digits.parse::<u32>().map_or(1, |number| number + 1);
            (number, format!("({}, {})", python_line(app), python_line(after)))
        }
        (Some(_), None) => {
            let message = "Django names a migration by its app";
            return Err(Error::request(message).hint("add --app, the app whose migration comes before"));
        }
    };
    let operations = if migration.blocks {
        run_sql(migration)
    } else {
        "        migrations.RunPython(up, down),\n".to_owned()
    };
    let functions = if migration.blocks { String::new() } else { functions(migration) };
    let text = format!(
        "# Made by `rowlore plan --format django`. Up: what `rowlore apply` would do.\n# Down: {DOWN}\n\
         from django.db import migrations\n\n{functions}\n\
         class Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n\n    operations = [\n{operations}    ]\n"
    );
    Ok(vec![File { name: format!("{number:04}_{name}.py"), text }])
}

/// Lists, since Django takes a lone text apart at each `;`, triggers and functions too. Texts of a list go to the
/// driver as they are, and a `%` in them means nothing.
fn run_sql(migration: &Migration) -> String {
    let list = |sql: String| if sql.is_empty() { "[]".to_owned() } else { format!("[{}]", python(&sql)) };
    format!(
        "        migrations.RunSQL(\n            sql={},\n            reverse_sql={},\n        ),\n",
        list(migration.script(&migration.up)),
        list(migration.script(&migration.down))
    )
}

fn functions(migration: &Migration) -> String {
    let mut text = format!("\n{}", lists(migration));
    text.push_str(&format!(
        "def run(schema_editor, statements):\n    with schema_editor.connection.cursor() as cursor:\n\
         \x20       last = last_event_id(lambda sql: cursor.execute(sql).fetchone())\n\
         \x20   for statement in statements:\n\
         \x20       schema_editor.execute(statement.replace(\"{LAST_EVENT_ID}\", last), params=None)\n\n\n\
         def up(apps, schema_editor):\n    with schema_editor.connection.cursor() as cursor:\n\
         \x20       again = AGAIN and cursor.execute(MARK).fetchone()\n\
         \x20   run(schema_editor, AGAIN if again else UP)\n\n\n\
         def down(apps, schema_editor):\n    run(schema_editor, DOWN)\n\n"
    ));
    text
}

/// What the Python of Django and of Alembic has in common on SQLite: the statements, and what they depend on.
pub(super) fn lists(migration: &Migration) -> String {
    let list = |name: &str, plan: &Plan| {
        let mut text = format!("{name} = [\n");
        for step in plan.steps() {
            text.push_str(&format!("    # {}\n", about(step)));
            for statement in statements(&step.sql) {
                text.push_str(&format!("    {},\n", python(&statement)));
            }
        }
        text + "]\n\n"
    };
    let none = Plan::default();
    let (mark, again) =
        migration.up.again.as_ref().map_or((String::new(), &none), |(mark, again)| (on_sqlite(mark), again));
    format!(
        "{}# Where this was run and taken back before, the history is still there.\nMARK = {}\n{}{}\n\
         # Rows without an event after this one get a first event.\n\
         def last_event_id(ask):\n\
         \x20   if not ask(\"select 1 from sqlite_schema where name = 'rowlore_state'\"):\n        return \"0\"\n\
         \x20   return str(ask(\"select last_event_id from rowlore_state\")[0])\n\n\n",
        list("UP", &migration.up.steps),
        python_line(&mark),
        list("AGAIN", again),
        list("DOWN", &migration.down.steps),
    )
}
