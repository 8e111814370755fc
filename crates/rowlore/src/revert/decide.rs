//! What has to be written so that rows are what they were: one draft a row, from what became of it and what it is now.
//!
//! Pure: whether the drafts get along with each other and with all other rows is for `checks`, their order for `order`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::fold::Fate;
use super::live::{Live, Values, values};
use super::{Conflict, ConflictKind, WriteAction};
use crate::capture::Capture;
use crate::change::Row;
use crate::found::FoundTable;
use crate::read::RowsNow;
use crate::{Error, Result, TableName};

/// What is known about the tables.
pub(super) struct Facts<'a> {
    /// Every table of the database.
    pub(super) tables: &'a [FoundTable],
    /// The captures by the name of their table today.
    pub(super) captures: HashMap<TableName, &'a Capture>,
}

/// One row to write.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) table: TableName,
    /// The key of the row as it is now; of one that is put back, the key it gets.
    pub(super) key: Row,
    pub(super) action: WriteAction,
    /// The row as it is now.
    pub(super) live: Option<Row>,
    /// The row as it will be, as far as it is known.
    pub(super) wanted: Option<Row>,
}

/// What came of each row.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) drafts: Vec<Draft>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) notes: Notes,
}

/// What the person should know, each sentence once.
#[derive(Debug, Default)]
pub(super) struct Notes {
    sentences: BTreeSet<String>,
    /// How many rows of each table are as they should be already.
    already: BTreeMap<TableName, u64>,
}

impl Notes {
    pub(super) fn say(&mut self, sentence: String) {
        self.sentences.insert(sentence);
    }

    pub(super) fn sentences(self) -> Vec<String> {
        let already = self.already.into_iter().map(|(table, rows)| match rows {
            1 => format!("one row of {table} is as it should be already"),
            rows => format!("{rows} rows of {table} are as they should be already"),
        });
        already.chain(self.sentences).collect()
    }
}

impl<'a> Facts<'a> {
    pub(super) fn table(&self, name: &TableName) -> Result<&'a FoundTable> {
        self.tables.iter().find(|table| table.name == *name).ok_or_else(|| {
            Error::request(format!("{name} is not there any more: its rows can't be put back"))
                .hint("make the table again and apply its declaration; or revert the events of other tables one by one")
        })
    }

    pub(super) fn key(&self, table: &TableName) -> &'a [String] {
        self.captures.get(table).map_or(&[], |capture| capture.key.as_slice())
    }

    /// The sets of columns whose values no two rows may share: the key too, whether or not a constraint guards it.
    pub(super) fn uniques(&self, table: &TableName) -> impl Iterator<Item = &'a [String]> {
        let found = self.tables.iter().find(|found| found.name == *table);
        let guarded = found.map_or(&[][..], |found| found.uniques.as_slice());
        let key = self.key(table);
        let bare = !key.is_empty() && !guarded.iter().any(|unique| unique == key);
        guarded.iter().map(Vec::as_slice).chain(bare.then_some(key))
    }

    /// Columns that change without an event.
    fn ignored(&self, table: &TableName) -> &'a [String] {
        let capture = self.captures.get(table);
        capture.and_then(|capture| capture.complete_events()).map_or(&[], |events| events.ignored.as_slice())
    }

    fn part(&self, table: &TableName, row: &Row) -> Row {
        self.key(table).iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone()))).collect()
    }
}

/// The rows that must be looked at before anything can be decided.
pub(super) fn questions(fates: &[Fate], facts: &Facts<'_>) -> Vec<RowsNow> {
    let of_fate = |fate: &Fate| {
        let rows = fate.after.iter().chain(&fate.before);
        let keys = rows.map(|row| facts.part(&fate.table, row)).collect::<Vec<_>>();
        let table = fate.table.clone();
        keys.into_iter().map(move |key| question(&table, key))
    };
    fates.iter().filter(|fate| fate.unknown.is_empty()).flat_map(of_fate).collect()
}

