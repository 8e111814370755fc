//! `rowlore check --probe`: a write to every tracked table, rolled back, and whether it was recorded.

use rowlore::declare::Operation;
use rowlore::engine::{Probe, Probed};
use rowlore::found::Found;
use rowlore::{Engine as _, Row, TableName, Value};
use serde_json::json;

use crate::answer::Failure;
use crate::commands::Call;
use crate::connect::AnyLore;
use crate::output::{Look, safe, table};

/// Probes every table that is tracked now.
pub(super) async fn run(lore: &AnyLore, found: &Found) -> Result<Vec<(TableName, Vec<Probe>)>, Failure> {
    let mut all = Vec::new();
    for one in found.registered.iter().filter(|one| one.active) {
        if let Some(name) = &one.table_now {
            all.push((name.clone(), lore.engine().probe(name).await?));
        }
    }
    Ok(all)
}

/// Whether a write went by unrecorded.
pub(super) fn missed(probes: &[(TableName, Vec<Probe>)]) -> bool {
    probes.iter().flat_map(|(_, probes)| probes).any(|probe| probe.result == Probed::Missed)
}

/// A table of operations, then why something is not known.
pub(super) fn text(probes: &[(TableName, Vec<Probe>)], look: &Look) -> String {
    if probes.is_empty() {
        return String::new();
    }
    let row = |(name, probes): &(TableName, Vec<Probe>)| {
        let mut row = Row::from_iter([("probe".to_owned(), Value::from(name.to_string()))]);
        for operation in Operation::ALL {
            let result = probes.iter().find(|probe| probe.operation == operation).map(|probe| &probe.result);
            row.insert(operation.name().to_owned(), Value::from(word(result)));
        }
        row
    };
    let mut text = table(&probes.iter().map(row).collect::<Vec<_>>(), look);
    for (name, probe) in probes.iter().flat_map(|(name, probes)| probes.iter().map(move |one| (name, one))) {
        let operation = probe.operation.name();
        match &probe.result {
            Probed::Recorded => {}
            Probed::Missed => {
                let what = format!("{} an {operation} of {name} is not recorded\n", look.paint.old("✗"));
                text.push_str(&what.replace("an delete", "a delete").replace("an truncate", "a truncate"));
            }
            Probed::Unknown(why) => {
                text.push_str(&format!("{} {name}, {operation}: {}\n", look.paint.hint("?"), safe(why)));
            }
        }
    }
    text
}

fn word(result: Option<&Probed>) -> &'static str {
    match result {
        Some(Probed::Recorded) => "recorded",
        Some(Probed::Missed) => "MISSED",
        Some(Probed::Unknown(_)) => "?",
        None => "-",
    }
}

/// One object for each table and operation.
pub(super) fn objects(call: &mut Call<'_>, probes: &[(TableName, Vec<Probe>)]) -> Result<(), Failure> {
    for (name, Probe { operation, result }) in
        probes.iter().flat_map(|(name, probes)| probes.iter().map(move |one| (name, one)))
    {
        let (result, why) = match result {
            Probed::Recorded => ("recorded", None),
            Probed::Missed => ("missed", None),
            Probed::Unknown(why) => ("unknown", Some(why)),
        };
        call.screen
            .object(&json!({"probe": name, "operation": operation.name(), "result": result, "why": why}))?;
    }
    Ok(())
}
