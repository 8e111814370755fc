//! Questions about events in the words of a struct: its columns, before and after.

use std::marker::PhantomData;

use serde_json::Value;

use super::{Column, Tracked};
use crate::declare::Image;
use crate::read::{Comparison, EventQuery, ValueFilter};

/// Which events of a `T`: what its columns have to be, and whatever else an [`EventQuery`] can ask.
///
/// ```
/// # use rowlore::{Column, Tracked, declare::TrackedTable, read::EventQuery};
/// # #[derive(serde::Deserialize)]
/// # struct Book { id: i64, price: f64 }
/// # impl Book { const PRICE: Column<Self> = Column::new("price"); const TITLE: Column<Self> = Column::new("title"); }
/// # impl Tracked for Book {
/// #     const TABLE: &'static str = "books";
/// #     const KEY: &'static [&'static str] = &["id"];
/// #     fn declaration() -> TrackedTable { TrackedTable::new(Self::TABLE) }
/// # }
/// let dearer = Book::PRICE.old_below(10).and(Book::PRICE.new_at_least(10));
/// let query = dearer.and(Book::TITLE.changed()).within(EventQuery::default().by("user:5"));
/// assert_eq!(query.untyped().values.len(), 2);
/// ```
#[derive(Debug)]
pub struct TypedQuery<T> {
    query: EventQuery,
    table: PhantomData<fn() -> T>,
}

impl<T> TypedQuery<T> {
    /// Only events that fulfil the other's conditions on columns too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.query.values.extend(other.query.values);
        self.query.changed.extend(other.query.changed);
        self
    }

    /// These conditions on columns, and all that `query` asks.
    #[must_use]
    pub fn within(self, mut query: EventQuery) -> Self {
        query.values.extend(self.query.values);
        query.changed.extend(self.query.changed);
        Self::from(query)
    }

    /// At most this many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = limit;
        self
    }

    /// The question without the struct.
    pub fn untyped(self) -> EventQuery {
        self.query
    }
}

impl<T> From<EventQuery> for TypedQuery<T> {
    fn from(query: EventQuery) -> Self {
        Self { query, table: PhantomData }
    }
}

impl<T> Clone for TypedQuery<T> {
    fn clone(&self) -> Self {
        Self::from(self.query.clone())
    }
}

/// One method for each way to compare, of the row before and of the row after.
macro_rules! comparisons {
    ($($old:ident $new:ident $compare:ident $says:literal),* $(,)?) => {
        /// Conditions on the column's value before (`old_…`) and after (`new_…`) an event.
        impl<T: Tracked> Column<T> {
            $(
                #[doc = concat!("Events before which the value was ", $says, ".")]
                pub fn $old(self, value: impl Into<Value>) -> TypedQuery<T> {
                    self.filter(Image::Old, Comparison::$compare, value.into())
                }

                #[doc = concat!("Events after which the value is ", $says, ".")]
                pub fn $new(self, value: impl Into<Value>) -> TypedQuery<T> {
                    self.filter(Image::New, Comparison::$compare, value.into())
                }
            )*
        }
    };
}

comparisons! {
    old_is new_is Equal "this one; `Value::Null` for null",
    old_is_not new_is_not Differs "another one",
    old_below new_below Less "less",
    old_at_most new_at_most AtMost "less or the same",
    old_above new_above Greater "greater",
    old_at_least new_at_least AtLeast "greater or the same",
}

impl<T: Tracked> Column<T> {
    /// Events that changed the column.
    pub fn changed(self) -> TypedQuery<T> {
        TypedQuery::from(EventQuery::default().touching(self.name()))
    }

    fn filter(self, image: Image, compare: Comparison, value: Value) -> TypedQuery<T> {
        let filter = ValueFilter { image, column: self.name().to_owned(), compare, value };
        TypedQuery::from(EventQuery { values: vec![filter], ..EventQuery::default() })
    }
}
