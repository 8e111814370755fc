//! `price>=10` → what a value has to be.

use rowlore::Value;
use rowlore::declare::Image;
use rowlore::read::{Comparison, ValueFilter};

/// A comparison as given, and as read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// As given, to be given again.
    pub(super) text: String,
    column: String,
    compare: Comparison,
    value: Value,
}

/// Longer words first, so that `>=` is not read as `>`.
const WORDS: [(&str, Comparison); 7] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("!=", Comparison::Differs),
    ("<>", Comparison::Differs),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Wanted {
    /// The same for the row before or after.
    pub(super) fn of(&self, image: Image) -> ValueFilter {
        ValueFilter { image, column: self.column.clone(), compare: self.compare, value: self.value.clone() }
    }
}

/// Reads a comparison: the first word of it in the text counts, so that a value may hold any.
///
/// # Errors
/// A sentence that says what would be one.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    let at = |&(word, compare): &(&'static str, Comparison)| text.find(word).map(|at| (at, word, compare));
    // Of those at the same place the longest, which comes first.
    let first = WORDS.iter().filter_map(at).min_by_key(|(at, ..)| *at);
    let Some((at, word, compare)) = first.filter(|(at, ..)| !text[..*at].trim().is_empty()) else {
        return Err("write a column, one of <, <=, =, !=, >=, >, and a value: `price>=10`".to_owned());
    };
    let value = text[at + word.len()..].trim();
    let value = if value == "null" { Value::Null } else { Value::from(value) };
    if value.is_null() && !matches!(compare, Comparison::Equal | Comparison::Differs) {
        return Err("null is compared by = and != only".to_owned());
    }
    Ok(Wanted { text: text.to_owned(), column: text[..at].trim().to_owned(), compare, value })
}

/// Reads `path=value`: the value is JSON, or else a text.
///
/// # Errors
/// A sentence that says what would be one.
pub(super) fn data(text: &str) -> Result<(String, Value), String> {
    let form = || "write a name and a value: `tenant=a`".to_owned();
    let (path, value) = text.split_once('=').filter(|(path, _)| !path.is_empty()).ok_or_else(form)?;
    Ok((path.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))))
}

/// A value as [`data`] reads it again.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_word_counts() {
        let read = |text| parse(text).map(|one| (one.column, one.compare, one.value)).map_err(|_| ());
        let is = |column: &str, compare, value: Value| Ok((column.to_owned(), compare, value));
        assert_eq!(read("price>=10"), is("price", Comparison::AtLeast, json!("10")));
        assert_eq!(read("a = b>=c"), is("a", Comparison::Equal, json!("b>=c")));
        assert_eq!(read("isbn!=null"), is("isbn", Comparison::Differs, Value::Null));
        assert_eq!(read("note="), is("note", Comparison::Equal, json!("")));
        for bad in ["price", ">=1", "price<null"] {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
    }

    #[test]
    fn data_is_json_or_a_text_and_can_be_given_again() {
        for (given, value) in [("a=5", json!(5)), ("a=x y", json!("x y")), ("a=\"5\"", json!("5"))] {
            let (path, read) = data(given).unwrap();
            assert_eq!((path.as_str(), &read), ("a", &value));
            assert_eq!(format!("a={}", text(&read)), given);
        }
        assert!(data("=5").is_err() && data("a").is_err());
    }
}
