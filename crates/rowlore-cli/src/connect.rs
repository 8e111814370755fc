//! A database's URL → rowlore over it.

use rowlore::read::RowRef;
use rowlore::{Context, Engine, Error, ErrorKind, Lore};
use rowlore_postgres::{Postgres, Scope, Transactions as _};
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
            if path.is_dir() {
                let message = format!("{} is a folder, not a database file", path.display());
                return Err(Error::request(message).hint("name the file in it").into());
            }
            Box::new(Sqlite::open(path)?.application("rowlore"))
        }
        Place::Postgres(url) => {
            let postgres = Postgres::connect(url).await;
            Box::new(postgres.map_err(|error| unreachable(database, error))?)
        }
    };
    Ok(Lore::new(engine))
}

/// Records an event that no trigger makes, in a transaction of this context; gives its number.
///
/// # Errors
/// When the database can't be reached, or the table has no such label.
pub(crate) async fn create_event(
    database: &Database,
    row: &RowRef,
    label: &str,
    context: Context,
) -> Result<i64, Failure> {
    let RowRef { table, key: values } = row;
    Ok(match &database.place {
        Place::Sqlite(path) => {
            let sqlite = Sqlite::open(path)?.application("rowlore");
            sqlite.transaction(context, |tx| tx.create_event(table, label, values))?
        }
        Place::Postgres(url) => {
            let postgres = Postgres::connect(url).await.map_err(|error| unreachable(database, error))?;
            let event = async |scope: &Scope<'_>| {
                rowlore_postgres::create_event(&**scope.client(), table, label, values).await
            };
            Lore::new(postgres).transaction(context, event).await?
        }
    })
}

/// Says which server it was, and where its URL comes from: often it is not the one that was meant.
fn unreachable(database: &Database, error: Error) -> Error {
    let said = error.to_string();
    let source = database.source.in_words();
    let hint = if said.contains("TLS") || said.contains("no encryption") {
        "rowlore does not encrypt connections yet: go through a tunnel (ssh -L), or by a local socket"
            .to_owned()
    } else if said.contains("password missing") {
        format!("write it into the URL, which comes from {source}: postgres://user:password@host/database")
    } else if error.kind() == ErrorKind::Retry {
        format!("is a server running there, and are host and port right? The URL comes from {source}")
    } else {
        let hint = error.hint_text().unwrap_or("that is what the server says");
        format!("{hint}. The URL comes from {source}")
    };
    Error::new(error.kind(), format!("{database}: {said}")).hint(hint).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::{Source, read_url};

    fn said(url: &str, error: Error) -> String {
        let database = read_url(url, Path::new(""), Source::Environment).unwrap();
        let error = unreachable(&database, error);
        format!("{error}\n{}", error.hint_text().unwrap())
    }

    #[test]
    fn a_server_that_is_not_there_is_named_and_so_is_who_named_it() {
        let said = said("postgres://ada:secret@db/shop", Error::retry("can't connect: refused"));
        assert_eq!(
            said,
            "postgres://ada@db/shop: can't connect: refused\n\
             is a server running there, and are host and port right? The URL comes from DATABASE_URL"
        );
    }

    #[test]
    fn what_is_wrong_with_the_url_is_not_blamed_on_the_server() {
        let url = "postgres://ada@db/shop";
        assert!(
            said(url, Error::retry("can't connect: password missing")).contains("postgres://user:password@")
        );
        assert!(said(url, Error::retry("can't connect: server does not support TLS")).contains("tunnel"));
        let refused = Error::operator("password authentication failed").hint("check user and password");
        assert!(said(url, refused).ends_with("check user and password. The URL comes from DATABASE_URL"));
    }
}
