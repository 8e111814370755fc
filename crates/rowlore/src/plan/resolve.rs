//! Declarations against real tables: names become columns, defaults become rules.

use crate::capture::{Capture, EventTable, Filter, Installation, Rule};
use crate::declare::check::{CheckedTracker, Declarations, Declared, OWN_PREFIX};
use crate::declare::{Columns, Condition, Image, Operation, Origin, Unchanged};
use crate::engine::Dialect;
use crate::found::{Baseline, Found, FoundTable, Registered, TableKind};
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
                .filter(|ours| other.events.iter().any(|theirs| theirs.name == ours.name))
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
        let was = &before.installation.capture.partitions;
        capture.partitions.iter().any(|partition| !was.contains(partition))
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
fn goes_on(
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
    // A renamed table takes its event table along.
    let recorded =
        found.event_tables.iter().find(|events| events.name == now.name || events.name == then.name);
    let Some(recorded) = recorded else { return false };
    let same_table = before.table_now.as_ref() == Some(&capture.table);
    let known = now.columns.iter().all(|column| {
        match then.columns.iter().find(|old| old.name == column.name) {
            Some(old) => {
                old.event_type == column.event_type
                    || (!now.key.contains(&column.name)
                        && dialect.widens(&old.event_type, &column.event_type))
            }
            // Added to the table just now, and null in every row so far; not one that was left out until now.
            None => {
                !recorded.columns.iter().any(|(name, _)| *name == column.name)
                    && !was.columns.iter().any(|old| old.name == column.name)
                    && !table.defaults.contains(&column.name)
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
        let mut rules = Vec::new();
        for tracker in &self.declared.trackers {
            self.expression(tracker);
            for operation in &tracker.operations {
                rules.push(self.rule(tracker, *operation, &key));
            }
        }
        let mut capture = Capture {
            table: self.table.name.clone(),
            partitions: self.table.partitions.clone(),
            columns,
            key,
            unchanged: self.declared.unchanged,
            rules,
            events: Vec::new(),
            retired: Vec::new(),
        };
        capture.events = event_tables(&capture);
        capture.retired = self.retired(&capture);
        capture
    }

    /// Event tables of the last apply that no rule records into any more.
    fn retired(&self, capture: &Capture) -> Vec<EventTable> {
        let Some(before) = registered_for(&capture.table, self.found) else { return Vec::new() };
        let was = &before.installation.capture;
        let there =
            |events: &&EventTable| self.found.event_tables.iter().any(|found| found.name == events.name);
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
        self.known(tracker.columns.named(), &tracker.origin);
        let recordable = self.table.columns.iter().filter(|column| column.recordable);
        let recorded: Vec<String> = recordable
            .map(|column| column.name.clone())
            .filter(|name| key.contains(name) || tracker.columns.includes(name))
            .collect();
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
            events: tracker.events.clone().unwrap_or_else(|| default_events(&self.table.name, self.found)),
        }
    }

    fn filter(
        &mut self,
        tracker: &CheckedTracker,
        operation: Operation,
        recorded: &[String],
        key: &[String],
    ) -> Filter {
        let mut filter = Filter::default();
        if let Some(Condition::When(expression)) = &tracker.condition {
            filter.when = Some(expression.clone());
        }
        if operation != Operation::Update {
            return filter;
        }
        let all: Vec<String> = self.every_column();
        match &tracker.condition {
            Some(Condition::AnyChanged(columns)) => {
                filter.any_changed = Some(self.chosen(columns, &tracker.origin))
            }
            Some(Condition::AllChanged(columns)) => {
                filter.all_changed = self.chosen(columns, &tracker.origin)
            }
            Some(Condition::AnyUnchanged(columns)) => {
                filter.any_unchanged = Some(self.chosen(columns, &tracker.origin))
            }
            Some(Condition::AllUnchanged(columns)) => {
                filter.all_unchanged = self.chosen(columns, &tracker.origin)
            }
            Some(Condition::When(_)) | None => {}
        }
        if filter.any_changed.is_some() || !filter.all_changed.is_empty() {
            return filter;
        }
        // No condition that asks for a change: leave out what `unchanged` says. A rule without a condition looks at
        // what it records; one with a condition of its own may fire on columns that it does not record.
        let only_key = recorded.iter().all(|name| key.contains(name));
        let looked_at = if tracker.condition.is_some() || only_key { all.clone() } else { recorded.to_vec() };
        match self.declared.unchanged {
            Unchanged::Record => {}
            Unchanged::Suppress if looked_at == all => {}
            Unchanged::Skip | Unchanged::Suppress => filter.any_changed = Some(looked_at),
        }
        filter
    }

    fn chosen(&mut self, columns: &Columns, origin: &Origin) -> Vec<String> {
        self.known(columns.named(), origin);
        self.every_column().into_iter().filter(|name| columns.includes(name)).collect()
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
        let ours = |refused: &&crate::found::RefusedExpression| {
            refused.table.or_schema(&self.found.default_schema) == self.table.name
                && refused.expression == *expression
        };
        if let Some(refused) = self.found.refused.iter().find(ours) {
            let message = format!("the database does not take `when`: {}", refused.reason);
            let hint = "write an SQL expression over old.<column> and new.<column>; an insert has no old, a delete no new";
            self.problems.push(Problem::new(&tracker.origin, message).hint(hint));
        }
    }
}

/// `books_event`, or `shop_books_event` for a table outside the default schema.
pub(super) fn default_events(table: &TableName, found: &Found) -> String {
    let in_default = table.schema == found.default_schema;
    let stem = if in_default { table.name.clone() } else { format!("{}_{}", table.schema, table.name) };
    shortened(&stem, "_event")
}

fn event_tables(capture: &Capture) -> Vec<EventTable> {
    let mut names: Vec<&str> = Vec::new();
    for rule in &capture.rules {
        if !names.contains(&rule.events.as_str()) {
            names.push(&rule.events);
        }
    }
    names.into_iter().map(|name| event_table(capture, name)).collect()
}

fn event_table(capture: &Capture, name: &str) -> EventTable {
    let rules: Vec<&Rule> = capture.rules.iter().filter(|rule| rule.events == name).collect();
    let recorded = |column: &str| rules.iter().any(|rule| rule.columns.iter().any(|name| name == column));
    let columns: Vec<_> = capture.columns.iter().filter(|column| recorded(&column.name)).cloned().collect();
    let complete = Operation::ALL.iter().all(|operation| {
        rules.iter().any(|rule| {
            rule.operation == *operation && rule.columns.len() == columns.len() && sees_every_change(rule)
        })
    });
    EventTable { name: name.to_owned(), columns, key: capture.key.clone(), complete }
}

fn sees_every_change(rule: &Rule) -> bool {
    let all_of_its_columns =
        |looked_at: &Vec<String>| rule.columns.iter().all(|name| looked_at.contains(name));
    let filter = &rule.filter;
    let right_image = rule.operation != Operation::Update || rule.image == Image::New;
    right_image
        && filter.any_changed.as_ref().is_none_or(all_of_its_columns)
        && Filter { any_changed: None, ..filter.clone() }.is_open()
}
