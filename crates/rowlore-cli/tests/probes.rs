//! Proof that changes are recorded, and what keeps them from it.

use crate::postgres::Shop;

#[test]
fn a_role_that_skips_triggers_is_a_gap() {
    let shop = Shop::new("gaps");
    shop.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    shop.run("apply --yes").done();
    shop.run("check").done();
    shop.sql("drop role if exists cli_importer; create role cli_importer; alter role cli_importer set session_replication_role = replica");
    let said = shop.run("check").no();
    shop.sql("drop role cli_importer");
    assert!(
        said.contains("What keeps changes from being recorded") && said.contains("cli_importer"),
        "{said}"
    );
}

#[test]
fn a_probe_tells_recorded_missed_and_unknown_apart() {
    let shop = Shop::new("probe");
    shop.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\n");
    shop.run("apply --yes --backfill").done();
    let said = shop.run("check --probe").done();
    assert!(said.contains("recorded") && !said.contains("MISSED") && !said.contains("? public"), "{said}");
    // Somebody else's trigger keeps inserts from happening; ours for updates fires in replicas only.
    shop.sql("create function never() returns trigger language plpgsql as 'begin return null; end'; create trigger a before insert on books for each row execute function never()");
    let ours = "select tgname from pg_trigger where tgrelid = 'books'::regclass and tgtype & 16 > 0 and tgname like '%update%'";
    let ours = shop.sql(ours)[0][0].clone().unwrap();
    shop.sql(&format!("alter table books enable replica trigger \"{ours}\""));
    let said = shop.run("check --probe").no();
    assert!(said.contains("✗ an update of public.books is not recorded"), "{said}");
    assert!(said.contains("? public.books, insert: ") && said.contains(&ours), "{said}");
    let json = shop.run("check --probe --json").no();
    for (operation, result) in [("insert", "unknown"), ("update", "missed"), ("delete", "recorded")] {
        let object = format!(r#""probe":"public.books","operation":"{operation}","result":"{result}""#);
        assert!(json.contains(&object), "{operation}: {json}");
    }
    assert_eq!(shop.sql("select count(*) from books")[0][0].as_deref(), Some("2"), "a probe leaves nothing");
}
