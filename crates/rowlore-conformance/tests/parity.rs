//! `docs/parity.md` says where each thing that others promise is kept here. A page like that is soon wrong: what it names
//! must be there, and each row must name something or say why not.

use std::collections::HashSet;
use std::path::PathBuf;

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    std::fs::read_to_string(top().join("docs/parity.md")).expect("the page")
}

/// The texts between backquotes in the last cell of a row.
fn names(row: &str) -> Vec<&str> {
    let cell = row.trim_end().trim_end_matches('|').rsplit(" | ").next().unwrap_or("");
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of all tables, with the number of their line; heads and rules are none.
fn rows(page: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = page.lines().collect();
    let row = |(index, line): (usize, &&str)| {
        let head = lines.get(index + 1).is_some_and(|next| next.starts_with("|---"));
        (line.starts_with("| ") && !head).then_some(index + 1)
    };
    lines.iter().enumerate().filter_map(row).map(|number| (number, lines[number - 1])).collect()
}

/// Why a name of the page leads nowhere; none if it leads to a test.
fn missing(name: &str, promises: &HashSet<&str>) -> Option<String> {
    if let Some((path, function)) = name.split_once(".rs::") {
        let Ok(text) = std::fs::read_to_string(top().join(format!("{path}.rs"))) else {
            return Some(format!("there is no file {path}.rs"));
        };
        let marked = |(at, _): (usize, &str)| {
            let before =
                text[..at].trim_end().lines().rev().find(|line| !line.trim_start().starts_with("//"));
            before.is_some_and(|line| line.contains("test]") || line.trim_end().ends_with("async"))
        };
        let there = text.match_indices(&format!("fn {function}(")).any(marked);
        return (!there).then(|| format!("{path}.rs has no test {function}"));
    }
    if name.contains('/') {
        return (!top().join(name).is_file()).then(|| format!("there is no file {name}"));
    }
    if name.contains("::") {
        return (!promises.contains(name)).then(|| format!("no promise is called {name}"));
    }
    None
}

/// Whether a name is one that can be looked up, and not a word of code.
fn leads(name: &str) -> bool {
    name.contains("::") || name.contains('/')
}

#[test]
fn every_name_leads_to_a_test() {
    let promises = rowlore_conformance::names();
    let promises: HashSet<&str> = promises.iter().copied().collect();
    let page = page();
    let mut wrong = Vec::new();
    for (number, row) in rows(&page) {
        for name in names(row) {
            wrong.extend(missing(name, &promises).map(|why| format!("docs/parity.md:{number}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_names_a_test_or_says_why_not() {
    let page = page();
    let all = rows(&page);
    assert!(all.len() > 150, "the page has {} rows", all.len());
    for (number, row) in all {
        let says_why = ["Not here", "Later", "Pages: not here", "Merging of classes: not here"];
        let cell = row.trim_end().trim_end_matches('|').rsplit(" | ").next().unwrap_or("");
        let kept = names(row).iter().any(|name| leads(name));
        assert!(kept || says_why.iter().any(|word| cell.starts_with(word)), "docs/parity.md:{number}: {row}");
    }
}

/// What holds for PostgreSQL only is marked so, and nothing else is.
#[test]
fn only_promises_of_postgresql_are_marked() {
    let of_postgres: HashSet<&str> = rowlore_conformance::names_postgres().into_iter().collect();
    let page = page();
    for (number, row) in rows(&page) {
        for name in names(row).into_iter().filter(|name| name.contains("::") && !name.contains('/')) {
            let marked = row.contains(&format!("`{name}` (PG"));
            assert_eq!(marked, of_postgres.contains(name), "docs/parity.md:{number}: {name}");
        }
    }
}

#[test]
fn what_leads_nowhere_is_found() {
    let promises = HashSet::from(["a::b"]);
    assert_eq!(missing("a::b", &promises), None);
    for name in
        ["a::c", "docs/none.md", "docs/parity.rs::x", "crates/rowlore-conformance/tests/parity.rs::missing"]
    {
        assert!(missing(name, &promises).is_some(), "{name}");
    }
    assert_eq!(
        missing("crates/rowlore-conformance/tests/parity.rs::what_leads_nowhere_is_found", &promises),
        None
    );
    assert_eq!(names("| `x` | y | `a::b` (PG), `c` |"), ["a::b", "c"]);
}
