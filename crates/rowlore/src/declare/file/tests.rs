//! What a file says, and every way in which it can be wrong.

use super::*;
use crate::declare::{
    Columns, Condition, ContextForm, Events, Image, Operation, Period, TimeSource, TrackedTable, Tracker,
    Unchanged,
};

fn problems(text: &str) -> Vec<String> {
    parse("t", text).unwrap_err().iter().map(ToString::to_string).collect()
}

fn at(line: usize) -> Origin {
    Origin::File { path: "t".to_owned(), line }
}

#[test]
fn reads_every_key_of_tables_and_trackers() {
    let text = r#"
        [database]
        url = "sqlite:shop.db"
        [[table]]
        name = "books"
        key = ["isbn"]
        except = ["notes"]
        ignore = ["updated_at"]
        links = ["author_id"]
        unchanged = "record"
        baseline = false
        [[table.tracker]]
        operations = ["update", "delete"]
        label = "gone"
        image = "old"
        columns = ["isbn"]
        ignore = []
        when = "old.price > 3"
        events = "gone_event"
        [[table.tracker]]
        any_changed = { except = ["price"] }
        [[table.tracker]]
        manual = true
        label = "sold"
    "#;
    let file = parse("t", text).unwrap();
    let database = file.single().unwrap();
    assert_eq!(database.address.url.as_deref(), Some("sqlite:shop.db"));
    let first = Tracker::new("gone")
        .on([Operation::Update, Operation::Delete])
        .image(Image::Old)
        .columns(Columns::only(["isbn"]))
        .ignore([""; 0])
        .when("old.price > 3")
        .events("gone_event");
    let second = Tracker::default().condition(Condition::AnyChanged(Columns::except(["price"])));
    let expected = TrackedTable::new("books")
        .key(["isbn"])
        .except(["notes"])
        .ignore(["updated_at"])
        .links(["author_id"])
        .unchanged(Unchanged::Record)
        .without_baseline()
        .tracker(Tracker { origin: Some(at(12)), ..first })
        .tracker(Tracker { origin: Some(at(20)), ..second })
        .tracker(Tracker { origin: Some(at(22)), ..Tracker::manual("sold") })
        .declared_at(at(4));
    assert_eq!(database.tables, [expected]);
}

#[test]
fn reads_every_key_of_event_tables() {
    let text = r#"
        [[table]]
        name = "books"
        [[table.events]]
        [[table.events]]
        name = "price_event"
        schema = "audit"
        key = false
        context = "json"
        time = "transaction"
        partition = "week"
        append_only = false
        indexes = [["price"], ["title", "rl_at"]]
        extra = [{ name = "note", type = "text" }, { name = "tenant", type = "text", value = "'a'" }]
    "#;
    let events = Events::named("price_event")
        .schema("audit")
        .without_key()
        .context(ContextForm::Json)
        .time(TimeSource::Transaction)
        .partition(Period::Week)
        .changeable()
        .index(["price"])
        .index(["title", "rl_at"])
        .extra("note", "text")
        .extra_value("tenant", "text", "'a'");
    let file = parse("t", text).unwrap();
    let plain = Events { origin: Some(at(4)), ..Events::default() };
    assert_eq!(file.single().unwrap().tables[0].events, [plain, Events { origin: Some(at(5)), ..events }]);
}

#[test]
fn every_problem_has_its_line() {
    let found = problems(
        "databse = 1\n[[table]]\nunchanged = \"drop\"\nkey = 3\n[[table.tracker]]\nwen = \"x\"\nmanual = 1\n",
    );
    let expected = [
        "t:1: unknown key `databse` in the file (did you mean `database`?)",
        "t:2: a [[table]] needs a `name`",
        "t:3: `unchanged` can't be `drop` (one of: skip, record, suppress)",
        "t:4: `key` must be a list of names in quotes, not a value of type integer",
        "t:6: unknown key `wen` in [[table.tracker]] (did you mean `when`?)",
        "t:7: `manual` must be true or false, not a value of type integer",
    ];
    assert_eq!(found, expected);
}

