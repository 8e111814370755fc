//! Names of tables, and how a person writes them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fingerprint;

/// A table, by schema and name, exactly as the database spells them.
///
/// The schema is empty on SQLite, where a database file has only one.
///
/// ```
/// use rowlore::TableName;
/// assert_eq!(TableName::parse("public.books").unwrap(), TableName::new("public", "books"));
/// assert_eq!(TableName::parse(r#""my.shop"."Order Lines""#).unwrap(), TableName::new("my.shop", "Order Lines"));
/// assert_eq!(TableName::new("public", "Order Lines").to_string(), r#"public."Order Lines""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TableName {
    /// The schema; empty where there is none, or where a declaration leaves it to the engine's default.
    pub schema: String,
    /// The table's own name.
    pub name: String,
}

impl TableName {
    /// A name of two parts, as the database spells them.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Reads `books`, `public.books` or `"my.shop"."Order Lines"`; nothing is folded to lower case.
    ///
    /// Returns `None` for anything else (an empty part, a third part, a quote left open).
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        loop {
            let (part, after) = parse_part(rest)?;
            parts.push(part);
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None if after.is_empty() => break,
                None => return None,
            }
        }
        match <[String; 1]>::try_from(parts) {
            Ok([name]) => Some(Self::new("", name)),
            Err(parts) => <[String; 2]>::try_from(parts).ok().map(|[schema, name]| Self::new(schema, name)),
        }
    }

    /// The same name with `schema` where it has none.
    #[must_use]
    pub fn or_schema(&self, schema: &str) -> Self {
        let schema = if self.schema.is_empty() { schema } else { &self.schema };
        Self::new(schema, &self.name)
    }
}

fn parse_part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut part = String::new();
    loop {
        let end = rest.find('"')?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return (!part.is_empty()).then_some((part, rest)),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.schema.is_empty() {
            write!(f, "{}.", readable(&self.schema))?;
        }
        f.write_str(&readable(&self.name))
    }
}

impl Serialize for TableName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a table name")))
    }
}

/// The identifier as SQL: always in double quotes, the only form that needs no list of reserved words.
///
/// ```
/// assert_eq!(rowlore::quote_name(r#"a"b"#), r#""a""b""#);
/// ```
pub fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The text as an SQL string literal, with nothing but quotes doubled.
///
/// PostgreSQL must run with `standard_conforming_strings = on` (its default since 9.1); the engine makes sure.
pub fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn readable(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { quote_name(name) }
}

/// `stem` and `end` in at most 63 bytes, the limit of PostgreSQL; a longer name keeps its beginning and a fingerprint.
///
/// ```
/// assert_eq!(rowlore::shortened("books", "_event"), "books_event");
/// assert_eq!(rowlore::shortened(&"b".repeat(80), "_event").len(), 63);
/// ```
pub fn shortened(stem: &str, end: &str) -> String {
    const BYTES_MAX: usize = 63;
    if stem.len() + end.len() <= BYTES_MAX {
        return format!("{stem}{end}");
    }
    let mut keep = BYTES_MAX - end.len() - 9;
    while !stem.is_char_boundary(keep) {
        keep -= 1;
    }
    format!("{}_{}{end}", &stem[..keep], &fingerprint(stem)[24..])
}

/// The one of `known` that a person who wrote `wrong` most likely meant, if any is near enough.
///
/// Distance is Damerau-Levenshtein's (insert, delete, replace a letter, swap two), case aside; a third of the
/// letters may differ.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(far, _)| *far <= limit)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints() {
        for name in ["books", "Order Lines", "a.b", r#"q"q"#, "größe", "1st"] {
            let table = TableName::new("public", name);
            assert_eq!(TableName::parse(&table.to_string()), Some(table));
        }
    }

    #[test]
    fn refuses_what_is_no_name() {
        for text in ["", ".", "a.", ".a", "a.b.c", "\"a", "a\"b\"", "\"\""] {
            assert_eq!(TableName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(nearest("pirce", ["price", "title"]), Some("price"));
        assert_eq!(nearest("colour", ["price", "title"]), None);
    }
}
