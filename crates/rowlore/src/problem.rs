//! What is wrong with a declaration: all of it at once, each with its place and a hint.

use std::fmt;

use crate::declare::Origin;
use crate::{Error, nearest};

/// One thing that is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was declared.
    pub origin: Origin,
    /// What is wrong, naming the thing.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(origin: &Origin, message: impl Into<String>) -> Self {
        Self { origin: origin.clone(), message: message.into(), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the known name that `wrong` was probably meant to be, else the list of those there are.
    #[must_use]
    pub fn suggest<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        if let Some(name) = nearest(wrong, known.clone()) {
            return self.hint(format!("did you mean `{name}`?"));
        }
        let known: Vec<&str> = known.into_iter().take(20).collect();
        if known.is_empty() { self } else { self.hint(format!("there are: {}", known.join(", "))) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the declaration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `value`, unless there are problems.
    pub fn unless<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }

    /// Each problem.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let Problems(list) = &problems;
        let message = match list.as_slice() {
            [one] => format!("{}: {}", one.origin, one.message),
            _ => problems.to_string(),
        };
        let hint = if let [Problem { hint: Some(hint), .. }] = list.as_slice() {
            hint.clone()
        } else {
            String::new()
        };
        // The list itself stays within reach, for programs that show it in a form of their own.
        let error = Error::request(message).caused_by(problems);
        if hint.is_empty() { error } else { error.hint(hint) }
    }
}
