//! Rules about names and words: headers, file names, who prints, who reads the environment, whose paths.

use super::scan;
use super::{Source, Violation};

/// Names that say nothing about what is inside, so that everything ends up there.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "types", "helpers", "helper", "misc"];

const PRINTS: [&str; 4] = ["println", "eprintln", "print", "eprint"];

/// Who may print: the binary people talk to, the tasks, and the benchmarks that a task runs.
const PRINTERS: [&str; 3] = ["crates/rowlore-cli/", "xtask/", "bench/"];

/// Who may read the environment: the same, and the harness that is told which server to start.
const ENVIRONMENT_READERS: [&str; 3] =
    ["crates/rowlore-cli/", "xtask/", "crates/rowlore-conformance/src/server"];

/// Folders of one machine only; put together here so that this file does not break its own rule.
const MACHINE_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

pub(super) fn check(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    machine_paths(source, &mut violations);
    if source.is_rust() {
        names(source, &mut violations);
        if !source.text.starts_with("//!") {
            let what = "no header: begin with `//!` and what this file is for";
            violations.push(Violation::new(&source.path, 1, what));
        }
        for at in scan::words(&source.code, "unsafe") {
            let what = "unsafe code: find the safe way, this workspace has none";
            violations.push(Violation::new(&source.path, scan::line_of(&source.code, at), what));
        }
        side_doors(source, &mut violations);
    }
    violations
}

fn names(source: &Source, violations: &mut Vec<Violation>) {
    let parts = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
    let modules = scan::words(&source.code, "mod").filter_map(|at| {
        let name = source.code[at + 3..].split(|c: char| c.is_whitespace() || c == ';' || c == '{').nth(1)?;
        // `mod tests;` names a file, which is checked by its path.
        let is_inline =
            source.code[at..].find(['{', ';']).is_some_and(|end| source.code[at + end..].starts_with('{'));
        is_inline.then_some((scan::line_of(&source.code, at), name))
    });
    for (line, name) in parts.map(|part| (1, part)).chain(modules) {
        if EMPTY_NAMES.contains(&name) {
            let what = format!("{name} says nothing: name it by what it knows");
            violations.push(Violation::new(&source.path, line, what));
        }
    }
}

/// Output and environment belong to the outermost layer: a library that has them surprises its host.
fn side_doors(source: &Source, violations: &mut Vec<Violation>) {
    let may = |list: &[&str]| list.iter().any(|start| source.path.starts_with(start));
    if source.is_test() || source.path.ends_with("/build.rs") {
        return;
    }
    let code = source.code_without_tests();
    for name in PRINTS.into_iter().filter(|_| !may(&PRINTERS)) {
        for at in scan::words(code, name).filter(|at| code[at + name.len()..].starts_with('!')) {
            let what = format!("{name}! in a library: return it, or `tracing`");
            violations.push(Violation::new(&source.path, scan::line_of(code, at), what));
        }
    }
    if !may(&ENVIRONMENT_READERS) {
        for at in code.match_indices("std::env").map(|(at, _)| at) {
            let what = "reads the environment: take it as a parameter, only rowlore-cli reads it";
            violations.push(Violation::new(&source.path, scan::line_of(code, at), what));
        }
    }
}

fn machine_paths(source: &Source, violations: &mut Vec<Violation>) {
    for (index, line) in source.text.lines().enumerate() {
        for folder in MACHINE_FOLDERS {
            let is_path = |at: usize| {
                // Not the middle of a longer path or address, which is nobody's folder.
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | '>'))
            };
            if line.match_indices(folder).any(|(at, _)| is_path(at)) {
                let what = format!("{folder}… is a folder of one machine: make it relative");
                violations.push(Violation::new(&source.path, index + 1, what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_FOLDERS, Source, check};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Source::new(path, text)).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_header_and_a_telling_name() {
        assert_eq!(lines("crates/a/src/b.rs", "//! B.\n"), []);
        assert_eq!(lines("crates/a/src/b.rs", "use x;\n"), [1]);
        assert_eq!(lines("crates/a/src/util.rs", "//! B.\n"), [1]);
        assert_eq!(lines("crates/a/src/helpers/b.rs", "//! B.\n"), [1]);
        assert_eq!(lines("crates/a/src/b.rs", "//! B.\n\nmod common {\n}\nmod common_sense {}\n"), [3]);
    }

    #[test]
    fn printing_and_the_environment_stay_outside() {
        let text = "//! B.\nfn f() {\n println!(\"{}\", std::env::consts::OS)\n}\n";
        assert_eq!(lines("crates/rowlore/src/b.rs", text), [3, 3]);
        for path in ["crates/rowlore-cli/src/b.rs", "xtask/src/b.rs", "crates/rowlore/tests/b.rs"] {
            assert_eq!(lines(path, text), [], "{path}");
        }
        let server = "//! B.\nuse std::env;\n";
        assert_eq!(lines("crates/rowlore-conformance/src/server.rs", server), []);
        assert_eq!(lines("crates/rowlore-conformance/src/b.rs", server), [2]);
        let in_tests = "//! B.\n#[cfg(test)]\nmod tests { fn f() { println!(); std::env::args(); } }\n";
        assert_eq!(lines("crates/rowlore/src/b.rs", in_tests), []);
        assert_eq!(lines("crates/rowlore/src/b.rs", "//! B.\n// println! or \"std::env\"\n"), []);
    }

    #[test]
    fn nothing_unsafe_and_no_paths_of_one_machine() {
        assert_eq!(lines("crates/a/src/b.rs", "//! B, not unsafe.\nunsafe { x }\n"), [2]);
        for folder in MACHINE_FOLDERS {
            assert_eq!(lines("docs/a.md", &format!("see\n{folder}x")), [2], "{folder}");
            assert_eq!(
                lines("docs/a.md", &format!("see https://example.org{folder}x and $HOME{folder}")),
                []
            );
        }
    }
}
