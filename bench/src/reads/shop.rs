//! The events that are read: written into rowlore's event tables by `sql/reads`, in the order of capture.

use rowlore::Lore;
use rowlore::declare::TrackedTable;
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;
use tokio_postgres::{Client, NoTls};

use crate::Problem;

/// How many tables the events are of.
pub(super) const TABLES: u64 = 20;

/// A database full of events.
pub(super) struct Shop {
    pub(super) lore: Lore<Postgres>,
    pub(super) events: u64,
    /// Of each table.
    pub(super) rows: u64,
}

impl Shop {
    /// Makes it; takes some minutes for ten million events.
    pub(super) async fn make(server: &PrivatePostgres, events: u64) -> Result<Self, Problem> {
        let url = server.database("reads").url;
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        // Ends with the client.
        tokio::spawn(connection);
        client.batch_execute(include_str!("../../sql/reads/tables.sql")).await?;
        let lore = Lore::new(Postgres::connect(&url).await?);
        let names: Vec<String> = (1..=TABLES).map(|table| format!("{table:02}")).collect();
        let tables = names.iter().map(|name| TrackedTable::new(format!("items_{name}")).links(["owner"]));
        let declarations = rowlore::check(tables).map_err(rowlore::Error::from)?;
        lore.apply(&lore.plan(&declarations).await?).await?;
        for one in lore.registered().await? {
            lore.backfill(&one.installation.capture.table, 1000, |_| ()).await?;
        }
        let shop = Self { lore, events, rows: events / TABLES / 10 };
        shop.fill(&client, &names).await?;
        Ok(shop)
    }

    async fn fill(&self, client: &Client, names: &[String]) -> Result<(), Problem> {
        let contexts = i64::try_from(self.events / 10)?;
        client.execute(include_str!("../../sql/reads/contexts.sql"), &[&contexts]).await?;
        for (place, name) in names.iter().enumerate() {
            eprintln!("bench: events of table {} of {TABLES}", place + 1);
            let fill = |sql: &str| {
                sql.replace("{table}", name)
                    .replace("{place}", &place.to_string())
                    .replace("{rows}", &self.rows.to_string())
                    .replace("{events}", &(self.events / TABLES).to_string())
            };
            client.batch_execute(&fill(include_str!("../../sql/reads/events.sql"))).await?;
            client.batch_execute(&fill(include_str!("../../sql/reads/live.sql"))).await?;
        }
        // The tracking began before the first event, as far as the past is concerned.
        client.execute("update rowlore.tracked set tracked_since = '2025-12-31'", &[]).await?;
        let last = format!("select setval('rowlore.event_id', {})", self.events);
        client.execute(&last, &[]).await?;
        client.batch_execute("vacuum analyze").await?;
        Ok(())
    }
}
