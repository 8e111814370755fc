//! The way back: what brings a database, once a plan is applied, to how it was tracked before.
//!
//! Made by simulation. A [`Found`] in which everything wanted is installed is compared with the earlier state, and what
//! comes out are ordinary steps. History is never part of it: event tables, their columns and rowlore's own
//! bookkeeping stay as the plan left them.

use super::compare::{compare, renamed_from};
use super::resolve::{Resolved, found_events, goes_on, registered_for};
use super::{Action, Plan};
use crate::capture::{Capture, EventTable, Installation};
use crate::declare::check::Declarations;
use crate::engine::{Dialect, Object};
use crate::found::{Baseline, Found, FoundEventTable, Installed, ObjectId, Registered};
use crate::problem::Problems;

/// The steps that, after the plan for these declarations was applied, restore how the database was tracked when it was
/// found. What is recorded stays, and can be read.
///
/// # Errors
/// As [`plan`](super::plan).
pub fn down(declarations: &Declarations, found: &Found, dialect: &dyn Dialect) -> Result<Plan, Problems> {
    Ok(course(declarations, found, dialect)?.down)
}

/// A plan, the way back, and the same plan where it was taken back before.
pub(super) struct Course {
    pub(super) up: Plan,
    pub(super) down: Plan,
    pub(super) again: Plan,
}

pub(super) fn course(
    declarations: &Declarations,
    found: &Found,
    dialect: &dyn Dialect,
) -> Result<Course, Problems> {
    let up = super::plan(declarations, found, dialect)?;
    let above = applied(&up, found, dialect);
    let earlier = Resolved { installations: earlier(found, &above, dialect), notes: Vec::new() };
    let down = compare(earlier, &above, dialect);
    let below = applied(&down, &above, dialect);
    let again = super::plan(declarations, &below, dialect)?;
    Ok(Course { up, down, again })
}

/// What would be found after a plan was applied to what was found.
fn applied(plan: &Plan, found: &Found, dialect: &dyn Dialect) -> Found {
    // Partitions depend on the day a plan is applied, so nothing is planned for them here.
    let mut after = Found { now: None, refused: Vec::new(), ..found.clone() };
    if plan.installations().is_empty() && found.own_version.is_none() {
        return after;
    }
    after.own_version = found.own_version.max(Some(dialect.own_version()));
    after.registered = registered(plan, found);
    let mut objects: Vec<Object> = dialect.own_objects();
    for installation in plan.installations() {
        for events in &installation.capture.events {
            let was = old_name(events, &installation.capture, found);
            if let Some(old) = was {
                after.event_tables.retain(|there| !is(there, &old));
                let gone: Vec<ObjectId> = dialect.event_objects(&old).into_iter().map(|one| one.id).collect();
                after.installed.retain(|there| !gone.contains(&there.id));
            }
            let before = registered_for(&installation.capture.table, found);
            let there = found_events(events, before, &after);
            let at = after.event_tables.iter().position(|one| there.is_some_and(|it| std::ptr::eq(one, it)));
            put(&mut after.event_tables, at, events, dialect);
            objects.extend(dialect.event_objects(events));
        }
        objects.extend(dialect.capture_objects(installation));
    }
    let dropped = |there: &Installed| {
        plan.steps().iter().any(|step| matches!(&step.action, Action::Drop(id) if *id == there.id))
    };
    after.installed.retain(|there| !dropped(there) && !objects.iter().any(|one| one.id == there.id));
    after.installed.extend(
        objects.into_iter().map(|Object { id, fingerprint, sql: _, lock: _ }| Installed {
            id,
            fingerprint,
            enabled: true,
        }),
    );
    after
}

