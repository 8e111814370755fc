//! Event tables in schemas of the user's, with the time of the transaction, partitioned by time.

use rowlore::Context;
use rowlore::declare::{ContextForm, Events, Period, TimeSource, TrackedTable, Tracker};
use rowlore::found::ObjectKind;

use crate::db::Db;
use crate::promises::event_tables::life;
use crate::subject::Step;

async fn books(db: &Db, events: Events) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([declared(events)]).await;
}

fn declared(events: Events) -> TrackedTable {
    let tracker = Tracker { events: events.name.clone(), ..Tracker::default() };
    TrackedTable::new("books").without_baseline().tracker(tracker).event_table(events)
}

pub(super) async fn a_schema_of_the_users(db: &Db) {
    books(db, Events::default().schema("audit").index(["title"])).await;
    db.run("insert into books values (1, 'a')").await;
    assert_eq!(db.value("select count(*) from audit.books_event").await, "1");
    for attempt in ["update audit.books_event set title = 'b'", "truncate audit.books_event"] {
        let said = db.refused(attempt).await;
        assert!(said.contains("audit.books_event is append-only"), "{said}");
    }
    let found = db.found().await;
    assert!(
        found.table(&rowlore::TableName::new("audit", "books_event")).is_none(),
        "no table of the user's"
    );
    // An index of somebody else's there is not ours to drop.
    db.run("create index theirs on audit.books_event (title, id)").await;
    db.settled([declared(Events::default().schema("audit").index(["title"]))]).await;
    let plan = db.apply([declared(Events::default().schema("audit"))]).await;
    assert_eq!(plan.steps().len(), 2, "one index and the registry: {plan:?}");
    db.run("drop index audit.books_event_of_key").await;
    db.run("alter table audit.books_event disable trigger rowlore_append_only").await;
    let plan = db.apply([declared(Events::default().schema("audit"))]).await;
    assert_eq!(plan.steps().len(), 2, "the key's index and the guard: {plan:?}");
}

/// A table that looks like an event table and belongs to somebody else is not recorded into: its triggers would run with
/// the rights of the capture functions.
pub(super) async fn somebody_elses_table_is_no_event_table(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("create role mallory").await;
    db.run("create schema audit authorization mallory").await;
    let trap = "create table audit.books_event (rl_event_id bigint, rl_xid bigint, rl_at timestamptz, \
                rl_context_id bigint, rl_op \"char\", rl_image \"char\", rl_label text, rl_old_key jsonb, \
                id bigint, title text)";
    db.run_each(["set role mallory", trap, "reset role"]).await;
    let said = db.refuses([declared(Events::default().schema("audit"))]).await;
    assert!(said.contains("books_event"), "{said}");
}

/// Moving takes guards and indexes along: nothing is built anew.
pub(super) async fn moved_to_another_schema(db: &Db) {
    books(db, Events::default().index(["title"])).await;
    db.run("insert into books values (1, 'a')").await;
    for (schema, table) in [("audit", "audit.books_event"), ("Über \"x\"", "\"Über \"\"x\"\"\".books_event")]
    {
        let plan = db.apply([declared(Events::default().schema(schema).index(["title"]))]).await;
        let told = rowlore::plan::explain::explain(&plan, true);
        assert!(!told.contains("create index"), "{told}");
        db.run("update books set title = title || 'x'").await;
        let said = db.refused(format!("delete from {table}")).await;
        assert!(said.contains("append-only"), "{said}");
    }
    db.apply([declared(Events::default().index(["title"]))]).await;
    assert_eq!(db.value("select count(*) from rowlore.books_event").await, "3");
}

pub(super) async fn renamed_with_its_table(db: &Db) {
    books(db, Events::default().schema("audit").index(["title"]).partition(Period::Day)).await;
    db.run("insert into books values (1, 'a')").await;
    db.run("alter table books rename to novels").await;
    let events = Events::default().schema("elsewhere").index(["title"]).partition(Period::Day);
    db.apply([TrackedTable::new("novels").without_baseline().event_table(events)]).await;
    db.run("insert into novels values (2, 'b')").await;
    assert_eq!(db.value("select count(*) from elsewhere.novels_event").await, "2");
    assert_eq!(db.value("select count(*) from elsewhere.novels_event_rest").await, "0");
}

