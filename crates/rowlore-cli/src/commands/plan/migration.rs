//! `rowlore plan --format django` and the like: the files of a migration.

use std::path::Path;

use rowlore::plan::migration::{File, Migration, Options, Tool};
use rowlore::{Engine as _, Error, Timestamp};

use super::Args;
use crate::answer::{Answer, Failure};
use crate::commands::Call;
use crate::output::count;

pub(super) async fn run(tool: Tool, args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.no_json("plan --format", "a migration is a file; `rowlore plan --json` has the steps")?;
    let declarations = call.settings.declarations()?;
    let lore = call.lore().await?;
    let found = lore.engine().inspect(&declarations).await?;
    let migration = Migration::new(&declarations, &found, lore.engine().dialect())?;
    if migration.is_empty() {
        let nothing = call.nothing_to_do(migration.up())?;
        call.screen.aside(&format!("{nothing} No migration was made."))?;
        return Ok(Answer::Yes);
    }
    let files = migration.files(tool, &options(tool, args)?)?;
    match &args.out {
        None => print(call, &files)?,
        Some(path) => write(call, &migration, &files, path)?,
    }
    Ok(Answer::Yes)
}

/// Whether `--out` names a folder: one that is there, or that is written as one.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

fn options(tool: Tool, args: &Args) -> Result<Options, Failure> {
    let number = match (tool, &args.after) {
        (Tool::Refinery, Some(after)) => {
            let number = after.trim_start_matches('V').parse::<u32>();
            number.map_err(|_| {
                let message = format!("`{after}` is not the number of a refinery migration");
                Error::request(message).hint("--after 7 makes V8")
            })? + 1
        }
        (Tool::Refinery, None) => args.out.as_deref().map_or(1, next_number),
        _ => 1,
    };
    Ok(Options {
        name: args.name.clone(),
        at: Timestamp::now(),
        number,
        app: args.app.clone(),
        after: args.after.clone(),
    })
}

/// The number after the highest of refinery's migrations in a folder.
fn next_number(folder: &Path) -> u32 {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let number = |name: std::ffi::OsString| {
        let name = name.to_string_lossy().into_owned();
        name.strip_prefix(['V', 'U'])?.split_once("__")?.0.parse::<u32>().ok()
    };
    names.filter_map(number).max().map_or(1, |number| number + 1)
}

fn print(call: &mut Call<'_>, files: &[File]) -> Result<(), Failure> {
    for file in files {
        if files.len() > 1 {
            call.screen.line(&format!("-- ==== {}", file.name))?;
        }
        call.screen.print(&file.text)?;
    }
    Ok(())
}

fn write(call: &mut Call<'_>, migration: &Migration, files: &[File], path: &Path) -> Result<(), Failure> {
    let steps = count(migration.up().steps().len(), "step");
    if !is_folder(path) {
        let [file] = files else {
            let message = format!("{} files do not go into {}", files.len(), path.display());
            return Err(Error::request(message)
                .hint("name a folder that is there, or end its name with `/`")
                .into());
        };
        std::fs::write(path, &file.text).map_err(|error| Failure::unwritable(path, &error))?;
        return call.screen.advice(&format!("{steps} written to {}.", path.display()));
    }
    std::fs::create_dir_all(path).map_err(|error| Failure::unwritable(path, &error))?;
    for file in files {
        let path = path.join(&file.name);
        if path.exists() {
            let message = format!("{} is there already", path.display());
            return Err(Error::request(message).hint("give the migration another --name").into());
        }
        std::fs::write(&path, &file.text).map_err(|error| Failure::unwritable(&path, &error))?;
        call.screen.line(&path.display().to_string())?;
    }
    call.screen.advice(&format!("{steps}, and the way back."))
}
