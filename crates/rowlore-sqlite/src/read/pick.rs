//! Which events of one event table answer a query: as much as SQL can say of it, one query for each way in.

use rowlore::capture::Rule;
use rowlore::change::Op;
use rowlore::found::Registered;
use rowlore::read::{Event, EventQuery};
use rowlore::{Result, Row, Value, quote_name};
use rusqlite::types::Value as Stored;

use super::filter::Filter;
use super::image::{Reader, gone};
use super::source::{Readers, Source};
use super::{Conditions, DOING, Rounding, Told, moment, pointing, resident};
use crate::failure::ours;
use crate::rule::key_json;
use crate::value;

/// The events of one event table that answer a query.
pub(super) struct Pick<'q> {
    readers: &'q Readers<'q>,
    /// Each is a query of its own, so that each finds its index; what one of them finds is chosen. The first value
    /// bound is the event id below which is looked.
    ways: Vec<Conditions>,
    /// What SQL can't say, or not alone.
    filter: Filter<'q>,
}

impl<'q> Pick<'q> {
    /// None where no event of this table can answer.
    pub(super) fn new(
        readers: &'q Readers<'q>,
        query: &'q EventQuery,
        registered: &[Registered],
    ) -> Result<Option<Self>> {
        // Taken apart without `..`, so that a new question is not left out here. Tables and event tables are chosen
        // already; `before` and `limit` are asked for with each turn.
        let EventQuery {
            tables,
            key,
            rows,
            references,
            links_only,
            labels,
            ops,
            actor: _,
            request: _,
            context_ids: _,
            data: _,
            since,
            until,
            xid,
            changed: _,
            values: _,
            before: _,
            event_ids,
            not_with,
            events: _,
            limit: _,
        } = query;
        let reader = &readers.own;
        let mut base = Conditions::default();
        let before = base.bind(i64::MAX);
        base.and(format!("e.rl_event_id < {before}"));
        base.one_of("e.rl_label", labels.iter().cloned().map(Stored::Text));
        base.one_of("e.rl_op", ops.iter().map(|op| Stored::Text(op.letter().to_string())));
        base.one_of("e.rl_event_id", event_ids.iter().copied().map(Stored::Integer));
        for (at, operator, rounding) in [(since, ">=", Rounding::Up), (until, "<=", Rounding::Down)] {
            if let Some(at) = at {
                let mark = base.bind(moment(*at, rounding));
                base.and(format!("e.rl_at {operator} {mark}"));
            }
        }
        if let Some(xid) = xid {
            let mark = base.bind(i64::try_from(*xid).unwrap_or(-1));
            base.and(format!("e.rl_xid = {mark}"));
        }
        if !by_context(&mut base, reader, query) {
            return Ok(None);
        }
        let Some(mut filter) = Filter::new(readers, query, &mut base, !tables.is_empty())? else {
            return Ok(None);
        };
        let mut ways = vec![base];
        if let Some(key) = key {
            ways = of_key(&ways, &reader.source, key, *not_with)?;
        }
        if !rows.is_empty() {
            let own = rows.iter().filter(|row| row.table == *reader.source.name()).map(|row| &row.key);
            ways = of_rows(&ways, &reader.source, own)?;
        }
        if !references.is_empty() {
            let pointers = pointing::pointers(reader, registered, references, *links_only)?;
            ways = pointing::ways(&ways, readers, &pointers)?;
            filter.pointers = pointers;
        }
        Ok((!ways.is_empty()).then_some(Self { readers, ways, filter }))
    }

