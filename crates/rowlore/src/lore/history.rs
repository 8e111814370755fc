//! The history of one row: its own events through changes of its key, and those of rows that are linked to it.

use jiff::Timestamp;

use super::{Lore, today};
use crate::change::{Change, Row};
use crate::engine::Engine;
use crate::found::Registered;
use crate::read::{EventQuery, RowRef};
use crate::{Result, TableName};

/// Which part of a row's history; the default is all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// At or after this moment.
    pub since: Option<Timestamp>,
    /// At or before this moment.
    pub until: Option<Timestamp>,
    /// Only the latest so many; none means all.
    pub limit: Option<usize>,
    /// Whether the events of tables that declare `links` to this one are told with its own.
    pub links: bool,
}

impl Default for History {
    fn default() -> Self {
        Self { since: None, until: None, limit: None, links: true }
    }
}

/// How many events are read at once while a history is put together.
const PAGE: usize = 1000;

/// A stretch of a row's life under one key.
struct Stay {
    key: Row,
    /// Its events have higher ids than this.
    after: i64,
    /// Its events have lower ids than this; none means up to now.
    before: Option<i64>,
}

impl<E: Engine> Lore<E> {
    /// The history of one row, oldest first, through changes of its key; with it what happened to rows of tables that
    /// [link](crate::declare::TrackedTable::links) to it, such as `group.add` and `group.remove` of a join table.
    ///
    /// The key is a row of its key columns. `limit` keeps the latest.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub async fn history(&self, table: &TableName, key: &Row, history: &History) -> Result<Vec<Change>> {
        let limit = history.limit.unwrap_or(usize::MAX);
        let (mut changes, stays) = self.own_history(table, key, history).await?;
        let linking = if history.links { self.linking(table).await? } else { Vec::new() };
        if !linking.is_empty() {
            for stay in &stays {
                let linked = self.linked(&linking, table, stay, history).await?;
                changes.extend(linked);
            }
            changes.sort_by_key(|change| std::cmp::Reverse(change.event_id));
            // A table may link to itself: then an event may be both.
            changes.dedup_by_key(|change| change.event_id);
            changes.truncate(limit);
        }
        changes.reverse();
        Ok(changes)
    }

    /// The row's own events, newest first, and under which keys it stood meanwhile.
    async fn own_history(
        &self,
        table: &TableName,
        key: &Row,
        history: &History,
    ) -> Result<(Vec<Change>, Vec<Stay>)> {
        let limit = history.limit.unwrap_or(usize::MAX);
        let mut newest_first: Vec<Change> = Vec::new();
        let mut stays = vec![Stay { key: key.clone(), after: 0, before: None }];
        let mut query = EventQuery {
            tables: vec![table.clone()],
            key: Some(key.clone()),
            since: history.since,
            until: history.until,
            ..EventQuery::default()
        };
        while newest_first.len() < limit {
            query.limit = (limit - newest_first.len()).min(PAGE);
            let page = self.events(&query).await?;
            let full = page.len() == query.limit;
            let mut moved = false;
            for change in page {
                query.before = Some(change.event_id);
                let came_from = change.old_key.clone().filter(|_| Some(&change.key) == query.key.as_ref());
                newest_first.push(change);
                if let Some(came_from) = came_from {
                    // Before this event the row had another key: what is older stands there.
                    let at = query.before.unwrap_or(0);
                    if let Some(stay) = stays.last_mut() {
                        stay.after = at;
                    }
                    stays.push(Stay { key: came_from.clone(), after: 0, before: Some(at) });
                    query.key = Some(came_from);
                    query.not_with = query.before;
                    moved = true;
                    break;
                }
            }
            if !full && !moved {
                break;
            }
        }
        Ok((newest_first, stays))
    }

    /// The tables whose rows show their events in the history of rows of `table`.
    async fn linking(&self, table: &TableName) -> Result<Vec<TableName>> {
        let all = self.registered().await?;
        let named = |one: &&Registered| today(one) == *table;
        // A foreign key was written down when the table may have had another name.
        let before = all.iter().find(named).map(|one| one.installation.capture.table.clone());
        let points_here = |one: &&Registered| {
            let capture = &one.installation.capture;
            capture.foreign_keys.iter().any(|foreign| {
                let here = foreign.table == *table || Some(&foreign.table) == before.as_ref();
                here && matches!(foreign.columns.as_slice(), [column] if capture.links.contains(column))
            })
        };
        Ok(all.iter().filter(points_here).map(today).collect())
    }

    /// The events of linked rows while the row had this key, newest first.
    async fn linked(
        &self,
        linking: &[TableName],
        table: &TableName,
        stay: &Stay,
        history: &History,
    ) -> Result<Vec<Change>> {
        let limit = history.limit.unwrap_or(usize::MAX);
        let mut linked = Vec::new();
        let mut query = EventQuery {
            tables: linking.to_vec(),
            references: vec![RowRef::new(table.clone(), stay.key.clone())],
            links_only: true,
            since: history.since,
            until: history.until,
            before: stay.before,
            ..EventQuery::default()
        };
        while linked.len() < limit {
            query.limit = (limit - linked.len()).min(PAGE);
            let page = self.events(&query).await?;
            let full = page.len() == query.limit;
            query.before = page.last().map(|change| change.event_id);
            let within = page.iter().take_while(|change| change.event_id > stay.after).count();
            let more = full && within == page.len();
            linked.extend(page.into_iter().take(within));
            if !more {
                break;
            }
        }
        Ok(linked)
    }
}
