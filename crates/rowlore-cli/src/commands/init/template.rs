//! What was found in a database → the text of a first rowlore.toml. Pure.

use std::fmt::Write as _;

use rowlore::TableName;
use rowlore::declare::check::OWN_PREFIX;
use rowlore::found::{Found, FoundTable, TableKind};

/// How the file names the database.
pub(super) enum Url {
    /// In these words.
    Text(String),
    /// By the name of a file that holds it.
    InFile(String),
    /// By `${DATABASE_URL}`.
    FromEnvironment {
        /// Whether because the URL that was given holds a password.
        password: bool,
    },
}

/// The whole file.
pub(super) fn render(found: &Found, url: &Url) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&database(url));
    text.push_str(SETTINGS);
    let others: Vec<_> = found.tables.iter().filter(|table| !can_be_tracked(table)).collect();
    if found.tables.is_empty() {
        text.push_str("\n# The database has no tables yet.\n");
    } else if tracked(found).next().is_none() {
        text.push_str("\n# No table here can be tracked as it is; see below.\n");
    }
    for table in tracked(found) {
        text.push_str(&declaration(table, &found.default_schema));
    }
    if !others.is_empty() {
        text.push_str("\n# Not tracked:\n");
    }
    for table in others {
        text.push_str(&left_out(table, &found.default_schema));
    }
    text
}

/// The tables that the file declares.
pub(super) fn tracked(found: &Found) -> impl Iterator<Item = &FoundTable> {
    found.tables.iter().filter(|table| can_be_tracked(table))
}

fn can_be_tracked(table: &FoundTable) -> bool {
    why_not(table).is_none() && !table.primary_key.is_empty()
}

const HEAD: &str = include_str!("head.toml");

const SETTINGS: &str = include_str!("settings.toml");

fn database(url: &Url) -> String {
    match url {
        Url::Text(url) => format!("url = {}\n", quoted(url)),
        Url::InFile(name) => format!("url_file = {}\n", quoted(name)),
        Url::FromEnvironment { password: false } => "url = \"${DATABASE_URL}\"\n".to_owned(),
        Url::FromEnvironment { password: true } => {
            "# The URL that was given holds a password, which stays out of this file: set DATABASE_URL.\n\
             url = \"${DATABASE_URL}\"\n"
                .to_owned()
        }
    }
}

fn declaration(table: &FoundTable, default_schema: &str) -> String {
    let mut text = String::from("\n[[table]]\n");
    // Writing to a String can't fail.
    let _ = writeln!(text, "name = {}", quoted(&written(&table.name, default_schema)));
    let _ = writeln!(text, "# key: {}", comment(&table.primary_key.join(", ")));
    let others: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !table.primary_key.iter().any(|key| key == name))
        .collect();
    if !others.is_empty() {
        let _ = writeln!(text, "# other columns: {}", comment(&others.join(", ")));
    }
    let unrecorded: Vec<&str> =
        table.columns.iter().filter(|column| !column.recordable).map(|column| column.name.as_str()).collect();
    if !unrecorded.is_empty() {
        let _ = writeln!(
            text,
            "# not recorded, the database gives no value to a trigger: {}",
            comment(&unrecorded.join(", "))
        );
    }
    if !table.partitions.is_empty() {
        let _ = writeln!(text, "# with its {} partitions", table.partitions.len());
    }
    text.push_str(&links(table));
    let secrets: Vec<String> =
        others.iter().filter(|name| looks_secret(name)).map(|name| quoted(name)).collect();
    if !secrets.is_empty() {
        let _ = writeln!(
            text,
            "# except = [{}]  # looks like a secret, and what is recorded stays: take away the # in front",
            secrets.join(", ")
        );
    }
    let ours: Vec<String> =
        others.iter().filter(|name| name.starts_with(OWN_PREFIX)).map(|name| quoted(name)).collect();
    if !ours.is_empty() {
        let _ = writeln!(text, "except = [{}]  # this prefix is rowlore's own", ours.join(", "));
    }
    text
}

/// A suggestion for a join table: the history of both ends is to show when they came together.
fn links(table: &FoundTable) -> String {
    let single = table.foreign_keys.iter().filter(|foreign| foreign.columns.len() == 1);
    let columns: Vec<String> = single.map(|foreign| quoted(&foreign.columns[0])).collect();
    // With little else in it: a table that is more than a link is a thing of its own.
    let joins = columns.len() >= 2 && table.columns.len() <= columns.len() + 2;
    if joins {
        format!("links = [{}]  # the history of the rows it joins shows its events too\n", columns.join(", "))
    } else {
        String::new()
    }
}

