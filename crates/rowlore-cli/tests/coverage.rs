//! `rowlore check`: what escapes although what is declared is installed.

use rowlore::Row;

use crate::bench::Bench;
use crate::postgres::Shop;

#[test]
fn tables_that_nobody_tracks() {
    let bench = Bench::tracked();
    let said = bench.run("check").done();
    insta::assert_snapshot!(said);
    let said = bench.run("check --all-tables").no();
    assert!(said.contains("✗ log: has no primary key") && said.contains("✗ \"Odd Name\""), "{said}");
    bench.write(
        "rowlore.toml",
        "[database]\nurl = \"sqlite:shop.db\"\nuntracked = [\"lo*\", '\"Odd Name\"']\n[[table]]\nname = \"books\"\n[[table]]\nname = \"lines\"\n",
    );
    let said = bench.run("check --all-tables").done();
    assert!(!said.contains("not tracked"), "{said}");
}

#[test]
fn tables_that_nobody_tracks_on_postgres() {
    let shop = Shop::new("untracked");
    shop.bench.write("rowlore.toml", "untracked = [\"stock.*\"]\n[[table]]\nname = \"books\"\n");
    shop.run("apply --yes").done();
    let found = shop.run("check --json").done();
    let found: Vec<Row> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = found.iter().map(|one| one["untracked"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["public.log", "public.sales"],
        "no view, no partition, nothing that the file leaves out"
    );
}

#[test]
fn suspensions_are_told() {
    let shop = Shop::new("suspended");
    shop.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    shop.run("apply --yes --backfill").done();
    shop.sql("begin; select rowlore.set_context('{\"actor\": \"user:ada\", \"reason\": \"import\"}'); select rowlore.suspend(array['public.books']); update books set price = 1; commit");
    let said = shop.run("check");
    assert!(
        said.out.contains("Suspended 1 time so far") && said.out.contains("public.books"),
        "{}",
        said.out
    );
    assert!(said.out.contains("user:ada") && said.out.contains("“import”"), "{}", said.out);
}

#[test]
fn a_probe_proves_the_capture() {
    let bench = Bench::tracked();
    let said = bench.run("check --probe").done();
    assert!(said.contains("recorded") && !said.contains("MISSED"), "{said}");
    let events = bench.run("events --json").done();
    assert_eq!(events.lines().count(), 3, "the probe left nothing: {events}");
}