#[test]
fn problems_of_event_tables_have_their_line() {
    let found = problems(
        "[[table]]\nname = \"b\"\n[[table.events]]\nschem = \"x\"\nkey = \"no\"\ncontext = \"row\"\n\
         time = \"commit\"\npartition = \"hour\"\nindexes = [\"a\"]\nextra = [{ name = \"x\" }, { typ = \"text\" }]\n\
         [[table.events]]\nindexes = \"a\"\nextra = 1\n",
    );
    let lists = "a list of lists of columns such as [[\"price\"], [\"title\", \"rl_at\"]]";
    let expected = [
        "t:4: unknown key `schem` in [[table.events]] (did you mean `schema`?)".to_owned(),
        "t:5: `key` must be true or false, not a value of type string".to_owned(),
        "t:6: `context` can't be `row` (one of: reference, json, none)".to_owned(),
        "t:7: `time` can't be `commit` (one of: statement, transaction)".to_owned(),
        "t:8: `partition` can't be `hour` (one of: day, week, month, year)".to_owned(),
        format!("t:9: `indexes` must be {lists}, not a value of type string"),
        "t:10: a column in `extra` needs a `name` and a `type`".to_owned(),
        "t:10: unknown key `typ` in extra (did you mean `type`?)".to_owned(),
        format!("t:12: `indexes` must be {lists}, not a value of type string"),
        "t:13: `extra` must be a list such as [{ name = \"tenant\", type = \"text\" }], not a value of type integer"
            .to_owned(),
    ];
    assert_eq!(found, expected);
}

#[test]
fn several_databases_each_with_their_tables() {
    let text = r#"
        untracked = ["tmp_*"]
        [[database]]
        name = "shop"
        url = "sqlite:shop.db"
        untracked = ["django_migrations"]
        [[database]]
        name = "crm"
        url_file = "secret/crm"
        [[table]]
        name = "books"
        database = "shop"
        [[table]]
        name = "people"
        database = "crm"
        [[table]]
        name = "orders"
        database = "shop"
    "#;
    let file = parse("t", text).unwrap();
    assert!(file.single().is_none());
    assert_eq!(file.names().collect::<Vec<_>>(), ["shop", "crm"]);
    let tables = |name| {
        let database = file.named(name).unwrap();
        database.tables.iter().map(|table| &*table.table).collect::<Vec<_>>()
    };
    assert_eq!((tables("shop"), tables("crm")), (vec!["books", "orders"], vec!["people"]));
    let (shop, crm) = (file.named("shop").unwrap(), file.named("crm").unwrap());
    assert_eq!(shop.untracked, ["django_migrations", "tmp_*"]);
    assert_eq!(crm.untracked, ["tmp_*"], "what stands at the top counts for all");
    assert_eq!(crm.address.url_file.as_deref(), Some("secret/crm"));
}

#[test]
fn a_table_must_be_in_a_database_that_there_is() {
    let two = "[[database]]\nname = \"shop\"\n[[database]]\nname = \"crm\"\n";
    let table = "[[table]]\nname = \"books\"\n";
    let found = problems(&format!("{two}{table}{table}database = \"shpo\"\n"));
    let expected = [
        "t:5: which database is the table books in? (database = one of: shop, crm)",
        "t:9: there is no database `shpo` (did you mean `shop`?)",
    ];
    assert_eq!(found, expected);
    let found = problems(&format!("[database]\nurl = \"sqlite:a.db\"\n{table}database = \"shop\"\n"));
    let hint = "write name = \"shop\" in [database], or leave this out";
    assert_eq!(found, [format!("t:5: there is no database `shop` ({hint})")]);
    let found =
        problems("[[database]]\nname = \"a\"\n[[database]]\nurl = \"x\"\n[[database]]\nname = \"a\"\n");
    let expected = [
        "t:3: one of several databases needs a `name` (name = \"shop\", and database = \"shop\" on its tables)",
        "t:5: there are two databases called `a`",
    ];
    assert_eq!(found, expected);
    let found = problems("database = 1\n");
    let form = "a table, or several in double brackets";
    assert_eq!(found, [format!("t:1: `[database]` must be {form}, not a value of type integer")]);
}

#[test]
fn tables_that_nobody_needs_to_track_are_named_by_patterns() {
    let text = r#"untracked = ["django_migrations", "tmp_*", "audit.*", "*_old_*x", '"a b"']"#;
    let file = parse("t", text).unwrap();
    let out = |schema, name| file.single().unwrap().leaves_out(&TableName::new(schema, name));
    for (schema, name) in [
        ("public", "django_migrations"),
        ("", "tmp_"),
        ("s", "tmp_a"),
        ("audit", "log"),
        ("", "a_old_bx"),
        ("", "a_old_x"),
        ("", "a b"),
    ] {
        assert!(out(schema, name), "{schema}.{name}");
    }
    for (schema, name) in
        [("", "django_migrations2"), ("", "atmp_"), ("public", "audit"), ("", "a_old_"), ("", "_oldx")]
    {
        assert!(!out(schema, name), "{schema}.{name}");
    }
    let hint = r#"write "django_migrations", "tmp_*" or "audit.*""#;
    let expected = format!("t:1: `a.b.c` in `untracked` is not the name of a table ({hint})");
    assert_eq!(problems("untracked = [\"a.b.c\"]"), [expected]);
}

#[test]
fn a_malformed_file_says_where() {
    assert!(problems("[[table]\nname = 1")[0].starts_with("t:1: "));
}
