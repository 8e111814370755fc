//! Bad input: refused before anything is written, in a sentence that names the thing and what to do.

use crate::bench::Bench;

/// Declares `tables` for the shop, and gives what `plan` says about it.
fn declared(tables: &str) -> String {
    let bench = Bench::new();
    bench.declare(tables);
    let said = bench.run("plan").refused(2);
    let tracked = bench.run("check");
    assert_eq!(tracked.code, 2, "a declaration that can't be is no answer to check");
    assert!(tracked.err.starts_with("could not tell"), "{}", tracked.err);
    assert_eq!(bench.run("apply --yes").refused(2), said);
    bench.sql("create table rowlore_meta (nothing_was_installed integer)");
    said
}

#[test]
fn tables_and_columns_that_are_not_there() {
    let said = declared("[[table]]\nname = \"boks\"\n");
    assert!(
        said.contains("rowlore.toml:3: there is no table boks") && said.contains("did you mean `books`?"),
        "{said}"
    );
    let said = declared("[[table]]\nname = \"books\"\nexcept = [\"pirce\"]\n");
    assert!(said.contains("has no column `pirce`") && said.contains("did you mean `price`?"), "{said}");
    assert!(said.contains("5 | except = [\"pirce\"]"), "the line itself is shown: {said}");
    let said = declared("[[table]]\nname = \"books\"\nkey = [\"isbn\"]\n");
    assert!(said.contains("has no column `isbn`") && said.contains("there are: id, title, price"), "{said}");
}

#[test]
fn tables_that_can_not_be_tracked() {
    let said = declared("[[table]]\nname = \"log\"\n");
    assert!(said.contains("log has no primary key") && said.contains("key = ["), "{said}");
    let said = declared("[[table]]\nname = \"cheap\"\n");
    assert!(said.contains("cheap is a view") && said.contains("declare the tables behind it"), "{said}");
}

#[test]
fn expressions_that_the_database_does_not_take() {
    let tracker = "[[table]]\nname = \"books\"\n[[table.tracker]]\noperations = [\"update\"]\n";
    for (when, word) in [
        ("new.prise > 1", "prise"),
        ("new.price >", "when"),
        ("1; drop table books", "when"),
        ("true) or (", "when"),
    ] {
        let said = declared(&format!("{tracker}when = \"{when}\"\n"));
        assert!(said.contains("rowlore.toml:5: ") && said.contains(word), "{said}");
    }
}

#[test]
fn files_that_are_malformed() {
    let said = declared("[[table]]\nname = \"books\"\nexcpt = [\"price\"]\nunchanged = \"drop\"\n[[table]\n");
    assert!(said.contains("rowlore.toml:7: "), "{said}");
    let said = declared("[[table]]\nname = \"books\"\nexcpt = [\"price\"]\nunchanged = \"drop\"\n");
    for part in [
        "rowlore.toml:5: unknown key `excpt` in [[table]]",
        "| excpt = [\"price\"]",
        "hint: did you mean `except`?",
        "rowlore.toml:6: `unchanged` can't be `drop`",
        "hint: one of: skip, record, suppress",
    ] {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
}

#[test]
fn declarations_that_contradict_themselves() {
    let said = declared("[[table]]\nname = \"books\"\n[[table]]\nname = \"books\"\n");
    assert!(said.contains("books is declared twice"), "{said}");
    let two = "[[table]]\nname = \"books\"\n[[table.tracker]]\nevents = \"e\"\n[[table]]\nname = \"lines\"\n[[table.tracker]]\nevents = \"e\"\n";
    assert!(declared(two).contains("both want the event table e"));
}

#[test]
fn keys_and_names_that_do_not_fit() {
    let bench = Bench::tracked();
    let cases = [
        ("history boks 1", "boks is not tracked"),
        ("history a.b.c 1", "`a.b.c` is not the name of a table"),
        ("history books x", "`x` is not a whole number"),
        ("history books 1 2", "the key of books has 1 column: 2 values given"),
        ("history lines 7", "the key of lines has 2 columns: 1 value given"),
        ("as-of books now x", "`x` is not a whole number"),
        ("as-of cheap now", "cheap is not tracked"),
        ("diff books 1 #x now", "`#x` is not an event"),
        ("diff books 1 #999 now", "event #999 is not one of books id=1"),
        ("diff books 1 #2 now", "event #2 is not one of books id=1"),
        ("diff books 1 yesterday now", "`yesterday` is not a moment"),
        ("events --table nowhere", "nowhere is not tracked"),
        ("backfill nowhere", "nowhere is not tracked"),
        ("events --since now --until 1d", "lies after --until"),
    ];
    for (command, sentence) in cases {
        let said = bench.run(command).refused(2);
        assert!(said.contains(sentence), "{command}: {said}");
    }
}

#[test]
fn arguments_that_are_none() {
    let bench = Bench::new();
    for command in [
        "",
        "histroy books 1",
        "history books",
        "events --op drop",
        "as-of books yesterday",
        "diff books 1 now",
        "backfill --rows 0",
        "events --limit 0",
    ] {
        let ran = bench.run(command);
        assert_eq!(ran.code, 2, "{command}: {}{}", ran.out, ran.err);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{command}");
    }
}

#[test]
fn moments_before_the_tracking_are_not_guessed() {
    let bench = Bench::tracked();
    let ran = bench.run("as-of books 3d");
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("books"), "{}", ran.err);
}

