//! What is recorded: all events of a query, or one, told by the event table that knows the most.

use std::collections::{BTreeMap, HashSet};

use super::captures::{Captures, exact_events, is_narrow};
use super::{ROWS_MAX, too_many};
use crate::capture::{Capture, EventTable};
use crate::change::{Change, Op, Row};
use crate::engine::Engine;
use crate::read::{EventQuery, Moment, RowRef, RowsAt};
use crate::revert::fold::{Fate, Told, fold};
use crate::{Error, Result, TableName};

/// How many events are read at once.
const PAGE: usize = 10_000;

/// Asks the engine for what is recorded.
pub(super) struct Recorder<'a, E> {
    pub(super) engine: &'a E,
    pub(super) captures: &'a Captures<'a>,
}

impl<E: Engine> Recorder<'_, E> {
    /// What became of each row by the events of a query.
    pub(super) async fn all(&self, of: &str, query: EventQuery) -> Result<Vec<Fate>> {
        let told = self.told(of, query).await?;
        if told.is_empty() {
            return Err(Error::request(format!("no event of {of} is recorded")).hint(
                "each event says its transaction (`xid`), its context's number (`context_id`) and its request",
            ));
        }
        self.fates(told).await
    }

    /// What became of a row by one event.
    pub(super) async fn event(&self, event_id: i64) -> Result<Vec<Fate>> {
        let query = EventQuery { event_ids: vec![event_id], limit: 1, ..EventQuery::default() };
        let event = self.changes(&query).await?.pop();
        let event = event.ok_or_else(|| {
            Error::request(format!("there is no event {event_id}"))
                .hint("the history of a row gives each event's number")
        })?;
        if matches!(event.op, Op::Baseline | Op::Manual) {
            let what = event.op.name();
            return Err(Error::request(format!(
                "event {event_id} is a {what} event: nothing happened to its row"
            ))
            .hint("to put a row back to what it was then, revert the row to that moment"));
        }
        let capture = self.captures.capture(&event.table)?;
        let told = match exact_events(capture) {
            Some(events) => self.best(event, capture, events).await?,
            None => Told { change: event, exact: false, taken: None },
        };
        self.fates(vec![told]).await
    }

    /// The same change as the event table tells it that records all of them; else the event itself.
    async fn best(&self, event: Change, capture: &Capture, events: &EventTable) -> Result<Told> {
        let mut query = EventQuery {
            tables: vec![event.table.clone()],
            events: Some(events.name.clone()),
            ops: vec![event.op],
            since: Some(event.at),
            until: Some(event.at),
            xid: event.xid,
            limit: PAGE,
            ..EventQuery::default()
        };
        if event.op != Op::Truncate {
            query = query.tracks([RowRef::new(event.table.clone(), event.key.clone())]);
        }
        let mut there = self.changes(&query).await?;
        there.retain(|other| {
            (&other.key, &other.old_key) == (&event.key, &event.old_key)
                && !is_narrow(capture, events, other.op.name(), &other.label)
        });
        if there.iter().any(|other| other.event_id == event.event_id) {
            return Ok(Told { change: event, exact: true, taken: None });
        }
        // A row may be changed twice at the same time: then nobody knows which of both is meant.
        let only = if there.len() == 1 { there.pop() } else { None };
        Ok(Told { change: only.unwrap_or(event), exact: true, taken: None })
    }

    /// The events of a query, oldest first.
    pub(super) async fn told(&self, of: &str, query: EventQuery) -> Result<Vec<Told>> {
        let all = self.pages(of, query.clone()).await?;
        let mut told = Vec::with_capacity(all.len());
        let mut tables: BTreeMap<TableName, Vec<Change>> = BTreeMap::new();
        all.into_iter().for_each(|change| tables.entry(change.table.clone()).or_default().push(change));
        for (table, here) in tables {
            let capture = self.captures.capture(&table)?;
            let Some(events) = exact_events(capture) else {
                told.extend(here.into_iter().map(|change| Told { change, exact: false, taken: None }));
                continue;
            };
            let whole = |change: &Change| !is_narrow(capture, events, change.op.name(), &change.label);
            if capture.readable_events().count() == 1 {
                // There is no other event table: all of this is told by the one that knows the most.
                let whole = here.into_iter().filter(whole);
                told.extend(whole.map(|change| Told { change, exact: true, taken: None }));
                continue;
            }
            let part = EventQuery {
                tables: vec![table.clone()],
                events: Some(events.name.clone()),
                ..query.clone()
            };
            let part = self.pages(of, part).await?;
            // What an event table holds that nothing is recorded into any more, this one does not tell.
            let known: HashSet<i64> = part.iter().map(|change| change.event_id).collect();
            if here.into_iter().any(|change| !known.contains(&change.event_id)) {
                for retired in &capture.retired {
                    let name = Some(retired.name.clone());
                    let earlier = EventQuery { tables: vec![table.clone()], events: name, ..query.clone() };
                    let earlier = self.pages(of, earlier).await?.into_iter();
                    let earlier = earlier.filter(|change| !known.contains(&change.event_id));
                    told.extend(earlier.map(|change| Told { change, exact: false, taken: None }));
                }
            }
            let part = part.into_iter().filter(whole);
            told.extend(part.map(|change| Told { change, exact: true, taken: None }));
        }
        told.sort_by_key(|told| told.change.event_id);
        Ok(told)
    }

    /// Says of each truncate which rows it took.
    pub(super) async fn taken(&self, told: &mut [Told]) -> Result<()> {
        let mut left = ROWS_MAX;
        for one in told.iter_mut().filter(|one| one.change.op == Op::Truncate) {
            let (table, event_id) = (&one.change.table, one.change.event_id);
            if self.captures.capture(table)?.complete_events().is_none() {
                continue;
            }
            let rows = self.rows_before(table, None, event_id, left + 1).await?;
            left = left.checked_sub(rows.len()).ok_or_else(|| too_many("a truncate"))?;
            one.taken = Some(rows);
        }
        Ok(())
    }

    /// The rows of a table, or one of them, right before an event.
    pub(super) async fn rows_before(
        &self,
        table: &TableName,
        key: Option<&Row>,
        event_id: i64,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let at = Moment::After(event_id - 1);
        let query = RowsAt { table: table.clone(), key: key.cloned(), at, limit };
        self.engine.rows_at(&query).await
    }

    pub(super) async fn changes(&self, query: &EventQuery) -> Result<Vec<Change>> {
        Ok(self.engine.events(query).await?.into_iter().map(Change::from).collect())
    }

    async fn fates(&self, mut told: Vec<Told>) -> Result<Vec<Fate>> {
        self.taken(&mut told).await?;
        Ok(fold(told, &self.captures.keys()))
    }

    /// Every page of a query.
    async fn pages(&self, of: &str, mut query: EventQuery) -> Result<Vec<Change>> {
        let mut all = Vec::new();
        query.limit = PAGE;
        loop {
            let page = self.changes(&query).await?;
            query.before = page.last().map(|change| change.event_id);
            let full = page.len() == PAGE;
            all.extend(page);
            if all.len() > ROWS_MAX {
                return Err(too_many(of));
            }
            if !full {
                return Ok(all);
            }
        }
    }
}
