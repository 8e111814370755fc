//! The other image of an update: the row before it where the new one is recorded, the row after it where the old one is.
//!
//! It is looked up as a typed row beside each event (`o`), so that values can be compared by their own types; it says
//! from where it came, since each place knows other columns.

use rowlore::capture::{Capture, EventTable, Filter, Rule};
use rowlore::declare::{Image, Operation};
use rowlore::{quote_name, quote_text};

use super::source::{Relations, Source, statement_time};
use crate::dialect::{differs, events_sql, table_sql};
use crate::value;

/// Where the other image of an event may come from.
pub(super) struct Other {
    /// `left join lateral (…) o on …`, for the event `e`.
    pub(super) join: String,
    /// By the number of the place (`o.rl_from`), the columns that are known there.
    places: Vec<(u8, Vec<String>)>,
}

/// The row before, from the event before.
const BEFORE: u8 = 1;

/// Builds the lookup for the events of a source; none where its events do not say of which row they are.
pub(super) fn other(source: &Source<'_>, relations: &Relations) -> Option<Other> {
    if source.events.key.is_empty() {
        return None;
    }
    let lookup = Lookup { source, relations, own: source.sql() };
    let mut arms = vec![lookup.before()];
    arms.extend(lookup.same_statement());
    if let Some(follows) = Follows::of(source) {
        arms.push(lookup.next(&follows));
        arms.extend(lookup.live(&follows));
    }
    let sql: Vec<&str> = arms.iter().map(|arm| arm.sql.as_str()).collect();
    // The first two are about different images; of the others the first that knows something counts.
    let first = if arms.len() > 2 { " order by known.rl_from limit 1" } else { "" };
    let join = format!(
        "\n  left join lateral (\n    select * from (\n{}\n    ) known{first}) o \
         on o.rl_known and e.rl_op = 'u'",
        sql.join("\n      union all\n")
    );
    Some(Other { join, places: arms.into_iter().map(|arm| (arm.place, arm.columns)).collect() })
}

impl Other {
    /// The other image as JSON.
    pub(super) fn image(&self, source: &Source<'_>, relations: &Relations) -> String {
        let types = source.image(relations);
        self.by_place(|columns| {
            let known = types.iter().filter(|(name, _)| columns.iter().any(|known| known == name));
            let known = known.map(|(name, kind)| (format!("o.{}", quote_name(name)), *name, *kind));
            value::row_json(&known.collect::<Vec<_>>())
        })
    }

    /// The names of the columns whose values differ, compared as the trigger compares them: JSON has one null only, and
    /// a number may be written in several ways.
    pub(super) fn changed(&self, source: &Source<'_>, relations: &Relations) -> String {
        let image = source.image(relations);
        self.by_place(|columns| {
            let names = image.iter().filter(|(name, _)| columns.iter().any(|known| known == name));
            let names = names.map(|(name, _)| {
                let differs = self.differs(source, name).unwrap_or_else(|| differs_of_old(name));
                format!("case when {differs} then {} end", quote_text(name))
            });
            // An array in the code takes any number of elements.
            format!("array_remove(array[{}]::text[], null)", names.collect::<Vec<_>>().join(", "))
        })
    }

    /// Whether the column is known to have changed.
    pub(super) fn has_changed(&self, source: &Source<'_>, column: &str) -> Option<String> {
        let differs = self.differs(source, column)?;
        Some(format!("({} and {differs})", self.knows(column)))
    }

    /// Whether the other image is known and has the column.
    pub(super) fn knows(&self, column: &str) -> String {
        let places = self.places.iter().filter(|(_, columns)| columns.iter().any(|known| known == column));
        let places: Vec<String> = places.map(|(place, _)| place.to_string()).collect();
        if places.is_empty() { "false".to_owned() } else { format!("o.rl_from in ({})", places.join(", ")) }
    }

    fn differs(&self, source: &Source<'_>, name: &str) -> Option<String> {
        let column = source.column(name)?;
        let plain = differs(column, "e", "o");
        let earlier = source.earlier_key("e");
        let Some((old, ..)) = earlier.iter().find(|(_, key, _)| *key == name) else { return Some(plain) };
        // An old image stands under the new key.
        let quoted = quote_name(name);
        Some(format!("case when e.rl_image = 'n' then {plain} else ({old}) is distinct from e.{quoted} end"))
    }

    fn by_place(&self, sql: impl Fn(&[String]) -> String) -> String {
        let whens: String = self
            .places
            .iter()
            .map(|(place, columns)| format!("\n    when {place} then {}", sql(columns)))
            .collect();
        format!("case o.rl_from{whens} end")
    }
}

