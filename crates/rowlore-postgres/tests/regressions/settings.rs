//! Bugs of event tables whose settings change.

use rowlore::Lore;
use rowlore::declare::{Columns, ContextForm, Events, Period, TimeSource, TrackedTable, Tracker};
use rowlore_postgres::Postgres;

use super::{backfill, database, events, run, track};

fn books(events: Events) -> TrackedTable {
    TrackedTable::new("books").without_baseline().event_table(events)
}

/// An extra column whose type was declared anew kept its old one, and the value of the new type did not fit: each
/// write to the tracked table failed.
#[tokio::test]
async fn an_extra_column_of_another_type() {
    let lore = database("extra_retyped", "create table books (id int primary key, price int)").await;
    track(&lore, [books(Events::default().extra_value("tenant", "integer", "7").index(["tenant"]))]).await;
    run(&lore, "insert into books values (1, 10)").await;
    track(&lore, [books(Events::default().extra_value("tenant", "text", "'seven'").index(["tenant"]))]).await;
    run(&lore, "insert into books values (2, 10)").await;
    let told = texts(&lore, "select coalesce(tenant, '') || ':' || coalesce(tenant_was_integer::text, '') from rowlore.books_event order by rl_event_id").await;
    assert_eq!(told, [":7", "seven:"]);
    // The same type in other letters is the same type.
    track(&lore, [books(Events::default().extra_value("tenant", "TEXT", "'eight'"))]).await;
    assert_eq!(
        texts(
            &lore,
            "select tenant_was_integer::text from rowlore.books_event where tenant_was_integer is not null"
        )
        .await,
        ["7"]
    );
}

/// From months to days and back: the partition of today lay inside the one of this month, and the apply failed.
#[tokio::test]
async fn partitions_of_another_period() {
    let lore = database("other_period", "create table books (id int primary key)").await;
    for period in [Period::Month, Period::Day, Period::Week, Period::Year, Period::Month] {
        track(&lore, [books(Events::default().partition(period))]).await;
        run(&lore, "insert into books values ((select count(*) from books))").await;
    }
    assert_eq!(events(&lore, "public", "books").await.len(), 5);
}

/// What moved to another key was still there for the functions of the past, when the time of events was declared
/// otherwise afterwards: they took the two events for two rows of one statement.
#[tokio::test]
async fn the_past_of_before_events_had_another_time() {
    let lore = database("other_time", "create table books (id int primary key, price int)").await;
    let declared = |time| TrackedTable::new("books").event_table(Events::default().time(time));
    for (from, to) in
        [(TimeSource::Statement, TimeSource::Transaction), (TimeSource::Transaction, TimeSource::Statement)]
    {
        run(&lore, "delete from books").await;
        track(&lore, [declared(from)]).await;
        backfill(&lore, "books").await;
        run(&lore, "begin; insert into books values (1, 10); update books set id = 2; commit").await;
        track(&lore, [declared(to)]).await;
        assert_eq!(
            texts(&lore, "select id::text from rowlore.books_as_of").await,
            ["2"],
            "{from:?} to {to:?}"
        );
    }
}

