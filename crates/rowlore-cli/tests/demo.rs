//! The first thing a newcomer runs.

use crate::bench::Bench;

#[test]
fn tells_the_story_and_leaves_a_database_to_try_things_on() {
    let bench = Bench::new();
    let story = bench.run("demo").done();
    for part in [
        "20 → 24",
        "24 → 26",
        "by user:ada “spring prices”",
        "job:import",
        "(no name)  1 event",
        "2 × delete of order_lines",
        "26 → 24",
        "“revert of event",
    ] {
        assert!(story.contains(part), "no `{part}` in:\n{story}");
    }
    assert!(bench.path("rowlore-demo.db").exists() && bench.path("rowlore-demo.toml").exists());
    assert!(!story.contains('\u{1b}'), "colours in a pipe");
}

/// The command lines of the story's end, as they would be copied.
fn commands(story: &str) -> Vec<&str> {
    let binary = env!("CARGO_BIN_EXE_rowlore");
    let lines: Vec<&str> = story.lines().filter(|line| line.starts_with(binary)).collect();
    assert!(lines.len() >= 6, "{story}");
    lines
}

#[test]
fn every_command_it_prints_works_as_printed() {
    for folder in [".", "my folder"] {
        let bench = Bench::new();
        let story = bench.run_words(&["demo", "--dir", folder]).done();
        for line in commands(&story) {
            let ran = bench.shell(line);
            let expected = if line.contains(" diff ") { 1 } else { 0 };
            assert_eq!(ran.code, expected, "{line}\n{}{}", ran.out, ran.err);
            assert!(!ran.out.is_empty(), "{line} says nothing");
        }
    }
}

#[test]
fn the_table_as_of_a_moment_has_the_old_prices() {
    let bench = Bench::new();
    let story = bench.run("demo").done();
    let table = story.split("as-of books").nth(1).unwrap().split("──  ").next().unwrap().to_owned()
        + story.split("as-of books").nth(1).unwrap();
    let line = |id: &str| table.lines().find(|line| line.trim_start().starts_with(id)).map(str::to_owned);
    assert!(line("1  The Left Hand").unwrap().contains("24"), "{table}");
    assert!(line("3  Kindred").unwrap().contains("30"), "{table}");
    assert!(line("5  ").is_none(), "the import came later: {table}");
}

#[test]
fn a_second_demo_takes_the_place_of_the_first_only() {
    let bench = Bench::new();
    bench.write("rowlore.toml", "somebody else's, and [broken");
    bench.run("demo").done();
    bench.run("demo").done();
    assert!(!bench.path("rowlore-demo-2.db").exists());
    bench.write("rowlore-demo.db", "something else");
    let story = bench.run("demo").done();
    assert!(story.contains("rowlore-demo-2.db"), "{story}");
    assert_eq!(std::fs::read_to_string(bench.path("rowlore-demo.db")).unwrap(), "something else");
}

#[test]
fn says_where_it_may_not_write() {
    let bench = Bench::new();
    bench.write("file", "");
    let error = bench.run("demo --dir file/shop").refused(2);
    assert!(error.contains("file/shop can't be written"), "{error}");
    assert!(bench.run("demo --json").refused(2).contains("no answer in JSON"));
}
