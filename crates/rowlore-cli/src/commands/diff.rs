//! `rowlore diff`: two states of one row.

use rowlore::declare::Image;
use rowlore::read::EventQuery;
use rowlore::{Change, Diff, Error, History, Row, TableName, Timestamp};
use serde_json::{Map, json};

use super::{Call, tracked};
use crate::answer::{Answer, Failure};
use crate::connect::AnyLore;
use crate::key;
use crate::moment;
use crate::output::{diff, key_text};

/// Show what is different about one row between two moments
///
/// A moment is a time or an event of the row, written `#17`: the row right after it. Exits with 1 when there
/// is a difference, with 0 when there is none. Times are as for `rowlore as-of`.
///
/// Example:
///   rowlore diff books 42 2026-11-20 now
///   rowlore diff books 42 '#17' '#23'
#[derive(clap::Args)]
#[command(verbatim_doc_comment, override_usage = "rowlore diff [OPTIONS] <TABLE> <KEY>... <A> <B>")]
pub(crate) struct Args {
    /// The table
    table: String,
    /// The key of the row, then the two moments
    #[arg(value_name = "KEY… A B", required = true, allow_negative_numbers = true)]
    key_and_moments: Vec<String>,
}

/// One side of the comparison.
#[derive(Clone, Copy)]
enum Side {
    At(Timestamp),
    After(i64),
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let [key @ .., from, to] = args.key_and_moments.as_slice() else {
        return Err(Error::request("a diff needs two moments").hint("see `rowlore diff --help`").into());
    };
    let (from, to) = (side(from)?, side(to)?);
    let lore = call.lore().await?;
    let (table, registered) = tracked(&lore, &args.table).await?;
    let key = key::parse(&registered.installation.capture, key)?;
    let difference = match (from, to) {
        (Side::At(from), Side::At(to)) => lore.diff(&table, &key, from, to).await?,
        _ => {
            let old = state(&lore, &table, &key, from).await?;
            let new = state(&lore, &table, &key, to).await?;
            let (old, new) = common(old, new);
            Diff::between(old, new)
        }
    };
    show(call, &table, &key, &difference)?;
    Ok(if difference.changed.is_empty() { Answer::Yes } else { Answer::No })
}

fn side(text: &str) -> Result<Side, Failure> {
    if let Some(number) = text.strip_prefix('#') {
        let number = number.parse::<i64>().map_err(|_| {
            Error::request(format!("`{text}` is not an event")).hint("write an event as `#17`")
        })?;
        return Ok(Side::After(number));
    }
    let moment = moment::parse(text);
    moment.map(Side::At).map_err(|why| {
        Error::request(format!("`{text}` is {why}")).hint("or write an event of the row as `#17`").into()
    })
}

/// The row as it was; none where it was not there.
async fn state(lore: &AnyLore, table: &TableName, key: &Row, side: Side) -> Result<Option<Row>, Failure> {
    match side {
        Side::At(at) => {
            let query = rowlore::read::RowsAt {
                table: table.clone(),
                key: Some(key.clone()),
                at: at.into(),
                limit: 1,
            };
            Ok(lore.rows_at(&query).await?.pop())
        }
        Side::After(number) => after(event(lore, table, key, number).await?),
    }
}

/// The event of that number, which must be one of this row.
async fn event(lore: &AnyLore, table: &TableName, key: &Row, number: i64) -> Result<Change, Failure> {
    let query = EventQuery {
        tables: vec![table.clone()],
        event_ids: vec![number],
        limit: 1,
        ..EventQuery::default()
    };
    let found = lore.events(&query).await?.pop();
    let missing = || {
        let hint = "`rowlore history` lists the events of a row";
        Error::request(format!("event #{number} is not one of {table} {}", key_text(key))).hint(hint)
    };
    let found = found.ok_or_else(missing)?;
    if found.key == *key {
        return Ok(found);
    }
    // The row may have had another key then: its history follows it.
    let part = History { since: Some(found.at), links: false, ..History::default() };
    let history = lore.history(table, key, &part).await?;
    Ok(history.into_iter().find(|change| change.event_id == number).ok_or_else(missing)?)
}

/// The row right after a change.
fn after(change: Change) -> Result<Option<Row>, Failure> {
    if !change.leaves_row() {
        return Ok(None);
    }
    let number = change.event_id;
    change.new.map(Some).ok_or_else(|| {
        let image = format!("{:?}", Image::Old).to_lowercase();
        Error::request(format!("event #{number} recorded only the {image} row, not what became of it"))
            .hint("name a time instead")
            .into()
    })
}

/// Only the columns that both states know: an event may record fewer than the table has.
fn common(old: Option<Row>, new: Option<Row>) -> (Option<Row>, Option<Row>) {
    let (Some(mut one), Some(mut other)) = (old.clone(), new.clone()) else { return (old, new) };
    one.retain(|name, _| new.as_ref().is_some_and(|new| new.contains_key(name)));
    other.retain(|name, _| old.as_ref().is_some_and(|old| old.contains_key(name)));
    (Some(one), Some(other))
}

fn show(call: &mut Call<'_>, table: &TableName, key: &Row, difference: &Diff) -> Result<(), Failure> {
    if call.screen.json() {
        let mut object = Map::new();
        object.insert("table".to_owned(), json!(table));
        object.insert("key".to_owned(), json!(key));
        let names: Vec<&String> = difference.changed.iter().map(|(name, ..)| name).collect();
        for (name, row) in [("new", &difference.new), ("old", &difference.old)] {
            if let Some(row) = row {
                object.insert(name.to_owned(), json!(row));
            }
        }
        object.insert("changed".to_owned(), json!(names));
        return call.screen.object(&object);
    }
    let look = call.screen.look().clone();
    let title = look.paint.strong(format!("{table} {}", key_text(key)));
    if difference.changed.is_empty() {
        let what = if difference.new.is_none() { "was not there at either moment" } else { "no difference" };
        return call.screen.line(&format!("{title}: {what}"));
    }
    call.screen.line(&title)?;
    call.screen.print(&diff(difference, &look))
}
