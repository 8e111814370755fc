//! `rowlore init`: a commented rowlore.toml from the live schema.

mod template;

use rowlore::declare::check::Declarations;
use rowlore::found::Found;
use rowlore::{Engine as _, Error};

use super::Call;
use crate::answer::{Answer, Failure};
use crate::ask;
use crate::connect::connect;
use crate::output::count;
use crate::settings::{Database, Place, Source};

/// Write a commented rowlore.toml from the live schema
///
/// Every table that can be tracked is declared, with its key; the others are named with the reason. Passwords
/// are never written: a URL from DATABASE_URL stays `${DATABASE_URL}`. Nothing in the database is changed.
///
/// Example:
///   rowlore init --database sqlite:shop.db
///   rowlore init --stdout
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Print it instead of writing the file
    #[arg(long)]
    stdout: bool,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.no_json("init", "it writes TOML; `rowlore plan --json` is for programs")?;
    let database = call.settings.database_before_file()?;
    let lore = connect(&database).await?;
    let found = lore.engine().inspect(&Declarations::default()).await?;
    let text = template::render(&found, &url_setting(&database, &call.settings.path()));
    if args.stdout {
        call.screen.print(&text)?;
        return Ok(Answer::Yes);
    }
    let path = call.settings.path();
    if path.exists() && !args.force && !overwrite(call)? {
        return Ok(Answer::No);
    }
    let written = std::fs::write(&path, text);
    written.map_err(|error| Failure::unwritable(&path, &error))?;
    let next = what_next(call, &database, &found);
    call.screen.advice(&format!("Wrote {}: {next}", path.display()))?;
    Ok(Answer::Yes)
}

/// How many tables there are to track, and what to do then.
fn what_next(call: &Call<'_>, database: &Database, found: &Found) -> String {
    let paint = call.screen.paint();
    let tables = template::tracked(found).count();
    if tables > 0 {
        let plan = paint.command(call.settings.command_by_file("plan"));
        return format!(
            "{} to track. Look through it, then see what it means: {plan}",
            count(tables, "table")
        );
    }
    let again = paint.command(call.settings.command("init --force"));
    if found.tables.is_empty() {
        return format!("{database} has no tables yet. Make them, then write it again: {again}");
    }
    "no table can be tracked as it is. It says why, and what to do".to_owned()
}

fn overwrite(call: &Call<'_>) -> Result<bool, Failure> {
    let path = call.settings.path();
    if !call.settings.yes() && !ask::someone_is_there() {
        let message = format!("{} is there already", path.display());
        let hint = "write over it with --force, or see what would be written with --stdout";
        return Err(Error::request(message).hint(hint).into());
    }
    ask::go_on(&call.settings, &format!("{} is there already. Write over it?", path.display()))
}

/// How the file names the database: never with a password, and so that it still holds from the file's folder.
fn url_setting(database: &Database, path: &std::path::Path) -> template::Url {
    if let Source::File(said) = &database.source {
        match (&said.url, &said.url_file) {
            (Some(words), _) if !has_password(words) => return template::Url::Text(words.clone()),
            (None, Some(name)) => return template::Url::InFile(name.clone()),
            _ => {}
        }
    }
    match (&database.source, &database.place) {
        (Source::Environment, _) => template::Url::FromEnvironment { password: false },
        (_, Place::Postgres(url)) if has_password(url) => template::Url::FromEnvironment { password: true },
        (_, Place::Postgres(url)) => template::Url::Text(url.clone()),
        (_, Place::Sqlite(file)) => {
            let folder = path.parent().unwrap_or(std::path::Path::new(""));
            let here = folder.as_os_str().is_empty() || folder == std::path::Path::new(".");
            let file =
                if here { file.clone() } else { std::path::absolute(file).unwrap_or_else(|_| file.clone()) };
            template::Url::Text(format!("sqlite:{}", file.display()))
        }
    }
}

fn has_password(url: &str) -> bool {
    crate::settings::without_password(url) != url
}
