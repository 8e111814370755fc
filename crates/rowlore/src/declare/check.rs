//! Declarations that hold together: the only way on from what the user asked for.
//!
//! What can only be known by looking at the database (does the column exist?) is
//! [`plan`](crate::plan)'s to find out.

mod events;

use super::{Columns, Condition, Events, Image, Operation, Origin, TrackedTable, Tracker, Unchanged};
use crate::TableName;
use crate::problem::{Problem, Problems};

/// The prefix of the columns that rowlore adds to event tables; tracked columns may not use it.
pub const OWN_PREFIX: &str = "rl_";

/// Declarations that passed [`check`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declarations(Vec<Declared>);

impl Declarations {
    /// Each declared table.
    pub fn iter(&self) -> impl Iterator<Item = &Declared> {
        self.0.iter()
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One table of checked [`Declarations`]. Its fields are those of [`TrackedTable`].
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The name, its schema empty where the declaration leaves it to the engine.
    pub table: TableName,
    /// See [`TrackedTable::key`].
    pub key: Vec<String>,
    /// See [`TrackedTable::unchanged`].
    pub unchanged: Unchanged,
    /// See [`TrackedTable::links`].
    pub links: Vec<String>,
    /// See [`TrackedTable::baseline`].
    pub baseline: bool,
    /// See [`TrackedTable::events`].
    pub events: Vec<Events>,
    /// At least one rule that is not manual.
    pub trackers: Vec<CheckedTracker>,
    /// See [`TrackedTable::origin`].
    pub origin: Origin,
}

/// One rule of checked [`Declarations`]: a [`Tracker`] with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedTracker {
    /// The operations it records, each once, in the order of [`Operation::ALL`].
    pub operations: Vec<Operation>,
    /// Whether the operations were left to the default.
    pub default_operations: bool,
    /// See [`Tracker::label`].
    pub label: Option<String>,
    /// See [`Tracker::image`].
    pub image: Option<Image>,
    /// The columns it records.
    pub columns: Columns,
    /// Those of them whose change alone makes no event.
    pub ignore: Vec<String>,
    /// See [`Tracker::condition`].
    pub condition: Option<Condition>,
    /// See [`Tracker::manual`]; then there are no operations.
    pub manual: bool,
    /// See [`Tracker::events`].
    pub events: Option<String>,
    /// Where it was declared.
    pub origin: Origin,
}

/// Checks declarations on their own: nothing is read, nothing is changed.
///
/// # Errors
/// All that is wrong at once: names that are none, tables or columns named twice, and rules that
/// contradict themselves.
///
/// ```
/// use rowlore::declare::{TrackedTable, Tracker, Operation, Image};
/// let wrong = TrackedTable::new("books").tracker(Tracker::default().on([Operation::Insert]).image(Image::Old));
/// let problems = rowlore::check([wrong]).unwrap_err();
/// assert!(problems.to_string().contains("an insert has no old row"));
/// ```
pub fn check(tables: impl IntoIterator<Item = TrackedTable>) -> Result<Declarations, Problems> {
    let mut problems = Vec::new();
    let mut declared: Vec<Declared> = Vec::new();
    for table in tables {
        let checked = check_table(table, &mut problems);
        if declared.iter().any(|other| other.table == checked.table) {
            let message = format!("table {} is declared twice", checked.table);
            problems.push(
                Problem::new(&checked.origin, message).hint("give one [[table]] several trackers instead"),
            );
        }
        declared.push(checked);
    }
    Problems::unless(problems, Declarations(declared))
}

