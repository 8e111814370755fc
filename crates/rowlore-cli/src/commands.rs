//! The commands: one file each, holding its arguments (whose comment is the help) and its function.

mod apply;

mod as_of;

mod backfill;

mod check;

mod demo;

mod diff;

mod events;

mod history;

mod init;

mod plan;

mod uninstall;

use rowlore::found::Registered;
use rowlore::plan::Plan;
use rowlore::{Error, TableName};

use crate::answer::{Answer, Failure};
use crate::connect::{AnyLore, connect};
use crate::output::Screen;
use crate::settings::Settings;

/// What every command is given.
pub(crate) struct Call<'a> {
    /// What was asked for.
    pub(crate) settings: Settings,
    /// Where the answer goes.
    pub(crate) screen: &'a mut Screen,
}

/// Each command, in the order in which a newcomer meets them.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    Init(init::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Check(check::Args),
    Backfill(backfill::Args),
    History(history::Args),
    Events(events::Args),
    AsOf(as_of::Args),
    Diff(diff::Args),
    Uninstall(uninstall::Args),
}

/// Runs the command.
///
/// # Errors
/// When it could not do its work; see [`Failure`].
pub(crate) async fn run(command: Command, call: &mut Call<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, call).await,
        Command::Init(args) => init::run(&args, call).await,
        Command::Plan(args) => plan::run(&args, call).await,
        Command::Apply(args) => apply::run(&args, call).await,
        Command::Check(args) => check::run(&args, call).await,
        Command::Backfill(args) => backfill::run(&args, call).await,
        Command::History(args) => history::run(&args, call).await,
        Command::Events(args) => events::run(&args, call).await,
        Command::AsOf(args) => as_of::run(&args, call).await,
        Command::Diff(args) => diff::run(&args, call).await,
        Command::Uninstall(args) => uninstall::run(&args, call).await,
    }
}

impl Call<'_> {
    /// rowlore over the database that the settings name.
    async fn lore(&self) -> Result<AnyLore, Failure> {
        connect(&self.settings.database()?).await
    }

    /// What to say about a plan without steps.
    fn nothing_to_do(&self, plan: &Plan) -> Result<String, Failure> {
        if plan.installations().is_empty() {
            let file = self.settings.path();
            return Ok(format!(
                "Nothing to do: {} declares no table. Name one in a [[table]].",
                file.display()
            ));
        }
        Ok(format!("Nothing to do: {} is what is declared.", self.settings.database()?))
    }

    /// Refuses `--json` where there is nothing for a program to read.
    fn no_json(&self, command: &str, hint: &str) -> Result<(), Failure> {
        if self.screen.json() {
            return Err(Error::request(format!("`{command}` has no answer in JSON")).hint(hint).into());
        }
        Ok(())
    }
}

/// The tracked table that a person calls `name`, with the name it has today.
async fn tracked(lore: &AnyLore, name: &str) -> Result<(TableName, Registered), Failure> {
    let found = lore.find(&table_name(name)?).await?;
    let today = found.table_now.clone().unwrap_or_else(|| found.installation.capture.table.clone());
    Ok((today, found))
}

/// Reads the name of a table as given on the command line.
fn table_name(text: &str) -> Result<TableName, Failure> {
    TableName::parse(text).ok_or_else(|| {
        let hint = r#"write books, shop.books or '"My Shop"."Books"'"#;
        Error::request(format!("`{text}` is not the name of a table")).hint(hint).into()
    })
}
