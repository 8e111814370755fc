//! Who and why as conditions: by rowlore's own table of contexts, or by the copy in each event.

use rowlore::read::EventQuery;
use rowlore::{Result, Value};
use tokio_postgres::Client;

use super::bind::Params;
use super::source::{Relations, Source};
use crate::error::failed;

/// What the query asks of contexts, with what is known about those that fulfil it.
pub(super) struct Contexts<'a> {
    query: &'a EventQuery,
    known: Known,
    looked: bool,
}

/// Which contexts fulfil the query.
enum Known {
    /// Nobody looked yet, or they are too many to tell: each event's context is looked at.
    Nothing,
    /// These and no others: so few, each one transaction's, that their events are found by the index.
    Few(Vec<i64>),
    /// These and no others.
    Many(Vec<i64>),
}

/// How many contexts are looked for by the index; of more, the newest events are looked at first.
const FEW_MAX: usize = 64;

/// Of how many contexts the numbers are read.
const MANY_MAX: usize = 20_000;

impl<'a> Contexts<'a> {
    /// What the query asks of contexts; none when that is nothing.
    pub(super) fn of(query: &'a EventQuery) -> Option<Self> {
        let EventQuery { actor, request, data, context_ids, .. } = query;
        let asks = actor.is_some() || request.is_some() || !data.is_empty() || !context_ids.is_empty();
        asks.then_some(Self { query, known: Known::Nothing, looked: false })
    }

    /// Whether they are named by their numbers, and so are found at once.
    pub(super) fn are_named(&self) -> bool {
        !self.query.context_ids.is_empty()
    }

    /// Whether nobody looked yet which they are.
    pub(super) fn are_unknown(&self) -> bool {
        !self.looked
    }

    /// Looks up which they are: one look at all contexts, unless they are named.
    pub(super) async fn find(&mut self, client: &Client) -> Result<()> {
        self.looked = true;
        let mut params = Params::default();
        let mut conditions = frame(self.query, "c.frame", &mut params);
        if self.are_named() {
            conditions.push(format!("c.id = any({})", params.bind(self.query.context_ids.clone())));
        }
        let limit = params.bind(i64::try_from(MANY_MAX + 1).unwrap_or(i64::MAX));
        let sql = format!(
            "select c.id, c.frame is null from rowlore.context c where {} order by c.id desc limit {limit}",
            conditions.join(" and ")
        );
        let rows = params.query(client, &sql).await.map_err(failed("look for contexts"))?;
        // The context of a session has events everywhere.
        let of_session = rows.iter().any(|row| row.get::<_, bool>(1));
        let ids = rows.iter().map(|row| row.get(0)).collect();
        self.known = match rows.len() {
            count if count > MANY_MAX => Known::Nothing,
            count if count > FEW_MAX || of_session => Known::Many(ids),
            _ => Known::Few(ids),
        };
        Ok(())
    }

    /// Whether the contexts are few, so that their events are found by an index, wherever they lie.
    pub(super) fn are_few(&self) -> bool {
        matches!(self.known, Known::Few(_))
    }

    /// The condition on an event `e` of that source; none where nothing says who.
    pub(super) fn condition(
        &self,
        source: &Source<'_>,
        relations: &Relations,
        params: &mut Params,
    ) -> Option<String> {
        let table = source.sql();
        let mut forms = Vec::new();
        if relations.type_of(&table, "rl_context_id").is_some() {
            forms.push(match &self.known {
                Known::Few(ids) => format!("e.rl_context_id = any({})", params.bind(ids.clone())),
                // Not by the index: it would be asked once for each.
                Known::Many(ids) => format!("e.rl_context_id + 0 = any({})", params.bind(ids.clone())),
                Known::Nothing => {
                    let mut parts = frame(self.query, "c.frame", params);
                    if self.are_named() {
                        let ids = params.bind(self.query.context_ids.clone());
                        parts.push(format!("c.id = any({ids})"));
                    }
                    // A subquery for each event: a join would read all contexts, once for each event table.
                    format!(
                        "(select {} from rowlore.context c where c.id = e.rl_context_id)",
                        parts.join(" and ")
                    )
                }
            });
        }
        if relations.type_of(&table, "rl_context").is_some() && self.query.context_ids.is_empty() {
            forms.push(format!("({})", frame(self.query, "e.rl_context", params).join(" and ")));
        }
        if forms.is_empty() { None } else { Some(format!("({})", forms.join(" or "))) }
    }
}

/// Actor, request and data, asked of a context as JSON.
fn frame(query: &EventQuery, frame: &str, params: &mut Params) -> Vec<String> {
    let mut conditions = Vec::new();
    for (name, wanted) in [("actor", &query.actor), ("request", &query.request)] {
        if let Some(wanted) = wanted {
            conditions.push(format!("{frame} ->> '{name}' = {}", params.bind(wanted.clone())));
        }
    }
    for (path, value) in &query.data {
        conditions.push(data(frame, path, value, params));
    }
    conditions
}

fn data(frame: &str, path: &str, value: &Value, params: &mut Params) -> String {
    let path: Vec<String> = std::iter::once("data").chain(path.split('.')).map(str::to_owned).collect();
    let path = params.bind(path);
    let value = params.bind(value.to_string());
    format!("{frame} #> {path}::text[] = {value}::text::jsonb")
}
