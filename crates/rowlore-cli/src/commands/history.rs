//! `rowlore history`: what became of one row.

use rowlore::{History, Timestamp};

use super::{Call, tracked};
use crate::answer::{Answer, Failure};
use crate::key;
use crate::moment;
use crate::output::{key_text, timeline, timeline_title};

/// Show the history of one row: what changed, who did it, when and why
///
/// Oldest first, old → new for each changed column, through changes of the key. The key is one value per key
/// column, in the order of the key, or `column=value`. Times are as for `rowlore as-of`. Events of tables that
/// declare `links` to this one (a row of a join table, say) are told too, each with its table; --no-links leaves
/// them out.
///
/// Example:
///   rowlore history books 42
///   rowlore history order_lines order_id=7 line=2 --since 2d
///   rowlore history books 42 --as-of '2026-11-20 18:00' --json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The table
    table: String,
    /// The key of the row
    #[arg(required = true, allow_negative_numbers = true)]
    key: Vec<String>,
    /// As it was known at this moment, such as `2026-11-20 18:00` or `2h` (ago)
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    as_of: Option<Timestamp>,
    /// Only what happened since this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    since: Option<Timestamp>,
    /// Only the latest N events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Only the row's own events, not those of rows that are linked to it
    #[arg(long)]
    no_links: bool,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let lore = call.lore().await?;
    let (table, registered) = tracked(&lore, &args.table).await?;
    let key = key::parse(&registered.installation.capture, &args.key)?;
    let limit = args.limit.map(|limit| limit as usize);
    let part = History { since: args.since, until: args.as_of, limit, links: !args.no_links };
    let changes = lore.history(&table, &key, &part).await?;
    if call.screen.json() {
        for change in &changes {
            call.screen.object(change)?;
        }
    } else if changes.is_empty() {
        let when = if args.since.or(args.as_of).is_some() { " in that time" } else { "" };
        call.screen.line(&format!("No event of {table} {}{when}.", key_text(&key)))?;
    } else {
        let look = call.screen.look().clone();
        call.screen.print(&timeline_title(&table, &key, changes.len(), &look))?;
        call.screen.line("")?;
        call.screen.print(&timeline(&changes, Some(&table), &look))?;
    }
    Ok(if changes.is_empty() { Answer::No } else { Answer::Yes })
}
