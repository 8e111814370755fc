//! Runs a plan: all of it or nothing, one apply at a time. Decides nothing.

use std::time::Duration;

use rowlore::plan::Plan;
use rowlore::{Error, ErrorKind, Result};
use tokio_postgres::Client;

use crate::error::failed;

/// How often a plan is tried when a lock can't be had in time.
const TRIES_MAX: u32 = 5;

pub(crate) async fn apply(client: &mut Client, plan: &Plan) -> Result<()> {
    let mut tried = 1;
    loop {
        let error = match run(client, plan).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.kind() != ErrorKind::Retry || tried == TRIES_MAX {
            return Err(error);
        }
        // Longer each time, and not in step with whoever else waits.
        let jitter_ms = u64::from(std::process::id() % 97);
        tokio::time::sleep(Duration::from_millis(200 * u64::from(tried) + jitter_ms)).await;
        tried += 1;
    }
}

async fn run(client: &mut Client, plan: &Plan) -> Result<()> {
    // Rolled back when it is dropped: by an error, or because the caller stopped waiting.
    let transaction = client.transaction().await.map_err(failed("begin an apply"))?;
    let settings = include_str!("../sql/own/begin_settings.sql");
    transaction.batch_execute(settings).await.map_err(failed("begin an apply"))?;
    for step in plan.steps() {
        let doing = match &step.table {
            Some(table) => format!("{} for {table}", step.action),
            None => step.action.to_string(),
        };
        transaction.batch_execute(&step.sql).await.map_err(|error| moved_on(failed(&doing)(error)))?;
    }
    transaction.commit().await.map_err(failed("commit an apply"))
}

/// A schema that rowlore did not make could hold functions of somebody else's under our names.
fn schema_taken(error: &Error) -> bool {
    error.to_string().contains("SQLSTATE 42P06")
}

/// An object that is there already, or is not there any more: the plan is older than the database.
fn moved_on(error: Error) -> Error {
    if schema_taken(&error) {
        return Error::operator("there is a schema named rowlore that rowlore did not make")
            .hint("rename or drop it; rowlore makes its own, so that nobody else owns what is in it");
    }
    let text = error.to_string();
    let stale = ["42P07", "42710", "42701"].iter().any(|code| text.contains(&format!("SQLSTATE {code}")));
    if !stale {
        return error;
    }
    Error::request(text).hint("the database changed since this plan was made: make a new one")
}
