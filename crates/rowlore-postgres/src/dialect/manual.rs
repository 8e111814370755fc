//! The function by which a program records events of its own: one a table, for all labels declared for that.

use rowlore::capture::{Capture, EventTable, ManualRule};
use rowlore::declare::{ContextForm, TimeSource};
use rowlore::engine::Object;
use rowlore::found::FoundColumn;
use rowlore::{TableName, quote_name, quote_text};

use super::body::dollar_quotes;
use super::capture::named_after;
use super::{SAFE_PATH, catalogue, events_sql, extra_value, function, table_sql};
use crate::template::fill;

/// The function's name.
pub(crate) fn function_name(table: &TableName) -> String {
    named_after("record_", table, "")
}

pub(super) fn objects(capture: &Capture) -> Vec<Object> {
    if capture.manual.is_empty() {
        return Vec::new();
    }
    let name = function_name(&capture.table);
    let records: String = capture.manual.iter().filter_map(|rule| record(capture, rule)).collect();
    let labels = capture.manual.iter().map(|rule| rule.label.as_str());
    let values = [
        ("regclass", &*quote_text(&table_sql(&capture.table))),
        ("table", &table_sql(&capture.table)),
        ("table_text", &quote_text(&capture.table.to_string())),
        ("labels", &texts(labels)),
        ("columns", &texts(capture.columns.iter().map(|column| column.name.as_str()))),
        ("types", &types(capture)),
        ("records", &records),
    ];
    let body = fill(include_str!("../../sql/tracked/manual_body.sql"), &values);
    let values = [("function", &*quote_name(&name)), ("body", &body), ("quote", &dollar_quotes(&body))];
    let sql = fill(include_str!("../../sql/tracked/manual.sql"), &values);
    let settings = [SAFE_PATH, ("row_security", "off")];
    vec![function(&name, sql, true, &catalogue(&settings), &body)]
}

/// Looks at the types that are not PostgreSQL's own, if there are some.
fn types(capture: &Capture) -> String {
    let types = capture.columns.iter().map(|column| &column.event_type).filter(|name| name.contains('.'));
    let types: Vec<String> = types.map(|name| quote_text(name)).collect();
    if types.is_empty() {
        return String::new();
    }
    let table_text = quote_text(&capture.table.to_string());
    let values = [("types", &*types.join(", ")), ("table_text", &table_text)];
    fill(include_str!("../../sql/tracked/manual_types.sql"), &values)
}

/// The statement of one label.
fn record(capture: &Capture, rule: &ManualRule) -> Option<String> {
    let events = capture.event_table(&rule.events)?;
    let recorded: Vec<&FoundColumn> = rule.columns.iter().filter_map(|name| capture.column(name)).collect();
    let key: Vec<&FoundColumn> = capture.key.iter().filter_map(|name| capture.column(name)).collect();
    let mut given = key.clone();
    given.extend(recorded.iter().filter(|column| !key.contains(column)));
    let column_sql = |column: &&FoundColumn| format!("{} {}", quote_name(&column.name), json_type(column));
    let same = key.iter().map(|column| format!("here.{} = {}", quote_name(&column.name), read(column)));
    let missing =
        key.iter().map(|column| format!("(e ->> {}) is null", quote_text(&column.name))).collect::<Vec<_>>();
    let key_text = quote_text(&capture.key.join(", "));
    let table_text = quote_text(&capture.table.to_string());
    let parts = [("missing", &*missing.join(" or ")), ("table_text", &table_text), ("key_text", &key_text)];
    let key = fill(include_str!("../../sql/tracked/manual_key.sql"), &parts);
    let mut names: String = recorded.iter().map(|column| format!(", {}", quote_name(&column.name))).collect();
    let mut values: String = recorded.iter().map(|column| value(column)).collect();
    for (name, value) in own_values(events) {
        names.push_str(&format!(", {name}"));
        values.push_str(&format!(",\n        {value}"));
    }
    let given_names: Vec<String> = given.iter().map(|column| quote_name(&column.name)).collect();
    let parts = [
        ("label", &*quote_text(&rule.label)),
        // Where an event does not say of which row it is, a program need not know it either.
        ("key", if events.key.is_empty() { "" } else { &key }),
        ("events", &events_sql(events)),
        ("names", &names),
        ("values", &values),
        ("given", &given.iter().map(column_sql).collect::<Vec<_>>().join(", ")),
        ("given_names", &given_names.join(", ")),
        ("table", &table_sql(&capture.table)),
        ("same_key", &same.collect::<Vec<_>>().join(" and ")),
    ];
    Some(fill(include_str!("../../sql/tracked/manual_record.sql"), &parts))
}

/// What the event table has besides the columns of the row: names and values.
fn own_values(events: &EventTable) -> Vec<(String, String)> {
    let mut own = match events.time {
        TimeSource::Statement => vec![("rl_at".to_owned(), "rl.at".to_owned())],
        TimeSource::Transaction => vec![
            ("rl_at".to_owned(), "transaction_timestamp()".to_owned()),
            ("rl_statement_at".to_owned(), "rl.at".to_owned()),
        ],
    };
    match events.context {
        ContextForm::Reference => {
            let id = include_str!("../../sql/tracked/context_id.sql").trim_end();
            own.push(("rl_context_id".to_owned(), format!("(select {id})")));
        }
        ContextForm::Json => {
            own.push(("rl_context".to_owned(), "(select rowlore.context_json())".to_owned()))
        }
        ContextForm::None => {}
    }
    let extra = events.extra.iter();
    let extra = extra.filter_map(|extra| extra_value(extra).map(|value| (quote_name(&extra.name), value)));
    own.extend(extra);
    own
}

/// What was given, or else what stands in the table.
fn value(column: &FoundColumn) -> String {
    let (name, text) = (quote_name(&column.name), quote_text(&column.name));
    format!(",\n        case when given.rl_element ? {text} then {} else here.{name} end", read(column))
}

/// The type as which a value comes out of JSON.
fn json_type(column: &FoundColumn) -> &str {
    match column.event_type.as_str() {
        "bytea" => "text",
        "bytea[]" => "text[]",
        other => other,
    }
}

/// A given value in its column's type: bytes in base64, as readers get them, or as PostgreSQL writes them.
fn read(column: &FoundColumn) -> String {
    let given = format!("given.{}", quote_name(&column.name));
    let bytes = |text: &str| {
        format!(r"case when {text} like '\\x%' then {text}::bytea else decode({text}, 'base64') end")
    };
    match column.event_type.as_str() {
        "bytea" => format!("({})", bytes(&given)),
        "bytea[]" => format!(
            "(case when {given} is not null then array(select {} from unnest({given}) with ordinality as one (b, n) \
             order by n) end)",
            bytes("b")
        ),
        _ => given,
    }
}

/// An array of texts as SQL.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("array[{}]::text[]", texts.map(quote_text).collect::<Vec<_>>().join(", "))
}
