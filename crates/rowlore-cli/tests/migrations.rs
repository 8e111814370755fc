//! Migrations for other tools, run by these tools: up, writes, down, up again.
//!
//! Django and Alembic come from PyPI into a folder of cargo's, sqlx and refinery are crates. Rails is not at hand here:
//! only the form of its file is looked at.

mod forms;

mod python;

mod rust;

mod second;

use rowlore_conformance::server::{PrivatePostgres, TestDatabase};

use crate::bench::{Bench, Ran};

/// A database of a test's own with one table, and a folder to work in.
pub(super) struct Place {
    pub(super) bench: Bench,
    /// None: `shop.db` in the folder.
    pub(super) postgres: Option<TestDatabase>,
}

/// All that a literal of another language or a driver could take for something else.
const DECLARED: &str = r#"
[[table]]
name = "books"
[[table.tracker]]
[[table.tracker]]
operations = ["update"]
label = "it's 100%s \"\"\" ''' \\n :name #{x} $sql$ ; {{y}}"
when = "new.title like '%;%' or new.title = '\\'"
events = "odd_event"
"#;

const BOOKS: &str = "create table books (id integer primary key, title text not null, price integer);
    insert into books values (1, 'Solaris', 10), (2, 'Kindred', 30);";

impl Place {
    pub(super) fn sqlite() -> Self {
        let place = Self { bench: Bench::empty(), postgres: None };
        place.begin()
    }

    pub(super) fn postgres(hint: &str) -> Self {
        let database = PrivatePostgres::shared().database(hint);
        Self { bench: Bench::empty(), postgres: Some(database) }.begin()
    }

    fn begin(self) -> Self {
        self.sql(BOOKS);
        self.bench.write("rowlore.toml", DECLARED);
        self
    }

    pub(super) fn sql(&self, sql: &str) {
        match &self.postgres {
            Some(database) => drop(PrivatePostgres::shared().run(&database.name, sql).unwrap()),
            None => self.bench.sql(sql),
        }
    }

    pub(super) fn run(&self, words: &str) -> Ran {
        let url = self.postgres.as_ref().map_or("sqlite:shop.db", |database| database.url.as_str());
        self.bench.run_with(&words.split_whitespace().collect::<Vec<_>>(), &[("DATABASE_URL", url)])
    }

    fn prices(&self) -> String {
        self.run("history books 1").done()
    }

    /// The whole life: each tool only says how it goes up and down.
    pub(super) fn life(&self, up: impl Fn(), down: Option<&dyn Fn()>) {
        up();
        self.clean();
        self.run("backfill").done();
        self.clean();
        self.sql("update books set price = 11 where id = 1");
        self.sql("update books set title = 'a;b' where id = 2");
        assert!(self.prices().contains("10 → 11"), "{}", self.prices());
        let odd = self.run("events --table books --op update --json").done();
        assert!(odd.contains(r#""label":"it's 100%s \"\"\" ''' \\n :name #{x} $sql$ ; {{y}}""#), "{odd}");
        let Some(down) = down else { return };
        down();
        self.sql("update books set price = 12 where id = 1");
        let history = self.prices();
        assert!(
            history.contains("10 → 11") && !history.contains("→ 12"),
            "not captured, and kept: {history}"
        );
        let drift = self.run("check").no();
        assert!(drift.contains("books"), "{drift}");
        up();
        self.clean();
        // The change that nobody saw is not put down to the next writer.
        self.run("backfill").done();
        self.sql("update books set price = 13 where id = 1");
        let history = self.prices();
        assert!(history.contains("12 → 13") && !history.contains("11 → 13"), "{history}");
        down();
        assert_eq!(self.run("check").code, 1);
    }

    fn clean(&self) {
        let ran = self.run("check");
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
}
