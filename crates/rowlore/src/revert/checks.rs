//! Whether the drafts get along with each other and with every other row: foreign keys and unique values.
//!
//! Pure. A draft in conflict is dropped, and its going may put others in conflict, so this goes round until it is quiet.

use std::collections::{HashMap, HashSet};

use super::decide::{Draft, Facts};
use super::live::{Live, Values, renamed, values};
use super::{Conflict, ConflictKind, WriteAction};
use crate::TableName;
use crate::change::Row;
use crate::found::{ForeignKey, FoundTable, TableKind};
use crate::read::RowsNow;

impl Draft {
    /// Whether one of these columns gets a value by this draft.
    pub(super) fn touches(&self, columns: &[String]) -> bool {
        match &self.action {
            WriteAction::Insert(_) => true,
            WriteAction::Update { set, .. } => columns.iter().any(|name| set.contains_key(name)),
            WriteAction::Delete { .. } => false,
        }
    }

    /// The values of these columns that the row has now and will not have any more.
    pub(super) fn frees(&self, columns: &[String]) -> Option<Row> {
        let leaves = match &self.action {
            WriteAction::Insert(_) => false,
            WriteAction::Update { .. } => self.touches(columns),
            WriteAction::Delete { .. } => true,
        };
        let live = self.live.as_ref().filter(|_| leaves)?;
        renamed(live, columns, columns)
    }

    /// The values of these columns that the row gets by this draft; none if one of them is null or not known.
    pub(super) fn takes(&self, columns: &[String]) -> Option<Row> {
        let wanted = self.wanted.as_ref().filter(|_| self.touches(columns))?;
        renamed(wanted, columns, columns)
    }
}

/// The foreign keys that point at `table`, with the tables they stand on; a partition has those of the whole table.
pub(super) fn pointing_at<'a>(
    facts: &Facts<'a>,
    table: &TableName,
) -> impl Iterator<Item = (&'a FoundTable, &'a ForeignKey)> {
    let standing = facts.tables.iter().filter(|found| found.kind != TableKind::Partition);
    let keys = standing.flat_map(|found| found.foreign_keys.iter().map(move |foreign| (found, foreign)));
    keys.filter(move |(_, foreign)| foreign.table == *table)
}

/// The rows that must be looked at before it can be said whether the drafts get along.
pub(super) fn questions(drafts: &[Draft], facts: &Facts<'_>) -> Vec<RowsNow> {
    let (mut questions, mut written) = (Vec::new(), HashMap::<&TableName, usize>::new());
    for draft in drafts {
        *written.entry(&draft.table).or_default() += 1;
    }
    for draft in drafts {
        let Ok(found) = facts.table(&draft.table) else { continue };
        for foreign in &found.foreign_keys {
            if let Some(taken) = draft.takes(&foreign.columns) {
                let target = renamed(&taken, &foreign.columns, &foreign.target);
                questions.extend(target.map(|row| ask(&foreign.table, row, 1)));
            }
        }
        for unique in facts.uniques(&draft.table) {
            // One more than the row itself.
            questions.extend(draft.takes(unique).map(|row| ask(&draft.table, row, 2)));
        }
        let WriteAction::Delete { .. } = draft.action else { continue };
        for (child, foreign) in pointing_at(facts, &draft.table) {
            let freed = draft.frees(&foreign.target);
            let row = freed.and_then(|freed| renamed(&freed, &foreign.target, &foreign.columns));
            // Any row that the drafts do not write is one too many.
            let limit = written.get(&child.name).copied().unwrap_or(0) + 1;
            questions.extend(row.map(|row| ask(&child.name, row, limit)));
        }
    }
    questions
}

fn ask(table: &TableName, matching: Row, limit: usize) -> RowsNow {
    RowsNow { table: table.clone(), matching, limit }
}

/// Splits the drafts into those that can be written and the conflicts of the others.
pub(super) fn check(mut drafts: Vec<Draft>, facts: &Facts<'_>, live: &Live) -> (Vec<Draft>, Vec<Conflict>) {
    let mut conflicts = Vec::new();
    loop {
        let found = Round::new(&drafts, facts, live).conflicts();
        if found.is_empty() {
            return (drafts, conflicts);
        }
        let dropped: HashSet<usize> = found.iter().map(|(index, _)| *index).collect();
        for (index, why) in found {
            let draft = &drafts[index];
            conflicts.push(Conflict { table: draft.table.clone(), key: draft.key.clone(), why });
        }
        let mut index = 0;
        drafts.retain(|_| {
            index += 1;
            !dropped.contains(&(index - 1))
        });
    }
}

/// The drafts that are left, and what leads to them.
struct Round<'a> {
    drafts: &'a [Draft],
    facts: &'a Facts<'a>,
    live: &'a Live,
    /// Which draft writes the row that has this key now.
    writes: HashMap<(&'a TableName, Values), usize>,
    /// Which drafts give a row these values of these columns.
    gives: HashMap<(&'a TableName, &'a [String], Values), Vec<usize>>,
}

impl<'a> Round<'a> {
    fn new(drafts: &'a [Draft], facts: &'a Facts<'a>, live: &'a Live) -> Self {
        let (mut writes, mut gives) = (HashMap::new(), HashMap::<_, Vec<usize>>::new());
        for (index, draft) in drafts.iter().enumerate() {
            if draft.live.is_some() {
                writes.insert((&draft.table, values(facts.key(&draft.table), &draft.key)), index);
            }
            let targets = pointing_at(facts, &draft.table).map(|(_, foreign)| foreign.target.as_slice());
            let mut sets: Vec<&'a [String]> = facts.uniques(&draft.table).chain(targets).collect();
            sets.sort_unstable();
            sets.dedup();
            for columns in sets {
                if let Some(taken) = draft.takes(columns) {
                    let key = (&draft.table, columns, values(columns, &taken));
                    gives.entry(key).or_default().push(index);
                }
            }
        }
        Self { drafts, facts, live, writes, gives }
    }

