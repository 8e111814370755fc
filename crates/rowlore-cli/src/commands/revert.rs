//! `rowlore revert`: undoes what was recorded, after showing what that means.

mod show;

use rowlore::revert::Revert;
use rowlore::{Context, Error, Timestamp};
use serde_json::json;

use super::{Call, row_of};
use crate::answer::{Answer, Failure};
use crate::ask;
use crate::connect::AnyLore;
use crate::moment;
use crate::output::count;

/// Undo what was recorded: an event, a delete, or all that a transaction, a context or a request did
///
/// First shows which rows would be written and how, and what stands in the way (a row changed again since, a
/// parent that is gone, a value that another row has by now). Then asks, and writes in one transaction: all of it
/// or nothing. Where something is in the way nothing is written, unless --skip-conflicts does the rest. What a
/// revert does is recorded too, and can be reverted. Exits with 1 when something keeps a row from being put back.
///
/// Example:
///   rowlore revert event 17
///   rowlore revert row books 42 --to '2026-11-20 18:00' --reason 'wrong price list'
///   rowlore revert deleted orders 7
///   rowlore revert transaction 1234 --dry-run
///   rowlore revert request req-81 --skip-conflicts --actor user:5 --yes
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Only show what would be done
    #[arg(long, global = true)]
    dry_run: bool,
    /// Do what can be done, and leave out the rows that have a conflict
    #[arg(long, global = true)]
    skip_conflicts: bool,
    /// Who does it, for the record
    #[arg(long, global = true, value_name = "WHO")]
    actor: Option<String>,
    /// Why, for the record
    #[arg(long, global = true, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(clap::Subcommand)]
enum What {
    /// What one event did
    ///
    /// Example:
    ///   rowlore revert event 17
    #[command(verbatim_doc_comment)]
    Event {
        /// The event's number
        #[arg(value_parser = number)]
        id: i64,
    },
    /// A row, to what it was at a moment, whatever happened since
    ///
    /// Example:
    ///   rowlore revert row books 42 --to 2h
    #[command(verbatim_doc_comment)]
    Row {
        /// The table
        table: String,
        /// The key of the row
        #[arg(required = true, allow_negative_numbers = true)]
        key: Vec<String>,
        /// The moment, as for `rowlore as-of`
        #[arg(long, value_name = "TIME", value_parser = moment::parse)]
        to: Timestamp,
    },
    /// The last delete of a row, with the rows that went with it
    ///
    /// Example:
    ///   rowlore revert deleted orders 7
    #[command(verbatim_doc_comment)]
    Deleted {
        /// The table
        table: String,
        /// The key of the row
        #[arg(required = true, allow_negative_numbers = true)]
        key: Vec<String>,
    },
    /// Everything that one transaction did
    ///
    /// Example:
    ///   rowlore revert transaction 1234
    #[command(verbatim_doc_comment)]
    Transaction {
        /// The transaction's number, as `rowlore history` shows it
        xid: u64,
    },
    /// Everything that was done in one context
    ///
    /// Example:
    ///   rowlore revert context 5
    #[command(verbatim_doc_comment)]
    Context {
        /// The context's number, as `--json` shows it
        id: i64,
    },
    /// Everything that one request or job did
    ///
    /// Example:
    ///   rowlore revert request req-81
    #[command(verbatim_doc_comment)]
    Request {
        /// The request, as its context names it
        id: String,
    },
}

/// An event's number, also as it is shown: `#17`.
fn number(text: &str) -> Result<i64, String> {
    text.strip_prefix('#').unwrap_or(text).parse().map_err(|_| "write an event as `17`".to_owned())
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let lore = call.lore().await?;
    let plan = lore.plan_revert(&revert(&args.what, &lore).await?).await?;
    let rows = plan.writes.rows.len();
    if call.screen.json() {
        show::objects(call, &plan)?;
    } else {
        let look = call.screen.look().clone();
        call.screen.print(&show::text(&plan, &look))?;
    }
    let blocked = !plan.conflicts.is_empty();
    let kept = if blocked { Answer::No } else { Answer::Yes };
    if args.dry_run || rows == 0 {
        let what = if rows == 0 { "Nothing to write." } else { "Nothing was written: this was a dry run." };
        call.screen.advice(what)?;
        return Ok(kept);
    }
    if blocked && !args.skip_conflicts {
        let conflicts = count(plan.conflicts.len(), "conflict");
        call.screen.aside(&format!("Nothing was written: {conflicts}. --skip-conflicts writes the rest."))?;
        return Ok(Answer::No);
    }
    call.screen.flush()?;
    let rows = count(rows, "row");
    if !ask::go_on(&call.settings, &format!("Write {rows} to {}?", call.settings.database()?))? {
        call.screen.advice("Nothing was changed.")?;
        return Ok(Answer::No);
    }
    let context = Context { actor: args.actor.clone(), reason: args.reason.clone(), ..Context::default() };
    let written = lore.revert(&plan, context).await?;
    if call.screen.json() {
        call.screen.object(&json!({"written": written.rows, "xid": written.xid}))?;
    } else {
        let rows = count(usize::try_from(written.rows).unwrap_or(usize::MAX), "row");
        let undo = written.xid.map(|xid| {
            let command = call.settings.command(&format!("revert transaction {xid}"));
            format!(" To undo that: {}", call.screen.paint().command(command))
        });
        call.screen.advice(&format!("{rows} written.{}", undo.unwrap_or_default()))?;
    }
    Ok(kept)
}

async fn revert(what: &What, lore: &AnyLore) -> Result<Revert, Failure> {
    let row = async |table: &String, key: &[String]| {
        let words: Vec<String> = std::iter::once(table).chain(key).cloned().collect();
        row_of(lore, &words).await
    };
    Ok(match what {
        What::Event { id } => Revert::Event(*id),
        What::Row { table, key, to } => {
            if *to > Timestamp::now() {
                return Err(Error::request("--to lies in the future").hint("name a past moment").into());
            }
            Revert::Row(row(table, key).await?, (*to).into())
        }
        What::Deleted { table, key } => Revert::Deleted(row(table, key).await?),
        What::Transaction { xid } => Revert::Transaction(*xid),
        What::Context { id } => Revert::Context(*id),
        What::Request { id } => Revert::Request(id.clone()),
    })
}
