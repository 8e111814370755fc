//! What became of each row by everything that is undone: its state before the first change and after the last.
//!
//! Column by column: what others changed in between stays out of it, and is put back by nobody.

use std::collections::{BTreeSet, HashMap};

use super::live::{Values, values};
use crate::TableName;
use crate::change::{Change, Op, Row};

/// One change to fold, and what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) change: Change,
    /// Whether both images are exactly what was right before and right after: else those of an update may be older.
    pub(super) exact: bool,
    /// Of a truncate: the rows that it took; none where that is not known.
    pub(super) taken: Option<Vec<Row>>,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fate {
    pub(super) table: TableName,
    /// The row before the first change, as recorded; none where there was none.
    pub(super) before: Option<Row>,
    /// The row after the last change; none where none was left.
    pub(super) after: Option<Row>,
    /// The columns that were changed.
    pub(super) changed: BTreeSet<String>,
    /// Columns of which it is not recorded what they were.
    pub(super) unknown: BTreeSet<String>,
    /// Columns that others changed between two of these changes.
    pub(super) between: BTreeSet<String>,
    /// The last change of its key, to know the same one told twice.
    moved: Option<(Values, Values)>,
}

impl Fate {
    pub(super) fn new(table: TableName, before: Option<Row>, after: Option<Row>) -> Self {
        let (changed, unknown, between) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { table, before, after, changed, unknown, between, moved: None }
    }

    /// Columns in which its two states differ.
    pub(super) fn differing(&self) -> BTreeSet<String> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return BTreeSet::new() };
        let names = before.keys().chain(after.keys());
        names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
    }
}

/// What became of each row, in the order in which the rows were first touched. The changes come oldest first.
pub(super) fn fold(told: Vec<Told>, keys: &HashMap<TableName, Vec<String>>) -> Vec<Fate> {
    let mut fold = Fold { keys, fates: Vec::new(), under: HashMap::new() };
    for Told { change, exact, taken } in told {
        let keyed =
            keys.get(&change.table).is_some_and(|key| key.iter().all(|name| change.key.contains_key(name)));
        match change.op {
            // An event that does not say of which row it is.
            Op::Insert | Op::Update | Op::Delete if !keyed => fold.nobody_knows(&change.table),
            Op::Insert => fold.insert(change),
            Op::Update => fold.update(change, exact),
            Op::Delete => fold.delete(change),
            Op::Truncate => fold.truncate(&change.table, taken),
            // Nothing happened to the row.
            Op::Baseline | Op::Manual => {}
        }
    }
    fold.fates
}

struct Fold<'a> {
    keys: &'a HashMap<TableName, Vec<String>>,
    fates: Vec<Fate>,
    /// The fates of the rows that stand under a key now, or stood there last.
    under: HashMap<(TableName, Values), Vec<usize>>,
}