/// Two rows are enough to see that a key is not one row's alone.
fn question(table: &TableName, key: Row) -> RowsNow {
    RowsNow { table: table.clone(), matching: key, limit: 2 }
}

/// A draft, a conflict or a note for each row.
pub(super) fn decide(fates: &[Fate], facts: &Facts<'_>, live: &Live) -> Result<Decided> {
    let mut decided = Decided::default();
    let place = |fate: &Fate, row: &Row| (fate.table.clone(), values(facts.key(&fate.table), row));
    let left = fates.iter().filter_map(|fate| Some(place(fate, fate.after.as_ref()?)));
    let left: HashSet<(TableName, Values)> = left.collect();
    for fate in fates {
        let found = facts.table(&fate.table)?;
        Judge { fate, facts, found, live, left: &left, decided: &mut decided }.judge();
    }
    Ok(decided)
}

struct Judge<'a> {
    fate: &'a Fate,
    facts: &'a Facts<'a>,
    found: &'a FoundTable,
    live: &'a Live,
    /// The keys of the rows that the changes left.
    left: &'a HashSet<(TableName, Values)>,
    decided: &'a mut Decided,
}

impl Judge<'_> {
    fn judge(&mut self) {
        let Some(state) = self.fate.after.as_ref().or(self.fate.before.as_ref()) else { return };
        let key = self.facts.part(&self.fate.table, state);
        if !self.fate.unknown.is_empty() {
            let unknown = self.fate.unknown.iter().cloned().collect();
            return self.conflict(key, ConflictKind::NotRecorded(unknown));
        }
        let rows = self.live.rows(&self.fate.table, &key);
        if rows.len() > 1 {
            let columns = self.facts.key(&self.fate.table).to_vec();
            return self.conflict(key, ConflictKind::UniqueClash(columns));
        }
        let live = rows.first().cloned();
        match (&self.fate.before, &self.fate.after) {
            (None, None) => {}
            (None, Some(after)) => self.take_away(key, after, live),
            (Some(before), None) => self.put_back(key, before, live),
            (Some(before), Some(after)) => self.change_back(key, before, after, live),
        }
    }

    fn conflict(&mut self, key: Row, why: ConflictKind) {
        self.decided.conflicts.push(Conflict { table: self.fate.table.clone(), key, why });
    }

    fn already(&mut self) {
        *self.decided.notes.already.entry(self.fate.table.clone()).or_default() += 1;
    }

    fn draft(&mut self, key: Row, action: WriteAction, live: Option<Row>, wanted: Option<Row>) {
        self.decided.drafts.push(Draft { table: self.fate.table.clone(), key, action, live, wanted });
    }

    fn is_ignored(&self, name: &str) -> bool {
        self.facts.ignored(&self.fate.table).iter().any(|ignored| ignored == name)
    }

    /// Whether a write may give it a value: of identity columns, only a row that is put back.
    fn is_writable(&self, name: &str, put_back: bool) -> bool {
        let there = self.found.columns.iter().any(|column| column.name == name && column.recordable);
        let generated = self.found.generated.iter().find(|generated| generated.column == name);
        there && generated.is_none_or(|generated| generated.identity && put_back)
    }

    /// The recorded columns that the row has with another value; those that count.
    fn changed_since(&self, left: &Row, live: &Row) -> Vec<(String, crate::Value, crate::Value)> {
        let counts = |name: &str| !self.is_ignored(name) && self.is_writable(name, true);
        let differs = left
            .iter()
            .filter(|(name, value)| counts(name) && live.get(*name).is_some_and(|now| now != *value));
        differs.map(|(name, value)| (name.clone(), value.clone(), live[name].clone())).collect()
    }

    /// The row was inserted: it goes.
    fn take_away(&mut self, key: Row, after: &Row, live: Option<Row>) {
        let Some(live) = live else { return self.already() };
        let changed = self.changed_since(after, &live);
        if !changed.is_empty() {
            return self.conflict(key, ConflictKind::ChangedSince(changed));
        }
        let expect = after.iter().filter(|(name, _)| !self.is_ignored(name) && live.contains_key(*name));
        let expect = expect.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.draft(key, WriteAction::Delete { expect }, Some(live), None);
    }

    /// The row was deleted: it comes back.
    fn put_back(&mut self, key: Row, before: &Row, live: Option<Row>) {
        // A row that came to this key by what is undone has its own draft, and is gone by then.
        let place = (self.fate.table.clone(), values(self.facts.key(&self.fate.table), &key));
        if let Some(live) = live.filter(|_| !self.left.contains(&place)) {
            if self.changed_since(before, &live).is_empty() {
                return self.already();
            }
            return self.conflict(key, ConflictKind::Exists);
        }
        let table = &self.fate.table;
        let missing = |name: &&String| !before.contains_key(*name);
        let required: Vec<String> = self.found.required.iter().filter(missing).cloned().collect();
        if !required.is_empty() {
            return self.conflict(key, ConflictKind::NotRecorded(required));
        }
        for name in self.found.columns.iter().map(|column| &column.name).filter(missing) {
            if self.is_writable(name, false) {
                let sentence = format!("{table}: column `{name}` was not recorded and gets its default");
                self.decided.notes.say(sentence);
            }
        }
        let mut values = Row::new();
        for (name, value) in before {
            if self.is_writable(name, true) {
                values.insert(name.clone(), value.clone());
            } else if !self.found.columns.iter().any(|column| column.name == *name) {
                let sentence = format!("{table}: column `{name}` is not there any more and stays away");
                self.decided.notes.say(sentence);
            }
        }
        self.draft(key, WriteAction::Insert(values.clone()), None, Some(values));
    }

    /// The row was changed: what was changed is changed back.
    fn change_back(&mut self, key: Row, before: &Row, after: &Row, live: Option<Row>) {
        let changed: Vec<String> = self.fate.differing().intersection(&self.fate.changed).cloned().collect();
        if changed.is_empty() {
            return;
        }
        let Some(live) = live else { return self.changed_and_gone(key, before, &changed) };
        let mut since = Vec::new();
        let (mut set, mut expect) = (Row::new(), Row::new());
        for name in changed {
            let Some(now) = live.get(&name).filter(|_| self.is_writable(&name, false)) else { continue };
            let (Some(was), Some(left)) = (before.get(&name), after.get(&name)) else {
                let sentence = format!("{}: column `{name}` is left as it is", self.fate.table);
                self.decided.notes.say(format!("{sentence}: what it was is not recorded for every row"));
                continue;
            };
            if now == was {
                continue;
            }
            if now == left {
                set.insert(name.clone(), was.clone());
                if !self.is_ignored(&name) {
                    expect.insert(name, left.clone());
                }
            } else if !self.is_ignored(&name) {
                since.push((name, left.clone(), now.clone()));
            }
        }
        if !since.is_empty() {
            return self.conflict(key, ConflictKind::ChangedSince(since));
        }
        if set.is_empty() {
            return self.already();
        }
        if self.fate.between.iter().any(|name| set.contains_key(name)) {
            let table = &self.fate.table;
            let sentence = format!(
                "{table}: rows were changed by others in between; where both changed a column, it gets the value from before all"
            );
            self.decided.notes.say(sentence);
        }
        let mut wanted = live.clone();
        wanted.extend(set.clone());
        self.draft(key, WriteAction::Update { set, expect }, Some(live), Some(wanted));
    }

    /// The row is not where the change left it: perhaps its key was changed back already.
    fn changed_and_gone(&mut self, key: Row, before: &Row, changed: &[String]) {
        let old_key = self.facts.part(&self.fate.table, before);
        let there = self.live.rows(&self.fate.table, &old_key);
        let is_back = |live: &Row| {
            changed.iter().all(|name| live.get(name).is_none_or(|now| before.get(name) == Some(now)))
        };
        if old_key != key && there.first().is_some_and(is_back) {
            return self.already();
        }
        self.conflict(key, ConflictKind::Gone);
    }
}
