//! The databases that a page's commands and SQL blocks go to.

use std::cell::RefCell;
use std::path::Path;

use rowlore_conformance::server::{PrivatePostgres, TestDatabase};

/// Runs SQL on a file and gives the rows of its last statement as the `sqlite3` shell prints them.
pub(crate) fn sqlite(file: &Path, sql: &str) -> rusqlite::Result<String> {
    let shell = rusqlite::Connection::open(file)?;
    if !sql.trim_start().starts_with("select") {
        return shell.execute_batch(sql).map(|()| String::new());
    }
    let mut statement = shell.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut lines = String::new();
    while let Some(row) = rows.next()? {
        let values =
            (0..columns).map(|index| row.get_ref(index).map(shown)).collect::<Result<Vec<_>, _>>()?;
        lines.push_str(&format!("{}\n", values.join("|")));
    }
    Ok(lines)
}

fn shown(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The PostgreSQL databases of a page: made when they are first named, on a private server.
pub(crate) struct Servers {
    page: String,
    made: RefCell<Vec<(String, TestDatabase)>>,
}

/// One of them.
pub(crate) struct Server {
    database: TestDatabase,
}

impl Servers {
    pub(crate) fn new(page: &str) -> Self {
        Self { page: page.to_owned(), made: RefCell::default() }
    }

    /// The database that the page calls `name`; empty when it is new.
    pub(crate) fn named(&self, name: &str) -> Server {
        let mut made = self.made.borrow_mut();
        if let Some((_, database)) = made.iter().find(|(known, _)| known == name) {
            return Server { database: database.clone() };
        }
        let database = PrivatePostgres::shared().database(&format!("guide_{name}"));
        made.push((name.to_owned(), database.clone()));
        Server { database }
    }

    /// Where an `sql` block runs: the page's first database. A page that has none gets one in which `books` is
    /// tracked, and somebody called auditor.
    pub(crate) fn of_sql_blocks(&self) -> Server {
        let first = self.made.borrow().first().map(|(name, _)| name.clone());
        if let Some(name) = first {
            return self.named(&name);
        }
        let server = self.named("shop");
        let ready = server.run(PRELUDE).map_err(|error| error.to_string()).and_then(|_| server.track_books());
        ready.unwrap_or_else(|error| panic!("{}: no database for its SQL: {error}", self.page));
        server
    }

    /// `DATABASE_URL` is the first database, `NAME_URL` each by its name.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let made = self.made.borrow();
        let first = made.first().map(|(_, database)| ("DATABASE_URL".to_owned(), database.url.clone()));
        let named =
            made.iter().map(|(name, found)| (format!("{}_URL", name.to_uppercase()), found.url.clone()));
        first.into_iter().chain(named).collect()
    }
}

const PRELUDE: &str = "
    create table books (id bigint primary key, title text, price numeric);
    do $$ begin
        if to_regrole('auditor') is null then create role auditor; end if;
    end $$;";

impl Server {
    /// Runs SQL and gives the rows as `psql -At` prints them.
    pub(crate) fn run(&self, sql: &str) -> std::io::Result<String> {
        let rows = PrivatePostgres::shared().run(&self.database.name, sql)?;
        let line = |row: Vec<Option<String>>| {
            format!("{}\n", row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|"))
        };
        Ok(rows.into_iter().map(line).collect())
    }

    fn track_books(&self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let tracked = runtime.block_on(async {
            let lore = rowlore::Lore::new(rowlore_postgres::Postgres::connect(&self.database.url).await?);
            let declarations = rowlore::check([rowlore::declare::TrackedTable::new("books")])?;
            lore.apply(&lore.plan(&declarations).await?).await
        });
        tracked.map_err(|error| error.to_string())
    }
}
