//! rowlore on SQLite: row triggers into typed event tables, in the database file itself.
//!
//! ```
//! use rowlore::{Context, Lore, check, declare::TrackedTable};
//! use rowlore_sqlite::{Sqlite, Transactions, wait};
//!
//! let lore = Lore::new(Sqlite::in_memory()?);
//! lore.engine().with(|sql| sql.execute_batch("create table books (id integer primary key, title text)"))?;
//! wait(lore.apply(&wait(lore.plan(&check([TrackedTable::new("books")])?))?))?;
//!
//! lore.transaction(Context::actor("user:5"), |tx| tx.execute("insert into books values (1, 'Dune')", []))?;
//!
//! let books = "books".parse_table();
//! let key = serde_json::from_str(r#"{"id": 1}"#)?;
//! let history = wait(lore.history(&books, &key, &Default::default()))?;
//! assert_eq!(history[0].context.actor.as_deref(), Some("user:5"));
//! # trait ParseTable { fn parse_table(&self) -> rowlore::TableName; }
//! # impl ParseTable for str { fn parse_table(&self) -> rowlore::TableName { rowlore::TableName::new("", self) } }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **No runtime is needed.** The futures of this engine are ready at once: [`wait`] turns each into its answer.
//!
//! **Whoever writes is recorded**, since the triggers are in the file: this program, the `sqlite3` shell, anything.
//! What SQLite can't know is who that was: it has no users. An event written outside [`Sqlite::transaction`] has
//! a time and nothing else, unless the other program sets a context itself.
//!
//! **`replace` and other programs.** `insert or replace` removes the rows in its way, and SQLite fires delete
//! triggers for those only on connections with `pragma recursive_triggers = on`. Connections made here have it. On
//! others such a removal leaves no delete event: the row's history then goes on with a second insert, and a row
//! removed because of another unique constraint seems to be still there. `insert … on conflict do update` has no
//! such gap. Cascades fire triggers on every connection that enforces foreign keys at all.
//!
//! **Tracked columns.** While a column is tracked, `alter table … drop column` is refused by SQLite with
//! `error in trigger rowlore_…: no such column`. Declare the column under `except`, apply, then drop it.
//! A table that is rebuilt (`create`, copy, `drop`, `rename`, as Django does it) loses its triggers with the
//! old table: `check` says so, and a new apply installs them again.
//!
//! **Rows without identity.** A primary key that is not `integer primary key` may hold null in SQLite. Such rows
//! share one history, and the backfill leaves them out.

mod apply;

mod backfill;

mod context;

mod dialect;

mod failure;

mod inspect;

mod manual;

mod probe;

mod read;

mod registry;

mod render;

mod rule;

mod suspend;

mod value;

mod write;

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread::ThreadId;
use std::time::Duration;

use rowlore::declare::check::Declarations;
use rowlore::engine::{BackfillTurn, Dialect, Engine, Pending, Probe, Read, Suspension, Written};
use rowlore::found::{Found, Registered};
use rowlore::plan::Plan;
use rowlore::read::{Event, EventQuery, RowRef, RowsAt, RowsNow};
use rowlore::revert::Writes;
use rowlore::{Context, Error, Result, Row, TableName};
use rusqlite::{Connection, OpenFlags};

pub use context::{Transaction, Transactions};
pub use dialect::SqliteDialect;
pub use manual::ManualEvents;
pub use rusqlite;

/// How long a write waits for another connection's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// A SQLite database, over one connection that clones share and use in turn.
#[derive(Debug, Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
    application: Option<String>,
}

#[derive(Debug)]
struct Shared {
    connection: Mutex<Connection>,
    /// The thread that uses the connection: it would wait for itself if it asked again.
    holder: Mutex<Option<ThreadId>>,
}

