//! One connection and the server process behind it, whose CPU time is what is measured.

use std::fs;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use crate::Problem;

/// What one statement, or one run of many, took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// By the client's clock.
    pub(crate) wall_ms: f64,
    /// User and system time of the backend.
    pub(crate) cpu_ms: f64,
    /// Written to the WAL meanwhile.
    pub(crate) wal_bytes: f64,
    /// How much the heap of the event table grew.
    pub(crate) heap_bytes: f64,
    /// How much the indexes of the event table grew.
    pub(crate) index_bytes: f64,
    /// The statement was stopped by its timeout: the figures are less than the truth.
    pub(crate) stopped: bool,
}

/// A connection of its own, with a backend of its own.
pub(crate) struct Session {
    pub(crate) client: Client,
    connection: JoinHandle<()>,
    backend: i32,
}

/// How often the state of the backend is read until it rests.
const LOOKS_MAX: u32 = 100_000;

/// `_SC_CLK_TCK` of every Linux that PostgreSQL runs on.
const TICKS_PER_SECOND: f64 = 100.0;

impl Session {
    pub(crate) async fn open(url: &str) -> Result<Self, Problem> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let connection = tokio::spawn(async move {
            // A connection that ends badly is seen by the statement that waits for it.
            let _ = connection.await;
        });
        let backend = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
        Ok(Self { client, connection, backend })
    }

    /// Ends the connection; the database can be dropped then.
    pub(crate) async fn close(self) {
        drop(self.client);
        // It only ends with the connection, and has nothing to say.
        let _ = self.connection.await;
    }

    /// Runs a statement and measures it. A statement that runs into `statement_timeout` is a figure, not a failure.
    pub(crate) async fn measure(&self, sql: &str) -> Result<Cost, Problem> {
        let (wal, events) = (self.wal_bytes().await?, self.event_bytes().await?);
        let cpu = self.cpu()?;
        let begun = Instant::now();
        let done = self.client.batch_execute(sql).await;
        let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
        let cpu_ms = (self.cpu()? - cpu).as_secs_f64() * 1e3;
        let timeout = tokio_postgres::error::SqlState::QUERY_CANCELED;
        let stopped = match done {
            Ok(()) => false,
            Err(error) if error.code() == Some(&timeout) => true,
            Err(error) => return Err(format!("{sql}: {error:?}").into()),
        };
        let after = self.event_bytes().await?;
        Ok(Cost {
            wall_ms,
            cpu_ms,
            wal_bytes: (self.wal_bytes().await? - wal) as f64,
            heap_bytes: (after.0 - events.0) as f64,
            index_bytes: (after.1 - events.1) as f64,
            stopped,
        })
    }

    /// The CPU time of the backend so far, read when it rests.
    pub(crate) fn cpu(&self) -> Result<Duration, Problem> {
        let stat = format!("/proc/{}/stat", self.backend);
        // Behind the name of the program, which may hold anything.
        let fields = || {
            let text = fs::read_to_string(&stat)?;
            Ok::<_, std::io::Error>(text.rsplit(')').next().unwrap_or_default().trim().to_owned())
        };
        for _ in 0..LOOKS_MAX {
            if fields()?.starts_with('S') {
                break;
            }
            std::thread::yield_now();
        }
        // Nanoseconds where the kernel has them, else ticks of 10 ms.
        let fine = fs::read_to_string(format!("/proc/{}/schedstat", self.backend)).unwrap_or_default();
        if let Some(nanos) = fine.split_whitespace().next().and_then(|text| text.parse().ok()) {
            return Ok(Duration::from_nanos(nanos));
        }
        let text = fields()?;
        let ticks: f64 = text.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
    }

    async fn wal_bytes(&self) -> Result<i64, Problem> {
        let sql = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";
        Ok(self.client.query_one(sql, &[]).await?.get(0))
    }

    async fn event_bytes(&self) -> Result<(i64, i64), Problem> {
        let row = self.client.query_one(include_str!("../sql/event_bytes.sql"), &[]).await?;
        Ok((row.get(0), row.get(1)))
    }
}
