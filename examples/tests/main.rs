//! The blocks of the README and the guide that are not Rust: `toml` is checked, `console` and `sql` are run, links are
//! followed.

// All of this is test code: what fails here fails the test.
#![allow(clippy::unwrap_used)]

mod blocks;

mod console;

mod databases;

use std::path::{Path, PathBuf};

use blocks::{Block, read};

/// The top of the workspace.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The pages, with their paths from the top; none is forgotten.
fn pages() -> Vec<(String, String)> {
    let guide = std::fs::read_dir(top().join("docs/guide")).unwrap();
    let names = guide.map(|entry| format!("docs/guide/{}", entry.unwrap().file_name().to_string_lossy()));
    let mut pages: Vec<String> = names.chain(["README.md".to_owned()]).collect();
    pages.sort();
    pages.into_iter().map(|path| (path.clone(), std::fs::read_to_string(top().join(path)).unwrap())).collect()
}

#[test]
fn every_page_has_its_doc_tests() {
    let listed = include_str!("../src/pages.in");
    for (path, _) in pages() {
        assert!(listed.contains(&format!("\"{path}\"")), "{path} is missing in examples/src/pages.in");
    }
}

#[test]
fn every_block_says_what_it_is() {
    for (path, text) in pages() {
        for Block { language, line, .. } in read(&text) {
            let known = ["rust", "toml", "console", "sql", "sh", "text", "json"].contains(&language.as_str());
            assert!(known, "{path}:{line}: a block of {language:?} is neither run nor known");
        }
    }
}

#[test]
fn every_declaration_holds_together() {
    let mut declared = 0;
    for (path, text) in pages() {
        for block in read(&text).into_iter().filter(|block| block.language == "toml") {
            let file = rowlore::declare::file::parse(&path, &block.text);
            let file = file.unwrap_or_else(|problems| panic!("{path}:{}: {problems}", block.line));
            for database in file.databases {
                declared += database.tables.len();
                rowlore::check(database.tables)
                    .unwrap_or_else(|problems| panic!("{path}:{}: {problems}", block.line));
            }
        }
    }
    assert!(declared > 5, "only {declared} tables declared: are the blocks still found?");
}

/// One test a page: what it says to type is typed.
macro_rules! pages {
    ($($name:ident = $path:literal,)*) => {
        mod pages {
            $(#[test] fn $name() { super::type_what_it_says($path) })*
        }
    };
}

include!("../src/pages.in");

fn type_what_it_says(path: &str) {
    let blocks = read(&std::fs::read_to_string(top().join(path)).unwrap());
    let to_type = blocks.iter().filter(|block| ["console", "sql"].contains(&block.language.as_str())).count();
    assert!(console::run(path, &blocks) >= to_type, "{path}: a block was left out");
}

#[test]
fn every_link_leads_somewhere() {
    let others = ["ARCHITECTURE.md", "CONTRIBUTING.md", "STYLE.md", "CHANGELOG.md"];
    let others = others.map(|path| (path.to_owned(), std::fs::read_to_string(top().join(path)).unwrap()));
    for (path, text) in pages().into_iter().chain(others) {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let from = top().join(&path);
            let there = file.is_empty() || from.parent().unwrap().join(file).exists();
            assert!(there || target.starts_with("https://"), "{path} links to {target}, which is not there");
        }
    }
}
