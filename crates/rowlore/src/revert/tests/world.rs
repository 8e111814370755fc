//! A few tables as lists of rows, which refuse what a database would refuse.

use std::collections::HashMap;

use serde_json::Value;

use crate::TableName;
use crate::capture::{Capture, EventTable};
use crate::change::{Change, Op, Row};
use crate::declare::Unchanged;
use crate::found::{Compare, ForeignKey, FoundColumn, FoundTable};
use crate::read::{RowsNow, changed_columns};
use crate::revert::decide::{self, Facts};
use crate::revert::fold::{Told, fold};
use crate::revert::live::Live;
use crate::revert::{Conflict, Write, WriteAction, checks, order};

pub(super) fn row(value: &Value) -> Row {
    value.as_object().cloned().expect("an object")
}

pub(super) fn named(name: &str) -> TableName {
    TableName::new("", name)
}

/// A table with the primary key `id`; `parent` names the tables that columns point at.
pub(super) fn table(name: &str, columns: &[&str], pointers: &[(&str, &str)], uniques: &[&str]) -> FoundTable {
    let column = |name: &&str| FoundColumn {
        name: (*name).to_owned(),
        event_type: "bigint".to_owned(),
        compare: Compare::Native,
        recordable: true,
    };
    let foreign = |(column, target): &(&str, &str)| ForeignKey {
        columns: vec![(*column).to_owned()],
        table: named(target),
        target: vec!["id".to_owned()],
    };
    let uniques = ["id"].iter().chain(uniques).map(|column| vec![(*column).to_owned()]);
    FoundTable {
        name: named(name),
        columns: columns.iter().map(column).collect(),
        primary_key: vec!["id".to_owned()],
        foreign_keys: pointers.iter().map(foreign).collect(),
        uniques: uniques.collect(),
        required: vec!["id".to_owned()],
        ..FoundTable::default()
    }
}

fn capture(found: &FoundTable, ignored: &[&str]) -> Capture {
    let key = found.primary_key.clone();
    let events = EventTable {
        columns: found.columns.clone(),
        key: key.clone(),
        complete: true,
        ignored: ignored.iter().map(|name| (*name).to_owned()).collect(),
        ..EventTable::named("events")
    };
    Capture {
        table: found.name.clone(),
        partitions: Vec::new(),
        children: Vec::new(),
        inherits: false,
        columns: found.columns.clone(),
        key,
        unchanged: Unchanged::default(),
        rules: Vec::new(),
        manual: Vec::new(),
        foreign_keys: found.foreign_keys.clone(),
        links: Vec::new(),
        events: vec![events],
        retired: Vec::new(),
    }
}

/// Tables with their rows, and what was told about their changes.
pub(super) struct World {
    pub(super) tables: Vec<FoundTable>,
    captures: Vec<Capture>,
    pub(super) rows: HashMap<TableName, Vec<Row>>,
    pub(super) told: Vec<Told>,
}

pub(super) struct Planned {
    pub(super) writes: Vec<Write>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) notes: Vec<String>,
    pub(super) deferred: bool,
}

impl World {
    pub(super) fn new(tables: Vec<FoundTable>) -> Self {
        let captures = tables.iter().map(|table| capture(table, &["seen"])).collect();
        Self { tables, captures, rows: HashMap::new(), told: Vec::new() }
    }

    /// Rows that are there, and were not changed.
    pub(super) fn with(mut self, table: &str, rows: Value) -> Self {
        let rows = rows.as_array().expect("rows").iter().map(row);
        self.rows.entry(named(table)).or_default().extend(rows);
        self
    }

    /// A change that is recorded, and done.
    pub(super) fn change(mut self, table: &str, old: Value, new: Value) -> Self {
        let (old, new) = (old.as_object().cloned(), new.as_object().cloned());
        let rows = self.rows.entry(named(table)).or_default();
        if let Some(old) = &old {
            rows.retain(|row| row != old);
        }
        rows.extend(new.clone());
        self.tell(table, old, new);
        self
    }

