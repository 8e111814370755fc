//! `rowlore.toml` → declarations. Unknown keys are problems with a suggestion, all problems come at once,
//! each with its line.
//!
//! ```toml
//! [database]
//! url = "postgres://shop@db.example/shop"   # or "sqlite:shop.db", or "${DATABASE_URL}"
//!
//! [[table]]
//! name = "books"                            # or "shop.books"
//! # key = ["isbn"]                          # where there is no primary key
//! # columns = ["id", "price"]               # record these only; or: except = ["updated_at"]
//! # unchanged = "skip"                      # or "record", or "suppress"
//! # baseline = true                         # record the rows that are there already
//!
//! [[table.tracker]]                         # none at all: every insert, update, delete and truncate
//! # operations = ["update"]
//! # label = "price.raised"
//! # image = "new"                           # or "old"
//! # columns = ["price"]                     # or: except = [...]
//! # when = "new.price > old.price"          # or one of any_changed, all_changed, any_unchanged,
//! #                                         #   all_unchanged = ["price"] or { except = ["notes"] } or "all"
//! # events = "price_event"                  # an event table of its own
//! ```

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Columns, Condition, Image, Operation, Origin, TrackedTable, Tracker, Unchanged};
use crate::problem::{Problem, Problems};

/// What a `rowlore.toml` says. The tables still have to be [checked](crate::check).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    /// `[database]`.
    pub database: Database,
    /// Each `[[table]]`.
    pub tables: Vec<TrackedTable>,
}

