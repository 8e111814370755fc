//! Resolved declarations against what is installed: the difference, step by step.

mod events;

use super::resolve::{Resolved, found_events, registered_for};
use super::{Action, Lock, Plan, Step};
use crate::TableName;
use crate::capture::{Capture, EventTable, Installation};
use crate::engine::{Alteration, Dialect, Object};
use crate::found::{Found, FoundEventTable, Installed, ObjectId, ObjectKind, Registered};

pub(super) fn compare(resolved: Resolved, found: &Found, dialect: &dyn Dialect) -> Plan {
    let mut compare = Compare::new(found, dialect);
    if !(resolved.installations.is_empty() && found.own_version.is_none()) {
        compare.own();
        for installation in &resolved.installations {
            compare.events(installation);
        }
        compare.kept_events();
        for installation in &resolved.installations {
            compare.capture(installation);
        }
        compare.drop_unwanted();
        // First those that give a name up, then those that may take it.
        compare.release(&resolved.installations);
        for installation in &resolved.installations {
            compare.register(installation);
        }
    }
    Plan { steps: compare.steps, installations: resolved.installations, notes: resolved.notes }
}

/// The triggers of one tracked table, whatever else there is to do.
pub(super) fn recapture(installation: &Installation, found: &Found, dialect: &dyn Dialect) -> Plan {
    let mut compare = Compare::new(found, dialect);
    compare.capture(installation);
    Plan { steps: compare.steps, installations: vec![installation.clone()], notes: Vec::new() }
}

struct Compare<'a> {
    found: &'a Found,
    dialect: &'a dyn Dialect,
    steps: Vec<Step>,
    /// Objects that must stay; every other installed one is dropped.
    wanted: Vec<ObjectId>,
    /// Objects that a renamed event table takes along, by the name they had and the one they get.
    renamed: Vec<(ObjectId, ObjectId)>,
    /// Event tables whose name, or place, is given up: by schema and name.
    given_up: Vec<(Option<String>, String)>,
    /// Objects that look right and stand on a column that was set aside.
    stale: Vec<ObjectId>,
    /// Event tables that are declared, by schema and name.
    steady: Vec<(Option<String>, String)>,
}

impl<'a> Compare<'a> {
    fn new(found: &'a Found, dialect: &'a dyn Dialect) -> Self {
        let (wanted, renamed, given_up, stale) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let steady = Vec::new();
        Self { found, dialect, steps: Vec::new(), wanted, renamed, given_up, stale, steady }
    }

    fn own(&mut self) {
        let from = self.found.own_version.unwrap_or(0);
        if from < self.dialect.own_version() {
            let why = if from == 0 {
                "not installed yet".to_owned()
            } else {
                format!("version {from} is installed")
            };
            self.alter(Action::Own, None, why, Lock::None, &Alteration::Own { from });
        }
        for object in self.dialect.own_objects() {
            self.object(object, None, "belongs to rowlore itself");
        }
    }

    fn events(&mut self, installation: &Installation) {
        let capture = &installation.capture;
        let before = registered_for(&capture.table, self.found);
        for events in &capture.events {
            self.steady.push((events.schema.clone(), events.name.clone()));
            let renamed =
                before.and_then(|before| renamed_from(events, capture, &before.installation.capture));
            let there = found_events(events, before, self.found).cloned();
            let old = renamed.and_then(|(schema, name)| self.found_events(schema.as_deref(), &name));
            match (there, old) {
                (Some(there), _) => {
                    if there.schema != events.schema {
                        self.take_along(&there, events);
                    }
                    self.move_events(events, &there, &capture.table);
                    self.event_columns(events, &there, &capture.table);
                }
                (None, Some(old)) => {
                    let old = old.clone();
                    let how = format!("rename from {}", old.name);
                    let action = Action::AlterEvents(events.name.clone(), how);
                    // Where it is: if it moves too, that comes next.
                    let to = EventTable { schema: old.schema.clone(), ..events.clone() };
                    let alteration = Alteration::RenameEvents { from: old.name.clone(), to };
                    let why = "the tracked table was renamed".to_owned();
                    self.alter(
                        action,
                        Some(&capture.table),
                        why,
                        Lock::Events(old.name.clone()),
                        &alteration,
                    );
                    self.take_along(&old, events);
                    self.move_events(events, &old, &capture.table);
                    self.event_columns(events, &old, &capture.table);
                }
                (None, None) => {
                    let action = Action::CreateEvents(events.name.clone());
                    let alteration = Alteration::CreateEvents(events.clone());
                    self.alter(action, Some(&capture.table), "missing".to_owned(), Lock::None, &alteration);
                    self.partitions(events, &[], &capture.table);
                }
            }
            self.event_objects(events, &capture.table);
        }
    }

