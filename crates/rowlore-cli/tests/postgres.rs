//! The same binary over a real, private PostgreSQL.

use rowlore_conformance::server::{PrivatePostgres, TestDatabase};

use crate::bench::{Bench, Ran};

/// A database of its own, and a folder to work in; every run of the binary is told its URL by the environment.
pub(crate) struct Shop {
    pub(crate) bench: Bench,
    pub(crate) database: TestDatabase,
}

const SHOP: &str = "
    create table books (id bigint primary key, title text not null, price numeric(8,2));
    insert into books values (1, 'Solaris', 9.50), (2, 'Kindred', 30);
    create schema stock;
    create table stock.\"Shelf Places\" (book_id bigint, place uuid, primary key (book_id, place));
    create table sales (day date, id bigint, primary key (day, id)) partition by range (day);
    create table sales_2026 partition of sales for values from ('2026-01-01') to ('2027-01-01');
    create table log (line text);
    create view cheap as select * from books where price < 10;
";

impl Shop {
    pub(crate) fn new(hint: &str) -> Self {
        let shop = Self { bench: Bench::empty(), database: PrivatePostgres::shared().database(hint) };
        shop.sql(SHOP);
        shop
    }

    pub(crate) fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        PrivatePostgres::shared().run(&self.database.name, sql).unwrap()
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.bench.run_with(&words, &[("DATABASE_URL", &self.database.url)])
    }
}

#[test]
fn from_init_to_uninstall() {
    let shop = Shop::new("life");
    shop.run("init").done();
    let file = std::fs::read_to_string(shop.bench.path("rowlore.toml")).unwrap();
    for part in [
        "url = \"${DATABASE_URL}\"",
        "name = \"books\"\n# key: id",
        r#"name = "stock.\"Shelf Places\"""#,
        "name = \"sales\"",
        "# - sales_2026: a partition",
        "# - log: has no primary key",
        "# - cheap: a view",
    ] {
        assert!(file.contains(part), "no `{part}` in:\n{file}");
    }
    let plan = shop.run("plan").done();
    assert!(plan.contains("writers of public.books wait"), "{plan}");
    let applied = shop.run("apply --yes --backfill").done();
    // Many steps are counted by table; an event table that the plan itself makes keeps nobody waiting.
    assert!(
        applied.contains("rowlore's own tables") && applied.contains("steps  (writers of public.books wait)"),
        "{applied}"
    );
    assert!(
        !applied.contains("books_event wait") && applied.contains("Each step and its SQL: "),
        "{applied}"
    );
    assert!(applied.contains("public.books: 2 rows recorded."), "{applied}");
    assert!(shop.run("plan").done().starts_with("Nothing to do"));
    assert_eq!(shop.run("check").code, 0);

    shop.sql("update books set price = 11 where id = 1; delete from books where id = 2");
    shop.sql(
        "begin; select rowlore.set_context('{\"actor\": \"user:ada\", \"reason\": \"stock taking\"}'); \
         insert into stock.\"Shelf Places\" values (1, '6f2c4c1e-8a51-4a53-9d5c-4f0e6b8f3a10'); commit",
    );
    reading(&shop);

    let removed = shop.run("uninstall --yes").done();
    assert!(removed.contains("History stays in: ") && removed.contains("books_event"), "{removed}");
    shop.sql("update books set price = 99 where id = 1");
    let history = shop.run("history books 1").done();
    assert!(history.contains("9.50 → 11.00") && !history.contains("→ 99"), "{history}");
}

fn reading(shop: &Shop) {
    let history = shop.run("history books 1").done();
    assert!(history.contains("public.books id=1") && history.contains("price  9.50 → 11.00"), "{history}");
    assert!(history.contains("by postgres"), "the database knows who logged in: {history}");
    let place = ["history", "stock.\"Shelf Places\"", "1", "6f2c4c1e-8a51-4a53-9d5c-4f0e6b8f3a10"];
    let place = shop.bench.run_with(&place, &[("DATABASE_URL", &shop.database.url)]).done();
    assert!(place.contains("by user:ada “stock taking”"), "{place}");
    let events = shop.run("events --op delete").done();
    assert!(events.contains("public.books id=2") && events.contains("title=Kindred"), "{events}");
    let now = shop.run("as-of books now").done();
    assert!(now.contains("11.00") && !now.contains("Kindred"), "{now}");
    let difference = shop.run("diff books 1 #1 now").no();
    assert!(difference.contains("price  9.50 → 11.00"), "{difference}");
    for line in shop.run("events --json").done().lines() {
        let change: rowlore::Change = serde_json::from_str(line).unwrap();
        // Nobody made a row what it was before the tracking began.
        assert_eq!(change.context.db_user.is_none(), change.op == rowlore::Op::Baseline, "{line}");
    }
}

