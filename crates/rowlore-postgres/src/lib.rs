//! rowlore's production engine: PostgreSQL 14 to 18.
//!
//! What it installs can be read without Rust in `sql/`: one file an object. No extension and no superuser.
//!
//! ```no_run
//! # async fn example() -> rowlore::Result<()> {
//! use rowlore::declare::TrackedTable;
//! use rowlore::{Context, Lore};
//! use rowlore_postgres::{Postgres, Transactions as _};
//!
//! let lore = Lore::new(Postgres::connect("postgres://shop@localhost/shop").await?);
//! let declarations = rowlore::check([TrackedTable::new("books")])?;
//! lore.apply(&lore.plan(&declarations).await?).await?;
//!
//! lore.transaction(Context::actor("user:5").because("price list"), async |tx| {
//!     tx.execute("update books set price = price * 1.1", &[]).await
//! })
//! .await?;
//! # Ok(()) }
//! ```

mod apply;

mod backfill;

mod context;

mod dialect;

mod error;

mod inspect;

mod key;

mod manual;

mod probe;

mod read;

mod registry;

mod suspend;

mod table;

mod template;

mod value;

mod write;

use std::str::FromStr as _;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use registry::Registry;
use rowlore::declare::check::Declarations;
use rowlore::engine::{BackfillTurn, Dialect, Engine, Pending, Probe, Read, Suspension, Written};
use rowlore::found::{Found, Registered};
use rowlore::plan::Plan;
use rowlore::read::{Event, EventQuery, RowRef, RowsAt, RowsNow};
use rowlore::revert::Writes;
use rowlore::{Context, Error, Result, Row, TableName};

pub use context::{Scope, Transactions, set_context};
pub use dialect::PostgresDialect;
pub use manual::{create_event, create_event_of, create_events};
pub use suspend::{resume, suspend};
pub use {deadpool_postgres, tokio_postgres};

/// The PostgreSQL engine over a pool of connections.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    registry: Registry,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the URL: it may hold a password.
        f.debug_struct("Postgres").field("pool", &self.pool.status()).finish()
    }
}

/// Connections that [`Postgres::connect`] keeps at the most.
const CONNECTIONS_MAX: usize = 8;

impl Postgres {
    /// Connects to `postgres://user:password@host:port/database`, and makes sure that the server answers.
    ///
    /// Also takes the `key=value` form, and `host=/folder` for a local socket. Connections are not encrypted: for
    /// TLS build a pool with your connector and use [`from_pool`](Self::from_pool).
    ///
    /// # Errors
    /// When the URL is none, the server can't be reached or refuses, or it is older than PostgreSQL 14.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut config = tokio_postgres::Config::from_str(url).map_err(|error| {
            // The error names the part that is wrong, never the password.
            Error::request(format!("not a PostgreSQL URL: {error}"))
                .hint("write postgres://user@host:5432/database")
        })?;
        if config.get_application_name().is_none() {
            config.application_name("rowlore");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        // A caller that stopped waiting in the middle of a read leaves its transaction open.
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Custom("rollback".to_owned()) };
        let manager = Manager::from_config(config, tokio_postgres::NoTls, recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS_MAX).runtime(Runtime::Tokio1).build();
        let pool = pool.map_err(|error| Error::bug(format!("can't make a pool: {error}")))?;
        let postgres = Self { pool, registry: Registry::default() };
        postgres.check_version().await?;
        Ok(postgres)
    }

    /// Uses the program's own pool. Nothing is read yet.
    pub fn from_pool(pool: Pool) -> Self {
        Self { pool, registry: Registry::default() }
    }

    /// The pool, for the program's own statements.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    async fn check_version(&self) -> Result<()> {
        let client = self.client().await?;
        let row = client.query_one("select current_setting('server_version_num')::int", &[]).await;
        let version: i32 = row.map_err(error::failed("read the server's version"))?.get(0);
        if version < 140_000 {
            let found = format!("{}.{}", version / 10_000, version % 10_000);
            return Err(Error::operator(format!("PostgreSQL {found} is too old for rowlore"))
                .hint("rowlore needs PostgreSQL 14 or newer"));
        }
        Ok(())
    }

    async fn client(&self) -> Result<deadpool_postgres::Object> {
        self.pool.get().await.map_err(error::unreachable)
    }
}

impl Engine for Postgres {
    fn dialect(&self) -> &dyn Dialect {
        &PostgresDialect
    }

    fn inspect<'a>(&'a self, declared: &'a Declarations) -> Pending<'a, Found> {
        Box::pin(async move { inspect::inspect(&*self.client().await?, declared).await })
    }

    fn apply<'a>(&'a self, plan: &'a Plan) -> Pending<'a, ()> {
        Box::pin(async move { apply::apply(&mut *self.client().await?, plan).await })
    }

    fn backfill<'a>(&'a self, table: &'a TableName, rows_max: usize) -> Pending<'a, BackfillTurn> {
        Box::pin(async move { backfill::turn(&mut *self.client().await?, table, rows_max).await })
    }

    fn write<'a>(&'a self, writes: &'a Writes, context: &'a Context) -> Pending<'a, Written> {
        Box::pin(async move { write::write(&mut *self.client().await?, writes, context).await })
    }

    fn probe<'a>(&'a self, table: &'a TableName) -> Pending<'a, Vec<Probe>> {
        Box::pin(async move { probe::probe(&mut *self.client().await?, table).await })
    }
}

impl Read for Postgres {
    fn registered(&self) -> Pending<'_, Vec<Registered>> {
        Box::pin(async move { self.registry.read(&*self.client().await?).await })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> Pending<'a, Vec<Event>> {
        Box::pin(async move { read::events(&*self.client().await?, &self.registry, query).await })
    }

    fn rows_at<'a>(&'a self, query: &'a RowsAt) -> Pending<'a, Vec<Row>> {
        Box::pin(async move { read::rows_at(&*self.client().await?, &self.registry, query).await })
    }

    fn rows_now<'a>(&'a self, query: &'a RowsNow) -> Pending<'a, Vec<Row>> {
        Box::pin(async move {
            let answers = read::rows_now(&*self.client().await?, std::slice::from_ref(query)).await?;
            Ok(answers.into_iter().flatten().collect())
        })
    }

    fn rows_now_each<'a>(&'a self, queries: &'a [RowsNow]) -> Pending<'a, Vec<Vec<Row>>> {
        Box::pin(async move { read::rows_now(&*self.client().await?, queries).await })
    }

    fn referencing<'a>(&'a self, rows: &'a [RowRef]) -> Pending<'a, Vec<RowRef>> {
        Box::pin(async move { read::referencing(&*self.client().await?, &self.registry, rows).await })
    }

    fn suspensions(&self) -> Pending<'_, Vec<Suspension>> {
        Box::pin(async move { suspend::list(&*self.client().await?).await })
    }
}
