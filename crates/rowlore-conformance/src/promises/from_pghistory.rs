//! What django-pghistory's tests ask of tracking a table, each under the name that it has there.

use rowlore::declare::Operation::{Delete, Insert, Update};
use rowlore::declare::{Columns, Condition, ContextForm, Events, Image, TrackedTable, Tracker};
use rowlore::read::EventQuery;

use crate::db::Db;
use crate::story::story;

/// The events of one event table of a tracked table as lines, oldest first.
async fn told(db: &Db, table: &str, events: &str) -> Vec<String> {
    let tables = vec![db.table(table).await];
    let query = EventQuery { tables, events: Some(events.to_owned()), limit: 1000, ..EventQuery::default() };
    let newest_first = db.ask(&query).await;
    story(&newest_first.into_iter().rev().collect::<Vec<_>>())
}

/// A column that holds the path of a file is a text like any other.
pub(super) async fn image_field_snapshot(db: &Db) {
    db.run("create table pictures (id bigint primary key, img_field varchar(100) not null)").await;
    db.track([TrackedTable::new("pictures")]).await;
    db.run("insert into pictures values (1, 'img.jpg')").await;
    db.run("update pictures set img_field = 'new/image.png'").await;
    let lines = [r#"insert 1: id=1 img_field="img.jpg""#, r#"update 1: img_field "img.jpg">"new/image.png""#];
    db.tells("pictures", lines).await;
}

/// What is unique in the table occurs many times in its history.
pub(super) async fn unique_field_tracking(db: &Db) {
    db.run("create table users (id bigint primary key)").await;
    db.run("insert into users values (1), (2)").await;
    let columns = "id bigint primary key, my_one_to_one bigint not null unique references users (id), \
                   my_char text unique, my_int1 bigint, my_int2 bigint, unique (my_int1, my_int2)";
    db.run(format!("create table singles ({columns})")).await;
    db.track([TrackedTable::new("singles")]).await;
    db.run_each([
        "insert into singles values (1, 1, '1', 1, 1)",
        "update singles set my_int2 = 2",
        "update singles set my_int2 = 1",
    ])
    .await;
    assert_eq!(db.events("singles").await.len(), 3);
}

/// A label of events that the program makes itself must say where they go.
pub(super) async fn duplicate_registration(db: &Db) {
    db.run("create table users (id bigint primary key)").await;
    let twice = TrackedTable::new("users")
        .tracker(Tracker::manual("user.create").events("one"))
        .tracker(Tracker::manual("user.create").events("two"));
    let said = db.refuses([twice]).await;
    assert!(said.contains("the label `user.create` is declared twice"), "{said}");
}

pub(super) async fn m2m_through_tracking(db: &Db) {
    db.run_each([
        "create table users (id bigint primary key)",
        "create table groups (id bigint primary key, name text)",
        "create table user_groups (id bigint primary key, user_id bigint not null references users (id), \
         group_id bigint not null references groups (id))",
        "insert into users values (1)",
        "insert into groups values (7, 'a'), (8, 'b')",
    ])
    .await;
    let through = TrackedTable::new("user_groups")
        .links(["user_id", "group_id"])
        .tracker(Tracker::new("group.add").on([Insert]))
        .tracker(Tracker::new("group.remove").on([Delete]));
    db.track([through]).await;
    db.run_each([
        "insert into user_groups values (1, 1, 7)",
        "insert into user_groups values (2, 1, 8)",
        "delete from user_groups where group_id = 7",
        "insert into user_groups values (3, 1, 7)",
    ])
    .await;
    let lines = [
        "insert[group.add] 1: id=1 user_id=1 group_id=7",
        "insert[group.add] 2: id=2 user_id=1 group_id=8",
        "delete[group.remove] 1: id=1 user_id=1 group_id=7",
        "insert[group.add] 3: id=3 user_id=1 group_id=7",
    ];
    db.tells("user_groups", lines).await;
}

/// A join table whose two pointers are its key, and nothing else is in it.
pub(super) async fn m2m_without_a_column_of_its_own(db: &Db) {
    db.run("create table tags (book bigint, tag text, primary key (book, tag))").await;
    db.track([TrackedTable::new("tags")]).await;
    db.run_each([
        "insert into tags values (1, 'a'), (1, 'b')",
        "update tags set tag = 'c' where tag = 'b'",
        "delete from tags where book = 1 and tag = 'a'",
    ])
    .await;
    let lines = [
        r#"delete 1/a: book=1 tag="a""#,
        r#"insert 1/a: book=1 tag="a""#,
        r#"insert 1/b: book=1 tag="b""#,
        r#"update 1/b>1/c: tag "b">"c""#,
    ];
    db.tells_in_any_order("tags", lines).await;
}

pub(super) async fn custom_pk_and_custom_column(db: &Db) {
    let pk = "6c84fb90-12c4-11e1-840d-7b25c5ee775a";
    db.run(r#"create table custom (my_pk varchar(36) primary key, "integer_field_col" bigint)"#).await;
    let raised = Tracker::new("raised").on([Update]).events("raised");
    let raised = raised.when("old.integer_field_col = 1 and new.integer_field_col = 2");
    db.track([TrackedTable::new("custom").tracker(Tracker::default()).tracker(raised)]).await;
    db.run(format!("insert into custom values ('{pk}', 1)")).await;
    db.run("update custom set integer_field_col = 2").await;
    assert_eq!(told(db, "custom", "custom_event").await.len(), 2);
    let line = format!("update[raised] {pk}: integer_field_col 1>2");
    assert_eq!(told(db, "custom", "raised").await, [line]);
}

/// Two event tables at once, with old and new images and conditions of their own.
pub(super) async fn events_on_event_model(db: &Db) {
    db.run("create table models (id bigint primary key, dt_field text, int_field bigint)").await;
    let changed = Condition::AnyChanged(Columns::only(["dt_field"]));
    let table = TrackedTable::new("models")
        .tracker(Tracker::new("model.create").on([Insert]))
        .tracker(Tracker::new("before_update").on([Update]).image(Image::Old))
        .tracker(Tracker::new("before_delete").on([Delete]))
        .tracker(Tracker::new("after_update").on([Update]).condition(changed).events("dates"));
    db.track([table]).await;
    db.run_each([
        "insert into models values (1, '2020', 1)",
        "update models set int_field = 2",
        "update models set dt_field = '2021'",
        "delete from models",
    ])
    .await;
    let told_of_all = told(db, "models", "models_event").await;
    assert_eq!(told_of_all.len(), 4, "{told_of_all:#?}");
    assert_eq!(told_of_all[0], r#"insert[model.create] 1: id=1 dt_field="2020" int_field=1"#);
    assert!(told_of_all[1].starts_with("update[before_update] 1: "), "{told_of_all:#?}");
    assert_eq!(told_of_all[3], r#"delete[before_delete] 1: id=1 dt_field="2021" int_field=2"#);
    let olds: Vec<_> =
        db.events("models").await.into_iter().filter(|one| one.label == "before_update").collect();
    let old = |index: usize, name: &str| olds[index].old.as_ref().map(|row| row[name].clone());
    assert_eq!((old(0, "int_field"), old(1, "dt_field")), (Some(1.into()), Some("2020".into())));
    let dates = told(db, "models", "dates").await;
    assert_eq!(dates.len(), 1, "{dates:#?}");
    assert!(dates[0].starts_with("update[after_update] 1: "), "{dates:#?}");
}

/// Two event tables of one table, each with columns of its own, each with events when those change and only then.
pub(super) async fn dt_field_snapshot_tracking(db: &Db) {
    db.run("create table models (id bigint primary key, dt_field text, int_field bigint, other text)").await;
    let of = |columns: &[&str], events: &str| {
        Tracker::default().columns(Columns::only(columns.iter().copied())).events(events)
    };
    let table = TrackedTable::new("models")
        .tracker(of(&["dt_field"], "dates"))
        .tracker(of(&["dt_field", "int_field"], "both"));
    db.track([table]).await;
    db.run_each([
        "insert into models values (1, '2020', 1, 'x')",
        "update models set dt_field = dt_field, int_field = int_field, other = 'y'",
        "update models set int_field = 2",
        "update models set dt_field = '2021'",
    ])
    .await;
    let dates = [r#"insert 1: id=1 dt_field="2020""#, r#"update 1: dt_field "2020">"2021""#];
    assert_eq!(told(db, "models", "dates").await, dates);
    let both = [
        r#"insert 1: id=1 dt_field="2020" int_field=1"#,
        "update 1: int_field 1>2",
        r#"update 1: dt_field "2020">"2021""#,
    ];
    assert_eq!(told(db, "models", "both").await, both);
}

/// A pointer that the database sets to null is a change like any other, and its history keeps what it pointed at; a row
/// that goes with its parent leaves its history.
pub(super) async fn fk_cascading(db: &Db) {
    db.run_each([
        "create table users (id bigint primary key)",
        "create table notes (id bigint primary key, owner bigint references users (id) on delete set null, \
         writer bigint references users (id) on delete cascade)",
        "insert into users values (1), (2)",
    ])
    .await;
    db.track([TrackedTable::new("notes")]).await;
    db.run_each([
        "insert into notes values (1, 1, 2)",
        "delete from users where id = 1",
        "delete from users where id = 2",
    ])
    .await;
    let lines =
        ["insert 1: id=1 owner=1 writer=2", "update 1: owner 1>null", "delete 1: id=1 owner=null writer=2"];
    db.tells("notes", lines).await;
}

/// A column left out, one of its own, no context, and history that outlives its row.
pub(super) async fn custom_snapshot_model_tracking(db: &Db) {
    db.run("create table models (id bigint primary key, dt_field text, int_field bigint)").await;
    let events = Events::default()
        .context(ContextForm::None)
        .extra("note", "text")
        .extra_value("one", "bigint", "0 + 1");
    let table = TrackedTable::new("models").except(["dt_field"]).event_table(events);
    db.track([table]).await;
    db.run_each([
        "insert into models values (1, '2020', 1)",
        "update models set dt_field = '2021'",
        "update models set int_field = 2",
        "delete from models",
    ])
    .await;
    let lines = ["insert 1: id=1 int_field=1", "update 1: int_field 1>2", "delete 1: id=1 int_field=2"];
    db.tells("models", lines).await;
    let table = (db.words.event_table)("models_event");
    let own = db.rows(format!("select distinct note, one from {table}")).await;
    assert_eq!(own, [vec![None, Some("1".to_owned())]]);
    assert!(db.events("models").await.iter().all(|event| event.context.actor.is_none()));
}

/// Events that say only that something happened.
pub(super) async fn empty_fields(db: &Db) {
    db.run("create table models (id bigint primary key, int_field bigint)").await;
    let nothing = Tracker::default().columns(Columns::only(Vec::<String>::new())).events("happened");
    let keyless = Events::named("happened").without_key();
    db.track([TrackedTable::new("models").tracker(nothing).event_table(keyless)]).await;
    db.run_each([
        "insert into models values (1, 1)",
        "update models set int_field = 2",
        "delete from models where id = 1",
    ])
    .await;
    let events = db.events("models").await;
    let ops: Vec<&str> = events.iter().map(|event| event.op.name()).collect();
    assert_eq!(ops, ["insert", "update", "delete"]);
    let nothing = |event: &rowlore::Change| {
        let images = event.old.iter().chain(&event.new).all(|row| row.is_empty());
        event.key.is_empty() && images
    };
    assert!(events.iter().all(nothing), "{events:#?}");
}

/// A column that the program touches with every write, and nobody wants an event for.
pub(super) async fn custom_ignore_auto_fields_tracker(db: &Db) {
    db.run("create table models (id bigint primary key, created text, updated text, my_field bigint)").await;
    let ignored = TrackedTable::new("models")
        .ignore(["created", "updated"])
        .tracker(Tracker::default().on([Update]).image(Image::Old))
        .tracker(Tracker::default().on([Delete]));
    db.track([ignored]).await;
    db.run_each([
        "insert into models values (1, 'a', 'a', 1)",
        "update models set updated = 'b'",
        "update models set updated = 'c', my_field = 2",
        "delete from models where id = 1",
    ])
    .await;
    let events = db.events("models").await;
    let stored: Vec<_> = events
        .iter()
        .map(|event| {
            (event.op.name(), event.old.as_ref().map(|row| (row["updated"].clone(), row["my_field"].clone())))
        })
        .collect();
    let wanted = [("update", Some(("b".into(), 1.into()))), ("delete", Some(("c".into(), 2.into())))];
    assert_eq!(stored, wanted, "the ignored column is stored, as it was");
}

pub(super) async fn conditional_untracked_field(db: &Db) {
    db.run("create table models (id bigint primary key, stored bigint, watched bigint)").await;
    let watched = Condition::AnyChanged(Columns::only(["watched"]));
    let tracker = Tracker::new("watched").columns(Columns::only(["stored"])).condition(watched);
    db.track([TrackedTable::new("models").tracker(tracker)]).await;
    db.run_each([
        "insert into models values (1, 1, 1)",
        "update models set stored = 2",
        "update models set watched = 2",
    ])
    .await;
    db.tells("models", ["update[watched] 1: new id=1 stored=2"]).await;
}

/// A child table whose key is a foreign key to its parent's: each has its own history of what is its own.
pub(super) async fn concrete_inheritance(db: &Db) {
    db.run_each([
        "create table people (id bigint primary key, name text)",
        "create table authors (person bigint primary key references people (id) on delete cascade, pen_name text)",
    ])
    .await;
    db.track([TrackedTable::new("people"), TrackedTable::new("authors").links(["person"])]).await;
    db.run_each([
        "insert into people values (1, 'Eric')",
        "insert into authors values (1, 'George')",
        "update people set name = 'Eric Arthur'",
        "delete from people where id = 1",
    ])
    .await;
    let of_child = [r#"insert 1: person=1 pen_name="George""#, r#"delete 1: person=1 pen_name="George""#];
    db.tells("authors", of_child).await;
    assert_eq!(db.events("people").await.len(), 3);
}

/// What the database computes is recorded as it computed it, and an event table computes nothing itself.
pub(super) async fn generated_field(db: &Db) {
    let columns =
        "id bigint primary key, amount bigint, twice bigint generated always as (amount * 2) stored";
    db.run(format!("create table sums ({columns})")).await;
    db.track([TrackedTable::new("sums")]).await;
    db.run("insert into sums (id, amount) values (1, 2)").await;
    db.run("update sums set amount = 3").await;
    db.tells("sums", ["insert 1: id=1 amount=2 twice=4", "update 1: amount 2>3, twice 4>6"]).await;
}

/// Each row of a statement is looked at on its own, and one whose key changes is not lost.
pub(super) async fn conditional_statement_trigger(db: &Db) {
    db.run("create table models (id bigint primary key, int_field bigint)").await;
    let table = TrackedTable::new("models")
        .tracker(Tracker::new("many").on([Insert]).when("new.int_field > 10"))
        .tracker(
            Tracker::new("raised").on([Update]).when("new.int_field > old.int_field and new.int_field > 10"),
        );
    db.track([table]).await;
    db.run("insert into models values (1, 5), (2, 15), (3, 25)").await;
    db.run("update models set int_field = int_field + case id when 3 then -1 else 6 end").await;
    db.run("update models set id = id + 100, int_field = int_field + 1 where id = 1").await;
    let lines = ["insert[many] 2: id=2 int_field=15", "insert[many] 3: id=3 int_field=25"];
    let told = db.story("models").await;
    assert_eq!(told.iter().filter(|line| line.contains("[many]")).count(), 2);
    assert!(lines.iter().all(|line| told.iter().any(|told| told == line)), "{told:#?}");
    let raised: Vec<&str> = told.iter().filter_map(|line| line.strip_prefix("update[raised] ")).collect();
    assert_eq!(raised.len(), 3, "{told:#?}");
    assert!(raised.iter().any(|line| line.starts_with("1>101: ")), "{told:#?}");
}
