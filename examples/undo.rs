//! Undo: an order is deleted by mistake, its lines and its labels go with it, and all of it is put back.
//!
//! Run it with `cargo run -p rowlore-examples --example undo`.

// An example talks to the person who runs it.
#![allow(clippy::print_stdout)]

use rowlore::read::EventQuery;
use rowlore::revert::{ConflictKind, Revert, RevertPlan, WriteAction};
use rowlore::{Context, Lore, Result, Tracked};
use rowlore_sqlite::{Sqlite, Transactions, wait};
use serde::Deserialize;

/// A row of `orders`.
#[derive(Debug, PartialEq, Deserialize, Tracked)]
#[rowlore(table = "orders")]
#[allow(dead_code)]
struct Order {
    id: i64,
    customer: String,
    total: f64,
}

/// A row of `order_lines`, which goes when its order goes.
#[derive(Debug, PartialEq, Deserialize, Tracked)]
#[rowlore(table = "order_lines", links(order_id))]
#[allow(dead_code)]
struct Line {
    #[rowlore(key)]
    order_id: i64,
    #[rowlore(key)]
    line: i64,
    article: String,
}

const SCHEMA: &str = "
    create table orders (id integer primary key, customer text, total numeric);
    create table order_lines (
        order_id integer references orders on delete cascade, line integer, article text, primary key (order_id, line)
    );
    insert into orders values (1, 'Ada', 30.0), (2, 'Ben', 7.5);
    insert into order_lines values (1, 1, 'Dune'), (1, 2, 'Emma'), (2, 1, 'Solaris');";

fn main() -> Result<()> {
    for line in story()? {
        println!("{line}");
    }
    Ok(())
}

/// What happened, one line a step.
fn story() -> Result<Vec<String>> {
    let lore = Lore::new(Sqlite::in_memory()?);
    lore.engine().with(|sql| sql.execute_batch(SCHEMA))?;
    let declarations = rowlore::check([Order::declaration(), Line::declaration()])?;
    wait(lore.apply(&wait(lore.plan(&declarations))?))?;
    for table in wait(lore.registered())? {
        wait(lore.backfill(&table.installation.capture.table, 1000, |_| ()))?;
    }

    lore.transaction(Context::actor("clerk:2").request("req-81"), |tx| {
        tx.execute("update orders set total = 8 where id = 2", [])?;
        tx.execute("delete from orders where id = 1", [])
    })?;
    let mut story = vec![format!("after the mistake: {}", rows(&lore)?)];

    // First a plan. It writes nothing.
    let mistake = Revert::Request("req-81".to_owned());
    let plan = wait(lore.plan_revert(&mistake))?;
    story.extend(told(&plan));

    // Somebody else goes on working meanwhile. A new plan says what is in the way now.
    lore.transaction(Context::actor("clerk:3"), |tx| {
        tx.execute("update orders set total = 9 where id = 2", [])
    })?;
    let plan = wait(lore.plan_revert(&mistake))?;
    story.extend(told(&plan));

    // The rest of it, in one transaction that is on record itself.
    wait(lore.revert(&plan, Context::actor("clerk:2")))?;
    story.push(format!("after the undo: {}", rows(&lore)?));
    let last = wait(lore.events(&EventQuery { limit: 1, ..EventQuery::default() }))?;
    let why = last.first().and_then(|change| change.context.reason.clone());
    story.push(format!("recorded as: {}", why.unwrap_or_default()));
    Ok(story)
}

/// The plan of a revert in words.
fn told(plan: &RevertPlan) -> Vec<String> {
    let writes = plan.writes.rows.iter().map(|write| {
        let what = match &write.action {
            WriteAction::Insert(_) => "put back",
            WriteAction::Update { .. } => "set right",
            WriteAction::Delete { .. } => "take away",
        };
        format!("  {what} {} {}", write.table, values(&write.key))
    });
    let conflicts = plan.conflicts.iter().map(|conflict| {
        let why = match &conflict.why {
            ConflictKind::ChangedSince(columns) => {
                let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
                format!("{} changed since", names.join(", "))
            }
            other => format!("{other:?}"),
        };
        format!("  leave {} {}: {why}", conflict.table, values(&conflict.key))
    });
    std::iter::once(format!("revert of {}:", plan.of)).chain(writes).chain(conflicts).collect()
}

fn values(key: &rowlore::Row) -> String {
    key.values().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// What stands in the tables.
fn rows(lore: &Lore<Sqlite>) -> Result<String> {
    lore.engine().with(|sql| {
        let totals = "select group_concat(id || '=' || total, ' ') from (select * from orders order by id)";
        let lines = "select count(*) from order_lines";
        let totals: Option<String> = sql.query_row(totals, [], |row| row.get(0))?;
        let lines: i64 = sql.query_row(lines, [], |row| row.get(0))?;
        Ok(format!("orders {}, {lines} lines", totals.unwrap_or_default()))
    })
}

#[test]
fn tells_the_story() {
    let expected = [
        "after the mistake: orders 2=8, 1 lines",
        "revert of request req-81:",
        "  put back orders 1",
        "  put back order_lines 1.1",
        "  put back order_lines 1.2",
        "  set right orders 2",
        "revert of request req-81:",
        "  put back orders 1",
        "  put back order_lines 1.1",
        "  put back order_lines 1.2",
        "  leave orders 2: total changed since",
        "after the undo: orders 1=30 2=9, 3 lines",
        "recorded as: revert of request req-81",
    ];
    assert_eq!(story().unwrap(), expected);
}
