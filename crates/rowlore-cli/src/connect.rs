//! A database's URL → rowlore over it.

use rowlore::{Engine, Error, Lore};
use rowlore_postgres::Postgres;
use rowlore_sqlite::Sqlite;

use crate::answer::Failure;
use crate::settings::{Database, Place};

/// rowlore over an engine chosen at run time.
pub(crate) type AnyLore = Lore<Box<dyn Engine>>;

/// Opens the database, which must be there.
///
/// # Errors
/// When it can't be reached.
pub(crate) async fn connect(database: &Database) -> Result<AnyLore, Failure> {
    let engine: Box<dyn Engine> = match &database.place {
        Place::Sqlite(path) => {
            if !path.exists() {
                let message = format!("there is no database file {}", path.display());
                return Err(Error::request(message)
                    .hint("check the path; rowlore makes no databases")
                    .into());
            }
            Box::new(Sqlite::open(path)?.application("rowlore"))
        }
        Place::Postgres(url) => Box::new(Postgres::connect(url).await?),
    };
    Ok(Lore::new(engine))
}
