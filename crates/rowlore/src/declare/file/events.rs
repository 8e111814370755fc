//! `[[table.events]]`.

use std::ops::Range;

use toml::de::DeTable;

use super::reader::{Reader, Value};
use crate::declare::{ContextForm, Events, ExtraColumn, Period, TimeSource};

const KEYS: &[&str] =
    &["name", "schema", "key", "context", "time", "partition", "append_only", "indexes", "extra"];

impl Reader<'_> {
    pub(super) fn events(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Events {
        let mut events = Events { origin: Some(self.origin(at)), ..Events::default() };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "name" => events.name = self.string(name, value),
                "schema" => events.schema = self.string(name, value),
                "key" => events.key = self.boolean(name, value).unwrap_or(true),
                "context" => events.context = self.word(name, value, CONTEXT).unwrap_or_default(),
                "time" => events.time = self.word(name, value, TIME).unwrap_or_default(),
                "partition" => events.partition = self.word(name, value, PERIOD),
                "append_only" => events.append_only = self.boolean(name, value).unwrap_or(true),
                "indexes" => events.indexes = self.indexes(value),
                "extra" => {
                    let form = "a list such as [{ name = \"tenant\", type = \"text\" }]";
                    let read = self.tables(name, value, form, Self::extra);
                    events.extra = read.into_iter().flatten().collect();
                }
                _ => self.unknown(key.span(), name, "[[table.events]]", KEYS),
            }
        }
        events
    }

    /// A list of lists only: `["a", "b"]` could mean one index or two.
    fn indexes(&mut self, value: &Value<'_>) -> Vec<Vec<String>> {
        let form = "a list of lists of columns such as [[\"price\"], [\"title\", \"rl_at\"]]";
        let Some(list) = value.get_ref().as_array() else {
            return self.expected(value, "indexes", form).unwrap_or_default();
        };
        if let Some(item) = list.iter().find(|item| !item.get_ref().is_array()) {
            return self.expected(item, "indexes", form).unwrap_or_default();
        }
        list.iter().filter_map(|item| self.strings("indexes", item)).collect()
    }

    fn extra(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Option<ExtraColumn> {
        let before = self.problems.len();
        let (mut column, mut sql_type, mut expression) = (None, None, None);
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "name" => column = self.string(name, value),
                "type" => sql_type = self.string(name, value),
                "value" => expression = self.string(name, value),
                _ => self.unknown(key.span(), name, "extra", &["name", "type", "value"]),
            }
        }
        match (column, sql_type) {
            (Some(name), Some(sql_type)) => Some(ExtraColumn { name, sql_type, value: expression }),
            _ => {
                // One that is there and wrong has been said already.
                if self.problems.len() == before {
                    self.problem(at, "a column in `extra` needs a `name` and a `type`".to_owned());
                }
                None
            }
        }
    }
}

const CONTEXT: &[(&str, ContextForm)] =
    &[("reference", ContextForm::Reference), ("json", ContextForm::Json), ("none", ContextForm::None)];

const TIME: &[(&str, TimeSource)] =
    &[("statement", TimeSource::Statement), ("transaction", TimeSource::Transaction)];

const PERIOD: &[(&str, Period)] =
    &[("day", Period::Day), ("week", Period::Week), ("month", Period::Month), ("year", Period::Year)];
