//! `rowlore uninstall`: no more capture; history stays.

use serde_json::json;

use super::Call;
use crate::answer::{Answer, Failure};
use crate::ask;
use crate::output::{count, short_steps};

/// Stop tracking: remove what captures changes, keep the recorded history
///
/// Shows the steps, asks, and runs them in one transaction. The event tables stay, and so do `history`,
/// `events`, `as-of` and `diff`; `rowlore apply` takes the tracking up again.
///
/// Example:
///   rowlore uninstall
///   rowlore uninstall --yes
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

pub(super) async fn run(_args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let database = call.settings.database()?;
    let lore = call.lore().await?;
    let plan = lore.plan_uninstall().await?;
    if plan.is_empty() {
        call.screen.advice(&format!("Nothing to do: {database} has no capture of rowlore's."))?;
    } else {
        let look = call.screen.look().clone();
        call.screen.advice(short_steps(&plan, &look).trim_end())?;
        call.screen.flush()?;
        let steps = count(plan.steps().len(), "step");
        if !ask::go_on(&call.settings, &format!("Run {steps} on {database}? Recorded history stays."))? {
            call.screen.advice("Nothing was changed.")?;
            return Ok(Answer::No);
        }
        lore.apply(&plan).await?;
    }
    let registered = lore.registered().await?;
    let events: Vec<&str> = registered
        .iter()
        .flat_map(|one| one.installation.capture.readable_events().map(|events| events.name.as_str()))
        .collect();
    if call.screen.json() {
        return json_answer(call, plan.steps().len(), &events);
    }
    if !events.is_empty() {
        let names = events.join(", ");
        let command = call.screen.paint().command(call.settings.command("events"));
        call.screen.advice(&format!("History stays in: {names}. Read it with: {command}"))?;
    }
    Ok(Answer::Yes)
}

fn json_answer(call: &mut Call<'_>, steps: usize, events: &[&str]) -> Result<Answer, Failure> {
    call.screen.object(&json!({"steps": steps, "history_kept_in": events}))?;
    Ok(Answer::Yes)
}
