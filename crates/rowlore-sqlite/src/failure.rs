//! What SQLite says into a sentence for a person, and a kind for the program.

use rowlore::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// An error of rowlore's own SQL while `doing` something: what is not the operator's to solve is a bug.
pub(crate) fn ours(doing: &str) -> impl Fn(rusqlite::Error) -> Error + '_ {
    move |error| sentence(doing, error, ErrorKind::Bug)
}

/// An error of SQL that the program gave.
pub(crate) fn theirs(doing: &str) -> impl Fn(rusqlite::Error) -> Error + '_ {
    move |error| sentence(doing, error, ErrorKind::Request)
}

/// SQLite's own words, without the SQL text: that may hold values.
pub(crate) fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        rusqlite::Error::SqliteFailure(code, None) => code.to_string(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

fn sentence(doing: &str, error: rusqlite::Error, otherwise: ErrorKind) -> Error {
    let words = words(&error);
    let say = |kind, what: &str, hint: &str| Error::new(kind, format!("{doing}: {what}")).hint(hint);
    let answer = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => say(
            ErrorKind::Retry,
            "another connection is writing to the database",
            "SQLite has one writer at a time; try again when the other transaction has ended",
        ),
        Some(ErrorCode::ReadOnly) => say(
            ErrorKind::Operator,
            "the database is read-only",
            "give this user the right to write to the file and to its folder",
        ),
        Some(ErrorCode::NotADatabase) => say(
            ErrorKind::Operator,
            "the file is not a SQLite database, or it is encrypted",
            "check the path of the database",
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            say(ErrorKind::Operator, &words, "check the path, and the rights on the file and its folder")
        }
        Some(ErrorCode::DiskFull) => say(ErrorKind::Operator, "the disk is full", "make room and try again"),
        Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::OutOfMemory) => {
            say(ErrorKind::Operator, &words, "`pragma integrity_check` says whether the file is whole")
        }
        _ => Error::new(otherwise, format!("{doing}: {words}")),
    };
    match error {
        rusqlite::Error::SqlInputError { .. } => answer.caused_by(Words(words)),
        error => answer.caused_by(error),
    }
}

/// The source of an error, without the SQL text that rusqlite would show.
#[derive(Debug)]
struct Words(String);

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Words {}
