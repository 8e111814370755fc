//! Events that a program makes itself: of a row, under a declared label, with whoever acts.

use rowlore::declare::{ContextForm, Events, TrackedTable, Tracker};
use rowlore::{Context, Op, Timestamp, Value};
use serde_json::json;

use crate::db::Db;
use crate::subject::{End, Step};

const BOOKS: &str = "create table books (id bigint primary key, title text, price numeric(10, 2))";

fn reviewed() -> TrackedTable {
    let books = TrackedTable::new("books").tracker(Tracker::default());
    books.tracker(Tracker::manual("reviewed")).tracker(Tracker::manual("printed"))
}

async fn books(db: &Db) {
    db.run(BOOKS).await;
    db.track([reviewed()]).await;
    db.run("insert into books (id, title, price) values (1, 'a', 2.50), (2, 'b', 3)").await;
}

/// The lines of the events of that label.
async fn labelled(db: &Db, label: &str) -> Vec<String> {
    let all = db.story("books").await;
    all.into_iter().filter(|line| line.contains(&format!("[{label}]"))).collect()
}

pub(super) async fn what_is_given_and_the_rest_from_the_table(db: &Db) {
    books(db).await;
    let given = json!({"id": 1, "title": "seen"});
    db.commit(
        None,
        [Step::record("books", "reviewed", given), Step::record("books", "printed", json!({"id": 2}))],
    )
    .await;
    let told = db.events("books").await;
    let told: Vec<_> = told.iter().filter(|event| event.op == Op::Manual).collect();
    assert_eq!(told.len(), 2);
    let new = |index: usize, name: &str| told[index].new.as_ref().and_then(|row| row.get(name)).cloned();
    assert_eq!((new(0, "title"), &told[0].label), (Some(json!("seen")), &"reviewed".to_owned()));
    assert_eq!((new(1, "title"), &told[1].label), (Some(json!("b")), &"printed".to_owned()));
    let price = |index: usize| new(index, "price").map(|price| price.to_string().replace('"', ""));
    let number = |index: usize| price(index).and_then(|price| price.parse::<f64>().ok());
    assert_eq!((number(0), number(1)), (Some(2.5), Some(3.0)), "columns that were left out");
    assert_eq!(told[0].key["id"], json!(1));
    assert_eq!((&told[0].old, &told[0].changed), (&None, &None), "nothing happened to the row");
}

pub(super) async fn with_the_context_around_it(db: &Db) {
    books(db).await;
    let inner = Step::scope(Context::actor("user:6"), [Step::record("books", "printed", json!({"id": 1}))]);
    let steps = [Step::record("books", "reviewed", json!({"id": 1})), inner];
    db.commit(Context::actor("user:5").because("audit"), steps).await;
    let told = db.events("books").await;
    let who = |label: &str| {
        let event = told.iter().find(|event| event.label == label);
        event.map(|event| (event.context.actor.clone(), event.context.reason.clone()))
    };
    let by = |actor: &str| Some((Some(actor.to_owned()), Some("audit".to_owned())));
    assert_eq!((who("reviewed"), who("printed")), (by("user:5"), by("user:6")));
}

pub(super) async fn many_at_once_in_their_order(db: &Db) {
    books(db).await;
    let rows = [json!({"id": 2}), json!({"id": 1, "title": null}), json!({"id": 2, "title": "again"})];
    db.commit(None, [Step::record_all("books", "reviewed", rows), Step::record_all("books", "printed", [])])
        .await;
    let told = db.events("books").await;
    let told: Vec<_> = told.iter().filter(|event| event.op == Op::Manual).collect();
    let of = |event: &&rowlore::Change| {
        (event.key["id"].clone(), event.new.as_ref().map_or(Value::Null, |row| row["title"].clone()))
    };
    let expected = [(json!(2), json!("b")), (json!(1), Value::Null), (json!(2), json!("again"))];
    assert_eq!(told.iter().map(of).collect::<Vec<_>>(), expected);
}

