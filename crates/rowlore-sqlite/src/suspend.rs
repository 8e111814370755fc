//! Suspending: a scope in which named trackers do not fire, and the record that it was so.

use rowlore::capture::Capture;
use rowlore::engine::Suspension;
use rowlore::found::Registered;
use rowlore::read::Moment;
use rowlore::{Context, Error, Result, TableName, Timestamp, nearest};
use rusqlite::{Connection, OptionalExtension};

use crate::context::Transaction;
use crate::failure::ours;
use crate::registry::{self, name_today};

const DOING: &str = "suspend trackers";

/// What triggers look for in `rowlore_state.suspended` when all trackers of a table are meant.
pub(crate) fn table_scope(table: &str) -> String {
    format!("|{}|", escaped(table))
}

/// The same for the trackers of one label.
pub(crate) fn label_scope(table: &str, label: &str) -> String {
    format!("|{}:{}|", escaped(table), escaped(label))
}

/// How the scope of any label of the table begins.
pub(crate) fn any_label_scope(table: &str) -> String {
    format!("|{}:", escaped(table))
}

/// A name in which no `|` and no `:` stands, so that one name is never found inside another.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('|', "\\p").replace(':', "\\c")
}

impl Transaction<'_> {
    /// Runs the closure in a scope in which these trackers do not fire: `books` stands for all of a table,
    /// `books:update` for those of one label. A scope inside another adds to it; afterwards all is as it was before the
    /// scope. When the closure gives an error, what it did is undone and the outer transaction may go on.
    ///
    /// It is part of the transaction: nobody else's writes are concerned, and with it or a savepoint it is rolled back.
    /// That it happened is recorded for good, see [`suspensions`](rowlore::engine::Read::suspensions). What changed
    /// meanwhile is not known, so the table's past can't be read from this moment on until the next plan is applied:
    /// every row is recorded anew then.
    ///
    /// A SQLite file has no roles: **whoever may write it may suspend**.
    ///
    /// ```
    /// # use rowlore::{Context, Lore, check, declare::TrackedTable};
    /// # use rowlore_sqlite::{Sqlite, Transactions, wait};
    /// # let lore = Lore::new(Sqlite::in_memory()?);
    /// # lore.engine().with(|sql| sql.execute_batch("create table books (id integer primary key, title text)"))?;
    /// # wait(lore.apply(&wait(lore.plan(&check([TrackedTable::new("books")])?))?))?;
    /// lore.transaction(Context::actor("import"), |tx| {
    ///     tx.suspended(&["books"], |tx| tx.execute("insert into books values (1, 'Dune')", []))
    /// })?;
    /// assert!(wait(lore.events(&Default::default()))?.is_empty());
    /// # Ok::<(), rowlore::Error>(())
    /// ```
    ///
    /// # Errors
    /// The closure's own; a request error for a table or label that is not tracked.
    pub fn suspended<T>(
        &self,
        trackers: &[impl AsRef<str>],
        run: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        if trackers.is_empty() {
            return Err(Error::request("nothing is named to be suspended")
                .hint("name tables, or trackers as `table:label`"));
        }
        registry::up_to_date(self.connection())?;
        let registered = registry::registered(self.connection())?;
        let meant =
            trackers.iter().map(|name| meant(name.as_ref(), &registered)).collect::<Result<Vec<_>>>()?;
        self.savepoint(|tx| {
            let outer = tx.suspend(&meant)?;
            let answer = run(tx)?;
            if !tx.connection().is_autocommit() {
                let restore = "update rowlore_state set suspended = ?1";
                tx.connection().execute(restore, [outer]).map_err(ours(DOING))?;
            }
            Ok(answer)
        })
    }

    /// Writes down that these are suspended from now on, and gives what was suspended before.
    fn suspend(&self, meant: &[Meant]) -> Result<Option<String>> {
        let connection = self.connection();
        let outer: Option<String> = connection
            .query_row("select suspended from rowlore_state", [], |row| row.get(0))
            .map_err(ours(DOING))?;
        let names: Vec<&str> = meant.iter().map(|one| one.name.as_str()).collect();
        let names = serde_json::json!(names).to_string();
        let scope: String = meant.iter().map(|one| one.scope.as_str()).collect();
        let all = format!("{}{scope}", outer.as_deref().unwrap_or_default());
        connection.execute(include_str!("../sql/own/suspend.sql"), [all]).map_err(ours(DOING))?;
        let add = include_str!("../sql/own/suspension_add.sql");
        connection.execute(add, [names, scope]).map_err(ours(DOING))?;
        Ok(outer)
    }
}

/// What a name stands for.
struct Meant {
    /// As people know it today.
    name: String,
    scope: String,
}

/// The table of that name, or its trackers of a label. A name may hold a colon of its own.
fn meant(written: &str, registered: &[Registered]) -> Result<Meant> {
    let tracked: Vec<&Registered> = registered.iter().filter(|one| one.active).collect();
    let find = |name: &str| {
        let name = TableName::parse(name)?;
        tracked.iter().find(|one| *name_today(one) == name)
    };
    if let Some(one) = find(written) {
        let table = &one.installation.capture.table.name;
        return Ok(Meant { name: name_today(one).to_string(), scope: table_scope(table) });
    }
    for (at, _) in written.match_indices(':') {
        let Some(one) = find(&written[..at]) else { continue };
        let (capture, label) = (&one.installation.capture, &written[at + 1..]);
        if capture.rules.iter().any(|rule| rule.label == label) {
            let name = format!("{}:{label}", name_today(one));
            return Ok(Meant { name, scope: label_scope(&capture.table.name, label) });
        }
        return Err(no_such_label(capture, name_today(one), label));
    }
    let name = written.split(':').next().unwrap_or(written);
    let known: Vec<String> = tracked.iter().map(|one| name_today(one).to_string()).collect();
    let error = Error::request(format!("{name} is not tracked, so nothing of it can be suspended"));
    Err(match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("tracked are: {}", known.join(", "))),
    })
}

