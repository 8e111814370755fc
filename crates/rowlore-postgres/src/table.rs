//! A table as it is, column by column: for reading its rows, and for writing them.

use rowlore::found::Compare;
use rowlore::{Error, Result, Row, TableName, Value, nearest, quote_name};
use tokio_postgres::GenericClient;

use crate::dialect::table_sql;
use crate::error::failed;
use crate::value;

/// A table with its columns.
pub(crate) struct Table {
    pub(crate) name: TableName,
    pub(crate) columns: Vec<Column>,
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type; a domain's base type.
    pub(crate) kind: String,
    pub(crate) compare: Compare,
    /// Whether only the database writes it. An identity column is none: its value can be brought along.
    pub(crate) generated: bool,
}

impl Table {
    /// Looks it up.
    pub(crate) async fn read(client: &impl GenericClient, name: &TableName) -> Result<Self> {
        let rows = client.query(include_str!("../sql/read/table_columns.sql"), &[&table_sql(name)]).await;
        let rows = rows.map_err(failed("read the catalogue"))?;
        if rows.is_empty() {
            return Err(Error::request(format!("there is no table {name}")).hint("write schema.table"));
        }
        let column = |row: &tokio_postgres::Row| Column {
            name: row.get("name"),
            kind: row.get("kind"),
            compare: match row.get("compare") {
                "native" => Compare::Native,
                "bytes" => Compare::Bytes,
                _ => Compare::Text,
            },
            generated: row.get("generated"),
        };
        let columns = rows.iter().filter(|row| !row.get::<_, bool>("virtual")).map(column).collect();
        Ok(Self { name: name.clone(), columns })
    }

    /// The column of that name.
    pub(crate) fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let error = Error::request(format!("{} has no column `{name}`", self.name));
            match nearest(name, self.columns.iter().map(|column| column.name.as_str())) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// The row's columns, in the order of `names`.
    pub(crate) fn pick<'a>(&self, names: impl Iterator<Item = &'a String>) -> Result<Vec<&Column>> {
        names.map(|name| self.column(name)).collect()
    }

    /// Values as `json_to_record` reads them for these columns, each under `prefix` and its place.
    pub(crate) fn record(prefix: &str, columns: &[&Column], row: &Row) -> Row {
        let place = |(place, column): (usize, &&Column)| {
            let value = row.get(&column.name).unwrap_or(&Value::Null);
            (format!("{prefix}{place}"), value::for_record(value, &column.kind))
        };
        columns.iter().enumerate().map(place).collect()
    }
}

impl Column {
    /// The name as SQL.
    pub(crate) fn quoted(&self) -> String {
        quote_name(&self.name)
    }

    /// `a` and `b`, values of this column as SQL, as sides of a comparison.
    pub(crate) fn sides(&self, a: &str, b: &str) -> (String, String) {
        let side = |sql| value::comparable(sql, &self.kind, self.compare);
        (side(a), side(b))
    }
}