pub(super) async fn rowlores_own_names_are_refused(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.run("create schema audit; create table audit.books_event (id bigint)").await;
    for (events, why) in [
        (Events::default().schema("rowlore"), "rowlore's own"),
        (Events::default().schema("pg_mine"), "PostgreSQL's own"),
        (Events::default().schema("audit"), "there is a table audit.books_event"),
    ] {
        let said = db.refuses([declared(events)]).await;
        assert!(said.contains(why), "{said}");
    }
    let said = db.refuses([TrackedTable::new("books").tracker(Tracker::default().events("context"))]).await;
    assert!(said.contains("rowlore's own"), "{said}");
}

pub(super) async fn time_of_the_transaction(db: &Db) {
    books(db, Events::default().time(TimeSource::Transaction)).await;
    db.run("begin").await;
    db.run("insert into books values (1, 'a')").await;
    db.run("update books set title = 'b'").await;
    db.run("commit").await;
    let at = "select count(distinct rl_at), count(distinct rl_statement_at), bool_and(rl_statement_at >= rl_at) \
              from rowlore.books_event";
    let row = db.rows(at).await.remove(0);
    assert_eq!(row, ["1", "2", "t"].map(|text| Some(text.to_owned())));
}

/// Who has the copy needs no row in the table of contexts, and the copy says all.
pub(super) async fn contexts_without_a_row(db: &Db) {
    for form in [ContextForm::Json, ContextForm::None] {
        db.run("drop table if exists books").await;
        books(db, Events::named(format!("{form:?}")).context(form)).await;
        let step = Step::sql("insert into books values (1, 'a')");
        db.commit(Context::actor("ann").because("why"), [step]).await;
        db.run("delete from books").await;
        assert_eq!(db.value("select count(*) from rowlore.context").await, "0", "{form:?}");
    }
    let keys = "select string_agg(k, ' ' order by k) from rowlore.\"Json\", jsonb_object_keys(rl_context) k \
                group by rl_event_id";
    let all = "actor application client data db_user reason request".to_owned();
    assert_eq!(db.rows(keys).await, vec![vec![Some(all)]; 2], "all of them, whatever was said");
    let users = db.rows("select rl_context ->> 'db_user' = session_user from rowlore.\"Json\"").await;
    assert_eq!(users, vec![vec![Some("t".to_owned())]; 2]);
}

/// A role without any right on rowlore's tables writes events with a copy of its context, and can't ask for another's.
pub(super) async fn contexts_of_others_stay_theirs(db: &Db) {
    books(db, Events::default().context(ContextForm::Json)).await;
    db.run("create table log (id bigint primary key)").await;
    let log = || TrackedTable::new("log").without_baseline();
    db.track([declared(Events::default().context(ContextForm::Json)), log()]).await;
    db.commit(Context::actor("secret"), [Step::sql("insert into log values (1)")]).await;
    let role = format!("clerk_{}", std::process::id());
    db.run(format!("create role {role}")).await;
    db.run(format!("grant insert on books to {role}")).await;
    db.run(format!("set role {role}")).await;
    db.run("insert into books values (1, 'a')").await;
    let said = db.refused("select rowlore.context_json()").await;
    assert!(said.contains("permission denied"), "{said}");
    db.run("reset role").await;
    db.run(format!("drop owned by {role}; drop role {role}")).await;
    assert_eq!(db.value("select count(*) from rowlore.books_event").await, "1");
}

