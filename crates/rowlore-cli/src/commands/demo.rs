//! `rowlore demo`: all of it on a small shop, without a server.

mod place;

mod shop;

mod story;

use std::path::PathBuf;

use rowlore::declare::file;
use rowlore::read::{EventQuery, RowsAt};
use rowlore::{Change, Error, History, Lore, Op, Row, Timestamp};
use rowlore_sqlite::Sqlite;

use self::place::Place;
use self::story::Story;
use super::Call;
use crate::answer::{Answer, Failure};
use crate::settings::shell_word;

/// Show all of it on a small shop, without a server
///
/// Makes an SQLite database of a small bookshop, tracks it, lets two people and a program change things, and
/// shows what was recorded: a row's timeline, who did what, a table as it was, one thing taken back. The
/// database stays, to try other commands on.
///
/// Example:
///   rowlore demo
///   rowlore demo --dir /tmp/shop
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Where to put the database and its declarations
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    call.no_json("demo", "try `--json` with the commands it ends with")?;
    let place = place::prepare(&args.dir)?;
    let look = call.screen.look().clone();
    let config = place.config.display().to_string();
    let program = format!("{} --config {}", call.settings.program(), shell_word(&config));
    let story = Story { look: &look, program };
    call.screen.print(&story.opening(&place.database.display().to_string()))?;

    let lore = shop::open(&place.database)?;
    place::write_config(&place)?;
    let (steps, rows) = shop::track(&lore, &declarations(&place)?).await?;
    call.screen.print(&story.tracking(&config, steps, rows))?;

    let before = day(&lore).await?;
    let events = since_baseline(&lore).await?;
    call.screen.print(&story.day(&shop::day(), events.len()))?;

    let book = Row::from_iter([("id".to_owned(), 1.into())]);
    let history = lore.history(&shop::books(), &book, &History::default()).await?;
    call.screen.print(&story.row(&shop::books(), &book, &history))?;
    call.screen.print(&story.who(&events))?;
    let query = RowsAt { table: shop::books(), key: None, at: before.into(), limit: 100 };
    call.screen.print(&story.before(&before.to_string(), &lore.rows_at(&query).await?))?;

    let (raise, old_price) = last_raise(&history)?;
    shop::moment();
    shop::revert_price(&lore, 1, old_price, raise)?;
    let last = History { limit: Some(2), ..History::default() };
    let last = lore.history(&shop::books(), &book, &last).await?;
    call.screen.print(&story.revert(raise, &last))?;
    call.screen.print(&story.next(&commands(before, raise, &history)))?;
    Ok(Answer::Yes)
}

/// Lets the day pass; returns the moment before the prices were raised.
async fn day(lore: &Lore<Sqlite>) -> Result<Timestamp, Failure> {
    let mut before = Timestamp::now();
    for (index, act) in shop::day().iter().enumerate() {
        let moment = shop::moment();
        if index == 1 {
            before = moment;
        }
        act.run(lore)?;
    }
    Ok(before)
}

fn declarations(place: &Place) -> Result<rowlore::declare::check::Declarations, Failure> {
    let path = place.config.display().to_string();
    let text = std::fs::read_to_string(&place.config)
        .map_err(|error| Failure::system(&format!("{path} can't be read"), &error))?;
    let file = file::parse(&path, &text)?;
    Ok(rowlore::check(file.databases.into_iter().flat_map(|database| database.tables))?)
}

/// What happened since the tracking began, newest first.
async fn since_baseline(lore: &Lore<Sqlite>) -> Result<Vec<Change>, Failure> {
    let ops = vec![Op::Insert, Op::Update, Op::Delete];
    Ok(lore.events(&EventQuery { ops, limit: 1000, ..EventQuery::default() }).await?)
}

/// The raise of the spring prices: its event, and the price before it.
fn last_raise(history: &[Change]) -> Result<(i64, i64), Failure> {
    let spring = |change: &&Change| change.context.reason.as_deref() == Some("spring prices");
    let raise = history.iter().find(spring).and_then(|change| {
        let price = change.old.as_ref()?.get("price")?.as_i64()?;
        Some((change.event_id, price))
    });
    raise.ok_or_else(|| Error::bug("the demo's own raise of prices was not recorded").into())
}

fn commands(before: Timestamp, raise: i64, history: &[Change]) -> Vec<(String, &'static str)> {
    let first = history.first().map_or(raise, |change| change.event_id);
    vec![
        ("history books 1".to_owned(), "the timeline of a row"),
        ("history order_lines 2 1".to_owned(), "one that is gone, with a key of two columns"),
        ("events --actor user:ada".to_owned(), "what one person did"),
        ("events --op delete --json".to_owned(), "for programs: one object a line"),
        (format!("as-of orders {before}"), "a table as it was before the customer was deleted"),
        (format!("diff books 1 '#{first}' '#{raise}'"), "two states of a row"),
        ("plan".to_owned(), "what would have to be done: nothing, until you change the declarations"),
        ("check".to_owned(), "is the database still what is declared? For CI"),
    ]
}