    /// Whether some of the events chosen may not answer.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filter.is_open()
    }

    /// The numbers of the next events, newest first, at most `limit` for each way in.
    pub(super) fn ids(&self, before: i64, limit: usize) -> Result<Vec<i64>> {
        let source = &self.readers.own.source;
        let mut all = Vec::new();
        for way in &self.ways {
            let sql = self.sql(way, limit);
            let connection = self.readers.own.connection;
            let mut statement = connection.prepare_cached(&sql).map_err(gone(&source.events.name))?;
            let ids = statement.query_map(way.from(before), |row| row.get(0));
            let ids = ids.and_then(Iterator::collect::<rusqlite::Result<Vec<i64>>>);
            all.extend(ids.map_err(ours(DOING))?);
        }
        if self.ways.len() > 1 {
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.dedup();
        }
        Ok(all)
    }

    fn sql(&self, way: &Conditions, limit: usize) -> String {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        format!(
            "select e.rl_event_id from {} as e where {} order by e.rl_event_id desc limit {limit}",
            self.readers.own.source.table(),
            way.sql()
        )
    }

    /// The event of that number, if it answers.
    pub(super) fn event(&self, id: i64) -> Result<Option<Event>> {
        let told = Told::read(self.readers, id)?;
        if self.filter.lets_pass(&told) { told.into_event(&self.readers.own).map(Some) } else { Ok(None) }
    }
}

impl Conditions {
    fn from(&self, before: i64) -> impl rusqlite::Params + '_ {
        let rest = self.values.iter().skip(1).cloned();
        rusqlite::params_from_iter(std::iter::once(Stored::Integer(before)).chain(rest))
    }
}

/// The events that leave a row with this key, and those that moved a row away from it, unless another row had taken
/// the key by then. Without the move of the row that took this key before `not_with`, when that is the event with which
/// the row in question left it.
fn of_key(
    ways: &[Conditions],
    source: &Source<'_>,
    key: &Row,
    not_with: Option<i64>,
) -> Result<Vec<Conditions>> {
    if source.events.key.is_empty() {
        return Ok(Vec::new());
    }
    let meanings = value::key_values(key, source.events, &source.name().to_string())?;
    let mut narrowed = Vec::new();
    for (way, values) in ways.iter().flat_map(|way| meanings.iter().map(move |values| (way, values))) {
        let (mut stays, same, _) = with_key(way, source, values);
        if let Some(event) = not_with {
            let event = stays.bind(event);
            let first = stays.values.len() - values.len();
            let successors = resident::residents(source, &event, |index, _| format!("?{}", first + index));
            let table = source.table();
            stays.and(format!(
                "not (e.rl_old_key is not null and {successors} > 0 and (e.rl_old_key, e.rl_at) = (
                    select x.rl_old_key, x.rl_at from {table} as x
                    where {} and x.rl_old_key is not null and x.rl_event_id < {event}
                    order by x.rl_event_id desc limit 1))",
                same("x")
            ));
        }
        stays.and(same("e"));
        narrowed.push(stays);
        let (mut leaves, _, marks) = with_key(way, source, values);
        let mark = |index: usize, _: &str| marks[index].clone();
        let left_behind = resident::residents(source, "e.rl_event_id", mark);
        leaves.and(format!("e.rl_old_key = {} and {left_behind} <= 0", key_json(&source.events.key, mark)));
        narrowed.push(leaves);
    }
    Ok(narrowed)
}

/// The events of rows, also under the keys that they had or got in those very events.
fn of_rows<'k>(
    ways: &[Conditions],
    source: &Source<'_>,
    keys: impl Iterator<Item = &'k Row>,
) -> Result<Vec<Conditions>> {
    let mut narrowed = Vec::new();
    if source.events.key.is_empty() {
        return Ok(narrowed);
    }
    for key in keys {
        for values in value::key_values(key, source.events, &source.name().to_string())? {
            for way in ways {
                let (mut stays, same, marks) = with_key(way, source, &values);
                let mut leaves = stays.clone();
                stays.and(same("e"));
                let mark = |index: usize, _: &str| marks[index].clone();
                leaves.and(format!("e.rl_old_key = {}", key_json(&source.events.key, mark)));
                narrowed.extend([stays, leaves]);
            }
        }
    }
    Ok(narrowed)
}

