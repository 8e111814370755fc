//! One generated statement: its SQL for the engine, and what it does to the model.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::model::{Body, Happened, Model};

/// What guards the key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A primary key.
    PrimaryKey,
    /// Nothing but the declaration.
    BareKey,
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Insert(Vec<(i64, Body)>),
    Upsert(Vec<(i64, Body)>),
    Update(Which, Set),
    Delete(Which),
    /// Keys move by so much; the flag changes another column along with them.
    Move(Which, i64, bool),
    Swap(i64, i64),
    Truncate,
}

/// Which rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    All,
    IdBelow(i64),
    NAtLeast(i64),
    NameIs(Option<&'static str>),
    Id(i64),
}

/// What an update sets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Set {
    Name(Option<&'static str>),
    Add(i64),
    Same,
    Both(Option<&'static str>, Option<i64>),
}

impl Kind {
    pub(super) fn create_table(self) -> &'static str {
        match self {
            Self::PrimaryKey => "create table t (id bigint primary key, name text, n bigint)",
            Self::BareKey => "create table t (id bigint not null, name text, n bigint)",
        }
    }
}

/// A statement that may be run on a table of this kind.
pub(super) fn statement(kind: Kind) -> BoxedStrategy<Statement> {
    let rows = || prop::collection::vec((id(), body()), 1..4);
    let inserts = rows().prop_map(Statement::Insert);
    let updates = (which(), set()).prop_map(|(which, set)| Statement::Update(which, set));
    let deletes = which().prop_map(Statement::Delete);
    let moves = |by: Vec<i64>| {
        (which(), prop::sample::select(by), any::<bool>())
            .prop_map(|(which, by, also)| Statement::Move(which, by, also))
    };
    match kind {
        Kind::PrimaryKey => prop_oneof![
            4 => inserts,
            3 => rows().prop_map(Statement::Upsert),
            5 => updates,
            2 => deletes,
            3 => moves(vec![100, -100, 3]),
            1 => Just(Statement::Truncate),
        ]
        .boxed(),
        Kind::BareKey => prop_oneof![
            4 => inserts,
            3 => updates,
            1 => deletes,
            4 => moves(vec![1, -1, 2]),
            2 => (id(), id()).prop_map(|(a, b)| Statement::Swap(a, b)),
        ]
        .boxed(),
    }
}

fn id() -> impl Strategy<Value = i64> {
    0..6_i64
}

fn name() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, Some(""), Some("a"), Some("b"), Some("it's")])
}

fn number() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(0..4_i64)
}

fn body() -> impl Strategy<Value = Body> {
    (name(), number()).prop_map(|(name, n)| Body { name, n })
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        Just(Which::All),
        id().prop_map(Which::IdBelow),
        (0..4_i64).prop_map(Which::NAtLeast),
        name().prop_map(Which::NameIs),
        id().prop_map(Which::Id),
    ]
}

fn set() -> impl Strategy<Value = Set> {
    prop_oneof![
        name().prop_map(Set::Name),
        (0..3_i64).prop_map(Set::Add),
        Just(Set::Same),
        (name(), number()).prop_map(|(name, n)| Set::Both(name, n)),
    ]
}

impl Statement {
    /// The SQL, after the model has followed it; none where the database would refuse it.
    pub(super) fn follow(&self, kind: Kind, model: &mut Model) -> Option<(String, Vec<Happened>)> {
        let mut happened = Vec::new();
        let sql = match self {
            Self::Insert(rows) => {
                let rows = each_key_once(rows, |id| !model.bodies.contains_key(&id));
                rows.iter().for_each(|(id, body)| model.insert(*id, body.clone(), &mut happened));
                format!("insert into t (id, name, n) values {}", values(&rows)?)
            }
            Self::Upsert(rows) => upsert(&each_key_once(rows, |_| true), model, &mut happened)?,
            Self::Update(which, set) => {
                let touched = which.rows(model);
                model.update(
                    touched.into_iter().map(|(id, body)| (id, id, set.applied(body))).collect(),
                    &mut happened,
                );
                format!("update t set {} where {}", set.sql(), which.sql())
            }
            Self::Delete(which) => {
                which.rows(model).iter().for_each(|(id, _)| model.delete(*id, &mut happened));
                format!("delete from t where {}", which.sql())
            }
            Self::Move(which, by, also) => {
                let add = if *also { Set::Add(1) } else { Set::Same };
                let moves: Vec<_> = which
                    .rows(model)
                    .into_iter()
                    .map(|(id, body)| (id, id + by, add.applied(body)))
                    .collect();
                moved(kind, model, moves, &mut happened)?;
                let also = if *also { ", n = n + 1" } else { "" };
                format!("update t set id = id + ({by}){also} where {}", which.sql())
            }
            Self::Swap(a, b) => {
                let rows = [Which::Id(*a).rows(model), Which::Id(*b).rows(model)].concat();
                let other = |id| if id == *a { *b } else { *a };
                moved(
                    kind,
                    model,
                    rows.into_iter().map(|(id, body)| (id, other(id), body)).collect(),
                    &mut happened,
                )?;
                format!("update t set id = case id when {a} then {b} else {a} end where id in ({a}, {b})")
            }
            Self::Truncate => {
                model.truncate(&mut happened);
                "truncate t".to_owned()
            }
        };
        Some((sql, happened))
    }
}

