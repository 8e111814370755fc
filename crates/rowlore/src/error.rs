//! What can go wrong, sorted by what to do next.

use std::fmt;

/// The result of everything that can fail in rowlore.
pub type Result<T> = std::result::Result<T, Error>;

/// What the reader of an [`Error`] should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The declaration or the request is wrong: change it and ask again.
    Request,
    /// A passing condition (a lock, a lost connection): the same request may work later.
    Retry,
    /// The database refuses or lacks something only its operator can give.
    Operator,
    /// rowlore did something it should not: report it.
    Bug,
}

/// An error: a sentence for the person, a hint what to do, and a [kind](ErrorKind) for the program.
///
/// The message never holds values of rows.
///
/// ```
/// use rowlore::{Error, ErrorKind};
/// let error = Error::request("no table `boks`").hint("did you mean `books`?");
/// assert_eq!(error.kind(), ErrorKind::Request);
/// assert_eq!(error.to_string(), "no table `boks`");
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of the given kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), hint: None, source: None }))
    }

    /// The caller asked for something that can't be: see [`ErrorKind::Request`].
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Request, message)
    }

    /// See [`ErrorKind::Retry`].
    pub fn retry(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Retry, message)
    }

    /// See [`ErrorKind::Operator`].
    pub fn operator(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Operator, message)
    }

    /// See [`ErrorKind::Bug`].
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, message)
    }

    /// Adds what the person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the error this one came from.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What to do next, for a program.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do next, for a person.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
