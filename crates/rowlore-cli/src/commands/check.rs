//! `rowlore check`: is the database what is declared, and does anything escape? For CI.

mod coverage;

mod probe;

use rowlore::Engine as _;
use rowlore::engine::Read as _;
use rowlore::plan;

use self::coverage::Coverage;
use super::Call;
use crate::answer::{Answer, Failure};
use crate::output::{count, differences, json_steps};

/// Say whether the database is what rowlore.toml declares, and what escapes it
///
/// For CI: exits with 0 when it is, with 1 and the list of differences when it is not (missing, changed by
/// hand, disabled, no longer declared, columns added or dropped), and with 2 when it could not tell.
/// Nothing is changed.
///
/// It also says what keeps changes from being recorded although all is installed (roles that skip triggers, rights
/// that are missing), when capture was suspended, and which tables nobody tracks. Tables that need no tracking are
/// named in rowlore.toml: untracked = ["django_migrations", "tmp_*"] in [database]. --all-tables makes the others
/// a difference too. --probe writes to every tracked table, looks whether that was recorded, and rolls it back.
///
/// Example:
///   rowlore check
///   rowlore check --probe --all-tables
///   rowlore check --database sqlite:shop.db --quiet
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Prove the capture by a write to every tracked table, which is rolled back
    #[arg(long)]
    probe: bool,
    /// Exit with 1 also when a table is neither tracked nor named under `untracked`
    #[arg(long)]
    all_tables: bool,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    match check(args, call).await {
        Err(Failure::Closed) => Err(Failure::Closed),
        // Not an answer of the database, so it must not look like one to a program.
        Err(failure) => Err(Failure::CouldNotTell(Box::new(failure))),
        answer => answer,
    }
}

async fn check(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let declarations = call.settings.declarations()?;
    let database = call.settings.database()?;
    let lore = call.lore().await?;
    let found = lore.engine().inspect(&declarations).await?;
    let plan = plan::plan(&declarations, &found, lore.engine().dialect())?;
    let installed = found.own_version.is_some();
    let suspended = if installed { lore.engine().suspensions().await? } else { Vec::new() };
    let coverage = Coverage::new(&plan, &found, suspended, &call.settings)?;
    let probes = if args.probe { probe::run(&lore, &found).await? } else { Vec::new() };
    if call.screen.json() {
        for step in json_steps(&plan) {
            call.screen.object(&step)?;
        }
        coverage.objects(call)?;
        probe::objects(call, &probes)?;
    } else {
        let look = call.screen.look().clone();
        if plan.is_empty() {
            let tables = count(plan.installations().len(), "tracked table");
            call.screen.advice(&format!("{database} is what is declared ({tables})."))?;
        } else {
            call.screen.print(&differences(&plan, &look))?;
            let command = look.paint.command(call.settings.command("apply"));
            let number = count(plan.steps().len(), "difference");
            call.screen.advice(&format!("{number} in {database}. Set it right with: {command}"))?;
        }
        coverage.show(call, args.all_tables)?;
        call.screen.print(&probe::text(&probes, &look))?;
    }
    let untracked = args.all_tables && !coverage.untracked.is_empty();
    let no = !plan.is_empty() || !coverage.gaps.is_empty() || untracked || probe::missed(&probes);
    Ok(if no { Answer::No } else { Answer::Yes })
}
