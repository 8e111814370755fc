//! A database's URL → rowlore over it.

use rowlore::{Engine, Error, Lore};

use crate::answer::Failure;
use crate::settings::{Database, Place};

/// rowlore over an engine chosen at run time.
pub(crate) type AnyLore = Lore<Box<dyn Engine>>;

/// Opens the database; an SQLite file must be there.
///
/// # Errors
/// When it can't be reached.
pub(crate) async fn connect(database: &Database) -> Result<AnyLore, Failure> {
    let engine: Box<dyn Engine> = match &database.place {
        Place::Sqlite(path) => return Err(not_built(&path.display().to_string())),
        Place::Postgres(_) => return Err(not_built("postgres")),
    };
    #[allow(unreachable_code)]
    Ok(Lore::new(engine))
}

fn not_built(what: &str) -> Failure {
    Error::bug(format!("no engine is built in for {what}")).into()
}