    /// Whatever happens to a declaration, what was recorded keeps its guards and indexes. A declared event table has those
    /// that its settings ask for, and no others.
    fn kept_events(&mut self) {
        let known = self.found.registered.iter().flat_map(|one| one.installation.capture.readable_events());
        let known: Vec<&EventTable> = known.collect();
        for found in self.found.event_tables.iter().filter(|found| !is_in(&self.given_up, found)) {
            if is_in(&self.steady, found) {
                continue;
            }
            let bare = EventTable { schema: found.schema.clone(), ..EventTable::named(&found.name) };
            let was = known.iter().find(|events| events.is_called_like(&bare));
            let events = was.map_or(&bare, |was| was);
            self.wanted.extend(self.dialect.event_objects(events).into_iter().map(|object| object.id));
        }
    }

    fn take_along(&mut self, old: &FoundEventTable, events: &EventTable) {
        self.given_up.push((old.schema.clone(), old.name.clone()));
        let was = EventTable { name: old.name.clone(), schema: old.schema.clone(), ..events.clone() };
        let (was, now) = (self.dialect.event_objects(&was), self.dialect.event_objects(events));
        for (was, now) in was.into_iter().zip(now) {
            // An engine whose definition names the table has to make the object anew.
            if was.fingerprint == now.fingerprint {
                self.renamed.push((was.id, now.id));
            }
        }
    }

    fn event_objects(&mut self, events: &EventTable, table: &TableName) {
        for object in self.dialect.event_objects(events) {
            self.object(object, Some(table), "guards the event table");
        }
    }

    fn capture(&mut self, installation: &Installation) {
        let before = registered_for(&installation.capture.table, self.found);
        let why = why_replace(installation, before);
        let mut objects = self.dialect.capture_objects(installation);
        // Functions first: a trigger needs its function.
        objects.sort_by_key(|object| object.id.kind);
        for object in objects {
            self.object(object, Some(&installation.capture.table), &why);
        }
    }

    fn object(&mut self, object: Object, table: Option<&TableName>, why_different: &str) {
        let had = self.renamed.iter().find(|(_, now)| *now == object.id).map_or(&object.id, |(was, _)| was);
        let found = self.found.installed.iter().find(|installed| installed.id == *had);
        self.wanted.push(had.clone());
        self.wanted.push(object.id.clone());
        let (action, why) = match found {
            None => (Action::Create(object.id), self.why_missing(table)),
            Some(Installed { enabled: false, .. }) => (Action::Replace(object.id), "disabled".to_owned()),
            Some(found) if found.fingerprint == object.fingerprint && !self.stale.contains(&object.id) => {
                return;
            }
            Some(_) => (Action::Replace(object.id), why_different.to_owned()),
        };
        self.steps.push(Step { action, table: table.cloned(), why, lock: object.lock, sql: object.sql });
    }

    fn why_missing(&self, table: Option<&TableName>) -> String {
        let known =
            table.and_then(|table| registered_for(table, self.found)).is_some_and(|before| before.active);
        if known { "missing from what was applied, or newly needed" } else { "not tracked yet" }.to_owned()
    }

    fn drop_unwanted(&mut self) {
        let unwanted = |installed: &&Installed| !self.wanted.contains(&installed.id);
        let mut ids: Vec<_> =
            self.found.installed.iter().filter(unwanted).map(|found| found.id.clone()).collect();
        // Triggers first: a function in use can't go.
        ids.sort_by(|a, b| b.cmp(a));
        for id in ids {
            let lock = match (&id.kind, &id.table) {
                (ObjectKind::Trigger, Some(table)) => Lock::Writers(table.clone()),
                _ => Lock::None,
            };
            let table = id.table.clone();
            let alteration = Alteration::Drop(id.clone());
            self.alter(Action::Drop(id), table.as_ref(), "no longer declared".to_owned(), lock, &alteration);
        }
    }

