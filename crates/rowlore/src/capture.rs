//! A declaration resolved against a real table: what an engine turns into triggers, and what the registry keeps.

use serde::{Deserialize, Serialize};

use crate::TableName;
use crate::declare::{Image, Operation, Unchanged};
use crate::found::{Baseline, FoundColumn};

/// How one table is captured, with nothing left to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The table.
    pub table: TableName,
    /// Its partitions, which need triggers of their own.
    pub partitions: Vec<TableName>,
    /// Every recordable column of the table, in order; a rule refers to them by name.
    pub columns: Vec<FoundColumn>,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// What becomes of updates that change nothing.
    pub unchanged: Unchanged,
    /// The rules, in the order declared.
    pub rules: Vec<Rule>,
    /// The event tables the rules record into, each once; the first is the table's main one.
    pub events: Vec<EventTable>,
    /// Event tables that earlier rules recorded into: nothing is added to them, and they can be read.
    #[serde(default)]
    pub retired: Vec<EventTable>,
}

/// One tracker, resolved: one kind of operation recorded in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The operation.
    pub operation: Operation,
    /// The label of its events.
    pub label: String,
    /// The image it records. A truncate has none, whatever stands here.
    pub image: Image,
    /// The columns it records, in the table's order; the key is among them.
    pub columns: Vec<String>,
    /// Which rows it records.
    pub filter: Filter,
    /// The name of its event table.
    pub events: String,
}

/// Which rows a rule records: all parts must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// At least one of these columns changed; none means that it does not matter.
    pub any_changed: Option<Vec<String>>,
    /// All of these changed.
    pub all_changed: Vec<String>,
    /// At least one of these did not change; none means that it does not matter.
    pub any_unchanged: Option<Vec<String>>,
    /// None of these changed.
    pub all_unchanged: Vec<String>,
    /// This expression over `old.` and `new.` is true.
    pub when: Option<String>,
}

impl Filter {
    /// Whether it lets every row pass.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// An event table: a typed mirror of the columns recorded into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventTable {
    /// Its name, without rowlore's schema.
    pub name: String,
    /// The columns it mirrors, in the tracked table's order.
    pub columns: Vec<FoundColumn>,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// Whether it holds every change of every row with all the columns recorded, so that the state
    /// of the table at any moment can be read from it, and a baseline belongs into it.
    pub complete: bool,
}

impl Capture {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&FoundColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The event table from which the past of the table can be read, if there is one.
    pub fn complete_events(&self) -> Option<&EventTable> {
        self.events.iter().find(|events| events.complete)
    }

    /// The event tables that can be read: those recorded into, and the retired.
    pub fn readable_events(&self) -> impl Iterator<Item = &EventTable> {
        self.events.iter().chain(&self.retired)
    }

    /// The rules for one operation, in the order declared.
    pub fn rules_on(&self, operation: Operation) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.operation == operation)
    }
}

/// A capture together with the state that its triggers depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Installation {
    /// What is captured.
    pub capture: Capture,
    /// While it is [`Baseline::Pending`], triggers also record the old image, as a baseline event in the complete
    /// event table, of a row that has no event after `since` there.
    pub baseline: Baseline,
    /// The last event id of the database when this tracking began.
    pub since: i64,
}
