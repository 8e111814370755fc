//! `#[derive(Tracked)]`: a declaration from the program's own struct.
//!
//! Use it through the crate `rowlore`, which exports it beside the trait of the same name. The struct's attributes
//! are read into a plain `Declaration`, then written out as code; nothing else happens here.

mod attributes;

mod declaration;

mod emit;

mod events;

mod fields;

mod names;

mod trackers;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes the struct stand for a row of a tracked table: implements `rowlore::Tracked` and gives each column a constant.
///
/// ```
/// use rowlore::Tracked;
///
/// #[derive(serde::Deserialize, Tracked)]
/// #[rowlore(table = "books", except("updated_at"))]
/// #[rowlore(tracker())]
/// #[rowlore(tracker(label = "price.raised", operations(update), when = "new.price > old.price", events = "price_event"))]
/// struct Book {
///     id: i64,
///     title: String,
///     price: f64,
///     #[rowlore(skip)]
///     notes: Option<String>,
/// }
///
/// assert_eq!(Book::TABLE, "books");
/// assert_eq!(Book::PRICE.name(), "price");
/// assert!(rowlore::check([Book::declaration()]).is_ok());
/// ```
///
/// # On the struct
///
/// Everything that `rowlore.toml` can say, in the same words. Columns are named by field (`price`), or in quotes
/// when the struct does not have them (`"updated_at"`).
///
/// | write | for |
/// |---|---|
/// | `table = "shop.books"` | the table; without it the struct's name in snake case: `OrderLine` is `order_line` |
/// | `columns(id, price)` | only these columns are recorded |
/// | `except(notes, "updated_at")` | every column of the table but these, also those added later |
/// | `only_fields` | only the columns that the struct has |
/// | `ignore("updated_at")` | these are recorded, but make no event when nothing else changed |
/// | `links(user_id, group_id)` | the history of the rows that these foreign keys point at shows these events too |
/// | `unchanged = "skip"` | what becomes of an update that changes nothing: `skip`, `record`, `suppress` |
/// | `no_baseline` | rows that are there already get no baseline event |
/// | `events(…)` | how an event table is made; repeat it for several |
/// | `tracker(…)` | one rule; repeat it for several. Without any: every insert, update, delete and truncate |
///
/// In a `tracker(…)`: `label = "…"`, `operations(update, delete)`, `image = "old"`, `columns(…)` or `except(…)`,
/// `ignore(…)`, `events = "…"`, and one condition: `when = "new.price > old.price"`, or `any_changed(…)`,
/// `all_changed(…)`, `any_unchanged(…)`, `all_unchanged(…)` with columns, `except(…)` or `all`. With `manual` no trigger
/// fires it: the program makes the events of its label.
///
/// In an `events(…)`: `name = "…"` (without it the one named after the table), `schema = "…"`, `no_key`,
/// `context = "json"` (or `reference`, `none`), `time = "transaction"` (or `statement`), `partition = "month"` (or
/// `day`, `week`, `year`), `changeable`, and as often as needed `index(price, "rl_at")` and
/// `extra(name = "tenant", type = "text", value = "…")`.
///
/// Two rules may say the same word, such as `operations(update)`. Clippy takes that for a mistake in any derive's attributes:
/// `#[allow(clippy::duplicated_attributes)]` on the struct.
///
/// # On a field
///
/// | write | for |
/// |---|---|
/// | `key` | a column that identifies a row; in the order of the fields. Without any: a field for the column `id` |
/// | `column = "Price"` | the column's name; must be a name that serde knows the field by |
/// | `skip` | the column is not recorded; make the field an `Option` or `#[serde(default)]` |
///
/// Events are decoded by serde, so the column of a field is what serde calls it: `#[serde(rename = "…")]` and
/// `rename_all` count. A field with `#[serde(skip)]` or `flatten` is no column.
///
/// # What does not compile
///
/// A struct without a key:
/// ```compile_fail
/// #[derive(serde::Deserialize, rowlore::Tracked)]
/// struct Book { isbn: String }
/// ```
/// A misspelt attribute or field:
/// ```compile_fail
/// #[derive(serde::Deserialize, rowlore::Tracked)]
/// #[rowlore(tracker(any_changed(pirce)))]
/// struct Book { id: i64, price: f64 }
/// ```
/// An event table made in a way that there is not:
/// ```compile_fail
/// #[derive(serde::Deserialize, rowlore::Tracked)]
/// #[rowlore(events(partition = "hour"))]
/// struct Book { id: i64, price: f64 }
/// ```
/// A struct that serde can't read:
/// ```compile_fail
/// #[derive(rowlore::Tracked)]
/// struct Book { id: i64 }
/// ```
#[proc_macro_derive(Tracked, attributes(rowlore))]
pub fn derive_tracked(input: TokenStream) -> TokenStream {
    expand(input.into()).into()
}

fn expand(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let declaration = syn::parse2(input).and_then(|input| declaration::read(&input));
    match declaration {
        Ok(declaration) => emit::emit(&declaration),
        Err(problems) => problems.into_compile_error(),
    }
}
