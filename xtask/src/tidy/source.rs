//! The files tidy looks at, each read once.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::scan;

/// A text file of the repository.
pub(super) struct Source {
    /// From the top of the workspace, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// For Rust: the text with comments and literals blanked, line by line the same. Else empty.
    pub(super) code: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { scan::blank_rust(text) } else { String::new() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Tests, benches and examples: they may print and read the environment.
    pub(super) fn is_test(&self) -> bool {
        let folders = ["tests", "benches", "examples"];
        let mut parts = self.path.split('/');
        self.path.ends_with("tests.rs") || parts.any(|part| folders.contains(&part))
    }

    /// The code without the test module at its end.
    pub(super) fn code_without_tests(&self) -> &str {
        let end = self.code.find("#[cfg(test)]\nmod ").unwrap_or(self.code.len());
        &self.code[..end]
    }
}

/// Every text file that is tracked or would be added.
pub(super) fn load() -> Result<Vec<Source>, String> {
    let mut command = Command::new("git");
    // In CI the checkout often belongs to another user, which git refuses unless told otherwise.
    command.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = command.output().map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    let paths = names.split('\0').filter(|path| Path::new(path).is_file());
    // What is not UTF-8 is an image or the like, and has no lines to check.
    Ok(paths.filter_map(|path| Some(Source::new(path, &fs::read_to_string(path).ok()?))).collect())
}
