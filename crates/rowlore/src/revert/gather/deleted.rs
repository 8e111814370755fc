//! A deleted row, with the rows that went or lost their pointer with it, level by level.

use std::collections::{HashMap, HashSet, VecDeque};

use super::captures::exact_events;
use super::recorded::Recorder;
use super::then::key_text;
use super::{Undone, record};
use crate::change::{Change, Op, Row};
use crate::engine::Engine;
use crate::read::{EventQuery, RowRef};
use crate::revert::decide::Facts;
use crate::revert::fold::{Fate, Told};
use crate::revert::live::{Values, renamed, values};
use crate::{Error, Result, TableName};

pub(super) async fn row<E: Engine>(
    recorder: &Recorder<'_, E>,
    facts: &Facts<'_>,
    row: &RowRef,
) -> Result<Undone> {
    let of = format!("the delete of {} {}", row.table, key_text(&row.key));
    let (delete, image) = last_delete(recorder, row).await?;
    let what = serde_json::json!({"table": row.table.to_string(), "key": row.key});
    let mut undone = Undone { of, record: record("deleted", what), fates: Vec::new(), notes: Vec::new() };
    let query = match delete.xid {
        Some(xid) => EventQuery::default().in_transaction(xid),
        // A statement of a program that gave its transaction no number: its events have one time.
        None => EventQuery { since: Some(delete.at), until: Some(delete.at), ..EventQuery::default() },
    };
    let mut told = recorder.told(&undone.of, query).await?;
    told.retain(|one| one.change.xid == delete.xid);
    recorder.taken(&mut told).await?;
    undone.fates = Together::new(&told, facts).with(&row.table, image);
    Ok(undone)
}

/// The last delete of the row, and the row as it was.
async fn last_delete<E: Engine>(recorder: &Recorder<'_, E>, row: &RowRef) -> Result<(Change, Row)> {
    let capture = recorder.captures.capture(&row.table)?;
    let mut query = EventQuery {
        tables: vec![row.table.clone()],
        key: Some(row.key.clone()),
        ops: vec![Op::Delete, Op::Truncate],
        events: exact_events(capture).map(|events| events.name.clone()),
        limit: 1,
        ..EventQuery::default()
    };
    while let Some(change) = recorder.changes(&query).await?.pop() {
        query.before = Some(change.event_id);
        if let Some(image) = change.old.clone() {
            return Ok((change, image));
        }
        if capture.complete_events().is_some() {
            let taken = recorder.rows_before(&row.table, Some(&row.key), change.event_id, 1).await?;
            if let Some(image) = taken.into_iter().next() {
                return Ok((change, image));
            }
        }
    }
    Err(Error::request(format!("no delete of that row of {} is recorded", row.table))
        .hint("its history shows what is; a row whose key changed was deleted under the last one"))
}

/// What happened in one transaction, by the rows that it pointed at until then.
struct Together<'a> {
    facts: &'a Facts<'a>,
    /// Of each foreign key's target, the rows that pointed there and were deleted or lost the pointer.
    pointed: HashMap<(&'a TableName, &'a [String]), ByValues<'a>>,
    /// The rows that were deleted.
    deleted: HashSet<(&'a TableName, Values)>,
}

/// Rows by the values they pointed at.
type ByValues<'a> = HashMap<Values, Vec<Lost<'a>>>;

/// A row that pointed at another one.
#[derive(Clone, Copy)]
enum Lost<'a> {
    /// It went.
    Row(&'a TableName, &'a Row),
    /// These columns got other values.
    Pointer(&'a Change, &'a [String]),
}

impl<'a> Together<'a> {
    fn new(told: &'a [Told], facts: &'a Facts<'a>) -> Self {
        let mut together = Self { facts, pointed: HashMap::new(), deleted: HashSet::new() };
        for Told { change, exact, taken } in told {
            match (&change.old, &change.new) {
                (Some(old), None) if change.op == Op::Delete => together.lost(&change.table, old),
                (Some(old), Some(new)) if change.op == Op::Update && *exact => {
                    together.repointed(change, old, new);
                }
                _ => taken.iter().flatten().for_each(|row| together.lost(&change.table, row)),
            }
        }
        together
    }

    fn lost(&mut self, table: &'a TableName, row: &'a Row) {
        self.deleted.insert((table, values(self.facts.key(table), row)));
        self.point(table, row, |_| true, Lost::Row(table, row), None);
    }

    fn repointed(&mut self, change: &'a Change, old: &'a Row, new: &'a Row) {
        let moved = |columns: &[String]| values(columns, old) != values(columns, new);
        self.point(&change.table, old, moved, Lost::Pointer(change, &[]), Some(change));
    }

    fn point(
        &mut self,
        table: &'a TableName,
        row: &'a Row,
        counts: impl Fn(&[String]) -> bool,
        lost: Lost<'a>,
        pointer: Option<&'a Change>,
    ) {
        let Ok(found) = self.facts.table(table) else { return };
        for foreign in found.foreign_keys.iter().filter(|foreign| counts(&foreign.columns)) {
            let Some(target) = renamed(row, &foreign.columns, &foreign.target) else { continue };
            let lost = pointer.map_or(lost, |change| Lost::Pointer(change, &foreign.columns));
            let place = self.pointed.entry((&foreign.table, foreign.target.as_slice())).or_default();
            place.entry(values(&foreign.target, &target)).or_default().push(lost);
        }
    }

    /// The row, and what pointed at it, and what pointed at that.
    fn with(&self, table: &'a TableName, image: Row) -> Vec<Fate> {
        let mut fates: Vec<Fate> = Vec::new();
        let mut places: HashMap<(TableName, Values), usize> = HashMap::new();
        let mut next = VecDeque::from([(table.clone(), image)]);
        while let Some((table, row)) = next.pop_front() {
            let place = (table.clone(), values(self.facts.key(&table), &row));
            if places.contains_key(&place) {
                continue;
            }
            places.insert(place, fates.len());
            fates.push(Fate::new(table.clone(), Some(row.clone()), None));
            for lost in self.pointing_at(&table, &row) {
                match lost {
                    Lost::Row(child, row) => next.push_back((child.clone(), row.clone())),
                    Lost::Pointer(change, columns) => self.repoint(change, columns, &mut fates, &mut places),
                }
            }
        }
        fates
    }

    fn pointing_at(&self, table: &TableName, row: &Row) -> Vec<Lost<'a>> {
        let here = self.pointed.iter().filter(|((pointed, _), _)| *pointed == table);
        here.filter_map(|((_, target), rows)| rows.get(&values(target, row))).flatten().copied().collect()
    }

    fn repoint(
        &self,
        change: &Change,
        columns: &[String],
        fates: &mut Vec<Fate>,
        places: &mut HashMap<(TableName, Values), usize>,
    ) {
        let key = values(self.facts.key(&change.table), &change.key);
        // What was deleted later in the transaction did not point there any more when it went.
        if self.deleted.contains(&(&change.table, key.clone())) {
            return;
        }
        let index = *places.entry((change.table.clone(), key)).or_insert_with(|| {
            fates.push(Fate::new(change.table.clone(), change.old.clone(), change.new.clone()));
            fates.len() - 1
        });
        fates[index].changed.extend(columns.iter().cloned());
    }
}
