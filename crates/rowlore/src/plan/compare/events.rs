//! An event table that is there against what it should be: its columns, its schema, its partitions.

use jiff::{Span, Timestamp, ToSpan as _, civil, tz::TimeZone};

use super::Compare;
use crate::capture::EventTable;
use crate::declare::{ExtraColumn, Period};
use crate::engine::Alteration;
use crate::found::{Compare as HowToCompare, FoundColumn, FoundEventTable, ObjectKind, Partition};
use crate::plan::{Action, Lock};
use crate::{TableName, shortened};

impl<'a> Compare<'a> {
    pub(super) fn event_columns(&mut self, events: &EventTable, there: &FoundEventTable, table: &TableName) {
        let lock = || Lock::Events(events.name.clone());
        self.own_columns(events, there, table);
        self.partitions(events, &there.partitions, table);
        for column in &events.columns {
            let name = &column.name;
            let found =
                there.columns.iter().find(|(there, _)| there == name).map(|(_, found)| found.as_str());
            let add = Alteration::AddColumn { events: events.clone(), column: column.clone() };
            match found {
                None => {
                    let action = Action::AlterEvents(events.name.clone(), format!("add column {name}"));
                    self.alter(
                        action,
                        Some(table),
                        format!("column {name} is not recorded yet"),
                        lock(),
                        &add,
                    );
                }
                Some(found) if *found == column.event_type => {}
                Some(found) => {
                    let why = format!("column {name} is {} now, not {found}", column.event_type);
                    if self.dialect.widens(found, &column.event_type) {
                        let how = format!("change column {name} from {found} to {}", column.event_type);
                        let action = Action::AlterEvents(events.name.clone(), how);
                        let retype =
                            Alteration::RetypeColumn { events: events.clone(), column: column.clone() };
                        self.alter(action, Some(table), why, lock(), &retype);
                    } else {
                        self.set_aside(events, &column.name, found, there, table, &why);
                        let action = Action::AlterEvents(events.name.clone(), format!("add column {name}"));
                        self.alter(action, Some(table), why, lock(), &add);
                    }
                }
            }
        }
    }

    fn set_aside(
        &mut self,
        events: &EventTable,
        column: &str,
        found: &str,
        there: &FoundEventTable,
        table: &TableName,
        why: &str,
    ) {
        let is_column = |name: &String| name == column;
        if events.key.iter().any(is_column) || events.indexes.iter().flatten().any(is_column) {
            let objects = self.dialect.event_objects(events);
            self.stale.extend(
                objects.into_iter().map(|object| object.id).filter(|id| id.kind == ObjectKind::Index),
            );
        }
        let taken = |name: &String| there.columns.iter().any(|(there, _)| there == name);
        let was = format!("_was_{}", found.replace(|c: char| !c.is_alphanumeric(), "_"));
        let name = |n: u32| {
            let end = if n == 1 { was.clone() } else { format!("{was}_{n}") };
            shortened(column, &end)
        };
        let to = (1..).map(name).find(|name| !taken(name)).unwrap_or_else(|| name(1));
        let how = format!("keep the values of column {column} under {to}");
        let action = Action::AlterEvents(events.name.clone(), how);
        let alteration = Alteration::SetColumnAside { events: events.clone(), from: column.to_owned(), to };
        self.alter(action, Some(table), why.to_owned(), Lock::Events(events.name.clone()), &alteration);
    }

    pub(super) fn move_events(&mut self, events: &EventTable, there: &FoundEventTable, table: &TableName) {
        if there.schema == events.schema {
            return;
        }
        let schema = events.schema.as_deref().unwrap_or("rowlore");
        let action = Action::AlterEvents(events.name.clone(), format!("move to schema {schema}"));
        let why = format!("it is in {}", there.schema.as_deref().unwrap_or("rowlore"));
        let alteration = Alteration::MoveEvents { events: events.clone(), from: there.schema.clone() };
        self.alter(action, Some(table), why, Lock::Events(events.name.clone()), &alteration);
    }

