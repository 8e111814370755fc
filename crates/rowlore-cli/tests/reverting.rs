//! `rowlore revert`: what it shows, what it writes, and what keeps it from writing.

use rowlore::Row;

use crate::bench::{Bench, Ran};
use crate::postgres::Shop;

const ORDERS: &str = "
    create table orders (id integer primary key, customer text unique);
    create table order_lines (order_id integer references orders on delete cascade, line integer, item text, primary key (order_id, line));
    insert into orders values (7, 'Ada'), (8, 'Bob');
    insert into order_lines values (7, 1, 'tea'), (7, 2, 'milk'), (8, 1, 'bread');
";

const DECLARED: &str = "[[table]]\nname = \"orders\"\n[[table]]\nname = \"order_lines\"\n";

/// The same undoing on both engines.
fn story(run: &dyn Fn(&str) -> Ran, sql: &dyn Fn(&str)) {
    sql("update orders set customer = 'Eve' where id = 8");
    sql("delete from orders where id = 7");

    let dry = run("revert deleted orders 7 --dry-run").done();
    assert!(dry.contains("+ put back") && dry.contains("order_lines order_id=7 line=2"), "{dry}");
    assert!(dry.contains("3 rows") && dry.contains("this was a dry run"), "{dry}");
    assert!(run("revert deleted orders 7").refused(2).contains("nobody is here to answer: Write 3 rows to"));
    assert!(run("as-of orders now 7").no().contains("was not there"));
    let done = run("revert deleted orders 7 --yes --actor user:5 --reason oops").done();
    assert!(done.contains("3 rows written."), "{done}");
    let history = run("history orders 7").done();
    assert!(history.contains("by user:5 “oops”") && history.contains("revert"), "{history}");
    assert!(run("as-of order_lines now").done().contains("milk"));

    // Changed again since: nothing is written, unless the rest is wanted without it.
    let event = last_event(run, "--table orders --op update");
    sql("update orders set customer = 'Eva' where id = 8");
    let refused = run(&format!("revert event {event} --yes"));
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    assert!(refused.out.contains("1 conflict: these rows stay as they are"), "{}", refused.out);
    assert!(
        refused.out.contains("customer  Eve → Eva"),
        "what it was left as, and what it is: {}",
        refused.out
    );
    let json = run(&format!("revert event {event} --dry-run --json")).no();
    let conflict: Row = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(conflict["conflict"], "changed_since", "{json}");

    // To a moment, whatever happened since.
    let back = run("revert row orders 8 --to 1h --yes");
    assert!(back.code == 2 || back.code == 3, "before its tracking: {}{}", back.out, back.err);
    let first = run("events --table orders --op update --json").done();
    let first: rowlore::Change = serde_json::from_str(first.lines().last().unwrap()).unwrap();
    let words = format!("revert row orders 8 --to {} --yes", first.at);
    assert!(run(&words).done().contains("customer  Eva → Eve"));
    assert!(run(&words).done().contains("Nothing to write."), "it is so already");
    assert!(run("history orders 8").done().contains("Eva → Eve"));

    for (words, sentence) in [
        ("revert event 99999", "99999"),
        ("revert deleted orders x", "`x` is not a whole number"),
        ("revert request nobody", "nobody"),
        ("revert row orders 8 --to 2999-01-01", "--to lies in the future"),
    ] {
        let said = run(words).refused(2);
        assert!(said.contains(sentence), "{words}: {said}");
    }
}

fn last_event(run: &dyn Fn(&str) -> Ran, filter: &str) -> i64 {
    let line = run(&format!("events {filter} --limit 1 --json")).done();
    serde_json::from_str::<rowlore::Change>(line.trim()).unwrap().event_id
}

#[test]
fn on_sqlite() {
    let bench = Bench::empty();
    bench.sql(ORDERS);
    bench.declare(DECLARED);
    bench.run("apply --yes --backfill").done();
    // SQLite has no numbers of transactions of its own: only through rowlore is it known what went together.
    let sqlite = rowlore_sqlite::Sqlite::open(bench.path("shop.db")).unwrap();
    sqlite.with(|sql| sql.execute_batch("pragma foreign_keys = on")).unwrap();
    let write = |sql: &str| {
        sqlite.transaction(rowlore::Context::default(), |tx| tx.with(|one| one.execute_batch(sql))).unwrap();
    };
    story(&|words| bench.run(words), &write);
}

#[test]
fn on_postgres() {
    let shop = Shop::new("reverting");
    shop.sql(ORDERS);
    shop.bench.write("rowlore.toml", DECLARED);
    shop.run("apply --yes --backfill").done();
    story(&|words| shop.run(words), &|sql| drop(shop.sql(sql)));
}

#[test]
fn all_that_a_request_did_and_that_again() {
    let shop = Shop::new("requests_undone");
    shop.sql(ORDERS);
    shop.bench.write("rowlore.toml", DECLARED);
    shop.run("apply --yes --backfill").done();
    for work in ["update orders set customer = customer || '!'", "delete from order_lines where order_id = 8"]
    {
        shop.sql(&format!(
            "begin; select rowlore.set_context('{{\"request\": \"req-81\"}}'); {work}; commit"
        ));
    }
    shop.sql("update orders set customer = 'Zoe' where id = 8");
    let shown = shop.run("revert request req-81 --dry-run").no();
    insta::assert_snapshot!(shown);
    let kept = shop.run("revert request req-81 --yes");
    assert!(kept.code == 1 && kept.err.contains("--skip-conflicts writes the rest"), "{}", kept.err);
    let done = shop.run("revert request req-81 --yes --skip-conflicts").no();
    assert!(done.contains("2 rows written."), "{done}");
    let customers = shop.sql("select string_agg(customer, ' ' order by id) from orders");
    assert_eq!(customers[0][0].as_deref(), Some("Ada Zoe"));
    // What a revert wrote is one transaction, and can be undone like any other.
    let again = done.lines().last().unwrap().split("revert transaction ").nth(1).unwrap().to_owned();
    shop.run(&format!("revert transaction {again} --yes")).done();
    let customers = shop.sql("select string_agg(customer, ' ' order by id) from orders");
    assert_eq!(customers[0][0].as_deref(), Some("Ada! Zoe"));
    assert_eq!(shop.sql("select count(*) from order_lines where order_id = 8")[0][0].as_deref(), Some("0"));
}
