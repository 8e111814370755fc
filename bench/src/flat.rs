//! Whether a row costs the same in a session that updated single rows first: PL/pgSQL keeps the plan of the first
//! execution, and one that fits a single row may be quadratic for many.

use crate::Problem;
use crate::bulk::update_sql;
use crate::figures::{Figures, Measure};
use crate::rounds::{Bench, Size};
use crate::session::Session;
use crate::variants::Variant;

/// Single rows that are updated first; PL/pgSQL settles on a plan after five.
const SINGLE_ROWS: u32 = 20;

/// A quadratic plan takes minutes for what takes 0.1 s; this is enough to see it.
const TIMEOUT: &str = "set statement_timeout = '60s'";

/// Twice the same statements: each in a session of its own, and all in one session.
pub(crate) async fn run(
    bench: &Bench,
    variant: Variant,
    size: &Size,
    figures: &mut Figures,
) -> Result<(), Problem> {
    let some = if variant == Variant::PghistoryStatement { size.some_capped } else { size.some };
    for used in [false, true] {
        let url = bench.copy(variant).await?;
        let mut session = Session::open(&url).await?;
        for id in 1..=SINGLE_ROWS {
            session.client.batch_execute(&format!("{} and id = {id}", update_sql(size.rows))).await?;
        }
        let steps =
            [(Measure::SomeFresh, Measure::SomeUsed, some), (Measure::AllFresh, Measure::AllUsed, size.rows)];
        // The capped one would take hours for all rows.
        let count = if variant == Variant::PghistoryStatement { 1 } else { 2 };
        for (fresh_measure, used_measure, rows) in &steps[..count] {
            if !used {
                session.close().await;
                session = Session::open(&url).await?;
            }
            session.client.batch_execute(TIMEOUT).await?;
            let cost = session.measure(&update_sql(*rows)).await?;
            figures.add(if used { *used_measure } else { *fresh_measure }, variant, cost);
        }
        session.close().await;
    }
    Ok(())
}
