//! A file that an older rowlore set up: still read, still captured, and brought up to date by the next plan.

use rowlore::declare::TrackedTable;
use rowlore::engine::Read;
use rowlore::{Context, Lore};
use rowlore_sqlite::{Sqlite, Transactions, wait};

use super::{apply, run, story};

/// What rowlore 1 had in a file that tracks `books`: its own tables, as they were, and its triggers.
const VERSION_1: &str = concat!(
    include_str!("../sql/own/001_registry.sql"),
    r#"
create table books (id integer primary key, title text);
create table rowlore_books_event (
    rl_event_id integer primary key,
    rl_op text not null,
    rl_image text not null,
    rl_label text not null,
    rl_xid integer,
    rl_at text not null,
    rl_context_id integer,
    rl_old_key text,
    id INTEGER,
    title TEXT
);
create trigger rowlore_books_insert after insert on books
begin
    update rowlore_state set last_event_id = last_event_id + 1 where true;
    insert into rowlore_books_event (rl_event_id, rl_op, rl_image, rl_label, rl_xid, rl_at, rl_context_id, rl_old_key,
        id, title)
    select last_event_id, 'i', 'n', 'insert', xid, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), context_id, null,
        new.id, new.title
    from rowlore_state where true;
end;
insert into rowlore_tracked (table_name, installation, active, tracked_at) values ('books', '{"capture":{
    "table":"books","partitions":[],
    "columns":[{"name":"id","event_type":"INTEGER","compare":"native","recordable":true},
               {"name":"title","event_type":"TEXT","compare":"bytes","recordable":true}],
    "key":["id"],"unchanged":"skip",
    "rules":[{"operation":"insert","label":"insert","image":"new","columns":["id","title"],
        "filter":{"any_changed":null,"all_changed":[],"any_unchanged":null,"all_unchanged":[],"when":null},
        "events":"books_event"}],
    "events":[{"name":"books_event","columns":[
        {"name":"id","event_type":"INTEGER","compare":"native","recordable":true},
        {"name":"title","event_type":"TEXT","compare":"bytes","recordable":true}],
        "key":["id"],"complete":false}]},
    "baseline":"none","since":0}', 1, '2026-01-01T00:00:00.000Z');
insert into books values (1, 'before');
"#
);

#[test]
fn an_old_file_is_read_and_written_before_it_is_upgraded() {
    let lore = old();
    lore.transaction(Context::actor("a"), |tx| tx.execute("insert into books values (2, 'b')", [])).unwrap();
    assert_eq!(story(&lore), [r#"insert {"id":1}"#, r#"insert {"id":2}"#]);
    assert!(wait(lore.engine().suspensions()).unwrap().is_empty());
    let error = lore.transaction(Context::default(), |tx| tx.suspended(&["books"], |_| Ok(()))).unwrap_err();
    assert!(error.to_string().contains("those of an older rowlore"), "{error}");
}

#[test]
fn the_next_plan_brings_it_up_to_date_and_keeps_what_was_recorded() {
    let lore = old();
    apply(&lore, [TrackedTable::new("books")]);
    lore.transaction(Context::actor("a"), |tx| {
        tx.suspended(&["books"], |tx| tx.execute("insert into books values (2, 'b')", []))?;
        tx.execute("insert into books values (3, 'c')", [])
    })
    .unwrap();
    run(&lore, "update books set title = 'after' where id = 1");
    let told = story(&lore);
    assert_eq!(told.first().map(String::as_str), Some(r#"insert {"id":1}"#));
    assert!(!told.contains(&r#"insert {"id":2}"#.to_owned()), "{told:?}");
    assert!(told.contains(&r#"insert {"id":3}"#.to_owned()), "{told:?}");
    assert_eq!(wait(lore.engine().suspensions()).unwrap().len(), 1);
}

fn old() -> Lore<Sqlite> {
    super::database(VERSION_1)
}
