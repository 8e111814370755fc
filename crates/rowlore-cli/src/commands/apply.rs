//! `rowlore apply`: makes the database what is declared.

use rowlore::found::Baseline;
use rowlore::plan::Plan;
use rowlore::{Error, TableName};
use serde_json::json;

use super::Call;
use super::backfill;
use crate::answer::{Answer, Failure};
use crate::ask;
use crate::connect::AnyLore;
use crate::output::{count, short_steps, steps_by_table};

/// Make the database what rowlore.toml declares
///
/// Shows the steps (many of them counted by table; `rowlore plan` has each), asks, and runs them in one
/// transaction: all of them or none. Rows that were there before get their first event from `rowlore backfill`,
/// at once with --backfill. Where nobody can be asked, as in CI, --yes is needed.
///
/// Example:
///   rowlore apply
///   rowlore apply --yes --backfill
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Also record the rows that are there already
    #[arg(long)]
    backfill: bool,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let declarations = call.settings.declarations()?;
    let database = call.settings.database()?;
    let lore = call.lore().await?;
    let plan = lore.plan(&declarations).await?;
    let steps = plan.steps().len();
    if plan.is_empty() {
        call.screen.advice(&call.nothing_to_do(&plan)?)?;
    } else {
        show(call, &plan)?;
        call.screen.flush()?;
        if !ask::go_on(&call.settings, &format!("Run {} on {database}?", count(steps, "step")))? {
            call.screen.advice("Nothing was changed.")?;
            return Ok(Answer::No);
        }
        lore.apply(&plan).await?;
        let tables: Vec<String> =
            plan.installations().iter().map(|one| one.capture.table.to_string()).collect();
        let tracked = if tables.is_empty() { "Nothing".to_owned() } else { tables.join(", ") };
        call.screen.advice(&format!("Done. Tracked from now on: {tracked}."))?;
    }
    let pending = pending(&lore).await?;
    if call.screen.json() {
        call.screen.object(&json!({"steps": steps, "baseline_pending": pending}))?;
    }
    offer_backfill(args, call, &lore, &pending).await?;
    Ok(Answer::Yes)
}

/// More steps than these are shown by table: `rowlore plan` has them all.
const STEPS_SHOWN: usize = 20;

fn show(call: &mut Call<'_>, plan: &Plan) -> Result<(), Failure> {
    let look = call.screen.look().clone();
    if plan.steps().len() <= STEPS_SHOWN {
        return call.screen.advice(short_steps(plan, &look).trim_end());
    }
    let command = look.paint.command(call.settings.command("plan"));
    call.screen.advice(&format!("{}Each step and its SQL: {command}", steps_by_table(plan, &look)))
}

/// The tracked tables whose older rows have no event yet.
async fn pending(lore: &AnyLore) -> Result<Vec<TableName>, Error> {
    let registered = lore.registered().await?.into_iter();
    let waiting = registered.filter(|one| one.active && one.installation.baseline == Baseline::Pending);
    Ok(waiting.filter_map(|one| one.table_now).collect())
}

async fn offer_backfill(
    args: &Args,
    call: &mut Call<'_>,
    lore: &AnyLore,
    pending: &[TableName],
) -> Result<(), Failure> {
    if pending.is_empty() {
        return Ok(());
    }
    let names = pending.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = format!("Rows of {names} from before the tracking (if any) have no event yet.");
    let ask = !call.settings.yes() && !call.screen.json() && ask::someone_is_there();
    if args.backfill || (ask && ask_for_backfill(call, &rows)?) {
        return backfill::tables(call, lore, pending, backfill::ROWS).await;
    }
    let command = call.screen.paint().command(call.settings.command("backfill"));
    call.screen.advice(&format!("{rows} Record them with: {command}"))
}

fn ask_for_backfill(call: &mut Call<'_>, rows: &str) -> Result<bool, Failure> {
    call.screen.flush()?;
    ask::yes_or_no(&format!("{rows} Record them now? It can be stopped and resumed."))
}