fn each_key_once(rows: &[(i64, Body)], wanted: impl Fn(i64) -> bool) -> Vec<(i64, Body)> {
    let mut seen = BTreeSet::new();
    rows.iter().filter(|(id, _)| wanted(*id) && seen.insert(*id)).cloned().collect()
}

fn upsert(rows: &[(i64, Body)], model: &mut Model, happened: &mut Vec<Happened>) -> Option<String> {
    let (there, new): (Vec<_>, Vec<_>) =
        rows.iter().cloned().partition(|(id, _)| model.bodies.contains_key(id));
    new.into_iter().for_each(|(id, body)| model.insert(id, body, happened));
    model.update(there.into_iter().map(|(id, body)| (id, id, body)).collect(), happened);
    let arm = "on conflict (id) do update set name = excluded.name, n = excluded.n";
    Some(format!("insert into t (id, name, n) values {} {arm}", values(rows)?))
}

/// Follows moves of keys, unless two rows would share one, or a key constraint would see them do so on the way.
fn moved(
    kind: Kind,
    model: &mut Model,
    moves: Vec<(i64, i64, Body)>,
    happened: &mut Vec<Happened>,
) -> Option<()> {
    let from: BTreeSet<i64> = moves.iter().map(|(from, ..)| *from).collect();
    let to: BTreeSet<i64> = moves.iter().map(|(_, to, _)| *to).collect();
    let taken = |id: &i64| model.bodies.contains_key(id) && (kind == Kind::PrimaryKey || !from.contains(id));
    if to.len() < moves.len() || to.iter().any(taken) {
        return None;
    }
    model.update(moves, happened);
    Some(())
}

fn values(rows: &[(i64, Body)]) -> Option<String> {
    let one = |(id, body): &(i64, Body)| format!("({id}, {}, {})", text(body.name), number_sql(body.n));
    if rows.is_empty() { None } else { Some(rows.iter().map(one).collect::<Vec<_>>().join(", ")) }
}

fn text(name: Option<&str>) -> String {
    name.map_or_else(|| "null".to_owned(), rowlore::quote_text)
}

fn number_sql(n: Option<i64>) -> String {
    n.map_or_else(|| "null".to_owned(), |n| n.to_string())
}

impl Which {
    fn rows(self, model: &Model) -> Vec<(i64, Body)> {
        let holds = |id: i64, body: &Body| match self {
            Self::All => true,
            Self::IdBelow(limit) => id < limit,
            Self::NAtLeast(limit) => body.n.is_some_and(|n| n >= limit),
            Self::NameIs(name) => body.name == name,
            Self::Id(wanted) => id == wanted,
        };
        model
            .bodies
            .iter()
            .filter(|(id, body)| holds(**id, body))
            .map(|(id, body)| (*id, body.clone()))
            .collect()
    }

    fn sql(self) -> String {
        match self {
            Self::All => "true".to_owned(),
            Self::IdBelow(limit) => format!("id < {limit}"),
            Self::NAtLeast(limit) => format!("n >= {limit}"),
            Self::NameIs(None) => "name is null".to_owned(),
            Self::NameIs(name) => format!("name = {}", text(name)),
            Self::Id(id) => format!("id = {id}"),
        }
    }
}

impl Set {
    fn applied(self, body: Body) -> Body {
        match self {
            Self::Name(name) => Body { name, ..body },
            Self::Add(by) => Body { n: body.n.map(|n| n + by), ..body },
            Self::Same => body,
            Self::Both(name, n) => Body { name, n },
        }
    }

    fn sql(self) -> String {
        match self {
            Self::Name(name) => format!("name = {}", text(name)),
            Self::Add(by) => format!("n = n + {by}"),
            Self::Same => "name = name, n = n".to_owned(),
            Self::Both(name, n) => format!("name = {}, n = {}", text(name), number_sql(n)),
        }
    }
}
