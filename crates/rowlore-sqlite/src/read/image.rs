//! One recorded event, as it stands in its event table.

use std::cell::OnceCell;

use rowlore::capture::Rule;
use rowlore::change::{Context, Op};
use rowlore::declare::Image;
use rowlore::{Error, Result, Row, quote_name, quote_text};
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, OptionalExtension};

use super::DOING;
use super::source::Source;
use crate::failure::{ours, words};
use crate::render::events_name;
use crate::value;

/// What every event has, before the columns that its table mirrors.
const OWN: [&str; 8] =
    ["rl_event_id", "rl_op", "rl_image", "rl_label", "rl_xid", "rl_at", "rl_old_key", "rl_context_id"];
/// The event's own copy of its context stands between.
const COPY: usize = OWN.len();
const COLUMNS: usize = COPY + 1;

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
    pub(super) connection: &'a Connection,
    pub(super) source: Source<'a>,
    /// The columns the event table mirrors: today's in the table's order, then those that the table had once.
    pub(super) columns: Vec<Mirrored>,
    /// Its columns that the tracked table does not have.
    extra: Vec<Mirrored>,
    /// rowlore's own columns that it has.
    own: Vec<String>,
    /// The query of one event, written once for the many that are read.
    event_sql: OnceCell<String>,
    select_sql: OnceCell<String>,
}

pub(super) struct Mirrored {
    pub(super) name: String,
    pub(super) declared: String,
    today: bool,
}

/// A recorded image: the values that were recorded, as they are stored.
#[derive(Clone)]
pub(super) struct Recorded<'r> {
    cells: Vec<(&'r Mirrored, Stored)>,
}

/// An event but for what must be looked up.
pub(super) struct Found<'r> {
    pub(super) event_id: i64,
    pub(super) op: Op,
    pub(super) image: Image,
    pub(super) label: String,
    pub(super) xid: Option<i64>,
    pub(super) at: String,
    pub(super) old_key: Option<String>,
    /// The key of the row after the event, in the order of the key's columns.
    pub(super) key: Vec<Stored>,
    pub(super) recorded: Recorded<'r>,
}

