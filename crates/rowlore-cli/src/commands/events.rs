//! `rowlore events`: what happened across tables.

use rowlore::read::EventQuery;
use rowlore::{Error, Op, Timestamp};

use super::{Call, tracked};
use crate::answer::{Answer, Failure};
use crate::connect::AnyLore;
use crate::moment;
use crate::output::lines;
use crate::settings::shell_word;

/// Show what happened across tables, newest first
///
/// One line per event. Filters can be combined, and those that take a name can be given more than once (except
/// --actor). A full page ends with the command for the next one. Times are as for `rowlore as-of`.
///
/// Example:
///   rowlore events
///   rowlore events --table books --op delete --since 7d
///   rowlore events --actor user:5 --json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Only of this table
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Only with this label
    #[arg(long)]
    label: Vec<String>,
    /// Only this operation: insert, update, delete, truncate, baseline or manual
    #[arg(long, value_parser = operation)]
    op: Vec<Op>,
    /// Only by this actor
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only since this moment, such as `2026-11-20 18:00` or `2h` (ago)
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    since: Option<Timestamp>,
    /// Only until this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    until: Option<Timestamp>,
    /// Only of this transaction
    #[arg(long, value_name = "NUMBER")]
    xid: Option<u64>,
    /// Only before this event: the next page
    #[arg(long, value_name = "EVENT")]
    before: Option<i64>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

fn operation(text: &str) -> Result<Op, String> {
    Op::from_name(text).ok_or_else(|| {
        let all: Vec<&str> = Op::ALL.iter().map(|(_, name, _)| *name).collect();
        format!("one of: {}", all.join(", "))
    })
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        let message = format!("--since ({since}) lies after --until ({until})");
        return Err(Error::request(message).hint("swap them").into());
    }
    let lore = call.lore().await?;
    let mut tables = Vec::new();
    for name in &args.table {
        tables.push(tracked(&lore, name).await?.0);
    }
    let query = EventQuery {
        tables,
        labels: args.label.clone(),
        ops: args.op.clone(),
        actor: args.actor.clone(),
        since: args.since,
        until: args.until,
        xid: args.xid,
        before: args.before,
        limit: args.limit as usize,
        ..EventQuery::default()
    };
    let changes = lore.events(&query).await?;
    if call.screen.json() {
        for change in &changes {
            call.screen.object(change)?;
        }
        return Ok(Answer::Yes);
    }
    let look = call.screen.look().clone();
    if changes.is_empty() {
        call.screen.line(&nothing(args, call, &lore).await?)?;
    } else {
        call.screen.print(&lines(&changes, &look))?;
        call.screen.advice(&look.paint.dim(format!("times in {}", moment::zone_name(&look.zone))))?;
    }
    if let Some(last) = changes.last().filter(|_| changes.len() == query.limit) {
        let command = call.settings.command(&format!("events{} --before {}", filters(args), last.event_id));
        call.screen.advice(&format!("There may be more: {}", look.paint.command(command)))?;
    }
    Ok(Answer::Yes)
}

/// Why there may be nothing to show.
async fn nothing(args: &Args, call: &Call<'_>, lore: &AnyLore) -> Result<String, Failure> {
    if lore.registered().await?.is_empty() {
        let command = call.screen.paint().command(call.settings.command("init"));
        return Ok(format!("Nothing is tracked in {} yet. Begin with: {command}", call.settings.database()?));
    }
    let filtered = args.before.is_some() || !filters(args).is_empty();
    Ok(if filtered { "No such event." } else { "No event yet." }.to_owned())
}

/// The filters of this call, to be given again.
fn filters(args: &Args) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut add = |name: &str, value: String| words.push(format!(" --{name} {}", shell_word(&value)));
    args.table.iter().for_each(|table| add("table", table.clone()));
    args.label.iter().for_each(|label| add("label", label.clone()));
    args.op.iter().for_each(|op| add("op", op.name().to_owned()));
    args.actor.iter().for_each(|actor| add("actor", actor.clone()));
    args.since.iter().for_each(|since| add("since", since.to_string()));
    args.until.iter().for_each(|until| add("until", until.to_string()));
    args.xid.iter().for_each(|xid| add("xid", xid.to_string()));
    if args.limit != 50 {
        add("limit", args.limit.to_string());
    }
    words.concat()
}
