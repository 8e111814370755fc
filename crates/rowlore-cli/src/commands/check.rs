//! `rowlore check`: is the database what is declared? For CI.

use super::Call;
use crate::answer::{Answer, Failure};
use crate::output::{count, differences, json_steps};

/// Say whether the database is what rowlore.toml declares
///
/// For CI: exits with 0 when it is, with 1 and the list of differences when it is not (missing, changed by
/// hand, disabled, no longer declared, columns added or dropped), and with 2 when it could not tell.
/// Nothing is changed.
///
/// Example:
///   rowlore check
///   rowlore check --database sqlite:shop.db --quiet
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

pub(super) async fn run(_args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    match check(call).await {
        Err(Failure::Closed) => Err(Failure::Closed),
        // Not an answer of the database, so it must not look like one to a program.
        Err(failure) => Err(Failure::CouldNotTell(Box::new(failure))),
        answer => answer,
    }
}

async fn check(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let declarations = call.settings.declarations()?;
    let database = call.settings.database()?;
    let plan = call.lore().await?.plan(&declarations).await?;
    if call.screen.json() {
        for step in json_steps(&plan) {
            call.screen.object(&step)?;
        }
    } else if plan.is_empty() {
        let tables = count(plan.installations().len(), "tracked table");
        call.screen.advice(&format!("{database} is what is declared ({tables})."))?;
    } else {
        let look = call.screen.look().clone();
        call.screen.print(&differences(&plan, &look))?;
        let command = look.paint.command(call.settings.command("apply"));
        let number = count(plan.steps().len(), "difference");
        call.screen.advice(&format!("{number} in {database}. Set it right with: {command}"))?;
    }
    Ok(if plan.is_empty() { Answer::Yes } else { Answer::No })
}
