//! The struct's fields: which column each stands for, and which of them make the key.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Fields, Ident, LitStr, Result};

use crate::attributes::{self, Choice, Name, Problems};
use crate::declaration::Columns;
use crate::names;

/// A field that stands for a column.
pub(crate) struct Field {
    /// Its name in the struct.
    pub(crate) ident: Ident,
    /// The column's name in the database.
    pub(crate) column: String,
    /// Whether it is part of the key.
    pub(crate) key: bool,
    /// Whether its column is left out of what is recorded.
    pub(crate) skip: bool,
}

/// Reads the fields; those that serde does not read from a column of their own are left out.
pub(crate) fn read(fields: &Fields, rename_all: Option<&str>, problems: &mut Problems) -> Vec<Field> {
    fields.iter().filter_map(|field| read_field(field, rename_all, problems)).collect()
}

fn read_field(field: &syn::Field, rename_all: Option<&str>, problems: &mut Problems) -> Option<Field> {
    let ident = field.ident.clone()?;
    let serde = read_serde(&field.attrs, problems);
    let (mut key, mut skip, mut column) = (None, None, None);
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("rowlore")) {
        let read = attribute.parse_nested_meta(|meta| {
            match attributes::word(&meta).as_str() {
                "key" => key = Some(meta.path.clone()),
                "skip" => skip = Some(meta.path.clone()),
                "column" => column = Some(attributes::text(&meta)?),
                _ => attributes::unknown(&meta, "a field", &["key", "column", "skip"], problems)?,
            }
            Ok(())
        });
        problems.take(read);
    }
    if let (Some(_), Some(skip)) = (&key, &skip) {
        problems.at(skip, "the key is always recorded: leave `skip` out");
    }
    if serde.no_column {
        for written in [&key, &skip].into_iter().flatten() {
            problems.at(
                written,
                "serde reads this field from no column of its own, so nothing can be said of it",
            );
        }
        return None;
    }
    let by_rule = || names::renamed(&ident.unraw().to_string(), rename_all);
    let known = serde.rename.unwrap_or_else(by_rule);
    let column = match column {
        Some(column) if column.value() == known || serde.aliases.contains(&column.value()) => column.value(),
        Some(column) => {
            let name = column.value();
            let hint = format!("add #[serde(rename = \"{name}\")] or #[serde(alias = \"{name}\")]");
            problems.at(
                &column,
                format!("events are decoded by serde, which calls this field `{known}`: {hint}"),
            );
            name
        }
        None => known,
    };
    Some(Field { ident, column, key: key.is_some(), skip: skip.is_some() })
}

/// The columns of the key; empty when none is named and the table's primary key is to be taken.
pub(crate) fn key(name: &Ident, fields: &[Field], problems: &mut Problems) -> Key {
    let named: Vec<String> =
        fields.iter().filter(|field| field.key).map(|field| field.column.clone()).collect();
    if !named.is_empty() {
        return Key { columns: named, declared: true };
    }
    if !fields.iter().any(|field| field.column == "id" && !field.skip) {
        let message =
            "which columns identify a row? Write #[rowlore(key)] on their fields (a field `id` needs none)";
        problems.at(name, message);
    }
    Key { columns: vec!["id".to_owned()], declared: false }
}

/// The columns that identify a row.
pub(crate) struct Key {
    /// Their names.
    pub(crate) columns: Vec<String>,
    /// Whether the struct says so; otherwise the table's primary key counts.
    pub(crate) declared: bool,
}

/// A written choice with every field replaced by its column.
pub(crate) fn resolve(choice: Choice, fields: &[Field], problems: &mut Problems) -> Columns {
    match choice {
        Choice::All => Columns::All,
        Choice::Only(list) => Columns::Only(columns(list, fields, problems)),
        Choice::Except(list) => Columns::Except(columns(list, fields, problems)),
    }
}

/// A written list with every field replaced by its column.
pub(crate) fn columns(list: Vec<Name>, fields: &[Field], problems: &mut Problems) -> Vec<String> {
    list.into_iter().filter_map(|name| column(name, fields, problems)).collect()
}

fn column(name: Name, fields: &[Field], problems: &mut Problems) -> Option<String> {
    let ident = match name {
        Name::Column(column) => return Some(column.value()),
        Name::Field(ident) => ident,
    };
    if let Some(field) = fields.iter().find(|field| field.ident.unraw() == ident.unraw()) {
        return Some(field.column.clone());
    }
    let known: Vec<String> = fields.iter().map(|field| field.ident.unraw().to_string()).collect();
    let hint = names::suggest(&ident.to_string(), known.iter().map(String::as_str));
    let quoted = "a column that the struct does not have is written in quotes";
    problems.at(&ident, format!("there is no field `{ident}`: {hint} ({quoted})"));
    None
}

/// What serde's attributes say about a field's name.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    aliases: Vec<String>,
    no_column: bool,
}

fn read_serde(attrs: &[Attribute], problems: &mut Problems) -> Serde {
    let mut serde = Serde::default();
    for attribute in attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| match attributes::word(&meta).as_str() {
            "rename" => read_name(&meta).map(|name| serde.rename = name.or(serde.rename.take())),
            "alias" => meta.value()?.parse().map(|alias: LitStr| serde.aliases.push(alias.value())),
            "skip" | "skip_deserializing" | "flatten" => {
                serde.no_column = true;
                Ok(())
            }
            _ => attributes::skip_value(&meta),
        });
        problems.take(read);
    }
    serde
}

/// `rename_all` of the struct, as serde reads rows.
pub(crate) fn rename_all(attrs: &[Attribute], problems: &mut Problems) -> Option<String> {
    let mut style = None;
    for attribute in attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| match attributes::word(&meta).as_str() {
            "rename_all" => read_name(&meta).map(|name| style = name.or(style.take())),
            _ => attributes::skip_value(&meta),
        });
        problems.take(read);
    }
    // A word that serde does not know is serde's to refuse.
    style.filter(|style| names::RENAME_ALL.contains(&style.as_str()))
}

/// `= "name"`, or the name for reading out of `(serialize = "…", deserialize = "…")`.
fn read_name(meta: &ParseNestedMeta<'_>) -> Result<Option<String>> {
    if !meta.input.peek(syn::token::Paren) {
        return meta.value()?.parse().map(|name: LitStr| Some(name.value()));
    }
    let mut name = None;
    meta.parse_nested_meta(|inner| {
        let value: LitStr = inner.value()?.parse()?;
        if inner.path.is_ident("deserialize") {
            name = Some(value.value());
        }
        Ok(())
    })?;
    Ok(name)
}
