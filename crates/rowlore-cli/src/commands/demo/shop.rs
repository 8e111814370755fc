//! What happens in the shop: made with plain SQL, as its programs would.

use std::path::Path;
use std::time::Duration;

use rowlore::declare::check::Declarations;
use rowlore::{Context, Lore, Result, TableName, Timestamp};
use rowlore_sqlite::{Sqlite, Transactions as _, rusqlite};

use super::place::MARK;

/// One thing that somebody did.
pub(super) struct Act {
    /// Who, and why; nothing for what is done past every program.
    context: Option<Context>,
    /// What, for a person.
    pub(super) what: &'static str,
    /// What, for the database.
    pub(super) sql: &'static str,
}

/// The person who minds the prices.
pub(super) const ADA: &str = "user:ada";

/// The program that reads the supplier's lists.
const IMPORT: &str = "job:import";

/// What happens on this day, in this order.
pub(super) fn day() -> [Act; 5] {
    let by = |actor: &str, why: &str| Some(Context::actor(actor).because(why));
    [
        Act {
            context: by(ADA, "new edition"),
            what: "changes one book",
            sql: include_str!("../../../sql/demo/new_edition.sql"),
        },
        Act {
            context: by(ADA, "spring prices"),
            what: "raises every price by a tenth, in one statement",
            sql: include_str!("../../../sql/demo/spring_prices.sql"),
        },
        Act {
            context: by(IMPORT, "supplier list 47"),
            what: "upserts three books: one is new, one differs, one does not",
            sql: include_str!("../../../sql/demo/supplier_list.sql"),
        },
        Act {
            context: by(ADA, "asked to be forgotten"),
            what: "deletes a customer, and the orders go with her",
            sql: include_str!("../../../sql/demo/forget_customer.sql"),
        },
        Act {
            context: None,
            what: "empties a shelf by raw SQL, past every program",
            sql: include_str!("../../../sql/demo/raw.sql"),
        },
    ]
}

impl Act {
    /// Who does it, for a person.
    pub(super) fn who(&self) -> &str {
        self.context.as_ref().and_then(|context| context.actor.as_deref()).unwrap_or("somebody")
    }

    /// Does it.
    pub(super) fn run(&self, lore: &Lore<Sqlite>) -> Result<()> {
        match &self.context {
            Some(context) => lore.transaction(context.clone(), |tx| tx.execute(self.sql, []).map(drop)),
            None => lore.engine().with(|sql| sql.execute_batch(self.sql)),
        }
    }
}

/// Makes the shop's database, as it was before anybody tracked it.
pub(super) fn open(path: &Path) -> Result<Lore<Sqlite>> {
    let sqlite = Sqlite::open_or_create(path)?;
    sqlite.with(|sql| {
        sql.pragma_update(None, "application_id", MARK)?;
        // Nobody needs the demo's rows after a power cut; its user waits for every flush.
        sql.pragma_update(None, "synchronous", "off")?;
        sql.execute_batch(&format!("begin; {} commit;", include_str!("../../../sql/demo/shop.sql")))
    })?;
    Ok(Lore::new(sqlite))
}

/// Starts the tracking, first events of the older rows included; returns how many steps and rows that took.
pub(super) async fn track(lore: &Lore<Sqlite>, declarations: &Declarations) -> Result<(usize, u64)> {
    let plan = lore.plan(declarations).await?;
    lore.apply(&plan).await?;
    let mut rows = 0;
    for declared in declarations.iter() {
        lore.backfill(&declared.table, 1000, |turn| rows += turn.rows_recorded).await?;
    }
    Ok((plan.steps().len(), rows))
}

/// Puts a book's price back, as a change of its own with its own who and why.
pub(super) fn revert_price(lore: &Lore<Sqlite>, id: i64, price: i64, event: i64) -> Result<()> {
    let context = Context::actor(ADA).because(format!("revert of event {event}"));
    lore.transaction(context, |tx| {
        tx.execute("update books set price = ?2 where id = ?1", rusqlite::params![id, price]).map(drop)
    })
}

/// Lets the clock of the database move on, so that there is a moment between two things; returns it.
pub(super) fn moment() -> Timestamp {
    // The database counts milliseconds, and the whole day is over in a few of them.
    std::thread::sleep(Duration::from_millis(3));
    let now = Timestamp::now();
    std::thread::sleep(Duration::from_millis(3));
    now.round(jiff::Unit::Millisecond).unwrap_or(now)
}

/// The shop's books.
pub(super) fn books() -> TableName {
    TableName::new("", "books")
}
