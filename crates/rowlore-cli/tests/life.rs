//! The whole life of a tracked database, through the binary alone.

use crate::bench::Bench;

#[test]
fn from_init_to_uninstall() {
    let bench = Bench::new();
    let url = "sqlite:shop.db";
    let said = bench.run_words(&["init", "--database", url]).done();
    assert!(said.contains("Wrote rowlore.toml"), "{said}");
    let file = std::fs::read_to_string(bench.path("rowlore.toml")).unwrap();
    assert!(file.contains("url = \"sqlite:shop.db\"") && file.contains("name = \"books\""), "{file}");
    assert!(file.contains("# - log: has no primary key") && file.contains("# - cheap: a view"), "{file}");
    assert!(file.contains(r#"name = "\"Odd Name\"""#) && file.contains("# key: order_id, line"), "{file}");

    assert_eq!(bench.run("check").code, 1, "nothing is installed yet");
    let plan = bench.run("plan").done();
    assert!(plan.contains("why: ") && plan.contains("lock: ") && plan.contains("create trigger"), "{plan}");
    let applied = bench.run("apply --yes").done();
    assert!(applied.contains("backfill"), "{applied}");
    assert!(bench.run("plan").done().starts_with("Nothing to do"));
    assert!(bench.run("check").done().contains("is what is declared"));
    let filled = bench.run("backfill").done();
    assert!(filled.contains("books: 2 rows recorded."), "{filled}");
    assert!(bench.run("backfill").done().contains("Nothing to do"));
    assert!(bench.run("check").done().contains("is what is declared"), "the backfill settles its triggers");

    bench.sql("update books set price = 12 where id = 1; delete from books where id = 2");
    bench.sql("update lines set line = 2, note = null where order_id = 7");
    reading(&bench);

    let removed = bench.run("uninstall --yes").done();
    assert!(removed.contains("History stays in: ") && removed.contains("books_event"), "{removed}");
    bench.sql("update books set price = 13 where id = 1");
    let history = bench.run("history books 1").done();
    assert!(history.contains("10 → 12") && !history.contains("→ 13"), "{history}");
    assert!(bench.run("uninstall --yes").done().contains("Nothing to do"));
}

fn reading(bench: &Bench) {
    let history = bench.run("history books 1").done();
    assert!(history.contains("2 events, times in UTC") && history.contains("price  10 → 12"), "{history}");
    let moved = bench.run("history lines line=2 order_id=7").done();
    assert!(moved.contains("key line  1 → 2") && moved.contains("gift → ∅"), "{moved}");
    let events = bench.run("events --op delete --table books").done();
    assert!(events.contains("books id=2") && events.contains("title=Kindred"), "{events}");
    let page = bench.run("events --limit 2").done();
    let more = page.lines().last().unwrap().split("There may be more: ").nth(1).unwrap();
    assert!(bench.shell(more).done().contains("#"), "{more}");
    let now = bench.run("as-of books now").done();
    assert!(now.contains("Solaris     12") && !now.contains("Kindred"), "{now}");
    assert!(bench.run("as-of books now 2").no().contains("was not there"));
    let difference = bench.run("diff books 1 #1 now").no();
    assert!(difference.contains("price  10 → 12"), "{difference}");
    assert!(bench.run("diff books 1 now now").done().contains("no difference"));
    assert!(bench.run("history books 99").no().contains("No event of books id=99"));
}

#[test]
fn drift_is_found_and_set_right() {
    let bench = Bench::tracked();
    bench.sql("create table x (t text); insert into x select name from sqlite_schema where type = 'trigger' and tbl_name = 'books'");
    let trigger: String = rowlore_sqlite::rusqlite::Connection::open(bench.path("shop.db"))
        .and_then(|sql| sql.query_row("select t from x where t like '%update%'", [], |row| row.get(0)))
        .unwrap();
    bench.sql(&format!("drop trigger \"{trigger}\""));
    let drift = bench.run("check").no();
    assert!(drift.contains(&trigger) && drift.contains("missing") && drift.starts_with("books\n"), "{drift}");
    assert_eq!(bench.run("apply --yes").code, 0);
    assert_eq!(bench.run("check").code, 0);
    // A column more is drift too: it is not recorded yet.
    bench.sql("alter table books add column isbn text");
    assert!(bench.run("check").no().contains("column isbn"));
    // So is a table that is not declared any more.
    bench.run("apply --yes").done();
    bench.declare("[[table]]\nname = \"books\"\n");
    assert!(bench.run("check").no().contains("no longer declared"));
}

#[test]
fn a_script_does_what_apply_does() {
    let bench = Bench::new();
    bench.declare("[[table]]\nname = \"books\"\n");
    assert!(bench.run("plan --format sql --out track.sql").done().contains("written to track.sql"));
    let script = std::fs::read_to_string(bench.path("track.sql")).unwrap();
    assert_eq!(script, bench.run("plan --format sql").done());
    bench.sql(&script);
    assert_eq!(bench.run("check").code, 0);
    assert!(bench.run("plan --format sql").done().starts_with("-- Nothing to do"));
}

#[test]
fn quiet_says_only_what_was_asked_for() {
    let bench = Bench::tracked();
    for command in ["check --quiet", "apply --yes --quiet", "backfill --quiet"] {
        let ran = bench.run(command);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""), "{command}");
    }
    assert!(bench.run("history books 1 --quiet").done().contains("baseline"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::tracked();
    bench.sql("with recursive n (i) as (select 3 union all select i + 1 from n where i < 3000) insert into books select i, 'x', i from n");
    let binary = env!("CARGO_BIN_EXE_rowlore");
    let ran = bench.shell(&format!("{binary} events --limit 3000 | head -n 1"));
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""));
}

