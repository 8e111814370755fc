//! The functions and triggers that capture a table's changes: one statement-level trigger an operation, all rules in
//! one body, column lists and key baked in.

use rowlore::capture::{Capture, EventTable, Filter, Installation, Rule};
use rowlore::declare::{Image, Operation, Unchanged};
use rowlore::engine::Object;
use rowlore::found::{Baseline, Compare, FoundColumn};
use rowlore::{TableName, fingerprint, quote_name, quote_text, shortened};

use super::{SAFE_PATH, catalogue, function, table_sql, tgtype, trigger};
use crate::template::fill;

pub(super) fn objects(installation: &Installation) -> Vec<Object> {
    let capture = &installation.capture;
    let mut objects = Vec::new();
    for operation in Operation::ALL {
        if capture.rules_on(operation).next().is_some() {
            objects.push(capture_function(installation, operation));
            objects.push(capture_trigger(capture, &capture.table, operation));
            // What is addressed to a partition does not fire the triggers of its parent.
            if operation != Operation::Truncate {
                objects.extend(capture.partitions.iter().map(|one| capture_trigger(capture, one, operation)));
            }
        }
    }
    if !capture.partitions.is_empty() {
        objects.extend(super::partition::objects(installation));
    }
    if capture.unchanged == Unchanged::Suppress {
        objects.push(suppress_trigger(&capture.table));
    }
    objects
}

/// The name of the capture function of a table: outside `public` with a fingerprint, since `a_b.c` and `a.b_c` would
/// read the same.
pub(super) fn function_name(table: &TableName, what: &str) -> String {
    let stem = match table.schema.as_str() {
        "public" => format!("capture_{}", table.name),
        schema => {
            let exact = fingerprint(&format!("{schema}\0{}", table.name));
            format!("capture_{schema}_{}_{}", table.name, &exact[24..])
        }
    };
    shortened(&stem, &format!("_{what}"))
}

fn capture_function(installation: &Installation, operation: Operation) -> Object {
    let (capture, pending) = (&installation.capture, baseline_events(installation));
    let mut body = Body::new(installation, operation);
    let rules: Vec<&Rule> = capture.rules_on(operation).collect();
    match operation {
        Operation::Insert => body.record_all(&rules, "rl_new as new"),
        Operation::Update => {
            // A baseline only of rows whose update is recorded: the others keep what they have.
            let complete = rules.iter().find(|rule| pending.is_some_and(|events| events.name == rule.events));
            let filter = complete.map(|rule| filter_sql(capture, &rule.filter)).unwrap_or_default();
            body.record_baseline(PAIRS.trim_end(), &filter);
            body.record_updates(&rules);
            if !capture.partitions.is_empty() {
                body.record_lost(&rules);
            }
        }
        Operation::Delete => {
            body.record_baseline("rl_old as old", &[]);
            body.record_all(&rules, "rl_old as old");
        }
        Operation::Truncate => {
            // Before the truncate: what has no event yet would be lost with its only copy.
            body.reads_table = pending.is_some();
            body.record_baseline(&format!("{} as old", table_sql(&capture.table)), &[]);
            if !capture.partitions.is_empty() {
                body.records.push_str(super::partition::MARK_TRUNCATE);
            }
            body.record_all(&rules, "(values (true)) as rl_one");
        }
    }
    body.function(&function_name(&capture.table, operation.name()))
}