pub(super) async fn partitions_by_time(db: &Db) {
    for period in [Period::Day, Period::Week, Period::Month, Period::Year] {
        db.run("drop table if exists books").await;
        let name = format!("{period:?}");
        let settings = || Events::named(&name).partition(period).index(["title"]);
        let table =
            || TrackedTable::new("books").tracker(Tracker::default().events(&name)).event_table(settings());
        db.run("create table books (id bigint primary key, title text)").await;
        db.run("insert into books values (1, 'from before')").await;
        db.track([table()]).await;
        db.run("insert into books values (2, 'a')").await;
        db.run("update books set title = 'b', id = 3 where id = 2").await;
        let of_now = format!(
            "select tableoid::regclass::text from rowlore.{} where rl_op = 'u'",
            rowlore::quote_name(&name)
        );
        let partition = db.value(&of_now).await;
        assert!(!partition.is_empty() && !partition.contains("_rest"), "{partition}");
        // Nobody gets round the guard by naming a partition.
        for attempt in ["delete from {}", "truncate {}", "update {} set title = 'x'"] {
            let said = db.refused(attempt.replace("{}", &partition)).await;
            assert!(said.contains("append-only"), "{attempt}: {said}");
        }
        let said = db.refused(format!("truncate rowlore.{}", rowlore::quote_name(&name))).await;
        assert!(said.contains("append-only"), "{said}");
    }
}

pub(super) async fn a_guard_of_a_partition_is_missing(db: &Db) {
    let settings = || Events::default().partition(Period::Month);
    books(db, settings()).await;
    let partitions = "select i.inhrelid::regclass::text from pg_inherits i \
                      where i.inhparent = 'rowlore.books_event'::regclass order by 1";
    let partitions = db.rows(partitions).await;
    assert_eq!(partitions.len(), 5, "this month, three more and the rest");
    for partition in partitions.into_iter().map(|mut row| row.remove(0).expect("a name")) {
        db.run(format!("drop trigger rowlore_append_only on {partition}")).await;
        let plan = db.apply([declared(settings())]).await;
        assert_eq!(plan.steps().len(), 1, "{plan:?}");
        assert!(db.refused(format!("truncate {partition}")).await.contains("append-only"));
    }
    // And all of them go when it may be changed.
    db.apply([declared(settings().changeable())]).await;
    db.run("truncate rowlore.books_event").await;
    let guards = "select count(*) from pg_trigger where tgname = 'rowlore_append_only' \
                  and tgrelid::regclass::text like 'rowlore.books_event%'";
    assert_eq!(db.value(guards).await, "0");
}

/// Events from a time that had no partition yet move to theirs when it is made, unchanged.
pub(super) async fn events_from_before_their_partition(db: &Db) {
    let settings = || Events::default().partition(Period::Month);
    books(db, settings()).await;
    db.run("insert into books values (1, 'a')").await;
    let before = db.rows("select * from rowlore.books_event").await;
    let partition = db.value("select tableoid::regclass::text from rowlore.books_event").await;
    // As if nobody had applied since last month.
    db.run(format!("alter table rowlore.books_event detach partition {partition}")).await;
    db.run(format!("insert into rowlore.books_event select * from {partition}; drop table {partition}"))
        .await;
    assert_eq!(db.value("select count(*) from rowlore.books_event_rest").await, "1");
    db.run("insert into books values (2, 'b')").await;
    db.apply([declared(settings())]).await;
    assert_eq!(db.value("select count(*) from rowlore.books_event_rest").await, "0");
    assert_eq!(db.rows("select * from rowlore.books_event where id = 1").await, before);
    assert!(db.refused("delete from rowlore.books_event_rest").await.contains("append-only"));
    db.run("insert into books values (3, 'c')").await;
    assert_eq!(db.value(format!("select count(*) from {partition}")).await, "3");
}

