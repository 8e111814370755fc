//! Declarations against real tables: names become columns, defaults become rules.

mod events;

mod filter;

use crate::capture::{Capture, EventTable, Installation, ManualRule, Rule};
use crate::declare::check::{CheckedTracker, Declarations, Declared, OWN_PREFIX};
use crate::declare::{Condition, Events, Image, Operation, Origin};
use crate::engine::Dialect;
use crate::found::{Baseline, Found, FoundEventTable, FoundTable, Registered, TableKind};
use crate::problem::{Problem, Problems};
use crate::{TableName, shortened};

/// Every declared table, resolved, with what the person should know.
pub(super) struct Resolved {
    pub(super) installations: Vec<Installation>,
    pub(super) notes: Vec<String>,
}

pub(super) fn resolve(
    declarations: &Declarations,
    found: &Found,
    dialect: &dyn Dialect,
) -> Result<Resolved, Problems> {
    let mut problems = Vec::new();
    let mut resolved = Resolved { installations: Vec::new(), notes: Vec::new() };
    for declared in declarations.iter() {
        let Some(table) = find_table(declared, found, &mut problems) else { continue };
        let capture = Resolver { declared, table, found, problems: &mut problems }.capture();
        for reason in dialect.refuses(&capture) {
            problems.push(Problem::new(&declared.origin, format!("{}: {reason}", table.name)));
        }
        for other in resolved.installations.iter().map(|other: &Installation| &other.capture) {
            for events in capture
                .events
                .iter()
                .filter(|ours| other.events.iter().any(|theirs| theirs.is_called_like(ours)))
            {
                let message =
                    format!("{} and {} both want the event table {}", other.table, table.name, events.name);
                problems
                    .push(Problem::new(&declared.origin, message).hint("give one of them `events = \"…\"`"));
            }
        }
        for column in table.columns.iter().filter(|column| !column.recordable) {
            let why = "the database gives no value for it to a trigger";
            resolved.notes.push(format!("{}: column {} is not recorded: {why}", table.name, column.name));
        }
        for note in &table.notes {
            resolved.notes.push(format!("{}: {note}", table.name));
        }
        resolved.installations.push(installation(declared, capture, table, found, dialect));
    }
    Problems::unless(problems, resolved)
}

fn find_table<'a>(
    declared: &Declared,
    found: &'a Found,
    problems: &mut Vec<Problem>,
) -> Option<&'a FoundTable> {
    let name = declared.table.or_schema(&found.default_schema);
    let mut refuse = |message: String, hint: &str| {
        problems.push(Problem::new(&declared.origin, message).hint(hint));
    };
    let Some(table) = found.table(&name) else {
        let known: Vec<String> = found.tables.iter().map(|table| table.name.to_string()).collect();
        let bare: Vec<&str> = found.tables.iter().map(|table| table.name.name.as_str()).collect();
        let problem = Problem::new(&declared.origin, format!("there is no table {name}"));
        let problem = match crate::nearest(&name.name, bare) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.suggest(&name.to_string(), known.iter().map(String::as_str)),
        };
        problems.push(problem);
        return None;
    };
    match table.kind {
        TableKind::Table | TableKind::Partitioned => Some(table),
        TableKind::Partition => {
            refuse(
                format!("{name} is a partition"),
                "declare the partitioned table; its partitions are tracked with it",
            );
            None
        }
        TableKind::View => {
            refuse(format!("{name} is a view: nothing is written to it"), "declare the tables behind it");
            None
        }
        TableKind::Foreign => {
            let why = "its rows can change where no trigger sees it";
            refuse(
                format!("{name} is a foreign or virtual table: {why}"),
                "track it where its rows are kept",
            );
            None
        }
    }
}

fn installation(
    declared: &Declared,
    capture: Capture,
    table: &FoundTable,
    found: &Found,
    dialect: &dyn Dialect,
) -> Installation {
    let before = registered_for(&capture.table, found).filter(|before| before.active);
    let continued = before.filter(|before| goes_on(before, &capture, table, found, dialect));
    // Rows that came with a partition have no event yet, and all others have theirs.
    let came_along = |before: &Registered| {
        let was = &before.installation.capture;
        let mut rows_of = capture.partitions.iter().chain(&capture.children);
        rows_of.any(|table| !was.partitions.contains(table) && !was.children.contains(table))
    };
    let baseline = match continued.map(|before| before.installation.baseline) {
        Some(Baseline::Done) if continued.is_some_and(came_along) => Baseline::Pending,
        Some(state @ (Baseline::Pending | Baseline::Done)) => state,
        _ if declared.baseline && capture.complete_events().is_some() => Baseline::Pending,
        _ => Baseline::None,
    };
    let since = continued.map_or(found.last_event_id, |before| before.installation.since);
    Installation { capture, baseline, since }
}

