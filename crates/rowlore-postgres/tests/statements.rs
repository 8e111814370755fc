//! How many statements a question takes: a fixed number, however many events and tables it is about. Counted between
//! the engine and the server, where none can hide.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rowlore::declare::TrackedTable;
use rowlore::read::{EventQuery, RowRef, RowsAt};
use rowlore::{Context, History, Lore, Row, TableName, Timestamp, Value, check};
use rowlore_conformance::server::{PrivatePostgres, TestDatabase};
use rowlore_postgres::{Postgres, Transactions as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};

/// A database behind a counter of the statements sent to it.
struct Counted {
    lore: Lore<Postgres>,
    statements: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

impl Counted {
    async fn new(database: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = ".s.PGSQL.5432";
        let listener = UnixListener::bind(folder.path().join(name)).unwrap();
        let server = PrivatePostgres::shared().socket_folder().join(name);
        let statements = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&statements);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
                tokio::spawn(relay(from_client, to_server, Arc::clone(&counter)));
            }
        });
        let folder_name = folder.path().display();
        let url = format!("host={folder_name} user=postgres dbname={}", database.name);
        let lore = Lore::new(Postgres::connect(&url).await.unwrap());
        Self { lore, statements, _folder: folder }
    }

    /// How many statements `work` takes, once all that can be prepared is.
    async fn statements(&self, work: impl AsyncFn()) -> usize {
        work().await;
        let before = self.statements.load(Ordering::SeqCst);
        work().await;
        self.statements.load(Ordering::SeqCst) - before
    }
}

/// Passes on what the client says, and counts `Query` and `Execute`.
async fn relay(mut from: OwnedReadHalf, mut to: tokio::net::unix::OwnedWriteHalf, counter: Arc<AtomicUsize>) {
    // The first message has no kind.
    let mut kind = None;
    loop {
        let mut length = [0; 4];
        if from.read_exact(&mut length).await.is_err() {
            return;
        }
        let size = usize::try_from(u32::from_be_bytes(length)).unwrap() - length.len();
        let mut body = vec![0; size];
        from.read_exact(&mut body).await.unwrap();
        if matches!(kind, Some(b'Q' | b'E')) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        let message = [kind.as_slice(), &length, &body].concat();
        if to.write_all(&message).await.is_err() {
            return;
        }
        let Ok(next) = from.read_u8().await else { return };
        kind = Some(next);
    }
}

fn key(id: i64) -> Row {
    Row::from_iter([("id".to_owned(), Value::from(id))])
}

/// This many tables, each with so many rows of two events.
async fn history(name: &str, tables: usize, rows: usize) -> Counted {
    let database = PrivatePostgres::shared().database(name);
    let names: Vec<String> = (0..tables).map(|index| format!("t{index}")).collect();
    for one in &names {
        let sql = format!("create table {one} (id bigint primary key, a bigint)");
        PrivatePostgres::shared().run(&database.name, &sql).unwrap();
    }
    let counted = Counted::new(&database).await;
    let declared = check(names.iter().map(TrackedTable::new)).unwrap();
    counted.lore.apply(&counted.lore.plan(&declared).await.unwrap()).await.unwrap();
    for one in &names {
        let sql = format!(
            "insert into {one} select n, n from generate_series(1, {rows}) n; update {one} set a = 0"
        );
        PrivatePostgres::shared().run(&database.name, &sql).unwrap();
    }
    counted
}

/// What each question takes.
async fn cost(counted: &Counted) -> Vec<(&'static str, usize)> {
    let lore = &counted.lore;
    let table = |index: usize| TableName::new("public", format!("t{index}"));
    let mut cost = Vec::new();
    let newest = counted.statements(async || drop(lore.events(&EventQuery::default()).await.unwrap()));
    cost.push(("the newest", newest.await));
    let rows = || (1..=10).map(|id| RowRef::new(table(0), key(id)));
    let tracks = EventQuery::default().tracks(rows());
    cost.push(("of rows", counted.statements(async || drop(lore.events(&tracks).await.unwrap())).await));
    let one = counted.statements(async || {
        drop(lore.history(&table(0), &key(1), &History::default()).await.unwrap());
    });
    cost.push(("a row's own", one.await));
    let at = RowsAt { table: table(0), key: None, at: Timestamp::now().into(), limit: 1000 };
    cost.push(("as of", counted.statements(async || drop(lore.rows_at(&at).await.unwrap())).await));
    cost
}

/// django-pghistory#173 and courtlistener#4602: reads that grew with the history. One statement for an event, a table
/// or a row would show here at once.
#[tokio::test]
async fn reads_take_as_many_for_much_as_for_little() {
    let little = cost(&history("statements_little", 1, 10).await).await;
    let much = cost(&history("statements_much", 12, 400).await).await;
    assert_eq!(little, much);
    assert!(little.iter().all(|(_, statements)| (1..=20).contains(statements)), "{little:?}");
}

/// A context is sent once for a transaction, not before each of its statements.
#[tokio::test]
async fn a_context_is_one_statement_for_a_transaction() {
    let counted = history("statements_context", 1, 10).await;
    let writes = async |many: i64| {
        let write = async || {
            let done = counted.lore.transaction(Context::actor("user:5"), async |tx| {
                for n in 0..many {
                    tx.execute("update t0 set a = a + $1", &[&n]).await?;
                }
                Ok(())
            });
            done.await.unwrap();
        };
        counted.statements(write).await
    };
    // begin, the context, commit, and the rollback with which a pool hands out its connection.
    assert_eq!([writes(1).await, writes(20).await], [1 + 4, 20 + 4]);
}
