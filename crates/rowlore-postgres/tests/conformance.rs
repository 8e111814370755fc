//! PostgreSQL held to what every engine promises, and to what only it can do: each promise on a database of its own.

use rowlore::found::{ObjectId, ObjectKind};
use rowlore::{Engine, quote_name, quote_text};
use rowlore_conformance::server::{PrivatePostgres, TestDatabase};
use rowlore_conformance::subject::{Answer, End, Session, Step, Subject, TextRow, Transaction, Words};
use rowlore_postgres::tokio_postgres::{Client, NoTls, SimpleQueryMessage, connect};
use rowlore_postgres::{Postgres, create_events, resume, suspend};

rowlore_conformance::conformance!(crate::conformance::fresh);

rowlore_conformance::conformance_postgres!(crate::conformance::fresh);

struct Database(TestDatabase);

struct Program(Client);

pub(crate) fn fresh(promise: &'static str) -> Answer<'static, Box<dyn Subject>> {
    Box::pin(async move {
        Ok(Box::new(Database(PrivatePostgres::shared().database(promise))) as Box<dyn Subject>)
    })
}

impl Database {
    async fn program(&self) -> Result<Program, String> {
        let (client, connection) = connect(&self.0.url, NoTls).await.map_err(|error| error.to_string())?;
        // Ends with the client.
        tokio::spawn(connection);
        Ok(Program(client))
    }
}

impl Subject for Database {
    fn engine(&self) -> Answer<'_, Box<dyn Engine>> {
        Box::pin(async {
            let postgres = Postgres::connect(&self.0.url).await.map_err(|error| error.to_string())?;
            Ok(Box::new(postgres) as Box<dyn Engine>)
        })
    }

    fn session(&self) -> Answer<'_, Box<dyn Session>> {
        Box::pin(async { Ok(Box::new(self.program().await?) as Box<dyn Session>) })
    }

    /// By plain SQL, as any client does it.
    fn transaction<'a>(&'a self, transaction: &'a Transaction) -> Answer<'a, ()> {
        Box::pin(async {
            let mut program = self.program().await?;
            program.execute("begin").await?;
            if let Some(context) = &transaction.context {
                program
                    .execute(&format!("select rowlore.set_context({})", quote_text(&context.frame())))
                    .await?;
            }
            let context = transaction.context.clone().unwrap_or_default();
            run(&mut program, &transaction.steps, &context).await?;
            program.execute(if transaction.end == End::Keep { "commit" } else { "rollback" }).await
        })
    }

    fn words(&self) -> Words {
        Words {
            alters_in_place: true,
            truncates: true,
            suppresses: true,
            event_table: |events| format!("rowlore.{}", quote_name(events)),
            drop_trigger: |id| format!("drop trigger {} on {}", quote_name(&id.name), table(id)),
            tamper,
            disable_trigger: Some(|id| {
                format!("alter table {} disable trigger {}", table(id), quote_name(&id.name))
            }),
            user_trigger: |name, when, table, body| {
                format!(
                    "create function {name}() returns trigger language plpgsql as $$ begin {body}; return null; end $$; \
                     create trigger {name} {when} on {table} for each row execute function {name}()"
                )
            },
        }
    }
}

fn run<'a>(program: &'a mut Program, steps: &'a [Step], context: &'a rowlore::Context) -> Answer<'a, ()> {
    Box::pin(async move {
        for step in steps {
            match step {
                Step::Sql(sql) => program.execute(sql).await?,
                Step::Scope(inner, steps) => {
                    let nested = context.nest(inner);
                    let enter = format!("select rowlore.enter_context({})", quote_text(&nested.frame()));
                    let outer = program.query(&enter).await?.remove(0).remove(0).unwrap_or_default();
                    run(program, steps, &nested).await?;
                    program.execute(&format!("select rowlore.leave_context({})", quote_text(&outer))).await?;
                }
                Step::Savepoint(steps, end) => {
                    program.execute("savepoint s").await?;
                    run(program, steps, context).await?;
                    program.execute(if *end == End::Keep { "release s" } else { "rollback to s" }).await?;
                }
                Step::Suspend(trackers, steps) => {
                    let outer = suspend(&program.0, trackers).await.map_err(explained)?;
                    run(program, steps, context).await?;
                    resume(&program.0, &outer).await.map_err(explained)?;
                }
                Step::Record { table, label, rows } => {
                    let table = rowlore::TableName::parse(table).ok_or("no table name")?;
                    create_events(&program.0, &table, label, rows).await.map_err(explained)?;
                }
            }
        }
        Ok(())
    })
}

/// An error with its hint, as the suite compares it.
fn explained(error: rowlore::Error) -> String {
    format!("{error} ({})", error.hint_text().unwrap_or_default())
}

fn table(id: &ObjectId) -> String {
    let table = id.table.clone().unwrap_or_default();
    format!("{}.{}", quote_name(&table.schema), quote_name(&table.name))
}

fn tamper(id: &ObjectId) -> String {
    let name = quote_name(&id.name);
    if id.kind == ObjectKind::Function {
        return format!(
            "create or replace function rowlore.{name}() returns trigger language plpgsql as $$ begin return null; end $$"
        );
    }
    format!(
        "drop trigger {name} on {0}; create trigger {name} after insert on {0} execute function tampered()",
        table(id)
    )
}

impl Session for Program {
    fn execute<'a>(&'a mut self, sql: &'a str) -> Answer<'a, ()> {
        Box::pin(async { self.0.batch_execute(sql).await.map_err(|error| said(&error)) })
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> Answer<'a, Vec<TextRow>> {
        Box::pin(async {
            let answer = self.0.simple_query(sql).await.map_err(|error| said(&error))?;
            let rows = answer.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
                }
                _ => None,
            });
            Ok(rows.collect())
        })
    }
}

/// The server's own words, which the driver's error keeps to itself.
fn said(error: &rowlore_postgres::tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}
