//! Tables that inherit in the old way (`inherits`), as parents and as children.
//!
//! A write aimed at the parent fires the parent's statement triggers only, with the rows of all its heirs; one aimed at
//! an heir fires only the heir's. So the parent's triggers stand on its heirs too, and an heir that is declared itself
//! has row triggers, which fire whichever table the write is aimed at.

use rowlore::capture::{Installation, Rule};
use rowlore::declare::Operation;
use rowlore::engine::Object;
use rowlore::{TableName, fingerprint, shortened};

use super::body::{Body, baseline_events};
use super::capture::function_name;
use super::partition::truncate_trigger;
use super::record::filter_sql;
use super::table_sql;

/// The name of a parent's trigger on its heirs: one heir may have several parents, and triggers of its own.
pub(super) fn trigger_name(parent: &TableName, operation: Operation) -> String {
    shortened(&format!("rowlore_{}_of_{}", operation.name(), parent.name), &short(parent))
}

/// What tells the table from all others, in a few letters.
fn short(table: &TableName) -> String {
    let exact = fingerprint(&format!("{}\0{}", table.schema, table.name));
    format!("_{}", &exact[24..])
}

/// Old row and new row of a row trigger.
const ROW: &str = "(select old.*) as old cross join (select new.*) as new";
const NEW_ROW: &str = "(select new.*) as new";
const OLD_ROW: &str = "(select old.*) as old";

/// The body of a row trigger: of a table that inherits itself.
pub(super) fn record_row(
    body: &mut Body<'_>,
    installation: &Installation,
    operation: Operation,
    rules: &[&Rule],
) {
    match operation {
        Operation::Insert => body.record_all(rules, NEW_ROW),
        Operation::Delete => {
            body.record_baseline(OLD_ROW, &[]);
            body.record_all(rules, OLD_ROW);
        }
        Operation::Update => {
            let pending = baseline_events(installation);
            let complete = rules.iter().find(|rule| pending.is_some_and(|events| events.name == rule.events));
            let filter =
                complete.map(|rule| filter_sql(&installation.capture, &rule.filter)).unwrap_or_default();
            body.record_baseline(ROW, &filter);
            body.record_all(rules, ROW);
        }
        Operation::Truncate => {}
    }
}

/// Truncating a table with heirs takes their rows too, unless it says `only`, and a trigger can't see which. So each
/// table speaks for its own rows by delete events; when all are gone afterwards, there is a truncate event besides.
pub(super) fn objects(installation: &Installation) -> Vec<Object> {
    let capture = &installation.capture;
    let mut objects = Vec::new();
    let deletes: Vec<&Rule> = capture.rules_on(Operation::Delete).collect();
    for table in [&capture.table].into_iter().chain(&capture.children).filter(|_| !deletes.is_empty()) {
        let from = format!("only {} as old", table_sql(table));
        let mut body = Body::new(installation, Operation::Delete);
        body.reads_table = true;
        body.record_baseline(&from, &[]);
        body.record_all(&deletes, &from);
        let (function, trigger) = if *table == capture.table {
            (function_name(table, Operation::Truncate.name()), "rowlore_truncate".to_owned())
        } else {
            let function = function_name(&capture.table, &format!("truncate_of{}", short(table)));
            (function, trigger_name(&capture.table, Operation::Truncate))
        };
        objects.push(body.function(&function));
        objects.push(truncate_trigger(&trigger, table, "before", &function));
    }
    let truncates: Vec<&Rule> = capture.rules_on(Operation::Truncate).collect();
    if !truncates.is_empty() {
        let mut body = Body::new(installation, Operation::Truncate);
        body.reads_table = true;
        let all_gone =
            format!("(select where not exists (select from {})) as rl_one", table_sql(&capture.table));
        body.record_all(&truncates, &all_gone);
        let function = function_name(&capture.table, "truncated");
        objects.push(body.function(&function));
        objects.push(truncate_trigger("rowlore_truncated", &capture.table, "after", &function));
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_triggers_differ_by_schema_too() {
        let name = |schema| trigger_name(&TableName::new(schema, "notes"), Operation::Insert);
        assert_ne!(name("a"), name("b"));
        assert!(trigger_name(&TableName::new("a", "n".repeat(90)), Operation::Truncate).len() <= 63);
    }
}