fn registered(plan: &Plan, found: &Found) -> Vec<Registered> {
    let now = |installation: &Installation| Registered {
        installation: installation.clone(),
        active: true,
        table_now: Some(installation.capture.table.clone()),
        suspended: None,
    };
    let mut after: Vec<Registered> = plan.installations().iter().map(now).collect();
    for before in &found.registered {
        let goes_on = |one: &Installation| {
            registered_for(&one.capture.table, found).is_some_and(|known| std::ptr::eq(known, before))
        };
        if !plan.installations().iter().any(goes_on) {
            let mut released = Registered { active: false, ..before.clone() };
            if let (true, Some(table)) = (before.active, &before.table_now) {
                released.installation.capture.table = table.clone();
            }
            after.push(released);
        }
    }
    after
}

/// What was tracked, as it can be tracked again: event tables keep the names and the events that they have by then.
fn earlier(found: &Found, above: &Found, dialect: &dyn Dialect) -> Vec<Installation> {
    let mut earlier = Vec::new();
    for before in found.registered.iter().filter(|one| one.active) {
        let Some(table) = &before.table_now else { continue };
        let mut installation = before.installation.clone();
        installation.capture.table = table.clone();
        let between = registered_for(table, above);
        if let Some(between) = between {
            let capture = &between.installation.capture;
            follow_renames(&mut installation.capture, capture, found);
            let known: Vec<EventTable> = installation.capture.readable_events().cloned().collect();
            let made =
                capture.readable_events().filter(|made| !known.iter().any(|one| one.is_called_like(made)));
            installation.capture.retired.extend(made.cloned());
        }
        let whole = between.filter(|one| one.active).is_some_and(|between| {
            between.installation.since == installation.since
                && above
                    .table(table)
                    .is_some_and(|there| goes_on(between, &installation.capture, there, above, dialect))
        });
        if !whole {
            // What was not recorded in between is not known: every row needs a first event again.
            installation.since = above.last_event_id;
            if installation.baseline != Baseline::None {
                installation.baseline = Baseline::Pending;
            }
        }
        earlier.push(installation);
    }
    earlier
}

fn follow_renames(before: &mut Capture, between: &Capture, found: &Found) {
    for events in &between.events {
        let Some(old) = old_name(events, between, found) else { continue };
        let Some(own) = before.events.iter_mut().find(|own| own.is_called_like(&old)) else { continue };
        own.name.clone_from(&events.name);
        own.schema.clone_from(&events.schema);
        let rules = before.rules.iter_mut().map(|rule| &mut rule.events);
        let names = rules.chain(before.manual.iter_mut().map(|rule| &mut rule.events));
        names.filter(|name| **name == old.name).for_each(|name| name.clone_from(&events.name));
    }
}

/// The event table as it was called, where the plan gives it another name.
fn old_name(events: &EventTable, capture: &Capture, found: &Found) -> Option<EventTable> {
    let before = registered_for(&capture.table, found);
    if found_events(events, before, found).is_some() {
        return None;
    }
    let before = before?;
    let (schema, name) = renamed_from(events, capture, &before.installation.capture)?;
    let old = EventTable { name, schema, ..events.clone() };
    found.event_tables.iter().any(|there| is(there, &old)).then_some(old)
}

fn is(there: &FoundEventTable, events: &EventTable) -> bool {
    there.name == events.name && there.schema == events.schema
}

/// The event table as it is after a plan: with all it should have, and what it had at its place in the list, if it was
/// there. It may have stood in another schema.
fn put(tables: &mut Vec<FoundEventTable>, at: Option<usize>, events: &EventTable, dialect: &dyn Dialect) {
    let mut there = at.map(|at| tables.remove(at)).unwrap_or_default();
    let wanted = events.columns.iter().map(|column| (column.name.clone(), column.event_type.clone()));
    let extra = events.extra.iter().map(|column| (column.name.clone(), column.sql_type.clone()));
    let wanted: Vec<(String, String)> = wanted.chain(extra).collect();
    there.columns.retain(|(name, _)| !wanted.iter().any(|(wanted, _)| wanted == name));
    there.columns.extend(wanted);
    there.own_columns.extend(dialect.own_columns(events));
    there.own_columns.sort();
    there.own_columns.dedup();
    there.name.clone_from(&events.name);
    there.schema.clone_from(&events.schema);
    there.partitioned = events.partition.is_some();
    tables.push(there);
}