impl Sqlite {
    /// Opens a database file that exists.
    ///
    /// # Errors
    /// When there is no such file, or it is not a SQLite database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if !path.exists() {
            let missing = format!("there is no database file {}", path.display());
            return Err(Error::request(missing).hint("check the path; a new database needs `open_or_create`"));
        }
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a database file, and makes an empty one where there is none.
    ///
    /// # Errors
    /// When the file can't be made, or is not a SQLite database.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path.as_ref(), OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self> {
        let doing = format!("open {}", path.display());
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        Self::prepared(connection.map_err(failure::ours(&doing))?, &doing)
    }

    /// A database that lives as long as this handle and its clones.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        let doing = "open a database in memory";
        Self::prepared(Connection::open_in_memory().map_err(failure::ours(doing))?, doing)
    }

    fn prepared(connection: Connection, doing: &str) -> Result<Self> {
        let set = || {
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            // A file is looked into only now: what is no database is found out here, and not in the first question.
            connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))
        };
        set().map_err(failure::ours(doing))?;
        Self::from_connection(connection)
    }

    /// Uses a connection of the program's own, with its settings. One is changed: `recursive_triggers` is turned on,
    /// or what `replace` removes would not be recorded.
    ///
    /// # Errors
    /// When the connection refuses that.
    pub fn from_connection(connection: Connection) -> Result<Self> {
        let set = connection.pragma_update(None, "recursive_triggers", true);
        set.map_err(failure::ours("prepare the connection"))?;
        connection.set_prepared_statement_cache_capacity(64);
        let shared = Shared { connection: Mutex::new(connection), holder: Mutex::new(None) };
        Ok(Self { shared: Arc::new(shared), application: None })
    }

    /// Names the program: every context of this handle's transactions carries it as its `application`.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// Runs the program's own SQL on the connection. Changes outside a [transaction](Self::transaction) have no context.
    ///
    /// # Errors
    /// What the SQL gives, as a sentence; the error of rusqlite is its source.
    pub fn with<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.locked(|connection| run(connection).map_err(failure::theirs("run the program's SQL")))
    }

    /// The connection, for one use. SQLite has one writer, so that taking turns costs little.
    fn locked<T>(&self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let holder = || self.shared.holder.lock().unwrap_or_else(PoisonError::into_inner);
        let this = std::thread::current().id();
        if *holder() == Some(this) {
            let message =
                "the connection is in use by this thread, inside a transaction's or `with`'s closure";
            return Err(
                Error::request(message).hint("use the closure's own argument there, or ask afterwards")
            );
        }
        // A panic while it was held has rolled back on its way: nothing is half done.
        let connection = self.shared.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *holder() = Some(this);
        let _release = Release(&self.shared.holder);
        run(&connection)
    }

    /// The connection in one read transaction, so that several queries see the same state.
    fn reading<T>(&self, run: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.locked(|connection| {
            if !connection.is_autocommit() {
                return run(connection);
            }
            let snapshot = connection.unchecked_transaction().map_err(failure::ours("begin to read"))?;
            let answer = run(&snapshot);
            drop(snapshot);
            answer
        })
    }
}

struct Release<'a>(&'a Mutex<Option<ThreadId>>);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Engine for Sqlite {
    fn dialect(&self) -> &dyn Dialect {
        &SqliteDialect
    }

    fn inspect<'a>(&'a self, declared: &'a Declarations) -> Pending<'a, Found> {
        Box::pin(async move { self.reading(|connection| inspect::inspect(connection, declared)) })
    }

    fn apply<'a>(&'a self, plan: &'a Plan) -> Pending<'a, ()> {
        Box::pin(async move { self.locked(|connection| apply::apply(connection, plan)) })
    }

    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn> {
        Box::pin(async move { self.locked(|connection| backfill::turn(connection, table, rows_max)) })
    }

    fn write<'a>(&'a self, writes: &'a Writes, context: &'a Context) -> Pending<'a, Written> {
        Box::pin(async move { write::write(self, writes, context) })
    }

    fn probe<'a>(&'a self, table: &'a TableName) -> Pending<'a, Vec<Probe>> {
        Box::pin(async move { self.locked(|connection| probe::probe(connection, table)) })
    }
}

impl Read for Sqlite {
    fn registered(&self) -> Pending<'_, Vec<Registered>> {
        Box::pin(async move { self.reading(registry::registered) })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>> {
        Box::pin(async move { self.reading(|connection| read::events(connection, query)) })
    }

    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>> {
        Box::pin(async move { self.reading(|connection| read::rows_at(connection, query)) })
    }

    fn rows_now<'a>(&'a self, query: &'a RowsNow) -> Pending<'a, Vec<Row>> {
        Box::pin(async move { self.reading(|connection| read::rows_now(connection, query)) })
    }

    fn rows_now_each<'a>(&'a self, queries: &'a [RowsNow]) -> Pending<'a, Vec<Vec<Row>>> {
        Box::pin(async move {
            self.reading(|connection| queries.iter().map(|query| read::rows_now(connection, query)).collect())
        })
    }

    fn referencing<'a>(&'a self, rows: &'a [RowRef]) -> Pending<'a, Vec<RowRef>> {
        Box::pin(async move { self.reading(|connection| read::referencing(connection, rows)) })
    }

    fn suspensions(&self) -> Pending<'_, Vec<Suspension>> {
        Box::pin(async move { self.reading(suspend::suspensions) })
    }
}

/// The answer of a future of this engine, which is always ready: rowlore without a runtime.
///
/// ```
/// # use rowlore::Lore;
/// # use rowlore_sqlite::{Sqlite, wait};
/// let lore = Lore::new(Sqlite::in_memory()?);
/// assert!(wait(lore.registered())?.is_empty());
/// # Ok::<(), rowlore::Error>(())
/// ```
///
/// # Errors
/// The future's own, or [`Bug`](rowlore::ErrorKind::Bug) for a future that would have to wait: none of this engine's does.
pub fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(Error::bug("the future is not ready, so it is not one of the SQLite engine")
            .hint("give it to an async runtime")),
    }
}
