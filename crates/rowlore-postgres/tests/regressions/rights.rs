//! Bugs by which a role got at what it may not: rights of rowlore's owner, or history that is missing.

use rowlore::declare::{Events, TrackedTable, Tracker};
use rowlore::engine::Engine as _;
use rowlore::{Lore, check};
use rowlore_postgres::Postgres;

use super::settings::texts;
use super::{database, events, run, track};

/// A role without rights of its own, named after the test, since roles are the whole server's.
async fn role(lore: &Lore<Postgres>, name: &str) {
    run(lore, &format!("create role {name}; grant create, usage on schema public to {name}")).await;
}

/// Who spies with whose rights.
const SPY: &str = "create table spied (who text); grant insert, select, delete on spied to public;
    create function spy() returns text language plpgsql as
    $$ begin insert into public.spied values (current_user); return 'x'; end $$;";

/// A setting told the triggers of partitions that the whole table is being truncated, and anybody could set it: the
/// rows of a partition went without an event.
#[tokio::test]
async fn a_forged_truncate() {
    let lore = database(
        "forged_truncate",
        "create table sales (id int primary key) partition by range (id);
         create table sales_1 partition of sales for values from (0) to (10)",
    )
    .await;
    track(&lore, [TrackedTable::new("sales").without_baseline()]).await;
    run(
        &lore,
        "insert into sales values (1); select set_config('rowlore.truncating', '<' || 'sales'::regclass::oid || '>', false); truncate sales_1; reset rowlore.truncating",
    )
    .await;
    assert_eq!(events(&lore, "public", "sales").await.len(), 2);
    // The whole table truncated is one event, and afterwards its partitions speak for themselves again.
    run(
        &lore,
        "insert into sales values (2); truncate sales; insert into sales values (3); truncate sales_1",
    )
    .await;
    assert_eq!(events(&lore, "public", "sales").await.len(), 6);
    run(&lore, "insert into sales values (4); begin; savepoint a; truncate sales; rollback to a; truncate sales_1; commit").await;
    assert_eq!(events(&lore, "public", "sales").await.len(), 8);
}

