//! What the registry says about the tables, by their names today.

use std::collections::HashMap;

use crate::capture::{Capture, EventTable, Filter, Rule};
use crate::declare::Operation;
use crate::found::Registered;
use crate::{Error, Result, TableName};

/// The registered tables by their names today; of one that is gone, by the name it had.
pub(super) struct Captures<'a>(HashMap<TableName, &'a Registered>);

impl<'a> Captures<'a> {
    pub(super) fn new(registered: &'a [Registered]) -> Self {
        let mut by_name: HashMap<TableName, &'a Registered> = HashMap::new();
        for one in registered {
            let today = one.table_now.as_ref().unwrap_or(&one.installation.capture.table);
            // One that is there goes before one that is gone.
            if one.table_now.is_some() || !by_name.contains_key(today) {
                by_name.insert(today.clone(), one);
            }
        }
        Self(by_name)
    }

    pub(super) fn by_name(&self) -> HashMap<TableName, &'a Capture> {
        self.0.iter().map(|(table, one)| (table.clone(), &one.installation.capture)).collect()
    }

    /// The columns of each table's key.
    pub(super) fn keys(&self) -> HashMap<TableName, Vec<String>> {
        self.0.iter().map(|(table, one)| (table.clone(), one.installation.capture.key.clone())).collect()
    }

    pub(super) fn capture(&self, table: &TableName) -> Result<&'a Capture> {
        let one = self.0.get(table);
        one.map(|one| &one.installation.capture).ok_or_else(|| {
            Error::request(format!("{table} is not tracked")).hint("declare it in rowlore.toml and apply")
        })
    }

    /// A revert is written only where it is recorded.
    pub(super) fn all_are_tracked<'t>(&self, tables: impl Iterator<Item = &'t TableName>) -> Result<()> {
        for table in tables {
            if let Some(one) = self.0.get(table).filter(|one| !one.active || one.table_now.is_none()) {
                let error = match one.table_now {
                    Some(_) => Error::request(format!(
                        "{table} is not tracked any more: what a revert does there would not be recorded"
                    )),
                    None => Error::request(format!("{table} is not there any more")),
                };
                return Err(error.hint("track it again (declare it and apply), then plan the revert again"));
            }
        }
        Ok(())
    }
}

/// The event table in which every change of every row stands, so that two neighbouring images are the row right before
/// and right after: the complete one, or else one that records inserts, updates and deletes without a condition.
pub(super) fn exact_events(capture: &Capture) -> Option<&EventTable> {
    let exact = |events: &&EventTable| {
        let writes = [Operation::Insert, Operation::Update, Operation::Delete];
        !events.key.is_empty()
            && writes.iter().all(|operation| {
                capture.rules_on(*operation).any(|rule| rule.events == events.name && sees_all(rule, events))
            })
    };
    capture.complete_events().or_else(|| capture.events.iter().find(exact))
}

/// Whether the rule records every change of the event table's columns.
fn sees_all(rule: &Rule, events: &EventTable) -> bool {
    let looked_at = |names: &Vec<String>| {
        rule.columns.iter().all(|name| names.contains(name) || events.ignored.contains(name))
    };
    rule.columns.len() == events.columns.len()
        && rule.filter.any_changed.as_ref().is_none_or(looked_at)
        && Filter { any_changed: None, ..rule.filter.clone() }.is_open()
}

/// Whether this label's events of that kind hold only some of the event table's columns: another rule tells it whole.
pub(super) fn is_narrow(capture: &Capture, events: &EventTable, operation: &str, label: &str) -> bool {
    let here = |rule: &&Rule| {
        rule.events == events.name && rule.label == label && rule.operation.name() == operation
    };
    let mut rules = capture.rules.iter().filter(here).peekable();
    rules.peek().is_some() && rules.all(|rule| rule.columns.len() < events.columns.len())
}