pub(super) async fn of_a_row_that_is_not_there(db: &Db) {
    books(db).await;
    db.commit(None, [Step::record("books", "reviewed", json!({"id": 9, "title": "gone"}))]).await;
    assert_eq!(labelled(db, "reviewed").await, [r#"manual[reviewed] 9: id=9 title="gone" price=null"#]);
}

pub(super) async fn an_unknown_label_is_refused(db: &Db) {
    books(db).await;
    for label in ["reviewd", "insert", "", "reviewed'; drop table books; --"] {
        let said = db.fails(None, [Step::record("books", label, json!({"id": 1}))]).await;
        assert!(said.contains("reviewed") && said.contains("printed"), "it says which there are: {said}");
    }
    assert_eq!(db.events("books").await.iter().filter(|event| event.op == Op::Manual).count(), 0);
}

pub(super) async fn what_does_not_fit_is_refused(db: &Db) {
    books(db).await;
    let said = db.fails(None, [Step::record("books", "reviewed", json!({"id": 1, "titel": "x"}))]).await;
    assert!(said.contains("titel") && said.contains("`title`"), "{said}");
    let said = db.fails(None, [Step::record("books", "reviewed", json!({"title": "x"}))]).await;
    assert!(said.contains("key") && said.contains("id"), "{said}");
    let rows = [json!({"id": 1}), json!({"id": null})];
    db.fails(None, [Step::record_all("books", "reviewed", rows)]).await;
    db.run("create table other (id bigint primary key)").await;
    db.track([reviewed(), TrackedTable::new("other")]).await;
    let said = db.fails(None, [Step::record("other", "reviewed", json!({"id": 1}))]).await;
    assert!(said.contains("other") && said.contains("manual"), "{said}");
    assert_eq!(db.events("books").await.iter().filter(|event| event.op == Op::Manual).count(), 0);
}

pub(super) async fn undone_with_its_transaction(db: &Db) {
    books(db).await;
    let one = || Step::record("books", "reviewed", json!({"id": 1}));
    db.roll_back(None, [one()]).await;
    db.commit(None, [Step::Savepoint(vec![one()], End::Undo)]).await;
    assert_eq!(labelled(db, "reviewed").await, [""; 0]);
}

/// What a program says of a row is not what the row was.
pub(super) async fn the_past_is_what_the_table_was(db: &Db) {
    db.run(BOOKS).await;
    db.run("insert into books (id, title, price) values (1, 'a', 2), (2, 'b', 2)").await;
    db.apply([reviewed()]).await;
    // Before the baseline, too: a manual event is not the row's first.
    db.commit(None, [Step::record("books", "reviewed", json!({"id": 1, "title": "said"}))]).await;
    db.run("update books set title = 'c' where id = 1").await;
    db.backfill_all().await;
    db.commit(None, [Step::record("books", "reviewed", json!({"id": 2, "title": "said"}))]).await;
    db.commit(None, [Step::record("books", "reviewed", json!({"id": 3, "title": "never there"}))]).await;
    db.run("update books set price = 7 where id = 2").await;
    let update = db.events("books").await.pop().and_then(|event| event.changed);
    assert_eq!(
        update,
        Some(vec!["price".to_owned()]),
        "against the row before, not against what was said of it"
    );
    let rows = db.rows_at("books", Timestamp::now()).await;
    let titles: Vec<_> = rows.iter().map(|row| row["title"].clone()).collect();
    assert_eq!(titles, [json!("c"), json!("b")]);
    let baselines = db.events("books").await.into_iter().filter(|event| event.op == Op::Baseline);
    assert_eq!(
        baselines.filter_map(|event| event.new).map(|row| row["title"].clone()).collect::<Vec<_>>().len(),
        2
    );
    let update = db.events("books").await.into_iter().find(|event| event.op == Op::Update);
    let old = update.and_then(|event| event.old).map(|row| row["title"].clone());
    assert_eq!(old, Some(json!("a")), "the image before an update is the row's, not what was said of it");
}

pub(super) async fn event_tables_of_every_form(db: &Db) {
    db.run(BOOKS).await;
    let books = TrackedTable::new("books")
        .tracker(Tracker::default())
        .tracker(
            Tracker::manual("keyless").events("keyless").columns(rowlore::declare::Columns::only(["title"])),
        )
        .tracker(Tracker::manual("copied").events("copied"))
        .tracker(Tracker::manual("alone").events("alone"))
        .event_table(Events::named("keyless").without_key())
        .event_table(Events::named("copied").context(ContextForm::Json))
        .event_table(Events::named("alone").context(ContextForm::None));
    db.track([books]).await;
    db.run("insert into books (id, title, price) values (1, 'a', 2)").await;
    let steps = [
        Step::record("books", "keyless", json!({"title": "no key"})),
        Step::record("books", "copied", json!({"id": 1})),
        Step::record("books", "alone", json!({"id": 1})),
    ];
    db.commit(Context::actor("user:5"), steps).await;
    let told = db.events("books").await;
    let actor = |label: &str| {
        let event = told.iter().find(|event| event.label == label);
        event.map(|event| event.context.actor.clone())
    };
    assert_eq!(actor("copied"), Some(Some("user:5".to_owned())));
    assert_eq!(actor("alone"), Some(None));
    assert!(told.iter().any(|event| event.label == "keyless" && event.key.is_empty()), "{told:?}");
}
