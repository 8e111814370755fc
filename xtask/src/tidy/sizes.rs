//! Files and functions stay small: old debt is written down with its size, may shrink, and may not grow.

use std::collections::HashMap;
use std::fs;

use super::scan;
use super::{Source, Violation};

/// Above this a file must be in the list of debts.
const FILE_LINES_MAX: usize = 400;
/// Above this no list helps.
const FILE_LINES_HARD: usize = 600;
/// Above this a function must be in the list of debts.
const FUNCTION_LINES_MAX: usize = 70;

/// Lines of `lines path` for a file, `lines path name` for a function.
const DEBT: &str = "xtask/tidy-debt.txt";

/// What was too big when the rule came, with its size then.
#[derive(Debug, Default)]
struct Debts(HashMap<String, (usize, usize)>);

pub(super) fn check(sources: &[Source]) -> Result<Vec<Violation>, String> {
    let text = fs::read_to_string(DEBT).map_err(|error| format!("{DEBT}: {error}"))?;
    let (mut debts, mut violations) = Debts::read(&text);
    for source in sources {
        check_source(source, &mut debts, &mut violations);
    }
    violations.extend(debts.unused());
    Ok(violations)
}

fn check_source(source: &Source, debts: &mut Debts, violations: &mut Vec<Violation>) {
    if !(source.is_rust() || source.path.ends_with(".sql")) {
        return;
    }
    let lines = source.text.lines().count();
    if lines > FILE_LINES_HARD {
        debts.forget(&source.path);
        let what = format!("{lines} lines, {FILE_LINES_HARD} at most: split it by what it knows");
        violations.push(Violation::new(&source.path, 1, what));
    } else if lines > FILE_LINES_MAX && !debts.allows(&source.path, lines) {
        let what = format!("{lines} lines, {FILE_LINES_MAX} at most: split it by what it knows");
        violations.push(Violation::new(&source.path, 1, what));
    }
    for function in scan::functions(&source.code) {
        let key = format!("{} {}", source.path, function.name);
        if function.lines > FUNCTION_LINES_MAX && !debts.allows(&key, function.lines) {
            let (name, lines) = (&function.name, function.lines);
            let what = format!("fn {name} has {lines} lines, {FUNCTION_LINES_MAX} at most: split it");
            violations.push(Violation::new(&source.path, function.line, what));
        }
    }
}

impl Debts {
    fn read(text: &str) -> (Self, Vec<Violation>) {
        let (mut debts, mut violations) = (HashMap::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(' ').map(|(lines, key)| (lines.parse(), key.trim().to_owned())) {
                Some((Ok(lines), key)) => drop(debts.insert(key, (lines, index + 1))),
                _ => violations.push(Violation::new(
                    DEBT,
                    index + 1,
                    "write `lines path` or `lines path function`",
                )),
            }
        }
        (Self(debts), violations)
    }

    /// True when the debt is known and has not grown; it counts as used in any case.
    fn allows(&mut self, key: &str, lines: usize) -> bool {
        self.0.remove(key).is_some_and(|(recorded, _)| lines <= recorded)
    }

    fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Debts that are paid off must leave the list, or they could be made again.
    fn unused(self) -> impl Iterator<Item = Violation> {
        self.0
            .into_iter()
            .map(|(key, (_, line))| Violation::new(DEBT, line, format!("{key} is small now: remove it")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Debts, Source, check_source};

    fn broken(path: &str, text: &str, debt: &str) -> Vec<String> {
        let (mut debts, mut violations) = Debts::read(debt);
        check_source(&Source::new(path, text), &mut debts, &mut violations);
        violations.extend(debts.unused());
        violations.into_iter().map(|violation| violation.what).collect()
    }

    fn file(lines: usize) -> String {
        "x\n".repeat(lines)
    }

    #[test]
    fn files_have_a_limit_a_ratchet_and_a_hard_stop() {
        assert!(broken("a.rs", &file(400), "").is_empty());
        assert_eq!(broken("a.rs", &file(401), "").len(), 1);
        assert_eq!(broken("a.md", &file(4000), "").len(), 0);
        assert!(broken("a.rs", &file(450), "450 a.rs").is_empty(), "a recorded debt");
        assert_eq!(broken("a.rs", &file(451), "450 a.rs").len(), 1, "it grew");
        assert_eq!(broken("a.rs", &file(601), "700 a.rs").len(), 1, "no list helps");
        assert_eq!(broken("a.rs", &file(10), "450 a.rs"), ["a.rs is small now: remove it"]);
        assert_eq!(broken("a.rs", "", "many a.rs").len(), 1, "a line that is none");
    }

    #[test]
    fn functions_too() {
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        assert!(broken("a.rs", &function(70), "").is_empty());
        assert!(broken("a.rs", &function(71), "")[0].contains("fn f has 71 lines"));
        assert!(broken("a.rs", &function(80), "# old\n80 a.rs f\n").is_empty());
        assert_eq!(broken("a.rs", &function(81), "80 a.rs f").len(), 1);
    }
}
