//! The steps of one direction as one script, or as statements for a tool that asks the database itself.

use std::fmt::Write as _;

use super::{LAST_EVENT_ID, Mark, Migration, Way};
use crate::plan::Plan;
use crate::plan::explain::about;
use crate::quote_text;

/// What a tool's file says about the way down.
pub(super) const DOWN: &str = "Back to how it was tracked before. History is never deleted: event tables, their events \
                               and rowlore's own tables stay, and can be read.";

impl Migration {
    /// One script: the transaction is the tool's.
    pub(super) fn script(&self, way: &Way) -> String {
        if !self.blocks {
            return plain(&way.steps, &self.last_event_id.to_string());
        }
        let steps =
            if way.again.is_none() && !needs_last(&way.steps) { plain(&way.steps, "") } else { block(way) };
        if steps.is_empty() { steps } else { format!("{}\n\n{steps}", self.settings) }
    }
}

/// The steps as they are, each with what it does and why.
fn plain(plan: &Plan, last_event_id: &str) -> String {
    let mut text = String::new();
    for step in plan.steps() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "-- {}\n{}\n", about(step), step.sql.trim());
    }
    text.replace(&LAST_EVENT_ID.to_string(), last_event_id)
}

/// One `do` block, which decides when it runs.
fn block(way: &Way) -> String {
    let mut body = String::from(
        "declare\n  -- Rows without an event after this one get a first event.\n  last_event_id text := '0';\nbegin\n\
         \x20 if pg_catalog.to_regclass('rowlore.event_id') is not null then\n\
         \x20   execute 'select case when is_called then last_value else 0 end from rowlore.event_id' into last_event_id;\n\
         \x20 end if;\n",
    );
    match &way.again {
        None => body.push_str(&executed(&way.steps, "  ")),
        Some((mark, again)) => {
            let _ = writeln!(body, "  if not ({}) then", on_postgres(mark));
            body.push_str(&executed(&way.steps, "    "));
            body.push_str("  else\n    -- This was run and taken back before: the history is still there.\n");
            body.push_str(&executed(again, "    "));
            body.push_str("  end if;\n");
        }
    }
    body.push_str("end");
    let tag = tag(&body, "rowlore_migration");
    format!("do {tag}\n{body}\n{tag};\n")
}

fn executed(plan: &Plan, indent: &str) -> String {
    let mut text = String::new();
    for step in plan.steps() {
        let sql = step.sql.trim();
        let tag = tag(sql, "sql");
        let marker = LAST_EVENT_ID.to_string();
        let _ = writeln!(text, "{indent}-- {}", about(step));
        let _ = if sql.contains(&marker) {
            writeln!(
                text,
                "{indent}execute pg_catalog.replace({tag}\n{sql}\n{tag}, '{marker}', last_event_id);"
            )
        } else {
            writeln!(text, "{indent}execute {tag}\n{sql}\n{tag};")
        };
    }
    if text.is_empty() { format!("{indent}null;\n") } else { text }
}

/// A dollar quote that the text does not hold.
fn tag(text: &str, name: &str) -> String {
    let tag = |n: u32| if n == 0 { format!("${name}$") } else { format!("${name}_{n}$") };
    (0..).map(tag).find(|tag| !text.contains(tag.as_str())).unwrap_or_else(|| tag(0))
}

/// Whether an event id is needed that only the database knows when it runs.
fn needs_last(plan: &Plan) -> bool {
    plan.steps().iter().any(|step| step.sql.contains(&LAST_EVENT_ID.to_string()))
}

fn on_postgres(mark: &Mark) -> String {
    let regclass = |schema: &Option<String>, name: &str| {
        let schema = crate::quote_name(schema.as_deref().unwrap_or("rowlore"));
        quote_text(&format!("{schema}.{}", crate::quote_name(name)))
    };
    match mark {
        Mark::Own => "pg_catalog.to_regclass('rowlore.meta') is not null".to_owned(),
        Mark::Events(events) => {
            format!("pg_catalog.to_regclass({}) is not null", regclass(&events.schema, &events.name))
        }
        Mark::Column(events, column) => format!(
            "exists (select from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass({}) \
             and attname = {} and not attisdropped)",
            regclass(&events.schema, &events.name),
            quote_text(column)
        ),
    }
}

/// A query of SQLite that gives a row if the mark is there.
pub(super) fn on_sqlite(mark: &Mark) -> String {
    match mark {
        Mark::Own => "select 1 from sqlite_schema where type = 'table' and name = 'rowlore_meta'".to_owned(),
        Mark::Events(events) => format!(
            "select 1 from sqlite_schema where type = 'table' and name = {}",
            quote_text(&format!("rowlore_{}", events.name))
        ),
        Mark::Column(events, column) => format!(
            "select 1 from pragma_table_info({}) where name = {}",
            quote_text(&format!("rowlore_{}", events.name)),
            quote_text(column)
        ),
    }
}
