//! `rowlore.toml` → declarations. Unknown keys are problems with a suggestion, all problems come at once,
//! each with its line.
//!
//! ```toml
//! [database]
//! url = "postgres://shop@db.example/shop"   # or "sqlite:shop.db", or "${DATABASE_URL}"
//! # untracked = ["django_migrations", "tmp_*"]  # tables that nobody needs to track: `rowlore check` is silent about them
//!
//! [[table]]
//! name = "books"                            # or "shop.books"
//! # key = ["isbn"]                          # where there is no primary key
//! # columns = ["id", "price"]               # record these only; or: except = ["updated_at"]
//! # ignore = ["updated_at"]                 # recorded, but no event when nothing else changed
//! # links = ["author_id"]                   # the history of the rows these point at shows these events too
//! # unchanged = "skip"                      # or "record", or "suppress"
//! # baseline = true                         # record the rows that are there already
//!
//! [[table.tracker]]                         # none at all: every insert, update, delete and truncate
//! # operations = ["update"]
//! # label = "price.raised"
//! # image = "new"                           # or "old"
//! # columns = ["price"]                     # or: except = [...]
//! # ignore = ["updated_at"]                 # instead of the table's
//! # when = "new.price > old.price"          # or one of any_changed, all_changed, any_unchanged,
//! #                                         #   all_unchanged = ["price"] or { except = ["notes"] } or "all"
//! # manual = true                           # no trigger: only the program makes events of this label
//! # events = "price_event"                  # an event table of its own
//!
//! [[table.events]]                          # none at all: event tables as rowlore makes them
//! # name = "price_event"                    # which one; left out: the one named after the table
//! # schema = "audit"                        # left out: rowlore's own
//! # key = true                              # whether an event says of which row it is
//! # context = "reference"                   # or "json", or "none"
//! # time = "statement"                      # or "transaction"
//! # partition = "month"                     # or "day", "week", "year"
//! # append_only = true
//! # indexes = [["price"], ["title", "rl_at"]]
//! # extra = [{ name = "tenant", type = "text", value = "current_setting('app.tenant', true)" }]
//! ```
//!
//! Several databases: `[[database]]` with a `name` each, and `database = "…"` on every `[[table]]`.

mod databases;

mod events;

mod reader;

mod table;

mod tracker;

#[cfg(test)]
mod tests;

use toml::de::DeTable;

use super::{Origin, TrackedTable};
use crate::TableName;
use crate::problem::Problems;
use reader::Reader;

/// What a `rowlore.toml` says. The tables still have to be [checked](crate::check), each database's on their own.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Each database, in the order of the file; at least one, even where the file names none.
    pub databases: Vec<Database>,
}

/// A database and what is tracked in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Database {
    /// What the file calls it; every one of several has a name.
    pub name: Option<String>,
    /// Where it is.
    pub address: Address,
    /// Each `[[table]]` of it.
    pub tables: Vec<TrackedTable>,
    /// Tables that nobody needs to track: names as a `[[table]]` has them, where `*` stands for any letters.
    pub untracked: Vec<String>,
}

/// Where a database is. Secrets stay outside the file: by `${NAME}` or in a file of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Address {
    /// `postgres://…` or `sqlite:FILE`; may hold `${NAME}`, which the program that reads the environment fills in.
    pub url: Option<String>,
    /// A file that holds the URL.
    pub url_file: Option<String>,
}

impl File {
    /// The one database; none where there are several and one must be chosen.
    pub fn single(&self) -> Option<&Database> {
        match self.databases.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The database of that name.
    pub fn named(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|database| database.name.as_deref() == Some(name))
    }

    /// The names of its databases.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.databases.iter().filter_map(|database| database.name.as_deref())
    }
}

impl Database {
    /// Whether the file says that nobody needs to track this table. A pattern without a schema counts for every schema.
    ///
    /// ```
    /// use rowlore::TableName;
    /// use rowlore::declare::file::parse;
    /// let file = parse("r.toml", "[database]\nuntracked = [\"tmp_*\", \"audit.*\"]\n").unwrap();
    /// let database = file.single().unwrap();
    /// assert!(database.leaves_out(&TableName::new("public", "tmp_import")));
    /// assert!(database.leaves_out(&TableName::new("audit", "log")));
    /// assert!(!database.leaves_out(&TableName::new("public", "books")));
    /// ```
    pub fn leaves_out(&self, table: &TableName) -> bool {
        let fits = |pattern: TableName| {
            (pattern.schema.is_empty() || matches(&pattern.schema, &table.schema))
                && matches(&pattern.name, &table.name)
        };
        self.untracked.iter().filter_map(|pattern| TableName::parse(pattern)).any(fits)
    }
}

/// Whether the text is the pattern, with any letters in the place of each `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    // The first place is as good as any later one, since what follows may be preceded by anything.
    for part in parts {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

/// Reads the text of a declaration file; `path` is only used to name it.
///
/// # Errors
/// Every key that is unknown or of the wrong kind, with its line.
///
/// ```
/// let file = rowlore::declare::file::parse("rowlore.toml", "[[table]]\nname = \"books\"\nexcpt = [\"notes\"]\n");
/// let problems = file.unwrap_err();
/// assert_eq!(problems.to_string(), "rowlore.toml:3: unknown key `excpt` in [[table]] (did you mean `except`?)");
/// ```
pub fn parse(path: &str, text: &str) -> Result<File, Problems> {
    let mut reader = Reader { path, text, problems: Vec::new() };
    let databases = match DeTable::parse(text) {
        Ok(root) => reader.file(root.get_ref()),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.problem(at, error.message().trim().to_owned());
            Vec::new()
        }
    };
    // Keys come in no order of their own; a person reads from the top.
    reader.problems.sort_by_key(|problem| match problem.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    Problems::unless(reader.problems, File { databases })
}
