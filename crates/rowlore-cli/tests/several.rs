//! One rowlore.toml for several databases.

use rowlore_sqlite::rusqlite::Connection;

use crate::bench::Bench;

const FILE: &str = r#"
[[database]]
name = "shop"
url = "sqlite:shop.db"
untracked = ["Odd*", "log", "lines"]

[[database]]
name = "stock"
url = "sqlite:stock.db"

[[table]]
database = "shop"
name = "books"

[[table]]
database = "stock"
name = "shelves"
"#;

fn two() -> Bench {
    let bench = Bench::new();
    let stock = Connection::open(bench.path("stock.db")).unwrap();
    stock.execute_batch("create table shelves (id integer primary key, books integer)").unwrap();
    bench.write("rowlore.toml", FILE);
    bench
}

#[test]
fn each_database_in_its_turn() {
    let bench = two();
    let plan = bench.run("plan").done();
    let (shop, stock) = plan.split_once("══ stock").unwrap();
    assert!(
        shop.starts_with("══ shop") && shop.contains("books_event") && !shop.contains("shelves"),
        "{plan}"
    );
    assert!(stock.contains("shelves_event") && !stock.contains("books_event"), "{plan}");
    bench.run("apply --yes").done();
    bench.run("backfill").done();
    let check = bench.run("check").done();
    assert_eq!(check.matches("is what is declared (1 tracked table)").count(), 2, "{check}");
    assert!(!check.contains("not tracked"), "{check}");
    let stock = Connection::open(bench.path("stock.db")).unwrap();
    stock.execute_batch("insert into shelves values (1, 40)").unwrap();
    bench.sql("update books set price = 12 where id = 1");
    let events = bench.run("events").done();
    let (shop, stock) = events.split_once("══ stock").unwrap();
    assert!(shop.contains("10 → 12") && stock.contains("shelves id=1"), "{events}");
    let named = bench.run("events --database stock").done();
    assert!(
        named.contains("shelves id=1") && !named.contains("books id") && !named.contains("══"),
        "{named}"
    );
    assert!(bench.run("history books 1 --database shop").done().contains("10 → 12"));
}

#[test]
fn the_worst_answer_counts() {
    let bench = two();
    bench.run("apply --yes --database shop").done();
    let check = bench.run("check").no();
    assert!(check.contains("is what is declared (1 tracked table)") && check.contains("══ stock"), "{check}");
    // What goes wrong with one is said, and the others still have their turn.
    std::fs::remove_file(bench.path("shop.db")).unwrap();
    let ran = bench.run("check");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("there is no database file shop.db"), "{}", ran.err);
    assert!(ran.out.contains("create event table shelves_event"), "{}", ran.out);
}

#[test]
fn what_is_about_one_row_needs_one_database() {
    let bench = two();
    let said = bench.run("history books 1").refused(2);
    assert!(said.contains("has several databases") && said.contains("--database shop or stock"), "{said}");
}

#[test]
fn programs_see_which_database_an_object_is_of() {
    let bench = two();
    bench.run("apply --yes").done();
    bench.sql("update books set price = 12 where id = 1");
    let events = bench.run("events --json").done();
    assert!(events.lines().all(|line| line.starts_with(r#"{"database":"shop","table":"books""#)), "{events}");
    assert_eq!(events.lines().count(), 2, "a first event for the row as it was: {events}");
}

/// As `test_multi_db.py` of django-pgtrigger asks: what is taken out of one database stays in the other.
#[test]
fn uninstalled_from_one_of_them() {
    let bench = two();
    bench.run("apply --yes --backfill").done();
    bench.run("uninstall --yes --database stock").done();
    let stock = Connection::open(bench.path("stock.db")).unwrap();
    stock.execute_batch("insert into shelves values (1, 40)").unwrap();
    bench.sql("update books set price = 12 where id = 1");
    assert!(bench.run("history books 1 --database shop").done().contains("10 → 12"));
    assert!(bench.run("history shelves 1 --database stock").no().contains("No event"));
    let check = bench.run("check").no();
    let (shop, stock) = check.split_once("══ stock").unwrap();
    assert!(shop.contains("is what is declared") && !stock.contains("is what is declared"), "{check}");
    bench.run("apply --yes --database stock").done();
    assert_eq!(bench.run("check").code, 0);
}
