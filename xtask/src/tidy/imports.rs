//! Data flows one way through the core, so imports point one way: back to earlier stages, never ahead.

use std::collections::HashMap;

use super::scan;
use super::{Source, Violation};

const CORE: &str = "crates/rowlore/src/";

/// The modules of the core in the order data flows through them, and what each may import.
///
/// Read it as the map of the crate: a new module gets its line here, and a new arrow is a decision. Three
/// pairs know each other, each for one word; a fourth would be a sign that something is in the wrong place.
#[rustfmt::skip]
const MAY_IMPORT: [(&str, &[&str]); 14] = [
    // The words everyone may use.
    ("error",       &[]),
    ("fingerprint", &[]),
    ("name",        &["error", "fingerprint"]),
    // `problem` points at the place in a declaration (`Origin`) and `declare` reports problems.
    ("problem",     &["declare", "error", "name"]),
    // What the user asks for, checked.
    ("declare",     &["error", "name", "problem"]),
    // What is there. `found` holds the `Installation` of the last apply, `capture` the columns that were found.
    ("found",       &["capture", "error", "fingerprint", "name"]),
    ("capture",     &["declare", "error", "found", "name"]),
    // `plan` has its SQL written by `engine::Dialect`, and the trait `Engine` applies a `Plan`.
    ("plan",        &["capture", "declare", "engine", "error", "fingerprint", "found", "name", "problem"]),
    ("engine",      &["capture", "change", "declare", "error", "found", "name", "plan", "read", "revert"]),
    // What readers get.
    ("change",      &["error", "name"]),
    ("read",        &["change", "declare", "error", "name"]),
    // What undoes it: decided from what an `engine` was asked, written by it.
    ("revert",      &["capture", "change", "declare", "engine", "error", "found", "name", "read"]),
    // The handle and its typed face: they string the stages together, so nothing above may know them.
    ("typed",       &["change", "declare", "engine", "error", "lore", "name", "read"]),
    ("lore",        &["change", "declare", "engine", "error", "found", "name", "plan", "problem", "read", "revert", "typed"]),
];

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let root = sources.iter().find(|source| source.path == format!("{CORE}lib.rs"));
    let home = root.map(|root| reexports(&root.code)).unwrap_or_default();
    let inside = sources.iter().filter_map(|source| Some((source.path.strip_prefix(CORE)?, source)));
    let files = inside.filter(|(path, source)| *path != "lib.rs" && source.is_rust());
    files.flat_map(|(path, source)| check_file(module_of(path), source, &home)).collect()
}

fn check_file(module: &str, source: &Source, home: &HashMap<String, String>) -> Vec<Violation> {
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == module) else {
        let what =
            format!("module {module} has no place in the flow: give it a line in xtask/src/tidy/imports.rs");
        return vec![Violation::new(&source.path, 1, what)];
    };
    let mut violations = Vec::new();
    let code = source.code_without_tests();
    for at in scan::words(code, "crate").filter(|at| code[at + 5..].starts_with("::")) {
        for name in first_names(&code[at + 7..]) {
            // A name of the root lives where `lib.rs` takes it from; one it does not know comes from outside.
            let target = home.get(name).map_or(name, String::as_str);
            let known = MAY_IMPORT.iter().any(|(known, _)| *known == target);
            if known && target != module && !allowed.contains(&target) {
                let what = format!("{module} may not import {target}: data flows the other way");
                violations.push(Violation::new(&source.path, scan::line_of(code, at), what));
            }
        }
    }
    violations
}

/// `plan/compare.rs` belongs to `plan`.
fn module_of(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or(path)
}

/// Which module a name of the crate's root comes from: `pub use change::{Change, Op}`.
fn reexports(code: &str) -> HashMap<String, String> {
    let mut home = HashMap::new();
    for statement in code.split(';') {
        let Some((_, path)) = statement.split_once("pub use ") else { continue };
        let Some((module, rest)) = path.split_once("::") else { continue };
        let names = rest.trim_matches(['{', '}', '\n', ' ']).split(',');
        // `check::check` is known by its last part.
        for name in names.filter_map(|name| name.trim().rsplit("::").next()) {
            home.insert(name.to_owned(), module.to_owned());
        }
    }
    home
}

/// The first part of each path after `crate::`, of one path or of a list in braces.
fn first_names(after: &str) -> Vec<&str> {
    let Some(list) = after.strip_prefix('{') else { return first_word(after).into_iter().collect() };
    let (mut names, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(first_word(&list[begin..at]));
                begin = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> Option<&str> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    (end > 0).then_some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::{MAY_IMPORT, Source, check, first_names};

    const LIB: &str = "pub mod declare;\npub use change::{Change, Row};\npub use declare::check::check;\n";

    fn broken(path: &str, text: &str) -> Vec<usize> {
        let sources = [Source::new("crates/rowlore/src/lib.rs", LIB), Source::new(path, text)];
        check(&sources).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn arrows_back_are_fine_and_arrows_ahead_are_not() {
        let path = "crates/rowlore/src/declare/file.rs";
        assert_eq!(broken(path, "use crate::problem::Problem;\nuse super::Origin;\nuse crate::check;\n"), []);
        assert_eq!(broken(path, "//! x\nuse crate::plan::Plan;\n"), [2]);
        assert_eq!(broken(path, "fn f() {\n crate::lore::x()\n}\n"), [2]);
        assert_eq!(broken(path, "use crate::{\n  declare::{a, plan}, engine::{b},\n};\n"), [1]);
        assert_eq!(
            broken(path, "/// [`x`](crate::plan)\nfn f() {}\n#[cfg(test)]\nmod tests { use crate::plan; }\n"),
            []
        );
    }

    #[test]
    fn names_of_the_root_count_as_their_module() {
        assert_eq!(broken("crates/rowlore/src/declare.rs", "use crate::{Row, TableName};\n"), [1]);
        assert_eq!(broken("crates/rowlore/src/read.rs", "use crate::{Row, TableName};\n"), []);
    }

    #[test]
    fn a_module_without_a_place_is_refused_and_other_crates_are_left_alone() {
        assert_eq!(broken("crates/rowlore/src/newcomer.rs", "//! x\n"), [1]);
        assert_eq!(broken("crates/rowlore-cli/src/newcomer.rs", "use crate::lore;\n"), []);
    }

    #[test]
    fn lists_are_taken_apart() {
        assert_eq!(first_names("{a::{b, c}, d, e::f};"), ["a", "d", "e"]);
        assert_eq!(first_names("a::b;"), ["a"]);
    }

    #[test]
    fn the_table_names_only_modules_it_has() {
        let known = |name: &&str| MAY_IMPORT.iter().any(|(module, _)| module == name);
        assert!(MAY_IMPORT.iter().flat_map(|(_, allowed)| allowed.iter()).all(known));
    }
}
