//! Questions about the past → SQL → events.

mod page;

mod details;

mod rows_at;

pub(crate) use details::context;
use rowlore::read::{Event, EventQuery, RowsAt};
use rowlore::{Result, Row};
use tokio_postgres::Client;

use crate::error::failed;
use crate::inspect;

/// Events that answer the query, newest first.
///
/// First which events, by their place in the tables; then what is in them. So whatever costs something for each event
/// (its image as JSON, the image before it, who) is asked for those that are wanted only.
pub(crate) async fn events(client: &Client, query: &EventQuery) -> Result<Vec<Event>> {
    let registered = inspect::registered(client).await?;
    let sources = page::sources(&registered, query)?;
    if let (Some(row), Some(source)) = (&query.key, sources.first()) {
        crate::key::key(source.capture, row)?.check(client, source.capture).await?;
    }
    snapshot(client, async || {
        let page = page::read(client, &sources, query).await?;
        details::read(client, &sources, &page).await
    })
    .await
}

/// The rows of a table as they were.
pub(crate) async fn rows_at(client: &Client, query: &RowsAt) -> Result<Vec<Row>> {
    let registered = inspect::registered(client).await?;
    snapshot(client, async || rows_at::read(client, &registered, query).await).await
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
