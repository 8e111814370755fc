//! What is about a row without being its own: rows that point at it, and rows that point at those.

use std::collections::HashSet;

use super::{Lore, today};
use crate::change::Change;
use crate::engine::Engine;
use crate::read::{EventQuery, RowRef};
use crate::{Error, Result};

/// More rows than this are not gathered: an answer of that size is a mistake in the question.
const ROWS_MAX: usize = 100_000;

/// How many rows are asked about at once.
const ROWS_ASKED: usize = 500;

impl<E: Engine> Lore<E> {
    /// The tracked rows that pointed at one of `rows` at any recorded time, then those that pointed at them, and so on
    /// for so many levels (`usize::MAX` for all), each once. Rows that point at each other in a ring end it.
    ///
    /// # Errors
    /// When a table was never tracked, there are more than 100,000 such rows, or the database fails.
    pub async fn related(&self, rows: &[RowRef], levels: usize) -> Result<Vec<RowRef>> {
        let mut level = self.resolved(rows).await?;
        let mut seen: HashSet<String> = level.iter().map(identity).collect();
        let mut related: Vec<RowRef> = Vec::new();
        for _ in 0..levels {
            let mut next = Vec::new();
            for some in level.chunks(ROWS_ASKED) {
                let found = self.engine.referencing(some).await?;
                next.extend(found.into_iter().filter(|row| seen.insert(identity(row))));
            }
            if next.is_empty() {
                break;
            }
            related.extend(next.iter().cloned());
            if related.len() > ROWS_MAX {
                return Err(Error::request(format!("more than {ROWS_MAX} rows point at these"))
                    .hint("ask for fewer levels, or for fewer rows at once"));
            }
            level = next;
        }
        Ok(related)
    }

    /// Events of these rows and of all that is [related](Self::related) to them, newest first; the query says which
    /// and how many.
    ///
    /// # Errors
    /// As [`related`](Self::related) and [`events`](Self::events), or when the query names rows of its own.
    pub async fn events_about(
        &self,
        rows: &[RowRef],
        levels: usize,
        query: EventQuery,
    ) -> Result<Vec<Change>> {
        if !query.rows.is_empty() || !query.references.is_empty() || query.key.is_some() {
            return Err(Error::request(
                "a query about rows and what is related to them names no rows itself",
            )
            .hint("give all rows to events_about, or ask events with `tracks` and `references`"));
        }
        let mut all = self.resolved(rows).await?;
        all.extend(self.related(rows, levels).await?);
        self.events(&query.tracks(all)).await
    }

    /// The same rows with the full name of their table today.
    async fn resolved(&self, rows: &[RowRef]) -> Result<Vec<RowRef>> {
        let mut resolved: Vec<RowRef> = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let known = rows[..index].iter().position(|before| before.table == row.table);
            let table = match known {
                Some(known) => resolved[known].table.clone(),
                None => today(&self.find(&row.table).await?),
            };
            resolved.push(RowRef::new(table, row.key.clone()));
        }
        Ok(resolved)
    }
}

/// A row's table and key as one text.
fn identity(row: &RowRef) -> String {
    let mut key: Vec<_> = row.key.iter().collect();
    key.sort_by_key(|(name, _)| name.as_str());
    format!("{} {key:?}", row.table)
}
