//! `rowlore event`: an event that no trigger makes.

use rowlore::read::RowRef;
use rowlore::{Context, Error, Value};
use serde_json::json;

use super::{Call, row_of};
use crate::answer::{Answer, Failure};
use crate::connect::create_event;
use crate::output::{key_text, safe};

/// Record an event of a row that no trigger makes, under a label of its own
///
/// The label must be declared: a [[table.tracker]] with manual = true. The event holds the row as it is now; --set
/// says what it holds instead, or a value for an extra column of the event table.
///
/// Example:
///   rowlore event books 42 book.exported
///   rowlore event books 42 book.sold --set price=9.50 --actor user:5 --reason 'fair trade week'
#[derive(clap::Args)]
#[command(verbatim_doc_comment, override_usage = "rowlore event [OPTIONS] <TABLE> <KEY>... <LABEL>")]
pub(crate) struct Args {
    /// The table
    table: String,
    /// The key of the row, then the label
    #[arg(value_name = "KEY… LABEL", required = true, allow_negative_numbers = true)]
    key_and_label: Vec<String>,
    /// A value that the event holds instead of the row's
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = column)]
    set: Vec<(String, Value)>,
    /// Who, for the record
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

fn column(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write a column and a value: `price=9.50`")?;
    let value = if value == "null" { Value::Null } else { Value::from(value) };
    Ok((name.to_owned(), value))
}

pub(super) async fn run(args: &Args, call: &mut Call<'_>) -> Result<Answer, Failure> {
    let [key @ .., label] = args.key_and_label.as_slice() else {
        return Err(Error::request("an event needs a label").hint("see `rowlore event --help`").into());
    };
    if key.is_empty() {
        let message = format!("an event needs the key of a row of {} and a label", args.table);
        return Err(Error::request(message).hint("write `rowlore event books 42 book.exported`").into());
    }
    let lore = call.lore().await?;
    let words: Vec<String> = std::iter::once(&args.table).chain(key).cloned().collect();
    let RowRef { table, key } = row_of(&lore, &words).await?;
    let mut values = key.clone();
    values.extend(args.set.iter().cloned());
    let context = Context { actor: args.actor.clone(), reason: args.reason.clone(), ..Context::default() };
    let row = RowRef::new(table.clone(), values);
    let event_id = create_event(&call.settings.database()?, &row, label, context).await?;
    if call.screen.json() {
        call.screen.object(&json!({"event_id": event_id}))?;
    } else {
        let of = format!("{} {}", safe(&table.to_string()), key_text(&key));
        call.screen.advice(&format!("Recorded event #{event_id}, {} of {of}.", safe(label)))?;
    }
    Ok(Answer::Yes)
}