/// Who and why, and what is only in this event table.
pub(super) struct Aside {
    pub(super) context_id: Option<i64>,
    pub(super) context: Context,
    pub(super) extra: Option<Row>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a Connection, source: Source<'a>) -> Result<Self> {
        let events = source.events;
        let today = events.columns.iter().map(|column| Mirrored {
            name: column.name.clone(),
            declared: column.event_type.clone(),
            today: true,
        });
        let mut columns: Vec<Mirrored> = today.collect();
        let (mut own, mut extra) = (Vec::new(), Vec::new());
        let sql = "select name, type from pragma_table_xinfo(?1, 'main') order by cid";
        let mut query = connection.prepare_cached(sql).map_err(ours(DOING))?;
        let mut rows = query.query([events_name(&events.name)]).map_err(ours(DOING))?;
        while let Some(row) = rows.next().map_err(ours(DOING))? {
            let name: String = row.get(0).map_err(ours(DOING))?;
            let declared = row.get(1).map_err(ours(DOING))?;
            if name.starts_with("rl_") {
                own.push(name);
            } else if events.extra.iter().any(|extra| extra.name == name) {
                extra.push(Mirrored { name, declared, today: true });
            } else if !columns.iter().any(|known| known.name == name) {
                columns.push(Mirrored { name, declared, today: false });
            }
        }
        let (event_sql, select_sql) = (OnceCell::new(), OnceCell::new());
        Ok(Self { connection, source, columns, extra, own, event_sql, select_sql })
    }

    /// Whether the event table has this column of rowlore's own.
    pub(super) fn has(&self, own: &str) -> bool {
        self.own.iter().any(|name| name == own)
    }

    /// The mirrored column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&Mirrored> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// rowlore's own columns, for [`found`](Self::found).
    fn own_columns(&self) -> Vec<String> {
        let one = |name: &&str| if self.has(name) { format!("e.{name}") } else { "null".to_owned() };
        OWN.iter().map(one).collect()
    }

    /// The mirrored columns, of `e`.
    pub(super) fn mirrored(&self) -> Vec<String> {
        self.columns.iter().map(|column| format!("e.{}", quote_name(&column.name))).collect()
    }

    /// A query of events, to be read by [`found`](Self::found) with `columns_at` 0.
    pub(super) fn select(&self) -> &str {
        self.select_sql.get_or_init(|| {
            let columns = [self.own_columns(), self.mirrored()].concat().join(", ");
            format!("select {columns} from {} as e", self.source.table())
        })
    }

    /// The event of that number, and what is around it.
    pub(super) fn event(&self, id: i64) -> Result<(Found<'_>, Aside)> {
        let sql = self.event_sql.get_or_init(|| self.whole());
        let mut query = self.connection.prepare_cached(sql).map_err(ours(DOING))?;
        let mut rows = query.query([id]).map_err(ours(DOING))?;
        let row = rows.next().map_err(ours(DOING))?;
        let row = row.ok_or_else(|| Error::bug(format!("event {id} vanished while it was read")))?;
        let found = self.found(row, COLUMNS).map_err(ours(DOING))??;
        let aside = self.aside(row).map_err(ours(DOING))?;
        Ok((found, aside))
    }

    /// The query of one event with all that it has.
    fn whole(&self) -> String {
        let copy = if self.has("rl_context") { "e.rl_context" } else { "null" };
        let extra = self.extra.iter().map(|column| format!("e.{}", quote_name(&column.name)));
        let mut columns = self.own_columns();
        columns.push(copy.to_owned());
        columns.extend(self.mirrored());
        columns.extend(extra);
        format!("select {} from {} as e where e.rl_event_id = ?1", columns.join(", "), self.source.table())
    }

    fn aside(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Aside> {
        let copy: Option<String> = row.get(COPY)?;
        let reference: Option<i64> = row.get(OWN.len() - 1)?;
        let (context_id, context) = match copy.as_deref().and_then(copied) {
            Some((id, context)) => (id.or(reference), context),
            None => self.context(reference)?,
        };
        let mut extra = Row::new();
        for (index, column) in self.extra.iter().enumerate() {
            let value = row.get_ref(COLUMNS + self.columns.len() + index)?;
            extra.insert(column.name.clone(), value::to_json(value, &column.declared));
        }
        Ok(Aside { context_id, context, extra: Some(extra).filter(|extra| !extra.is_empty()) })
    }

    /// The context of that number, and the number if there is one. A question of its own: SQLite prepares an outer join
    /// anew each time that a value is bound in it.
    fn context(&self, id: Option<i64>) -> rusqlite::Result<(Option<i64>, Context)> {
        let Some(id) = id else { return Ok((None, Context::default())) };
        let sql = "select actor, reason, request, data, db_user, application, client from rowlore_context where id = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let data: String = row.get(3)?;
            Ok(Context {
                actor: row.get(0)?,
                reason: row.get(1)?,
                request: row.get(2)?,
                data: serde_json::from_str(&data).unwrap_or_default(),
                db_user: row.get(4)?,
                application: row.get(5)?,
                client: row.get(6)?,
            })
        };
        let context = query.query_row([id], read).optional()?;
        Ok(context.map_or_else(|| (None, Context::default()), |context| (Some(id), context)))
    }

    /// The event in a row of a query whose mirrored columns begin at `columns_at`; 0 is where [`select`](Self::select)
    /// has them.
    pub(super) fn found(
        &self,
        row: &rusqlite::Row<'_>,
        columns_at: usize,
    ) -> rusqlite::Result<Result<Found<'_>>> {
        let columns_at = if columns_at == 0 { OWN.len() } else { columns_at };
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
        let recorded = self.recorded(row, columns_at, self.recorded_columns(op, &label, image))?;
        let place = |name: &String| self.columns.iter().position(|column| column.name == *name);
        let stored = |name| match place(name) {
            Some(index) => row.get(columns_at + index),
            None => Ok(Stored::Null),
        };
        let key = self.source.events.key.iter().map(stored).collect::<rusqlite::Result<_>>()?;
        let (xid, at, old_key) = (row.get(4)?, row.get(5)?, row.get(6)?);
        Ok(Ok(Found { event_id, op, image, label, xid, at, old_key, key, recorded }))
    }

    /// The image in the columns from `columns_at` on. A column that the rule did not record is left out, and so is one
    /// that the table has no more and that was null.
    pub(super) fn recorded(
        &self,
        row: &rusqlite::Row<'_>,
        columns_at: usize,
        columns: Option<&[String]>,
    ) -> rusqlite::Result<Recorded<'_>> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.iter().enumerate() {
            let value = row.get_ref(columns_at + index)?;
            let recorded = columns.is_none_or(|columns| columns.contains(&column.name));
            if value != ValueRef::Null || (column.today && recorded) {
                cells.push((column, value::stored(value)));
            }
        }
        Ok(Recorded { cells })
    }

    /// The columns that such events record today; none where no rule makes such events any more.
    fn recorded_columns(&self, op: Op, label: &str, image: Image) -> Option<&'a [String]> {
        let capture = &self.source.registered.installation.capture;
        if op == Op::Manual {
            let rule = capture.manual_rule(label).filter(|rule| rule.events == self.source.events.name);
            return rule.map(|rule| rule.columns.as_slice());
        }
        let mut rules = self.rules(op);
        let rule = rules.find(|rule| rule.label == label && rule.image == image);
        rule.map(|rule| rule.columns.as_slice())
    }

    /// The rules of that operation that record into this event table.
    pub(super) fn rules(&self, op: Op) -> impl Iterator<Item = &'a Rule> {
        let (events, rules) = (self.source.events, &self.source.registered.installation.capture.rules);
        rules.iter().filter(move |rule| rule.events == events.name && rule.operation.name() == op.name())
    }

    /// The old key of an event as it was stored.
    pub(super) fn old_key(&self, json: &str) -> Result<Vec<Stored>> {
        value::old_key(json, self.source.events).ok_or_else(|| {
            Error::operator(format!(
                "{} holds an old key that is none",
                events_name(&self.source.events.name)
            ))
            .hint("restore the event table")
        })
    }

    /// A key as people see it.
    pub(super) fn key_row(&self, key: &[Stored]) -> Row {
        let names = self.source.events.key.iter().zip(key);
        let one = |(name, value): (&String, &Stored)| {
            let declared = self.column(name).map_or("", |column| column.declared.as_str());
            (name.clone(), value::to_json(value.into(), declared))
        };
        names.map(one).collect()
    }
}

