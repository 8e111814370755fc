//! What is refused: the message, and the token of the struct that it points at.

/// Every problem of the struct, as `token: message`.
fn problems(code: &str) -> Vec<String> {
    let input = syn::parse_str(code).unwrap();
    let errors = crate::declaration::read(&input).err().into_iter().flatten();
    errors.map(|error| format!("{}: {error}", error.span().source_text().unwrap_or_default())).collect()
}

fn check(code: &str, expected: &[&str]) {
    assert_eq!(problems(code), expected, "{code}");
}

/// A struct with a key, under these attributes.
fn book(attributes: &str) -> String {
    format!("{attributes} struct Book {{ id: i64, title: String, price: f64 }}")
}

#[test]
fn a_plain_struct_is_fine() {
    check("struct Book { id: i64 }", &[]);
}

#[test]
fn a_struct_without_a_key_is_told_what_to_write() {
    let message =
        "Book: which columns identify a row? Write #[rowlore(key)] on their fields (a field `id` needs none)";
    check("struct Book { isbn: String }", &[message]);
    check("struct Book { #[rowlore(key)] isbn: String }", &[]);
    check("struct Book { #[serde(rename = \"id\")] number: i64 }", &[]);
    check("struct Book { #[serde(rename = \"ID\")] id: i64 }", &[message]);
    check("struct Book { #[serde(skip)] id: i64 }", &[message]);
}

#[test]
fn a_misspelt_attribute_gets_a_suggestion() {
    let expected = ["unchangd: unknown attribute `unchangd` in #[rowlore(…)]: did you mean `unchanged`?"];
    check(&book("#[rowlore(unchangd = \"skip\", no_baseline)]"), &expected);
    let expected = ["whn: unknown attribute `whn` in tracker(…): did you mean `when`?"];
    check(&book("#[rowlore(tracker(whn = \"true\", label = \"x\"))]"), &expected);
    let expected = ["primary: unknown attribute `primary` in a field: there are: key, column, skip"];
    check("struct Book { #[rowlore(primary(a, b), key)] id: i64 }", &expected);
}

#[test]
fn a_word_in_the_wrong_place_is_sent_to_the_right_one() {
    check(&book("#[rowlore(when = \"x\")]"), &["when: `when` belongs to a rule: write tracker(when …)"]);
    check(&book("#[rowlore(key(id))]"), &["key: write #[rowlore(key)] on each field of the key"]);
}

#[test]
fn a_misspelt_value_gets_the_list() {
    let expected = ["\"drop\": `unchanged` can't be `drop`: one of skip, record, suppress"];
    check(&book("#[rowlore(unchanged = \"drop\")]"), &expected);
    let expected = ["\"both\": `image` can't be `both`: one of old, new"];
    check(&book("#[rowlore(tracker(image = \"both\"))]"), &expected);
    let expected = ["updat: there is no operation `updat`: did you mean `update`?"];
    check(&book("#[rowlore(tracker(operations(insert, updat)))]"), &expected);
}

#[test]
fn a_misspelt_field_gets_a_suggestion() {
    let quoted = "(a column that the struct does not have is written in quotes)";
    let expected = format!("pirce: there is no field `pirce`: did you mean `price`? {quoted}");
    for list in ["any_changed(pirce)", "all_unchanged(except(pirce))", "columns(id, pirce)", "except(pirce)"]
    {
        check(&book(&format!("#[rowlore(tracker({list}))]")), &[&expected]);
    }
    check(&book("#[rowlore(except(pirce))]"), &[&expected]);
    check(&book("#[rowlore(except(\"pirce\"))]"), &[]);
}

#[test]
fn lists_say_how_they_are_written() {
    let example = "any_changed(price), any_changed(except(notes)) or any_changed(all)";
    let found = problems(&book("#[rowlore(tracker(any_changed))]"));
    assert!(found[0].ends_with(&format!("name columns in parentheses: {example}")), "{found:?}");
    let found = problems(&book("#[rowlore(tracker(any_changed()))]"));
    assert!(found[0].ends_with(&format!("name at least one column: {example}")), "{found:?}");
    let found = problems(&book("#[rowlore(tracker(any_changed(except(price), id)))]"));
    assert!(found[0].ends_with("nothing can follow `except(…)`"), "{found:?}");
    let found = problems(&book("#[rowlore(tracker(label))]"));
    assert!(found[0].ends_with("write label = \"…\""), "{found:?}");
}

#[test]
fn contradictions_are_named() {
    let hint = "keep one, or join them in one `when` with `and`";
    let expected = format!("when: `when` is a second condition: {hint}");
    check(&book("#[rowlore(tracker(any_changed(price), when = \"true\"))]"), &[&expected]);
    let expected = ["except: choose columns once: with `columns(…)` or with `except(…)`"];
    check(&book("#[rowlore(columns(id), except(price))]"), &expected);
    check(&book("#[rowlore(tracker(columns(id), except(price)))]"), &expected);
    let expected = ["skip: the key is always recorded: leave `skip` out"];
    check("struct Book { #[rowlore(key, skip)] id: i64 }", &expected);
    let found = problems("#[rowlore(columns(id))] struct Book { id: i64, #[rowlore(skip)] notes: String }");
    assert_eq!(found, ["columns: `columns(…)` says what is recorded: leave out `skip` on the fields"]);
    let found = problems(&book("#[rowlore(only_fields, except(price))]"));
    assert_eq!(
        found,
        ["only_fields: `only_fields` chooses the columns already: leave out `columns` or `except`"]
    );
}

