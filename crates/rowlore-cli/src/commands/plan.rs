//! `rowlore plan`: what would have to be done, without doing it.

mod migration;

use std::path::PathBuf;

use rowlore::plan::migration::Tool;
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
/// For teams that have a migration tool, the other formats write a migration of that tool, with the way back:
/// django (--app, --after: the migration before), alembic (--after: the revision before), sqlx, refinery, rails.
/// With --out DIR the files get the names that the tool wants. A way back never deletes history.
///
/// Example:
///   rowlore plan
///   rowlore plan --format sql --out track.sql
///   rowlore plan --format django --app shop --after 0007_orders --name track_books --out shop/migrations
///   rowlore plan --format sqlx --out migrations
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// As text for a person, as one SQL script, or as a migration
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write it to this file, or the files of a migration to this folder
    #[arg(long, value_name = "DIR|FILE")]
    out: Option<PathBuf>,
    /// The migration's name: letters, digits and `_`
    #[arg(long, default_value = "rowlore")]
    name: String,
    /// The Django app that the migration before belongs to
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// The migration before: Django's name, Alembic's revision, refinery's number
    #[arg(long, value_name = "MIGRATION")]
    after: Option<String>,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Sql,
    Django,
    Sqlx,
    Refinery,
    Alembic,
    Rails,
}

impl Format {
    /// The tool whose migration it is; none where it is printed whole.
    fn tool(self) -> Option<Tool> {
        match self {
            Self::Text => None,
            Self::Sql => Some(Tool::Sql),
            Self::Django => Some(Tool::Django),
            Self::Sqlx => Some(Tool::Sqlx),
            Self::Refinery => Some(Tool::Refinery),
            Self::Alembic => Some(Tool::Alembic),
            Self::Rails => Some(Tool::Rails),
        }
    }
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let into_folder = args.out.as_deref().is_some_and(migration::is_folder);
    if let Some(tool) = args.format.tool().filter(|tool| *tool != Tool::Sql || into_folder) {
        return migration::run(tool, args, call).await;
    }
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
        Format::Text if plan.is_empty() => {
            let notes = explain::explain(plan, false);
            format!("{}\n{notes}", call.nothing_to_do(plan)?)
        }
        Format::Text => explain::explain(plan, true),
        _ if plan.is_empty() => "-- Nothing to do: the database is what is declared.\n".to_owned(),
        _ => {
            let (begin, commit) = lore.engine().dialect().transaction();
            explain::script(plan, begin, commit)
        }
    })
}
