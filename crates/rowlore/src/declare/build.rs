//! Declarations built in code.

use super::{Columns, Condition, Events, Image, Operation, Origin, TrackedTable, Tracker, Unchanged};

impl TrackedTable {
    /// Tracks `table` in the default way; the methods below change that.
    pub fn new(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            key: Vec::new(),
            columns: Columns::All,
            unchanged: Unchanged::Skip,
            ignore: Vec::new(),
            links: Vec::new(),
            baseline: true,
            events: Vec::new(),
            trackers: Vec::new(),
            origin: Origin::Code,
        }
    }

    /// Names the columns that identify a row, where the table has no primary key.
    #[must_use]
    pub fn key<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.key = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Records these columns (and the key) only.
    #[must_use]
    pub fn only<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = Columns::only(columns);
        self
    }

    /// Records every column but these.
    #[must_use]
    pub fn except<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = Columns::except(columns);
        self
    }

    /// Decides what becomes of an update that changes nothing.
    #[must_use]
    pub fn unchanged(mut self, unchanged: Unchanged) -> Self {
        self.unchanged = unchanged;
        self
    }

    /// Records these columns, but no event when nothing else changed.
    #[must_use]
    pub fn ignore<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.ignore = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Shows the events of this table also in the history of the rows that these foreign-key columns point at.
    #[must_use]
    pub fn links<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.links = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Decides how one of its event tables is made.
    #[must_use]
    pub fn event_table(mut self, events: Events) -> Self {
        self.events.push(events);
        self
    }

    /// Tracks from now on only: rows that exist already get no baseline event.
    #[must_use]
    pub fn without_baseline(mut self) -> Self {
        self.baseline = false;
        self
    }

    /// Adds a rule. The first one replaces the default rule.
    #[must_use]
    pub fn tracker(mut self, tracker: Tracker) -> Self {
        self.trackers.push(tracker);
        self
    }

    /// Says where this was declared, for error messages.
    #[must_use]
    pub fn declared_at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }
}

impl Tracker {
    /// A rule whose events carry `label`.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..Self::default() }
    }

    /// A label for events that the program makes itself.
    pub fn manual(label: impl Into<String>) -> Self {
        Self { manual: true, ..Self::new(label) }
    }

    /// Records these operations only.
    #[must_use]
    pub fn on(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.operations = operations.into_iter().collect();
        self
    }

    /// Records this image of the row.
    #[must_use]
    pub fn image(mut self, image: Image) -> Self {
        self.image = Some(image);
        self
    }

    /// Records these columns (and the key).
    #[must_use]
    pub fn columns(mut self, columns: Columns) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Records these columns, but no event when nothing else changed.
    #[must_use]
    pub fn ignore<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.ignore = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Records only when this holds.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Records only when this SQL expression over `old.` and `new.` columns is true.
    #[must_use]
    pub fn when(self, expression: impl Into<String>) -> Self {
        self.condition(Condition::When(expression.into()))
    }

    /// Records into an event table of this name.
    #[must_use]
    pub fn events(mut self, name: impl Into<String>) -> Self {
        self.events = Some(name.into());
        self
    }
}

impl Columns {
    /// These columns and no others.
    pub fn only<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self::Only(columns.into_iter().map(Into::into).collect())
    }

    /// Every column but these.
    pub fn except<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self::Except(columns.into_iter().map(Into::into).collect())
    }

    /// The names it mentions, chosen or left out.
    pub fn named(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Only(names) | Self::Except(names) => names,
        }
    }

    /// Whether it chooses the column.
    pub fn includes(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == column),
            Self::Except(names) => !names.iter().any(|name| name == column),
        }
    }
}
