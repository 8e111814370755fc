//! Who and why: transactions, scopes, and what stays without.

use rowlore::declare::TrackedTable;
use rowlore::{Context, Error, ErrorKind};
use rowlore_sqlite::{Transactions, wait};
use serde_json::json;

use super::{Db, changes, database, run, tracked};

fn books() -> Db {
    tracked("create table books (id integer primary key, title text)", [TrackedTable::new("books")])
}

fn actors(lore: &Db) -> Vec<Option<String>> {
    changes(lore).into_iter().map(|change| change.context.actor).collect()
}

fn contexts(lore: &Db) -> i64 {
    let count = "select count(*) from rowlore_context";
    lore.engine().with(|sql| sql.query_row(count, [], |row| row.get(0))).unwrap()
}

#[test]
fn a_transaction_gives_its_context_and_number() {
    let lore = books();
    let context = Context::actor("user:5").because("audit").request("r1").with("ip", json!(["::1", 2]));
    lore.transaction(context.clone(), |tx| tx.execute("insert into books values (1, 'a'), (2, 'b')", []))
        .unwrap();
    lore.transaction(Context::actor("user:6"), |tx| tx.execute("delete from books where id = ?1", [2]))
        .unwrap();
    run(&lore, "update books set title = 'c'");
    let all = changes(&lore);
    assert_eq!(all[0].context, context);
    assert_eq!(all.iter().map(|change| change.xid).collect::<Vec<_>>(), [Some(1), Some(1), Some(2), None]);
    assert_eq!(all[3].context, Context::default(), "the context ended with its transaction");
}

#[test]
fn scopes_nest_and_earlier_events_keep_theirs() {
    let lore = books();
    let insert = |id: i64| {
        move |tx: &rowlore_sqlite::Transaction<'_>| tx.execute("insert into books values (?1, null)", [id])
    };
    lore.transaction(Context::actor("outer").because("all"), |tx| {
        insert(1)(tx)?;
        tx.scope(Context::actor("inner"), |tx| {
            insert(2)(tx)?;
            tx.scope(Context::default().because("deep"), insert(3))?;
            insert(4)(tx)
        })?;
        let failed = tx.scope(Context::actor("failing"), |tx| {
            insert(5)(tx)?;
            Err::<(), _>(Error::request("no"))
        });
        assert!(failed.is_err());
        insert(6)(tx)
    })
    .unwrap();
    let told: Vec<_> = changes(&lore)
        .into_iter()
        .map(|change| {
            (
                change.key["id"].as_i64().unwrap(),
                change.context.actor.unwrap(),
                change.context.reason.unwrap(),
            )
        })
        .collect();
    let expected = [
        (1, "outer", "all"),
        (2, "inner", "all"),
        (3, "inner", "deep"),
        (4, "inner", "all"),
        (6, "outer", "all"),
    ];
    assert_eq!(told, expected.map(|(id, actor, reason)| (id, actor.to_owned(), reason.to_owned())));
}

#[test]
fn an_error_or_a_panic_rolls_back_and_leaves_no_context() {
    let lore = books();
    let failed = lore.transaction(Context::actor("a"), |tx| {
        tx.execute("insert into books values (1, null)", [])?;
        tx.execute("insert into books values (1, null)", [])
    });
    let error = failed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.to_string().contains("UNIQUE constraint failed: books.id"), "{error}");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = lore.transaction(Context::actor("a"), |tx| -> rowlore::Result<()> {
            tx.execute("insert into books values (1, null)", [])?;
            panic!("on purpose")
        });
    }));
    assert!(panicked.is_err());
    run(&lore, "insert into books values (1, null)");
    assert_eq!(actors(&lore), [None]);
}

#[test]
fn a_frame_that_no_event_uses_is_not_kept() {
    let lore = books();
    lore.transaction(Context::actor("reader"), |tx| tx.scope(Context::actor("in"), |_| Ok(()))).unwrap();
    assert_eq!(contexts(&lore), 0);
    lore.transaction(Context::actor("writer"), |tx| tx.execute("insert into books values (1, null)", []))
        .unwrap();
    assert_eq!(contexts(&lore), 1);
    for sql in ["update rowlore_context set actor = 'x'", "delete from rowlore_context"] {
        assert!(lore.engine().with(|connection| connection.execute_batch(sql)).is_err(), "{sql}");
    }
}

#[test]
fn the_application_is_named_on_every_context() {
    let lore = books();
    let named = lore.engine().clone().application("shop");
    named.transaction(Context::default(), |tx| tx.execute("insert into books values (1, null)", [])).unwrap();
    assert_eq!(changes(&lore)[0].context.application.as_deref(), Some("shop"));
}

#[test]
fn misuse_is_a_sentence_and_no_deadlock() {
    let lore = books();
    let nested = lore.transaction(Context::default(), |_| lore.transaction(Context::default(), |_| Ok(())));
    assert!(nested.unwrap_err().to_string().contains("in use by this thread"));
    let read = lore.transaction(Context::default(), |_| wait(lore.registered()));
    assert!(read.is_err());
    let ended = lore.transaction(Context::actor("a"), |tx| tx.with(|sql| sql.execute_batch("commit")));
    assert!(ended.unwrap_err().to_string().contains("ended the transaction itself"));
    let nothing = database("create table t (id)");
    let error = nothing.transaction(Context::default(), |_| Ok(())).unwrap_err();
    assert!(error.hint_text().unwrap().contains("apply first"));
}

#[test]
fn a_commit_in_the_closure_does_not_leave_its_context_to_later_writes() {
    let lore = books();
    let _ = lore.transaction(Context::actor("a"), |tx| tx.with(|sql| sql.execute_batch("commit")));
    run(&lore, "insert into books values (1, null)");
    assert_eq!(actors(&lore), [None]);
}
