//! Values of rows as a person reads them: one line each, safe for a terminal, and not wider than it.

use console::measure_text_width;
use rowlore::Value;

use super::Paint;

/// How null looks.
const NULL: &str = "∅";

/// The value on one line; a text that could be taken for something else is in quotes.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => NULL.to_owned(),
        Value::String(text) if readable(text) => text.clone(),
        other => escaped(&other.to_string()),
    }
}

/// Whether a text is what it seems without quotes around it.
fn readable(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text != NULL && !text.chars().any(unprintable)
}

/// What could move the cursor, colour the screen or turn the direction of writing.
fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON leaves some characters as they are that a terminal acts on.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if unprintable(c) { safe.push_str(&format!("\\u{:04x}", c as u32)) } else { safe.push(c) }
    }
    safe
}

/// A name or another text that is not ours, safe for a terminal.
pub(crate) fn safe(text: &str) -> String {
    escaped(text)
}

/// The beginning of a text that is too wide, and a sign that it goes on.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if width == usize::MAX || measure_text_width(text) <= width {
        return text.to_owned();
    }
    console::truncate_str(text, width.max(1), "…").into_owned()
}

/// The end of a text that is too wide, and a sign that something is before it.
pub(crate) fn cut_front(text: &str, width: usize) -> String {
    if width == usize::MAX || measure_text_width(text) <= width {
        return text.to_owned();
    }
    let starts = text.char_indices().map(|(start, _)| &text[start..]);
    let tail = starts.skip(1).find(|tail| measure_text_width(tail) < width.max(1));
    format!("…{}", tail.unwrap_or_default())
}

/// Old and new side by side in at most `width` columns; where both are cut, the part that differs is in sight.
pub(crate) fn pair(old: &Value, new: &Value, width: usize, paint: &Paint) -> String {
    let (mut old, mut new) = (shown(old), shown(new));
    let room = width.saturating_sub(3).max(8);
    if measure_text_width(&old) + measure_text_width(&new) > room {
        let half = room / 2;
        let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
        // Some of what is equal stays, so that the place is recognised.
        if same > half / 2 {
            let skip = same - (half / 4).min(10);
            let from = |text: &str| format!("…{}", text.chars().skip(skip).collect::<String>());
            (old, new) = (from(&old), from(&new));
        }
        let spare_old = half.saturating_sub(measure_text_width(&old));
        let spare_new = half.saturating_sub(measure_text_width(&new));
        old = cut(&old, half + spare_new);
        new = cut(&new, half + spare_old);
    }
    format!("{} {} {}", paint.old(old), paint.dim("→"), paint.new_value(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_value_is_told_apart() {
        let cases = [
            (json!(null), "∅"),
            (json!("∅"), "\"∅\""),
            (json!(""), "\"\""),
            (json!(" a"), "\" a\""),
            (json!("null"), "null"),
            (json!("Ünï 漢字"), "Ünï 漢字"),
            (json!(1.5), "1.5"),
            (json!(true), "true"),
            (json!([1, {"a": null}]), "[1,{\"a\":null}]"),
            (json!("two\nlines"), "\"two\\nlines\""),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(&value), expected);
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_act_on() {
        for bad in ["\u{1b}[2Jgone", "a\u{9b}31m", "\u{202e}evil", "bell\u{7}", "del\u{7f}"] {
            let text = shown(&json!(bad)) + &shown(&json!([bad])) + &safe(bad);
            assert!(!text.chars().any(unprintable), "{text:?}");
        }
    }

    #[test]
    fn what_differs_stays_in_sight() {
        let long = "a".repeat(100);
        let (old, new) = (json!(format!("{long} old end")), json!(format!("{long} new end")));
        let text = pair(&old, &new, 60, &Paint::plain());
        assert!(text.contains("old end → …") && text.ends_with("new end"), "{text}");
        assert!(measure_text_width(&text) <= 60, "{text}");
        let wide = pair(&json!("漢".repeat(80)), &json!("b"), 40, &Paint::plain());
        assert!(measure_text_width(&wide) <= 40 && wide.ends_with("… → b"), "{wide}");
    }

    #[test]
    fn the_end_of_a_name_is_kept() {
        assert_eq!(cut_front("public.auth_user", 20), "public.auth_user");
        assert_eq!(cut_front("public.auth_user", 10), "…auth_user");
        assert_eq!(cut_front("漢字漢字", 5), "…漢字");
        assert_eq!(cut_front("abc", 1), "…");
    }

    #[test]
    fn a_pair_that_fits_is_left_alone() {
        assert_eq!(pair(&json!("9.50"), &json!(null), 80, &Paint::plain()), "9.50 → ∅");
        assert_eq!(pair(&json!("x".repeat(500)), &json!(1), usize::MAX, &Paint::plain()).len(), 500 + 6);
    }
}
