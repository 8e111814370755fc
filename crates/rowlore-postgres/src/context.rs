//! Who acts: one bound statement at the beginning of a transaction, local to it.

use deadpool_postgres::{GenericClient, Transaction};
use rowlore::{Context, Lore, Result, TableName, Tracked};
use serde::Serialize;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::failed;
use crate::{Postgres, error, manual, suspend};

/// Transactions in a context, on rowlore's own pool.
pub trait Transactions {
    /// Runs `work` in one transaction, all of whose changes are attributed to `context`; commits when it succeeds, and
    /// rolls back when it fails.
    ///
    /// # Errors
    /// The error of `work`, or that no connection, begin or commit could be had.
    // No `Send` bound: the caller's closure decides whether its future can move between threads.
    #[allow(async_fn_in_trait)]
    async fn transaction<T>(
        &self,
        context: Context,
        work: impl AsyncFnOnce(&Scope<'_>) -> Result<T>,
    ) -> Result<T>;
}

impl Transactions for Lore<Postgres> {
    async fn transaction<T>(
        &self,
        context: Context,
        work: impl AsyncFnOnce(&Scope<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut client = self.engine().pool().get().await.map_err(error::unreachable)?;
        let transaction = client.transaction().await.map_err(failed("begin a transaction"))?;
        set_context(&transaction, &context).await?;
        let scope = Scope { transaction, context };
        let done = work(&scope).await;
        match done {
            Ok(value) => scope.transaction.commit().await.map_err(failed("commit")).map(|()| value),
            Err(error) => {
                // The error of the work is the one to report; a connection that is gone rolls back by itself.
                let _ = scope.transaction.rollback().await;
                Err(error)
            }
        }
    }
}

/// Says who acts for the rest of the transaction that `client` is in: for a transaction that the program opened itself.
///
/// # Errors
/// When the statement fails; outside a transaction it does nothing, since the context ends with the statement.
pub async fn set_context(client: &impl GenericClient, context: &Context) -> Result<()> {
    let statement = client.prepare_cached("select rowlore.set_context($1::text::jsonb)").await;
    let statement = statement.map_err(failed("set a context"))?;
    client.execute(&statement, &[&context.frame()]).await.map_err(failed("set a context"))?;
    Ok(())
}

/// A transaction in a context.
#[derive(Debug)]
pub struct Scope<'a> {
    transaction: Transaction<'a>,
    context: Context,
}

impl Scope<'_> {
    /// The transaction, for everything that the client can do.
    pub fn client(&self) -> &Transaction<'_> {
        &self.transaction
    }

    /// Runs a statement and gives the number of rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        self.transaction.execute(sql, params).await.map_err(failed("run a statement"))
    }

    /// Runs a query and gives its rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        self.transaction.query(sql, params).await.map_err(failed("run a query"))
    }

    /// Runs `work` in a scope in which these trackers do not record, besides those that do not already: `table` for all
    /// trackers of a table, `table:label` for those of one label. What was in force before is again when it ends. When
    /// `work` fails, what it did is undone, and the transaction can go on.
    ///
    /// # Errors
    /// The error of `work`, those of [`suspend`](crate::suspend), or what the database says.
    pub async fn suspended<T>(
        &self,
        trackers: &[impl AsRef<str>],
        work: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        self.savepoint(async || {
            let outer = suspend::suspend(&*self.transaction, trackers).await?;
            let done = work().await?;
            suspend::resume(&*self.transaction, &outer).await.map(|()| done)
        })
        .await
    }

    /// As [`create_event`](crate::create_event), in this transaction and its context.
    ///
    /// # Errors
    /// As [`create_event`](crate::create_event).
    pub async fn create_event(&self, table: &TableName, label: &str, row: &rowlore::Row) -> Result<i64> {
        manual::create_event(&*self.transaction, table, label, row).await
    }

    /// As [`create_events`](crate::create_events), in this transaction and its context.
    ///
    /// # Errors
    /// As [`create_events`](crate::create_events).
    pub async fn create_events(
        &self,
        table: &TableName,
        label: &str,
        rows: &[rowlore::Row],
    ) -> Result<Vec<i64>> {
        manual::create_events(&*self.transaction, table, label, rows).await
    }

    /// As [`create_event_of`](crate::create_event_of), in this transaction and its context.
    ///
    /// # Errors
    /// As [`create_event_of`](crate::create_event_of).
    pub async fn create_event_of<T: Tracked + Serialize>(&self, row: &T, label: &str) -> Result<i64> {
        manual::create_event_of(&*self.transaction, row, label).await
    }

    /// Runs `work` in a savepoint: an error undoes it, settings included.
    async fn savepoint<T>(&self, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        let run =
            async |sql: &str| self.transaction.batch_execute(sql).await.map_err(failed("run a nested scope"));
        run("savepoint rl_scope").await?;
        match work().await {
            Ok(value) => run("release savepoint rl_scope").await.map(|()| value),
            Err(error) => {
                run("rollback to savepoint rl_scope; release savepoint rl_scope").await?;
                Err(error)
            }
        }
    }

    /// Runs `work` in a scope of its own inside this one: what `context` leaves open comes from this scope's. It ends
    /// with `work`, and the outer context is the very same again. When `work` fails, what it did is undone, and the
    /// transaction can go on.
    ///
    /// # Errors
    /// The error of `work`, or what the database says.
    pub async fn scope<T>(
        &self,
        context: Context,
        work: impl AsyncFnOnce(&Context) -> Result<T>,
    ) -> Result<T> {
        let nested = self.context.nest(&context);
        self.savepoint(async || {
            let enter = "select rowlore.enter_context($1::text::jsonb)";
            let entered = self.query(enter, &[&nested.frame()]).await?;
            let outer: String = entered.first().map(|row| row.get(0)).unwrap_or_default();
            let done = work(&nested).await?;
            self.query("select rowlore.leave_context($1)", &[&outer]).await.map(|_| done)
        })
        .await
    }
}