/// The way with a key bound; the key as a condition on an alias; its marks.
fn with_key(
    way: &Conditions,
    source: &Source<'_>,
    values: &[Stored],
) -> (Conditions, impl Fn(&str) -> String, Vec<String>) {
    let mut way = way.clone();
    let marks: Vec<String> = values.iter().map(|value| way.bind(value.clone())).collect();
    let pairs: Vec<(String, String)> =
        source.events.key.iter().map(|name| quote_name(name)).zip(marks.iter().cloned()).collect();
    let same = move |alias: &str| {
        let parts = pairs.iter().map(|(name, mark)| format!("{alias}.{name} is {mark}"));
        parts.collect::<Vec<_>>().join(" and ")
    };
    (way, same, marks)
}

/// Adds what is asked of the context; `false` where no event of the table has one.
fn by_context(conditions: &mut Conditions, reader: &Reader<'_>, query: &EventQuery) -> bool {
    let EventQuery { actor, request, context_ids, data, .. } = query;
    if actor.is_none() && request.is_none() && context_ids.is_empty() && data.is_empty() {
        return true;
    }
    let mut ways = Vec::new();
    if reader.has("rl_context_id") {
        let mut parts = Conditions { parts: Vec::new(), values: std::mem::take(&mut conditions.values) };
        for (column, value) in [("c.actor", actor), ("c.request", request)] {
            parts.one_of(column, value.iter().cloned().map(Stored::Text));
        }
        parts.one_of("c.id", context_ids.iter().copied().map(Stored::Integer));
        for (path, value) in data {
            let has = has_data(&mut parts, "c.data", path, value);
            parts.and(has);
        }
        let frames = format!("from rowlore_context as c where {}", parts.sql());
        // No event is older than the frame that it carries.
        ways.push(format!(
            "(e.rl_context_id in (select c.id {frames})
                and e.rl_event_id > (select min(c.since_event_id) {frames}))"
        ));
        conditions.values = parts.values;
    }
    if reader.has("rl_context") {
        let mut parts = Conditions { parts: Vec::new(), values: std::mem::take(&mut conditions.values) };
        for (name, value) in [("actor", actor), ("request", request)] {
            let column = format!("json_extract(e.rl_context, '$.{name}')");
            parts.one_of(&column, value.iter().cloned().map(Stored::Text));
        }
        parts.one_of("json_extract(e.rl_context, '$.id')", context_ids.iter().copied().map(Stored::Integer));
        for (path, value) in data {
            let has = has_data(&mut parts, "json_extract(e.rl_context, '$.data')", path, value);
            parts.and(has);
        }
        ways.push(format!("({})", parts.sql()));
        conditions.values = parts.values;
    }
    conditions.and(format!("({})", ways.join(" or ")));
    !ways.is_empty()
}

/// Whether the JSON has the value at the path. The names on the path are bound and compared, not spelled into a JSON
/// path: none of them can break out of it. Of an array or object only the kind is looked at here.
fn has_data(conditions: &mut Conditions, json: &str, path: &str, value: &Value) -> String {
    let (mut from, mut parts, mut inside) = (Vec::new(), Vec::new(), json.to_owned());
    for (depth, name) in path.split('.').enumerate() {
        let field = format!("j{depth}");
        from.push(format!("json_each({inside}) as {field}"));
        parts.push(format!("{field}.key = {}", conditions.bind(name.to_owned())));
        inside = format!("case {field}.type when 'object' then {field}.value else '{{}}' end");
    }
    let last = format!("j{}", from.len() - 1);
    parts.push(match value {
        Value::Null => format!("{last}.type = 'null'"),
        Value::Bool(value) => format!("{last}.type = '{value}'"),
        Value::Number(number) => {
            let number =
                number.as_i64().map_or(Stored::Real(number.as_f64().unwrap_or(0.0)), Stored::Integer);
            format!("{last}.type in ('integer', 'real') and {last}.value = {}", conditions.bind(number))
        }
        Value::String(text) => {
            format!("{last}.type = 'text' and {last}.value = {}", conditions.bind(text.clone()))
        }
        Value::Array(_) => format!("{last}.type = 'array'"),
        Value::Object(_) => format!("{last}.type = 'object'"),
    });
    format!("exists (select 1 from {} where {})", from.join(", "), parts.join(" and "))
}