/// Whether what was recorded since the tracking began still says all about the table: else every row needs a new
/// baseline, or its past would be answered wrongly.
pub(super) fn goes_on(
    before: &Registered,
    capture: &Capture,
    table: &FoundTable,
    found: &Found,
    dialect: &dyn Dialect,
) -> bool {
    let was = &before.installation.capture;
    let (Some(then), Some(now)) = (was.complete_events(), capture.complete_events()) else {
        return was.complete_events().is_none() && capture.complete_events().is_none();
    };
    if before.suspended.is_some() {
        return false;
    }
    // A renamed table takes its event table along.
    let recorded = found_events(now, Some(before), found).or_else(|| found_events(then, None, found));
    let Some(recorded) = recorded else { return false };
    let same_table = before.table_now.as_ref() == Some(&capture.table);
    let gone = then.columns.iter().any(|old| !table.columns.iter().any(|column| column.name == old.name));
    let known = now.columns.iter().all(|column| {
        match then.columns.iter().find(|old| old.name == column.name) {
            Some(old) => {
                old.event_type == column.event_type
                    || (!now.key.contains(&column.name)
                        && dialect.widens(&old.event_type, &column.event_type))
            }
            // Added to the table since, and null in every row so far; not one that was left out until now, nor one
            // that may have had another name.
            None => {
                !gone
                    && !recorded.columns.iter().any(|(name, _)| *name == column.name)
                    && !was.columns.iter().any(|old| old.name == column.name)
                    && !table.filled.contains(&column.name)
            }
        }
    });
    same_table && then.key == now.key && known
}

/// What was written down about the table that bears this name today.
pub(super) fn registered_for<'a>(table: &TableName, found: &'a Found) -> Option<&'a Registered> {
    let by_table = found.registered.iter().find(|registered| registered.table_now.as_ref() == Some(table));
    by_table.or_else(|| {
        let gone = |registered: &&Registered| registered.table_now.is_none();
        found
            .registered
            .iter()
            .filter(gone)
            .find(|registered| registered.installation.capture.table == *table)
    })
}

/// The event table as it is there: in its schema, or in the one that it had at the last apply.
pub(super) fn found_events<'a>(
    events: &EventTable,
    before: Option<&Registered>,
    found: &'a Found,
) -> Option<&'a FoundEventTable> {
    let there = |schema: &Option<String>| {
        found.event_tables.iter().find(|there| there.name == events.name && there.schema == *schema)
    };
    let was = || before?.installation.capture.readable_events().find(|was| was.name == events.name);
    there(&events.schema).or_else(|| there(&was()?.schema))
}

struct Resolver<'a> {
    declared: &'a Declared,
    table: &'a FoundTable,
    found: &'a Found,
    problems: &'a mut Vec<Problem>,
}