/// Labels of the rules that record, into one event table, the old image of every change of a row.
struct Follows {
    labels: Vec<String>,
    /// The columns whose every change they see.
    columns: Vec<String>,
}

impl Follows {
    /// None when something can happen to a row, or in between to another row of its key, that no event there tells of.
    fn of(source: &Source<'_>) -> Option<Self> {
        let rules: Vec<&Rule> =
            source.capture.rules.iter().filter(|rule| rule.events == source.events.name).collect();
        let open =
            |operation| rules.iter().filter(move |rule| rule.operation == operation && rule.filter.is_open());
        let updates: Vec<&&Rule> = rules
            .iter()
            .filter(|rule| rule.operation == Operation::Update && rule.image == Image::Old)
            .filter(|rule| Filter { any_changed: None, ..rule.filter.clone() }.is_open())
            .collect();
        let born = open(Operation::Insert).next().is_some();
        let gone = open(Operation::Delete).next().is_some() && open(Operation::Truncate).next().is_some();
        if updates.is_empty() || !(born || gone) {
            return None;
        }
        let deletes: Vec<&&Rule> = open(Operation::Delete).collect();
        let sees = |rule: &Rule, name: &String| {
            rule.columns.contains(name)
                && rule.filter.any_changed.as_ref().is_none_or(|changed| changed.contains(name))
        };
        let columns = source.events.columns.iter().map(|column| &column.name).filter(|name| {
            source.events.key.contains(name)
                || (updates.iter().all(|rule| sees(rule, name))
                    && deletes.iter().all(|rule| rule.columns.contains(name)))
        });
        let labels = updates.iter().chain(&deletes).map(|rule| rule.label.clone()).collect();
        Some(Self { labels, columns: columns.cloned().collect() })
    }
}

/// One place where the other image may be.
struct Arm {
    place: u8,
    sql: String,
    columns: Vec<String>,
}

struct Lookup<'a> {
    source: &'a Source<'a>,
    relations: &'a Relations,
    own: String,
}