#[test]
fn drift_is_found_and_set_right() {
    let shop = Shop::new("drift");
    shop.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    shop.run("apply --yes --backfill").done();
    let triggers = shop.sql(
        "select tgname from pg_trigger where tgrelid = 'books'::regclass and not tgisinternal order by 1",
    );
    let trigger = triggers[0][0].clone().unwrap();
    shop.sql(&format!("alter table books disable trigger \"{trigger}\""));
    let drift = shop.run("check").no();
    assert!(drift.contains(&trigger) && drift.contains("disabled"), "{drift}");
    shop.run("apply --yes").done();
    shop.sql(&format!("drop trigger \"{trigger}\" on books"));
    assert!(shop.run("check").no().contains(&trigger));
    shop.run("apply --yes").done();
    assert_eq!(shop.run("check").code, 0);
}

#[test]
fn databases_that_refuse() {
    let shop = Shop::new("refuse");
    shop.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    shop.sql(
        "drop role if exists cli_guest; create role cli_guest login; grant select on books to cli_guest",
    );
    let guest = shop.database.url.replace("postgres://postgres@", "postgres://cli_guest:hunter2@");
    let read_only = format!("{}&options=-c%20default_transaction_read_only%3Don", shop.database.url);
    let nowhere = "postgres://ada:hunter2@127.0.0.1:1/shop".to_owned();
    let no_database = shop.database.url.replace(&shop.database.name, "no_such_database");
    for (url, code, word) in [
        (guest, 3, "permission denied"),
        (read_only, 3, "read-only"),
        (nowhere, 3, "connect"),
        (no_database, 2, "no_such_database"),
    ] {
        let ran = shop.bench.run_words(&["apply", "--yes", "--database", &url]);
        let said = ran.refused(code);
        assert!(said.contains(word) && !said.contains("hunter2"), "{said}");
        let check = shop.bench.run_words(&["check", "--database", &url]);
        assert!(check.code == 2 || check.code == 1, "{}{}", check.out, check.err);
    }
    let there = shop.sql("select count(*) from pg_trigger where tgrelid = 'books'::regclass");
    assert_eq!(there[0][0].as_deref(), Some("0"), "something was written");
}

#[test]
fn bad_requests() {
    let shop = Shop::new("requests");
    shop.bench
        .write("rowlore.toml", "[[table]]\nname = \"books\"\n[[table]]\nname = 'stock.\"Shelf Places\"'\n");
    shop.run("apply --yes").done();
    for (command, sentence) in [
        ("history boks 1", "boks is not tracked"),
        ("history books x", "`x` is not a whole number"),
        ("history \"Shelf_Places\" 1", "is not tracked"),
        ("diff books 1 #999 now", "event #999 is not one of public.books id=1"),
    ] {
        let said = shop.run(command).refused(2);
        assert!(said.contains(sentence), "{command}: {said}");
    }
    let words = ["history", "stock.\"Shelf Places\"", "1", "no-uuid"];
    let said = shop.bench.run_with(&words, &[("DATABASE_URL", &shop.database.url)]).refused(2);
    assert!(said.contains("`no-uuid` is not a uuid, and `place` of"), "{said}");
    for (table, sentence) in [
        ("name = \"cheap\"", "is a view"),
        ("name = \"sales_2026\"", "is a partition"),
        ("name = \"log\"", "has no primary key"),
        ("name = \"books\"\n[[table.tracker]]\nwhen = \"new.prise > 1\"", "prise"),
        ("name = \"books\"\n[[table.tracker]]\nwhen = \"true); drop table books; --\"", "when"),
    ] {
        shop.bench.write("wrong.toml", &format!("[[table]]\n{table}\n"));
        let said = shop.run("plan --config wrong.toml").refused(2);
        assert!(said.contains(sentence) && said.contains("wrong.toml:"), "{said}");
    }
    assert_eq!(shop.sql("select count(*) from books")[0][0].as_deref(), Some("2"));
}
