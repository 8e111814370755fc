//! `[[table.tracker]]`.

use std::ops::Range;

use toml::de::DeTable;

use super::reader::{Reader, Value};
use crate::declare::{Condition, Image, Operation, Tracker};
use crate::problem::Problem;

const KEYS: &[&str] = &[
    "operations",
    "label",
    "image",
    "columns",
    "except",
    "ignore",
    "when",
    "any_changed",
    "all_changed",
    "any_unchanged",
    "all_unchanged",
    "manual",
    "events",
];

impl Reader<'_> {
    pub(super) fn tracker(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Tracker {
        let mut tracker = Tracker { origin: Some(self.origin(at.clone())), ..Tracker::default() };
        let (mut only, mut except) = (None, None);
        let mut conditions = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "operations" => tracker.operations = self.operations(value),
                "label" => tracker.label = self.string(name, value),
                "image" => {
                    tracker.image = self.word(name, value, &[("old", Image::Old), ("new", Image::New)]);
                }
                "columns" => only = self.strings(name, value),
                "except" => except = self.strings(name, value),
                "ignore" => tracker.ignore = self.strings(name, value),
                "manual" => tracker.manual = self.boolean(name, value).unwrap_or_default(),
                "events" => tracker.events = self.string(name, value),
                "when" => conditions.extend(self.string(name, value).map(Condition::When)),
                "any_changed" => conditions.extend(self.choice(name, value).map(Condition::AnyChanged)),
                "all_changed" => conditions.extend(self.choice(name, value).map(Condition::AllChanged)),
                "any_unchanged" => conditions.extend(self.choice(name, value).map(Condition::AnyUnchanged)),
                "all_unchanged" => conditions.extend(self.choice(name, value).map(Condition::AllUnchanged)),
                _ => self.unknown(key.span(), name, "[[table.tracker]]", KEYS),
            }
        }
        if let [_, second, ..] = conditions.as_slice() {
            let message = format!("`{}` is a second condition", second.name());
            let problem = Problem::new(&self.origin(at.clone()), message);
            self.problems.push(problem.hint("keep one, or join them in one `when` with `and`"));
        }
        tracker.condition = conditions.into_iter().next();
        tracker.columns = self.columns(at, only, except);
        tracker
    }

    fn operations(&mut self, value: &Value<'_>) -> Vec<Operation> {
        let words = Operation::ALL.map(|operation| (operation.name(), operation));
        match value.get_ref().as_array() {
            Some(list) => list.iter().filter_map(|item| self.word("operations", item, &words)).collect(),
            None => self.expected(value, "operations", "a list such as [\"update\"]").unwrap_or_default(),
        }
    }
}
