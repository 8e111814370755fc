//! Values of a TOML file → texts, words and lists; what they are not becomes a problem with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::declare::{Columns, Origin};
use crate::problem::Problem;

/// What is read, and what was wrong with it so far.
pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) problems: Vec<Problem>,
}

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    /// `columns` or `except`, not both.
    pub(super) fn columns(
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
    pub(super) fn choice(&mut self, name: &str, value: &Value<'_>) -> Option<Columns> {
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

    pub(super) fn word<T: Copy>(&mut self, name: &str, value: &Value<'_>, words: &[(&str, T)]) -> Option<T> {
        let word = self.string(name, value)?;
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let problem = Problem::new(&self.origin(value.span()), format!("`{name}` can't be `{word}`"));
            let all: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            self.problems.push(problem.hint(format!("one of: {}", all.join(", "))));
        }
        found
    }

    pub(super) fn boolean(&mut self, name: &str, value: &Value<'_>) -> Option<bool> {
        let said = value.get_ref().as_bool();
        said.or_else(|| self.expected(value, name, "true or false"))
    }

    pub(super) fn strings(&mut self, name: &str, value: &Value<'_>) -> Option<Vec<String>> {
        match value.get_ref().as_array() {
            Some(list) => Some(list.iter().filter_map(|item| self.string(name, item)).collect()),
            None => self.expected(value, name, "a list of names in quotes"),
        }
    }

    pub(super) fn string(&mut self, name: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.expected(value, name, "a text in quotes"),
        }
    }

    /// Each table of a list of them; `form` is what else to say of how such a list is written.
    pub(super) fn tables<T>(
        &mut self,
        name: &str,
        value: &Value<'_>,
        form: &str,
        mut read: impl FnMut(&mut Self, Range<usize>, &DeTable<'_>) -> T,
    ) -> Vec<T> {
        let Some(list) = value.get_ref().as_array() else {
            return self.expected(value, name, form).unwrap_or_default();
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

    pub(super) fn expected<T>(&mut self, value: &Value<'_>, name: &str, what: &str) -> Option<T> {
        let kind = value.get_ref().type_str();
        self.problem(value.span(), format!("`{name}` must be {what}, not a value of type {kind}"));
        None
    }

    pub(super) fn unknown(&mut self, at: Range<usize>, name: &str, place: &str, known: &[&str]) {
        let problem = Problem::new(&self.origin(at), format!("unknown key `{name}` in {place}"));
        self.problems.push(problem.suggest(name, known.iter().copied()));
    }

    pub(super) fn problem(&mut self, at: Range<usize>, message: String) {
        self.problems.push(Problem::new(&self.origin(at), message));
    }

    pub(super) fn origin(&self, at: Range<usize>) -> Origin {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Origin::File { path: self.path.to_owned(), line }
    }
}

/// How lists of tables are written.
pub(super) const DOUBLE_BRACKETS: &str = "written in double brackets";