/// Whether the event before an event of the same row says what the row was: there is nothing else to look at.
pub(super) fn tells_one_by_one(readers: &Readers<'_>) -> bool {
    let rules: Vec<&Rule> = readers.own.rules(Op::Update).collect();
    readers.complete.is_none() && rules.len() < 2 && !readers.own.source.events.key.is_empty()
}

#[cfg(test)]
mod tests {
    use rowlore::declare::TrackedTable;
    use rowlore::read::RowRef;
    use rowlore::{Lore, TableName, check};
    use serde_json::json;

    use super::super::source;
    use super::*;
    use crate::{Sqlite, registry, wait};

    /// A shop with enough events that an index is worth it, and statistics that say so.
    fn shop() -> Sqlite {
        let lore = Lore::new(Sqlite::in_memory().unwrap());
        let run = |sql: &str| lore.engine().with(|connection| connection.execute_batch(sql)).unwrap();
        run("create table authors (id integer primary key);
            create table books (id integer primary key, author_id integer references authors (id), title text)");
        let books = TrackedTable::new("books").links(["author_id"]);
        let declared = check([books, TrackedTable::new("authors")]).unwrap();
        wait(lore.apply(&wait(lore.plan(&declared)).unwrap())).unwrap();
        run("insert into authors with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) select i from n;
            insert into books select id, id, 'a' from authors;
            update books set title = 'b'; update books set id = id + 100 where id < 5");
        lore.engine().clone()
    }

    /// Each line of the plans of a query's ways.
    fn plans(engine: &Sqlite, query: &EventQuery) -> Vec<String> {
        let mut lines = Vec::new();
        engine
            .reading(|connection| {
                let registered = registry::registered(connection)?;
                for readers in &source::sources(connection, &registered, query)? {
                    let pick = Pick::new(readers, query, &registered)?;
                    for (pick, way) in
                        pick.iter().flat_map(|pick| pick.ways.iter().map(move |way| (pick, way)))
                    {
                        let sql = format!("explain query plan {}", pick.sql(way, 100));
                        let mut explain = connection.prepare(&sql).map_err(ours(DOING))?;
                        let rows = explain.query_map(way.from(i64::MAX), |row| row.get(3));
                        lines.extend(
                            rows.and_then(Iterator::collect::<rusqlite::Result<Vec<String>>>)
                                .map_err(ours(DOING))?,
                        );
                    }
                }
                Ok(())
            })
            .unwrap();
        lines
    }

    fn row(table: &str, id: i64) -> RowRef {
        let key = json!({"id": id}).as_object().cloned().unwrap_or_default();
        RowRef::new(TableName::new("", table), key)
    }

    #[test]
    fn no_event_table_is_read_whole() {
        let any = EventQuery::default;
        let of_key =
            EventQuery { tables: vec![TableName::new("", "books")], key: Some(row("books", 7).key), ..any() };
        let links = EventQuery { links_only: true, ..any().references([row("authors", 7)]) };
        for (query, through) in [
            (any(), vec!["INTEGER PRIMARY KEY"]),
            (EventQuery { before: Some(9), ..any() }, vec!["INTEGER PRIMARY KEY"]),
            (of_key, vec!["rowlore_books_event_key", "rowlore_books_event_moved"]),
            (any().tracks([row("books", 7)]), vec!["rowlore_books_event_key", "rowlore_books_event_moved"]),
            (links, vec!["rowlore_books_event_by_author_id"]),
        ] {
            let plans = plans(&lore_with_statistics(), &query);
            let of_events = |line: &&String| {
                ["SCAN e", "SCAN x", "SCAN n", "SCAN p"].iter().any(|scan| line.starts_with(scan))
            };
            assert_eq!(plans.iter().find(of_events), None, "{query:?}: {plans:#?}");
            for index in through {
                assert!(plans.iter().any(|line| line.contains(index)), "{index}: {plans:#?}");
            }
        }
        let newest = plans(&shop(), &any());
        assert!(!newest.iter().any(|line| line.contains("TEMP B-TREE")), "{newest:#?}");
    }

    fn lore_with_statistics() -> Sqlite {
        let engine = shop();
        engine.with(|connection| connection.execute_batch("analyze")).unwrap();
        engine
    }
}