    fn register(&mut self, installation: &Installation) {
        let before = registered_for(&installation.capture.table, self.found);
        let same = |before: &Registered| {
            before.active
                && before.installation == *installation
                && before.table_now.as_ref() == Some(&installation.capture.table)
        };
        if before.is_some_and(same) {
            return;
        }
        let alteration = Alteration::Register {
            installation: Box::new(installation.clone()),
            registered_as: before.map(|before| before.installation.capture.table.clone()),
            active: true,
        };
        let why = why_replace(installation, before);
        self.alter(Action::Register, Some(&installation.capture.table), why, Lock::None, &alteration);
    }

    /// Tables that were tracked and are not declared any more.
    fn release(&mut self, installations: &[Installation]) {
        for registered in self.found.registered.iter().filter(|registered| registered.active) {
            let declared = |installation: &&Installation| {
                registered_for(&installation.capture.table, self.found)
                    .is_some_and(|before| std::ptr::eq(before, registered))
            };
            if installations.iter().find(declared).is_none() {
                let table = registered.installation.capture.table.clone();
                let mut installation = registered.installation.clone();
                // Another table may bear the old name by now.
                installation.capture.table = registered.table_now.clone().unwrap_or_else(|| table.clone());
                let alteration = Alteration::Register {
                    installation: Box::new(installation),
                    registered_as: Some(table.clone()),
                    active: false,
                };
                let why = "no longer declared; its history stays".to_owned();
                self.alter(Action::Register, Some(&table), why, Lock::None, &alteration);
            }
        }
    }

    fn alter(
        &mut self,
        action: Action,
        table: Option<&TableName>,
        why: String,
        lock: Lock,
        what: &Alteration,
    ) {
        let sql = self.dialect.alter(what);
        self.steps.push(Step { action, table: table.cloned(), why, lock, sql });
    }

    fn found_events(&self, schema: Option<&str>, name: &str) -> Option<&'a FoundEventTable> {
        let mut tables = self.found.event_tables.iter();
        tables.find(|events| events.name == *name && events.schema.as_deref() == schema)
    }
}

fn is_in(tables: &[(Option<String>, String)], found: &FoundEventTable) -> bool {
    tables.iter().any(|(schema, name)| *name == found.name && *schema == found.schema)
}

/// The name under which the same event table was written down, if the default name moved with its table.
pub(super) fn renamed_from(
    events: &EventTable,
    now: &Capture,
    before: &Capture,
) -> Option<(Option<String>, String)> {
    let index = now.events.iter().position(|other| other.name == events.name)?;
    let kept = |old: &&EventTable| now.events.iter().any(|other| other.name == old.name);
    // Only the one named after its table gets another name; it may stand at another place in the list.
    let mut given_up = before.events.iter().filter(|old| !kept(old));
    let old = before.events.get(index).filter(|old| !kept(old)).or_else(|| {
        let one = given_up.next();
        one.filter(|_| given_up.next().is_none() && !before.events.iter().any(|old| old.name == events.name))
    })?;
    (now.table != before.table).then(|| (old.schema.clone(), old.name.clone()))
}

/// One sentence on what is different about a table that was tracked before.
fn why_replace(wanted: &Installation, before: Option<&Registered>) -> String {
    let Some(before) = before else { return "not tracked yet".to_owned() };
    if !before.active {
        return "declared again".to_owned();
    }
    let (now, was) = (&wanted.capture, &before.installation.capture);
    if was.table != now.table {
        return format!("{} was renamed to {}", was.table, now.table);
    }
    let names =
        |capture: &Capture| capture.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let (now_names, was_names) = (names(now), names(was));
    if let Some(added) = now_names.iter().find(|name| !was_names.contains(name)) {
        return format!("column {added} was added to {}", now.table);
    }
    if let Some(dropped) = was_names.iter().find(|name| !now_names.contains(name)) {
        return format!("column {dropped} was dropped from {}", now.table);
    }
    if now.columns != was.columns {
        return format!("a column of {} changed its type", now.table);
    }
    if before.suspended.is_some() {
        return format!("the capture of {} was suspended: what changed then is not known", now.table);
    }
    if now.partitions != was.partitions || now.children != was.children {
        return format!("the partitions of {} changed", now.table);
    }
    if now != was {
        return "declared differently than at the last apply".to_owned();
    }
    if before.installation.baseline != wanted.baseline {
        return "the state of the baseline changed".to_owned();
    }
    "changed by hand, or by an older rowlore".to_owned()
}
