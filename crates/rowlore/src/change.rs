//! What is captured, read and delivered: one recorded change, and who made it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::TableName;

/// Values of a row by column, in the table's order.
///
/// `numeric` is a string (exact), `bytea` base64, a timestamp RFC 3339 in UTC, an array or JSON is JSON.
pub type Row = serde_json::Map<String, Value>;

/// What a change did to its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// The row came to be.
    Insert,
    /// The row changed; its key too, if there is an `old_key`.
    Update,
    /// The row went.
    Delete,
    /// The whole table was emptied at once.
    Truncate,
    /// The row was there when its tracking began.
    Baseline,
    /// Nothing happened to the row: an event of its own kind, under its label.
    Manual,
}

impl Op {
    /// Every one, with its word and its letter in event tables.
    pub const ALL: [(Self, &'static str, char); 6] = [
        (Self::Insert, "insert", 'i'),
        (Self::Update, "update", 'u'),
        (Self::Delete, "delete", 'd'),
        (Self::Truncate, "truncate", 't'),
        (Self::Baseline, "baseline", 'b'),
        (Self::Manual, "manual", 'm'),
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(op, ..)| *op == self).map_or("", |(_, name, _)| name)
    }

    /// The letter for it in the column `rl_op` of event tables.
    pub fn letter(self) -> char {
        Self::ALL.iter().find(|(op, ..)| *op == self).map_or('?', |(.., letter)| *letter)
    }

    /// The operation with this letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == letter).map(|(op, ..)| *op)
    }

    /// The operation with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(op, ..)| *op)
    }
}

/// One recorded change.
///
/// Serialises to the one JSON form that every command, sink and API gives; fields that do not apply are absent.
///
/// ```
/// let line = r#"{"table":"public.books","key":{"id":42},"op":"delete","label":"delete","event_id":17,
///     "at":"2026-11-20T18:00:00.123456Z","old":{"id":42,"price":"9.50"},"context":{"actor":"user:5"}}"#;
/// let change: rowlore::Change = serde_json::from_str(line).unwrap();
/// assert_eq!(change.context.actor.as_deref(), Some("user:5"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The table.
    pub table: TableName,
    /// The key of the row after the change; empty for a truncate.
    pub key: Row,
    /// The key before, if the change was (also) one of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_key: Option<Row>,
    /// What it did.
    pub op: Op,
    /// The label of the tracker that recorded it.
    pub label: String,
    /// Its number, unique in the database; within one row, later changes have higher ones.
    pub event_id: i64,
    /// The transaction that made it, where the engine has such numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xid: Option<u64>,
    /// When the statement ran.
    pub at: Timestamp,
    /// The row after; absent where there is none or it was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Row>,
    /// The row before; absent where there was none or it was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Row>,
    /// The columns whose value differs between `old` and `new`; absent unless both are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Vec<String>>,
    /// The values of the event table's extra columns; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Row>,
    /// The row's version after the change, on tables with versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The number of the context, which all events of one scope share; absent where its row is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<i64>,
    /// Who and why.
    pub context: Context,
}

/// Who made a change, and why: given by the program, completed by the database.
///
/// ```
/// use rowlore::Context;
/// let context = Context::actor("user:5").because("price list 2027").request("req-81").with("ip", "10.0.0.1");
/// assert_eq!(context.actor.as_deref(), Some("user:5"));
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Context {
    /// Who: any text the program uses for it, such as `user:5`.
    #[serde(default)]
    pub actor: Option<String>,
    /// Why, for a person.
    #[serde(default)]
    pub reason: Option<String>,
    /// The request or job that it belongs to.
    #[serde(default)]
    pub request: Option<String>,
    /// Anything else.
    #[serde(default)]
    pub data: Row,
    /// The database user that logged in; the database fills it in.
    #[serde(default)]
    pub db_user: Option<String>,
    /// The program's name as its connection gives it; the database fills it in.
    #[serde(default)]
    pub application: Option<String>,
    /// The client's address; none over a local socket. The database fills it in.
    #[serde(default)]
    pub client: Option<String>,
}

impl Context {
    /// A context of this actor.
    pub fn actor(actor: impl Into<String>) -> Self {
        Self { actor: Some(actor.into()), ..Self::default() }
    }

    /// Adds why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds the request or job.
    #[must_use]
    pub fn request(mut self, request: impl Into<String>) -> Self {
        self.request = Some(request.into());
        self
    }

    /// Adds a value of the program's own.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    /// The context of a scope inside this one: what `inner` leaves open comes from here. Neither is changed.
    #[must_use]
    pub fn nest(&self, inner: &Self) -> Self {
        let mut data = self.data.clone();
        data.extend(inner.data.clone());
        Self {
            actor: inner.actor.clone().or_else(|| self.actor.clone()),
            reason: inner.reason.clone().or_else(|| self.reason.clone()),
            request: inner.request.clone().or_else(|| self.request.clone()),
            data,
            ..self.clone()
        }
    }

    /// The program's own data as a type of its own: fields that a context lacks must be options or have a default.
    ///
    /// # Errors
    /// When the data does not make a `T`.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Web { ip: String }
    /// let context = rowlore::Context::actor("user:5").with("ip", "10.0.0.1");
    /// assert_eq!(context.data_as::<Web>().unwrap().ip, "10.0.0.1");
    /// ```
    pub fn data_as<T: serde::de::DeserializeOwned>(&self) -> crate::Result<T> {
        serde_json::from_value(Value::Object(self.data.clone())).map_err(|error| {
            let kind = std::any::type_name::<T>();
            crate::Error::request(format!("the data of this context does not make a {kind}"))
                .hint("make the field an Option or give it #[serde(default)]")
                .caused_by(error)
        })
    }

    /// The part that a program gives, as the JSON that `rowlore.set_context` takes.
    pub fn frame(&self) -> String {
        serde_json::json!({"actor": self.actor, "reason": self.reason, "request": self.request, "data": self.data})
            .to_string()
    }
}
