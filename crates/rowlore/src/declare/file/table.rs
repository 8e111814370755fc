//! `[[table]]`.

use std::ops::Range;

use toml::de::DeTable;

use super::databases::Placed;
use super::reader::{DOUBLE_BRACKETS, Reader};
use crate::declare::{TrackedTable, Unchanged};

const KEYS: &[&str] = &[
    "name",
    "database",
    "key",
    "columns",
    "except",
    "ignore",
    "links",
    "unchanged",
    "baseline",
    "tracker",
    "events",
];

impl Reader<'_> {
    pub(super) fn table(&mut self, at: Range<usize>, table: &DeTable<'_>) -> Placed {
        let mut tracked = TrackedTable::new("").declared_at(self.origin(at.clone()));
        let (mut only, mut except, mut database) = (None, None, None);
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "name" => tracked.table = self.string(name, value).unwrap_or_default(),
                "database" => database = self.string(name, value).map(|text| (text, value.span())),
                "key" => tracked.key = self.strings(name, value).unwrap_or_default(),
                "columns" => only = self.strings(name, value),
                "except" => except = self.strings(name, value),
                "ignore" => tracked.ignore = self.strings(name, value).unwrap_or_default(),
                "links" => tracked.links = self.strings(name, value).unwrap_or_default(),
                "unchanged" => tracked.unchanged = self.word(name, value, UNCHANGED).unwrap_or_default(),
                "baseline" => tracked.baseline = self.boolean(name, value).unwrap_or(true),
                "tracker" => {
                    tracked.trackers =
                        self.tables("[[table.tracker]]", value, DOUBLE_BRACKETS, Self::tracker);
                }
                "events" => {
                    tracked.events = self.tables("[[table.events]]", value, DOUBLE_BRACKETS, Self::events);
                }
                _ => self.unknown(key.span(), name, "[[table]]", KEYS),
            }
        }
        if !table.iter().any(|(key, _)| key.get_ref() == "name") {
            self.problem(at.clone(), "a [[table]] needs a `name`".to_owned());
        }
        tracked.columns = self.columns(at.clone(), only, except).unwrap_or_default();
        Placed { table: tracked, database, at }
    }
}

const UNCHANGED: &[(&str, Unchanged)] =
    &[("skip", Unchanged::Skip), ("record", Unchanged::Record), ("suppress", Unchanged::Suppress)];
