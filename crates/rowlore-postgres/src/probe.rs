//! Is what is written recorded? By writing, in a transaction that is always rolled back.

use std::fmt::Write as _;

use deadpool_postgres::ClientWrapper;
use rowlore::capture::Rule;
use rowlore::declare::Operation;
use rowlore::engine::{Probe, Probed};
use rowlore::found::{Baseline, Registered};
use rowlore::{Error, Result, TableName, quote_name, quote_text};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};

use crate::dialect::{events_sql, table_sql};
use crate::error::failed;
use crate::registry::Registry;

pub(crate) async fn probe(client: &mut ClientWrapper, table: &TableName) -> Result<Vec<Probe>> {
    let registered = Registry::default().read(client).await?;
    let mut tracked = registered.iter().filter(|one| one.active);
    let Some(one) = tracked.find(|one| one.table_now.as_ref() == Some(table)) else {
        return Err(
            Error::request(format!("{table} is not tracked")).hint("declare it in rowlore.toml and apply")
        );
    };
    let fail = failed("probe");
    let transaction = client.transaction().await.map_err(&fail)?;
    transaction.batch_execute(include_str!("../sql/probe/begin.sql")).await.map_err(&fail)?;
    let answers = Attempt { transaction: &transaction, one, table: table_sql(table) }.all().await;
    // Whatever came of it, nothing of it may stay.
    transaction.rollback().await.map_err(&fail)?;
    answers
}

struct Attempt<'a> {
    transaction: &'a Transaction<'a>,
    one: &'a Registered,
    /// The table as SQL.
    table: String,
}

/// Where a row is.
struct Place {
    relation: u32,
    ctid: String,
}

/// What came of one write.
enum Write {
    /// It was made; whether an event was added.
    Made(bool),
    /// The database refused it, or a trigger of the table's kept it from happening.
    Refused(String),
}

