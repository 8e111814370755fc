//! One row by its key in a transaction of its own, again and again: the write of an ordinary program.

use std::time::Instant;

use futures_util::future::{try_join3, try_join4};
use tokio_postgres::types::ToSql;

use crate::Problem;
use crate::figures::Measure;
use crate::rounds::{Bench, Size};
use crate::session::{Cost, Session};
use crate::variants::Variant;

/// Transactions that are not measured: they fill the caches of the session, as those of any program in use are.
const WARM_UP: u32 = 200;

/// Coprime to the number of rows, so that the keys walk all over the table.
const STRIDE: u32 = 7_919;

const UPDATE: &str = "update items set price = price + 1 where id = $1";

const WHO: &str = r#"{"actor": "user:5", "request": "r-1"}"#;

const WHO_PEER: &str = r#"{"user": 5, "url": "/books/"}"#;

/// Many transactions in one session on a fresh copy; the cost is that of all of them.
pub(crate) async fn run(
    bench: &Bench,
    measure: Measure,
    variant: Variant,
    size: &Size,
) -> Result<Cost, Problem> {
    let session = Session::open(&bench.copy(variant).await?).await?;
    let in_context = measure == Measure::SingleContext;
    transact(&session, variant, in_context, 0..WARM_UP, size.rows).await?;
    let before = session.measure("").await?;
    let (cpu, begun) = (session.cpu()?, Instant::now());
    transact(&session, variant, in_context, WARM_UP..WARM_UP + size.transactions, size.rows).await?;
    let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
    let cpu_ms = (session.cpu()? - cpu).as_secs_f64() * 1e3;
    session.close().await;
    Ok(Cost { wall_ms, cpu_ms, ..before })
}

/// Each transaction is sent at once and its answers awaited together: begin, the context if any, the update, commit.
async fn transact(
    session: &Session,
    variant: Variant,
    in_context: bool,
    turns: std::ops::Range<u32>,
    rows: u32,
) -> Result<(), Problem> {
    let client = &session.client;
    let (context, values) = variant.set_context();
    let (begin, update) = (client.prepare("begin").await?, client.prepare(UPDATE).await?);
    let (context, commit) = (client.prepare(context).await?, client.prepare("commit").await?);
    let who =
        if matches!(variant, Variant::PghistoryRow | Variant::PghistoryStatement) { WHO_PEER } else { WHO };
    for turn in turns {
        let id = i64::from(turn * STRIDE % rows) + 1;
        let key: [&(dyn ToSql + Sync); 1] = [&id];
        if in_context {
            // pghistory's contexts are named by the program, with a uuid.
            let uuid = format!("00000000-0000-4000-8000-{turn:012x}");
            let frame: [&(dyn ToSql + Sync); 2] = [&who, &uuid];
            try_join4(
                client.execute(&begin, &[]),
                client.execute(&context, &frame[..values]),
                client.execute(&update, &key),
                client.execute(&commit, &[]),
            )
            .await?;
        } else {
            let (update, commit) = (client.execute(&update, &key), client.execute(&commit, &[]));
            try_join3(client.execute(&begin, &[]), update, commit).await?;
        }
    }
    Ok(())
}