/// Rows at the same place of two partitions are two events.
pub(super) async fn read_across_partitions(db: &Db) {
    books(db, Events::default().partition(Period::Month)).await;
    db.run("insert into books values (1, 'a')").await;
    // One in each partition, as if time went by.
    for months in 1..=6 {
        db.run(format!(
            "insert into rowlore.books_event (rl_xid, rl_at, rl_op, rl_image, rl_label, id, title) \
             select rl_xid, rl_at + interval '{months} months', 'u', 'n', 'update', id, '{months}' \
             from rowlore.books_event where rl_op = 'i'"
        ))
        .await;
    }
    let mut lines = vec![r#"insert 1: id=1 title="a""#.to_owned()];
    let titles: Vec<String> =
        ["a".to_owned()].into_iter().chain((1..=6).map(|n: u8| n.to_string())).collect();
    lines.extend(titles.windows(2).map(|pair| format!("update 1: title \"{}\">\"{}\"", pair[0], pair[1])));
    assert_eq!(db.story("books").await, lines);
}

pub(super) async fn whether_it_is_partitioned_can_not_change(db: &Db) {
    books(db, Events::default()).await;
    let said = db.refuses([declared(Events::default().partition(Period::Day))]).await;
    assert!(said.contains("whether it is partitioned can't change"), "{said}");
}

/// Partitions, guards and indexes of event tables are not taken for tables or objects of anybody's.
pub(super) async fn nothing_of_it_looks_like_a_users_table(db: &Db) {
    let settings = Events::default().schema("audit").partition(Period::Week).index(["title"]);
    books(db, settings).await;
    let found = db.found().await;
    let names: Vec<String> = found.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(names, ["public.books"]);
    assert_eq!(found.event_tables.len(), 1);
    assert_eq!(found.event_tables[0].partitions.len(), 5);
    assert_eq!(found.event_tables[0].schema.as_deref(), Some("audit"));
    let indexes = found.installed.iter().filter(|one| one.id.kind == ObjectKind::Index);
    assert_eq!(indexes.count(), 4, "of the key, the old key, the order and the title");
}

pub(super) async fn hostile_names(db: &Db) {
    let hostile = "x\"; drop table books; --%s $rowlore$ '";
    db.run("create table books (id bigint primary key, \"%s \"\"t'itle\" text)").await;
    let settings = || {
        Events::named(hostile)
            .schema(hostile)
            .partition(Period::Year)
            .index(["%s \"t'itle", "rl_at"])
            .context(ContextForm::Json)
            .time(TimeSource::Transaction)
            .extra_value(hostile, "text", "'$rowlore$' || '%s'")
    };
    let table = || {
        TrackedTable::new("books")
            .without_baseline()
            .tracker(Tracker::default().events(hostile))
            .event_table(settings())
    };
    db.track([table()]).await;
    db.run("insert into books values (1, 'a'), (2, 'b')").await;
    let name = rowlore::quote_name(hostile);
    let values = db.rows(format!("select distinct {name} from {name}.{name}")).await;
    assert_eq!(values, [[Some("$rowlore$%s".to_owned())]]);
    // To another schema and back, with its partitions.
    let moved = TrackedTable::new("books")
        .without_baseline()
        .tracker(Tracker::default().events(hostile))
        .event_table(Events { schema: None, ..settings() });
    db.apply([moved]).await;
    db.apply([table()]).await;
    db.run("update books set id = id + 10").await;
    assert_eq!(db.value(format!("select count(*) from {name}.{name}")).await, "4");
    let long = "n".repeat(63);
    let longer = Events::default().schema(&long).index([&*long]).extra(&long, "varchar(3)");
    db.track([declared(longer)]).await;
    db.run("insert into books values (5, 'c')").await;
    assert_eq!(db.value(format!("select count(*) from {long}.books_event")).await, "1");
}

pub(super) async fn every_life(db: &Db) {
    let tables = ["audit.\"life 1_event\"", "rowlore.\"life 1_event\""];
    life(db, "life 1", Events::default().schema("audit"), Some(Events::default()), tables).await;
    let transaction = Events::default().time(TimeSource::Transaction);
    let table = "rowlore.\"life 2_event\"";
    life(db, "life 2", transaction.clone(), Some(Events::default()), [table; 2]).await;
    let table = "rowlore.\"life 3_event\"";
    let monthly = Events::default().partition(Period::Month);
    life(db, "life 3", monthly.clone(), Some(monthly.index(["price"]).changeable()), [table; 2]).await;
    let tables = ["a.\"life 4_event\"", "b.\"life 4_event\""];
    let all = transaction.partition(Period::Day).context(ContextForm::Json).without_key();
    life(db, "life 4", all.clone().schema("a"), Some(all.schema("b")), tables).await;
}