#[test]
fn databases_that_are_not_there() {
    let bench = Bench::new();
    bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    bench.write(
        "text.db",
        "this is no database at all, but a text that is long enough to be looked at ".repeat(20).as_str(),
    );
    let cases = [
        (vec!["plan"], 2, "no database is named"),
        (vec!["plan", "--database", "sqlite:nowhere.db"], 2, "there is no database file nowhere.db"),
        (vec!["plan", "--database", "sqlite:text.db"], 3, "not a SQLite database"),
        (
            vec!["plan", "--database", "mysql://ada:secret@db/shop"],
            2,
            "`mysql://…` is of no engine known here",
        ),
        (vec!["history", "books", "1", "--config", "nowhere.toml"], 2, "there is no file nowhere.toml"),
        (vec!["plan", "--database", "sqlite:."], 2, "is a folder"),
        (
            vec!["plan", "--database", "postgres://ada:secret@127.0.0.1:1/shop"],
            3,
            "postgres://ada@127.0.0.1:1/shop: ",
        ),
        (vec!["events", "--database", "sqlite:shop.db"], 0, ""),
        (vec!["history", "books", "1", "--database", "sqlite:shop.db"], 2, "books is not tracked"),
    ];
    for (words, code, sentence) in cases {
        let ran = bench.run_words(&words);
        assert_eq!(ran.code, code, "{words:?}: {}{}", ran.out, ran.err);
        if code > 0 {
            let said = ran.refused(code);
            assert!(said.contains(sentence) && !said.contains("secret"), "{words:?}: {said}");
        }
    }
    assert!(!bench.path("nowhere.db").exists(), "a question makes no file");
    let nothing = bench.run_words(&["events", "--database", "sqlite:shop.db"]).done();
    assert!(nothing.starts_with("Nothing is tracked in sqlite:shop.db yet. Begin with: "), "{nothing}");
    let unsure = bench.run_words(&["check", "--database", "sqlite:text.db"]);
    assert_eq!(unsure.code, 2, "check could not tell: {}", unsure.err);
}

#[test]
fn nobody_to_ask_and_no_yes() {
    let bench = Bench::new();
    bench.declare("[[table]]\nname = \"books\"\n");
    let said = bench.run("apply").refused(2);
    assert!(said.contains("nobody is here to answer") && said.contains("--yes"), "{said}");
    assert_eq!(bench.run("check").code, 1, "nothing was applied");
    bench.run("apply --yes").done();
    assert!(bench.run("uninstall").refused(2).contains("--yes"));
    assert_eq!(bench.run("check").code, 0, "nothing was removed");
}

#[test]
fn a_database_that_may_not_be_written_to() {
    let bench = Bench::new();
    bench.declare("[[table]]\nname = \"books\"\n");
    // Rights do not stop root, so that the database itself has to say no: another connection holds the writer's place.
    let writer = rowlore_sqlite::rusqlite::Connection::open(bench.path("shop.db")).unwrap();
    writer.execute_batch("begin exclusive").unwrap();
    let said = bench.run("plan").refused(3);
    assert!(said.contains("another connection") || said.contains("locked"), "{said}");
}

#[test]
fn passwords_are_never_printed() {
    let bench = Bench::new();
    bench.write("rowlore.toml", "[database]\nurl = \"postgres://ada:hunter2@127.0.0.1:1/shop?password=hunter2\"\n[[table]]\nname = \"books\"\n");
    bench.write(
        "wrong.toml",
        "[database]\nurl = \"postgres://ada:hunter2@db/shop\"\nur1 = \"postgres://ada:hunter2@db/shop\"\n",
    );
    bench.write("url", "postgres://ada:hunter2@127.0.0.1:1/shop\n");
    bench.write("byfile.toml", "[database]\nurl_file = \"url\"\n");
    for command in ["plan", "apply --yes", "check", "events", "uninstall --yes", "init --stdout"] {
        for config in ["rowlore.toml", "wrong.toml", "byfile.toml"] {
            let ran = bench.run(&format!("{command} --config {config}"));
            assert_ne!(ran.code, 0, "{command} {config}: there is no such server");
            assert!(
                !ran.out.contains("hunter2") && !ran.err.contains("hunter2"),
                "{command} {config}: {}{}",
                ran.out,
                ran.err
            );
        }
    }
}
