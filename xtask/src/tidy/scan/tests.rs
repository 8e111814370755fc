//! The scanner on what has fooled scanners: quotes in comments, braces in strings, lifetimes, nesting.

use super::{Function, blank_rust, blank_sql, functions, words};

fn check(text: &str, kept: &str) {
    let blanked = blank_rust(text);
    assert_eq!(blanked.split_whitespace().collect::<Vec<_>>().join(" "), kept, "of {text:?}");
    assert_eq!(blanked.matches('\n').count(), text.matches('\n').count(), "lines of {text:?}");
}

#[test]
fn comments_and_literals_go_and_code_stays() {
    check("a // unsafe \" {\nb", "a b");
    check("a /* one /* two \" */ still */ b", "a b");
    check("x(\"// not a comment \\\" }\") y", "x( ) y");
    check("r#\"raw \" } \"# y", "y");
    check("br\"raw\\\" y", "y");
    check("b\"bytes\" b'\\'' c\"c\" y", "y");
    check("'{' '\\'' '\\u{7d}' 'ü' y", "y");
    check("fn f<'a>(x: &'a str, y: &'static str) {}", "fn f<'a>(x: &'a str, y: &'static str) {}");
    check("bar \"x\" r#type crate broken rb", "bar r#type crate broken rb");
    check("'outer: loop { break 'outer }", "'outer: loop { break 'outer }");
    check("let s = \"two\nlines\"; z", "let s = ; z");
    check("\"unterminated {", "");
}

fn sized(text: &str) -> Vec<(String, usize, usize)> {
    let found = functions(&blank_rust(text)).into_iter();
    found.map(|Function { name, line, lines }| (name, line, lines)).collect()
}

#[test]
fn functions_are_measured_from_signature_to_last_brace() {
    assert_eq!(sized("fn one() {}"), [("one".to_owned(), 1, 1)]);
    assert_eq!(sized("\n/// fn no() {}\npub fn two(\n  a: [u8; 3],\n) {\n}\n"), [("two".to_owned(), 3, 4)]);
    assert_eq!(sized("fn f() {\n  let s = \"}\";\n  // }\n  if x { y }\n}\n"), [("f".to_owned(), 1, 5)]);
    assert_eq!(sized("trait T { fn none(&self) -> [u8; 2]; fn some() {\n} }"), [("some".to_owned(), 1, 2)]);
    assert_eq!(sized("struct S { run: fn (u32) -> u32 }"), []);
    assert_eq!(sized("fn a() {\n fn b() {\n }\n}"), [("a".to_owned(), 1, 4), ("b".to_owned(), 2, 2)]);
}

#[test]
fn sql_keeps_function_bodies_and_drops_texts() {
    let blanked =
        blank_sql("select 'SELECT' as \"FROM\" -- WHERE\n$$ BEGIN 'it''s END' $$ /* /* IF */ DO */ x");
    assert_eq!(blanked.split_whitespace().collect::<Vec<_>>().join(" "), "select as $$ BEGIN $$ x");
}

#[test]
fn words_are_whole() {
    assert_eq!(words("unsafe_code unsafe{ an_unsafe", "unsafe").collect::<Vec<_>>(), [12]);
}
