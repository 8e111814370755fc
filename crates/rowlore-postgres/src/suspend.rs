//! Scopes in which named trackers do not record, and the list of those there were.

use rowlore::engine::Suspension;
use rowlore::{Error, Result, Timestamp};
use tokio_postgres::{Client, GenericClient, Row};

use crate::error::{failed, refused};
use crate::inspect;
use crate::template::fill;

/// Opens a scope in the transaction that `client` is in, in which these trackers do not record: `table` for all
/// trackers of a table, `table:label` for those of one label. Gives what [`resume`] needs to end it; the end of the
/// transaction ends it too. (A transaction of `deadpool_postgres` is passed as `&*transaction`.)
///
/// # Errors
/// When nothing that is tracked has that name, or this role may not suspend: its operator has to
/// `grant execute on function rowlore.suspend(text[])`.
pub async fn suspend<T: AsRef<str>>(client: &impl GenericClient, trackers: &[T]) -> Result<String> {
    let trackers: Vec<&str> = trackers.iter().map(AsRef::as_ref).collect();
    let row = client.query_one("select rowlore.suspend($1)", &[&trackers]).await;
    let row = row.map_err(|error| {
        if error.code() == Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE) {
            return Error::operator("this role may not suspend the recording of changes")
                .hint("its operator allows it: grant execute on function rowlore.suspend(text[]) to the role")
                .caused_by(error);
        }
        refused("suspend the recording")(error)
    })?;
    Ok(row.get(0))
}

/// Ends the scope that [`suspend`] opened: what was in force before it is again.
///
/// # Errors
/// When `outer` is not what the scope around this place gave, or the statement fails.
pub async fn resume(client: &impl GenericClient, outer: &str) -> Result<()> {
    let ended = client.execute("select rowlore.resume($1)", &[&outer]).await;
    ended.map(|_| ()).map_err(refused("resume the recording"))
}

/// Each time that capture was suspended, newest first.
pub(crate) async fn list(client: &Client) -> Result<Vec<Suspension>> {
    if inspect::own_version(client).await?.is_none_or(|version| version < SINCE_VERSION) {
        return Ok(Vec::new());
    }
    let rows = client.query(include_str!("../sql/read/suspensions.sql"), &[]).await;
    rows.map_err(failed("read what was suspended"))?.iter().map(suspension).collect()
}

/// The version of the bookkeeping that can suspend.
pub(crate) const SINCE_VERSION: u32 = 2;

/// When one of the trackers that keep the past of the table `t` (of `rowlore.tracked`) was last suspended between two
/// times, as SQL.
pub(crate) fn last(from: &str, until: &str) -> String {
    fill(include_str!("../sql/inspect/suspended.sql"), &[("from", from), ("until", until)])
}

fn suspension(row: &Row) -> Result<Suspension> {
    let at: String = row.get("at");
    let at: Timestamp = at.parse().map_err(|error: jiff::Error| {
        Error::bug("the time of a suspension can't be read").caused_by(error)
    })?;
    let xid: String = row.get("xid");
    Ok(Suspension {
        trackers: row.get("trackers"),
        at,
        xid: xid.parse().ok(),
        context: crate::read::context(row)?,
    })
}
