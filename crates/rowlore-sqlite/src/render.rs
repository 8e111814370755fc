//! Templates into SQL, and what SQLite will have stored afterwards. Pure.

use rowlore::engine::Object;
use rowlore::found::{ObjectId, ObjectKind};
use rowlore::plan::Lock;
use rowlore::{TableName, fingerprint, quote_name};

/// Everything of rowlore's in a database starts with this.
pub(crate) const PREFIX: &str = "rowlore_";

/// Puts values in the place of the template's `{{name}}` markers.
///
/// What is put in is not read again, so a value may hold braces. A marker without a value stays: SQLite has no
/// such token and refuses the whole text.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template.trim_end();
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        text.push_str(before);
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => text.push_str(value),
            None => {
                debug_assert!(false, "no value for the marker {name}");
                text.push_str("{{");
                text.push_str(name);
                text.push_str("}}");
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The physical name of an event table.
pub(crate) fn events_name(events: &str) -> String {
    format!("{PREFIX}{events}")
}

/// A trigger on `table`, from a template that begins with `create trigger {{trigger}}`.
pub(crate) fn trigger(name: &str, table: &str, template: &str, values: &[(&str, &str)]) -> Object {
    let table = TableName::new("", table);
    object(ObjectKind::Trigger, name, Some(table), template, values)
}

/// An index, from a template that begins with `create index {{index}}`.
pub(crate) fn index(name: &str, template: &str, values: &[(&str, &str)]) -> Object {
    object(ObjectKind::Index, name, None, template, values)
}

/// A view, from a template that begins with `create view {{view}}`.
pub(crate) fn view(name: &str, template: &str, values: &[(&str, &str)]) -> Object {
    object(ObjectKind::View, name, None, template, values)
}

fn object(
    kind: ObjectKind,
    name: &str,
    table: Option<TableName>,
    template: &str,
    values: &[(&str, &str)],
) -> Object {
    let word = word(kind);
    let quoted = quote_name(name);
    let mut values = values.to_vec();
    values.push((word, &quoted));
    let create = fill(template, &values);
    Object {
        id: ObjectId { kind, name: name.to_owned(), table },
        sql: format!("drop {word} if exists {quoted};\n{create};"),
        fingerprint: fingerprint(&stored(word, &create)),
        lock: Lock::Database,
    }
}

/// SQLite's word for a kind of object; it has no functions of a file's own.
pub(crate) const fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Index => "index",
        ObjectKind::View => "view",
        ObjectKind::Trigger | ObjectKind::Function => "trigger",
    }
}

/// The text that `sqlite_schema` holds after `create`: the first words are SQLite's own, the rest is kept as written.
fn stored(word: &str, create: &str) -> String {
    let rest = create.strip_prefix(&format!("create {word} ")).unwrap_or(create);
    format!("CREATE {} {rest}", word.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_read_again() {
        assert_eq!(fill("a {{x}} b {{y}}\n", &[("x", "{{y}}"), ("y", "2")]), "a {{y}} b 2");
    }

    #[test]
    #[should_panic(expected = "no value for the marker y")]
    fn a_marker_left_over_fails() {
        fill("{{x}} {{y}}", &[("x", "1")]);
    }
}