/// Whether a column seems to hold what nobody wants to keep for good.
fn looks_secret(column: &str) -> bool {
    let name = column.to_lowercase();
    ["password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "session_data"]
        .iter()
        .any(|word| name.contains(word))
}

fn left_out(table: &FoundTable, default_schema: &str) -> String {
    let name = written(&table.name, default_schema);
    match why_not(table) {
        Some(reason) => format!("# - {}: {reason}\n", comment(&name)),
        None => {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            format!(
                "# - {}: has no primary key. If some columns identify a row ({}), take away the #:\n\
                 # [[table]]\n# name = {}\n# key = [\"…\"]\n",
                comment(&name),
                comment(&columns.join(", ")),
                quoted(&name)
            )
        }
    }
}

/// Why a table can't be tracked, whatever is declared.
fn why_not(table: &FoundTable) -> Option<&'static str> {
    match table.kind {
        TableKind::Table | TableKind::Partitioned => None,
        TableKind::Partition => Some("a partition; it is tracked with its table"),
        TableKind::View => Some("a view; nothing is written to it"),
        TableKind::Foreign => {
            Some("a foreign or virtual table; its rows can change where no trigger sees it")
        }
    }
}

/// The name as a declaration would have it: without the schema that is meant anyway.
fn written(name: &TableName, default_schema: &str) -> String {
    let schema = if name.schema == default_schema { "" } else { &name.schema };
    TableName::new(schema, &name.name).to_string()
}

/// A basic string of TOML; JSON's escapes are among TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A name inside a comment must not end it.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowlore::declare::file;
    use rowlore::found::{Compare, ForeignKey, FoundColumn};

    fn table(name: TableName, kind: TableKind, key: &[&str], columns: &[&str]) -> FoundTable {
        let column = |name: &&str| FoundColumn {
            name: (*name).to_owned(),
            event_type: "text".to_owned(),
            compare: Compare::Native,
            recordable: !name.starts_with("virtual"),
        };
        FoundTable {
            name,
            kind,
            columns: columns.iter().map(column).collect(),
            primary_key: key.iter().map(|name| (*name).to_owned()).collect(),
            ..FoundTable::default()
        }
    }

    fn found() -> Found {
        let public = |name: &str| TableName::new("public", name);
        Found {
            default_schema: "public".to_owned(),
            tables: vec![
                table(public("books"), TableKind::Table, &["id"], &["id", "title", "virtual_size"]),
                table(public("users"), TableKind::Table, &["id"], &["id", "Password", "reset_token"]),
                table(
                    TableName::new("my shop", "Order \"Lines\"\nx"),
                    TableKind::Table,
                    &["a", "b"],
                    &["a", "b"],
                ),
                FoundTable {
                    foreign_keys: ["book_id", "tag_id"]
                        .map(|column| ForeignKey {
                            columns: vec![column.to_owned()],
                            table: public("books"),
                            target: vec!["id".to_owned()],
                        })
                        .into(),
                    ..table(
                        public("book_tags"),
                        TableKind::Table,
                        &["book_id", "tag_id"],
                        &["book_id", "tag_id"],
                    )
                },
                table(public("odd"), TableKind::Partitioned, &["id"], &["id", "rl_x"]),
                table(public("log"), TableKind::Table, &[], &["at", "line"]),
                table(public("recent"), TableKind::View, &[], &["id"]),
            ],
            ..Found::default()
        }
    }

    #[test]
    fn the_file_is_complete_and_readable() {
        let text = render(&found(), &Url::FromEnvironment { password: true });
        insta::assert_snapshot!(text);
        let file = file::parse("rowlore.toml", &text).unwrap();
        let tables = &file.single().unwrap().tables;
        assert_eq!(tables.len(), 5);
        rowlore::check(tables.clone()).unwrap();
    }

    #[test]
    fn every_setting_in_a_comment_is_one() {
        let settings: String = SETTINGS
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .map(|line| format!("{line}\n"))
            .collect();
        let file = file::parse("settings", &settings);
        assert!(settings.contains("[[table.tracker]]") && file.is_ok(), "{file:?}");
    }

    #[test]
    fn an_empty_database_still_gives_a_file() {
        let text = render(&Found::default(), &Url::Text("sqlite:a\"b.db".to_owned()));
        let file = file::parse("rowlore.toml", &text).unwrap();
        assert_eq!(file.single().unwrap().address.url.as_deref(), Some("sqlite:a\"b.db"));
    }
}
