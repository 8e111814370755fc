//! Texts as literals of other languages.

/// A text in three double quotes of Python.
pub(super) fn python(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            // Python reads every line end as `\n`.
            '\r' => escaped.push_str("\\r"),
            c if c.is_control() && c != '\n' && c != '\t' => {
                escaped.push_str(&format!("\\u{:04x}", c as u32))
            }
            c => escaped.push(c),
        }
    }
    let escaped = escaped.replace("\"\"\"", "\\\"\\\"\\\"");
    let escaped = match escaped.strip_suffix('"') {
        Some(front) => format!("{front}\\\""),
        None => escaped,
    };
    format!("\"\"\"{escaped}\"\"\"")
}

/// A text on one line, in double quotes of Python.
pub(super) fn python_line(text: &str) -> String {
    // JSON's escapes are among Python's, but for those of characters beyond 16 bits, which JSON leaves as they are.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A text in double quotes of Ruby, line ends as they are.
pub(super) fn ruby(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            c => escaped.push(c),
        }
    }
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_literal_early() {
        assert_eq!(python("a\"\"\"b\\n%s'\r\n\""), r#""""a\"\"\"b\\n%s'\r"#.to_owned() + "\n" + r#"\"""""#);
        assert_eq!(python_line("a\"b\\\n"), r#""a\"b\\\n""#);
        assert_eq!(ruby("it's #{a} \\"), r"'it\'s #{a} \\'");
    }
}