fn check_table(table: TrackedTable, problems: &mut Vec<Problem>) -> Declared {
    // Taken apart without `..`, so that a new field stops the build here, where it must be thought about.
    let TrackedTable {
        table: written,
        key,
        columns,
        unchanged,
        ignore,
        links,
        baseline,
        events,
        trackers,
        origin,
    } = table;
    let name = TableName::parse(&written).unwrap_or_else(|| {
        let message = format!("`{written}` is not the name of a table");
        let hint = r#"write `books`, `shop.books` or `"My Shop"."Books"`"#;
        problems.push(Problem::new(&origin, message).hint(hint));
        TableName::new("", &written)
    });
    check_columns(&key, "key", &origin, problems);
    check_columns(columns.named(), "columns", &origin, problems);
    check_columns(&ignore, "ignore", &origin, problems);
    check_columns(&links, "links", &origin, problems);
    let mut trackers = trackers;
    if trackers.iter().all(|tracker| tracker.manual) {
        trackers.insert(0, Tracker::default());
    }
    let of_table = OfTable { columns: &columns, ignore: &ignore, origin: &origin };
    let trackers: Vec<CheckedTracker> =
        trackers.into_iter().map(|tracker| check_tracker(tracker, &of_table, problems)).collect();
    check_labels(&trackers, problems);
    events::check(&events, &trackers, &origin, problems);
    Declared { table: name, key, unchanged, links, baseline, events, trackers, origin }
}

/// What a tracker takes from its table where it says nothing.
struct OfTable<'a> {
    columns: &'a Columns,
    ignore: &'a [String],
    origin: &'a Origin,
}

/// One label of events that the program makes stands for one event table: else nobody knows which is meant.
fn check_labels(trackers: &[CheckedTracker], problems: &mut Vec<Problem>) {
    for (index, tracker) in trackers.iter().enumerate().filter(|(_, tracker)| tracker.manual) {
        if trackers[..index].iter().any(|other| other.manual && other.label == tracker.label) {
            let label = tracker.label.as_deref().unwrap_or_default();
            let problem = Problem::new(&tracker.origin, format!("the label `{label}` is declared twice"));
            problems.push(problem.hint("a label of events of your own stands for one event table"));
        }
    }
}

fn check_tracker(tracker: Tracker, of_table: &OfTable<'_>, problems: &mut Vec<Problem>) -> CheckedTracker {
    let Tracker { mut operations, label, image, columns, ignore, condition, manual, events, origin } =
        tracker;
    let origin = origin.unwrap_or_else(|| of_table.origin.clone());
    let default_operations = operations.is_empty();
    if manual {
        check_manual(&operations, label.as_deref(), image, condition.as_ref(), &mut |message, hint| {
            problems.push(Problem::new(&origin, message).hint(hint));
        });
        operations.clear();
    } else if default_operations {
        operations = Operation::ALL.to_vec();
        if matches!(condition, Some(Condition::When(_))) {
            // A truncate has no rows to put the question to.
            operations.retain(|operation| *operation != Operation::Truncate);
        } else if condition.is_some() {
            operations = vec![Operation::Update];
        }
    }
    operations.sort_unstable();
    operations.dedup();
    let mut problem = |message: &str, hint: &str| problems.push(Problem::new(&origin, message).hint(hint));
    check_image(&operations, default_operations, image, &mut problem);
    if !manual {
        check_condition(&operations, condition.as_ref(), &mut problem);
    }
    for (what, text) in [("label", &label), ("events", &events)] {
        if text.as_deref().is_some_and(|text| text.trim().is_empty() || text.len() > 63) {
            problem(
                &format!("`{what}` must have 1 to 63 bytes"),
                "shorten it, or leave it out for the default",
            );
        }
    }
    for columns in [columns.as_ref(), condition.as_ref().and_then(Condition::columns)].into_iter().flatten() {
        check_columns(columns.named(), "columns", &origin, problems);
    }
    check_columns(ignore.as_deref().unwrap_or_default(), "ignore", &origin, problems);
    let columns = columns.unwrap_or_else(|| of_table.columns.clone());
    let ignore = ignore.unwrap_or_else(|| of_table.ignore.to_vec());
    CheckedTracker {
        operations,
        default_operations,
        label,
        image,
        columns,
        ignore,
        condition,
        manual,
        events,
        origin,
    }
}

