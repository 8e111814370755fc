//! sqlx and refinery.

use rowlore_sqlite::rusqlite::Connection;
use sqlx_core::connection::Connection as _;
use sqlx_core::migrate::Migrator;

use super::Place;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn sqlx_on_postgres() {
    let place = Place::postgres("sqlx");
    place.run("plan --format sqlx --name track_books --out migrations/").done();
    // sqlx wants a host before it looks at the one of the socket.
    let url = &place.postgres.as_ref().unwrap().url.replace("postgres@/", "postgres@localhost/");
    let migrate = |up: bool| {
        block_on(async {
            let migrator = Migrator::new(place.bench.path("migrations")).await.unwrap();
            assert_eq!(migrator.iter().count(), 2, "one up, one down");
            let mut connection = sqlx_postgres::PgConnection::connect(url).await.unwrap();
            let ran = if up {
                migrator.run(&mut connection).await
            } else {
                migrator.undo(&mut connection, 0).await
            };
            ran.unwrap();
        });
    };
    place.life(|| migrate(true), Some(&|| migrate(false)));
}

#[test]
fn refinery_on_postgres() {
    let place = Place::postgres("refinery");
    place.run("plan --format refinery --name track_books --out migrations/").done();
    let url = &place.postgres.as_ref().unwrap().url;
    let up = || {
        block_on(async {
            let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let report = runner(&place).run_async(&mut client).await.unwrap();
            assert_eq!(report.applied_migrations().len(), 1);
            drop(client);
            connection.await.unwrap().unwrap();
        });
    };
    let down = || {
        let script =
            std::fs::read_to_string(place.bench.path("migrations/down_V1__track_books.sql")).unwrap();
        place.sql(&format!("begin; {script}; delete from refinery_schema_history where version = 1; commit"));
    };
    place.life(up, Some(&down));
}

#[test]
fn refinery_on_sqlite() {
    let place = Place::sqlite();
    place.run("plan --format refinery --name track_books --out migrations/").done();
    let up = || {
        let mut connection = Connection::open(place.bench.path("shop.db")).unwrap();
        let report = runner(&place).run(&mut connection).unwrap();
        assert_eq!(report.applied_migrations().len(), 1);
    };
    place.life(up, None);
    // The way back is a script for hands.
    let script = std::fs::read_to_string(place.bench.path("migrations/down_V1__track_books.sql")).unwrap();
    place.sql(&script);
    assert_eq!(place.run("check").code, 1);
    // The next one gets the next number.
    place.bench.write("rowlore.toml", "");
    place.run("apply --yes").done();
    place.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    assert!(place.run("plan --format refinery --out migrations/").done().contains("V2__rowlore.sql"));
}

fn runner(place: &Place) -> refinery::Runner {
    let migrations = refinery::load_sql_migrations(place.bench.path("migrations")).unwrap();
    assert_eq!(migrations.len(), 1, "the way back is none of refinery's");
    refinery::Runner::new(&migrations)
}
