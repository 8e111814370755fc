//! What programs read.

use rowlore::{Change, Op, Row, Value};

use crate::bench::Bench;

fn objects<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn a_change_is_the_same_from_every_command() {
    let bench = Bench::tracked();
    bench.sql("update books set price = 11 where id = 1");
    let history: Vec<Change> = objects(&bench.run("history books 1 --json").done());
    let ops: Vec<Op> = history.iter().map(|change| change.op).collect();
    assert_eq!(ops, [Op::Baseline, Op::Update]);
    let update = &history[1];
    assert_eq!(update.changed.as_deref(), Some(&["price".to_owned()][..]));
    assert_eq!(update.old.as_ref().unwrap()["price"], 10);
    assert_eq!(update.new.as_ref().unwrap()["price"], 11);
    assert_eq!(update.key, Row::from_iter([("id".to_owned(), Value::from(1))]));
    let events: Vec<Change> = objects(&bench.run("events --json --limit 1").done());
    assert_eq!(events, std::slice::from_ref(update));
    // Nothing that is not in the form is there, and what does not apply is absent.
    let line = bench.run("events --json --limit 1").done();
    assert_eq!(serde_json::to_string(update).unwrap(), line.trim());
    assert!(!line.contains("old_key") && !line.contains("version"), "{line}");
}

#[test]
fn rows_differences_steps_and_answers() {
    let bench = Bench::new();
    bench.declare("[[table]]\nname = \"books\"\n");
    let steps: Vec<Row> = objects(&bench.run("plan --json").done());
    assert!(steps.iter().all(|step| step["sql"].as_str().is_some_and(|sql| !sql.is_empty())));
    let found: Vec<Row> = objects(&bench.run("check --json").no());
    let (drift, rest): (Vec<Row>, Vec<Row>) = found.into_iter().partition(|one| one.contains_key("sql"));
    assert_eq!(drift, steps);
    let untracked: Vec<&Value> = rest.iter().filter_map(|one| one.get("untracked")).collect();
    assert_eq!(untracked, ["\"Odd Name\"", "lines", "log"]);
    let applied: Vec<Row> = objects(&bench.run("apply --yes --json").done());
    assert_eq!(applied[0]["steps"], steps.len());
    assert_eq!(applied[0]["baseline_pending"], serde_json::json!(["books"]));
    let filled: Vec<Row> = objects(&bench.run("backfill --json").done());
    assert_eq!(filled[0]["rows_recorded"], 2);
    assert!(!bench.run("check --json").done().contains("sql"));
    bench.sql("update books set price = null where id = 2");
    let rows: Vec<Row> = objects(&bench.run("as-of books now --json").done());
    assert_eq!(
        rows[1],
        *serde_json::json!({"id": 2, "title": "Kindred", "price": null}).as_object().unwrap()
    );
    let diff: Vec<Row> = objects(&bench.run("diff books 2 #2 now --json").no());
    assert_eq!(diff[0]["changed"], serde_json::json!(["price"]));
    assert_eq!(diff[0]["old"]["price"], 30);
    let gone: Vec<Row> = objects(&bench.run("uninstall --yes --json").done());
    assert_eq!(gone[0]["history_kept_in"].as_array().unwrap().len(), 1);
}
