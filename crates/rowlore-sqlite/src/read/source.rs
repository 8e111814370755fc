//! Which event tables a question is about.

use rowlore::capture::EventTable;
use rowlore::found::Registered;
use rowlore::read::EventQuery;
use rowlore::{Error, Result, TableName, quote_name};
use rusqlite::Connection;

use super::image::Reader;
use crate::registry::{self, name_today};
use crate::render::events_name;

/// An event table, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) registered: &'a Registered,
    pub(crate) events: &'a EventTable,
}

impl<'a> Source<'a> {
    /// Its name in SQL.
    pub(crate) fn table(&self) -> String {
        format!("main.{}", quote_name(&events_name(&self.events.name)))
    }

    /// The table of the user's, by its name today.
    pub(crate) fn name(&self) -> &'a TableName {
        name_today(self.registered)
    }
}

/// An event table that can be read, and the one that records every change of the same table.
pub(super) struct Readers<'a> {
    pub(super) own: Reader<'a>,
    /// None where it is `own`, or where there is none.
    pub(super) complete: Option<Reader<'a>>,
}

impl<'a> Readers<'a> {
    fn new(connection: &'a Connection, source: Source<'a>) -> Result<Self> {
        let past = source.registered.installation.capture.past_of(source.events);
        let complete = Some(past)
            .filter(|past| past.name != source.events.name)
            .map(|events| Reader::new(connection, Source { events, ..source }));
        Ok(Self { own: Reader::new(connection, source)?, complete: complete.transpose()? })
    }

    /// Where the row's past is looked for first.
    pub(super) fn past(&self) -> &Reader<'a> {
        self.complete.as_ref().unwrap_or(&self.own)
    }
}

/// The event tables asked for.
pub(super) fn sources<'a>(
    connection: &'a Connection,
    registered: &'a [Registered],
    query: &EventQuery,
) -> Result<Vec<Readers<'a>>> {
    if query.key.is_some() && query.tables.len() != 1 {
        let message = "a key needs the one table that it belongs to";
        return Err(Error::request(message).hint("name exactly one table"));
    }
    let asked: Vec<&Registered> = if query.tables.is_empty() {
        registered.iter().collect()
    } else {
        query.tables.iter().map(|table| registry::find(registered, table)).collect::<Result<_>>()?
    };
    let mut chosen: Vec<Source<'a>> = Vec::new();
    for registered in asked {
        for events in registered.installation.capture.readable_events() {
            let wanted = query.events.as_ref().is_none_or(|name| *name == events.name);
            if wanted && !chosen.iter().any(|known| known.events.name == events.name) {
                chosen.push(Source { registered, events });
            }
        }
    }
    if let (Some(name), true) = (&query.events, chosen.is_empty()) {
        let known: Vec<&str> = registered
            .iter()
            .flat_map(|one| one.installation.capture.readable_events())
            .map(|events| events.name.as_str())
            .collect();
        return Err(Error::request(format!("there is no event table `{name}` among those asked for"))
            .hint(format!("there are: {}", known.join(", "))));
    }
    chosen.into_iter().map(|source| Readers::new(connection, source)).collect()
}
