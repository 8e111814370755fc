//! Columns that came to a tracked table since the last apply, and hold something already: nobody recorded how it came there.

use rowlore::found::Found;
use rowlore::{Result, quote_name};
use tokio_postgres::Client;

use crate::dialect::table_sql;
use crate::error::failed;

/// Looks into each such column. One that can't be looked into may hold anything. A value of several fields that are all
/// null `is null`, and is a value all the same.
pub(super) async fn note(client: &Client, found: &mut Found) -> Result<()> {
    for (table, column) in found.columns_added() {
        let fail = failed("look for values that no event holds");
        let name = table_sql(&table);
        let may = "select has_column_privilege($1::text, $2::text, 'select')";
        let may: bool = client.query_one(may, &[&name, &column]).await.map_err(&fail)?.get(0);
        let look =
            format!("select exists (select from {name} where {} is distinct from null)", quote_name(&column));
        if !may || client.query_one(&look, &[]).await.map_err(&fail)?.get(0) {
            found.note_filled(&table, &column);
        }
    }
    Ok(())
}
