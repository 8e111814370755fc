//! A small shop on SQLite: a struct declares what is tracked, two actors change it, and its history is read back.
//!
//! Run it with `cargo run -p rowlore-examples --example orders`.

// An example talks to the person who runs it.
#![allow(clippy::print_stdout)]

use rowlore::{Context, History, Lore, Result, Tracked, TypedChange};
use rowlore_sqlite::{Sqlite, Transactions, wait};
use serde::Deserialize;

/// A row of `orders`. A payment gets an event of its own, in an event table that holds nothing else.
#[derive(Debug, PartialEq, Deserialize, Tracked)]
#[rowlore(table = "orders", except("updated_at"))]
#[rowlore(tracker)]
#[rowlore(tracker(
    label = "paid",
    when = "new.status = 'paid' and old.status <> 'paid'",
    operations(update),
    events = "payment"
))]
struct Order {
    id: i64,
    customer: String,
    status: String,
    total: f64,
}

/// A row of `order_lines`, whose key has two columns.
#[derive(Debug, Deserialize, Tracked)]
#[rowlore(table = "order_lines")]
struct Line {
    #[rowlore(key)]
    order_id: i64,
    #[rowlore(key)]
    line: i64,
    article: String,
}

const SCHEMA: &str = "
    create table orders (id integer primary key, customer text, status text, total numeric, updated_at text);
    create table order_lines (
        order_id integer references orders on delete cascade, line integer, article text, primary key (order_id, line)
    );";

fn main() -> Result<()> {
    for line in story()? {
        println!("{line}");
    }
    Ok(())
}

/// What happened, one line an event.
fn story() -> Result<Vec<String>> {
    let lore = Lore::new(Sqlite::in_memory()?);
    lore.engine().with(|sql| sql.execute_batch(SCHEMA))?;
    let declarations = rowlore::check([Order::declaration(), Line::declaration()])?;
    wait(lore.apply(&wait(lore.plan(&declarations))?))?;

    lore.transaction(Context::actor("customer:7").request("req-1"), |tx| {
        tx.execute("insert into orders values (1, 'Ada', 'open', 30.0, datetime('now'))", [])?;
        tx.execute("insert into order_lines values (1, 1, 'Dune'), (1, 2, 'Emma')", [])
    })?;
    lore.transaction(Context::actor("clerk:2").because("paid in the shop"), |tx| {
        tx.execute("update orders set status = 'paid', updated_at = datetime('now') where id = 1", [])
    })?;
    // A column that is not recorded: no event.
    lore.engine().with(|sql| sql.execute("update orders set updated_at = null", []))?;
    // Deletes the lines too. The database does that, and the database records it.
    lore.transaction(Context::actor("clerk:2").because("returned"), |tx| {
        tx.execute("delete from orders", [])
    })?;

    let orders = wait(lore.history_of::<Order>(1, &History::default()))?;
    let lines = wait(lore.history_of::<Line>((1, 2), &History::default()))?;
    let mut story = Vec::new();
    for change in &orders {
        story.push(told(change, &status(change)?));
    }
    for change in &lines {
        story.push(told(change, &article(change)?));
    }
    Ok(story)
}

fn status(change: &TypedChange<Order>) -> Result<String> {
    let status = |order: Option<Order>| order.map_or("-".to_owned(), |order| order.status);
    Ok(format!("{} to {}", status(change.old_row()?), status(change.new_row()?)))
}

fn article(change: &TypedChange<Line>) -> Result<String> {
    let line = change.new_row()?.or(change.old_row()?);
    Ok(line.map_or("-".to_owned(), |line| format!("{}.{} {}", line.order_id, line.line, line.article)))
}

fn told<T>(change: &TypedChange<T>, what: &str) -> String {
    let context = &change.context;
    let who = context.actor.as_deref().unwrap_or("somebody");
    let why = context.reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
    format!("{} {}: {what} ({who}{why})", change.table, change.label)
}

#[test]
fn tells_the_story() {
    let expected = [
        "orders insert: - to open (customer:7)",
        "orders update: open to paid (clerk:2, paid in the shop)",
        "orders paid: open to paid (clerk:2, paid in the shop)",
        "orders delete: paid to - (clerk:2, returned)",
        "order_lines insert: 1.2 Emma (customer:7)",
        "order_lines delete: 1.2 Emma (clerk:2, returned)",
    ];
    assert_eq!(story().unwrap(), expected);
}
