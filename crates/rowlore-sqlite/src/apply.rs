//! Runs a plan: all steps or none. Decides nothing.

use rowlore::plan::Plan;
use rowlore::{Error, ErrorKind, Result, quote_name};
use rusqlite::{Connection, TransactionBehavior};

use crate::failure::{ours, theirs, words};

pub(crate) fn apply(connection: &Connection, plan: &Plan) -> Result<()> {
    // The writer's place is taken before the first step: a second apply waits here, then finds what this one did.
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .map_err(ours("apply"))?;
    for step in plan.steps() {
        transaction.execute_batch(&step.sql).map_err(|error| {
            let error = theirs(&format!("apply, {}", step.action))(error);
            if error.kind() == ErrorKind::Request {
                error.hint("nothing was changed; if the database changed since the plan was made, plan again")
            } else {
                error
            }
        })?;
    }
    for installation in plan.installations() {
        compiles(&transaction, &installation.capture.table.name, &installation.capture.key)?;
    }
    transaction.commit().map_err(ours("apply"))
}

/// Makes sure that the table can still be written to: SQLite compiles a trigger only when a statement fires it,
/// so that a trigger it can't compile would first show in the user's own writes.
fn compiles(connection: &Connection, table: &str, key: &[String]) -> Result<()> {
    let quoted = quote_name(table);
    let mut writes =
        vec![format!("insert into main.{quoted} default values"), format!("delete from main.{quoted}")];
    writes.extend(key.first().map(|key| format!("update main.{quoted} set {0} = {0}", quote_name(key))));
    for write in writes {
        // Prepared and never run.
        if let Err(error) = connection.prepare(&write) {
            let words = words(&error);
            if !words.contains("generated column") {
                let message = format!("the triggers on {table} would make its writes fail: {words}");
                let hint = "nothing was changed; look at `when`, and at the table's own triggers";
                return Err(Error::request(message).hint(hint));
            }
        }
    }
    Ok(())
}
