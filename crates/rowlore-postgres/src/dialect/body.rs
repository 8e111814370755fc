//! The body of a capture function: which rows go through which rule's insert.

use rowlore::capture::{Capture, EventTable, Installation, Rule};
use rowlore::declare::{Image, Operation};
use rowlore::engine::Object;
use rowlore::found::{Baseline, Compare};
use rowlore::{quote_name, quote_text};

use super::record::{Place, record, record_baseline};
use super::{SAFE_PATH, catalogue, function};
use crate::template::fill;

/// The body of a capture function while it is put together.
pub(super) struct Body<'a> {
    installation: &'a Installation,
    operation: Operation,
    pub(super) records: String,
    /// Whether several rules share one moment, so that their events can be seen to tell of the same statement.
    shares_moment: bool,
    pairs_many: bool,
    has_baseline: bool,
    /// Whether it reads the table itself, where a policy could hide rows.
    pub(super) reads_table: bool,
    /// Whether it looks an operator up: for `is distinct from`, or for an expression of the user's.
    compares: bool,
    /// Where a suspension is looked for.
    suspension: Suspension<'a>,
}

/// Where a capture function looks whether its rules are suspended. In everyday life that is one look at a setting.
enum Suspension<'a> {
    /// Once at the top: all its rules have this label.
    OfAll(&'a str),
    /// For each of these labels: what stands in a variable then is looked at by each statement that records.
    OfEach(Vec<&'a str>),
}

impl<'a> Body<'a> {
    pub(super) fn new(installation: &'a Installation, operation: Operation) -> Self {
        let rules = || installation.capture.rules_on(operation);
        let suspension = suspension(installation, operation);
        Self {
            installation,
            operation,
            records: String::new(),
            shares_moment: rules().count() > 1,
            pairs_many: false,
            has_baseline: false,
            reads_table: false,
            compares: rules().any(|rule| !rule.filter.is_open() || has_values(&installation.capture, rule)),
            suspension,
        }
    }

    /// What must hold for a rule of this label to record, where that was not decided at the top.
    fn unless_suspended(&self, label: &str) -> Option<String> {
        let Suspension::OfEach(labels) = &self.suspension else { return None };
        let place = labels.iter().position(|known| *known == label)? + 1;
        Some(format!("rl.suspended[{place}] is not true"))
    }

    /// Every rule's insert, from the same rows.
    pub(super) fn record_all(&mut self, rules: &[&Rule], from: &str) {
        let records: String = rules.iter().map(|rule| self.record(rule, from, None)).collect();
        self.records.push_str(&records);
    }

    /// The old image of rows without an event, if the baseline still lacks some.
    pub(super) fn record_baseline(&mut self, from: &str, filter: &[String]) {
        if let Some(events) = baseline_events(self.installation) {
            self.has_baseline = true;
            let mut rules = self.installation.capture.rules_on(self.operation);
            let rule = rules.find(|rule| rule.events == events.name);
            let mut filter = filter.to_vec();
            filter.extend(rule.and_then(|rule| self.unless_suspended(&rule.label)));
            self.records.push_str(&record_baseline(self.installation, events, from, &filter));
        }
    }

    /// One row needs no join to pair old with new; many are paired by their place.
    pub(super) fn record_updates(&mut self, rules: &[&Rule]) {
        self.pairs_many = true;
        let guard = (rules.len() == 1).then_some("not exists (select from rl_new offset 1)");
        let one: String = rules.iter().map(|rule| self.record(rule, ONE.trim_end(), guard)).collect();
        let many: String = rules.iter().map(|rule| self.record(rule, PAIRS.trim_end(), None)).collect();
        let mut many = fill(include_str!("../../sql/tracked/record_many.sql"), &[("records", &many)]);
        if let [rule] = rules
            && rule.filter.is_open()
            && rule.image == Image::New
            && self.installation.capture.event_table(&rule.events).is_some_and(|events| events.key.is_empty())
        {
            // Nobody asks which row it was: the new rows say all.
            many = self.record_many(rule, NEW_ROWS, None);
        } else if let ([rule], Some(keys)) = (rules, self.keys_hash())
            && rule.filter.is_open()
            && rule.image == Image::New
        {
            let unpaired = self.record_many(rule, NEW_ROWS, None);
            let values = [("old_keys", &*keys("old")), ("new_keys", &keys("new")), ("unpaired", &unpaired)];
            let template = include_str!("../../sql/tracked/record_unpaired.sql");
            many = fill(template, &[values.as_slice(), &[("paired", &many)]].concat());
        }
        let template = match rules.len() {
            1 => include_str!("../../sql/tracked/record_update.sql"),
            _ => include_str!("../../sql/tracked/record_updates.sql"),
        };
        self.records.push_str(&fill(template, &[("one", &one), ("many", &many)]));
    }

    /// A hash over the key of a row, for keys whose types have one.
    fn keys_hash(&self) -> Option<impl Fn(&str) -> String> {
        let key = crate::key::columns(&self.installation.capture);
        let names: Vec<String> = key.iter().map(|(name, _)| quote_name(name)).collect();
        // A number is hashed at a fraction of what a row of it costs.
        let number = match key.as_slice() {
            [(_, "bigint")] => Some("hashint8extended"),
            [(_, "integer")] => Some("hashint4extended"),
            [(_, "uuid")] => Some("uuid_hash_extended"),
            _ => None,
        };
        key.iter().all(|(_, kind)| HASHABLE.contains(kind)).then_some(move |side: &str| {
            let columns: Vec<String> = names.iter().map(|name| format!("{side}.{name}")).collect();
            match number {
                Some(function) => format!("pg_catalog.{function}({}, 0)", columns.join(", ")),
                None => format!("pg_catalog.hash_record_extended(row({}), 0)", columns.join(", ")),
            }
        })
    }

    /// Before all that, where partitions are: a row that moves to a partition whose own trigger refuses it is gone, and
    /// the places of old and new rows do not match. Then the key pairs them, and what has no new row was deleted.
    pub(super) fn record_lost(&mut self, rules: &[&Rule]) {
        let capture = &self.installation.capture;
        let same = |name: &String| format!("old.{0} operator(pg_catalog.=) new.{0}", quote_name(name));
        let same_key = capture.key.iter().map(same).collect::<Vec<_>>().join(" and ");
        let pairs = format!("rl_old as old join rl_new as new on {same_key}");
        let gone = format!("not exists (select from rl_new as new where {same_key})");
        let updates: String = rules.iter().map(|rule| self.record_many(rule, &pairs, None)).collect();
        let deletes = capture.rules_on(Operation::Delete);
        let deletes: String =
            deletes.map(|rule| self.record_many(rule, "rl_old as old", Some(&gone))).collect();
        let values = [("lost", &*format!("{updates}{deletes}")), ("records", &self.records)];
        self.records = fill(include_str!("../../sql/tracked/record_lost.sql"), &values);
    }

    fn record(&self, rule: &Rule, from: &str, guard: Option<&str>) -> String {
        // With a guard there is one row at the most: what it needs is evaluated once, and only if there is one.
        self.record_at(rule, from, guard, guard.is_none())
    }

    fn record_many(&self, rule: &Rule, from: &str, guard: Option<&str>) -> String {
        self.record_at(rule, from, guard, true)
    }

    fn record_at(&self, rule: &Rule, from: &str, guard: Option<&str>, many: bool) -> String {
        let capture = &self.installation.capture;
        // Its event table is always among those of the capture.
        let Some(events) = capture.event_table(&rule.events) else { return String::new() };
        let at = if self.shares_moment { "rl.at" } else { "(select pg_catalog.clock_timestamp())" };
        let guards: Vec<String> =
            self.unless_suspended(&rule.label).into_iter().chain(guard.map(str::to_owned)).collect();
        record(capture, events, rule, &Place { from, guards: &guards, at, many })
    }

    /// The whole function.
    pub(super) fn function(&self, name: &str) -> Object {
        let mut variables = String::new();
        if self.shares_moment {
            variables.push_str("  at pg_catalog.timestamptz := pg_catalog.clock_timestamp();\n");
        }
        if matches!(self.suspension, Suspension::OfEach(_)) {
            variables.push_str("  suspended boolean[];\n");
        }
        if self.pairs_many {
            variables.push_str("  jit pg_catalog.text;\n");
        }
        let declare = if variables.is_empty() { variables } else { format!("<<rl>>\ndeclare\n{variables}") };
        let trackers = |label: &str| trackers(&self.installation.capture, label);
        let suspended = match &self.suspension {
            Suspension::OfAll(label) => {
                let template = include_str!("../../sql/tracked/suspended.sql");
                fill(template, &[("trackers", &trackers(label))])
            }
            Suspension::OfEach(labels) => {
                let each = labels.iter().map(|label| format!("rowlore.suspends({})", trackers(label)));
                let each = each.collect::<Vec<_>>().join(", ");
                fill(include_str!("../../sql/tracked/suspended_each.sql"), &[("each", &each)])
            }
        };
        let values =
            [("declare", &*declare), ("suspended", &suspended), ("records", self.records.trim_end())];
        let body = fill(include_str!("../../sql/tracked/capture_rows.sql"), &values);
        let mut settings = Vec::new();
        if self.compares {
            settings.push(SAFE_PATH);
        }
        if self.installation.capture.columns.iter().any(|column| column.compare == Compare::Text) {
            settings.push(EXACT_FLOATS);
        }
        if self.has_baseline || self.reads_table {
            settings.push(ALL_ROWS);
        }
        if self.has_baseline {
            settings.push(INDEX_ALWAYS);
        }
        let set: String = settings.iter().map(|(name, value)| format!("\n  set {name} = {value}")).collect();
        let quote = dollar_quotes(&body);
        let values =
            [("function", &*quote_name(name)), ("settings", &set), ("quote", &quote), ("body", &body)];
        let sql = fill(include_str!("../../sql/tracked/capture_function.sql"), &values);
        function(name, sql, true, &catalogue(&settings), &body)
    }
}

fn suspension(installation: &Installation, operation: Operation) -> Suspension<'_> {
    let capture = &installation.capture;
    let partitioned = !capture.partitions.is_empty();
    // A row that is lost on its way to another partition is recorded as a delete.
    let lost = capture.rules_on(Operation::Delete).filter(|_| partitioned && operation == Operation::Update);
    let mut labels: Vec<&str> = Vec::new();
    for rule in capture.rules_on(operation).chain(lost) {
        if !labels.contains(&rule.label.as_str()) {
            labels.push(&rule.label);
        }
    }
    // The truncate of a partitioned table also silences its partitions, whatever it records itself.
    let silences = partitioned && operation == Operation::Truncate;
    match labels.as_slice() {
        [label] if !silences => Suspension::OfAll(label),
        _ => Suspension::OfEach(labels),
    }
}

