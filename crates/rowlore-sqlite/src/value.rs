//! SQLite's values as JSON, and keys from JSON back to values.

use std::cmp::Ordering;

use rowlore::capture::EventTable;
use rowlore::{Error, Result, Row, Value};
use rusqlite::types::{Value as Stored, ValueRef};

/// How SQLite treats the values of a column, by its declared type (<https://sqlite.org/datatype3.html>, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    pub(crate) fn of(declared: &str) -> Self {
        let declared = declared.to_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// A type that has this affinity.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Text => "TEXT",
            Self::Blob => "BLOB",
            Self::Real => "REAL",
            Self::Numeric => "NUMERIC",
        }
    }
}

/// A stored value as JSON: a blob is base64, a column declared `json` is the JSON itself, one declared `boolean` a
/// boolean where it holds 0 or 1; what JSON can't say (infinity) is a text.
pub(crate) fn to_json(value: ValueRef<'_>, declared: &str) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number @ (0 | 1)) if is_boolean(declared) => Value::Bool(number == 1),
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => match serde_json::Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None => Value::String(number.to_string()),
        },
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let parsed = is_json(declared).then(|| serde_json::from_str(&text).ok());
            parsed.flatten().unwrap_or_else(|| Value::String(text.into_owned()))
        }
        ValueRef::Blob(bytes) => Value::String(base64(bytes)),
    }
}

fn is_boolean(declared: &str) -> bool {
    declared.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("bool"))
}

/// Whether a column of that type shows its texts as the JSON that they are.
pub(crate) fn is_json(declared: &str) -> bool {
    declared.eq_ignore_ascii_case("json")
}

/// A value as SQLite gives it, to be kept.
pub(crate) fn stored(value: ValueRef<'_>) -> Stored {
    match value {
        ValueRef::Null => Stored::Null,
        ValueRef::Integer(number) => Stored::Integer(number),
        ValueRef::Real(number) => Stored::Real(number),
        ValueRef::Text(bytes) => Stored::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Stored::Blob(bytes.to_vec()),
    }
}

/// Whether SQLite calls two values equal (`is`), texts byte by byte.
pub(crate) fn same(a: &Stored, b: &Stored) -> bool {
    match (a, b) {
        (Stored::Null, Stored::Null) => true,
        (Stored::Null, _) | (_, Stored::Null) => false,
        (a, b) => order(a, b) == Some(Ordering::Equal),
    }
}

/// How SQLite orders two values: numbers, then texts, then blobs; none where one is null.
pub(crate) fn order(a: &Stored, b: &Stored) -> Option<Ordering> {
    let class = |value: &Stored| match value {
        Stored::Null => 0,
        Stored::Integer(_) | Stored::Real(_) => 1,
        Stored::Text(_) => 2,
        Stored::Blob(_) => 3,
    };
    match (a, b) {
        (Stored::Null, _) | (_, Stored::Null) => None,
        (Stored::Integer(a), Stored::Integer(b)) => Some(a.cmp(b)),
        (Stored::Real(a), Stored::Real(b)) => a.partial_cmp(b),
        (Stored::Integer(a), Stored::Real(b)) => integer_and_real(*a, *b),
        (Stored::Real(a), Stored::Integer(b)) => integer_and_real(*b, *a).map(Ordering::reverse),
        (Stored::Text(a), Stored::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Stored::Blob(a), Stored::Blob(b)) => Some(a.cmp(b)),
        (a, b) => Some(class(a).cmp(&class(b))),
    }
}

/// Exactly, also where a real can't hold the integer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "what is lost is compared again"
)]
fn integer_and_real(a: i64, b: f64) -> Option<Ordering> {
    /// The first real beyond every integer: 2 to the power of 63.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if b >= BEYOND {
        return Some(Ordering::Less);
    }
    if b < -BEYOND {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    let by_whole = a.cmp(&(whole as i64));
    if by_whole == Ordering::Equal {
        0.0.partial_cmp(&(b - whole))
    } else {
        (a as f64).partial_cmp(&b).map(|_| by_whole)
    }
}

