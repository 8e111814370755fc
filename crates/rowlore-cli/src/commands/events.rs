//! `rowlore events`: what happened across tables.

mod filter;

use rowlore::declare::Image;
use rowlore::read::EventQuery;
use rowlore::{Error, Op, Timestamp, Value};

use self::filter::Wanted;
use super::{Call, row_of, tracked};
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
/// --row shows one row's events; --references those of rows that point at it by a foreign key, with --levels all
/// also of rows that point at those, and so on. --old and --new compare a column of the row before and after:
/// `price>=10`, `title=Dune`, `isbn!=null`, by <, <=, =, !=, >=, >. --data looks into the context: `tenant=a`,
/// or `user.id=5` for a field of an object.
///
/// Example:
///   rowlore events
///   rowlore events --table books --op delete --since 7d
///   rowlore events --references books 42 --levels all
///   rowlore events --changed price --old 'price<10' --new 'price>=10'
///   rowlore events --actor user:5 --data tenant=a --json
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
    /// Only of this row: the table, then its key
    #[arg(long, value_names = ["TABLE", "KEY"], num_args = 2.., action = clap::ArgAction::Set, allow_negative_numbers = true)]
    row: Option<Vec<String>>,
    /// Only of rows that point at this one by a foreign key: the table, then its key
    #[arg(long, value_names = ["TABLE", "KEY"], num_args = 2.., action = clap::ArgAction::Set, allow_negative_numbers = true)]
    references: Option<Vec<String>>,
    /// How far --references goes: rows that point at it, or also rows that point at those
    #[arg(long, value_enum, default_value_t = Levels::One, requires = "references")]
    levels: Levels,
    /// Only that changed this column
    #[arg(long, value_name = "COLUMN")]
    changed: Vec<String>,
    /// Only where the row before was so
    #[arg(long, value_name = "COLUMN<OP>VALUE", value_parser = filter::parse)]
    old: Vec<Wanted>,
    /// Only where the row after is so
    #[arg(long, value_name = "COLUMN<OP>VALUE", value_parser = filter::parse)]
    new: Vec<Wanted>,
    /// Only of this request or job
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Only of this context, by the number that --json shows
    #[arg(long, value_name = "ID")]
    context: Vec<i64>,
    /// Only whose context has this in its data
    #[arg(long, value_name = "PATH=VALUE", value_parser = filter::data)]
    data: Vec<(String, Value)>,
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

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Levels {
    One,
    All,
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
    let query = query(args, &lore).await?;
    let changes = match &query {
        Some(query) => lore.events(query).await?,
        None => Vec::new(),
    };
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
    if let Some(last) = changes.last().filter(|_| changes.len() == args.limit as usize) {
        let command = call.settings.command(&format!("events{} --before {}", filters(args), last.event_id));
        call.screen.advice(&format!("There may be more: {}", look.paint.command(command)))?;
    }
    Ok(Answer::Yes)
}

/// What is asked for; none where no row points at the one that was named.
async fn query(args: &Args, lore: &AnyLore) -> Result<Option<EventQuery>, Failure> {
    let mut tables = Vec::new();
    for name in &args.table {
        tables.push(tracked(lore, name).await?.0);
    }
    let mut query = EventQuery {
        tables,
        labels: args.label.clone(),
        ops: args.op.clone(),
        actor: args.actor.clone(),
        request: args.request.clone(),
        context_ids: args.context.clone(),
        data: args.data.clone(),
        changed: args.changed.clone(),
        since: args.since,
        until: args.until,
        xid: args.xid,
        before: args.before,
        limit: args.limit as usize,
        ..EventQuery::default()
    };
    let images = [(Image::Old, &args.old), (Image::New, &args.new)];
    for (image, wanted) in images.iter().flat_map(|(image, all)| all.iter().map(move |one| (*image, one))) {
        query.values.push(wanted.of(image));
    }
    if let Some(words) = &args.row {
        query.rows = vec![row_of(lore, words).await?];
    }
    if let Some(words) = &args.references {
        let row = row_of(lore, words).await?;
        match args.levels {
            Levels::One => query.references = vec![row],
            Levels::All if !query.rows.is_empty() => {
                let message = "--row and --references --levels all exclude each other";
                return Err(Error::request(message).hint("leave one of them out").into());
            }
            Levels::All => {
                query.rows = lore.related(&[row], usize::MAX).await?;
                if query.rows.is_empty() {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(query))
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
    let mut texts: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut add = |name: &str, value: String| words.push(format!(" --{name} {}", shell_word(&value)));
    args.table.iter().for_each(|table| add("table", table.clone()));
    args.label.iter().for_each(|label| add("label", label.clone()));
    args.op.iter().for_each(|op| add("op", op.name().to_owned()));
    for (name, words) in [("row", &args.row), ("references", &args.references)] {
        if let Some(words) = words {
            let quoted: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
            texts.push(format!(" --{name} {}", quoted.join(" ")));
        }
    }
    if args.levels == Levels::All {
        add("levels", "all".to_owned());
    }
    args.changed.iter().for_each(|column| add("changed", column.clone()));
    args.old.iter().for_each(|wanted| add("old", wanted.text.clone()));
    args.new.iter().for_each(|wanted| add("new", wanted.text.clone()));
    args.request.iter().for_each(|request| add("request", request.clone()));
    args.context.iter().for_each(|context| add("context", context.to_string()));
    args.data.iter().for_each(|(path, value)| add("data", format!("{path}={}", filter::text(value))));
    args.actor.iter().for_each(|actor| add("actor", actor.clone()));
    args.since.iter().for_each(|since| add("since", since.to_string()));
    args.until.iter().for_each(|until| add("until", until.to_string()));
    args.xid.iter().for_each(|xid| add("xid", xid.to_string()));
    if args.limit != 50 {
        add("limit", args.limit.to_string());
    }
    texts.concat() + &words.concat()
}
