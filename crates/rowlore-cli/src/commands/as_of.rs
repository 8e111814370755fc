//! `rowlore as-of`: a table as it was.

use rowlore::Timestamp;
use rowlore::read::RowsAt;

use super::{Call, tracked};
use crate::answer::{Answer, Failure};
use crate::key;
use crate::moment;
use crate::output::{count, key_text, table};

/// Show a table, or one row of it, as it was at a moment
///
/// Changes at exactly that moment are included. Rows come in key order. A time is RFC 3339, `2026-11-20 18:00`,
/// a date, `now`, or how long ago: `10m`, `2h`, `3d`. Without an offset it is in this machine's time zone; times
/// are shown in it too, and in UTC with --json.
///
/// Example:
///   rowlore as-of books '2026-11-20 18:00'
///   rowlore as-of books 10m 42
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The table
    table: String,
    /// The moment
    #[arg(value_name = "TIME", value_parser = moment::parse)]
    at: Timestamp,
    /// The key of a row: one value per key column, or `column=value`
    #[arg(allow_negative_numbers = true)]
    key: Vec<String>,
    /// At most this many rows
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let lore = call.lore().await?;
    let (name, registered) = tracked(&lore, &args.table).await?;
    let key = match args.key.as_slice() {
        [] => None,
        given => Some(key::parse(&registered.installation.capture, given)?),
    };
    let limit = args.limit as usize;
    // One more than asked for tells whether there are more.
    let query = RowsAt { table: name.clone(), key: key.clone(), at: args.at.into(), limit: limit + 1 };
    let mut rows = lore.rows_at(&query).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let look = call.screen.look().clone();
    if call.screen.json() {
        for row in &rows {
            call.screen.object(row)?;
        }
    } else {
        let at = format!("{} ({})", moment::show(args.at, &look.zone), moment::zone_name(&look.zone));
        let row = key.as_ref().map(|key| format!(" {}", key_text(key))).unwrap_or_default();
        if rows.is_empty() {
            let none = if key.is_some() { "was not there" } else { "had no rows" };
            call.screen.line(&format!("{name}{row} {none} at {at}."))?;
        } else {
            call.screen.print(&table(&rows, &look))?;
            let rows =
                if more { format!("first {}", count(rows.len(), "row")) } else { count(rows.len(), "row") };
            call.screen.advice(&look.paint.dim(format!("{rows} of {name} at {at}")))?;
        }
    }
    if more {
        call.screen.aside(&format!("There are more rows than {limit}: raise --limit to see them."))?;
    }
    Ok(if key.is_some() && rows.is_empty() { Answer::No } else { Answer::Yes })
}
