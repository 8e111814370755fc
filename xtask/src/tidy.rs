//! `cargo xtask tidy`: the rules of this repository that neither rustc nor clippy checks.
//!
//! Each broken rule is one line, `path:line: what, what to do`. Documentation of public items is not
//! here: rustc's `missing_docs` and `unreachable_pub` leave no public item it would not see.

mod imports;
mod manifests;
mod scan;
mod sizes;
mod source;
mod sql;
mod text;

use self::source::Source;

/// One broken rule.
#[derive(Debug, PartialEq)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Checks every file git knows or would add; `Ok(false)` when a rule is broken.
pub(crate) fn run(arguments: &[String]) -> Result<bool, String> {
    if let Some(argument) = arguments.first() {
        return Err(format!("tidy has no option {argument:?}"));
    }
    let sources = source::load()?;
    let mut violations = manifests::check()?;
    violations.extend(sizes::check(&sources)?);
    violations.extend(imports::check(&sources));
    for source in &sources {
        violations.extend(text::check(source));
        violations.extend(sql::check(source));
    }
    violations.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for violation in &violations {
        println!("{}:{}: {}", violation.path, violation.line, violation.what);
    }
    println!("tidy: {} files, {} to mend", sources.len(), violations.len());
    Ok(violations.is_empty())
}