    pub(super) fn tell(&mut self, table: &str, old: Option<Row>, new: Option<Row>) {
        let key = |row: &Row| Row::from_iter([("id".to_owned(), row["id"].clone())]);
        let op = match (&old, &new) {
            (None, _) => Op::Insert,
            (_, None) => Op::Delete,
            _ => Op::Update,
        };
        let now = new.as_ref().or(old.as_ref()).map(key).expect("a row");
        let before = old.as_ref().map(key).filter(|before| *before != now);
        let changed = old.as_ref().zip(new.as_ref()).map(|(old, new)| changed_columns(old, new));
        let change = Change {
            table: named(table),
            key: now,
            old_key: before,
            op,
            label: op.name().to_owned(),
            event_id: i64::try_from(self.told.len()).expect("few") + 1,
            xid: Some(1),
            at: crate::Timestamp::UNIX_EPOCH,
            new,
            old,
            changed,
            extra: None,
            version: None,
            context_id: None,
            context: crate::Context::default(),
        };
        self.told.push(Told { change, exact: true, taken: None });
    }

    fn ask(&self, live: &mut Live, questions: Vec<RowsNow>) {
        for question in questions {
            let fits =
                |row: &&Row| question.matching.iter().all(|(name, value)| row.get(name) == Some(value));
            let rows = self.rows.get(&question.table).into_iter().flatten().filter(fits).cloned();
            live.add(&question, rows.take(question.limit).collect());
        }
    }

    pub(super) fn plan(&self) -> Planned {
        let captures = self.captures.iter().map(|capture| (capture.table.clone(), capture)).collect();
        let facts = Facts { tables: &self.tables, captures };
        let keys = self.captures.iter().map(|capture| (capture.table.clone(), capture.key.clone()));
        let fates = fold(self.told.clone(), &keys.collect());
        let mut live = Live::default();
        self.ask(&mut live, decide::questions(&fates, &facts));
        let decided = decide::decide(&fates, &facts, &live).expect("a decision");
        self.ask(&mut live, checks::questions(&decided.drafts, &facts));
        let (drafts, clashes) = checks::check(decided.drafts, &facts, &live);
        let order::Ordered { writes, relies_on_deferred: deferred, .. } = order::order(drafts, &facts);
        let conflicts = decided.conflicts.into_iter().chain(clashes).collect();
        Planned { writes: writes.rows, conflicts, notes: decided.notes.sentences(), deferred }
    }

    /// Runs the plan, which must have no conflict; each write must be allowed when it is made. The rows by table.
    pub(super) fn reverted(mut self) -> HashMap<TableName, Vec<Row>> {
        let planned = self.plan();
        assert_eq!(planned.conflicts, []);
        for write in &planned.writes {
            self.write(write);
            if !planned.deferred {
                self.holds(write);
            }
        }
        for rows in self.rows.values_mut() {
            rows.sort_by_key(|row| row["id"].as_i64());
        }
        self.rows
    }

    fn write(&mut self, write: &Write) {
        let rows = self.rows.entry(write.table.clone()).or_default();
        let at = rows.iter().position(|row| write.key.iter().all(|(name, value)| row[name] == *value));
        let expected = |row: &Row, expect: &Row| expect.iter().all(|(name, value)| row[name] == *value);
        match (&write.action, at) {
            (WriteAction::Insert(values), None) => rows.push(values.clone()),
            (WriteAction::Update { set, expect }, Some(at)) if expected(&rows[at], expect) => {
                rows[at].extend(set.clone());
            }
            (WriteAction::Delete { expect }, Some(at)) if expected(&rows[at], expect) => {
                drop(rows.remove(at))
            }
            _ => panic!("the row is not what {write:?} expects: {at:?}"),
        }
    }

    fn holds(&self, after: &Write) {
        for table in &self.tables {
            let none = Vec::new();
            let rows = |name: &TableName| self.rows.get(name).unwrap_or(&none);
            for foreign in &table.foreign_keys {
                let dangling = rows(&table.name).iter().find(|row| {
                    let value = &row[&foreign.columns[0]];
                    !value.is_null() && !rows(&foreign.table).iter().any(|row| row["id"] == *value)
                });
                assert_eq!(dangling, None, "{} points at nothing after {after:?}", table.name);
            }
            for unique in table.uniques.iter().map(|unique| &unique[0]) {
                let mut values: Vec<&Value> = rows(&table.name)
                    .iter()
                    .map(|row| &row[unique])
                    .filter(|value| !value.is_null())
                    .collect();
                let all = values.len();
                values.sort_by_key(|value| value.to_string());
                values.dedup();
                assert_eq!(values.len(), all, "{unique} of {} twice after {after:?}", table.name);
            }
        }
    }
}
