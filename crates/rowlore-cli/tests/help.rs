//! The help is part of the product: what it says, and that every command has an example.

use crate::bench::Bench;

const COMMANDS: [&str; 13] = [
    "demo",
    "init",
    "plan",
    "apply",
    "check",
    "backfill",
    "history",
    "events",
    "as-of",
    "diff",
    "revert",
    "event",
    "uninstall",
];

#[test]
fn the_whole_help() {
    let bench = Bench::new();
    let mut text = bench.run("--help").done();
    for command in COMMANDS {
        let help = bench.run(&format!("{command} --help")).done();
        assert!(help.contains(&format!("rowlore {command}")), "{command} has no example");
        text.push_str(&format!("\n════ rowlore {command} --help\n\n{help}"));
    }
    for what in ["event", "row", "deleted", "transaction", "context", "request"] {
        let help = bench.run(&format!("revert {what} --help")).done();
        assert!(help.contains(&format!("rowlore revert {what}")), "{what} has no example");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn no_command_is_left_out_of_these_tests() {
    let bench = Bench::new();
    let help = bench.run("--help").done();
    let listed = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(names, COMMANDS);
}
