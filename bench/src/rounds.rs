//! One server and all rounds on it: every variant in every round, each measurement on a fresh copy of its template.

use rowlore_conformance::server::{PrivatePostgres, ServerOptions};

use crate::figures::{Figures, Measure};
use crate::pghistory::Pghistory;
use crate::session::Session;
use crate::variants::Variant;
use crate::{CaptureOptions, Part, Problem, bulk, flat, single_row};

/// How much is run.
#[derive(Debug)]
pub(crate) struct Size {
    /// Rounds that medians are taken of.
    pub(crate) rounds: usize,
    /// Rows in the table, and in the big update.
    pub(crate) rows: u32,
    /// Rows in the insert and in the delete.
    pub(crate) half: u32,
    /// Transactions of the single-row measurements.
    pub(crate) transactions: u32,
    /// Rows in the update after single rows.
    pub(crate) some: u32,
    /// The same where more would take minutes.
    pub(crate) some_capped: u32,
    /// Not for publication.
    pub(crate) quick: bool,
}

impl Size {
    pub(crate) fn new(quick: bool, rounds: Option<usize>) -> Self {
        let rounds = rounds.unwrap_or(if quick { 3 } else { 7 }).max(1);
        if quick {
            let (rows, half, transactions) = (10_000, 5_000, 500);
            return Self { rounds, rows, half, transactions, some: 2_000, some_capped: 500, quick };
        }
        let (rows, half, transactions) = (100_000, 50_000, 3_000);
        Self { rounds, rows, half, transactions, some: 20_000, some_capped: 2_000, quick }
    }
}

/// What was measured on one server.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) fsync: bool,
    pub(crate) version: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) figures: Figures,
}

/// A server with its templates.
pub(crate) struct Bench {
    server: PrivatePostgres,
    admin: Session,
}

/// Starts a server, makes the templates and runs all rounds.
pub(crate) async fn measure(
    fsync: bool,
    options: &CaptureOptions,
    size: &Size,
    peer: Option<&Pghistory>,
) -> Result<Measured, Problem> {
    let variants = Variant::all(peer.is_some());
    let bench = Bench::start(fsync, &options.settings).await?;
    eprintln!("bench: fsync {}: preparing", if fsync { "on" } else { "off" });
    for variant in &variants {
        variant.prepare(&bench.server, peer, size.rows).await?;
    }
    bench.check_shapes(&variants).await?;
    let mut figures = Figures::default();
    for round in 0..size.rounds {
        eprintln!(
            "bench: fsync {}: round {} of {}",
            if fsync { "on" } else { "off" },
            round + 1,
            size.rounds
        );
        // Each variant is as often the first as any other.
        let mut order = variants.clone();
        order.rotate_left(round % variants.len());
        bench.round(&order, fsync, options, size, &mut figures).await?;
    }
    let version = bench.admin.client.query_one("show server_version", &[]).await?.get(0);
    bench.admin.close().await;
    Ok(Measured { fsync, version, variants, figures })
}

impl Bench {
    async fn start(fsync: bool, more: &[(String, String)]) -> Result<Self, Problem> {
        // What a server in use has, and nothing in the background that one variant would meet and another not.
        let settings = [
            ("shared_buffers", "1GB"),
            ("wal_level", "replica"),
            ("max_wal_size", "16GB"),
            ("checkpoint_timeout", "1h"),
            ("autovacuum", "off"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = settings.into_iter().chain(more.iter().cloned()).collect();
        let server = PrivatePostgres::start_with(&ServerOptions { fsync, settings })?;
        let admin = Session::open(&server.url("postgres")).await?;
        Ok(Self { server, admin })
    }

    async fn round(
        &self,
        order: &[Variant],
        fsync: bool,
        options: &CaptureOptions,
        size: &Size,
        figures: &mut Figures,
    ) -> Result<(), Problem> {
        let wanted = |part| options.only.is_empty() || options.only.contains(&part);
        let bulk = [Measure::Update, Measure::Insert, Measure::Delete];
        for measure in bulk.into_iter().filter(|_| wanted(Part::Bulk)) {
            for variant in order {
                figures.add(measure, *variant, bulk::run(self, measure, *variant, size).await?);
            }
        }
        for measure in [Measure::Single, Measure::SingleContext].into_iter().filter(|_| wanted(Part::Single))
        {
            for variant in order {
                figures.add(measure, *variant, single_row::run(self, measure, *variant, size).await?);
            }
        }
        // A plan is quadratic or it is not, whatever the disk does.
        for variant in order.iter().filter(|_| !fsync && wanted(Part::Flat)) {
            flat::run(self, *variant, size, figures).await?;
        }
        Ok(())
    }

    /// A fresh copy of the variant's template, all of it in the cache. Its address.
    pub(crate) async fn copy(&self, variant: Variant) -> Result<String, Problem> {
        let admin = &self.admin.client;
        admin.batch_execute("drop database if exists bench_copy with (force)").await?;
        // Through the WAL where the server can: then no page is written whole again at its first change.
        admin.batch_execute(&format!("create database bench_copy template {}", variant.template())).await?;
        let url = self.server.url("bench_copy");
        let session = Session::open(&url).await?;
        // Without the extension the figures hold the first touch of each page.
        let _ = session.client.batch_execute(include_str!("../sql/warm.sql")).await;
        session.close().await;
        Ok(url)
    }

    /// The peer makes the table its own way: it must be the same all the same.
    async fn check_shapes(&self, variants: &[Variant]) -> Result<(), Problem> {
        let mut first: Option<String> = None;
        for variant in variants {
            let session = Session::open(&self.server.url(variant.template())).await?;
            let shape: String = session.client.query_one(include_str!("../sql/shape.sql"), &[]).await?.get(0);
            session.close().await;
            let wanted = first.get_or_insert_with(|| shape.clone());
            if *wanted != shape {
                return Err(format!("{variant}: the table is ({shape}), not ({wanted})").into());
            }
        }
        Ok(())
    }
}
