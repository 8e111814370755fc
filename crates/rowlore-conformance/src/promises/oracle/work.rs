//! Units of work: a statement on its own, or a transaction with contexts, scopes and savepoints.

use proptest::prelude::*;
use rowlore::Context;

use super::model::{Happened, Model};
use super::statement::{Kind, Statement, statement};
use crate::db::Db;
use crate::subject::{End, Step};

/// What is committed or rolled back as one.
#[derive(Debug, Clone)]
pub(super) enum Unit {
    /// One statement of a program that knows nothing of rowlore.
    Alone(Kind, Statement),
    /// A transaction.
    Transaction { kind: Kind, actor: Option<&'static str>, parts: Vec<Part>, end: End },
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Plain(Statement),
    Savepoint(Vec<Statement>, End),
    Scope(&'static str, Vec<Statement>),
}

pub(super) fn work(kind: Kind) -> BoxedStrategy<Unit> {
    let one = move || statement(kind);
    let some = move || prop::collection::vec(one(), 1..4);
    let end = || prop_oneof![3 => Just(End::Keep), 1 => Just(End::Undo)];
    let undone_half = || prop_oneof![Just(End::Keep), Just(End::Undo)];
    let part = prop_oneof![
        3 => one().prop_map(Part::Plain),
        1 => (some(), undone_half()).prop_map(|(statements, end)| Part::Savepoint(statements, end)),
        1 => (actor(), some()).prop_map(|(actor, statements)| Part::Scope(actor, statements)),
    ];
    let parts = prop::collection::vec(part, 1..5);
    let transaction = (prop::option::of(actor()), parts, end())
        .prop_map(move |(actor, parts, end)| Unit::Transaction { kind, actor, parts, end });
    prop_oneof![3 => one().prop_map(move |statement| Unit::Alone(kind, statement)), 2 => transaction].boxed()
}

fn actor() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ann", "bob"])
}

impl Unit {
    /// Runs it; the model follows, and what was kept is expected to have been captured.
    pub(super) async fn run(&self, db: &Db, model: &mut Model, expected: &mut Vec<Vec<Happened>>) {
        match self {
            Self::Alone(kind, statement) => {
                let mut follow = Follow { kind: *kind, truncates: db.words.truncates, model, expected };
                for sql in follow.statements(std::slice::from_ref(statement), None) {
                    db.run(sql).await;
                }
            }
            Self::Transaction { kind, actor, parts, end } => {
                let before = (model.clone(), expected.len());
                let mut follow = Follow { kind: *kind, truncates: db.words.truncates, model, expected };
                let steps: Vec<Step> = parts.iter().flat_map(|part| follow.part(part, *actor)).collect();
                if *end == End::Undo {
                    *model = before.0;
                    expected.truncate(before.1);
                }
                db.transaction(actor.map(Context::actor), steps, *end).await;
            }
        }
    }
}

struct Follow<'a> {
    kind: Kind,
    truncates: bool,
    model: &'a mut Model,
    expected: &'a mut Vec<Vec<Happened>>,
}

impl Follow<'_> {
    fn part(&mut self, part: &Part, actor: Option<&str>) -> Vec<Step> {
        match part {
            Part::Plain(one) => self.statements(std::slice::from_ref(one), actor).map(Step::Sql).collect(),
            Part::Savepoint(statements, end) => {
                let before = (self.model.clone(), self.expected.len());
                let steps = self.statements(statements, actor).map(Step::Sql).collect();
                if *end == End::Undo {
                    *self.model = before.0;
                    self.expected.truncate(before.1);
                }
                vec![Step::Savepoint(steps, *end)]
            }
            Part::Scope(inner, statements) => {
                let steps: Vec<Step> = self.statements(statements, Some(inner)).map(Step::Sql).collect();
                vec![Step::scope(Context::actor(*inner), steps)]
            }
        }
    }

    fn statements(&mut self, statements: &[Statement], actor: Option<&str>) -> impl Iterator<Item = String> {
        let mut sql = Vec::new();
        for statement in statements {
            let all = Statement::Delete(super::statement::Which::All);
            let can = self.truncates || !matches!(statement, Statement::Truncate);
            let statement = if can { statement } else { &all };
            if let Some((text, mut happened)) = statement.follow(self.kind, self.model) {
                happened.iter_mut().for_each(|one| one.actor = actor.map(str::to_owned));
                self.expected.push(happened);
                sql.push(text);
            }
        }
        sql.into_iter()
    }
}
