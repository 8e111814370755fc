//! Asking the person before something is changed.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rowlore::Error;

use crate::answer::Failure;
use crate::settings::Settings;

/// Whether to go on: `--yes` says so, else the person at the terminal is asked.
///
/// # Errors
/// When nobody is there to ask.
pub(crate) fn go_on(settings: &Settings, question: &str) -> Result<bool, Failure> {
    if settings.yes() {
        return Ok(true);
    }
    if !someone_is_there() {
        let message = format!("nobody is here to answer: {question}");
        return Err(Error::request(message).hint("add --yes to go on without being asked").into());
    }
    yes_or_no(question)
}

/// Whether a question would reach a person.
pub(crate) fn someone_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks until the answer is one; just return means no.
pub(crate) fn yes_or_no(question: &str) -> Result<bool, Failure> {
    loop {
        write!(io::stderr(), "{question} [y/N] ")?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        if read.map_err(|error| Failure::system("the answer can't be read", &error))? == 0 {
            return Ok(false);
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => writeln!(io::stderr(), "Please answer `y` or `n`.")?,
        }
    }
}
