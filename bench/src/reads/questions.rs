//! The questions, each asked over and over through the library, on a connection of its pool.

use std::time::Instant;

use rowlore::read::{EventQuery, Moment, RowRef, RowsAt};
use rowlore::{Row, TableName, Timestamp};

use super::shop::Shop;
use crate::Problem;

/// What one question took.
pub(super) struct Answer {
    pub(super) question: &'static str,
    /// The most that its median should be, in milliseconds.
    pub(super) target_ms: Option<f64>,
    /// How many events or rows the answer has.
    pub(super) found: usize,
    /// Of the first time, before anything of it was in the cache of the connection or the server.
    pub(super) first_ms: f64,
    /// Of the others, sorted.
    pub(super) figures_ms: Vec<f64>,
}

fn key(id: u64) -> Row {
    [("id".to_owned(), rowlore::Value::from(id))].into_iter().collect()
}

/// Asks all of them.
pub(super) async fn ask(shop: &Shop, rounds: usize) -> Result<Vec<Answer>, Problem> {
    let table = |number: u64| TableName::new("public", format!("items_{number:02}"));
    let any = EventQuery::default;
    let middle = i64::try_from(shop.events / 2)?;
    let at: Timestamp = shop
        .lore
        .events(&EventQuery { before: Some(middle), limit: 1, ..any() })
        .await?
        .first()
        .map(|change| change.at)
        .ok_or("there are no events")?;
    let xid = 1_000_000 + shop.events / 20;
    let users = TableName::new("public", "users");
    let owner = |id: u64| RowRef::new(users.clone(), key(id));
    let long = EventQuery { tables: vec![table(7)], key: Some(key(0)), ..any() };
    let several = (1..=20).map(|number| RowRef::new(table(number), key(number)));
    let links = EventQuery { links_only: true, ..any().references([owner(32)]) };
    let questions = [
        ("the newest 100 of all tables", Some(50.0), any()),
        ("the history of one row, 100 events", Some(5.0), long),
        ("events of 20 rows, one of each table", None, any().tracks(several)),
        ("the newest 100 by an actor of a thousandth of all", None, any().by("user:7")),
        ("the newest 100 by an actor with 200 events", None, any().by("rare")),
        ("all events of one transaction", None, any().in_transaction(xid)),
        ("all events of one context", None, any().in_context(middle / 10)),
        ("the 100 before a moment in the middle", None, EventQuery { until: Some(at), ..any() }),
        ("the newest 100 that point at a row, by any foreign key", None, any().references([owner(32)])),
        ("the newest 100 that point at a row, by links", None, links),
        ("the newest 100 that changed the price", None, any().touching("price")),
    ];
    let mut answers = Vec::new();
    for (question, target_ms, query) in questions {
        let ask = async || Ok(shop.lore.events(&query).await?.len());
        answers.push(measure(question, target_ms, rounds, ask).await?);
    }
    let past = |key, at, limit| RowsAt { table: table(3), key, at, limit };
    let pasts = [
        ("one row as of a time", Some(10.0), past(Some(key(5)), at.into(), 1)),
        ("one row as of an event", Some(10.0), past(Some(key(5)), Moment::After(middle), 1)),
        ("the first 100 rows of a table as of a time", None, past(None, at.into(), 100)),
        ("a whole table as of a time", None, past(None, at.into(), usize::MAX)),
    ];
    for (question, target_ms, query) in pasts {
        let ask = async || Ok(shop.lore.rows_at(&query).await?.len());
        answers.push(measure(question, target_ms, rounds, ask).await?);
    }
    Ok(answers)
}

async fn measure(
    question: &'static str,
    target_ms: Option<f64>,
    rounds: usize,
    ask: impl AsyncFn() -> Result<usize, Problem>,
) -> Result<Answer, Problem> {
    let mut figures_ms = Vec::new();
    let mut found = 0;
    let began = Instant::now();
    for _ in 0..=rounds {
        let begun = Instant::now();
        found = ask().await?;
        figures_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        // What takes seconds need not be asked twenty times.
        if began.elapsed().as_secs() > 20 && figures_ms.len() > 3 {
            break;
        }
    }
    if found == 0 {
        return Err(format!("{question}: an empty answer measures nothing").into());
    }
    let first_ms = figures_ms.remove(0);
    figures_ms.sort_by(f64::total_cmp);
    eprintln!("bench: {question}: {:.1} ms, {found} found", figures_ms[figures_ms.len() / 2]);
    Ok(Answer { question, target_ms, found, first_ms, figures_ms })
}
