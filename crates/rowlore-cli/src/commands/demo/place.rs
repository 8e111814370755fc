//! Where the demo puts its files: never in the place of anything that is not its own.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rowlore::Error;

use crate::answer::Failure;

/// SQLite's `application_id` of a demo database: "rowl".
pub(super) const MARK: i32 = 0x726f_776c;

const MADE_BY: &str = "# Made by `rowlore demo`";

/// The demo's two files.
pub(super) struct Place {
    /// The database; not there yet.
    pub(super) database: PathBuf,
    /// The declarations.
    pub(super) config: PathBuf,
}

/// Finds names for the two files in `folder`; what an earlier demo left there is removed.
///
/// # Errors
/// When the folder can't be written to.
pub(super) fn prepare(folder: &Path) -> Result<Place, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
    // `./x` reads no better than `x`.
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    let names = (1..).map(|n| if n == 1 { "rowlore-demo".to_owned() } else { format!("rowlore-demo-{n}") });
    for name in names {
        let place = Place {
            database: folder.join(format!("{name}.db")),
            config: folder.join(format!("{name}.toml")),
        };
        if free_or_ours(&place.database, database_is_ours) && free_or_ours(&place.config, config_is_ours) {
            for ending in ["db", "db-wal", "db-shm", "db-journal", "toml"] {
                let path = folder.join(format!("{name}.{ending}"));
                if path.exists() {
                    fs::remove_file(&path).map_err(|error| Failure::unwritable(&path, &error))?;
                }
            }
            return Ok(place);
        }
    }
    Err(Error::bug("no name is left for the demo's files").into())
}

/// Writes the declarations of the shop.
pub(super) fn write_config(place: &Place) -> Result<(), Failure> {
    let database = place.database.file_name().unwrap_or_default().to_string_lossy();
    let text = include_str!("rowlore-demo.toml").replace("{{database}}", &database);
    fs::write(&place.config, text).map_err(|error| Failure::unwritable(&place.config, &error))
}

fn free_or_ours(path: &Path, ours: fn(&Path) -> bool) -> bool {
    !path.exists() || ours(path)
}

fn config_is_ours(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.starts_with(MADE_BY))
}

/// The id stands at byte 68 of the file, so that no foreign database has to be opened to see it.
fn database_is_ours(path: &Path) -> bool {
    let mut header = [0; 72];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header[68..] == MARK.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_takes_the_place_of_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("rowlore-demo.db");
        fs::write(&foreign, "my diary").unwrap();
        let place = prepare(folder.path()).unwrap();
        assert_eq!(place.database, folder.path().join("rowlore-demo-2.db"));
        write_config(&place).unwrap();
        let again = prepare(folder.path()).unwrap();
        assert_eq!(again.config, place.config);
        assert!(!again.config.exists(), "the demo's own file makes room");
        assert_eq!(fs::read_to_string(&foreign).unwrap(), "my diary");
    }

    #[test]
    fn its_declarations_hold_together() {
        let folder = tempfile::tempdir().unwrap();
        let place = prepare(folder.path()).unwrap();
        write_config(&place).unwrap();
        let text = fs::read_to_string(&place.config).unwrap();
        let file = rowlore::declare::file::parse("demo", &text).unwrap();
        let database = file.single().unwrap();
        assert_eq!(database.address.url.as_deref(), Some("sqlite:rowlore-demo.db"));
        assert_eq!(rowlore::check(database.tables.clone()).unwrap().iter().count(), 4);
    }
}
