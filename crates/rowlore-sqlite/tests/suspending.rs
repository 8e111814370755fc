//! Suspending: which trackers are silent, for how long, and what is known afterwards.

use rowlore::declare::{TrackedTable, Tracker};
use rowlore::engine::Read;
use rowlore::read::RowsAt;
use rowlore::{Context, Error, ErrorKind, Timestamp};
use rowlore_sqlite::{Sqlite, Transactions, wait};

use super::{Db, apply, database, row, run, story, table, tracked};

const BOOKS: &str = "create table books (id integer primary key, price integer);
                     create table notes (id integer primary key, note text)";

fn books_and_notes() -> Db {
    tracked(BOOKS, [TrackedTable::new("books"), TrackedTable::new("notes")])
}

#[test]
fn scopes_nest_and_end() {
    let lore = books_and_notes();
    lore.transaction(Context::actor("import"), |tx| {
        tx.execute("insert into books values (1, 1)", [])?;
        tx.suspended(&["books:update"], |tx| {
            tx.execute("update books set price = 2", [])?;
            tx.suspended(&["notes"], |tx| {
                tx.execute("insert into notes values (1, 'a')", [])?;
                tx.execute("update books set price = 3", [])
            })?;
            tx.execute("insert into notes values (2, 'b')", [])?;
            tx.execute("delete from books", [])
        })?;
        tx.execute("insert into books values (2, 1)", [])
    })
    .unwrap();
    run(&lore, "update books set price = 5");
    let told = story(&lore);
    let wanted = [
        r#"insert {"id":1}"#,
        r#"insert {"id":2}"#,
        r#"delete {"id":1}"#,
        r#"insert {"id":2}"#,
        r#"update {"id":2}"#,
    ];
    assert_eq!(told, wanted);
}

#[test]
fn it_is_written_down_with_who_and_why() {
    let lore = books_and_notes();
    let context = Context { reason: Some("a load".to_owned()), ..Context::actor("import") };
    lore.transaction(context, |tx| tx.suspended(&["notes", "books:delete"], |_| Ok(()))).unwrap();
    let all = wait(lore.engine().suspensions()).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].trackers, ["notes", "books:delete"]);
    assert_eq!(all[0].context.actor.as_deref(), Some("import"));
    assert_eq!(all[0].context.reason.as_deref(), Some("a load"));
    assert!(all[0].xid.is_some() && all[0].at <= Timestamp::now());
    for sql in ["delete from rowlore_suspension", "update rowlore_suspension set trackers = '[]'"] {
        let said = lore.engine().with(|connection| connection.execute(sql, [])).unwrap_err();
        assert!(said.to_string().contains("what was suspended stays written down"), "{said}");
    }
}

#[test]
fn a_rollback_ends_it_and_takes_back_the_record() {
    let lore = books_and_notes();
    let failed = lore.transaction(Context::default(), |tx| {
        let inner: Result<(), Error> = tx.suspended(&["books"], |_| Err(Error::request("on purpose")));
        assert_eq!(inner.unwrap_err().to_string(), "on purpose");
        tx.execute("insert into books values (1, 1)", [])
    });
    assert_eq!(failed.unwrap(), 1);
    assert_eq!(story(&lore), [r#"insert {"id":1}"#]);
    assert!(wait(lore.engine().suspensions()).unwrap().is_empty());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        lore.transaction(Context::default(), |tx| {
            tx.suspended(&["books"], |_| -> rowlore::Result<()> { panic!("on purpose") })
        })
    }));
    assert!(panicked.is_err());
    run(&lore, "insert into books values (2, 1)");
    assert_eq!(story(&lore).len(), 2);
}

