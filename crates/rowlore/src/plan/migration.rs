//! A plan as a migration of another tool: up and down, in that tool's form. Pure text.
//!
//! The SQL is the plan's own. What a file for later adds is what `apply` would find out when it runs: whether the same
//! migration was taken down before (the history is still there then), and which event is the last one so far.

mod alembic;

mod django;

mod literal;

mod rails;

mod refinery;

mod script;

mod split;

mod sql;

mod sqlx;

use jiff::Timestamp;

use super::Plan;
use super::down::course;
use crate::capture::EventTable;
use crate::declare::check::Declarations;
use crate::engine::Dialect;
use crate::found::Found;
use crate::problem::Problems;
use crate::{Error, Result};

pub use split::statements;

/// A tool that runs migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Whatever runs SQL scripts.
    Sql,
    /// Django's migrations.
    Django,
    /// sqlx's `migrate!` and `sqlx migrate`, with reversible migrations.
    Sqlx,
    /// refinery, which only goes up.
    Refinery,
    /// Alembic, SQLAlchemy's migrations.
    Alembic,
    /// Ruby on Rails' migrations.
    Rails,
}

/// What a tool needs to know beside the steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The migration's name: letters, digits and `_`.
    pub name: String,
    /// When it is made, for tools that order migrations by time.
    pub at: Timestamp,
    /// Its number, for tools that count.
    pub number: u32,
    /// The Django app whose folder it lies in.
    pub app: Option<String>,
    /// The migration before it: a name for Django, a revision for Alembic.
    pub after: Option<String>,
}

/// A file of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A plan and its way back, ready to be written for a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    up: Way,
    down: Way,
    /// Settings of the transaction, as SQL; empty where the engine needs none.
    settings: String,
    /// Whether the engine can decide inside a script.
    blocks: bool,
    /// The last event id when the migration was made, for scripts that can't ask.
    last_event_id: i64,
}

/// One direction.
#[derive(Debug, Clone, PartialEq)]
struct Way {
    steps: Plan,
    /// The steps where this was run and taken back before, and by what that shows.
    again: Option<(Mark, Plan)>,
}

/// What is there once a migration was run, and stays when it is taken back.
#[derive(Debug, Clone, PartialEq)]
enum Mark {
    /// rowlore's own tables.
    Own,
    /// An event table.
    Events(EventTable),
    /// A column of an event table.
    Column(EventTable, String),
}

/// Stands for the last event id until a migration runs. No database gets that far.
const LAST_EVENT_ID: i64 = 0x7000_0000_0000_0000;

impl Tool {
    /// Every one, with the word for it.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Sql, "sql"),
        (Self::Django, "django"),
        (Self::Sqlx, "sqlx"),
        (Self::Refinery, "refinery"),
        (Self::Alembic, "alembic"),
        (Self::Rails, "rails"),
    ];

    /// The tool of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(tool, _)| *tool)
    }
}

impl Migration {
    /// The plan for these declarations, and its way back.
    ///
    /// # Errors
    /// As [`plan`](super::plan).
    pub fn new(
        declarations: &Declarations,
        found: &Found,
        dialect: &dyn Dialect,
    ) -> std::result::Result<Self, Problems> {
        let later = Found { last_event_id: LAST_EVENT_ID, ..found.clone() };
        let course = course(declarations, &later, dialect)?;
        let same = |one: &Plan, other: &Plan| {
            let texts = |plan: &Plan| plan.steps().iter().map(|step| step.sql.clone()).collect::<Vec<_>>();
            texts(one) == texts(other)
        };
        let mark = mark(&course.up, found).filter(|_| !same(&course.up, &course.again));
        let begin = dialect.transaction().0;
        Ok(Self {
            up: Way { again: mark.map(|mark| (mark, course.again)), steps: course.up },
            down: Way { steps: course.down, again: None },
            // The transaction is the tool's; what is set in it is ours.
            settings: begin.split_once(';').map_or("", |(_, rest)| rest).trim().to_owned(),
            blocks: dialect.engine() == "PostgreSQL",
            last_event_id: found.last_event_id,
        })
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.up.steps.is_empty()
    }

    /// The plan upwards.
    pub fn up(&self) -> &Plan {
        &self.up.steps
    }

    /// The files of this migration for `tool`.
    ///
    /// # Errors
    /// When the tool needs something that the options lack, or a name is none for it.
    pub fn files(&self, tool: Tool, options: &Options) -> Result<Vec<File>> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if options.name.is_empty() || options.name.len() > 100 || !options.name.chars().all(fits) {
            let message = format!("`{}` can't be the name of a migration", options.name);
            return Err(Error::request(message).hint("use letters, digits and `_`"));
        }
        match tool {
            Tool::Sql => Ok(sql::files(self, options)),
            Tool::Django => django::files(self, options),
            Tool::Sqlx => Ok(sqlx::files(self, options)),
            Tool::Refinery => Ok(refinery::files(self, options)),
            Tool::Alembic => alembic::files(self, options),
            Tool::Rails => Ok(rails::files(self, options)),
        }
    }
}

/// By what one sees that this plan was applied here before, if by anything.
fn mark(up: &Plan, found: &Found) -> Option<Mark> {
    if found.own_version.is_none() {
        return Some(Mark::Own);
    }
    let mut tables = up.installations().iter().flat_map(|one| &one.capture.events);
    tables.find_map(|events| {
        let same = |there: &&crate::found::FoundEventTable| {
            there.name == events.name && there.schema == events.schema
        };
        let Some(there) = found.event_tables.iter().find(same) else {
            return Some(Mark::Events(events.clone()));
        };
        let missing = |name: &&String| !there.columns.iter().any(|(known, _)| known == *name);
        let column = events.columns.iter().map(|column| &column.name).find(missing)?;
        Some(Mark::Column(events.clone(), column.clone()))
    })
}