/// `[database]`: where the tables are. Secrets stay outside the file: by `${NAME}` or in a file of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Database {
    /// `postgres://…` or `sqlite:FILE`; may hold `${NAME}`, which the program that reads the environment fills in.
    pub url: Option<String>,
    /// A file that holds the URL.
    pub url_file: Option<String>,
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
    let file = match DeTable::parse(text) {
        Ok(root) => reader.file(root.get_ref()),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.problem(at, error.message().trim().to_owned());
            File::default()
        }
    };
    // Keys come in no order of their own; a person reads from the top.
    reader.problems.sort_by_key(|problem| match problem.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    Problems::unless(reader.problems, file)
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn file(&mut self, root: &DeTable<'_>) -> File {
        let mut file = File::default();
        for (key, value) in root {
            match key.get_ref().as_ref() {
                "database" => file.database = self.database(value),
                "table" => file.tables = self.tables("[[table]]", value, Self::table),
                name => self.unknown(key.span(), name, "the file", &["database", "table"]),
            }
        }
        file
    }

    fn database(&mut self, value: &Value<'_>) -> Database {
        let mut database = Database::default();
        let Some(table) = value.get_ref().as_table() else {
            return self.expected(value, "[database]", "a table").unwrap_or_default();
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "url" => database.url = self.string("url", value),
                "url_file" => database.url_file = self.string("url_file", value),
                name => self.unknown(key.span(), name, "[database]", &["url", "url_file"]),
            }
        }
        if database.url.is_some() && database.url_file.is_some() {
            self.problem(value.span(), "`url` and `url_file` exclude each other".to_owned());
        }
        database
    }

    fn table(&mut self, at: Range<usize>, table: &DeTable<'_>) -> TrackedTable {
        let mut tracked = TrackedTable::new("").declared_at(self.origin(at.clone()));
        let (mut only, mut except) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => tracked.table = self.string("name", value).unwrap_or_default(),
                "key" => tracked.key = self.strings("key", value).unwrap_or_default(),
                "columns" => only = self.strings("columns", value),
                "except" => except = self.strings("except", value),
                "unchanged" => {
                    let words = [
                        ("skip", Unchanged::Skip),
                        ("record", Unchanged::Record),
                        ("suppress", Unchanged::Suppress),
                    ];
                    tracked.unchanged = self.word("unchanged", value, &words).unwrap_or_default();
                }
                "baseline" => {
                    let baseline = value.get_ref().as_bool();
                    tracked.baseline = baseline
                        .or_else(|| self.expected(value, "baseline", "true or false"))
                        .unwrap_or(true);
                }
                "tracker" => tracked.trackers = self.tables("[[table.tracker]]", value, Self::tracker),
                name => self.unknown(
                    key.span(),
                    name,
                    "[[table]]",
                    &["name", "key", "columns", "except", "unchanged", "baseline", "tracker"],
                ),
            }
        }
        if !table.iter().any(|(key, _)| key.get_ref() == "name") {
            self.problem(at.clone(), "a [[table]] needs a `name`".to_owned());
        }
        tracked.columns = self.columns(at, only, except).unwrap_or_default();
        tracked
    }

    fn tracker(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Tracker {
        let mut tracker = Tracker { origin: Some(self.origin(at.clone())), ..Tracker::default() };
        let (mut only, mut except) = (None, None);
        let mut conditions = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "operations" => tracker.operations = self.operations(value),
                "label" => tracker.label = self.string(name, value),
                "image" => {
                    tracker.image = self.word(name, value, &[("old", Image::Old), ("new", Image::New)])
                }
                "columns" => only = self.strings(name, value),
                "except" => except = self.strings(name, value),
                "events" => tracker.events = self.string(name, value),
                "when" => conditions.extend(self.string(name, value).map(Condition::When)),
                "any_changed" => conditions.extend(self.choice(name, value).map(Condition::AnyChanged)),
                "all_changed" => conditions.extend(self.choice(name, value).map(Condition::AllChanged)),
                "any_unchanged" => conditions.extend(self.choice(name, value).map(Condition::AnyUnchanged)),
                "all_unchanged" => conditions.extend(self.choice(name, value).map(Condition::AllUnchanged)),
                _ => self.unknown(key.span(), name, "[[table.tracker]]", TRACKER_KEYS),
            }
        }
        if let [_, second, ..] = conditions.as_slice() {
            let message = format!("`{}` is a second condition", second.name());
            self.problem(at.clone(), message);
            let hint = "keep one, or join them in one `when` with `and`";
            if let Some(problem) = self.problems.last_mut() {
                problem.hint = Some(hint.to_owned());
            }
        }
        tracker.condition = conditions.into_iter().next();
        tracker.columns = self.columns(at, only, except);
        tracker
    }

    fn columns(
        &mut self,
        at: Range<usize>,
        only: Option<Vec<String>>,
        except: Option<Vec<String>>,
    ) -> Option<Columns> {
        if only.is_some() && except.is_some() {
            self.problem(at, "`columns` and `except` exclude each other".to_owned());
        }
        only.map(Columns::Only).or(except.map(Columns::Except))
    }

    /// `"all"`, a list, or `{ except = […] }`.
    fn choice(&mut self, name: &str, value: &Value<'_>) -> Option<Columns> {
        match value.get_ref() {
            DeValue::String(word) if word == "all" => Some(Columns::All),
            DeValue::Array(_) => self.strings(name, value).map(Columns::Only),
            DeValue::Table(table) if table.len() == 1 => match table.get("except") {
                Some(except) => self.strings("except", except).map(Columns::Except),
                None => self.expected(value, name, r#"a list, "all" or { except = [...] }"#),
            },
            _ => self.expected(value, name, r#"a list, "all" or { except = [...] }"#),
        }
    }

    fn operations(&mut self, value: &Value<'_>) -> Vec<Operation> {
        let words = Operation::ALL.map(|operation| (operation.name(), operation));
        match value.get_ref().as_array() {
            Some(list) => list.iter().filter_map(|item| self.word("operations", item, &words)).collect(),
            None => self.expected(value, "operations", "a list such as [\"update\"]").unwrap_or_default(),
        }
    }

    fn word<T: Copy>(&mut self, name: &str, value: &Value<'_>, words: &[(&str, T)]) -> Option<T> {
        let word = self.string(name, value)?;
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let problem = Problem::new(&self.origin(value.span()), format!("`{name}` can't be `{word}`"));
            let all: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            self.problems.push(problem.hint(format!("one of: {}", all.join(", "))));
        }
        found
    }

    fn strings(&mut self, name: &str, value: &Value<'_>) -> Option<Vec<String>> {
        match value.get_ref().as_array() {
            Some(list) => Some(list.iter().filter_map(|item| self.string(name, item)).collect()),
            None => self.expected(value, name, "a list of names in quotes"),
        }
    }

    fn string(&mut self, name: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.expected(value, name, "a text in quotes"),
        }
    }

    fn tables<T>(
        &mut self,
        name: &str,
        value: &Value<'_>,
        mut read: impl FnMut(&mut Self, Range<usize>, &DeTable<'_>) -> T,
    ) -> Vec<T> {
        let Some(list) = value.get_ref().as_array() else {
            return self.expected(value, name, "written in double brackets").unwrap_or_default();
        };
        let mut all = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(table) => all.push(read(self, item.span(), table)),
                None => {
                    self.expected::<()>(item, name, "a table");
                }
            }
        }
        all
    }

    fn expected<T>(&mut self, value: &Value<'_>, name: &str, what: &str) -> Option<T> {
        let kind = value.get_ref().type_str();
        self.problem(value.span(), format!("`{name}` must be {what}, not a value of type {kind}"));
        None
    }

    fn unknown(&mut self, at: Range<usize>, name: &str, place: &str, known: &[&str]) {
        let problem = Problem::new(&self.origin(at), format!("unknown key `{name}` in {place}"));
        self.problems.push(problem.suggest(name, known.iter().copied()));
    }

    fn problem(&mut self, at: Range<usize>, message: String) {
        self.problems.push(Problem::new(&self.origin(at), message));
    }

    fn origin(&self, at: Range<usize>) -> Origin {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Origin::File { path: self.path.to_owned(), line }
    }
}

