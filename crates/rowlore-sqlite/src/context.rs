//! Who and why: a transaction with a context, and scopes inside it.

use rowlore::{Context, Error, Lore, Result};
use rusqlite::{Connection, Params, TransactionBehavior};

use crate::failure::{ours, theirs};
use crate::{Sqlite, registry};

const DOING: &str = "set the context";

/// Ends the context, and what is suspended. Part of the transaction, so that nobody ever reads what was set in it.
fn clear(connection: &Connection, own_version: u32) -> Result<()> {
    let sql = match own_version {
        1 => "update rowlore_state set xid = null, context_id = null",
        _ => "update rowlore_state set xid = null, context_id = null, suspended = null",
    };
    execute(connection, sql, [])
}

/// A transaction whose changes carry a context. Given to the closure of [`Sqlite::transaction`].
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    frame: Context,
}

/// [`Sqlite::transaction`] on the handle itself.
pub trait Transactions {
    /// See [`Sqlite::transaction`].
    ///
    /// # Errors
    /// As there.
    fn transaction<T>(&self, context: Context, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T>;
}

impl Transactions for Lore<Sqlite> {
    fn transaction<T>(&self, context: Context, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.engine().transaction(context, run)
    }
}

impl Sqlite {
    /// Runs the closure in a write transaction (`begin immediate`) of its own; every change that it causes carries
    /// the context. Commits what it did, or rolls back when it gives an error or panics.
    ///
    /// # Errors
    /// The closure's own; or when rowlore is not installed in this database, a context is set by an outer transaction
    /// of this connection, or another connection keeps writing for five seconds.
    pub fn transaction<T>(
        &self,
        context: Context,
        run: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let application = context.application.clone().or_else(|| self.application.clone());
        let frame = Context { application, ..context };
        self.locked(|connection| {
            if !connection.is_autocommit() {
                let message = "this connection is inside a transaction already";
                return Err(Error::request(message).hint("end it first, or use `scope` inside it"));
            }
            let outer = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
                .map_err(ours("begin to write"))?;
            let own_version = registry::own_version(connection)?.ok_or_else(|| {
                let message = "nothing is tracked in this database, so a context has nowhere to go";
                Error::request(message).hint("declare, plan and apply first")
            })?;
            let count = "update rowlore_state set last_xid = last_xid + 1, xid = last_xid + 1";
            execute(connection, count, [])?;
            let transaction = Transaction { connection, frame };
            let answer = transaction.framed(None, run);
            if connection.is_autocommit() {
                // Committed by the closure, or rolled back by it or by SQLite: what may be committed is this context,
                // and nobody else's writes may have it.
                clear(connection, own_version)?;
                let message = "the closure ended the transaction itself";
                let ended = Error::request(message).hint("leave commit and rollback to the transaction");
                return answer.and(Err(ended));
            }
            let answer = answer?;
            clear(connection, own_version)?;
            outer.commit().map_err(theirs("commit"))?;
            Ok(answer)
        })
    }
}

impl Transaction<'_> {
    /// The connection, for whatever the methods here do not offer. It MUST NOT be used to commit or roll back.
    pub fn connection(&self) -> &Connection {
        self.connection
    }

    /// The context that changes carry now.
    pub fn context(&self) -> &Context {
        &self.frame
    }

    /// Runs one statement and says how many rows it changed.
    ///
    /// # Errors
    /// What SQLite says, as a sentence; the error of rusqlite is its source.
    pub fn execute(&self, sql: &str, values: impl Params) -> Result<usize> {
        self.with(|connection| connection.execute(sql, values))
    }

    /// Runs the program's own SQL on the connection.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn with<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        run(self.connection).map_err(theirs("run the program's SQL"))
    }

    /// Runs the closure in a scope: its changes carry this context completed by the inner one's, and the outer context
    /// is back afterwards. When the closure gives an error, what it did is undone and the outer transaction may go on.
    ///
    /// A context is a row: read SQLite's `last_insert_rowid` before a scope begins, not after.
    ///
    /// # Errors
    /// The closure's own.
    pub fn scope<T>(&self, context: Context, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let frame = self.frame.nest(&context);
        let inner = Transaction { connection: self.connection, frame };
        self.savepoint(|outer| {
            let outer_id = outer.context_id()?;
            inner.framed(outer_id, run)
        })
    }

    /// Runs the closure so that it is undone when it gives an error; the outer transaction may go on then.
    ///
    /// # Errors
    /// The closure's own.
    pub fn savepoint<T>(&self, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        execute(self.connection, "savepoint rowlore_scope", [])?;
        let answer = run(self);
        let end = match answer {
            Ok(_) => "release rowlore_scope",
            Err(_) => "rollback to rowlore_scope; release rowlore_scope",
        };
        // Where an error has already ended the whole transaction there is nothing left to undo.
        if !self.connection.is_autocommit() {
            self.connection.execute_batch(end).map_err(ours("end a scope"))?;
        }
        answer
    }

    fn context_id(&self) -> Result<Option<i64>> {
        let sql = "select context_id from rowlore_state";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(ours(DOING))
    }

    /// Sets this frame, runs, and sets the outer one again. Frames are rows that never change, so that what was
    /// recorded before keeps its context.
    fn framed<T>(&self, outer: Option<i64>, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        const POINT: &str = "update rowlore_state set context_id = ?1";
        let added = self.add_frame()?;
        execute(self.connection, POINT, [added])?;
        let answer = run(self)?;
        if !self.connection.is_autocommit() {
            execute(self.connection, POINT, [outer])?;
            if let Some(id) = added {
                execute(self.connection, include_str!("../sql/context/frame_drop_unused.sql"), [id])?;
            }
        }
        Ok(answer)
    }

    /// Writes the frame down; one that says nothing needs no row.
    fn add_frame(&self) -> Result<Option<i64>> {
        // Taken apart without `..`, so that a new field stops the build here.
        let Context { actor, reason, request, data, db_user, application, client } = &self.frame;
        if self.frame == Context::default() {
            return Ok(None);
        }
        let data = serde_json::Value::Object(data.clone()).to_string();
        let values = rusqlite::params![actor, reason, request, data, db_user, application, client];
        execute(self.connection, include_str!("../sql/context/frame_add.sql"), values)?;
        Ok(Some(self.connection.last_insert_rowid()))
    }
}

fn execute(connection: &Connection, sql: &str, values: impl Params) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(ours(DOING))?;
    statement.execute(values).map_err(ours(DOING))?;
    Ok(())
}