#[test]
fn nothing_to_track_is_said_so() {
    let bench = Bench::empty();
    bench.sql("select 1");
    let said = bench.run("init --database sqlite:shop.db").done();
    assert!(said.contains("sqlite:shop.db has no tables yet"), "{said}");
    for command in ["plan", "apply --yes"] {
        let said = bench.run(command).done();
        assert!(said.starts_with("Nothing to do: rowlore.toml declares no table."), "{command}: {said}");
    }
    bench.sql("create table log (at text, line text)");
    let said = bench.run("init --force --database sqlite:shop.db").done();
    assert!(said.contains("no table can be tracked as it is"), "{said}");
    let file = std::fs::read_to_string(bench.path("rowlore.toml")).unwrap();
    assert!(file.contains("# - log: has no primary key"), "{file}");
}

#[test]
fn init_never_writes_over_a_file_unasked() {
    let bench = Bench::new();
    bench.declare("# mine\n");
    assert!(bench.run("init").refused(2).contains("rowlore.toml is there already"));
    assert!(bench.run("init --stdout").done().contains("[[table]]"));
    assert!(std::fs::read_to_string(bench.path("rowlore.toml")).unwrap().contains("# mine"));
    bench.run("init --force").done();
    assert!(std::fs::read_to_string(bench.path("rowlore.toml")).unwrap().contains("name = \"books\""));
}

#[test]
fn init_keeps_the_environment_in_the_environment() {
    let bench = Bench::new();
    let environment = [("DATABASE_URL", "sqlite:shop.db")];
    bench.run_with(&["init"], &environment).done();
    let file = std::fs::read_to_string(bench.path("rowlore.toml")).unwrap();
    assert!(file.contains("url = \"${DATABASE_URL}\"") && !file.contains("shop.db"), "{file}");
    bench.run_with(&["plan"], &environment).done();
    assert!(bench.run("plan").refused(2).contains("needs DATABASE_URL from the environment"));
}

#[test]
fn init_again_names_the_database_as_before() {
    let bench = Bench::new();
    bench.write("url", "sqlite:shop.db");
    for words in ["url_file = \"url\"", "url = \"sqlite:shop.db\"", "url = \"${SHOP}\""] {
        bench.write("rowlore.toml", &format!("[database]\n{words}\n"));
        bench.run_with(&["init", "--force"], &[("SHOP", "sqlite:shop.db")]).done();
        let file = std::fs::read_to_string(bench.path("rowlore.toml")).unwrap();
        assert!(file.lines().any(|line| line == words), "{file}");
    }
}

#[test]
fn files_that_can_not_be_written() {
    let bench = Bench::tracked();
    assert!(
        bench.run("plan --out nowhere/track.sql").refused(2).contains("nowhere/track.sql can't be written")
    );
    let init = "init --database sqlite:shop.db --config nowhere/r.toml";
    assert!(bench.run(init).refused(2).contains("nowhere/r.toml can't be written"));
}

/// As `test_commands.py` of django-pgtrigger asks of its `ls`: in each state of its life a table has its line, and only
/// the table that it is about.
#[test]
fn each_state_has_its_line() {
    let bench = Bench::new();
    let lines = || {
        let ran = bench.run("check");
        (ran.code, ran.out)
    };
    bench.declare("[[table]]\nname = \"books\"\n[[table]]\nname = \"lines\"\n");
    let (code, never) = lines();
    assert_eq!(code, 1);
    assert!(never.contains("create event table books_event") && never.contains("lines_event"), "{never}");
    bench.run("apply --yes --backfill").done();
    let (code, installed) = lines();
    assert_eq!(code, 0, "{installed}");
    assert!(installed.contains("is what is declared (2 tracked tables)"), "{installed}");
    // Outdated: the declaration is another one, of one table.
    bench.declare("[[table]]\nname = \"books\"\nexcept = [\"price\"]\n[[table]]\nname = \"lines\"\n");
    let (code, outdated) = lines();
    assert_eq!(code, 1);
    let about = |out: &str, table: &str| out.lines().any(|line| line == table);
    assert!(about(&outdated, "books") && !about(&outdated, "lines"), "{outdated}");
    bench.run("apply --yes").done();
    bench.run("backfill").done();
    // No longer declared: to be pruned.
    bench.declare("[[table]]\nname = \"books\"\nexcept = [\"price\"]\n");
    let (code, pruned) = lines();
    assert_eq!(code, 1);
    assert!(about(&pruned, "lines") && pruned.contains("no longer declared"), "{pruned}");
    bench.run("apply --yes").done();
    assert_eq!(lines().0, 0);
    bench.run("uninstall --yes").done();
    let (code, gone) = lines();
    assert_eq!(code, 1);
    assert!(about(&gone, "books") && gone.contains("create trigger"), "{gone}");
}
