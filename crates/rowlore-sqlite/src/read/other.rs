//! The image of an update that its event does not hold: the row before it, or after it.

use rowlore::capture::{Filter, Rule};
use rowlore::change::Op;
use rowlore::declare::Image;
use rowlore::{Result, quote_name};
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;

use super::DOING;
use super::image::{Found, Reader, Recorded, images};
use super::source::Readers;
use super::{live, resident};
use crate::failure::ours;
use crate::rule::key_json;
use crate::suspend;

/// The other image of this event of `readers.own`, in the columns that the event records; none where it is not known.
pub(super) fn other<'r>(readers: &'r Readers<'_>, event: &Found<'_>) -> Result<Option<Recorded<'r>>> {
    if event.op != Op::Update || readers.own.source.events.key.is_empty() {
        return Ok(None);
    }
    let past = readers.past();
    let mut other = match event.image {
        Image::New => Look { of: past, event, own: &readers.own }.before()?,
        Image::Old => match (Look { of: past, event, own: &readers.own }).same_firing_new()? {
            Some(after) => Some(after),
            None => (Look { of: &readers.own, event, own: &readers.own }).after()?,
        },
    };
    if let Some(other) = &mut other {
        other.keep(|name| event.recorded.get(name).is_some());
    }
    Ok(other)
}

/// An event of `own`, whose row's other states are looked for in `of`.
struct Look<'r, 'a, 'e> {
    of: &'r Reader<'a>,
    own: &'r Reader<'a>,
    event: &'e Found<'e>,
}

