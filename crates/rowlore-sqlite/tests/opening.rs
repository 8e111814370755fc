//! Files that can't be used, and a second connection.

use rowlore::declare::TrackedTable;
use rowlore::{Context, ErrorKind, Lore, check};
use rowlore_sqlite::rusqlite::Connection;
use rowlore_sqlite::{Sqlite, Transactions, wait};

use super::{apply, changes, run};

#[test]
fn what_is_no_database_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Sqlite::open(folder.path().join("no.db")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Request);
    assert!(missing.to_string().contains("no.db") && missing.hint_text().is_some(), "{missing}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is a letter and no database at all, really not".repeat(100)).unwrap();
    let error = Sqlite::open(&text).unwrap_err();
    assert!(error.to_string().contains("not a SQLite database"), "{error}");
    let error = Sqlite::open_or_create(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operator, "{error}");
}

#[test]
fn a_read_only_database_can_be_read_and_not_applied_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let lore = Lore::new(Sqlite::open_or_create(&path).unwrap());
    run(&lore, "create table books (id integer primary key)");
    apply(&lore, [TrackedTable::new("books")]);
    run(&lore, "insert into books values (1)");
    let flags = rowlore_sqlite::rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(&path, flags).unwrap();
    let reader = Lore::new(Sqlite::from_connection(connection).unwrap());
    assert_eq!(changes(&reader).len(), 1);
    let plan = wait(reader.plan_uninstall()).unwrap();
    let error = wait(reader.apply(&plan)).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().contains("read-only")),
        (ErrorKind::Operator, true),
        "{error}"
    );
}

#[test]
fn a_second_writer_is_told_to_try_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let lore = Lore::new(Sqlite::open_or_create(&path).unwrap());
    run(&lore, "create table books (id integer primary key); pragma busy_timeout = 0");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let plan = wait(lore.plan(&check([TrackedTable::new("books")]).unwrap())).unwrap();
    let error = wait(lore.apply(&plan)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Retry, "{error}");
    other.execute_batch("rollback").unwrap();
    wait(lore.apply(&plan)).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let busy = lore.transaction(Context::actor("a"), |_| Ok(())).unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::Retry, "{busy}");
}

#[test]
fn another_program_is_recorded_too_and_replace_needs_a_setting_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let lore = Lore::new(Sqlite::open_or_create(&path).unwrap());
    run(&lore, "create table books (id integer primary key, title text)");
    apply(&lore, [TrackedTable::new("books")]);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("insert into books values (1, 'a'); replace into books values (1, 'b')").unwrap();
    let words = |lore| changes(lore).into_iter().map(|change| change.label).collect::<Vec<_>>();
    assert_eq!(words(&lore), ["insert", "insert"], "as the crate's documentation says");
    other.execute_batch("pragma recursive_triggers = on; replace into books values (1, 'c')").unwrap();
    assert_eq!(words(&lore), ["insert", "insert", "delete", "insert"]);
}
