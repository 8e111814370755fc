//! What is compared: the same table, tracked in different ways, each in a template database of its own.

use std::fmt;

use rowlore::Lore;
use rowlore::TableName;
use rowlore::declare::{TrackedTable, Unchanged};
use rowlore::found::Baseline;
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;

use crate::Problem;
use crate::pghistory::{Level, Pghistory};
use crate::session::Session;

/// One way to track the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
    /// Not at all: what the others are compared with.
    Untracked,
    /// rowlore's default: updates that change nothing are skipped.
    Rowlore,
    /// rowlore with `unchanged = "record"`.
    RowloreRecord,
    /// django-pghistory, row triggers: its default.
    PghistoryRow,
    /// django-pghistory, statement triggers.
    PghistoryStatement,
}

/// How many rows a backfill turn looks at: the figures do not depend on it.
const BACKFILL_ROWS: usize = 10_000;

impl Variant {
    /// In the order of the tables.
    pub(crate) fn all(with_peer: bool) -> Vec<Self> {
        let ours = [Self::Untracked, Self::Rowlore, Self::RowloreRecord];
        let peer = [Self::PghistoryRow, Self::PghistoryStatement];
        ours.into_iter().chain(peer.into_iter().filter(|_| with_peer)).collect()
    }

    /// The template database.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Untracked => "bench_untracked",
            Self::Rowlore => "bench_rowlore",
            Self::RowloreRecord => "bench_rowlore_record",
            Self::PghistoryRow => "bench_pghistory_row",
            Self::PghistoryStatement => "bench_pghistory_statement",
        }
    }

    /// What a program runs at the beginning of a transaction to say who acts, and how many values that takes. An
    /// untracked table gets a statement that does nothing, so that all transactions have as many statements.
    pub(crate) fn set_context(self) -> (&'static str, usize) {
        match self {
            Self::Untracked => ("select $1::text", 1),
            Self::Rowlore | Self::RowloreRecord => ("select rowlore.set_context($1::text::jsonb)", 1),
            Self::PghistoryRow | Self::PghistoryStatement => (
                "select set_config('pghistory.context_metadata', $1, true), \
                 set_config('pghistory.context_id', $2, true)",
                2,
            ),
        }
    }

    /// Makes the template: the table with `rows` rows, and an event for each of them.
    pub(crate) async fn prepare(
        self,
        server: &PrivatePostgres,
        peer: Option<&Pghistory>,
        rows: u32,
    ) -> Result<(), Problem> {
        server.run("postgres", &format!("create database {}", self.template()))?;
        let url = server.url(self.template());
        match (self, peer) {
            (Self::Untracked, _) => load(&url, true, rows).await?,
            (Self::Rowlore, _) => with_rowlore(&url, Unchanged::Skip, rows).await?,
            (Self::RowloreRecord, _) => with_rowlore(&url, Unchanged::Record, rows).await?,
            (Self::PghistoryRow, Some(peer)) => {
                peer.migrate(server, self.template(), Level::Row)?;
                load(&url, false, rows).await?;
            }
            (Self::PghistoryStatement, Some(peer)) => {
                peer.migrate(server, self.template(), Level::Statement)?;
                load(&url, false, rows).await?;
            }
            (_, None) => return Err("pghistory is not installed".into()),
        }
        let session = Session::open(&url).await?;
        // Not every build of the server has it; then the first touch of a page is measured too.
        let _ = session.client.batch_execute("create extension pg_prewarm").await;
        session.client.batch_execute("vacuum (freeze, analyze)").await?;
        session.close().await;
        Ok(())
    }
}

/// The insert of rows `first` to `last`.
pub(crate) fn load_sql(first: u32, last: u32) -> String {
    let text = include_str!("../sql/load.sql");
    text.replace("{{first}}", &first.to_string()).replace("{{last}}", &last.to_string())
}

/// The rows, in a table that is there already or is made first.
async fn load(url: &str, create: bool, rows: u32) -> Result<(), Problem> {
    let session = Session::open(url).await?;
    if create {
        session.client.batch_execute(include_str!("../sql/items.sql")).await?;
    }
    session.client.batch_execute(&load_sql(1, rows)).await?;
    session.close().await;
    Ok(())
}

/// The rows first, then tracking as a user does it, the baseline to its end: the triggers of a table whose baseline
/// is pending do more.
async fn with_rowlore(url: &str, unchanged: Unchanged, rows: u32) -> Result<(), Problem> {
    load(url, true, rows).await?;
    let lore = Lore::new(Postgres::connect(url).await?);
    let declared = rowlore::check([TrackedTable::new("items").unchanged(unchanged)])?;
    lore.apply(&lore.plan(&declared).await?).await?;
    lore.backfill(&TableName::new("public", "items"), BACKFILL_ROWS, |_| ()).await?;
    let registered = lore.registered().await?;
    let done = registered.iter().all(|one| one.installation.baseline == Baseline::Done);
    if !done || !lore.plan(&declared).await?.is_empty() {
        return Err("the baseline did not end: the figures would not be those of a table in use".into());
    }
    lore.engine().pool().close();
    Ok(())
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untracked => "untracked",
            Self::Rowlore => "rowlore",
            Self::RowloreRecord => "rowlore, unchanged = record",
            Self::PghistoryRow => "pghistory, row level",
            Self::PghistoryStatement => "pghistory, statement level",
        })
    }
}
