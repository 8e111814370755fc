//! The `rowlore` binary: arguments → settings → one command → an exit code.
//!
//! The only crate that prints or reads the environment.

mod answer;

mod ask;

mod commands;

mod connect;

mod key;

mod moment;

mod output;

mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use answer::{Answer, Failure};
use commands::{Call, Command};
use output::Screen;
use settings::{Options, Settings};

/// Know what changed in your tables, who did it and when.
///
/// Declare in rowlore.toml which tables to track, run `rowlore apply`, and from then on every change is
/// recorded by the database itself. `rowlore demo` shows all of it on a small shop, without a server.
#[derive(clap::Parser)]
#[command(name = "rowlore", version, verbatim_doc_comment, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 the answer is no (drift, a difference, no such row), 2 the request is wrong,
3 the database failed.";

fn main() -> ExitCode {
    answer::apologise_for_panics();
    let cli = Cli::parse();
    let mut screen = Screen::of_this_process(cli.options.quiet, cli.options.json);
    let result = run(cli, &mut screen);
    let result = result.and_then(|answer| screen.flush().map(|()| answer));
    ExitCode::from(answer::finish(result, &screen.error_paint()))
}

fn run(cli: Cli, screen: &mut Screen) -> Result<Answer, Failure> {
    let settings = Settings::load(cli.options, |name| std::env::var(name).ok());
    // One question after the other: a second thread would have nothing to do.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::system("the machine gives no runtime", &error))?;
    runtime.block_on(commands::run(cli.command, &mut Call { settings, screen }))
}
