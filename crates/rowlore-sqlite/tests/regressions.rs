//! Bugs that were found, each with its story.

use rowlore::Lore;
use rowlore::declare::{ContextForm, Events, Operation, TrackedTable, Tracker};
use rowlore_sqlite::Sqlite;

use super::{apply, changes, run, tracked};

/// The text that a query gives, line by line.
fn lines(lore: &Lore<Sqlite>, sql: &str) -> Vec<String> {
    lore.engine()
        .with(|connection| {
            let mut statement = connection.prepare(sql)?;
            statement.query_map([], |row| row.get::<_, String>(0))?.collect()
        })
        .unwrap()
}

/// A condition was asked twice, once to take a number and once to record. One that is answered by chance recorded under
/// the number of the event before: the write failed, or, as `insert or replace`, put its event in the place of that one.
#[test]
fn a_condition_that_is_answered_by_chance() {
    let by_chance = Tracker::default().on([Operation::Insert]).when("random() % 2 = 0");
    let lore = tracked(
        "create table books (id integer primary key, title text)",
        [TrackedTable::new("books").without_baseline().tracker(by_chance)],
    );
    let many = |what: &str, from: u32| {
        format!(
            "with recursive n(i) as (select {from} union all select i + 1 from n where i < {from} + 199)
             {what} into books select i, 'a' from n"
        )
    };
    run(&lore, &many("insert or replace", 1));
    run(&lore, &many("insert", 1001));
    let counted = lines(
        &lore,
        "select (select count(*) from rowlore_books_event) || ' ' || (select last_event_id from rowlore_state)",
    );
    let (events, numbers) = counted[0].split_once(' ').unwrap();
    assert_eq!(events, numbers, "each number that was taken is an event");
    assert!((100..300).contains(&events.parse::<u32>().unwrap()), "{events}");
}

/// An extra column whose type was declared anew kept its old one.
#[test]
fn an_extra_column_of_another_type() {
    let lore = tracked("create table books (id integer primary key)", []);
    let declared = |kind: &str| {
        let events = Events::default().extra_value("tenant", kind, "'7'").index(["tenant"]);
        [TrackedTable::new("books").without_baseline().event_table(events)]
    };
    for (id, kind) in ["integer", "text", "TEXT", "blob"].into_iter().enumerate() {
        apply(&lore, declared(kind));
        run(&lore, &format!("insert into books values ({id})"));
    }
    let told = lines(
        &lore,
        "select typeof(tenant_was_integer) || ' ' || typeof(tenant_was_text) || ' ' || typeof(tenant)
         from rowlore_books_event order by rl_event_id",
    );
    assert_eq!(told, ["integer null null", "null text null", "null text null", "null null text"]);
}

/// Hunted and not found: what has to hold for each kind of table, with triggers that fire one another.
#[test]
fn settings_of_the_connection_and_kinds_of_tables() {
    for recursive in ["off", "on"] {
        let lore = tracked(
            "create table \"or'd\" (a text, b int, n int, twice int generated always as (n * 2) stored,
               later int generated always as (n * 3) virtual, primary key (a, b)) without rowid;
             create table log (id integer primary key, said text);
             create trigger said after update on \"or'd\" begin
               insert into log (said) values (new.n); update \"or'd\" set n = n + 1 where a = new.a and n < 5; end;",
            [
                TrackedTable::new("\"or'd\"")
                    .event_table(Events::default().context(ContextForm::Json).index(["twice"])),
                TrackedTable::new("log").event_table(Events::default().without_key()).without_baseline(),
            ],
        );
        run(&lore, &format!("pragma recursive_triggers = {recursive}; attach ':memory:' as other;
            create table other.rowlore_state (id integer primary key, suspended text); create temp table rowlore_books_event (x);
            create temp table rowlore_state (last_event_id int, suspended text, context_id int, xid int)"));
        run(&lore, "insert into \"or'd\" (a, b, n) values ('x', 1, 1); update \"or'd\" set n = 2;
            insert or replace into \"or'd\" (a, b, n) values ('x', 1, 9); update \"or'd\" set a = 'y'; delete from \"or'd\"");
        let live = changes(&lore);
        let twice = live.iter().filter_map(|change| change.new.as_ref()?.get("twice").cloned());
        assert!(twice.collect::<Vec<_>>().contains(&18.into()), "{recursive}");
        let replay: Vec<_> =
            live.iter().filter(|change| change.table.name == "or'd").map(|change| change.op).collect();
        assert_eq!(replay.last(), Some(&rowlore::Op::Delete), "{recursive}: {replay:?}");
        let logged = lines(&lore, "select cast(count(*) as text) from log");
        let told = live.iter().filter(|change| change.table.name == "log").count().to_string();
        assert_eq!(told, logged[0], "{recursive}");
    }
}