    fn conflicts(&self) -> Vec<(usize, ConflictKind)> {
        let ring = self.rings_of_keys();
        let drafts = self.drafts.iter().enumerate();
        let conflict = |(index, draft): (usize, &'a Draft)| {
            let why = self.conflict(index, draft);
            let clash = || ConflictKind::UniqueClash(self.facts.key(&draft.table).to_vec());
            Some((index, why.or_else(|| ring.contains(&index).then(clash))?))
        };
        drafts.filter_map(conflict).collect()
    }

    /// Drafts whose keys go round: while one is written after the other, two rows would have the same key, and the next
    /// write could not tell them apart.
    fn rings_of_keys(&self) -> HashSet<usize> {
        let mut waits_for: HashMap<usize, usize> = HashMap::new();
        for (index, draft) in self.drafts.iter().enumerate() {
            let key = self.facts.key(&draft.table);
            let taken = draft.takes(key).filter(|_| draft.live.is_some());
            let holder = taken.and_then(|taken| self.writes.get(&(&draft.table, values(key, &taken))));
            waits_for.extend(holder.filter(|holder| **holder != index).map(|holder| (index, *holder)));
        }
        let (mut seen, mut ring) = (HashSet::new(), HashSet::new());
        let starts: Vec<usize> = waits_for.keys().copied().collect();
        for start in starts {
            let (mut way, mut at) = (Vec::new(), start);
            while seen.insert(at) {
                way.push(at);
                let Some(next) = waits_for.get(&at) else { break };
                at = *next;
            }
            let back = way.iter().position(|step| *step == at);
            let closed = back.filter(|_| waits_for.contains_key(&at));
            ring.extend(closed.into_iter().flat_map(|back| way[back..].to_vec()));
        }
        ring
    }

    fn conflict(&self, index: usize, draft: &Draft) -> Option<ConflictKind> {
        let found = self.facts.table(&draft.table).ok()?;
        let parent = || found.foreign_keys.iter().find(|foreign| self.lacks_parent(draft, foreign));
        let clash = || self.facts.uniques(&draft.table).find(|unique| self.clashes(index, draft, unique));
        let child = || {
            let mut children = pointing_at(self.facts, &draft.table);
            children.find(|(child, foreign)| self.is_referenced(draft, child, foreign))
        };
        if let Some(foreign) = parent() {
            let (columns, table) = (foreign.columns.clone(), foreign.table.clone());
            return Some(ConflictKind::MissingParent { columns, table });
        }
        if let Some(unique) = clash() {
            return Some(ConflictKind::UniqueClash(unique.to_vec()));
        }
        child().map(|(child, _)| ConflictKind::StillReferenced(child.name.clone()))
    }

    fn given(&self, table: &'a TableName, columns: &'a [String], row: &Row) -> &[usize] {
        self.gives.get(&(table, columns, values(columns, row))).map_or(&[], Vec::as_slice)
    }

    /// The draft that writes this live row, if one does.
    fn writer(&self, table: &'a TableName, row: &Row) -> Option<&'a Draft> {
        let key = self.facts.key(table);
        if key.is_empty() {
            return None;
        }
        self.writes.get(&(table, values(key, row))).map(|index| &self.drafts[*index])
    }

    /// Whether this live row keeps its values of these columns.
    fn keeps(&self, table: &'a TableName, columns: &[String], row: &Row) -> bool {
        self.writer(table, row).is_none_or(|writer| match &writer.action {
            WriteAction::Delete { .. } => false,
            _ => writer.wanted.as_ref().is_none_or(|wanted| values(columns, wanted) == values(columns, row)),
        })
    }

    fn lacks_parent(&self, draft: &'a Draft, foreign: &'a ForeignKey) -> bool {
        let Some(taken) = draft.takes(&foreign.columns) else { return false };
        let Some(target) = renamed(&taken, &foreign.columns, &foreign.target) else { return false };
        let rows = self.live.rows(&foreign.table, &target);
        !rows.iter().any(|row| self.keeps(&foreign.table, &foreign.target, row))
            && self.given(&foreign.table, &foreign.target, &target).is_empty()
    }

    fn clashes(&self, index: usize, draft: &'a Draft, unique: &'a [String]) -> bool {
        let Some(taken) = draft.takes(unique) else { return false };
        let is_own = |row: &Row| {
            let key = self.facts.key(&draft.table);
            draft.live.as_ref().is_some_and(|live| values(key, live) == values(key, row))
        };
        let rows = self.live.rows(&draft.table, &taken);
        rows.iter().any(|row| !is_own(row) && self.keeps(&draft.table, unique, row))
            || self.given(&draft.table, unique, &taken).iter().any(|other| *other != index)
    }

    /// Whether rows that nobody writes point at a row that goes. Where only its key changes back, they follow it or the
    /// database refuses.
    fn is_referenced(&self, draft: &'a Draft, child: &'a FoundTable, foreign: &'a ForeignKey) -> bool {
        let WriteAction::Delete { .. } = draft.action else { return false };
        let Some(freed) = draft.frees(&foreign.target) else { return false };
        // Another row may come to where this one was.
        if !self.given(&draft.table, &foreign.target, &freed).is_empty() {
            return false;
        }
        let Some(pointing) = renamed(&freed, &foreign.target, &foreign.columns) else { return false };
        let rows = self.live.rows(&child.name, &pointing);
        rows.iter().any(|row| self.keeps(&child.name, &foreign.columns, row))
    }
}
