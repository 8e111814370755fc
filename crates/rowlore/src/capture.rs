//! A declaration resolved against a real table: what an engine turns into triggers, and what the registry keeps.

use serde::{Deserialize, Serialize};

use crate::TableName;
use crate::declare::{ContextForm, ExtraColumn, Image, Operation, Period, TimeSource, Unchanged};
use crate::found::{Baseline, ForeignKey, FoundColumn};

/// How one table is captured, with nothing left to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The table.
    pub table: TableName,
    /// Its partitions, which need triggers of their own.
    pub partitions: Vec<TableName>,
    /// The tables that inherit from it, which need triggers of their own too.
    #[serde(default)]
    pub children: Vec<TableName>,
    /// Whether it inherits from another table itself: a write aimed at that one changes its rows.
    #[serde(default)]
    pub inherits: bool,
    /// Every recordable column of the table, in order; a rule refers to them by name.
    pub columns: Vec<FoundColumn>,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// What becomes of updates that change nothing.
    pub unchanged: Unchanged,
    /// The rules, in the order declared.
    pub rules: Vec<Rule>,
    /// The labels of events that programs make themselves.
    #[serde(default)]
    pub manual: Vec<ManualRule>,
    /// The table's foreign keys, so that events can be found by the rows they point at.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// Columns of single foreign keys whose rows show the events of this table in their history.
    #[serde(default)]
    pub links: Vec<String>,
    /// The event tables the rules record into, each once. Of the complete ones that with most columns comes first.
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

/// A label of events that a program makes itself: no trigger fires for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManualRule {
    /// The label.
    pub label: String,
    /// The columns it records, in the table's order; the key is among them if the event table has it.
    pub columns: Vec<String>,
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
    /// Its name, without a schema.
    pub name: String,
    /// Its schema; none means rowlore's own.
    #[serde(default)]
    pub schema: Option<String>,
    /// The columns it mirrors, in the tracked table's order.
    pub columns: Vec<FoundColumn>,
    /// The columns that identify a row; empty where its events do not say of which row they are.
    pub key: Vec<String>,
    /// Whether it holds every change of every row with all the columns recorded, so that the state
    /// of the table at any moment can be read from it, and a baseline belongs into it.
    pub complete: bool,
    /// How its events say who and why.
    #[serde(default)]
    pub context: ContextForm,
    /// What the time of its events is.
    #[serde(default)]
    pub time: TimeSource,
    /// How it is partitioned by time.
    #[serde(default)]
    pub partition: Option<Period>,
    /// Whether its events can't be changed or deleted.
    #[serde(default = "yes")]
    pub append_only: bool,
    /// Its indexes besides those that every event table has, each a list of columns.
    #[serde(default)]
    pub indexes: Vec<Vec<String>>,
    /// Its columns that the tracked table does not have.
    #[serde(default)]
    pub extra: Vec<ExtraColumn>,
    /// Columns whose change alone makes no event: the past shows them as of the last recorded change.
    #[serde(default)]
    pub ignored: Vec<String>,
}

fn yes() -> bool {
    true
}

impl EventTable {
    /// An event table with the default settings and nothing in it yet.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            schema: None,
            columns: Vec::new(),
            key: Vec::new(),
            complete: false,
            context: ContextForm::default(),
            time: TimeSource::default(),
            partition: None,
            append_only: true,
            indexes: Vec::new(),
            extra: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// Whether `other` is the same table by its name.
    pub fn is_called_like(&self, other: &Self) -> bool {
        self.name == other.name && self.schema == other.schema
    }
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

    /// The event table in which the image before an event of this one is looked for: one that records every change and
    /// all of its columns, as far as there is one.
    pub fn past_of<'a>(&'a self, events: &'a EventTable) -> &'a EventTable {
        let covers = |other: &&EventTable| {
            let has = |column: &FoundColumn| other.columns.iter().any(|there| there.name == column.name);
            other.complete && events.columns.iter().all(has)
        };
        let main = self.complete_events();
        if let Some(main) = main.filter(covers) {
            return main;
        }
        if events.complete {
            return events;
        }
        self.events.iter().find(covers).or(main).unwrap_or(events)
    }

    /// The event tables that can be read: those recorded into, and the retired.
    pub fn readable_events(&self) -> impl Iterator<Item = &EventTable> {
        self.events.iter().chain(&self.retired)
    }

    /// The event table of that name that is recorded into.
    pub fn event_table(&self, name: &str) -> Option<&EventTable> {
        self.events.iter().find(|events| events.name == name)
    }

    /// The manual rule of that label.
    pub fn manual_rule(&self, label: &str) -> Option<&ManualRule> {
        self.manual.iter().find(|rule| rule.label == label)
    }

    /// Every label that its events can have.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let ruled = self.rules.iter().map(|rule| rule.label.as_str());
        ruled.chain(self.manual.iter().map(|rule| rule.label.as_str()))
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
