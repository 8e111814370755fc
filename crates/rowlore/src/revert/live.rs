//! What the database holds now, as far as it was asked; and how values are compared.

use std::collections::HashMap;

use serde_json::Value;

use crate::TableName;
use crate::change::Row;
use crate::read::RowsNow;

/// Values of some columns in one order, as text: what rows are found by.
pub(super) type Values = String;

/// The answers to questions about rows as they are.
#[derive(Debug, Default)]
pub(super) struct Live(HashMap<(TableName, Values), Vec<Row>>);

impl Live {
    /// Whether this was asked already.
    pub(super) fn knows(&self, question: &RowsNow) -> bool {
        self.0.contains_key(&place(question))
    }

    pub(super) fn add(&mut self, question: &RowsNow, rows: Vec<Row>) {
        self.0.insert(place(question), rows);
    }

    /// The rows with these values; none of what was not asked.
    pub(super) fn rows(&self, table: &TableName, matching: &Row) -> &[Row] {
        self.0.get(&place_of(table, matching)).map_or(&[], Vec::as_slice)
    }
}

/// What tells one question from another.
pub(super) fn place(question: &RowsNow) -> (TableName, Values) {
    place_of(&question.table, &question.matching)
}

fn place_of(table: &TableName, matching: &Row) -> (TableName, Values) {
    let mut names: Vec<&String> = matching.keys().collect();
    names.sort();
    let names: Vec<String> = names.into_iter().cloned().collect();
    (table.clone(), format!("{names:?}{}", values(&names, matching)))
}

/// The values of these columns, as a text that is the same for the same values. A foreign key may have another type than
/// what it points at, so a number is the same as its text.
pub(super) fn values(columns: &[String], row: &Row) -> Values {
    let value = |name: &String| row.get(name).filter(|value| !value.is_null()).map(text);
    let texts: Vec<Option<String>> = columns.iter().map(value).collect();
    format!("{texts:?}")
}

/// The values of these columns as a row under other names; none if one of them is null or not there.
pub(super) fn renamed(row: &Row, columns: &[String], names: &[String]) -> Option<Row> {
    let value = |column: &String| row.get(column).filter(|value| !value.is_null()).cloned();
    columns.iter().zip(names).map(|(column, name)| Some((name.clone(), value(column)?))).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