impl<'r> Look<'r, '_, '_> {
    /// What the row was before the event: the last image after which it existed, of the key it had then.
    fn before(&self) -> Result<Option<Recorded<'r>>> {
        let (of, event) = (self.of, self.event);
        let old_key = event.old_key.as_deref().map(|json| self.own.old_key(json)).transpose()?;
        let key = old_key.as_ref().unwrap_or(&event.key);
        // Rows that took the key before this one left it: their moves are not this row's past.
        let mut successors = if old_key.is_some() { self.residents(key)? } else { 0 };
        let sql = format!(
            "{} where {} and e.rl_event_id < ?1 and {} order by e.rl_event_id desc limit {}",
            of.select(),
            self.same_key("e"),
            images(&of.source, Some(&event.label), "e"),
            (of.rules(event.op).count() + 1) * (successors + 1),
        );
        let mut query = of.connection.prepare_cached(&sql).map_err(ours(DOING))?;
        let mut rows = query.query(bound(event.event_id, key)).map_err(ours(DOING))?;
        while let Some(row) = rows.next().map_err(ours(DOING))? {
            let before = of.found(row, 0).map_err(ours(DOING))??;
            if self.is_same_firing(&before) {
                continue;
            }
            if successors > 0 && before.old_key.is_some() {
                successors -= 1;
                continue;
            }
            return Ok((before.op != Op::Delete).then_some(before.recorded));
        }
        Ok(None)
    }

    /// How many rows bear the key after the event.
    fn residents(&self, key: &[Stored]) -> Result<usize> {
        let residents = resident::residents(&self.of.source, "?1", |index, _| format!("?{}", index + 2));
        let sql = format!("select {residents}");
        let mut query = self.of.connection.prepare_cached(&sql).map_err(ours(DOING))?;
        let count: rusqlite::Result<i64> = query.query_row(bound(self.event.event_id, key), |row| row.get(0));
        Ok(usize::try_from(count.map_err(ours(DOING))?).unwrap_or(0))
    }

    /// Whether `other` tells of the same change: the rules of one operation write one after the other, each at most
    /// one event.
    fn is_same_firing(&self, other: &Found<'_>) -> bool {
        let event = self.event;
        if other.op != event.op {
            return false;
        }
        let rules = &self.own.source.registered.installation.capture.rules;
        let place = |events: &str, found: &Found<'_>| {
            let mut rules = rules.iter().filter(|rule| rule.operation.name() == event.op.name());
            rules.position(|rule| {
                rule.events == events && rule.label == found.label && rule.image == found.image
            })
        };
        let (theirs, ours) = (&self.of.source.events.name, &self.own.source.events.name);
        match (place(theirs, other), place(ours, event)) {
            (Some(first), Some(second)) => {
                let apart = i64::try_from(first.abs_diff(second)).unwrap_or(0);
                first != second
                    && (first < second) == (other.event_id < event.event_id)
                    && event.event_id.abs_diff(other.event_id) <= apart.unsigned_abs()
            }
            // The rule is gone, and its place with it: one change has one time and one image.
            (_, None) if ours != theirs && other.image == event.image => {
                other.at == event.at && other.recorded.holds(&event.recorded)
            }
            _ => false,
        }
    }

    /// The new image that another rule recorded of the very change whose old image this event is.
    fn same_firing_new(&self) -> Result<Option<Recorded<'r>>> {
        let of = self.of;
        let rules = self.own.source.registered.installation.capture.rules.len();
        let sql = format!(
            "{} where {} and e.rl_event_id between ?1 - {rules} and ?1 + {rules} and e.rl_op = 'u' and e.rl_image = 'n'",
            of.select(),
            self.same_key("e"),
        );
        let mut query = of.connection.prepare_cached(&sql).map_err(ours(DOING))?;
        let bound = bound(self.event.event_id, &self.event.key);
        let mut rows = query.query(bound).map_err(ours(DOING))?;
        while let Some(row) = rows.next().map_err(ours(DOING))? {
            let other = of.found(row, 0).map_err(ours(DOING))??;
            if self.is_same_firing(&other) {
                return Ok(Some(other.recorded));
            }
        }
        Ok(None)
    }

    /// What the row was after the event, where nothing recorded the new image: the next event says it if it holds an
    /// old image and no change in between can have gone by unrecorded; without a next event, the row itself.
    fn after(&self) -> Result<Option<Recorded<'r>>> {
        let (own, event) = (self.own, self.event);
        let Some(watcher) = self.watcher() else { return Ok(None) };
        // While capture was suspended the row may have changed unseen.
        let suspended = suspend::first_after(own.connection, own.source.registered, event.event_id)?;
        let mut after = match self.next()? {
            Some(next) if next.image == Image::Old && suspended.is_none_or(|id| id > next.event_id) => {
                let mut before = next.recorded;
                for (name, value) in own.source.events.key.iter().zip(&event.key) {
                    before.set(name, value.clone());
                }
                Some(before)
            }
            Some(_) => None,
            None if own.source.registered.active && suspended.is_none() => live::row(own, &event.key)?,
            None => None,
        };
        if let (Some(after), Some(seen)) = (&mut after, &watcher.filter.any_changed) {
            after.keep(|name| seen.iter().any(|seen| seen == name));
        }
        Ok(after)
    }

    /// The rule that records the row before each change of what this event records, if there is one today. Rows must
    /// not come and go unseen either: then nobody knows whether the row of that key is still the same one.
    fn watcher(&self) -> Option<&Rule> {
        let (own, event) = (self.own, self.event);
        let mut rules = own.rules(Op::Update);
        let same_rule = rules.find(|rule| rule.label == event.label && rule.image == Image::Old)?;
        let all_of_it = |seen: &Vec<String>| {
            let ignored = &own.source.events.ignored;
            same_rule.columns.iter().all(|name| seen.contains(name) || ignored.contains(name))
        };
        let is_open = |rule: &Rule| {
            rule.filter.any_changed.as_ref().is_none_or(all_of_it)
                && Filter { any_changed: None, ..rule.filter.clone() }.is_open()
        };
        if ![Op::Insert, Op::Delete].iter().all(|op| own.rules(*op).any(is_open)) {
            return None;
        }
        let watches = |rule: &&Rule| {
            let records = same_rule.columns.iter().all(|name| rule.columns.contains(name));
            rule.image == Image::Old && records && is_open(rule)
        };
        own.rules(Op::Update).find(watches)
    }

    /// The next event of the row that tells of another change.
    fn next(&self) -> Result<Option<Found<'r>>> {
        let own = self.own;
        let sql = format!(
            "{select} where e.rl_event_id in (
                select * from (
                    select n.rl_event_id from {table} as n
                    where {same} and n.rl_event_id > ?1 and n.rl_op <> 'm' order by n.rl_event_id limit {rules})
                union all
                select * from (
                    select n.rl_event_id from {table} as n
                    where n.rl_old_key = {moved} and n.rl_event_id > ?1 order by n.rl_event_id limit {rules}))
             order by e.rl_event_id",
            select = own.select(),
            table = own.source.table(),
            same = self.same_key("n"),
            moved = key_json(&own.source.events.key, |index, _| format!("?{}", index + 2)),
            rules = own.rules(Op::Update).count() + 1,
        );
        let mut query = own.connection.prepare_cached(&sql).map_err(ours(DOING))?;
        let mut rows = query.query(bound(self.event.event_id, &self.event.key)).map_err(ours(DOING))?;
        while let Some(row) = rows.next().map_err(ours(DOING))? {
            let next = own.found(row, 0).map_err(ours(DOING))??;
            if self.is_same_firing(&next) {
                continue;
            }
            // A row that comes to the key while this one should bear it: what became of this one was not recorded.
            let arrives = next.old_key.is_some() && next.key == self.event.key;
            return Ok(Some(if arrives { Found { image: Image::New, ..next } } else { next }));
        }
        Ok(None)
    }

    /// The key stands in the parameters from the second on.
    fn same_key(&self, alias: &str) -> String {
        let key = self.of.source.events.key.iter().enumerate();
        let same = key.map(|(index, name)| format!("{alias}.{} is ?{}", quote_name(name), index + 2));
        same.collect::<Vec<_>>().join(" and ")
    }
}

fn bound(event_id: i64, key: &[Stored]) -> impl rusqlite::Params + '_ {
    params_from_iter(std::iter::once(Stored::Integer(event_id)).chain(key.iter().cloned()))
}
