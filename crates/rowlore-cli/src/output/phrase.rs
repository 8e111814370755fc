//! Small phrases that several outputs share: who, what row, how many.

use rowlore::{Change, Context, Row};

use super::value::{safe, shown};

/// Who it was, as well as anybody knows.
pub(crate) fn who(context: &Context) -> Option<String> {
    let named = context.actor.as_deref().map(safe);
    named.or_else(|| {
        let user = context.db_user.as_deref().filter(|user| !user.is_empty()).map(safe);
        let program = context.application.as_deref().filter(|name| !name.is_empty()).map(safe);
        match (user, program) {
            (Some(user), Some(program)) => Some(format!("{user} with {program}")),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        }
    })
}

/// The key of a row: `id=7`, or `order_id=7 line=2`.
pub(crate) fn key_text(key: &Row) -> String {
    let pairs = key.iter().map(|(name, value)| format!("{}={}", safe(name), shown(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

/// The columns of a changed key, with both values.
pub(super) fn key_pairs(change: &Change) -> Vec<(String, rowlore::Value, rowlore::Value)> {
    let Some(old_key) = &change.old_key else { return Vec::new() };
    let differs = |(name, new): (&String, &rowlore::Value)| {
        let old = old_key.get(name).cloned().unwrap_or_default();
        (old != *new).then(|| (name.clone(), old, new.clone()))
    };
    change.key.iter().filter_map(differs).collect()
}

/// The changed columns with both values; those of a changed key left out.
pub(super) fn value_pairs(change: &Change) -> Vec<(String, rowlore::Value, rowlore::Value)> {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return Vec::new() };
    let keys = key_pairs(change);
    let names = change.changed.iter().flatten().filter(|name| !keys.iter().any(|(key, ..)| key == *name));
    let value = |row: &Row, name: &String| row.get(name).cloned().unwrap_or_default();
    names.map(|name| (name.clone(), value(old, name), value(new, name))).collect()
}

/// `1 event`, `2 events`.
pub(crate) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
