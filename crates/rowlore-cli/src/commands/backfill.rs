//! `rowlore backfill`: a first event for the rows from before the tracking.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rowlore::TableName;
use rowlore::engine::BackfillTurn;
use rowlore::found::Baseline;
use serde_json::json;

use super::{Call, tracked};
use crate::answer::{Answer, Failure};
use crate::connect::AnyLore;
use crate::output::count;

/// Rows of one turn, unless said otherwise: a short transaction, few round trips.
pub(super) const ROWS: usize = 5_000;

/// Record the rows that were there before their table was tracked
///
/// Each gets a `baseline` event, in turns of --rows, each turn a short transaction of its own, while others
/// write. It can be stopped at any moment and started again: it neither doubles nor misses a row.
/// Without a table it does every tracked table that needs it.
///
/// Example:
///   rowlore backfill
///   rowlore backfill books --rows 20000
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Only this table
    #[arg(value_name = "TABLE")]
    table: Option<String>,
    /// Rows of one turn
    #[arg(long, value_name = "N", default_value_t = ROWS as u64, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let lore = call.lore().await?;
    let registered = match &args.table {
        Some(name) => vec![tracked(&lore, name).await?.1],
        None => lore.registered().await?,
    };
    let pending: Vec<TableName> = registered
        .into_iter()
        .filter(|one| one.active && one.installation.baseline == Baseline::Pending)
        .filter_map(|one| one.table_now)
        .collect();
    if pending.is_empty() {
        call.screen.advice("Nothing to do: no tracked table has rows to be recorded.")?;
        return Ok(Answer::Yes);
    }
    let rows = usize::try_from(args.rows).unwrap_or(ROWS);
    tables(call, &lore, &pending, rows).await?;
    Ok(Answer::Yes)
}

/// Records the older rows of each table, with a progress bar, and says what was done.
pub(super) async fn tables(
    call: &mut Call<'_>,
    lore: &AnyLore,
    tables: &[TableName],
    rows_max: usize,
) -> Result<(), Failure> {
    for table in tables {
        call.screen.flush()?;
        let bar = bar(call.screen.progress(), table);
        let (mut recorded, mut seen) = (0, 0);
        let result = lore
            .backfill(table, rows_max, |turn: &BackfillTurn| {
                recorded += turn.rows_recorded;
                seen += turn.rows_seen;
                bar.set_length(turn.rows_estimated.max(turn.rows_seen_total));
                bar.set_position(turn.rows_seen_total);
            })
            .await;
        bar.finish_and_clear();
        result?;
        if call.screen.json() {
            call.screen.object(&json!({"table": table, "rows_seen": seen, "rows_recorded": recorded}))?;
        } else {
            let rows = count(usize::try_from(recorded).unwrap_or(usize::MAX), "row");
            let done =
                if recorded == 0 { "nothing left to record".to_owned() } else { format!("{rows} recorded") };
            call.screen.advice(&format!("{table}: {done}."))?;
        }
    }
    Ok(())
}

fn bar(visible: bool, table: &TableName) -> ProgressBar {
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let template = "{msg} [{bar:30}] {human_pos} of about {human_len} rows, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // Nothing is drawn before the first turn says how long the way is.
    ProgressBar::with_draw_target(None, target).with_style(style).with_message(table.to_string())
}