fn no_such_label(capture: &Capture, table: &TableName, label: &str) -> Error {
    let error = Error::request(format!("there is no tracker `{table}:{label}`"));
    let mut known: Vec<&str> = Vec::new();
    for rule in &capture.rules {
        if !known.contains(&rule.label.as_str()) {
            known.push(&rule.label);
        }
    }
    match nearest(label, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{table}:{near}`?")),
        None => error.hint(format!("the labels of {table} are: {}", known.join(", "))),
    }
}

/// Each time that trackers were suspended, newest first.
pub(crate) fn suspensions(connection: &Connection) -> Result<Vec<Suspension>> {
    if registry::own_version(connection)?.is_none_or(|version| version < 2) {
        return Ok(Vec::new());
    }
    let mut query = connection.prepare(include_str!("../sql/own/suspensions.sql")).map_err(ours(DOING))?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, context(row)?)));
    let rows = rows
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, String, Option<i64>, Context)>>>)
        .map_err(ours(DOING))?;
    let one = |(trackers, at, xid, context): (String, String, Option<i64>, Context)| {
        let unreadable = || Error::operator("rowlore_suspension holds a row that rowlore did not write");
        Ok(Suspension {
            trackers: serde_json::from_str(&trackers).map_err(|_| unreadable())?,
            at: at.parse().map_err(|_| unreadable())?,
            xid: xid.and_then(|xid| u64::try_from(xid).ok()),
            context,
        })
    };
    rows.into_iter().map(one).collect()
}

fn context(row: &rusqlite::Row<'_>) -> rusqlite::Result<Context> {
    let data: Option<String> = row.get(6)?;
    Ok(Context {
        actor: row.get(3)?,
        reason: row.get(4)?,
        request: row.get(5)?,
        data: data.and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default(),
        db_user: row.get(7)?,
        application: row.get(8)?,
        client: row.get(9)?,
    })
}

/// Refuses a moment of which it is not known what the table's rows were: one after its capture was suspended, until
/// every row was recorded anew.
pub(crate) fn refuse_unknown(connection: &Connection, registered: &Registered, at: Moment) -> Result<()> {
    if registry::own_version(connection)?.is_none_or(|version| version < 2) {
        return Ok(());
    }
    let (table, since) = (&registered.installation.capture.table.name, registered.installation.since);
    // Of an earlier tracking it is not known any more when every row was recorded anew.
    let in_this = suspended(connection, table, Which::FirstAfter(since))?;
    let earlier = suspended(connection, table, Which::FirstAfter(0))?.filter(|(id, _)| *id <= since);
    let reaches = |(id, began): &(i64, Timestamp)| match at {
        Moment::At(at) => *began <= at,
        Moment::After(event) => *id <= event,
    };
    let of_this = match at {
        Moment::At(at) => registry::tracked_at(connection, table)? <= at,
        Moment::After(event) => event > since,
    };
    match if of_this { in_this } else { earlier }.filter(reaches) {
        None => Ok(()),
        Some((_, began)) => {
            let table = name_today(registered);
            let message =
                format!("what {table} was at {at} is not known: its capture was suspended at {began}");
            let hint = "plan and apply, then run the backfill: from then on its past is known again";
            Err(Error::request(message).hint(hint))
        }
    }
}

/// The number of the first suspension of a table after this event; none if there was none.
pub(crate) fn first_after(
    connection: &Connection,
    registered: &Registered,
    event_id: i64,
) -> Result<Option<i64>> {
    if registry::own_version(connection)?.is_none_or(|version| version < 2) {
        return Ok(None);
    }
    let table = &registered.installation.capture.table.name;
    Ok(suspended(connection, table, Which::FirstAfter(event_id))?.map(|(id, _)| id))
}

/// Which suspension of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first after this event.
    FirstAfter(i64),
    /// The last after this event.
    LastAfter(i64),
}

/// When any tracker of the table was suspended, by the name it has in the registry, and under which number; none if
/// none was.
pub(crate) fn suspended(
    connection: &Connection,
    table: &str,
    which: Which,
) -> Result<Option<(i64, Timestamp)>> {
    let (order, since) = match which {
        Which::FirstAfter(since) => ("asc", since),
        Which::LastAfter(since) => ("desc", since),
    };
    let sql = format!(
        "select id, at from rowlore_suspension where id > ?1 and instr(scope, ?2) + instr(scope, ?3) > 0 \
         order by id {order} limit 1"
    );
    let mut query = connection.prepare_cached(&sql).map_err(ours(DOING))?;
    let values = (since, table_scope(table), any_label_scope(table));
    let found: Option<(i64, String)> =
        query.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(ours(DOING))?;
    found
        .map(|(id, at)| {
            let unreadable = |error: jiff::Error| {
                Error::operator("rowlore_suspension holds a time that is none").caused_by(error)
            };
            Ok((id, at.parse::<Timestamp>().map_err(unreadable)?))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_found_inside_another() {
        let names = ["books", "books:update", "a|books", "books|", ":", "|", "\\", "\\p", "b"];
        let scopes: Vec<String> = names
            .iter()
            .flat_map(|table| {
                let labels = names.iter().map(|label| label_scope(table, label));
                labels.chain([table_scope(table)]).collect::<Vec<_>>()
            })
            .collect();
        let all = scopes.concat();
        for scope in &scopes {
            assert_eq!(all.matches(scope.as_str()).count(), 1, "{scope}");
        }
    }
}
