//! Changes as the program's own structs.

mod decode;

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::change::{Change, Row};
use crate::declare::TrackedTable;
use crate::engine::Engine;
use crate::read::{Moment, RowsAt};
use crate::{Error, History, Lore, Result, TableName};

/// A struct that stands for a row of a tracked table; `#[derive(Tracked)]` implements it.
///
/// ```
/// use rowlore::declare::TrackedTable;
/// #[derive(serde::Deserialize)]
/// struct Book { id: i64, title: String }
/// impl rowlore::Tracked for Book {
///     const TABLE: &'static str = "books";
///     const KEY: &'static [&'static str] = &["id"];
///     fn declaration() -> TrackedTable { TrackedTable::new(Self::TABLE) }
/// }
/// ```
pub trait Tracked: DeserializeOwned {
    /// The table, as in [`TrackedTable::table`].
    const TABLE: &'static str;
    /// The columns that identify a row.
    const KEY: &'static [&'static str];
    /// How it is tracked.
    fn declaration() -> TrackedTable;
}

/// A column of a tracked struct's table; `#[derive(Tracked)]` makes one constant a field.
#[derive(Debug)]
pub struct Column<T> {
    name: &'static str,
    table: PhantomData<fn() -> T>,
}

impl<T> Column<T> {
    /// The column of that name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, table: PhantomData }
    }

    /// Its name in the database.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

/// A change of a `T`: the [`Change`] itself (it dereferences to it), whose images can be had as `T`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedChange<T> {
    change: Change,
    table: PhantomData<fn() -> T>,
}

impl<T: Tracked> TypedChange<T> {
    /// The row after the change, if it was recorded.
    ///
    /// # Errors
    /// When the recorded columns do not make a `T`: an event of an older shape lacks what came later. An `Option`
    /// field or `#[serde(default)]` takes that.
    pub fn new_row(&self) -> Result<Option<T>> {
        self.change.new.as_ref().map(|row| self.decode(row)).transpose()
    }

    /// The row before the change, if it was recorded.
    ///
    /// # Errors
    /// As [`new_row`](Self::new_row).
    pub fn old_row(&self) -> Result<Option<T>> {
        self.change.old.as_ref().map(|row| self.decode(row)).transpose()
    }

    /// Whether the column has another value after than before.
    pub fn touches(&self, column: Column<T>) -> bool {
        self.change.changed.iter().flatten().any(|name| name == column.name)
    }

    fn decode(&self, row: &Row) -> Result<T> {
        decode::decode(row).map_err(|error| {
            let event = format!("event {} of {}", self.change.event_id, self.change.table);
            Error::request(format!("{event} does not make a {}: {error}", std::any::type_name::<T>())).hint(
                "make the field an Option or give it #[serde(default)]; older events lack newer columns",
            )
        })
    }
}

impl<T> std::ops::Deref for TypedChange<T> {
    type Target = Change;
    fn deref(&self) -> &Change {
        &self.change
    }
}

impl<T> From<Change> for TypedChange<T> {
    fn from(change: Change) -> Self {
        Self { change, table: PhantomData }
    }
}

impl<E: Engine> Lore<E> {
    /// The history of a `T`, oldest first. A key of several columns is a tuple or list, in the order of the key.
    ///
    /// # Errors
    /// As [`history`](Self::history), or when the key has not as many values as columns.
    pub async fn history_of<T: Tracked>(
        &self,
        key: impl Serialize,
        history: &History,
    ) -> Result<Vec<TypedChange<T>>> {
        let (table, key) = (self.find(&table_of::<T>()?).await?, key_of::<T>(key)?);
        let table = table.table_now.unwrap_or(table.installation.capture.table);
        Ok(self.history(&table, &key, history).await?.into_iter().map(TypedChange::from).collect())
    }

    /// A `T` as it was at a moment; none where it did not exist.
    ///
    /// # Errors
    /// As [`rows_at`](Self::rows_at), or when the recorded columns do not make a `T`.
    pub async fn at<T: Tracked>(&self, key: impl Serialize, at: impl Into<Moment>) -> Result<Option<T>> {
        let at = at.into();
        let (table, key) = (self.find(&table_of::<T>()?).await?, key_of::<T>(key)?);
        let table = table.table_now.unwrap_or(table.installation.capture.table);
        let row = self.rows_at(&RowsAt { table, key: Some(key), at, limit: 1 }).await?.pop();
        let decoded = row.map(|row| decode::decode(&row)).transpose();
        decoded.map_err(|error| Error::request(format!("{} at {at}: {error}", T::TABLE)))
    }
}

fn table_of<T: Tracked>() -> Result<TableName> {
    TableName::parse(T::TABLE).ok_or_else(|| Error::request(format!("`{}` is not a table name", T::TABLE)))
}

fn key_of<T: Tracked>(key: impl Serialize) -> Result<Row> {
    let unfit = || Error::request(format!("a key of {} is made of: {}", T::TABLE, T::KEY.join(", ")));
    let values = match serde_json::to_value(key).map_err(|error| unfit().caused_by(error))? {
        Value::Array(values) => values,
        Value::Object(row) => return Ok(row),
        value => vec![value],
    };
    if values.len() != T::KEY.len() {
        return Err(unfit());
    }
    Ok(T::KEY.iter().map(|name| (*name).to_owned()).zip(values).collect())
}
