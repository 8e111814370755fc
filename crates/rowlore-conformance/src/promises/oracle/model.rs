//! The model: the rows of the table, in memory, and what happened to them.

use std::collections::{BTreeMap, BTreeSet};

use rowlore::{Change, Op, Row};
use serde_json::json;

/// The columns of a row that are not its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) name: Option<&'static str>,
    pub(super) n: Option<i64>,
}

/// What the table holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) bodies: BTreeMap<i64, Body>,
    /// Rows from before the tracking that nothing happened to yet.
    without_event: BTreeSet<i64>,
}

/// One change of one row, as an event should tell it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Happened {
    op: Op,
    key: Row,
    old_key: Option<Row>,
    old: Option<Row>,
    new: Option<Row>,
    changed: Option<Vec<String>>,
    pub(super) actor: Option<String>,
}

impl Model {
    /// The rows that `oracle.rs` inserts before the tracking begins.
    pub(super) fn seeded() -> Self {
        let body = |name, n| Body { name, n };
        let rows = [
            (0, body(Some("a"), Some(0))),
            (1, body(Some("b"), None)),
            (2, body(None, Some(2))),
            (100, body(Some("a"), Some(3))),
        ];
        Self { without_event: rows.iter().map(|(id, _)| *id).collect(), bodies: rows.into() }
    }

    /// Each row, by key.
    pub(super) fn rows(&self) -> Vec<Row> {
        self.by_key().into_values().collect()
    }

    pub(super) fn by_key(&self) -> BTreeMap<i64, Row> {
        self.bodies.iter().map(|(id, body)| (*id, row(*id, body))).collect()
    }

    pub(super) fn insert(&mut self, id: i64, body: Body, happened: &mut Vec<Happened>) {
        let new = row(id, &body);
        self.bodies.insert(id, body);
        happened.push(Happened { new: Some(new), ..Happened::to(Op::Insert, key(id)) });
    }

    pub(super) fn delete(&mut self, id: i64, happened: &mut Vec<Happened>) {
        let Some(body) = self.bodies.remove(&id) else { return };
        self.baseline(id, &body, happened);
        happened.push(Happened { old: Some(row(id, &body)), ..Happened::to(Op::Delete, key(id)) });
    }

    pub(super) fn truncate(&mut self, happened: &mut Vec<Happened>) {
        for (id, body) in std::mem::take(&mut self.bodies) {
            self.baseline(id, &body, happened);
        }
        happened.push(Happened::to(Op::Truncate, Row::new()));
    }

    /// Rows become others, all at once: the way an update sees them.
    pub(super) fn update(&mut self, updates: Vec<(i64, i64, Body)>, happened: &mut Vec<Happened>) {
        let before: Vec<_> = updates
            .iter()
            .filter_map(|(from, ..)| self.bodies.remove(from).map(|body| (*from, body)))
            .collect();
        for ((from, old), (_, to, new)) in before.into_iter().zip(updates) {
            let (old_row, new_row) = (row(from, &old), row(to, &new));
            if old_row != new_row {
                self.baseline(from, &old, happened);
                let differs = |name: &&str| old_row[*name] != new_row[*name];
                let changed = ["id", "name", "n"].iter().filter(|name| differs(name));
                happened.push(Happened {
                    old_key: (from != to).then(|| key(from)),
                    changed: Some(changed.map(|name| (*name).to_owned()).collect()),
                    old: Some(old_row),
                    new: Some(new_row),
                    ..Happened::to(Op::Update, key(to))
                });
            }
            self.bodies.insert(to, new);
        }
    }

    fn baseline(&mut self, id: i64, body: &Body, happened: &mut Vec<Happened>) {
        if self.without_event.remove(&id) {
            happened.push(Happened { new: Some(row(id, body)), ..Happened::to(Op::Baseline, key(id)) });
        }
    }
}

impl Happened {
    fn to(op: Op, key: Row) -> Self {
        Self { op, key, old_key: None, old: None, new: None, changed: None, actor: None }
    }

    /// What rows become by all that one statement did to them.
    pub(super) fn replay(statement: &[Self], rows: &mut BTreeMap<i64, Row>) {
        let id = |key: &Row| key["id"].as_i64().unwrap_or_default();
        // All of it at once: a row may take a key that another one leaves.
        for one in statement {
            match one.op {
                Op::Update | Op::Delete => {
                    rows.remove(&id(one.old_key.as_ref().unwrap_or(&one.key)));
                }
                Op::Truncate => rows.clear(),
                Op::Insert | Op::Baseline | Op::Manual => {}
            }
        }
        let new = statement.iter().filter(|one| matches!(one.op, Op::Insert | Op::Update));
        rows.extend(new.filter_map(|one| Some((id(&one.key), one.new.clone()?))));
    }

    pub(super) fn from_event(event: &Change) -> Self {
        let Change { op, key, old_key, old, new, changed, context, .. } = event.clone();
        Self { op, key, old_key, old, new, changed, actor: context.actor }
    }

    /// All of it, to be compared and read. Whose transaction found a row without a baseline is nobody's promise.
    pub(super) fn text(&self) -> String {
        let Self { op, key, old_key, old, new, changed, actor } = self;
        let actor = actor.as_deref().filter(|_| *op != Op::Baseline).unwrap_or("nobody");
        json!([op.name(), key, {"old_key": old_key, "old": old, "new": new, "changed": changed}, actor])
            .to_string()
    }
}

fn key(id: i64) -> Row {
    Row::from_iter([("id".to_owned(), id.into())])
}

fn row(id: i64, body: &Body) -> Row {
    Row::from_iter([
        ("id".to_owned(), id.into()),
        ("name".to_owned(), body.name.into()),
        ("n".to_owned(), body.n.into()),
    ])
}
