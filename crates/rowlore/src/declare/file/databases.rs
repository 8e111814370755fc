//! `[database]`, or several `[[database]]`, and which table is in which.

use std::ops::Range;

use toml::de::DeTable;

use super::reader::{DOUBLE_BRACKETS, Reader, Value};
use super::{Address, Database};
use crate::TableName;
use crate::declare::TrackedTable;
use crate::problem::Problem;

/// A `[[table]]` before it is put into its database.
pub(super) struct Placed {
    pub(super) table: TrackedTable,
    /// Its `database`, and where that stands.
    pub(super) database: Option<(String, Range<usize>)>,
    pub(super) at: Range<usize>,
}

impl Reader<'_> {
    pub(super) fn file(&mut self, root: &DeTable<'_>) -> Vec<Database> {
        let (mut databases, mut tables, mut untracked) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in root {
            match key.get_ref().as_ref() {
                "database" => databases = self.databases(value),
                "table" => tables = self.tables("[[table]]", value, DOUBLE_BRACKETS, Self::table),
                "untracked" => untracked = self.untracked(value),
                name => self.unknown(key.span(), name, "the file", &["database", "table", "untracked"]),
            }
        }
        if databases.is_empty() {
            databases.push(Database::default());
        }
        for database in &mut databases {
            database.untracked.extend(untracked.iter().cloned());
        }
        for table in tables {
            self.place(table, &mut databases);
        }
        databases
    }

    fn databases(&mut self, value: &Value<'_>) -> Vec<Database> {
        if let Some(table) = value.get_ref().as_table() {
            return vec![self.database("[database]", value.span(), table)];
        }
        let form = "a table, or several in double brackets";
        let mut read: Vec<(Range<usize>, Database)> = Vec::new();
        self.tables("[database]", value, form, |reader, at, table| {
            let database = reader.database("[[database]]", at.clone(), table);
            let twice = |name: &&String| read.iter().any(|(_, other)| other.name.as_ref() == Some(*name));
            if let Some(name) = database.name.as_ref().filter(twice) {
                reader.problem(at.clone(), format!("there are two databases called `{name}`"));
            }
            read.push((at, database));
        });
        if read.len() > 1 {
            for (at, _) in read.iter().filter(|(_, database)| database.name.is_none()) {
                let problem =
                    Problem::new(&self.origin(at.clone()), "one of several databases needs a `name`");
                self.problems.push(problem.hint("name = \"shop\", and database = \"shop\" on its tables"));
            }
        }
        read.into_iter().map(|(_, database)| database).collect()
    }

    fn database(&mut self, place: &str, at: Range<usize>, table: &DeTable<'_>) -> Database {
        let mut database = Database::default();
        let Address { url, url_file } = &mut database.address;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => database.name = self.string("name", value),
                "url" => *url = self.string("url", value),
                "url_file" => *url_file = self.string("url_file", value),
                "untracked" => database.untracked = self.untracked(value),
                name => self.unknown(key.span(), name, place, &["name", "url", "url_file", "untracked"]),
            }
        }
        if url.is_some() && url_file.is_some() {
            self.problem(at, "`url` and `url_file` exclude each other".to_owned());
        }
        database
    }

    fn untracked(&mut self, value: &Value<'_>) -> Vec<String> {
        let patterns = self.strings("untracked", value).unwrap_or_default();
        for pattern in patterns.iter().filter(|pattern| TableName::parse(pattern).is_none()) {
            let message = format!("`{pattern}` in `untracked` is not the name of a table");
            let problem = Problem::new(&self.origin(value.span()), message);
            self.problems.push(problem.hint(r#"write "django_migrations", "tmp_*" or "audit.*""#));
        }
        patterns
    }

    /// Puts a table into the database that it names, or into the only one.
    fn place(&mut self, table: Placed, databases: &mut [Database]) {
        let Placed { table, database, at } = table;
        let names = databases.iter().filter_map(|database| database.name.clone()).collect::<Vec<_>>();
        let home = match (&database, databases) {
            (None, [only]) => Some(only),
            (None, _) => {
                let message = format!("which database is the table {} in?", table.table);
                let problem = Problem::new(&self.origin(at), message);
                self.problems.push(problem.hint(format!("database = one of: {}", names.join(", "))));
                None
            }
            (Some((name, at)), all) => {
                let home = all.iter_mut().find(|database| database.name.as_ref() == Some(name));
                if home.is_none() {
                    let message = format!("there is no database `{name}`");
                    let problem = Problem::new(&self.origin(at.clone()), message);
                    self.problems.push(match names.as_slice() {
                        [] => {
                            problem.hint(format!("write name = \"{name}\" in [database], or leave this out"))
                        }
                        names => problem.suggest(name, names.iter().map(String::as_str)),
                    });
                }
                home
            }
        };
        if let Some(home) = home {
            home.tables.push(table);
        }
    }
}
