//! Which rows a rule records.

use super::Resolver;
use crate::capture::Filter;
use crate::declare::check::CheckedTracker;
use crate::declare::{Columns, Condition, Operation, Origin, Unchanged};

impl Resolver<'_> {
    pub(super) fn filter(
        &mut self,
        tracker: &CheckedTracker,
        operation: Operation,
        recorded: &[String],
        key: &[String],
    ) -> Filter {
        let mut filter = Filter::default();
        if let Some(Condition::When(expression)) = &tracker.condition {
            filter.when = Some(expression.clone());
        }
        if operation != Operation::Update {
            return filter;
        }
        match &tracker.condition {
            Some(Condition::AnyChanged(columns)) => {
                filter.any_changed = Some(self.chosen(columns, &tracker.origin))
            }
            Some(Condition::AllChanged(columns)) => {
                filter.all_changed = self.chosen(columns, &tracker.origin)
            }
            Some(Condition::AnyUnchanged(columns)) => {
                filter.any_unchanged = Some(self.chosen(columns, &tracker.origin))
            }
            Some(Condition::AllUnchanged(columns)) => {
                filter.all_unchanged = self.chosen(columns, &tracker.origin)
            }
            Some(Condition::When(_)) | None => {}
        }
        if filter.any_changed.is_some() || !filter.all_changed.is_empty() {
            return filter;
        }
        // No condition that asks for a change: leave out what `unchanged` says. A rule without a condition looks at
        // what it records; one with a condition of its own may fire on columns that it does not record.
        let all: Vec<String> = self.every_column();
        let only_key = recorded.iter().all(|name| key.contains(name));
        let mut looked_at =
            if tracker.condition.is_some() || only_key { all.clone() } else { recorded.to_vec() };
        looked_at.retain(|name| !tracker.ignore.contains(name));
        match self.declared.unchanged {
            Unchanged::Record if tracker.ignore.is_empty() => {}
            Unchanged::Suppress if looked_at == all => {}
            Unchanged::Skip | Unchanged::Suppress | Unchanged::Record => {
                filter.any_changed = Some(looked_at);
            }
        }
        filter
    }

    fn chosen(&mut self, columns: &Columns, origin: &Origin) -> Vec<String> {
        self.known(columns.named(), origin);
        self.every_column().into_iter().filter(|name| columns.includes(name)).collect()
    }
}