/// The values that `rl_old_key` holds, in the order of the key's columns.
pub(crate) fn old_key(json: &str, events: &EventTable) -> Option<Vec<Stored>> {
    let stored: Row = serde_json::from_str(json).ok()?;
    let one = |name: &String| {
        Some(match stored.get(name)? {
            Value::Null => Stored::Null,
            Value::Bool(value) => Stored::Integer((*value).into()),
            Value::Number(value) => number(value)?,
            Value::String(text) => {
                let blob = text.strip_prefix("x'").and_then(|text| text.strip_suffix('\''));
                blob.and_then(bytes).map_or_else(|| Stored::Text(text.clone()), Stored::Blob)
            }
            Value::Array(_) | Value::Object(_) => return None,
        })
    };
    events.key.iter().map(one).collect()
}

fn number(number: &serde_json::Number) -> Option<Stored> {
    match number.as_i64() {
        Some(number) => Some(Stored::Integer(number)),
        None => number.as_f64().map(Stored::Real),
    }
}

/// The value that was stored where [`to_json`] gave this, in a column of that type; none if none can have been. Two
/// values may look the same: a blob in a column that is not declared for blobs looks like its base64, and a text that
/// is base64 in one that is looks like a blob. Then it is what the column's type says.
pub(crate) fn from_json(value: &Value, declared: &str) -> Option<Stored> {
    if is_json(declared) {
        // A number is kept as one; all else is the text of its JSON.
        return match value {
            Value::Null => Some(Stored::Null),
            Value::Number(value) => number(value),
            other => Some(Stored::Text(other.to_string())),
        };
    }
    let infinite = |text: &str| match text {
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    Some(match (value, Affinity::of(declared)) {
        (Value::Null, _) => Stored::Null,
        (Value::Bool(value), _) => Stored::Integer((*value).into()),
        (Value::Number(value), Affinity::Real) => Stored::Real(value.as_f64()?),
        (Value::Number(value), _) => number(value)?,
        (Value::String(text), Affinity::Real | Affinity::Numeric) => {
            infinite(text).map_or_else(|| Stored::Text(text.clone()), Stored::Real)
        }
        (Value::String(text), Affinity::Blob) if !declared.is_empty() && text.is_empty() => {
            Stored::Blob(Vec::new())
        }
        (Value::String(text), Affinity::Blob) if !declared.is_empty() => {
            from_base64(text).map_or_else(|| Stored::Text(text.clone()), Stored::Blob)
        }
        (Value::String(text), _) => Stored::Text(text.clone()),
        (Value::Array(_) | Value::Object(_), _) => return None,
    })
}

fn declared<'a>(events: &'a EventTable, name: &str) -> &'a str {
    events.columns.iter().find(|column| column.name == *name).map_or("", |column| column.event_type.as_str())
}

