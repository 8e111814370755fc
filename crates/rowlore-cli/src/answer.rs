//! What a command ends with, and how that becomes an exit code and a sentence on stderr.

mod excerpt;

use std::error::Error as _;
use std::fmt;
use std::io::{self, Write as _};

use rowlore::{Error, ErrorKind, Problem, Problems};

use crate::output::Paint;

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or: yes.
    Yes,
    /// The answer is no: a difference, a drift, no such row.
    No,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the library, or one of our own in its form.
    Error(Error),
    /// Declarations that do not hold together.
    Problems(Problems),
    /// `check` could not tell.
    CouldNotTell(Box<Failure>),
    /// What went wrong was said already, database by database; the worst exit code of them.
    Said(u8),
    /// Whoever read our output went away: nothing is left to say.
    Closed,
}

impl Failure {
    /// Something the operating system refused, in one sentence.
    pub(crate) fn system(what: &str, error: &dyn fmt::Display) -> Self {
        Error::operator(format!("{what}: {error}")).into()
    }

    /// A file of the person's choice that can't be written.
    pub(crate) fn unwritable(path: &std::path::Path, error: &io::Error) -> Self {
        let message = format!("{} can't be written: {error}", path.display());
        Error::request(message).hint("name another place, or give this user the right to write there").into()
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Error(error) if error.kind() != ErrorKind::Request => 3,
            Self::Error(_) | Self::Problems(_) | Self::CouldNotTell(_) => 2,
            Self::Said(code) => *code,
            Self::Closed => 0,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.source().and_then(|source| source.downcast_ref::<Problems>()) {
            Some(problems) => Self::Problems(problems.clone()),
            None => Self::Error(error),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

impl From<io::Error> for Failure {
    /// Only for errors of our own output.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::system("the output can't be written", &error)
        }
    }
}

/// Says on stderr what went wrong, if anything did, and returns the exit code.
pub(crate) fn finish(result: Result<Answer, Failure>, paint: &Paint) -> u8 {
    if let Err(failure) = &result {
        say(failure, paint);
    }
    exit_code(&result)
}

/// Says on stderr what went wrong.
pub(crate) fn say(failure: &Failure, paint: &Paint) {
    // Nobody may be left to hear it.
    let _ = io::stderr().write_all(sentence(failure, paint).as_bytes());
}

/// The exit code of a command that ended so.
pub(crate) fn exit_code(result: &Result<Answer, Failure>) -> u8 {
    match result {
        Ok(Answer::Yes) => 0,
        Ok(Answer::No) => 1,
        Err(failure) => failure.exit_code(),
    }
}

/// The failure as a person reads it: one sentence, then what to do.
fn sentence(failure: &Failure, paint: &Paint) -> String {
    match failure {
        Failure::Closed | Failure::Said(_) => String::new(),
        Failure::CouldNotTell(inner) => {
            let inner = sentence(inner, paint);
            let inner = inner.strip_prefix("error: ").unwrap_or(&inner).to_owned();
            format!("{} whether the database is what is declared\n{inner}", paint.error("could not tell"))
        }
        Failure::Error(error) => {
            let hint = error.hint_text().map(|hint| format!("{} {hint}\n", paint.hint("hint:")));
            format!("{} {error}\n{}", paint.error("error:"), hint.unwrap_or_else(|| usual_hint(error, paint)))
        }
        Failure::Problems(problems) => list(problems, paint),
    }
}

/// What to do about an error whose maker said nothing.
fn usual_hint(error: &Error, paint: &Paint) -> String {
    let hint = match error.kind() {
        ErrorKind::Retry => "try again; nothing was changed by halves",
        ErrorKind::Bug => "this is a bug of rowlore: please report it with what you did",
        ErrorKind::Operator => "that is what the database says; its log may say more",
        _ => "`rowlore help COMMAND` shows what can be asked, with examples",
    };
    format!("{} {hint}\n", paint.hint("hint:"))
}

fn list(problems: &Problems, paint: &Paint) -> String {
    let count = problems.iter().count();
    let title = if count == 1 { "the declaration has a problem" } else { "the declarations have problems" };
    let counted = if count == 1 { String::new() } else { format!(" ({count})") };
    let mut text = format!("{} {title}{counted}\n", paint.error("error:"));
    for problem in problems.iter() {
        text.push_str(&one_problem(problem, paint));
    }
    if problems.iter().any(|problem| problem.hint.is_none()) {
        let hint = "`rowlore init --stdout` shows every setting with an example";
        text.push_str(&format!("{} {hint}\n", paint.hint("hint:")));
    }
    text
}

fn one_problem(problem: &Problem, paint: &Paint) -> String {
    let mut text = format!("  {} {}\n", paint.strong(format!("{}:", problem.origin)), problem.message);
    if let Some((number, line)) = excerpt::excerpt(problem) {
        text.push_str(&format!("      {}\n", paint.dim(format!("{number} | {line}"))));
    }
    if let Some(hint) = &problem.hint {
        text.push_str(&format!("      {} {hint}\n", paint.hint("hint:")));
    }
    text
}

/// A panic is our fault: say so in one sentence instead of a backtrace.
pub(crate) fn apologise_for_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        let sentence = format!(
            "error: rowlore ran into a bug of its own{}\nhint: please report it with the command you gave\n",
            place.unwrap_or_default()
        );
        let _ = io::stderr().write_all(sentence.as_bytes());
        std::process::exit(3);
    }));
}

#[cfg(test)]
mod tests {
    use rowlore::declare::Origin;

    use super::*;

    #[test]
    fn the_kind_of_an_error_is_its_exit_code() {
        let code = |error: Error| Failure::from(error).exit_code();
        assert_eq!(code(Error::request("x")), 2);
        assert_eq!(code(Error::operator("x")), 3);
        assert_eq!(code(Error::retry("x")), 3);
        assert_eq!(code(Error::bug("x")), 3);
        let unsure = Failure::CouldNotTell(Box::new(Error::operator("x").into()));
        assert_eq!(unsure.exit_code(), 2);
    }

    #[test]
    fn problems_inside_an_error_are_listed_again() {
        let problems = Problems::unless(
            vec![Problem::new(&Origin::Code, "a").hint("b"), Problem::new(&Origin::Code, "c")],
            (),
        );
        let failure = Failure::from(Error::from(problems.unwrap_err()));
        let expected = "error: the declarations have problems (2)\n  declared in code: a\n      hint: b\n  declared in code: c\nhint: `rowlore init --stdout` shows every setting with an example\n";
        assert_eq!(sentence(&failure, &Paint::plain()), expected);
    }
}
