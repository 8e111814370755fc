//! What was written down about tracked tables. Every question begins with it, so what did not change since is not read
//! again: of twenty tables it would take longer than most answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::ClientWrapper;
use rowlore::capture::Installation;
use rowlore::found::Registered;
use rowlore::{Error, Result, TableName};
use tokio_postgres::Client;
use tokio_postgres::types::{Json, Type};

use crate::error::failed;
use crate::inspect::own_version;
use crate::suspend;
use crate::template::fill;

/// Installations as they were last read, by the number of their row; each with the mark of the row's version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry(Arc<Mutex<HashMap<i32, (String, Installation)>>>);

impl Registry {
    /// What is tracked, or was; nothing when rowlore is not installed.
    pub(crate) async fn read(&self, client: &ClientWrapper) -> Result<Vec<Registered>> {
        let Some(version) = own_version(client).await? else { return Ok(Vec::new()) };
        let fail = failed("read what is tracked");
        // Planning it takes longer than running it.
        let statement = client.prepare_cached(&statement(version)).await.map_err(&fail)?;
        let rows = client.query(&statement, &[]).await.map_err(&fail)?;
        self.complete(client, &rows).await
    }

    /// The same where the version of rowlore's own tables is known.
    pub(crate) async fn read_version(&self, client: &Client, own_version: u32) -> Result<Vec<Registered>> {
        let rows = client.query_typed(&statement(own_version), &[]).await;
        self.complete(client, &rows.map_err(failed("read what is tracked"))?).await
    }

    async fn complete(&self, client: &Client, rows: &[tokio_postgres::Row]) -> Result<Vec<Registered>> {
        let known = |row: &tokio_postgres::Row| -> Option<Installation> {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (mark, installation) = known.get(&row.get("id"))?;
            (*mark == row.get::<_, String>("mark")).then(|| installation.clone())
        };
        let mut installations: HashMap<i32, Installation> =
            rows.iter().filter_map(|row| Some((row.get("id"), known(row)?))).collect();
        let missing = rows.iter().map(|row| row.get("id"));
        let missing: Vec<i32> = missing.filter(|id| !installations.contains_key(id)).collect();
        if !missing.is_empty() {
            installations.extend(self.fetch(client, &missing).await?);
        }
        rows.iter().map(|row| registered(row, &mut installations)).collect()
    }

    async fn fetch(&self, client: &Client, ids: &[i32]) -> Result<Vec<(i32, Installation)>> {
        let sql = include_str!("../sql/inspect/installations.sql");
        let rows = client.query_typed(sql, &[(&ids, Type::INT4_ARRAY)]).await;
        let rows = rows.map_err(failed("read what is tracked"))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fetched = Vec::with_capacity(rows.len());
        for row in &rows {
            let Json(installation): Json<Installation> = row.try_get("installation").map_err(|error| {
                Error::operator("rowlore.tracked holds what this program can't read")
                    .hint("was it written by a newer rowlore? use that one")
                    .caused_by(error)
            })?;
            known.insert(row.get("id"), (row.get("mark"), installation.clone()));
            fetched.push((row.get("id"), installation));
        }
        Ok(fetched)
    }
}

fn statement(own_version: u32) -> String {
    let suspended = match own_version {
        ..suspend::SINCE_VERSION => "null::timestamptz".to_owned(),
        suspend::SINCE_VERSION.. => suspend::last("t.tracked_since", "'infinity'"),
    };
    fill(include_str!("../sql/inspect/registered.sql"), &[("suspended", &suspended)])
}

fn registered(
    row: &tokio_postgres::Row,
    installations: &mut HashMap<i32, Installation>,
) -> Result<Registered> {
    let installation = installations.remove(&row.get("id"));
    let installation =
        installation.ok_or_else(|| Error::retry("rowlore.tracked changed while it was read"))?;
    let schema: Option<String> = row.get("schema_now");
    let name: Option<String> = row.get("table_now");
    let table_now = schema.zip(name).map(|(schema, name)| TableName::new(schema, name));
    let suspended: Option<String> = row.get("suspended");
    let suspended = suspended.map(|at| at.parse()).transpose().map_err(|error: jiff::Error| {
        Error::bug("the time of a suspension can't be read").caused_by(error)
    })?;
    Ok(Registered { installation, active: row.get("active"), table_now, suspended })
}
