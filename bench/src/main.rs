//! Benchmarks of rowlore, run by `cargo xtask bench …`: what capture costs, beside its peers, in one run.

// A benchmark talks to the person who runs it; there is no other output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bulk;

mod figures;

mod flat;

mod machine;

mod pghistory;

mod reads;

mod report;

mod rounds;

mod session;

mod single_row;

mod variants;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// What went wrong, for a person; a benchmark has nothing else to do with an error than to show it.
type Problem = Box<dyn std::error::Error>;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", about = "What rowlore costs, measured beside its peers")]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// What capture costs on PostgreSQL: CPU, time, WAL and disk, beside django-pghistory and an untracked table.
    Capture(CaptureOptions),
    /// What reads cost on PostgreSQL: events across tables, of a row, by who did it, and the past, of ten million events.
    Reads(reads::ReadsOptions),
}

#[derive(Debug, Args)]
struct CaptureOptions {
    /// A small run to see that it works: three rounds, a tenth of the rows; its figures prove nothing.
    #[arg(long)]
    quick: bool,
    /// Interleaved rounds that medians are taken of [default: 7, or 3 with --quick]
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Where the Markdown goes [default: docs/benchmarks/capture.md, or nowhere when it is not the whole run]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Measure with this setting of fsync only
    #[arg(long, value_name = "on|off")]
    fsync: Option<Fsync>,
    /// Measure this part only; may be given more than once
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// A line of postgresql.conf more, for example jit=off; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Leave django-pghistory out
    #[arg(long)]
    no_peers: bool,
    /// Folder for what is fetched and made on the way
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    work: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Fsync {
    On,
    Off,
}

/// A part of the run that can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Many rows in one statement.
    Bulk,
    /// One row by its key.
    Single,
    /// Many rows after single rows.
    Flat,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    let done = match Arguments::parse().benchmark {
        Benchmark::Capture(options) => capture(&options),
        Benchmark::Reads(options) => reads::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::from(2)
        }
    }
}

/// All servers one after the other, then the report.
fn capture(options: &CaptureOptions) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let size = rounds::Size::new(options.quick, options.rounds);
    let peer = if options.no_peers {
        Err("left out as asked".to_owned())
    } else {
        pghistory::Pghistory::install(&options.work)
    };
    if let Err(reason) = &peer {
        eprintln!("bench: django-pghistory is not measured: {reason}");
    }
    let mut machine = machine::Machine::look(&peer, &options.settings);
    let mut servers = Vec::new();
    for fsync in [false, true] {
        if options.fsync.is_none_or(|only| (only == Fsync::On) == fsync) {
            servers.push(runtime.block_on(rounds::measure(fsync, options, &size, peer.as_ref().ok()))?);
        }
    }
    machine.look_again();
    let text = report::markdown(&machine, &size, &servers);
    println!("{text}");
    let whole = !options.quick && options.only.is_empty() && options.fsync.is_none() && peer.is_ok();
    let usual = whole.then(|| PathBuf::from("docs/benchmarks/capture.md"));
    if let Some(path) = options.out.clone().or(usual) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        eprintln!("bench: written to {}", path.display());
    }
    Ok(())
}
