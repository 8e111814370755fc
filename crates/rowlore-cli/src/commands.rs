//! The commands: one file each, holding its arguments (whose comment is the help) and its function.

mod apply;

mod as_of;

mod backfill;

mod check;

mod demo;

mod diff;

mod event;

mod events;

mod history;

mod init;

mod plan;

mod revert;

mod uninstall;

use rowlore::found::Registered;
use rowlore::plan::Plan;
use rowlore::read::RowRef;
use rowlore::{Error, TableName};

use crate::answer::{self, Answer, Failure};
use crate::connect::{AnyLore, connect};
use crate::key;
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
    Events(Box<events::Args>),
    AsOf(as_of::Args),
    Diff(diff::Args),
    Revert(revert::Args),
    Event(event::Args),
    Uninstall(uninstall::Args),
}

/// Runs the command: on each database of the file, where it can go over several and none is named.
///
/// # Errors
/// When it could not do its work; see [`Failure`].
pub(crate) async fn run(command: Command, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let each = if command.goes_over_several() { call.settings.each() } else { Vec::new() };
    if each.is_empty() {
        return one(&command, call).await;
    }
    let (mut worst, mut failed) = (0, false);
    for (name, settings) in each {
        call.screen.begin(&name)?;
        let result = one(&command, &mut Call { settings, screen: &mut *call.screen }).await;
        call.screen.flush()?;
        match &result {
            Err(Failure::Closed) => return result,
            Err(failure) => {
                failed = true;
                answer::say(failure, &call.screen.error_paint());
            }
            Ok(_) => {}
        }
        worst = worst.max(answer::exit_code(&result));
    }
    match (failed, worst) {
        (true, code) => Err(Failure::Said(code)),
        (false, 0) => Ok(Answer::Yes),
        (false, _) => Ok(Answer::No),
    }
}

async fn one(command: &Command, call: &mut Call<'_>) -> Result<Answer, Failure> {
    match command {
        Command::Demo(args) => demo::run(args, call).await,
        Command::Init(args) => init::run(args, call).await,
        Command::Plan(args) => plan::run(args, call).await,
        Command::Apply(args) => apply::run(args, call).await,
        Command::Check(args) => check::run(args, call).await,
        Command::Backfill(args) => backfill::run(args, call).await,
        Command::History(args) => history::run(args, call).await,
        Command::Events(args) => events::run(args, call).await,
        Command::AsOf(args) => as_of::run(args, call).await,
        Command::Diff(args) => diff::run(args, call).await,
        Command::Revert(args) => revert::run(args, call).await,
        Command::Event(args) => event::run(args, call).await,
        Command::Uninstall(args) => uninstall::run(args, call).await,
    }
}

impl Command {
    /// Whether it means every database of the file where none is named. The others are about one row or one table.
    fn goes_over_several(&self) -> bool {
        match self {
            Self::Plan(_) | Self::Apply(_) | Self::Check(_) | Self::Backfill(_) | Self::Events(_) => true,
            Self::Demo(_)
            | Self::Init(_)
            | Self::History(_)
            | Self::AsOf(_)
            | Self::Diff(_)
            | Self::Revert(_)
            | Self::Event(_)
            | Self::Uninstall(_) => false,
        }
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

/// The row that `TABLE KEY…` names.
async fn row_of(lore: &AnyLore, words: &[String]) -> Result<RowRef, Failure> {
    let [name, key @ ..] = words else {
        return Err(Error::request("a row needs a table and a key").hint("write `books 42`").into());
    };
    let (table, registered) = tracked(lore, name).await?;
    let key = key::parse(&registered.installation.capture, key)?;
    Ok(RowRef::new(table, key))
}

/// Reads the name of a table as given on the command line.
fn table_name(text: &str) -> Result<TableName, Failure> {
    TableName::parse(text).ok_or_else(|| {
        let hint = r#"write books, shop.books or '"My Shop"."Books"'"#;
        Error::request(format!("`{text}` is not the name of a table")).hint(hint).into()
    })
}
