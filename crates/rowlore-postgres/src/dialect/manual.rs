//! The function by which a program records events of its own.

use rowlore::TableName;

use super::capture::named_after;

/// Its name.
pub(crate) fn function_name(table: &TableName) -> String {
    named_after("record_", table, "")
}
