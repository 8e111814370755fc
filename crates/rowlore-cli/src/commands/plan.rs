//! `rowlore plan`: what would have to be done, without doing it.

use std::path::PathBuf;

use rowlore::plan::{Plan, explain};

use super::Call;
use crate::answer::{Answer, Failure};
use crate::connect::AnyLore;
use crate::output::{count, json_steps};

/// Show what has to be done so that the database is what rowlore.toml declares
///
/// Each step says why it is needed, what waits for it, and its SQL, which is exactly what `rowlore apply` runs.
/// Nothing is changed. `--format sql` prints one script that somebody else can read and run.
///
/// Example:
///   rowlore plan
///   rowlore plan --format sql --out track.sql
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// As text for a person, or as one SQL script
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write it to a file instead
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Sql,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let declarations = call.settings.declarations()?;
    let lore = call.lore().await?;
    let plan = lore.plan(&declarations).await?;
    if call.screen.json() && args.out.is_none() && args.format == Format::Text {
        for step in json_steps(&plan) {
            call.screen.object(&step)?;
        }
        return Ok(Answer::Yes);
    }
    let text = text(args, call, &lore, &plan)?;
    if let Some(path) = &args.out {
        let written = std::fs::write(path, text);
        written.map_err(|error| Failure::unwritable(path, &error))?;
        call.screen.advice(&format!(
            "{} written to {}.",
            count(plan.steps().len(), "step"),
            path.display()
        ))?;
        return Ok(Answer::Yes);
    }
    call.screen.print(&text)?;
    if !plan.is_empty() && args.format == Format::Text {
        let command = call.screen.paint().command(call.settings.command("apply"));
        call.screen
            .advice(&format!("\n{} to do. Run them with: {command}", count(plan.steps().len(), "step")))?;
    }
    Ok(Answer::Yes)
}

fn text(args: &Args, call: &Call<'_>, lore: &AnyLore, plan: &Plan) -> Result<String, Failure> {
    use rowlore::Engine as _;
    Ok(match args.format {
        Format::Sql if plan.is_empty() => "-- Nothing to do: the database is what is declared.\n".to_owned(),
        Format::Sql => {
            let (begin, commit) = lore.engine().dialect().transaction();
            explain::script(plan, begin, commit)
        }
        Format::Text if plan.is_empty() => {
            let notes = explain::explain(plan, false);
            format!("{}\n{notes}", call.nothing_to_do(plan)?)
        }
        Format::Text => explain::explain(plan, true),
    })
}
