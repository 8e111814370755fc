//! The ways to write that only PostgreSQL has are recorded like any other.

use rowlore::TableName;
use rowlore::declare::TrackedTable;

use crate::db::Db;

pub(super) async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text, price bigint)").await;
    db.track([TrackedTable::new("books")]).await;
}

/// The server's version, 15 for any 15.x.
pub(super) async fn version(db: &Db) -> u32 {
    let number = db.value("select current_setting('server_version_num')::int / 10000").await;
    number.parse().expect("a number")
}

pub(super) async fn copy(db: &Db) {
    books(db).await;
    db.run(r#"copy books from program 'printf "1\ta\t10\n2\tb\t\\\\N\n"'"#).await;
    db.tells_in_any_order(
        "books",
        [r#"insert 1: id=1 title="a" price=10"#, r#"insert 2: id=2 title="b" price=null"#],
    )
    .await;
}

pub(super) async fn merge(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20), (3, 'c', 30)").await;
    let merge = "merge into books b using (values (1, 11), (2, 20), (3, 0), (4, 40)) v (id, price) on b.id = v.id \
        when matched and v.price = 0 then delete \
        when matched then update set price = v.price \
        when not matched then insert values (v.id, 'd', v.price)";
    if version(db).await < 15 {
        db.refused(merge).await;
        return;
    }
    db.run(merge).await;
    let mut told = db.story("books").await.split_off(3);
    told.sort();
    let lines = [
        r#"delete 3: id=3 title="c" price=30"#,
        r#"insert 4: id=4 title="d" price=40"#,
        "update 1: price 10>11",
    ];
    assert_eq!(told, lines);
}

pub(super) async fn with_queries(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    db.run(
        "with gone as (delete from books where id = 2 returning *), \
              up as (update books set price = 11 where id = 1 returning *) \
         insert into books select id + 100, title, price from gone union all select id + 200, title, price from up",
    )
    .await;
    let mut told = db.story("books").await.split_off(2);
    told.sort();
    let lines = [
        r#"delete 2: id=2 title="b" price=20"#,
        r#"insert 102: id=102 title="b" price=20"#,
        r#"insert 201: id=201 title="a" price=11"#,
        "update 1: price 10>11",
    ];
    assert_eq!(told, lines);
}

pub(super) async fn inside_functions(db: &Db) {
    books(db).await;
    db.run(
        "create function buy(wanted bigint) returns bigint language plpgsql as $$ begin \
         insert into books values (wanted, 'bought', 1); \
         update books set price = price + 1 where id = wanted; \
         begin update books set price = 99; raise 'no'; exception when others then null; end; \
         return wanted; end $$",
    )
    .await;
    db.rows("select buy(5)").await;
    db.tells("books", [r#"insert 5: id=5 title="bought" price=1"#, "update 5: price 1>2"]).await;
    db.run("do $$ begin delete from books; end $$").await;
    assert_eq!(db.story("books").await.len(), 3);
}

pub(super) async fn prepared_transactions(db: &Db) {
    books(db).await;
    db.run_each(["begin", "select rowlore.set_context('{\"actor\": \"two-phase\"}')"]).await;
    db.run_each(["insert into books values (1, 'a', 1)", "prepare transaction 'kept'"]).await;
    db.tells("books", []).await;
    db.run_each(["begin", "insert into books values (2, 'b', 1)", "prepare transaction 'undone'"]).await;
    db.run_each(["rollback prepared 'undone'", "commit prepared 'kept'"]).await;
    db.tells("books", [r#"insert 1: id=1 title="a" price=1"#]).await;
    assert_eq!(db.events("books").await[0].context.actor.as_deref(), Some("two-phase"));
}

/// A key that is checked at the end lets one statement move rows over each other's keys.
pub(super) async fn deferred_keys(db: &Db) {
    db.run("create table seats (id bigint primary key deferrable, guest text)").await;
    db.track([TrackedTable::new("seats")]).await;
    let values: Vec<String> = (1..=300).map(|id| format!("({id}, 'guest {id}')")).collect();
    db.run(format!("insert into seats values {}", values.join(", "))).await;
    db.run("update seats set id = id + 1").await;
    let moves = db.events("seats").await.split_off(300);
    assert_eq!(moves.len(), 300);
    for event in moves {
        let old = event.old_key.as_ref().and_then(|key| key["id"].as_i64()).expect("a moved key");
        assert_eq!(event.key["id"].as_i64(), Some(old + 1));
        let guest = format!("guest {old}");
        assert_eq!(event.old.expect("an image")["guest"], guest.as_str());
        assert_eq!(event.new.expect("an image")["guest"], guest.as_str());
    }
}

pub(super) async fn before_triggers(db: &Db) {
    books(db).await;
    db.run(
        "create function shout() returns trigger language plpgsql as \
         $$ begin if new.title = 'no' then return null; end if; new.title := upper(new.title); return new; end $$",
    )
    .await;
    db.run("create trigger shout before insert or update on books for each row execute function shout()")
        .await;
    db.run("insert into books values (1, 'a', 1), (2, 'no', 1)").await;
    db.run("update books set title = 'a'").await;
    db.run("update books set title = 'b'").await;
    db.tells("books", [r#"insert 1: id=1 title="A" price=1"#, r#"update 1: title "A">"B""#]).await;
}

pub(super) async fn update_from(db: &Db) {
    books(db).await;
    db.run("insert into books values (1, 'a', 10), (2, 'b', 20)").await;
    db.run("update books b set price = o.price from books o where o.id = 3 - b.id").await;
    db.run("delete from books b using books o where o.id = 1 and b.id = 2 and o.price = 20").await;
    let mut told = db.story("books").await.split_off(2);
    told.sort();
    assert_eq!(
        told,
        [r#"delete 2: id=2 title="b" price=10"#, "update 1: price 10>20", "update 2: price 20>10"]
    );
}

pub(super) async fn schemas(db: &Db) {
    books(db).await;
    db.run("create schema \"My Shop\"").await;
    db.run("create table \"My Shop\".books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("public.books"), TrackedTable::new("\"My Shop\".books")]).await;
    db.run("insert into \"My Shop\".books values (7, 'theirs')").await;
    db.run("insert into books values (7, 'ours', 1)").await;
    let ask = async |schema: &str| {
        let tables = vec![TableName::new(schema, "books")];
        crate::story(&db.ask(&rowlore::read::EventQuery { tables, ..Default::default() }).await)
    };
    assert_eq!(ask("My Shop").await, [r#"insert 7: id=7 title="theirs""#]);
    assert_eq!(ask("public").await, [r#"insert 7: id=7 title="ours" price=1"#]);
    db.run("alter schema \"My Shop\" rename to shop").await;
    db.run("insert into shop.books values (8, 'renamed')").await;
    assert_eq!(ask("shop").await.len(), 2, "history follows a renamed schema");
}

/// A temporary table hides another of the same name from whoever made it, and nothing is taken for the other.
pub(super) async fn temporary_namesake(db: &Db) {
    books(db).await;
    db.run("create temporary table books (id bigint primary key, title text, price bigint)").await;
    db.run("insert into books values (1, 'temporary', 1)").await;
    db.run("insert into public.books values (2, 'real', 1)").await;
    db.tells("books", [r#"insert 2: id=2 title="real" price=1"#]).await;
}
