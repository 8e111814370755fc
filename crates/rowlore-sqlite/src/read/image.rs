//! One recorded event, whole: its image, the one before it, and who and why.

use rowlore::capture::Rule;
use rowlore::change::{Context, Op};
use rowlore::declare::Image;
use rowlore::read::Event;
use rowlore::{Error, Result, Row, Timestamp, quote_name, quote_text};
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::{DOING, Source};
use crate::failure::{ours, words};
use crate::registry::name_today;
use crate::render::events_name;
use crate::value;

/// What every event has, before the columns that its table mirrors.
const OWN: &str = "e.rl_event_id, e.rl_op, e.rl_image, e.rl_label, e.rl_xid, e.rl_at, e.rl_old_key";
const OWN_COUNT: usize = 7;
const CONTEXT: &str = "c.actor, c.reason, c.request, c.data, c.db_user, c.application, c.client";
const CONTEXT_COUNT: usize = 7;

/// Says that an event table is not there.
pub(super) fn gone(events: &str) -> impl Fn(rusqlite::Error) -> Error + '_ {
    move |error| {
        if words(&error).starts_with("no such table") {
            let message = format!("the event table {} is gone", events_name(events));
            return Error::operator(message)
                .hint("restore it from a backup, or plan and apply to begin a new one");
        }
        ours(DOING)(error)
    }
}

/// Reads the events of one event table.
pub(super) struct Reader<'a> {
    connection: &'a Connection,
    source: &'a Source<'a>,
    /// The event table of the events whose past is looked for.
    event_table: &'a str,
    /// The columns the event table mirrors: today's in the table's order, then those that the table had once.
    columns: Vec<Mirrored>,
}

struct Mirrored {
    name: String,
    declared: String,
    today: bool,
}