/// The values that a key may mean, in the order of the key's columns. A person types text: it becomes what the
/// column's type asks for. In a column without a type a text may also be the base64 of bytes, or a number: then
/// there are several, the likeliest first.
///
/// # Errors
/// When a column is missing or unknown, or its value is of the wrong type.
pub(crate) fn key_values(key: &Row, events: &EventTable, table: &str) -> Result<Vec<Vec<Stored>>> {
    let columns = || format!("a key of {table} is made of: {}", events.key.join(", "));
    if let Some(name) = key.keys().find(|name| !events.key.contains(name)) {
        return Err(Error::request(format!("`{name}` is not part of the key of {table}")).hint(columns()));
    }
    let mut all = vec![Vec::new()];
    for name in &events.key {
        let value = key
            .get(name)
            .ok_or_else(|| Error::request(format!("the key of {table} lacks `{name}`")).hint(columns()))?;
        let declared = declared(events, name);
        let meant = meanings(value, declared).ok_or_else(|| {
            let wanted = declared.to_lowercase();
            Error::request(format!("`{name}` of {table} is {wanted}, and what was given for it is not"))
                .hint(format!("give a value of the type {wanted}"))
        })?;
        let with = |one: &Vec<Stored>| {
            meant
                .iter()
                .map(|value| [one.as_slice(), std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    Ok(all)
}

/// The value that a program gives for a column of that type: as readers get it, or as a person types it; none if it
/// does not fit.
pub(crate) fn given(value: &Value, declared: &str) -> Option<Stored> {
    from_json(value, declared).or_else(|| meanings(value, declared)?.into_iter().next())
}

/// What a JSON value may mean in a column of that type, the likeliest first; none if it can't be one.
pub(crate) fn meanings(value: &Value, declared: &str) -> Option<Vec<Stored>> {
    let affinity = Affinity::of(declared);
    let one = match (value, affinity) {
        (Value::Null, _) => Stored::Null,
        (Value::Bool(value), Affinity::Integer | Affinity::Numeric | Affinity::Blob) => {
            Stored::Integer((*value).into())
        }
        (Value::Number(value), Affinity::Text) => Stored::Text(value.to_string()),
        (Value::Number(value), Affinity::Real) => Stored::Real(value.as_f64()?),
        (Value::Number(value), Affinity::Integer) => Stored::Integer(value.as_i64()?),
        (Value::Number(value), Affinity::Numeric | Affinity::Blob) => number(value)?,
        (Value::String(text), Affinity::Text) => Stored::Text(text.clone()),
        (Value::String(text), Affinity::Integer) => Stored::Integer(text.trim().parse().ok()?),
        (Value::String(text), Affinity::Real) => Stored::Real(text.trim().parse().ok()?),
        (Value::String(text), Affinity::Numeric) => match (text.as_str(), is_boolean(declared)) {
            ("true", true) => Stored::Integer(1),
            ("false", true) => Stored::Integer(0),
            _ => as_number(text).unwrap_or_else(|| Stored::Text(text.clone())),
        },
        (Value::String(text), Affinity::Blob) => {
            let mut all = vec![Stored::Text(text.clone())];
            all.extend(from_base64(text).map(Stored::Blob));
            all.extend(as_number(text));
            return Some(all);
        }
        _ => return None,
    };
    Some(vec![one])
}

/// Whether a value is what was expected of it: the same JSON, or in a column of numbers the same number.
pub(crate) fn is_expected(now: &Value, expected: &Value, declared: &str) -> bool {
    let is_of_numbers =
        matches!(Affinity::of(declared), Affinity::Integer | Affinity::Real | Affinity::Numeric);
    let as_stored = |value: &Value| match value {
        Value::Bool(value) => Some(Stored::Integer((*value).into())),
        Value::Number(value) => number(value),
        Value::String(text) => as_number(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let same_number = || match (as_stored(now), as_stored(expected)) {
        (Some(now), Some(expected)) => same(&now, &expected),
        _ => false,
    };
    now == expected || (is_of_numbers && !is_json(declared) && same_number())
}

fn as_number(text: &str) -> Option<Stored> {
    let text = text.trim();
    let looks_so = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let real = || text.parse().ok().filter(|_| looks_so).map(Stored::Real);
    text.parse().ok().map(Stored::Integer).or_else(real)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as base64 with padding (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0);
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    (base64(&bytes) == text).then_some(bytes)
}

/// Bytes from their hexadecimal digits, as SQLite's `hex` writes them.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    if hex.len().is_multiple_of(2) { (0..hex.len()).step_by(2).map(pair).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_there_and_back() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xff\xfe\xfd\x00", "//79AA=="),
        ] {
            assert_eq!(base64(bytes), text);
            assert_eq!(from_base64(text).unwrap_or_default(), bytes);
        }
        assert_eq!(from_base64("a"), None);
        assert_eq!(from_base64("Zh=="), None, "bits left over");
    }

    #[test]
    fn affinity_is_sqlites() {
        for (declared, affinity) in [
            ("bigint", Affinity::Integer),
            ("CHARINT", Affinity::Integer),
            ("varchar", Affinity::Text),
            ("", Affinity::Blob),
            ("double precision", Affinity::Real),
            ("datetime", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }
}
