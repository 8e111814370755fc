//! A script taken apart into its statements, for drivers that run one at a time.

/// The statements of a script, without the `;` between them; comments stay with the statement that they stand before.
///
/// Knows texts, quoted names, comments, dollar quotes, and the `begin … end` of SQLite's triggers.
///
/// ```
/// let script = "create table a (t text default ';');\n-- a comment; no end\ndrop table b;";
/// let statements = rowlore::plan::migration::statements(script);
/// assert_eq!(statements.len(), 2);
/// assert!(statements[1].ends_with("drop table b"));
/// ```
pub fn statements(script: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut scanner = Scanner { rest: script, at: 0 };
    let (mut begun, mut words, mut depth) = (0, Vec::<String>::new(), 0_usize);
    while let Some(token) = scanner.next() {
        match token {
            Token::Word(word) => {
                let word = word.to_lowercase();
                if words.len() < 4 {
                    words.push(word.clone());
                }
                let trigger = words[0] == "create" && words.iter().take(4).any(|word| word == "trigger");
                match word.as_str() {
                    "begin" if trigger && depth == 0 => depth = 1,
                    "case" if depth > 0 => depth += 1,
                    "end" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            Token::End if depth == 0 => {
                let end = script.len() - scanner.rest.len();
                all.push(script[begun..end - 1].trim().to_owned());
                (begun, words) = (end, Vec::new());
            }
            Token::End | Token::Other => {}
        }
    }
    all.push(script[begun..].trim().to_owned());
    all.retain(|statement| has_code(statement));
    all
}

/// Whether anything but comments is in it.
fn has_code(statement: &str) -> bool {
    let mut scanner = Scanner { rest: statement, at: 0 };
    let mut code = false;
    while let Some(token) = scanner.next() {
        code |= !matches!(token, Token::Other) || scanner.at == CODE;
    }
    code
}

enum Token<'a> {
    Word(&'a str),
    End,
    Other,
}

/// What the last [`Token::Other`] was.
const CODE: u8 = 1;
const SPACE: u8 = 2;

struct Scanner<'a> {
    rest: &'a str,
    at: u8,
}

impl<'a> Scanner<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        let text = self.rest;
        let of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        self.at = CODE;
        if first.is_alphabetic() || first == '_' {
            let length = text.find(|c| !of_a_word(c)).unwrap_or(text.len());
            self.rest = &text[length..];
            return Some(Token::Word(&text[..length]));
        }
        if first == ';' {
            self.rest = &text[1..];
            return Some(Token::End);
        }
        let length = if text.starts_with("--") {
            self.at = SPACE;
            text.find('\n').map_or(text.len(), |end| end + 1)
        } else if text.starts_with("/*") {
            self.at = SPACE;
            text.find("*/").map_or(text.len(), |end| end + 2)
        } else if matches!(first, '\'' | '"' | '`') {
            text[1..].find(first).map_or(text.len(), |end| end + 2)
        } else if let Some(tag) = dollar_tag(text) {
            text[tag..].find(&text[..tag]).map_or(text.len(), |end| end + 2 * tag)
        } else {
            if first.is_whitespace() {
                self.at = SPACE;
            }
            first.len_utf8()
        };
        self.rest = &text[length..];
        Some(Token::Other)
    }
}

/// The length of the `$tag$` that the text begins with.
fn dollar_tag(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find('$')?;
    let name = &rest[..end];
    let fits = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    fits.then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn triggers_stay_whole() {
        let trigger = "create trigger t after update on \"a;b\" begin\n  select case when 1 then 'end;' else 2 end;\n  delete from x;\nend";
        let script =
            format!("drop trigger if exists t;\n{trigger};\n-- why;\ncreate index i on a (b /* ; */);");
        assert_eq!(
            statements(&script),
            ["drop trigger if exists t", trigger, "-- why;\ncreate index i on a (b /* ; */)"]
        );
    }

    #[test]
    fn quotes_of_every_kind_hide_the_end() {
        let script = "select 'it''s; $x$', \"a\"\";\", $f$ ; $$ ; $f$, $1; ; -- only a comment;\n";
        assert_eq!(statements(script), ["select 'it''s; $x$', \"a\"\";\", $f$ ; $$ ; $f$, $1"]);
        assert_eq!(statements("  -- nothing\n"), Vec::<String>::new());
    }
}
