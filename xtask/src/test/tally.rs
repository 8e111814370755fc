//! Adds up what passed: every test of every binary, and each other step as one check.

use std::fmt;

/// How a step ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Passed,
    Failed,
    LeftOut(String),
    Tests(Counts),
}

/// What the test binaries said in their `test result:` lines.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// All steps so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    all: Counts,
    tests: u64,
    checks: u64,
    failed: Vec<&'static str>,
    left_out: Vec<String>,
}

impl Outcome {
    pub(super) fn of(success: bool) -> Self {
        if success { Self::Passed } else { Self::Failed }
    }
}

impl Counts {
    /// Takes the numbers of a line like `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(super) fn read_line(&mut self, line: &str) {
        let Some(numbers) = line.strip_prefix("test result: ") else { return };
        for part in numbers.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match word {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _ => {}
            }
        }
    }

    /// A binary that did not build, crashed or was killed prints no result: that is a failure too. So is a
    /// success without a single test, which proves nothing.
    pub(super) fn with_exit(mut self, success: bool) -> Self {
        if self.failed == 0 && (!success || self.passed == 0) {
            self.failed = 1;
        }
        self
    }
}

impl Tally {
    pub(super) fn add(&mut self, step: &'static str, outcome: &Outcome) {
        let counts = match outcome {
            Outcome::Passed => Counts { passed: 1, ..Counts::default() },
            Outcome::Failed => Counts { failed: 1, ..Counts::default() },
            Outcome::LeftOut(_) => Counts { skipped: 1, ..Counts::default() },
            Outcome::Tests(counts) => *counts,
        };
        match outcome {
            Outcome::Tests(_) => self.tests += counts.passed + counts.failed,
            Outcome::LeftOut(reason) => self.left_out.push(format!("{step} ({reason})")),
            Outcome::Passed | Outcome::Failed => self.checks += 1,
        }
        if counts.failed > 0 {
            self.failed.push(step);
        }
        self.all.passed += counts.passed;
        self.all.failed += counts.failed;
        self.all.skipped += counts.skipped;
    }

    pub(super) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// What was run, what failed, what was left out and why.
    pub(super) fn details(&self) -> String {
        let mut lines = String::new();
        if self.has_failed() {
            lines += &format!("failed: {}\n", self.failed.join(", "));
        }
        if !self.left_out.is_empty() {
            lines += &format!("left out: {}\n", self.left_out.join(", "));
        }
        lines + &format!("{} tests and {} checks", self.tests, self.checks)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.all.passed, self.all.failed, self.all.skipped)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::Failed => f.write_str("FAILED"),
            Self::LeftOut(reason) => write!(f, "left out, {reason}"),
            Self::Tests(counts) if counts.failed == 0 => write!(f, "ok, {} passed", counts.passed),
            Self::Tests(counts) => write!(f, "FAILED, {} passed, {} failed", counts.passed, counts.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Outcome, Tally};

    fn counts(lines: &[&str]) -> Counts {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read_line(line));
        counts
    }

    #[test]
    fn result_lines_add_up_and_others_do_not() {
        let read = counts(&[
            "running 3 tests",
            "test a ... ok",
            "9 passed; 9 failed",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 2.74s",
            "test result: FAILED. 10 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        ]);
        assert_eq!(read, Counts { passed: 13, failed: 4, skipped: 1 });
    }

    #[test]
    fn a_crash_without_a_result_line_is_a_failure() {
        assert_eq!(counts(&[]).with_exit(false).failed, 1);
        assert_eq!(counts(&["test result: FAILED. 0 passed; 2 failed"]).with_exit(false).failed, 2);
        assert_eq!(counts(&[]).with_exit(true).failed, 1, "nothing ran");
        assert_eq!(counts(&["test result: ok. 1 passed; 0 failed"]).with_exit(true).failed, 0);
    }

    #[test]
    fn the_last_line_counts_tests_checks_and_what_was_left_out() {
        let mut tally = Tally::default();
        tally.add("format", &Outcome::Passed);
        tally.add("tests", &Outcome::Tests(Counts { passed: 5, failed: 0, skipped: 2 }));
        tally.add("licences", &Outcome::LeftOut("not installed".to_owned()));
        assert!(!tally.has_failed());
        assert_eq!(tally.to_string(), "6 passed, 0 failed, 3 skipped");
        assert_eq!(tally.details(), "left out: licences (not installed)\n5 tests and 1 checks");
        tally.add("docs", &Outcome::Failed);
        assert!(tally.has_failed());
        assert_eq!(tally.to_string(), "6 passed, 1 failed, 3 skipped");
        assert!(tally.details().starts_with("failed: docs\n"));
    }
}
