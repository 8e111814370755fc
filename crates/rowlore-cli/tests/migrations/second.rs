//! A migration of a database that is tracked already: its way back leads to what was tracked before.

use super::Place;

const BEFORE: &str = "[[table]]\nname = \"books\"\n";

/// Another label, an event table of its own, and a table more.
const AFTER: &str = r#"
[[table]]
name = "books"
except = ["title"]
[[table.tracker]]
[[table.tracker]]
operations = ["update"]
label = "price.raised"
when = "new.price > old.price"
events = "price_event"
[[table]]
name = "authors"
"#;

fn there_and_back(place: &Place) {
    place.sql("create table authors (id integer primary key, name text)");
    place.bench.write("rowlore.toml", BEFORE);
    place.run("apply --yes --backfill").done();
    place.sql("update books set price = 11 where id = 1");
    place.bench.write("rowlore.toml", AFTER);
    place.run("plan --format sql --out sql/ --name second").done();
    let run = |name: &str| {
        let script = std::fs::read_to_string(place.bench.path(&format!("sql/second.{name}.sql"))).unwrap();
        place.sql(&format!("begin; {script}; commit"));
    };
    run("up");
    place.clean();
    place.sql(
        "update books set price = 12, title = 'unseen' where id = 1; insert into authors values (1, 'Lem')",
    );

    run("down");
    place.bench.write("rowlore.toml", BEFORE);
    place.clean();
    // The title was not recorded for a while, so a first event says what it is by now.
    place.run("backfill").done();
    place.clean();
    place.sql("update books set price = 13 where id = 1; insert into authors values (2, 'Le Guin')");
    let history = place.run("history books 1").done();
    assert!(history.contains("10 → 11") && history.contains("12 → 13"), "{history}");
    assert!(
        !history.contains("title  unseen → unseen") && !history.contains("Solaris → unseen"),
        "{history}"
    );
    assert!(place.run("as-of books now").done().contains("unseen"));
    let events = place.run("events --label price.raised").done();
    assert!(events.contains("11 → 12"), "what the newer tracker recorded can be read: {events}");
    let authors = place.run("events --table authors").done();
    assert!(
        authors.contains("Lem") && !authors.contains("Le Guin"),
        "kept, and not tracked any more: {authors}"
    );

    place.bench.write("rowlore.toml", AFTER);
    assert_eq!(place.run("check").code, 1);
    if place.postgres.is_some() {
        run("up");
        place.clean();
        place.sql("insert into authors values (3, 'Butler')");
        assert!(place.run("events --table authors").done().contains("Butler"));
    }
}

#[test]
fn on_postgres() {
    there_and_back(&Place::postgres("second"));
}

#[test]
fn on_sqlite() {
    there_and_back(&Place::sqlite());
}

#[test]
fn what_is_dropped_by_a_plan_comes_back() {
    let place = Place::postgres("dropped");
    place.run("apply --yes --backfill").done();
    place.bench.write("none.toml", "");
    place.run("plan --config none.toml --format sql --out sql/").done();
    let run = |name: &str| {
        let script = std::fs::read_to_string(place.bench.path(&format!("sql/rowlore.{name}.sql"))).unwrap();
        place.sql(&format!("begin; {script}; commit"));
    };
    run("up");
    place.sql("update books set price = 11 where id = 1");
    assert!(place.run("events --op update").done().contains("No such event"));
    run("down");
    place.clean();
    place.run("backfill").done();
    place.sql("update books set price = 12 where id = 1");
    let history = place.run("history books 1").done();
    assert!(history.contains("11 → 12") && !history.contains("10 → 12"), "{history}");
}
