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
    /// The numbers of all contexts that fulfil it, when they are few and each is one transaction's.
    few: Option<Vec<i64>>,
}

/// How many contexts are looked for by their numbers; of more, the newest events are looked at first.
const FEW_MAX: usize = 64;

impl<'a> Contexts<'a> {
    /// Looks up which contexts fulfil the query; none when it asks nothing of them.
    pub(super) async fn find(client: &Client, query: &'a EventQuery) -> Result<Option<Self>> {
        let asks = query.actor.is_some()
            || query.request.is_some()
            || !query.data.is_empty()
            || !query.context_ids.is_empty();
        if !asks {
            return Ok(None);
        }
        let mut params = Params::default();
        let mut conditions = frame(query, "c.frame", &mut params);
        if !query.context_ids.is_empty() {
            conditions.push(format!("c.id = any({})", params.bind(query.context_ids.clone())));
        }
        let limit = params.bind(i64::try_from(FEW_MAX + 1).unwrap_or(i64::MAX));
        let sql = format!(
            "select c.id, c.frame is null from rowlore.context c where {} order by c.id desc limit {limit}",
            conditions.join(" and ")
        );
        let rows = client.query(&sql, &params.all()).await.map_err(failed("look for contexts"))?;
        // The context of a session has events everywhere.
        let few = rows.len() <= FEW_MAX && !rows.iter().any(|row| row.get::<_, bool>(1));
        let few = few.then(|| rows.iter().map(|row| row.get(0)).collect());
        Ok(Some(Self { query, few }))
    }

    /// Whether the contexts are few, so that their events are found by an index, wherever they lie.
    pub(super) fn are_few(&self) -> bool {
        self.few.is_some()
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
            forms.push(match &self.few {
                Some(few) => format!("e.rl_context_id = any({})", params.bind(few.clone())),
                None => {
                    let mut parts = frame(self.query, "c.frame", params);
                    if !self.query.context_ids.is_empty() {
                        let ids = params.bind(self.query.context_ids.clone());
                        parts.push(format!("c.id = any({ids})"));
                    }
                    format!(
                        "exists (select from rowlore.context c where c.id = e.rl_context_id and {})",
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
