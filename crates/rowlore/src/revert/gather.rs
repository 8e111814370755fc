//! What a revert has to know before anything can be decided, asked of the engine.

mod captures;

mod deleted;

mod recorded;

mod then;

use std::collections::HashSet;

use self::captures::Captures;
use self::recorded::Recorder;
use super::decide::Facts;
use super::fold::Fate;
use super::live::{self, Live};
use super::order::Ordered;
use super::{Revert, RevertPlan, checks, decide, order};
use crate::change::Row;
use crate::declare::check::Declarations;
use crate::engine::Engine;
use crate::read::{EventQuery, RowsNow};
use crate::{Error, Result, Value};

/// More events or rows than this are not reverted at once.
const ROWS_MAX: usize = 1_000_000;

/// So many questions are asked at once: they and their answers are held in memory on both sides.
const QUESTIONS_MAX: usize = 10_000;

/// What is undone.
struct Undone {
    /// In words.
    of: String,
    /// For the record.
    record: Row,
    fates: Vec<Fate>,
    notes: Vec<String>,
}

/// The plan of a revert; nothing is written.
pub(crate) async fn plan<E: Engine>(engine: &E, revert: &Revert) -> Result<RevertPlan> {
    let registered = engine.registered().await?;
    let captures = Captures::new(&registered);
    let found = engine.inspect(&Declarations::default()).await?;
    let facts = Facts { tables: &found.tables, captures: captures.by_name() };
    let Undone { of, record, fates, notes } = undone(engine, &captures, &facts, revert).await?;
    captures.all_are_tracked(fates.iter().map(|fate| &fate.table))?;

    let mut live = Live::default();
    ask(engine, &mut live, decide::questions(&fates, &facts)).await?;
    let mut decided = decide::decide(&fates, &facts, &live)?;
    notes.into_iter().for_each(|note| decided.notes.say(note));
    ask(engine, &mut live, checks::questions(&decided.drafts, &facts)).await?;
    let (drafts, clashes) = checks::check(decided.drafts, &facts, &live);
    let Ordered { writes, relies_on_deferred, following } = order::order(drafts, &facts);
    for table in following {
        let what = "pointers follow the keys that change back (`on update cascade`)";
        decided.notes.say(format!("{table}: {what}; a constraint without that refuses the revert"));
    }
    if relies_on_deferred {
        let what =
            "some rows can only be written while their constraints wait until the end of the transaction";
        decided.notes.say(format!("{what}: constraints that are not deferrable will refuse them"));
    }
    let mut conflicts = decided.conflicts;
    conflicts.extend(clashes);
    Ok(RevertPlan { of, record, writes, conflicts, notes: decided.notes.sentences() })
}

/// What became of each row by what is undone.
async fn undone<E: Engine>(
    engine: &E,
    captures: &Captures<'_>,
    facts: &Facts<'_>,
    revert: &Revert,
) -> Result<Undone> {
    let recorder = Recorder { engine, captures };
    let all_of = async |of: String, what: &str, number: Value, query: EventQuery| {
        let fates = recorder.all(&of, query).await?;
        Ok(Undone { of, record: record(what, number), fates, notes: Vec::new() })
    };
    match revert {
        Revert::Event(event_id) => {
            let fates = recorder.event(*event_id).await?;
            let record = record("event", Value::from(*event_id));
            Ok(Undone { of: format!("event {event_id}"), record, fates, notes: Vec::new() })
        }
        Revert::Context(id) => {
            let query = EventQuery::default().in_context(*id);
            all_of(format!("context {id}"), "context", Value::from(*id), query).await
        }
        Revert::Transaction(xid) => {
            let query = EventQuery::default().in_transaction(*xid);
            all_of(format!("transaction {xid}"), "transaction", Value::from(*xid), query).await
        }
        Revert::Request(request) => {
            let query = EventQuery { request: Some(request.clone()), ..EventQuery::default() };
            all_of(format!("request {request}"), "request", Value::from(request.clone()), query).await
        }
        Revert::Row(row, moment) => then::row(&recorder, row, *moment).await,
        Revert::Deleted(row) => deleted::row(&recorder, facts, row).await,
    }
}

fn record(what: &str, value: Value) -> Row {
    std::iter::once((what.to_owned(), value)).collect()
}

/// Asks what is not known yet, each question once and many at a time.
async fn ask<E: Engine>(engine: &E, live: &mut Live, mut questions: Vec<RowsNow>) -> Result<()> {
    let mut asked = HashSet::new();
    questions.retain(|question| !live.knows(question) && asked.insert(live::place(question)));
    for some in questions.chunks(QUESTIONS_MAX) {
        let answers = engine.rows_now_each(some).await?;
        some.iter().zip(answers).for_each(|(question, rows)| live.add(question, rows));
    }
    Ok(())
}

/// An answer that is too large to be held.
fn too_many(what: &str) -> Error {
    Error::request(format!("{what} is about more than {ROWS_MAX} events or rows: too many to revert at once"))
        .hint("revert it in parts: by context, by row, or event by event")
}
