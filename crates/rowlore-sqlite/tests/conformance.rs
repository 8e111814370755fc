//! SQLite held to what every engine promises: each promise on a database file of its own.

use rowlore::found::ObjectId;
use rowlore::{Engine, Error, TableName, quote_name};
use rowlore_conformance::subject::{Answer, End, Session, Step, Subject, TextRow, Transaction, Words};
use rowlore_sqlite::Sqlite;
use rowlore_sqlite::rusqlite::types::ValueRef;
use rowlore_sqlite::rusqlite::{self, Connection};
use tempfile::TempDir;

rowlore_conformance::conformance!(crate::conformance::fresh);

struct File(TempDir);

struct Program(Connection);

pub(crate) fn fresh(_promise: &'static str) -> Answer<'static, Box<dyn Subject>> {
    Box::pin(async {
        let file = File(tempfile::tempdir().map_err(|error| error.to_string())?);
        Sqlite::open_or_create(file.path()).map_err(|error| error.to_string())?;
        Ok(Box::new(file) as Box<dyn Subject>)
    })
}

impl File {
    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("file.db")
    }

    fn open(&self) -> Result<Sqlite, String> {
        Sqlite::open(self.path()).map_err(|error| error.to_string())
    }
}

impl Subject for File {
    fn engine(&self) -> Answer<'_, Box<dyn Engine>> {
        Box::pin(async { Ok(Box::new(self.open()?) as Box<dyn Engine>) })
    }

    fn session(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async {
            // Not by rowlore: this is any other program.
            let open = || {
                let connection = Connection::open(self.path())?;
                connection.pragma_update(None, "foreign_keys", true)?;
                Ok(Program(connection))
            };
            open()
                .map(|program| Box::new(program) as Box<dyn Session>)
                .map_err(|error: rusqlite::Error| error.to_string())
        })
    }

    fn transaction<'a>(&'a self, transaction: &'a Transaction) -> Answer<'a, ()> {
        Box::pin(async {
            let context = transaction.context.clone().unwrap_or_default();
            let ran = self.open()?.transaction(context, |tx| {
                run(tx, &transaction.steps)?;
                end(transaction.end)
            });
            unless_undone(ran, transaction.end)
        })
    }

    fn words(&self) -> Words {
        Words {
            alters_in_place: false,
            truncates: false,
            suppresses: true,
            event_table: |events| quote_name(&format!("rowlore_{events}")),
            drop_trigger: |id| format!("drop trigger {}", quote_name(&id.name)),
            tamper,
            disable_trigger: None,
            user_trigger: |name, when, table, body| {
                format!("create trigger {name} {when} on {table} begin {body}; end")
            },
        }
    }
}

fn run(tx: &rowlore_sqlite::Transaction<'_>, steps: &[Step]) -> rowlore::Result<()> {
    for step in steps {
        match step {
            Step::Sql(sql) => tx.with(|connection| connection.execute_batch(sql))?,
            Step::Scope(context, steps) => tx.scope((**context).clone(), |tx| run(tx, steps))?,
            Step::Savepoint(steps, how) => {
                let mut ran = Ok(());
                let undone = tx.savepoint(|tx| {
                    ran = run(tx, steps);
                    end(*how)
                });
                ran?;
                assert_eq!(undone.is_err(), *how == End::Undo);
            }
            Step::Suspend(trackers, steps) => tx.suspended(trackers, |tx| run(tx, steps))?,
            Step::Record { table, label, rows } => {
                let table = TableName::parse(table).ok_or_else(|| Error::request("no table name"))?;
                tx.create_events(&table, label, rows)?;
            }
        }
    }
    Ok(())
}

/// A closure that gives an error is undone.
fn end(how: End) -> rowlore::Result<()> {
    if how == End::Keep { Ok(()) } else { Err(Error::request("undone on purpose")) }
}

fn unless_undone(ran: rowlore::Result<()>, how: End) -> Result<(), String> {
    match ran {
        Err(error) if how == End::Undo && error.to_string() == "undone on purpose" => Ok(()),
        ran => ran.map_err(|error| format!("{error:?}")),
    }
}

fn tamper(id: &ObjectId) -> String {
    let (name, table) =
        (quote_name(&id.name), id.table.as_ref().map(|table| quote_name(&table.name)).unwrap_or_default());
    format!("drop trigger {name}; create trigger {name} after insert on {table} begin select 1; end")
}

impl Session for Program {
    fn execute<'a>(&'a mut self, sql: &'a str) -> Answer<'a, ()> {
        Box::pin(async { self.0.execute_batch(sql).map_err(|error| error.to_string()) })
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> Answer<'a, Vec<TextRow>> {
        Box::pin(async {
            let read = || {
                let mut statement = self.0.prepare(sql)?;
                let columns = statement.column_count();
                let row = |row: &rusqlite::Row<'_>| {
                    (0..columns).map(|index| row.get_ref(index).map(text)).collect()
                };
                statement.query_map([], row)?.collect::<rusqlite::Result<Vec<TextRow>>>()
            };
            read().map_err(|error: rusqlite::Error| error.to_string())
        })
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}
