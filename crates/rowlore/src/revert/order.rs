//! The order of the writes: parents come before the rows that point at them and go after them, and a value that only
//! one row may have is free before another row gets it.
//!
//! Pure. Without any such tie: inserts, updates, deletes. What can't be untied relies on deferred constraints.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use serde_json::Value;

use super::checks::pointing_at;
use super::decide::{Draft, Facts};
use super::live::{Values, renamed, values};
use super::{Write, WriteAction, Writes};
use crate::TableName;
use crate::change::Row;

/// What one draft waits for another by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie<'a> {
    /// A foreign key.
    Pointer,
    /// The first has a value that the second gets.
    Unique(&'a [String]),
}

/// Writes in an order that foreign keys and unique values allow, and what the person should know about it.
pub(super) struct Ordered {
    pub(super) writes: Writes,
    /// Whether some of them can only be made while constraints wait until the end.
    pub(super) relies_on_deferred: bool,
    /// The tables whose pointers are left to follow their parents' keys.
    pub(super) following: BTreeSet<TableName>,
}

/// Finds that order.
pub(super) fn order(mut drafts: Vec<Draft>, facts: &Facts<'_>) -> Ordered {
    let ahead = follow(&mut drafts, facts);
    let following = ahead.iter().map(|(child, _)| drafts[*child].table.clone()).collect();
    let ties = ties(&drafts, facts, ahead);
    let mut sorter = Sorter::new(&drafts, facts, ties);
    sorter.sort();
    let Sorter { writes, relies_on_deferred, .. } = sorter;
    Ordered { writes: Writes { rows: writes }, relies_on_deferred, following }
}

/// Whose values of these columns are these: of drafts that have them now, or will have them.
type Index<'a> = HashMap<(&'a TableName, &'a [String], Values), Vec<usize>>;

fn index<'a>(
    drafts: &'a [Draft],
    facts: &Facts<'a>,
    row: impl Fn(&Draft, &[String]) -> Option<Row>,
) -> Index<'a> {
    let mut index = Index::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Ok(found) = facts.table(&draft.table) else { continue };
        let targets = pointing_at(facts, &draft.table).map(|(_, foreign)| &foreign.target);
        let own = found.foreign_keys.iter().map(|foreign| &foreign.columns);
        let sets: BTreeSet<&[String]> = targets.chain(own).chain(&found.uniques).map(Vec::as_slice).collect();
        for columns in sets {
            if let Some(row) = row(draft, columns) {
                index.entry((&draft.table, columns, values(columns, &row))).or_default().push(at);
            }
        }
    }
    index
}

/// Where a parent's key changes back, the pointers of its children follow by themselves (`on update cascade`: else the
/// key could not have been changed under them): writing them again would find them changed. What else is written to such
/// a child comes before its parent: pairs of drafts.
fn follow(drafts: &mut [Draft], facts: &Facts<'_>) -> Vec<(usize, usize)> {
    let (mut led, mut ahead) = (vec![Vec::new(); drafts.len()], Vec::new());
    {
        let frees = index(drafts, facts, Draft::frees);
        for (child, draft) in drafts.iter().enumerate() {
            let Ok(found) = facts.table(&draft.table) else { continue };
            for foreign in &found.foreign_keys {
                let (Some(was), Some(will)) = (draft.frees(&foreign.columns), draft.takes(&foreign.columns))
                else {
                    continue;
                };
                let target = |row: &Row| renamed(row, &foreign.columns, &foreign.target);
                let (Some(was), Some(will)) = (target(&was), target(&will)) else { continue };
                let place = (&foreign.table, foreign.target.as_slice(), values(&foreign.target, &was));
                let leads = |parent: &&usize| {
                    let gets = drafts[**parent].takes(&foreign.target);
                    gets.is_some_and(|row| values(&foreign.target, &row) == values(&foreign.target, &will))
                };
                if let Some(parent) = frees.get(&place).into_iter().flatten().find(leads) {
                    led[child].extend(foreign.columns.iter().cloned());
                    ahead.push((child, *parent));
                }
            }
        }
    }
    for (draft, columns) in drafts.iter_mut().zip(&led) {
        if let WriteAction::Update { set, expect } = &mut draft.action {
            for name in columns {
                set.shift_remove(name);
                expect.shift_remove(name);
            }
        }
    }
    ahead
}