impl Recorded<'_> {
    /// As people see it.
    pub(super) fn row(&self) -> Row {
        let one = |(column, value): &(&Mirrored, Stored)| {
            (column.name.clone(), value::to_json(value.into(), &column.declared))
        };
        self.cells.iter().map(one).collect()
    }

    /// A column's value and declared type.
    pub(super) fn get(&self, name: &str) -> Option<(&Stored, &str)> {
        let cell = self.cells.iter().find(|(column, _)| column.name == name);
        cell.map(|(column, value)| (value, column.declared.as_str()))
    }

    pub(super) fn set(&mut self, name: &str, value: Stored) {
        if let Some(cell) = self.cells.iter_mut().find(|(column, _)| column.name == name) {
            cell.1 = value;
        }
    }

    /// Whether it has every value of `part`.
    pub(super) fn holds(&self, part: &Self) -> bool {
        let same = |(column, value): &(&Mirrored, Stored)| {
            self.get(&column.name).is_some_and(|(ours, _)| value::same(ours, value))
        };
        part.cells.iter().all(same)
    }

    /// Keeps the columns of these names.
    pub(super) fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        self.cells.retain(|(column, _)| wanted(&column.name));
    }

    /// The columns that both have with values that SQLite calls different, in the order of this one.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let differs = |(column, value): &&(&Mirrored, Stored)| {
            other.get(&column.name).is_some_and(|(other, _)| !value::same(value, other))
        };
        self.cells.iter().filter(differs).map(|(column, _)| column.name.clone()).collect()
    }
}

/// A context from an event's own copy.
fn copied(json: &str) -> Option<(Option<i64>, Context)> {
    let mut copy: Row = serde_json::from_str(json).ok()?;
    copy.retain(|_, value| !value.is_null());
    let id = copy.get("id").and_then(rowlore::Value::as_i64);
    serde_json::from_value(copy.into()).ok().map(|context| (id, context))
}

/// A condition on an event of that alias: it says what the row was afterwards, in all columns, or that it was gone. Events of
/// rules that record a part of the columns are left out, unless they have this label.
pub(super) fn images(source: &Source<'_>, label: Option<&str>, alias: &str) -> String {
    let events = source.events;
    let of_table =
        || source.registered.installation.capture.rules.iter().filter(|rule| rule.events == events.name);
    let whole = |rule: &Rule| rule.columns.len() == events.columns.len();
    let part: Vec<String> = of_table()
        .filter(|rule| !whole(rule) && Some(rule.label.as_str()) != label)
        .filter(|rule| !of_table().any(|other| other.label == rule.label && whole(other)))
        .map(|rule| quote_text(&rule.label))
        .collect();
    let image =
        format!("({alias}.rl_op = 'd' or ({alias}.rl_image = 'n' and {alias}.rl_op in ('i', 'u', 'b')))");
    if part.is_empty() {
        return image;
    }
    format!("{image} and ({alias}.rl_op in ('d', 'b') or {alias}.rl_label not in ({}))", part.join(", "))
}
