//! The key of a row as given on the command line → a row of its key columns.

use rowlore::capture::Capture;
use rowlore::{Error, Result, Row, Value};

/// Reads one value per key column, in the order of the key or as `column=value`.
///
/// # Errors
/// When there are too many or too few, or one does not fit its column.
pub(crate) fn parse(capture: &Capture, given: &[String]) -> Result<Row> {
    let mut named: Vec<(&String, &str)> = Vec::new();
    let mut plain: Vec<&str> = Vec::new();
    for text in given {
        let split = text.split_once('=');
        match split.and_then(|(name, value)| capture.key.iter().find(|key| *key == name).zip(Some(value))) {
            Some((column, _)) if named.iter().any(|(other, _)| *other == column) => {
                return Err(unfit(capture, &format!("`{column}` is given twice")));
            }
            Some(pair) => named.push(pair),
            None => plain.push(text),
        }
    }
    if plain.len() + named.len() != capture.key.len() {
        return Err(unfit(capture, &format!("{} given", count(given.len(), "value"))));
    }
    let mut plain = plain.into_iter();
    let mut row = Row::new();
    for column in &capture.key {
        let text = named.iter().find(|(name, _)| *name == column).map(|(_, text)| *text);
        let text = text.or_else(|| plain.next()).unwrap_or_default();
        row.insert(column.clone(), value(capture, column, text)?);
    }
    Ok(row)
}

fn value(capture: &Capture, column: &str, text: &str) -> Result<Value> {
    let written = capture.column(column).map_or("", |column| column.event_type.as_str());
    let kind = written.to_lowercase();
    let fits = |value: Option<Value>, what: &str| {
        value.ok_or_else(|| {
            Error::request(format!(
                "`{text}` is not {what}, and `{column}` of {} is {written}",
                capture.table
            ))
            .hint(format!("the key of {} is: {}", capture.table, capture.key.join(", ")))
        })
    };
    if kind.contains("int") && !kind.contains("interval") && !kind.contains("point") && !kind.ends_with("[]")
    {
        fits(text.parse::<i64>().ok().map(Value::from), "a whole number")
    } else if kind == "boolean" && !capture.table.schema.is_empty() {
        // SQLite has no booleans, whatever a column calls itself.
        fits(text.parse::<bool>().ok().map(Value::from), "`true` or `false`")
    } else if kind == "uuid" {
        // All the forms that PostgreSQL reads have these digits.
        let digits = text.chars().filter(|c| !matches!(c, '-' | '{' | '}'));
        let whole = digits.clone().count() == 32 && digits.clone().all(|c| c.is_ascii_hexdigit());
        fits(whole.then(|| Value::from(text)), "a uuid")
    } else {
        Ok(Value::from(text))
    }
}

fn unfit(capture: &Capture, what: &str) -> Error {
    let hint = format!("give one value for each of: {}", capture.key.join(", "));
    Error::request(format!("the key of {} has {}: {what}", capture.table, count(capture.key.len(), "column")))
        .hint(hint)
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As the registry keeps it.
    fn lines() -> Capture {
        let column = |name: &str, kind: &str| json!({"name": name, "event_type": kind, "compare": "native", "recordable": true});
        let capture = json!({
            "table": "lines", "partitions": [], "columns": [column("order_id", "bigint"), column("code", "text")],
            "key": ["order_id", "code"], "unchanged": "skip", "rules": [], "events": [], "retired": [],
        });
        serde_json::from_value(capture).unwrap()
    }

    fn read(given: &[&str]) -> String {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        match parse(&lines(), &given) {
            Ok(row) => Value::Object(row).to_string(),
            Err(error) => format!("{error} ({})", error.hint_text().unwrap_or_default()),
        }
    }

    #[test]
    fn by_order_and_by_name() {
        let expected = r#"{"order_id":-7,"code":"a=b"}"#;
        assert_eq!(read(&["-7", "a=b"]), expected);
        assert_eq!(read(&["code=a=b", "-7"]), expected);
        assert_eq!(read(&["code=a=b", "order_id=-7"]), expected);
    }

    #[test]
    fn says_what_does_not_fit() {
        let hint = "(give one value for each of: order_id, code)";
        assert_eq!(read(&["7"]), format!("the key of lines has 2 columns: 1 value given {hint}"));
        assert_eq!(
            read(&["code=1", "code=2"]),
            format!("the key of lines has 2 columns: `code` is given twice {hint}")
        );
        let expected = "`x` is not a whole number, and `order_id` of lines is bigint (the key of lines is: order_id, code)";
        assert_eq!(read(&["x", "y"]), expected);
    }
}
