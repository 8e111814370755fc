//! How an event table is made, where the default is not what the user wants.

use serde::{Deserialize, Serialize};

use super::Origin;

/// Settings of one event table. The default is what every event table has that nobody mentions.
///
/// ```
/// use rowlore::declare::{ContextForm, Events, Period, TrackedTable};
/// let orders = TrackedTable::new("orders").event_table(
///     Events::default().context(ContextForm::Json).partition(Period::Month).index(["status"]),
/// );
/// assert!(rowlore::check([orders]).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// Which one, as a tracker's `events` names it; none means the one named after the tracked table.
    pub name: Option<String>,
    /// The schema it stands in; none means rowlore's own. It is made if it is not there.
    pub schema: Option<String>,
    /// Whether an event says of which row it is. Without the key nothing leads from an event to a row: such a table
    /// has no history, only a stream.
    pub key: bool,
    /// How an event says who and why.
    pub context: ContextForm,
    /// What an event's time is.
    pub time: TimeSource,
    /// Partitions by time, so that what is old can be dropped at once.
    pub partition: Option<Period>,
    /// Whether the database refuses to change, delete or truncate events.
    pub append_only: bool,
    /// Further indexes, each a list of columns: tracked ones, extra ones or rowlore's own (`rl_at`, `rl_context_id`, …).
    pub indexes: Vec<Vec<String>>,
    /// Columns that the tracked table does not have.
    pub extra: Vec<ExtraColumn>,
    /// Where this was declared, for error messages.
    pub origin: Option<Origin>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            name: None,
            schema: None,
            key: true,
            context: ContextForm::default(),
            time: TimeSource::default(),
            partition: None,
            append_only: true,
            indexes: Vec::new(),
            extra: Vec::new(),
            origin: None,
        }
    }
}

/// How an event says who and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextForm {
    /// By the number of a row in rowlore's own table of contexts, which all events of a scope share.
    #[default]
    Reference,
    /// By a copy in each event: an event table that can be read, copied and kept on its own.
    Json,
    /// Not at all.
    None,
}

/// What an event's time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeSource {
    /// When the statement ran.
    #[default]
    Statement,
    /// When the transaction began: all its events have the same time.
    Transaction,
}

/// A stretch of time that gets a partition of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// From midnight to midnight, UTC.
    Day,
    /// From Monday to Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// A column of an event table that the tracked table does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraColumn {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    pub sql_type: String,
    /// An SQL expression that gives its value when a trigger records an event, without columns of the row; none means
    /// null. Functions and operators outside the database's own must be written with their schema.
    /// On PostgreSQL it is evaluated with the rights of rowlore's owner: who connected is `session_user`, and
    /// `current_user` would be that owner in every event.
    pub value: Option<String>,
}

impl Events {
    /// Settings of the event table of that name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Puts it into a schema of the user's.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Leaves out of which row an event is.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.key = false;
        self
    }

    /// Decides how an event says who and why.
    #[must_use]
    pub fn context(mut self, context: ContextForm) -> Self {
        self.context = context;
        self
    }

    /// Decides what an event's time is.
    #[must_use]
    pub fn time(mut self, time: TimeSource) -> Self {
        self.time = time;
        self
    }

    /// Partitions it by time.
    #[must_use]
    pub fn partition(mut self, period: Period) -> Self {
        self.partition = Some(period);
        self
    }

    /// Lets events be changed and deleted by whoever has the right on the table.
    #[must_use]
    pub fn changeable(mut self) -> Self {
        self.append_only = false;
        self
    }

    /// Adds an index over these columns.
    #[must_use]
    pub fn index<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.indexes.push(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a column that stays null, for the user's own use.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, sql_type: impl Into<String>) -> Self {
        self.extra.push(ExtraColumn { name: name.into(), sql_type: sql_type.into(), value: None });
        self
    }

    /// Adds a column that gets the value of an SQL expression with each recorded event.
    #[must_use]
    pub fn extra_value(
        mut self,
        name: impl Into<String>,
        sql_type: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.extra.push(ExtraColumn {
            name: name.into(),
            sql_type: sql_type.into(),
            value: Some(value.into()),
        });
        self
    }
}