/// Events that hold their own context lost it for readers once contexts were declared as references again.
#[tokio::test]
async fn contexts_of_before_the_form_changed() {
    let lore = database("other_context", "create table books (id int primary key)").await;
    for (id, form) in [ContextForm::Json, ContextForm::Reference, ContextForm::None, ContextForm::Json]
        .into_iter()
        .enumerate()
    {
        track(&lore, [books(Events::default().context(form))]).await;
        run(&lore, &format!(r#"begin; select rowlore.set_context('{{"actor": "ann{id}"}}'); insert into books values ({id}); commit"#)).await;
    }
    let events = events(&lore, "public", "books").await;
    let told: Vec<_> = events.iter().map(|event| event.context.actor.as_deref()).collect();
    assert_eq!(told, [Some("ann0"), Some("ann1"), None, Some("ann3")]);
}

/// Event tables of one name in two schemas: the settings of one were held against the other.
#[tokio::test]
async fn event_tables_of_one_name() {
    let lore = database(
        "one_event_name",
        "create schema a; create schema b; create table a.books (id int primary key); create table b.books (id int primary key)",
    )
    .await;
    let declared = |schema: &str, events: Events| {
        TrackedTable::new(format!("{schema}.books"))
            .without_baseline()
            .event_table(Events { name: Some("log".to_owned()), ..events })
            .tracker(Tracker::default().events("log"))
    };
    let plain = declared("a", Events::default().schema("a"));
    track(&lore, [plain.clone(), declared("b", Events::default().schema("b").partition(Period::Month))])
        .await;
    run(&lore, "insert into a.books values (1); insert into b.books values (2)").await;
    // One moves away from its name, the other's guard stays.
    track(
        &lore,
        [
            declared("a", Events::default().schema("c")),
            declared("b", Events::default().schema("b").partition(Period::Month)),
        ],
    )
    .await;
    track(&lore, [declared("a", Events::default().schema("d"))]).await;
    run(&lore, "insert into a.books values (3)").await;
    let client = lore.engine().pool().get().await.unwrap();
    for wrong in ["delete from d.log", "delete from b.log", "truncate b.log"] {
        assert!(client.batch_execute(wrong).await.is_err(), "{wrong}");
    }
    assert_eq!(events(&lore, "a", "books").await.len(), 2);
    assert_eq!(events(&lore, "b", "books").await.len(), 1);
}

pub(super) async fn texts(lore: &Lore<Postgres>, sql: &str) -> Vec<String> {
    let rows = lore.engine().pool().get().await.unwrap().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// All of it at once: a name that has to be quoted, partitions, contexts as copies, no key, then with the key.
#[tokio::test]
async fn all_settings_at_once() {
    let lore = database(
        "all_at_once",
        r#"create schema "my.sho""p"; create table "my.sho""p"."Or'd $1 %s ""ers""" ("a b" text, "C" int, d jsonb, primary key ("a b", "C"))"#,
    )
    .await;
    let name = r#""my.sho""p"."Or'd $1 %s ""ers""""#;
    let declared = |events: Events| {
        TrackedTable::new(name).event_table(
            events
                .schema(r#"his"tory.%s"#)
                .context(ContextForm::Json)
                .partition(Period::Day)
                .index(["a b", "rl_at"])
                .extra_value("who %", "text", "session_user -- me"),
        )
    };
    let keyless = || {
        let mut t = declared(Events::default().without_key());
        t = t.without_baseline();
        t
    };
    for table in [
        keyless(),
        declared(Events::default()),
        declared(Events::default().changeable()),
        declared(Events::default().time(TimeSource::Transaction)),
        keyless(),
    ] {
        track(&lore, [table]).await;
        run(&lore, &format!("insert into {name} values ('x', (select count(*) from {name}), '{{}}'); update {name} set d = '{{\"a\": 1}}'")).await;
    }
    let seen = events(&lore, r#"my.sho"p"#, r#"Or'd $1 %s "ers""#).await;
    assert!(
        seen.iter().any(
            |event| event.new.as_ref().and_then(|row| row.get("d")) == Some(&serde_json::json!({"a": 1}))
        ),
        "{seen:?}"
    );
}

/// Of two event tables that hold every change, the past was read from the one declared first, though the other had more
/// columns. One that was applied so gets a new baseline in the wider; and a rename finds both.
#[tokio::test]
async fn the_past_is_read_from_the_widest() {
    let lore = database("widest", "create table books (id int primary key, price int, title text)").await;
    let declared = |table: &str, wide_too: bool| {
        let narrow =
            TrackedTable::new(table).tracker(Tracker::default().columns(Columns::only(["id", "price"])));
        [if wide_too { narrow.tracker(Tracker::default().events("everything")) } else { narrow }]
    };
    run(&lore, "insert into books values (1, 10, 'a')").await;
    track(&lore, declared("books", false)).await;
    backfill(&lore, "books").await;
    track(&lore, declared("books", true)).await;
    backfill(&lore, "books").await;
    run(&lore, "insert into books values (2, 20, 'b')").await;
    let past = "select concat_ws(' ', id, price, title) from rowlore.books_as_of order by id";
    assert_eq!(texts(&lore, past).await, ["1 10 a", "2 20 b"]);
    run(&lore, "alter table books rename to novels").await;
    track(&lore, declared("novels", true)).await;
    run(&lore, "update novels set price = 30").await;
    assert_eq!(texts(&lore, &past.replace("books", "novels")).await, ["1 30 a", "2 30 b"]);
    let counts = "select (select count(*) from rowlore.novels_event) || ' ' || (select count(*) from rowlore.everything)";
    assert_eq!(texts(&lore, counts).await, ["4 4"]);
}