/// For each draft the drafts that wait for it.
fn ties<'a>(
    drafts: &'a [Draft],
    facts: &Facts<'a>,
    ahead: Vec<(usize, usize)>,
) -> Vec<Vec<(usize, Tie<'a>)>> {
    let takes = index(drafts, facts, Draft::takes);
    let frees = index(drafts, facts, Draft::frees);
    let mut ties: Vec<Vec<(usize, Tie<'a>)>> = vec![Vec::new(); drafts.len()];
    let mut tie = |first: usize, then: usize, tie: Tie<'a>| {
        if first != then {
            ties[first].push((then, tie));
        }
    };
    for (first, then) in ahead {
        tie(first, then, Tie::Pointer);
    }
    for (at, draft) in drafts.iter().enumerate() {
        let Ok(found) = facts.table(&draft.table) else { continue };
        for foreign in &found.foreign_keys {
            let place = |row: Row| {
                let target = renamed(&row, &foreign.columns, &foreign.target)?;
                Some((&foreign.table, foreign.target.as_slice(), values(&foreign.target, &target)))
            };
            // It points at a row that another draft brings: after that.
            let parents = draft.takes(&foreign.columns).and_then(place).and_then(|place| takes.get(&place));
            parents.into_iter().flatten().for_each(|parent| tie(*parent, at, Tie::Pointer));
            // It points at a row that another draft takes away: before that.
            let parents = draft.frees(&foreign.columns).and_then(place).and_then(|place| frees.get(&place));
            parents.into_iter().flatten().for_each(|parent| tie(at, *parent, Tie::Pointer));
        }
        for unique in facts.uniques(&draft.table) {
            let Some(taken) = draft.takes(unique) else { continue };
            let place = (&draft.table, unique, values(unique, &taken));
            let holders = frees.get(&place).into_iter().flatten();
            holders.for_each(|holder| tie(*holder, at, Tie::Unique(unique)));
        }
    }
    ties
}

struct Sorter<'a> {
    drafts: &'a [Draft],
    facts: &'a Facts<'a>,
    ties: Vec<Vec<(usize, Tie<'a>)>>,
    /// How many drafts each one waits for.
    waits: Vec<usize>,
    /// Which drafts are of one table and write the same columns, inserts first, deletes last: such are written one after
    /// the other, so that an engine can write them together.
    kinds: Vec<usize>,
    /// Drafts that wait for nothing, by their kind.
    ready: BTreeMap<usize, BinaryHeap<Reverse<usize>>>,
    /// The kind of the last one written.
    kind: usize,
    done: Vec<bool>,
    /// Values that a row has been given for the time being, so that another could get its own.
    parked: HashMap<usize, Row>,
    writes: Vec<Write>,
    relies_on_deferred: bool,
}