#[test]
fn nothing_is_said_twice() {
    let expected = ["table: `table` is written twice: keep one"];
    check(&book("#[rowlore(table = \"a\")] #[rowlore(table = \"b\")]"), &expected);
    let expected = ["label: `label` is written twice: keep one", "image: `image` is written twice: keep one"];
    check(
        &book("#[rowlore(tracker(label = \"a\", image = \"old\", label = \"b\", image = \"new\"))]"),
        &expected,
    );
}

#[test]
fn settings_of_event_tables_are_looked_at() {
    check(
        &book("#[rowlore(events(), events(name = \"e\", no_key, changeable, index(price, \"rl_at\")))]"),
        &[],
    );
    let expected = ["contxt: unknown attribute `contxt` in events(…): did you mean `context`?"];
    check(&book("#[rowlore(events(contxt = \"json\"))]"), &expected);
    let expected = ["\"row\": `context` can't be `row`: one of reference, json, none"];
    check(&book("#[rowlore(events(context = \"row\"))]"), &expected);
    let expected = ["\"hour\": `partition` can't be `hour`: one of day, week, month, year"];
    check(&book("#[rowlore(events(partition = \"hour\"))]"), &expected);
    let expected = ["\"commit\": `time` can't be `commit`: one of statement, transaction"];
    check(&book("#[rowlore(events(time = \"commit\"))]"), &expected);
    let expected = ["no_key: `no_key` stands alone: leave out what follows it"];
    check(&book("#[rowlore(events(no_key = true))]"), &expected);
    let expected = ["time: `time` is written twice: keep one"];
    check(&book("#[rowlore(events(time = \"statement\", time = \"statement\"))]"), &expected);
    let found = problems(&book("#[rowlore(events)]"));
    assert!(found[0].ends_with("write events(name = \"…\") or events(context = \"json\")"), "{found:?}");
    let quoted = "(a column that the struct does not have is written in quotes)";
    let expected = format!("pirce: there is no field `pirce`: did you mean `price`? {quoted}");
    for list in ["events(index(pirce))", "ignore(pirce)", "links(pirce)", "tracker(ignore(pirce))"] {
        check(&book(&format!("#[rowlore({list})]")), &[&expected]);
    }
}

#[test]
fn an_extra_column_needs_a_name_and_a_type() {
    let extra = |inside: &str| book(&format!("#[rowlore(events(extra({inside})))]"));
    check(&extra("name = \"tenant\", type = \"text\", value = \"1\""), &[]);
    let form = "write extra(name = \"tenant\", type = \"text\")";
    check(&extra("name = \"tenant\""), &[&format!("extra: an extra column needs a name and a type: {form}")]);
    let expected = ["typ: unknown attribute `typ` in extra(…): did you mean `type`?"];
    check(&extra("name = \"tenant\", type = \"text\", typ = \"text\""), &expected);
}

#[test]
fn words_of_event_tables_are_sent_there() {
    let expected = ["schema: `schema` belongs to an event table: write events(schema …)"];
    check(&book("#[rowlore(schema = \"audit\")]"), &expected);
    check(&book("#[rowlore(manual)]"), &["manual: `manual` belongs to a rule: write tracker(manual …)"]);
    let expected = ["events: `events` belongs to a rule: write tracker(events …)"];
    check(&book("#[rowlore(events = \"price_event\")]"), &expected);
    let expected = ["ignore: `ignore` is written twice: keep one"];
    check(&book("#[rowlore(ignore(price), ignore(title))]"), &expected);
    check(&book("#[rowlore(tracker(manual, label = \"sold\"), tracker(ignore()))]"), &[]);
    let found = problems(&book("#[rowlore(ignore())]"));
    assert!(found[0].ends_with("name at least one column: ignore(price)"), "{found:?}");
}

#[test]
fn a_column_that_serde_would_not_find_is_refused() {
    let hint = "add #[serde(rename = \"Price\")] or #[serde(alias = \"Price\")]";
    let expected = format!("\"Price\": events are decoded by serde, which calls this field `price`: {hint}");
    check("struct Book { id: i64, #[rowlore(column = \"Price\")] price: f64 }", &[&expected]);
    check(
        "struct Book { id: i64, #[rowlore(column = \"Price\")] #[serde(default, alias = \"Price\")] price: f64 }",
        &[],
    );
}

#[test]
fn all_problems_come_at_once() {
    let code =
        "#[rowlore(tabel = \"b\", unchanged = \"x\")] struct Book { isbn: String, #[rowlore(kye)] x: u8 }";
    assert_eq!(problems(code).len(), 4, "{:?}", problems(code));
}

#[test]
fn only_a_struct_with_named_fields_is_a_row() {
    check("struct Book(i64);", &["Book: a row of a table is a struct with named fields"]);
    check("enum Book { A { id: i64 } }", &["Book: a row of a table is a struct with named fields"]);
    check("struct Book<T> { id: T }", &["<T>: a struct for rows of one table has no generics"]);
}
