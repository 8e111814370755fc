//! What is asked of the row before and after an event. SQL narrows it down where it can; the images decide.

use rowlore::declare::Image;
use rowlore::read::{Comparison, EventQuery, ValueFilter};
use rowlore::{Error, Result, Value, quote_name};
use rusqlite::types::Value as Stored;

use super::image::images;
use super::pick::tells_one_by_one;
use super::pointing::Pointer;
use super::source::Readers;
use super::{Conditions, Told};
use crate::value;

/// What an event's images must be.
pub(super) struct Filter<'q> {
    values: Vec<Wanted<'q>>,
    changed: &'q [String],
    /// Lists and objects that the context's data must hold.
    data: Vec<(&'q str, &'q Value)>,
    /// One of these, before or after; empty means any.
    pub(super) pointers: Vec<Pointer>,
}

struct Wanted<'q> {
    filter: &'q ValueFilter,
    declared: String,
    /// What the value may mean in that column, the likeliest first; empty where only its JSON can be compared.
    meant: Vec<Stored>,
}

impl<'q> Filter<'q> {
    /// None where no event of the table can pass. What SQL can say of it goes into the conditions.
    pub(super) fn new(
        readers: &Readers<'_>,
        query: &'q EventQuery,
        conditions: &mut Conditions,
        is_named: bool,
    ) -> Result<Option<Self>> {
        let reader = &readers.own;
        let mut values = Vec::new();
        for filter in &query.values {
            let Some(column) = reader.column(&filter.column) else { return Ok(None) };
            let by_order = !matches!(filter.compare, Comparison::Equal | Comparison::Differs);
            if by_order && filter.value.is_null() {
                let message = format!("`{}` is compared with null by order", filter.column);
                return Err(Error::request(message).hint("null is compared by equal and differs only"));
            }
            let declared = column.declared.clone();
            let meant = match value::meanings(&filter.value, &declared) {
                Some(meant) => meant,
                None if value::is_json(&declared) => Vec::new(),
                None if is_named => {
                    let (name, table) = (&filter.column, reader.source.name());
                    let wanted = declared.to_lowercase();
                    let message =
                        format!("`{name}` of {table} is {wanted}, and what was given for it is not");
                    return Err(Error::request(message).hint(format!("give a value of the type {wanted}")));
                }
                None => return Ok(None),
            };
            values.push(Wanted { filter, declared, meant });
        }
        if query.changed.iter().any(|name| reader.column(name).is_none()) {
            return Ok(None);
        }
        for wanted in &values {
            let narrowed = wanted.narrowed(readers, conditions);
            conditions.and(narrowed);
        }
        if !query.changed.is_empty() {
            conditions.and(changed(readers, &query.changed));
        }
        let data = query.data.iter().filter(|(_, value)| value.is_array() || value.is_object());
        Ok(Some(Self {
            values,
            changed: &query.changed,
            data: data.map(|(path, value)| (path.as_str(), value)).collect(),
            pointers: Vec::new(),
        }))
    }

    /// Whether every event passes.
    pub(super) fn is_open(&self) -> bool {
        let Self { values, changed, data, pointers } = self;
        values.is_empty() && changed.is_empty() && data.is_empty() && pointers.is_empty()
    }

    pub(super) fn lets_pass(&self, told: &Told<'_>) -> bool {
        let Self { values, changed, data, pointers } = self;
        let points = || {
            let images = [Image::Old, Image::New].map(|image| told.image(image));
            let mut images = images.into_iter().flatten();
            images.any(|image| pointers.iter().any(|pointer| pointer.is_in(image)))
        };
        let changes =
            || told.changed().is_some_and(|really| changed.iter().all(|name| really.contains(name)));
        let has = |(path, value): &(&str, &Value)| {
            let mut parts = path.split('.');
            let first = parts.next().and_then(|name| told.aside.context.data.get(name));
            parts.fold(first, |inside, name| inside.and_then(|inside| inside.get(name))) == Some(*value)
        };
        values.iter().all(|wanted| wanted.is_met(told))
            && (changed.is_empty() || changes())
            && data.iter().all(has)
            && (pointers.is_empty() || points())
    }
}

