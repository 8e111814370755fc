//! The form of the files, and what is refused.

use super::Place;

/// What stands around the SQL, which other tests look at.
fn form(text: &str) -> String {
    let around = text.lines().take_while(|line| !line.contains("set up rowlore's own tables"));
    around.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_tool_has_its_form() {
    let place = Place::sqlite();
    let mut text = String::new();
    for tool in ["django", "sqlx", "refinery", "alembic", "rails"] {
        let file = place.run(&format!("plan --format {tool} --name track_books")).done();
        text.push_str(&format!("════ {tool}\n{}\n", form(&file)));
    }
    let time = |word: &str| word.len() > 14 && word[..14].chars().all(|c| c.is_ascii_digit());
    let word = |word: &str| {
        if time(word) {
            format!("20270101000000{}", &word[14..])
        } else if word.len() == 14
            && word.starts_with('"')
            && word[1..13].chars().all(|c| c.is_ascii_hexdigit())
        {
            "\"0123456789ab\"".to_owned()
        } else {
            word.to_owned()
        }
    };
    let steady: Vec<String> =
        text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect();
    insta::assert_snapshot!(steady.join("\n"));
}

#[test]
fn a_class_of_rails_is_called_like_its_file() {
    let place = Place::postgres("rails");
    let made = place.run("plan --format rails --name track_BOOKS_2 --out db/migrate/").done();
    let file = made.lines().next().unwrap();
    assert!(file.ends_with("_track_books_2.rb"), "{made}");
    let text = std::fs::read_to_string(place.bench.path(file)).unwrap();
    assert!(
        text.contains("class TrackBooks2 < ActiveRecord::Migration")
            && text.contains("  def down\n    execute '"),
        "{text}"
    );
    assert!(text.contains("it\\'\\'s 100%s"), "quotes of SQL inside quotes of Ruby: {text}");
}

#[test]
fn scripts_go_into_a_folder_or_one_file() {
    let place = Place::postgres("scripts");
    let made = place.run("plan --format sql --name books --out sql/").done();
    assert!(made.contains("sql/books.up.sql") && made.contains("sql/books.down.sql"), "{made}");
    let read = |name: &str| std::fs::read_to_string(place.bench.path(name)).unwrap();
    let run = |name: &str| place.sql(&format!("begin; {}; commit", read(name)));
    place.life(|| run("sql/books.up.sql"), Some(&|| run("sql/books.down.sql")));
}

#[test]
fn what_a_tool_lacks_is_said() {
    let place = Place::sqlite();
    for (words, sentence) in [
        ("plan --format django --after 0007_orders", "add --app"),
        ("plan --format sqlx --out one.sql", "2 files do not go into one.sql"),
        ("plan --format sqlx --name no/way", "can't be the name of a migration"),
        ("plan --format refinery --after x", "`x` is not the number of a refinery migration"),
        ("plan --format rails --json", "no answer in JSON"),
    ] {
        let said = place.run(words).refused(2);
        assert!(said.contains(sentence), "{words}: {said}");
    }
    place.run("plan --format alembic --out a.py").done();
    place.run("apply --yes").done();
    let nothing = place.run("plan --format django");
    assert!(nothing.out.is_empty() && nothing.err.contains("No migration was made"), "{}", nothing.err);
    place.bench.write("rowlore.toml", "[[table]]\nname = \"books\"\nexcept = [\"price\"]\n");
    place.run("plan --format django --out m/").done();
    assert!(place.run("plan --format django --out m/").refused(2).contains("is there already"));
}

/// Each step of a script has a comment that names its table. A line end in that name ended the comment, and what came
/// after it ran as SQL.
#[test]
fn a_line_end_in_a_name_does_not_end_a_comment() {
    for place in [Place::sqlite(), Place::postgres("line_end")] {
        place.sql("create table \"x\ndrop table books; --\" (id integer primary key)");
        place.bench.write("rowlore.toml", "[[table]]\nname = \"\\\"x\\ndrop table books; --\\\"\"\n");
        let whole = place.run("plan --format sql").done();
        place.sql(&whole);
        place.sql("select count(*) from books");
        assert_eq!(place.run("check").code, 0);
    }
}
