//! A revert before it is done, as a person and as a program read it.

use rowlore::revert::{Conflict, ConflictKind, RevertPlan, Write, WriteAction};
use rowlore::{Row, Value};
use serde_json::json;

use crate::answer::Failure;
use crate::commands::Call;
use crate::output::{Look, count, key_text, pair, safe, shown};

/// Each row with what becomes of it, then what stands in the way.
pub(super) fn text(plan: &RevertPlan, look: &Look) -> String {
    let RevertPlan { of, record: _, writes, conflicts, notes } = plan;
    let rows = count(writes.rows.len(), "row");
    let mut text =
        format!("{}  {}\n", look.paint.strong(format!("Revert of {}", safe(of))), look.paint.dim(rows));
    for row in &writes.rows {
        text.push_str(&write(row, look));
    }
    if !conflicts.is_empty() {
        let number = count(conflicts.len(), "conflict");
        text.push_str(&format!(
            "\n{}\n",
            look.paint.strong(format!("{number}: these rows stay as they are"))
        ));
    }
    for conflict in conflicts {
        text.push_str(&stands_in_the_way(conflict, look));
    }
    for note in notes {
        text.push_str(&format!("{} {}\n", look.paint.hint("note:"), safe(note)));
    }
    text
}

fn write(write: &Write, look: &Look) -> String {
    let Write { table, key, action } = write;
    let row = format!("{} {}", safe(&table.to_string()), key_text(key));
    let paint = &look.paint;
    match action {
        WriteAction::Insert(values) => {
            let mut text = format!("  {} {row}\n", paint.new_value("+ put back"));
            for (name, value) in values.iter().filter(|(name, _)| !key.contains_key(*name)) {
                text.push_str(&format!("      {}  {}\n", safe(name), paint.new_value(shown(value))));
            }
            text
        }
        WriteAction::Update { set, expect } => {
            let mut text = format!("  {} {row}\n", paint.hint("~ change"));
            for (name, value) in set {
                let old = expect.get(name).or_else(|| key.get(name)).unwrap_or(&Value::Null);
                let room = look.width.saturating_sub(name.len() + 8);
                text.push_str(&format!("      {}  {}\n", safe(name), pair(old, value, room, paint)));
            }
            text
        }
        WriteAction::Delete { expect: _ } => format!("  {} {row}\n", paint.old("- delete")),
    }
}

fn stands_in_the_way(conflict: &Conflict, look: &Look) -> String {
    let Conflict { table, key, why } = conflict;
    let mark = look.paint.old("✗");
    let mut text = format!("  {mark} {} {}: {}\n", safe(&table.to_string()), key_text(key), sentence(why));
    if let ConflictKind::ChangedSince(columns) = why {
        for (name, left, now) in columns {
            let room = look.width.saturating_sub(name.len() + 8);
            text.push_str(&format!("      {}  {}\n", safe(name), pair(left, now, room, &look.paint)));
        }
    }
    text
}

fn sentence(why: &ConflictKind) -> String {
    let names = |columns: &[String]| columns.iter().map(|name| safe(name)).collect::<Vec<_>>().join(", ");
    match why {
        ConflictKind::ChangedSince(_) => "changed again since (as it was left → as it is now)".to_owned(),
        ConflictKind::Gone => "was deleted since".to_owned(),
        ConflictKind::Exists => "a row of this key is there".to_owned(),
        ConflictKind::MissingParent { columns, table } => {
            format!("the row of {} that {} points at is not there", safe(&table.to_string()), names(columns))
        }
        ConflictKind::UniqueClash(columns) => format!("another row has the same {} by now", names(columns)),
        ConflictKind::StillReferenced(table) => {
            format!("rows of {} still point at it", safe(&table.to_string()))
        }
        ConflictKind::NotRecorded(columns) => {
            format!("{} was not recorded, and a row must have it", names(columns))
        }
    }
}

/// One object a row, one a conflict, one a note.
pub(super) fn objects(call: &mut Call<'_>, plan: &RevertPlan) -> Result<(), Failure> {
    let RevertPlan { of, record: _, writes, conflicts, notes } = plan;
    for Write { table, key, action } in &writes.rows {
        let none = Row::new();
        let (word, set, expect) = match action {
            WriteAction::Insert(values) => ("insert", values, &none),
            WriteAction::Update { set, expect } => ("update", set, expect),
            WriteAction::Delete { expect } => ("delete", &none, expect),
        };
        call.screen.object(
            &json!({"revert": of, "action": word, "table": table, "key": key, "set": set, "expect": expect}),
        )?;
    }
    for Conflict { table, key, why } in conflicts {
        let mut object =
            json!({"revert": of, "conflict": word(why), "table": table, "key": key, "why": sentence(why)});
        if let ConflictKind::ChangedSince(columns) = why {
            let changed =
                columns.iter().map(|(name, left, now)| (name.clone(), json!({"left": left, "now": now})));
            object["changed"] = Value::Object(changed.collect());
        }
        call.screen.object(&object)?;
    }
    for note in notes {
        call.screen.object(&json!({"revert": of, "note": note}))?;
    }
    Ok(())
}

fn word(why: &ConflictKind) -> &'static str {
    match why {
        ConflictKind::ChangedSince(_) => "changed_since",
        ConflictKind::Gone => "gone",
        ConflictKind::Exists => "exists",
        ConflictKind::MissingParent { .. } => "missing_parent",
        ConflictKind::UniqueClash(_) => "unique_clash",
        ConflictKind::StillReferenced(_) => "still_referenced",
        ConflictKind::NotRecorded(_) => "not_recorded",
    }
}
