//! Settings of event tables that hold together.

use super::{CheckedTracker, Events, OWN_PREFIX, Origin, check_columns};
use crate::declare::ExtraColumn;
use crate::problem::Problem;

pub(super) fn check(
    tables: &[Events],
    trackers: &[CheckedTracker],
    table_origin: &Origin,
    problems: &mut Vec<Problem>,
) {
    for (index, events) in tables.iter().enumerate() {
        // Taken apart without `..`, so that a new field stops the build here.
        let Events {
            name,
            schema,
            key: _,
            context: _,
            time: _,
            partition: _,
            append_only: _,
            indexes,
            extra,
            origin,
        } = events;
        let origin = origin.as_ref().unwrap_or(table_origin);
        let called = name.as_deref().map_or("the main event table".to_owned(), |name| format!("`{name}`"));
        if tables[..index].iter().any(|other| other.name == *name) {
            let problem = Problem::new(origin, format!("the settings of {called} are declared twice"));
            problems.push(problem.hint("keep one [[table.events]] for each event table"));
        }
        if !trackers.iter().any(|tracker| tracker.events == *name) {
            let problem = Problem::new(origin, format!("no tracker records into {called}"));
            let known = trackers.iter().filter_map(|tracker| tracker.events.as_deref());
            problems.push(problem.suggest(name.as_deref().unwrap_or_default(), known));
        }
        for (what, text) in [("name", name), ("schema", schema)] {
            if text.as_deref().is_some_and(|text| text.trim().is_empty() || text.len() > 63) {
                let problem = Problem::new(origin, format!("`{what}` must have 1 to 63 bytes"));
                problems.push(problem.hint("shorten it, or leave it out for the default"));
            }
        }
        for columns in indexes {
            check_columns(columns, "indexes", origin, problems);
            if columns.is_empty() {
                problems
                    .push(Problem::new(origin, "an index needs a column").hint("indexes = [[\"price\"]]"));
            }
        }
        check_extra(extra, origin, problems);
    }
}

fn check_extra(extra: &[ExtraColumn], origin: &Origin, problems: &mut Vec<Problem>) {
    let names: Vec<String> = extra.iter().map(|column| column.name.clone()).collect();
    check_columns(&names, "extra", origin, problems);
    for ExtraColumn { name, sql_type, value } in extra {
        if name.starts_with(OWN_PREFIX) {
            let message = format!("the extra column `{name}` has rowlore's own prefix");
            problems.push(Problem::new(origin, message).hint("give it a name without rl_"));
        }
        // It goes into the definition of the table as it stands.
        let plain = |c: char| c.is_alphanumeric() || " _.(),[]\"".contains(c);
        if sql_type.trim().is_empty() || !sql_type.chars().all(plain) {
            let problem = Problem::new(origin, format!("`{sql_type}` is not the type of a column"));
            problems.push(problem.hint("write a type such as text, bigint or numeric(10, 2)"));
        }
        if value.as_ref().is_some_and(|value| value.trim().is_empty()) {
            let problem = Problem::new(origin, format!("the value of the extra column `{name}` is empty"));
            problems.push(problem.hint("write an SQL expression, or leave `value` out for null"));
        }
    }
}
