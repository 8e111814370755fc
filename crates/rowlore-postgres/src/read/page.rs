//! Which events: their places, newest first, found without reading what is in them.

use deadpool_postgres::ClientWrapper;
use rowlore::found::Registered;
use rowlore::read::{EventQuery, RowRef};
use rowlore::{Error, Result, Timestamp};
use tokio_postgres::Client;

use super::bind::Params;
use super::contexts::Contexts;
use super::references::Targets;
use super::rows::{self, Scope};
use super::source::{Relations, Source};
use super::{conditions, references};
use crate::error::failed;

/// Where an event is: which source, and the row's place in its table (stable within one snapshot).
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) ctid: String,
    pub(super) event_id: i64,
}

/// How many event ids a query without an index of its own looks through first; each further stretch is larger.
const STRETCH_FIRST: i64 = 20_000;

/// The same where each event is compared with the row's other image.
const STRETCH_COMPARED: i64 = 1_000;

/// A query together with what it takes to find its events.
pub(super) struct Search<'a> {
    pub(super) registered: &'a [Registered],
    pub(super) sources: &'a [Source<'a>],
    pub(super) relations: &'a Relations,
    pub(super) query: &'a EventQuery,
    /// The rows whose events are wanted; empty means any.
    pub(super) rows: Vec<RowRef>,
}

/// What is the same for every stretch.
struct Prepared<'a> {
    contexts: Option<Contexts<'a>>,
    targets: Option<Targets>,
}

impl Search<'_> {
    /// The newest `query.limit` places.
    pub(super) async fn read(&self, client: &ClientWrapper) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        let query = self.query;
        if self.sources.is_empty() || query.limit == 0 {
            return Ok(places);
        }
        let mut contexts = Contexts::of(query);
        if let Some(contexts) = contexts.as_mut().filter(|contexts| contexts.are_named()) {
            contexts.find(client).await?;
        }
        let targets = if query.references.is_empty() {
            None
        } else {
            let (rows, links) = (&query.references, query.links_only);
            Some(Targets::find(client, self.registered, self.sources, rows, links).await?)
        };
        let mut found_by_index = !self.rows.is_empty() || targets.is_some() || query.xid.is_some();
        let mut prepared = Prepared { contexts, targets };
        let (bottom, mut high) = self.bounds(client).await?;
        if let (Some(until), false) = (query.until, found_by_index) {
            let tables: Vec<String> = self.sources.iter().map(Source::sql).collect();
            high = newest_until(client, &tables, until, bottom, high).await?;
        }
        // Events come in the order of their ids, so the newest are at the end: look there first, and further back only
        // when that was not enough. What an index leads to is found at once.
        let compares = !query.changed.is_empty() || !query.values.is_empty();
        let mut stretch = if compares { STRETCH_COMPARED } else { STRETCH_FIRST };
        let mut looked = false;
        while high > bottom && places.len() < query.limit {
            if let Some(contexts) = &mut prepared.contexts {
                if looked && contexts.are_unknown() {
                    contexts.find(client).await?;
                }
                found_by_index |= contexts.are_few();
            }
            if found_by_index {
                // Without statistics the planner expects too little of an index.
                client
                    .batch_execute("set local enable_seqscan = off")
                    .await
                    .map_err(failed("read events"))?;
                stretch = i64::MAX;
            }
            let low = high.saturating_sub(stretch).max(bottom);
            let limit = query.limit - places.len();
            let Some((sql, params)) = self.statement(&prepared, low, high, limit)? else { break };
            // The history of a row is the question asked most, and its plan does not depend on the values.
            let rows = match self.rows.is_empty() {
                false => params.query_again(client, &sql).await,
                true => params.query(client, &sql).await,
            };
            let rows = rows.map_err(failed("read events"))?;
            places.extend(rows.iter().map(|row| Place {
                source: usize::try_from(row.get::<_, i32>(0)).unwrap_or(0),
                ctid: row.get(1),
                event_id: row.get(2),
            }));
            high = low;
            stretch = stretch.saturating_mul(8);
            looked = true;
        }
        Ok(places)
    }

    /// The lowest event id that is looked at, and the one after the highest.
    async fn bounds(&self, client: &Client) -> Result<(i64, i64)> {
        let last = client.query_typed("select last_value from rowlore.event_id", &[]).await;
        let last: i64 = last.map_err(failed("read events"))?.first().map_or(0, |row| row.get(0));
        let high = self.query.before.unwrap_or(i64::MAX).min(last.saturating_add(1));
        let ids = &self.query.event_ids;
        let low = ids.iter().min().copied().unwrap_or(0).max(0);
        Ok((low, ids.iter().max().map_or(high, |highest| high.min(highest.saturating_add(1)))))
    }

    /// One stretch of event ids as one statement; none when no source can have such an event.
    fn statement(
        &self,
        prepared: &Prepared<'_>,
        low: i64,
        high: i64,
        limit: usize,
    ) -> Result<Option<(String, Params)>> {
        let mut params = Params::default();
        let range =
            format!("e.rl_event_id >= {} and e.rl_event_id < {}", params.bind(low), params.bind(high));
        let limit = params.bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let common = conditions::common(self.query, &mut params);
        let mut arms = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            let scope = Scope { index, source, relations: self.relations, range: &range, limit: &limit };
            arms.extend(self.arm(prepared, &scope, &common, &mut params)?);
        }
        if arms.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "select * from (\n{}\n) page\norder by rl_event_id desc limit {limit}",
            arms.join("\nunion all\n")
        );
        Ok(Some((sql, params)))
    }

    fn arm(
        &self,
        prepared: &Prepared<'_>,
        scope: &Scope<'_>,
        common: &str,
        params: &mut Params,
    ) -> Result<Option<String>> {
        let Scope { index, source, relations: _, range, limit } = scope;
        let keys = rows::keys_of(source, &self.rows);
        let pointers =
            prepared.targets.as_ref().map(|targets| targets.pointers(source, self.query.links_only));
        if (!self.rows.is_empty() && keys.is_empty()) || pointers.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let contexts = prepared.contexts.as_ref();
        let asked = conditions::of(source, self.relations, self.query, contexts, common, params)?;
        let Some(asked) = asked else { return Ok(None) };
        Ok(Some(if !keys.is_empty() {
            rows::arm(scope, &keys, &asked, params)
        } else if let Some(pointers) = pointers {
            references::arm(scope, &pointers, &asked, params)
        } else {
            format!(
                "(select {index}, e.ctid::text, e.rl_event_id from {} e{}\n  \
                 where {range}{}\n  order by e.rl_event_id desc limit {limit})",
                source.sql(),
                asked.join,
                asked.sql
            )
        }))
    }
}