/// The owner of a table put a view in its place, and what the view calls ran with the rights of rowlore's owner when
/// an event of the program's own was recorded.
#[tokio::test]
async fn a_view_in_the_place_of_the_table() {
    let lore = database("view_in_place", SPY).await;
    role(&lore, "view_owner").await;
    run(&lore, "set role view_owner; create table notes (id int primary key, body text); reset role").await;
    track(
        &lore,
        [TrackedTable::new("notes")
            .without_baseline()
            .tracker(Tracker::default())
            .tracker(Tracker::manual("note.read"))],
    )
    .await;
    run(
        &lore,
        "set role view_owner; alter table notes rename to notes_1; create view notes as select id, public.spy() as body from notes_1; insert into notes_1 values (1, 'a'); delete from spied",
    )
    .await;
    let client = lore.engine().pool().get().await.unwrap();
    let made = client
        .batch_execute(r#"set role view_owner; select rowlore.record_notes('note.read', '[{"id": 1}]')"#)
        .await;
    client.batch_execute("reset role").await.unwrap();
    assert_eq!(texts(&lore, "select who from spied").await, Vec::<String>::new(), "{made:?}");
    assert!(made.is_err());
}

/// Values of types that have no equality are compared as texts, and the owner of a type can say how it becomes one: that
/// function ran with the rights of rowlore's owner.
#[tokio::test]
async fn a_cast_of_the_users() {
    let lore = database("cast_of_users", SPY).await;
    role(&lore, "type_owner").await;
    run(
        &lore,
        "set role type_owner; create type pair as (a int, b text); create table notes (id int primary key, body pair, more pair[], doc json);
         create function pair_text(pair) returns text language plpgsql as $$ begin return public.spy(); end $$;
         create function pairs_text(pair[]) returns text language plpgsql as $$ begin return public.spy(); end $$;
         create cast (pair as text) with function pair_text(pair);
         create cast (pair[] as text) with function pairs_text(pair[]); reset role",
    )
    .await;
    track(&lore, [TrackedTable::new("notes").without_baseline()]).await;
    run(
        &lore,
        "set role type_owner; insert into notes values (1, row(1, 'a'), array[row(1, 'a')::pair], '{}'); update notes set body = row(2, 'b'); update notes set body = null;
         update notes set body = row(null, null); update notes set body = row(null, null), doc = '{ }'; update notes set doc = '{ }'; update notes set more = '{}'; reset role",
    )
    .await;
    assert_eq!(
        texts(&lore, "select distinct who from spied where who <> 'type_owner'").await,
        Vec::<String>::new()
    );
    assert_eq!(events(&lore, "public", "notes").await.len(), 6);
}

/// Whoever could make a table in the schema of an event table had it taken for one before the first apply: what its
/// triggers do was done with the rights of rowlore's owner.
#[tokio::test]
async fn a_table_that_passes_for_an_event_table() {
    let lore = database("passes_for_one", SPY).await;
    role(&lore, "impostor").await;
    run(
        &lore,
        "create table notes (id int primary key); create schema history; grant create, usage on schema history to impostor; set role impostor;
         create table history.log (rl_event_id bigint, rl_op \"char\", rl_image \"char\", rl_label text, rl_xid bigint, rl_at timestamptz, rl_context_id bigint, rl_old_key jsonb);
         create function history.run() returns trigger language plpgsql as $$ begin perform public.spy(); return new; end $$;
         create trigger run before insert on history.log for each row execute function history.run(); reset role",
    )
    .await;
    let declared = || {
        [TrackedTable::new("notes")
            .without_baseline()
            .event_table(Events::named("log").schema("history"))
            .tracker(Tracker::default().events("log"))]
    };
    let refused = lore.plan(&check(declared()).unwrap()).await;
    let said = refused.map(|plan| format!("{plan:?}")).unwrap_err().to_string();
    assert!(said.contains("there is a table history.log"), "{said}");
    run(&lore, "drop table history.log").await;
    track(&lore, declared()).await;
    run(&lore, "insert into notes values (1)").await;
    // Its schema changes hands: whoever owns it can put another table in its place.
    run(&lore, "alter schema history owner to impostor").await;
    let gaps = lore.engine().inspect(&check(declared()).unwrap()).await.unwrap().gaps;
    assert!(gaps.iter().any(|gap| gap.contains("impostor owns the schema history")), "{gaps:?}");
}

/// What one operator installed looked changed by hand to another, at each apply again.
#[tokio::test]
async fn two_operators() {
    let database = rowlore_conformance::server::PrivatePostgres::shared().database("two_operators");
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    run(&lore, "create role other_operator superuser login; create table books (id int primary key); create table notes (id int primary key)").await;
    track(&lore, [TrackedTable::new("books")]).await;
    let other = Lore::new(
        Postgres::connect(&database.url.replacen("postgres@", "other_operator@", 1)).await.unwrap(),
    );
    track(&other, [TrackedTable::new("books"), TrackedTable::new("notes")]).await;
    assert_eq!(texts(&other, "select current_user::text").await, ["other_operator"]);
    track(&lore, [TrackedTable::new("books"), TrackedTable::new("notes")]).await;
}

/// A dump that is brought into another server begins to count transactions anew: what was suspended in the transaction
/// of that number there was suspended here, for who set `rowlore.suspended` by hand.
#[tokio::test]
async fn a_suspension_of_another_server() {
    let lore = database("restored_suspension", "create table books (id int primary key)").await;
    track(&lore, [TrackedTable::new("books").without_baseline()]).await;
    run(
        &lore,
        "begin; insert into rowlore.suspension (xid, at, trackers, ends) values (txid_current(), now() - interval '1 day', '{public.books}', false);
         set local rowlore.suspended = '1'; insert into books values (1); commit",
    )
    .await;
    assert_eq!(events(&lore, "public", "books").await.len(), 1);
}

/// A value of a type that holds a domain is checked when it is read from JSON, by a function of whoever owns the domain:
/// it ran with the rights of rowlore's owner when an event of the program's own was recorded.
#[tokio::test]
async fn a_domain_inside_a_type() {
    let lore = database("domain_inside", SPY).await;
    role(&lore, "domain_owner").await;
    run(
        &lore,
        "set role domain_owner; create function yes(text) returns bool language plpgsql as $$ begin perform public.spy(); return true; end $$;
         create domain tag as text check (public.yes(value)); create type pair as (a int, b tag); create type span as range (subtype = tag);
         create table notes (id int primary key, tags tag[], one tag, two pair, many pair[], three span); create type mood as enum ('a');
         create table moods (id int primary key, feels mood, all_of mood[]); reset role",
    )
    .await;
    let manual = |table: &str| {
        TrackedTable::new(table)
            .without_baseline()
            .tracker(Tracker::default())
            .tracker(Tracker::manual("read"))
    };
    track(&lore, [manual("notes"), manual("moods")]).await;
    let client = lore.engine().pool().get().await.unwrap();
    client.batch_execute("set role domain_owner").await.unwrap();
    for given in
        [r#""tags": ["x"]"#, r#""two": {"b": "x"}"#, r#""many": [{"b": "x"}]"#, r#""three": "[a,b)""#]
    {
        let made = client
            .batch_execute(&format!(r#"select rowlore.record_notes('read', '[{{"id": 1, {given}}}]')"#))
            .await;
        assert!(made.is_err(), "{given}");
    }
    client.batch_execute(r#"select rowlore.record_moods('read', '[{"id": 1, "feels": "a", "all_of": ["a"]}]'); reset role"#).await.unwrap();
    assert_eq!(
        texts(&lore, "select distinct who from spied where who <> 'domain_owner'").await,
        Vec::<String>::new()
    );
}
