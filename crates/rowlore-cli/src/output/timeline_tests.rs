//! What timelines look like.

use super::super::sample::{life_of_a_book, look};
use super::*;

#[test]
fn every_kind_of_change_reads_well() {
    let changes = life_of_a_book();
    let last = changes.last().unwrap();
    let title = timeline_title(&last.table, &changes[0].key, changes.len(), &look(80, false));
    insta::assert_snapshot!(title + &timeline(&changes, None, &look(80, false)));
}

#[test]
fn colours_tell_old_from_new() {
    let changes = &life_of_a_book()[1..2];
    let text = timeline(changes, None, &look(80, true));
    assert!(
        text.contains("\u{1b}[31m9.50\u{1b}[0m") && text.contains("\u{1b}[32m11.00\u{1b}[0m"),
        "{text:?}"
    );
    assert_eq!(console::strip_ansi_codes(&text), timeline(changes, None, &look(80, false)));
}

#[test]
fn lines_of_values_fit_the_screen() {
    let mut changes = life_of_a_book();
    changes[1].old.as_mut().unwrap().insert("note".to_owned(), "x".repeat(300).into());
    changes[1].new.as_mut().unwrap().insert("note".to_owned(), "y".repeat(300).into());
    for line in timeline(&changes, None, &look(60, false)).lines().filter(|line| line.starts_with('│')) {
        assert!(measure_text_width(line) <= 60, "{line}");
    }
}