/// The closure may commit by itself, which it must not: what was suspended must not stay so for everybody.
#[test]
fn a_closure_that_commits_leaves_nothing_suspended() {
    let lore = books_and_notes();
    let misused = lore.transaction(Context::default(), |tx| {
        tx.suspended(&["books"], |tx| tx.with(|connection| connection.execute_batch("commit")))
    });
    assert!(misused.unwrap_err().to_string().contains("ended the transaction itself"));
    run(&lore, "insert into books values (1, 1)");
    assert_eq!(story(&lore), [r#"insert {"id":1}"#]);
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let lore = books_and_notes();
    let refused = |name: &str| {
        let error = lore.transaction(Context::default(), |tx| tx.suspended(&[name], |_| Ok(()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        format!("{error}: {}", error.hint_text().unwrap_or_default())
    };
    assert_eq!(
        refused("boks"),
        "boks is not tracked, so nothing of it can be suspended: did you mean `books`?"
    );
    assert_eq!(refused("books:updat"), "there is no tracker `books:updat`: did you mean `books:update`?");
    assert!(refused("").starts_with(" is not tracked"));
    let nothing: [&str; 0] = [];
    let error = lore.transaction(Context::default(), |tx| tx.suspended(&nothing, |_| Ok(())));
    assert_eq!(error.unwrap_err().to_string(), "nothing is named to be suspended");
}

#[test]
fn names_with_colons_mean_what_they_say() {
    let sql = r#"create table a (id integer primary key); create table "a:b" (id integer primary key)"#;
    let lore = tracked(sql, [TrackedTable::new("a"), TrackedTable::new("\"a:b\"")]);
    let label = TrackedTable::new("a").tracker(Tracker::default()).tracker(Tracker::new("b:c"));
    apply(&lore, [label, TrackedTable::new("\"a:b\"")]);
    lore.transaction(Context::default(), |tx| {
        tx.suspended(&["a:b:c"], |tx| tx.with(|c| c.execute_batch("insert into a values (1)")))
    })
    .unwrap();
    assert_eq!(story(&lore), [r#"insert {"id":1}"#]);
    lore.transaction(Context::default(), |tx| {
        tx.suspended(&["\"a:b\""], |tx| {
            tx.with(|c| c.execute_batch(r#"insert into "a:b" values (1); insert into a values (2)"#))
        })
    })
    .unwrap();
    assert_eq!(story(&lore).len(), 3);
}

/// What changed meanwhile is in no event: an answer would be the state before, as if nothing had happened.
#[test]
fn the_past_is_not_told_until_every_row_is_recorded_anew() {
    let lore = books_and_notes();
    run(&lore, "insert into books values (1, 1), (2, 1); insert into notes values (1, 'a')");
    let past = |at: Timestamp| {
        wait(lore.rows_at(&RowsAt { table: table("books"), key: None, at: at.into(), limit: 10 }))
    };
    wait(lore.backfill(&table("books"), 10, |_| ())).unwrap();
    later(&lore);
    let before = Timestamp::now();
    later(&lore);
    lore.transaction(Context::default(), |tx| {
        tx.suspended(&["books"], |tx| {
            tx.with(|c| {
                c.execute_batch("update books set price = 9 where id = 1; delete from books where id = 2")
            })
        })
    })
    .unwrap();
    later(&lore);
    let after = Timestamp::now();
    assert_eq!(past(before).unwrap().len(), 2);
    let refused = past(after).unwrap_err();
    assert!(refused.to_string().contains("its capture was suspended at"), "{refused}");
    let suspended: Vec<bool> =
        wait(lore.registered()).unwrap().iter().map(|one| one.suspended.is_some()).collect();
    assert_eq!(suspended, [true, false]);

    apply(&lore, [TrackedTable::new("books"), TrackedTable::new("notes")]);
    wait(lore.backfill(&table("books"), 10, |_| ())).unwrap();
    assert!(past(after).unwrap_err().to_string().contains("suspended"), "the gap stays unknown");
    assert_eq!(past(before).unwrap().len(), 2, "and so does what was known stay known");
    let now = past(Timestamp::now()).unwrap();
    assert_eq!(now, [row(serde_json::json!({"id": 1, "price": 9}))]);
    assert!(wait(lore.registered()).unwrap().iter().all(|one| one.suspended.is_none()));
}

/// Waits until the clock shows another millisecond, in which SQLite records.
fn later(lore: &Db) {
    let now = || -> String {
        lore.engine()
            .with(|c| c.query_row("select strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", [], |row| row.get(0)))
            .unwrap()
    };
    let began = now();
    while now() == began {
        std::hint::spin_loop();
    }
}

#[test]
fn the_original_of_a_row_is_kept_all_the_same() {
    let lore = database(&format!("{BOOKS}; insert into books values (1, 1)"));
    apply(&lore, [TrackedTable::new("books")]);
    lore.transaction(Context::default(), |tx| {
        tx.suspended(&["books"], |tx| tx.execute("update books set price = 2", []))
    })
    .unwrap();
    assert_eq!(story(&lore), [r#"baseline {"id":1}"#]);
}

#[test]
fn a_handle_without_tracking_has_no_suspensions() {
    let lore = rowlore::Lore::new(Sqlite::in_memory().unwrap());
    assert!(wait(lore.engine().suspensions()).unwrap().is_empty());
}
