//! Wanted × found → the difference, as steps that hold their final SQL. Pure: no database in sight.
//!
//! The plan that is printed is the SQL that runs; a plan made after it was applied is empty.

mod compare;

mod down;

mod resolve;

pub mod explain;

pub mod migration;

pub use down::down;

use std::fmt;

use crate::TableName;
use crate::capture::Installation;
use crate::declare::check::Declarations;
use crate::engine::Dialect;
use crate::found::{Found, ObjectId, Registered};
use crate::problem::Problems;

/// What has to be done so that the database is what is declared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    steps: Vec<Step>,
    installations: Vec<Installation>,
    notes: Vec<String>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// To which table of the user's it belongs; none for rowlore's own bookkeeping.
    pub table: Option<TableName>,
    /// Why it is needed: what is different now.
    pub why: String,
    /// What it locks while it runs.
    pub lock: Lock,
    /// The SQL, complete.
    pub sql: String,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Creates or upgrades rowlore's own bookkeeping.
    Own,
    /// Creates an object.
    Create(ObjectId),
    /// Puts an object in the place of one with the same name.
    Replace(ObjectId),
    /// Drops an object.
    Drop(ObjectId),
    /// Creates an event table.
    CreateEvents(String),
    /// Changes an event table in this way.
    AlterEvents(String, String),
    /// Writes down what is captured.
    Register,
}

/// What a step locks while it runs, until the plan's transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Nothing that anybody waits for.
    None,
    /// Writers of the table wait, readers do not.
    Writers(TableName),
    /// Writers and readers of the event table wait.
    Events(String),
    /// The one writer's place of the whole database.
    Database,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no lock"),
            Self::Writers(table) => write!(f, "writers of {table} wait"),
            Self::Events(name) => write!(f, "readers and writers of {name} wait"),
            Self::Database => f.write_str("other writers of the database wait"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("set up rowlore's own tables"),
            Self::Create(id) => write!(f, "create {id}"),
            Self::Replace(id) => write!(f, "replace {id}"),
            Self::Drop(id) => write!(f, "drop {id}"),
            Self::CreateEvents(name) => write!(f, "create event table {name}"),
            Self::AlterEvents(name, how) => write!(f, "event table {name}: {how}"),
            Self::Register => f.write_str("write down what is tracked"),
        }
    }
}

impl Plan {
    /// Each step, in the order in which they run.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the database is what is declared already.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is tracked once the plan is applied.
    pub fn installations(&self) -> &[Installation] {
        &self.installations
    }

    /// What the person should know although nothing is wrong: what is not recorded, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Compares what is declared with what was found.
///
/// # Errors
/// What can't be tracked as declared, all of it at once: tables, columns or keys that are not there,
/// expressions that the database refuses, two declarations that want the same event table.
pub fn plan(declarations: &Declarations, found: &Found, dialect: &dyn Dialect) -> Result<Plan, Problems> {
    let resolved = resolve::resolve(declarations, found, dialect)?;
    Ok(compare::compare(resolved, found, dialect))
}

/// The plan for the triggers of one table, as it was written down: no declaration is asked.
///
/// Used when only the state behind a declaration moved, such as a baseline that is complete.
pub fn plan_again(table: &TableName, found: &Found, dialect: &dyn Dialect) -> Plan {
    let ours = |registered: &&Registered| registered.active && registered.table_now.as_ref() == Some(table);
    let registered = found.registered.iter().find(ours);
    registered.map(|one| compare::recapture(&one.installation, found, dialect)).unwrap_or_default()
}
