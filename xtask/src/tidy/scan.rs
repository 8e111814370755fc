//! Just enough of Rust's and SQL's grammar to tell code from text: no parser, so that it builds in no time.

/// A function and the lines it takes, its signature included.
#[derive(Debug, PartialEq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// Replaces what is inside comments, strings and characters by spaces; lines stay where they are.
pub(super) fn blank_rust(text: &str) -> String {
    blank_where(text, |first, rest, out| {
        let after_word = out.chars().next_back().is_some_and(is_word);
        match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, '"'),
            'r' | 'b' | 'c' if !after_word => prefixed(rest).unwrap_or(0),
            '\'' => character(rest).unwrap_or(0),
            _ => 0,
        }
    })
}

/// The same for SQL: comments, 'texts' and "names" go; the bodies between `$$` stay, they are code.
pub(super) fn blank_sql(text: &str) -> String {
    blank_where(text, |first, rest, _| match first {
        '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
        '/' if rest.starts_with("/*") => block_comment(rest),
        // A doubled quote ends one text and begins the next, which blanks the same.
        '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
        _ => 0,
    })
}

/// Blanks as many bytes as `taken` says of each place (its first character, what is left, what is done); 0 is code.
fn blank_where(text: &str, taken: impl Fn(char, &str, &str) -> usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let bytes = taken(first, rest, &out);
        if bytes == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            blank(&rest[..bytes], &mut out);
            rest = &rest[bytes..];
        }
    }
    out
}

/// Every function with a body, in blanked code. Closures and nested functions count in the outer one too.
pub(super) fn functions(code: &str) -> Vec<Function> {
    let starts = code.match_indices("fn ").map(|(at, _)| at);
    let starts = starts.filter(|at| !code[..*at].chars().next_back().is_some_and(is_word));
    starts.filter_map(|at| function_at(code, at)).collect()
}

/// The line, from 1, of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where `wanted` stands as a word of its own.
pub(super) fn words<'a>(code: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(wanted).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + wanted.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn function_at(code: &str, at: usize) -> Option<Function> {
    let name: String = code[at + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect();
    // `fn(u32)` is a type, not a function.
    if name.is_empty() {
        return None;
    }
    let (mut inside, mut braces) = (0_usize, 0_usize);
    for (offset, character) in code[at..].char_indices() {
        match character {
            '(' | '[' => inside += 1,
            ')' | ']' => inside = inside.saturating_sub(1),
            // A trait's method without a body.
            ';' if inside == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces > 1 => braces -= 1,
            '}' => {
                let (line, last) = (line_of(code, at), line_of(code, at + offset));
                return Some(Function { name, line, lines: last - line + 1 });
            }
            _ => {}
        }
    }
    None
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn blank(text: &str, out: &mut String) {
    out.extend(text.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
}

/// Block comments nest, in Rust and in PostgreSQL.
fn block_comment(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`, `b'…'`; nothing for a name that only begins like one.
fn prefixed(text: &str) -> Option<usize> {
    let letters = text.find(|c: char| !matches!(c, 'r' | 'b' | 'c'))?;
    let rest = &text[letters..];
    let hashes = rest.find(|c: char| c != '#')?;
    if letters > 2 {
        return None;
    }
    if text[..letters].contains('r') {
        let body = rest[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(letters + hashes + 1 + length);
    }
    match rest.chars().next()? {
        '"' => Some(letters + quoted(rest, '"')),
        '\'' => Some(letters + quoted(rest, '\'')),
        _ => None,
    }
}

/// A character, or nothing for a lifetime: `'a` has no quote after its first letter.
fn character(text: &str) -> Option<usize> {
    let mut characters = text.chars().skip(1);
    let first = characters.next()?;
    (first == '\\' || characters.next()? == '\'').then(|| quoted(text, '\''))
}

#[cfg(test)]
mod tests;
