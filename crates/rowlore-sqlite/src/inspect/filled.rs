//! Columns that came to a tracked table since the last apply, and hold something already: nobody recorded how it came there.

use rowlore::found::Found;
use rowlore::{Result, quote_name};
use rusqlite::Connection;

use super::DOING;
use crate::failure::ours;

/// Looks into each such column.
pub(super) fn note(connection: &Connection, found: &mut Found) -> Result<()> {
    for (table, column) in found.columns_added() {
        let (name, quoted) = (quote_name(&table.name), quote_name(&column));
        let look = format!("select exists (select 1 from main.{name} where {quoted} is not null)");
        if connection.query_row(&look, [], |row| row.get(0)).map_err(ours(DOING))? {
            found.note_filled(&table, &column);
        }
    }
    Ok(())
}
