//! What a crate may depend on: the words know no driver, engines do not know each other, the tree stays small.

use std::fs;

use super::Violation;

/// Packages in Cargo.lock; a new dependency that breaks it is a decision, so change the number on purpose.
const LOCK_PACKAGES_MAX: usize = 330;

/// Direct dependencies of the crate everyone builds on.
const CORE_DEPENDENCIES_MAX: usize = 12;

/// Manifest, and what may not appear in any of its sections of dependencies.
const APART: [(&str, &[&str]); 5] = [
    (
        "crates/rowlore/Cargo.toml",
        &[
            "rowlore-postgres",
            "rowlore-sqlite",
            "rowlore-cli",
            "tokio",
            "tokio-postgres",
            "deadpool-postgres",
            "rusqlite",
            "sqlx",
            "hyper",
            "axum",
            "reqwest",
            "redis",
        ],
    ),
    ("crates/rowlore-derive/Cargo.toml", &["rowlore-postgres", "rowlore-sqlite", "rowlore-cli"]),
    ("crates/rowlore-postgres/Cargo.toml", &["rowlore-sqlite", "rusqlite", "rowlore-cli"]),
    ("crates/rowlore-sqlite/Cargo.toml", &["rowlore-postgres", "tokio-postgres", "rowlore-cli"]),
    ("crates/rowlore-conformance/Cargo.toml", &["rowlore-postgres", "rowlore-sqlite", "rowlore-cli"]),
];

pub(super) fn check() -> Result<Vec<Violation>, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let mut violations = lock(&read("Cargo.lock")?);
    for (path, banned) in APART {
        violations.extend(manifest(path, &read(path)?, banned));
    }
    Ok(violations)
}

fn lock(text: &str) -> Vec<Violation> {
    let packages = text.lines().filter(|line| *line == "[[package]]").count();
    if packages <= LOCK_PACKAGES_MAX {
        return Vec::new();
    }
    let what =
        format!("{packages} packages, {LOCK_PACKAGES_MAX} at most: drop one, or raise the number in tidy");
    vec![Violation::new("Cargo.lock", 1, what)]
}

fn manifest(path: &str, text: &str, banned: &[&str]) -> Vec<Violation> {
    let (mut violations, mut section, mut direct) = (Vec::new(), "", 0);
    for (index, line) in text.lines().enumerate() {
        let mut named = None;
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end().trim_end_matches(']');
            // `[dependencies.tokio]` is a section and a dependency at once.
            named = section.rsplit_once("dependencies.").map(|(_, name)| name);
        } else if section.ends_with("dependencies") {
            named =
                line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'));
        }
        let Some(name) = named else { continue };
        direct += usize::from(section.starts_with("dependencies"));
        if banned.contains(&name) {
            let what = format!("{name} must not be seen from here: see the crate map in ARCHITECTURE.md");
            violations.push(Violation::new(path, index + 1, what));
        }
    }
    if path == "crates/rowlore/Cargo.toml" && direct > CORE_DEPENDENCIES_MAX {
        let what =
            format!("{direct} direct dependencies, {CORE_DEPENDENCIES_MAX} at most: the core stays light");
        violations.push(Violation::new(path, 1, what));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{CORE_DEPENDENCIES_MAX, LOCK_PACKAGES_MAX, lock, manifest};

    #[test]
    fn the_lock_has_a_ceiling() {
        let packages = |number| "[[package]]\nname = \"x\"\n".repeat(number);
        assert!(lock(&packages(LOCK_PACKAGES_MAX)).is_empty());
        assert_eq!(lock(&packages(LOCK_PACKAGES_MAX + 1)).len(), 1);
    }

    #[test]
    fn banned_dependencies_are_found_in_every_section_and_spelling() {
        let find = |text: &str| manifest("crates/x/Cargo.toml", text, &["tokio"]).len();
        for text in [
            "[dependencies]\ntokio.workspace = true",
            "[dependencies]\nserde = \"1\"\ntokio = \"1\"",
            "[dev-dependencies]\ntokio = { version = \"1\" }",
            "[dependencies.tokio]\nversion = \"1\"",
            "[target.'cfg(unix)'.dependencies]\ntokio.workspace = true",
        ] {
            assert_eq!(find(text), 1, "{text}");
        }
        assert_eq!(find("[dependencies]\ntokio-postgres = \"1\"\n# tokio = 1\n[features]\ntokio = []"), 0);
    }

    #[test]
    fn the_core_counts_its_dependencies() {
        let text = |number: usize| {
            let lines: String = (0..number).map(|index| format!("d{index} = \"1\"\n")).collect();
            format!("[dependencies]\n{lines}[dev-dependencies]\nother = \"1\"\n")
        };
        assert!(manifest("crates/rowlore/Cargo.toml", &text(CORE_DEPENDENCIES_MAX), &[]).is_empty());
        assert_eq!(manifest("crates/rowlore/Cargo.toml", &text(CORE_DEPENDENCIES_MAX + 1), &[]).len(), 1);
    }
}
