//! Questions about the past → SQL → events.

mod bind;

mod conditions;

mod contexts;

mod details;

mod other;

mod page;

mod references;

mod rows;

mod rows_at;

mod rows_now;

mod source;

pub(crate) use bind::Params;
use deadpool_postgres::ClientWrapper;
pub(crate) use details::context;
use rowlore::found::Registered;
use rowlore::read::{Event, EventQuery, RowRef, RowsAt, RowsNow};
use rowlore::{Result, Row};
use tokio_postgres::Client;

use crate::error::failed;
use crate::registry::Registry;

/// Events that answer the query, newest first.
///
/// First which events, by their place in the tables; then what is in them. So whatever costs something for each event
/// (its image as JSON, the row's other image, who) is asked for those that are wanted only.
pub(crate) async fn events(
    client: &ClientWrapper,
    registry: &Registry,
    query: &EventQuery,
) -> Result<Vec<Event>> {
    let registered = registry.read(client).await?;
    let sources = source::sources(&registered, query)?;
    page::check(query)?;
    let rows = rows::wanted(query)?;
    rows::check(client, &sources, &rows).await?;
    snapshot(client, async || {
        let relations = source::Relations::read(client, &source::relations(&sources)).await?;
        let search = page::Search {
            registered: &registered,
            sources: &sources,
            relations: &relations,
            query,
            rows: rows.clone(),
        };
        let page = search.read(client).await?;
        details::read(client, &sources, &relations, &page).await
    })
    .await
}

/// The rows of a table as they were.
pub(crate) async fn rows_at(client: &ClientWrapper, registry: &Registry, query: &RowsAt) -> Result<Vec<Row>> {
    let registered = registry.read(client).await?;
    snapshot(client, async || rows_at::read(client, &registered, query).await).await
}

/// The rows of a table as they are.
pub(crate) async fn rows_now(client: &Client, queries: &[RowsNow]) -> Result<Vec<Vec<Row>>> {
    snapshot(client, async || rows_now::read(client, queries).await).await
}

/// The tracked rows that ever pointed at one of these.
pub(crate) async fn referencing(
    client: &ClientWrapper,
    registry: &Registry,
    rows: &[RowRef],
) -> Result<Vec<RowRef>> {
    let registered: Vec<Registered> = registry.read(client).await?;
    let sources = source::sources(&registered, &EventQuery::default())?;
    snapshot(client, async || references::referencing(client, &registered, &sources, rows).await).await
}

/// Runs several reads on one snapshot, in UTC.
async fn snapshot<T>(client: &Client, read: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
    let fail = failed("read events");
    client.batch_execute(include_str!("../sql/read/begin.sql")).await.map_err(&fail)?;
    let answer = read().await;
    // Read only: there is nothing to lose by ending it either way.
    client.batch_execute("rollback").await.map_err(&fail)?;
    answer
}
