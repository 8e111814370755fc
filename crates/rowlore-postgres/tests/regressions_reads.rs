//! Bugs of what reads the past and puts it back, each with its story.

use rowlore::declare::TrackedTable;
use rowlore::read::EventQuery;
use rowlore::revert::{Revert, RevertPlan};
use rowlore::{Change, Context, Lore, check};
use rowlore_conformance::server::PrivatePostgres;
use rowlore_postgres::Postgres;

async fn database(name: &str, sql: &str) -> Lore<Postgres> {
    let database = PrivatePostgres::shared().database(name);
    let lore = Lore::new(Postgres::connect(&database.url).await.unwrap());
    run(&lore, sql).await;
    lore
}

async fn run(lore: &Lore<Postgres>, sql: &str) {
    lore.engine().pool().get().await.unwrap().batch_execute(sql).await.unwrap();
}

async fn track(lore: &Lore<Postgres>, tables: impl IntoIterator<Item = TrackedTable>) {
    let declared = check(tables).unwrap();
    let plan = lore.plan(&declared).await.unwrap();
    lore.apply(&plan).await.unwrap();
    assert_eq!(lore.plan(&declared).await.unwrap().steps(), []);
}

async fn newest(lore: &Lore<Postgres>) -> Change {
    lore.events(&EventQuery::default().limit(1)).await.unwrap().pop().unwrap()
}

async fn undo_last(lore: &Lore<Postgres>) -> RevertPlan {
    let xid = newest(lore).await.xid.unwrap();
    lore.plan_revert(&Revert::Transaction(xid)).await.unwrap()
}

/// What a query says, one line a row.
async fn text(lore: &Lore<Postgres>, sql: &str) -> Vec<String> {
    let rows = lore.engine().pool().get().await.unwrap().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Each row of a revert was asked for by a statement of its own, and rows whose key had changed, or that alternated
/// between tables, were written by one each, in a savepoint each: 20,000 of them took minutes.
#[tokio::test]
async fn many_rows_are_put_back_in_seconds() {
    let lore = database(
        "many_rows",
        "create table p (id int primary key, v int);
         create table c (id int primary key, p int references p on delete cascade on update cascade);
         insert into p select n, n from generate_series(1, 3000) n; insert into c select id, id from p",
    )
    .await;
    track(&lore, [TrackedTable::new("p"), TrackedTable::new("c")]).await;
    let all = "select p::text from p union all select c::text from c order by 1";
    for sql in [
        "update p set id = id + 3000",
        "do $$ begin for i in 1..3000 loop delete from p where id = i; end loop; end $$",
        "do $$ begin for i in 1..3000 loop update p set v = v + 1 where id = i; update c set id = -i where id = i;
         end loop; end $$",
    ] {
        let before = text(&lore, all).await;
        run(&lore, sql).await;
        let began = std::time::Instant::now();
        let plan = undo_last(&lore).await;
        assert_eq!(plan.conflicts, []);
        lore.revert(&plan, Context::default()).await.unwrap();
        assert_eq!(text(&lore, all).await, before);
        assert!(began.elapsed().as_secs() < 20, "{sql} took {:?} to undo", began.elapsed());
    }
}

#[tokio::test]
#[ignore]
async fn scratch_time() {
    let lore = database(
        "scratch_time",
        "create table p (id int primary key, v int); create table c (id int primary key, p int references p on delete cascade, u int unique);",
    )
    .await;
    track(&lore, [TrackedTable::new("p"), TrackedTable::new("c")]).await;
    let n = std::env::var("N").map_or(20_000, |n| n.parse().unwrap());
    run(&lore, &format!("insert into p select n, n from generate_series(1, {n}) n; insert into c select n, n, n from generate_series(1, {n}) n")).await;
    for (what, sql) in [
        ("update", "update p set v = v + 1".to_owned()),
        ("each", "do $$ declare i int; begin for i in 1..2000 loop update p set v = v + 1 where id = i; update c set u = -u where id = i; end loop; end $$".to_owned()),
        ("alternate delete", "do $$ declare i int; begin for i in 1..2000 loop delete from p where id = i; end loop; end $$".to_owned()),
        ("key", format!("update c set id = id + {n}")),
        ("swap u", format!("update c set u = case when u % 2 = 0 then u - 1 else u + 1 end + {n}; update c set u = u - {n}")),
        ("cascade", "delete from p".to_owned()),
        ("truncate", "truncate p, c".to_owned()),
    ] {
        let before = text(&lore, "select md5(string_agg(p::text, ',' order by id)) from p union all select md5(string_agg(c::text, ',' order by id)) from c order by 1").await;
        run(&lore, &sql).await;
        let at = std::time::Instant::now();
        let plan = undo_last(&lore).await;
        let planned = at.elapsed();
        eprintln!("{what}: {} writes, {} conflicts, notes {:?}: plan {planned:?}", plan.writes.rows.len(), plan.conflicts.len(), plan.notes);
        if !plan.conflicts.is_empty() {
            eprintln!("{:?}", plan.conflicts.first());
        }
        let at = std::time::Instant::now();
        let done = lore.revert(&plan, Context::default()).await;
        eprintln!("   {:?} {:?}", at.elapsed(), done);
        let after = text(&lore, "select md5(string_agg(p::text, ',' order by id)) from p union all select md5(string_agg(c::text, ',' order by id)) from c order by 1").await;
        assert_eq!(before, after);
    }
}
