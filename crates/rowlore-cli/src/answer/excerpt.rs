//! The line of a declaration file that a problem is about.

use rowlore::Problem;
use rowlore::declare::Origin;

/// Its number and its text. A problem knows its `[[table]]` or `[[table.tracker]]` only: below that the line is
/// looked for that holds what the message puts in backticks, else the table's name.
pub(super) fn excerpt(problem: &Problem) -> Option<(usize, String)> {
    let Origin::File { path, line } = &problem.origin else { return None };
    let text = std::fs::read_to_string(path).ok()?;
    let (number, text) = find(&text, *line, &problem.message)?;
    // A line of [database] may hold a password.
    (!text.is_empty() && !text.contains("://")).then(|| (number, text.to_owned()))
}

fn find<'a>(text: &'a str, line: usize, message: &str) -> Option<(usize, &'a str)> {
    let lines: Vec<(usize, &str)> = (1..).zip(text.lines().map(str::trim)).collect();
    let (head, below) = lines.get(line.checked_sub(1)?..)?.split_first()?;
    if !head.1.starts_with("[[") {
        return Some(*head);
    }
    let block = || {
        below.iter().take_while(|(_, text)| !text.starts_with('[')).filter(|(_, text)| !text.starts_with('#'))
    };
    let mut words = message.split('`').skip(1).step_by(2);
    let said = words.find_map(|word| block().find(|(_, text)| text.contains(word)));
    said.or_else(|| block().find(|(_, text)| text.starts_with("name"))).or(Some(head)).copied()
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
        assert_eq!(found(10, "nothing below"), (10, "[[table.tracker]]"));
        assert_eq!(found(4, "the line itself"), (4, "key = [\"bidd\"]"));
        assert_eq!((find(FILE, 0, ""), find(FILE, 99, "")), (None, None));
    }
}
