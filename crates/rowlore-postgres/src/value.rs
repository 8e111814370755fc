//! Columns as the one JSON form, and keys from it: both written as SQL, so that the server does the work.

use rowlore::Value;
use rowlore::found::Compare;

/// A column's value as JSON: `numeric` as text (exact), `bytea` as base64, times in UTC as RFC 3339.
///
/// The session must be in UTC with ISO dates (see `sql/read/begin.sql`).
pub(crate) fn to_json(column: &str, event_type: &str) -> String {
    match event_type {
        "numeric" | "money" => format!("to_jsonb({column}::text)"),
        "numeric[]" | "money[]" => format!("to_jsonb({column}::text[])"),
        "bytea" => format!(r"to_jsonb(replace(encode({column}, 'base64'), E'\n', ''))"),
        // As it was written: the server would refuse to read some of what it lets a json column hold.
        "json" => column.to_owned(),
        "bytea[]" => format!(
            r"(case when {column} is not null then (select to_jsonb(coalesce(array_agg(replace(encode(e, 'base64'),             E'\n', '')), '{{}}')) from unnest({column}) as e) end)"
        ),
        "timestamp with time zone[]" => {
            format!("replace(to_jsonb({column})::text, '+00:00\"', 'Z\"')::jsonb")
        }
        "timestamp with time zone" => {
            format!("to_jsonb(replace(to_jsonb({column}) #>> '{{}}', '+00:00', 'Z'))")
        }
        _ => format!("to_jsonb({column})"),
    }
}

/// A text as a value of its type: bytes in base64, as rowlore prints them, or as PostgreSQL does.
pub(crate) fn from_text(text: &str, event_type: &str) -> String {
    match event_type {
        "bytea" => {
            format!(r"(case when {text} like '\\x%' then {text}::bytea else decode({text}, 'base64') end)")
        }
        event_type => format!("{text}::{event_type}"),
    }
}

/// A value of a [`Row`](rowlore::Row) as the text that PostgreSQL reads; none for null.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A value of a [`Row`](rowlore::Row) as `json_to_record` reads it for a column of that type: all as it is, but bytes in
/// PostgreSQL's own writing.
pub(crate) fn for_record(value: &Value, event_type: &str) -> Value {
    match value {
        Value::String(text) if event_type == "bytea" => {
            base64(text).map_or_else(|| value.clone(), Value::String)
        }
        Value::Array(values) if event_type == "bytea[]" => Value::Array(
            values
                .iter()
                .map(|value| match value {
                    Value::Array(_) => for_record(value, event_type),
                    value => for_record(value, "bytea"),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Base64 as PostgreSQL's `\x…`; none when it is no base64.
fn base64(text: &str) -> Option<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<usize> = text
        .trim_end_matches('=')
        .bytes()
        .map(|letter| LETTERS.iter().position(|known| *known == letter))
        .collect::<Option<_>>()?;
    let mut hex = String::from("\\x");
    for group in digits.chunks(4) {
        let bits = group.iter().enumerate().fold(0, |bits, (place, digit)| bits | digit << (18 - 6 * place));
        let bytes = bits.to_be_bytes();
        let bytes = &bytes[bytes.len() - 3..];
        for byte in bytes.iter().take(group.len() * 6 / 8) {
            hex.push_str(&format!("{byte:02x}"));
        }
    }
    Some(hex)
}

/// What makes two values of a column comparable with `=` and `is distinct from`.
pub(crate) fn comparable(sql: &str, event_type: &str, compare: Compare) -> String {
    match (event_type, compare) {
        // Its text may be written in several ways.
        ("json", _) => format!("({sql})::pg_catalog.jsonb"),
        (_, Compare::Native) => sql.to_owned(),
        (_, Compare::Text) if event_type.contains('.') => {
            format!("nullif({}, 'NULL')", crate::dialect::value_text(&format!("({sql})"), event_type))
        }
        (_, Compare::Text) => format!("({sql})::pg_catalog.text"),
        (_, Compare::Bytes) => format!("({sql}) collate pg_catalog.\"C\""),
    }
}

/// A row of `columns` (SQL of the value, name, type) as one JSON object.
pub(crate) fn row_json(columns: &[(String, &str, &str)]) -> String {
    // jsonb_build_object takes 100 arguments at the most; json keeps the order of the columns, jsonb would not.
    let chunks: Vec<String> = columns
        .chunks(40)
        .map(|chunk| {
            let pairs = chunk.iter().map(|(sql, name, event_type)| {
                format!("{}, {}", rowlore::quote_text(name), to_json(sql, event_type))
            });
            format!("json_build_object({})::text", pairs.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if chunks.is_empty() { "'{}'".to_owned() } else { format!("concat_ws(E'\\n', {})", chunks.join(", ")) }
}

/// A key as one JSON object of texts, which the server reads back whatever the type.
pub(crate) fn key_texts(columns: &[(String, &str, &str)]) -> String {
    let pairs = columns.iter().map(|(sql, name, _)| format!("{}, {sql}::text", rowlore::quote_text(name)));
    format!("json_build_object({})::text", pairs.collect::<Vec<_>>().join(", "))
}

/// Reads what [`row_json`] wrote: JSON objects, one a line, that make one row.
pub(crate) fn read_row(text: &str) -> Result<rowlore::Row, serde_json::Error> {
    let mut row = rowlore::Row::new();
    for object in serde_json::Deserializer::from_str(text).into_iter::<rowlore::Row>() {
        row.extend(object?);
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_becomes_hex() {
        let hex = |text: &str| base64(text);
        assert_eq!(hex("AP8Q").as_deref(), Some(r"\x00ff10"));
        assert_eq!(hex("AP8=").as_deref(), Some(r"\x00ff"));
        assert_eq!(hex("AA==").as_deref(), Some(r"\x00"));
        assert_eq!(hex("").as_deref(), Some(r"\x"));
        assert_eq!(hex(r"\x00"), None);
    }
}
