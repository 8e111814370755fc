//! Runs a plan: all of it or nothing, one apply at a time. Decides nothing.

use std::time::Duration;

use rowlore::engine::Dialect as _;
use rowlore::plan::Plan;
use rowlore::{Error, ErrorKind, Result};
use tokio_postgres::Client;

use crate::dialect::PostgresDialect;
use crate::error::failed;

/// How often a plan is tried when a lock can't be had in time.
const TRIES_MAX: u32 = 5;

pub(crate) async fn apply(client: &Client, plan: &Plan) -> Result<()> {
    let mut tried = 1;
    loop {
        let error = match run(client, plan).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // A connection that broke here must not go on with half a plan.
        client.batch_execute("rollback").await.map_err(failed("undo an apply"))?;
        if error.kind() != ErrorKind::Retry || tried == TRIES_MAX {
            return Err(error);
        }
        // Longer each time, and not in step with whoever else waits.
        let jitter_ms = u64::from(std::process::id() % 97);
        tokio::time::sleep(Duration::from_millis(200 * u64::from(tried) + jitter_ms)).await;
        tried += 1;
    }
}

async fn run(client: &Client, plan: &Plan) -> Result<()> {
    let (begin, commit) = PostgresDialect.transaction();
    client.batch_execute(begin).await.map_err(failed("begin an apply"))?;
    for step in plan.steps() {
        let doing = match &step.table {
            Some(table) => format!("{} for {table}", step.action),
            None => step.action.to_string(),
        };
        client.batch_execute(&step.sql).await.map_err(|error| moved_on(failed(&doing)(error)))?;
    }
    client.batch_execute(commit).await.map_err(failed("commit an apply"))
}

/// An object that is there already, or is not there any more: the plan is older than the database.
fn moved_on(error: Error) -> Error {
    let text = error.to_string();
    let stale =
        ["42P07", "42710", "42701", "42P06"].iter().any(|code| text.contains(&format!("SQLSTATE {code}")));
    if !stale {
        return error;
    }
    Error::request(text).hint("the database changed since this plan was made: make a new one")
}
