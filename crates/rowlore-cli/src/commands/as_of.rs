//! `rowlore as-of`: tables as they were.

use rowlore::read::{Moment, RowsAt};
use rowlore::{Error, Row, TableName, Timestamp};
use serde_json::json;

use super::{Call, row_of, tracked};
use crate::answer::{Answer, Failure};
use crate::connect::AnyLore;
use crate::moment;
use crate::output::{Look, count, key_text, table};

/// Show a table, one row of it, or several tables, as they were at a moment
///
/// Changes at exactly that moment are included. Rows come in key order. A time is RFC 3339, `2026-11-20 18:00`,
/// a date, `now`, or how long ago: `10m`, `2h`, `3d`. Without an offset it is in this machine's time zone; times
/// are shown in it too, and in UTC with --json.
///
/// With --at, --event or --transaction all that is named are tables, each as it was at that same moment: at a time,
/// right after an event, or right after all that a transaction did.
///
/// Example:
///   rowlore as-of books '2026-11-20 18:00'
///   rowlore as-of books 10m 42
///   rowlore as-of orders order_lines customers --at 2h
///   rowlore as-of orders order_lines --transaction 1234
#[derive(clap::Args)]
#[command(
    verbatim_doc_comment,
    override_usage = "rowlore as-of [OPTIONS] <TABLE> <TIME> [KEY]...\n       rowlore as-of [OPTIONS] <TABLE>... --at <TIME> | --event <EVENT> | --transaction <NUMBER>"
)]
pub(crate) struct Args {
    /// The table, the moment, and the key of a row (one value per key column, or `column=value`); or tables
    #[arg(value_name = "TABLE TIME KEY…", required = true, allow_negative_numbers = true)]
    words: Vec<String>,
    /// Of all tables named: at this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse, group = "when")]
    at: Option<Timestamp>,
    /// Of all tables named: right after this event
    #[arg(long, value_name = "EVENT", group = "when")]
    event: Option<i64>,
    /// Of all tables named: right after all that this transaction did
    #[arg(long, value_name = "NUMBER", group = "when")]
    transaction: Option<u64>,
    /// At most this many rows of each table
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// What is asked for.
struct Asked {
    tables: Vec<TableName>,
    key: Option<Row>,
    at: Moment,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let lore = call.lore().await?;
    let Asked { tables, key, at } = asked(args, &lore).await?;
    let limit = args.limit as usize;
    let look = call.screen.look().clone();
    let (mut more, mut found) = (Vec::new(), 0);
    for name in &tables {
        // One more than asked for tells whether there are more.
        let query = RowsAt { table: name.clone(), key: key.clone(), at, limit: limit + 1 };
        let mut rows = lore.rows_at(&query).await?;
        let cut = rows.len() > limit;
        rows.truncate(limit);
        found += rows.len();
        if call.screen.json() {
            for row in &rows {
                if tables.len() == 1 {
                    call.screen.object(row)?;
                } else {
                    call.screen.object(&json!({"table": name, "row": row}))?;
                }
            }
        } else {
            if tables.len() > 1 {
                call.screen.line(&look.paint.strong(name))?;
            }
            show(call, name, key.as_ref(), &rows, cut, &when(at, &look))?;
            if tables.last() != Some(name) {
                call.screen.line("")?;
            }
        }
        more.extend(cut.then(|| name.to_string()));
    }
    if !more.is_empty() {
        let of = if tables.len() > 1 { format!(" of {}", more.join(", ")) } else { String::new() };
        call.screen.aside(&format!("There are more rows{of} than {limit}: raise --limit to see them."))?;
    }
    Ok(if key.is_some() && found == 0 { Answer::No } else { Answer::Yes })
}

async fn asked(args: &Args, lore: &AnyLore) -> Result<Asked, Failure> {
    let moment = match (args.at, args.event, args.transaction) {
        (Some(at), ..) => Some(Moment::At(at)),
        (_, Some(event), _) => Some(Moment::After(event)),
        (.., Some(xid)) => Some(lore.moment_of_transaction(xid).await?),
        (None, None, None) => None,
    };
    if let Some(at) = moment {
        let mut tables = Vec::new();
        for name in &args.words {
            tables.push(tracked(lore, name).await?.0);
        }
        return Ok(Asked { tables, key: None, at });
    }
    let [name, at, key @ ..] = args.words.as_slice() else {
        let hint = "write `rowlore as-of books 2h`, or several tables and --at 2h";
        return Err(Error::request("as of which moment?").hint(hint).into());
    };
    let at = moment::parse(at).map_err(|why| {
        Error::request(format!("`{at}` is {why}")).hint("for several tables give the moment with --at")
    })?;
    if key.is_empty() {
        return Ok(Asked { tables: vec![tracked(lore, name).await?.0], key: None, at: at.into() });
    }
    let words: Vec<String> = std::iter::once(name).chain(key).cloned().collect();
    let row = row_of(lore, &words).await?;
    Ok(Asked { tables: vec![row.table], key: Some(row.key), at: at.into() })
}

fn when(at: Moment, look: &Look) -> String {
    match at {
        Moment::At(at) => format!("at {} ({})", moment::show(at, &look.zone), moment::zone_name(&look.zone)),
        Moment::After(event) => format!("right after event #{event}"),
    }
}

fn show(
    call: &mut Call<'_>,
    name: &TableName,
    key: Option<&Row>,
    rows: &[Row],
    more: bool,
    when: &str,
) -> Result<(), Failure> {
    let look = call.screen.look().clone();
    if rows.is_empty() {
        let row = key.map(|key| format!(" {}", key_text(key))).unwrap_or_default();
        let none = if key.is_some() { "was not there" } else { "had no rows" };
        return call.screen.line(&format!("{name}{row} {none} {when}."));
    }
    call.screen.print(&table(rows, &look))?;
    let rows = if more { format!("first {}", count(rows.len(), "row")) } else { count(rows.len(), "row") };
    call.screen.advice(&look.paint.dim(format!("{rows} of {name} {when}")))
}
