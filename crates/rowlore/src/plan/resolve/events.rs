//! The event tables that the rules of a table record into.

use super::{Resolver, default_events, found_events, registered_for};
use crate::TableName;
use crate::capture::{Capture, EventTable, Filter, Rule};
use crate::declare::{Events, Image, Operation};
use crate::problem::Problem;

/// rowlore's own columns that an index of the user's may be over.
const OWN_COLUMNS: [&str; 7] =
    ["rl_event_id", "rl_xid", "rl_at", "rl_context_id", "rl_op", "rl_label", "rl_old_key"];

impl Resolver<'_> {
    pub(super) fn event_tables(&mut self, capture: &Capture) -> Vec<EventTable> {
        let mut names: Vec<&str> = Vec::new();
        let ruled = capture.rules.iter().map(|rule| rule.events.as_str());
        for name in ruled.chain(capture.manual.iter().map(|rule| rule.events.as_str())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        widest_first(names.into_iter().map(|name| self.event_table(capture, name)).collect())
    }

    fn event_table(&mut self, capture: &Capture, name: &str) -> EventTable {
        let settings = self.settings(name).cloned().unwrap_or_default();
        let key = if settings.key { capture.key.clone() } else { Vec::new() };
        let rules: Vec<&Rule> = capture.rules.iter().filter(|rule| rule.events == name).collect();
        let manual = || capture.manual.iter().filter(|rule| rule.events == name);
        let recorded = |column: &String| {
            rules.iter().any(|rule| rule.columns.contains(column))
                || manual().any(|rule| rule.columns.contains(column))
        };
        let columns: Vec<_> =
            capture.columns.iter().filter(|column| recorded(&column.name)).cloned().collect();
        let ignored = self.ignored(name);
        let complete = settings.key
            && Operation::ALL.iter().all(|operation| {
                rules.iter().any(|rule| {
                    rule.operation == *operation
                        && rule.columns.len() == columns.len()
                        && sees_every_change(rule, &ignored)
                })
            });
        let links = capture.links.iter().filter(|link| settings.key && recorded(link));
        let links = links.map(|link| vec![link.clone(), "rl_event_id".to_owned()]);
        let mut indexes: Vec<Vec<String>> = Vec::new();
        for index in links.chain(settings.indexes.iter().cloned()) {
            if !indexes.contains(&index) {
                indexes.push(index);
            }
        }
        let table = EventTable {
            name: name.to_owned(),
            schema: settings.schema.clone(),
            columns,
            key,
            complete,
            context: settings.context,
            time: settings.time,
            partition: settings.partition,
            append_only: settings.append_only,
            indexes,
            extra: settings.extra.clone(),
            ignored,
        };
        self.fits(&table, &settings);
        table
    }

    /// The columns whose change alone makes no event in that event table.
    fn ignored(&self, name: &str) -> Vec<String> {
        let main = default_events(&self.table.name, self.found);
        let here = |events: &Option<String>| events.as_deref().unwrap_or(&main) == name;
        let mut ignored: Vec<String> = Vec::new();
        for tracker in self.declared.trackers.iter().filter(|tracker| here(&tracker.events)) {
            let new = tracker.ignore.iter().filter(|column| !ignored.contains(column)).cloned();
            let new: Vec<String> = new.collect();
            ignored.extend(new);
        }
        ignored
    }

    fn fits(&mut self, table: &EventTable, settings: &Events) {
        let origin = settings.origin.as_ref().unwrap_or(&self.declared.origin);
        let name = &table.name;
        for column in &table.extra {
            if self.table.columns.iter().any(|tracked| tracked.name == column.name) {
                let message = format!("{} has a column `{}` itself", self.table.name, column.name);
                let hint = "give the extra column another name";
                self.problems.push(Problem::new(origin, message).hint(hint));
            }
            if let Some(reason) = column.value.as_ref().and_then(|value| self.refused(value)) {
                let message = format!("the database does not take the value of `{}`: {reason}", column.name);
                let hint = "write an SQL expression that needs no row, such as a function's call";
                self.problems.push(Problem::new(origin, message).hint(hint));
            }
        }
        for column in table.indexes.iter().flatten() {
            let known = OWN_COLUMNS.contains(&column.as_str())
                || table.columns.iter().any(|there| there.name == *column)
                || table.extra.iter().any(|there| there.name == *column);
            if !known {
                let problem =
                    Problem::new(origin, format!("the event table {name} has no column `{column}`"));
                let names = table.columns.iter().map(|there| there.name.as_str());
                self.problems.push(problem.suggest(column, names.chain(OWN_COLUMNS)));
            }
        }
        let taken = table.schema.as_ref().map(|schema| TableName::new(schema, name));
        if let Some(taken) = taken.filter(|taken| self.found.table(taken).is_some()) {
            let message = format!("there is a table {taken}, and it is no event table");
            self.problems
                .push(Problem::new(origin, message).hint("give the event table another name or schema"));
        }
        let there = found_events(table, registered_for(&self.table.name, self.found), self.found);
        if there.is_some_and(|there| there.partitioned != table.partition.is_some()) {
            let message =
                format!("the event table {name} is there, and whether it is partitioned can't change");
            let hint = "record into an event table of another name from now on: events = \"…\"";
            self.problems.push(Problem::new(origin, message).hint(hint));
        }
    }
}

/// Of several complete event tables the one with most columns comes before the others: the past is read from the first,
/// and a baseline goes there. Written down in this order, so that what was applied in another one stays as it was.
fn widest_first(mut events: Vec<EventTable>) -> Vec<EventTable> {
    let complete = |events: &&EventTable| events.complete;
    let most = events.iter().filter(complete).map(|one| one.columns.len()).max();
    let first = events.iter().position(|one| one.complete);
    let widest = events.iter().position(|one| one.complete && Some(one.columns.len()) == most);
    if let (Some(first), Some(widest)) = (first, widest) {
        events[first..=widest].rotate_right(1);
    }
    events
}

fn sees_every_change(rule: &Rule, ignored: &[String]) -> bool {
    let all_of_its_columns = |looked_at: &Vec<String>| {
        rule.columns.iter().all(|name| looked_at.contains(name) || ignored.contains(name))
    };
    let filter = &rule.filter;
    let right_image = rule.operation != Operation::Update || rule.image == Image::New;
    right_image
        && filter.any_changed.as_ref().is_none_or(all_of_its_columns)
        && Filter { any_changed: None, ..filter.clone() }.is_open()
}
