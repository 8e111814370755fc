//! Runs the `console` and `sql` blocks of a page, in order, in a folder of its own.
//!
//! A line that begins with `$ ` is a command; the lines below it must stand in its output in this order, where `…`
//! stands for anything. `rowlore` is the real binary. `sqlite3 FILE SQL` and `psql NAME -c SQL` (or
//! `-1f FILE`) are done here, by
//! connections that know nothing of rowlore; `databases.rs` says which. A `toml` block that begins with
//! `# rowlore.toml` is written to that file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::blocks::Block;
use crate::databases::{self, Servers};

/// Runs what a page says; returns how many commands that were.
pub(crate) fn run(page: &str, blocks: &[Block]) -> usize {
    let place = Place { folder: tempfile::tempdir().unwrap(), servers: Servers::new(page) };
    let folder = place.folder.path();
    let mut commands = 0;
    for block in blocks {
        if block.language == "toml" && block.text.starts_with("# rowlore.toml\n") {
            std::fs::write(folder.join("rowlore.toml"), &block.text).unwrap();
        }
        if block.language == "sql" {
            place.servers.of_sql_blocks().run(&block.text).unwrap_or_else(|error| {
                panic!("{page}:{}: the SQL is refused: {error}", block.line);
            });
            commands += 1;
        }
        if block.language != "console" {
            continue;
        }
        for (command, expected) in steps(&block.text) {
            let output = place.execute(command);
            if let Err(line) = stands_in(&expected, &output) {
                panic!("{page}:{}: $ {command}\ndoes not say\n{line}\nbut\n{output}", block.line);
            }
            commands += 1;
        }
    }
    commands
}

/// Where a page's commands run.
struct Place {
    folder: tempfile::TempDir,
    servers: Servers,
}

/// Each command with the lines that its output must have.
fn steps(block: &str) -> Vec<(&str, Vec<&str>)> {
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command, Vec::new())),
            (None, Some((_, expected))) => expected.push(line),
            (None, None) => panic!("a console block begins with `$ `, not with {line}"),
        }
    }
    steps
}

impl Place {
    fn execute(&self, command: &str) -> String {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let refused = |error: &dyn std::fmt::Display| panic!("$ {command}\n{error}");
        match words.as_slice() {
            ["sqlite3", file, sql] => {
                databases::sqlite(&self.folder.path().join(file), sql).unwrap_or_else(|error| refused(&error))
            }
            ["psql", name, "-c" | "-Atc", sql] => {
                self.servers.named(name).run(sql).unwrap_or_else(|error| refused(&error))
            }
            ["psql", name, "-1f", file] => {
                let sql = std::fs::read_to_string(self.folder.path().join(file));
                let done = sql.and_then(|sql| self.servers.named(name).run(&sql));
                done.map(|_| String::new()).unwrap_or_else(|error| refused(&error))
            }
            ["rowlore", arguments @ ..] => self.rowlore(command, arguments),
            _ => panic!(
                "$ {command}\nis neither rowlore, nor sqlite3 FILE SQL, nor psql NAME -c SQL, nor psql NAME -1f FILE"
            ),
        }
    }

    fn rowlore(&self, command: &str, arguments: &[&str]) -> String {
        // Found on the path, as after an installation: so advice says `rowlore`.
        let mut rowlore = Command::new("rowlore");
        rowlore.args(arguments).current_dir(self.folder.path()).env_clear();
        rowlore.env("PATH", folder_of_binary()).env("TZ", "UTC").envs(self.servers.environment());
        let done = rowlore.output().unwrap();
        let output = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        // 1 is an answer: there is a difference, or a conflict.
        let asks = ["diff", "check", "revert"].contains(&arguments[0]);
        let fine = done.status.success() || (asks && done.status.code() == Some(1));
        assert!(fine, "$ {command}\nended with {}\n{output}", done.status);
        output
    }
}

/// The words of a command, with single and double quotes as a shell has them.
fn words(command: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quote, mut inside) = (None, false);
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                if !inside {
                    words.push(String::new());
                }
                inside = true;
            }
            (None, ' ') => inside = false,
            _ => {
                if !inside {
                    words.push(String::new());
                }
                inside = true;
                words.last_mut().unwrap().push(letter);
            }
        }
    }
    words
}

/// Whether each expected line stands in the output, in order; else the first that does not.
fn stands_in<'a>(expected: &[&'a str], output: &str) -> Result<(), &'a str> {
    let mut lines = output.lines();
    for wanted in expected.iter().copied().filter(|line| !line.trim().is_empty()) {
        if !lines.by_ref().any(|line| fits(wanted, line)) {
            return Err(wanted);
        }
    }
    Ok(())
}

fn fits(wanted: &str, line: &str) -> bool {
    let Some((first, rest)) = wanted.split_once('…') else { return wanted == line };
    let (between, last) = rest.rsplit_once('…').unwrap_or(("", rest));
    let Some(mut inside) = line.strip_prefix(first).and_then(|line| line.strip_suffix(last)) else {
        return false;
    };
    between.split('…').all(|part| match inside.split_once(part) {
        Some((_, after)) => {
            inside = after;
            true
        }
        None => false,
    })
}

/// The folder of the binary as it is now: built once, if it is not built yet.
fn folder_of_binary() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "rowlore-cli"]).current_dir(crate::top());
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the binary does not build");
        folder
    })
}

#[test]
fn words_are_those_of_a_shell() {
    assert_eq!(
        words(r#"sqlite3 a.db "x 'y'" '#1' a='b c' """#),
        ["sqlite3", "a.db", "x 'y'", "#1", "a=b c", ""]
    );
}

#[test]
fn a_line_fits_with_gaps() {
    for (wanted, line, fit) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a…", "ab", true),
        ("…b", "ab", true),
        ("…b", "bab", true),
        ("…a…", "bab", true),
        ("…", "", true),
        ("a…c", "abc", true),
        ("a…c", "abcd", false),
        ("…x…", "ab", false),
    ] {
        assert_eq!(fits(wanted, line), fit, "{wanted} {line}");
    }
}