impl Fold<'_> {
    fn key(&self, table: &TableName, row: &Row) -> Values {
        values(self.keys.get(table).map_or(&[], Vec::as_slice), row)
    }

    fn add(&mut self, key: Values, fate: Fate) -> usize {
        let index = self.fates.len();
        self.under.entry((fate.table.clone(), key)).or_default().push(index);
        self.fates.push(fate);
        index
    }

    /// The last fate under that key that fulfils this.
    fn last(&self, table: &TableName, key: &Values, wanted: impl Fn(&Fate) -> bool) -> Option<usize> {
        let under = self.under.get(&(table.clone(), key.clone()))?;
        under.iter().rev().copied().find(|index| wanted(&self.fates[*index]))
    }

    fn insert(&mut self, change: Change) {
        let key = self.key(&change.table, &change.key);
        let new = change.new.unwrap_or_default();
        if let Some(index) = self.last(&change.table, &key, |fate| fate.after.is_none()) {
            let fate = &mut self.fates[index];
            fate.after = Some(new);
            let differing = fate.differing();
            fate.changed.extend(differing);
        } else if let Some(index) = self.last(&change.table, &key, |fate| fate.before.is_none()) {
            // The same insert, recorded into another event table with other columns.
            self.fates[index].after.get_or_insert_default().extend(new);
        } else {
            self.add(key, Fate::new(change.table, None, Some(new)));
        }
    }

    fn delete(&mut self, change: Change) {
        let key = self.key(&change.table, &change.key);
        self.gone(change.table, &key, change.old.unwrap_or_default());
    }

    fn truncate(&mut self, table: &TableName, taken: Option<Vec<Row>>) {
        let Some(rows) = taken else { return self.nobody_knows(table) };
        for row in rows {
            let key = self.key(table, &row);
            self.gone(table.clone(), &key, row);
        }
    }

    /// Nobody knows which rows: one fate without a key stands for them.
    fn nobody_knows(&mut self, table: &TableName) {
        let key = values(&[], &Row::new());
        if self.last(table, &key, |_| true).is_none() {
            let mut fate = Fate::new(table.clone(), Some(Row::new()), None);
            fate.unknown = self.keys.get(table).into_iter().flatten().cloned().collect();
            self.add(key, fate);
        }
    }

    fn gone(&mut self, table: TableName, key: &Values, old: Row) {
        let live = self.last(&table, key, |fate| fate.after.is_some());
        if let Some(index) = live {
            let fate = &mut self.fates[index];
            fate.catch_up(&old);
            fate.after = None;
        } else if let Some(index) = self.last(&table, key, |fate| fate.before.is_some()) {
            // The same delete, recorded into another event table with other columns.
            let before = self.fates[index].before.get_or_insert_default();
            let new: Vec<_> = old.into_iter().filter(|(name, _)| !before.contains_key(name)).collect();
            before.extend(new);
        } else if self.last(&table, key, |_| true).is_none() {
            self.add(key.clone(), Fate::new(table, Some(old), None));
        }
    }

    fn update(&mut self, change: Change, exact: bool) {
        let to = self.key(&change.table, &change.key);
        let from = change.old_key.as_ref().map_or_else(|| to.clone(), |old| self.key(&change.table, old));
        let (Some(old), Some(new), true) = (&change.old, &change.new, exact) else {
            self.update_unknown(&change, &from, to);
            return;
        };
        let agrees = |fate: &Fate| {
            let shared =
                |after: &Row| old.iter().all(|(name, value)| after.get(name).is_none_or(|now| now == value));
            fate.after.as_ref().is_some_and(shared)
        };
        let (moves, table) = (from != to, &change.table);
        let mut index = self.last(table, &from, agrees);
        if moves && index.is_none() {
            // Told twice, or a row that came to this key in the same statement: then this is another one.
            let twice = |fate: &Fate| fate.moved.as_ref() == Some(&(from.clone(), to.clone()));
            if self.last(table, &to, twice).is_some() {
                return;
            }
        } else if index.is_none() {
            index = self.last(table, &from, |fate| fate.after.is_some());
        }
        let index = index.unwrap_or_else(|| {
            let fate = Fate::new(table.clone(), Some(old.clone()), Some(old.clone()));
            self.add(from.clone(), fate)
        });
        if moves {
            self.under.entry((table.clone(), from.clone())).or_default().retain(|one| *one != index);
            self.under.entry((table.clone(), to.clone())).or_default().push(index);
        }
        let fate = &mut self.fates[index];
        fate.catch_up(old);
        fate.changed.extend(change.changed.iter().flatten().cloned());
        if moves {
            fate.changed.extend(change.key.keys().cloned());
            fate.moved = Some((from, to));
        }
        fate.after.get_or_insert_default().extend(new.clone());
    }

    /// An update of which nothing but its columns is known for certain.
    fn update_unknown(&mut self, change: &Change, from: &Values, to: Values) {
        let found = self.last(&change.table, from, |_| true);
        let found = found.or_else(|| self.last(&change.table, &to, |_| true));
        let index = found.unwrap_or_else(|| {
            let old = change.old_key.clone().unwrap_or_else(|| change.key.clone());
            self.add(to, Fate::new(change.table.clone(), Some(old), Some(change.key.clone())))
        });
        let columns = change.old.iter().chain(&change.new).flat_map(Row::keys);
        let columns = columns.filter(|name| !change.key.contains_key(*name)).cloned();
        self.fates[index].unknown.extend(columns);
    }
}

impl Fate {
    /// Takes over what others changed since its last change: that is no part of what is undone.
    fn catch_up(&mut self, old: &Row) {
        for (name, value) in old {
            let left = self.after.as_ref().and_then(|after| after.get(name));
            if self.changed.contains(name) {
                if left.is_some_and(|left| left != value) {
                    self.between.insert(name.clone());
                }
            } else if let Some(before) = &mut self.before {
                before.insert(name.clone(), value.clone());
            }
        }
    }
}
