//! Questions across rows and tables: filters of events, linked rows, several tables at one moment.

use crate::bench::Bench;
use crate::postgres::Shop;

const LIBRARY: &str = "
    create table authors (id integer primary key, name text);
    create table novels (id integer primary key, author_id integer references authors, title text, price integer);
    create table tags (id integer primary key, word text);
    create table novel_tags (novel_id integer references novels, tag_id integer references tags, primary key (novel_id, tag_id));
";

const DECLARED: &str = r#"
[[table]]
name = "authors"
[[table]]
name = "novels"
[[table]]
name = "tags"
[[table]]
name = "novel_tags"
links = ["novel_id", "tag_id"]
[[table.tracker]]
operations = ["insert"]
label = "tag.add"
[[table.tracker]]
operations = ["delete"]
label = "tag.remove"
[[table.tracker]]
operations = ["update", "truncate"]
"#;

const STORY: &str = "
    insert into authors values (1, 'Lem');
    insert into novels values (1, 1, 'Solaris', 9), (2, 1, 'Eden', 20);
    insert into tags values (5, 'sea');
    insert into novel_tags values (1, 5);
    update novels set price = 12 where id = 1;
    update novels set title = 'Eden!' where id = 2;
    delete from novel_tags;
";

/// The same questions on both engines.
fn questions(run: &dyn Fn(&str) -> String) {
    let lines = |words: &str| run(&format!("{words} --quiet")).lines().map(str::to_owned).collect::<Vec<_>>();
    let history = run("history novels 1");
    assert!(history.contains("tag.add (insert) novel_tags novel_id=1 tag_id=5"), "{history}");
    assert!(history.contains("tag.remove (delete) novel_tags") && history.contains("4 events"), "{history}");
    assert!(run("history tags 5").contains("tag.add"), "the other end too");
    assert!(!run("history novels 1 --no-links").contains("tag.add"));
    assert_eq!(lines("events --row novels 1").len(), 2);
    assert_eq!(lines("events --references authors 1").len(), 4);
    let all = lines("events --references authors 1 --levels all");
    assert_eq!(all.len(), 6, "the novels' tags too: {all:?}");
    assert_eq!(lines("events --changed title").len(), 1);
    let risen = lines("events --old price<10 --new price>=10");
    assert!(risen.len() == 1 && risen[0].contains("9 → 12"), "{risen:?}");
    assert_eq!(lines("events --new title=Eden!").len(), 1);
    assert_eq!(run("events --old price<5 --table novels").trim(), "No such event.");
    let last = lines("events --table novel_tags --op insert")[0].clone();
    let event = last.trim().trim_start_matches('#').split(' ').next().unwrap().to_owned();
    let then = run(&format!("as-of novels novel_tags tags --event {event}"));
    assert!(then.contains("novels\n") && then.contains("Solaris") && then.contains("9"), "{then}");
    assert!(then.contains(&format!("1 row of {}tags right after event #{event}", schema(&then))), "{then}");
    let now = run("as-of novels novel_tags --at now");
    assert!(now.contains("12") && now.contains("novel_tags had no rows"), "{now}");
}

fn schema(text: &str) -> &str {
    if text.contains("public.") { "public." } else { "" }
}

#[test]
fn questions_on_sqlite() {
    let bench = Bench::empty();
    bench.sql(LIBRARY);
    bench.declare(DECLARED);
    bench.run("apply --yes").done();
    bench.sql(STORY);
    questions(&|words| bench.run(words).done());
}

#[test]
fn questions_on_postgres() {
    let shop = Shop::new("questions");
    shop.sql(LIBRARY);
    shop.bench.write("rowlore.toml", DECLARED);
    shop.run("apply --yes").done();
    shop.sql(STORY);
    questions(&|words| shop.run(words).done());
    let xid = shop.sql("select rl_xid::text from rowlore.novels_event order by rl_event_id limit 1")[0][0]
        .clone()
        .unwrap();
    let then = shop.run(&format!("as-of authors novels --transaction {xid} --json")).done();
    assert!(then.contains(r#"{"table":"public.novels","row":{"id":1,"#), "{then}");
}

#[test]
fn by_request_context_and_data() {
    let shop = Shop::new("contexts");
    shop.sql(LIBRARY);
    shop.bench.write("rowlore.toml", DECLARED);
    shop.run("apply --yes").done();
    for (request, tenant) in [("r1", 1), ("r2", 2)] {
        let context =
            format!(r#"{{"request": "{request}", "data": {{"tenant": {tenant}, "user": {{"name": "x"}}}}}}"#);
        shop.sql(&format!(
            "begin; select rowlore.set_context('{context}'); insert into tags values ({tenant}, 'w'); commit"
        ));
    }
    let count = |words: &str| shop.run(&format!("events --quiet {words}")).done().lines().count();
    assert_eq!((count("--request r1"), count("--data tenant=2"), count("--data user.name=x")), (1, 1, 2));
    assert!(shop.run("events --data tenant=3").done().contains("No such event"));
    let event: rowlore::Change =
        serde_json::from_str(shop.run("events --request r2 --json").done().trim()).unwrap();
    let context = event.context_id.unwrap();
    assert!(shop.run(&format!("events --context {context}")).done().contains("tags id=2"));
}

#[test]
fn questions_that_are_none() {
    let bench = Bench::tracked();
    for (words, sentence) in [
        ("as-of books", "as of which moment?"),
        ("as-of books lines", "`lines` is not a moment"),
        ("events --row books x", "`x` is not a whole number"),
        ("as-of books --transaction 999999", "no event of transaction 999999"),
    ] {
        let said = bench.run(words).refused(2);
        assert!(said.contains(sentence), "{words}: {said}");
    }
    for words in
        ["events --old price", "events --data x", "events --levels all", "as-of books --at now --event 5"]
    {
        assert_eq!(bench.run(words).code, 2, "{words}");
    }
}

const MANUAL: &str = "[[table]]\nname = \"authors\"\n[[table.tracker]]\n[[table.tracker]]\nmanual = true\nlabel = \"author.cited\"\n";

fn manual_events(run: &dyn Fn(&str) -> crate::bench::Ran) {
    let said = run("event authors 1 author.cited --actor user:5 --reason thesis").done();
    assert!(said.contains("author.cited of ") && said.contains("authors id=1"), "{said}");
    let made = run("event authors 1 author.cited --set name=S.Lem --json").done();
    assert!(made.starts_with("{\"event_id\":"), "{made}");
    let history = run("history authors 1").done();
    assert!(history.contains("author.cited (manual) by user:5 “thesis”"), "{history}");
    assert!(history.contains("name  Lem") && history.contains("name  S.Lem"), "{history}");
    assert!(run("event authors 1 author.citd").refused(2).contains("author.cit"), "the label is named");
    assert!(run("event authors author.cited").refused(2).contains("needs the key"));
}

#[test]
fn events_that_no_trigger_makes() {
    let bench = Bench::empty();
    bench.sql(LIBRARY);
    bench.declare(MANUAL);
    bench.run("apply --yes").done();
    bench.sql("insert into authors values (1, 'Lem')");
    manual_events(&|words| bench.run(words));
    let shop = Shop::new("manual");
    shop.sql(LIBRARY);
    shop.bench.write("rowlore.toml", MANUAL);
    shop.run("apply --yes").done();
    shop.sql("insert into authors values (1, 'Lem')");
    manual_events(&|words| shop.run(words));
}