/// The body of a capture function while it is put together.
pub(super) struct Body<'a> {
    installation: &'a Installation,
    pub(super) records: String,
    /// Whether several rules share one moment, so that their events can be seen to tell of the same statement.
    shares_moment: bool,
    pairs_many: bool,
    has_baseline: bool,
    /// Whether it reads the table itself, where a policy could hide rows.
    pub(super) reads_table: bool,
    /// Whether a `when` of the user's is in it, whose names may lack their schema.
    has_expression: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(installation: &'a Installation, operation: Operation) -> Self {
        let rules = || installation.capture.rules_on(operation);
        Self {
            installation,
            records: String::new(),
            shares_moment: rules().count() > 1,
            pairs_many: false,
            has_baseline: false,
            reads_table: false,
            has_expression: rules().any(|rule| rule.filter.when.is_some()),
        }
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
            self.records.push_str(&record_baseline(self.installation, events, from, filter));
        }
    }

    /// One row needs no join to pair old with new; many are paired by their place.
    fn record_updates(&mut self, rules: &[&Rule]) {
        self.pairs_many = true;
        let guard = (rules.len() == 1).then_some("not exists (select from rl_new offset 1)");
        let one: String = rules.iter().map(|rule| self.record(rule, ONE.trim_end(), guard)).collect();
        let many: String = rules.iter().map(|rule| self.record(rule, PAIRS.trim_end(), None)).collect();
        let many = fill(include_str!("../../sql/tracked/record_many.sql"), &[("records", &many)]);
        let template = match rules.len() {
            1 => include_str!("../../sql/tracked/record_update.sql"),
            _ => include_str!("../../sql/tracked/record_updates.sql"),
        };
        self.records.push_str(&fill(template, &[("one", &one), ("many", &many)]));
    }

    /// Before all that, where partitions are: a row that moves to a partition whose own trigger refuses it is gone, and
    /// the places of old and new rows do not match. Then the key pairs them, and what has no new row was deleted.
    fn record_lost(&mut self, rules: &[&Rule]) {
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
        if guard.is_none() {
            return self.record_many(rule, from, None);
        }
        // The context is evaluated once, since there is one row at the most, and only if there is one.
        let at = if self.shares_moment { "rl.at" } else { "(select pg_catalog.clock_timestamp())" };
        record(&self.installation.capture, rule, from, guard, at, CONTEXT_ID.trim_end())
    }

    fn record_many(&self, rule: &Rule, from: &str, guard: Option<&str>) -> String {
        // A subquery is evaluated once, and only if there is a row.
        let at = if self.shares_moment { "rl.at" } else { "(select pg_catalog.clock_timestamp())" };
        let context = format!("(select {})", CONTEXT_ID.trim_end());
        record(&self.installation.capture, rule, from, guard, at, &context)
    }

    /// The whole function.
    pub(super) fn function(&self, name: &str) -> Object {
        let mut variables = String::new();
        if self.shares_moment {
            variables.push_str("  at pg_catalog.timestamptz := pg_catalog.clock_timestamp();\n");
        }
        if self.pairs_many {
            variables.push_str("  jit pg_catalog.text;\n  hash_mem_multiplier pg_catalog.text;\n");
        }
        let declare = if variables.is_empty() { variables } else { format!("<<rl>>\ndeclare\n{variables}") };
        let values = [("declare", &*declare), ("records", self.records.trim_end())];
        let body = fill(include_str!("../../sql/tracked/capture_rows.sql"), &values);
        let mut settings = Vec::new();
        if self.has_expression {
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
        let values = [("function", &*quote_name(name)), ("settings", &set), ("body", &body)];
        let sql = fill(include_str!("../../sql/tracked/capture_function.sql"), &values);
        function(name, sql, true, &catalogue(&settings), &body)
    }
}

/// While the baseline is pending, the first plan of a session may see an empty event table: it must be an index
/// that is asked for each row all the same, or the cost of a statement would grow with the square of its rows.
const INDEX_ALWAYS: (&str, &str) = ("enable_seqscan", "off");

/// Where texts are compared: a caller who wants few digits must not hide a change.
const EXACT_FLOATS: (&str, &str) = ("extra_float_digits", "1");

/// Where the table itself is read: a policy that hides rows must be an error, not an event less.
const ALL_ROWS: (&str, &str) = ("row_security", "off");

/// The id of the context that an event belongs to.
const CONTEXT_ID: &str = include_str!("../../sql/tracked/context_id.sql");

/// Old and new row of an update of one row.
const ONE: &str = include_str!("../../sql/tracked/one.sql");