impl<'a> Sorter<'a> {
    fn new(drafts: &'a [Draft], facts: &'a Facts<'a>, ties: Vec<Vec<(usize, Tie<'a>)>>) -> Self {
        let mut waits = vec![0; drafts.len()];
        for (then, _) in ties.iter().flatten() {
            waits[*then] += 1;
        }
        let kinds = kinds(drafts);
        let mut ready: BTreeMap<usize, BinaryHeap<Reverse<usize>>> = BTreeMap::new();
        for at in (0..drafts.len()).filter(|at| waits[*at] == 0) {
            ready.entry(kinds[at]).or_default().push(Reverse(at));
        }
        let done = vec![false; drafts.len()];
        let (parked, writes) = (HashMap::new(), Vec::with_capacity(drafts.len()));
        let (kind, relies_on_deferred) = (0, false);
        Self { drafts, facts, ties, waits, kinds, ready, kind, done, parked, writes, relies_on_deferred }
    }

    /// The next draft that waits for nothing: of the same kind as the last one, as long as there is such a one.
    fn next(&mut self) -> Option<usize> {
        if !self.ready.contains_key(&self.kind) {
            self.kind = *self.ready.keys().next()?;
        }
        let heap = self.ready.get_mut(&self.kind)?;
        let Reverse(at) = heap.pop()?;
        if heap.is_empty() {
            self.ready.remove(&self.kind);
        }
        Some(at)
    }

    fn sort(&mut self) {
        let mut first_left = 0;
        loop {
            while let Some(at) = self.next() {
                self.write(at);
            }
            while self.done.get(first_left) == Some(&true) {
                first_left += 1;
            }
            let left = first_left..self.drafts.len();
            if left.is_empty() {
                return;
            }
            // A ring: a value is parked, or the constraints have to wait.
            if !left.clone().any(|at| self.park(at)) {
                self.relies_on_deferred = true;
                let left = left.filter(|at| !self.done[*at]);
                let easiest = left.min_by_key(|at| (rank(&self.drafts[*at]), *at));
                easiest.into_iter().for_each(|at| self.write(at));
            }
        }
    }

    fn write(&mut self, at: usize) {
        if std::mem::replace(&mut self.done[at], true) {
            return;
        }
        let draft = &self.drafts[at];
        let mut action = draft.action.clone();
        if let (WriteAction::Update { expect, .. }, Some(parked)) = (&mut action, self.parked.get(&at)) {
            expect.extend(parked.clone());
        }
        // Nothing is left of an update whose pointers follow by themselves.
        let empty = matches!(&action, WriteAction::Update { set, .. } if set.is_empty());
        if !empty {
            self.writes.push(Write { table: draft.table.clone(), key: draft.key.clone(), action });
        }
        for (then, _) in std::mem::take(&mut self.ties[at]) {
            self.release(then);
        }
    }

    fn release(&mut self, at: usize) {
        self.waits[at] = self.waits[at].saturating_sub(1);
        if self.waits[at] == 0 && !self.done[at] {
            self.ready.entry(self.kinds[at]).or_default().push(Reverse(at));
        }
    }

    /// Gives a row that holds another's value null for the time being, if one of the columns may be null.
    fn park(&mut self, at: usize) -> bool {
        if self.done[at] {
            return false;
        }
        let draft = &self.drafts[at];
        let (WriteAction::Update { set, .. }, Ok(found)) = (&draft.action, self.facts.table(&draft.table))
        else {
            return false;
        };
        let may_be_null = |name: &&String| {
            set.contains_key(*name)
                && !found.required.contains(name)
                && !found.primary_key.contains(name)
                && !self.facts.key(&draft.table).contains(name)
        };
        let holds = |tie: Tie<'a>| match tie {
            Tie::Unique(columns) => columns.iter().find(may_be_null),
            Tie::Pointer => None,
        };
        let waiting = self.ties[at].iter().filter(|(then, _)| !self.done[*then]);
        let Some(name) = waiting.filter_map(|(_, tie)| holds(*tie)).next().cloned() else { return false };
        let now = draft.live.as_ref().and_then(|live| live.get(&name)).cloned().unwrap_or_default();
        let action = WriteAction::Update { set: one(&name, Value::Null), expect: one(&name, now) };
        self.writes.push(Write { table: draft.table.clone(), key: draft.key.clone(), action });
        self.parked.entry(at).or_default().insert(name.clone(), Value::Null);
        let (freed, kept) = std::mem::take(&mut self.ties[at])
            .into_iter()
            .partition(|(_, tie)| matches!(tie, Tie::Unique(columns) if columns.contains(&name)));
        self.ties[at] = kept;
        let freed: Vec<(usize, Tie<'a>)> = freed;
        freed.into_iter().for_each(|(then, _)| self.release(then));
        true
    }
}

fn one(name: &str, value: Value) -> Row {
    std::iter::once((name.to_owned(), value)).collect()
}

/// The number of each draft's kind, in the order in which kinds are written where nothing else decides.
fn kinds(drafts: &[Draft]) -> Vec<usize> {
    let kind = |draft: &Draft| {
        let (set, expect): (Vec<String>, Vec<String>) = match &draft.action {
            WriteAction::Insert(row) => (row.keys().cloned().collect(), Vec::new()),
            WriteAction::Update { set, expect } => {
                (set.keys().cloned().collect(), expect.keys().cloned().collect())
            }
            WriteAction::Delete { expect } => (Vec::new(), expect.keys().cloned().collect()),
        };
        (draft.table.clone(), set, expect)
    };
    let mut known: HashMap<_, usize> = HashMap::new();
    let mut kinds: Vec<(u8, usize)> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let next = known.len();
        kinds.push((rank(draft), *known.entry(kind(draft)).or_insert(next)));
    }
    // Inserts have lower numbers than updates, and those than deletes.
    let ordered: BTreeSet<(u8, usize)> = kinds.iter().copied().collect();
    let numbers: HashMap<(u8, usize), usize> =
        ordered.into_iter().enumerate().map(|(number, kind)| (kind, number)).collect();
    kinds.iter().map(|kind| numbers.get(kind).copied().unwrap_or(0)).collect()
}

fn rank(draft: &Draft) -> u8 {
    match draft.action {
        WriteAction::Insert(_) => 0,
        WriteAction::Update { .. } => 1,
        WriteAction::Delete { .. } => 2,
    }
}