fn check_manual(
    operations: &[Operation],
    label: Option<&str>,
    image: Option<Image>,
    condition: Option<&Condition>,
    problem: &mut impl FnMut(&str, &str),
) {
    if label.is_none() {
        problem("events that the program makes need a `label`", "label = \"order.shipped\"");
    }
    if !operations.is_empty() || image.is_some() || condition.is_some() {
        let message = "`manual` goes with a label, columns and an event table only";
        problem(message, "no statement fires it: leave out operations, image and conditions");
    }
    if label.is_some_and(|label| Operation::ALL.iter().any(|operation| operation.name() == label)) {
        problem("a manual label can't be the name of an operation", "call it after what happened");
    }
}

fn check_image(
    operations: &[Operation],
    default_operations: bool,
    image: Option<Image>,
    problem: &mut impl FnMut(&str, &str),
) {
    let impossible = |operation| !default_operations && operations.contains(&operation);
    if image == Some(Image::Old) && impossible(Operation::Insert) {
        problem("an insert has no old row", "leave `image` out, or `insert` out of the operations");
    }
    if image == Some(Image::New) && impossible(Operation::Delete) {
        problem("a delete has no new row", "leave `image` out, or `delete` out of the operations");
    }
}

fn check_condition(
    operations: &[Operation],
    condition: Option<&Condition>,
    problem: &mut impl FnMut(&str, &str),
) {
    let Some(condition) = condition else { return };
    if let Condition::When(expression) = condition {
        if expression.trim().is_empty() {
            problem(
                "`when` is empty",
                "write an expression such as \"new.price > old.price\", or leave it out",
            );
        }
        if operations.contains(&Operation::Truncate) {
            problem("a truncate has no rows to test `when` on", "leave `truncate` out of the operations");
        }
    } else if operations != [Operation::Update] {
        let message = format!("`{}` compares two rows, and only an update has two", condition.name());
        problem(&message, "set operations = [\"update\"]");
    }
}

fn check_columns(names: &[String], what: &str, origin: &Origin, problems: &mut Vec<Problem>) {
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            problems.push(Problem::new(origin, format!("`{what}` holds an empty name")).hint("remove it"));
        } else if names[..index].contains(name) {
            problems.push(Problem::new(origin, format!("`{what}` names `{name}` twice")).hint("remove one"));
        }
    }
}

impl Condition {
    /// Its key in a declaration file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AnyChanged(_) => "any_changed",
            Self::AllChanged(_) => "all_changed",
            Self::AnyUnchanged(_) => "any_unchanged",
            Self::AllUnchanged(_) => "all_unchanged",
            Self::When(_) => "when",
        }
    }

    /// The columns it compares, if it does.
    pub const fn columns(&self) -> Option<&Columns> {
        match self {
            Self::AnyChanged(columns)
            | Self::AllChanged(columns)
            | Self::AnyUnchanged(columns)
            | Self::AllUnchanged(columns) => Some(columns),
            Self::When(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_all_problems_at_once() {
        let wrong = [
            TrackedTable::new("a.b.c"),
            TrackedTable::new("books").key(["id", "id"]).tracker(Tracker::new("").when(" ")),
            TrackedTable::new("books"),
        ];
        let problems = check(wrong).unwrap_err();
        assert_eq!(problems.iter().count(), 5, "{problems}");
    }

    #[test]
    fn fills_in_the_defaults() {
        let declared = check([TrackedTable::new("books").except(["notes"])]).unwrap();
        let books = declared.iter().next().unwrap();
        assert_eq!(books.trackers[0].operations, Operation::ALL);
        assert_eq!(books.trackers[0].columns, Columns::except(["notes"]));
    }

    #[test]
    fn a_comparing_condition_is_about_updates() {
        let tracker = Tracker::default().condition(Condition::AnyChanged(Columns::only(["price"])));
        let declared = check([TrackedTable::new("books").tracker(tracker.clone())]).unwrap();
        assert_eq!(declared.iter().next().unwrap().trackers[0].operations, [Operation::Update]);
        let on_insert = tracker.on([Operation::Insert]);
        assert!(check([TrackedTable::new("books").tracker(on_insert)]).is_err());
    }
}