/// Old and new rows of an update, paired by their place.
const PAIRS: &str = include_str!("../../sql/tracked/pairs.sql");

/// The event table that still lacks rows from before the tracking.
pub(super) fn baseline_events(installation: &Installation) -> Option<&EventTable> {
    let pending = installation.baseline == Baseline::Pending;
    installation.capture.complete_events().filter(|_| pending)
}

/// One rule's insert into its event table.
fn record(
    capture: &Capture,
    rule: &Rule,
    from: &str,
    guard: Option<&str>,
    at: &str,
    context: &str,
) -> String {
    let update = rule.operation == Operation::Update;
    let (mut names, mut values) = (String::new(), String::new());
    if rule.operation != Operation::Truncate {
        for name in &rule.columns {
            let quoted = quote_name(name);
            // The key of an event is the key after the change, whichever image it holds.
            let new = rule.image == Image::New || (update && capture.key.contains(name));
            let side = if new { "new" } else { "old" };
            names.push_str(&format!(", {quoted}"));
            values.push_str(&format!(", {side}.{quoted}"));
        }
    }
    if update {
        names.push_str(", rl_old_key");
        values.push_str(&format!(
            ",\n    case when {} then {} end",
            changed(capture, &capture.key, " or "),
            key_json(capture)
        ));
    }
    let mut conditions: Vec<String> = guard.map(str::to_owned).into_iter().collect();
    conditions.extend(filter_sql(capture, &rule.filter));
    let filter = conditions.join("\n    and ");
    let filter = if filter.is_empty() { filter } else { format!("\n  where {filter}") };
    let (op, image) =
        (rule.operation.name()[..1].to_owned(), if rule.image == Image::New { "n" } else { "o" });
    let fields = [
        ("events", &*quote_name(&rule.events)),
        ("names", &names),
        ("op", &op),
        ("image", image),
        ("label", &quote_text(&rule.label)),
        ("values", &values),
        ("at", at),
        ("context", context),
        ("from", from),
        ("where", &filter),
    ];
    fill(include_str!("../../sql/tracked/record.sql"), &fields)
}

/// The old image of rows without an event, as baseline events.
fn record_baseline(
    installation: &Installation,
    events: &EventTable,
    from: &str,
    filter: &[String],
) -> String {
    let filter: String = filter.iter().map(|condition| format!("\n    and {condition}")).collect();
    let columns: Vec<String> = events.columns.iter().map(|column| quote_name(&column.name)).collect();
    let names: String = columns.iter().map(|name| format!(", {name}")).collect();
    let values: String = columns.iter().map(|name| format!(", old.{name}")).collect();
    let key: Vec<String> = events.key.iter().map(|name| quote_name(name)).collect();
    let same_key: Vec<String> =
        key.iter().map(|name| format!("rl_event.{name} operator(pg_catalog.=) old.{name}")).collect();
    let old_key: Vec<String> = key.iter().map(|name| format!("old.{name}")).collect();
    let fields = [
        ("events", &*quote_name(&events.name)),
        ("names", &names),
        ("values", &values),
        ("key", &old_key.join(", ")),
        ("same_key", &same_key.join(" and ")),
        ("since", &installation.since.to_string()),
        ("from", from),
        ("filter", &filter),
        ("schema", &quote_text(&installation.capture.table.schema)),
        ("table", &quote_text(&installation.capture.table.name)),
    ];
    fill(include_str!("../../sql/tracked/record_baseline.sql"), &fields)
}

/// The old key of a row as JSON, the same whatever the writer's settings are.
fn key_json(capture: &Capture) -> String {
    let pairs = crate::key::columns(capture).into_iter().map(|(name, event_type)| {
        let value = crate::key::settled(&format!("old.{}", quote_name(name)), event_type);
        format!("{}, {value}", quote_text(name))
    });
    format!("pg_catalog.jsonb_build_object({})", pairs.collect::<Vec<_>>().join(", "))
}