impl Attempt<'_> {
    async fn all(&self) -> Result<Vec<Probe>> {
        let mut inserted = None;
        let mut place = self.a_row().await?;
        if place.is_none() && !self.has_rows().await? {
            // Nothing to change or delete: perhaps a row can be made.
            let (made, there) = self.insert_default().await?;
            (inserted, place) = (Some(made), there);
        }
        let mut probes = Vec::new();
        let mut answer = |operation: Operation, result: Probed| {
            if self.rules(operation).next().is_some() {
                probes.push(Probe { operation, result });
            }
        };
        let none = || Probed::Unknown("the table has no row that could be written".to_owned());
        let (update, delete, again) = match &place {
            Some(place) => {
                let update = self.update(place).await?;
                let (delete, again) = self.delete_and_insert(place).await?;
                (update, delete, again)
            }
            None => (none(), none(), none()),
        };
        answer(
            Operation::Insert,
            match inserted {
                Some(made) => self.judge(Operation::Insert, made),
                None => again,
            },
        );
        answer(Operation::Update, update);
        answer(Operation::Delete, delete);
        if self.rules(Operation::Truncate).next().is_some() {
            let truncate = self.truncate().await?;
            answer(Operation::Truncate, truncate);
        }
        Ok(probes)
    }

    fn rules(&self, operation: Operation) -> impl Iterator<Item = &Rule> {
        self.one.installation.capture.rules_on(operation)
    }

    /// What a write says about the rules of its operation.
    fn judge(&self, operation: Operation, write: Write) -> Probed {
        match write {
            Write::Made(true) => Probed::Recorded,
            Write::Made(false) if self.rules(operation).any(|rule| rule.filter.when.is_none()) => {
                Probed::Missed
            }
            Write::Made(false) => Probed::Unknown("its condition did not hold for the probe".to_owned()),
            Write::Refused(why) => Probed::Unknown(why),
        }
    }

    /// Changes one column after the other, until one of the changes is recorded.
    async fn update(&self, place: &Place) -> Result<Probed> {
        let capture = &self.one.installation.capture;
        let columns = self.query(include_str!("../sql/probe/columns.sql"), &[&self.table]).await?;
        let mut last = "it has no column whose value a probe can change".to_owned();
        for column in &columns {
            let (name, other): (String, Option<String>) = (column.get("name"), column.get("other"));
            let looked_at: Vec<&Rule> =
                self.rules(Operation::Update).filter(|rule| rule.columns.contains(&name)).collect();
            let Some(other) = other.filter(|_| !capture.key.contains(&name) && !looked_at.is_empty()) else {
                continue;
            };
            let sql =
                format!("update {} t set {} = {other} where {}", self.table, quote_name(&name), place.is());
            self.transaction.batch_execute("savepoint rl_probe").await.map_err(failed("probe"))?;
            let write = self.write(&sql, &[]).await?;
            let undo = "rollback to savepoint rl_probe; release savepoint rl_probe";
            self.transaction.batch_execute(undo).await.map_err(failed("probe"))?;
            match write {
                Write::Made(true) => return Ok(Probed::Recorded),
                Write::Made(false) if looked_at.iter().any(|rule| fires_on(rule, &name)) => {
                    return Ok(Probed::Missed);
                }
                Write::Made(false) => last = "its condition did not hold for the probe".to_owned(),
                Write::Refused(why) => last = why,
            }
        }
        Ok(Probed::Unknown(last))
    }

    /// Deletes the row and puts it back.
    async fn delete_and_insert(&self, place: &Place) -> Result<(Probed, Probed)> {
        let row = format!("select to_jsonb(t)::text from {} t where {}", self.table, place.is());
        let Some(row) = self.query(&row, &[]).await?.pop() else {
            let gone = || Probed::Unknown("the row went away".to_owned());
            return Ok((gone(), gone()));
        };
        let values: String = row.get(0);
        let columns = self.query(include_str!("../sql/probe/columns.sql"), &[&self.table]).await?;
        let columns: Vec<String> = columns.iter().map(|column| quote_name(column.get("name"))).collect();
        let columns = columns.join(", ");
        let deleted = self.write(&format!("delete from {} t where {}", self.table, place.is()), &[]).await?;
        if let Write::Refused(why) = &deleted {
            let insert = Probed::Unknown(format!("a row could not be deleted and put back: {why}"));
            return Ok((self.judge(Operation::Delete, deleted), insert));
        }
        let insert = format!(
            "insert into {0} ({columns}) overriding system value \
             select {columns} from jsonb_populate_record(null::{0}, $1::text::jsonb)",
            self.table
        );
        let inserted = self.write(&insert, &[&values]).await?;
        Ok((self.judge(Operation::Delete, deleted), self.judge(Operation::Insert, inserted)))
    }

    async fn insert_default(&self) -> Result<(Write, Option<Place>)> {
        let sql = format!("insert into {} default values", self.table);
        let made = self.write(&sql, &[]).await?;
        let place = self.a_row().await?;
        Ok((made, place))
    }

    async fn truncate(&self) -> Result<Probed> {
        if self.one.installation.baseline == Baseline::Pending {
            let why = "its baseline is not complete, and a truncate would record every row";
            return Ok(Probed::Unknown(why.to_owned()));
        }
        let referenced = "select exists (select from pg_constraint c where c.contype = 'f' \
                          and c.confrelid = $1::text::regclass)";
        if self.query(referenced, &[&self.table]).await?.iter().any(|row| row.get(0)) {
            return Ok(Probed::Unknown("other tables reference it".to_owned()));
        }
        let lock = format!("lock table {} in access exclusive mode nowait", self.table);
        if self.attempt(&lock, &[]).await?.is_err() {
            return Ok(Probed::Unknown("others are using it".to_owned()));
        }
        let before = self.last_event().await?;
        Ok(match self.attempt(&format!("truncate {}", self.table), &[]).await? {
            Ok(_) => self.judge(Operation::Truncate, Write::Made(self.added(before).await?)),
            Err(why) => Probed::Unknown(why),
        })
    }

    /// A row that nobody else holds.
    async fn a_row(&self) -> Result<Option<Place>> {
        let sql = format!(
            "select t.tableoid, t.ctid::text from {} t limit 1 for update of t skip locked",
            self.table
        );
        let row = self.query(&sql, &[]).await?.pop();
        Ok(row.map(|row| Place { relation: row.get(0), ctid: row.get(1) }))
    }

    async fn has_rows(&self) -> Result<bool> {
        let sql = format!("select exists (select from {})", self.table);
        Ok(self.query(&sql, &[]).await?.iter().any(|row| row.get(0)))
    }

    /// Writes one row, and looks whether that was recorded.
    async fn write(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Write> {
        let before = self.last_event().await?;
        Ok(match self.attempt(sql, params).await? {
            Ok(1) => Write::Made(self.added(before).await?),
            Ok(_) => {
                Write::Refused("a trigger or policy of the table kept the write from happening".to_owned())
            }
            Err(why) => Write::Refused(why),
        })
    }

    /// Runs a statement that may fail: then what it did is undone, and why it failed is said without its values.
    async fn attempt(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<std::result::Result<u64, String>> {
        let run = async |sql: &str| self.transaction.batch_execute(sql).await.map_err(failed("probe"));
        run("savepoint rl_attempt").await?;
        let error = match self.transaction.execute(sql, params).await {
            Ok(rows) => return run("release savepoint rl_attempt").await.map(|()| Ok(rows)),
            Err(error) => error,
        };
        let Some(db) = error.as_db_error() else { return Err(failed("probe")(error)) };
        run("rollback to savepoint rl_attempt; release savepoint rl_attempt").await?;
        let mut why = format!("the database refused the write (SQLSTATE {}", db.code().code());
        if let Some(name) = db.constraint() {
            // Writing to a string can't fail.
            let _ = write!(why, ", constraint {name}");
        } else if let Some(name) = db.column() {
            let _ = write!(why, ", column {name}");
        }
        Ok(Err(why + ")"))
    }

    async fn last_event(&self) -> Result<i64> {
        let last = "select case when is_called then last_value else 0 end from rowlore.event_id";
        Ok(self.query(last, &[]).await?.first().map_or(0, |row| row.get(0)))
    }

    /// Whether an event of this transaction came after that one.
    async fn added(&self, after: i64) -> Result<bool> {
        let events = self.one.installation.capture.events.iter().map(events_sql);
        let arms = events.map(|events| {
            format!(
                "exists (select from {events} e where e.rl_event_id > $1 and e.rl_xid = txid_current() \
                 and e.rl_label <> {})",
                quote_text("baseline")
            )
        });
        let sql = format!("select {}", arms.collect::<Vec<_>>().join(" or "));
        Ok(self.query(&sql, &[&after]).await?.iter().any(|row| row.get(0)))
    }

    async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        self.transaction.query(sql, params).await.map_err(failed("probe"))
    }
}

/// Whether nothing but a change of this column is asked for.
fn fires_on(rule: &Rule, column: &str) -> bool {
    let rowlore::capture::Filter { any_changed, all_changed, any_unchanged, all_unchanged, when } =
        &rule.filter;
    any_changed.as_ref().is_none_or(|any| any.iter().any(|name| name == column))
        && all_changed.iter().all(|name| name == column)
        && any_unchanged.is_none()
        && all_unchanged.iter().all(|name| name != column)
        && when.is_none()
}

impl Place {
    /// As a condition on the row `t`.
    fn is(&self) -> String {
        format!("t.tableoid = {} and t.ctid = {}::tid", self.relation, quote_text(&self.ctid))
    }
}
