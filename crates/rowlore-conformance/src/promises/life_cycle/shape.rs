//! A table as data, and the SQL that makes, fills and alters it.

use rowlore::{TableName, quote_name};

/// A table of the user's: a key of numbers, `body`, `amount`, `note`, and what was added.
#[derive(Clone)]
pub(super) struct Shape {
    /// Its name in the database.
    pub(super) table: String,
    key: Vec<&'static str>,
    /// Name, type.
    columns: Vec<(String, String)>,
}

impl Shape {
    pub(super) fn simple() -> Self {
        Self::with_key(vec!["id"])
    }

    pub(super) fn composite() -> Self {
        Self::with_key(vec!["shop", "id"])
    }

    pub(super) fn hostile() -> Self {
        Self::with_key(vec!["Order", "The \"Id\""])
    }

    fn with_key(key: Vec<&'static str>) -> Self {
        let columns = [("body", "text"), ("amount", "integer"), ("note", "text")];
        let columns = columns.map(|(name, kind)| (name.to_owned(), kind.to_owned())).to_vec();
        Self { table: String::new(), key, columns }
    }

    pub(super) fn called(mut self, name: &str) -> Self {
        // The hostile one keeps its spaces and commas; the others are called like most tables.
        let hostile = self.key.contains(&"Order");
        self.table = if hostile { format!("Select {name}") } else { name.replace([' ', ','], "_") };
        self
    }

    /// The name as a declaration writes it.
    pub(super) fn declared(&self) -> String {
        TableName::new("", &self.table).to_string()
    }

    pub(super) fn create(&self) -> String {
        self.create_as(&self.table)
    }

    fn create_as(&self, name: &str) -> String {
        let keys = self.key.iter().map(|key| format!("{} bigint not null", quote_name(key)));
        let others = self.columns.iter().map(|(name, kind)| format!("{} {kind}", quote_name(name)));
        let all: Vec<String> = keys.chain(others).collect();
        let key: Vec<String> = self.key.iter().map(|key| quote_name(key)).collect();
        format!("create table {} ({}, primary key ({}))", quote_name(name), all.join(", "), key.join(", "))
    }

    pub(super) fn insert(&self, id: i64, body: &str) -> String {
        let keys: Vec<String> = self.key.iter().map(|key| quote_name(key)).collect();
        let ids = vec![id.to_string(); self.key.len()].join(", ");
        let amount = if self.kind("amount") == "text" { "'7'" } else { "7" };
        let table = quote_name(&self.table);
        format!("insert into {table} ({}, body, amount) values ({ids}, '{body}', {amount})", keys.join(", "))
    }

    pub(super) fn update(&self, id: i64, column: &str, value: &str) -> String {
        format!(
            "update {} set {} = {value} where {}",
            quote_name(&self.table),
            quote_name(column),
            self.is(id)
        )
    }

    pub(super) fn delete(&self, id: i64) -> String {
        format!("delete from {} where {}", quote_name(&self.table), self.is(id))
    }

    pub(super) fn add(&mut self, column: &str, kind: &str) -> String {
        self.columns.push((column.to_owned(), kind.to_owned()));
        format!("alter table {} add column {} {kind}", quote_name(&self.table), quote_name(column))
    }

    pub(super) fn drop(&mut self, column: &str, in_place: bool) -> String {
        self.columns.retain(|(name, _)| name != column);
        if in_place {
            return format!("alter table {} drop column {}", quote_name(&self.table), quote_name(column));
        }
        self.rebuild(quote_name)
    }

    /// Gives a column another type; `using` makes the new value of the old one.
    pub(super) fn retype(&mut self, column: &str, kind: &str, using: &str, in_place: bool) -> String {
        for (name, was) in &mut self.columns {
            if name == column {
                kind.clone_into(was);
            }
        }
        if in_place {
            let (table, column) = (quote_name(&self.table), quote_name(column));
            return format!("alter table {table} alter column {column} type {kind} using {using}");
        }
        self.rebuild(|name| if name == column { using.to_owned() } else { quote_name(name) })
    }

    pub(super) fn rename(&mut self, name: &str) -> String {
        let was = std::mem::replace(&mut self.table, name.to_owned());
        format!("alter table {} rename to {}", quote_name(&was), quote_name(name))
    }

    /// The table made anew under its name, as programs do it where tables can't be altered in place.
    fn rebuild(&self, value: impl Fn(&str) -> String) -> String {
        let keys = self.key.iter().map(|key| (*key).to_owned());
        let names: Vec<String> = keys.chain(self.columns.iter().map(|(name, _)| name.clone())).collect();
        let values: Vec<String> = names.iter().map(|name| value(name)).collect();
        let (table, create) = (quote_name(&self.table), self.create_as("being rebuilt"));
        format!(
            "{create}; insert into \"being rebuilt\" select {} from {table}; drop table {table}; \
             alter table \"being rebuilt\" rename to {table}",
            values.join(", ")
        )
    }

    fn kind(&self, column: &str) -> &str {
        self.columns.iter().find(|(name, _)| name == column).map_or("", |(_, kind)| kind)
    }

    fn is(&self, id: i64) -> String {
        self.key.iter().map(|key| format!("{} = {id}", quote_name(key))).collect::<Vec<_>>().join(" and ")
    }
}