fn filter_sql(capture: &Capture, filter: &Filter) -> Vec<String> {
    let Filter { any_changed, all_changed, any_unchanged, all_unchanged, when } = filter;
    let mut conditions = Vec::new();
    if let Some(columns) = any_changed {
        conditions.push(format!("({})", changed(capture, columns, " or ")));
    }
    if !all_changed.is_empty() {
        conditions.push(format!("({})", changed(capture, all_changed, " and ")));
    }
    if let Some(columns) = any_unchanged {
        conditions.push(format!("not ({})", changed(capture, columns, " and ")));
    }
    if !all_unchanged.is_empty() {
        conditions.push(format!("not ({})", changed(capture, all_unchanged, " or ")));
    }
    // On lines of its own: it may end in a comment.
    conditions.extend(when.iter().map(|expression| format!("(\n{expression}\n    )")));
    conditions
}

/// `is distinct from` for each column, joined by `word`.
fn changed(capture: &Capture, columns: &[String], word: &str) -> String {
    let columns = columns.iter().filter_map(|name| capture.column(name));
    let all: Vec<String> = columns.map(|column| differs(column, "old", "new")).collect();
    if all.is_empty() { "false".to_owned() } else { all.join(word) }
}

/// Whether the column has different values in two rows: `is distinct from`, in words whose operator can be written
/// with its schema.
pub(crate) fn differs(column: &FoundColumn, old: &str, new: &str) -> String {
    let name = quote_name(&column.name);
    let how = match column.compare {
        Compare::Native => "",
        Compare::Text => "::pg_catalog.text",
        Compare::Bytes => " collate pg_catalog.\"C\"",
    };
    let (old, new) = (format!("{old}.{name}"), format!("{new}.{name}"));
    format!(
        "({old}{how} operator(pg_catalog.=) {new}{how} is not true and not ({old} is null and {new} is null))"
    )
}

/// The trigger of an operation on the table or on one of its partitions.
fn capture_trigger(capture: &Capture, table: &TableName, operation: Operation) -> Object {
    let (old, new) = match operation {
        Operation::Insert => ("", "rl_new"),
        Operation::Update => ("rl_old", "rl_new"),
        Operation::Delete => ("rl_old", ""),
        Operation::Truncate => ("", ""),
    };
    let (timing, bits) = match operation {
        Operation::Insert => ("after", tgtype::INSERT),
        Operation::Update => ("after", tgtype::UPDATE),
        Operation::Delete => ("after", tgtype::DELETE),
        Operation::Truncate => ("before", tgtype::BEFORE | tgtype::TRUNCATE),
    };
    let mut referencing = String::new();
    for (kind, name) in [("old", old), ("new", new)].iter().filter(|(_, name)| !name.is_empty()) {
        referencing.push_str(&format!(" {kind} table as {name}"));
    }
    if !referencing.is_empty() {
        referencing = format!("\n  referencing{referencing}");
    }
    let name = format!("rowlore_{}", operation.name());
    let function = function_name(&capture.table, operation.name());
    let fields = [
        ("trigger", &*quote_name(&name)),
        ("timing", timing),
        ("operation", operation.name()),
        ("table", &table_sql(table)),
        ("referencing", &referencing),
        ("function", &quote_name(&function)),
    ];
    let sql = fill(include_str!("../../sql/tracked/capture_trigger.sql"), &fields);
    trigger(&name, table, sql, bits, &function, (old, new))
}

fn suppress_trigger(table: &TableName) -> Object {
    // The last of the before triggers by name, so that it sees the row as it would be written.
    let name = "zz_rowlore_suppress";
    let values = [("trigger", &*quote_name(name)), ("table", &table_sql(table))];
    let sql = fill(include_str!("../../sql/tracked/suppress_trigger.sql"), &values);
    let bits = tgtype::ROW | tgtype::BEFORE | tgtype::UPDATE;
    trigger(name, table, sql, bits, "suppress_redundant_updates_trigger", ("", ""))
}