/// The trackers of a label as `rowlore.suspends` is asked for them.
fn trackers(capture: &Capture, label: &str) -> String {
    let table = quote_text(&capture.table.to_string());
    let labelled = quote_text(&format!("{}:{label}", capture.table));
    format!("array[{table}, {labelled}]")
}

/// While the baseline is pending, the first plan of a session may see an empty event table: it must be an index
/// that is asked for each row all the same, or the cost of a statement would grow with the square of its rows.
const INDEX_ALWAYS: (&str, &str) = ("enable_seqscan", "off");

/// Where texts are compared: a caller who wants few digits must not hide a change.
const EXACT_FLOATS: (&str, &str) = ("extra_float_digits", "1");

/// Where the table itself is read: a policy that hides rows must be an error, not an event less.
const ALL_ROWS: (&str, &str) = ("row_security", "off");

/// New rows alone: of an insert, or of updates whose keys are known to be the same.
pub(super) const NEW_ROWS: &str = "rl_new as new";

/// Types that PostgreSQL can hash, of those that keys are made of.
const HASHABLE: [&str; 14] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "text",
    "character varying",
    "bpchar",
    "uuid",
    "bytea",
    "boolean",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
    "inet",
];

/// Old and new row of an update of one row.
const ONE: &str = include_str!("../../sql/tracked/one.sql");

/// Old and new rows of an update, paired by their place.
pub(super) const PAIRS: &str = include_str!("../../sql/tracked/pairs.sql");

/// Whether expressions of the user's give values to extra columns of its events.
fn has_values(capture: &Capture, rule: &Rule) -> bool {
    capture
        .event_table(&rule.events)
        .is_some_and(|events| events.extra.iter().any(|extra| extra.value.is_some()))
}

/// Dollar quotes that do not stand in the text.
pub(super) fn dollar_quotes(text: &str) -> String {
    let tag = |number: u32| if number == 1 { "$rowlore$".to_owned() } else { format!("$rowlore_{number}$") };
    (1..).map(tag).find(|tag| !text.contains(tag)).unwrap_or_else(|| tag(1))
}

/// The event table that still lacks rows from before the tracking.
pub(super) fn baseline_events(installation: &Installation) -> Option<&EventTable> {
    let pending = installation.baseline == Baseline::Pending;
    installation.capture.complete_events().filter(|_| pending)
}
