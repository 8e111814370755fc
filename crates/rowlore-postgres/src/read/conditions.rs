//! What a query asks of each event, as SQL over the event `e` and the row's other image `o`.

use rowlore::capture::ManualRule;
use rowlore::declare::{Image, Operation};
use rowlore::found::Compare;
use rowlore::read::{Comparison, EventQuery, ValueFilter};
use rowlore::{Error, Result, Value, quote_name, quote_text};

use super::bind::Params;
use super::contexts::Contexts;
use super::other::{Other, other};
use super::source::{Relations, Source, statement_time};
use crate::value;

/// What is asked of an event of one source.
pub(super) struct Conditions {
    /// ` and …`, for each.
    pub(super) sql: String,
    /// The join that gives `o`; empty when no condition looks at it.
    pub(super) join: String,
}

/// The conditions for one source; none when no event of it can fulfil them. `common` are those that are the same for
/// all sources, see [`common`].
pub(super) fn of(
    source: &Source<'_>,
    relations: &Relations,
    query: &EventQuery,
    contexts: Option<&Contexts<'_>>,
    common: &str,
    params: &mut Params,
) -> Result<Option<Conditions>> {
    let mut sql = common.to_owned();
    let mut and = |condition: String| sql.push_str(&format!(" and {condition}"));
    if let Some(contexts) = contexts {
        match contexts.condition(source, relations, params) {
            Some(condition) => and(condition),
            None => return Ok(None),
        }
    }
    if let Some(event_id) = query.not_with {
        let table = source.sql();
        and(format!(
            "not exists (select from {table} w where w.rl_event_id = {}\n    \
             and w.rl_xid = e.rl_xid and {} = {})",
            params.bind(event_id),
            statement_time(relations, &table, "w"),
            statement_time(relations, &table, "e")
        ));
    }
    let mut join = String::new();
    if !query.changed.is_empty() || !query.values.is_empty() {
        let other = other(source, relations);
        for name in &query.changed {
            match other.as_ref().and_then(|other| other.has_changed(source, name)) {
                Some(changed) => and(format!("{changed}{}", recorded(source, name))),
                None => return Ok(None),
            }
        }
        for filter in &query.values {
            match value_filter(source, relations, other.as_ref(), filter, params)? {
                Some(condition) => and(condition),
                None => return Ok(None),
            }
        }
        join = other.map(|other| other.join).unwrap_or_default();
    }
    Ok(Some(Conditions { sql, join }))
}

/// What the query asks of every event, whatever its table.
pub(super) fn common(query: &EventQuery, params: &mut Params) -> String {
    let mut sql = String::new();
    let mut and = |condition: String| sql.push_str(&format!(" and {condition}"));
    if !query.labels.is_empty() {
        and(format!("e.rl_label = any({})", params.bind(query.labels.clone())));
    }
    if !query.ops.is_empty() {
        let letters: Vec<String> = query.ops.iter().map(|op| op.letter().to_string()).collect();
        and(format!("e.rl_op::text = any({}::text[])", params.bind(letters)));
    }
    if let Some(since) = query.since {
        and(format!("e.rl_at >= {}::text::timestamptz", params.bind(since.to_string())));
    }
    if let Some(until) = query.until {
        and(format!("e.rl_at <= {}::text::timestamptz", params.bind(until.to_string())));
    }
    if let Some(xid) = query.xid {
        and(format!("e.rl_xid = {}::text::bigint", params.bind(xid.to_string())));
    }
    if !query.event_ids.is_empty() {
        and(format!("e.rl_event_id = any({})", params.bind(query.event_ids.clone())));
    }
    sql
}

/// ` and not …` for the rules that record into this event table, but not this column: null there is not a value.
fn recorded(source: &Source<'_>, column: &str) -> String {
    let lacks = |columns: &[String]| !columns.iter().any(|name| name == column);
    let here = |events: &str| events == source.events.name;
    let rules = source.capture.rules.iter().filter(|rule| here(&rule.events) && lacks(&rule.columns));
    let rules = rules
        .filter(|rule| rule.operation != Operation::Truncate)
        .map(|rule| (&rule.operation.name()[..1], rule.label.as_str()));
    let manual = source.capture.manual.iter().filter(|rule| here(&rule.events) && lacks(&rule.columns));
    let manual = manual.map(|ManualRule { label, .. }| ("m", label.as_str()));
    let pairs = rules
        .chain(manual)
        .map(|(op, label)| format!(" and not (e.rl_op = '{op}' and e.rl_label = {})", quote_text(label)));
    pairs.collect()
}