impl Resolver<'_> {
    fn capture(&mut self) -> Capture {
        let columns: Vec<_> = self.table.columns.iter().filter(|column| column.recordable).cloned().collect();
        for column in columns.iter().filter(|column| column.name.starts_with(OWN_PREFIX)) {
            let message = format!("column `{}` of {} has rowlore's own prefix", column.name, self.table.name);
            let hint = format!("rename it, or leave it out: except = [\"{}\"]", column.name);
            if self.declared.trackers.iter().any(|tracker| tracker.columns.includes(&column.name)) {
                self.problems.push(Problem::new(&self.declared.origin, message).hint(hint));
            }
        }
        let key = self.key();
        let (mut rules, mut manual) = (Vec::new(), Vec::new());
        for tracker in &self.declared.trackers {
            self.expression(tracker);
            if tracker.manual {
                manual.push(self.manual(tracker, &key));
            }
            for operation in &tracker.operations {
                rules.push(self.rule(tracker, *operation, &key));
            }
        }
        let mut capture = Capture {
            table: self.table.name.clone(),
            partitions: self.table.partitions.clone(),
            children: self.table.children.clone(),
            inherits: self.table.inherits,
            columns,
            key,
            unchanged: self.declared.unchanged,
            rules,
            manual,
            foreign_keys: self.table.foreign_keys.clone(),
            links: self.declared.links.clone(),
            events: Vec::new(),
            retired: Vec::new(),
        };
        self.links();
        capture.events = self.event_tables(&capture);
        capture.retired = self.retired(&capture);
        capture
    }

    /// A link leads to one row by one column, so that its events can be found by the key of that row.
    fn links(&mut self) {
        let origin = &self.declared.origin;
        self.known(&self.declared.links, origin);
        let single = |name: &String| {
            self.table.foreign_keys.iter().any(|foreign| foreign.columns == std::slice::from_ref(name))
        };
        for name in self.declared.links.iter().filter(|name| !single(name)) {
            let message = format!("column `{name}` of {} is no foreign key of its own", self.table.name);
            let hint = "a link is a column that references the key of another table";
            let known = self.table.columns.iter().any(|column| column.name == *name);
            if known {
                self.problems.push(Problem::new(origin, message).hint(hint));
            }
        }
    }

    /// Event tables of the last apply that no rule records into any more.
    fn retired(&self, capture: &Capture) -> Vec<EventTable> {
        let Some(before) = registered_for(&capture.table, self.found) else { return Vec::new() };
        let was = &before.installation.capture;
        let there = |events: &&EventTable| {
            let mut found = self.found.event_tables.iter();
            found.any(|found| found.name == events.name && found.schema == events.schema)
        };
        // One that is put into another schema goes on there.
        let unused = |events: &&EventTable| !capture.events.iter().any(|now| now.name == events.name);
        // A renamed table takes the event tables named after it along.
        let follows = |events: &&EventTable| was.table == capture.table || !was.events.contains(events);
        was.readable_events().filter(there).filter(unused).filter(follows).cloned().collect()
    }

    fn key(&mut self) -> Vec<String> {
        let declared = self.declared;
        if declared.key.is_empty() && self.table.primary_key.is_empty() {
            let message = format!("{} has no primary key, so its rows have no identity", self.table.name);
            let hint = "add a primary key, or name the columns that identify a row: key = [\"…\"]";
            self.problems.push(Problem::new(&declared.origin, message).hint(hint));
        }
        self.known(&declared.key, &declared.origin);
        if declared.key.is_empty() { self.table.primary_key.clone() } else { declared.key.clone() }
    }

    fn rule(&mut self, tracker: &CheckedTracker, operation: Operation, key: &[String]) -> Rule {
        let recorded = self.recorded(tracker, key);
        let image = match operation {
            Operation::Insert | Operation::Truncate => Image::New,
            Operation::Delete => Image::Old,
            Operation::Update => tracker.image.unwrap_or(Image::New),
        };
        Rule {
            operation,
            label: tracker.label.clone().unwrap_or_else(|| operation.name().to_owned()),
            image,
            filter: self.filter(tracker, operation, &recorded, key),
            columns: recorded,
            events: self.events_name(tracker),
        }
    }

    fn manual(&mut self, tracker: &CheckedTracker, key: &[String]) -> ManualRule {
        ManualRule {
            label: tracker.label.clone().unwrap_or_default(),
            columns: self.recorded(tracker, key),
            events: self.events_name(tracker),
        }
    }

    /// The columns it records, in the table's order: with the key, where the event table wants to know it.
    fn recorded(&mut self, tracker: &CheckedTracker, key: &[String]) -> Vec<String> {
        self.known(tracker.columns.named(), &tracker.origin);
        self.known(&tracker.ignore, &tracker.origin);
        let keyed = self.settings(&self.events_name(tracker)).is_none_or(|events| events.key);
        let recordable = self.table.columns.iter().filter(|column| column.recordable);
        recordable
            .map(|column| column.name.clone())
            .filter(|name| (keyed && key.contains(name)) || tracker.columns.includes(name))
            .collect()
    }

    fn events_name(&self, tracker: &CheckedTracker) -> String {
        tracker.events.clone().unwrap_or_else(|| default_events(&self.table.name, self.found))
    }

    /// The settings declared for the event table of that name.
    fn settings(&self, name: &str) -> Option<&Events> {
        let main = default_events(&self.table.name, self.found);
        self.declared.events.iter().find(|events| events.name.as_deref().unwrap_or(&main) == name)
    }

    fn every_column(&self) -> Vec<String> {
        let recordable = self.table.columns.iter().filter(|column| column.recordable);
        recordable.map(|column| column.name.clone()).collect()
    }

    fn known(&mut self, names: &[String], origin: &Origin) {
        for name in names {
            if !self.table.columns.iter().any(|column| column.name == *name) {
                let known = self.table.columns.iter().map(|column| column.name.as_str());
                let problem = Problem::new(origin, format!("{} has no column `{name}`", self.table.name));
                let problem = problem.suggest(name, known);
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
            }
        }
    }

    fn expression(&mut self, tracker: &CheckedTracker) {
        let Some(Condition::When(expression)) = &tracker.condition else { return };
        if let Some(reason) = self.refused(expression) {
            let message = format!("the database does not take `when`: {reason}");
            let hint = "write an SQL expression over old.<column> and new.<column>; an insert has no old, a delete no new";
            self.problems.push(Problem::new(&tracker.origin, message).hint(hint));
        }
    }

    /// Why the database does not take an expression, if it does not.
    fn refused(&self, expression: &str) -> Option<String> {
        let ours = |refused: &&crate::found::RefusedExpression| {
            refused.table.or_schema(&self.found.default_schema) == self.table.name
                && refused.expression == *expression
        };
        self.found.refused.iter().find(ours).map(|refused| refused.reason.clone())
    }
}

/// `books_event`, or `shop_books_event` for a table outside the default schema.
pub(super) fn default_events(table: &TableName, found: &Found) -> String {
    let in_default = table.schema == found.default_schema;
    let stem = if in_default { table.name.clone() } else { format!("{}_{}", table.schema, table.name) };
    shortened(&stem, "_event")
}
