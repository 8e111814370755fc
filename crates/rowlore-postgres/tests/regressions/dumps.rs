//! What a dump brings back, in a database of its own.

use std::process::{Command, Stdio};

use rowlore::declare::{ContextForm, Events, Period, TrackedTable, Tracker};
use rowlore::{Lore, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;

use super::settings::texts;
use super::{backfill, events, run, track};

/// Hunted and not found: a dump that is restored holds all that was recorded, the tracking goes on, and there is nothing
/// to apply.
#[tokio::test]
async fn a_dump_brings_everything_back() {
    let server = PrivatePostgres::shared();
    let tool = |name: &str| Some(server.binaries_folder().join(name)).filter(|path| path.exists());
    // Servers from npm come without them.
    let (Some(dump), Some(psql)) = (tool("pg_dump"), tool("psql")) else { return };
    let (from, to) = (server.database("dumped"), server.database("restored"));
    let lore = Lore::new(Postgres::connect(&from.url).await.unwrap());
    run(
        &lore,
        r#"create schema "my.shop"; create type mood as enum ('a', 'b');
           create table "my.shop"."Bo""oks" (id int, part text, feels mood, primary key (id, part)) partition by range (id);
           create table "my.shop".low partition of "my.shop"."Bo""oks" for values from (0) to (10);
           create table notes (id int primary key, body text, doc json)"#,
    )
    .await;
    let declared = || {
        [
            TrackedTable::new(r#""my.shop"."Bo""oks""#).event_table(
                Events::default()
                    .schema("his.tory")
                    .partition(Period::Month)
                    .context(ContextForm::Json)
                    .index(["rl_at"]),
            ),
            TrackedTable::new("notes").tracker(Tracker::default()).tracker(Tracker::manual("note.read")),
        ]
    };
    track(&lore, declared()).await;
    backfill(&lore, "notes").await;
    run(
        &lore,
        r#"begin; select rowlore.set_context('{"actor": "ann"}'); insert into "my.shop"."Bo""oks" values (1, 'x', 'a');
           insert into notes values (1, 'a', '{}'); update notes set id = 2; select rowlore.record_notes('note.read', '[{"id": 2}]'); commit;
           begin; select rowlore.suspend('{notes}'); insert into notes values (3); commit"#,
    )
    .await;
    let mut dumped = Command::new(dump).arg(&from.url).stdout(Stdio::piped()).spawn().unwrap();
    let restored = Command::new(psql)
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &to.url])
        .stdin(dumped.stdout.take().unwrap())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(dumped.wait().unwrap().success());
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let again = Lore::new(Postgres::connect(&to.url).await.unwrap());
    let plans = async |lore: &Lore<Postgres>| {
        format!("{:?}", lore.plan(&check(declared()).unwrap()).await.unwrap().steps())
    };
    assert_eq!(
        plans(&again).await,
        plans(&lore).await,
        "a suspension asks for a new baseline, here as there"
    );
    track(&again, declared()).await;
    backfill(&again, "notes").await;
    run(&again, r#"update "my.shop"."Bo""oks" set feels = 'b'; update notes set body = 'c'"#).await;
    assert_eq!(texts(&again, "select id::text from rowlore.notes_as_of order by 1").await, ["2", "3"]);
    let books = events(&again, "my.shop", "Bo\"oks").await;
    assert_eq!(
        books.iter().map(|event| event.context.actor.as_deref()).collect::<Vec<_>>(),
        [Some("ann"), None]
    );
    let client = again.engine().pool().get().await.unwrap();
    assert!(client.batch_execute(r#"delete from "his.tory"."my.shop_Bo""oks_event""#).await.is_err());
}
