//! Many rows in one statement.

use crate::Problem;
use crate::figures::Measure;
use crate::rounds::{Bench, Size};
use crate::session::{Cost, Session};
use crate::variants::{Variant, load_sql};

/// One statement in a session of its own on a fresh copy.
pub(crate) async fn run(
    bench: &Bench,
    measure: Measure,
    variant: Variant,
    size: &Size,
) -> Result<Cost, Problem> {
    let sql = match measure {
        Measure::Insert => load_sql(size.rows + 1, size.rows + size.half),
        Measure::Delete => format!("delete from items where id <= {}", size.half),
        _ => update_sql(size.rows),
    };
    let session = Session::open(&bench.copy(variant).await?).await?;
    let cost = session.measure(&sql).await?;
    session.close().await;
    Ok(cost)
}

/// The update of the first `rows` rows; each is changed, in one column.
pub(crate) fn update_sql(rows: u32) -> String {
    format!("update items set price = price + 1 where id <= {rows}")
}
