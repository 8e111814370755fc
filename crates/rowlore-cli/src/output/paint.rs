//! Colours by what they mean, and only on a terminal.

use std::fmt::Display;

use console::Style;
use rowlore::Op;

/// Colours a text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours on or off.
    pub(crate) fn new(on: bool) -> Self {
        Self { on }
    }

    /// No colours.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self::new(false)
    }

    /// A value that is no more.
    pub(crate) fn old(&self, text: impl Display) -> String {
        self.wear(Style::new().red(), text)
    }

    /// A value that came to be.
    pub(crate) fn new_value(&self, text: impl Display) -> String {
        self.wear(Style::new().green(), text)
    }

    /// What is there for those who look for it.
    pub(crate) fn dim(&self, text: impl Display) -> String {
        self.wear(Style::new().dim(), text)
    }

    /// What the eye should find first.
    pub(crate) fn strong(&self, text: impl Display) -> String {
        self.wear(Style::new().bold(), text)
    }

    /// Who.
    pub(crate) fn who(&self, text: impl Display) -> String {
        self.wear(Style::new().cyan(), text)
    }

    /// A command that can be typed.
    pub(crate) fn command(&self, text: impl Display) -> String {
        self.wear(Style::new().cyan().bold(), text)
    }

    /// What went wrong.
    pub(crate) fn error(&self, text: impl Display) -> String {
        self.wear(Style::new().red().bold(), text)
    }

    /// What to do about it.
    pub(crate) fn hint(&self, text: impl Display) -> String {
        self.wear(Style::new().yellow(), text)
    }

    /// An operation, or the label that stands for it.
    pub(crate) fn op(&self, op: Op, text: impl Display) -> String {
        let style = match op {
            Op::Insert => Style::new().green(),
            Op::Update => Style::new().yellow(),
            Op::Delete | Op::Truncate => Style::new().red(),
            Op::Baseline => Style::new().blue(),
            Op::Manual => Style::new().magenta(),
        };
        self.wear(style.bold(), text)
    }

    fn wear(self, style: Style, text: impl Display) -> String {
        if self.on { style.force_styling(true).apply_to(text).to_string() } else { text.to_string() }
    }
}
