//! Changes as the program's own structs.

mod decode;

mod query;

pub use query::TypedQuery;

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::change::{Change, Row};
use crate::declare::TrackedTable;
use crate::engine::Engine;
use crate::read::{Moment, RowRef, RowsAt};
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
        Ok(self.past::<T>(Some(key_of::<T>(key)?), at.into(), 1).await?.pop())
    }

    /// Every `T` as they were at a moment, in key order, `limit` at most.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub async fn all_at<T: Tracked>(&self, at: impl Into<Moment>, limit: usize) -> Result<Vec<T>> {
        self.past(None, at.into(), limit).await
    }

    /// Events of `T`, newest first.
    ///
    /// ```no_run
    /// # use rowlore::{Column, Engine, Lore, Result, Tracked, declare::TrackedTable};
    /// # #[derive(serde::Deserialize)]
    /// # struct Book { id: i64, price: f64 }
    /// # impl Book { const PRICE: Column<Self> = Column::new("price"); }
    /// # impl Tracked for Book {
    /// #     const TABLE: &'static str = "books";
    /// #     const KEY: &'static [&'static str] = &["id"];
    /// #     fn declaration() -> TrackedTable { TrackedTable::new(Self::TABLE) }
    /// # }
    /// # async fn raises(lore: &Lore<Box<dyn Engine>>) -> Result<()> {
    /// for raised in lore.events_of(Book::PRICE.old_below(10).and(Book::PRICE.new_at_least(10)).limit(20)).await? {
    ///     println!("{:?}", raised.diff());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`events`](Self::events), or when the query names tables: the table is that of `T`.
    pub async fn events_of<T: Tracked>(
        &self,
        query: impl Into<TypedQuery<T>>,
    ) -> Result<Vec<TypedChange<T>>> {
        let mut query = query.into().untyped();
        if !query.tables.is_empty() {
            return Err(Error::request(format!("events of {} are of one table", std::any::type_name::<T>()))
                .hint("leave the tables out, or ask `events` for changes of several"));
        }
        let table = self.find(&table_of::<T>()?).await?;
        let table = table.table_now.unwrap_or(table.installation.capture.table);
        // Rows that were named by their struct bear the table's name as it was declared.
        for row in query.rows.iter_mut().filter(|row| Some(&row.table) == table_of::<T>().ok().as_ref()) {
            row.table = table.clone();
        }
        query.tables = vec![table];
        Ok(self.events(&query).await?.into_iter().map(TypedChange::from).collect())
    }

    async fn past<T: Tracked>(&self, key: Option<Row>, at: Moment, limit: usize) -> Result<Vec<T>> {
        let table = self.find(&table_of::<T>()?).await?;
        let table = table.table_now.unwrap_or(table.installation.capture.table);
        let rows = self.rows_at(&RowsAt { table, key, at, limit }).await?;
        let decoded = rows.iter().map(decode::decode).collect::<std::result::Result<_, _>>();
        decoded.map_err(|error| {
            Error::request(format!(
                "{} at {at} does not make a {}: {error}",
                T::TABLE,
                std::any::type_name::<T>()
            ))
            .hint("make the field an Option or give it #[serde(default)]; older rows lack newer columns")
        })
    }
}

impl RowRef {
    /// The row of a `T` by its key: one value, or a tuple or list in the order of the key.
    ///
    /// # Errors
    /// When the key has not as many values as columns.
    pub fn of<T: Tracked>(key: impl Serialize) -> Result<Self> {
        Ok(Self::new(table_of::<T>()?, key_of::<T>(key)?))
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