/// An event but for what must be looked up.
struct Found {
    event_id: i64,
    op: Op,
    image: Image,
    label: String,
    at: String,
    row: Row,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a Connection, source: &'a Source<'a>) -> Result<Self> {
        let today = source.events.columns.iter().map(|column| Mirrored {
            name: column.name.clone(),
            declared: column.event_type.clone(),
            today: true,
        });
        let mut columns: Vec<Mirrored> = today.collect();
        let sql = "select name, type from pragma_table_xinfo(?1, 'main') order by cid";
        let mut query = connection.prepare_cached(sql).map_err(ours(DOING))?;
        let mut rows = query.query([events_name(&source.events.name)]).map_err(ours(DOING))?;
        while let Some(row) = rows.next().map_err(ours(DOING))? {
            let name: String = row.get(0).map_err(ours(DOING))?;
            if !name.starts_with("rl_") && !columns.iter().any(|known| known.name == name) {
                let declared = row.get(1).map_err(ours(DOING))?;
                columns.push(Mirrored { name, declared, today: false });
            }
        }
        Ok(Self { connection, source, event_table: &source.events.name, columns })
    }

    /// The columns' names, to be read after `before` others.
    pub(super) fn select(&self, own: &str) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("e.{}", quote_name(&column.name))).collect();
        let table = quote_name(&events_name(&self.source.events.name));
        let columns = [&[own.to_owned()], columns.as_slice()].concat().join(", ");
        format!("select {columns} from main.{table} as e")
    }

    /// The event of that number.
    pub(super) fn event(&self, id: i64) -> Result<Event> {
        let own = format!("{OWN}, {CONTEXT}");
        let sql = format!(
            "{} left join rowlore_context as c on c.id = e.rl_context_id where e.rl_event_id = ?1",
            self.select(&own)
        );
        let mut query = self.connection.prepare_cached(&sql).map_err(ours(DOING))?;
        let mut rows = query.query([id]).map_err(ours(DOING))?;
        let row = rows.next().map_err(ours(DOING))?;
        let row = row.ok_or_else(|| Error::bug(format!("event {id} vanished while it was read")))?;
        let found = self.found(row, OWN_COUNT + CONTEXT_COUNT).map_err(ours(DOING))??;
        let xid: Option<i64> = row.get(4).map_err(ours(DOING))?;
        let old_key: Option<String> = row.get(6).map_err(ours(DOING))?;
        let context = context(row).map_err(ours(DOING))?;
        let key_values: Vec<Stored> =
            self.source.events.key.iter().map(|name| self.stored(row, name)).collect();
        let old_key = old_key.map(|json| self.old_key(&json)).transpose()?;
        let previous = self.previous_anywhere(&found, &key_values, old_key.as_ref())?;
        let key = if found.op == Op::Truncate { Row::new() } else { self.key(&found.row) };
        let mut image = if found.op == Op::Truncate { Row::new() } else { found.row };
        if let (Image::Old, Some(old)) = (found.image, &old_key) {
            // The columns hold the key that the row has now.
            image.extend(old.clone());
        }
        Ok(Event {
            table: name_today(self.source.registered).clone(),
            key,
            old_key,
            op: found.op,
            image: found.image,
            label: found.label,
            event_id: found.event_id,
            xid: xid.and_then(|xid| u64::try_from(xid).ok()),
            at: time(&found.at)?,
            row: image,
            other: previous,
            changed: None,
            extra: None,
            context_id: None,
            context,
        })
    }

    fn key(&self, row: &Row) -> Row {
        let events = self.source.events;
        events.key.iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone()))).collect()
    }

    fn old_key(&self, json: &str) -> Result<Row> {
        value::old_key(json, self.source.events).ok_or_else(|| {
            Error::operator(format!(
                "{} holds an old key that is none",
                events_name(&self.source.events.name)
            ))
        })
    }

    fn stored(&self, row: &rusqlite::Row<'_>, name: &str) -> Stored {
        let index = self.columns.iter().position(|column| column.name == name);
        index.and_then(|index| row.get(OWN_COUNT + CONTEXT_COUNT + index).ok()).unwrap_or(Stored::Null)
    }

    fn found(&self, row: &rusqlite::Row<'_>, columns_at: usize) -> rusqlite::Result<Result<Found>> {
        let (event_id, op): (i64, String) = (row.get(0)?, row.get(1)?);
        let image: String = row.get(2)?;
        let label: String = row.get(3)?;
        let Some(op) = op.chars().next().and_then(Op::from_letter) else {
            let message = format!("event {event_id} is of a kind that this rowlore does not know");
            return Ok(Err(
                Error::operator(message).hint("use the version of rowlore that wrote it, or a newer one")
            ));
        };
        let image = if image == "o" { Image::Old } else { Image::New };
        let image_row = self.row(row, columns_at, self.rule(op, &label, image))?;
        Ok(Ok(Found { event_id, op, image, label, at: row.get(5)?, row: image_row }))
    }

    /// The mirrored columns of a row: those that its rule records, and those of old that have a value.
    pub(super) fn row(
        &self,
        row: &rusqlite::Row<'_>,
        columns_at: usize,
        rule: Option<&Rule>,
    ) -> rusqlite::Result<Row> {
        let mut image = Row::new();
        for (index, column) in self.columns.iter().enumerate() {
            let value = row.get_ref(columns_at + index)?;
            let recorded = rule.is_none_or(|rule| rule.columns.contains(&column.name));
            if value != ValueRef::Null || (column.today && recorded) {
                image.insert(column.name.clone(), value::to_json(value, &column.declared));
            }
        }
        Ok(image)
    }

    /// The rule that records such events today.
    fn rule(&self, op: Op, label: &str, image: Image) -> Option<&'a Rule> {
        self.rules(op).find(|rule| rule.label == label && rule.image == image)
    }

    fn rules(&self, op: Op) -> impl Iterator<Item = &'a Rule> {
        let (events, rules) = (self.source.events, &self.source.registered.installation.capture.rules);
        rules.iter().filter(move |rule| rule.events == events.name && rule.operation.name() == op.name())
    }

    /// What the row was before the event, in the columns that the event records: it stands where every change is
    /// recorded, if there is such a table.
    fn previous_anywhere(&self, event: &Found, key: &[Stored], old_key: Option<&Row>) -> Result<Option<Row>> {
        let registered = self.source.registered;
        let complete = registered.installation.capture.complete_events();
        let Some(events) = complete.filter(|complete| complete.name != self.source.events.name) else {
            return self.previous(event, key, old_key);
        };
        let source = Source { registered, events };
        let before =
            Reader { event_table: &self.source.events.name, ..Reader::new(self.connection, &source)? };
        let mut previous = before.previous(event, key, old_key)?;
        if let Some(row) = &mut previous {
            row.retain(|name, _| event.row.contains_key(name));
        }
        Ok(previous)
    }

    /// What the row was before the event: the last image after which it existed, of the key it had then.
    fn previous(&self, event: &Found, key: &[Stored], old_key: Option<&Row>) -> Result<Option<Row>> {
        if event.op != Op::Update || event.image == Image::Old {
            return Ok(None);
        }
        let meanings = match old_key {
            Some(old) => value::key_values(old, self.source.events, "")?,
            None => vec![key.to_vec()],
        };
        for values in meanings {
            // Rows that took the key before this one left it: their moves are not this row's past.
            let mut successors = if old_key.is_some() { self.residents(event.event_id, &values)? } else { 0 };
            let same = self.source.events.key.iter().enumerate();
            let same: Vec<String> =
                same.map(|(index, name)| format!("e.{} is ?{}", quote_name(name), index + 2)).collect();
            let sql = format!(
                "{} where (({}) or e.rl_op = 't') and e.rl_event_id < ?1 and {} order by e.rl_event_id desc limit {}",
                self.select(OWN),
                same.join(" and "),
                images(self.source, Some(&event.label)),
                (self.rules(event.op).count() + 1) * (successors + 1),
            );
            let mut query = self.connection.prepare_cached(&sql).map_err(ours(DOING))?;
            let bound = std::iter::once(Stored::Integer(event.event_id)).chain(values);
            let mut rows = query.query(params_from_iter(bound)).map_err(ours(DOING))?;
            while let Some(row) = rows.next().map_err(ours(DOING))? {
                let before = self.found(row, OWN_COUNT).map_err(ours(DOING))??;
                if self.same_firing(&before, event) {
                    continue;
                }
                let moved: Option<String> = row.get(6).map_err(ours(DOING))?;
                if successors > 0 && moved.is_some() {
                    successors -= 1;
                    continue;
                }
                let left_row = !matches!(before.op, Op::Delete | Op::Truncate);
                return Ok(left_row.then_some(before.row));
            }
        }
        Ok(None)
    }

    /// How many rows bear the key after the event.
    fn residents(&self, event_id: i64, key: &[Stored]) -> Result<usize> {
        let residents = super::resident::residents(self.source, "?1", |index, _| format!("?{}", index + 2));
        let mut query =
            self.connection.prepare_cached(&format!("select {residents}")).map_err(ours(DOING))?;
        let bound = std::iter::once(Stored::Integer(event_id)).chain(key.iter().cloned());
        let count: i64 = query.query_row(params_from_iter(bound), |row| row.get(0)).map_err(ours(DOING))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Whether both events tell of the same change: the rules of one operation write one after the other, each at most
    /// one event.
    fn same_firing(&self, before: &Found, event: &Found) -> bool {
        let rules = &self.source.registered.installation.capture.rules;
        let place = |events: &str, label: &str| {
            let mut rules = rules.iter().filter(|rule| rule.operation.name() == event.op.name());
            rules.position(|rule| rule.events == events && rule.label == label)
        };
        let first = place(&self.source.events.name, &before.label);
        let (first, second) = match (first, place(self.event_table, &event.label)) {
            (Some(first), Some(second)) => (first, second),
            // The rule is gone, and its place with it: one change has one time and one image.
            (_, None) if self.event_table != self.source.events.name => {
                let same = |(name, value): (&String, &rowlore::Value)| before.row.get(name) == Some(value);
                return before.op == event.op && before.at == event.at && event.row.iter().all(same);
            }
            _ => return false,
        };
        let apart = i64::try_from(second.saturating_sub(first)).unwrap_or(0);
        before.op == event.op
            && before.at == event.at
            && first < second
            && event.event_id - before.event_id <= apart
    }
}

