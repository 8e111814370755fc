//! A private folder with an SQLite shop, and the binary run in it.

use std::path::PathBuf;
use std::process::{Command, Output};

use rowlore_sqlite::rusqlite::Connection;
use tempfile::TempDir;

/// A folder of a test's own; gone when it is dropped.
pub(crate) struct Bench {
    folder: TempDir,
}

/// What a run of the binary left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The books of these tests, with what makes a database interesting: a view, a table without a key, odd names.
const SHOP: &str = "
    create table books (id integer primary key, title text not null, price integer);
    create table lines (order_id integer, line integer, note text, primary key (order_id, line));
    create table \"Odd Name\" (\"the key\" text primary key, \"select\" blob);
    create table log (at text, line text);
    create view cheap as select * from books where price < 10;
    insert into books values (1, 'Solaris', 10), (2, 'Kindred', 30);
    insert into lines values (7, 1, 'gift');
";

impl Bench {
    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With `shop.db`, and nothing tracked yet.
    pub(crate) fn new() -> Self {
        let bench = Self::empty();
        bench.sql(SHOP);
        bench
    }

    /// With books and lines tracked, and their rows recorded.
    pub(crate) fn tracked() -> Self {
        let bench = Self::new();
        bench.declare("[[table]]\nname = \"books\"\n[[table]]\nname = \"lines\"\n");
        let applied = bench.run("apply --yes --backfill");
        assert_eq!(applied.code, 0, "{}", applied.err);
        bench
    }

    /// Writes a rowlore.toml for the shop.
    pub(crate) fn declare(&self, tables: &str) {
        self.write("rowlore.toml", &format!("[database]\nurl = \"sqlite:shop.db\"\n{tables}"));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs SQL on the shop as another program would: it knows nothing of rowlore.
    pub(crate) fn sql(&self, sql: &str) {
        Connection::open(self.path("shop.db")).unwrap().execute_batch(sql).unwrap();
    }

    /// Runs the binary; words are split at spaces.
    pub(crate) fn run(&self, words: &str) -> Ran {
        self.run_words(&words.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_words(&self, words: &[&str]) -> Ran {
        self.run_with(words, &[])
    }

    /// Runs the binary in an environment with these names.
    pub(crate) fn run_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowlore"));
        self.private(&mut command);
        command.args(words).envs(environment.iter().copied());
        Ran::from(command.output().unwrap())
    }

    /// Runs a line as the shell would.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        self.private(&mut command);
        Ran::from(command.args(["-c", line]).output().unwrap())
    }

    /// This folder, and nothing of this machine's or cargo's settings.
    fn private(&self, command: &mut Command) {
        command.current_dir(self.folder.path());
        for name in ["DATABASE_URL", "CARGO_MANIFEST_DIR", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("TZ", "UTC");
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().expect("ended by itself"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Ran {
    /// The output of a run that must have worked.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self.out
    }

    /// The output of a run whose answer must be no.
    pub(crate) fn no(self) -> String {
        assert_eq!(self.code, 1, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self.out
    }

    /// The error of a run that must have ended with `code`, in a sentence with a hint.
    pub(crate) fn refused(self, code: i32) -> String {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert!(self.err.contains("hint: "), "no hint in: {}", self.err);
        assert!(!self.err.contains("panicked") && !self.err.contains("bug"), "{}", self.err);
        self.err
    }
}
