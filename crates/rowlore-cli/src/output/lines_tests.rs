//! What lists of events look like.

use super::super::sample::{life_of_a_book, look};
use super::*;

#[test]
fn one_line_per_event() {
    insta::assert_snapshot!(lines(&life_of_a_book(), &look(140, false)));
}

#[test]
fn lines_fit_the_screen() {
    for colour in [false, true] {
        for line in lines(&life_of_a_book(), &look(120, colour)).lines() {
            assert!(measure_text_width(line) <= 120, "{line}");
        }
    }
}

#[test]
fn the_key_is_seen_on_a_narrow_screen() {
    let mut changes = life_of_a_book();
    for (change, number) in changes.iter_mut().zip(100..) {
        change.table = rowlore::TableName::new("public", "a_table_with_a_long_name");
        change.key.values_mut().for_each(|value| *value = number.into());
    }
    for (line, number) in lines(&changes, &look(60, false)).lines().zip(100..109) {
        assert!(line.contains(&format!("_name id={number} ")), "{line}");
    }
}

#[test]
fn nothing_is_cut_off_in_a_file() {
    let mut changes = life_of_a_book();
    changes[8].new.as_mut().unwrap().insert("price".to_owned(), "x".repeat(500).into());
    assert!(lines(&changes, &look(usize::MAX, false)).contains(&"x".repeat(500)));
}
