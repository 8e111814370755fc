//! Keys of rows as bound arrays, and events found by them: one lookup in an index for each key, however many.

use rowlore::read::{EventQuery, RowRef};
use rowlore::{Error, ErrorKind, Result, quote_name};
use tokio_postgres::Client;

use super::bind::Params;
use super::conditions::Conditions;
use super::source::{Relations, Source, statement_time};
use crate::error::failed;
use crate::value;

/// Keys of one table, each column's value as text, in the order of the columns.
pub(crate) type Keys = Vec<Vec<Option<String>>>;

/// Where and how far one source is searched.
pub(super) struct Scope<'a> {
    /// The place of the source among all.
    pub(super) index: usize,
    pub(super) source: &'a Source<'a>,
    pub(super) relations: &'a Relations,
    /// The condition on the event's id.
    pub(super) range: &'a str,
    /// How many events are wanted, as a parameter.
    pub(super) limit: &'a str,
}

/// Several keys as SQL: `select … from unnest(…)`, one bound array a column.
pub(crate) fn keys_sql(
    columns: &[(&str, &str)],
    keys: &[Vec<Option<String>>],
    params: &mut Params,
) -> String {
    let (mut arrays, mut names, mut casts) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (name, kind)) in columns.iter().enumerate() {
        let texts: Vec<Option<String>> = keys.iter().map(|key| key.get(place).cloned().flatten()).collect();
        arrays.push(format!("{}::text[]", params.bind(texts)));
        names.push(format!("k{place}"));
        casts.push(format!("{} as {}", value::from_text(&format!("k.k{place}"), kind), quote_name(name)));
    }
    format!(
        "select distinct {} from unnest({}) as k({})",
        casts.join(", "),
        arrays.join(", "),
        names.join(", ")
    )
}

/// The rows that the query wants the events of: `key` is one of them.
pub(super) fn wanted(query: &EventQuery) -> Result<Vec<RowRef>> {
    let Some(key) = &query.key else { return Ok(query.rows.clone()) };
    let [table] = query.tables.as_slice() else {
        return Err(Error::request("a key needs exactly one table").hint("name the table that the key is of"));
    };
    if !query.rows.is_empty() {
        return Err(Error::request("both a key and rows are asked for").hint("put the key among the rows"));
    }
    Ok(vec![RowRef::new(table.clone(), key.clone())])
}

/// The keys of those rows that are of this source's table, as texts in the order of its key.
pub(super) fn keys_of(source: &Source<'_>, rows: &[RowRef]) -> Keys {
    let ours = rows.iter().filter(|row| row.table == source.table && source.takes_key(&row.key));
    ours.map(|row| source.events.key.iter().map(|name| row.key.get(name).and_then(value::as_text)).collect())
        .collect()
}

/// Makes sure that each key is one of its table, and each value one of its column's type.
///
/// # Errors
/// Names the columns and their types; never a value.
pub(super) async fn check(client: &Client, sources: &[Source<'_>], rows: &[RowRef]) -> Result<()> {
    let mut checked: Vec<&RowRef> = Vec::new();
    for source in sources {
        let ours = rows.iter().filter(|row| row.table == source.table && !checked.contains(row));
        let ours: Vec<&RowRef> = ours.collect();
        let mut keys = Vec::new();
        for row in &ours {
            let key = crate::key::key(source.capture, &row.key)?;
            keys.push(key.texts.into_iter().map(Some).collect::<Vec<_>>());
        }
        checked.extend(ours);
        if keys.is_empty() {
            continue;
        }
        let columns = crate::key::columns(source.capture);
        let mut params = Params::default();
        let sql = keys_sql(&columns, &keys, &mut params);
        let Err(error) = params.query(client, &sql).await else { continue };
        let error = failed("read a key")(error);
        if error.kind() != ErrorKind::Request {
            return Err(error);
        }
        return Err(crate::key::unfit(source.capture));
    }
    Ok(())
}

/// The newest events of these keys: under them, and those that took a row away from them or emptied its table.
pub(super) fn arm(
    scope: &Scope<'_>,
    keys: &[Vec<Option<String>>],
    conditions: &Conditions,
    params: &mut Params,
) -> String {
    let Scope { index, source, relations, range, limit } = scope;
    let table = source.sql();
    let key = source.key();
    let first = quote_name(key.first().map_or("", |(name, _)| name));
    let one = |condition: &str| {
        format!(
            "(select e.ctid::text as place, e.rl_event_id from {table} e{join}\n    \
             where {condition} and {range}{conditions}\n    order by e.rl_event_id desc limit {limit})",
            join = conditions.join,
            conditions = conditions.sql,
        )
    };
    // Unless another row took the key in the same statement: then the one that left is not meant.
    let moved = format!(
        "e.rl_old_key = {} and not exists (select from {table} a\n      \
         where {} and a.rl_xid = e.rl_xid and {} = {})",
        source.key_json("k"),
        source.same_key("a", "k"),
        statement_time(relations, &table, "a"),
        statement_time(relations, &table, "e"),
    );
    format!(
        "(with k as materialized ({keys})\n\
         select distinct {index}, place, rl_event_id from (\n  \
         select f.* from k cross join lateral {own} f\n  \
         union all select f.* from k cross join lateral {moved} f\n  \
         union all {emptied}) found\n\
         order by rl_event_id desc limit {limit})",
        keys = keys_sql(&key, keys, params),
        own = one(&source.same_key("e", "k")),
        moved = one(&moved),
        emptied = one(&format!("e.{first} is null and e.rl_op = 't'")),
    )
}
