//! What was measured, and what can be said of it: medians, and ratios within a round.

use std::collections::BTreeMap;

use crate::session::Cost;
use crate::variants::Variant;

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// All rows in one update.
    Update,
    /// Many rows in one insert.
    Insert,
    /// Half of the rows in one delete.
    Delete,
    /// One row by its key, in a transaction of its own, many times.
    Single,
    /// The same, with a statement before it that says who acts.
    SingleContext,
    /// Some rows in one update, in a session that did nothing else.
    SomeFresh,
    /// The same in a session that updated single rows first.
    SomeUsed,
    /// All rows in one update, in a session that did nothing else, after the single rows and some rows of another.
    AllFresh,
    /// The same in the session that did those.
    AllUsed,
}

/// The costs of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<(Measure, Variant), Vec<Cost>>);

impl Figures {
    /// Takes the next round's cost.
    pub(crate) fn add(&mut self, measure: Measure, variant: Variant, cost: Cost) {
        self.0.entry((measure, variant)).or_default().push(cost);
    }

    /// All rounds' costs.
    pub(crate) fn rounds(&self, measure: Measure, variant: Variant) -> &[Cost] {
        self.0.get(&(measure, variant)).map_or(&[], Vec::as_slice)
    }

    /// The median over all rounds; none when it was not measured.
    pub(crate) fn median(
        &self,
        measure: Measure,
        variant: Variant,
        of: impl Fn(&Cost) -> f64,
    ) -> Option<f64> {
        median(self.rounds(measure, variant).iter().map(of).collect())
    }

    /// The median over all rounds of one cost over another, both taken in the same round: what else the machine did in
    /// that minute slows both.
    pub(crate) fn ratio(
        &self,
        (measure, variant): (Measure, Variant),
        (other, base): (Measure, Variant),
        of: impl Fn(&Cost) -> f64,
    ) -> Option<f64> {
        let pairs = self.rounds(measure, variant).iter().zip(self.rounds(other, base));
        median(pairs.map(|(cost, base)| of(cost) / of(base)).collect())
    }

    /// The median over all rounds of the CPU, in ms, that a variant adds to the untracked table.
    pub(crate) fn added(&self, measure: Measure, variant: Variant) -> Option<f64> {
        median(self.added_rounds(measure, variant).collect())
    }

    /// What a variant adds over what another adds.
    pub(crate) fn added_ratio(&self, measure: Measure, variant: Variant, base: Variant) -> Option<f64> {
        let pairs = self.added_rounds(measure, variant).zip(self.added_rounds(measure, base));
        median(pairs.map(|(added, base)| added / base).collect())
    }

    fn added_rounds(&self, measure: Measure, variant: Variant) -> impl Iterator<Item = f64> {
        let pairs = self.rounds(measure, variant).iter().zip(self.rounds(measure, Variant::Untracked));
        pairs.map(|(cost, untracked)| cost.cpu_ms - untracked.cpu_ms)
    }
}

/// The one in the middle, or the mean of the two.
fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    let half = all.len() / 2;
    match all.len() {
        0 => None,
        even if even % 2 == 0 => Some((all[half - 1] + all[half]) / 2.0),
        _ => Some(all[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Measure, median};
    use crate::session::Cost;
    use crate::variants::Variant;

    #[test]
    fn the_middle_of_them() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let mut figures = Figures::default();
        // The second round ran on a machine twice as slow, the third met something else in one of the two.
        for (untracked, rowlore, peer) in [(10.0, 30.0, 50.0), (20.0, 60.0, 100.0), (10.0, 90.0, 50.0)] {
            for (variant, cpu_ms) in
                [(Variant::Untracked, untracked), (Variant::Rowlore, rowlore), (Variant::PghistoryRow, peer)]
            {
                figures.add(Measure::Update, variant, Cost { cpu_ms, ..Cost::default() });
            }
        }
        let both = ((Measure::Update, Variant::Rowlore), (Measure::Update, Variant::Untracked));
        assert_eq!(figures.ratio(both.0, both.1, |cost| cost.cpu_ms), Some(3.0));
        assert_eq!(figures.added(Measure::Update, Variant::PghistoryRow), Some(40.0));
        let share = figures.added_ratio(Measure::Update, Variant::Rowlore, Variant::PghistoryRow);
        assert_eq!(share, Some(0.5));
        assert_eq!(figures.added(Measure::Insert, Variant::Rowlore), None);
    }
}
