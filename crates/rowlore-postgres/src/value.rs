//! Columns as the one JSON form, and keys from it: both written as SQL, so that the server does the work.

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