impl Wanted<'_> {
    fn is_met(&self, told: &Told<'_>) -> bool {
        let Some(image) = told.image(self.filter.image) else { return false };
        let Some((stored, declared)) = image.get(&self.filter.column) else { return false };
        let equal = || {
            if value::is_json(declared) {
                return value::to_json(stored.into(), declared) == self.filter.value;
            }
            self.meant.iter().any(|meant| value::same(stored, meant))
        };
        let order = || self.meant.first().and_then(|meant| value::order(stored, meant));
        match self.filter.compare {
            Comparison::Equal => equal(),
            Comparison::Differs => !equal(),
            Comparison::Less => order().is_some_and(|order| order.is_lt()),
            Comparison::AtMost => order().is_some_and(|order| order.is_le()),
            Comparison::Greater => order().is_some_and(|order| order.is_gt()),
            Comparison::AtLeast => order().is_some_and(|order| order.is_ge()),
        }
    }

    /// The same as far as SQL can tell, so that few events need to be read whole.
    fn narrowed(&self, readers: &Readers<'_>, conditions: &mut Conditions) -> String {
        let source = &readers.own.source;
        if value::is_json(&self.declared) {
            return "true".to_owned();
        }
        let compared = self.compared(conditions);
        let (held, other) = match self.filter.image {
            Image::New => ("e.rl_op in ('i', 'b', 'm') or (e.rl_op = 'u' and e.rl_image = 'n')", "o"),
            Image::Old => ("e.rl_op = 'd' or (e.rl_op = 'u' and e.rl_image = 'o')", "n"),
        };
        let mut not_held = format!("e.rl_op = 'u' and e.rl_image = '{other}'");
        if tells_one_by_one(readers) && self.filter.image == Image::Old {
            not_held.push_str(&format!(
                " and (e.rl_old_key is not null or ({}))",
                before(readers, &compared("p"))
            ));
        }
        let is_key = source.events.key.contains(&self.filter.column);
        // With the old image of an event stands the key that the row got by it.
        let moved = if is_key && self.filter.image == Image::Old {
            "when e.rl_old_key is not null then true "
        } else {
            ""
        };
        format!("case {moved}when {held} then {} else {not_held} end", compared("e"))
    }

    /// The comparison in SQL, of a column of the alias.
    fn compared(&self, conditions: &mut Conditions) -> impl Fn(&str) -> String {
        let marks: Vec<String> = self.meant.iter().map(|meant| conditions.bind(meant.clone())).collect();
        let (column, compare) = (quote_name(&self.filter.column), self.filter.compare);
        move |alias| {
            let first = marks.first().map_or("null", String::as_str);
            let each = |operator: &str, joined: &str| {
                let parts = marks.iter().map(|mark| format!("{alias}.{column} {operator} {mark}"));
                format!("({})", parts.collect::<Vec<_>>().join(joined))
            };
            match compare {
                Comparison::Equal => each("is", " or "),
                Comparison::Differs => each("is not", " and "),
                Comparison::Less => format!("{alias}.{column} < {first}"),
                Comparison::AtMost => format!("{alias}.{column} <= {first}"),
                Comparison::Greater => format!("{alias}.{column} > {first}"),
                Comparison::AtLeast => format!("{alias}.{column} >= {first}"),
            }
        }
    }
}

/// Whether an event may have changed these columns.
fn changed(readers: &Readers<'_>, names: &[String]) -> String {
    if !tells_one_by_one(readers) {
        return "e.rl_op = 'u'".to_owned();
    }
    let differ: Vec<String> =
        names.iter().map(|name| format!("p.{0} is not e.{0}", quote_name(name))).collect();
    format!(
        "e.rl_op = 'u' and (e.rl_old_key is not null or e.rl_image = 'o' or ({}))",
        before(readers, &differ.join(" and "))
    )
}

/// What holds of the image `p` that was recorded before the event `e`, of a row that kept its key.
fn before(readers: &Readers<'_>, holds: &str) -> String {
    let source = &readers.own.source;
    let same: Vec<String> =
        source.events.key.iter().map(|name| format!("p.{0} is e.{0}", quote_name(name))).collect();
    format!(
        "select {holds} from {} as p where {} and p.rl_event_id < e.rl_event_id and {}
         order by p.rl_event_id desc limit 1",
        source.table(),
        same.join(" and "),
        images(source, None, "p"),
    )
}
