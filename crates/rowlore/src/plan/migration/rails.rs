//! Ruby on Rails: a class with `up` and `down`. Texts in single quotes, in which Ruby reads nothing but `\` and `'`.

use super::literal::ruby;
use super::script::{DOWN, on_sqlite};
use super::split::statements;
use super::{File, LAST_EVENT_ID, Migration, Options};
use crate::plan::Plan;
use crate::plan::explain::about;

pub(super) fn files(migration: &Migration, options: &Options) -> Vec<File> {
    let stem = format!("{}_{}", options.at.strftime("%Y%m%d%H%M%S"), options.name.to_lowercase());
    let body = if migration.blocks { on_postgres(migration) } else { sqlite(migration) };
    let class = class(&options.name);
    let text = format!(
        "# Made by `rowlore plan --format rails`. Up: what `rowlore apply` would do.\n# Down: {DOWN}\n\
         # db/schema.rb knows neither triggers nor functions: set config.active_record.schema_format = :sql.\n\
         class {class} < ActiveRecord::Migration[7.0]\n{body}end\n"
    );
    vec![File { name: format!("{stem}.rb"), text }]
}

/// As Rails derives a class from the name of a file.
fn class(name: &str) -> String {
    let parts = name.split('_').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let part = part.to_lowercase();
            let first = part.chars().next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(part.chars().skip(1)).collect::<String>()
        })
        .collect()
}

fn on_postgres(migration: &Migration) -> String {
    let way = |name: &str, sql: String| {
        let run = if sql.is_empty() { String::new() } else { format!("    execute {}\n", ruby(&sql)) };
        format!("  def {name}\n{run}  end\n")
    };
    let up = way("up", migration.script(&migration.up));
    format!("{up}\n{}", way("down", migration.script(&migration.down)))
}

fn sqlite(migration: &Migration) -> String {
    let list = |name: &str, plan: &Plan| {
        let mut text = format!("  {name} = [\n");
        for step in plan.steps() {
            text.push_str(&format!("    # {}\n", about(step)));
            for statement in statements(&step.sql) {
                text.push_str(&format!("    {},\n", ruby(&statement)));
            }
        }
        text + "  ].freeze\n\n"
    };
    let none = Plan::default();
    let (again, plan) = migration.up.again.as_ref().map_or((String::from("false"), &none), |(mark, plan)| {
        (format!("select_value({})", ruby(&on_sqlite(mark))), plan)
    });
    format!(
        "{}{}{}  def up\n    run({again} ? AGAIN : UP)\n  end\n\n  def down\n    run(DOWN)\n  end\n\n  private\n\n\
         \x20 def run(statements)\n    last = \"0\"\n\
         \x20   if select_value(\"select 1 from sqlite_schema where name = 'rowlore_state'\")\n\
         \x20     last = select_value(\"select last_event_id from rowlore_state\").to_s\n    end\n\
         \x20   statements.each {{ |statement| execute(statement.gsub(\"{LAST_EVENT_ID}\", last)) }}\n  end\n",
        list("UP", &migration.up.steps),
        list("AGAIN", plan),
        list("DOWN", &migration.down.steps),
    )
}