/// An event id above which no event is as old as `until`: halving finds it, since ids and times rise together, or nearly
/// so; where they do not, the answer is too high and costs a longer look, no event.
pub(super) async fn newest_until(
    client: &Client,
    tables: &[String],
    until: Timestamp,
    low: i64,
    high: i64,
) -> Result<i64> {
    let (mut low, mut high) = (low, high);
    if high - low <= STRETCH_FIRST {
        return Ok(high);
    }
    let arms = tables.iter().map(|table| {
        format!(
            "exists (select from {table} e where e.rl_event_id >= $1 and e.rl_event_id < $2 \
             and e.rl_at <= $3::text::timestamptz)"
        )
    });
    let sql = format!("select {}", arms.collect::<Vec<_>>().join("\n  or "));
    let fail = failed("read events");
    // Most of these look-ups find nothing, which only the BRIN index says without reading all events: an order of the
    // planner's choice would be the start of any other index.
    let only_bitmaps = "set local enable_seqscan = off; set local enable_indexscan = off";
    client.batch_execute(only_bitmaps).await.map_err(&fail)?;
    let statement = client.prepare(&sql).await.map_err(&fail)?;
    while high - low > STRETCH_FIRST {
        let middle = low + (high - low) / 2;
        let row = client.query_one(&statement, &[&middle, &high, &until.to_string()]).await;
        if row.map_err(&fail)?.get(0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let as_before = "set local enable_seqscan = on; set local enable_indexscan = on";
    client.batch_execute(as_before).await.map_err(&fail)?;
    Ok(high)
}

/// Refuses what can't be asked at once.
pub(super) fn check(query: &EventQuery) -> Result<()> {
    if !query.references.is_empty() && (query.key.is_some() || !query.rows.is_empty()) {
        return Err(Error::request(
            "events of rows and events of what points at rows can't be asked for at once",
        )
        .hint("ask for one, then for the other"));
    }
    Ok(())
}