const TRACKER_KEYS: &[&str] = &[
    "operations",
    "label",
    "image",
    "columns",
    "except",
    "when",
    "any_changed",
    "all_changed",
    "any_unchanged",
    "all_unchanged",
    "events",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        parse("t", text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_every_key() {
        let text = r#"
            [database]
            url = "sqlite:shop.db"
            [[table]]
            name = "books"
            key = ["isbn"]
            except = ["notes"]
            unchanged = "record"
            baseline = false
            [[table.tracker]]
            operations = ["update", "delete"]
            label = "gone"
            image = "old"
            columns = ["isbn"]
            when = "old.price > 3"
            events = "gone_event"
            [[table.tracker]]
            any_changed = { except = ["price"] }
        "#;
        let file = parse("t", text).unwrap();
        assert_eq!(file.database.url.as_deref(), Some("sqlite:shop.db"));
        let first = Tracker::new("gone")
            .on([Operation::Update, Operation::Delete])
            .image(Image::Old)
            .columns(Columns::only(["isbn"]))
            .when("old.price > 3")
            .events("gone_event");
        let second = Tracker::default().condition(Condition::AnyChanged(Columns::except(["price"])));
        let at = |line| Origin::File { path: "t".to_owned(), line };
        let expected = TrackedTable::new("books")
            .key(["isbn"])
            .except(["notes"])
            .unchanged(Unchanged::Record)
            .without_baseline()
            .tracker(Tracker { origin: Some(at(10)), ..first })
            .tracker(Tracker { origin: Some(at(17)), ..second })
            .declared_at(at(4));
        assert_eq!(file.tables, [expected]);
    }

    #[test]
    fn every_problem_has_its_line() {
        let found = problems(
            "databse = 1\n[[table]]\nunchanged = \"drop\"\nkey = 3\n[[table.tracker]]\nwen = \"x\"\n",
        );
        let expected = [
            "t:1: unknown key `databse` in the file (did you mean `database`?)",
            "t:2: a [[table]] needs a `name`",
            "t:3: `unchanged` can't be `drop` (one of: skip, record, suppress)",
            "t:4: `key` must be a list of names in quotes, not a value of type integer",
            "t:6: unknown key `wen` in [[table.tracker]] (did you mean `when`?)",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_malformed_file_says_where() {
        assert!(problems("[[table]\nname = 1")[0].starts_with("t:1: "));
    }
}
