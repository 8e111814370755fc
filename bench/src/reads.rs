//! What reading costs: ten million events of twenty tables, and the questions that people ask of them.

mod page;

mod questions;

mod shop;

use std::path::PathBuf;

use clap::Args;
use rowlore_conformance::server::{PrivatePostgres, ServerOptions};

use crate::Problem;
use crate::machine::Machine;
use crate::pghistory::{Level, Pghistory};

/// What may be asked of the benchmark.
#[derive(Debug, Args)]
pub(crate) struct ReadsOptions {
    /// A hundredth of the events, to see that it works; its figures prove nothing.
    #[arg(long)]
    quick: bool,
    /// How many events in all
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    events: u64,
    /// How often each question is asked
    #[arg(long, value_name = "N", default_value_t = 21)]
    rounds: usize,
    /// Where the Markdown goes [default: docs/benchmarks/reads.md, or nowhere with --quick]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Leave django-pghistory out
    #[arg(long)]
    no_peers: bool,
    /// Folder for what is fetched and made on the way
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    work: PathBuf,
}

/// What django-pghistory took, in milliseconds; or why it was not measured.
pub(crate) type Peer = Result<Vec<(String, f64)>, String>;

/// Makes the events, asks the questions, writes the page.
pub(crate) fn run(options: &ReadsOptions) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let events = if options.quick { options.events / 100 } else { options.events };
    let pghistory = if options.no_peers {
        Err("left out as asked".to_owned())
    } else {
        Pghistory::install(&options.work)
    };
    let mut machine = Machine::look(&pghistory, &[]);
    let settings = [("shared_buffers", "1GB"), ("max_wal_size", "1GB"), ("checkpoint_timeout", "1h")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let server = PrivatePostgres::start_with(&ServerOptions { fsync: false, settings })?;
    let answers = runtime.block_on(async {
        let shop = shop::Shop::make(&server, events).await?;
        questions::ask(&shop, options.rounds).await
    })?;
    let peer = pghistory.and_then(|pghistory| measure_peer(&pghistory, &server));
    machine.look_again();
    let text = page::markdown(&machine, events, server.version_major(), options.rounds, &answers, &peer);
    println!("{text}");
    let usual = (!options.quick).then(|| PathBuf::from("docs/benchmarks/reads.md"));
    if let Some(path) = options.out.clone().or(usual) {
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("bench: written to {}", path.display());
    }
    Ok(())
}

fn measure_peer(pghistory: &Pghistory, server: &PrivatePostgres) -> Peer {
    eprintln!("bench: django-pghistory");
    let database = server.database("pghistory").name;
    pghistory.migrate(server, &database, Level::Statement)?;
    let said =
        pghistory.script(server, &database, Level::Statement, include_str!("../pghistory/reads.py"))?;
    let figure = |line: &str| {
        let (name, figure) = line.split_once(' ')?;
        Some((name.to_owned(), figure.parse().ok()?))
    };
    Ok(said.lines().filter_map(figure).collect())
}
