//! A change as one short line, so that an expectation reads like a story.

use rowlore::{Change, Op, Row, Value};

/// Each change as a line:
///
/// | change | line |
/// |---|---|
/// | insert, baseline | `insert 1: id=1 title="a"` |
/// | update with both images | `update 1: title "a">"b"`, or `update 1: nothing` |
/// | update with one image | `update 1: new id=1 title="b"` |
/// | key change | `update 1>2: id 1>2` |
/// | delete | `delete 1: id=1 title="a"` |
/// | truncate | `truncate` |
///
/// A label that is not the operation's name follows it: `update[renamed] 1: …`.
pub fn story(changes: &[Change]) -> Vec<String> {
    changes.iter().map(line).collect()
}

/// One change as a line; see [`story`].
pub fn line(change: &Change) -> String {
    let label = if change.label == change.op.name() { String::new() } else { format!("[{}]", change.label) };
    let op = change.op.name();
    if change.op == Op::Truncate {
        return format!("{op}{label}");
    }
    let key = match &change.old_key {
        Some(old) => format!("{}>{}", key(old), key(&change.key)),
        None => key(&change.key),
    };
    let what = match (&change.old, &change.new, &change.changed) {
        (Some(old), Some(new), Some(changed)) => moved(old, new, changed),
        (None, Some(new), None) if change.op == Op::Update => format!("new {}", row(new)),
        (Some(old), None, None) if change.op == Op::Update => format!("old {}", row(old)),
        (Some(old), None, None) if change.op == Op::Delete => row(old),
        (None, Some(new), None) if change.op != Op::Delete => row(new),
        images => format!("does not fit its operation: {images:?}"),
    };
    format!("{op}{label} {key}: {what}")
}

fn key(key: &Row) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    key.values().map(text).collect::<Vec<_>>().join("/")
}

fn row(row: &Row) -> String {
    row.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn moved(old: &Row, new: &Row, changed: &[String]) -> String {
    if changed.is_empty() {
        return "nothing".to_owned();
    }
    let one = |name: &String| format!("{name} {}>{}", old[name], new[name]);
    changed.iter().map(one).collect::<Vec<_>>().join(", ")
}