/// A condition on `e`: the event says what the row was afterwards, in all columns, or that it was gone. Events of
/// rules that record a part of the columns are left out, unless they have this label.
pub(super) fn images(source: &Source<'_>, label: Option<&str>) -> String {
    let events = source.events;
    let of_table =
        || source.registered.installation.capture.rules.iter().filter(|rule| rule.events == events.name);
    let whole = |rule: &Rule| rule.columns.len() == events.columns.len();
    let part: Vec<String> = of_table()
        .filter(|rule| !whole(rule) && Some(rule.label.as_str()) != label)
        .filter(|rule| !of_table().any(|other| other.label == rule.label && whole(other)))
        .map(|rule| quote_text(&rule.label))
        .collect();
    let image = "(e.rl_op in ('d', 't') or (e.rl_image = 'n' and e.rl_op in ('i', 'u', 'b')))";
    if part.is_empty() {
        return image.to_owned();
    }
    format!("{image} and (e.rl_op in ('d', 't', 'b') or e.rl_label not in ({}))", part.join(", "))
}

fn context(row: &rusqlite::Row<'_>) -> rusqlite::Result<Context> {
    let data: Option<String> = row.get(OWN_COUNT + 3)?;
    Ok(Context {
        actor: row.get(OWN_COUNT)?,
        reason: row.get(OWN_COUNT + 1)?,
        request: row.get(OWN_COUNT + 2)?,
        data: data.and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default(),
        db_user: row.get(OWN_COUNT + 4)?,
        application: row.get(OWN_COUNT + 5)?,
        client: row.get(OWN_COUNT + 6)?,
    })
}

fn time(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error: jiff::Error| {
        Error::operator("an event holds a time that is none").hint("restore the event table").caused_by(error)
    })
}