    fn own_columns(&mut self, events: &EventTable, there: &FoundEventTable, table: &TableName) {
        let add = |events: &EventTable, name: &str| {
            Action::AlterEvents(events.name.clone(), format!("add column {name}"))
        };
        for column in self.dialect.own_columns(events) {
            if !there.own_columns.contains(&column) {
                let action = add(events, &column);
                let alteration = Alteration::AddOwnColumn { events: events.clone(), column };
                let why = "its settings need it".to_owned();
                self.alter(action, Some(table), why, Lock::Events(events.name.clone()), &alteration);
            }
        }
        for extra in &events.extra {
            let found = there.columns.iter().find(|(name, _)| *name == extra.name).map(|(_, found)| found);
            if !found.is_some_and(|found| self.is_of_type(extra, found, there)) {
                if let Some(found) = found {
                    let why = format!("extra column {} is {} now, not {found}", extra.name, extra.sql_type);
                    self.set_aside(events, &extra.name, found, there, table, &why);
                }
                let action = add(events, &extra.name);
                let column = FoundColumn {
                    name: extra.name.clone(),
                    event_type: extra.sql_type.clone(),
                    compare: HowToCompare::Text,
                    recordable: true,
                };
                let alteration = Alteration::AddColumn { events: events.clone(), column };
                let why = "an extra column that it does not have yet".to_owned();
                self.alter(action, Some(table), why, Lock::Events(events.name.clone()), &alteration);
            }
        }
    }

    /// Whether an extra column that was found has the type that is declared. The database may spell a type otherwise: then
    /// what counts is whether it is declared as it was.
    fn is_of_type(&self, extra: &ExtraColumn, found: &str, there: &FoundEventTable) -> bool {
        let alike = |a: &str, b: &str| a == b || (!a.contains('"') && a.eq_ignore_ascii_case(b));
        let known = self.found.registered.iter().flat_map(|one| one.installation.capture.readable_events());
        let was = known
            .filter(|was| was.name == there.name && was.schema == there.schema)
            .find_map(|was| was.extra.iter().find(|was| was.name == extra.name));
        alike(&extra.sql_type, found) || was.is_some_and(|was| alike(&extra.sql_type, &was.sql_type))
    }

    /// The partitions of today and the near future that are not there.
    pub(super) fn partitions(&mut self, events: &EventTable, there: &[Partition], table: &TableName) {
        let (Some(period), Some(now)) = (events.partition, self.found.now) else { return };
        for partition in partitions_ahead(&events.name, period, now) {
            // Of another period there may be some. What lies between them and the new ones goes to the rest.
            if there.iter().any(|known| known.from < partition.to && partition.from < known.to) {
                continue;
            }
            let action =
                Action::AlterEvents(events.name.clone(), format!("add partition {}", partition.name));
            let why = format!("events from {} on belong there", partition.from);
            let alteration = Alteration::AddPartition { events: events.clone(), partition };
            self.alter(action, Some(table), why, Lock::Events(events.name.clone()), &alteration);
        }
    }
}

/// The partition of this moment and those of the next periods.
fn partitions_ahead(events: &str, period: Period, now: Timestamp) -> Vec<Partition> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let (first, step, ahead): (civil::Date, Span, usize) = match period {
        Period::Day => (today, 1.day(), 7),
        Period::Week => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            (today.saturating_sub(since_monday.days()), 1.week(), 4)
        }
        Period::Month => (today.first_of_month(), 1.month(), 3),
        Period::Year => (today.first_of_year(), 1.year(), 1),
    };
    let moment = |date: civil::Date| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let mut partitions = Vec::new();
    let mut from = first;
    for _ in 0..=ahead {
        let to = from.saturating_add(step);
        let end = match period {
            Period::Day | Period::Week => from.strftime("_%Y_%m_%d"),
            Period::Month => from.strftime("_%Y_%m"),
            Period::Year => from.strftime("_%Y"),
        };
        if let (Ok(from), Ok(to)) = (moment(from), moment(to)) {
            partitions.push(Partition { name: shortened(events, &end.to_string()), from, to });
        }
        from = to;
    }
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_follow_each_other_without_a_gap() {
        let now: Timestamp = "2026-12-31T23:59:59Z".parse().unwrap();
        for (period, first) in [
            (Period::Day, "2026-12-31T00:00:00Z"),
            (Period::Week, "2026-12-28T00:00:00Z"),
            (Period::Month, "2026-12-01T00:00:00Z"),
            (Period::Year, "2026-01-01T00:00:00Z"),
        ] {
            let ahead = partitions_ahead("books_event", period, now);
            assert_eq!(ahead[0].from.to_string(), first);
            assert!(ahead[0].to > now, "{period:?}");
            assert!(ahead.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].name != pair[1].name));
        }
        assert_eq!(partitions_ahead("books_event", Period::Month, now)[1].name, "books_event_2027_01");
    }
}
