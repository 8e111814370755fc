//! `cargo xtask test`: everything that must hold, in one command and with one line as the answer.

mod tally;

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use self::tally::{Outcome, Tally};
use crate::server_packages::{self, Server};

/// The steps in order: what fails fastest and most often comes first.
const STEPS: [&Step; 6] = [
    &Step { name: "format", run: |_| cargo(&["fmt", "--all", "--check"], &[]) },
    &Step { name: "tidy", run: |_| crate::tidy::run(&[]).map(Outcome::of) },
    &Step {
        name: "clippy",
        run: |_| cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]),
    },
    &Step { name: "tests", run: tests },
    &Step {
        name: "docs",
        run: |_| cargo(&["doc", "--no-deps", "--workspace", "--lib"], &[("RUSTDOCFLAGS", "-D warnings")]),
    },
    &Step { name: "licences", run: |_| licences() },
];

struct Step {
    name: &'static str,
    run: fn(&Server) -> Result<Outcome, String>,
}

#[derive(Debug, Default, PartialEq)]
struct Options {
    pg: Option<u32>,
    keep_going: bool,
}

/// Runs all steps; `Ok(false)` when one failed.
pub(crate) fn run(arguments: &[String]) -> Result<bool, String> {
    let options = Options::read(arguments)?;
    let begun = Instant::now();
    let mut tally = Tally::default();
    let server = match server_packages::ensure(options.pg) {
        Ok(server) => server,
        Err(problem) => {
            println!("{problem}\n");
            tally.add("server", &Outcome::Failed);
            STEPS.iter().for_each(|step| tally.add(step.name, &Outcome::LeftOut("no server".to_owned())));
            println!("{}\n{tally}", tally.details());
            return Ok(false);
        }
    };
    println!("==> {} in {}", server.version, server.binaries.display());
    for step in STEPS {
        if tally.has_failed() && !options.keep_going {
            tally.add(step.name, &Outcome::LeftOut("a step before it failed".to_owned()));
            continue;
        }
        println!("==> {}", step.name);
        let step_begun = Instant::now();
        let outcome = (step.run)(&server).unwrap_or_else(|problem| {
            println!("{problem}");
            Outcome::Failed
        });
        println!("<== {}: {outcome}, {:.1} s", step.name, step_begun.elapsed().as_secs_f64());
        tally.add(step.name, &outcome);
    }
    println!("\n{} on {} in {:.1} s", tally.details(), server.version, begun.elapsed().as_secs_f64());
    println!("{tally}");
    Ok(!tally.has_failed())
}

impl Options {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut rest = arguments.iter().flat_map(|argument| argument.splitn(2, '='));
        while let Some(argument) = rest.next() {
            match argument {
                "--keep-going" => options.keep_going = true,
                "--pg" => {
                    let major = rest.next().and_then(|text| text.parse().ok());
                    let known = major.filter(|major| server_packages::MAJORS.contains(major));
                    options.pg = Some(known.ok_or("--pg takes 14, 15, 16, 17 or 18")?);
                }
                other => return Err(format!("test has no option {other:?}; see `cargo xtask help`")),
            }
        }
        Ok(options)
    }
}

fn cargo_command(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(arguments).stdin(Stdio::null());
    command
}

fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Outcome, String> {
    let mut command = cargo_command(arguments);
    let status = command.envs(environment.iter().copied()).status();
    status.map(|status| Outcome::of(status.success())).map_err(|error| format!("cargo: {error}"))
}

/// Plain `cargo test`, so that a fresh machine needs no other runner; doc tests included.
fn tests(server: &Server) -> Result<Outcome, String> {
    let mut command = cargo_command(&["test", "--workspace", "--no-fail-fast"]);
    command.env("ROWLORE_PG_BIN", &server.binaries);
    // The tests bring their own databases: nothing may lead them to one of the person who runs them.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name == "DATABASE_URL" || name.starts_with("PG")) {
            command.env_remove(name);
        }
    }
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cargo: {error}"))?;
    let mut counts = tally::Counts::default();
    for line in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).split(b'\n')) {
        // A test may print bytes that are not text; they must not end the run.
        let line =
            String::from_utf8_lossy(&line.map_err(|error| format!("cargo test: {error}"))?).into_owned();
        println!("{line}");
        counts.read_line(&line);
    }
    let status = child.wait().map_err(|error| format!("cargo test: {error}"))?;
    Ok(Outcome::Tests(counts.with_exit(status.success())))
}

fn licences() -> Result<Outcome, String> {
    let probe = cargo_command(&["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        return Ok(Outcome::LeftOut("cargo-deny is not installed".to_owned()));
    }
    // Not `advisories`: that fetches a database from elsewhere, and this must give the same answer offline.
    cargo(&["deny", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"], &[])
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn read(text: &str) -> Result<Options, String> {
        Options::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_or_refused() {
        assert_eq!(read(""), Ok(Options { pg: None, keep_going: false }));
        assert_eq!(read("--keep-going --pg 17"), Ok(Options { pg: Some(17), keep_going: true }));
        assert_eq!(read("--pg=14"), Ok(Options { pg: Some(14), keep_going: false }));
        for wrong in ["--pg", "--pg 13", "--pg new", "--keepgoing", "17"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
