//! What PostgreSQL says → what a person does about it.

use rowlore::{Error, ErrorKind};
use tokio_postgres::error::SqlState;

/// An error of the client as ours. `doing` completes "can't …".
///
/// The server's message and hint are passed on, its detail is not: details quote values of rows.
pub(crate) fn failed(doing: &str) -> impl Fn(tokio_postgres::Error) -> Error + '_ {
    move |error| {
        let Some(db) = error.as_db_error() else {
            let source = std::error::Error::source(&error);
            let why = source.map_or_else(|| error.to_string(), ToString::to_string);
            let message = format!("can't {doing}: {why}");
            let lost = error.is_closed() || source.is_some_and(|source| source.is::<std::io::Error>());
            return if lost {
                Error::retry(message).hint("is the server running, and is the connection still open?")
            } else {
                Error::operator(message)
            }
            .caused_by(error);
        };
        let (kind, hint) = advice(db.code());
        // The messages of this class quote the value.
        let said =
            if db.code().code().starts_with("22") { "a value does not fit its type" } else { db.message() };
        let message = format!("can't {doing}: {said} (SQLSTATE {})", db.code().code());
        let hint = db.hint().unwrap_or(hint).to_owned();
        let ours = Error::new(kind, message);
        if hint.is_empty() { ours } else { ours.hint(hint) }
    }
}

/// An error that one of our own functions raised about what it was asked, as ours; all others as [`failed`].
pub(crate) fn refused(doing: &str) -> impl Fn(tokio_postgres::Error) -> Error + '_ {
    move |error| match error.as_db_error() {
        Some(db) if db.code().code().starts_with("42") && *db.code() != SqlState::INSUFFICIENT_PRIVILEGE => {
            let ours = Error::request(db.message());
            match db.hint() {
                Some(hint) => ours.hint(hint),
                None => ours,
            }
        }
        _ => failed(doing)(error),
    }
}

/// An error of the pool as ours.
pub(crate) fn unreachable(error: deadpool_postgres::PoolError) -> Error {
    match error {
        deadpool_postgres::PoolError::Backend(error) => failed("connect to PostgreSQL")(error),
        other => Error::retry(format!("can't get a connection to PostgreSQL: {other}"))
            .hint("is the server running, and does the pool have room?"),
    }
}

/// What to do about a class of error.
fn advice(code: &SqlState) -> (ErrorKind, &'static str) {
    match code {
        &SqlState::LOCK_NOT_AVAILABLE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::T_R_SERIALIZATION_FAILURE => {
            (ErrorKind::Retry, "somebody holds a lock: try again, or look at pg_stat_activity for who does")
        }
        &SqlState::INSUFFICIENT_PRIVILEGE => (
            ErrorKind::Operator,
            "connect as the owner of the tables, or grant create on the database and trigger on the tables",
        ),
        &SqlState::READ_ONLY_SQL_TRANSACTION => {
            (ErrorKind::Operator, "this server or session is read-only: connect to the primary")
        }
        &SqlState::INVALID_TEXT_REPRESENTATION
        | &SqlState::INVALID_DATETIME_FORMAT
        | &SqlState::DATETIME_FIELD_OVERFLOW
        | &SqlState::NUMERIC_VALUE_OUT_OF_RANGE => {
            (ErrorKind::Request, "write the value as PostgreSQL writes that type")
        }
        &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            (ErrorKind::Operator, "check user and password of the database URL")
        }
        &SqlState::INVALID_CATALOG_NAME => (ErrorKind::Request, "check the database's name in the URL"),
        _ => (ErrorKind::Operator, ""),
    }
}