impl Lookup<'_> {
    /// Each column of the source's image from `alias`, which stands for `table`; and which of them are there.
    fn columns(&self, table: &str, alias: &str, known: impl Fn(&str) -> bool) -> (String, Vec<String>) {
        let (mut sql, mut names) = (String::new(), Vec::new());
        for (name, kind) in self.source.image(self.relations) {
            let quoted = quote_name(name);
            let there = self.relations.type_of(table, name);
            if known(name) && there == Some(kind) {
                sql.push_str(&format!(", {alias}.{quoted} as {quoted}"));
                names.push(name.to_owned());
            } else {
                sql.push_str(&format!(", null::{kind} as {quoted}"));
            }
        }
        (sql, names)
    }

    fn other_statement(&self, table: &str) -> String {
        format!(
            "(p.rl_xid, {}) is distinct from (e.rl_xid, {})",
            statement_time(self.relations, table, "p"),
            statement_time(self.relations, &self.own, "e")
        )
    }

    /// The image recorded before a new one, where every change is recorded if there is such a table.
    fn before(&self) -> Arm {
        let before = self.source.capture.past_of(self.source.events);
        let table = events_sql(before);
        // Columns that the table had once too: what changed them then stays told.
        let known = |name: &str| {
            before.columns.iter().any(|column| column.name == name) || self.source.column(name).is_none()
        };
        let (columns, names) = self.columns(&table, "p", known);
        let same_row: Vec<String> = self
            .source
            .earlier_key("e")
            .iter()
            .map(|(sql, name, _)| format!("p.{} = {sql}", quote_name(name)))
            .collect();
        let sql = format!(
            "      -- Another row may have taken this key in the same statement.
      (select {BEFORE} as rl_from, p.rl_op <> 'd' and p.rl_image = 'n' as rl_known{columns}
      from {table} p
      where e.rl_op = 'u' and e.rl_image = 'n' and {} and p.rl_event_id < e.rl_event_id and p.rl_op <> 'm'{}
        and {}
      order by p.rl_event_id desc limit 1)",
            same_row.join(" and "),
            narrow(self.source.capture, before),
            self.other_statement(&table)
        );
        Arm { place: BEFORE, sql, columns: names }
    }

    /// The new image that the same statement recorded where every change is recorded: the event of the row there that
    /// comes next after this one, or before it.
    fn same_statement(&self) -> Option<Arm> {
        let complete = self.source.capture.complete_events()?;
        let table = events_sql(complete);
        let known = |name: &str| complete.columns.iter().any(|column| column.name == name);
        let (columns, names) = self.columns(&table, "p", known);
        let near = |compare: &str, order: &str| {
            format!(
                "(select p.* from {table} p
        where {} and p.rl_event_id {compare} e.rl_event_id and p.rl_image = 'n' and p.rl_op = 'u'{}
        order by p.rl_event_id{order} limit 1)",
                self.source.same_key("p", "e"),
                narrow(self.source.capture, complete)
            )
        };
        let sql = format!(
            "      (select 2, true{columns}
      from ({}
        union all {}) p
      where e.rl_op = 'u' and e.rl_image = 'o' and not {}
      limit 1)",
            near(">", ""),
            near("<", " desc"),
            self.other_statement(&table)
        );
        Some(Arm { place: 2, sql, columns: names })
    }

    /// The old image of the row's next change.
    fn next(&self, follows: &Follows) -> Arm {
        let source = self.source;
        let (columns, names) =
            self.columns(&self.own, "p", |name| follows.columns.iter().any(|known| known == name));
        // The row after this event stands under this event's key, whatever the next one made of it.
        let mut columns = columns;
        for (name, _) in source.key() {
            let quoted = quote_name(name);
            columns = columns.replace(&format!(", p.{quoted} as "), &format!(", e.{quoted} as "));
        }
        let labels: Vec<String> = follows.labels.iter().map(|label| quote_text(label)).collect();
        let first = |condition: &str| {
            format!(
                "(select p.* from {} p
        where {condition} and p.rl_event_id > e.rl_event_id and (p.rl_op = 'i' or p.rl_label in ({}))
          and {}
        order by p.rl_event_id limit 1)",
                self.own,
                labels.join(", "),
                self.other_statement(&self.own)
            )
        };
        let old_key = format!("p.rl_old_key = {}", source.key_json("e"));
        let sql = format!(
            "      (select 3, p.rl_op in ('u', 'd') and p.rl_image = 'o' and (p.rl_old_key is null or {old_key})
        and not {}{columns}
      from ({}
        union all {}) p
      where e.rl_op = 'u' and e.rl_image = 'o'
      order by p.rl_event_id limit 1)",
            self.emptied(" and t.rl_event_id < p.rl_event_id"),
            first(&source.same_key("p", "e")),
            first(&old_key)
        );
        Arm { place: 3, sql, columns: names }
    }

    /// The row as it is, when nothing happened to it since.
    fn live(&self, follows: &Follows) -> Option<Arm> {
        let source = self.source;
        let table = table_sql(source.registered.table_now.as_ref()?);
        let sees_all = source.is_recorded_into() && source.registered.suspended.is_none();
        if !sees_all || !self.relations.readable(&table) {
            return None;
        }
        let (mut columns, mut names) = (String::new(), Vec::new());
        for (name, kind) in source.image(self.relations) {
            let quoted = quote_name(name);
            if follows.columns.iter().any(|known| known == name)
                && self.relations.type_of(&table, name).is_some()
            {
                // A domain's value as one of its base type.
                columns.push_str(&format!(", t.{quoted}::{kind}"));
                names.push(name.to_owned());
            } else {
                columns.push_str(&format!(", null::{kind}"));
            }
        }
        let sql = format!(
            "      (select 4, not {}{columns}
      from {table} t
      where e.rl_op = 'u' and e.rl_image = 'o' and {}
      limit 1)",
            self.emptied(""),
            source.same_key("t", "e")
        );
        Some(Arm { place: 4, sql, columns: names })
    }

    /// Whether the table was emptied since.
    fn emptied(&self, until: &str) -> String {
        let key = self.source.key();
        let first = quote_name(key.first().map_or("", |(name, _)| name));
        format!(
            "exists (select from {} t where t.{first} is null and t.rl_op = 't' \
             and t.rl_event_id > e.rl_event_id{until})",
            self.own
        )
    }
}

/// Whether a column that the table had once changed. Where it is null it may have been dropped by then.
fn differs_of_old(name: &str) -> String {
    let name = quote_name(name);
    format!("(e.{name} is not null and o.{name} is not null and e.{name}::text <> o.{name}::text)")
}

/// Leaves out events of rules that record fewer columns than their event table has: their other columns are null, not
/// empty.
fn narrow(capture: &Capture, events: &EventTable) -> String {
    let rules = capture.rules.iter().filter(|rule| rule.events == events.name);
    let rules = rules.filter(|rule| rule.operation != Operation::Truncate);
    let rules = rules.map(|rule| (&rule.label, &rule.columns));
    let manual = capture.manual.iter().filter(|rule| rule.events == events.name);
    let manual = manual.map(|rule| (&rule.label, &rule.columns));
    let narrow = rules.chain(manual).filter(|(_, columns)| columns.len() < events.columns.len());
    let mut labels: Vec<String> = narrow.map(|(label, _)| quote_text(label)).collect();
    labels.dedup();
    if labels.is_empty() { String::new() } else { format!(" and p.rl_label not in ({})", labels.join(", ")) }
}
