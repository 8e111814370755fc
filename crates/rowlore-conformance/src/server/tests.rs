//! What the suites rely on: fresh databases, recovery after a kill, and nothing left behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{PrivatePostgres, ServerOptions, wait_until};

/// Set for the copy of this test binary that is to be killed.
const VICTIM: &str = "ROWLORE_TEST_VICTIM";

fn one(server: &PrivatePostgres, database: &str, sql: &str) -> String {
    let rows = server.run(database, sql).unwrap();
    rows[0][0].clone().unwrap()
}

#[test]
fn every_database_is_fresh_and_the_settings_hold() {
    let server = PrivatePostgres::shared();
    let (first, second) = (server.database("Some Hint!"), server.database("Some Hint!"));
    assert_ne!(first.name, second.name);
    assert!(first.name.starts_with("some_hint_"), "{}", first.name);
    server.run(&first.name, "create table only_here (id int)").unwrap();
    assert_eq!(one(server, &second.name, "select count(*) from pg_tables where schemaname = 'public'"), "0");
    let expected = [
        ("wal_level", "logical"),
        ("listen_addresses", ""),
        ("timezone", "America/New_York"),
        ("fsync", "off"),
        ("max_connections", "100"),
        ("max_prepared_transactions", "10"),
        ("server_encoding", "UTF8"),
    ];
    for (name, value) in expected {
        assert_eq!(one(server, &first.name, &format!("select current_setting('{name}')")), value, "{name}");
    }
    assert_eq!(
        one(server, &first.name, "show server_version").split('.').next(),
        Some(server.version_major().to_string().as_str())
    );
    assert!(first.url.starts_with(&format!("postgres://postgres@/{}?host=/", first.name)), "{}", first.url);
    let refused = server.run(&first.name, "select * from nowhere").unwrap_err().to_string();
    assert!(refused.contains("\"nowhere\" does not exist"), "{refused}");
    let refused = server.run("no_such_database", "select 1").unwrap_err().to_string();
    assert!(refused.contains("no_such_database"), "{refused}");
}

#[test]
fn a_killed_server_recovers_what_was_committed_and_leaves_nothing_when_dropped() {
    let settings = vec![("application_name".to_owned(), "it's ours".to_owned())];
    let server = PrivatePostgres::start_with(&ServerOptions { fsync: true, settings }).unwrap();
    let database = server.database("crash");
    server.run(&database.name, "create table kept as select 7 as n").unwrap();
    server.kill_nine().unwrap();
    assert!(server.run(&database.name, "select 1").is_err(), "a killed server must not answer");
    server.restart().unwrap();
    assert!(server.log().contains("was not properly shut down"), "{}", server.log());
    assert_eq!(one(&server, &database.name, "select n from kept"), "7");
    server.restart().unwrap();
    assert_eq!(one(&server, &database.name, "show fsync"), "on");
    assert_eq!(one(&server, &database.name, "show application_name"), "it's ours");
    let (folder, pid) = (server.folder.clone(), server.postmaster_pid().unwrap());
    drop(server);
    assert!(!folder.exists(), "{} is left behind", folder.display());
    assert!(is_gone(pid), "the server outlives its owner");
}

/// Runs this very binary again as the victim: it starts a shared server, says where, and is killed.
#[test]
fn a_shared_server_does_not_outlive_a_killed_process() {
    use std::io::{BufRead as _, BufReader};
    if std::env::var_os(VICTIM).is_some() {
        let server = PrivatePostgres::shared();
        println!("\n@{} {}", server.postmaster_pid().unwrap(), server.folder.display());
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "--nocapture",
        "server::tests::a_shared_server_does_not_outlive_a_killed_process",
    ]);
    let mut victim = command.env(VICTIM, "1").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said = lines.into_iter().find(|line| line.starts_with('@')).unwrap();
    let (pid, folder) = said[1..].split_once(' ').unwrap();
    let (pid, folder): (u32, _) = (pid.parse().unwrap(), Path::new(folder));
    assert!(folder.exists() && !is_gone(pid), "the victim's server runs");
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(wait_until(Duration::from_secs(20), || !folder.exists()), "{} is left behind", folder.display());
    assert!(wait_until(Duration::from_secs(5), || is_gone(pid)), "the server outlives its owner");
}

fn is_gone(pid: u32) -> bool {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.is_empty() || text.contains(") Z ")
}