/// A condition on the row before or after; none when the event table lacks the column.
fn value_filter(
    source: &Source<'_>,
    relations: &Relations,
    other: Option<&Other>,
    filter: &ValueFilter,
    params: &mut Params,
) -> Result<Option<String>> {
    let ValueFilter { image, column, compare, value } = filter;
    let Some(kind) = relations.type_of(&source.sql(), column) else { return Ok(None) };
    if !source.image(relations).iter().any(|(name, _)| name == column) {
        return Ok(None);
    }
    let how = source.column(column).map_or(Compare::Native, |column| column.compare);
    let test = Test { kind, how, compare: *compare, value, name: column };
    let wanted = test.wanted(params)?;
    let quoted = quote_name(column);
    // The key of an old image is in its own place when it changed.
    let before = source.earlier_key("e").into_iter().find(|(_, name, _)| name == column);
    let before = before.map_or(format!("e.{quoted}"), |(sql, ..)| sql);
    let (mut here, there) = match image {
        Image::New => ("e.rl_op in ('i', 'b', 'm') or (e.rl_op = 'u' and e.rl_image = 'n')", "o"),
        Image::Old => ("e.rl_op = 'd' or (e.rl_op = 'u' and e.rl_image = 'o')", "n"),
    };
    let own = match image {
        Image::New => test.holds(&format!("e.{quoted}"), wanted.as_deref())?,
        Image::Old => test.holds(&before, wanted.as_deref())?,
    };
    let mut sides = Vec::new();
    if source.column(column).is_none() {
        // A column of an older shape: events of today's shape have no value there.
        here = "false";
    }
    sides.push(format!("(({here}) and {own}{})", recorded(source, column)));
    if let Some(other) = other {
        let holds = test.holds(&format!("o.{quoted}"), wanted.as_deref())?;
        sides.push(format!(
            "(e.rl_op = 'u' and e.rl_image = '{there}' and {} and {holds}{})",
            other.knows(column),
            recorded(source, column)
        ));
    }
    Ok(Some(format!("({})", sides.join("\n    or "))))
}

/// A comparison with a value.
struct Test<'a> {
    kind: &'a str,
    how: Compare,
    compare: Comparison,
    value: &'a Value,
    name: &'a str,
}

impl Test<'_> {
    /// The wanted value as SQL; none for null.
    fn wanted(&self, params: &mut Params) -> Result<Option<String>> {
        if self.value.is_null() {
            return match self.compare {
                Comparison::Equal | Comparison::Differs => Ok(None),
                _ => Err(Error::request(format!("`{}` can't be compared with null by size", self.name))
                    .hint("null has no order: ask for equal or different")),
            };
        }
        let record = serde_json::json!({"v": value::for_record(self.value, self.kind)});
        let bound = params.bind(record.to_string());
        Ok(Some(format!("(select v from json_to_record({bound}::text::json) as wanted(v {}))", self.kind)))
    }

    fn holds(&self, column: &str, wanted: Option<&str>) -> Result<String> {
        let sides = |how: Compare| {
            let side = |sql: &str| value::comparable(sql, self.kind, how);
            wanted.map(|wanted| (side(column), side(wanted)))
        };
        let order = match self.compare {
            Comparison::Equal => {
                let Some((a, b)) = sides(self.how) else { return Ok(format!("{column} is null")) };
                return Ok(format!("{a} = {b}"));
            }
            Comparison::Differs => {
                let Some((a, b)) = sides(self.how) else { return Ok(format!("{column} is not null")) };
                return Ok(format!("{a} is distinct from {b}"));
            }
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        };
        if self.how == Compare::Text && self.kind != "interval" {
            return Err(Error::request(format!(
                "`{}` has no order: {} values are equal or not",
                self.name, self.kind
            ))
            .hint("ask for equal or different"));
        }
        let by_size = if self.how == Compare::Text { Compare::Native } else { self.how };
        Ok(sides(by_size).map_or_else(|| "false".to_owned(), |(a, b)| format!("{a} {order} {b}")))
    }
}
