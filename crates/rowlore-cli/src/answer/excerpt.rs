//! The line of a declaration file that a problem is about.

use rowlore::Problem;
use rowlore::declare::Origin;

/// Its number and its text. A problem knows its `[[table]]` or `[[table.tracker]]` only: below that the line is
/// looked for that holds what the message puts in backticks (a tracker may have it from its table), else the
/// table's name.
pub(super) fn excerpt(problem: &Problem) -> Option<(usize, String)> {
    let Origin::File { path, line } = &problem.origin else { return None };
    let text = std::fs::read_to_string(path).ok()?;
    let (number, text) = find(&text, *line, &problem.message)?;
    // A line of [database] may hold a password.
    (!text.is_empty() && !text.contains("://")).then(|| (number, text.to_owned()))
}

fn find<'a>(text: &'a str, line: usize, message: &str) -> Option<(usize, &'a str)> {
    let lines: Vec<(usize, &str)> = (1..).zip(text.lines().map(str::trim)).collect();
    let at = line.checked_sub(1)?;
    let head = lines.get(at)?;
    if !head.1.starts_with("[[") {
        return Some(*head);
    }
    let table = lines[..=at].iter().rposition(|(_, text)| text.starts_with("[[table]]")).unwrap_or(at);
    let block = |head: usize| {
        let below = lines[head + 1..].iter().take_while(|(_, text)| !text.starts_with('['));
        below.filter(|(_, text)| !text.starts_with('#'))
    };
    let words = || message.split('`').skip(1).step_by(2);
    let said = words().find_map(|word| block(at).chain(block(table)).find(|(_, text)| holds(text, word)));
    said.or_else(|| block(at).find(|(_, text)| text.starts_with("name"))).or(Some(head)).copied()
}

/// Whether the word stands in the text, and not as a part of a longer one.
fn holds(text: &str, word: &str) -> bool {
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (text[..start].chars().next_back(), text[start + word.len()..].chars().next());
        !before.is_some_and(of_a_word) && !after.is_some_and(of_a_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[[table]]\nname = \"books\"\n# not bidd\nkey = [\"bidd\"]\n\n  [[table.tracker]]\n  when = \"x\"\n[[table]]\nname = \"lines\"\n[[table.tracker]]\n";

    #[test]
    fn the_line_that_holds_what_is_wrong() {
        let found = |line, message| find(FILE, line, message).unwrap();
        assert_eq!(found(1, "books has no column `bidd`"), (4, "key = [\"bidd\"]"));
        assert_eq!(found(1, "there is no table books"), (2, "name = \"books\""));
        assert_eq!(found(6, "the database does not take `when`"), (7, "when = \"x\""));
        assert_eq!(found(1, "`lines` is of another table"), (2, "name = \"books\""));
        assert_eq!(found(6, "books has no column `bidd`"), (4, "key = [\"bidd\"]"), "of its table");
        assert_eq!(
            found(6, "books has no column `bid`"),
            (6, "[[table.tracker]]"),
            "a part of a word is not it"
        );
        assert_eq!(found(10, "nothing below"), (10, "[[table.tracker]]"));
        assert_eq!(found(4, "the line itself"), (4, "key = [\"bidd\"]"));
        assert_eq!((find(FILE, 0, ""), find(FILE, 99, "")), (None, None));
    }
}
