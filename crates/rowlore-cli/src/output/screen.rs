//! Where the output goes, and what it looks like there.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};

use jiff::tz::TimeZone;
use rowlore::{Error, Row};

use super::{Look, Paint};
use crate::answer::Failure;

/// stdout, with what is known about it.
pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    look: Look,
    quiet: bool,
    json: bool,
    /// Of several databases the one that the output is about.
    database: Option<String>,
}

impl Screen {
    /// The screen this process was started with.
    pub(crate) fn of_this_process(quiet: bool, json: bool) -> Self {
        // To a file or a pipe nothing is cut off.
        let width = if io::stdout().is_terminal() { terminal_width() } else { usize::MAX };
        let paint = Paint::new(colours_wanted() && io::stdout().is_terminal());
        let look = Look { paint, width, zone: TimeZone::system() };
        Self { out: BufWriter::new(io::stdout()), look, quiet, json, database: None }
    }

    /// How things look here.
    pub(crate) fn look(&self) -> &Look {
        &self.look
    }

    /// Colours of this screen.
    pub(crate) fn paint(&self) -> Paint {
        self.look.paint
    }

    /// Colours of stderr.
    pub(crate) fn error_paint(&self) -> Paint {
        Paint::new(colours_wanted() && io::stderr().is_terminal())
    }

    /// Whether the answer is read by a program.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether progress may be shown.
    pub(crate) fn progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// Prints a result as it is.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Prints a line of a result.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// From here on it is about this one of several databases: a heading for a person, a field in each object.
    pub(crate) fn begin(&mut self, database: &str) -> Result<(), Failure> {
        if !self.json {
            let first = if self.database.is_none() { "" } else { "\n" };
            let heading = self.look.paint.strong(format!("══ {database}"));
            self.line(&format!("{first}{heading}"))?;
        }
        self.database = Some(database.to_owned());
        Ok(())
    }

    /// Prints one object as a line.
    pub(crate) fn object(&mut self, object: &impl serde::Serialize) -> Result<(), Failure> {
        let text = match &self.database {
            None => serde_json::to_string(object),
            Some(database) => serde_json::to_value(object).and_then(|value| {
                let mut of = Row::from_iter([("database".to_owned(), database.as_str().into())]);
                of.extend(value.as_object().cloned().unwrap_or_default());
                serde_json::to_string(&of)
            }),
        };
        let text = text.map_err(|error| Error::bug(format!("an answer has no JSON form: {error}")))?;
        self.line(&text)
    }

    /// Prints advice: what to do next, not part of the result.
    pub(crate) fn advice(&mut self, text: &str) -> Result<(), Failure> {
        if self.quiet || self.json { Ok(()) } else { self.line(text) }
    }

    /// Says something beside a result that is read by a program.
    pub(crate) fn aside(&mut self, text: &str) -> Result<(), Failure> {
        self.flush()?;
        if self.quiet {
            return Ok(());
        }
        // Nobody may be left to hear it.
        let _ = writeln!(io::stderr(), "{}", self.error_paint().hint(text));
        Ok(())
    }

    /// Puts out what is still held back; needed before a question.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// Some terminals do not tell their size; the shell may know it.
fn terminal_width() -> usize {
    let told = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let columns = told.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok());
    columns.map_or(usize::MAX, |columns| columns.max(40))
}

/// <https://no-color.org>, and terminals that have none.
fn colours_wanted() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
